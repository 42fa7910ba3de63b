//! The command line.
// Doc comments here are the help that a terminal shows, where brackets around a URL would be in the way.
#![allow(rustdoc::bare_urls)]

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use proofmark_probe::settings::Rung;

/// Tests whether an MCP server and the OAuth 2.1 authorization server behind it keep the rules that protect their users.
#[derive(Debug, Parser)]
#[command(name = "proofmark", version, max_term_width = 110, after_help = EXIT_CODES)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0   conformant
  1   a MUST is violated (with --strict, a SHOULD too)
  2   the command line or the configuration is wrong
  3   the target cannot be tested: unreachable, no discovery, no token
  4   incomplete: something could not be tested, so nothing is certified
  70  a bug in Proofmark";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Test an MCP server and its authorization server
    Run(RunArgs),
    /// The same run against the embedded reference target
    Demo(DemoArgs),
    /// Show what would run, what would not and why, without running a case
    Plan(RunArgs),
    /// Write a configuration for a target, from what discovery finds
    Init(InitArgs),
    /// Say which door of a target opens and which key is missing, without running a case
    Doctor(DoctorArgs),
    /// List the catalogue
    List(ListArgs),
    /// Explain a case: rule, source, motive, how to fix
    Explain(ExplainArgs),
}

impl Args {
    /// Whether messages must do without colour.
    pub(crate) fn plain(&self) -> bool {
        let flag = match &self.command {
            Command::Run(args) | Command::Plan(args) => args.output.no_color,
            Command::Demo(args) => args.output.no_color,
            Command::Doctor(args) => args.no_color,
            Command::Init(_) | Command::List(_) | Command::Explain(_) => false,
        };
        flag || no_color()
    }
}

/// Whether the environment asks for no colour (<https://no-color.org>).
pub(crate) fn no_color() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty())
}

#[derive(Debug, clap::Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) target: TargetArgs,

    #[command(flatten)]
    pub(crate) choice: Choice,

    #[command(flatten)]
    pub(crate) output: Output,
}

/// Signs in as a run would. Exit code 0: a run could go ahead fully; 3: it could not.
#[derive(Debug, clap::Args)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    pub(crate) target: TargetArgs,

    #[command(flatten)]
    pub(crate) choice: Choice,

    /// The format
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: DoctorFormat,

    /// Print without colour
    #[arg(long)]
    pub(crate) no_color: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DoctorFormat {
    /// For a person.
    Text,
    /// For a program.
    Json,
}

/// Nothing is registered and nobody signs in.
#[derive(Debug, clap::Args)]
pub(crate) struct InitArgs {
    #[command(flatten)]
    pub(crate) place: Place,

    /// The file to write; - for standard output
    #[arg(long, short, value_name = "FILE", default_value = crate::config::DEFAULT)]
    pub(crate) out: PathBuf,

    /// Overwrite the file
    #[arg(long)]
    pub(crate) force: bool,

    /// Write the JSON Schema of the configuration, too, with which editors complete and check it; needs no URL
    #[arg(long, value_name = "FILE")]
    pub(crate) schema: Option<PathBuf>,

    /// The time limit of one request, in seconds
    #[arg(long, value_name = "SECONDS")]
    pub(crate) timeout: Option<f64>,

    #[command(flatten)]
    pub(crate) network: NetworkArgs,
}

/// What is tested, and how to get in.
#[derive(Debug, clap::Args)]
pub(crate) struct TargetArgs {
    #[command(flatten)]
    pub(crate) place: Place,

    /// The configuration; proofmark.toml of this folder is read when it is there
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// The resource identifier to ask tokens for, instead of the one that discovery finds
    #[arg(long, value_name = "URI")]
    pub(crate) resource: Option<String>,

    /// A scope to ask for in ordinary flows, instead of those that discovery finds
    #[arg(long = "scope", value_name = "SCOPE")]
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
    #[arg(long, value_name = "URL")]
    pub(crate) issuer: Option<String>,

    /// Test the authorization server of this issuer alone, without an MCP server
    #[arg(long, value_name = "ISSUER", conflicts_with_all = ["url", "issuer"])]
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

/// What to run.
#[derive(Debug, clap::Args)]
pub(crate) struct Choice {
    /// The MCP revision to test at: a date, draft, or auto for the newest that the server speaks
    #[arg(long, value_name = "REVISION")]
    pub(crate) spec: Option<String>,

    /// Only cases whose id matches, and their controls; * stands for anything
    #[arg(long, value_name = "GLOB")]
    pub(crate) only: Vec<String>,

    /// No case whose id matches
    #[arg(long, value_name = "GLOB")]
    pub(crate) skip: Vec<String>,

    /// How many cases may send requests at the same time
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) jobs: Option<u16>,

    /// The longest single wait, e.g. for a token to expire, in seconds
    #[arg(long, value_name = "SECONDS")]
    pub(crate) max_wait: Option<f64>,

    /// The time limit of one request, in seconds
    #[arg(long, value_name = "SECONDS")]
    pub(crate) timeout: Option<f64>,

    /// The seed of all randomness, to repeat a run
    #[arg(long, value_name = "TEXT")]
    pub(crate) seed: Option<String>,
}

/// Where to and how loud.
#[derive(Debug, clap::Args)]
pub(crate) struct Output {
    /// The folder for the reports
    #[arg(long, value_name = "DIR", default_value = "proofmark-report")]
    pub(crate) out: PathBuf,

    /// A broken SHOULD fails, too
    #[arg(long)]
    pub(crate) strict: bool,

    /// Print nothing but errors
    #[arg(long, short)]
    pub(crate) quiet: bool,

    /// Print without colour
    #[arg(long)]
    pub(crate) no_color: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct DemoArgs {
    /// Break a rule of the reference target; may be repeated
    #[arg(long, value_name = "NAME")]
    pub(crate) defect: Vec<String>,

    /// List the defects and end
    #[arg(long)]
    pub(crate) list_defects: bool,

    /// Serve the reference target until Ctrl-C instead of testing it
    #[arg(long)]
    pub(crate) serve: bool,

    /// How users consent at the reference target
    #[arg(long, value_enum, default_value = "form")]
    pub(crate) consent: DemoConsent,

    /// The format of its access tokens
    #[arg(long, value_enum, default_value = "jwt")]
    pub(crate) tokens: DemoTokens,

    /// How it answers MCP requests
    #[arg(long, value_enum, default_value = "json")]
    pub(crate) answers: DemoAnswers,

    /// The lifetime of its access tokens, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 4)]
    pub(crate) lifetime: u64,

    #[command(flatten)]
    pub(crate) choice: Choice,

    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DemoConsent {
    /// Redirects alone.
    Automatic,
    /// A login page, then a consent page.
    Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DemoTokens {
    /// JSON Web Tokens.
    Jwt,
    /// Opaque strings.
    Opaque,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DemoAnswers {
    /// `application/json`.
    Json,
    /// `text/event-stream`.
    EventStream,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ListArgs {
    /// The format
    #[arg(long, value_enum, default_value = "table")]
    pub(crate) format: ListFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// For a terminal.
    Table,
    /// For a program.
    Json,
    /// For a page.
    Markdown,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ExplainArgs {
    /// The id of a case, or of a requirement
    pub(crate) id: String,

    /// The format
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: ExplainFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExplainFormat {
    /// For a person.
    Text,
    /// For a program.
    Json,
}
