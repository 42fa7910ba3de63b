//! `demo`: the same run against the embedded reference target, whole or with defects.

mod target;

use std::collections::BTreeSet;
use std::time::Duration;

use proofmark_fixtures::{Defect, Options, ReferenceTarget, Revision};
use proofmark_probe::settings::{ScopeSettings, Settings, Timing};
use proofmark_reports::exit::ExitCode;
use proofmark_reports::terminal::{Style, Table};

use crate::args::DemoArgs;
use crate::config::TimingConfig;
use crate::error::Error;
use crate::print::out;
use crate::run;
use crate::settings;

/// The lifetime of codes at the reference target: it has no slow users.
const CODE_LIFETIME: Duration = Duration::from_secs(2);

/// `proofmark demo`.
pub(crate) fn command(args: DemoArgs) -> Result<ExitCode, Error> {
    if args.list_defects {
        let mut table = Table::new(&["defect", "area", "what it breaks"]);
        for defect in Defect::ALL {
            table.row([defect.name(), defect.area(), defect.breaks()]);
        }
        let table = table.render(Style { color: false, width: crate::live::width() });
        out(&format!("{table}{} defects\n", Defect::ALL.len()));
        return Ok(ExitCode::Conformant);
    }
    let mut defects = BTreeSet::new();
    for name in &args.defect {
        defects.insert(name.parse().map_err(|_| {
            let names = Defect::ALL.iter().map(|d| d.name());
            Error::unknown("defect", name, names, "`proofmark demo --list-defects` shows them all")
        })?);
    }
    let spec = settings::spec("--spec", args.choice.spec.as_deref())?;
    let options =
        Options { revisions: revisions(spec), code_lifetime: CODE_LIFETIME, defects, ..target::options(&args.target)? };
    let settings = Settings {
        scopes: scopes(),
        timing: demo_timing(&args)?,
        jobs: usize::from(args.choice.jobs.unwrap_or(8)),
        seed: settings::seed(&args.choice),
        ..target::keys(&options)
    };
    run::runtime()?.block_on(async {
        let target = ReferenceTarget::start(options.clone()).await.map_err(Error::Demo)?;
        if args.serve {
            out(&target::described(&target, &options));
            out("serving until Ctrl-C\n");
            run::interrupted().await;
            return Ok(ExitCode::Conformant);
        }
        let settings = Settings { mcp_url: target.mcp_url().to_owned(), ..settings };
        let job = run::assemble(settings, spec, &args.choice)?;
        run::run(job, &args.output).await
    })
}

/// What an operator knows of the reference target: its clocks do not differ, so it needs no leeway.
fn demo_timing(args: &DemoArgs) -> Result<Timing, Error> {
    let known = TimingConfig {
        prompt: Some(0.5),
        leeway: Some(1.5),
        refresh_grace: Some(1.0),
        code_lifetime: Some(CODE_LIFETIME.as_secs_f64()),
        later: Some(1.0),
        ..TimingConfig::default()
    };
    settings::timing(&known, args.choice.max_wait, args.choice.timeout)
}

fn scopes() -> ScopeSettings {
    ScopeSettings {
        read: Some("sentiment:read".into()),
        write: Some("reports:write".into()),
        read_tool: Some("get_sentiment".into()),
        write_tool: Some("publish_report".into()),
        ..ScopeSettings::default()
    }
}

/// The revisions that the reference target speaks: the one under test, or all.
fn revisions(spec: Option<proofmark_model::Revision>) -> Vec<Revision> {
    let Some(spec) = spec else { return Revision::ALL.to_vec() };
    Revision::ALL.into_iter().filter(|r| r.name() == spec.as_str()).collect()
}
