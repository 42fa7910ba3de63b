//! What a user can get wrong, each with what to do about it. All of these end with exit code 2.

use std::path::PathBuf;

use miette::{Diagnostic, NamedSource, SourceSpan};

/// A wrong command line, configuration or environment.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub(crate) enum Error {
    #[error("no target: which MCP server should be tested?")]
    #[diagnostic(help(
        "proofmark {command} https://staging.example.com/mcp, or `url = \"…\"` in the configuration; `proofmark demo` needs none"
    ))]
    NoTarget { command: &'static str },

    #[error("{name} '{url}' is no URL that can be tested: {why}")]
    #[diagnostic(help("give the whole address, such as https://staging.example.com/mcp"))]
    BadUrl { name: String, url: String, why: String },

    #[error("the configuration {path} cannot be read: {why}")]
    UnreadableConfig { path: PathBuf, why: std::io::Error },

    #[error("{path}: {what}")]
    BadConfig {
        path: PathBuf,
        what: String,
        #[source_code]
        text: NamedSource<String>,
        #[label("here")]
        at: Option<SourceSpan>,
        #[help]
        help: Option<String>,
    },

    #[error("{name}: {what}")]
    BadValue {
        name: String,
        what: String,
        #[help]
        help: Option<String>,
    },

    #[error("the environment variable {variable}, named by {by}, is not set")]
    #[diagnostic(help("export {variable}=… before the run; secrets are never read from the configuration's text"))]
    MissingVariable { variable: String, by: String },

    #[error("{path} is there already")]
    #[diagnostic(help("--force overwrites it, --out writes another file"))]
    Exists { path: PathBuf },

    #[error("{path} cannot be written: {why}")]
    #[diagnostic(help("choose another place with --out"))]
    Unwritable { path: PathBuf, why: std::io::Error },

    #[error("there is no {what} '{name}'")]
    Unknown {
        what: &'static str,
        name: String,
        #[help]
        help: Option<String>,
    },

    #[error("the reference target cannot be started: {0}")]
    Demo(std::io::Error),

    #[error("the asynchronous runtime cannot be started: {0}")]
    Runtime(std::io::Error),
}

impl Error {
    /// A name that nothing has, with the names that may be meant, or else where all names are listed.
    pub(crate) fn unknown<'a>(
        what: &'static str,
        name: &str,
        names: impl Iterator<Item = &'a str>,
        or_else: &str,
    ) -> Self {
        let similar = crate::similar::similar(name, names);
        let help =
            if similar.is_empty() { or_else.to_owned() } else { format!("did you mean {}?", similar.join(", ")) };
        Error::Unknown { what, name: name.to_owned(), help: Some(help) }
    }
}
