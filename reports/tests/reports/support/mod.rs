//! The golden run: made up, but with everything a real one has, and with what only a hostile target would send.

mod authorization;
mod cases;
mod wire;

use proofmark_model::{
    Area, CaseInfo, CaseResult, Event, Exchange, Fact, Finding, Level, Outcome, Plan, PlannedCase, RequirementInfo,
    Revision, Role, RunReport, Status, Target,
};

/// The committed events; `UPDATE_GOLDEN=1 cargo test -p proofmark-reports` writes them anew.
pub(crate) const EVENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/events.ndjson");

/// Markup, XML and terminal control, hidden and reordering characters, and a word without end.
pub(crate) const HOSTILE: &str = "<script>alert(1)</script><img src=x onerror=alert(1)>]]>&amp;\"'`\u{0}\u{1b}[31mred\u{1b}]0;title\u{7}\u{202e}txt.exe\u{2066}\u{feff}\u{fffe}</pre></details></style>";

/// A run with every status.
pub(crate) fn events() -> Vec<Event> {
    let target = Target { mcp: "https://mcp.staging.example.com/mcp".into(), issuer: None, revision: None };
    let found = Target {
        issuer: Some("https://login.staging.example.com/tenant-7".into()),
        revision: Some(Revision::R2026_07_28),
        ..target.clone()
    };
    let mut run = cases::all();
    let planned = run
        .cases
        .iter()
        .map(|(case, result)| PlannedCase {
            case: case.clone(),
            settled: matches!(result.status, Status::NotApplicable | Status::Excluded).then(|| result.clone()),
        })
        .collect();
    let mut events = vec![Event::RunStarted { version: "0.1.0".into(), at: "2026-11-24T08:33:00Z".into(), target }];
    events.extend(run.discovery.drain(..).map(|exchange| Event::Exchanged { exchange }));
    events.extend(run.facts.drain(..).map(|fact| Event::Learned { fact }));
    events.push(Event::Planned { target: found, plan: Plan { cases: planned } });
    for (case, result) in run.cases {
        if matches!(result.status, Status::NotApplicable | Status::Excluded) {
            continue;
        }
        events.push(Event::CaseStarted { case: case.id.clone() });
        if case.area == Area::Lifetime {
            let what = "the access token to expire".into();
            events.push(Event::CaseWaits { case: case.id.clone(), what, until_ms: 61_000 });
        }
        let sent = run.exchanges.extract_if(.., |e| e.case.as_deref() == Some(case.id.as_str()));
        events.extend(sent.map(|exchange| Event::Exchanged { exchange }));
        events.push(Event::CaseFinished { result });
    }
    let leftovers = vec!["client ‹client_id 1 · 77aa› at https://login.staging.example.com/tenant-7/register".into()];
    events.push(Event::RunFinished { took_ms: 64_210, leftovers });
    events
}

/// Writes a committed file anew when asked to.
pub(crate) fn update(path: &str, text: &str) {
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, text).expect("a golden file can be written");
    }
}

/// The golden run, read from its file.
pub(crate) fn golden() -> RunReport {
    // While the file is written, other tests may not read half of it.
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        return RunReport::from_events(events());
    }
    let text = std::fs::read_to_string(EVENTS).expect("the golden events are committed");
    RunReport::from_events(proofmark_reports::events::read(&text).expect("the golden events read back"))
}

/// The golden run as it would have been with a conformant target.
pub(crate) fn clean() -> RunReport {
    let keep = |s: Status| matches!(s, Status::Pass | Status::NotApplicable);
    let events = events().into_iter().filter_map(|event| match event {
        Event::Planned { target, plan } => {
            let good: Vec<String> =
                cases::all().cases.into_iter().filter(|(_, r)| keep(r.status)).map(|(c, _)| c.id).collect();
            let cases = plan.cases.into_iter().filter(|p| good.contains(&p.case.id)).collect();
            Some(Event::Planned { target, plan: Plan { cases } })
        }
        Event::CaseFinished { result } if !keep(result.status) => None,
        Event::RunFinished { took_ms, .. } => Some(Event::RunFinished { took_ms, leftovers: vec![] }),
        event => Some(event),
    });
    RunReport::from_events(events)
}

/// A run that found an authorization server and no way to a token.
pub(crate) fn stopped() -> RunReport {
    let mut events: Vec<Event> = events()
        .into_iter()
        .filter(|e| !matches!(e, Event::CaseFinished { .. }))
        .filter(|e| !matches!(e, Event::Exchanged { exchange } if exchange.case.is_some()))
        .collect();
    let stop = Event::Stopped {
        reason: "The authorization server shows a login form and no user is configured".into(),
        help: Some("Set PROOFMARK_USERNAME and PROOFMARK_PASSWORD, or run with --login browser".into()),
    };
    events.insert(events.len() - 1, stop);
    RunReport::from_events(events)
}

/// Everything that happened, before it is put in order.
struct Run {
    discovery: Vec<Exchange>,
    facts: Vec<Fact>,
    cases: Vec<(CaseInfo, CaseResult)>,
    exchanges: Vec<Exchange>,
}

fn rule(id: &str, rule: &str, advice: &str, source: (&str, &str), level: Level, bound: Role) -> RequirementInfo {
    RequirementInfo {
        id: id.into(),
        rule: rule.into(),
        advice: advice.into(),
        source: source.0.into(),
        url: source.1.into(),
        level: Some(level),
        bound,
        answers: vec![],
    }
}

fn met(rule: &RequirementInfo, observed: &str) -> Finding {
    finding(rule, Outcome::Met { observed: observed.into() })
}

fn violated(rule: &RequirementInfo, expected: &str, observed: &str) -> Finding {
    finding(rule, Outcome::Violated { expected: expected.into(), observed: observed.into() })
}

fn finding(rule: &RequirementInfo, outcome: Outcome) -> Finding {
    Finding {
        requirement: rule.id.clone(),
        level: rule.level.unwrap_or(Level::May),
        row: None,
        outcome,
        exchanges: vec![],
    }
}
