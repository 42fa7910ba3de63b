//! The issuer in authorization responses (MCP, Authorization Response Validation; RFC 9207).

use proofmark_probe::model::Revision::{R2025_03_26, R2025_11_25, R2026_07_28};
use proofmark_probe::model::{Requirement, Source, must, should};

use crate::requirements::documents::{MCP_AUTHORIZATION, OAUTH_2_1, RFC_9207};

/// A successful authorization response names its issuer.
pub static ISS_ON_SUCCESS: Requirement = Requirement {
    id: "mcp.issuer.on-success",
    rule: "A successful authorization response names its issuer.",
    advice: "Add the iss parameter with your issuer identifier to every authorization response; MCP has announced to demand it.",
    source: Source { doc: &MCP_AUTHORIZATION, section: "Authorization Response Validation" },
    answers: &["AZ-011", "iss-supported-mcp26"],
    force: &[should(R2026_07_28)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// An error response of the authorization endpoint names its issuer.
pub static ISS_ON_ERROR: Requirement = Requirement {
    id: "mcp.issuer.on-error",
    rule: "An error response of the authorization endpoint names its issuer.",
    advice: "Add the iss parameter on the error path as well: a client that checks it cannot believe the error otherwise.",
    source: Source { doc: &MCP_AUTHORIZATION, section: "Authorization Response Validation" },
    answers: &["AZ-012"],
    force: &[should(R2026_07_28)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A server whose metadata promises iss sends it with every code.
pub static ISS_AS_PROMISED: Requirement = Requirement {
    id: "rfc9207.issuer.as-promised",
    rule: "A server whose metadata promises iss sends it with every code.",
    advice: "Send iss with each code, or take the promise out of the metadata: clients that read it refuse responses without.",
    source: Source { doc: &RFC_9207, section: "2" },
    answers: &["AZ-014", "iss-in-success"],
    force: &[should(R2025_03_26).until(R2025_11_25), must(R2026_07_28)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A server whose metadata promises iss sends it with every error.
pub static ISS_AS_PROMISED_ON_ERROR: Requirement = Requirement {
    id: "rfc9207.issuer.as-promised-on-error",
    rule: "A server whose metadata promises iss sends it with every error.",
    advice: "Build success and error responses in one place, so that neither lacks iss.",
    source: Source { doc: &RFC_9207, section: "2" },
    answers: &["AZ-014", "iss-in-error"],
    force: &[should(R2025_03_26).until(R2025_11_25), must(R2026_07_28)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The iss parameter is the issuer of the metadata, byte for byte: an https URL without query or fragment.
pub static ISS_IS_ISSUER: Requirement = Requirement {
    id: "rfc9207.issuer.is-issuer",
    rule: "The iss parameter is the issuer of the metadata, byte for byte: an https URL without query or fragment.",
    advice: "Take both values from one setting. Clients compare the strings and do not forgive a slash.",
    source: Source { doc: &RFC_9207, section: "2.3" },
    answers: &["AZ-013", "iss-equals-metadata", "iss-syntax", "iss-multi-tenant"],
    force: &[should(R2025_03_26).until(R2025_11_25), must(R2026_07_28)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// An authorization response names its issuer once.
pub static ISS_ONCE: Requirement = Requirement {
    id: "oauth21.issuer.once",
    rule: "An authorization response names its issuer once.",
    advice: "Set the parameter instead of appending it, and add it in one place only.",
    source: Source { doc: &OAUTH_2_1, section: "3.1" },
    answers: &["AZ-011", "iss-once"],
    force: &[should(R2025_03_26).until(R2025_11_25), must(R2026_07_28)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A server that sends iss says so in its metadata with the value true.
pub static ISS_ADVERTISED: Requirement = Requirement {
    id: "rfc9207.issuer.advertised",
    rule: "A server that sends iss says so in its metadata with the value true.",
    advice: "Publish authorization_response_iss_parameter_supported as the boolean true; without it a client cannot tell that a missing iss is an attack.",
    source: Source { doc: &RFC_9207, section: "3" },
    answers: &["ASM-009", "iss-without-flag", "iss-flag-type"],
    force: &[should(R2025_03_26).until(R2025_11_25), must(R2026_07_28)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// An iss parameter in the request does not become the issuer of the response.
pub static ISS_NOT_FROM_REQUEST: Requirement = Requirement {
    id: "rfc9207.issuer.not-from-request",
    rule: "An iss parameter in the request does not become the issuer of the response.",
    advice: "Ignore iss in requests: the value exists to tell the client who answered, and only you know that.",
    source: Source { doc: &RFC_9207, section: "2" },
    answers: &["iss-not-overridable"],
    force: &[should(R2025_03_26).until(R2025_11_25), must(R2026_07_28)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};
