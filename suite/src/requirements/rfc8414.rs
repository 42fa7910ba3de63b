//! Authorization server metadata (RFC 8414).

use proofmark_probe::model::Revision::{R2025_03_26, R2025_06_18};
use proofmark_probe::model::{Requirement, Source, must, should};

use crate::requirements::documents::RFC_8414;

/// The authorization server metadata comes as JSON and says so.
pub static SERVER_METADATA_JSON: Requirement = Requirement {
    id: "rfc8414.server-metadata.json",
    rule: "The authorization server metadata comes as JSON and says so.",
    advice: "Serve the document with status 200 and Content-Type application/json.",
    source: Source { doc: &RFC_8414, section: "3.2" },
    answers: &["ASM-005", "asm-200-json"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The members of the authorization server metadata have the types that RFC 8414 gives them.
pub static SERVER_METADATA_WELL_FORMED: Requirement = Requirement {
    id: "rfc8414.server-metadata.well-formed",
    rule: "The members of the authorization server metadata have the types that RFC 8414 gives them.",
    advice: "Send URLs as strings and each list as an array of strings.",
    source: Source { doc: &RFC_8414, section: "2" },
    answers: &["ASM-005", "asm-token-endpoint", "asm-authorization-endpoint", "asm-response-types"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The metadata names issuer, authorization endpoint, token endpoint and the response type code.
pub static SERVER_METADATA_COMPLETE: Requirement = Requirement {
    id: "rfc8414.server-metadata.complete",
    rule: "The metadata names issuer, authorization endpoint, token endpoint and the response type code.",
    advice: "Add the missing members.",
    source: Source { doc: &RFC_8414, section: "2" },
    answers: &["ASM-005", "asm-authorization-endpoint", "asm-token-endpoint", "asm-response-types"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A list without elements is left out of the authorization server metadata.
pub static SERVER_METADATA_NO_EMPTY_ARRAYS: Requirement = Requirement {
    id: "rfc8414.server-metadata.no-empty-arrays",
    rule: "A list without elements is left out of the authorization server metadata.",
    advice: "Leave members out instead of sending empty arrays.",
    source: Source { doc: &RFC_8414, section: "3.2" },
    answers: &["ASM-005", "asm-no-zero-length"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The issuer in the metadata is the identifier that the metadata was looked up for, to the letter.
pub static ISSUER_MATCHES: Requirement = Requirement {
    id: "rfc8414.server-metadata.issuer-matches",
    rule: "The issuer in the metadata is the identifier that the metadata was looked up for, to the letter.",
    advice: "Make the issuer of the authorization server and the entry in the resource metadata the same string; a slash at the end counts.",
    source: Source { doc: &RFC_8414, section: "3.3" },
    answers: &["ASM-004", "discovery-issuer-roundtrip", "asm-issuer-exact"],
    force: &[should(R2025_03_26).until(R2025_03_26), must(R2025_06_18)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The issuer is an https URL without query and fragment.
pub static ISSUER_IS_URL: Requirement = Requirement {
    id: "rfc8414.server-metadata.issuer-is-url",
    rule: "The issuer is an https URL without query and fragment.",
    advice: "Choose an https URL without query and fragment as issuer.",
    source: Source { doc: &RFC_8414, section: "2" },
    answers: &["ASM-005", "asm-issuer-syntax"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The advertised registration endpoint exists.
pub static REGISTRATION_ENDPOINT_LIVE: Requirement = Requirement {
    id: "rfc8414.server-metadata.registration-live",
    rule: "The advertised registration endpoint exists.",
    advice: "Serve the registration endpoint, or remove it from the metadata.",
    source: Source { doc: &RFC_8414, section: "2" },
    answers: &["ASM-010", "asm-registration-endpoint-live", "reg-open-or-401"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// Each advertised endpoint exists.
pub static ENDPOINTS_LIVE: Requirement = Requirement {
    id: "rfc8414.server-metadata.endpoints-live",
    rule: "Each advertised endpoint exists.",
    advice: "Serve the endpoint, or remove it from the metadata.",
    source: Source { doc: &RFC_8414, section: "2" },
    answers: &["asm-every-endpoint-live"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The metadata lists the code grant among the grant types.
pub static CODE_GRANT_LISTED: Requirement = Requirement {
    id: "rfc8414.server-metadata.code-grant-listed",
    rule: "The metadata lists the code grant among the grant types.",
    advice: "List authorization_code in grant_types_supported; without the member, clients must assume the implicit grant.",
    source: Source { doc: &RFC_8414, section: "2" },
    answers: &["asm-grant-types"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A server that issues refresh tokens lists the grant for them.
pub static REFRESH_GRANT_LISTED: Requirement = Requirement {
    id: "rfc8414.server-metadata.refresh-grant-listed",
    rule: "A server that issues refresh tokens lists the grant for them.",
    advice: "List refresh_token in grant_types_supported.",
    source: Source { doc: &RFC_8414, section: "2" },
    answers: &["asm-refresh-listed"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A server that serves public clients lists their way to authenticate.
pub static PUBLIC_CLIENTS_LISTED: Requirement = Requirement {
    id: "rfc8414.server-metadata.public-clients-listed",
    rule: "A server that serves public clients lists their way to authenticate.",
    advice: "Add none to token_endpoint_auth_methods_supported.",
    source: Source { doc: &RFC_8414, section: "2" },
    answers: &["asm-auth-methods"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The key set holds public keys only.
pub static KEYS_ARE_PUBLIC: Requirement = Requirement {
    id: "rfc8414.server-metadata.keys-are-public",
    rule: "The key set holds public keys only.",
    advice: "Remove private parts and symmetric keys from the published key set, and replace the keys at once.",
    source: Source { doc: &RFC_8414, section: "2" },
    answers: &["asm-jwks"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// OAuth metadata and OpenID configuration name the same endpoints.
pub static FORMS_AGREE_IN_FULL: Requirement = Requirement {
    id: "rfc8414.server-metadata.forms-agree-in-full",
    rule: "OAuth metadata and OpenID configuration name the same endpoints.",
    advice: "Produce both documents from one configuration.",
    source: Source { doc: &RFC_8414, section: "5" },
    answers: &["discovery-both-forms-consistent"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// An issuer that does not exist has no metadata.
pub static NO_METADATA_FOR_ANY_TENANT: Requirement = Requirement {
    id: "rfc8414.server-metadata.not-for-any-tenant",
    rule: "An issuer that does not exist has no metadata.",
    advice: "Answer 404 for paths that belong to no issuer.",
    source: Source { doc: &RFC_8414, section: "3.3" },
    answers: &["asm-unknown-tenant"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A server that takes client assertions lists the algorithms by which they may be signed.
pub static SIGNING_ALGORITHMS_LISTED: Requirement = Requirement {
    id: "rfc8414.server-metadata.signing-algorithms-listed",
    rule: "A server that takes client assertions lists the algorithms by which they may be signed.",
    advice: "Add token_endpoint_auth_signing_alg_values_supported to the metadata, without none.",
    source: Source { doc: &RFC_8414, section: "2" },
    answers: &["asm-auth-signing-algs"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};
