//! The HTML report in a real browser: Chromium loads it from a file, without a network, and its script does what it
//! should. Runs only when asked for, because it needs Chromium:
//! `cargo test -p proofmark-tests --test browser -- --include-ignored`.

use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    let arguments = Arguments::from_args();
    let trials = vec![
        Trial::test("a-failing-run-reads-well", || a_failing_run(Some("ignores-verifier"))).with_ignored_flag(true),
        Trial::test("a-clean-run-reads-well", || a_failing_run(None)).with_ignored_flag(true),
    ];
    libtest_mimic::run(&arguments, trials).exit();
}

fn a_failing_run(defect: Option<&str>) -> Result<(), Failed> {
    let out =
        std::env::temp_dir().join(format!("proofmark-browser-{}-{}", defect.unwrap_or("clean"), std::process::id()));
    let mut demo = Command::new(proofmark_tests::binary());
    demo.args(["demo", "--quiet", "--only", "as.pkce.*", "--out"]).arg(&out);
    if let Some(defect) = defect {
        demo.args(["--defect", defect]);
    }
    let status = demo.status()?;
    let dom = load(&out.join("report.html"), &out)?;
    std::fs::remove_dir_all(&out)?;
    let (code, title, finding) = match defect {
        Some(_) => (1, "Not conformant", "as.pkce.wrong-verifier"),
        None => (0, "Conformant", "as.pkce.right-verifier"),
    };
    if status.code() != Some(code) {
        return Err(format!("the run ended with {status}").into());
    }
    for wanted in [title, finding] {
        if !dom.contains(wanted) {
            return Err(format!("the page does not show {wanted:?}").into());
        }
    }
    Ok(())
}

/// The page as the browser sees it after its script ran; an error of the script or of the content security policy fails.
fn load(page: &Path, out: &Path) -> Result<String, Failed> {
    let profile: PathBuf = out.join("profile");
    let output = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"])
        .args([
            "--disable-background-networking",
            "--disable-component-update",
            "--enable-logging=stderr",
            "--dump-dom",
        ])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("file://{}", page.display()))
        .output()?;
    let log = String::from_utf8_lossy(&output.stderr);
    if let Some(complaint) = log.lines().find(|l| l.contains("CONSOLE")) {
        return Err(format!("the browser complained: {complaint}").into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
