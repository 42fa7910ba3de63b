//! The run: cases go side by side, each after its control, and waits overlap everything.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Instant;

use proofmark_model::{CaseResult, Event, Finding, Outcome as Seen, Plan, Status, Target, verdict};
use proofmark_probe::recorder::{Recorder, Sink, Transport};
use proofmark_probe::settings::Settings;
use proofmark_probe::{Case, Catalogue, Probe, Stop, World};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::Filter;
use crate::discover::Discovery;
use crate::plan::{plan, stopped, without_running};
use crate::sign_in::sign_in;

/// What to do.
pub struct Job {
    /// The cases to choose from.
    pub catalogue: Catalogue,
    /// The choice.
    pub filter: Filter,
    /// The revision to test at; `None` takes the newest that the target speaks.
    pub spec: Option<proofmark_model::Revision>,
    /// What the user said.
    pub settings: Settings,
    /// The version of Proofmark, for the report.
    pub version: String,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Every planned case has a result.
    Finished,
    /// The target could not be tested; the events say why.
    Stopped,
    /// The user ended it.
    Interrupted,
}

/// Runs a job. Everything that happens goes to `sink`; when `interrupt` completes, what was learned so far stands.
pub async fn run(job: Job, sink: Sink, interrupt: impl Future<Output = ()> + Send) -> Outcome {
    tokio::pin!(interrupt);
    let began = Instant::now();
    let Some((recorder, world)) = open(&job, sink, &mut interrupt).await else { return Outcome::Stopped };
    let world = match world {
        Ok(world) => world,
        Err(end) => {
            finish(&recorder, began, Vec::new());
            return end;
        }
    };
    if let Err(stop) = &world.access {
        // Without a token much can still be tested; the verdict says that it is not all.
        announce(&recorder, stop);
    }
    let plan = plan(&job.catalogue, &job.filter, &world);
    recorder.emit(Event::Planned { target: target(&job, Some(&world)), plan: plan.clone() });
    let outcome = run_cases(&job.catalogue, &plan, &world, &mut interrupt).await;
    let leftovers = if outcome == Outcome::Finished { world.clean_up().await } else { Vec::new() };
    finish(&recorder, began, leftovers);
    if outcome == Outcome::Finished && world.access.is_err() { Outcome::Stopped } else { outcome }
}

/// Plans a job without running a case: discovery and sign-in happen, nothing intrusive does.
pub async fn plan_only(job: Job, sink: Sink, interrupt: impl Future<Output = ()> + Send) -> Outcome {
    tokio::pin!(interrupt);
    let began = Instant::now();
    let Some((recorder, world)) = open(&job, sink, &mut interrupt).await else { return Outcome::Stopped };
    let outcome = match world {
        Ok(world) => {
            if let Err(stop) = &world.access {
                announce(&recorder, stop);
            }
            let plan = plan(&job.catalogue, &job.filter, &world);
            recorder.emit(Event::Planned { target: target(&job, Some(&world)), plan });
            let leftovers = world.clean_up().await;
            finish(&recorder, began, leftovers);
            return if world.access.is_ok() { Outcome::Finished } else { Outcome::Stopped };
        }
        Err(end) => end,
    };
    finish(&recorder, began, Vec::new());
    outcome
}

/// Starts the record, discovers the target and signs in.
async fn open(
    job: &Job,
    sink: Sink,
    interrupt: &mut (impl Future<Output = ()> + Unpin),
) -> Option<(Arc<Recorder>, Result<World, Outcome>)> {
    let transport = match Transport::new(job.settings.timing.request) {
        Ok(transport) => transport,
        Err(stop) => {
            sink(Event::Stopped { reason: stop.why().to_owned(), help: None });
            return None;
        }
    };
    let recorder = Arc::new(Recorder::new(transport, sink));
    recorder.emit(Event::RunStarted {
        version: job.version.clone(),
        at: jiff::Timestamp::now().to_string(),
        target: target(job, None),
    });
    if let Some(password) = &job.settings.password {
        recorder.register_secret("password", password);
    }
    let discovery = Discovery { recorder: &recorder, settings: &job.settings, spec: job.spec };
    let opening = async {
        let profile = discovery.run().await?;
        let world = World::new(Arc::clone(&recorder), Arc::new(job.settings.clone()), profile);
        sign_in(&discovery, world).await
    };
    let opened = tokio::select! {
        opened = opening => opened,
        () = interrupt => {
            recorder.emit(Event::Stopped { reason: "interrupted during discovery".into(), help: None });
            return Some((recorder, Err(Outcome::Interrupted)));
        }
    };
    Some(match opened {
        Ok(world) => (recorder, Ok(world)),
        Err(stop) => {
            announce(&recorder, &stop);
            (recorder, Err(Outcome::Stopped))
        }
    })
}

fn announce(recorder: &Recorder, stop: &Stop) {
    let help = match stop {
        Stop::Blocked { remedy, .. } => remedy.clone().filter(|r| !r.is_empty()),
        _ => None,
    };
    recorder.emit(Event::Stopped { reason: recorder.redact(stop.why()), help });
}

fn finish(recorder: &Recorder, began: Instant, leftovers: Vec<String>) {
    recorder.emit(Event::RunFinished { took_ms: millis(began), leftovers });
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

fn target(job: &Job, world: Option<&World>) -> Target {
    Target {
        mcp: job.settings.mcp_url.clone(),
        issuer: world.map(|w| w.profile.issuer.clone()).filter(|i| !i.is_empty()),
        revision: world.map(World::revision).or(job.spec),
    }
}

/// Where the status of each case is announced to those it controls.
type Board = HashMap<&'static str, watch::Sender<Option<Status>>>;

async fn run_cases(
    catalogue: &Catalogue,
    plan: &Plan,
    world: &World,
    interrupt: &mut (impl Future<Output = ()> + Unpin),
) -> Outcome {
    let board: Board = catalogue.cases().iter().map(|c| (c.id, watch::Sender::new(None))).collect();
    let board = Arc::new(board);
    let mut waiting: Vec<&'static Case> = Vec::new();
    for (case, planned) in catalogue.cases().iter().zip(&plan.cases) {
        match &planned.settled {
            Some(result) => announce_status(&board, case, result.status),
            None => waiting.push(case),
        }
    }
    // What waits for time to pass goes first, so that everything else happens meanwhile.
    waiting.sort_by_key(|case| !case.waits);
    let mut running = JoinSet::new();
    let mut names = HashMap::new();
    for case in waiting {
        let (world, board) = (world.clone(), Arc::clone(&board));
        let task = running.spawn(async move {
            let result = run_case(case, &world, &board).await;
            announce_status(&board, case, result.status);
            world.recorder.emit(Event::CaseFinished { result });
        });
        names.insert(task.id(), case);
    }
    loop {
        tokio::select! {
            ended = running.join_next_with_id() => match ended {
                None => return Outcome::Finished,
                Some(Ok((id, ()))) => {
                    names.remove(&id);
                }
                Some(Err(error)) => {
                    if let Some(case) = names.remove(&error.id()) {
                        announce_status(&board, case, Status::Error);
                        let why = "the case ended in a panic, which is a bug of Proofmark; please report it".to_owned();
                        let result = without_running(case, world, Status::Error, why, None);
                        world.recorder.emit(Event::CaseFinished { result });
                    }
                }
            },
            () = &mut *interrupt => {
                running.abort_all();
                while let Some(ended) = running.join_next_with_id().await {
                    if let Ok((id, ())) = ended {
                        names.remove(&id);
                    }
                }
                for case in names.into_values() {
                    let result = without_running(case, world, Status::Error, "interrupted before it ended".into(), None);
                    world.recorder.emit(Event::CaseFinished { result });
                }
                return Outcome::Interrupted;
            }
        }
    }
}

fn announce_status(board: &Board, case: &Case, status: Status) {
    if let Some(sender) = board.get(case.id) {
        sender.send_replace(Some(status));
    }
}

/// Waits for the control, runs the body, and folds what it found.
async fn run_case(case: &'static Case, world: &World, board: &Board) -> CaseResult {
    if let Some(control) = case.control {
        match control_status(board, control).await {
            Status::Pass | Status::Warn => {}
            Status::NotApplicable => {
                let why = format!("its control {} is not applicable", control.id);
                return without_running(case, world, Status::NotApplicable, why, None);
            }
            Status::Excluded => {
                let why = format!("its control {} is left out", control.id);
                return without_running(case, world, Status::Excluded, why, None);
            }
            status => {
                let why =
                    format!("its control {} did not hold ({status}), so a refusal would prove nothing", control.id);
                return without_running(case, world, Status::Blocked, why, None);
            }
        }
    }
    let permit = Arc::clone(&world.jobs).acquire_owned().await.ok();
    world.recorder.emit(Event::CaseStarted { case: case.id.to_owned() });
    let began = Instant::now();
    let mut probe = Probe::new(world.clone(), case, permit);
    let ended = (case.body)(&mut probe).await;
    let (findings, mistakes) = probe.finish(ended.is_ok());
    let mut result = fold(case, world, findings, mistakes, ended.err());
    result.duration_ms = millis(began);
    result
}

async fn control_status(board: &Board, control: &Case) -> Status {
    let Some(sender) = board.get(control.id) else { return Status::Excluded };
    let mut receiver = sender.subscribe();
    // The sender lives as long as the board, so waiting cannot fail.
    receiver.wait_for(Option::is_some).await.ok().and_then(|s| *s).unwrap_or(Status::Error)
}

/// The result of a case: a broken MUST stands even if the case could not go on after it.
fn fold(case: &Case, world: &World, findings: Vec<Finding>, mistakes: Vec<String>, stop: Option<Stop>) -> CaseResult {
    let status = verdict(&findings);
    let mut result = match stop {
        _ if !mistakes.is_empty() => {
            let why = format!("a bug of Proofmark: the case {}", mistakes.join(", and "));
            without_running(case, world, Status::Error, why, None)
        }
        Some(stop) if status != Status::Fail => stopped(case, world, stop),
        _ => without_running(case, world, status, message(status, &findings), None),
    };
    result.findings = findings;
    result
}

/// One sentence for a person.
fn message(status: Status, findings: &[Finding]) -> String {
    let deciding: Vec<&Finding> = findings.iter().filter(|f| f.status() == status).collect();
    let row = |f: &Finding| f.row.as_ref().map(|r| format!("{r}: ")).unwrap_or_default();
    let sentence = deciding.iter().find_map(|f| match &f.outcome {
        Seen::Violated { expected, observed } if status != Status::Pass => {
            Some(format!("{}expected {expected}; came {observed}", row(f)))
        }
        Seen::Unproven { because } => Some(format!("{}{because}", row(f))),
        _ => None,
    });
    match sentence {
        Some(sentence) if deciding.len() > 1 => format!("{sentence} (and {} more)", deciding.len() - 1),
        Some(sentence) => sentence,
        None => {
            let met = findings.iter().filter(|f| matches!(f.outcome, Seen::Met { .. })).count();
            format!("{met} of {} findings met, none broken", findings.len())
        }
    }
}
