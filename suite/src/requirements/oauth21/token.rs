//! The token endpoint: what it takes and how it answers (OAuth 2.1 §3.2).

use proofmark_probe::model::Revision::R2025_03_26;
use proofmark_probe::model::{Requirement, Source, must, should};

use crate::requirements::documents::OAUTH_2_1;

/// A token response is HTTP 200 with a JSON object that holds the access token and its type as strings.
pub static TOKEN_RESPONSE_SHAPE: Requirement = Requirement {
    id: "oauth21.token.response-shape",
    rule: "A token response is HTTP 200 with a JSON object that holds the access token and its type as strings.",
    advice: "Answer a granted token request with status 200, Content-Type application/json, and the members access_token and token_type at the top level.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.3" },
    answers: &["token-success-shape", "TK-006"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A token response may not be stored by any cache.
pub static TOKEN_RESPONSE_NOT_STORED: Requirement = Requirement {
    id: "oauth21.token.not-stored",
    rule: "A token response may not be stored by any cache.",
    advice: "Send Cache-Control: no-store with each response of the token endpoint that holds a token.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.3" },
    answers: &["token-no-store", "TK-006"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The token type names how the token is used, which for a client that proved no key is Bearer.
pub static TOKEN_TYPE_IS_BEARER: Requirement = Requirement {
    id: "oauth21.token.type",
    rule: "The token type names how the token is used, which for a client that proved no key is Bearer.",
    advice: "Set token_type to Bearer, in any case of letters, unless the token request carried a DPoP proof.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.3" },
    answers: &["token-type-value", "TK-006"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A member without a value is left out of a token response.
pub static NO_NULL_MEMBERS: Requirement = Requirement {
    id: "oauth21.token.no-null-members",
    rule: "A member without a value is left out of a token response.",
    advice: "Leave members such as refresh_token or scope out instead of setting them to null.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.3" },
    answers: &["token-no-null-members"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// An access token consists of characters that an Authorization header can carry.
pub static ACCESS_TOKEN_FITS_HEADER: Requirement = Requirement {
    id: "oauth21.token.fits-header",
    rule: "An access token consists of characters that an Authorization header can carry.",
    advice: "Build access tokens of letters, digits and - . _ ~ + / with = only at the end.",
    source: Source { doc: &OAUTH_2_1, section: "5.1.1" },
    answers: &["token-at-syntax"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// An access token cannot be guessed.
pub static ACCESS_TOKEN_UNPREDICTABLE: Requirement = Requirement {
    id: "oauth21.token.unpredictable",
    rule: "An access token cannot be guessed.",
    advice: "Draw at least 128 bits from a cryptographic random source for each opaque token, or sign it.",
    source: Source { doc: &OAUTH_2_1, section: "7.7" },
    answers: &["token-entropy"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// Each grant gets an access token of its own.
pub static ACCESS_TOKEN_UNIQUE: Requirement = Requirement {
    id: "oauth21.token.unique",
    rule: "Each grant gets an access token of its own.",
    advice: "Make each issued access token distinct, so that revoking or tracing one does not touch another.",
    source: Source { doc: &OAUTH_2_1, section: "7.7" },
    answers: &["token-unique"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The token endpoint issues nothing in answer to a GET request.
pub static TOKEN_BY_POST_ONLY: Requirement = Requirement {
    id: "oauth21.token.by-post-only",
    rule: "The token endpoint issues nothing in answer to a GET request.",
    advice: "Serve the token endpoint by POST alone: what stands in a URL ends up in logs and histories.",
    source: Source { doc: &OAUTH_2_1, section: "3.2" },
    answers: &["token-post-only"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The token endpoint takes its parameters from the body, not from the URL.
pub static TOKEN_PARAMS_IN_BODY: Requirement = Requirement {
    id: "oauth21.token.params-in-body",
    rule: "The token endpoint takes its parameters from the body, not from the URL.",
    advice: "Read token request parameters from the form body only; a query string ends up in logs.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.2" },
    answers: &["token-query-params", "refresh-in-query"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The token endpoint takes a form, not JSON.
pub static TOKEN_BODY_IS_FORM: Requirement = Requirement {
    id: "oauth21.token.body-is-form",
    rule: "The token endpoint takes a form, not JSON.",
    advice: "Refuse a token request whose Content-Type is not application/x-www-form-urlencoded; any other type invites two readings of one request.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.2" },
    answers: &["token-json-body"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A charset parameter beside the form media type makes no difference.
pub static TOKEN_CHARSET_TOLERATED: Requirement = Requirement {
    id: "oauth21.token.charset-tolerated",
    rule: "A charset parameter beside the form media type makes no difference.",
    advice: "Compare the media type without its parameters.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.2" },
    answers: &["token-charset-param"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The token endpoint answers unusual requests without breaking down and without a redirect.
pub static TOKEN_ENDPOINT_STANDS: Requirement = Requirement {
    id: "oauth21.token.stands",
    rule: "The token endpoint answers unusual requests without breaking down and without a redirect.",
    advice: "Answer requests of another method, media type or size with a 4xx status; never with a 5xx or a redirect.",
    source: Source { doc: &OAUTH_2_1, section: "3.2" },
    answers: &[
        "token-no-content-type",
        "token-multipart",
        "token-head-options",
        "token-large-body",
        "token-no-redirect",
    ],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A parameter that the token endpoint does not know is ignored.
pub static UNKNOWN_PARAM_IGNORED: Requirement = Requirement {
    id: "oauth21.token.unknown-param-ignored",
    rule: "A parameter that the token endpoint does not know is ignored.",
    advice: "Do not refuse a token request for parameters you do not know.",
    source: Source { doc: &OAUTH_2_1, section: "3.2" },
    answers: &["token-unknown-param-ignored"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A parameter without a value counts as left out.
pub static EMPTY_PARAM_IS_ABSENT: Requirement = Requirement {
    id: "oauth21.token.empty-param-is-absent",
    rule: "A parameter without a value counts as left out.",
    advice: "Drop empty parameters before a token request is validated.",
    source: Source { doc: &OAUTH_2_1, section: "3.2" },
    answers: &["token-empty-param-omitted"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A token request that names a parameter twice is refused.
pub static DUPLICATE_PARAM_REFUSED: Requirement = Requirement {
    id: "oauth21.token.duplicate-param-refused",
    rule: "A token request that names a parameter twice is refused.",
    advice: "Refuse a token request with a repeated parameter (resource excepted) with invalid_request: two components may read two different values.",
    source: Source { doc: &OAUTH_2_1, section: "3.2" },
    answers: &["token-duplicate-params"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A token request without a grant type is refused.
pub static GRANT_TYPE_REQUIRED: Requirement = Requirement {
    id: "oauth21.token.grant-type-required",
    rule: "A token request without a grant type is refused.",
    advice: "Answer a token request without grant_type with the error invalid_request.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.2" },
    answers: &["token-grant-type-missing"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A token request with an unknown grant type is refused.
pub static GRANT_TYPE_KNOWN: Requirement = Requirement {
    id: "oauth21.token.grant-type-known",
    rule: "A token request with an unknown grant type is refused.",
    advice: "Answer a grant_type that you do not support with the error unsupported_grant_type.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.4" },
    answers: &["token-grant-type-unknown"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The refusal names what is wrong with the grant type.
pub static GRANT_TYPE_ERROR: Requirement = Requirement {
    id: "oauth21.token.grant-type-error",
    rule: "The refusal names what is wrong with the grant type.",
    advice: "Use invalid_request for a missing grant_type and unsupported_grant_type for an unknown one.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.4" },
    answers: &["token-grant-type-missing", "token-grant-type-unknown", "TK-007"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A grant type is compared letter by letter.
pub static GRANT_TYPE_EXACT: Requirement = Requirement {
    id: "oauth21.token.grant-type-exact",
    rule: "A grant type is compared letter by letter.",
    advice: "Compare grant_type with case.",
    source: Source { doc: &OAUTH_2_1, section: "1.9" },
    answers: &["token-grant-type-case"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A refused token request is answered with HTTP 400 (401 for a client that failed to authenticate) and a JSON object that has an error code.
pub static TOKEN_ERROR_SHAPE: Requirement = Requirement {
    id: "oauth21.token.error-shape",
    rule: "A refused token request is answered with HTTP 400 (401 for a client that failed to authenticate) and a JSON object that has an error code.",
    advice: "Catch every failure of the token endpoint and answer 400 with Content-Type application/json and a string member error.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.4" },
    answers: &["token-error-shape", "token-content-length-zero", "TK-007"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A client gets nothing by a grant type that it did not register.
pub static GRANT_ONLY_IF_REGISTERED: Requirement = Requirement {
    id: "oauth21.token.grant-only-if-registered",
    rule: "A client gets nothing by a grant type that it did not register.",
    advice: "Check the grant_types of the client's registration before serving a token request.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.4" },
    answers: &["token-grant-not-allowed", "cc-not-allowed-client"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The refusal of a grant type that the client did not register says so.
pub static UNREGISTERED_GRANT_ERROR: Requirement = Requirement {
    id: "oauth21.token.unregistered-grant-error",
    rule: "The refusal of a grant type that the client did not register says so.",
    advice: "Answer with the error unauthorized_client.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.4" },
    answers: &["token-grant-not-allowed", "cc-not-allowed-client"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A client registered for client credentials gets a token for itself.
pub static MACHINE_GRANT_WORKS: Requirement = Requirement {
    id: "oauth21.token.machine-grant-works",
    rule: "A client registered for client credentials gets a token for itself.",
    advice: "Serve grant_type=client_credentials for clients that authenticate and registered for it, or do not list it in the metadata.",
    source: Source { doc: &OAUTH_2_1, section: "4.2" },
    answers: &["cc-happy-secret"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// Client credentials yield nothing without an authenticated client.
pub static MACHINE_GRANT_NEEDS_CLIENT: Requirement = Requirement {
    id: "oauth21.token.machine-grant-needs-client",
    rule: "Client credentials yield nothing without an authenticated client.",
    advice: "Demand client authentication for grant_type=client_credentials, and refuse it to public clients.",
    source: Source { doc: &OAUTH_2_1, section: "4.2" },
    answers: &["cc-no-auth", "cc-public-client-refused"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The refusal of client credentials names the client as the reason.
pub static MACHINE_GRANT_ERROR: Requirement = Requirement {
    id: "oauth21.token.machine-grant-error",
    rule: "The refusal of client credentials names the client as the reason.",
    advice: "Answer with invalid_client, unauthorized_client or unsupported_grant_type.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.4" },
    answers: &["cc-no-auth", "cc-public-client-refused"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A machine gets no scope that the server does not know.
pub static MACHINE_SCOPE_KNOWN: Requirement = Requirement {
    id: "oauth21.token.machine-scope-known",
    rule: "A machine gets no scope that the server does not know.",
    advice: "Validate the scope of client credentials like any other; refuse what is unknown or leave it out and say so.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.4" },
    answers: &["cc-scope-invalid"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};
