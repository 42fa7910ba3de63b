//! The challenge method.

use proofmark_probe::model::Revision::R2025_03_26;
use proofmark_probe::model::{Requirement, Source, must, should};

use crate::requirements::documents::OAUTH_2_1;

/// A method that the server does not know is refused.
pub static UNKNOWN_METHOD_REFUSED: Requirement = Requirement {
    id: "oauth21.pkce.unknown-method-refused",
    rule: "A challenge method that the server does not support leads to no code that can be redeemed.",
    advice: "Compare code_challenge_method with the list of supported methods and refuse everything else; never fall back to S256, plain or no check.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.2.1" },
    answers: &["AZ-005", "pkce-method-unknown"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// … at once, and with the error that says so.
pub static UNKNOWN_METHOD_IS_INVALID_REQUEST: Requirement = Requirement {
    id: "oauth21.pkce.unknown-method-is-invalid-request",
    rule: "An unsupported challenge method is refused by the authorization endpoint, with the error invalid_request.",
    advice: "Validate code_challenge_method when authorization is asked for, and send the client error=invalid_request with its state.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.2.1" },
    answers: &["AZ-005", "pkce-method-unknown"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// Names of methods are compared exactly.
pub static METHOD_SPELLED_EXACTLY: Requirement = Requirement {
    id: "oauth21.pkce.method-spelled-exactly",
    rule: "The name of a challenge method is compared exactly, with its case and without trimming.",
    advice: "Compare code_challenge_method byte for byte with \"S256\".",
    source: Source { doc: &OAUTH_2_1, section: "1.9" },
    answers: &["pkce-method-case", "pkce-method-unknown"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A misspelled method does not weaken the check.
pub static METHOD_SPELLING_OPENS_NOTHING: Requirement = Requirement {
    id: "oauth21.pkce.method-spelling-opens-nothing",
    rule: "A misspelled challenge method is never taken for plain, or for no check at all.",
    advice: "Refuse a code_challenge_method that is not spelled exactly like a supported one; do not let a parser's default stand in for it.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.2.1" },
    answers: &["pkce-method-case"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// Without a method, the challenge still counts.
pub static METHOD_OMITTED_IS_CHECKED: Requirement = Requirement {
    id: "oauth21.pkce.method-omitted-is-checked",
    rule: "A code whose challenge came without a method is redeemed neither without a verifier nor with any verifier.",
    advice: "Refuse a challenge without a method if plain is not supported; a missing method must never switch the check off.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.1" },
    answers: &["pkce-method-omitted"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A missing method means plain.
pub static METHOD_OMITTED_MEANS_PLAIN: Requirement = Requirement {
    id: "oauth21.pkce.method-omitted-means-plain",
    rule: "A challenge without a method means plain: a server that does not list plain refuses it, and treats it as nothing else.",
    advice: "Answer invalid_request to a challenge without code_challenge_method unless plain is supported and listed; do not assume S256.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.1" },
    answers: &["pkce-method-omitted"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// Plain works only where it is listed.
pub static PLAIN_ONLY_WHERE_LISTED: Requirement = Requirement {
    id: "oauth21.pkce.plain-only-where-listed",
    rule: "The method plain is refused by a server whose metadata does not list it.",
    advice: "Refuse code_challenge_method=plain with invalid_request; if old clients need it, list it in code_challenge_methods_supported so that everybody can see it.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.1" },
    answers: &["AZ-005", "pkce-plain-unadvertised"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// Plain checks that verifier and challenge are equal.
pub static PLAIN_IS_CHECKED: Requirement = Requirement {
    id: "oauth21.pkce.plain-is-checked",
    rule: "A code opened with the method plain is redeemed by nothing but the challenge itself.",
    advice: "If plain is supported at all, compare the verifier with the stored challenge; never skip the comparison.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.3" },
    answers: &["pkce-plain-unadvertised"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// What is listed works.
pub static PLAIN_WORKS_WHERE_LISTED: Requirement = Requirement {
    id: "oauth21.pkce.plain-works-where-listed",
    rule: "The method plain works at a server whose metadata lists it.",
    advice: "Take plain out of code_challenge_methods_supported: it protects nothing, and this server does not serve it.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.1" },
    answers: &["pkce-plain-advertised"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};
