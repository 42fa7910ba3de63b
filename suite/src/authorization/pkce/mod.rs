//! PKCE: a code is worth nothing without the verifier that opened its flow.

mod challenge;
mod confidential;
mod ending;
mod flow;
mod malformed;
mod method;
mod missing;
mod verifier;

use std::sync::Arc;

use proofmark_probe::{Case, Client, ClientKind, Probe, Stop};

pub(crate) use confidential::CONFIDENTIAL_RIGHT_VERIFIER;
pub(crate) use flow::RIGHT_VERIFIER;

/// The cases of this topic.
pub static CASES: &[&Case] = &[
    &RIGHT_VERIFIER,
    &flow::WELL_FORMED_VERIFIERS,
    &flow::LOGIN_DETOUR,
    &flow::CHALLENGE_NOT_EXPOSED,
    &missing::MISSING_CHALLENGE,
    &missing::EMPTY_CHALLENGE,
    &missing::DOWNGRADE,
    &challenge::MALFORMED_CHALLENGE,
    &challenge::LONG_CHALLENGE,
    &challenge::CHALLENGE_ENCODING,
    &challenge::REPEATED_PARAMETERS,
    &challenge::ARRAY_CHALLENGE,
    &method::UNKNOWN_METHOD,
    &method::METHOD_SPELLING,
    &method::METHOD_OMITTED,
    &method::PLAIN_METHOD,
    &verifier::WRONG_VERIFIER,
    &verifier::NEAR_VERIFIER,
    &verifier::MISSING_VERIFIER,
    &verifier::VERIFIER_OF_OTHER_CODE,
    &verifier::OVERRIDES,
    &malformed::MALFORMED_VERIFIER,
    &malformed::DECORATED_VERIFIER,
    &malformed::REPEATED_VERIFIER,
    &malformed::MISPLACED_VERIFIER,
    &CONFIDENTIAL_RIGHT_VERIFIER,
    &confidential::MISSING_CHALLENGE_CONFIDENTIAL,
    &confidential::DOWNGRADE_CONFIDENTIAL,
    &confidential::SECRET_AND_VERIFIER,
];

/// The client of ordinary flows, where it is a public one.
async fn public_client(probe: &Probe) -> Result<Arc<Client>, Stop> {
    let client = probe.client(ClientKind::Main).await?;
    if client.is_public() {
        return Ok(client);
    }
    Err(Stop::not_applicable("the client of this run has a secret, and the rule is about public clients"))
}
