//! The redirect URI at the token endpoint: RFC 6749 compares it, OAuth 2.1 leaves it out (§10.2).

use proofmark_probe::model::Revision::R2025_03_26;
use proofmark_probe::model::{Requirement, Source, may, must, should};

use crate::requirements::documents::{OAUTH_2_1, RFC_6749};

/// The redirect URI of the authorization request may be sent again.
pub static REDIRECT_URI_ACCEPTED_AT_TOKEN: Requirement = Requirement {
    id: "oauth21.token.redirect-uri-accepted",
    rule: "A token request that repeats the redirect URI of the authorization request is served.",
    advice: "Accept the parameter even if you do not need it: clients of OAuth 2.0 must send it, and parameters without meaning are ignored.",
    source: Source { doc: &OAUTH_2_1, section: "10.2" },
    answers: &["code-happy"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A server that needs the parameter compares it.
pub static REDIRECT_URI_COMPARED: Requirement = Requirement {
    id: "rfc6749.token.redirect-uri-compared",
    rule: "A server that demands the redirect URI at the token endpoint refuses one that differs from the authorization request.",
    advice: "Store the redirect URI with the code and compare the two strings before anything is issued.",
    source: Source { doc: &RFC_6749, section: "4.1.3" },
    answers: &[
        "redirect-uri-token-mismatch",
        "code-bound-to-redirect",
        "redirect-uri-token-unregistered",
        "redirect-uri-token-when-none-at-authorize",
    ],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A server that does not need it had better look at it all the same.
pub static REDIRECT_URI_IGNORED: Requirement = Requirement {
    id: "oauth21.token.redirect-uri-not-ignored",
    rule: "A server that needs no redirect URI at the token endpoint refuses one that is wrong.",
    advice: "OAuth 2.1 lets you ignore the parameter, since the code verifier binds the flow. Comparing it when it comes costs nothing and protects clients of OAuth 2.0.",
    source: Source { doc: &OAUTH_2_1, section: "10.2" },
    answers: &[
        "redirect-uri-token-mismatch",
        "code-bound-to-redirect",
        "redirect-uri-token-unregistered",
        "redirect-uri-token-when-none-at-authorize",
    ],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The error is about the grant.
pub static REDIRECT_URI_MISMATCH_CODE: Requirement = Requirement {
    id: "rfc6749.token.redirect-uri-mismatch-code",
    rule: "A redirect URI that does not match the code is refused with invalid_grant.",
    advice: "Answer 400 with the error invalid_grant, so that clients start a new flow instead of reporting a broken request.",
    source: Source { doc: &RFC_6749, section: "5.2" },
    answers: &["redirect-uri-token-mismatch"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// Another spelling or loopback port is another value.
pub static REDIRECT_URI_NEAR_MISS: Requirement = Requirement {
    id: "rfc6749.token.redirect-uri-near-miss",
    rule: "The redirect URI at the token endpoint is the same string as in the authorization request, loopback port included.",
    advice: "Compare the strings. The free loopback port is about registration, not about the two ends of one flow.",
    source: Source { doc: &RFC_6749, section: "4.1.3" },
    answers: &["redirect-uri-token-near-miss"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The parameter may be left out, or not.
pub static REDIRECT_URI_NEEDED: Requirement = Requirement {
    id: "oauth21.token.redirect-uri-optional",
    rule: "A token request without a redirect URI is served.",
    advice: "Nothing obliges a server here: OAuth 2.1 dropped the parameter, OAuth 2.0 demands it.",
    source: Source { doc: &OAUTH_2_1, section: "10.2" },
    answers: &["redirect-uri-token-omitted"],
    force: &[may(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// Two values are one too many.
pub static REDIRECT_URI_TWICE: Requirement = Requirement {
    id: "oauth21.token.redirect-uri-once",
    rule: "A token request with two redirect URIs is refused.",
    advice: "Refuse repeated parameters, so that no two components can pick differently.",
    source: Source { doc: &OAUTH_2_1, section: "3.2" },
    answers: &["redirect-uri-token-duplicate"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};
