//! The WebDriver server and the session of the browser behind it. Everything is asked for with a time limit, and both
//! programs end with the handle.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use fantoccini::error::{CmdError, NewSessionError};
use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::case::Stop;
use crate::http::cut;
use crate::login::process::Process;
use crate::settings::Settings;

/// How long a driver may take to start, and a browser after it.
const START: Duration = Duration::from_secs(30);
/// How long one command may take.
const ANSWER: Duration = Duration::from_secs(30);

/// A browser with one window.
pub(super) struct Driver {
    client: Client,
    /// The driver that was started for it; `None` for one that ran already.
    process: Option<Process>,
    profile: Option<Profile>,
}

/// A folder for the browser's profile, gone with the handle.
struct Profile(PathBuf);

impl Profile {
    fn new() -> std::io::Result<Self> {
        use std::sync::atomic::{AtomicU32, Ordering};
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("proofmark-browser-{}-{count}", std::process::id()));
        // A folder that is there already may be somebody's trap.
        std::fs::create_dir(&folder)?;
        Ok(Profile(folder))
    }
}

impl Drop for Profile {
    fn drop(&mut self) {
        // The browser has been killed, but its last write may still be under way.
        for _ in 0..20 {
            match std::fs::remove_dir_all(&self.0) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    std::thread::sleep(Duration::from_millis(25));
                }
                _ => return,
            }
        }
    }
}

/// The program that drives browsers, if it is on the path.
pub(in crate::login) fn found(program: &str) -> bool {
    if program.contains(std::path::MAIN_SEPARATOR) {
        return std::path::Path::new(program).is_file();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// What to drive a browser with: the URL of a driver that runs, or a program.
pub(in crate::login) fn named(settings: &Settings) -> &str {
    settings.login.browser.driver.as_deref().unwrap_or("chromedriver")
}

impl Driver {
    /// Starts a browser that can reach these origins and nothing else.
    pub(super) async fn start(settings: &Settings, origins: &[String]) -> Result<Self, Stop> {
        let driver = named(settings);
        let (process, url) = match driver.starts_with("http://") {
            true => (None, driver.to_owned()),
            false => {
                let (process, port) = run(driver).await?;
                (Some(process), format!("http://127.0.0.1:{port}"))
            }
        };
        let profile = match process {
            Some(_) => {
                Some(Profile::new().map_err(|e| trouble(format!("no folder for its profile can be made: {e}")))?)
            }
            None => None,
        };
        let mut arguments = super::arguments::all(settings, origins);
        if let Some(Profile(folder)) = &profile {
            arguments.push(format!("--user-data-dir={}", folder.display()));
        }
        let mut options = json!({"args": arguments});
        if let Some(program) = &settings.login.browser.program {
            options["binary"] = json!(program);
        }
        let wanted = json!({
            "browserName": "chrome",
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"performance": "ALL"},
            // The walk looks by itself whether a page is there.
            "pageLoadStrategy": "none",
            "unhandledPromptBehavior": "accept",
        });
        let capabilities: Capabilities = wanted.as_object().cloned().unwrap_or_default();
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let connecting = builder.capabilities(capabilities).connect(&url);
        let client = match tokio::time::timeout(START, connecting).await {
            Err(_) => return Err(trouble(format!("it did not start within {} s", START.as_secs()))),
            Ok(Err(error)) => return Err(trouble(format!("{driver} could not start it: {}", why(&error)))),
            Ok(Ok(client)) => client,
        };
        Ok(Driver { client, process, profile })
    }

    /// Sends a command of Chrome's developer protocol.
    pub(super) async fn cdp(&self, command: &'static str, parameters: Value) -> Result<Value, Stop> {
        let body = json!({"cmd": command, "params": parameters});
        self.ask("goog/cdp/execute", body).await
    }

    /// What happened in the network and to the page since the last look.
    pub(super) async fn log(&self) -> Result<Vec<Value>, Stop> {
        let entries = self.ask("se/log", json!({"type": "performance"})).await?;
        let message = |entry: &Value| {
            let whole: Value = serde_json::from_str(entry.get("message")?.as_str()?).ok()?;
            whole.get("message").cloned()
        };
        Ok(entries.as_array().into_iter().flatten().filter_map(message).collect())
    }

    /// Runs a script in the page.
    pub(super) async fn script(&self, script: &str, arguments: Vec<Value>) -> Result<Value, Stop> {
        self.within(self.client.execute(script, arguments)).await
    }

    /// Goes somewhere, without waiting for it.
    pub(super) async fn go(&self, url: &str) -> Result<(), Stop> {
        self.ask("url", json!({"url": url})).await.map(drop)
    }

    /// Does something to an element; `Err` holds the browser's objection.
    pub(super) async fn touch(&self, element: &str, what: &str, body: Value) -> Result<Result<(), String>, Stop> {
        let command = Posted { path: format!("element/{element}/{what}"), body };
        match tokio::time::timeout(ANSWER, self.client.issue_cmd(command)).await {
            Ok(Err(CmdError::Standard(error))) => match error.error().as_str() {
                "invalid session id" | "unknown error" | "timeout" => Err(gone(&CmdError::Standard(error))),
                _ => Ok(Err(cut(error.message.lines().next().unwrap_or_default(), 160))),
            },
            Ok(Err(error)) => Err(gone(&error)),
            Ok(Ok(_)) => Ok(Ok(())),
            Err(_) => Err(silent()),
        }
    }

    /// A picture of the page.
    pub(super) async fn screenshot(&self) -> Result<Vec<u8>, Stop> {
        self.within(self.client.screenshot()).await
    }

    /// A new tab instead of the old one, so that nothing of the old one's session is left.
    pub(super) async fn renew_tab(&self) -> Result<(), Stop> {
        let new = self.within(self.client.new_window(true)).await?;
        self.within(self.client.close_window()).await?;
        self.within(self.client.switch_to_window(new.handle)).await
    }

    /// Ends the browser in good order.
    pub(super) async fn close(self) {
        // What does not end by itself is killed with the process.
        let _ = tokio::time::timeout(Duration::from_secs(5), self.client.clone().close()).await;
    }

    async fn ask(&self, path: &str, body: Value) -> Result<Value, Stop> {
        self.within(self.client.issue_cmd(Posted { path: path.into(), body })).await
    }

    async fn within<T>(&self, asked: impl Future<Output = Result<T, CmdError>>) -> Result<T, Stop> {
        match tokio::time::timeout(ANSWER, asked).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => Err(gone(&error)),
            Err(_) => Err(silent()),
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // First the programs, then their folder.
        drop(self.process.take());
        drop(self.profile.take());
    }
}

async fn run(driver: &str) -> Result<(Process, u16), Stop> {
    let missing = |why: String| {
        Stop::missing(
            why,
            "install Chromium and its driver (Debian: chromium-driver), or name one as the browser's `driver`",
        )
    };
    let started = Process::start(Command::new(driver).arg("--port=0"));
    let mut process = started.map_err(|e| missing(format!("the browser's driver {driver} cannot be started: {e}")))?;
    let port = |line: &str| {
        let (_, rest) = line.rsplit_once("on port ")?;
        // The first line names the port that was asked for, which is none.
        rest.trim_end_matches('.').parse::<u16>().ok().filter(|port| *port != 0)
    };
    match process.line(START, port).await {
        Ok(port) => Ok((process, port)),
        Err(seen) => Err(missing(format!("{driver} did not say on which port it listens: {}", cut(&seen, 200)))),
    }
}

fn trouble(what: String) -> Stop {
    Stop::missing(
        format!("the browser cannot be used: {what}"),
        "check that Chromium and its driver are of the same version, and start; `program` names another browser",
    )
}

/// What to say of a browser or driver that no longer does what it should.
fn gone(error: &CmdError) -> Stop {
    let words = match error {
        CmdError::Standard(e) => format!("{}: {}", e.error(), e.message.lines().next().unwrap_or_default()),
        other => other.to_string(),
    };
    Stop::error(format!("the browser broke down: {}", cut(&words, 240)))
}

fn silent() -> Stop {
    Stop::error(format!("the browser broke down: no answer within {} s", ANSWER.as_secs()))
}

fn why(error: &NewSessionError) -> String {
    let words = match error {
        NewSessionError::SessionNotCreated(e) => e.message.lines().next().unwrap_or_default().to_owned(),
        other => other.to_string(),
    };
    cut(&words, 240)
}

/// A command that is posted to the session.
#[derive(Debug)]
struct Posted {
    path: String,
    body: Value,
}

impl WebDriverCompatibleCommand for Posted {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}
