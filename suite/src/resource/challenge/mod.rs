//! The 401: when it comes, and what its challenge says.

mod bad_token;
mod header;
mod malformed;
mod missing;

pub(crate) use header::{omits_offline_access, same_scopes};

use proofmark_probe::Case;

/// The cases of this topic.
pub static CASES: &[&Case] = &[
    &missing::NO_CREDENTIALS,
    &missing::NO_ERROR_CODE,
    &header::BEARER_CHALLENGE,
    &header::RESOURCE_METADATA,
    &header::SCOPE,
    &header::SAME_SCOPE_EACH_TIME,
    &bad_token::BAD_TOKEN,
    &bad_token::INVALID_TOKEN_CODE,
    &malformed::MALFORMED_HEADER,
    &malformed::STRANGE_TOKENS,
    &malformed::HUGE_TOKEN,
];
