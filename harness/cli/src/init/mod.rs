//! `init`: a configuration for a target, from what discovery finds. Nothing is registered and nobody signs in.

pub(crate) mod page;
mod text;

use std::path::Path;
use std::sync::{Arc, Mutex};

use proofmark_model::RunReport;
use proofmark_probe::Catalogue;
use proofmark_probe::settings::Settings;
use proofmark_reports::exit::ExitCode;
use proofmark_runner::{Filter, Job};

use crate::args::InitArgs;
use crate::config::{self, schema};
use crate::error::Error;
use crate::print::{note, out};
use crate::{run, settings};

/// What stands for standard output.
const STDOUT: &str = "-";

/// `proofmark init`.
pub(crate) fn command(args: &InitArgs) -> Result<ExitCode, Error> {
    if args.place.url.is_none() && args.place.as_only.is_none() {
        let Some(path) = &args.schema else { return Err(Error::NoTarget { command: "init" }) };
        write(path, &schema::text())?;
        return Ok(ExitCode::Conformant);
    }
    let settings = settings::reach(&args.place, &args.network, args.timeout)?;
    if args.out != Path::new(STDOUT) && args.out.exists() && !args.force {
        return Err(Error::Exists { path: args.out.clone() });
    }
    let record = Arc::new(Mutex::new(RunReport::default()));
    let job = Job {
        catalogue: Catalogue::default(),
        filter: Filter::default(),
        spec: None,
        settings: settings.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let survey =
        run::runtime()?.block_on(proofmark_runner::discover_only(job, run::folding(&record), run::interrupted()));
    let Some(world) = survey.world else {
        let report = run::take(&record);
        note(&format!("nothing was written: {}", report.stopped.unwrap_or_default()));
        report.help.iter().for_each(|help| note(&format!("  {help}")));
        return Ok(ExitCode::Untestable);
    };
    if let Some(path) = &args.schema {
        write(path, &schema::text())?;
    }
    let text = text::text(&text::Subject {
        args: &args.network,
        settings: &settings,
        profile: &world.profile,
        folder: args.out.parent().unwrap_or(Path::new("")),
        schema: args.schema.as_deref().filter(|path| *path != Path::new(STDOUT)),
    });
    write(&args.out, &text)?;
    if args.out != Path::new(STDOUT) {
        next(&args.out, &settings);
    }
    Ok(ExitCode::Conformant)
}

/// Writes a file, or standard output.
fn write(path: &Path, text: &str) -> Result<(), Error> {
    if path == Path::new(STDOUT) {
        out(text);
        return Ok(());
    }
    std::fs::write(path, text).map_err(|why| Error::Unwritable { path: path.to_owned(), why })
}

/// What to do with the configuration.
fn next(path: &Path, settings: &Settings) {
    let flag = match path.to_str() {
        Some(config::DEFAULT) => String::new(),
        _ => format!(" --config {}", path.display()),
    };
    out(&format!("wrote {}\n", path.display()));
    for header in &settings.network.headers {
        out(&format!("  export {}=…          the value of the header {}\n", text::variable(&header.name), header.name));
    }
    out(&format!("  proofmark doctor{flag}    says what is missing still\n"));
    out(&format!("  proofmark run{flag}       tests\n"));
}
