//! Findings and the verdict they add up to.

use std::fmt;

use crate::{ExchangeId, Level};

/// What a judge saw.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    /// The rule was kept.
    Met {
        /// What was seen.
        observed: String,
    },
    /// The rule was broken.
    Violated {
        /// What the rule asks for.
        expected: String,
        /// What came instead.
        observed: String,
    },
    /// The rule had nothing to apply to on this target, e.g. the form of a refusal that never came.
    Moot {
        /// Why.
        because: String,
    },
    /// It could not be told.
    Unproven {
        /// Why not.
        because: String,
    },
}

/// One judgement of one requirement, on one row of a case.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct Finding {
    /// The requirement judged.
    pub requirement: String,
    /// Its strength at the revision under test.
    pub level: Level,
    /// Which input of the case it was, where a case has several.
    pub row: Option<String>,
    /// What was found.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// The exchanges that show it.
    pub exchanges: Vec<ExchangeId>,
}

impl Finding {
    /// Whether the rule was broken.
    #[must_use]
    pub fn is_violation(&self) -> bool {
        matches!(self.outcome, Outcome::Violated { .. })
    }

    /// What the finding alone would make of its case.
    #[must_use]
    pub fn status(&self) -> Status {
        match (&self.outcome, self.level) {
            (Outcome::Met { .. } | Outcome::Moot { .. }, _) | (Outcome::Violated { .. }, Level::May) => Status::Pass,
            (Outcome::Violated { .. }, Level::Should) => Status::Warn,
            (Outcome::Violated { .. }, Level::Must) => Status::Fail,
            (Outcome::Unproven { .. }, Level::May) => Status::Pass,
            (Outcome::Unproven { .. }, _) => Status::Blocked,
        }
    }
}

/// The verdict on a case.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Every finding met.
    Pass,
    /// The worst broken requirement is a SHOULD.
    Warn,
    /// A MUST is broken.
    Fail,
    /// The target claims the feature, but a set-up step, a need or the control did not hold.
    Blocked,
    /// The harness, the network or name resolution failed.
    Error,
    /// No force at this revision, or the target does not claim the capability.
    NotApplicable,
    /// Left out by the user's choice.
    Excluded,
}

impl Status {
    /// Every status, in the order of a summary.
    pub const ALL: [Status; 7] = [
        Status::Pass,
        Status::Warn,
        Status::Fail,
        Status::Blocked,
        Status::Error,
        Status::NotApplicable,
        Status::Excluded,
    ];

    /// The name used in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Status::Pass => "pass",
            Status::Warn => "warn",
            Status::Fail => "fail",
            Status::Blocked => "blocked",
            Status::Error => "error",
            Status::NotApplicable => "not-applicable",
            Status::Excluded => "excluded",
        }
    }

    /// Whether a report must show it in red: what fails, and what nobody can vouch for.
    #[must_use]
    pub const fn is_red(self) -> bool {
        matches!(self, Status::Fail | Status::Blocked | Status::Error)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The verdict that findings add up to: a broken MUST outweighs what could not be told, which outweighs a broken SHOULD.
/// Findings that all had nothing to apply to prove nothing, and are no pass.
#[must_use]
pub fn verdict(findings: &[Finding]) -> Status {
    fn weight(status: Status) -> u8 {
        match status {
            Status::Fail => 3,
            Status::Blocked => 2,
            Status::Warn => 1,
            _ => 0,
        }
    }
    if !findings.is_empty() && findings.iter().all(|f| matches!(f.outcome, Outcome::Moot { .. })) {
        return Status::NotApplicable;
    }
    findings.iter().map(Finding::status).max_by_key(|s| weight(*s)).unwrap_or(Status::Pass)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(level: Level, outcome: Outcome) -> Finding {
        Finding { requirement: "a.b.c".into(), level, row: None, outcome, exchanges: vec![] }
    }

    fn violated() -> Outcome {
        Outcome::Violated { expected: "a".into(), observed: "b".into() }
    }

    #[test]
    fn the_worst_finding_decides() {
        let met = finding(Level::Must, Outcome::Met { observed: String::new() });
        let should = finding(Level::Should, violated());
        let may = finding(Level::May, violated());
        let must = finding(Level::Must, violated());
        let unproven = finding(Level::Must, Outcome::Unproven { because: String::new() });
        let moot = finding(Level::Must, Outcome::Moot { because: String::new() });
        assert_eq!(verdict(std::slice::from_ref(&moot)), Status::NotApplicable);
        assert_eq!(verdict(&[moot, met.clone()]), Status::Pass);
        assert_eq!(verdict(&[met.clone(), may.clone()]), Status::Pass);
        assert_eq!(verdict(&[met.clone(), should.clone()]), Status::Warn);
        assert_eq!(verdict(&[should.clone(), unproven.clone()]), Status::Blocked);
        assert_eq!(verdict(&[unproven, must, should, met]), Status::Fail);
    }

    #[test]
    fn names_are_the_serialised_names() {
        for status in Status::ALL {
            assert_eq!(serde_json::to_value(status).expect("a status serialises"), status.as_str());
        }
    }
}
