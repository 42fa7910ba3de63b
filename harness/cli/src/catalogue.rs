//! `list` and `explain`: the catalogue without a target.

use std::fmt::Write as _;

use proofmark_model::{CaseInfo, Requirement, Revision};
use proofmark_probe::Case;
use proofmark_reports::exit::ExitCode;
use proofmark_reports::terminal::{Style, Table};

use crate::args::{ExplainArgs, ExplainFormat, ListArgs, ListFormat};
use crate::error::Error;
use crate::print::out;

/// `proofmark list`.
pub(crate) fn list(args: &ListArgs) -> ExitCode {
    let catalogue = proofmark_suite::catalogue();
    let cases: Vec<CaseInfo> = catalogue.cases().iter().map(|c| c.info(None)).collect();
    out(&match args.format {
        ListFormat::Table => {
            let mut table = Table::new(&["case", "area", "claim"]);
            for case in &cases {
                table.row([case.id.as_str(), case.area.as_str(), case.title.as_str()]);
            }
            let table = table.render(Style { color: false, width: crate::live::width() });
            format!("{table}{} cases\n", cases.len())
        }
        ListFormat::Json => json(&cases),
        ListFormat::Markdown => {
            let mut page = "| case | area | claim | sources |\n|---|---|---|---|\n".to_owned();
            for case in &cases {
                let sources: Vec<_> = case.requirements.iter().map(|r| format!("[{}]({})", r.source, r.url)).collect();
                let _ = writeln!(page, "| `{}` | {} | {} | {} |", case.id, case.area, case.title, sources.join(", "));
            }
            page
        }
    });
    ExitCode::Conformant
}

/// `proofmark explain`.
pub(crate) fn explain(args: &ExplainArgs) -> Result<ExitCode, Error> {
    let catalogue = proofmark_suite::catalogue();
    if let Some(case) = catalogue.find(&args.id) {
        out(&match args.format {
            ExplainFormat::Json => json(&case.info(None)),
            ExplainFormat::Text => explained(case),
        });
        return Ok(ExitCode::Conformant);
    }
    let requirements = catalogue.requirements();
    if let Some(requirement) = requirements.iter().find(|r| r.id == args.id) {
        out(&match args.format {
            ExplainFormat::Json => json(&requirement.info(None)),
            ExplainFormat::Text => {
                let mut text = described(requirement);
                text.push_str("Judged by:\n");
                for case in catalogue.cases().iter().filter(|c| c.covers.iter().any(|r| r.id == requirement.id)) {
                    let _ = writeln!(text, "  {}: {}", case.id, case.title);
                }
                text
            }
        });
        return Ok(ExitCode::Conformant);
    }
    let ids = catalogue.cases().iter().map(|c| c.id).chain(requirements.iter().map(|r| r.id));
    Err(Error::unknown("case or requirement", &args.id, ids, "`proofmark list` shows all cases"))
}

fn explained(case: &Case) -> String {
    let mut text = format!("{}\n\n  {}\n  {}\n\n", case.id, case.title, case.why);
    if let Some(control) = case.control {
        let _ = writeln!(text, "A refusal counts only beside its control, {}: {}\n", control.id, control.title);
    }
    text.extend(case.covers.iter().map(|requirement| described(requirement)));
    text
}

fn described(requirement: &Requirement) -> String {
    let force: Vec<_> = Revision::ALL
        .into_iter()
        .map(|revision| match requirement.level_at(revision) {
            Some(level) => format!("{revision} {level}"),
            None => format!("{revision} –"),
        })
        .collect();
    format!(
        "{} ({})\n  rule    {}\n  source  {}, {}\n  force   {}\n  to fix  {}\n\n",
        requirement.id,
        requirement.bound,
        requirement.rule,
        requirement.source,
        requirement.source.url(),
        force.join(", "),
        requirement.advice
    )
}

fn json(value: &impl serde::Serialize) -> String {
    // Serialising our own data cannot fail.
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}
