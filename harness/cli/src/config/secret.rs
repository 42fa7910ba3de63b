//! Secrets in the configuration: where they are, never what they are.

use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::error::Error;

/// The begin of the complaint about a secret that stands in the text; what the text holds is not shown then.
pub(crate) const IN_THE_TEXT: &str = "a secret never stands in the configuration";
/// How long a command may take to print a secret.
const LIMIT: Duration = Duration::from_secs(60);
/// How much of what a command prints is read, in bytes.
const LONGEST: u64 = 64 << 10;

/// Where a secret comes from: the environment, a file, or what a command prints.
#[derive(Debug, Clone, PartialEq, Eq, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Secret {
    /// The environment variable that holds it.
    Env(String),
    /// The file that holds it and nothing else; a line end after it is left out. Relative to the configuration's folder.
    File(PathBuf),
    /// The command, run by the shell in the configuration's folder, that prints it.
    Command(String),
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Secret;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table such as { env = \"NAME\" }, { file = \"path\" } or { command = \"…\" }")
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<Secret, E> {
        Err(E::custom(format!(
            "{IN_THE_TEXT}: write {{ env = \"NAME\" }}, {{ file = \"path\" }} or {{ command = \"…\" }} instead"
        )))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Secret, A::Error> {
        let Some((key, value)) = map.next_entry::<String, String>()? else {
            return Err(de::Error::custom("it is empty: it needs `env`, `file` or `command`"));
        };
        let secret = match key.as_str() {
            "env" => Secret::Env(value),
            "file" => Secret::File(value.into()),
            "command" => Secret::Command(value),
            _ => return Err(de::Error::unknown_field(&key, &["env", "file", "command"])),
        };
        if map.next_key::<String>()?.is_some() {
            return Err(de::Error::custom("only one of `env`, `file` and `command` can hold it"));
        }
        Ok(secret)
    }
}

impl Secret {
    /// Fetches the secret. `by` names the field as the user wrote it; `folder` is the configuration's.
    pub(crate) fn read(&self, by: &str, folder: &Path) -> Result<String, Error> {
        let bad = |what: String| Error::BadValue { name: by.to_owned(), what, help: None };
        let value = match self {
            Secret::Env(name) => return variable(name, by),
            Secret::File(path) => {
                let path = folder.join(path);
                std::fs::read_to_string(&path)
                    .map_err(|why| bad(format!("the file {} cannot be read: {why}", path.display())))?
            }
            Secret::Command(command) => printed(command, folder, LIMIT).map_err(bad)?,
        };
        let value = value.trim_end_matches(['\r', '\n']);
        if value.is_empty() {
            let what = match self {
                Secret::File(path) => format!("the file {} is empty", folder.join(path).display()),
                Secret::Command(command) => format!("the command `{command}` printed nothing"),
                Secret::Env(_) => "it is empty".to_owned(),
            };
            return Err(bad(what));
        }
        Ok(value.to_owned())
    }
}

/// An environment variable that must be set.
pub(crate) fn variable(name: &str, by: &str) -> Result<String, Error> {
    match std::env::var(name) {
        Ok(value) if !value.is_empty() => Ok(value),
        _ => Err(Error::MissingVariable { variable: name.into(), by: by.into() }),
    }
}

/// What a command prints on standard output.
fn printed(command: &str, folder: &Path, limit: Duration) -> Result<String, String> {
    let failed = |why: &dyn fmt::Display| format!("the command `{command}` cannot be run: {why}");
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let mut child = Command::new("sh")
        .args(["-c", command])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|why| failed(&why))?;
    let output = child.stdout.take();
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = output.map_or(Ok(0), |output| output.take(LONGEST).read_to_end(&mut bytes));
        // Whoever waited may have given up.
        let _ = tell.send(read.map(|_| bytes));
    });
    let began = Instant::now();
    let late = || format!("the command `{command}` did not end within {} s", limit.as_secs_f64());
    let status = loop {
        match child.try_wait().map_err(|why| failed(&why))? {
            Some(status) => break status,
            None if began.elapsed() > limit => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(late());
            }
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    if !status.success() {
        return Err(format!("the command `{command}` failed ({status}); what it said stands above"));
    }
    // What it left running in the background may hold its output open.
    let bytes = told.recv_timeout(limit.saturating_sub(began.elapsed())).map_err(|_| late())?;
    let bytes = bytes.map_err(|why| failed(&why))?;
    String::from_utf8(bytes).map_err(|_| format!("what the command `{command}` printed is no text in UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(secret: Secret) -> Result<String, String> {
        secret.read("`secret` of [x]", Path::new("")).map_err(|e| e.to_string())
    }

    #[test]
    fn a_command_prints_it() {
        assert_eq!(read(Secret::Command("echo hush".into())).as_deref(), Ok("hush"));
        for (command, why) in [
            ("exit 3", "the command `exit 3` failed (exit status: 3)"),
            ("true", "the command `true` printed nothing"),
            ("printf '\\377'", "is no text in UTF-8"),
        ] {
            let failed = read(Secret::Command(command.into())).expect_err(command);
            assert!(failed.contains("`secret` of [x]") && failed.contains(why), "{failed}");
        }
    }

    #[test]
    fn a_command_that_does_not_end_is_not_waited_for() {
        for command in ["sleep 60", "sleep 60 & echo hush"] {
            let limit = Duration::from_millis(300);
            let late = printed(command, Path::new(""), limit).expect_err(command);
            assert!(late.contains("did not end within 0.3 s"), "{late}");
        }
    }

    #[test]
    fn a_file_holds_it_and_nothing_else() {
        let folder = std::env::temp_dir().join(format!("proofmark-secret-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join("good"), "hush\r\n").expect("a file");
        std::fs::write(folder.join("empty"), "\n").expect("a file");
        std::fs::write(folder.join("bytes"), b"\xff\xfe").expect("a file");
        let read = |name: &str| Secret::File(name.into()).read("`secret` of [x]", &folder).map_err(|e| e.to_string());
        assert_eq!(read("good").as_deref(), Ok("hush"));
        for (name, why) in [("empty", "is empty"), ("bytes", "cannot be read"), ("missing", "cannot be read")] {
            let failed = read(name).expect_err(name);
            assert!(failed.starts_with("`secret` of [x]") && failed.contains(name) && failed.contains(why), "{failed}");
        }
        std::fs::remove_dir_all(&folder).expect("the folder goes");
    }

    #[test]
    fn a_variable_that_is_not_set_is_named() {
        let failed = read(Secret::Env("PROOFMARK_NOT_SET_HERE".into())).expect_err("no variable");
        assert!(failed.contains("PROOFMARK_NOT_SET_HERE") && failed.contains("`secret` of [x]"), "{failed}");
    }
}
