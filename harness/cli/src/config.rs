//! The configuration file, `proofmark.toml`. An unknown key is an error that shows its line. Secrets never stand in it:
//! it names the environment variables that hold them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use miette::{NamedSource, SourceSpan};
use serde::Deserialize;

use crate::error::Error;

/// The file that is read when no other is named.
pub(crate) const DEFAULT: &str = "proofmark.toml";

/// The configuration.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// The MCP endpoint.
    pub(crate) url: Option<String>,
    /// The MCP revision: a date, `draft` or `auto`.
    pub(crate) spec: Option<String>,
    /// The issuer, instead of the one that discovery finds.
    pub(crate) issuer: Option<String>,
    /// How many cases may send requests at the same time.
    pub(crate) jobs: Option<u16>,
    /// A client that is registered already.
    pub(crate) client: Option<ClientConfig>,
    /// Another one, for cases that need two.
    pub(crate) second_client: Option<ClientConfig>,
    /// Signing in.
    #[serde(default)]
    pub(crate) login: LoginConfig,
    /// Extra parameters of authorization requests, e.g. `prompt = "consent"`.
    #[serde(default)]
    pub(crate) authorization: BTreeMap<String, String>,
    /// Scopes and the tools that need them.
    #[serde(default)]
    pub(crate) scopes: ScopeConfig,
    /// Waits and limits, in seconds.
    #[serde(default)]
    pub(crate) timing: TimingConfig,
}

/// A client that is registered already.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClientConfig {
    /// The client identifier.
    pub(crate) id: String,
    /// The environment variable that holds the secret.
    pub(crate) secret_env: Option<String>,
    /// `none`, `client_secret_basic` or `client_secret_post`.
    pub(crate) auth: Option<String>,
    /// The registered redirect URIs, exactly.
    #[serde(default)]
    pub(crate) redirect_uris: Vec<String>,
}

/// Signing in.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoginConfig {
    /// The environment variable that holds the user name, instead of `PROOFMARK_USERNAME`.
    pub(crate) username_env: Option<String>,
    /// The environment variable that holds the password, instead of `PROOFMARK_PASSWORD`.
    pub(crate) password_env: Option<String>,
    /// Other origins that belong to the sign-in, e.g. an identity provider's.
    #[serde(default)]
    pub(crate) origins: Vec<String>,
    /// Rules for pages that the heuristics do not get past.
    #[serde(default)]
    pub(crate) page: Vec<PageConfig>,
}

/// A rule for a login or consent page.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PageConfig {
    /// A part of the page's URL; without it the rule holds for every page.
    #[serde(default)]
    pub(crate) url: String,
    /// Field name → value. `$NAME` takes the value from the environment.
    #[serde(default)]
    pub(crate) fill: BTreeMap<String, String>,
    /// The name, the value or a part of the label of the button to press.
    pub(crate) press: Option<String>,
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
        toml::from_str(&text).map_err(|error| Error::BadConfig {
            path: path.to_owned(),
            what: error.message().to_owned(),
            at: error.span().map(SourceSpan::from),
            text: NamedSource::new(path.to_string_lossy(), text),
            help: None,
        })
    }
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
    fn a_whole_configuration_is_read() {
        let text = r#"
            url = "https://h/mcp"
            spec = "auto"
            [client]
            id = "c"
            secret_env = "SECRET"
            redirect_uris = ["https://h/cb"]
            [login]
            origins = ["https://idp.example.test"]
            [[login.page]]
            url = "/consent"
            fill = { otp = "$OTP" }
            press = "Yes"
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
        assert_eq!(config.login.page[0].press.as_deref(), Some("Yes"));
        assert_eq!(config.timing.leeway, Some(0.5));
    }
}
