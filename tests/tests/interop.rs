//! Real servers from the registries, none of which we wrote. Each is started, tested and stopped here, and its verdicts
//! are compared both ways with `interop/<server>/expected.toml`, where every failure and warning says why it is true.
//!
//! They need Node, Python and the registries, so they run only when asked for:
//! `cargo test -p proofmark-tests --test interop -- --include-ignored [server]`.
//! `SERVER::doors` shows that the server opens to a real browser as well, and compares what `proofmark doctor` says with
//! the transcript in `doctor.txt`.
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
    let runs = SERVERS.iter().map(|server| Trial::test(*server, || check(server)));
    let doors = SERVERS.iter().enumerate().map(|(at, server)| {
        // A port of its own, so that two transcripts do not differ in where their lines end.
        Trial::test(format!("{server}::doors"), move || doors(server, FIRST_PORT + 10 * at))
    });
    let trials = runs.chain(doors).map(|trial| trial.with_ignored_flag(true)).collect();
    libtest_mimic::run(&arguments, trials).exit();
}

/// The ports of the servers whose doors are tried: below those that the system gives to clients.
const FIRST_PORT: usize = 21_100;

/// What goes through every door: the authorization server, the token endpoint and the MCP server.
const THROUGH: [&str; 3] = ["as.pkce.right-verifier", "as.code.single-use", "rs.credentials.header"];

fn doors(server: &str, port: usize) -> Result<(), Failed> {
    let running = Server::start(server, port)?;
    let transcript = masked(&doctor(server, &running.url)?);
    let file = folder(server).join("doctor.txt");
    if std::env::var_os("PROOFMARK_BLESS").is_some() {
        std::fs::write(&file, &transcript)?;
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    if kept != transcript {
        return Err(format!("{}: expected\n{kept}\ncame\n{transcript}", file.display()).into());
    }
    let only = THROUGH.iter().flat_map(|case| ["--only", case]);
    let report = run(server, &running.url, &["--login", "browser"].into_iter().chain(only).collect::<Vec<_>>())?;
    let way = report.facts.iter().find(|fact| fact.name == "sign-in").map_or("", |fact| fact.value.as_str());
    if !way.starts_with("by browser") {
        return Err(format!("the browser did not get in: {way}; {:?}", report.stopped).into());
    }
    let expected = expected(server)?;
    for id in THROUGH {
        match report.cases.iter().find(|case| case.id == id) {
            Some(case) if expected.get(id).map_or(case.status == Status::Pass, |v| v.allows(case.status)) => {}
            Some(case) => return Err(format!("{id}: {}: {}", case.status, case.message).into()),
            None => return Err(format!("there is no case {id}").into()),
        }
    }
    Ok(())
}

/// What `proofmark doctor` prints.
fn doctor(server: &str, url: &str) -> Result<String, Failed> {
    let output = Command::new(proofmark_tests::binary())
        .args(["doctor", url, "--config"])
        .arg(folder(server).join("proofmark.toml"))
        .envs(USER)
        .env("COLUMNS", "100")
        .output()?;
    Ok(String::from_utf8(output.stdout)? + &String::from_utf8(output.stderr)?)
}

/// A transcript without what differs from run to run, or with every new case: identifiers of clients, ports that the
/// system chose, and numbers of cases.
fn masked(transcript: &str) -> String {
    let mut counted = false;
    let mut word = |word: &str| {
        let bare = word.trim_end_matches([',', ':', ';', '.']);
        // Sign-ins and cases are counted from here on.
        counted |= word == "run:" || word == "cases";
        if counted && !bare.is_empty() && bare.chars().all(|c| c.is_ascii_digit()) {
            return word.replace(bare, "N");
        }
        let spelled = bare.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
        let drawn = bare.contains(|c: char| c.is_ascii_digit())
            || bare.contains(char::is_lowercase) && bare.chars().skip(1).any(char::is_uppercase);
        if bare.len() >= 16 && spelled && drawn {
            return word.replace(bare, "(an identifier)");
        }
        match word
            .rsplit_once(':')
            .map(|(before, after)| (before, after.split_at(after.find('/').unwrap_or(after.len()))))
        {
            Some((before, (port, rest))) if port.trim_end_matches(',').parse::<u16>().is_ok_and(|p| p > 32_000) => {
                format!("{before}:(a port){rest}")
            }
            _ => word.to_owned(),
        }
    };
    let mut masked = String::new();
    for line in transcript.lines() {
        let words: Vec<_> = line.split(' ').map(&mut word).collect();
        masked.push_str(words.join(" ").trim_end());
        masked.push('\n');
    }
    masked
}

fn expected(server: &str) -> Result<BTreeMap<String, Verdict>, Failed> {
    let text = std::fs::read_to_string(folder(server).join("expected.toml")).unwrap_or_default();
    Ok(toml::from_str(&text)?)
}

fn check(server: &str) -> Result<(), Failed> {
    let running = Server::start(server, 0)?;
    let report = run(server, &running.url, &[])?;
    let expected = expected(server)?;
    if std::env::var_os("PROOFMARK_BLESS").is_some() {
        return bless(&report, expected, &folder(server).join("expected.toml"));
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

fn run(server: &str, url: &str, more: &[&str]) -> Result<RunReport, Failed> {
    let out = std::env::temp_dir().join(format!("proofmark-interop-{server}-{}", std::process::id()));
    let binary = proofmark_tests::binary();
    let status = Command::new(&binary)
        .args(["run", url, "--quiet", "--out"])
        .arg(&out)
        .arg("--config")
        .arg(folder(server).join("proofmark.toml"))
        .args(more)
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
    fn start(name: &str, port: usize) -> Result<Self, Failed> {
        let mut process = Command::new(folder("serve"))
            .args([name, &port.to_string()])
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
