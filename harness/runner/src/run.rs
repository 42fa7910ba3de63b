//! The run: cases go side by side, each after its control, and waits overlap everything.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use proofmark_model::{CaseResult, Event, Fact, Finding, Outcome as Seen, Plan, Status, Target, verdict};
use proofmark_probe::recorder::{Recorder, Sink, Transport};
use proofmark_probe::settings::{Rung, Settings};
use proofmark_probe::{Case, Catalogue, Need, Probe, Stop, World};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::Filter;
use crate::discover::Discovery;
use crate::halt::{Halt, heeding, unpanicked};
use crate::plan::{plan, stopped, without_running};
use crate::sign_in::sign_in;

/// How long an interrupted run may go on to remove what it made at the target.
const LAST_WORDS: Duration = Duration::from_secs(2);

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

/// What is known of a target before any case ran.
pub struct Survey {
    /// How it ended.
    pub outcome: Outcome,
    /// The target as far as it was found, and who signed in; `None` when discovery came to nothing.
    pub world: Option<World>,
}

/// How far to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// What shows without a token.
    Discovery,
    /// A client, a sign-in and the plan.
    Plan,
    /// The cases.
    Cases,
}

/// Runs a job. Everything that happens goes to `sink`; when `interrupt` completes, what was learned so far stands.
pub async fn run(job: Job, sink: Sink, interrupt: impl Future<Output = ()> + Send) -> Outcome {
    heeding(interrupt, |halt| drive(job, sink, halt, Depth::Cases)).await.outcome
}

/// Plans a job without running a case: discovery and sign-in happen, nothing intrusive does.
pub async fn plan_only(job: Job, sink: Sink, interrupt: impl Future<Output = ()> + Send) -> Survey {
    heeding(interrupt, |halt| drive(job, sink, halt, Depth::Plan)).await
}

/// Discovers the target of a job and nothing else: no client is made and nobody signs in.
pub async fn discover_only(job: Job, sink: Sink, interrupt: impl Future<Output = ()> + Send) -> Survey {
    heeding(interrupt, |halt| drive(job, sink, halt, Depth::Discovery)).await
}

/// Goes through a job, and leaves the target as it was found.
async fn drive(job: Job, sink: Sink, halt: Halt, depth: Depth) -> Survey {
    let began = Instant::now();
    let transport = match Transport::new(job.settings.timing.request, &job.settings.network) {
        Ok(transport) => transport,
        Err(stop) => {
            sink(Event::Stopped { reason: stop.why().to_owned(), help: None });
            return Survey { outcome: Outcome::Stopped, world: None };
        }
    };
    let recorder = Arc::new(Recorder::new(transport, sink));
    // Whatever cuts the run short, what it made at the target is known here.
    let mut made = None;
    let outcome = match halt.or(open(&job, &recorder, depth, &mut made)).await {
        None => {
            recorder.emit(Event::Stopped { reason: "interrupted during discovery".into(), help: None });
            Outcome::Interrupted
        }
        Some(Err(stop)) => {
            announce(&recorder, &stop);
            Outcome::Stopped
        }
        Some(Ok(world)) => {
            made = Some(world.clone());
            go_on(&job, &world, &halt, depth).await
        }
    };
    let mut leftovers = Vec::new();
    if let Some(world) = &made {
        if outcome == Outcome::Interrupted {
            // Cut off by the time limit or done: the list below tells.
            let _ = tokio::time::timeout(LAST_WORDS, world.clean_up()).await;
        } else {
            halt.or(world.clean_up()).await;
        }
        leftovers = world.leftovers();
        if depth == Depth::Cases && world.rung().is_some() {
            learn(&recorder, "sign-ins", in_words(world.sign_ins()));
        }
    }
    recorder.emit(Event::RunFinished { took_ms: millis(began), leftovers });
    Survey { outcome, world: made }
}

/// Plans and runs what can be, with a target that was found.
async fn go_on(job: &Job, world: &World, halt: &Halt, depth: Depth) -> Outcome {
    if depth == Depth::Discovery {
        return Outcome::Finished;
    }
    if let Err(stop) = &world.access {
        // Without a token much can still be tested; the verdict says that it is not all.
        announce(&world.recorder, stop);
    }
    let plan = plan(&job.catalogue, &job.filter, world);
    foretell(&world.recorder, &job.catalogue, &plan, world);
    world.recorder.emit(Event::Planned { target: target(job, Some(world)), plan: plan.clone() });
    let interrupted = depth == Depth::Cases && !run_cases(&job.catalogue, &plan, world, halt).await;
    match (interrupted, &world.access) {
        (true, _) => Outcome::Interrupted,
        (false, Ok(_)) => Outcome::Finished,
        (false, Err(_)) => Outcome::Stopped,
    }
}

/// Starts the record, discovers the target and signs in, unless discovery is all that is wanted. What the sign-in makes
/// at the target can be removed through `made`, however far it comes.
async fn open(job: &Job, recorder: &Arc<Recorder>, depth: Depth, made: &mut Option<World>) -> Result<World, Stop> {
    recorder.emit(Event::RunStarted {
        version: job.version.clone(),
        at: jiff::Timestamp::now().to_string(),
        target: target(job, None),
    });
    for (kind, secret) in job.settings.known_secrets() {
        recorder.register_secret(kind, secret);
    }
    let discovery = Discovery { recorder, settings: &job.settings, spec: job.spec };
    let (profile, lacking) = discovery.run().await?;
    let world = World::new(Arc::clone(recorder), Arc::new(job.settings.clone()), profile.clone());
    *made = Some(world.clone());
    match lacking {
        Some(stop) if depth == Depth::Discovery || job.settings.tokens.access.is_none() => {
            Ok(world.with(profile, Err(stop)))
        }
        None if depth == Depth::Discovery => Ok(world),
        // A token that was given opens the MCP server even where its authorization server cannot be found.
        _ => sign_in(&discovery, world).await,
    }
}

/// Says how often users will have to sign in, by what the cases say of themselves.
fn foretell(recorder: &Recorder, catalogue: &Catalogue, plan: &Plan, world: &World) {
    let Some(rung) = world.rung() else { return };
    let planned = catalogue.cases().iter().zip(&plan.cases).filter(|(_, p)| p.settled.is_none()).map(|(case, _)| case);
    let (shared, own) = world.sign_ins();
    // Where nobody was asked, nobody will be, unless a session was there already.
    let asks = shared > 0 || rung == Rung::Session;
    let second = u32::from(asks && planned.clone().any(|case| case.needs.contains(&Need::SecondUser)));
    // A person signs in once; what needs another session says so.
    let fresh = if asks && rung != Rung::Manual { planned.map(|case| case.fresh_sign_ins).sum() } else { 0 };
    // A case that ends early, or finds nothing for one of its rows, makes fewer.
    learn(recorder, "sign-ins expected", in_words((shared + second, own + fresh)));
}

fn in_words((shared, own): (u32, u32)) -> String {
    match (shared, own) {
        (0, 0) => "none".into(),
        (shared, 0) => format!("{shared}, shared by all cases"),
        (0, own) => format!("{own}, in sessions of their own"),
        (shared, own) => format!("{}: {shared} shared, {own} in sessions of their own", shared + own),
    }
}

fn learn(recorder: &Recorder, name: &str, value: String) {
    recorder.emit(Event::Learned { fact: Fact { name: name.into(), value, exchanges: Vec::new() } });
}

fn announce(recorder: &Recorder, stop: &Stop) {
    let help = match stop {
        Stop::Blocked { remedy, .. } => remedy.clone().filter(|r| !r.is_empty()),
        _ => None,
    };
    recorder.emit(Event::Stopped { reason: recorder.redact(stop.why()), help });
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

fn target(job: &Job, world: Option<&World>) -> Target {
    Target {
        mcp: job.settings.mcp_url.clone(),
        issuer: world
            .map(|w| w.profile.issuer.clone())
            .filter(|i| !i.is_empty())
            .or_else(|| job.settings.issuer.clone()),
        revision: world.map(World::revision).or(job.spec),
    }
}

/// Where the status of each case is announced to those it controls.
type Board = HashMap<&'static str, watch::Sender<Option<Status>>>;

/// Runs what is planned; `false` when the user put an end to it.
async fn run_cases(catalogue: &Catalogue, plan: &Plan, world: &World, halt: &Halt) -> bool {
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
    for case in waiting {
        let (world, board, halt) = (world.clone(), Arc::clone(&board), halt.clone());
        running.spawn(async move {
            // Those who wait for this case must hear of it even if the sink of events has a bug.
            let result = unpanicked(run_case(case, &world, &board, &halt)).await.unwrap_or_else(|panic| {
                without_running(case, &world, Status::Error, format!("a bug of Proofmark: {panic}"), None)
            });
            announce_status(&board, case, result.status);
            world.recorder.emit(Event::CaseFinished { result });
        });
    }
    while running.join_next().await.is_some() {}
    !halt.is_raised()
}

fn announce_status(board: &Board, case: &Case, status: Status) {
    if let Some(sender) = board.get(case.id) {
        sender.send_replace(Some(status));
    }
}

/// Waits for the control, runs the body, and folds what it found. Whatever cuts the body short, what it found stands.
async fn run_case(case: &'static Case, world: &World, board: &Board, halt: &Halt) -> CaseResult {
    let interrupted = || Stop::error("interrupted before it ended");
    if let Some(control) = case.control {
        match halt.or(control_status(board, control)).await {
            None => return stopped(case, world, interrupted()),
            Some(Status::Pass | Status::Warn) => {}
            Some(Status::NotApplicable) => {
                let why = format!("its control {} is not applicable", control.id);
                return without_running(case, world, Status::NotApplicable, why, None);
            }
            Some(Status::Excluded) => {
                let why = format!("its control {} is left out", control.id);
                return without_running(case, world, Status::Excluded, why, None);
            }
            Some(status) => {
                let why =
                    format!("its control {} did not hold ({status}), so a refusal would prove nothing", control.id);
                return without_running(case, world, Status::Blocked, why, None);
            }
        }
    }
    let Some(permit) = halt.or(Arc::clone(&world.jobs).acquire_owned()).await else {
        return stopped(case, world, interrupted());
    };
    world.recorder.emit(Event::CaseStarted { case: case.id.to_owned() });
    let began = Instant::now();
    let mut probe = Probe::new(world.clone(), case, permit.ok());
    let ended = halt.or(unpanicked((case.body)(&mut probe))).await.unwrap_or_else(|| Ok(Err(interrupted())));
    let (findings, mut mistakes) = probe.finish(matches!(ended, Ok(Ok(()))));
    let stop = match ended {
        Ok(steps) => steps.err(),
        Err(panic) => {
            mistakes.push(format!("ended in a panic: {panic}"));
            None
        }
    };
    let mut result = fold(case, world, findings, mistakes, stop);
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
            Some(format!("{}expected {expected}; observed {observed}", row(f)))
        }
        Seen::Unproven { because } => Some(format!("{}{because}", row(f))),
        _ => None,
    });
    let nothing = || {
        findings.iter().find_map(|f| match &f.outcome {
            Seen::Moot { because } => Some(format!("{}{because}", row(f))),
            _ => None,
        })
    };
    match sentence {
        Some(sentence) if deciding.len() > 1 => format!("{sentence} (and {} more)", deciding.len() - 1),
        Some(sentence) => sentence,
        None if status == Status::NotApplicable => nothing().unwrap_or_default(),
        None => {
            let met = findings.iter().filter(|f| matches!(f.outcome, Seen::Met { .. })).count();
            format!("{met} of {} findings met, none broken", findings.len())
        }
    }
}

#[cfg(test)]
mod tests;
