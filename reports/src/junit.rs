//! `junit.xml` for the release gate.
//!
//! One `<testsuite>` per area, in the order in which a run meets them, each with the target, issuer and revision as
//! properties; one `<testcase>` per case, its class name `proofmark.<area>`, its name the id and the title, with level,
//! status and requirement ids as properties.
//!
//! | status | element |
//! |---|---|
//! | pass | – |
//! | warn | – and the finding in `<system-out>`; `<failure>` when strict |
//! | fail | `<failure>` |
//! | blocked, error | `<error>` |
//! | not-applicable, excluded | `<skipped>` |
//!
//! A case that the run never finished, and a run that stopped, are errors too: no file of a run that certifies nothing is
//! green. The text of a failure is bounded and says what it leaves out.

use std::fmt::Write;
use std::time::Duration;

use proofmark_model::{CaseInfo, CaseResult, Finding, Outcome, RunReport, Status};
use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

use crate::curl;
use crate::exit::Verdict;
use crate::text::{brief, one_line, visible};
use crate::view::{self, Index};

/// How long the text of one failure may be, in bytes.
pub const MAX_TEXT: usize = 8 * 1024;

/// How long one value within a text may be, in bytes.
const MAX_VALUE: usize = 1024;

/// Renders `junit.xml`. With `strict`, a warning is a failure.
#[must_use]
pub fn render(report: &RunReport, strict: bool) -> String {
    let index = Index::new(report);
    let mut out = Report::new("proofmark");
    out.set_time(Duration::from_millis(report.duration_ms));
    let verdict = Verdict::of(report, strict);
    if let Some(run) = run_itself(report, verdict) {
        let mut suite = suite("run", report, verdict);
        suite.add_test_case(run);
        out.add_test_suite(suite);
    }
    for (area, cases) in view::by_area(report) {
        let mut suite = suite(area.as_str(), report, verdict);
        suite.set_time(cases.ended.iter().map(|c| Duration::from_millis(c.duration_ms)).sum());
        suite.add_test_cases(cases.ended.iter().map(|case| test_case(&index, case, strict)));
        suite.add_test_cases(cases.unfinished.iter().map(|info| unfinished(info)));
        out.add_test_suite(suite);
    }
    out.to_string().expect("strings without forbidden characters serialise as XML")
}

fn suite(name: &str, report: &RunReport, verdict: Verdict) -> TestSuite {
    let mut suite = TestSuite::new(name);
    let target = &report.target;
    let revision = target.revision.map(|r| r.as_str().to_owned());
    let properties = [
        ("target", Some(target.name().to_owned())),
        ("issuer", target.issuer.clone()),
        ("revision", revision),
        ("proofmark", Some(report.version.clone())),
        ("started", Some(report.started.clone())),
        ("verdict", Some(verdict.sentence(report))),
    ];
    for (name, value) in properties {
        if let Some(value) = value {
            suite.add_property(Property::new(name, brief(&value, MAX_VALUE)));
        }
    }
    suite
}

/// A test case for the run itself, where the cases alone would look greener than the run is.
fn run_itself(report: &RunReport, verdict: Verdict) -> Option<TestCase> {
    let tested_nothing = verdict == Verdict::Incomplete && report.summary.pass + report.summary.warn == 0;
    if verdict != Verdict::Untestable && !tested_nothing {
        return None;
    }
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_type(if report.stopped.is_some() { "stopped" } else { "incomplete" });
    status.set_message(brief(&verdict.sentence(report), MAX_VALUE));
    if let Some(help) = &report.help {
        status.set_description(brief(help, MAX_TEXT));
    }
    let mut case = TestCase::new("run: the target can be tested", status);
    case.set_classname("proofmark.run");
    Some(case)
}

fn unfinished(info: &CaseInfo) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_type("unfinished");
    status.set_message("The run ended before this case did.");
    let mut case = TestCase::new(format!("{}: {}", info.id, one_line(&info.title)), status);
    case.set_classname(format!("proofmark.{}", info.area));
    case
}

fn test_case(index: &Index<'_>, case: &CaseResult, strict: bool) -> TestCase {
    let (mut status, ty) = match case.status {
        Status::Pass => (TestCaseStatus::success(), ""),
        Status::Warn if !strict => (TestCaseStatus::success(), ""),
        Status::Warn => (TestCaseStatus::non_success(NonSuccessKind::Failure), "SHOULD"),
        Status::Fail => (TestCaseStatus::non_success(NonSuccessKind::Failure), "MUST"),
        Status::Blocked => (TestCaseStatus::non_success(NonSuccessKind::Error), "blocked"),
        Status::Error => (TestCaseStatus::non_success(NonSuccessKind::Error), "error"),
        Status::NotApplicable => (TestCaseStatus::skipped(), "not-applicable"),
        Status::Excluded => (TestCaseStatus::skipped(), "excluded"),
    };
    status.set_message(brief(&case.message, MAX_VALUE)).set_type(ty);
    let text = match case.status {
        Status::Warn | Status::Fail => violations(index, case),
        Status::Blocked | Status::Error => untested(case),
        Status::Pass | Status::NotApplicable | Status::Excluded => String::new(),
    };
    let says_nothing = matches!(status, TestCaseStatus::Success { .. });
    if !says_nothing && !text.is_empty() {
        status.set_description(text.as_str());
    }
    let mut out = TestCase::new(format!("{}: {}", one_line(&case.id), one_line(&case.title)), status);
    if says_nothing && !text.is_empty() {
        out.set_system_out(text.as_str());
    }
    out.set_classname(format!("proofmark.{}", case.area));
    out.set_time(Duration::from_millis(case.duration_ms));
    out.add_property(Property::new("status", case.status.as_str()));
    if let Some(level) = case.level {
        out.add_property(Property::new("level", level.to_string()));
    }
    for requirement in &case.requirements {
        out.add_property(Property::new("requirement", one_line(requirement)));
    }
    out
}

/// The violated findings in words, within [`MAX_TEXT`].
fn violations(index: &Index<'_>, case: &CaseResult) -> String {
    let violated = view::violations(case);
    let mut text = String::new();
    for (shown, finding) in violated.iter().enumerate() {
        let block = violation(index, finding);
        // The first block stands even when it alone is too long; its values are bounded.
        if shown > 0 && text.len() + block.len() > MAX_TEXT - 100 {
            let left = violated.len() - shown;
            // Writing to a string cannot fail.
            let _ = write!(text, "\n{left} of {} violated findings left out here; see report.html.\n", violated.len());
            break;
        }
        if shown > 0 {
            text.push('\n');
        }
        text.push_str(&block);
    }
    text
}

fn violation(index: &Index<'_>, finding: &Finding) -> String {
    let mut text = String::new();
    let mut say = |name: &str, value: &str| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name:<9} {}", brief(value, MAX_VALUE));
    };
    let rule = index.requirement(&finding.requirement);
    match rule {
        Some(rule) => {
            say("rule", &format!("{} ({}, {})", rule.rule, finding.level, rule.source));
            say("source", &rule.url);
        }
        None => say("rule", &format!("{} ({})", finding.requirement, finding.level)),
    }
    if let Some(row) = &finding.row {
        say("row", row);
    }
    if let Outcome::Violated { expected, observed } = &finding.outcome {
        say("expected", expected);
        say("observed", observed);
    }
    if let Some(exchange) = index.stimulus(finding) {
        say("evidence", &format!("exchange {} {}", exchange.id, exchange.label));
        let line = curl::line(exchange);
        // Half a shell line would be worse than none.
        if line.len() <= 2 * MAX_VALUE {
            let _ = writeln!(text, "{:<9} {}", "repeat", visible(&line));
        } else {
            let _ = writeln!(text, "{:<9} the request is long; its curl line stands in report.html", "repeat");
        }
    }
    if let Some(rule) = rule.filter(|r| !r.advice.is_empty()) {
        let _ = writeln!(text, "{:<9} {}", "change", brief(&rule.advice, MAX_VALUE));
    }
    text
}

fn untested(case: &CaseResult) -> String {
    let mut text = String::new();
    for finding in &case.findings {
        if let Outcome::Unproven { because } = &finding.outcome {
            let row = finding.row.as_ref().map(|r| format!(" [{}]", brief(r, 200))).unwrap_or_default();
            let line = format!("{}{row}: {}\n", one_line(&finding.requirement), brief(because, MAX_VALUE));
            if text.len() + line.len() > MAX_TEXT - MAX_VALUE {
                text.push_str("more is left out here; see report.html\n");
                break;
            }
            text.push_str(&line);
        }
    }
    if let Some(remedy) = &case.remedy {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "to enable: {}", brief(remedy, MAX_VALUE - 50));
    }
    text
}
