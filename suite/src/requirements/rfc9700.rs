//! Best current practice for OAuth security (RFC 9700).

use proofmark_probe::model::Revision::R2025_03_26;
use proofmark_probe::model::{Requirement, Source, must, should};

use crate::requirements::documents::RFC_9700;

/// The password grant issues nothing.
pub static PASSWORD_GRANT_GONE: Requirement = Requirement {
    id: "rfc9700.token.password-grant-gone",
    rule: "The password grant issues nothing.",
    advice: "Switch the grant type password off: it shows the user's password to the client.",
    source: Source { doc: &RFC_9700, section: "2.4" },
    answers: &["token-password-grant"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The password grant is refused as a grant, not for the credentials in it.
pub static PASSWORD_GRANT_UNKNOWN: Requirement = Requirement {
    id: "rfc9700.token.password-grant-unknown",
    rule: "The password grant is refused as a grant, not for the credentials in it.",
    advice: "Answer grant_type=password with unsupported_grant_type before any password is looked at.",
    source: Source { doc: &RFC_9700, section: "2.4" },
    answers: &["token-password-grant"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A token asked for with less scope has less scope.
pub static NARROW_SCOPE_HONOURED: Requirement = Requirement {
    id: "rfc9700.scope.narrow-honoured",
    rule: "A token asked for with less scope has less scope.",
    advice: "Take the requested scope as the upper bound of the grant, so that clients can hold as little power as they need.",
    source: Source { doc: &RFC_9700, section: "2.3" },
    answers: &["scope-subset-only", "scope-not-more-than-asked"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The default scope does not hold the greatest rights.
pub static DEFAULT_SCOPE_MINIMAL: Requirement = Requirement {
    id: "rfc9700.scope.default-minimal",
    rule: "The default scope does not hold the greatest rights.",
    advice: "Choose a default scope that allows reading only, or none.",
    source: Source { doc: &RFC_9700, section: "2.3" },
    answers: &["scope-omitted-default-minimal"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A token is for one resource only.
pub static AUDIENCE_IS_SINGLE: Requirement = Requirement {
    id: "rfc9700.resource.audience-single",
    rule: "A token is for one resource only.",
    advice: "Name nobody but the resource in aud, in particular not the client.",
    source: Source { doc: &RFC_9700, section: "2.3" },
    answers: &["resource-audience-single"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The metadata does not list the password grant.
pub static PASSWORD_NOT_LISTED: Requirement = Requirement {
    id: "rfc9700.server-metadata.password-not-listed",
    rule: "The metadata does not list the password grant.",
    advice: "Remove password from grant_types_supported.",
    source: Source { doc: &RFC_9700, section: "2.4" },
    answers: &["asm-no-password-grant"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The implicit and the password grant cannot be registered.
pub static OLD_GRANTS_NOT_REGISTERED: Requirement = Requirement {
    id: "rfc9700.registration.old-grants-not-registered",
    rule: "The implicit and the password grant cannot be registered.",
    advice: "Refuse implicit, password and the response type token, or drop them.",
    source: Source { doc: &RFC_9700, section: "2.4" },
    answers: &["reg-implicit-refused", "reg-password-refused"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};
