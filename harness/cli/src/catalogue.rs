//! `list` and `explain`: the catalogue without a target.

use proofmark_model::{CaseInfo, Requirement, Revision};
use proofmark_reports::exit::ExitCode;
use proofmark_reports::terminal::{Style, Table};

use crate::args::{ExplainArgs, ExplainFormat, ListArgs, ListFormat};
use crate::error::Error;

/// `proofmark list`.
pub(crate) fn list(args: &ListArgs) -> ExitCode {
    let catalogue = proofmark_suite::catalogue();
    let cases: Vec<CaseInfo> = catalogue.cases().iter().map(|c| c.info(None)).collect();
    match args.format {
        ListFormat::Table => {
            let mut table = Table::new(&["case", "area", "claim"]);
            for case in &cases {
                table.row([case.id.as_str(), case.area.as_str(), case.title.as_str()]);
            }
            print!("{}", table.render(Style { color: false, width: crate::live::width() }));
            println!("{} cases", cases.len());
        }
        ListFormat::Json => print_json(&cases),
        ListFormat::Markdown => {
            println!("| case | area | claim | sources |\n|---|---|---|---|");
            for case in &cases {
                let sources: Vec<_> = case.requirements.iter().map(|r| format!("[{}]({})", r.source, r.url)).collect();
                println!("| `{}` | {} | {} | {} |", case.id, case.area, case.title, sources.join(", "));
            }
        }
    }
    ExitCode::Conformant
}

/// `proofmark explain`.
pub(crate) fn explain(args: &ExplainArgs) -> Result<ExitCode, Error> {
    let catalogue = proofmark_suite::catalogue();
    if let Some(case) = catalogue.find(&args.id) {
        match args.format {
            ExplainFormat::Json => print_json(&case.info(None)),
            ExplainFormat::Text => {
                println!("{}\n\n  {}\n  {}\n", case.id, case.title, case.why);
                if let Some(control) = case.control {
                    println!("A refusal counts only beside its control, {}: {}\n", control.id, control.title);
                }
                for requirement in case.covers {
                    print_requirement(requirement);
                }
            }
        }
        return Ok(ExitCode::Conformant);
    }
    if let Some(requirement) = catalogue.requirements().into_iter().find(|r| r.id == args.id) {
        match args.format {
            ExplainFormat::Json => print_json(&requirement.info(None)),
            ExplainFormat::Text => {
                print_requirement(requirement);
                let cases = catalogue.cases().iter().filter(|c| c.covers.iter().any(|r| r.id == requirement.id));
                println!("Judged by:");
                for case in cases {
                    println!("  {}: {}", case.id, case.title);
                }
            }
        }
        return Ok(ExitCode::Conformant);
    }
    let similar: Vec<_> = catalogue
        .cases()
        .iter()
        .map(|c| c.id)
        .filter(|id| id.split('.').any(|word| args.id.split(['.', '-']).any(|w| w.len() > 3 && word.contains(w))))
        .take(5)
        .collect();
    Err(Error::Unknown {
        what: "case or requirement",
        name: args.id.clone(),
        help: Some(if similar.is_empty() {
            "`proofmark list` shows all cases".into()
        } else {
            format!("did you mean {}?", similar.join(", "))
        }),
    })
}

fn print_requirement(requirement: &Requirement) {
    println!("{} ({})", requirement.id, requirement.bound);
    println!("  rule    {}", requirement.rule);
    println!("  source  {}, {}", requirement.source, requirement.source.url());
    let force: Vec<_> = Revision::ALL
        .into_iter()
        .map(|revision| match requirement.level_at(revision) {
            Some(level) => format!("{revision} {level}"),
            None => format!("{revision} –"),
        })
        .collect();
    println!("  force   {}", force.join(", "));
    println!("  to fix  {}\n", requirement.advice);
}

fn print_json(value: &impl serde::Serialize) {
    // Serialising our own data cannot fail.
    println!("{}", serde_json::to_string_pretty(value).unwrap_or_default());
}
