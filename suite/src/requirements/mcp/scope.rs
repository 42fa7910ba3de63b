//! Scopes at the MCP server: what a token allows, and how its want is told.

use proofmark_probe::model::Revision::{R2025_03_26, R2025_06_18, R2025_11_25, R2026_07_28};
use proofmark_probe::model::{Requirement, Source, may, must, should};

use crate::requirements::documents::{MCP_AUTHORIZATION, MCP_CACHING, MCP_HTTP, OAUTH_2_1};

/// The first challenge says which scope to ask for.
pub static FIRST_CHALLENGE_NAMES_SCOPE: Requirement = Requirement {
    id: "mcp.scope.first-challenge-names-scope",
    rule: "The challenge of a 401 names the scopes that the request needs.",
    advice: "Add scope to the Bearer challenge, so that clients ask for what they need and no more.",
    source: Source { doc: &MCP_AUTHORIZATION, section: "Scope Selection Strategy" },
    answers: &["SCP-001", "challenge-scope", "scope-401-scope-hint"],
    force: &[may(R2025_03_26).until(R2025_06_18), should(R2025_11_25)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// Equal requests draw equal challenges.
pub static CHALLENGE_IS_STABLE: Requirement = Requirement {
    id: "mcp.scope.challenge-is-stable",
    rule: "The same request draws a challenge with the same scopes each time.",
    advice: "Derive the scopes in the challenge from the operation and from nothing else.",
    source: Source { doc: &MCP_AUTHORIZATION, section: "Runtime Insufficient Scope Errors" },
    answers: &["SCP-010"],
    force: &[should(R2025_11_25)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// Refresh tokens are no business of the resource.
pub static NO_OFFLINE_ACCESS: Requirement = Requirement {
    id: "mcp.scope.no-offline-access",
    rule: "No challenge asks for offline_access.",
    advice: "Leave offline_access out of challenges; clients ask the authorization server for it when they want it.",
    source: Source { doc: &MCP_AUTHORIZATION, section: "Refresh Tokens" },
    answers: &["SCP-012", "scope-hint-no-offline-access"],
    force: &[should(R2026_07_28)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// The first challenge asks for little.
pub static CHALLENGE_IS_MINIMAL: Requirement = Requirement {
    id: "mcp.scope.challenge-is-minimal",
    rule: "The challenge of a 401 does not ask for every scope there is.",
    advice: "Name the least that a first request needs, and ask for more when a call needs it.",
    source: Source { doc: &MCP_AUTHORIZATION, section: "Scope Selection Strategy" },
    answers: &["SCP-014", "scope-hint-minimal"],
    force: &[may(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// A token allows what its scope allows.
pub static SCOPE_IS_ENFORCED: Requirement = Requirement {
    id: "mcp.scope.is-enforced",
    rule: "A call that needs a scope runs with a token that has it and not with one that lacks it.",
    advice: "Check the scopes of the token before a tool is run, in the same place for every way to call it.",
    source: Source { doc: &OAUTH_2_1, section: "5.2" },
    answers: &["SCP-002", "TOK-018", "scope-insufficient-refused"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// No other way of asking gets around the scope.
pub static SCOPE_IS_COMPARED_EXACTLY: Requirement = Requirement {
    id: "mcp.scope.no-way-around",
    rule: "A call beyond the scope is refused however the tool is spelt and by whatever route it comes.",
    advice: "Check the scope against the tool that will run, after every normalisation of its name and for each call of a batch.",
    source: Source { doc: &OAUTH_2_1, section: "5.2" },
    answers: &["SCP-002", "scope-tool-name-tricks"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// Each call of a batch is checked.
pub static BATCH_IS_CHECKED: Requirement = Requirement {
    id: "mcp.scope.batch-is-checked",
    rule: "A call beyond the scope is refused inside a batch too.",
    advice: "Check each message of a batch by itself.",
    source: Source { doc: &OAUTH_2_1, section: "5.2" },
    answers: &["scope-batch-bypass"],
    force: &[must(R2025_03_26).until(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// The scope is checked for the tool that runs.
pub static BODY_DECIDES: Requirement = Requirement {
    id: "mcp.scope.body-decides",
    rule: "A request whose header names another tool than its body does not run the tool beyond the scope.",
    advice: "Refuse a header that differs from the body with 400, and check the scope by the body.",
    source: Source { doc: &MCP_HTTP, section: "Server Validation" },
    answers: &["scope-header-body-mismatch"],
    force: &[must(R2026_07_28)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// The scope is that of the token at hand.
pub static SCOPE_IS_PER_REQUEST: Requirement = Requirement {
    id: "mcp.scope.is-per-request",
    rule: "A call is judged by the token of its own request, not by one that was used before.",
    advice: "Do not keep scopes in a session or cache; take them from the token of each request.",
    source: Source { doc: &OAUTH_2_1, section: "5.2" },
    answers: &["SES-011", "scope-stepup-no-session-cache"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// Want of scope is a 403.
pub static WANT_IS_403: Requirement = Requirement {
    id: "mcp.scope.want-is-403",
    rule: "A call beyond the scope is answered 403.",
    advice: "Answer 403 from the HTTP layer before the tool is dispatched; clients ask for more scope on that status.",
    source: Source { doc: &MCP_AUTHORIZATION, section: "Runtime Insufficient Scope Errors" },
    answers: &["SCP-003", "TOK-018", "scope-insufficient-403"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// Want of scope is not a bad token.
pub static WANT_IS_NOT_401: Requirement = Requirement {
    id: "mcp.scope.want-is-not-401",
    rule: "A good token that lacks a scope is not answered as a bad one.",
    advice: "Answer 403: on a 401 clients throw the token away and sign in again, in a circle.",
    source: Source { doc: &MCP_AUTHORIZATION, section: "Error Handling" },
    answers: &["scope-403-not-401"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// The refusal says what to do.
pub static WANT_HAS_CHALLENGE: Requirement = Requirement {
    id: "oauth21.scope.want-has-challenge",
    rule: "A refusal for want of scope carries a Bearer challenge with a parameter.",
    advice: "Add WWW-Authenticate: Bearer with error, scope and resource_metadata to the 403.",
    source: Source { doc: &OAUTH_2_1, section: "5.3.1" },
    answers: &["SCP-015"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// The challenge says that scope is wanting.
pub static WANT_IS_NAMED: Requirement = Requirement {
    id: "oauth21.scope.want-is-named",
    rule: "The challenge for want of scope has error=\"insufficient_scope\".",
    advice: "Add error=\"insufficient_scope\"; invalid_token makes clients throw the token away.",
    source: Source { doc: &OAUTH_2_1, section: "5.3.2" },
    answers: &["SCP-004", "scope-403-error-code"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// The challenge says which scope is wanting.
pub static WANT_NAMES_SCOPE: Requirement = Requirement {
    id: "mcp.scope.want-names-scope",
    rule: "The challenge for want of scope names the scopes that the operation needs, at least one of which the token lacks.",
    advice: "Add scope with everything that the operation needs.",
    source: Source { doc: &MCP_AUTHORIZATION, section: "Runtime Insufficient Scope Errors" },
    answers: &["SCP-005", "scope-403-scope-param"],
    force: &[should(R2025_11_25)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// The challenge points to the metadata, as the 401 does.
pub static WANT_NAMES_RESOURCE_METADATA: Requirement = Requirement {
    id: "mcp.scope.want-names-resource-metadata",
    rule: "The challenge for want of scope names the same resource_metadata as the 401.",
    advice: "Build both challenges in the same place.",
    source: Source { doc: &MCP_AUTHORIZATION, section: "Runtime Insufficient Scope Errors" },
    answers: &["SCP-006", "scope-403-resource-metadata"],
    force: &[should(R2025_11_25)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// The refusal shows nothing of the call.
pub static WANT_GIVES_NOTHING_AWAY: Requirement = Requirement {
    id: "mcp.scope.want-gives-nothing-away",
    rule: "A refusal for want of scope shows no data of the call and no stack trace.",
    advice: "Refuse before the tool runs, with a generic message.",
    source: Source { doc: &MCP_AUTHORIZATION, section: "Error Handling" },
    answers: &["TOK-022", "scope-403-no-leak"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// Getting what was asked for is enough.
pub static STEP_UP_SUFFICES: Requirement = Requirement {
    id: "mcp.scope.step-up-suffices",
    rule: "A token with the old and the challenged scopes is let in.",
    advice: "Name in the challenge everything that the operation needs, and nothing that the authorization server does not grant.",
    source: Source { doc: &MCP_AUTHORIZATION, section: "Step-Up Authorization Flow" },
    answers: &["SCP-008", "scope-stepup-roundtrip"],
    force: &[must(R2025_11_25)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// One round is enough.
pub static STEP_UP_IS_ONE_ROUND: Requirement = Requirement {
    id: "mcp.scope.step-up-is-one-round",
    rule: "The challenge names all scopes of the operation together, not one after the other.",
    advice: "Collect every missing scope before you refuse.",
    source: Source { doc: &MCP_AUTHORIZATION, section: "Runtime Insufficient Scope Errors" },
    answers: &["SCP-009", "scope-403-scope-sufficient"],
    force: &[should(R2025_11_25)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// The challenged scopes are enough for the operation.
pub static CHALLENGED_SET_SUFFICES: Requirement = Requirement {
    id: "mcp.scope.challenged-set-suffices",
    rule: "A token with exactly the challenged scopes is let in for the operation.",
    advice: "Name every scope that the operation needs, also those that the caller has already.",
    source: Source { doc: &MCP_AUTHORIZATION, section: "Runtime Insufficient Scope Errors" },
    answers: &["SCP-008"],
    force: &[should(R2025_11_25)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// What is not listed cannot be called.
pub static LIST_TELLS_THE_TRUTH: Requirement = Requirement {
    id: "mcp.scope.list-tells-the-truth",
    rule: "A tool that is hidden from a caller cannot be called by that caller.",
    advice: "Filter calls by the same rule as the list.",
    source: Source { doc: &MCP_AUTHORIZATION, section: "Runtime Insufficient Scope Errors" },
    answers: &["scope-list-filter-consistent"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// A list made for one caller is not for all.
pub static FILTERED_LIST_IS_PRIVATE: Requirement = Requirement {
    id: "mcp.scope.filtered-list-is-private",
    rule: "A list of tools that depends on the token is not marked as public to caches.",
    advice: "Set cacheScope to private wherever a result depends on the caller.",
    source: Source { doc: &MCP_CACHING, section: "Cache Scope Field" },
    answers: &["scope-cache-scope-public"],
    force: &[must(R2026_07_28)],
    ..Requirement::OF_RESOURCE_SERVER
};
