//! Dynamic client registration (RFC 7591).

use proofmark_probe::model::Revision::{R2025_03_26, R2025_11_25};
use proofmark_probe::model::{Requirement, Source, must, should};

use crate::requirements::documents::{CLIENT_ID_METADATA, CLIENT_ID_METADATA_01, RFC_7591};

/// A client that did not register the refresh token grant gets no refresh token.
pub static NO_UNASKED_REFRESH_TOKEN: Requirement = Requirement {
    id: "rfc7591.token.no-unasked-refresh-token",
    rule: "A client that did not register the refresh token grant gets no refresh token.",
    advice: "Issue refresh tokens only to clients whose grant_types hold refresh_token.",
    source: Source { doc: &RFC_7591, section: "2" },
    answers: &["token-no-rt-without-grant"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A client gets no scope beyond its registration.
pub static CLIENT_SCOPE_BINDS: Requirement = Requirement {
    id: "rfc7591.scope.client-limit-binds",
    rule: "A client gets no scope beyond its registration.",
    advice: "Check requested scopes against the scope that the client registered.",
    source: Source { doc: &RFC_7591, section: "2" },
    answers: &["scope-client-not-allowed"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A registration is answered 201 with a JSON object that holds the client identifier.
pub static REGISTRATION_IS_201: Requirement = Requirement {
    id: "rfc7591.registration.is-201",
    rule: "A registration is answered 201 with a JSON object that holds the client identifier.",
    advice: "Answer with status 201, Content-Type application/json and client_id.",
    source: Source { doc: &RFC_7591, section: "3.2.1" },
    answers: &["reg-happy-public", "REG-001"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The answer to a registration tells what was registered.
pub static REGISTRATION_ECHOES: Requirement = Requirement {
    id: "rfc7591.registration.echoes",
    rule: "The answer to a registration tells what was registered.",
    advice: "Return redirect_uris, grant_types, response_types and token_endpoint_auth_method as they were stored.",
    source: Source { doc: &RFC_7591, section: "3.2.1" },
    answers: &["reg-echo-all"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// Redirect URIs are told as they were sent.
pub static REGISTRATION_ECHOES_URIS_EXACTLY: Requirement = Requirement {
    id: "rfc7591.registration.echoes-uris-exactly",
    rule: "Redirect URIs are told as they were sent.",
    advice: "Store and return redirect URIs without normalising them: they are compared as strings later.",
    source: Source { doc: &RFC_7591, section: "3.2.1" },
    answers: &["reg-echo-uri-byte-exact"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A secret comes with the time of its end, in seconds, or 0.
pub static SECRET_HAS_EXPIRY: Requirement = Requirement {
    id: "rfc7591.registration.secret-has-expiry",
    rule: "A secret comes with the time of its end, in seconds, or 0.",
    advice: "Return client_secret_expires_at with each client_secret.",
    source: Source { doc: &RFC_7591, section: "3.2.1" },
    answers: &["reg-happy-confidential"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A public client gets no secret.
pub static NO_SECRET_FOR_PUBLIC: Requirement = Requirement {
    id: "rfc7591.registration.no-secret-for-public",
    rule: "A public client gets no secret.",
    advice: "Issue a secret only to clients that authenticate with one.",
    source: Source { doc: &RFC_7591, section: "2" },
    answers: &["reg-no-secret-for-none"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// Each client gets a secret of its own.
pub static SECRET_NOT_SHARED: Requirement = Requirement {
    id: "rfc7591.registration.secret-not-shared",
    rule: "Each client gets a secret of its own.",
    advice: "Draw a new secret for each registration.",
    source: Source { doc: &RFC_7591, section: "3.2.1" },
    answers: &["reg-secret-unique"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A client does not choose its secret.
pub static SECRET_NOT_CHOSEN: Requirement = Requirement {
    id: "rfc7591.registration.secret-not-chosen",
    rule: "A client does not choose its secret.",
    advice: "Ignore client_secret in a registration.",
    source: Source { doc: &RFC_7591, section: "2" },
    answers: &["reg-client-secret-not-chosen"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// Client metadata that the server does not know is ignored.
pub static UNKNOWN_METADATA_IGNORED: Requirement = Requirement {
    id: "rfc7591.registration.unknown-metadata-ignored",
    rule: "Client metadata that the server does not know is ignored.",
    advice: "Ignore unknown members of a registration, application_type among them.",
    source: Source { doc: &RFC_7591, section: "2" },
    answers: &["reg-unknown-members-ignored", "reg-application-type-native"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A client that names no authentication method is told which one it has.
pub static METHOD_TOLD: Requirement = Requirement {
    id: "rfc7591.registration.method-told",
    rule: "A client that names no authentication method is told which one it has.",
    advice: "Return token_endpoint_auth_method; the default is client_secret_basic, with a secret.",
    source: Source { doc: &RFC_7591, section: "2" },
    answers: &["reg-default-auth-method"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A registration that is not JSON is refused.
pub static REGISTRATION_BY_JSON_ONLY: Requirement = Requirement {
    id: "rfc7591.registration.by-json-only",
    rule: "A registration that is not JSON is refused.",
    advice: "Demand Content-Type application/json: any web page can send a form.",
    source: Source { doc: &RFC_7591, section: "3.1" },
    answers: &["reg-content-type"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A refused registration is answered by a JSON object with an error code.
pub static REGISTRATION_ERROR_SHAPE: Requirement = Requirement {
    id: "rfc7591.registration.error-shape",
    rule: "A refused registration is answered by a JSON object with an error code.",
    advice: "Answer 400 with Content-Type application/json and a string member error.",
    source: Source { doc: &RFC_7591, section: "3.2.2" },
    answers: &["reg-error-shape", "reg-bad-json"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// Wrong types in a registration do not break the server.
pub static REGISTRATION_STANDS: Requirement = Requirement {
    id: "rfc7591.registration.stands",
    rule: "Wrong types in a registration do not break the server.",
    advice: "Validate types before use; answer 400.",
    source: Source { doc: &RFC_7591, section: "3.2.2" },
    answers: &["reg-wrong-types", "reg-null-members"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// Keys are registered by value or by address, and never by both.
pub static KEYS_NOT_TWICE: Requirement = Requirement {
    id: "rfc7591.registration.keys-not-twice",
    rule: "Keys are registered by value or by address, and never by both.",
    advice: "Refuse a registration with jwks and jwks_uri, or tell which of the two you kept.",
    source: Source { doc: &RFC_7591, section: "2" },
    answers: &["reg-jwks-both"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A private key that is registered by mistake is not kept.
pub static PRIVATE_KEY_NOT_KEPT: Requirement = Requirement {
    id: "rfc7591.registration.private-key-not-kept",
    rule: "A private key that is registered by mistake is not kept.",
    advice: "Refuse key sets with private members such as d, so that the client learns of its mistake.",
    source: Source { doc: &RFC_7591, section: "2" },
    answers: &["reg-jwks-private"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The address of a client's keys does not lead the server to its own machine.
pub static KEYS_ADDRESS_VETTED: Requirement = Requirement {
    id: "rfc7591.registration.keys-address-vetted",
    rule: "The address of a client's keys does not lead the server to its own machine.",
    advice: "Resolve the host of jwks_uri, and refuse loopback, private and link-local addresses in whatever notation, at registration and at each fetch.",
    source: Source { doc: &CLIENT_ID_METADATA, section: "6.5" },
    answers: &["reg-jwks-uri-ssrf"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// Identifiers that a server draws do not look like those of client documents.
pub static IDS_ARE_NO_URLS: Requirement = Requirement {
    id: "rfc7591.registration.ids-are-no-urls",
    rule: "Identifiers that a server draws do not look like those of client documents.",
    advice: "Draw client identifiers that do not begin with https://, so that the two kinds of client cannot be mistaken for each other.",
    source: Source { doc: &CLIENT_ID_METADATA_01, section: "6.9" },
    answers: &["cimd-dcr-ids-not-urls"],
    force: &[should(R2025_11_25)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};
