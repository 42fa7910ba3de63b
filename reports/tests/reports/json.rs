//! `results.json` and the schemas.

use proofmark_model::{Body, RunReport};
use proofmark_reports::{events, json};
use serde_json::Value;

use crate::support;

#[test]
fn a_clean_run_as_json() {
    insta::assert_snapshot!(json::render(&support::clean()));
}

#[test]
fn results_read_back_with_the_evidence_that_matters() {
    let report = support::golden();
    let back: RunReport = serde_json::from_str(&json::render(&report)).expect("results read back");
    assert_eq!((&back.cases, &back.summary, &back.facts), (&report.cases, &report.summary, &report.facts));
    assert!(back.exchanges.len() < report.exchanges.len());
    for case in &back.cases {
        for id in case.findings.iter().filter(|f| f.is_violation()).flat_map(|f| &f.exchanges) {
            assert!(back.exchange(*id).is_some(), "exchange {id} of {} is kept", case.id);
        }
    }
}

#[test]
fn bodies_are_bounded_and_say_so() {
    let mut report = support::golden();
    let text = "é".repeat(json::MAX_BODY);
    report.exchanges[0].request.body = Some(Body { bytes: text.len() as u64, text, sha256: None, truncated: false });
    let back: RunReport = serde_json::from_str(&json::render(&report)).expect("results read back");
    let body = back.exchanges[0].request.body.as_ref().expect("a body");
    assert!(body.truncated && body.text.len() <= json::MAX_BODY && body.bytes > json::MAX_BODY as u64);
}

#[test]
fn the_committed_schemas_are_current_and_hold() {
    let results = committed("results", &json::schema());
    let validator = jsonschema::validator_for(&results).expect("a valid schema");
    for report in [support::golden(), support::clean(), support::stopped()] {
        let instance: Value = serde_json::from_str(&json::render(&report)).expect("JSON");
        assert_eq!(validator.iter_errors(&instance).map(|e| e.to_string()).collect::<Vec<_>>(), Vec::<String>::new());
    }
    assert!(!validator.is_valid(&serde_json::json!({ "schema": "proofmark/results/2" })));

    let event = committed("events", &events::schema());
    let validator = jsonschema::validator_for(&event).expect("a valid schema");
    for event in support::events() {
        let instance: Value = serde_json::from_str(&events::write_line(&event)).expect("JSON");
        assert!(validator.is_valid(&instance), "{instance}");
    }
}

fn committed(name: &str, generated: &Value) -> Value {
    let path = format!("{}/schemas/{name}.schema.json", env!("CARGO_MANIFEST_DIR"));
    let text = format!("{}\n", serde_json::to_string_pretty(generated).expect("JSON"));
    support::update(&path, &text);
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == text, "{path} is stale: UPDATE_GOLDEN=1 cargo test -p proofmark-reports");
    serde_json::from_str(&committed).expect("JSON")
}
