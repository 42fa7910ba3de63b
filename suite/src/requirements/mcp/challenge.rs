//! The refusal of a request that has no good token, as MCP wants it.

use proofmark_probe::model::Revision::{R2025_03_26, R2025_06_18, R2025_11_25};
use proofmark_probe::model::{Requirement, Source, may, must, should};

use crate::requirements::documents::{MCP_AUTHORIZATION, MCP_HTTP, RFC_9728};

/// Who shows nothing is asked for a token.
pub static NO_CREDENTIALS_IS_401: Requirement = Requirement {
    id: "mcp.challenge.no-credentials-is-401",
    rule: "A request that needs a token and has none is answered 401.",
    advice: "Answer 401, not 403, 400, 404, a redirect or a success, before the message is looked at.",
    source: Source { doc: &MCP_AUTHORIZATION, section: "Error Handling" },
    answers: &["TOK-001", "challenge-no-token"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// A bad token is asked to be replaced.
pub static BAD_TOKEN_IS_401: Requirement = Requirement {
    id: "mcp.challenge.bad-token-is-401",
    rule: "A request with an invalid token is answered 401.",
    advice: "Answer 401 for every token that does not pass, whatever is wrong with it; catch what the token library throws.",
    source: Source { doc: &MCP_AUTHORIZATION, section: "Token Handling" },
    answers: &["TOK-002", "challenge-malformed-token", "challenge-invalid-is-401-not-403"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// A refusal is an HTTP status.
pub static REFUSAL_IS_HTTP: Requirement = Requirement {
    id: "mcp.challenge.refusal-is-http",
    rule: "A refusal for want of a good token is an HTTP error, not a JSON-RPC error inside a 200 and not an event in a stream.",
    advice: "Refuse in the HTTP layer, before the JSON-RPC layer answers; clients start to sign in on the status 401 alone.",
    source: Source { doc: &MCP_AUTHORIZATION, section: "Error Handling" },
    answers: &["TOK-023", "challenge-not-200-with-error", "challenge-content-type-not-sse"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// No token breaks the server.
pub static NO_BREAKDOWN: Requirement = Requirement {
    id: "mcp.challenge.no-breakdown",
    rule: "No token, however malformed, draws a server error.",
    advice: "Treat every failure to read a token as an invalid token: catch decoding and parsing errors, and look keys up by exact comparison only.",
    source: Source { doc: &MCP_AUTHORIZATION, section: "Token Handling" },
    answers: &["challenge-invalid-not-500", "rsv-kid-injection", "rsv-nested-or-jwe"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// A huge header is refused, not stumbled over.
pub static HUGE_TOKEN_IS_REFUSED: Requirement = Requirement {
    id: "mcp.challenge.huge-token-is-refused",
    rule: "A very long token is refused with a client error or a closed connection.",
    advice: "Limit the size of headers and answer 431, 400 or 401 beyond it.",
    source: Source { doc: &MCP_AUTHORIZATION, section: "Error Handling" },
    answers: &["challenge-huge-token"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// Half a credential is none.
pub static MALFORMED_IS_KEPT_OUT: Requirement = Requirement {
    id: "mcp.challenge.malformed-is-kept-out",
    rule: "An empty or malformed Authorization header neither lets a request in nor draws a server error.",
    advice: "Check that scheme and token are there before the token is looked up.",
    source: Source { doc: &MCP_AUTHORIZATION, section: "Error Handling" },
    answers: &["TOK-014", "challenge-empty-authorization", "challenge-illegal-characters"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// A malformed header is answered as what it is.
pub static MALFORMED_IS_400_OR_401: Requirement = Requirement {
    id: "mcp.challenge.malformed-is-400-or-401",
    rule: "An empty or malformed Authorization header is answered 400 or 401.",
    advice: "Answer 400 with invalid_request, or treat it as a bad token.",
    source: Source { doc: &MCP_AUTHORIZATION, section: "Error Handling" },
    answers: &["TOK-014", "challenge-empty-authorization", "challenge-illegal-characters"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// The challenge says where the metadata is.
pub static NAMES_RESOURCE_METADATA: Requirement = Requirement {
    id: "mcp.challenge.names-resource-metadata",
    rule: "A 401 names the URL of the protected resource metadata in the resource_metadata parameter.",
    advice: "Add resource_metadata with the absolute URL of the document to the Bearer challenge of every 401.",
    source: Source { doc: &RFC_9728, section: "5.1" },
    answers: &["PRM-003", "challenge-resource-metadata", "challenge-resource-metadata-on-invalid"],
    force: &[must(R2025_06_18).until(R2025_06_18), should(R2025_11_25)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// The URL in the challenge serves the document.
pub static RESOURCE_METADATA_IS_SERVED: Requirement = Requirement {
    id: "mcp.challenge.resource-metadata-is-served",
    rule: "The URL in resource_metadata is absolute and serves a metadata document.",
    advice: "Build the URL from the public address of the server and check that it answers 200 with JSON without a token.",
    source: Source { doc: &RFC_9728, section: "5.1" },
    answers: &["PRM-003", "challenge-resource-metadata"],
    force: &[must(R2025_06_18).until(R2025_06_18), should(R2025_11_25)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// The document is about this endpoint.
pub static RESOURCE_METADATA_IS_OURS: Requirement = Requirement {
    id: "mcp.challenge.resource-metadata-is-ours",
    rule: "The document at resource_metadata describes the endpoint that was asked.",
    advice: "Serve one document per endpoint and point each endpoint at its own.",
    source: Source { doc: &RFC_9728, section: "3.3" },
    answers: &["challenge-resource-metadata-right-endpoint"],
    force: &[should(R2025_06_18)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// A Basic challenge makes browsers ask for a password.
pub static BASIC_IS_NOT_OFFERED: Requirement = Requirement {
    id: "mcp.challenge.basic-is-not-offered",
    rule: "The refusal does not offer Basic beside Bearer.",
    advice: "Leave the Basic challenge out unless clients may really use it: browsers open a password prompt.",
    source: Source { doc: &RFC_9728, section: "5.4" },
    answers: &["challenge-basic-added"],
    force: &[may(R2025_06_18)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// Clients cannot read pages.
pub static REFUSAL_IS_NO_PAGE: Requirement = Requirement {
    id: "mcp.challenge.refusal-is-no-page",
    rule: "The body of a refusal is JSON or empty, not an HTML page.",
    advice: "Send a short JSON body, or none.",
    source: Source { doc: &MCP_HTTP, section: "Sending Messages to the Server" },
    answers: &["challenge-body-shape"],
    force: &[may(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};
