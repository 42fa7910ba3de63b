//! Ends that nobody planned: a signal, a target that goes away. What was learned is kept.

use std::sync::{Mutex, mpsc};
use std::time::{Duration, Instant};

use proofmark_fixtures::{Options, ReferenceTarget};

use crate::server::{serve, silence};
use crate::{PATIENCE, Place};

/// One case that is done at once, and one that waits for a token to expire.
const BOTH: &[&str] = &["--only", "as.pkce.right-verifier", "--only", "rs.lifetime.expired-refused"];

/// Waits until a case of the run has ended. A success makes no sound; the file of events is where it shows.
fn a_case_ends(place: &Place) {
    let deadline = Instant::now() + PATIENCE;
    while !place.events().contains(r#"{"event":"case-finished""#) {
        assert!(Instant::now() < deadline, "no case ended");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_signal_in_the_middle_keeps_what_was_found_and_tidies_up() {
    for signal in ["INT", "TERM"] {
        let place = Place::new();
        let mut running = place.start(&[&["demo", "--lifetime", "600", "--max-wait", "900"], BOTH].concat());
        running.says("rs.lifetime.expired-refused waits");
        a_case_ends(&place);
        running.signal(signal);
        let ran = running.end();
        ran.must(4, &["Incomplete", "interrupted"]);
        let results = place.reports();
        let status = |id: &str| {
            let cases = results["cases"].as_array().expect("cases");
            cases.iter().find(|c| c["id"] == id).expect("every case has a result")["status"].clone()
        };
        assert_eq!(status("rs.lifetime.expired-refused"), "error");
        assert_eq!(status("as.pkce.right-verifier"), "pass");
        assert_eq!(results["leftovers"], serde_json::json!([]), "the clients of the run are removed");
    }
}

#[test]
fn a_signal_during_discovery_ends_the_run() {
    let (tell, asked) = mpsc::channel();
    let tell = Mutex::new(tell);
    let silent = serve(move |_, stream| {
        let _ = tell.lock().expect("no panic").send(());
        silence(stream);
    });
    let place = Place::new();
    let running = place.start(&["run", &format!("{silent}/mcp"), "--timeout", "600"]);
    asked.recv_timeout(PATIENCE).expect("a request");
    running.signal("INT");
    running.end().must(3, &["interrupted during discovery"]);
    assert_eq!(place.reports()["cases"], serde_json::json!([]));
}

#[test]
fn a_target_that_goes_away_is_an_error_and_what_it_keeps_is_told() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let options = Options { access_token_lifetime: Duration::from_secs(5), ..Options::default() };
    let target = runtime.block_on(ReferenceTarget::start(options)).expect("the target starts");
    let place = Place::new();
    let mut running =
        place.start(&[&["run", target.mcp_url(), "--timeout", "2", "--register", "dynamic"], BOTH].concat());
    running.says("rs.lifetime.expired-refused waits");
    a_case_ends(&place);
    // Its connections go with it.
    runtime.shutdown_background();
    drop(target);
    let ran = running.end();
    ran.must(4, &["Incomplete", "cannot connect"]);
    let results = place.reports();
    assert_eq!(results["summary"]["error"], 1);
    assert_eq!(results["summary"]["fail"], 0);
    assert!(!results["leftovers"].as_array().expect("a list").is_empty());
}
