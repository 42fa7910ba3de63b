//! The cases, worst first.

use maud::{Markup, html};
use proofmark_model::{CaseResult, Status};

use super::exchange::Evidence;
use super::parts::{badge, level, said};
use super::{findings, stands_open};
use crate::evidence;
use crate::text::{brief, count, duration, one_line, sentence};
use crate::view::{self, Index};

/// Every case in the section of its status; sections that would be empty are left out.
pub(super) fn sections(index: &Index<'_>, evidence: &mut Evidence) -> Markup {
    html! {
        (open_section(index, Status::Fail, "Failures", "A MUST is broken.", evidence))
        (gaps(index, evidence))
        (open_section(index, Status::Warn, "Warnings", "A SHOULD is not followed: advice, not a verdict.", evidence))
        (closed_section(index, Status::Pass, "Passed", evidence))
        (closed_section(index, Status::NotApplicable, "Not applicable", evidence))
        (closed_section(index, Status::Excluded, "Excluded by choice", evidence))
    }
}

fn of<'a>(index: &Index<'a>, status: Status) -> Vec<&'a CaseResult> {
    index.report.cases.iter().filter(|c| c.status == status).collect()
}

fn heading(status: Status, title: &str, n: usize) -> Markup {
    html! { h2 { span.sign.(status.as_str()) aria-hidden="true" { (view::sign(status)) } " " (title) " " span.n { (n) } } }
}

fn open_section(index: &Index<'_>, status: Status, title: &str, meaning: &str, evidence: &mut Evidence) -> Markup {
    let cases = of(index, status);
    if cases.is_empty() {
        return html! {};
    }
    html! {
        section.group id=(status.as_str()) {
            (heading(status, title, cases.len()))
            p.meaning { (meaning) }
            @for case in cases { (article(index, case, evidence)) }
        }
    }
}

/// What could not be tested, by what would enable it.
fn gaps(index: &Index<'_>, evidence: &mut Evidence) -> Markup {
    let unfinished: Vec<_> = view::unfinished(index.report).collect();
    let gaps = view::gaps(index.report);
    let cases: usize = gaps.iter().map(|g| g.cases.len()).sum();
    if cases + unfinished.len() == 0 {
        return html! {};
    }
    html! {
        section.group #blocked {
            (heading(Status::Blocked, "Could not be tested", cases + unfinished.len()))
            p.meaning { "These cases apply to this target, and nobody can vouch for them until they run." }
            @for gap in gaps {
                div.gap {
                    @if let Some(remedy) = gap.remedy { p.remedy { b { "To test " (count(gap.cases.len(), "case")) } " " (said(&sentence(remedy))) } }
                    @for case in &gap.cases { (article(index, case, evidence)) }
                }
            }
            @if !unfinished.is_empty() {
                details.list {
                    summary { (count(unfinished.len(), "case")) " did not end before the run did" }
                    ul { @for info in unfinished { li { (one_line(&info.title)) " " code { (info.id) } } } }
                }
            }
        }
    }
}

fn closed_section(index: &Index<'_>, status: Status, title: &str, evidence: &mut Evidence) -> Markup {
    let cases = of(index, status);
    if cases.is_empty() {
        return html! {};
    }
    html! {
        section.group id=(status.as_str()) {
            details.list {
                summary { (heading(status, title, cases.len())) }
                @for case in cases { (line(index, case, evidence)) }
            }
        }
    }
}

/// A case that needs attention, in full.
fn article(index: &Index<'_>, case: &CaseResult, evidence: &mut Evidence) -> Markup {
    debug_assert!(stands_open(case.status), "other cases stand in closed lists");
    html! {
        article.case.(case.status.as_str()) id={ "case-" (case.id) } data-status=(case.status) data-area=(case.area) {
            header {
                (tags(case))
                h3 { (one_line(&case.title)) }
                @if !case.message.is_empty() { p.message { (said(&sentence(&case.message))) } }
                (why(index, case))
            }
            (findings::all(index, case, evidence))
            @if matches!(case.status, Status::Blocked | Status::Error) { (trail(index, case, evidence)) }
        }
    }
}

fn tags(case: &CaseResult) -> Markup {
    html! {
        p.tags {
            (badge(case.status))
            @if let Some(strength) = case.level { " " (level(strength)) }
            " " span.area { (case.area) }
            " " code.case-id { (brief(&case.id, 120)) }
            @if case.duration_ms > 0 { " " span.took { (duration(case.duration_ms)) } }
        }
    }
}

fn why(index: &Index<'_>, case: &CaseResult) -> Markup {
    html! {
        @if let Some(why) = index.info(&case.id).map(|i| i.why.as_str()).filter(|w| !w.is_empty()) {
            p.why { b { "Why it matters" } " " (one_line(why)) }
        }
    }
}

/// The exchanges of a case that did not get to its findings.
fn trail(index: &Index<'_>, case: &CaseResult, evidence: &mut Evidence) -> Markup {
    let sent = evidence::last_sent(index, case);
    html! {
        @if !sent.is_empty() {
            details.more {
                summary { "What it sent before it gave up (" (count(sent.len(), "exchange")) ")" }
                (evidence.show(index, &sent))
            }
        }
    }
}

/// A case in a closed list.
fn line(index: &Index<'_>, case: &CaseResult, evidence: &mut Evidence) -> Markup {
    html! {
        details.case.(case.status.as_str()) id={ "case-" (case.id) } data-status=(case.status) data-area=(case.area) {
            summary {
                span.sign.(case.status.as_str()) aria-hidden="true" { (view::sign(case.status)) }
                " " span.title { (one_line(&case.title)) }
                " " span.area { (case.area) }
                " " code.case-id { (brief(&case.id, 120)) }
            }
            @if !case.message.is_empty() { p.message { (said(&sentence(&case.message))) } }
            @if let Some(remedy) = &case.remedy { p.message { "To test it: " (said(&sentence(remedy))) } }
            (why(index, case))
            (findings::all(index, case, evidence))
        }
    }
}
