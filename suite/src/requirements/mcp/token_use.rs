//! What the MCP server lets in, and what a refusal gives away.

use proofmark_probe::model::Revision::{R2025_03_26, R2025_06_18, R2025_11_25};
use proofmark_probe::model::{Requirement, Source, may, must, should};

use crate::requirements::documents::{
    MCP_2025_11_25_TRANSPORTS, MCP_AUTHORIZATION, MCP_HTTP, MCP_SECURITY, OAUTH_2_1, RFC_9110, RFC_9111,
};

/// A refusal shows nothing of what it protects.
pub static NOTHING_IS_GIVEN_AWAY: Requirement = Requirement {
    id: "mcp.token.nothing-is-given-away",
    rule: "A refused request gets no result, and its refusal names no tools, resources or server details.",
    advice: "Check the token before anything else is done with the request, and keep data of the server out of refusals.",
    source: Source { doc: &MCP_SECURITY, section: "Access Token Privilege Restriction" },
    answers: &["TOK-010", "challenge-no-data"],
    force: &[must(R2025_06_18)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// A refused request changes nothing.
pub static NOTHING_IS_DONE: Requirement = Requirement {
    id: "mcp.token.nothing-is-done",
    rule: "A tool that writes is not run before its caller is checked.",
    advice: "Check token and scope before the tool is dispatched, not while the answer is written.",
    source: Source { doc: &MCP_SECURITY, section: "Access Token Privilege Restriction" },
    answers: &["TOK-010", "challenge-no-side-effect"],
    force: &[must(R2025_06_18)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// Sessions are for those who are let in.
pub static NO_SESSION_BEFORE_TOKEN: Requirement = Requirement {
    id: "mcp.token.no-session-before-token",
    rule: "A refusal hands out no session.",
    advice: "Create the session after the token was checked.",
    source: Source { doc: &MCP_2025_11_25_TRANSPORTS, section: "Session Management" },
    answers: &["SES-010", "challenge-no-session-minted"],
    force: &[should(R2025_03_26).until(R2025_11_25)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// Refusals keep the inside inside.
pub static NO_STACK_TRACE: Requirement = Requirement {
    id: "mcp.token.no-stack-trace",
    rule: "A refusal shows no stack trace, source path or key.",
    advice: "Send generic messages and keep details in the log.",
    source: Source { doc: &MCP_AUTHORIZATION, section: "Error Handling" },
    answers: &["TOK-022", "challenge-no-stack-trace"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// A refusal does not repeat the token.
pub static NO_TOKEN_ECHO: Requirement = Requirement {
    id: "mcp.token.no-token-echo",
    rule: "A refusal does not repeat the token that was presented.",
    advice: "Do not put the Authorization header or the token into error texts: they end in logs.",
    source: Source { doc: &OAUTH_2_1, section: "5.3" },
    answers: &["challenge-no-token-echo"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// A refusal is for one caller at one time.
pub static REFUSAL_IS_NOT_CACHED: Requirement = Requirement {
    id: "mcp.token.refusal-is-not-cached",
    rule: "A refusal does not allow shared caches to keep it.",
    advice: "Send no Cache-Control with public or a max-age on a 401 or 403; no-store is best.",
    source: Source { doc: &RFC_9111, section: "5.2.2" },
    answers: &["challenge-cache"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// What acts or shows data needs a token, every time.
pub static CALLS_ARE_CHECKED: Requirement = Requirement {
    id: "mcp.token.calls-are-checked",
    rule: "Every request that acts or shows data is refused without a good token, whatever method, session or connection it comes by.",
    advice: "Put the token check in front of the whole endpoint instead of into single methods.",
    source: Source { doc: &MCP_AUTHORIZATION, section: "Token Handling" },
    answers: &["TOK-017", "GEN-008", "challenge-every-method", "rsv-per-request", "rsv-concurrent"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// The handshake and the lists need a token too.
pub static NOTHING_IS_OPEN: Requirement = Requirement {
    id: "mcp.token.nothing-is-open",
    rule: "The handshake, discovery of the server and lists are refused without a token.",
    advice: "Protect every method unless you mean to publish it: the list of tools tells what there is to attack.",
    source: Source { doc: &MCP_HTTP, section: "Security Warning" },
    answers: &["GEN-007", "challenge-every-method"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// A bad token is refused even where none is needed.
pub static BAD_TOKEN_IS_NOT_ANONYMOUS: Requirement = Requirement {
    id: "mcp.token.bad-token-is-not-anonymous",
    rule: "A request with a bad token is refused, also by a method that is open to everybody.",
    advice: "Refuse a token that does not pass before you decide whether one was needed, so that clients learn that it is dead.",
    source: Source { doc: &MCP_AUTHORIZATION, section: "Token Handling" },
    answers: &["rsv-anonymous-fallback"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// Which methods exist is told to callers only.
pub static UNKNOWN_METHOD_AFTER_CHECK: Requirement = Requirement {
    id: "mcp.token.unknown-method-after-check",
    rule: "A method that does not exist draws the same refusal as one that does.",
    advice: "Check the token before the method is looked up.",
    source: Source { doc: &MCP_AUTHORIZATION, section: "Token Handling" },
    answers: &["challenge-every-method"],
    force: &[may(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// The event stream needs a token.
pub static STREAM_IS_PROTECTED: Requirement = Requirement {
    id: "mcp.token.stream-is-protected",
    rule: "GET opens no event stream without a token.",
    advice: "Check the token on GET as on POST.",
    source: Source { doc: &MCP_AUTHORIZATION, section: "Token Handling" },
    answers: &["TOK-017", "challenge-get"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// Past events need a token.
pub static REPLAY_IS_PROTECTED: Requirement = Requirement {
    id: "mcp.token.replay-is-protected",
    rule: "A GET that asks for the events of a stream replays nothing without a token.",
    advice: "Check the token before Last-Event-ID is looked at.",
    source: Source { doc: &MCP_2025_11_25_TRANSPORTS, section: "Resumability and Redelivery" },
    answers: &["challenge-get-last-event-id"],
    force: &[must(R2025_03_26).until(R2025_11_25)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// Other HTTP methods are refused in the right form.
pub static OTHER_VERBS_ARE_REFUSED: Requirement = Requirement {
    id: "mcp.token.other-verbs-are-refused",
    rule: "GET, HEAD, PUT, PATCH and DELETE without a token are answered 401, or 405 where they are not offered.",
    advice: "Answer 401 before, or 405 with Allow for methods that the endpoint does not have.",
    source: Source { doc: &RFC_9110, section: "15.5.6" },
    answers: &["challenge-get", "challenge-delete", "challenge-head", "challenge-put-patch"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// Nobody ends the session of another.
pub static SESSION_ENDS_WITH_TOKEN_ONLY: Requirement = Requirement {
    id: "mcp.token.session-ends-with-token-only",
    rule: "DELETE without a token does not end a session.",
    advice: "Check the token on DELETE as on POST.",
    source: Source { doc: &MCP_AUTHORIZATION, section: "Token Handling" },
    answers: &["TOK-017", "challenge-delete"],
    force: &[must(R2025_03_26).until(R2025_11_25)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// A session does not stand for a token.
pub static SESSION_IS_NO_TOKEN: Requirement = Requirement {
    id: "mcp.token.session-is-no-token",
    rule: "A request within a session is refused without a good token.",
    advice: "Check the token of every request; use the session only to find state.",
    source: Source { doc: &MCP_AUTHORIZATION, section: "Token Requirements" },
    answers: &["SES-007", "TOK-017", "challenge-session-without-token"],
    force: &[must(R2025_03_26).until(R2025_11_25)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// There is no second door.
pub static OTHER_SPELLINGS_ARE_PROTECTED: Requirement = Requirement {
    id: "mcp.token.other-spellings-are-protected",
    rule: "No other spelling of the path leads around the token check.",
    advice: "Protect what the router dispatches to, not a path: proxies and routers disagree about slashes, case and encodings.",
    source: Source { doc: &MCP_AUTHORIZATION, section: "Token Handling" },
    answers: &["challenge-other-paths"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// The old transport is protected too.
pub static OLD_TRANSPORT_IS_PROTECTED: Requirement = Requirement {
    id: "mcp.token.old-transport-is-protected",
    rule: "The event stream of the old transport, where one is still there, opens only with a token.",
    advice: "Put the token check in front of /sse and /messages, or remove them.",
    source: Source { doc: &MCP_AUTHORIZATION, section: "Token Handling" },
    answers: &["challenge-other-paths"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// A header that names a user is no token.
pub static IDENTITY_HEADERS_PROVE_NOTHING: Requirement = Requirement {
    id: "mcp.token.identity-headers-prove-nothing",
    rule: "A header that only names a user does not let a request in.",
    advice: "Trust such headers only from your own proxy, and have the proxy strip what clients send.",
    source: Source { doc: &MCP_AUTHORIZATION, section: "Token Handling" },
    answers: &["challenge-header-variants"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// A changed or made-up token is no token.
pub static FORGED_IS_REFUSED: Requirement = Requirement {
    id: "mcp.token.forged-is-refused",
    rule: "A token that the authorization server did not sign or issue in exactly this form is refused.",
    advice: "Verify the signature over the bytes that were sent with the published key and the expected algorithm, or look the token up by exact comparison.",
    source: Source { doc: &MCP_AUTHORIZATION, section: "Token Handling" },
    answers: &[
        "TOK-003",
        "rsv-sig-flipped",
        "rsv-sig-empty",
        "rsv-sig-missing",
        "rsv-sig-payload-edited",
        "rsv-sig-truncated",
        "rsv-sig-other-token",
        "rsv-opaque-mutations",
        "rsv-opaque-hash-lookup",
    ],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// A token under a key of somebody else is no token.
pub static FOREIGN_KEY_IS_REFUSED: Requirement = Requirement {
    id: "mcp.token.foreign-key-is-refused",
    rule: "A token that is signed with a key the authorization server never published is refused, under any issuer and key id.",
    advice: "Take keys only from the key set of the configured issuer, and compare iss with that issuer.",
    source: Source { doc: &MCP_AUTHORIZATION, section: "Token Handling" },
    answers: &["TOK-003", "TOK-007", "rsv-iss-unknown", "rsv-iss-spoofed", "rsv-kid-unknown"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// Only access tokens are access tokens.
pub static OTHER_KINDS_ARE_REFUSED: Requirement = Requirement {
    id: "mcp.token.other-kinds-are-refused",
    rule: "An ID token, a refresh token, a code or a registration token is not accepted in place of an access token.",
    advice: "Check the audience and the type of a token, and look tokens up only among access tokens.",
    source: Source { doc: &MCP_AUTHORIZATION, section: "Token Handling" },
    answers: &["TOK-008", "rsv-id-token", "regm-token-not-accepted-at-rs", "refresh-token-at-rs", "code-not-a-token"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// A token for another resource is no token here.
pub static OTHER_AUDIENCE_IS_REFUSED: Requirement = Requirement {
    id: "mcp.token.other-audience-is-refused",
    rule: "A token that was issued for another resource is refused.",
    advice: "Compare the audience of the token, or what introspection says of it, with the identifier of this server, as a whole.",
    source: Source { doc: &MCP_SECURITY, section: "Token Audience Binding and Validation" },
    answers: &["TOK-005", "rsv-aud-other-resource", "rsv-userinfo-token"],
    force: &[should(R2025_03_26).until(R2025_03_26), must(R2025_06_18)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// A token for the whole origin is not for this server.
pub static PARENT_AUDIENCE_IS_REFUSED: Requirement = Requirement {
    id: "mcp.token.parent-audience-is-refused",
    rule: "A token that was issued for the origin or a parent path is refused.",
    advice: "Compare the audience as a whole; a match by origin lets in tokens of every other server there.",
    source: Source { doc: &MCP_SECURITY, section: "Token Audience Binding and Validation" },
    answers: &["TOK-005", "rsv-aud-parent"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// A token for nobody is not for this server.
pub static SOME_AUDIENCE_IS_NEEDED: Requirement = Requirement {
    id: "mcp.token.some-audience-is-needed",
    rule: "A token that names no audience is refused, unless the server can tell in another way that it is meant.",
    advice: "Have the authorization server name the resource in every token, and refuse tokens without it.",
    source: Source { doc: &MCP_SECURITY, section: "Access Token Privilege Restriction" },
    answers: &["TOK-006", "rsv-aud-missing"],
    force: &[should(R2025_06_18)],
    ..Requirement::OF_RESOURCE_SERVER
};
