//! Presenting a Bearer token, and the challenge that answers a bad one (OAuth 2.1 §5).

use proofmark_probe::model::Revision::R2025_03_26;
use proofmark_probe::model::{Requirement, Source, may, must, should};

use crate::requirements::documents::OAUTH_2_1;

/// A token in the `Authorization` header is understood.
pub static HEADER_IS_ACCEPTED: Requirement = Requirement {
    id: "oauth21.bearer.header-is-accepted",
    rule: "A good access token in the Authorization header, with the scheme Bearer, is accepted.",
    advice: "Read the token from the Authorization header; header names have no case.",
    source: Source { doc: &OAUTH_2_1, section: "5.1.1" },
    answers: &["TOK-016", "challenge-header-name-case", "rsv-valid-control"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// The scheme is compared without case.
pub static SCHEME_HAS_NO_CASE: Requirement = Requirement {
    id: "oauth21.bearer.scheme-has-no-case",
    rule: "The name of the scheme is understood in any mixture of upper and lower case.",
    advice: "Compare the scheme with Bearer without regard to case.",
    source: Source { doc: &OAUTH_2_1, section: "5.1.1" },
    answers: &["TOK-016", "challenge-bearer-lowercase"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// Spaces around the token do no harm.
pub static SPACES_ARE_TOLERATED: Requirement = Requirement {
    id: "oauth21.bearer.spaces-are-tolerated",
    rule: "More than one space after the scheme, or blanks at the end of the header, do not spoil a good token.",
    advice: "Trim the header value and skip every space between scheme and token, instead of splitting at the first one.",
    source: Source { doc: &OAUTH_2_1, section: "5.1.1" },
    answers: &["challenge-multiple-spaces", "challenge-trailing-space"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// Only the form `Bearer token` carries a Bearer token.
pub static OTHER_FORMS_ARE_REFUSED: Requirement = Requirement {
    id: "oauth21.bearer.other-forms-are-refused",
    rule: "A Bearer token without its scheme, or under the name of another scheme, is not accepted.",
    advice: "Accept a token only behind the scheme Bearer and a space. What other parts of your deployment read from the header must be the same as what you read.",
    source: Source { doc: &OAUTH_2_1, section: "5.1.1" },
    answers: &["challenge-wrong-scheme", "challenge-dpop-scheme-plain-token"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// Nothing may follow the token.
pub static WHOLE_VALUE_COUNTS: Requirement = Requirement {
    id: "oauth21.bearer.whole-value-counts",
    rule: "A header with something behind the token is refused, not cut to what can be used.",
    advice: "Match the whole header value against scheme, space and token68, and refuse it otherwise.",
    source: Source { doc: &OAUTH_2_1, section: "5.1.1" },
    answers: &["challenge-trailing-junk"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// Two credentials are refused, not chosen from.
pub static ONE_CREDENTIAL_COUNTS: Requirement = Requirement {
    id: "oauth21.bearer.one-credential-counts",
    rule: "A request with two Authorization headers, or two credentials in one, is refused.",
    advice: "Refuse a request with more than one Authorization line before you read any of them: a proxy in front may have looked at the other one.",
    source: Source { doc: &OAUTH_2_1, section: "5.3.2" },
    answers: &["TOK-014", "challenge-two-headers", "challenge-comma-joined"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// A token in the query is no token.
pub static QUERY_IS_IGNORED: Requirement = Requirement {
    id: "oauth21.bearer.query-is-ignored",
    rule: "An access token in the query of the URL does not let a request in, whatever the parameter is called.",
    advice: "Never read tokens from the query: URLs end in logs, histories and referrers.",
    source: Source { doc: &OAUTH_2_1, section: "5.1" },
    answers: &["TOK-015", "challenge-query-token", "challenge-query-token-other-names", "challenge-query-plus-header"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// A token in the query beside the header is ignored or refused.
pub static QUERY_DOES_NO_HARM: Requirement = Requirement {
    id: "oauth21.bearer.query-does-no-harm",
    rule: "A good token in the header together with a token in the query is served, or refused with 400.",
    advice: "Ignore the query parameter, or answer 400 with invalid_request.",
    source: Source { doc: &OAUTH_2_1, section: "5.3.2" },
    answers: &["TOK-014", "challenge-query-plus-header"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// A token inside the JSON-RPC message is no token.
pub static JSON_BODY_IS_IGNORED: Requirement = Requirement {
    id: "oauth21.bearer.json-body-is-ignored",
    rule: "An access token inside the JSON-RPC message does not let a request in.",
    advice: "Read tokens from the Authorization header only; messages are logged and handed on.",
    source: Source { doc: &OAUTH_2_1, section: "5.1" },
    answers: &["challenge-body-json-token"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// A token in a cookie is no token.
pub static COOKIE_IS_IGNORED: Requirement = Requirement {
    id: "oauth21.bearer.cookie-is-ignored",
    rule: "An access token in a cookie does not let a request in.",
    advice: "Do not read tokens from cookies: a browser sends them along with requests that other sites start.",
    source: Source { doc: &OAUTH_2_1, section: "5.1" },
    answers: &["challenge-cookie-token"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// A token in another header is no token.
pub static OTHER_HEADERS_ARE_IGNORED: Requirement = Requirement {
    id: "oauth21.bearer.other-headers-are-ignored",
    rule: "An access token in a header other than Authorization does not let a request in.",
    advice: "Read tokens from Authorization only. Where a proxy forwards them in another header, make sure that no client can reach the server without the proxy.",
    source: Source { doc: &OAUTH_2_1, section: "5.1" },
    answers: &["challenge-header-variants"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// A 401 says how to get in.
pub static CHALLENGE_IS_SENT: Requirement = Requirement {
    id: "oauth21.bearer.challenge-is-sent",
    rule: "A 401 carries WWW-Authenticate with a Bearer challenge.",
    advice: "Add WWW-Authenticate: Bearer with at least one parameter, such as resource_metadata, to every 401, and see that proxies keep it.",
    source: Source { doc: &OAUTH_2_1, section: "5.3.1" },
    answers: &["TOK-011", "challenge-header-present", "challenge-scheme-bearer"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// The word Bearer alone is no challenge.
pub static CHALLENGE_HAS_PARAMETER: Requirement = Requirement {
    id: "oauth21.bearer.challenge-has-parameter",
    rule: "The Bearer challenge has at least one parameter.",
    advice: "Name at least the realm; an MCP server has resource_metadata and scope to say.",
    source: Source { doc: &OAUTH_2_1, section: "5.3.1" },
    answers: &["TOK-011", "challenge-has-param"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// The challenge follows the grammar.
pub static CHALLENGE_IS_WELL_FORMED: Requirement = Requirement {
    id: "oauth21.bearer.challenge-is-well-formed",
    rule: "The challenge follows the grammar of HTTP, names no parameter twice and keeps to the characters that OAuth 2.1 allows.",
    advice: "Quote every value that is not a plain token, with double quotes; separate parameters by commas; name each once.",
    source: Source { doc: &OAUTH_2_1, section: "5.3.1" },
    answers: &[
        "TOK-021",
        "challenge-grammar",
        "challenge-param-once",
        "challenge-multiple",
        "challenge-unquoted-token-values",
        "challenge-realm",
    ],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// Quotes and backslashes have no place in the values.
pub static CHALLENGE_NEEDS_NO_ESCAPES: Requirement = Requirement {
    id: "oauth21.bearer.challenge-needs-no-escapes",
    rule: "No value in the challenge holds a quote or a backslash, not even an escaped one.",
    advice: "Leave quotes and backslashes out of error descriptions; many clients do not undo escapes.",
    source: Source { doc: &OAUTH_2_1, section: "5.3.1" },
    answers: &["challenge-grammar"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// Who showed nothing did nothing wrong.
pub static NO_ERROR_WITHOUT_CREDENTIALS: Requirement = Requirement {
    id: "oauth21.bearer.no-error-without-credentials",
    rule: "The challenge for a request without credentials has no error code.",
    advice: "Leave error and error_description out when no Bearer token came. Clients take invalid_token as a reason to throw a token away.",
    source: Source { doc: &OAUTH_2_1, section: "5.3.2" },
    answers: &["TOK-013", "challenge-no-token-no-error-code", "challenge-wrong-scheme"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// The challenge says that the token is bad.
pub static BAD_TOKEN_IS_NAMED: Requirement = Requirement {
    id: "oauth21.bearer.bad-token-is-named",
    rule: "The challenge for a bad token has error=\"invalid_token\".",
    advice: "Add error=\"invalid_token\" to the challenge when a token came and was not good, so that clients know to get another.",
    source: Source { doc: &OAUTH_2_1, section: "5.3.1" },
    answers: &["TOK-012", "challenge-error-code"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// An error page has a full address.
pub static ERROR_URI_IS_ABSOLUTE: Requirement = Requirement {
    id: "oauth21.bearer.error-uri-is-absolute",
    rule: "Where the challenge has an error_uri, it is an absolute URI.",
    advice: "Give error_uri as a full URL, or leave it out.",
    source: Source { doc: &OAUTH_2_1, section: "5.3.1" },
    answers: &["challenge-error-uri"],
    force: &[may(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};
