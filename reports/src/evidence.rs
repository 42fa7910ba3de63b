//! Which exchanges a bounded report keeps. `events.ndjson` keeps all of them.

use std::collections::BTreeSet;

use proofmark_model::{CaseResult, ExchangeId, Outcome, Status};

use crate::view::Index;

/// How many exchanges a report keeps per case beyond those that its violated findings cite.
const CONTEXT: usize = 20;

/// Whether a case is one whose evidence a reader will want to see.
fn is_of_interest(status: Status) -> bool {
    matches!(status, Status::Warn | Status::Fail | Status::Blocked | Status::Error)
}

/// The last exchanges that a case sent: what led to a set-up step that did not hold comes last.
pub(crate) fn last_sent(index: &Index<'_>, case: &CaseResult) -> Vec<ExchangeId> {
    let sent = index.sent_by(&case.id);
    sent[sent.len().saturating_sub(CONTEXT)..].iter().map(|e| e.id).collect()
}

/// The last exchanges outside any case, where a run that stopped shows why.
pub(crate) fn before_stop(index: &Index<'_>) -> Vec<ExchangeId> {
    if index.report.stopped.is_none() {
        return Vec::new();
    }
    let mut ids: Vec<_> =
        index.report.exchanges.iter().rev().filter(|e| e.case.is_none()).take(CONTEXT).map(|e| e.id).collect();
    ids.reverse();
    ids
}

/// The exchanges to keep: all that a fact, a violated or an unproven finding cites, of each case that warns, fails, is blocked or void
/// the last [`CONTEXT`] it sent, and as many that led to a stop.
pub(crate) fn kept(index: &Index<'_>) -> BTreeSet<ExchangeId> {
    let report = index.report;
    let mut kept: BTreeSet<ExchangeId> = report.facts.iter().flat_map(|f| f.exchanges.iter().copied()).collect();
    kept.extend(before_stop(index));
    for case in &report.cases {
        let unmet =
            case.findings.iter().filter(|f| matches!(f.outcome, Outcome::Violated { .. } | Outcome::Unproven { .. }));
        kept.extend(unmet.flat_map(|f| f.exchanges.iter().copied()));
        if is_of_interest(case.status) {
            kept.extend(last_sent(index, case));
        }
    }
    kept
}
