//! `results.json`: the run as data for scripts.
//!
//! The file is the [`RunReport`] itself with its stable core (`schema`, `target`, `summary`, `cases`), and reads back as
//! one. It is bounded: of the exchanges it keeps those that a fact, a violated or an unproven finding cites and the last twenty of each
//! case that warns, fails, is blocked or void (of a run that stopped, the last twenty before it did), each body up to 16 KiB (`truncated` says so, `bytes` tells the whole
//! length). Findings may therefore cite exchanges that are not in the file; every one is in `events.ndjson`.

use proofmark_model::{Body, RunReport};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;

use crate::evidence;
use crate::text;
use crate::view::Index;

/// How much of a body the file keeps, in bytes.
pub const MAX_BODY: usize = 16 * 1024;

/// The text of `results.json`.
#[must_use]
pub fn render(report: &RunReport) -> String {
    let kept = evidence::kept(&Index::new(report));
    // Built by hand rather than cloned whole: the exchanges are by far the greatest part of a run.
    let mut bounded = RunReport {
        schema: report.schema.clone(),
        version: report.version.clone(),
        started: report.started.clone(),
        duration_ms: report.duration_ms,
        target: report.target.clone(),
        summary: report.summary,
        stopped: report.stopped.clone(),
        help: report.help.clone(),
        facts: report.facts.clone(),
        cases: report.cases.clone(),
        catalogue: report.catalogue.clone(),
        leftovers: report.leftovers.clone(),
        exchanges: report.exchanges.iter().filter(|e| kept.contains(&e.id)).cloned().collect(),
    };
    for exchange in &mut bounded.exchanges {
        bound(exchange.request.body.as_mut());
        bound(exchange.response.as_mut().and_then(|r| r.body.as_mut()));
    }
    let json = serde_json::to_string_pretty(&bounded).expect("a report has string keys only, so it serialises");
    let mut json = text::ascii_escapes(&json);
    json.push('\n');
    json
}

fn bound(body: Option<&mut Body>) {
    if let Some(body) = body {
        let (start, left) = text::cut(&body.text, MAX_BODY);
        if left > 0 {
            body.text.truncate(start.len());
            body.truncated = true;
        }
    }
}

/// The JSON Schema of `results.json`.
#[must_use]
pub fn schema() -> serde_json::Value {
    let mut schema = schema_of::<RunReport>("Results of a Proofmark run");
    schema["properties"]["schema"]["const"] = proofmark_model::SCHEMA.into();
    schema
}

/// The schema of a type as it is written.
pub(crate) fn schema_of<T: JsonSchema>(title: &str) -> serde_json::Value {
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let mut schema = generator.into_root_schema_for::<T>().to_value();
    schema["title"] = title.into();
    schema
}
