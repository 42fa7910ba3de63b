//! Curl lines mean to a shell what they say.

use proofmark_model::{Body, Exchange};
use proofmark_reports::curl;
use proptest::prelude::*;

use crate::support;

#[test]
fn the_lines_of_the_golden_run() {
    let report = support::golden();
    let lines: Vec<String> = report.exchanges.iter().filter(|e| e.id.0 < 8 || e.id.0 > 35).map(curl::line).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

fn with(url: &str, body: &str) -> Exchange {
    let mut exchange = support::golden().exchanges.swap_remove(0);
    exchange.request.method = "POST".into();
    exchange.request.url = url.to_owned();
    exchange.request.headers.clear();
    exchange.request.body = Some(Body { text: body.into(), bytes: body.len() as u64, sha256: None, truncated: false });
    exchange
}

/// The arguments that a POSIX shell hands to curl.
fn arguments(line: &str) -> Vec<String> {
    let script = format!("CODE_1=the-code; curl() {{ printf '%s\\0' \"$@\"; }}; {line}");
    let output = std::process::Command::new("sh").args(["-c", &script]).output().expect("a shell");
    assert!(output.status.success() && output.stderr.is_empty(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    text.split_terminator('\0').map(str::to_owned).collect()
}

#[test]
fn a_variable_takes_the_place_of_a_secret() {
    let line = curl::line(&with("https://as.test/?q='a'", "{\"code\": \"‹code 1 · 9f2c›\"}"));
    let arguments = arguments(&line);
    assert!(arguments.contains(&"https://as.test/?q='a'".to_owned()));
    assert_eq!(arguments.last().map(String::as_str), Some("{\"code\": \"the-code\"}"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_shell_hands_on_exactly_what_was_sent(url in "https://as\\.test/[^\0‹]{0,20}", body in "[^\0‹]{1,40}") {
        let arguments = arguments(&curl::line(&with(&url, &body)));
        prop_assert!(arguments.contains(&url));
        prop_assert_eq!(arguments.last(), Some(&body));
    }
}
