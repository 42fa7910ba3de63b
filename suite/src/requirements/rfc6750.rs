//! Bearer tokens, where OAuth 2.1 is silent (RFC 6750).

use proofmark_probe::model::Revision::R2025_03_26;
use proofmark_probe::model::{Requirement, Source, may};

use crate::requirements::documents::RFC_6750;

/// Access tokens live for an hour or less.
pub static ACCESS_TOKEN_WITHIN_AN_HOUR: Requirement = Requirement {
    id: "rfc6750.lifetime.within-an-hour",
    rule: "Access tokens live for an hour or less.",
    advice: "Shorten the lifetime of access tokens to an hour.",
    source: Source { doc: &RFC_6750, section: "5.3" },
    answers: &["lifetime-access-short"],
    force: &[may(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};
