//! How long access tokens live, and who enforces it (OAuth 2.1 §3.2.3, §5.2).

use proofmark_probe::model::Revision::R2025_03_26;
use proofmark_probe::model::{Requirement, Source, may, must, should};

use crate::requirements::documents::OAUTH_2_1;

/// A token response says how long the access token lives.
pub static LIFETIME_TOLD: Requirement = Requirement {
    id: "oauth21.lifetime.told",
    rule: "A token response says how long the access token lives.",
    advice: "Send expires_in with each access token, or clients learn of its end only by failing.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.3" },
    answers: &["lifetime-expires-in-present"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The lifetime is a whole number of seconds.
pub static LIFETIME_IS_SECONDS: Requirement = Requirement {
    id: "oauth21.lifetime.is-seconds",
    rule: "The lifetime is a whole number of seconds.",
    advice: "Send expires_in as a JSON number without sign or fraction.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.3" },
    answers: &["token-expires-in-type"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The lifetime is greater than zero and not a count of milliseconds.
pub static LIFETIME_PLAUSIBLE: Requirement = Requirement {
    id: "oauth21.lifetime.plausible",
    rule: "The lifetime is greater than zero and not a count of milliseconds.",
    advice: "Send expires_in in seconds.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.3" },
    answers: &["lifetime-expires-in-positive"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// Access tokens of machines are as short-lived as those of users.
pub static MACHINE_TOKEN_SHORT_LIVED: Requirement = Requirement {
    id: "oauth21.lifetime.machine-token-short",
    rule: "Access tokens of machines are as short-lived as those of users.",
    advice: "Apply the lifetime of user tokens to client credentials; a machine can ask again at any time.",
    source: Source { doc: &OAUTH_2_1, section: "7.1.3.5" },
    answers: &["lifetime-client-credentials"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The expiry in a JWT is the one that the response tells.
pub static JWT_EXPIRY_AGREES: Requirement = Requirement {
    id: "oauth21.lifetime.expiry-agrees",
    rule: "The expiry in a JWT is the one that the response tells.",
    advice: "Compute exp and expires_in from one lifetime.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.3" },
    answers: &["lifetime-jwt-exp-matches"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A refreshed access token has a lifetime of its own.
pub static REFRESHED_TOKEN_LIVES_ON: Requirement = Requirement {
    id: "oauth21.lifetime.refreshed-token",
    rule: "A refreshed access token has a lifetime of its own.",
    advice: "Count the lifetime of a refreshed access token from the refresh on.",
    source: Source { doc: &OAUTH_2_1, section: "4.3.2" },
    answers: &["lifetime-refresh-response"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A refresh token still works when its access token has ended.
pub static REFRESH_OUTLIVES_ACCESS: Requirement = Requirement {
    id: "oauth21.lifetime.refresh-outlives-access",
    rule: "A refresh token still works when its access token has ended.",
    advice: "Give refresh tokens a lifetime of their own, beyond that of the access tokens.",
    source: Source { doc: &OAUTH_2_1, section: "1.3.2" },
    answers: &["lifetime-refresh-outlives-access"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// An expired access token is refused, at the latest a few minutes after its end.
pub static EXPIRED_TOKEN_REFUSED: Requirement = Requirement {
    id: "oauth21.lifetime.expired-refused",
    rule: "An expired access token is refused, at the latest a few minutes after its end.",
    advice: "Check exp (or the stored expiry) on each request, with a leeway of no more than a few minutes.",
    source: Source { doc: &OAUTH_2_1, section: "5.2" },
    answers: &["lifetime-expired-refused", "TOK-004"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// An access token works for the time that was told.
pub static VALID_UNTIL_ITS_END: Requirement = Requirement {
    id: "oauth21.lifetime.valid-until-end",
    rule: "An access token works for the time that was told.",
    advice: "Keep expires_in and what the resource server checks in step.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.3" },
    answers: &["lifetime-valid-until-expiry"],
    force: &[may(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};
