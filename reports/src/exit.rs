//! The verdict on a whole run, and the exit codes of the command line. Every format takes its verdict from here, so that
//! they agree.

use proofmark_model::RunReport;

use crate::text;
use crate::view;

/// What a run says of its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// No MUST is broken (strict: no SHOULD either), and every case that applies was tested.
    Conformant,
    /// A MUST is broken (strict: a SHOULD too).
    Violated,
    /// The run could not go on: unreachable, no discovery, no token.
    Untestable,
    /// Nothing is known to be broken, but something that applies could not be tested.
    Incomplete,
}

impl Verdict {
    /// The verdict on a run.
    ///
    /// A run that stopped is [`Untestable`](Verdict::Untestable) even when it had found violations: most of the target was
    /// never looked at, and the sentence counts what was found. Otherwise a broken rule outweighs a gap, because it stays
    /// true whatever the gap would have shown. A run in which no case was tested certifies nothing.
    #[must_use]
    pub fn of(report: &RunReport, strict: bool) -> Verdict {
        let sum = &report.summary;
        let tested = sum.pass + sum.warn + sum.fail;
        if report.stopped.is_some() {
            Verdict::Untestable
        } else if sum.fail > 0 || (strict && sum.warn > 0) {
            Verdict::Violated
        } else if sum.blocked + sum.error > 0 || tested == 0 || view::unfinished(report).next().is_some() {
            Verdict::Incomplete
        } else {
            Verdict::Conformant
        }
    }

    /// The exit code that goes with it.
    #[must_use]
    pub const fn code(self) -> ExitCode {
        match self {
            Verdict::Conformant => ExitCode::Conformant,
            Verdict::Violated => ExitCode::Violated,
            Verdict::Untestable => ExitCode::Untestable,
            Verdict::Incomplete => ExitCode::Incomplete,
        }
    }

    /// A word or two.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Verdict::Conformant => "Conformant",
            Verdict::Violated => "Not conformant",
            Verdict::Untestable => "Could not be tested",
            Verdict::Incomplete => "Incomplete",
        }
    }

    /// The verdict in one or two sentences, with the numbers that carry it.
    #[must_use]
    pub fn sentence(self, report: &RunReport) -> String {
        let sum = &report.summary;
        let untested = sum.blocked + sum.error + view::unfinished(report).count();
        let tested = sum.pass + sum.warn + sum.fail;
        let of = text::count(tested + untested, "case");
        let mut said = match self {
            Verdict::Conformant if sum.warn > 0 => {
                format!(
                    "no MUST is broken in {}, with {}.",
                    text::count(tested, "case"),
                    text::count(sum.warn, "warning")
                )
            }
            Verdict::Conformant if tested == 1 => "the one case that applies passes.".to_owned(),
            Verdict::Conformant => format!("all {tested} cases that apply pass."),
            Verdict::Violated if sum.fail == 0 => format!("{} of {of} found a broken SHOULD (strict).", sum.warn),
            Verdict::Violated => format!("{} of {of} found a broken MUST.", sum.fail),
            Verdict::Untestable => text::sentence(report.stopped.as_deref().unwrap_or("the run stopped")),
            Verdict::Incomplete if tested + untested == 0 => "no case was tested, so nothing is certified.".to_owned(),
            Verdict::Incomplete => format!("{untested} of {of} could not be tested, so nothing is certified."),
        };
        match self {
            Verdict::Violated if untested > 0 => said += &format!(" {untested} could not be tested."),
            Verdict::Untestable if sum.fail > 0 => {
                said += &format!(" Before that, {} found a broken MUST.", text::count(sum.fail, "case"));
            }
            Verdict::Conformant if sum.excluded > 0 => {
                said += &format!(" The run is partial: {} left out by choice.", text::count(sum.excluded, "case"));
            }
            _ => {}
        }
        format!("{}: {said}", self.title())
    }

    /// What the verdict means for whoever has to act on it.
    #[must_use]
    pub const fn meaning(self, report: &RunReport) -> &'static str {
        match self {
            Verdict::Conformant if report.summary.excluded > 0 => {
                "What was put to the test held. This says nothing about the cases that were left out by choice."
            }
            Verdict::Conformant if report.summary.warn > 0 => {
                "Every MUST that applies to this target at this revision was put to the test and held. \
                 The warnings are advice worth taking; they decide nothing."
            }
            Verdict::Conformant => {
                "Every rule of the catalogue that applies to this target at this revision was put to the test and held."
            }
            Verdict::Violated => {
                "At least one rule that protects users of this server is broken. \
                 Each finding below names the rule, shows the bytes that prove it, and says what to change."
            }
            Verdict::Untestable => {
                "The run stopped before the rules could be put to the test. \
                 This says nothing good or bad about what was not reached."
            }
            Verdict::Incomplete => {
                "No broken MUST was found, but part of what the target claims could not be tested. \
                 Each gap below says what would close it."
            }
        }
    }
}

/// The exit codes of `proofmark`: one number per kind of trouble, stable for scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ExitCode {
    /// No MUST is broken and nothing was left untested.
    Conformant = 0,
    /// A MUST is broken; with `--strict`, a SHOULD too.
    Violated = 1,
    /// The command line or the configuration is wrong.
    Usage = 2,
    /// The target cannot be tested: unreachable, no discovery, no token.
    Untestable = 3,
    /// Cases were blocked or met a harness error; nothing is certified.
    Incomplete = 4,
    /// A known failure of the baseline no longer fails.
    StaleBaseline = 5,
    /// A bug in Proofmark.
    Bug = 70,
}

impl ExitCode {
    /// Every code, in ascending order.
    pub const ALL: [ExitCode; 7] = [
        ExitCode::Conformant,
        ExitCode::Violated,
        ExitCode::Usage,
        ExitCode::Untestable,
        ExitCode::Incomplete,
        ExitCode::StaleBaseline,
        ExitCode::Bug,
    ];

    /// The number.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// What it means, in a few words.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            ExitCode::Conformant => "conformant",
            ExitCode::Violated => "a MUST is violated (with --strict, a SHOULD too)",
            ExitCode::Usage => "usage or configuration",
            ExitCode::Untestable => "the target cannot be tested (unreachable, no discovery, no token)",
            ExitCode::Incomplete => "incomplete: blocked or harness errors, nothing certified",
            ExitCode::StaleBaseline => "the baseline is stale",
            ExitCode::Bug => "a bug in Proofmark",
        }
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        code.code().into()
    }
}

/// The exit code of a run.
#[must_use]
pub fn code(report: &RunReport, strict: bool) -> ExitCode {
    Verdict::of(report, strict).code()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proofmark_model::Summary;

    fn report(summary: Summary) -> RunReport {
        RunReport { summary, ..RunReport::default() }
    }

    #[test]
    fn a_broken_rule_outweighs_a_gap_and_a_stop_outweighs_both() {
        let clean = Summary { pass: 3, ..Summary::default() };
        assert_eq!(code(&report(clean), true).code(), 0);
        assert_eq!(code(&report(Summary { warn: 1, ..clean }), false).code(), 0);
        assert_eq!(code(&report(Summary { warn: 1, ..clean }), true).code(), 1);
        assert_eq!(code(&report(Summary { blocked: 1, ..clean }), false).code(), 4);
        assert_eq!(code(&report(Summary { error: 1, warn: 1, ..clean }), true).code(), 1);
        let failing = report(Summary { fail: 1, blocked: 1, ..clean });
        assert_eq!(code(&failing, false).code(), 1);
        assert_eq!(code(&RunReport { stopped: Some("no token".into()), ..failing }, false).code(), 3);
    }

    #[test]
    fn a_run_that_tested_nothing_certifies_nothing() {
        assert_eq!(code(&report(Summary { not_applicable: 9, ..Summary::default() }), false), ExitCode::Incomplete);
        assert_eq!(code(&RunReport::default(), false), ExitCode::Incomplete);
    }

    #[test]
    fn sentences_carry_the_numbers() {
        let sum = Summary { pass: 3, fail: 2, blocked: 1, ..Summary::default() };
        let report = report(sum);
        assert_eq!(
            Verdict::of(&report, false).sentence(&report),
            "Not conformant: 2 of 6 cases found a broken MUST. 1 could not be tested."
        );
    }
}
