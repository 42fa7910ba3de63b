//! Small parts that the page repeats.

use maud::{Markup, html};
use proofmark_model::{ExchangeId, Level, RequirementInfo, Status};

use crate::pseudonym::{self, Piece};
use crate::text::{self, visible};
use crate::view::{self, Index};

/// The badge of a status: a sign and a word, coloured.
pub(super) fn badge(status: Status) -> Markup {
    html! {
        span.badge.(status.as_str()) { span.sign aria-hidden="true" { (view::sign(status)) } " " (view::word(status)) }
    }
}

/// How strongly a rule binds.
pub(super) fn level(level: Level) -> Markup {
    html! { span.level { (level) } }
}

/// Where a rule stands. Only web links become links: a report may be rendered from a file that someone else wrote.
pub(super) fn source(rule: &RequirementInfo) -> Markup {
    html! {
        @if rule.url.starts_with("https://") || rule.url.starts_with("http://") {
            a.source href=(rule.url) rel="noopener noreferrer external" { (text::one_line(&rule.source)) }
        } @else {
            span.source { (text::one_line(&rule.source)) }
        }
    }
}

/// Recorded text with its hidden characters shown and its pseudonyms marked, up to a number of bytes.
pub(super) fn recorded(value: &str, max: usize) -> Markup {
    let shown = visible(value);
    let (shown, left) = text::cut(&shown, max);
    html! {
        @for piece in pseudonym::pieces(shown) {
            @match piece {
                Piece::Text(text) => { (text) }
                Piece::Secret(secret) => { span.secret { (secret) } }
            }
        }
        @if left > 0 { span.cut { "… " (left) " more bytes" } }
    }
}

/// [`recorded`] on one line.
pub(super) fn said(value: &str) -> Markup {
    recorded(&text::one_line(value), 2_000)
}

/// Links to exchanges that are shown elsewhere on the page; those that the report does not hold are only named.
pub(super) fn links(index: &Index<'_>, ids: &[ExchangeId]) -> Markup {
    html! {
        @for (at, id) in ids.iter().take(12).enumerate() {
            @if at > 0 { " " }
            @if index.exchange(*id).is_some() { a.ref href={ "#x" (id.0) } { (id) } } @else { (id) }
        }
        @if ids.len() > 12 { " and " (ids.len() - 12) " more" }
    }
}
