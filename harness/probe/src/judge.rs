//! Judgements, and the pure functions that make them from a recorded answer.
//!
//! A judge is a `Fn(&T) -> Judgement`. It asks nothing of the network, so that a recorded run can be judged again.

mod access;
mod bearer;
mod clock;
mod granted;
mod redirect;
mod reply;
mod walk;

pub use access::{
    call_refused, challenge_has, challenge_has_parameter, challenge_without_escapes, challenged_scopes,
    challenges_for_token, is_tool_error, no_stream, not_accepted, not_served, refused_over_http, served, when_status,
};
pub use bearer::{
    challenge_is_well_formed, challenge_names, challenge_omits, has_bearer_challenge, refused_as_invalid,
};
pub use clock::server_time;
pub use granted::{
    ScopeSet, audience, audience_has, audience_in_words, audience_lacks, carried_scope, difference_is_told, in_words,
    scope_is, scope_set, scope_within, shown_scope, told_scope, unguessable,
};
pub use redirect::{
    code_at_destination, no_stray, not_taken_for_registered, offers_no_way_to, response_appended_intact,
    same_destination, told_on_a_page, wrote_no_header,
};
pub use reply::{
    error_is, forbids_storing, holds_no_tokens, is_json, member_is, no_server_error, oauth_error_shape, status_is,
    token_issued, token_refused,
};
pub use walk::{code_at, no_code, no_leak, param_is, refused_at_authorization};

use proofmark_model::ExchangeId;

use crate::Reply;

/// What a judge says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// The rule was kept: what was seen.
    Met(String),
    /// The rule was broken.
    Violated {
        /// What the rule asks for.
        expected: String,
        /// What came instead.
        observed: String,
    },
    /// The rule has nothing to apply to here.
    Moot(String),
    /// It cannot be told.
    Unproven(String),
}

/// The rule was kept; say what was seen.
pub fn met(observed: impl Into<String>) -> Judgement {
    Judgement::Met(observed.into())
}

/// The rule was broken; say what it asks for and what came instead.
pub fn violated(expected: impl Into<String>, observed: impl Into<String>) -> Judgement {
    Judgement::Violated { expected: expected.into(), observed: observed.into() }
}

/// Met or violated, by a condition.
pub fn holds(condition: bool, expected: impl Into<String>, observed: impl Into<String>) -> Judgement {
    if condition { met(observed) } else { violated(expected, observed) }
}

impl Judgement {
    /// Whether the rule was kept.
    #[must_use]
    pub fn is_met(&self) -> bool {
        matches!(self, Judgement::Met(_))
    }

    /// The first judgement, unless it is met: then the second.
    #[must_use]
    pub fn and(self, next: impl FnOnce() -> Judgement) -> Judgement {
        if self.is_met() { next() } else { self }
    }
}

/// Something a finding can point at.
pub trait Evidence {
    /// The exchanges that hold it.
    fn exchanges(&self) -> Vec<ExchangeId>;
}

impl Evidence for Reply {
    fn exchanges(&self) -> Vec<ExchangeId> {
        vec![self.id()]
    }
}

impl Evidence for [Reply] {
    fn exchanges(&self) -> Vec<ExchangeId> {
        self.iter().map(Reply::id).collect()
    }
}

impl Evidence for Vec<Reply> {
    fn exchanges(&self) -> Vec<ExchangeId> {
        self.as_slice().exchanges()
    }
}

impl<A: Evidence, B: Evidence> Evidence for (&A, &B) {
    fn exchanges(&self) -> Vec<ExchangeId> {
        let mut ids = self.0.exchanges();
        ids.extend(self.1.exchanges());
        ids
    }
}
