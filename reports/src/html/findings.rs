//! The findings of a case: what is broken in full, what was met in a list.

use maud::{Markup, html};
use proofmark_model::{CaseResult, ExchangeId, Finding, Outcome, Role};

use super::exchange::Evidence;
use super::parts::{level, said, source};
use crate::text::{count, one_line};
use crate::view::{self, Group, Index};

/// How many rows of one answer stand open.
const OPEN_ROWS: usize = 3;
/// In how many rows of one answer the exchanges are shown; the others only name theirs.
const ROWS_WITH_EVIDENCE: usize = 40;
/// How many rows are listed at all.
const MAX_ROWS: usize = 400;

/// Everything that was found in a case.
pub(super) fn all(index: &Index<'_>, case: &CaseResult, evidence: &mut Evidence) -> Markup {
    let groups = view::groups(case);
    html! {
        @for group in groups.iter().filter(|g| !g.violated.is_empty() || !g.unproven.is_empty()) {
            (trouble(index, group, evidence))
        }
        (kept(index, &groups))
    }
}

/// A rule with what is broken or could not be told about it.
fn trouble(index: &Index<'_>, group: &Group<'_>, evidence: &mut Evidence) -> Markup {
    let rule = index.requirement(group.requirement);
    html! {
        section.finding {
            h4 { (rule.map_or_else(|| one_line(group.requirement), |r| one_line(&r.rule))) }
            p.ruling { (level(group.level)) (reference(index, group.requirement)) }
            @for answer in answers(&group.violated) { (violated(index, &answer, evidence)) }
            @for answer in answers(&group.unproven) { (unproven(index, &answer, evidence)) }
            @if !group.violated.is_empty() {
                @if let Some(advice) = rule.map(|r| r.advice.as_str()).filter(|a| !a.is_empty()) {
                    p.advice { b { "What to change" } " " (one_line(advice)) }
                }
            }
        }
    }
}

/// Source, who is bound, ids.
fn reference(index: &Index<'_>, requirement: &str) -> Markup {
    html! {
        @if let Some(rule) = index.requirement(requirement) {
            " " (source(rule))
            " · " @match rule.bound { Role::AuthorizationServer => { "authorization server" } Role::ResourceServer => { "MCP server" } }
        }
        " · " code { (one_line(requirement)) }
    }
}

/// Findings that say the same of several rows.
type Answer<'a> = Vec<&'a Finding>;

fn answers<'a>(findings: &[&'a Finding]) -> Vec<Answer<'a>> {
    let mut answers: Vec<Answer<'a>> = Vec::new();
    let mut at = std::collections::HashMap::new();
    for finding in findings {
        let (first, second) = match &finding.outcome {
            Outcome::Violated { expected, observed } => (expected.as_str(), observed.as_str()),
            Outcome::Met { observed } => ("", observed.as_str()),
            Outcome::Moot { because } | Outcome::Unproven { because } => ("", because.as_str()),
        };
        let place = *at.entry((first, second)).or_insert_with(|| {
            answers.push(Vec::new());
            answers.len() - 1
        });
        answers[place].push(finding);
    }
    answers
}

fn violated(index: &Index<'_>, answer: &Answer<'_>, evidence: &mut Evidence) -> Markup {
    let Some(Outcome::Violated { expected, observed }) = answer.first().map(|f| &f.outcome) else { return html! {} };
    html! {
        div.answer {
            dl.compare {
                div.expected { dt { "Expected" } dd { (said(expected)) } }
                div.observed { dt { "Observed" } dd { (said(observed)) } }
            }
            (rows(index, answer, evidence))
        }
    }
}

fn unproven(index: &Index<'_>, answer: &Answer<'_>, evidence: &mut Evidence) -> Markup {
    let Some(Outcome::Unproven { because }) = answer.first().map(|f| &f.outcome) else { return html! {} };
    html! {
        div.answer {
            dl.compare { div.unproven { dt { "Could not be told" } dd { (said(because)) } } }
            (rows(index, answer, evidence))
        }
    }
}

/// The rows of an answer: the first with their exchanges, the others by name.
fn rows(index: &Index<'_>, answer: &Answer<'_>, evidence: &mut Evidence) -> Markup {
    let (open, rest) = answer.split_at(answer.len().min(OPEN_ROWS));
    let (shown, named) = rest.split_at(rest.len().min(ROWS_WITH_EVIDENCE));
    html! {
        @if answer.len() > 1 { p.many { "The same with " (answer.len()) " inputs:" } }
        @for finding in open { (row(index, finding, evidence)) }
        @if !rest.is_empty() {
            details.more {
                summary { (count(rest.len(), "more input")) }
                @for finding in shown { (row(index, finding, evidence)) }
                (row_list(named))
            }
        }
    }
}

fn row(index: &Index<'_>, finding: &Finding, evidence: &mut Evidence) -> Markup {
    html! {
        @if let Some(row) = &finding.row { p.row { span.what { "Input" } " " code { (said(row)) } } }
        (evidence.show(index, &finding.exchanges))
    }
}

/// Rows by name.
fn row_list(findings: &[&Finding]) -> Markup {
    if findings.is_empty() {
        return html! {};
    }
    html! {
        ul.rows {
            @for finding in findings.iter().take(MAX_ROWS) {
                li {
                    @match &finding.row { Some(row) => { code { (said(row)) } } None => { "the case itself" } }
                    @if !finding.exchanges.is_empty() { " " span.ids { (ids(&finding.exchanges)) } }
                }
            }
        }
        @if findings.len() > MAX_ROWS { p.again { (findings.len() - MAX_ROWS) " more in " code { "results.json" } "." } }
    }
}

fn ids(exchanges: &[ExchangeId]) -> String {
    exchanges.iter().take(6).map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// The rules of a case that were kept, or had nothing to apply to, in one closed list.
fn kept(index: &Index<'_>, groups: &[Group<'_>]) -> Markup {
    let met: usize = groups.iter().map(|g| g.met.len()).sum();
    let moot: usize = groups.iter().map(|g| g.moot.len()).sum();
    if met + moot == 0 {
        return html! {};
    }
    // In a case that passes these are all there is to see.
    let alone = groups.iter().all(|g| g.violated.is_empty() && g.unproven.is_empty());
    html! {
        details.kept open[alone] {
            summary {
                (count(met, "finding")) " met"
                @if moot > 0 { ", " (moot) " with nothing to apply to" }
            }
            @for group in groups.iter().filter(|g| !g.met.is_empty() || !g.moot.is_empty()) {
                div.rule {
                    p { (index.requirement(group.requirement).map_or_else(|| one_line(group.requirement), |r| one_line(&r.rule))) }
                    p.ruling { (level(group.level)) (reference(index, group.requirement)) }
                    ul.met {
                        @for answer in answers(&group.met) { (observation(&answer, "")) }
                        @for answer in answers(&group.moot) { (observation(&answer, "Nothing to apply to: ")) }
                    }
                }
            }
        }
    }
}

fn observation(answer: &Answer<'_>, lead: &str) -> Markup {
    let Some(first) = answer.first() else { return html! {} };
    let text = match &first.outcome {
        Outcome::Met { observed } | Outcome::Violated { observed, .. } => observed,
        Outcome::Moot { because } | Outcome::Unproven { because } => because,
    };
    html! {
        li {
            (lead) (said(text))
            @if answer.len() > 1 {
                details.more { summary { "with " (answer.len()) " inputs" } (row_list(answer)) }
            } @else {
                @if let Some(row) = &first.row { " " code { (said(row)) } }
                @if !first.exchanges.is_empty() { " " span.ids { (ids(&first.exchanges)) } }
            }
        }
    }
}
