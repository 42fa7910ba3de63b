//! The authorization endpoint: requests it must understand, and how it answers (OAuth 2.1 §3.1, §4.1).

use proofmark_probe::model::Revision::{R2025_03_26, R2025_06_18};
use proofmark_probe::model::{Requirement, Source, may, must, should};

use crate::requirements::documents::{MCP_AUTHORIZATION, OAUTH_2_1};

/// The authorization endpoint answers GET.
pub static GET_WORKS: Requirement = Requirement {
    id: "oauth21.authorization.get",
    rule: "The authorization endpoint answers GET.",
    advice: "Serve GET: a link is how every client sends its user.",
    source: Source { doc: &OAUTH_2_1, section: "3.1" },
    answers: &["authz-get"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The authorization endpoint answers POST as it answers GET.
pub static POST_WORKS: Requirement = Requirement {
    id: "oauth21.authorization.post",
    rule: "The authorization endpoint answers POST as it answers GET.",
    advice: "Nothing obliges a server here.",
    source: Source { doc: &OAUTH_2_1, section: "3.1" },
    answers: &["authz-post"],
    force: &[may(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// Unless asked otherwise the code comes in the query of the redirect.
pub static CODE_IN_QUERY: Requirement = Requirement {
    id: "oauth21.authorization.code-in-query",
    rule: "Unless asked otherwise the code comes in the query of the redirect.",
    advice: "Use the fragment only for a response mode that the client asked for; servers never see fragments.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.2" },
    answers: &["authz-code-in-query"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A flow with the resource parameter of the MCP server ends in a token.
pub static RESOURCE_TOLERATED: Requirement = Requirement {
    id: "mcp.authorization.resource-tolerated",
    rule: "A flow with the resource parameter of the MCP server ends in a token.",
    advice: "Accept resource in authorization and token requests, and ignore it if you do not know resource indicators: MCP clients always send it.",
    source: Source { doc: &MCP_AUTHORIZATION, section: "Resource Parameter Implementation" },
    answers: &["AZ-018"],
    force: &[must(R2025_06_18)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// Parameters that the authorization endpoint does not know are ignored.
pub static UNKNOWN_IGNORED: Requirement = Requirement {
    id: "oauth21.authorization.unknown-parameters",
    rule: "Parameters that the authorization endpoint does not know are ignored.",
    advice: "Ignore what you do not know: that is how OAuth gets extended.",
    source: Source { doc: &OAUTH_2_1, section: "3.1" },
    answers: &["authz-unknown-param-ignored", "AZ-018"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A parameter without a value is treated as if it had been left out.
pub static EMPTY_OMITTED: Requirement = Requirement {
    id: "oauth21.authorization.empty-parameters",
    rule: "A parameter without a value is treated as if it had been left out.",
    advice: "Drop empty parameters before anything is validated.",
    source: Source { doc: &OAUTH_2_1, section: "3.1" },
    answers: &["authz-empty-param-omitted"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// An empty state does not come back.
pub static EMPTY_STATE: Requirement = Requirement {
    id: "oauth21.authorization.empty-state",
    rule: "An empty state does not come back.",
    advice: "Return state only when it had a value.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.2" },
    answers: &["authz-empty-param-omitted"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The state comes back with the code, byte for byte.
pub static STATE_RETURNED: Requirement = Requirement {
    id: "oauth21.authorization.state-returned",
    rule: "The state comes back with the code, byte for byte.",
    advice: "Keep the decoded value as it is and form-encode it once on the way out; refuse a state that is too long for you instead of cutting it.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.2" },
    answers: &["AZ-015", "authz-state-roundtrip"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The state comes back with an error, byte for byte.
pub static STATE_IN_ERRORS: Requirement = Requirement {
    id: "oauth21.authorization.state-in-errors",
    rule: "The state comes back with an error, byte for byte.",
    advice: "Read state before anything is validated, so that it is at hand on every error path: clients discard responses without it.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.2.1" },
    answers: &["AZ-015", "authz-state-in-errors"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A request without state gets a response without state.
pub static STATE_NOT_INVENTED: Requirement = Requirement {
    id: "oauth21.authorization.state-not-invented",
    rule: "A request without state gets a response without state.",
    advice: "Return only what was sent.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.2" },
    answers: &["authz-state-absent"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// An error with a good client and redirect URI goes back to the client.
pub static ERROR_TO_CLIENT: Requirement = Requirement {
    id: "oauth21.authorization.error-to-client",
    rule: "An error with a good client and redirect URI goes back to the client.",
    advice: "Redirect with error and state once client and redirect URI are known good; a client that hears nothing leaves its user on your page.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.2.1" },
    answers: &["authz-error-to-client"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// An error response carries neither a code nor a token.
pub static ERROR_WITHOUT_CODE: Requirement = Requirement {
    id: "oauth21.authorization.error-without-code",
    rule: "An error response carries neither a code nor a token.",
    advice: "Build the response from either the error or the grant, never from both.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.2.1" },
    answers: &["authz-error-to-client", "authz-response-type-missing"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A request with a missing or unknown response type gets no code.
pub static RESPONSE_TYPE_KNOWN: Requirement = Requirement {
    id: "oauth21.authorization.response-type",
    rule: "A request with a missing or unknown response type gets no code.",
    advice: "Demand response_type and refuse every value that you do not implement.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.1" },
    answers: &["authz-response-type-missing", "authz-response-type-unknown"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The response type is compared with its letter case.
pub static RESPONSE_TYPE_CASE: Requirement = Requirement {
    id: "oauth21.authorization.response-type-case",
    rule: "The response type is compared with its letter case.",
    advice: "Compare the string as it is.",
    source: Source { doc: &OAUTH_2_1, section: "1.9" },
    answers: &["authz-response-type-case"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// An unknown response type is refused with unsupported_response_type.
pub static RESPONSE_TYPE_ERROR: Requirement = Requirement {
    id: "oauth21.authorization.response-type-error",
    rule: "An unknown response type is refused with unsupported_response_type.",
    advice: "Use the error code that names the problem.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.2.1" },
    answers: &["authz-response-type-unknown"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// No access token comes through the browser.
pub static NO_FRONT_TOKEN: Requirement = Requirement {
    id: "oauth21.authorization.no-token-in-front",
    rule: "No access token comes through the browser.",
    advice: "Switch the implicit and hybrid response types off: a token in a URL leaks through history, logs and referrers.",
    source: Source { doc: &OAUTH_2_1, section: "10.1" },
    answers: &["authz-response-type-token", "authz-response-type-combined", "authz-no-token-in-front"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A malformed authorization request is refused without a server error.
pub static MALFORMED_SURVIVED: Requirement = Requirement {
    id: "mcp.errors.malformed-authorization",
    rule: "A malformed authorization request is refused without a server error.",
    advice: "Answer with an error redirect or an error page of status 400; what cannot be decoded is an error of the request, not of the server.",
    source: Source { doc: &MCP_AUTHORIZATION, section: "Error Handling" },
    answers: &["AZ-021"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The page that refuses a malformed authorization request has the status 400.
pub static MALFORMED_IS_400: Requirement = Requirement {
    id: "mcp.errors.malformed-is-400",
    rule: "The page that refuses a malformed authorization request has the status 400.",
    advice: "Set the status of the error page to 400.",
    source: Source { doc: &MCP_AUTHORIZATION, section: "Error Handling" },
    answers: &["AZ-021"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A token request without a grant type is answered 400, or 401 where the client failed to authenticate.
pub static MALFORMED_TOKEN_REQUEST: Requirement = Requirement {
    id: "mcp.errors.malformed-token-request",
    rule: "A token request without a grant type is answered 400, or 401 where the client failed to authenticate.",
    advice: "Answer with 400 and the error invalid_request.",
    source: Source { doc: &MCP_AUTHORIZATION, section: "Error Handling" },
    answers: &["AZ-021"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A request with a very long scope is answered without a server error.
pub static LONG_SURVIVED: Requirement = Requirement {
    id: "oauth21.authorization.long-request",
    rule: "A request with a very long scope is answered without a server error.",
    advice: "Bound what you read and answer longer requests with 414 or an error.",
    source: Source { doc: &OAUTH_2_1, section: "7.11" },
    answers: &["authz-long-request"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A request that repeats a parameter is refused.
pub static NOT_REPEATED: Requirement = Requirement {
    id: "oauth21.authorization.not-repeated",
    rule: "A request that repeats a parameter is refused.",
    advice: "Refuse repeated parameters: two components that pick differently between the first and the last see two requests.",
    source: Source { doc: &OAUTH_2_1, section: "3.1" },
    answers: &["authz-duplicate-params"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A user who has not signed in is not redirected with an error.
pub static LOGIN_FIRST: Requirement = Requirement {
    id: "oauth21.authorization.login-before-error",
    rule: "A user who has not signed in is not redirected with an error.",
    advice: "Show the login page before you redirect with an error to a client that anyone could have registered: otherwise your host is an open redirector by registration.",
    source: Source { doc: &OAUTH_2_1, section: "7.12.2" },
    answers: &["AZ-009", "authz-error-before-login"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// Pages on which a user signs in or agrees cannot be framed by other sites.
pub static FRAMING: Requirement = Requirement {
    id: "oauth21.pages.framing",
    rule: "Pages on which a user signs in or agrees cannot be framed by other sites.",
    advice: "Send Content-Security-Policy with frame-ancestors, or X-Frame-Options: DENY, with every page of the sign-in.",
    source: Source { doc: &OAUTH_2_1, section: "7.10" },
    answers: &["AZ-020", "authz-framing"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// Framing is forbidden by a header, not by a script alone.
pub static FRAMING_BY_HEADER: Requirement = Requirement {
    id: "oauth21.pages.framing-by-header",
    rule: "Framing is forbidden by a header, not by a script alone.",
    advice: "Send the header: a frame can switch off the scripts within it.",
    source: Source { doc: &OAUTH_2_1, section: "7.10" },
    answers: &["AZ-020", "authz-framing"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// Framing is forbidden by a content security policy.
pub static FRAMING_BY_CSP: Requirement = Requirement {
    id: "oauth21.pages.framing-by-csp",
    rule: "Framing is forbidden by a content security policy.",
    advice: "Send Content-Security-Policy: frame-ancestors beside X-Frame-Options, which browsers read less strictly.",
    source: Source { doc: &OAUTH_2_1, section: "7.10" },
    answers: &["authz-csp"],
    force: &[may(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};
