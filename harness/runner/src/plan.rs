//! The plan: for every case, whether it runs, and why not.

use proofmark_model::{CaseResult, Plan, PlannedCase, Status};
use proofmark_probe::{Case, Catalogue, Stop, World};

use crate::Filter;

/// Plans every case of a catalogue against what is known of the target.
pub(crate) fn plan(catalogue: &Catalogue, filter: &Filter, world: &World) -> Plan {
    let wanted = with_controls(catalogue, filter);
    let cases = catalogue
        .cases()
        .iter()
        .map(|case| PlannedCase {
            case: case.info(Some(world.revision())),
            settled: settle(case, &wanted, filter, world),
        })
        .collect();
    Plan { cases }
}

/// The ids of the cases that the user wants, and of those that control them.
fn with_controls(catalogue: &Catalogue, filter: &Filter) -> Vec<&'static str> {
    let mut wanted = Vec::new();
    for case in catalogue.cases() {
        if filter.excludes(case.id).is_some() {
            continue;
        }
        let mut next = Some(*case);
        while let Some(case) = next {
            wanted.push(case.id);
            next = case.control;
        }
    }
    wanted
}

fn settle(case: &'static Case, wanted: &[&str], filter: &Filter, world: &World) -> Option<CaseResult> {
    if !wanted.contains(&case.id) {
        let why = filter.excludes(case.id).unwrap_or_else(|| "left out".into());
        return Some(without_running(case, world, Status::Excluded, why, None));
    }
    if case.level_at(world.revision()).is_none() {
        let why = format!("none of its requirements holds at {}", world.revision());
        return Some(without_running(case, world, Status::NotApplicable, why, None));
    }
    case.unmet(world).map(|stop| stopped(case, world, stop))
}

/// The result of a case that a stop keeps from running.
pub(crate) fn stopped(case: &Case, world: &World, stop: Stop) -> CaseResult {
    let (status, why, remedy) = match stop {
        Stop::Blocked { why, remedy } => (Status::Blocked, why, remedy),
        Stop::NotApplicable { why } => (Status::NotApplicable, why, None),
        Stop::Excluded { why } => (Status::Excluded, why, None),
        Stop::Error { why } => (Status::Error, why, None),
    };
    without_running(case, world, status, why, remedy)
}

/// A result without findings.
pub(crate) fn without_running(
    case: &Case,
    world: &World,
    status: Status,
    message: String,
    remedy: Option<String>,
) -> CaseResult {
    CaseResult {
        id: case.id.to_owned(),
        title: case.title.to_owned(),
        area: case.area,
        level: case.level_at(world.revision()),
        status,
        message: world.recorder.redact(&message),
        remedy: remedy.filter(|r| !r.is_empty()).map(|r| world.recorder.redact(&r)),
        requirements: case.covers.iter().map(|r| r.id.to_owned()).collect(),
        findings: Vec::new(),
        duration_ms: 0,
    }
}
