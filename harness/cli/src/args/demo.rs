//! The reference target.

use std::path::PathBuf;

use clap::ValueEnum;

use super::{Choice, Output};

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

    #[command(flatten)]
    pub(crate) target: DemoTarget,

    #[command(flatten)]
    pub(crate) choice: Choice,

    #[command(flatten)]
    pub(crate) output: Output,
}

/// What the reference target is like. Its own run knows what opens it; with --serve you try it yourself.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Reference target")]
pub(crate) struct DemoTarget {
    /// How users consent: by redirects alone, at a login and a consent page, or at the same pages drawn by a script
    #[arg(long, value_enum, default_value = "form")]
    pub(crate) consent: DemoConsent,

    /// Ask for the user name and the password on two pages
    #[arg(long)]
    pub(crate) two_steps: bool,

    /// Ask for a one-time password, too
    #[arg(long)]
    pub(crate) totp: bool,

    /// How clients come about: by themselves, by themselves with an initial access token, or by hand
    #[arg(long, value_enum, default_value = "open")]
    pub(crate) registration: DemoRegistration,

    /// The path below which everything is, as behind a gateway, such as /gateway/v1
    #[arg(long, value_name = "PATH")]
    pub(crate) prefix: Option<String>,

    /// A header or cookie that every request must carry, as before a staging server
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) gate: Option<String>,

    /// Serve https with this certificate chain and private key (PEM)
    #[arg(long, value_names = ["CERT", "KEY"], num_args = 2)]
    pub(crate) tls: Vec<PathBuf>,

    /// The port of the MCP server; a free one by default
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<u16>,

    /// The format of its access tokens
    #[arg(long, value_enum, default_value = "jwt")]
    pub(crate) tokens: DemoTokens,

    /// How it answers MCP requests
    #[arg(long, value_enum, default_value = "json")]
    pub(crate) answers: DemoAnswers,

    /// The lifetime of its access tokens, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 4)]
    pub(crate) lifetime: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DemoConsent {
    Automatic,
    Form,
    Script,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DemoRegistration {
    Open,
    Token,
    Closed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DemoTokens {
    Jwt,
    Opaque,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DemoAnswers {
    Json,
    EventStream,
}
