//! Resource indicators (RFC 8707).

use proofmark_probe::model::Revision::{R2025_03_26, R2025_06_18};
use proofmark_probe::model::{Requirement, Source, may, must, should};

use crate::requirements::documents::RFC_8707;

/// A refresh may repeat the resource of the grant.
pub static REFRESH_TAKES_ITS_RESOURCE: Requirement = Requirement {
    id: "rfc8707.refresh.takes-its-resource",
    rule: "A refresh may repeat the resource of the grant.",
    advice: "Accept the resource parameter at a refresh when it names what was granted.",
    source: Source { doc: &RFC_8707, section: "2.2" },
    answers: &["refresh-resource-same", "AZ-018"],
    force: &[must(R2025_06_18)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A refresh may leave the resource out.
pub static REFRESH_NEEDS_NO_RESOURCE: Requirement = Requirement {
    id: "rfc8707.refresh.needs-no-resource",
    rule: "A refresh may leave the resource out.",
    advice: "Take the resource from the grant when a refresh names none; many clients do not repeat it.",
    source: Source { doc: &RFC_8707, section: "2.2" },
    answers: &["refresh-resource-omitted"],
    // From then on clients must repeat it (MCP, Resource Parameter Implementation), and servers may count on that.
    force: &[should(R2025_03_26).until(R2025_03_26), may(R2025_06_18)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The resource identifier that the MCP server publishes is accepted by its authorization server.
pub static RESOURCE_ACCEPTED: Requirement = Requirement {
    id: "rfc8707.resource.accepted",
    rule: "The resource identifier that the MCP server publishes is accepted by its authorization server.",
    advice: "Make the authorization server know the resource of the protected resource metadata, or ignore the parameter.",
    source: Source { doc: &RFC_8707, section: "2.1" },
    answers: &["resource-accepted-authorize", "AZ-018"],
    force: &[must(R2025_06_18)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The resource of the authorization request is accepted at the token endpoint.
pub static RESOURCE_ACCEPTED_AT_TOKEN: Requirement = Requirement {
    id: "rfc8707.resource.accepted-at-token",
    rule: "The resource of the authorization request is accepted at the token endpoint.",
    advice: "Accept the resource parameter in token requests when it names what was granted.",
    source: Source { doc: &RFC_8707, section: "2.2" },
    answers: &["resource-accepted-token", "AZ-018"],
    force: &[must(R2025_06_18)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A token that was asked for with a resource is for that resource.
pub static AUDIENCE_IS_RESOURCE: Requirement = Requirement {
    id: "rfc8707.resource.audience-set",
    rule: "A token that was asked for with a resource is for that resource.",
    advice: "Put the resource identifier into aud of the access token.",
    source: Source { doc: &RFC_8707, section: "2" },
    answers: &["resource-audience-set", "AZ-019"],
    force: &[should(R2025_06_18)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The resource of the authorization request counts when the token request names none.
pub static AUDIENCE_KEPT: Requirement = Requirement {
    id: "rfc8707.resource.audience-kept",
    rule: "The resource of the authorization request counts when the token request names none.",
    advice: "Store the resource with the code.",
    source: Source { doc: &RFC_8707, section: "2.1" },
    answers: &["resource-only-at-authorize"],
    force: &[should(R2025_06_18)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A token request gives no token for a resource that was not authorized.
pub static AUDIENCE_NOT_CHANGED: Requirement = Requirement {
    id: "rfc8707.resource.not-changed",
    rule: "A token request gives no token for a resource that was not authorized.",
    advice: "Refuse a resource at the token endpoint that the authorization request did not name.",
    source: Source { doc: &RFC_8707, section: "2.2" },
    answers: &["resource-mismatch", "code-carries-authorize-resource"],
    force: &[should(R2025_06_18)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A resource that the authorization server does not know, or that is none, does not become an audience.
pub static UNKNOWN_RESOURCE_NOT_AUDIENCE: Requirement = Requirement {
    id: "rfc8707.resource.unknown-not-audience",
    rule: "A resource that the authorization server does not know, or that is none, does not become an audience.",
    advice: "Accept only resources that are configured, or derive aud from your own configuration.",
    source: Source { doc: &RFC_8707, section: "2.1" },
    answers: &[
        "resource-unknown",
        "resource-relative",
        "resource-garbage",
        "resource-fragment",
        "resource-multiple-one-bad",
    ],
    force: &[should(R2025_06_18)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A resource is refused as invalid_target.
pub static BAD_RESOURCE_IS_INVALID_TARGET: Requirement = Requirement {
    id: "rfc8707.resource.bad-is-invalid-target",
    rule: "A resource is refused as invalid_target.",
    advice: "Answer with the error invalid_target.",
    source: Source { doc: &RFC_8707, section: "2" },
    answers: &["resource-unknown", "resource-relative", "resource-garbage", "resource-fragment"],
    force: &[should(R2025_06_18)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A resource below the MCP server's path is not taken for the MCP server.
pub static SUB_PATH_IS_ANOTHER: Requirement = Requirement {
    id: "rfc8707.resource.sub-path-is-another",
    rule: "A resource below the MCP server's path is not taken for the MCP server.",
    advice: "Compare resource identifiers as whole strings.",
    source: Source { doc: &RFC_8707, section: "2" },
    answers: &["resource-sub-path"],
    force: &[should(R2025_06_18)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};
