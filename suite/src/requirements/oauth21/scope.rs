//! Scope at the authorization server (OAuth 2.1 §1.4.1, §3.2.3).

use proofmark_probe::model::Revision::R2025_03_26;
use proofmark_probe::model::{Requirement, Source, must, should};

use crate::requirements::documents::OAUTH_2_1;

/// The scope of a token response is one string of names separated by spaces.
pub static SCOPE_IS_TEXT: Requirement = Requirement {
    id: "oauth21.scope.is-text",
    rule: "The scope of a token response is one string of names separated by spaces.",
    advice: "Send scope as a string, not as an array.",
    source: Source { doc: &OAUTH_2_1, section: "1.4.1" },
    answers: &["token-scope-type"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A known scope that the user agrees to is granted as asked.
pub static SCOPE_GRANTED: Requirement = Requirement {
    id: "oauth21.scope.granted",
    rule: "A known scope that the user agrees to is granted as asked.",
    advice: "Grant the scope that was asked for and approved, or say in the response what was granted instead.",
    source: Source { doc: &OAUTH_2_1, section: "1.4.1" },
    answers: &["scope-requested-granted"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A grant that differs from what was asked for says so.
pub static OTHER_SCOPE_IS_TOLD: Requirement = Requirement {
    id: "oauth21.scope.other-is-told",
    rule: "A grant that differs from what was asked for says so.",
    advice: "Return scope in the token response whenever the granted scope is not exactly the requested one.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.3" },
    answers: &["token-scope-returned", "scope-partial-grant-reported", "TK-008"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A client that asks for no scope is told which one it got, or is refused.
pub static DEFAULT_SCOPE_TOLD: Requirement = Requirement {
    id: "oauth21.scope.default-told",
    rule: "A client that asks for no scope is told which one it got, or is refused.",
    advice: "Return the default scope in the token response, or refuse the request with invalid_scope.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.3" },
    answers: &["scope-omitted"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A scope that the server does not know is not granted.
pub static UNKNOWN_SCOPE_NOT_GRANTED: Requirement = Requirement {
    id: "oauth21.scope.unknown-not-granted",
    rule: "A scope that the server does not know is not granted.",
    advice: "Refuse unknown scopes with invalid_scope, or leave them out and return what was granted.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.2.1" },
    answers: &["scope-unknown", "scope-unknown-mixed", "scope-malformed", "TK-008"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The refusal of a scope reaches the client as invalid_scope, with its state.
pub static SCOPE_ERROR_REACHES_CLIENT: Requirement = Requirement {
    id: "oauth21.scope.error-reaches-client",
    rule: "The refusal of a scope reaches the client as invalid_scope, with its state.",
    advice: "Redirect to the registered URI with error=invalid_scope and the state of the request.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.2.1" },
    answers: &["scope-unknown", "scope-invalid-error-redirect"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A malformed scope does not break the authorization endpoint.
pub static MALFORMED_SCOPE_STANDS: Requirement = Requirement {
    id: "oauth21.scope.malformed-stands",
    rule: "A malformed scope does not break the authorization endpoint.",
    advice: "Validate the scope's characters before use.",
    source: Source { doc: &OAUTH_2_1, section: "1.4.1" },
    answers: &["scope-malformed"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// Scope names are compared with case.
pub static SCOPE_CASE_COUNTS: Requirement = Requirement {
    id: "oauth21.scope.case-counts",
    rule: "Scope names are compared with case.",
    advice: "Compare scope names byte by byte.",
    source: Source { doc: &OAUTH_2_1, section: "1.4.1" },
    answers: &["scope-case-sensitive"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The order of scope names makes no difference.
pub static SCOPE_ORDER_FREE: Requirement = Requirement {
    id: "oauth21.scope.order-free",
    rule: "The order of scope names makes no difference.",
    advice: "Split the scope at spaces and treat it as a set.",
    source: Source { doc: &OAUTH_2_1, section: "1.4.1" },
    answers: &["scope-order-free"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A scope name that is asked for twice is granted once.
pub static SCOPE_REPEATS_COLLAPSE: Requirement = Requirement {
    id: "oauth21.scope.repeats-collapse",
    rule: "A scope name that is asked for twice is granted once.",
    advice: "Remove repeated names before the scope is stored and returned.",
    source: Source { doc: &OAUTH_2_1, section: "1.4.1" },
    answers: &["scope-duplicates"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A pattern in a scope is not expanded.
pub static NO_SCOPE_PATTERNS: Requirement = Requirement {
    id: "oauth21.scope.no-patterns",
    rule: "A pattern in a scope is not expanded.",
    advice: "Match scope names exactly; do not treat * or similar as a wildcard.",
    source: Source { doc: &OAUTH_2_1, section: "1.4.1" },
    answers: &["scope-wildcards"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};
