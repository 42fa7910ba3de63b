//! The last screen.

use proofmark_reports::terminal::{Style, summary};

use crate::support;

fn reports() -> Vec<(&'static str, String)> {
    vec![("HTML", "proofmark-report/report.html".into()), ("JUnit", "proofmark-report/junit.xml".into())]
}

#[test]
fn a_failing_run() {
    insta::assert_snapshot!(summary(&support::golden(), Style { color: false, width: 100 }, false, &reports()));
}

#[test]
fn a_failing_run_on_a_narrow_terminal_in_colour() {
    let text = summary(&support::golden(), Style { color: true, width: 60 }, true, &reports());
    insta::assert_snapshot!(text.replace('\x1b', "␛"));
}

#[test]
fn a_clean_run() {
    insta::assert_snapshot!(summary(&support::clean(), Style::PLAIN, false, &reports()));
}

#[test]
fn a_stopped_run() {
    insta::assert_snapshot!(summary(&support::stopped(), Style::PLAIN, false, &[]));
}

#[test]
fn the_last_screen_has_five_lines_where_they_fit() {
    for report in [support::golden(), support::clean(), support::stopped()] {
        let text = summary(&report, Style { color: false, width: 400 }, false, &reports());
        let last = text.rsplit("\n\n").next().unwrap_or_default();
        assert_eq!(last.lines().count(), 5, "{last}");
    }
}
