//! What the user says about the target and about the run, as the command line and the configuration file hand it on.

use std::time::Duration;

/// A client that was registered by hand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GivenClient {
    /// The client identifier.
    pub id: String,
    /// Its secret; `None` makes it a public client.
    pub secret: Option<String>,
    /// How it authenticates at the token endpoint; `None` picks by the secret and the server's metadata.
    pub auth: Option<crate::ClientAuth>,
    /// Its registered redirect URIs, exactly as registered. The first is used for ordinary flows.
    pub redirect_uris: Vec<String>,
}

/// A rule for a page of the sign-in: where it matches, fields are filled and a button is pressed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageRule {
    /// A part of the page's URL; an empty text matches every page.
    pub url: String,
    /// Field name → value.
    pub fill: Vec<(String, String)>,
    /// The name, the value or a part of the label of the button to press.
    pub press: Option<String>,
}

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

/// Everything a run is told.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The MCP endpoint.
    pub mcp_url: String,
    /// The authorization server's issuer, where the user overrides discovery.
    pub issuer: Option<String>,
    /// A pre-registered client; `None` registers dynamically.
    pub client: Option<GivenClient>,
    /// A second one, for cases that need two clients.
    pub second_client: Option<GivenClient>,
    /// The user name for login pages.
    pub username: Option<String>,
    /// The password for login pages.
    pub password: Option<String>,
    /// Further values that no report may show, such as a one-time password for a page.
    pub secrets: Vec<String>,
    /// Rules for login and consent pages, tried before the heuristics.
    pub pages: Vec<PageRule>,
    /// Hosts that belong to the sign-in besides the authorization server's own.
    pub login_hosts: Vec<String>,
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
