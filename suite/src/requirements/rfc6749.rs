//! The OAuth 2.0 framework, where OAuth 2.1 is silent (RFC 6749).

use proofmark_probe::model::Revision::R2025_03_26;
use proofmark_probe::model::{Requirement, Source, should};

use crate::requirements::documents::RFC_6749;

/// Client credentials bring no refresh token.
pub static NO_MACHINE_REFRESH_TOKEN: Requirement = Requirement {
    id: "rfc6749.token.no-machine-refresh-token",
    rule: "Client credentials bring no refresh token.",
    advice: "Leave the refresh token out: the client can always ask again with its own credentials.",
    source: Source { doc: &RFC_6749, section: "4.4.3" },
    answers: &["cc-no-refresh", "refresh-none-for-client-credentials"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};
