//! What the commands print, and that runs repeat.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::{Place, output, ran};

/// A run that takes no time: one case, and no waiting.
const QUICK: &[&str] = &["--only", "as.pkce.right-verifier", "--consent", "automatic"];

fn demo<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["demo"][..], QUICK, more].concat()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn the_catalogue_is_listed_in_every_format() {
    let all = proofmark_suite::catalogue().cases().len();
    let table = ran(&["list"]);
    table.must(0, &["as.pkce.wrong-verifier", &format!("{all} cases")]);
    let listed = json(&ran(&["list", "--format", "json"]).out);
    let listed = listed.as_array().expect("a list");
    assert_eq!(listed.len(), all);
    assert!(listed.iter().all(|case| case["requirements"][0]["rule"].is_string() && case["area"].is_string()));
    let page = ran(&["list", "--format", "markdown"]).out;
    assert_eq!(page.lines().filter(|l| l.starts_with("| `")).count(), all);
}

#[test]
fn a_case_and_a_requirement_are_explained() {
    let case = ran(&["explain", "as.pkce.wrong-verifier"]);
    case.must(0, &["as.pkce.wrong-verifier", "control", "rule", "source", "force", "to fix"]);
    let case = json(&ran(&["explain", "as.pkce.wrong-verifier", "--format", "json"]).out);
    let requirement = case["requirements"][0]["id"].as_str().expect("a requirement");
    ran(&["explain", requirement]).must(0, &[requirement, "Judged by", "as.pkce.wrong-verifier"]);
    assert_eq!(json(&ran(&["explain", requirement, "--format", "json"]).out)["id"], requirement);
}

#[test]
fn the_defects_are_listed() {
    let count = proofmark_fixtures::Defect::ALL.len();
    ran(&["demo", "--list-defects"]).must(0, &["ignores-verifier", &format!("{count} defects")]);
}

#[test]
fn a_plan_says_what_will_run_and_runs_nothing() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let target = runtime.block_on(proofmark_fixtures::ReferenceTarget::start(proofmark_fixtures::Options::default()));
    let target = target.expect("the target starts");
    let place = Place::new();
    let planned = place.run(&["plan", target.mcp_url(), "--skip", "rs.*"]);
    planned.must(0, &["as.pkce.wrong-verifier", "run", "be left out", "left out by --skip rs.*", "cases would run"]);
    planned.must(0, &["sign-in", "automatic", "sign-ins expected", "none"]);
    assert!(!place.path("proofmark-report").exists());
    place.run(&["plan", "http://127.0.0.1:1/mcp"]).must(3, &["cannot connect", "nothing was planned"]);
}

#[test]
fn a_whole_run_writes_what_it_says() {
    let place = Place::new();
    let ran = place.run(&demo(&["--out", "deep/er"]));
    ran.must(0, &["Conformant", "report.html", "junit.xml", "results.json", "partial"]);
    let results = crate::reports(&place.path("deep/er"));
    assert_eq!((&results["summary"]["pass"], &results["summary"]["fail"]), (&Value::from(1), &Value::from(0)));
    let broken = place.run(&["demo", "--only", "as.pkce.wrong-verifier", "--defect", "ignores-verifier"]);
    broken.must(1, &["Not conformant", "as.pkce.wrong-verifier"]);
    let case = place.reports()["cases"].as_array().expect("cases").iter().find(|c| c["status"] == "fail").cloned();
    assert_eq!(case.expect("a failure")["id"], "as.pkce.wrong-verifier");
}

#[test]
fn reports_of_an_earlier_run_do_not_pass_for_those_of_this_one() {
    let place = Place::new();
    place.run(&demo(&[])).must(0, &[]);
    place.run(&["run", "http://127.0.0.1:1/mcp"]).must(3, &[]);
    assert_eq!(place.reports()["summary"]["pass"], 0);
}

#[test]
fn quiet_is_quiet_and_a_verdict_is_not_swallowed() {
    let quiet = ran(&demo(&["--quiet"]));
    quiet.must(0, &[]);
    assert_eq!((quiet.out.as_str(), quiet.err.as_str()), ("", ""));
    let stopped = ran(&["run", "http://127.0.0.1:1/mcp", "--quiet"]);
    stopped.must(3, &["Could not be tested", "cannot connect"]);
    assert_eq!((stopped.out.as_str(), stopped.err.lines().count()), ("", 1));
}

#[test]
fn colour_is_left_out_where_it_is_not_wanted() {
    let place = Place::new();
    let said = |arguments: &[&str], variables: &[(&str, &str)]| {
        let output = output(place.command(arguments).envs(variables.iter().copied()));
        String::from_utf8(output.stderr).expect("text") + &String::from_utf8(output.stdout).expect("text")
    };
    let wrong = ["run", "ftp://h/"];
    assert!(said(&wrong, &[("FORCE_COLOR", "1")]).contains('\u{1b}'), "or the rest proves nothing");
    assert!(!said(&wrong, &[("FORCE_COLOR", "1"), ("NO_COLOR", "1")]).contains('\u{1b}'));
    assert!(!said(&["run", "ftp://h/", "--no-color"], &[("FORCE_COLOR", "1")]).contains('\u{1b}'));
    assert!(!said(&demo(&[]), &[]).contains('\u{1b}'), "no terminal, no colour");
}

#[test]
fn a_reader_that_goes_away_is_no_reason_to_panic() {
    let place = Place::new();
    for arguments in [&["list"][..], &["list", "--format", "json"], &["demo", "--list-defects"], &demo(&[])] {
        let mut child =
            place.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command starts");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && !said.contains("panicked"), "{arguments:?}: {said}");
    }
}

/// The states of all authorization requests of a run with a seed.
fn states(seed: &str) -> BTreeSet<String> {
    let place = Place::new();
    place.run(&demo(&["--only", "as.pkce.wrong-verifier", "--seed", seed])).must(0, &[]);
    let events =
        std::fs::read_to_string(Path::new(&place.path("proofmark-report")).join("events.ndjson")).expect("events");
    let urls =
        events.lines().map(json).filter_map(|e| e.pointer("/exchange/request/url")?.as_str().map(ToOwned::to_owned));
    let asked = urls.filter(|url| url.contains("code_challenge="));
    asked.filter_map(|url| Some(url.split("state=").nth(1)?.split('&').next()?.to_owned())).collect()
}

#[test]
fn a_seed_repeats_the_requests_of_a_run() {
    let first = states("tuesday");
    assert!(first.len() >= 3, "{first:?}");
    assert_eq!(first, states("tuesday"));
    assert!(first.is_disjoint(&states("wednesday")));
}

#[test]
fn the_list_is_there_at_once() {
    let place = Place::new();
    let fastest = |arguments: &[&str]| {
        let times = (0..7).map(|_| {
            let began = Instant::now();
            output(&mut place.command(arguments));
            began.elapsed()
        });
        times.min().expect("seven times")
    };
    let (version, list) = (fastest(&["--version"]), fastest(&["list"]));
    // Generous, for a build without optimisation on a busy machine: what is meant is that nothing is loaded or sent.
    assert!(list < version * 4 + Duration::from_millis(100), "list {list:?}, version {version:?}");
}
