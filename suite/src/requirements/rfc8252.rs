//! RFC 8252: redirect URIs of native applications.

use proofmark_probe::model::Revision::R2025_03_26;
use proofmark_probe::model::{Requirement, Source, may, must, should};

use crate::requirements::documents::{OAUTH_2_1, RFC_8252};

/// The port of a loopback address is free at request time.
pub static LOOPBACK_ANY_PORT: Requirement = Requirement {
    id: "rfc8252.loopback.any-port",
    rule: "A native application may name any port in the request when it registered a loopback address.",
    advice: "When the registered redirect URI is http on 127.0.0.1 or [::1], leave the port out of the comparison, and send the answer to the port of the request.",
    source: Source { doc: &RFC_8252, section: "7.3" },
    answers: &[
        "AZ-007",
        "redirect-uri-loopback-v4-port",
        "redirect-uri-loopback-v4-noport",
        "redirect-uri-loopback-v6-port",
    ],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The port of `localhost` is free as well.
pub static LOCALHOST_ANY_PORT: Requirement = Requirement {
    id: "oauth21.redirect-uri.localhost-any-port",
    rule: "A native application may name any port in the request when it registered a redirect URI on localhost.",
    advice: "Treat the name localhost like the loopback addresses: it is what many desktop clients of MCP register, some of them without a port.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.1" },
    answers: &["AZ-007", "redirect-uri-localhost-port"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A registered port need not be repeated.
pub static LOOPBACK_PORT_OMITTED: Requirement = Requirement {
    id: "rfc8252.loopback.port-omitted",
    rule: "A loopback redirect URI registered with a port may be asked for without one.",
    advice: "Nothing obliges a server here: the rule frees a port that the request names.",
    source: Source { doc: &RFC_8252, section: "7.3" },
    answers: &["redirect-uri-loopback-v4-noport"],
    force: &[may(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// Nothing but the port is free.
pub static LOOPBACK_PORT_ONLY: Requirement = Requirement {
    id: "rfc8252.loopback.port-only",
    rule: "Nothing but the port of a loopback redirect URI may vary, and the exception is for clients that registered one.",
    advice: "Compare scheme, host, path and query of a loopback redirect URI as strings; parse it only to find the port, and refuse what has user information or a host that merely looks like loopback.",
    source: Source { doc: &RFC_8252, section: "7.3" },
    answers: &[
        "redirect-uri-loopback-path",
        "redirect-uri-loopback-https",
        "redirect-uri-loopback-lookalikes",
        "redirect-uri-loopback-userinfo",
        "redirect-uri-loopback-bad-port",
        "redirect-uri-loopback-only-if-registered",
    ],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// Host and query of a loopback URI are compared as strings.
pub static LOOPBACK_SPELLING: Requirement = Requirement {
    id: "rfc8252.loopback.string-comparison",
    rule: "But for its port a loopback redirect URI is compared as a string: another name of this machine, or another query, does not count as registered.",
    advice: "Low severity, since everything stays on the user's own machine: compare the strings before and after the port instead of parsed URLs.",
    source: Source { doc: &RFC_8252, section: "7.3" },
    answers: &[
        "redirect-uri-loopback-host-swap",
        "redirect-uri-loopback-query",
        "redirect-uri-loopback-lookalikes",
        "redirect-uri-loopback-userinfo",
    ],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A private-use scheme is compared in full.
pub static PRIVATE_SCHEME: Requirement = Requirement {
    id: "rfc8252.private-scheme.compared-in-full",
    rule: "A redirect URI with a private-use scheme is compared in full, not by its scheme alone.",
    advice: "Compare the whole string. Any application can claim a private-use scheme, so the rest of the URI is all that ties it to this client.",
    source: Source { doc: &RFC_8252, section: "8.4" },
    answers: &["redirect-uri-private-scheme-exact"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// Loopback addresses can be registered.
pub static LOOPBACK_REGISTRABLE: Requirement = Requirement {
    id: "rfc8252.loopback.registrable",
    rule: "A server that registers native applications takes both loopback addresses, with and without a port.",
    advice: "Accept http on 127.0.0.1 and [::1], with or without a port, for clients of application_type native.",
    source: Source { doc: &RFC_8252, section: "7.3" },
    answers: &["REG-020", "redirect-uri-reg-loopback-variants"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The name localhost can be registered.
pub static LOCALHOST_REGISTRABLE: Requirement = Requirement {
    id: "rfc8252.loopback.localhost-registrable",
    rule: "A server that registers native applications takes the name localhost as well.",
    advice: "Accept http on localhost: the name is discouraged, yet it is what many desktop clients of MCP send.",
    source: Source { doc: &RFC_8252, section: "8.3" },
    answers: &["REG-020", "redirect-uri-reg-loopback-variants"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A private-use scheme is a reversed domain name.
pub static SCHEME_HAS_DOT: Requirement = Requirement {
    id: "rfc8252.private-scheme.has-dot",
    rule: "A private-use scheme without a dot is refused at registration.",
    advice: "Refuse schemes that are no reversed domain name, unless a client you must serve registers one: without a dot, two applications easily claim the same scheme.",
    source: Source { doc: &RFC_8252, section: "8.4" },
    answers: &["redirect-uri-reg-no-dot-scheme"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A private-use scheme may be registered.
pub static PRIVATE_SCHEME_REGISTRABLE: Requirement = Requirement {
    id: "rfc8252.private-scheme.registrable",
    rule: "A native application may register a redirect URI whose scheme is a reversed domain name.",
    advice: "Nothing obliges a server here: MCP speaks of localhost and https alone.",
    source: Source { doc: &RFC_8252, section: "7.1" },
    answers: &["redirect-uri-reg-dot-scheme"],
    force: &[may(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};
