//! The code verifier of a token request.

use proofmark_probe::model::Revision::R2025_03_26;
use proofmark_probe::model::{Requirement, Source, must, should};

use crate::requirements::documents::OAUTH_2_1;

/// The flow of every client works.
pub static S256_WORKS: Requirement = Requirement {
    id: "oauth21.pkce.s256-works",
    rule: "A code opened with an S256 challenge is redeemed with its verifier.",
    advice: "Support code_challenge_method=S256: hash the verifier with SHA-256 and compare its base64url form, without padding, with the stored challenge.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.1" },
    answers: &["pkce-s256-happy"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// Whatever verifier the grammar allows works.
pub static WELL_FORMED_VERIFIER_ACCEPTED: Requirement = Requirement {
    id: "oauth21.pkce.well-formed-verifier-accepted",
    rule: "Every verifier of 43 to 128 unreserved characters is accepted, percent-encoded or not.",
    advice: "Accept all of A-Z a-z 0-9 - . _ ~ in up to 128 characters, decode the form once, and hash what comes out.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.1" },
    answers: &["pkce-boundary-43-and-128", "pkce-all-unreserved", "pkce-rfc-vector"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A code is honoured only together with the verifier that opened its flow.
pub static VERIFIER_MATCHES: Requirement = Requirement {
    id: "oauth21.pkce.verifier-matches",
    rule: "A code is honoured only together with the code verifier whose challenge opened its flow.",
    advice: "Store the challenge with the code, hash the verifier of the token request, and compare the two in full before anything is issued.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.3" },
    answers: &["AZ-002", "pkce-wrong-verifier"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A code with a challenge needs a verifier.
pub static VERIFIER_REQUIRED: Requirement = Requirement {
    id: "oauth21.pkce.verifier-required",
    rule: "A code that was opened with a challenge is not redeemed without a verifier.",
    advice: "When a challenge is stored with the code, refuse a token request whose code_verifier is missing or empty.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.3" },
    answers: &["AZ-003", "pkce-missing-verifier", "pkce-empty-verifier"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// Each code has a verifier of its own.
pub static VERIFIER_PER_CODE: Requirement = Requirement {
    id: "oauth21.pkce.verifier-per-code",
    rule: "The verifier of one code does not redeem another code, be it of the same client and the same browser.",
    advice: "Store the challenge with each code, not with the session or the client.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.2" },
    answers: &["pkce-verifier-of-other-code"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The token request cannot replace the challenge.
pub static CHALLENGE_BOUND_TO_CODE: Requirement = Requirement {
    id: "oauth21.pkce.challenge-bound-to-code",
    rule: "The challenge belongs to the code: a challenge in the token request changes nothing.",
    advice: "Read the challenge from the stored code alone; ignore code_challenge in token requests.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.2" },
    answers: &["pkce-token-challenge-override"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A secret does not stand in for a verifier, nor a verifier for a secret.
pub static SECRET_AND_VERIFIER: Requirement = Requirement {
    id: "oauth21.pkce.secret-and-verifier",
    rule: "A code of a confidential client is redeemed only with the client's secret and the right verifier, both.",
    advice: "Authenticate the client first, then check the verifier, and let neither success skip the other check.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.3" },
    answers: &["pkce-confidential-needs-both", "pkce-wrong-verifier", "pkce-missing-verifier"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A verifier without a challenge is an error.
pub static NO_VERIFIER_WITHOUT_CHALLENGE: Requirement = Requirement {
    id: "oauth21.pkce.no-verifier-without-challenge",
    rule: "A code that was issued without a challenge is not redeemed by a token request that brings a verifier.",
    advice: "Refuse a token request with code_verifier when no challenge is stored with the code: someone took the challenge out of the request on its way.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.4" },
    answers: &["AZ-004", "pkce-downgrade-stripped"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// … and is called invalid_request.
pub static STRAY_VERIFIER_IS_INVALID_REQUEST: Requirement = Requirement {
    id: "oauth21.pkce.stray-verifier-is-invalid-request",
    rule: "A verifier for a code without a challenge is answered with the error invalid_request.",
    advice: "Answer 400 with error invalid_request when code_verifier comes for a code that has no challenge.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.4" },
    answers: &["pkce-error-code-exact"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A verifier has 43 to 128 unreserved characters.
pub static VERIFIER_SYNTAX: Requirement = Requirement {
    id: "oauth21.pkce.verifier-syntax",
    rule: "A verifier that is shorter or longer than the grammar allows, or that has other characters, is refused even if it fits its challenge.",
    advice: "Check code_verifier against 43 to 128 characters of A-Z a-z 0-9 - . _ ~ before hashing it: a short verifier can be guessed from its challenge.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.1" },
    answers: &[
        "pkce-verifier-too-short",
        "pkce-verifier-too-long",
        "pkce-verifier-illegal-chars",
        "pkce-verifier-non-ascii",
    ],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A token request with two verifiers is refused.
pub static REPEATED_VERIFIER_REFUSED: Requirement = Requirement {
    id: "oauth21.pkce.repeated-verifier-refused",
    rule: "A token request that brings two verifiers is refused.",
    advice: "Refuse a token request in which a parameter occurs more than once with invalid_request.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.4" },
    answers: &["pkce-verifier-duplicated"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The verifier stands in the form body under its own name.
pub static VERIFIER_IN_FORM_BODY: Requirement = Requirement {
    id: "oauth21.pkce.verifier-in-form-body",
    rule: "A verifier is read from the form body of the token request alone: not from its URL, not from JSON, not from a name with brackets.",
    advice: "Parse token requests as application/x-www-form-urlencoded bodies only; values in URLs end up in logs.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.2" },
    answers: &["pkce-verifier-in-query", "pkce-verifier-in-json-or-array"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The form of a refusal for a missing or malformed verifier.
pub static VERIFIER_REFUSAL_FORM: Requirement = Requirement {
    id: "oauth21.pkce.verifier-refusal-form",
    rule: "A missing or malformed verifier is answered with HTTP 400 and the error invalid_grant or invalid_request in JSON.",
    advice: "Answer 400 with a JSON object whose error is invalid_request (missing, malformed) or invalid_grant (wrong).",
    source: Source { doc: &OAUTH_2_1, section: "3.2.4" },
    answers: &["pkce-error-code-exact", "pkce-missing-verifier"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};
