//! The events of a run, in the order in which they happened. Every report is a fold of them.

use crate::{CaseInfo, CaseResult, Exchange, Revision};

/// What was tested.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct Target {
    /// The MCP endpoint as the user named it; empty when an authorization server is tested alone.
    pub mcp: String,
    /// The issuer of the authorization server, once it is found.
    pub issuer: Option<String>,
    /// The revision under test, once it is settled.
    pub revision: Option<Revision>,
}

impl Target {
    /// What the run is pointed at: the MCP endpoint, or the issuer where there is none.
    #[must_use]
    pub fn name(&self) -> &str {
        if self.mcp.is_empty() { self.issuer.as_deref().unwrap_or("") } else { &self.mcp }
    }
}

/// Something learned about the target, with where it was seen.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct Fact {
    /// What it is about, e.g. `authorization server` or `sign-in`.
    pub name: String,
    /// What was learned.
    pub value: String,
    /// The exchanges that show it.
    pub exchanges: Vec<crate::ExchangeId>,
}

/// What will become of a case.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct PlannedCase {
    /// The case.
    pub case: CaseInfo,
    /// Why it will not run: a not-applicable, blocked or excluded result with its reason; `null` when it will.
    pub settled: Option<CaseResult>,
}

/// Every case of the catalogue, with what will become of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct Plan {
    /// The cases, in catalogue order.
    pub cases: Vec<PlannedCase>,
}

/// One thing that happened in a run.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(tag = "event", rename_all = "kebab-case")]
#[allow(clippy::large_enum_variant, reason = "events are written one by one and never stored in bulk")]
pub enum Event {
    /// The run began.
    RunStarted {
        /// The version of Proofmark.
        version: String,
        /// The wall-clock time, RFC 3339 in UTC.
        at: String,
        /// The target as the user named it.
        target: Target,
    },
    /// Something was learned about the target.
    Learned {
        /// What.
        fact: Fact,
    },
    /// Discovery is over: this is the target, and this is what will run.
    Planned {
        /// The target as found.
        target: Target,
        /// The plan.
        plan: Plan,
    },
    /// A case began.
    CaseStarted {
        /// Its id.
        case: String,
    },
    /// A case waits for time to pass.
    CaseWaits {
        /// Its id.
        case: String,
        /// What it waits for.
        what: String,
        /// When it will go on, in milliseconds since the run began.
        until_ms: u64,
    },
    /// Something outside is waited for, such as a person at their browser.
    Waiting {
        /// What for, and what is to be done about it.
        what: String,
        /// When the wait ends at the latest, in milliseconds since the run began.
        until_ms: u64,
    },
    /// A request was sent and answered, or failed.
    Exchanged {
        /// The exchange.
        exchange: Exchange,
    },
    /// A case ended.
    CaseFinished {
        /// Its result.
        result: CaseResult,
    },
    /// The run could not go on; what was learned before stands.
    Stopped {
        /// Why, for a person.
        reason: String,
        /// What would help.
        help: Option<String>,
    },
    /// The run ended.
    RunFinished {
        /// How long it took, in milliseconds.
        took_ms: u64,
        /// What the run left at the target, e.g. clients that could not be removed.
        leftovers: Vec<String>,
    },
}
