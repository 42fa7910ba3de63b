//! Protected resource metadata (RFC 9728).

use proofmark_probe::model::Revision::{R2025_06_18, R2025_11_25};
use proofmark_probe::model::{Requirement, Source, may, must, should};

use crate::requirements::documents::RFC_9728;

/// A resource that only looks like the MCP server is not taken for it.
pub static LOOKALIKE_IS_ANOTHER: Requirement = Requirement {
    id: "rfc9728.resource.lookalike-is-another",
    rule: "A resource that only looks like the MCP server is not taken for it.",
    advice: "Compare resource identifiers as whole strings, not by prefix or host name fragments.",
    source: Source { doc: &RFC_9728, section: "7.4" },
    answers: &["resource-attacker-as-aud"],
    force: &[must(R2025_06_18)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The protected resource metadata can be fetched without a token.
pub static PRM_OPEN: Requirement = Requirement {
    id: "rfc9728.resource-metadata.open",
    rule: "The protected resource metadata can be fetched without a token.",
    advice: "Exempt the well-known routes from authentication.",
    source: Source { doc: &RFC_9728, section: "3.1" },
    answers: &["PRM-008", "discovery-metadata-needs-no-token"],
    force: &[must(R2025_06_18)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// The protected resource metadata comes as JSON and says so.
pub static PRM_JSON: Requirement = Requirement {
    id: "rfc9728.resource-metadata.json",
    rule: "The protected resource metadata comes as JSON and says so.",
    advice: "Serve the document with status 200 and Content-Type application/json.",
    source: Source { doc: &RFC_9728, section: "3.2" },
    answers: &["PRM-008", "prm-200-json"],
    force: &[must(R2025_06_18)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// The members of the protected resource metadata have the types that RFC 9728 gives them.
pub static PRM_WELL_FORMED: Requirement = Requirement {
    id: "rfc9728.resource-metadata.well-formed",
    rule: "The members of the protected resource metadata have the types that RFC 9728 gives them.",
    advice: "Send resource as a string and each list as an array of strings.",
    source: Source { doc: &RFC_9728, section: "2" },
    answers: &["PRM-001", "prm-resource-present", "prm-member-types", "prm-bearer-methods"],
    force: &[must(R2025_06_18)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// A list without elements is left out of the protected resource metadata.
pub static PRM_NO_EMPTY_ARRAYS: Requirement = Requirement {
    id: "rfc9728.resource-metadata.no-empty-arrays",
    rule: "A list without elements is left out of the protected resource metadata.",
    advice: "Leave members out instead of sending empty arrays.",
    source: Source { doc: &RFC_9728, section: "3.2" },
    answers: &["PRM-008", "prm-no-zero-length"],
    force: &[should(R2025_06_18)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// The resource identifier in the metadata is that of the MCP server which the metadata was found for.
pub static PRM_NAMES_THIS_SERVER: Requirement = Requirement {
    id: "rfc9728.resource-metadata.names-this-server",
    rule: "The resource identifier in the metadata is that of the MCP server which the metadata was found for.",
    advice: "Set resource to the exact URL of the MCP endpoint.",
    source: Source { doc: &RFC_9728, section: "3.3" },
    answers: &["PRM-006", "prm-resource-equals-wellknown-base", "prm-resource-equals-request-url"],
    force: &[must(R2025_06_18)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// The resource identifier is the URL of the MCP endpoint to the letter.
pub static PRM_NAMES_THIS_SERVER_EXACTLY: Requirement = Requirement {
    id: "rfc9728.resource-metadata.names-this-server-exactly",
    rule: "The resource identifier is the URL of the MCP endpoint to the letter.",
    advice: "Set resource to the exact URL of the MCP endpoint, with its path and without a slash at the end.",
    source: Source { doc: &RFC_9728, section: "3.3" },
    answers: &["PRM-006", "PRM-007", "prm-resource-equals-wellknown-base", "prm-resource-equals-request-url"],
    force: &[should(R2025_06_18)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// The resource identifier is an https URL without a fragment.
pub static PRM_RESOURCE_IS_URL: Requirement = Requirement {
    id: "rfc9728.resource-metadata.resource-is-url",
    rule: "The resource identifier is an https URL without a fragment.",
    advice: "Use the https URL of the MCP endpoint and cut off any fragment.",
    source: Source { doc: &RFC_9728, section: "1.2" },
    answers: &["PRM-007", "prm-resource-syntax"],
    force: &[must(R2025_06_18)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// Each listed authorization server is an issuer identifier: an https URL without query and fragment, and not the URL of its metadata.
pub static PRM_SERVERS_ARE_ISSUERS: Requirement = Requirement {
    id: "rfc9728.resource-metadata.servers-are-issuers",
    rule: "Each listed authorization server is an issuer identifier: an https URL without query and fragment, and not the URL of its metadata.",
    advice: "List the issuer value of the authorization server metadata.",
    source: Source { doc: &RFC_9728, section: "2" },
    answers: &["prm-as-issuer-syntax", "PRM-012"],
    force: &[must(R2025_06_18)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// At least one listed authorization server has metadata that clients can find.
pub static PRM_SOME_SERVER_RESOLVES: Requirement = Requirement {
    id: "rfc9728.resource-metadata.some-server-resolves",
    rule: "At least one listed authorization server has metadata that clients can find.",
    advice: "List only issuers whose metadata is served at their well-known location.",
    source: Source { doc: &RFC_9728, section: "2" },
    answers: &["PRM-012", "discovery-every-listed-as"],
    force: &[must(R2025_06_18)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// Every listed authorization server has metadata that clients can find.
pub static PRM_EVERY_SERVER_RESOLVES: Requirement = Requirement {
    id: "rfc9728.resource-metadata.every-server-resolves",
    rule: "Every listed authorization server has metadata that clients can find.",
    advice: "Remove authorization servers that are gone from the list.",
    source: Source { doc: &RFC_9728, section: "2" },
    answers: &["PRM-012", "discovery-every-listed-as"],
    force: &[should(R2025_06_18)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// The metadata is served at the well-known name inserted before the endpoint's path.
pub static PRM_PATH_FORM: Requirement = Requirement {
    id: "rfc9728.resource-metadata.path-form",
    rule: "The metadata is served at the well-known name inserted before the endpoint's path.",
    advice: "Serve the document at /.well-known/oauth-protected-resource followed by the path of the endpoint.",
    source: Source { doc: &RFC_9728, section: "3.1" },
    answers: &["PRM-005", "discovery-wellknown-path-inserted"],
    force: &[should(R2025_06_18).until(R2025_06_18), may(R2025_11_25)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// Documents about the same resource name the same authorization servers.
pub static PRM_PLACES_AGREE: Requirement = Requirement {
    id: "rfc9728.resource-metadata.places-agree",
    rule: "Documents about the same resource name the same authorization servers.",
    advice: "Serve one document at every place.",
    source: Source { doc: &RFC_9728, section: "3.3" },
    answers: &["PRM-005", "discovery-sources-agree"],
    force: &[should(R2025_06_18)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// The metadata lists the Authorization header among the ways to present a token.
pub static PRM_HEADER_METHOD: Requirement = Requirement {
    id: "rfc9728.resource-metadata.header-method",
    rule: "The metadata lists the Authorization header among the ways to present a token.",
    advice: "Put header into bearer_methods_supported, or leave the member out.",
    source: Source { doc: &RFC_9728, section: "2" },
    answers: &["prm-bearer-methods"],
    force: &[must(R2025_06_18)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// The metadata lists the scopes of the resource.
pub static PRM_LISTS_SCOPES: Requirement = Requirement {
    id: "rfc9728.resource-metadata.lists-scopes",
    rule: "The metadata lists the scopes of the resource.",
    advice: "List the scopes that clients need in scopes_supported.",
    source: Source { doc: &RFC_9728, section: "2" },
    answers: &["prm-scopes-supported"],
    force: &[may(R2025_06_18)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// A path without a resource has no metadata.
pub static PRM_NOT_FOR_ANY_PATH: Requirement = Requirement {
    id: "rfc9728.resource-metadata.not-for-any-path",
    rule: "A path without a resource has no metadata.",
    advice: "Answer 404 at well-known paths of resources that do not exist.",
    source: Source { doc: &RFC_9728, section: "3.3" },
    answers: &["prm-unknown-path"],
    force: &[should(R2025_06_18)],
    ..Requirement::OF_RESOURCE_SERVER
};
