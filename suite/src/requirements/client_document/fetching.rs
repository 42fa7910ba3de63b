//! How documents are fetched and kept.

use proofmark_probe::model::Revision::R2025_11_25;
use proofmark_probe::model::{Requirement, Source, must, should};

use crate::requirements::documents::{CLIENT_ID_METADATA, CLIENT_ID_METADATA_01};

/// A document that cannot be fetched ends the authorization request.
pub static FAILURE_ENDS_REQUEST: Requirement = Requirement {
    id: "cimd.fetching.failure-ends-request",
    rule: "A document that cannot be fetched ends the authorization request.",
    advice: "Show an error page when the fetch fails; do not ask the user to consent to a client of which nothing is known.",
    source: Source { doc: &CLIENT_ID_METADATA, section: "4.3" },
    answers: &["REG-012", "cimd-status-error"],
    force: &[should(R2025_11_25)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// Without a document there is no code.
pub static NO_CODE_WITHOUT_DOCUMENT: Requirement = Requirement {
    id: "cimd.fetching.no-code-without-document",
    rule: "Without a document there is no code.",
    advice: "Issue codes to redirect URIs that a fetched document lists; without one there is none.",
    source: Source { doc: &CLIENT_ID_METADATA, section: "4.5" },
    answers: &["cimd-status-error"],
    force: &[must(R2025_11_25)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A document comes with status 200.
pub static ONLY_STATUS_200: Requirement = Requirement {
    id: "cimd.fetching.only-status-200",
    rule: "A document comes with status 200.",
    advice: "Treat every other status as a failure, be it a success of another kind.",
    source: Source { doc: &CLIENT_ID_METADATA_01, section: "4" },
    answers: &["cimd-status-other-2xx"],
    force: &[should(R2025_11_25)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// Redirects are not followed to a document.
pub static NO_REDIRECT_FOLLOWED: Requirement = Requirement {
    id: "cimd.fetching.no-redirect-followed",
    rule: "Redirects are not followed to a document.",
    advice: "Turn redirects off in the client that fetches: an open redirector of a known site would become a client of that name.",
    source: Source { doc: &CLIENT_ID_METADATA_01, section: "4" },
    answers: &["cimd-redirect-followed"],
    force: &[should(R2025_11_25)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The size of a document is limited.
pub static SIZE_LIMITED: Requirement = Requirement {
    id: "cimd.fetching.size-limited",
    rule: "The size of a document is limited.",
    advice: "Stop reading after a few kilobytes; the draft suggests five.",
    source: Source { doc: &CLIENT_ID_METADATA, section: "6.6" },
    answers: &["cimd-size-limit", "REG-013"],
    force: &[should(R2025_11_25)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The time of a fetch is limited.
pub static TIME_LIMITED: Requirement = Requirement {
    id: "cimd.fetching.time-limited",
    rule: "The time of a fetch is limited.",
    advice: "Give up after some seconds, counted over the whole answer and not from byte to byte.",
    source: Source { doc: &CLIENT_ID_METADATA, section: "6.6" },
    answers: &["cimd-slow-fetch"],
    force: &[should(R2025_11_25)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A document that may be kept is not fetched again for each flow.
pub static FRESHNESS_HONOURED: Requirement = Requirement {
    id: "cimd.fetching.freshness-honoured",
    rule: "A document that may be kept is not fetched again for each flow.",
    advice: "Keep a document for as long as its Cache-Control allows, within bounds of your own.",
    source: Source { doc: &CLIENT_ID_METADATA, section: "4.4" },
    answers: &["cimd-cache-honoured", "REG-008"],
    force: &[should(R2025_11_25)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A document that may not be kept is fetched again.
pub static NO_STORE_HONOURED: Requirement = Requirement {
    id: "cimd.fetching.no-store-honoured",
    rule: "A document that may not be kept is fetched again.",
    advice: "Fetch again for the next authorization request when the answer said no-store.",
    source: Source { doc: &CLIENT_ID_METADATA, section: "4.4" },
    answers: &["cimd-cache-honoured", "REG-008"],
    force: &[should(R2025_11_25)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// That a document could not be fetched is not kept.
pub static ERRORS_NOT_KEPT: Requirement = Requirement {
    id: "cimd.fetching.errors-not-kept",
    rule: "That a document could not be fetched is not kept.",
    advice: "Forget failures at once; the next request fetches again.",
    source: Source { doc: &CLIENT_ID_METADATA, section: "4.4" },
    answers: &["cimd-cache-no-errors", "REG-009"],
    force: &[must(R2025_11_25)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// That a document was not valid is not kept.
pub static INVALID_NOT_KEPT: Requirement = Requirement {
    id: "cimd.fetching.invalid-not-kept",
    rule: "That a document was not valid is not kept.",
    advice: "Forget bad documents at once; the next request fetches again.",
    source: Source { doc: &CLIENT_ID_METADATA, section: "4.4" },
    answers: &["cimd-cache-no-invalid", "REG-009"],
    force: &[must(R2025_11_25)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A redirect URI that has left the document no longer works.
pub static REMOVED_URI_GONE: Requirement = Requirement {
    id: "cimd.fetching.removed-uri-gone",
    rule: "A redirect URI that has left the document no longer works.",
    advice: "Replace what you know of the client by the document that was fetched last; do not merge the two.",
    source: Source { doc: &CLIENT_ID_METADATA, section: "6.3" },
    answers: &["cimd-removed-redirect"],
    force: &[must(R2025_11_25)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};
