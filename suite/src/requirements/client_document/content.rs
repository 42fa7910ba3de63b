//! What a document must say.

use proofmark_probe::model::Revision::R2025_11_25;
use proofmark_probe::model::{Requirement, Source, must, should};

use crate::requirements::documents::{CLIENT_ID_METADATA, MCP_REGISTRATION, OAUTH_2_1, RFC_7523};

/// A document whose client_id is another URL than its own is refused.
pub static ID_MATCHES: Requirement = Requirement {
    id: "cimd.content.id-matches",
    rule: "A document whose client_id is another URL than its own is refused.",
    advice: "Compare client_id in the document with the URL that you fetched.",
    source: Source { doc: &CLIENT_ID_METADATA, section: "4.1" },
    answers: &["cimd-id-mismatch", "REG-005"],
    force: &[must(R2025_11_25)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The client_id of a document is compared as a string.
pub static ID_MATCHES_EXACTLY: Requirement = Requirement {
    id: "cimd.content.id-matches-exactly",
    rule: "The client_id of a document is compared as a string.",
    advice: "Compare byte by byte: no case folding, no decoding, no slash added or removed, the query included.",
    source: Source { doc: &CLIENT_ID_METADATA, section: "4.1" },
    answers: &["cimd-id-near-mismatch", "cimd-query", "REG-005"],
    force: &[must(R2025_11_25)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A document without client_id is refused.
pub static ID_REQUIRED: Requirement = Requirement {
    id: "cimd.content.id-required",
    rule: "A document without client_id is refused.",
    advice: "Refuse a document that does not name itself: it was not written to be one.",
    source: Source { doc: &CLIENT_ID_METADATA, section: "4.1" },
    answers: &["cimd-id-missing", "REG-005"],
    force: &[must(R2025_11_25)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A document without redirect URIs is refused.
pub static REDIRECT_URIS_REQUIRED: Requirement = Requirement {
    id: "cimd.content.redirect-uris-required",
    rule: "A document without redirect URIs is refused.",
    advice: "Demand a list redirect_uris with at least one entry.",
    source: Source { doc: &MCP_REGISTRATION, section: "Implementation Requirements" },
    answers: &["cimd-redirects-missing", "REG-007"],
    force: &[must(R2025_11_25)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A document without client_name is refused.
pub static NAME_REQUIRED: Requirement = Requirement {
    id: "cimd.content.name-required",
    rule: "A document without client_name is refused.",
    advice: "Demand client_name. The draft itself asks for client_id alone and popular servers follow it; MCP makes the name a required member, which the user is to see.",
    source: Source { doc: &MCP_REGISTRATION, section: "Implementation Requirements" },
    answers: &["cimd-name-missing", "REG-007"],
    force: &[must(R2025_11_25)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// What is not a JSON object is no document.
pub static IS_JSON_OBJECT: Requirement = Requirement {
    id: "cimd.content.is-json-object",
    rule: "What is not a JSON object is no document.",
    advice: "Parse the body as JSON and refuse everything but an object; never go on without a document.",
    source: Source { doc: &MCP_REGISTRATION, section: "Implementation Requirements" },
    answers: &["cimd-not-json", "REG-007"],
    force: &[must(R2025_11_25)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A document that is delivered as something else than JSON is refused.
pub static MEDIA_TYPE: Requirement = Requirement {
    id: "cimd.content.media-type",
    rule: "A document that is delivered as something else than JSON is refused.",
    advice: "Demand application/json, or a type that ends in +json: sites that host texts of others would become clients for them.",
    source: Source { doc: &CLIENT_ID_METADATA, section: "4.1" },
    answers: &["cimd-media-type"],
    force: &[should(R2025_11_25)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A document that asks for a shared secret is refused.
pub static NO_SHARED_SECRET: Requirement = Requirement {
    id: "cimd.content.no-shared-secret",
    rule: "A document that asks for a shared secret is refused.",
    advice: "Refuse token_endpoint_auth_method values that need a secret: nobody could have given it to the client.",
    source: Source { doc: &CLIENT_ID_METADATA, section: "4.1" },
    answers: &["cimd-symmetric-method", "REG-011"],
    force: &[should(R2025_11_25)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A secret in a document authenticates nobody, and none is asked for.
pub static PUBLISHED_SECRET_USELESS: Requirement = Requirement {
    id: "cimd.content.published-secret-useless",
    rule: "A secret in a document authenticates nobody, and none is asked for.",
    advice: "Refuse documents with client_secret: everybody can read it there.",
    source: Source { doc: &CLIENT_ID_METADATA, section: "4.1" },
    answers: &["cimd-secret-members", "cimd-symmetric-method", "REG-011"],
    force: &[must(R2025_11_25)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A code is redeemed by the client whose document it was issued to.
pub static CODE_BOUND_TO_URL: Requirement = Requirement {
    id: "cimd.content.code-bound-to-url",
    rule: "A code is redeemed by the client whose document it was issued to.",
    advice: "Compare the whole client identifier, not its host.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.3" },
    answers: &["cimd-code-bound-to-url"],
    force: &[must(R2025_11_25)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The user is sent to redirect URIs that the document lists, and to no other.
pub static REDIRECT_URI_LISTED: Requirement = Requirement {
    id: "cimd.content.redirect-uri-listed",
    rule: "The user is sent to redirect URIs that the document lists, and to no other.",
    advice: "Compare redirect_uri with the list in the document, as strings.",
    source: Source { doc: &CLIENT_ID_METADATA, section: "4.5" },
    answers: &["cimd-redirect-uri-not-listed", "REG-006"],
    force: &[must(R2025_11_25)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The port of a loopback redirect URI in a document is free.
pub static LOOPBACK_PORT_FREE: Requirement = Requirement {
    id: "cimd.content.loopback-port-free",
    rule: "The port of a loopback redirect URI in a document is free.",
    advice: "Ignore the port when you compare redirect URIs of 127.0.0.1 and [::1]: native clients listen where they can.",
    source: Source { doc: &OAUTH_2_1, section: "8.4.2" },
    answers: &["cimd-loopback-any-port"],
    force: &[must(R2025_11_25)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A client whose document names its keys gets in by an assertion.
pub static KEYED_DOCUMENT_WORKS: Requirement = Requirement {
    id: "cimd.content.keyed-document-works",
    rule: "A client whose document names its keys gets in by an assertion.",
    advice: "Take jwks from the document and verify assertions with it, or refuse documents that ask for private_key_jwt.",
    source: Source { doc: &CLIENT_ID_METADATA, section: "6.2" },
    answers: &["cimd-private-key-jwt", "REG-021"],
    force: &[should(R2025_11_25)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A client whose document names its keys gets nothing without an assertion.
pub static KEYED_DOCUMENT_AUTHENTICATES: Requirement = Requirement {
    id: "cimd.content.keyed-document-authenticates",
    rule: "A client whose document names its keys gets nothing without an assertion.",
    advice: "Hold the client to the private_key_jwt of its document at each request.",
    source: Source { doc: &CLIENT_ID_METADATA, section: "6.2" },
    answers: &["cimd-private-key-jwt", "REG-021"],
    force: &[must(R2025_11_25)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// An assertion by a key that the document does not name is refused.
pub static KEY_IS_THE_DOCUMENTS: Requirement = Requirement {
    id: "cimd.content.key-is-the-documents",
    rule: "An assertion by a key that the document does not name is refused.",
    advice: "Verify assertions with the keys of the document alone.",
    source: Source { doc: &RFC_7523, section: "3" },
    answers: &["cimd-key-swap", "REG-021"],
    force: &[must(R2025_11_25)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};
