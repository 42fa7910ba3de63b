//! The doors on the way in, and what was found at each.

use std::collections::BTreeMap;

use proofmark_model::{Fact, RunReport, Status, Target};
use proofmark_probe::settings::Settings;
use proofmark_probe::{Stop, World};
use serde::Serialize;

/// What became of a door.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum State {
    /// It opens.
    Open,
    /// It does not, and a key is missing.
    Shut,
    /// Nobody needs it, or nobody came that far.
    Aside,
}

/// A door.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Door {
    /// Its name.
    pub(super) door: &'static str,
    /// What became of it.
    pub(super) state: State,
    /// What was found, for a person.
    pub(super) found: String,
    /// The key: what to set, by flag and by configuration.
    pub(super) remedy: Option<String>,
}

/// Cases that wait for the same thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Waiting {
    /// Why they are blocked.
    pub(super) why: String,
    /// What would let them run.
    pub(super) remedy: Option<String>,
    /// Their ids.
    pub(super) cases: Vec<String>,
}

/// What `doctor` found.
#[derive(Debug, Serialize)]
pub(super) struct Diagnosis {
    pub(super) schema: &'static str,
    pub(super) target: Target,
    /// Whether a run could go ahead fully.
    pub(super) ready: bool,
    pub(super) doors: Vec<Door>,
    pub(super) waiting: Vec<Waiting>,
    pub(super) would_run: usize,
    pub(super) not_applicable: usize,
    pub(super) excluded: usize,
    /// What could not be removed from the target.
    pub(super) leftovers: Vec<String>,
}

/// The examination: what is known, and the doors so far.
pub(super) struct Doors<'a> {
    pub(super) report: &'a RunReport,
    pub(super) world: Option<&'a World>,
    pub(super) settings: &'a Settings,
    list: Vec<Door>,
}

impl<'a> Doors<'a> {
    pub(super) fn new(report: &'a RunReport, world: Option<&'a World>, settings: &'a Settings) -> Self {
        Doors { report, world, settings, list: Vec::new() }
    }

    pub(super) fn open(&mut self, door: &'static str, found: impl Into<String>) {
        self.list.push(Door { door, state: State::Open, found: found.into(), remedy: None });
    }

    pub(super) fn shut(&mut self, door: &'static str, found: impl Into<String>, remedy: Option<String>) {
        self.list.push(Door { door, state: State::Shut, found: found.into(), remedy });
    }

    pub(super) fn aside(&mut self, door: &'static str, found: impl Into<String>) {
        self.list.push(Door { door, state: State::Aside, found: found.into(), remedy: None });
    }

    /// A door that a stop kept shut; `or` is the key where the stop names none.
    pub(super) fn stopped(&mut self, door: &'static str, stop: &Stop, or: &str) {
        let remedy = match stop {
            Stop::Blocked { remedy: Some(remedy), .. } if !remedy.is_empty() => remedy.as_str(),
            _ => or,
        };
        self.shut(door, unnumbered(stop.why()), Some(remedy.to_owned()).filter(|r| !r.is_empty()));
    }

    /// A door that the end of the whole examination kept shut.
    pub(super) fn end(&mut self, door: &'static str, or: &str) {
        let help = self.report.help.clone().or_else(|| Some(or.to_owned())).filter(|help| !help.is_empty());
        let why = self.report.stopped.as_deref().unwrap_or("it ended without a reason");
        self.shut(door, unnumbered(why), help);
    }

    /// Whether a shut door ends the way.
    pub(super) fn all_open(&self) -> bool {
        self.list.iter().all(|door| door.state != State::Shut)
    }

    /// The last fact of a name.
    pub(super) fn fact(&self, name: &str) -> Option<&'a Fact> {
        self.report.facts.iter().rev().find(|fact| fact.name == name)
    }

    /// The facts whose names begin so.
    pub(super) fn facts(&self, prefix: &str) -> Vec<&'a Fact> {
        self.report.facts.iter().filter(|fact| fact.name.starts_with(prefix)).collect()
    }

    pub(super) fn into_list(self) -> Vec<Door> {
        self.list
    }
}

/// A reason without the number of an exchange at its end: there is no report to look it up in.
fn unnumbered(why: &str) -> &str {
    let bare = why.rsplit_once(" (#").filter(|(_, number)| {
        number.strip_suffix(')').is_some_and(|number| number.bytes().all(|b| b.is_ascii_digit()))
    });
    bare.map_or(why, |(bare, _)| bare)
}

/// The blocked cases, by what they wait for, most first. What a case says of itself stands only where no key is known.
pub(super) fn waiting(report: &RunReport) -> Vec<Waiting> {
    let mut groups: BTreeMap<String, Waiting> = BTreeMap::new();
    for case in report.cases.iter().filter(|case| case.status == Status::Blocked) {
        let key = case.remedy.as_ref().unwrap_or(&case.message);
        let group = groups.entry(key.clone()).or_insert_with(|| Waiting {
            why: case.message.clone(),
            remedy: case.remedy.clone(),
            cases: Vec::new(),
        });
        group.cases.push(case.id.clone());
    }
    let mut groups: Vec<_> = groups.into_values().collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.cases.len()));
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_at_the_end_is_taken_off() {
        assert_eq!(
            unnumbered("http://h: cannot connect (os error 111) (#12)"),
            "http://h: cannot connect (os error 111)"
        );
        assert_eq!(unnumbered("the page (#1 of 2)"), "the page (#1 of 2)");
    }
}
