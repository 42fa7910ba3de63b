//! Whatever a target sends, reports stay well-formed, keep their structure and show nothing that hides or reorders text.

use proofmark_model::{Body, Outcome, RunReport};
use proofmark_reports::terminal::{Style, summary};
use proofmark_reports::{curl, html, json, junit};
use proptest::prelude::*;
use scraper::Html;

use crate::html::count;
use crate::support;

/// What XML 1.0 forbids, and what reorders or controls the text around it.
fn is_forbidden(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t'))
        || matches!(c, '\u{fffe}' | '\u{ffff}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
}

/// A small run in which the text stands wherever a target can put text.
fn saying(text: &str) -> RunReport {
    let mut report = support::golden();
    let keep = ["as.errors.form", "as.token.no-store", "as.refresh.reuse", "as.iss.present"];
    report.cases.retain(|c| keep.contains(&c.id.as_str()));
    report.catalogue.retain(|c| keep.contains(&c.id.as_str()));
    report.target.issuer = Some(text.into());
    report.help = Some(text.into());
    report.leftovers = vec![text.into()];
    for fact in &mut report.facts {
        fact.value = text.into();
    }
    for case in &mut report.cases {
        case.message = text.into();
        case.remedy = case.remedy.as_ref().map(|_| text.into());
        for finding in &mut case.findings {
            finding.row = Some(text.into());
            if let Outcome::Violated { observed, .. } = &mut finding.outcome {
                *observed = text.into();
            }
        }
    }
    for exchange in &mut report.exchanges {
        exchange.label = text.into();
        exchange.request.url = format!("https://as.test/{text}");
        if let Some(response) = &mut exchange.response {
            for header in &mut response.headers {
                header.name = text.into();
                header.value = text.into();
            }
            response.body = Some(Body { text: text.into(), bytes: text.len() as u64, sha256: None, truncated: false });
        }
    }
    report
}

fn check(text: &str) -> Result<(), TestCaseError> {
    let report = saying(text);
    let xml = junit::render(&report, false);
    let page = html::render(&report, false);
    let screen = summary(&report, Style::PLAIN, true, &[]);
    let json = json::render(&report);
    let lines: String = report.exchanges.iter().map(curl::line).collect();
    for (format, output) in [("junit", &xml), ("html", &page), ("terminal", &screen), ("json", &json), ("curl", &lines)]
    {
        if let Some(c) = output.chars().find(|c| is_forbidden(*c)) {
            return Err(TestCaseError::fail(format!("{format} lets U+{:04X} through", c as u32)));
        }
    }
    let elements = crate::junit::elements(&xml);
    prop_assert_eq!(elements["testcase"], 4);
    prop_assert_eq!(elements.get("script"), None);

    let (plain, hostile) = (Html::parse_document(&html::render(&saying("x"), false)), Html::parse_document(&page));
    for element in ["script", "style", "article", "details.case", ".exchange", "pre", "section", "main > *"] {
        prop_assert_eq!(count(&hostile, element), count(&plain, element), "{}", element);
    }
    prop_assert_eq!(count(&hostile, "img, svg:not([viewBox]), iframe, [onerror], [onload], [style]"), 0);
    Ok(())
}

#[test]
fn the_hostile_text_of_the_golden_run() {
    check(support::HOSTILE).expect("reports hold");
}

#[test]
fn well_known_injections() {
    for text in [
        "</style><script>alert(1)</script>",
        "\"><svg onload=alert(1)>",
        "' onmouseover='alert(1)",
        "<!--",
        "<![CDATA[x]]>]]>",
        "</pre></details></article></main><h1>Conformant</h1>",
        "&#x3c;script&#x3e;",
        "javascript:alert(1)",
        "\u{2028}\u{2029}\u{85}\u{feff}",
        "%00\0\u{1b}]8;;https://evil.test\u{7}click\u{1b}]8;;\u{7}",
    ] {
        check(text).expect(text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_text(text in "(\\PC|[<>&\"'`\\]\\\\]|[\\x00-\\x1f\\x7f-\\u{a0}]|[\\u{2000}-\\u{2070}]|[\\u{fff0}-\\u{ffff}]){0,60}") {
        check(&text)?;
    }
}
