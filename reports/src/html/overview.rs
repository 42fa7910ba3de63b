//! The top of the page, and what was found besides verdicts.

use maud::{Markup, html};
use proofmark_model::{RunReport, Status};

use super::exchange::Evidence;
use super::parts::{links, said};
use crate::evidence;
use crate::exit::Verdict;
use crate::text::{duration, one_line, sentence};
use crate::view::{self, AreaCases, Index};

/// Verdict, target, counts and areas.
pub(super) fn header(index: &Index<'_>, verdict: Verdict) -> Markup {
    let report = index.report;
    html! {
        header.top.(class(verdict)) {
            div.inner {
                p.brand { "Proofmark" span { "MCP authorization conformance" } }
                h1 { span.sign aria-hidden="true" { (sign(verdict)) } span { (one_line(&verdict.sentence(report))) } }
                p.meaning { (verdict.meaning(report)) }
                @if let Some(help) = &report.help { p.remedy { b { "What would help" } " " (said(&sentence(help))) } }
                (target(report))
            }
        }
        nav.inner.counts aria-label="Cases by status" {
            ul {
                @for (status, n) in view::counts(&report.summary) { (tile(status, n, view::word(status))) }
                @let unfinished = view::unfinished(report).count();
                @if unfinished > 0 { (tile(Status::Blocked, unfinished, "Not finished")) }
            }
        }
        @if !report.catalogue.is_empty() { (areas(report)) }
    }
}

const fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Conformant => "pass",
        Verdict::Violated => "fail",
        Verdict::Untestable => "error",
        Verdict::Incomplete => "blocked",
    }
}

const fn sign(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Conformant => view::sign(Status::Pass),
        Verdict::Violated => view::sign(Status::Fail),
        Verdict::Untestable => view::sign(Status::Error),
        Verdict::Incomplete => view::sign(Status::Blocked),
    }
}

fn target(report: &RunReport) -> Markup {
    let target = &report.target;
    html! {
        dl.target {
            div { dt { "MCP server" } dd { code {
                @if target.mcp.is_empty() { "none: the authorization server was tested alone" } @else { (said(&target.mcp)) }
            } } }
            div { dt { "Authorization server" } dd {
                @match &target.issuer { Some(issuer) => { code { (said(issuer)) } } None => { "not found" } }
            } }
            div { dt { "Revision" } dd { @match target.revision { Some(revision) => { (revision) } None => { "not settled" } } } }
            div { dt { "Tested" } dd { time { (clock(&report.started)) } ", in " (duration(report.duration_ms)) } }
        }
    }
}

/// `2026-11-24T08:33:00Z` as `2026-11-24 08:33:00 UTC`; anything else as it is.
fn clock(at: &str) -> String {
    let at = one_line(at);
    match at.strip_suffix('Z').and_then(|t| t.split_once('T')) {
        Some((date, time)) => format!("{date} {} UTC", time.split('.').next().unwrap_or(time)),
        None => at,
    }
}

fn tile(status: Status, n: usize, word: &str) -> Markup {
    let place = if status == Status::Error { Status::Blocked } else { status };
    html! {
        li { a.tile.(status.as_str()) href={ "#" (place) } {
            span.n { (n) }
            span.word { span.sign aria-hidden="true" { (view::sign(status)) } " " (word) }
        } }
    }
}

/// The columns of the area table: what a reader compares, not every status.
const COLUMNS: [(&str, &str, &str, &[Status]); 5] = [
    ("fail", "✕", "Failed", &[Status::Fail]),
    ("blocked", "⊘", "Not tested", &[Status::Blocked, Status::Error]),
    ("warn", "!", "Warnings", &[Status::Warn]),
    ("pass", "✓", "Passed", &[Status::Pass]),
    ("other", "–", "Does not apply", &[Status::NotApplicable, Status::Excluded]),
];

fn areas(report: &RunReport) -> Markup {
    let areas = view::by_area(report);
    html! {
        section.inner.areas aria-labelledby="areas" {
            h2 #areas { "By area" }
            table {
                thead { tr {
                    th scope="col" { "Area" }
                    @for (class, sign, name, _) in COLUMNS {
                        th.num.(class) scope="col" title=(name) { span.sign aria-hidden="true" { (sign) } span.word { " " (name) } }
                    }
                    th.share aria-hidden="true" {}
                } }
                tbody {
                    @for (area, cases) in &areas {
                        tr {
                            th scope="row" { (area) span.about { (area.about()) } }
                            @for (class, _, _, statuses) in COLUMNS {
                                @let n = of(cases, statuses);
                                td.num.(class).zero[n == 0] { (n) }
                            }
                            td.share aria-hidden="true" { (bar(cases)) }
                        }
                    }
                }
            }
        }
    }
}

/// How many cases of an area a column counts. What never ended was not tested.
fn of(cases: &AreaCases<'_>, statuses: &[Status]) -> usize {
    let unfinished = if statuses.contains(&Status::Blocked) { cases.unfinished.len() } else { 0 };
    cases.ended.iter().filter(|c| statuses.contains(&c.status)).count() + unfinished
}

/// The shares of an area. SVG attributes carry the widths, since the policy of the page forbids inline styles.
fn bar(cases: &AreaCases<'_>) -> Markup {
    let all = cases.ended.len() + cases.unfinished.len();
    let mut x = 0;
    html! {
        svg viewBox={ "0 0 " (all * 10) " 10" } preserveAspectRatio="none" {
            @for (class, _, _, statuses) in COLUMNS {
                @let width = of(cases, statuses) * 10;
                @if width > 0 { rect.(class) x=(x) y="0" width=(width) height="10" {} }
                ({ x += width; "" })
            }
        }
    }
}

/// What was learned about the target, and the exchanges that no case sent and that show it.
pub(super) fn facts(index: &Index<'_>, evidence: &mut Evidence) -> Markup {
    let report = index.report;
    let mut cited: Vec<_> = report.facts.iter().flat_map(|f| f.exchanges.iter().copied()).collect();
    cited.extend(evidence::before_stop(index));
    cited.sort_unstable();
    cited.dedup();
    html! {
        @if !report.facts.is_empty() || !cited.is_empty() {
            section.facts #facts {
                h2 { "What was found" }
                @if !report.facts.is_empty() {
                    dl {
                        @for fact in &report.facts {
                            div {
                                dt { (one_line(&fact.name)) }
                                dd { (said(&fact.value)) @if !fact.exchanges.is_empty() { " " span.ids { (links(index, &fact.exchanges)) } } }
                            }
                        }
                    }
                }
                @if !cited.is_empty() {
                    details.more open[report.stopped.is_some()] { summary { "The exchanges that show it" } (evidence.show(index, &cited)) }
                }
            }
        }
    }
}

/// What the run could not take away again.
pub(super) fn leftovers(report: &RunReport) -> Markup {
    html! {
        @if !report.leftovers.is_empty() {
            section.facts #leftovers {
                h2 { "What the run left behind" }
                ul { @for left in report.leftovers.iter().take(200) { li { (said(left)) } } }
            }
        }
    }
}
