//! What OAuth 2.1 says about clients and what is published about servers (§1.5, §2, §7).

use proofmark_probe::model::Revision::{R2025_03_26, R2025_06_18};
use proofmark_probe::model::{Requirement, Source, must, should};

use crate::requirements::documents::OAUTH_2_1;

/// Each scope in the metadata is one scope name.
pub static PRM_SCOPES_ARE_NAMES: Requirement = Requirement {
    id: "oauth21.resource-metadata.scopes-are-names",
    rule: "Each scope in the metadata is one scope name.",
    advice: "List each scope as an array element without spaces, quotes or backslashes.",
    source: Source { doc: &OAUTH_2_1, section: "1.4.1" },
    answers: &["prm-scope-token-syntax"],
    force: &[must(R2025_06_18)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// Each advertised endpoint is an https URL.
pub static ENDPOINTS_HTTPS: Requirement = Requirement {
    id: "oauth21.server-metadata.endpoints-https",
    rule: "Each advertised endpoint is an https URL.",
    advice: "Use https for every endpoint outside of local development.",
    source: Source { doc: &OAUTH_2_1, section: "1.5" },
    answers: &["asm-endpoints-https"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The metadata lists no response type that sends an access token through the browser.
pub static IMPLICIT_NOT_LISTED: Requirement = Requirement {
    id: "oauth21.server-metadata.implicit-not-listed",
    rule: "The metadata lists no response type that sends an access token through the browser.",
    advice: "Remove token from response_types_supported.",
    source: Source { doc: &OAUTH_2_1, section: "10.1" },
    answers: &["asm-no-implicit"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// An answer with a secret in it may not be stored by any cache.
pub static SECRET_NOT_STORED: Requirement = Requirement {
    id: "oauth21.registration.not-stored",
    rule: "An answer with a secret in it may not be stored by any cache.",
    advice: "Send Cache-Control: no-store with the answer to a registration.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.3" },
    answers: &["reg-no-store"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A secret cannot be guessed.
pub static SECRET_UNPREDICTABLE: Requirement = Requirement {
    id: "oauth21.registration.secret-unpredictable",
    rule: "A secret cannot be guessed.",
    advice: "Draw at least 128 bits from a cryptographic random source for each secret.",
    source: Source { doc: &OAUTH_2_1, section: "7.7" },
    answers: &["reg-secret-entropy"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A client does not choose its identifier.
pub static CLIENT_ID_NOT_CHOSEN: Requirement = Requirement {
    id: "oauth21.registration.client-id-not-chosen",
    rule: "A client does not choose its identifier.",
    advice: "Ignore client_id in a registration.",
    source: Source { doc: &OAUTH_2_1, section: "7.4" },
    answers: &["reg-client-id-not-chosen"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A client of the code grant cannot register without a redirect URI.
pub static CODE_GRANT_NEEDS_REDIRECT_URI: Requirement = Requirement {
    id: "oauth21.registration.code-grant-needs-redirect-uri",
    rule: "A client of the code grant cannot register without a redirect URI.",
    advice: "Refuse a registration for the code grant without redirect_uris, or drop the grant.",
    source: Source { doc: &OAUTH_2_1, section: "2.3.1" },
    answers: &["reg-redirects-required"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};
