//! What a client identifier that is a URL looks like (draft 00 §3).

use proofmark_probe::model::Revision::R2025_11_25;
use proofmark_probe::model::{Requirement, Source, must, should};

use crate::requirements::documents::CLIENT_ID_METADATA;

/// A client identifier with dot segments is refused.
pub static NO_DOT_SEGMENTS: Requirement = Requirement {
    id: "cimd.address.no-dot-segments",
    rule: "A client identifier with dot segments is refused.",
    advice: "Refuse paths that hold /./ or /../ before you fetch.",
    source: Source { doc: &CLIENT_ID_METADATA, section: "3" },
    answers: &["cimd-dot-segments", "REG-010"],
    force: &[must(R2025_11_25)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A client identifier with encoded dot segments is refused.
pub static NO_ENCODED_DOTS: Requirement = Requirement {
    id: "cimd.address.no-encoded-dots",
    rule: "A client identifier with encoded dot segments is refused.",
    advice: "Decode %2e before you look for dot segments.",
    source: Source { doc: &CLIENT_ID_METADATA, section: "3" },
    answers: &["cimd-dot-segments", "REG-010"],
    force: &[should(R2025_11_25)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A client identifier with a fragment is refused.
pub static NO_FRAGMENT: Requirement = Requirement {
    id: "cimd.address.no-fragment",
    rule: "A client identifier with a fragment is refused.",
    advice: "Refuse identifiers that hold a #: a fragment is never fetched, so many identifiers would share a document.",
    source: Source { doc: &CLIENT_ID_METADATA, section: "3" },
    answers: &["cimd-fragment", "REG-010"],
    force: &[must(R2025_11_25)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A client identifier with user information is refused.
pub static NO_USERINFO: Requirement = Requirement {
    id: "cimd.address.no-userinfo",
    rule: "A client identifier with user information is refused.",
    advice: "Refuse identifiers with an @ in the authority: people take what stands before it for the host.",
    source: Source { doc: &CLIENT_ID_METADATA, section: "3" },
    answers: &["cimd-userinfo", "REG-010"],
    force: &[must(R2025_11_25)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A client identifier without a path is refused.
pub static HAS_PATH: Requirement = Requirement {
    id: "cimd.address.has-path",
    rule: "A client identifier without a path is refused.",
    advice: "Demand a path, so that a host can have more than one client.",
    source: Source { doc: &CLIENT_ID_METADATA, section: "3" },
    answers: &["cimd-no-path", "REG-010"],
    force: &[should(R2025_11_25)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A document is not fetched from a disguised address of the own machine.
pub static NO_DISGUISED_ADDRESS: Requirement = Requirement {
    id: "cimd.address.no-disguised-address",
    rule: "A document is not fetched from a disguised address of the own machine.",
    advice: "Resolve the host, and refuse loopback, private and link-local addresses in whatever notation: decimal, hexadecimal, short, mapped into IPv6, with a dot at the end.",
    source: Source { doc: &CLIENT_ID_METADATA, section: "6.5" },
    answers: &["cimd-ssrf-encodings", "cimd-ssrf-loopback", "REG-015"],
    force: &[should(R2025_11_25)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A document is not fetched from a name that leads to the own machine.
pub static NO_LOCAL_NAME: Requirement = Requirement {
    id: "cimd.address.no-local-name",
    rule: "A document is not fetched from a name that leads to the own machine.",
    advice: "Judge the address that a name resolves to, not the name, and connect to the address that you judged.",
    source: Source { doc: &CLIENT_ID_METADATA, section: "6.5" },
    answers: &["cimd-ssrf-dns", "REG-015"],
    force: &[should(R2025_11_25)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// What a document points to is not fetched from the own machine.
pub static NO_INWARD_LOGO: Requirement = Requirement {
    id: "cimd.address.no-inward-logo",
    rule: "What a document points to is not fetched from the own machine.",
    advice: "Hold logo_uri, jwks_uri and the like to the same addresses as the document itself.",
    source: Source { doc: &CLIENT_ID_METADATA, section: "6.5" },
    answers: &["cimd-ssrf-embedded", "REG-015"],
    force: &[should(R2025_11_25)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};
