//! The report of a run: the fold of its events.

use crate::{Area, CaseInfo, Event, Exchange, Fact, Finding, Level, Status, Target};

/// The name and version of the results format.
pub const SCHEMA: &str = "proofmark/results/1";

/// How many cases ended in each status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Summary {
    /// Every finding met.
    pub pass: usize,
    /// A SHOULD is broken.
    pub warn: usize,
    /// A MUST is broken.
    pub fail: usize,
    /// Claimed, but could not be tested.
    pub blocked: usize,
    /// The harness or the network failed.
    pub error: usize,
    /// Does not hold or is not claimed.
    pub not_applicable: usize,
    /// Left out by choice.
    pub excluded: usize,
}

impl Summary {
    /// The number of cases in a status.
    #[must_use]
    pub fn of(&self, status: Status) -> usize {
        match status {
            Status::Pass => self.pass,
            Status::Warn => self.warn,
            Status::Fail => self.fail,
            Status::Blocked => self.blocked,
            Status::Error => self.error,
            Status::NotApplicable => self.not_applicable,
            Status::Excluded => self.excluded,
        }
    }

    fn add(&mut self, status: Status) {
        *match status {
            Status::Pass => &mut self.pass,
            Status::Warn => &mut self.warn,
            Status::Fail => &mut self.fail,
            Status::Blocked => &mut self.blocked,
            Status::Error => &mut self.error,
            Status::NotApplicable => &mut self.not_applicable,
            Status::Excluded => &mut self.excluded,
        } += 1;
    }
}

/// What became of one case.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct CaseResult {
    /// The case's name for life.
    pub id: String,
    /// Its claim.
    pub title: String,
    /// Its area.
    pub area: Area,
    /// The strongest requirement it judges at this revision; `null` where none holds.
    pub level: Option<Level>,
    /// The verdict.
    pub status: Status,
    /// One sentence for a person: what was found, or why nothing was.
    pub message: String,
    /// What would make an untested case testable.
    pub remedy: Option<String>,
    /// Ids of the requirements it covers.
    pub requirements: Vec<String>,
    /// What was found, one entry per requirement and row.
    pub findings: Vec<Finding>,
    /// How long it took, waits included, in milliseconds.
    pub duration_ms: u64,
}

/// Everything a run produced. Reports are pure functions of it.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct RunReport {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// The version of Proofmark.
    pub version: String,
    /// When the run began, RFC 3339 in UTC.
    pub started: String,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// What was tested.
    pub target: Target,
    /// How many cases ended in each status.
    pub summary: Summary,
    /// Why the run ended early, if it did.
    pub stopped: Option<String>,
    /// What would help a run that ended early.
    pub help: Option<String>,
    /// What was learned about the target.
    pub facts: Vec<Fact>,
    /// What became of each case, in catalogue order.
    pub cases: Vec<CaseResult>,
    /// What the catalogue says of each case, in the same order.
    pub catalogue: Vec<CaseInfo>,
    /// What the run left at the target.
    pub leftovers: Vec<String>,
    /// The exchanges, in the order in which they were sent.
    pub exchanges: Vec<Exchange>,
}

impl Default for RunReport {
    fn default() -> Self {
        RunReport {
            schema: SCHEMA.to_owned(),
            version: String::new(),
            started: String::new(),
            duration_ms: 0,
            target: Target::default(),
            summary: Summary::default(),
            stopped: None,
            help: None,
            facts: Vec::new(),
            cases: Vec::new(),
            catalogue: Vec::new(),
            leftovers: Vec::new(),
            exchanges: Vec::new(),
        }
    }
}

impl RunReport {
    /// Takes in one event.
    pub fn apply(&mut self, event: Event) {
        match event {
            Event::RunStarted { version, at, target } => {
                self.version = version;
                self.started = at;
                self.target = target;
            }
            Event::Learned { fact } => self.facts.push(fact),
            Event::Planned { target, plan } => {
                self.target = target;
                self.catalogue.clear();
                for planned in plan.cases {
                    self.catalogue.push(planned.case);
                    self.cases.extend(planned.settled);
                }
                self.settle();
            }
            Event::CaseStarted { .. } | Event::CaseWaits { .. } | Event::Waiting { .. } => {}
            Event::Exchanged { exchange } => self.exchanges.push(exchange),
            Event::CaseFinished { result } => {
                self.cases.retain(|c| c.id != result.id);
                self.cases.push(result);
                self.settle();
            }
            Event::Stopped { reason, help } => {
                self.stopped = Some(reason);
                self.help = help;
            }
            Event::RunFinished { took_ms, leftovers } => {
                self.duration_ms = took_ms;
                self.leftovers = leftovers;
                self.exchanges.sort_by_key(|e| e.id);
            }
        }
    }

    /// The report of a recorded run.
    pub fn from_events(events: impl IntoIterator<Item = Event>) -> Self {
        let mut report = RunReport::default();
        for event in events {
            report.apply(event);
        }
        report
    }

    /// Puts the cases into catalogue order and counts them.
    fn settle(&mut self) {
        let order = |id: &str| self.catalogue.iter().position(|c| c.id == id);
        self.cases.sort_by_cached_key(|c| order(&c.id));
        self.summary = Summary::default();
        for case in &self.cases {
            self.summary.add(case.status);
        }
    }

    /// What the catalogue says of a case.
    #[must_use]
    pub fn info(&self, case: &str) -> Option<&CaseInfo> {
        self.catalogue.iter().find(|c| c.id == case)
    }

    /// An exchange by its number.
    #[must_use]
    pub fn exchange(&self, id: crate::ExchangeId) -> Option<&Exchange> {
        self.exchanges.iter().find(|e| e.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Plan, PlannedCase};

    fn info(id: &str) -> CaseInfo {
        CaseInfo {
            id: id.into(),
            title: "A claim".into(),
            why: "Because.".into(),
            area: Area::Pkce,
            requirements: vec![],
            control: None,
        }
    }

    fn result(id: &str, status: Status) -> CaseResult {
        CaseResult {
            id: id.into(),
            title: "A claim".into(),
            area: Area::Pkce,
            level: Some(Level::Must),
            status,
            message: String::new(),
            remedy: None,
            requirements: vec![],
            findings: vec![],
            duration_ms: 0,
        }
    }

    #[test]
    fn cases_stand_in_catalogue_order_whatever_order_they_end_in() {
        let cases = ["a", "b", "c"]
            .map(|id| PlannedCase { case: info(id), settled: (id == "b").then(|| result("b", Status::NotApplicable)) })
            .to_vec();
        let report = RunReport::from_events([
            Event::Planned { target: Target::default(), plan: Plan { cases } },
            Event::CaseFinished { result: result("c", Status::Pass) },
            Event::CaseFinished { result: result("a", Status::Fail) },
        ]);
        assert_eq!(report.cases.iter().map(|c| c.id.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!((report.summary.pass, report.summary.fail, report.summary.not_applicable), (1, 1, 1));
    }
}
