//! JSON Web Tokens (RFC 7519).

use proofmark_probe::model::Revision::R2025_03_26;
use proofmark_probe::model::{Requirement, Source, should};

use crate::requirements::documents::RFC_7519;

/// An access token that is a JWT holds its expiry.
pub static JWT_EXPIRY_PRESENT: Requirement = Requirement {
    id: "rfc7519.lifetime.expiry-present",
    rule: "An access token that is a JWT holds its expiry.",
    advice: "Put exp, in seconds since 1970, into each access token.",
    source: Source { doc: &RFC_7519, section: "4.1.4" },
    answers: &["lifetime-jwt-exp-present"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};
