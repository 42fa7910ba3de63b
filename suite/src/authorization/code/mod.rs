//! Authorization codes: once, for one client, for a short time.

mod binding;
mod form;
mod lifetime;
mod replay;
mod secrecy;

use proofmark_probe::judge::{error_is, oauth_error_shape, token_refused};
use proofmark_probe::{Case, Judgement, Reply};

/// The cases of this topic.
pub static CASES: &[&Case] = &[
    &replay::SINGLE_USE,
    &replay::RACE,
    &replay::LATE_REPLAY,
    &replay::REPLAY_ENDS_TOKENS,
    &replay::INVALID_REPLAY,
    &lifetime::REDEEMABLE_AFTER_A_WHILE,
    &lifetime::LIFETIME,
    &binding::BOUND_TO_CLIENT,
    &binding::BOUND_TO_CONFIDENTIAL_CLIENT,
    &binding::CLIENT_IS_NAMED,
    &binding::KEEPS_SCOPE,
    &form::ONLY_ISSUED_CODES,
    &form::REPEATED_CODE,
    &form::CODE_IN_QUERY,
    &secrecy::UNGUESSABLE,
    &secrecy::IS_NO_TOKEN,
];

/// A refusal, if it is one, has the form of OAuth and the error `invalid_grant`.
fn refused_as_invalid_grant(reply: &Reply) -> Judgement {
    if !token_refused(reply).is_met() {
        return Judgement::Moot("the request was not refused".into());
    }
    oauth_error_shape(reply).and(|| error_is(&["invalid_grant"])(reply))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_code_is_judged_only_where_something_was_refused() {
        const JSON: &[(&str, &str)] = &[("content-type", "application/json")];
        assert!(refused_as_invalid_grant(&Reply::canned(400, JSON, r#"{"error":"invalid_grant"}"#)).is_met());
        let other = refused_as_invalid_grant(&Reply::canned(400, JSON, r#"{"error":"invalid_request"}"#));
        assert!(matches!(other, Judgement::Violated { .. }));
        let issued = refused_as_invalid_grant(&Reply::canned(200, JSON, r#"{"access_token":"t"}"#));
        assert!(matches!(issued, Judgement::Moot(_)));
    }
}
