//! How often users have to sign in: once for all cases together, and as often as each case says it needs a session of its
//! own. `plan` promises that number, and people who sign in by hand plan their time by it.

use std::collections::BTreeMap;
use std::time::Duration;

use proofmark_fixtures::{Consent, Options};
use proofmark_model::{Revision, RunReport, Status};
use proofmark_runner::Filter;
use proofmark_tests::{run, timing};

/// How often a password was given, by case; those of the set-up that cases share are under no name.
fn sign_ins(report: &RunReport) -> BTreeMap<String, u32> {
    let mut counts = BTreeMap::new();
    for exchange in report.exchanges.iter().filter(|e| e.label == "login page") {
        *counts.entry(exchange.case.clone().unwrap_or_default()).or_default() += 1;
    }
    counts
}

fn fact<'a>(report: &'a RunReport, name: &str) -> Option<&'a str> {
    report.facts.iter().find(|f| f.name == name).map(|f| f.value.as_str())
}

async fn at(revision: Revision) {
    let options =
        Options { consent: Consent::Form, access_token_lifetime: Duration::from_secs(10), ..Options::default() };
    let report = run(options, Some(revision), timing(), Filter::default()).await;
    let mut actual = sign_ins(&report);
    let shared = actual.remove("").unwrap_or_default();
    let ran = |id: &str| report.cases.iter().any(|c| c.id == id && c.status != Status::NotApplicable);
    let mut wrong = Vec::new();
    for case in proofmark_suite::catalogue().cases().iter().filter(|c| ran(c.id)) {
        let seen = actual.remove(case.id).unwrap_or_default();
        if seen != case.fresh_sign_ins {
            wrong.push(format!("{}: says {}, and made {seen}", case.id, case.fresh_sign_ins));
        }
    }
    assert!(wrong.is_empty(), "{revision}: {}\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!((shared, actual), (1, BTreeMap::new()), "{revision}: one sign-in serves all cases");
    let (expected, made) = (fact(&report, "sign-ins expected"), fact(&report, "sign-ins"));
    assert!(made.is_some(), "{revision}: the number is told");
    assert_eq!(expected, made, "{revision}");
}

#[tokio::test(flavor = "multi_thread")]
async fn as_many_as_foretold_at_the_newest_revision() {
    at(Revision::R2026_07_28).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn as_many_as_foretold_at_the_first_revision() {
    at(Revision::R2025_03_26).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn none_where_the_server_lets_everyone_in() {
    let filter = Filter { only: vec!["as.code.*".into()], ..Filter::default() };
    let report = run(Options::default(), None, timing(), filter).await;
    assert_eq!(fact(&report, "sign-ins expected"), Some("none"));
    assert_eq!(fact(&report, "sign-ins"), Some("none"));
}
