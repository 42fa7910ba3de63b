//! Tokens and their audience (MCP, Authorization and Security Considerations).

use proofmark_probe::model::Revision::{R2025_03_26, R2025_06_18, R2025_11_25};
use proofmark_probe::model::{Requirement, Source, may, must, should};

use crate::requirements::documents::{MCP_AUTHORIZATION, MCP_SECURITY};

/// Access tokens are short-lived.
pub static ACCESS_TOKEN_SHORT_LIVED: Requirement = Requirement {
    id: "mcp.lifetime.access-token-short",
    rule: "Access tokens are short-lived.",
    advice: "Let access tokens end within an hour, a day at the most, and hand out refresh tokens for longer work.",
    source: Source { doc: &MCP_SECURITY, section: "Token Theft" },
    answers: &["lifetime-access-short", "TK-001"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A request with an expired access token is answered 401.
pub static EXPIRED_TOKEN_IS_401: Requirement = Requirement {
    id: "mcp.lifetime.expired-is-401",
    rule: "A request with an expired access token is answered 401.",
    advice: "Treat an expired token like any invalid one: HTTP 401 with a Bearer challenge.",
    source: Source { doc: &MCP_AUTHORIZATION, section: "Token Handling" },
    answers: &["TOK-002"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// A session does not stand in for a token that has expired.
pub static SESSION_ENDS_WITH_TOKEN: Requirement = Requirement {
    id: "mcp.lifetime.session-does-not-extend",
    rule: "A session does not stand in for a token that has expired.",
    advice: "Check the access token on each request of a session; the session identifier is no credential.",
    source: Source { doc: &MCP_AUTHORIZATION, section: "Access Token Usage" },
    answers: &["lifetime-session-does-not-extend"],
    force: &[must(R2025_03_26).until(R2025_11_25)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// A public client gets a new refresh token at each refresh.
pub static REFRESH_ROTATES: Requirement = Requirement {
    id: "mcp.refresh.rotates",
    rule: "A public client gets a new refresh token at each refresh.",
    advice: "Rotate refresh tokens of public clients: return a new one and end the old one.",
    source: Source { doc: &MCP_SECURITY, section: "Token Theft" },
    answers: &["refresh-rotates-public", "TK-002"],
    force: &[should(R2025_03_26).until(R2025_03_26), must(R2025_06_18)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// Scheme and host of a resource are compared without case.
pub static RESOURCE_CASE_TOLERATED: Requirement = Requirement {
    id: "mcp.resource.case-tolerated",
    rule: "Scheme and host of a resource are compared without case.",
    advice: "Lower-case scheme and host of the resource parameter before it is compared.",
    source: Source { doc: &MCP_AUTHORIZATION, section: "Canonical Server URI" },
    answers: &["resource-case", "PRM-007"],
    force: &[should(R2025_06_18)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A final slash of the resource makes no difference.
pub static RESOURCE_SLASH_TOLERATED: Requirement = Requirement {
    id: "mcp.resource.slash-tolerated",
    rule: "A final slash of the resource makes no difference.",
    advice: "Accept the resource with and without a final slash.",
    source: Source { doc: &MCP_AUTHORIZATION, section: "Canonical Server URI" },
    answers: &["resource-trailing-slash", "PRM-007"],
    force: &[may(R2025_06_18)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};
