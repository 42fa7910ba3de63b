//! `report.html` keeps its promises: it loads nothing, its policy fits it, its links lead somewhere.

use std::collections::HashSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proofmark_model::RunReport;
use proofmark_reports::html;
use scraper::{Html, Selector};
use sha2::{Digest, Sha256};

use crate::support;

fn page(report: &RunReport) -> Html {
    Html::parse_document(&html::render(report, false))
}

pub(crate) fn count(page: &Html, selector: &str) -> usize {
    page.select(&select(selector)).count()
}

fn select(selector: &str) -> Selector {
    Selector::parse(selector).expect("a selector")
}

fn text(page: &Html, selector: &str) -> String {
    page.select(&select(selector)).flat_map(|e| e.text()).collect()
}

#[test]
fn the_policy_allows_exactly_what_the_page_carries() {
    let page = page(&support::golden());
    let policy = page.select(&select("meta[http-equiv]")).next().and_then(|m| m.attr("content")).expect("a policy");
    for (directive, element) in [("style-src", "style"), ("script-src", "script")] {
        assert_eq!(count(&page, element), 1);
        let digest = STANDARD.encode(Sha256::digest(text(&page, element).as_bytes()));
        assert!(policy.contains(&format!("{directive} 'sha256-{digest}'")), "{directive}");
    }
    assert!(policy.starts_with("default-src 'none';"));
}

#[test]
fn nothing_is_loaded_and_nothing_is_inline() {
    for report in [support::golden(), support::clean(), support::stopped()] {
        let page = page(&report);
        for element in page.select(&select("*")) {
            for (name, value) in element.value().attrs() {
                assert!(
                    !name.starts_with("on") && !["style", "src", "srcset", "action", "data"].contains(&name),
                    "{name}"
                );
                let leads_out = value.starts_with("https://") || value.starts_with("http://");
                assert!(name != "href" || value.starts_with('#') || leads_out, "{value}");
            }
        }
        assert_eq!(count(&page, "link, img, iframe, object, embed, video, audio, base"), 0);
    }
}

#[test]
fn links_lead_somewhere_and_ids_are_unique() {
    for report in [support::golden(), support::clean(), support::stopped()] {
        let page = page(&report);
        let mut ids = HashSet::new();
        for element in page.select(&select("[id]")) {
            assert!(ids.insert(element.attr("id").unwrap_or_default()), "{:?}", element.attr("id"));
        }
        for link in page.select(&select("a[href^='#']")) {
            let to = link.attr("href").unwrap_or_default();
            assert!(ids.contains(&to[1..]), "{to} leads nowhere");
        }
    }
}

#[test]
fn every_case_stands_on_the_page_once() {
    let report = support::golden();
    let page = page(&report);
    assert_eq!(count(&page, ".case"), report.cases.len());
    for case in &report.cases {
        let selector =
            format!(".case[id='case-{}'][data-status='{}'][data-area='{}']", case.id, case.status, case.area);
        assert_eq!(count(&page, &selector), 1, "{selector}");
    }
}

#[test]
fn a_finding_shows_rule_expectation_observation_evidence_and_advice() {
    let page = page(&support::golden());
    let case = "[id='case-as.pkce.wrong-verifier']";
    assert!(text(&page, &format!("{case} h4")).contains("only together with the verifier"));
    assert_eq!(text(&page, &format!("{case} .finding:nth-of-type(1) .expected dd")), "an OAuth error and no tokens");
    assert_eq!(text(&page, &format!("{case} .finding:nth-of-type(1) .observed dd")), "200 with an access token");
    assert!(text(&page, &format!("{case} .advice")).contains("hash the code_verifier with S256"));
    assert_eq!(count(&page, &format!("{case} a.source[href*='#section-4.1.3']")), 1);
    assert_eq!(count(&page, &format!("{case} .exchange")), 2);
    assert!(text(&page, &format!("{case} #x5 .curl")).contains("\"$CODE_VERIFIER_9\""));
    assert_eq!(text(&page, &format!("{case} #x5 .side:nth-of-type(1) .secret")).matches('‹').count(), 3);
}

#[test]
fn three_hundred_rows_stay_compact() {
    let page = page(&support::golden());
    let case = "[id='case-rs.rs-validation.mutated-token']";
    assert_eq!(count(&page, &format!("{case} .compare")), 1, "one answer, said once");
    assert_eq!(count(&page, &format!("{case} .answer > .row")), 3);
    assert_eq!(count(&page, &format!("{case} details.kept .rows li")), 290);
}

#[test]
fn gaps_are_grouped_by_what_would_close_them() {
    let page = page(&support::golden());
    assert_eq!(count(&page, ".gap"), 2);
    assert_eq!(count(&page, ".gap:nth-of-type(1) article.blocked"), 2);
    assert!(text(&page, ".gap:nth-of-type(1) .remedy").contains("offline_access"));
}

#[test]
fn headings_do_not_skip_a_level() {
    let page = page(&support::golden());
    assert_eq!(count(&page, "h1"), 1);
    let headings = select("h1, h2, h3, h4");
    let levels = page.select(&headings).map(|h| h.value().name().as_bytes()[1]);
    let mut last = b'0';
    for level in levels {
        assert!(level <= last + 1);
        last = level;
    }
}

#[test]
fn ten_thousand_findings_stay_bounded() {
    let mut report = support::golden();
    let case =
        report.cases.iter_mut().find(|c| c.id == "rs.rs-validation.mutated-token").expect("the case of 300 rows");
    case.findings = case.findings.iter().cycle().take(10_000).cloned().collect();
    let page = html::render(&report, false);
    assert!(page.len() < 1024 * 1024, "{} bytes", page.len());
}
