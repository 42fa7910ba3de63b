//! Finding the authorization server (MCP, Authorization Server Discovery and Client Registration).

use proofmark_probe::model::Revision::{R2025_03_26, R2025_06_18, R2025_11_25, R2026_07_28};
use proofmark_probe::model::{Requirement, Source, may, must, should};

use crate::requirements::documents::{
    MCP_2025_03_26, MCP_AUTHORIZATION, MCP_DISCOVERY, MCP_REGISTRATION, MCP_SECURITY, RFC_9728,
};

/// A protected MCP server publishes protected resource metadata that clients can find.
pub static PRM_FOUND: Requirement = Requirement {
    id: "mcp.resource-metadata.found",
    rule: "A protected MCP server publishes protected resource metadata that clients can find.",
    advice: "Serve the RFC 9728 document at the well-known location and name its URL in the 401 challenge.",
    source: Source { doc: &MCP_DISCOVERY, section: "Authorization Server Location" },
    answers: &["PRM-001", "PRM-004", "discovery-prm-locatable"],
    force: &[must(R2025_06_18)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// The 401 challenge names the URL of the protected resource metadata.
pub static PRM_ADVERTISED: Requirement = Requirement {
    id: "mcp.resource-metadata.advertised",
    rule: "The 401 challenge names the URL of the protected resource metadata.",
    advice: "Add resource_metadata=\"…\" to the WWW-Authenticate header of each 401.",
    source: Source { doc: &RFC_9728, section: "5.1" },
    answers: &["PRM-003"],
    force: &[must(R2025_06_18).until(R2025_06_18), should(R2025_11_25)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// The resource identifier is in canonical form: lower-case scheme and host, no query, no default port, no needless slash.
pub static PRM_RESOURCE_CANONICAL: Requirement = Requirement {
    id: "mcp.resource-metadata.resource-canonical",
    rule: "The resource identifier is in canonical form: lower-case scheme and host, no query, no default port, no needless slash.",
    advice: "Write the identifier as clients would derive it from the URL of the endpoint.",
    source: Source { doc: &MCP_AUTHORIZATION, section: "Canonical Server URI" },
    answers: &["PRM-007", "prm-resource-canonical", "prm-resource-no-query"],
    force: &[should(R2025_06_18)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// The protected resource metadata names at least one authorization server.
pub static PRM_NAMES_AUTHORIZATION_SERVER: Requirement = Requirement {
    id: "mcp.resource-metadata.names-authorization-server",
    rule: "The protected resource metadata names at least one authorization server.",
    advice: "List the issuer of the authorization server in authorization_servers, which is an array.",
    source: Source { doc: &MCP_DISCOVERY, section: "Authorization Server Location" },
    answers: &["PRM-002", "prm-authorization-servers"],
    force: &[must(R2025_06_18)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// Where metadata is found by its well-known name alone, it is found under the endpoint's path.
pub static PRM_NOT_ONLY_AT_ROOT: Requirement = Requirement {
    id: "mcp.resource-metadata.not-only-at-root",
    rule: "Where metadata is found by its well-known name alone, it is found under the endpoint's path.",
    advice: "Serve the document under the path of the endpoint, too: strict clients do not look at the root.",
    source: Source { doc: &MCP_DISCOVERY, section: "Protected Resource Metadata Discovery Requirements" },
    answers: &["PRM-005", "discovery-wellknown-path-inserted"],
    force: &[should(R2025_11_25)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// The scopes of the resource leave out offline_access.
pub static PRM_NO_OFFLINE_ACCESS: Requirement = Requirement {
    id: "mcp.resource-metadata.no-offline-access",
    rule: "The scopes of the resource leave out offline_access.",
    advice: "Remove offline_access: refresh tokens are between the client and the authorization server, whose own metadata may list it.",
    source: Source { doc: &MCP_AUTHORIZATION, section: "Refresh Tokens" },
    answers: &["PRM-010", "prm-no-offline-access"],
    force: &[should(R2026_07_28)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// The authorization server publishes metadata that clients can find from its issuer.
pub static SERVER_METADATA_FOUND: Requirement = Requirement {
    id: "mcp.server-metadata.found",
    rule: "The authorization server publishes metadata that clients can find from its issuer.",
    advice: "Serve RFC 8414 metadata (or, from 2025-11-25 on, OpenID configuration) at the well-known location of the issuer.",
    source: Source { doc: &MCP_DISCOVERY, section: "Authorization Server Metadata Discovery" },
    answers: &["ASM-003", "discovery-as-metadata-locatable"],
    force: &[must(R2025_06_18)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The authorization server metadata is at the root of the MCP server's origin.
pub static SERVER_METADATA_AT_ORIGIN: Requirement = Requirement {
    id: "mcp.server-metadata.at-origin",
    rule: "The authorization server metadata is at the root of the MCP server's origin.",
    advice: "Serve RFC 8414 metadata at /.well-known/oauth-authorization-server of the origin that the MCP endpoint is on.",
    source: Source { doc: &MCP_2025_03_26, section: "Server Metadata Discovery" },
    answers: &["ASM-001", "discovery-25m-root-metadata"],
    force: &[should(R2025_03_26).until(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The metadata is there in the form of RFC 8414.
pub static OAUTH_METADATA_PRESENT: Requirement = Requirement {
    id: "mcp.server-metadata.oauth-form",
    rule: "The metadata is there in the form of RFC 8414.",
    advice: "Serve /.well-known/oauth-authorization-server beside the OpenID configuration; 2025-06-18 clients look nowhere else.",
    source: Source { doc: &MCP_DISCOVERY, section: "Authorization Server Metadata Discovery" },
    answers: &["ASM-003", "discovery-rfc8414-form-present"],
    force: &[must(R2025_06_18).until(R2025_06_18), should(R2025_11_25)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// Without metadata, the default endpoints exist at the root of the MCP server's origin.
pub static DEFAULT_ENDPOINTS_LIVE: Requirement = Requirement {
    id: "mcp.server-metadata.default-endpoints",
    rule: "Without metadata, the default endpoints exist at the root of the MCP server's origin.",
    advice: "Serve /authorize and /token at the root, or publish metadata.",
    source: Source { doc: &MCP_2025_03_26, section: "Fallbacks for Servers without Metadata Discovery" },
    answers: &["ASM-002", "discovery-25m-default-endpoints"],
    force: &[must(R2025_03_26).until(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The metadata says which code challenge methods are supported, S256 among them.
pub static CHALLENGE_METHODS_PUBLISHED: Requirement = Requirement {
    id: "mcp.server-metadata.challenge-methods",
    rule: "The metadata says which code challenge methods are supported, S256 among them.",
    advice: "Add code_challenge_methods_supported with S256: MCP clients refuse a server that is silent about it.",
    source: Source { doc: &MCP_SECURITY, section: "Authorization Code Protection" },
    answers: &["ASM-006", "ASM-007", "asm-pkce-listed", "asm-pkce-in-oidc-document"],
    force: &[should(R2025_03_26).until(R2025_06_18), must(R2025_11_25)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// No advertised endpoint is a script, a file or anything but a plain web address.
pub static ENDPOINTS_SANE: Requirement = Requirement {
    id: "mcp.server-metadata.endpoints-sane",
    rule: "No advertised endpoint is a script, a file or anything but a plain web address.",
    advice: "Check where the endpoint URLs come from: clients open them in browsers.",
    source: Source { doc: &MCP_SECURITY, section: "Communication Security" },
    answers: &["asm-endpoint-scheme-sane"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The MCP version header does not get in the way of the metadata.
pub static METADATA_IGNORES_VERSION_HEADER: Requirement = Requirement {
    id: "mcp.server-metadata.version-header",
    rule: "The MCP version header does not get in the way of the metadata.",
    advice: "Ignore MCP-Protocol-Version at the metadata endpoint.",
    source: Source { doc: &MCP_2025_03_26, section: "Server Metadata Discovery Headers" },
    answers: &["ASM-012"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The authorization server offers dynamic client registration.
pub static REGISTRATION_OFFERED: Requirement = Requirement {
    id: "mcp.registration.offered",
    rule: "The authorization server offers dynamic client registration.",
    advice: "Offer RFC 7591 registration, or tell users how else clients get an identifier.",
    source: Source { doc: &MCP_REGISTRATION, section: "Dynamic Client Registration" },
    answers: &["REG-001"],
    force: &[should(R2025_03_26).until(R2025_06_18), may(R2025_11_25)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};
