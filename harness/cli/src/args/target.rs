//! What is tested, and how to get in.

use std::path::PathBuf;

use proofmark_probe::settings::Rung;

/// The heading of what says where the target is.
const TARGET: &str = "Target";

/// What is tested, and how to get in.
#[derive(Debug, clap::Args)]
pub(crate) struct TargetArgs {
    #[command(flatten)]
    pub(crate) place: Place,

    /// The configuration; proofmark.toml of this folder is read when it is there
    #[arg(long, value_name = "FILE", help_heading = TARGET)]
    pub(crate) config: Option<PathBuf>,

    /// The resource identifier to ask tokens for, instead of the one that discovery finds
    #[arg(long, value_name = "URI", help_heading = TARGET)]
    pub(crate) resource: Option<String>,

    /// A scope to ask for in ordinary flows, instead of those that discovery finds
    #[arg(long = "scope", value_name = "SCOPE", help_heading = TARGET)]
    pub(crate) scopes: Vec<String>,

    #[command(flatten)]
    pub(crate) client: ClientArgs,

    #[command(flatten)]
    pub(crate) login: LoginArgs,

    #[command(flatten)]
    pub(crate) network: NetworkArgs,
}

/// Where the target is.
#[derive(Debug, clap::Args)]
pub(crate) struct Place {
    /// The MCP endpoint, such as https://staging.example.com/mcp
    pub(crate) url: Option<String>,

    /// The issuer of the authorization server, instead of the one that discovery finds
    #[arg(long, value_name = "URL", help_heading = TARGET)]
    pub(crate) issuer: Option<String>,

    /// Test the authorization server of this issuer alone, without an MCP server
    #[arg(long, value_name = "ISSUER", conflicts_with_all = ["url", "issuer"], help_heading = TARGET)]
    pub(crate) as_only: Option<String>,
}

/// How a client comes about.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Client")]
pub(crate) struct ClientArgs {
    /// A client that is registered already
    #[arg(long, value_name = "ID")]
    pub(crate) client_id: Option<String>,

    /// The environment variable that holds its secret
    #[arg(long, value_name = "VARIABLE", requires = "client_id")]
    pub(crate) client_secret_env: Option<String>,

    /// The file that holds its private key for private_key_jwt: PEM or JWK
    #[arg(long, value_name = "FILE", requires = "client_id")]
    pub(crate) client_key: Option<PathBuf>,

    /// How it authenticates: none, client_secret_basic, client_secret_post, private_key_jwt, tls_client_auth,
    /// self_signed_tls_client_auth
    #[arg(long, value_name = "METHOD", requires = "client_id")]
    pub(crate) client_auth: Option<String>,

    /// A redirect URI of that client, exactly as registered; the first is used for ordinary flows
    #[arg(long = "redirect-uri", value_name = "URI", requires = "client_id")]
    pub(crate) redirect_uris: Vec<String>,

    /// The one way to get a client: given, document, dynamic; by default the first that is open
    #[arg(long, value_name = "WAY")]
    pub(crate) register: Option<String>,

    /// The environment variable that holds the initial access token of dynamic registration
    #[arg(long, value_name = "VARIABLE")]
    pub(crate) initial_access_token_env: Option<String>,
}

/// How the user signs in.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Sign-in")]
pub(crate) struct LoginArgs {
    /// The ways to sign in, in the order to try: auto, session, form, browser, command, manual
    #[arg(long = "login", value_name = "WAY", value_delimiter = ',')]
    pub(crate) ways: Vec<Rung>,

    /// Show the browser's window
    #[arg(long)]
    pub(crate) show_browser: bool,

    /// The file with the cookies of a session: cookies.txt, a JSON list, or the value of a Cookie header
    #[arg(long, value_name = "FILE")]
    pub(crate) cookies: Option<PathBuf>,

    /// The command that gets the authorization URL in PROOFMARK_AUTHORIZATION_URL and prints where the browser was sent
    #[arg(long, value_name = "COMMAND")]
    pub(crate) login_command: Option<String>,

    /// The environment variable that holds a valid access token: the MCP server is tested without signing in
    #[arg(long, value_name = "VARIABLE")]
    pub(crate) token_env: Option<String>,

    /// The environment variable that holds a refresh token of the given client
    #[arg(long, value_name = "VARIABLE")]
    pub(crate) refresh_token_env: Option<String>,
}

/// How the target is reached.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Network")]
pub(crate) struct NetworkArgs {
    /// A file with certificates (PEM) to trust besides those of this machine
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,

    /// A file with a client certificate and its private key (PEM), for mutual TLS
    #[arg(long, value_name = "FILE")]
    pub(crate) cert: Option<PathBuf>,

    /// The proxy, such as http://127.0.0.1:3128 or socks5h://127.0.0.1:1080
    #[arg(long, value_name = "URL")]
    pub(crate) proxy: Option<String>,

    /// Connect to this address instead of asking the name service
    #[arg(long, value_name = "HOST:PORT:ADDR")]
    pub(crate) resolve: Vec<String>,

    /// A header that every request to the target carries; [[network.header]] of the configuration can be of one origin
    #[arg(long = "header", value_name = "NAME: VALUE")]
    pub(crate) headers: Vec<String>,

    /// Offer HTTP/2
    #[arg(long)]
    pub(crate) http2: bool,

    /// The most requests per second to one origin
    #[arg(long, value_name = "N")]
    pub(crate) pace: Option<f64>,
}
