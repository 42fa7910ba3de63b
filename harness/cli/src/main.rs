//! `proofmark`: points the catalogue at an MCP server and writes what it found.

mod args;
mod catalogue;
mod client_metadata;
mod config;
mod demo;
mod doctor;
mod error;
mod init;
mod live;
mod print;
mod run;
mod settings;
mod similar;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::Parser as _;
use proofmark_reports::exit;

use crate::args::{Args, Command};

fn main() -> ExitCode {
    // clap prints usage errors and help itself, with exit code 2 and 0.
    let args = Args::parse();
    let plain = args.plain();
    let messages = move || {
        // Terminals wrap lines without taking names of flags apart at their hyphens. Colour is left to the environment.
        let options = miette::MietteHandlerOpts::new().wrap_lines(false);
        if plain { options.color(false).unicode(false) } else { options }
    };
    // Only a second hook would be refused.
    let _ = miette::set_hook(Box::new(move |_| Box::new(messages().build())));
    match catch_unwind(AssertUnwindSafe(|| dispatch(args))) {
        Ok(Ok(code)) => code.into(),
        Ok(Err(error)) => {
            print::note(&format!("{:?}", miette::Report::new(error)));
            exit::ExitCode::Usage.into()
        }
        Err(_) => {
            // What happened stands above.
            print::note("this is a bug of Proofmark; please report it with the lines above");
            exit::ExitCode::Bug.into()
        }
    }
}

fn dispatch(args: Args) -> Result<exit::ExitCode, error::Error> {
    match args.command {
        Command::Run(run) => run::command(run),
        Command::Plan(run) => run::plan(run),
        Command::Init(init) => init::command(&init),
        Command::Doctor(doctor) => doctor::command(&doctor),
        Command::ClientMetadata(args) => client_metadata::command(&args),
        Command::Demo(demo) => demo::command(demo),
        Command::List(list) => Ok(catalogue::list(&list)),
        Command::Explain(explain) => catalogue::explain(&explain),
    }
}
