//! The words Proofmark thinks in: revisions and requirements, cases and findings, exchanges and events, and the
//! report that a run folds into. Nothing here opens a socket, reads a clock or knows a report format.

mod area;
mod event;
mod exchange;
mod finding;
mod report;
mod requirement;
mod revision;

pub use area::Area;
pub use event::{Event, Fact, Plan, PlannedCase, Target};
pub use exchange::{Body, Exchange, ExchangeId, Header, Request, Response, Wire};
pub use finding::{Finding, Outcome, Status, verdict};
pub use report::{CaseResult, RunReport, SCHEMA, Summary};
pub use requirement::{Document, Force, Level, Requirement, RequirementInfo, Role, Source, may, must, should};
pub use revision::{Revision, UnknownRevision};

/// What a catalogue says about one case before anything runs.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct CaseInfo {
    /// The name for life, `role.topic.claim`.
    pub id: String,
    /// One present-tense claim about the server.
    pub title: String,
    /// Why a user of the server should care.
    pub why: String,
    /// The part of MCP authorization the case belongs to.
    pub area: Area,
    /// The requirements it judges.
    pub requirements: Vec<RequirementInfo>,
    /// The case whose success makes a refusal here meaningful.
    pub control: Option<String>,
}
