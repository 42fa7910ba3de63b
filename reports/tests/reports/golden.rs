//! The golden events are what the builder makes, and read back as the same run.

use proofmark_model::RunReport;
use proofmark_reports::events;

use crate::support;

#[test]
fn the_golden_events_are_current() {
    let made: String = support::events().iter().map(events::write_line).collect();
    support::update(support::EVENTS, &made);
    let committed = std::fs::read_to_string(support::EVENTS).unwrap_or_default();
    assert!(made == committed, "events.ndjson is stale: UPDATE_GOLDEN=1 cargo test -p proofmark-reports");
}

#[test]
fn events_read_back_as_the_same_run() {
    assert_eq!(support::golden(), RunReport::from_events(support::events()));
}
