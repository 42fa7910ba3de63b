//! Whether Client ID Metadata Documents are taken, and fetched.

use proofmark_probe::model::Revision::R2025_11_25;
use proofmark_probe::model::{Requirement, Source, must, should};

use crate::requirements::documents::{CLIENT_ID_METADATA, MCP_REGISTRATION};

/// An authorization server takes Client ID Metadata Documents.
pub static DOCUMENTS_TAKEN: Requirement = Requirement {
    id: "cimd.support.taken",
    rule: "An authorization server takes Client ID Metadata Documents.",
    advice: "Take URLs for client identifiers, fetch the document behind each, and set client_id_metadata_document_supported to true. A client that you have never met needs no registration then.",
    source: Source { doc: &MCP_REGISTRATION, section: "Client ID Metadata Documents" },
    answers: &["REG-003"],
    force: &[should(R2025_11_25)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A server that takes Client ID Metadata Documents says so in its metadata.
pub static DOCUMENTS_ADVERTISED: Requirement = Requirement {
    id: "cimd.support.advertised",
    rule: "A server that takes Client ID Metadata Documents says so in its metadata.",
    advice: "Set client_id_metadata_document_supported to true: clients do not try what is not advertised.",
    source: Source { doc: &CLIENT_ID_METADATA, section: "5" },
    answers: &["ASM-008", "cimd-unsupported-refused"],
    force: &[must(R2025_11_25)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A server that says it takes documents honours a good one.
pub static GOOD_DOCUMENT_HONOURED: Requirement = Requirement {
    id: "cimd.support.honoured",
    rule: "A server that says it takes documents honours a good one.",
    advice: "Remove client_id_metadata_document_supported, or find out why a document with client_id, client_name and redirect_uris is refused. Where a policy lists the hosts whose documents you trust, add the one of this run.",
    source: Source { doc: &CLIENT_ID_METADATA, section: "4" },
    answers: &["ASM-008", "cimd-happy"],
    force: &[should(R2025_11_25)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A client described by a good document gets a token.
pub static DOCUMENT_WORKS: Requirement = Requirement {
    id: "cimd.support.works",
    rule: "A client described by a good document gets a token.",
    advice: "Build the client from the document: client_id, client_name and redirect_uris suffice for a public one.",
    source: Source { doc: &CLIENT_ID_METADATA, section: "4" },
    answers: &["cimd-happy"],
    force: &[should(R2025_11_25)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The document behind a client identifier is fetched.
pub static DOCUMENT_FETCHED: Requirement = Requirement {
    id: "cimd.support.fetched",
    rule: "The document behind a client identifier is fetched.",
    advice: "Fetch the document before anything of the request is trusted.",
    source: Source { doc: &CLIENT_ID_METADATA, section: "4" },
    answers: &["REG-004"],
    force: &[should(R2025_11_25)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The document is fetched by GET, without cookies and without credentials.
pub static FETCH_IS_CLEAN: Requirement = Requirement {
    id: "cimd.support.fetch-is-clean",
    rule: "The document is fetched by GET, without cookies and without credentials.",
    advice: "Fetch with a client of its own, which holds no cookie, no token and nothing of the user.",
    source: Source { doc: &CLIENT_ID_METADATA, section: "6.5" },
    answers: &["cimd-fetch-clean"],
    force: &[should(R2025_11_25)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};
