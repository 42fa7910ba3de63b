//! Real servers from the registries, none of which we wrote. Each is started, tested and stopped here, and its verdicts
//! are compared both ways with `interop/<server>/expected.toml`, where every failure and warning says why it is true.
//!
//! They need Node, Python and the registries, so they run only when asked for:
//! `cargo test -p proofmark-tests --test interop -- --include-ignored [server]`.
//! `PROOFMARK_BLESS=1` adds what came to the file, to be proven by hand before it is committed.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use libtest_mimic::{Arguments, Failed, Trial};
use proofmark_model::{RunReport, Status};
use serde::{Deserialize, Serialize};

const SERVERS: &[&str] = &[
    "cloudflare-workers",
    "django-oauth-toolkit",
    "fastmcp-oauthproxy",
    "mcp-oauth-server",
    "oidc-provider",
    "python-sdk",
    "typescript-sdk-v1",
];

/// Who signs in, where a server asks for somebody.
const USER: [(&str, &str); 2] = [("PROOFMARK_USERNAME", "alice"), ("PROOFMARK_PASSWORD", "wonderland")];

/// A verdict other than pass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Verdict {
    status: Status,
    /// One sentence that proves it.
    why: String,
    /// Whether chance decides, e.g. how requests at the same moment meet: the case may pass, too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    unsteady: bool,
}

impl Verdict {
    fn allows(&self, status: Status) -> bool {
        self.status == status || self.unsteady && status == Status::Pass
    }
}

fn folder(server: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("interop").join(server)
}

fn main() {
    let mut arguments = Arguments::from_args();
    // The servers share two cores, and a verdict must not depend on how busy they are.
    arguments.test_threads.get_or_insert(1);
    let trials = SERVERS.iter().map(|server| Trial::test(*server, || check(server)).with_ignored_flag(true)).collect();
    libtest_mimic::run(&arguments, trials).exit();
}

fn check(server: &str) -> Result<(), Failed> {
    let running = Server::start(server)?;
    let report = run(server, &running.url)?;
    let expected_file = folder(server).join("expected.toml");
    let text = std::fs::read_to_string(&expected_file).unwrap_or_default();
    let expected: BTreeMap<String, Verdict> = toml::from_str(&text)?;
    if std::env::var_os("PROOFMARK_BLESS").is_some() {
        return bless(&report, expected, &expected_file);
    }
    let mut differences = Vec::new();
    for case in &report.cases {
        let verdict = expected.get(&case.id);
        if !verdict.map_or(case.status == Status::Pass, |v| v.allows(case.status)) {
            let status = verdict.map_or(Status::Pass, |v| v.status);
            differences.push(format!("{}: expected {status}, came {}: {}", case.id, case.status, case.message));
        }
    }
    for (id, verdict) in &expected {
        if !report.cases.iter().any(|c| c.id == *id) {
            differences.push(format!("{id}: expected {}, but the catalogue has no such case", verdict.status));
        }
        if verdict.why.trim().is_empty() {
            differences.push(format!("{id}: nobody has said why it is {}", verdict.status));
        }
    }
    if differences.is_empty() { Ok(()) } else { Err(differences.join("\n").into()) }
}

fn run(server: &str, url: &str) -> Result<RunReport, Failed> {
    let out = std::env::temp_dir().join(format!("proofmark-interop-{server}-{}", std::process::id()));
    let binary = proofmark_tests::binary();
    let status = Command::new(&binary)
        .args(["run", url, "--quiet", "--out"])
        .arg(&out)
        .arg("--config")
        .arg(folder(server).join("proofmark.toml"))
        .envs(USER)
        .status()?;
    let events = std::fs::read_to_string(out.join("events.ndjson"))?;
    let report = RunReport::from_events(proofmark_reports::events::read(&events)?);
    if report.cases.is_empty() {
        return Err(format!("nothing was tested ({status}): {:?}", report.stopped).into());
    }
    match std::env::var_os("PROOFMARK_INTEROP_REPORTS") {
        Some(keep) => {
            let keep = Path::new(&keep).join(server);
            std::fs::create_dir_all(&keep)?;
            for file in ["report.html", "junit.xml", "results.json", "events.ndjson"] {
                std::fs::copy(out.join(file), keep.join(file))?;
            }
        }
        None => std::fs::remove_dir_all(&out)?,
    }
    Ok(report)
}

fn bless(report: &RunReport, mut expected: BTreeMap<String, Verdict>, file: &Path) -> Result<(), Failed> {
    for case in &report.cases {
        if expected.get(&case.id).is_some_and(|v| v.allows(case.status)) {
            continue;
        }
        expected.remove(&case.id);
        if case.status != Status::Pass {
            let why = format!("UNPROVEN: {}", case.message);
            expected.insert(case.id.clone(), Verdict { status: case.status, why, unsteady: false });
        }
    }
    std::fs::write(file, toml::to_string_pretty(&expected)?)?;
    Ok(())
}

/// A server of the registries, running until it is dropped.
struct Server {
    process: Child,
    url: String,
}

impl Server {
    fn start(name: &str) -> Result<Self, Failed> {
        let mut process = Command::new(folder("serve"))
            .args([name, "0"])
            .env("TOKEN_TTL", "20")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()?;
        let mut line = String::new();
        if let Some(stdout) = process.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        match line.split_whitespace().collect::<Vec<_>>()[..] {
            ["READY", url, _issuer] => Ok(Server { process, url: url.to_owned() }),
            _ => Err(format!("{name} did not start: it said {line:?}").into()),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The script ends with its standard input.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}
