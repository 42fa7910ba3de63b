//! The configuration file, `proofmark.toml`. An unknown key is an error that shows its line. Secrets never stand in it:
//! it names the environment variables, files and commands that hold them.
// Doc comments here are shown by editors, where brackets around a URL would be in the way.
#![allow(rustdoc::bare_urls)]

pub(crate) mod schema;
mod secret;
mod sections;

use std::collections::BTreeMap;
use std::num::NonZero;
use std::path::{Path, PathBuf};

use miette::{NamedSource, SourceSpan};
use proofmark_model::Revision;
use serde::Deserialize;

use crate::error::Error;

pub(crate) use secret::{Secret, variable};
pub(crate) use sections::{
    ClientConfig, ClientsConfig, DocumentsConfig, LoginConfig, NetworkConfig, RegistrationConfig, StepConfig,
    TokensConfig, Typed, UserConfig, UsersConfig,
};

/// The file that is read when no other is named.
pub(crate) const DEFAULT: &str = "proofmark.toml";

/// The configuration of a run.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// The MCP endpoint, such as https://staging.example.com/mcp.
    pub(crate) url: Option<String>,
    /// Test the authorization server of `issuer` alone, without an MCP server.
    #[serde(default)]
    pub(crate) as_only: bool,
    /// The MCP revision: a date, `draft`, or `auto` for the newest that the server speaks.
    #[schemars(extend("enum" = revisions()))]
    pub(crate) spec: Option<String>,
    /// The issuer, instead of the one that discovery finds.
    pub(crate) issuer: Option<String>,
    /// The resource identifier to ask tokens for, instead of the one that discovery finds.
    pub(crate) resource: Option<String>,
    /// How many cases may send requests at the same time (8).
    pub(crate) jobs: Option<NonZero<u16>>,
    /// Clients that are registered already, by the part they play.
    #[serde(default)]
    pub(crate) clients: ClientsConfig,
    /// How a client comes about where none is given.
    #[serde(default)]
    pub(crate) registration: RegistrationConfig,
    /// Where the target can fetch our Client ID Metadata Documents.
    #[serde(default)]
    pub(crate) client_documents: DocumentsConfig,
    /// Signing in.
    #[serde(default)]
    pub(crate) login: LoginConfig,
    /// Test users.
    #[serde(default)]
    pub(crate) users: UsersConfig,
    /// Tokens that you have already.
    #[serde(default)]
    pub(crate) tokens: TokensConfig,
    /// How the target is reached.
    #[serde(default)]
    pub(crate) network: NetworkConfig,
    /// Extra parameters of authorization requests, e.g. `prompt = "consent"`.
    #[serde(default)]
    pub(crate) authorization: BTreeMap<String, String>,
    /// Scopes and the tools that need them.
    #[serde(default)]
    pub(crate) scopes: ScopeConfig,
    /// Waits and limits, in seconds.
    #[serde(default)]
    pub(crate) timing: TimingConfig,
    /// The folder of the file, to which paths in it are relative.
    #[serde(skip)]
    pub(crate) folder: PathBuf,
}

/// What `spec` can be.
fn revisions() -> Vec<String> {
    Revision::ALL.iter().map(ToString::to_string).chain(["draft".into(), "auto".into()]).collect()
}

/// Scopes and the tools that need them.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScopeConfig {
    /// Every scope to ask for in ordinary flows.
    #[serde(default)]
    pub(crate) all: Vec<String>,
    /// A scope that lets a client read.
    pub(crate) read: Option<String>,
    /// A scope that allows more.
    pub(crate) write: Option<String>,
    /// A harmless tool that the read scope allows.
    pub(crate) read_tool: Option<String>,
    /// A tool that needs the write scope.
    pub(crate) write_tool: Option<String>,
    /// The arguments of the read tool.
    pub(crate) read_arguments: Option<serde_json::Value>,
    /// The arguments of the write tool.
    pub(crate) write_arguments: Option<serde_json::Value>,
}

/// Waits and limits, in seconds; fractions are allowed.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TimingConfig {
    /// The longest single wait (600).
    pub(crate) max_wait: Option<f64>,
    /// An expired token that is still accepted after this time is a warning (60).
    pub(crate) prompt: Option<f64>,
    /// An expired token that is still accepted after this time is a failure (300).
    pub(crate) leeway: Option<f64>,
    /// A used refresh token may work this long for lost answers (60).
    pub(crate) refresh_grace: Option<f64>,
    /// A code that is still redeemed after this time is a warning (600).
    pub(crate) code_lifetime: Option<f64>,
    /// How long "later" is, for a code that is used late or used again (20).
    pub(crate) later: Option<f64>,
    /// The time limit of one request (30).
    pub(crate) request: Option<f64>,
}

impl Config {
    /// Reads the file that the user named, or the default one when it is there.
    pub(crate) fn load(named: Option<&Path>) -> Result<Self, Error> {
        let path = match named {
            Some(path) => path.to_owned(),
            None if Path::new(DEFAULT).is_file() => PathBuf::from(DEFAULT),
            None => return Ok(Config::default()),
        };
        let text = std::fs::read_to_string(&path).map_err(|why| Error::UnreadableConfig { path: path.clone(), why })?;
        Config::parse(&path, text)
    }

    fn parse(path: &Path, text: String) -> Result<Self, Error> {
        match toml::from_str::<Config>(&text) {
            Ok(config) => {
                let folder = path.parent().map(Path::to_owned).unwrap_or_default();
                Ok(Config { folder, ..config })
            }
            Err(error) => {
                let what = error.message().to_owned();
                let text = match error.span() {
                    Some(span) if what.starts_with(secret::IN_THE_TEXT) => hidden(&text, span),
                    _ => text,
                };
                Err(Error::BadConfig {
                    path: path.to_owned(),
                    what,
                    at: error.span().map(SourceSpan::from),
                    text: NamedSource::new(path.to_string_lossy(), text),
                    help: None,
                })
            }
        }
    }
}

/// The text with dots in place of a part of it, byte for byte.
fn hidden(text: &str, part: std::ops::Range<usize>) -> String {
    text.char_indices()
        .flat_map(|(at, c)| {
            let (shown, times) = if part.contains(&at) && c != '\n' { ('.', c.len_utf8()) } else { (c, 1) };
            std::iter::repeat_n(shown, times)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(text: &str) -> String {
        let error = Config::parse(Path::new("proofmark.toml"), text.to_owned()).expect_err("a wrong configuration");
        let handler = miette::GraphicalReportHandler::new_themed(miette::GraphicalTheme::none());
        let mut shown = String::new();
        handler.render_report(&mut shown, &error).expect("renders");
        shown
    }

    #[test]
    fn an_unknown_key_is_shown_with_its_line() {
        let shown = complaint("url = \"https://h/mcp\"\n[scopes]\nreed = \"x\"\n");
        assert!(shown.contains("unknown field `reed`") && shown.contains("proofmark.toml:3:1"), "{shown}");
    }

    #[test]
    fn a_wrong_type_is_shown_with_its_line() {
        let shown = complaint("jobs = \"many\"\n");
        assert!(shown.contains("proofmark.toml:1:8"), "{shown}");
    }

    #[test]
    fn a_secret_in_the_text_is_refused_and_not_shown() {
        let shown = complaint("[clients.public]\nid = \"c\"\nsecret = \"hunter2\"\n");
        assert!(
            shown.contains("never stands in the configuration") && shown.contains("proofmark.toml:3:10"),
            "{shown}"
        );
        assert!(!shown.contains("hunter2"), "{shown}");
    }

    #[test]
    fn a_secret_has_one_place() {
        for wrong in ["{}", "{ env = \"A\", file = \"b\" }", "{ environment = \"A\" }", "3"] {
            let shown = complaint(&format!("[tokens]\naccess = {wrong}\n"));
            assert!(shown.contains("proofmark.toml:2"), "{shown}");
        }
    }

    #[test]
    fn a_whole_configuration_is_read() {
        let text = r#"
            url = "https://h/mcp"
            spec = "auto"
            [clients.public]
            id = "c"
            redirect_uris = ["https://h/cb"]
            [clients.machine]
            id = "m"
            key = { file = "machine.pem" }
            [registration]
            initial_access_token = { env = "IAT" }
            metadata = { contacts = ["a@h"] }
            [login]
            ways = ["form", "browser"]
            origins = ["https://idp.example.test"]
            [[login.step]]
            url = "*/consent"
            fill = { otp = "{totp}", pin = { env = "PIN" } }
            click = "Yes"
            optional = true
            [users.second]
            name = "bob"
            password = { command = "pass bob" }
            [network]
            resolve = ["h:443:127.0.0.1"]
            [[network.header]]
            name = "X-Gate"
            value = { env = "GATE" }
            [authorization]
            prompt = "consent"
            [scopes]
            read = "r"
            write_arguments = { text = "x" }
            [timing]
            leeway = 0.5
        "#;
        let config = Config::parse(Path::new("x"), text.to_owned()).expect("lawful");
        assert_eq!(config.authorization["prompt"], "consent");
        assert_eq!(config.login.step[0].click.as_deref(), Some("Yes"));
        assert!(matches!(&config.login.step[0].fill["pin"], Typed::Secret(Secret::Env(name)) if name == "PIN"));
        assert_eq!(config.timing.leeway, Some(0.5));
    }
}
