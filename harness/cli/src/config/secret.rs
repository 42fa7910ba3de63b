//! Secrets in the configuration: where they are, never what they are.

use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::error::Error;

/// The begin of the complaint about a secret that stands in the text; what the text holds is not shown then.
pub(crate) const IN_THE_TEXT: &str = "a secret never stands in the configuration";
/// How long a command may take to print a secret.
const LIMIT: Duration = Duration::from_secs(60);

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
            Secret::Command(command) => printed(command, folder).map_err(bad)?,
        };
        let value = value.trim_end_matches(['\r', '\n']);
        if value.is_empty() {
            let what = match self {
                Secret::File(path) => format!("the file {} is empty", path.display()),
                _ => "the command printed nothing".to_owned(),
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
fn printed(command: &str, folder: &Path) -> Result<String, String> {
    let failed = |why: &dyn fmt::Display| format!("the command `{command}` cannot be run: {why}");
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let mut child = Command::new("sh")
        .args(["-c", command])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|why| failed(&why))?;
    // A secret is short, so a pipe holds it and the command cannot wait for a reader.
    let began = Instant::now();
    let status = loop {
        match child.try_wait().map_err(|why| failed(&why))? {
            Some(status) => break status,
            None if began.elapsed() > LIMIT => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("the command `{command}` did not end within {} s", LIMIT.as_secs()));
            }
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    if !status.success() {
        return Err(format!("the command `{command}` failed ({status}); what it said stands above"));
    }
    let mut text = String::new();
    if let Some(output) = child.stdout.take() {
        output.take(64 << 10).read_to_string(&mut text).map_err(|why| failed(&why))?;
    }
    Ok(text)
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
        let failed = read(Secret::Command("exit 3".into())).expect_err("failed");
        assert!(failed.contains("`secret` of [x]") && failed.contains("`exit 3` failed"), "{failed}");
        assert!(read(Secret::Command("true".into())).expect_err("nothing").contains("printed nothing"));
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let failed = read(Secret::File("no/such/file".into())).expect_err("no file");
        assert!(failed.contains("no/such/file"), "{failed}");
    }
}
