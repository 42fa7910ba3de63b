//! Authorization codes (OAuth 2.1 §4.1.2, §4.1.3, §7.5.3).

use proofmark_probe::model::Revision::R2025_03_26;
use proofmark_probe::model::{Requirement, Source, must, should};

use crate::requirements::documents::OAUTH_2_1;

/// A code yields a token.
pub static CODE_REDEEMED: Requirement = Requirement {
    id: "oauth21.code.redeemed",
    rule: "A code that is redeemed by its client, in time and with the right parameters, yields an access token.",
    advice: "Make the token endpoint serve grant_type=authorization_code for the clients that may use the authorization endpoint.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.3" },
    answers: &["code-happy"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A code works once.
pub static SINGLE_USE: Requirement = Requirement {
    id: "oauth21.code.single-use",
    rule: "A code that was redeemed once is refused ever after.",
    advice: "Mark the code as used in the same step in which tokens are issued for it, and keep the mark at least as long as the code could still be accepted.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.3" },
    answers: &["AZ-016", "code-single-use", "code-single-use-late"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// … even for requests at the same moment.
pub static SINGLE_USE_AT_ONCE: Requirement = Requirement {
    id: "oauth21.code.single-use-at-once",
    rule: "Of several requests that redeem a code at the same moment, at most one is served.",
    advice: "Take the code out of the store atomically (delete and return, or an update guarded by unused), instead of looking first and marking later.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.3" },
    answers: &["AZ-016", "code-race"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A replay ends the access token.
pub static REPLAY_REVOKES_ACCESS: Requirement = Requirement {
    id: "oauth21.code.replay-revokes-access",
    rule: "A replayed code ends the access tokens that were issued from it, where tokens can be recalled at all.",
    advice: "Store which tokens came from a code, and revoke them when the code is presented again.",
    source: Source { doc: &OAUTH_2_1, section: "7.5.3" },
    answers: &["AZ-016", "code-replay-revokes-access"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A replay ends the refresh token.
pub static REPLAY_REVOKES_REFRESH: Requirement = Requirement {
    id: "oauth21.code.replay-revokes-refresh",
    rule: "A replayed code ends the refresh tokens that were issued from it.",
    advice: "Store which tokens came from a code, and revoke them when the code is presented again.",
    source: Source { doc: &OAUTH_2_1, section: "7.5.3" },
    answers: &["AZ-016", "code-replay-revokes-refresh"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A replay that would have been refused anyway ends nothing.
pub static INVALID_REPLAY_REVOKES_NOTHING: Requirement = Requirement {
    id: "oauth21.code.invalid-replay-revokes-nothing",
    rule: "A used code that comes with a wrong verifier does not end the tokens issued from it.",
    advice: "Check verifier, client and redirect URI before a replay counts as one: otherwise whoever sees a used code can sign the user out.",
    source: Source { doc: &OAUTH_2_1, section: "7.5.3" },
    answers: &["code-replay-invalid-no-revoke", "pkce-failed-try-effect"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A code belongs to a client.
pub static BOUND_TO_CLIENT: Requirement = Requirement {
    id: "oauth21.code.bound-to-client",
    rule: "A code is redeemed only by the client it was issued to.",
    advice: "Store the client_id with the code, and compare it with the client that authenticated, or named itself, at the token endpoint.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.3" },
    answers: &[
        "AZ-017",
        "code-bound-to-public-client",
        "code-bound-to-confidential-client",
        "code-client-mismatch-auth-vs-body",
        "pkce-verifier-of-other-client",
    ],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A client does not call itself by two names.
pub static ONE_CLIENT_PER_REQUEST: Requirement = Requirement {
    id: "oauth21.code.one-client-per-request",
    rule: "A token request that authenticates one client and names another is refused.",
    advice: "Refuse a token request whose client_id differs from the client in the Authorization header.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.3" },
    answers: &["code-client-mismatch-auth-vs-body"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A client says who it is.
pub static CLIENT_IS_NAMED: Requirement = Requirement {
    id: "oauth21.code.client-is-named",
    rule: "A code is not redeemed by a request that does not say which client sends it.",
    advice: "Require client_id of clients that do not authenticate.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.3" },
    answers: &["code-client-id-missing"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// What is no code yields no token.
pub static ONLY_ISSUED_CODES: Requirement = Requirement {
    id: "oauth21.code.only-issued-codes",
    rule: "A code that is missing, invented, cut, extended or otherwise changed yields no token.",
    advice: "Look the code up by its exact value.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.4" },
    answers: &[
        "code-missing",
        "code-empty",
        "code-garbage",
        "code-truncated",
        "code-extended",
        "code-case-flipped",
        "code-reencoded",
    ],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A bad code is the client's error, not the server's.
pub static REFUSAL_IS_CLIENT_ERROR: Requirement = Requirement {
    id: "oauth21.code.refusal-is-client-error",
    rule: "A code that cannot be redeemed is answered with a client error, not with a server error.",
    advice: "Answer 400 with a JSON error; do not let the exception for an unknown code escape as HTTP 500.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.4" },
    answers: &["code-garbage", "code-truncated", "code-extended", "code-case-flipped", "code-reencoded"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A bad code has an error code.
pub static REFUSAL_IS_INVALID_GRANT: Requirement = Requirement {
    id: "oauth21.code.refusal-is-invalid-grant",
    rule: "A code that is unknown, used, expired or another client's is answered with HTTP 400 and the error invalid_grant in JSON.",
    advice: "Answer 400 with {\"error\": \"invalid_grant\"} whenever a code cannot be redeemed, whatever the reason.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.4" },
    answers: &["code-single-use", "code-garbage", "code-bound-to-public-client"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A token request has one code.
pub static REPEATED_CODE_REFUSED: Requirement = Requirement {
    id: "oauth21.code.repeated-code-refused",
    rule: "A token request with two codes is refused.",
    advice: "Refuse a token request in which a parameter occurs more than once with invalid_request.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.4" },
    answers: &["code-duplicated"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A code is read from the body.
pub static CODE_IN_FORM_BODY: Requirement = Requirement {
    id: "oauth21.code.in-form-body",
    rule: "A token request whose parameters stand in the URL is refused.",
    advice: "Read token requests from the form body alone: URLs end up in logs and histories.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.2" },
    answers: &["code-in-query"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A code cannot be guessed.
pub static UNGUESSABLE: Requirement = Requirement {
    id: "oauth21.code.unguessable",
    rule: "Codes are drawn from so many values, without a pattern, that nobody can guess one.",
    advice: "Make codes of at least 16 bytes from a cryptographic random generator; no counters, no times, no hashes of what others know.",
    source: Source { doc: &OAUTH_2_1, section: "7.7" },
    answers: &["code-entropy"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A code is no token.
pub static IS_NO_TOKEN: Requirement = Requirement {
    id: "oauth21.code.is-no-token",
    rule: "An authorization code is accepted neither as an access token nor as a refresh token.",
    advice: "Keep codes, access tokens and refresh tokens apart, in separate stores or with a type that is checked.",
    source: Source { doc: &OAUTH_2_1, section: "1.4" },
    answers: &["code-not-a-token"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A code is redeemable for a while.
pub static LIVES_LONG_ENOUGH: Requirement = Requirement {
    id: "oauth21.code.lives-long-enough",
    rule: "A code can still be redeemed 20 seconds after it was issued.",
    advice: "Let codes live for a minute or more, so that slow clients and networks can redeem them.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.2" },
    answers: &["code-lifetime-min"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A code ends within ten minutes.
pub static LIVES_TEN_MINUTES_AT_MOST: Requirement = Requirement {
    id: "oauth21.code.lives-ten-minutes-at-most",
    rule: "A code can no longer be redeemed ten minutes after it was issued.",
    advice: "Give codes a lifetime of a minute or two; ten minutes is the longest that is recommended.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.2" },
    answers: &["AZ-017", "code-lifetime-max"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A code ends.
pub static EXPIRES: Requirement = Requirement {
    id: "oauth21.code.expires",
    rule: "A code can no longer be redeemed an hour after it was issued.",
    advice: "Store with each code when it ends, and check it when the code is redeemed.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.2" },
    answers: &["AZ-017", "code-lifetime-max"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A code keeps its scope.
pub static KEEPS_SCOPE: Requirement = Requirement {
    id: "oauth21.code.keeps-scope",
    rule: "A token request cannot widen the scope that its code was issued for.",
    advice: "Take the scope of the token from the stored code, and ignore a scope in the token request of an authorization code.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.3" },
    answers: &["code-carries-authorize-scope"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};
