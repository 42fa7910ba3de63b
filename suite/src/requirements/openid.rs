//! OpenID Connect, where OAuth servers speak it.

use proofmark_probe::model::Revision::R2025_03_26;
use proofmark_probe::model::{Requirement, Source, should};

use crate::requirements::documents::OPENID_CORE;

/// An ID token comes only when the scope openid was granted.
pub static NO_UNASKED_ID_TOKEN: Requirement = Requirement {
    id: "openid.token.no-unasked-id-token",
    rule: "An ID token comes only when the scope openid was granted.",
    advice: "Issue an ID token only where the granted scope holds openid.",
    source: Source { doc: &OPENID_CORE, section: "3.1.2.1" },
    answers: &["token-id-token-only-openid"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};
