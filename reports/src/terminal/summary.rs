//! What stands on the terminal when a run is over.

use std::collections::BTreeMap;

use proofmark_model::{Area, CaseResult, Outcome, RunReport, Status};

use super::wrap::hang;
use super::{Ink, Style};
use crate::exit::Verdict;
use crate::text::{brief, count, sentence};
use crate::view::{self, Gap, Index};

/// How many failing cases get a block of their own; the reports have the rest.
const MAX_BLOCKS: usize = 25;

/// How long one value in a block may be, in bytes.
const MAX_VALUE: usize = 400;

/// The end of a run: each failing case as a short block, then the last screen: the verdict; what failed and why; what could
/// not be tested and what would enable it; the warnings; where the reports are. With `strict`, warnings are failures.
///
/// `reports` names what was written, as `("HTML", "proofmark-report/report.html")`.
#[must_use]
pub fn summary(report: &RunReport, style: Style, strict: bool, reports: &[(&str, String)]) -> String {
    let index = Index::new(report);
    let failing: Vec<&CaseResult> = report.cases.iter().filter(|c| fails(c.status, strict)).collect();
    let mut out = String::new();
    for case in failing.iter().take(MAX_BLOCKS) {
        out.push_str(&block(&index, case, style));
        out.push('\n');
    }
    if failing.len() > MAX_BLOCKS {
        out.push_str(&format!("{} are in the reports.\n\n", count(failing.len() - MAX_BLOCKS, "more failing case")));
    }
    out.push_str(&last_screen(report, style, strict, &failing, reports));
    out
}

fn fails(status: Status, strict: bool) -> bool {
    status == Status::Fail || (strict && status == Status::Warn)
}

fn block(index: &Index<'_>, case: &CaseResult, style: Style) -> String {
    let violated = view::violations(case);
    let (word, ink) = if case.status == Status::Warn { ("WARN", Ink::Doubt) } else { ("FAIL", Ink::Bad) };
    let head = format!("{} ", style.paint(ink, &format!("{} {word}", view::sign(case.status))));
    let mut out = hang(&head, 7, &format!("{} ({})", case.id, case.area), style.width);
    out.push_str(&hang("       ", 7, &sentence(&case.title), style.width));
    let mut say = |name: &str, value: &str| {
        let label = format!("         {} ", style.paint(Ink::Dim, &format!("{name:<8}")));
        out.push_str(&hang(&label, 18, &brief(value, MAX_VALUE), style.width));
    };
    let Some(first) = violated.first() else {
        say("found", &case.message);
        return out;
    };
    if let Some(row) = &first.row {
        say("with", row);
    }
    if let Outcome::Violated { expected, observed } = &first.outcome {
        say("expected", expected);
        say("observed", observed);
    }
    match index.requirement(&first.requirement) {
        Some(rule) => {
            say("rule", &format!("{} ({}, {})", sentence(&rule.rule), first.level, rule.source));
            say("", &rule.url);
        }
        None => say("rule", &format!("{} ({})", first.requirement, first.level)),
    }
    if violated.len() > 1 {
        say("and", &format!("{} in this case", count(violated.len() - 1, "more finding")));
    }
    out
}

fn last_screen(
    report: &RunReport,
    style: Style,
    strict: bool,
    failing: &[&CaseResult],
    reports: &[(&str, String)],
) -> String {
    let mut out = verdict_line(report, style, strict);
    let mut say = |name: &str, value: &str| {
        let label = format!("  {} ", style.paint(Ink::Dim, &format!("{name:<8}")));
        out.push_str(&hang(&label, 11, value, style.width));
    };
    say("failed", &failed(failing));
    say("untested", &untested(report));
    say("warnings", &warnings(report, strict));
    let written: Vec<String> = reports.iter().map(|(what, path)| format!("{what} {path}")).collect();
    say("reports", if written.is_empty() { "none were written".to_owned() } else { written.join(", ") }.as_str());
    out
}

fn verdict_line(report: &RunReport, style: Style, strict: bool) -> String {
    let verdict = Verdict::of(report, strict);
    let (sign, ink) = match verdict {
        Verdict::Conformant => ("✓", Ink::Good),
        Verdict::Violated => ("✕", Ink::Bad),
        Verdict::Untestable => ("?", Ink::Gap),
        Verdict::Incomplete => ("⊘", Ink::Gap),
    };
    let said = hang(&format!("{} ", style.paint(ink, sign)), 2, &brief(&verdict.sentence(report), 600), style.width);
    // Painted only after wrapping, which counts columns and must not count escapes.
    said.replacen(verdict.title(), &style.paint(Ink::Bold, verdict.title()), 1)
}

fn failed(failing: &[&CaseResult]) -> String {
    let Some(first) = failing.first() else { return "nothing".to_owned() };
    let mut areas: BTreeMap<Area, usize> = BTreeMap::new();
    for case in failing {
        *areas.entry(case.area).or_default() += 1;
    }
    let areas: Vec<String> = areas.into_iter().map(|(area, n)| format!("{area} ({n})")).collect();
    let lead = if failing.len() == 1 { "" } else { "First: " };
    format!("{} in {}. {lead}{}", count(failing.len(), "case"), areas.join(", "), brief(&sentence(&first.message), 200))
}

fn untested(report: &RunReport) -> String {
    let gaps = view::gaps(report);
    let unfinished = view::unfinished(report).count();
    let mut parts: Vec<String> = Vec::new();
    if report.stopped.is_some() {
        if unfinished > 0 {
            parts.push(format!("{} not reached.", count(unfinished, "case")));
        }
        parts.extend(report.help.as_deref().map(|help| brief(&sentence(help), 400)));
    } else if unfinished > 0 {
        parts.push(format!("{} did not end before the run did.", count(unfinished, "case")));
    }
    if let Some((widest, others)) = gaps.split_first() {
        parts.push(gap(widest));
        let cases: usize = others.iter().map(|g| g.cases.len()).sum();
        if cases > 0 {
            parts.push(format!("{} for other reasons.", count(cases, "more case")));
        }
    }
    if parts.is_empty() { "nothing that applies".to_owned() } else { parts.join(" ") }
}

fn gap(gap: &Gap<'_>) -> String {
    let why = brief(&sentence(gap.message), 200);
    match gap.remedy {
        Some(remedy) => {
            format!("{}: {why} To enable: {}", count(gap.cases.len(), "case"), brief(&sentence(remedy), 200))
        }
        None => format!("{}: {why}", count(gap.cases.len(), "case")),
    }
}

fn warnings(report: &RunReport, strict: bool) -> String {
    if report.summary.warn == 0 {
        return "none".to_owned();
    }
    if strict {
        return format!("{}, counted as failures (strict)", report.summary.warn);
    }
    const NAMED: usize = 3;
    let ids = report.cases.iter().filter(|c| c.status == Status::Warn).map(|c| c.id.as_str());
    let mut named: Vec<&str> = ids.take(NAMED).collect();
    let more = report.summary.warn.saturating_sub(NAMED);
    let rest = format!("{more} more");
    if more > 0 {
        named.push(&rest);
    }
    format!("{}: {}", report.summary.warn, named.join(", "))
}
