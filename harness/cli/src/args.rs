//! The command line.
// Doc comments here are the help that a terminal shows, where brackets around a URL would be in the way.
#![allow(rustdoc::bare_urls)]

mod demo;
mod target;

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

pub(crate) use demo::{DemoAnswers, DemoArgs, DemoConsent, DemoRegistration, DemoTarget, DemoTokens};
pub(crate) use target::{ClientArgs, LoginArgs, NetworkArgs, Place, TargetArgs};

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
    /// Show what would run, what would not and why, without running a case
    Plan(RunArgs),
    /// Write a configuration for a target, from what discovery finds
    Init(InitArgs),
    /// Say which door of a target opens and which key is missing
    Doctor(DoctorArgs),
    /// Write the documents by which servers learn of a client, for you to publish
    ClientMetadata(ClientMetadataArgs),
    /// The same run against the embedded reference target
    Demo(DemoArgs),
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
            Command::Init(_) | Command::ClientMetadata(_) | Command::List(_) | Command::Explain(_) => false,
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

#[derive(Debug, clap::Args)]
#[command(
    after_help = "It gets a client and signs in as a run would, and removes what it made.\nExit codes: 0 a run could go \
                        ahead, 3 something is missing, 2 the command line or the configuration is wrong."
)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    pub(crate) target: TargetArgs,

    #[command(flatten)]
    pub(crate) choice: Choice,

    /// The format
    #[arg(long, value_enum, default_value = "text", help_heading = "Output")]
    pub(crate) format: DoctorFormat,

    /// Print without colour
    #[arg(long, help_heading = "Output")]
    pub(crate) no_color: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DoctorFormat {
    Text,
    Json,
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Nothing is registered and nobody signs in.\n`proofmark init --schema FILE` writes the schema alone."
)]
pub(crate) struct InitArgs {
    #[command(flatten)]
    pub(crate) place: Place,

    /// The file to write; - for standard output
    #[arg(long, short, value_name = "FILE", default_value = crate::config::DEFAULT)]
    pub(crate) out: PathBuf,

    /// Overwrite the file
    #[arg(long)]
    pub(crate) force: bool,

    /// Write the JSON Schema of the configuration, too, by which editors complete and check it
    #[arg(long, value_name = "FILE")]
    pub(crate) schema: Option<PathBuf>,

    /// The time limit of one request, in seconds
    #[arg(long, value_name = "SECONDS")]
    pub(crate) timeout: Option<f64>,

    #[command(flatten)]
    pub(crate) network: NetworkArgs,
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "By Client ID Metadata Documents a server learns of a client that it has never met. A target that\n\
                        cannot reach this machine needs them published."
)]
pub(crate) struct ClientMetadataArgs {
    /// The URL of the folder where you will publish them
    #[arg(long, value_name = "URL")]
    pub(crate) base_url: String,

    /// The folder to write to
    #[arg(long, short, value_name = "DIR", default_value = "proofmark-client")]
    pub(crate) out: PathBuf,

    /// The private key of the confidential client: PEM or JWK; made when it is not there
    #[arg(long, value_name = "FILE", default_value = "proofmark-client-key.pem")]
    pub(crate) key: PathBuf,
}

/// What to run.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Run")]
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
#[command(next_help_heading = "Output")]
pub(crate) struct Output {
    /// The folder for the reports
    #[arg(long, value_name = "DIR", default_value = "proofmark-report")]
    pub(crate) out: PathBuf,

    /// A broken SHOULD fails, too
    #[arg(long)]
    pub(crate) strict: bool,

    /// Print nothing but errors and what somebody has to do
    #[arg(long, short)]
    pub(crate) quiet: bool,

    /// Print without colour
    #[arg(long)]
    pub(crate) no_color: bool,
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
