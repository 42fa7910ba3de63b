//! Refresh tokens (OAuth 2.1 §4.3).

use proofmark_probe::model::Revision::{R2025_03_26, R2025_06_18};
use proofmark_probe::model::{Requirement, Source, must, should};

use crate::requirements::documents::OAUTH_2_1;

/// A refresh token yields a new access token that the resource server accepts.
pub static REFRESH_WORKS: Requirement = Requirement {
    id: "oauth21.refresh.works",
    rule: "A refresh token yields a new access token that the resource server accepts.",
    advice: "Serve grant_type=refresh_token for the refresh tokens that you issue.",
    source: Source { doc: &OAUTH_2_1, section: "4.3.2" },
    answers: &["refresh-happy"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A refresh gives another access token than the one before.
pub static REFRESH_GIVES_ANOTHER_TOKEN: Requirement = Requirement {
    id: "oauth21.refresh.another-token",
    rule: "A refresh gives another access token than the one before.",
    advice: "Mint a new access token at each refresh.",
    source: Source { doc: &OAUTH_2_1, section: "4.3.2" },
    answers: &["refresh-new-at-differs"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A refresh without a scope parameter keeps the scope of the grant.
pub static REFRESH_KEEPS_SCOPE: Requirement = Requirement {
    id: "oauth21.refresh.keeps-scope",
    rule: "A refresh without a scope parameter keeps the scope of the grant.",
    advice: "Take the scope of a refreshed token from the grant when the request names none.",
    source: Source { doc: &OAUTH_2_1, section: "4.3.1" },
    answers: &["refresh-scope-default"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A refreshed access token is for the same resource as the first.
pub static REFRESH_KEEPS_AUDIENCE: Requirement = Requirement {
    id: "oauth21.refresh.keeps-audience",
    rule: "A refreshed access token is for the same resource as the first.",
    advice: "Store the resource with the grant and put it into each refreshed token.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.3" },
    answers: &["refresh-keeps-audience"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A refreshed access token names the same user and client as the first.
pub static REFRESH_KEEPS_SUBJECT: Requirement = Requirement {
    id: "oauth21.refresh.keeps-subject",
    rule: "A refreshed access token names the same user and client as the first.",
    advice: "Take subject and client of a refreshed token from the grant.",
    source: Source { doc: &OAUTH_2_1, section: "4.3" },
    answers: &["refresh-keeps-subject-client"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The newest refresh token works.
pub static ROTATED_TOKEN_WORKS: Requirement = Requirement {
    id: "oauth21.refresh.rotated-works",
    rule: "The newest refresh token works.",
    advice: "Make sure that a rotated refresh token is stored before the response goes out.",
    source: Source { doc: &OAUTH_2_1, section: "4.3.2" },
    answers: &["refresh-rotated-works"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// Refresh tokens can be rotated many times in a row.
pub static ROTATION_GOES_ON: Requirement = Requirement {
    id: "oauth21.refresh.rotation-goes-on",
    rule: "Refresh tokens can be rotated many times in a row.",
    advice: "Do not limit the number of rotations below what the lifetime of the grant allows.",
    source: Source { doc: &OAUTH_2_1, section: "4.3.2" },
    answers: &["refresh-repeat-10"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A refresh token cannot be guessed.
pub static REFRESH_TOKEN_UNPREDICTABLE: Requirement = Requirement {
    id: "oauth21.refresh.unpredictable",
    rule: "A refresh token cannot be guessed.",
    advice: "Draw at least 128 bits from a cryptographic random source for each refresh token.",
    source: Source { doc: &OAUTH_2_1, section: "7.7" },
    answers: &["refresh-entropy"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A used refresh token is refused once any grace window is over.
pub static USED_TOKEN_REFUSED: Requirement = Requirement {
    id: "oauth21.refresh.used-refused",
    rule: "A used refresh token is refused once any grace window is over.",
    advice: "Mark a refresh token as used when it is rotated, and refuse it from then on.",
    source: Source { doc: &OAUTH_2_1, section: "4.3.1" },
    answers: &["refresh-old-refused", "TK-002"],
    force: &[should(R2025_03_26).until(R2025_03_26), must(R2025_06_18)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A used refresh token is refused from its rotation on, without a grace window.
pub static USED_TOKEN_REFUSED_AT_ONCE: Requirement = Requirement {
    id: "oauth21.refresh.used-refused-at-once",
    rule: "A used refresh token is refused from its rotation on, without a grace window.",
    advice: "If you keep a grace window for lost answers, keep it to a few seconds.",
    source: Source { doc: &OAUTH_2_1, section: "4.3.1" },
    answers: &["refresh-old-refused", "refresh-lost-response-retry", "TK-002"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The reuse of a refresh token ends the refresh tokens that came after it.
pub static REUSE_ENDS_FAMILY: Requirement = Requirement {
    id: "oauth21.refresh.reuse-ends-family",
    rule: "The reuse of a refresh token ends the refresh tokens that came after it.",
    advice: "When a used refresh token is presented, revoke the whole grant: either the client or a thief holds the newer one.",
    source: Source { doc: &OAUTH_2_1, section: "4.3.1" },
    answers: &["refresh-reuse-revokes-family", "TK-003"],
    force: &[should(R2025_03_26).until(R2025_03_26), must(R2025_06_18)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The reuse of a refresh token ends the access tokens of the grant.
pub static REUSE_ENDS_ACCESS: Requirement = Requirement {
    id: "oauth21.refresh.reuse-ends-access",
    rule: "The reuse of a refresh token ends the access tokens of the grant.",
    advice: "Revoke the access tokens of a grant together with its refresh tokens.",
    source: Source { doc: &OAUTH_2_1, section: "4.3.1" },
    answers: &["refresh-reuse-revokes-access", "TK-003"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The reuse of a refresh token of any earlier generation is refused and ends the family.
pub static REUSE_OF_OLDER_NOTICED: Requirement = Requirement {
    id: "oauth21.refresh.reuse-of-older-noticed",
    rule: "The reuse of a refresh token of any earlier generation is refused and ends the family.",
    advice: "Remember every refresh token of a grant, not only the latest used one.",
    source: Source { doc: &OAUTH_2_1, section: "4.3.1" },
    answers: &["refresh-reuse-old-generation"],
    force: &[should(R2025_03_26).until(R2025_03_26), must(R2025_06_18)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The reuse of a refresh token leaves other grants of the user alone.
pub static REUSE_LEAVES_OTHERS: Requirement = Requirement {
    id: "oauth21.refresh.reuse-leaves-others",
    rule: "The reuse of a refresh token leaves other grants of the user alone.",
    advice: "Revoke by grant, not by user or client.",
    source: Source { doc: &OAUTH_2_1, section: "4.3.1" },
    answers: &["refresh-reuse-other-grant-untouched"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// Of many uses of one refresh token at once, no two start families of their own.
pub static REFRESH_RACE_HAS_ONE_FAMILY: Requirement = Requirement {
    id: "oauth21.refresh.race",
    rule: "Of many uses of one refresh token at once, no two start families of their own.",
    advice: "Mark the refresh token as used in the same transaction that looks it up.",
    source: Source { doc: &OAUTH_2_1, section: "4.3.1" },
    answers: &["refresh-race"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A refresh token presented by another client is refused.
pub static REFRESH_BOUND_TO_CLIENT: Requirement = Requirement {
    id: "oauth21.refresh.bound-to-client",
    rule: "A refresh token presented by another client is refused.",
    advice: "Compare the client of the request with the client that the refresh token was issued to.",
    source: Source { doc: &OAUTH_2_1, section: "4.3.1" },
    answers: &["refresh-other-public-client", "refresh-other-confidential-client", "TK-005"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A confidential client has to authenticate to refresh.
pub static REFRESH_AUTHENTICATES: Requirement = Requirement {
    id: "oauth21.refresh.authenticates",
    rule: "A confidential client has to authenticate to refresh.",
    advice: "Demand the registered client authentication for grant_type=refresh_token.",
    source: Source { doc: &OAUTH_2_1, section: "4.3.1" },
    answers: &["refresh-no-auth-confidential", "refresh-wrong-secret"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A refresh by a client that failed to authenticate is refused as invalid_client.
pub static REFRESH_AUTHENTICATION_ERROR: Requirement = Requirement {
    id: "oauth21.refresh.authentication-error",
    rule: "A refresh by a client that failed to authenticate is refused as invalid_client.",
    advice: "Answer with invalid_client, and with 401 where the Authorization header was used.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.4" },
    answers: &["refresh-no-auth-confidential", "refresh-wrong-secret"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A failed attempt by somebody else does not end a refresh token.
pub static FAILED_REFRESH_KEEPS_TOKEN: Requirement = Requirement {
    id: "oauth21.refresh.failed-attempt-keeps-token",
    rule: "A failed attempt by somebody else does not end a refresh token.",
    advice: "Change nothing about a refresh token until the client that presents it is known to own it.",
    source: Source { doc: &OAUTH_2_1, section: "4.3.1" },
    answers: &["refresh-failed-auth-keeps-rt"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// Without a valid refresh token nothing is issued.
pub static BAD_REFRESH_TOKEN_REFUSED: Requirement = Requirement {
    id: "oauth21.refresh.bad-token-refused",
    rule: "Without a valid refresh token nothing is issued.",
    advice: "Refuse a refresh request whose token is missing, empty, altered or of another kind.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.4" },
    answers: &["refresh-missing", "refresh-empty", "refresh-garbage", "refresh-truncated"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A bad refresh token is answered with an OAuth error: invalid_grant, or invalid_request where it is missing.
pub static BAD_REFRESH_TOKEN_ERROR: Requirement = Requirement {
    id: "oauth21.refresh.bad-token-error",
    rule: "A bad refresh token is answered with an OAuth error: invalid_grant, or invalid_request where it is missing.",
    advice: "Map every failure to find a refresh token to HTTP 400 with a JSON error.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.4" },
    answers: &["refresh-missing", "refresh-empty", "refresh-garbage", "refresh-truncated"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A refresh token that is there but not valid is refused as invalid_grant.
pub static BAD_REFRESH_TOKEN_IS_INVALID_GRANT: Requirement = Requirement {
    id: "oauth21.refresh.bad-token-is-invalid-grant",
    rule: "A refresh token that is there but not valid is refused as invalid_grant.",
    advice: "Answer with invalid_grant, so that clients know to sign the user in again.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.4" },
    answers: &["refresh-garbage", "refresh-truncated"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// Neither an access token nor a code works as refresh token.
pub static OTHER_KINDS_ARE_NO_REFRESH_TOKENS: Requirement = Requirement {
    id: "oauth21.refresh.other-kinds",
    rule: "Neither an access token nor a code works as refresh token.",
    advice: "Look refresh tokens up by kind; an access token that refreshes itself never ends.",
    source: Source { doc: &OAUTH_2_1, section: "1.3.2" },
    answers: &["refresh-with-access-token"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A refresh with a narrower scope gives a token of that scope, or says which scope it has.
pub static REFRESH_NARROWS: Requirement = Requirement {
    id: "oauth21.refresh.narrows",
    rule: "A refresh with a narrower scope gives a token of that scope, or says which scope it has.",
    advice: "Honour the scope parameter of a refresh request, or return the scope that was really granted.",
    source: Source { doc: &OAUTH_2_1, section: "4.3.1" },
    answers: &["refresh-narrow"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// After a refresh with a narrower scope, the next refresh can have the full scope again.
pub static NARROWING_IS_NOT_FOR_GOOD: Requirement = Requirement {
    id: "oauth21.refresh.narrowing-not-for-good",
    rule: "After a refresh with a narrower scope, the next refresh can have the full scope again.",
    advice: "Keep the scope of the grant with each rotated refresh token, whatever the access token beside it has.",
    source: Source { doc: &OAUTH_2_1, section: "4.3.3" },
    answers: &["refresh-narrow-then-full"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A refresh gives no scope that was not granted.
pub static REFRESH_STAYS_WITHIN_GRANT: Requirement = Requirement {
    id: "oauth21.refresh.stays-within-grant",
    rule: "A refresh gives no scope that was not granted.",
    advice: "Compare the scope of a refresh request with that of the grant, each value by itself, and refuse what goes beyond.",
    source: Source { doc: &OAUTH_2_1, section: "4.3.1" },
    answers: &[
        "refresh-widen",
        "refresh-widen-mixed",
        "refresh-with-extra-code",
        "refresh-scope-case",
        "refresh-scope-garbage",
        "TK-004",
    ],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A refresh that asks for more than was granted is refused as invalid_scope.
pub static WIDER_REFRESH_IS_INVALID_SCOPE: Requirement = Requirement {
    id: "oauth21.refresh.wider-is-invalid-scope",
    rule: "A refresh that asks for more than was granted is refused as invalid_scope.",
    advice: "Answer with invalid_scope.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.4" },
    answers: &["refresh-widen", "refresh-widen-mixed", "refresh-scope-garbage"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A refresh gives no token for a resource that was not granted.
pub static REFRESH_STAYS_WITH_RESOURCE: Requirement = Requirement {
    id: "oauth21.refresh.stays-with-resource",
    rule: "A refresh gives no token for a resource that was not granted.",
    advice: "Compare the resource of a refresh request with those of the grant.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.3" },
    answers: &["refresh-resource-new", "TK-004"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};
