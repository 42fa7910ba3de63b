//! `junit.xml`, read back by a parser that did not write it.

use std::collections::BTreeMap;

use proofmark_model::Status;
use proofmark_reports::junit;
use quick_xml::events::Event;
use quick_xml::{Reader, XmlVersion};

use crate::support;

#[test]
fn the_golden_run_as_junit() {
    insta::assert_snapshot!(junit::render(&support::golden(), false));
}

#[test]
fn a_stopped_run_as_junit() {
    insta::assert_snapshot!(junit::render(&support::stopped(), false));
}

#[test]
fn each_status_has_its_element() {
    let report = support::golden();
    let lenient = elements(&junit::render(&report, false));
    let strict = elements(&junit::render(&report, true));
    let sum = report.summary;
    assert_eq!(lenient["testcase"], Status::ALL.iter().map(|s| sum.of(*s)).sum::<usize>());
    assert_eq!(lenient["failure"], sum.fail);
    assert_eq!(strict["failure"], sum.fail + sum.warn);
    assert_eq!(lenient["error"], sum.blocked + sum.error);
    assert_eq!(lenient["skipped"], sum.not_applicable + sum.excluded);
}

#[test]
fn suites_stand_in_area_order() {
    let xml = junit::render(&support::golden(), false);
    let areas = ["discovery", "challenge", "pkce", "redirect-uri", "token", "rs-validation", "iss"];
    let places: Vec<_> =
        areas.iter().map(|a| xml.find(&format!("<testsuite name=\"{a}\"")).expect("a suite")).collect();
    assert!(places.is_sorted());
}

#[test]
fn no_run_that_certifies_nothing_is_green() {
    let stopped = elements(&junit::render(&support::stopped(), false));
    assert!(stopped["error"] > 10, "the run itself and each case that was not reached");
    assert_eq!(elements(&junit::render(&proofmark_model::RunReport::default(), false))["error"], 1);
    assert!(!elements(&junit::render(&support::clean(), true)).contains_key("error"));
}

#[test]
fn failure_texts_are_bounded_and_say_what_they_leave_out() {
    let mut report = support::golden();
    let case =
        report.cases.iter_mut().find(|c| c.id == "rs.rs-validation.mutated-token").expect("the case of 300 rows");
    let broken = case.findings.iter().find(|f| f.is_violation()).expect("a violation").clone();
    case.findings = vec![broken; 300];
    let xml = junit::render(&report, false);
    assert!(xml.contains("of 300 violated findings left out here; see report.html."));
    let longest = xml.split("</failure>").map(|part| part.rsplit("<failure").next().unwrap_or_default().len()).max();
    // The message, the escapes and the attribute names come on top of the text.
    assert!(longest.is_some_and(|n| n < junit::MAX_TEXT + 4096));
}

/// How often each element occurs; fails on anything that is not well-formed.
pub(crate) fn elements(xml: &str) -> BTreeMap<String, usize> {
    let mut reader = Reader::from_str(xml);
    let mut counts = BTreeMap::new();
    loop {
        match reader.read_event().expect("well-formed XML") {
            Event::Start(e) | Event::Empty(e) => {
                for attribute in e.attributes() {
                    attribute
                        .expect("an attribute")
                        .normalized_value(XmlVersion::Explicit1_0)
                        .expect("a value without bad entities");
                }
                *counts.entry(String::from_utf8_lossy(e.name().as_ref()).into_owned()).or_default() += 1;
            }
            Event::Eof => return counts,
            _ => {}
        }
    }
}
