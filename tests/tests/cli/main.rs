//! The command line from end to end: what goes wrong says what it is, which input it was and what to do; every run ends
//! by itself, with the exit code of its kind and the reports of what was learned.

mod client_metadata;
mod demo;
mod doctor;
mod getting_in;
mod hostile;
mod init;
mod input;
mod output;
mod server;
#[cfg(unix)]
mod stop;

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, mpsc};
use std::time::Duration;

/// Far more than any of these runs takes: what is still there after it hangs.
const PATIENCE: Duration = Duration::from_secs(90);

static BINARY: LazyLock<PathBuf> = LazyLock::new(proofmark_tests::binary);

/// A folder of its own for each run.
struct Place(PathBuf);

impl Place {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("proofmark-cli-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).expect("a folder");
        Place(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("a file");
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&*BINARY);
        command.args(arguments).current_dir(&self.0).stdin(Stdio::null());
        for variable in [
            "NO_COLOR",
            "FORCE_COLOR",
            "CLICOLOR_FORCE",
            "PROOFMARK_USERNAME",
            "PROOFMARK_PASSWORD",
            "PROOFMARK_TOTP",
            "LC_ALL",
            "LC_CTYPE",
            "LANG",
        ] {
            command.env_remove(variable);
        }
        command
    }

    fn start(&self, arguments: &[&str]) -> Running {
        Running::start(self.command(arguments))
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        self.start(arguments).end()
    }

    /// The events of a run that may go on.
    #[cfg(unix)]
    fn events(&self) -> String {
        std::fs::read_to_string(self.path("proofmark-report/events.ndjson")).unwrap_or_default()
    }

    /// The reports in `proofmark-report`, each read as what reads it does.
    fn reports(&self) -> serde_json::Value {
        reports(&self.path("proofmark-report"))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // A folder that cannot be removed is the system's to remove.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// `results.json`, when it, the JUnit file, the page and the events are whole.
fn reports(folder: &Path) -> serde_json::Value {
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
    let mut junit = quick_xml::Reader::from_str(&*Box::leak(read("junit.xml").into_boxed_str()));
    let mut suites = 0;
    loop {
        match junit.read_event().expect("junit.xml is XML") {
            quick_xml::events::Event::Start(tag) if tag.name().as_ref() == b"testsuite" => suites += 1,
            quick_xml::events::Event::Eof => break,
            _ => {}
        }
    }
    assert!(suites > 0, "junit.xml has a suite");
    let page = read("report.html");
    assert!(page.starts_with("<!DOCTYPE html>") && page.trim_end().ends_with("</html>"));
    for line in read("events.ndjson").lines() {
        serde_json::from_str::<serde_json::Value>(line).expect("a line of events.ndjson is JSON");
    }
    serde_json::from_str(&read("results.json")).expect("results.json is JSON")
}

/// A run that goes on.
struct Running {
    child: Child,
    lines: mpsc::Receiver<String>,
    seen: String,
    out: std::thread::JoinHandle<String>,
}

impl Running {
    fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command starts");
        let mut out = child.stdout.take().expect("a pipe");
        let err = std::io::BufReader::new(child.stderr.take().expect("a pipe"));
        let (tell, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in std::io::BufRead::lines(err) {
                let Ok(line) = line else { return };
                if tell.send(line).is_err() {
                    return;
                }
            }
        });
        let out = std::thread::spawn(move || {
            let mut text = String::new();
            // Output that is no text would be a bug that the assertions show.
            let _ = out.read_to_string(&mut text);
            text
        });
        Running { child, lines, seen: String::new(), out }
    }

    /// Waits for a line on standard error that holds a text.
    fn says(&mut self, text: &str) {
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => {
                    self.seen.push_str(&line);
                    self.seen.push('\n');
                    if line.contains(text) {
                        return;
                    }
                }
                Err(_) => {
                    let _ = self.child.kill();
                    panic!("'{text}' was never said, but:\n{}", self.seen);
                }
            }
        }
    }

    /// Sends a signal by name.
    #[cfg(unix)]
    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(sent.is_ok_and(|s| s.success()));
    }

    fn end(mut self) -> Ran {
        // Standard error closes when the process ends.
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => {
                    self.seen.push_str(&line);
                    self.seen.push('\n');
                }
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    let _ = self.child.kill();
                    panic!("the run hangs after:\n{}", self.seen);
                }
            }
        }
        let status = self.child.wait().expect("the process ended");
        let out = self.out.join().expect("standard output was read");
        let ran = Ran { code: status.code(), out, err: self.seen };
        assert!(!ran.text().contains("panicked"), "a panic:\n{}", ran.text());
        ran
    }
}

/// A run that ended.
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Ran {
    /// Everything that was said, with the lines of wrapped messages joined.
    fn text(&self) -> String {
        let lines = self.err.lines().chain(self.out.lines());
        lines.map(|l| l.trim().trim_start_matches(['|', '│', '×', 'x']).trim()).collect::<Vec<_>>().join(" ")
    }

    #[track_caller]
    fn must(&self, code: i32, words: &[&str]) {
        let text = self.text();
        assert_eq!(self.code, Some(code), "{text}");
        for word in words {
            assert!(text.contains(word), "'{word}' is not in: {text}");
        }
    }
}

/// Runs a command to its end without a folder that matters.
fn ran(arguments: &[&str]) -> Ran {
    Place::new().run(arguments)
}

/// The raw output of a command.
fn output(command: &mut Command) -> Output {
    command.output().expect("the command runs")
}
