//! Authorization requests: what the endpoint must understand, and how it answers good and bad ones.

mod answer;
mod errors;
mod parameters;

pub(super) use errors::ERRORS;
use proofmark_probe::judge::{holds, no_stray};
use proofmark_probe::{Case, Journey, Judgement, Landing};

/// The cases of this topic.
pub static CASES: &[&Case] = &[
    &answer::GET,
    &answer::RESOURCE,
    &answer::STATE,
    &answer::NO_STATE,
    &parameters::UNKNOWN,
    &parameters::EMPTY,
    &parameters::REPEATED,
    &errors::RESPONSE_TYPE,
    &errors::FRONT_TOKEN,
    &errors::STATE_IN_ERRORS,
    &errors::MALFORMED,
    &errors::LOGIN_FIRST,
];

/// The last answer is no server error.
fn survived(journey: &Journey) -> Judgement {
    let status = journey.last().map_or(0, proofmark_probe::Reply::status);
    holds(status < 500, "an answer without a server error (5xx)", format!("HTTP {status}"))
}

/// No code came, but perhaps one beside an error, which is judged by itself; a page nobody gets past proves nothing.
fn no_code_came(journey: &Journey) -> Judgement {
    no_stray(journey).and(|| {
        holds(journey.code().is_none() || is_error_redirect(journey), "no authorization code", journey.describe())
    })
}

/// Whether the journey ended in an error at a redirect URI of the client.
fn is_error_redirect(journey: &Journey) -> bool {
    journey.error().is_some() && journey.arrived()
}

/// The redirect target, split at the fragment.
fn target(journey: &Journey) -> Option<(&str, &str)> {
    match &journey.landing {
        Landing::Redirected { to } => Some(to.split_once('#').unwrap_or((to, ""))),
        _ => None,
    }
}
