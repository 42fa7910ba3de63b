//! What the user says about the target and about the run, as the command line and the configuration file hand it on.

mod clients;
mod login;
mod network;

use std::time::Duration;

pub use clients::{ClientSettings, DocumentSettings, GivenClient, GivenClients, RegistrationSettings, Way};
pub use login::{BrowserSettings, LoginSettings, LoginStep, Rung, User};
pub use network::{ExtraHeader, NetworkSettings};

/// How long the run waits and how it grades time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// The longest single wait for something to expire. What would take longer is reported, not run.
    pub max_wait: Duration,
    /// An expired access token must be refused this long after its expiry, or it is a warning (clock leeway).
    pub prompt: Duration,
    /// Later than this after the expiry, an accepted token is a failure.
    pub leeway: Duration,
    /// A used refresh token that still works this long after its rotation counts as a grace window for lost answers.
    pub refresh_grace: Duration,
    /// A code that still works this long after it was issued warns (OAuth 2.1 §4.1.2 recommends ten minutes at most).
    pub code_lifetime: Duration,
    /// How long "later" is, for a code that is used late or used again.
    pub later: Duration,
    /// The time limit of one request.
    pub request: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Timing {
            max_wait: Duration::from_secs(600),
            prompt: Duration::from_secs(60),
            leeway: Duration::from_secs(300),
            refresh_grace: Duration::from_secs(60),
            code_lifetime: Duration::from_secs(600),
            later: Duration::from_secs(20),
            request: Duration::from_secs(30),
        }
    }
}

/// The scopes of the target and the tools that need them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScopeSettings {
    /// A scope that lets a client read; `None` lets discovery choose.
    pub read: Option<String>,
    /// A scope that allows more.
    pub write: Option<String>,
    /// Every scope to ask for in ordinary flows; empty lets discovery choose.
    pub all: Vec<String>,
    /// A harmless tool that the read scope allows.
    pub read_tool: Option<String>,
    /// A tool that needs the write scope.
    pub write_tool: Option<String>,
    /// The arguments of the read tool.
    pub read_arguments: Option<serde_json::Value>,
    /// The arguments of the write tool.
    pub write_arguments: Option<serde_json::Value>,
}

/// Tokens that the user has already. With an access token the cases about the resource server run without any
/// authorization flow.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct GivenTokens {
    /// A valid access token for the MCP server.
    pub access: Option<String>,
    /// A refresh token that gets new ones, for the client of ordinary flows.
    pub refresh: Option<String>,
    /// An access token that has the read scope alone.
    pub read: Option<String>,
    /// An access token that has expired.
    pub expired: Option<String>,
    /// A valid access token of the same authorization server for another resource.
    pub other_resource: Option<String>,
}

impl std::fmt::Debug for GivenTokens {
    // Secrets must not reach a log through a debug print.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GivenTokens")
    }
}

/// Everything a run is told.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The MCP endpoint; empty when an authorization server is tested alone ([`Settings::issuer`] names it).
    pub mcp_url: String,
    /// The authorization server's issuer, where the user overrides discovery.
    pub issuer: Option<String>,
    /// The resource identifier that tokens are asked for, where the user overrides discovery.
    pub resource: Option<String>,
    /// How a client comes about.
    pub clients: ClientSettings,
    /// How the user signs in.
    pub login: LoginSettings,
    /// Tokens that the user has already.
    pub tokens: GivenTokens,
    /// How the target is reached.
    pub network: NetworkSettings,
    /// Further values that no report may show, such as a one-time password for a page.
    pub secrets: Vec<String>,
    /// Extra parameters of every authorization request, e.g. `prompt=consent`.
    pub authorization_params: Vec<(String, String)>,
    /// Scopes and tools.
    pub scopes: ScopeSettings,
    /// Waits and limits.
    pub timing: Timing,
    /// How many cases may send requests at the same time.
    pub jobs: usize,
    /// The seed of all randomness; the same seed draws the same values.
    pub seed: Vec<u8>,
}

impl Settings {
    /// Every secret that the user gave, with its kind: what a report must never show.
    pub fn known_secrets(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let users = [&self.login.first, &self.login.second].into_iter().flatten();
        let of_users = users
            .flat_map(|u| [("password", Some(u.password.as_str())), ("one-time password seed", u.totp.as_deref())]);
        let tokens = &self.tokens;
        let registration = &self.clients.registration;
        let others = [
            ("access_token", tokens.access.as_deref()),
            ("refresh_token", tokens.refresh.as_deref()),
            ("access_token", tokens.read.as_deref()),
            ("access_token", tokens.expired.as_deref()),
            ("access_token", tokens.other_resource.as_deref()),
            ("initial access token", registration.initial_access_token.as_deref()),
            ("software statement", registration.software_statement.as_deref()),
            ("cookies", self.login.cookies.as_deref()),
        ];
        let given = &self.clients.given;
        let clients = [&given.public, &given.confidential, &given.machine, &given.second].into_iter().flatten();
        let of_clients =
            clients.flat_map(|c| [("client_secret", c.secret.as_deref()), ("private key", c.key.as_deref())]);
        let documents = &self.clients.documents;
        let keys = [
            ("private key", documents.published_key.as_deref()),
            ("private key", documents.certificate.as_ref().map(|(_, key)| key.as_str())),
        ];
        let headers = self.network.headers.iter().map(|h| ("header", h.value.as_str()));
        let more = self.secrets.iter().map(|s| ("secret", s.as_str()));
        let named =
            of_users.chain(of_clients).chain(keys).chain(others).filter_map(|(kind, secret)| Some((kind, secret?)));
        named.chain(headers).chain(more).filter(|(_, secret)| !secret.is_empty())
    }
}
