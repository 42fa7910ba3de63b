//! What every format asks of a run: lookups by name, findings in groups, words for statuses.

use std::collections::{BTreeMap, HashMap};

use proofmark_model::{
    Area, CaseInfo, CaseResult, Exchange, ExchangeId, Finding, Level, Outcome, RequirementInfo, RunReport, Status,
    Summary,
};

/// A run with its parts by name.
pub(crate) struct Index<'a> {
    pub(crate) report: &'a RunReport,
    requirements: HashMap<&'a str, &'a RequirementInfo>,
    infos: HashMap<&'a str, &'a CaseInfo>,
    exchanges: HashMap<ExchangeId, &'a Exchange>,
    sent: HashMap<&'a str, Vec<&'a Exchange>>,
}

impl<'a> Index<'a> {
    pub(crate) fn new(report: &'a RunReport) -> Self {
        let mut sent: HashMap<&str, Vec<&Exchange>> = HashMap::new();
        for exchange in &report.exchanges {
            if let Some(case) = &exchange.case {
                sent.entry(case).or_default().push(exchange);
            }
        }
        let rules = report.catalogue.iter().flat_map(|case| &case.requirements);
        Index {
            report,
            requirements: rules.map(|r| (r.id.as_str(), r)).collect(),
            infos: report.catalogue.iter().map(|c| (c.id.as_str(), c)).collect(),
            exchanges: report.exchanges.iter().map(|e| (e.id, e)).collect(),
            sent,
        }
    }

    pub(crate) fn requirement(&self, id: &str) -> Option<&'a RequirementInfo> {
        self.requirements.get(id).copied()
    }

    pub(crate) fn info(&self, case: &str) -> Option<&'a CaseInfo> {
        self.infos.get(case).copied()
    }

    pub(crate) fn exchange(&self, id: ExchangeId) -> Option<&'a Exchange> {
        self.exchanges.get(&id).copied()
    }

    /// The exchanges that a case sent itself.
    pub(crate) fn sent_by(&self, case: &str) -> &[&'a Exchange] {
        self.sent.get(case).map_or(&[], Vec::as_slice)
    }

    /// The exchange that shows a finding best: the last, since set-up comes before the stimulus.
    pub(crate) fn stimulus(&self, finding: &Finding) -> Option<&'a Exchange> {
        finding.exchanges.iter().rev().find_map(|id| self.exchange(*id))
    }
}

/// The findings of a case on one requirement.
pub(crate) struct Group<'a> {
    pub(crate) requirement: &'a str,
    pub(crate) level: Level,
    pub(crate) violated: Vec<&'a Finding>,
    pub(crate) unproven: Vec<&'a Finding>,
    pub(crate) met: Vec<&'a Finding>,
    pub(crate) moot: Vec<&'a Finding>,
}

/// The findings of a case by requirement: first what is broken, the strongest rule first, then what could not be told.
pub(crate) fn groups(case: &CaseResult) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut at: HashMap<&str, usize> = HashMap::new();
    for finding in &case.findings {
        let place = *at.entry(&finding.requirement).or_insert_with(|| {
            groups.push(Group {
                requirement: &finding.requirement,
                level: finding.level,
                violated: vec![],
                unproven: vec![],
                met: vec![],
                moot: vec![],
            });
            groups.len() - 1
        });
        let group = &mut groups[place];
        match finding.outcome {
            Outcome::Violated { .. } => group.violated.push(finding),
            Outcome::Unproven { .. } => group.unproven.push(finding),
            Outcome::Met { .. } => group.met.push(finding),
            Outcome::Moot { .. } => group.moot.push(finding),
        }
    }
    groups.sort_by_key(|g| {
        let trouble = if !g.violated.is_empty() {
            2
        } else if !g.unproven.is_empty() {
            1
        } else {
            0
        };
        std::cmp::Reverse((trouble, g.level))
    });
    groups
}

/// The violated findings of a case in the order of [`groups`].
pub(crate) fn violations(case: &CaseResult) -> Vec<&Finding> {
    groups(case).into_iter().flat_map(|g| g.violated).collect()
}

/// What could not be tested for one reason.
pub(crate) struct Gap<'a> {
    pub(crate) message: &'a str,
    pub(crate) remedy: Option<&'a str>,
    pub(crate) cases: Vec<&'a CaseResult>,
}

/// The blocked and void cases by what would make them testable, so that one key is named once; the widest gap first.
pub(crate) fn gaps(report: &RunReport) -> Vec<Gap<'_>> {
    let mut gaps: Vec<Gap<'_>> = Vec::new();
    for case in report.cases.iter().filter(|c| matches!(c.status, Status::Blocked | Status::Error)) {
        let (message, remedy) = (case.message.as_str(), case.remedy.as_deref());
        match gaps.iter_mut().find(|g| g.message == message && g.remedy == remedy) {
            Some(gap) => gap.cases.push(case),
            None => gaps.push(Gap { message, remedy, cases: vec![case] }),
        }
    }
    gaps.sort_by_key(|g| std::cmp::Reverse(g.cases.len()));
    gaps
}

/// The cases of the catalogue for which the run has no result: it ended before they did.
pub(crate) fn unfinished(report: &RunReport) -> impl Iterator<Item = &CaseInfo> {
    let done: std::collections::HashSet<&str> = report.cases.iter().map(|c| c.id.as_str()).collect();
    report.catalogue.iter().filter(move |info| !done.contains(info.id.as_str()))
}

/// The cases of one area.
#[derive(Default)]
pub(crate) struct AreaCases<'a> {
    pub(crate) ended: Vec<&'a CaseResult>,
    pub(crate) unfinished: Vec<&'a CaseInfo>,
}

/// The cases by area, in area order; areas without cases are left out.
pub(crate) fn by_area(report: &RunReport) -> BTreeMap<Area, AreaCases<'_>> {
    let mut areas: BTreeMap<Area, AreaCases<'_>> = BTreeMap::new();
    for case in &report.cases {
        areas.entry(case.area).or_default().ended.push(case);
    }
    for info in unfinished(report) {
        areas.entry(info.area).or_default().unfinished.push(info);
    }
    areas
}

/// The statuses of a summary that are not zero, worst first.
pub(crate) fn counts(summary: &Summary) -> impl Iterator<Item = (Status, usize)> {
    BY_CONCERN.into_iter().map(|status| (status, summary.of(status))).filter(|(_, n)| *n > 0)
}

/// The statuses in the order in which a reader should meet them.
pub(crate) const BY_CONCERN: [Status; 7] =
    [Status::Fail, Status::Blocked, Status::Error, Status::Warn, Status::Pass, Status::NotApplicable, Status::Excluded];

/// A status as a word for a person.
pub(crate) const fn word(status: Status) -> &'static str {
    match status {
        Status::Pass => "Passed",
        Status::Warn => "Warning",
        Status::Fail => "Failed",
        Status::Blocked => "Blocked",
        Status::Error => "Error",
        Status::NotApplicable => "Not applicable",
        Status::Excluded => "Excluded",
    }
}

/// A sign that stands beside the word, for readers who cannot tell the colours apart.
pub(crate) const fn sign(status: Status) -> &'static str {
    match status {
        Status::Pass => "✓",
        Status::Warn => "!",
        Status::Fail => "✕",
        Status::Blocked => "⊘",
        Status::Error => "?",
        Status::NotApplicable => "–",
        Status::Excluded => "○",
    }
}
