//! The code challenge of an authorization request.

use proofmark_probe::model::Revision::R2025_03_26;
use proofmark_probe::model::{Requirement, Source, must, should};

use crate::requirements::documents::OAUTH_2_1;

/// A public client gets no code of use without a challenge.
pub static CHALLENGE_REQUIRED: Requirement = Requirement {
    id: "oauth21.pkce.challenge-required",
    rule: "An authorization request of a public client without a code challenge leads to no code that can be redeemed.",
    advice: "Refuse every authorization request of a public client whose code_challenge is missing or empty, whatever the HTTP method, the session or an earlier consent, and never redeem a code that has no challenge stored.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.2.1" },
    answers: &[
        "AZ-001",
        "pkce-missing-challenge-public",
        "pkce-empty-challenge",
        "pkce-method-without-challenge",
        "pkce-no-challenge-not-redeemable",
        "pkce-remembered-consent",
        "pkce-post-authorize",
        "pkce-native-loopback",
    ],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// Nor does a confidential client that has no other protection.
pub static CHALLENGE_REQUIRED_OF_CONFIDENTIAL: Requirement = Requirement {
    id: "oauth21.pkce.challenge-required-of-confidential",
    rule: "An authorization request of a confidential client without a code challenge, and without an OpenID nonce in its place, leads to no code that can be redeemed.",
    advice: "Ask confidential clients for a code_challenge too: a client secret does not stop a stolen code from being injected into the client that holds the secret.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.2.1" },
    answers: &["AZ-001", "pkce-missing-challenge-confidential"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A challenge has 43 to 128 unreserved characters.
pub static CHALLENGE_SYNTAX: Requirement = Requirement {
    id: "oauth21.pkce.challenge-syntax",
    rule: "A code challenge that is shorter or longer than the grammar allows, or that has other characters, is refused when authorization is asked for.",
    advice: "Check code_challenge against 43 to 128 characters of A-Z a-z 0-9 - . _ ~ before anything else is done with it, and answer invalid_request.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.1" },
    answers: &[
        "pkce-challenge-too-short",
        "pkce-challenge-too-long",
        "pkce-challenge-illegal-chars",
        "pkce-challenge-padded",
        "pkce-challenge-std-base64",
    ],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A malformed challenge cannot be redeemed.
pub static MALFORMED_CHALLENGE_IS_USELESS: Requirement = Requirement {
    id: "oauth21.pkce.malformed-challenge-is-useless",
    rule: "A code opened with a malformed challenge cannot be redeemed.",
    advice: "Compare the stored challenge byte for byte with the base64url digest of the verifier; do not repair, cut or decode it first.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.1" },
    answers: &["pkce-challenge-too-short", "pkce-challenge-illegal-chars"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// Odd values of PKCE parameters do not break the server.
pub static NO_BREAKDOWN: Requirement = Requirement {
    id: "oauth21.pkce.no-breakdown",
    rule: "A code challenge or verifier of the wrong length or alphabet is answered with a client error, not with a server error.",
    advice: "Validate length and alphabet before the value reaches a database column or a decoder, and answer 400 with invalid_request.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.1" },
    answers: &["pkce-challenge-too-long", "pkce-verifier-too-long", "pkce-verifier-non-ascii"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A request with a PKCE parameter twice is refused.
pub static REPEATED_PARAMETER_REFUSED: Requirement = Requirement {
    id: "oauth21.pkce.repeated-parameter-refused",
    rule: "An authorization request that names its challenge or its challenge method twice is refused.",
    advice: "Refuse an authorization request in which a parameter occurs more than once with invalid_request, instead of taking the first or the last value.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.2.1" },
    answers: &["pkce-challenge-duplicated", "pkce-method-duplicated"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A code has one challenge.
pub static ONE_CHALLENGE_PER_CODE: Requirement = Requirement {
    id: "oauth21.pkce.one-challenge-per-code",
    rule: "A code is never redeemable with two different verifiers.",
    advice: "Store exactly one challenge with a code, and refuse requests that bring two.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.2" },
    answers: &["pkce-challenge-duplicated"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// `code_challenge[]` is another parameter.
pub static ARRAY_PARAMETER_IGNORED: Requirement = Requirement {
    id: "oauth21.pkce.array-parameter-ignored",
    rule: "A parameter named code_challenge[] is not the code challenge and does not disturb the one beside it.",
    advice: "Turn off the array syntax of the form parser for OAuth endpoints: names with brackets are unknown parameters, which are ignored.",
    source: Source { doc: &OAUTH_2_1, section: "3.1" },
    answers: &["pkce-challenge-array-syntax"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The challenge is still there after the user signed in.
pub static CHALLENGE_SURVIVES_LOGIN: Requirement = Requirement {
    id: "oauth21.pkce.challenge-survives-login",
    rule: "A challenge binds the code even when the user had to sign in between the request and the code.",
    advice: "Carry the whole authorization request, with its challenge, through login and consent on the server's side, and store the challenge with the code that ends it.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.2" },
    answers: &["pkce-login-detour"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// Nobody but the server can read the challenge in the response.
pub static CHALLENGE_NOT_EXPOSED: Requirement = Requirement {
    id: "oauth21.pkce.challenge-not-exposed",
    rule: "The authorization response does not show the code challenge to anyone who can read it.",
    advice: "Keep the challenge beside the code on the server, or encrypt a self-contained code; signing or encoding it hides nothing.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.2" },
    answers: &["pkce-challenge-not-exposed"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};
