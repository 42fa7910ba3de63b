//! JSON Web Token Best Current Practices.

use proofmark_probe::model::Revision::R2025_03_26;
use proofmark_probe::model::{Requirement, Source, must};

use crate::requirements::documents::RFC_8725;

/// An unsigned token is no token.
pub static NONE_IS_REFUSED: Requirement = Requirement {
    id: "rfc8725.algorithm.none-is-refused",
    rule: "A token that says it is unsigned is refused, however the word is spelt.",
    advice: "Give the token library a list of allowed algorithms that does not hold none.",
    source: Source { doc: &RFC_8725, section: "3.2" },
    answers: &["TOK-003", "rsv-alg-none"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// The token does not choose how it is verified.
pub static ALGORITHM_IS_FIXED: Requirement = Requirement {
    id: "rfc8725.algorithm.is-fixed",
    rule: "A token that uses a public, empty or guessable value as a shared secret is refused.",
    advice: "Give the token library the algorithms of the published keys and no others; use each key with its own algorithm only.",
    source: Source { doc: &RFC_8725, section: "3.1" },
    answers: &["TOK-003", "rsv-alg-hs-confusion", "rsv-alg-empty-key"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// The token does not bring its own key.
pub static HEADER_BRINGS_NO_KEY: Requirement = Requirement {
    id: "rfc8725.key.header-brings-no-key",
    rule: "A token that brings the key that verifies it, or names where to fetch it, is refused.",
    advice: "Ignore jwk, jku, x5c and x5u in the header of a token.",
    source: Source { doc: &RFC_8725, section: "3.10" },
    answers: &["TOK-003", "rsv-header-jwk", "rsv-header-jku", "rsv-header-x5u", "rsv-header-x5c"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};
