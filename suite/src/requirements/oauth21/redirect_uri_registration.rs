//! Which redirect URIs may be registered (OAuth 2.1 §2.3, RFC 9700 §2.6, RFC 7591 §5, MCP).

use proofmark_probe::model::Revision::R2025_03_26;
use proofmark_probe::model::{Requirement, Source, may, must, should};

use crate::requirements::documents::{MCP_SECURITY, OAUTH_2_1, RFC_7591, RFC_9700};

/// A redirect URI that carries a script or a document is refused at registration.
pub static NO_SCRIPT: Requirement = Requirement {
    id: "rfc7591.redirect-uri.no-script",
    rule: "A redirect URI that carries a script or a document is refused at registration.",
    advice: "Accept the schemes you know (https, http on loopback, reversed domain names) instead of refusing those you fear: javascript:, data: and vbscript: run in whatever page shows them.",
    source: Source { doc: &RFC_7591, section: "5" },
    answers: &["REG-020", "redirect-uri-reg-javascript", "redirect-uri-reg-data", "redirect-uri-reg-mixed-list"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A redirect URI with a scheme of the browser itself is refused at registration.
pub static NO_LOCAL_SCHEME: Requirement = Requirement {
    id: "rfc7591.redirect-uri.no-local-scheme",
    rule: "A redirect URI with a scheme of the browser itself is refused at registration.",
    advice: "Refuse blob:, file:, about: and view-source:, which no client can receive a code at.",
    source: Source { doc: &RFC_7591, section: "5" },
    answers: &["redirect-uri-reg-data"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A redirect URI with http on another machine is refused at registration.
pub static NO_REMOTE_HTTP: Requirement = Requirement {
    id: "rfc9700.redirect-uri.no-remote-http",
    rule: "A redirect URI with http on another machine is refused at registration.",
    advice: "Accept http for 127.0.0.1, [::1] and localhost only, by the parsed host: anyone on the way reads a code that travels in the clear.",
    source: Source { doc: &RFC_9700, section: "2.6" },
    answers: &["redirect-uri-reg-http-remote", "redirect-uri-reg-http-private-ip"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// No code is delivered to a redirect URI that is neither on localhost nor https.
pub static HTTPS_OR_LOCALHOST: Requirement = Requirement {
    id: "mcp.registration.https-or-localhost",
    rule: "No code is delivered to a redirect URI that is neither on localhost nor https.",
    advice: "Refuse http on other machines at registration, or at the latest when a request names it.",
    source: Source { doc: &MCP_SECURITY, section: "Communication Security" },
    answers: &["REG-020"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A redirect URI with a fragment is refused at registration.
pub static NO_FRAGMENT: Requirement = Requirement {
    id: "oauth21.redirect-uri.no-fragment-registered",
    rule: "A redirect URI with a fragment is refused at registration.",
    advice: "Refuse what holds a number sign; the response has no place to go behind one.",
    source: Source { doc: &OAUTH_2_1, section: "2.3" },
    answers: &["redirect-uri-reg-fragment"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A redirect URI that is not absolute, or empty, is refused at registration.
pub static ABSOLUTE: Requirement = Requirement {
    id: "oauth21.redirect-uri.absolute-registered",
    rule: "A redirect URI that is not absolute, or empty, is refused at registration.",
    advice: "Parse the URI and refuse what has no scheme; a relative one would lead into your own host.",
    source: Source { doc: &OAUTH_2_1, section: "2.3" },
    answers: &["redirect-uri-reg-relative"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A star in a registered redirect URI is a star, and no pattern.
pub static NO_PATTERN: Requirement = Requirement {
    id: "oauth21.redirect-uri.no-pattern-registered",
    rule: "A star in a registered redirect URI is a star, and no pattern.",
    advice: "Compare strings. A pattern in a registration is a list of redirect URIs that nobody has seen.",
    source: Source { doc: &OAUTH_2_1, section: "2.3.1" },
    answers: &["redirect-uri-reg-wildcard"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A redirect URI with user information is refused at registration.
pub static NO_USERINFO: Requirement = Requirement {
    id: "oauth21.redirect-uri.no-userinfo-registered",
    rule: "A redirect URI with user information is refused at registration.",
    advice: "Refuse an at sign before the path: people read what stands before it as the place they are sent to.",
    source: Source { doc: &OAUTH_2_1, section: "2.3.1" },
    answers: &["redirect-uri-reg-userinfo"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A redirect URI with control characters is not registered as it stands.
pub static NO_CONTROL: Requirement = Requirement {
    id: "oauth21.redirect-uri.no-control-registered",
    rule: "A redirect URI with control characters is not registered as it stands.",
    advice: "Refuse every byte that a URI cannot hold before the value is parsed, stored or echoed.",
    source: Source { doc: &OAUTH_2_1, section: "7.11" },
    answers: &["redirect-uri-reg-crlf"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A redirect URI with dot segments is not registered as it stands.
pub static NO_DOTS: Requirement = Requirement {
    id: "oauth21.redirect-uri.no-dot-segments-registered",
    rule: "A redirect URI with dot segments is not registered as it stands.",
    advice: "Refuse or normalise dot segments at registration: browsers will normalise them when they follow the redirect, and then the path is another than was compared.",
    source: Source { doc: &OAUTH_2_1, section: "2.3.1" },
    answers: &["redirect-uri-reg-traversal"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A list of redirect URIs that holds anything but strings is refused without a server error.
pub static TYPES: Requirement = Requirement {
    id: "rfc7591.redirect-uri.types",
    rule: "A list of redirect URIs that holds anything but strings is refused without a server error.",
    advice: "Validate the type of each entry and answer 400 with invalid_redirect_uri or invalid_client_metadata.",
    source: Source { doc: &RFC_7591, section: "3.2.2" },
    answers: &["redirect-uri-reg-types"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The redirect URI that the registration echoes is the one that works.
pub static ECHO_IS_STORED: Requirement = Requirement {
    id: "rfc7591.redirect-uri.echo-is-stored",
    rule: "The redirect URI that the registration echoes is the one that works.",
    advice: "Echo what you stored and compare with that, so that the client knows which string to send.",
    source: Source { doc: &RFC_7591, section: "3.2.1" },
    answers: &["redirect-uri-reg-idn"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// An https redirect URI of an unknown host is registered.
pub static GOOD_REGISTERED: Requirement = Requirement {
    id: "rfc7591.redirect-uri.good-registered",
    rule: "An https redirect URI of an unknown host is registered.",
    advice: "Where registration is open, accept any https redirect URI; restrict registration itself if clients must be known.",
    source: Source { doc: &RFC_7591, section: "2" },
    answers: &["REG-020"],
    force: &[may(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};
