//! `report.html`: one self-contained page for whoever has to change the server.
//!
//! The page loads nothing: its Content-Security-Policy allows the one style sheet and the one script inside it, by their
//! digests, and nothing else. It reads completely without the script, which only adds filters and a copy button.
//!
//! It is bounded: an exchange is shown once and linked to afterwards, a body up to 6 KiB, and all exchanges together up to
//! [`MAX_EVIDENCE`]; rows beyond the first hundreds are counted. Where something is left out, the page says so and names
//! `events.ndjson`, which has everything.

mod cases;
mod exchange;
mod findings;
mod overview;
mod parts;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use proofmark_model::{RunReport, Status};
use sha2::{Digest, Sha256};

use crate::exit::Verdict;
use crate::text::one_line;
use crate::view::{self, Index};
use exchange::Evidence;

/// How much text of exchanges one page holds, in bytes.
pub const MAX_EVIDENCE: usize = 4 * 1024 * 1024;

const CSS: &str = include_str!("../assets/report.css");
const JS: &str = include_str!("../assets/report.js");

/// Renders `report.html`. With `strict`, a warning counts as a failure in the verdict.
#[must_use]
pub fn render(report: &RunReport, strict: bool) -> String {
    let index = Index::new(report);
    let mut evidence = Evidence::default();
    let verdict = Verdict::of(report, strict);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                meta name="robots" content="noindex";
                meta name="generator" content={ "Proofmark " (one_line(&report.version)) };
                title { (verdict.title()) " · " (one_line(report.target.name())) " · Proofmark" }
                style { (PreEscaped(CSS)) }
            }
            body {
                a.skip href="#results" { "Skip to the results" }
                (overview::header(&index, verdict))
                (filters(report))
                main #results {
                    (cases::sections(&index, &mut evidence))
                    (overview::facts(&index, &mut evidence))
                    (overview::leftovers(report))
                }
                (footer(report))
                script { (PreEscaped(JS)) }
            }
        }
    };
    page.into_string()
}

/// What the page may load: nothing but what it carries.
fn policy() -> String {
    let digest = |asset: &str| STANDARD.encode(Sha256::digest(asset.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        digest(CSS),
        digest(JS)
    )
}

/// The filter bar, hidden until the script that serves it runs.
fn filters(report: &RunReport) -> Markup {
    html! {
        form #filters hidden role="search" aria-label="Filter the cases" {
            fieldset.toggles {
                legend.sr { "Show cases with status" }
                @for (status, n) in view::counts(&report.summary) {
                    label.toggle.(status.as_str()) {
                        input type="checkbox" name="status" value=(status.as_str()) checked;
                        span.sign aria-hidden="true" { (view::sign(status)) }
                        span.word { (view::word(status)) }
                        span.n { (n) }
                    }
                }
            }
            div.fields {
                label { span.sr { "Area" }
                    select name="area" {
                        option value="" { "All areas" }
                        @for area in view::by_area(report).keys() { option value=(area) { (area) } }
                    }
                }
                label { span.sr { "Search" }
                    input type="search" name="text" placeholder="Search cases, rules, evidence" autocomplete="off" spellcheck="false";
                }
                button type="reset" { "Clear" }
            }
            p.shown role="status" {}
        }
    }
}

fn footer(report: &RunReport) -> Markup {
    html! {
        footer {
            p {
                "Made by Proofmark " (one_line(&report.version)) ". Secrets were replaced when they were recorded: equal pseudonyms, such as "
                code.secret { "‹access_token 1 · 9f2c›" }
                ", stand for equal values. The complete record of the run is " code { "events.ndjson" } "."
            }
        }
    }
}

/// Whether cases of a status stand on the page in full rather than in a closed list.
const fn stands_open(status: Status) -> bool {
    matches!(status, Status::Fail | Status::Blocked | Status::Error | Status::Warn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assets_cannot_end_their_own_element() {
        for asset in [CSS, JS] {
            assert!(!asset.to_lowercase().contains("</"));
            assert!(!asset.contains("<!--"));
        }
    }
}
