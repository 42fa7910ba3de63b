//! `doctor`: which door of a target opens, and which key is missing, in the order in which a person would mend it.

mod access;
mod doors;
mod server;
mod show;

use std::sync::{Arc, Mutex};

use proofmark_model::{RunReport, Status};
use proofmark_probe::World;
use proofmark_probe::recorder::Sink;
use proofmark_probe::settings::Settings;
use proofmark_reports::exit::ExitCode;

use crate::args::{DoctorArgs, DoctorFormat};
use crate::config::Config;
use crate::error::Error;
use crate::live::Live;
use crate::print::out;
use crate::{run, settings};
use doors::{Diagnosis, Doors};

/// `proofmark doctor`.
pub(crate) fn command(args: &DoctorArgs) -> Result<ExitCode, Error> {
    let config = Config::load(args.target.config.as_deref())?;
    let (settings, spec) = settings::settings(&args.target, &args.choice, config)?;
    let job = run::assemble(settings.clone(), spec, &args.choice)?;
    let record = Arc::new(Mutex::new(RunReport::default()));
    let marks = show::Marks::of(args.no_color);
    let live = Arc::new(Live::without_lines(marks.style()));
    let sink: Sink = {
        let (live, fold) = (Arc::clone(&live), run::folding(&record));
        Box::new(move |event| {
            live.show(&event);
            fold(event);
        })
    };
    let survey = run::runtime()?.block_on(proofmark_runner::plan_only(job, sink, run::interrupted()));
    live.end();
    let report = run::take(&record);
    let diagnosis = diagnose(&report, survey.world.as_ref(), &settings);
    out(&match args.format {
        // Serialising our own data cannot fail.
        DoctorFormat::Json => serde_json::to_string_pretty(&diagnosis).unwrap_or_default() + "\n",
        DoctorFormat::Text => show::text(&diagnosis, marks),
    });
    Ok(if diagnosis.ready { ExitCode::Conformant } else { ExitCode::Untestable })
}

/// What a plan shows of the way in.
fn diagnose(report: &RunReport, world: Option<&World>, settings: &Settings) -> Diagnosis {
    let mut doors = Doors::new(report, world, settings);
    server::examine(&mut doors);
    access::examine(&mut doors);
    let count = |status: Status| report.summary.of(status);
    let settled = report.cases.len();
    Diagnosis {
        schema: "proofmark/doctor/1",
        target: report.target.clone(),
        ready: doors.all_open() && count(Status::Blocked) == 0 && report.stopped.is_none(),
        would_run: report.catalogue.len() - settled,
        not_applicable: count(Status::NotApplicable),
        excluded: count(Status::Excluded),
        waiting: doors::waiting(report),
        leftovers: report.leftovers.clone(),
        doors: doors.into_list(),
    }
}
