//! What the user is shown of a client by a document.

use proofmark_probe::model::Revision::R2025_11_25;
use proofmark_probe::model::{Requirement, Source, must, should};

use crate::requirements::documents::{CLIENT_ID_METADATA, MCP_SECURITY};

/// The user sees to which host the client will be sent.
pub static REDIRECT_HOST_SHOWN: Requirement = Requirement {
    id: "cimd.people.redirect-host-shown",
    rule: "The user sees to which host the client will be sent.",
    advice: "Show the host of the redirect URI on the consent page, in text.",
    source: Source { doc: &MCP_SECURITY, section: "Localhost Redirect URI Risks" },
    answers: &["cimd-consent-shows-redirect-host", "REG-017"],
    force: &[must(R2025_11_25)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The user sees which host published the client.
pub static CLIENT_HOST_SHOWN: Requirement = Requirement {
    id: "cimd.people.client-host-shown",
    rule: "The user sees which host published the client.",
    advice: "Show the host of the client identifier on the consent page, beside the name that the client gave itself.",
    source: Source { doc: &CLIENT_ID_METADATA, section: "6.4" },
    answers: &["cimd-consent-shows-client-host", "REG-014"],
    force: &[should(R2025_11_25)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The user is warned of a client that lives on this machine alone.
pub static LOCAL_CLIENT_WARNED: Requirement = Requirement {
    id: "cimd.people.local-client-warned",
    rule: "The user is warned of a client that lives on this machine alone.",
    advice: "Say on the consent page that the client is a program on the user's own computer, which any program there can claim to be.",
    source: Source { doc: &MCP_SECURITY, section: "Localhost Redirect URI Risks" },
    answers: &["cimd-localhost-warning", "REG-016"],
    force: &[should(R2025_11_25)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};
