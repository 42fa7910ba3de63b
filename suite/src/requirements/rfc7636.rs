//! RFC 7636, proof key for code exchange: what it says beyond OAuth 2.1.

use proofmark_probe::model::Revision::R2025_03_26;
use proofmark_probe::model::{Requirement, Source, must, should};

use crate::requirements::documents::RFC_7636;

/// A missing challenge has an error code.
pub static MISSING_CHALLENGE_IS_INVALID_REQUEST: Requirement = Requirement {
    id: "rfc7636.error.missing-challenge-is-invalid-request",
    rule: "The error response to a request without a code challenge has the error invalid_request.",
    advice: "Send error=invalid_request, not another code, when the code challenge is missing.",
    source: Source { doc: &RFC_7636, section: "4.4.1" },
    answers: &["AZ-001", "pkce-missing-challenge-error"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The client hears of the missing challenge.
pub static MISSING_CHALLENGE_IS_TOLD_TO_THE_CLIENT: Requirement = Requirement {
    id: "rfc7636.error.missing-challenge-is-told-to-the-client",
    rule: "A request without a code challenge is refused by the authorization endpoint, in an error response to the client.",
    advice: "Redirect to the registered redirect URI with error=invalid_request and the state, instead of stopping on a page or issuing a code that is refused later.",
    source: Source { doc: &RFC_7636, section: "4.4.1" },
    answers: &["pkce-missing-challenge-error"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A challenge is compared whole and as it is.
pub static CHALLENGE_COMPARED_WHOLE: Requirement = Requirement {
    id: "rfc7636.challenge.compared-whole",
    rule: "The challenge is compared with the base64url digest of the verifier in full length and with its case.",
    advice: "Compare the two strings for equality, in constant time; no prefix, no case folding, no hexadecimal form, and no column that cuts the challenge.",
    source: Source { doc: &RFC_7636, section: "4.6" },
    answers: &[
        "pkce-challenge-too-long",
        "pkce-challenge-s256-wrong-size",
        "pkce-challenge-hex",
        "pkce-challenge-case-changed",
    ],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// Base64url without padding is the one form of a challenge.
pub static CHALLENGE_IS_BASE64URL: Requirement = Requirement {
    id: "rfc7636.challenge.is-base64url",
    rule: "A challenge with padding, or in the ordinary alphabet of base64, does not stand for the base64url one.",
    advice: "Compare the challenge as text; do not decode it with a lenient base64 decoder first.",
    source: Source { doc: &RFC_7636, section: "3" },
    answers: &["pkce-challenge-padded", "pkce-challenge-std-base64"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The method belongs to the code.
pub static METHOD_BOUND_TO_CODE: Requirement = Requirement {
    id: "rfc7636.method.bound-to-code",
    rule: "The challenge method belongs to the code: a method in the token request changes nothing.",
    advice: "Store the method with the challenge when the code is issued, and ignore code_challenge_method in token requests.",
    source: Source { doc: &RFC_7636, section: "4.5" },
    answers: &["pkce-token-method-override"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The challenge is public and proves nothing.
pub static CHALLENGE_IS_NO_VERIFIER: Requirement = Requirement {
    id: "rfc7636.verifier.is-not-the-challenge",
    rule: "The challenge of an S256 flow does not pass for its verifier.",
    advice: "Hash the verifier before comparing; never accept one that equals the stored challenge.",
    source: Source { doc: &RFC_7636, section: "4.6" },
    answers: &["pkce-verifier-equals-challenge"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The verifier is compared whole.
pub static VERIFIER_COMPARED_WHOLE: Requirement = Requirement {
    id: "rfc7636.verifier.compared-whole",
    rule: "A verifier that differs from the right one by one character, its case or its length is refused.",
    advice: "Hash the whole verifier as it was sent and compare the whole digest.",
    source: Source { doc: &RFC_7636, section: "4.6" },
    answers: &["pkce-verifier-one-bit-off", "pkce-verifier-prefix"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The verifier is not trimmed.
pub static VERIFIER_NOT_TRIMMED: Requirement = Requirement {
    id: "rfc7636.verifier.not-trimmed",
    rule: "A verifier with white space or a zero byte around it is not the verifier.",
    advice: "Do not trim code_verifier, and turn off the trimming of the form parser; the risk is low, but two strings that differ are not equal.",
    source: Source { doc: &RFC_7636, section: "4.6" },
    answers: &["pkce-verifier-whitespace"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The verifier is decoded once.
pub static VERIFIER_DECODED_ONCE: Requirement = Requirement {
    id: "rfc7636.verifier.decoded-once",
    rule: "A verifier that was percent-encoded twice is not the verifier.",
    advice: "Decode the form body once and leave the values as they are.",
    source: Source { doc: &RFC_7636, section: "4.6" },
    answers: &["pkce-verifier-reencoded"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A mismatch has an error code.
pub static MISMATCH_IS_INVALID_GRANT: Requirement = Requirement {
    id: "rfc7636.error.mismatch-is-invalid-grant",
    rule: "A well-formed verifier that does not fit the challenge is answered with the error invalid_grant.",
    advice: "Answer 400 with error invalid_grant when verifier and challenge do not match.",
    source: Source { doc: &RFC_7636, section: "4.6" },
    answers: &["AZ-002", "pkce-wrong-verifier", "pkce-error-code-exact"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The metadata does not list the plain challenge method.
pub static PLAIN_NOT_LISTED: Requirement = Requirement {
    id: "rfc7636.server-metadata.plain-not-listed",
    rule: "The metadata does not list the plain challenge method.",
    advice: "Remove plain from code_challenge_methods_supported.",
    source: Source { doc: &RFC_7636, section: "7.2" },
    answers: &["asm-pkce-no-plain", "ASM-007"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};
