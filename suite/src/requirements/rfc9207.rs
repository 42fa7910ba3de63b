//! The issuer in authorization responses (RFC 9207).

use proofmark_probe::model::Revision::{R2025_03_26, R2025_11_25, R2026_07_28};
use proofmark_probe::model::{Requirement, Source, must, should};

use crate::requirements::documents::RFC_9207;

/// An authorization server that names itself in its responses says so in its metadata, by the boolean true.
pub static ISS_FLAG_SET: Requirement = Requirement {
    id: "rfc9207.server-metadata.iss-flag",
    rule: "An authorization server that names itself in its responses says so in its metadata, by the boolean true.",
    advice: "Set authorization_response_iss_parameter_supported to true.",
    source: Source { doc: &RFC_9207, section: "2.3" },
    answers: &["ASM-009", "asm-iss-flag"],
    force: &[should(R2025_03_26).until(R2025_11_25), must(R2026_07_28)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};
