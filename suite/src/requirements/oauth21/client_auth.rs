//! Client authentication by a secret (OAuth 2.1 §2.4).

use proofmark_probe::model::Revision::R2025_03_26;
use proofmark_probe::model::{Requirement, Source, may, must, should};

use crate::requirements::documents::OAUTH_2_1;

/// A server that lists HTTP Basic takes a secret that way.
pub static BASIC_WORKS: Requirement = Requirement {
    id: "oauth21.client-auth.basic-works",
    rule: "A server that lists HTTP Basic takes a secret that way.",
    advice: "Take client_id and client_secret from the Authorization header, or do not list client_secret_basic.",
    source: Source { doc: &OAUTH_2_1, section: "2.4.1" },
    answers: &["clientauth-basic"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A client with a secret may send it in the body of the request.
pub static POST_WORKS: Requirement = Requirement {
    id: "oauth21.client-auth.post-works",
    rule: "A client with a secret may send it in the body of the request.",
    advice: "Take client_id and client_secret from the form, and list client_secret_post.",
    source: Source { doc: &OAUTH_2_1, section: "2.4.1" },
    answers: &["clientauth-post"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// Identifier and secret in HTTP Basic are form-encoded, and the server undoes that.
pub static BASIC_IS_DECODED: Requirement = Requirement {
    id: "oauth21.client-auth.basic-is-decoded",
    rule: "Identifier and secret in HTTP Basic are form-encoded, and the server undoes that.",
    advice: "Decode the base64 text, split it at the first colon, and form-decode each half (Appendix B).",
    source: Source { doc: &OAUTH_2_1, section: "2.4.1" },
    answers: &["clientauth-basic-encoding"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A client that presents a wrong secret gets nothing.
pub static WRONG_SECRET_REFUSED: Requirement = Requirement {
    id: "oauth21.client-auth.wrong-secret",
    rule: "A client that presents a wrong secret gets nothing.",
    advice: "Compare the whole secret, in constant time, before anything is issued.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.4" },
    answers: &["clientauth-wrong-secret-basic", "clientauth-wrong-secret-post"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// Failed client authentication is reported as invalid_client.
pub static FAILURE_IS_INVALID_CLIENT: Requirement = Requirement {
    id: "oauth21.client-auth.invalid-client",
    rule: "Failed client authentication is reported as invalid_client.",
    advice: "Answer with the error code invalid_client whenever the client could not be authenticated, whatever else is wrong.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.4" },
    answers: &["clientauth-wrong-secret-basic", "clientauth-wrong-secret-post", "clientauth-missing"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// Failed HTTP Basic authentication is answered 401.
pub static FAILED_BASIC_IS_401: Requirement = Requirement {
    id: "oauth21.client-auth.failed-basic-is-401",
    rule: "Failed HTTP Basic authentication is answered 401.",
    advice: "Answer 401 where the client tried the Authorization header.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.4" },
    answers: &["clientauth-wrong-secret-basic"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// Failed HTTP Basic authentication is answered with a challenge of that scheme.
pub static FAILED_BASIC_IS_CHALLENGED: Requirement = Requirement {
    id: "oauth21.client-auth.failed-basic-is-challenged",
    rule: "Failed HTTP Basic authentication is answered with a challenge of that scheme.",
    advice: "Send WWW-Authenticate: Basic realm=… with that 401. Few clients read it, and popular servers forget it; it is a plain demand all the same.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.4" },
    answers: &["clientauth-wrong-secret-basic"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// Failed client authentication is answered 400 or 401 by a JSON object with an error code.
pub static FAILURE_HAS_FORM: Requirement = Requirement {
    id: "oauth21.client-auth.failure-has-form",
    rule: "Failed client authentication is answered 400 or 401 by a JSON object with an error code.",
    advice: "Catch malformed credentials and unknown clients, and answer as for a wrong secret.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.4" },
    answers: &["clientauth-unknown-client", "clientauth-basic-malformed"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// Malformed credentials authenticate nobody.
pub static MALFORMED_BASIC_REFUSED: Requirement = Requirement {
    id: "oauth21.client-auth.malformed-basic",
    rule: "Malformed credentials authenticate nobody.",
    advice: "Refuse an Authorization header that is not Basic credentials, and do not go on without it.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.4" },
    answers: &["clientauth-basic-malformed"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A confidential client that does not authenticate gets nothing.
pub static CLIENT_AUTHENTICATES: Requirement = Requirement {
    id: "oauth21.client-auth.required",
    rule: "A confidential client that does not authenticate gets nothing.",
    advice: "Demand the credentials of each client that has some, for each grant.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.2" },
    answers: &["clientauth-missing"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A client that does not exist gets nothing.
pub static UNKNOWN_CLIENT_REFUSED: Requirement = Requirement {
    id: "oauth21.client-auth.unknown-client",
    rule: "A client that does not exist gets nothing.",
    advice: "Refuse unknown client identifiers with invalid_client.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.4" },
    answers: &["clientauth-unknown-client"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// An empty secret authenticates nobody.
pub static EMPTY_SECRET_REFUSED: Requirement = Requirement {
    id: "oauth21.client-auth.empty-secret",
    rule: "An empty secret authenticates nobody.",
    advice: "Treat an empty client_secret as no secret at all, and a client with a secret as unauthenticated.",
    source: Source { doc: &OAUTH_2_1, section: "2.4" },
    answers: &["clientauth-empty-secret"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// Secrets are compared with case.
pub static SECRET_HAS_CASE: Requirement = Requirement {
    id: "oauth21.client-auth.secret-has-case",
    rule: "Secrets are compared with case.",
    advice: "Compare secrets byte by byte; mind databases whose collation ignores case.",
    source: Source { doc: &OAUTH_2_1, section: "1.9" },
    answers: &["clientauth-secret-case"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A request with two ways of client authentication is refused.
pub static ONE_METHOD_A_REQUEST: Requirement = Requirement {
    id: "oauth21.client-auth.one-method",
    rule: "A request with two ways of client authentication is refused.",
    advice: "Answer invalid_request when credentials come in the header and in the body.",
    source: Source { doc: &OAUTH_2_1, section: "2.4" },
    answers: &["clientauth-two-methods"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The credentials of one client yield no token of another.
pub static NOBODY_ELSES_CREDENTIALS: Requirement = Requirement {
    id: "oauth21.client-auth.nobody-elses",
    rule: "The credentials of one client yield no token of another.",
    advice: "Issue for the client that authenticated, never for one that is merely named.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.2" },
    answers: &["clientauth-id-mismatch"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A request that names two clients is refused.
pub static NAMES_AGREE: Requirement = Requirement {
    id: "oauth21.client-auth.names-agree",
    rule: "A request that names two clients is refused.",
    advice: "Refuse a client_id in the body that is not the one that authenticated.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.2" },
    answers: &["clientauth-id-mismatch"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A secret in the URL authenticates nobody.
pub static NO_SECRET_IN_QUERY: Requirement = Requirement {
    id: "oauth21.client-auth.no-secret-in-query",
    rule: "A secret in the URL authenticates nobody.",
    advice: "Read client credentials from the header or the body alone: URLs end up in logs.",
    source: Source { doc: &OAUTH_2_1, section: "2.4.1" },
    answers: &["clientauth-secret-in-query"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A public client that sends a secret is refused.
pub static STRAY_SECRET_REFUSED: Requirement = Requirement {
    id: "oauth21.client-auth.stray-secret",
    rule: "A public client that sends a secret is refused.",
    advice: "Check credentials that are there, even where none are needed.",
    source: Source { doc: &OAUTH_2_1, section: "3.2.2" },
    answers: &["clientauth-public-with-secret"],
    force: &[may(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};
