//! `run` and `plan`: starts the job, keeps its events, and writes the reports of whatever was learned.

use std::fs::File;
use std::io::{BufWriter, ErrorKind, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use proofmark_model::{Event, RunReport, Status};
use proofmark_probe::recorder::Sink;
use proofmark_probe::settings::Settings;
use proofmark_reports::exit::{self, ExitCode, Verdict};
use proofmark_reports::terminal::{Style, Table};
use proofmark_reports::{events, html, json, junit, terminal};
use proofmark_runner::{Filter, Job};

use crate::args::{Choice, Output, RunArgs};
use crate::config::Config;
use crate::error::Error;
use crate::live::Live;
use crate::print::{note, out};
use crate::settings;

/// `proofmark run`.
pub(crate) fn command(args: RunArgs) -> Result<ExitCode, Error> {
    let (job, output) = job(args)?;
    runtime()?.block_on(run(job, &output))
}

/// `proofmark plan`.
pub(crate) fn plan(args: RunArgs) -> Result<ExitCode, Error> {
    let (job, output) = job(args)?;
    let report = runtime()?.block_on(async {
        let record = Arc::new(Mutex::new(RunReport::default()));
        let sink = folding(&record);
        proofmark_runner::plan_only(job, sink, interrupted()).await;
        take(&record)
    });
    let style = style(&output);
    if let Some(reason) = &report.stopped {
        note(&terminal::summary(&report, style, output.strict, &[]));
        if report.catalogue.is_empty() {
            note(&format!("nothing was planned: {reason}"));
            return Ok(ExitCode::Untestable);
        }
    }
    out(&facts(&report, style));
    out(&plan_table(&report, style));
    Ok(if report.stopped.is_some() { ExitCode::Untestable } else { ExitCode::Conformant })
}

fn job(args: RunArgs) -> Result<(Job, Output), Error> {
    let config = Config::load(args.target.config.as_deref())?;
    let (mut settings, spec) = settings::settings(&args.target, &args.choice, config)?;
    settings.login.browser.screenshots = Some(args.output.out.join("screenshots"));
    let job = assemble(settings, spec, &args.choice)?;
    Ok((job, args.output))
}

/// A job over the whole catalogue, with the choice of the user.
pub(crate) fn assemble(
    settings: Settings,
    spec: Option<proofmark_model::Revision>,
    choice: &Choice,
) -> Result<Job, Error> {
    let catalogue = proofmark_suite::catalogue();
    let filter = Filter { only: choice.only.clone(), skip: choice.skip.clone() };
    let ids: Vec<_> = catalogue.cases().iter().map(|c| c.id).collect();
    if let Some(pattern) = filter.unmatched(&ids).next() {
        let what = if choice.only.iter().any(|p| p == pattern) {
            "case that matches --only"
        } else {
            "case that matches --skip"
        };
        let all = "`proofmark list` shows all cases; * stands for anything";
        return Err(Error::unknown(what, pattern, ids.iter().copied(), all));
    }
    Ok(Job { catalogue, filter, spec, settings, version: env!("CARGO_PKG_VERSION").to_owned() })
}

/// The runtime of all commands that send requests.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Error> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Error::Runtime)
}

/// Completes at the first wish to end the run; the second ends the process at once.
pub(crate) async fn interrupted() {
    wish_to_end().await;
    tokio::spawn(async {
        wish_to_end().await;
        std::process::exit(130);
    });
}

/// Ctrl-C, or the signal by which a build server ends a job.
async fn wish_to_end() {
    #[cfg(unix)]
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            // Without a handler the signal ends the process by itself.
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending();
    tokio::select! {
        Ok(()) = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
}

/// Runs a job and writes its reports.
pub(crate) async fn run(job: Job, output: &Output) -> Result<ExitCode, Error> {
    let folder = Folder::create(&output.out)?;
    let record = Arc::new(Mutex::new(RunReport::default()));
    let log = Arc::new(Mutex::new(folder.events()?));
    let live = Arc::new(Live::new(output.quiet, style(output)));
    let sink: Sink = {
        let (record, log, live) = (Arc::clone(&record), Arc::clone(&log), Arc::clone(&live));
        Box::new(move |event| {
            live.show(&event);
            {
                let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
                // A full disk is reported when the reports are written; the run goes on.
                let _ = log.write_all(events::write_line(&event).as_bytes());
                if !matches!(event, Event::Exchanged { .. }) {
                    // Whatever happens to this process, what was found so far is in the file.
                    let _ = log.flush();
                }
            }
            record.lock().unwrap_or_else(PoisonError::into_inner).apply(event);
        })
    };
    proofmark_runner::run(job, sink, interrupted()).await;
    live.end();
    let report = take(&record);
    let logged = log.lock().unwrap_or_else(PoisonError::into_inner).flush();
    let logged = logged.map_err(|why| Error::Unwritable { path: folder.path("events.ndjson"), why });
    let (written, lost) = folder.write(&report, output.strict);
    let code = exit::code(&report, output.strict);
    if !output.quiet {
        out(&terminal::summary(&report, style(output), output.strict, &written));
    } else if code != ExitCode::Conformant {
        note(&Verdict::of(&report, output.strict).sentence(&report));
    }
    // The verdict was shown; a report that could not be written is still an error.
    logged?;
    lost.map_or(Ok(code), Err)
}

/// A sink that folds events into a report.
pub(crate) fn folding(record: &Arc<Mutex<RunReport>>) -> Sink {
    let record = Arc::clone(record);
    Box::new(move |event: Event| record.lock().unwrap_or_else(PoisonError::into_inner).apply(event))
}

/// The report so far.
pub(crate) fn take(record: &Mutex<RunReport>) -> RunReport {
    std::mem::take(&mut record.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Colour and width of standard output.
pub(crate) fn style(output: &Output) -> Style {
    let terminal = std::io::stdout().is_terminal();
    Style { color: terminal && !output.no_color && !crate::args::no_color(), width: crate::live::width() }
}

const HTML: &str = "report.html";
const JUNIT: &str = "junit.xml";
const JSON: &str = "results.json";

/// The folder of the reports.
struct Folder(PathBuf);

impl Folder {
    /// Takes the folder, and takes reports of an earlier run out of it: should this run be killed, they must not pass
    /// for its own.
    fn create(path: &Path) -> Result<Self, Error> {
        std::fs::create_dir_all(path).map_err(|why| Error::Unwritable { path: path.to_owned(), why })?;
        let folder = Folder(path.to_owned());
        for name in [HTML, JUNIT, JSON] {
            let path = folder.path(name);
            match std::fs::remove_file(&path) {
                Err(why) if why.kind() != ErrorKind::NotFound => return Err(Error::Unwritable { path, why }),
                _ => {}
            }
        }
        Ok(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn events(&self) -> Result<BufWriter<File>, Error> {
        let path = self.path("events.ndjson");
        File::create(&path).map(BufWriter::new).map_err(|why| Error::Unwritable { path, why })
    }

    /// Writes every report that can be written, and says which were, and what went wrong first.
    fn write(&self, report: &RunReport, strict: bool) -> (Vec<(&'static str, String)>, Option<Error>) {
        let files = [
            ("HTML", HTML, html::render(report, strict)),
            ("JUnit", JUNIT, junit::render(report, strict)),
            ("JSON", JSON, json::render(report)),
        ];
        let (mut written, mut lost) = (Vec::new(), None);
        for (what, name, text) in files {
            let path = self.path(name);
            match std::fs::write(&path, text) {
                Ok(()) => written.push((what, path.display().to_string())),
                Err(why) => lost = lost.or(Some(Error::Unwritable { path, why })),
            }
        }
        (written, lost)
    }
}

/// What was learned of the target: what a run will meet, and how often somebody has to sign in.
fn facts(report: &RunReport, style: Style) -> String {
    let mut table = Table::new(&["target", "what was found"]);
    for fact in &report.facts {
        table.row([fact.name.as_str(), fact.value.as_str()]);
    }
    table.render(style) + "\n"
}

fn plan_table(report: &RunReport, style: Style) -> String {
    let mut table = Table::new(&["case", "will", "why"]);
    for info in &report.catalogue {
        let settled = report.cases.iter().find(|c| c.id == info.id);
        let (will, why) = match settled {
            None => ("run", info.title.clone()),
            Some(case) => (
                match case.status {
                    Status::NotApplicable => "not apply",
                    Status::Excluded => "be left out",
                    _ => "be blocked",
                },
                match &case.remedy {
                    Some(remedy) => format!("{}; to enable it: {remedy}", case.message),
                    None => case.message.clone(),
                },
            ),
        };
        table.row([info.id.as_str(), will, why.as_str()]);
    }
    let sum = &report.summary;
    let settled = sum.blocked + sum.not_applicable + sum.excluded;
    let count = report.catalogue.len() - settled;
    format!(
        "{}\n{count} of {} cases would run; {} are blocked, {} do not apply, {} are left out\n",
        table.render(style),
        report.catalogue.len(),
        sum.blocked,
        sum.not_applicable,
        sum.excluded
    )
}
