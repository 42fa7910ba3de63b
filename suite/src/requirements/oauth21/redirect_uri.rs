//! Redirect URIs at the authorization endpoint (OAuth 2.1 §2.3, §4.1.1, §4.1.2.1).
//!
//! Two things can go wrong with a redirect URI that is not registered. The user agent can be sent to another
//! destination: that is the open door. Or another spelling of the registered destination can be taken for it: nothing
//! leaks at once, but the comparison is not the simple string comparison that the rule asks for.

use proofmark_probe::model::Revision::R2025_03_26;
use proofmark_probe::model::{Requirement, Source, must, should};

use crate::requirements::documents::OAUTH_2_1;

/// A registered redirect URI works.
pub static REGISTERED_WORKS: Requirement = Requirement {
    id: "oauth21.redirect-uri.registered-works",
    rule: "A request that names a registered redirect URI, byte for byte, is answered there.",
    advice: "Compare the decoded parameter with the string that was registered and echoed, before any URL library has touched either of them.",
    source: Source { doc: &OAUTH_2_1, section: "2.3.1" },
    answers: &["redirect-uri-exact", "redirect-uri-loopback-registered-port-works"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The response is appended to the registered URI without changing it.
pub static RESPONSE_LOCATION: Requirement = Requirement {
    id: "oauth21.redirect-uri.response-location",
    rule: "The redirect goes to the redirect URI byte for byte, its own query kept, with the form-encoded response appended, in a single Location header.",
    advice: "Append the response to the stored string: `?` where it has no query, `&` where it has one, each value form-encoded. Do not rebuild the URI from its parts.",
    source: Source { doc: &OAUTH_2_1, section: "2.3" },
    answers: &["redirect-uri-location-integrity", "authz-query-retained"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The general rule behind the tables: nobody is sent to a destination that the client did not register.
pub static UNREGISTERED: Requirement = Requirement {
    id: "oauth21.redirect-uri.unregistered-destination",
    rule: "The user agent is never sent to a destination that the client did not register, neither with a code nor with an error.",
    advice: "Look up the client and compare the redirect URI before anything else is validated or reported, and end with an error page of your own when it does not match.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.2.1" },
    answers: &[
        "AZ-006",
        "AZ-008",
        "redirect-uri-very-long",
        "redirect-uri-other-clients-uri",
        "redirect-uri-case-of-registered-list",
        "redirect-uri-wildcard-literal",
        "redirect-uri-error-bad-uri-bad-scope",
        "redirect-uri-error-on-deny",
        "redirect-uri-remembered-consent",
        "redirect-uri-duplicate-param",
        "redirect-uri-array-syntax",
        "redirect-uri-param-name-case",
        "redirect-uri-in-body-and-query",
        "redirect-uri-omitted-single",
        "redirect-uri-empty",
    ],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The path counts in full.
pub static PATH: Requirement = Requirement {
    id: "oauth21.redirect-uri.path",
    rule: "Another path on a registered host is another redirect URI, and nobody is sent there.",
    advice: "Compare the whole string. Prefix matches, `startsWith`, case-insensitive routes and decoding before the comparison all hand codes to whatever else the client's host serves.",
    source: Source { doc: &OAUTH_2_1, section: "2.3.1" },
    answers: &[
        "AZ-006",
        "redirect-uri-trailing-slash-added",
        "redirect-uri-trailing-slash-removed",
        "redirect-uri-root-slash",
        "redirect-uri-path-case",
        "redirect-uri-extra-segment",
        "redirect-uri-prefix-extended",
        "redirect-uri-parent",
        "redirect-uri-sibling",
        "redirect-uri-traversal",
        "redirect-uri-encoded-dots",
        "redirect-uri-encoded-slash",
        "redirect-uri-double-encoded",
        "redirect-uri-double-slash",
    ],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The host and the port count in full.
pub static HOST: Requirement = Requirement {
    id: "oauth21.redirect-uri.host",
    rule: "Another host or port is another redirect URI, and nobody is sent there.",
    advice: "Compare the whole string instead of suffixes, patterns or the text before an at sign; a free port belongs to loopback redirect URIs alone.",
    source: Source { doc: &OAUTH_2_1, section: "2.3.1" },
    answers: &[
        "AZ-006",
        "redirect-uri-subdomain",
        "redirect-uri-suffix-host",
        "redirect-uri-lookalike-host",
        "redirect-uri-userinfo",
        "redirect-uri-port-changed",
        "redirect-uri-trailing-dot-host",
        "redirect-uri-idn",
        "redirect-uri-ip-for-host",
        "redirect-uri-backslash",
    ],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The scheme counts, and a redirect URI has one.
pub static SCHEME: Requirement = Requirement {
    id: "oauth21.redirect-uri.scheme",
    rule: "Another scheme, or none, makes another redirect URI, and nobody is sent there.",
    advice: "Compare the whole string, scheme included; http in place of https, script and data URIs and relative references must end on an error page that does not repeat them as links.",
    source: Source { doc: &OAUTH_2_1, section: "2.3.1" },
    answers: &[
        "AZ-006",
        "redirect-uri-http-downgrade",
        "redirect-uri-scheme-swap",
        "redirect-uri-javascript",
        "redirect-uri-data",
        "redirect-uri-relative",
    ],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The query counts in full, and a fragment never belongs.
pub static QUERY: Requirement = Requirement {
    id: "oauth21.redirect-uri.query",
    rule: "A redirect URI with another query, or with a fragment, is not the registered one and is not used.",
    advice: "Compare the query with the rest of the string; a client whose query varies registers each value or carries it in `state`. Refuse whatever holds a fragment.",
    source: Source { doc: &OAUTH_2_1, section: "2.3.1" },
    answers: &[
        "AZ-006",
        "redirect-uri-extra-query",
        "redirect-uri-query-changed",
        "redirect-uri-query-code-injected",
        "redirect-uri-fragment",
        "redirect-uri-empty-fragment",
    ],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// Other spellings of the same place are other strings.
pub static SPELLING: Requirement = Requirement {
    id: "oauth21.redirect-uri.string-comparison",
    rule: "Redirect URIs are compared as strings: another spelling of a registered destination does not count as registered.",
    advice: "Low severity, since no other destination receives anything: compare the raw strings instead of parsed or normalised URLs, so that no two parsers ever have to agree on what a URL means.",
    source: Source { doc: &OAUTH_2_1, section: "2.3.1" },
    answers: &[
        "redirect-uri-host-case",
        "redirect-uri-scheme-case",
        "redirect-uri-encoded-letter",
        "redirect-uri-default-port",
        "redirect-uri-whitespace",
        "redirect-uri-idn",
        "redirect-uri-traversal",
        "redirect-uri-encoded-dots",
        "redirect-uri-backslash",
        "redirect-uri-userinfo",
    ],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The user learns of it, not the URI.
pub static USER_IS_TOLD: Requirement = Requirement {
    id: "oauth21.redirect-uri.user-is-told",
    rule: "When the redirect URI is not registered, the user is told on a page of the authorization server.",
    advice: "Show an error page. An error redirect to some registered URI leaks nothing, yet the client that gets it did not ask, and the user never learns what happened.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.2.1" },
    answers: &["AZ-008"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// An error page does not offer what it refused.
pub static NO_LINK: Requirement = Requirement {
    id: "oauth21.redirect-uri.no-link-on-error-page",
    rule: "The error page does not offer the refused redirect URI as a link or a form.",
    advice: "Show the refused URI as text or not at all: a \"back to the application\" link makes your own page the first half of a phish.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.2.1" },
    answers: &["redirect-uri-html-link"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A redirect URI cannot write header lines.
pub static NO_HEADER_INJECTION: Requirement = Requirement {
    id: "oauth21.redirect-uri.no-header-injection",
    rule: "Line ends in a redirect URI never become header lines of an answer.",
    advice: "Refuse control characters in the redirect URI before it comes near a Location header. Whoever can write header lines can set cookies and choose where users go.",
    source: Source { doc: &OAUTH_2_1, section: "7.11" },
    answers: &["redirect-uri-whitespace"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// Two redirect URIs in a request are one too many.
pub static NOT_REPEATED: Requirement = Requirement {
    id: "oauth21.redirect-uri.not-repeated",
    rule: "A request with two redirect URIs is refused instead of one of them being chosen.",
    advice: "Refuse a repeated parameter: two components that pick differently between the first and the last are how one URI gets checked and the other used.",
    source: Source { doc: &OAUTH_2_1, section: "3.1" },
    answers: &["redirect-uri-duplicate-param"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// With several registered URIs there is no default.
pub static NOT_GUESSED: Requirement = Requirement {
    id: "oauth21.redirect-uri.not-guessed",
    rule: "A client with several redirect URIs that names none is refused; none is chosen for it.",
    advice: "Demand the parameter, an empty one counting as absent, whenever more than one redirect URI is registered.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.1" },
    answers: &["redirect-uri-omitted-multiple", "redirect-uri-empty"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A redirect URI of any length or form is survived.
pub static SURVIVED: Requirement = Requirement {
    id: "oauth21.redirect-uri.no-server-error",
    rule: "A redirect URI that is too long or malformed is refused without a server error.",
    advice: "Treat the parameter as hostile text: bound its length, and answer what does not parse like any other URI that is not registered.",
    source: Source { doc: &OAUTH_2_1, section: "7.11" },
    answers: &["redirect-uri-very-long", "redirect-uri-loopback-bad-port"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// Without a known client nobody is redirected.
pub static KNOWN_CLIENT: Requirement = Requirement {
    id: "oauth21.redirect-uri.known-client",
    rule: "Without a client identifier that is known, no redirect happens at all, whatever redirect URI the request names.",
    advice: "Show an error page when the client is missing or unknown; a redirect URI means nothing without the client that registered it.",
    source: Source { doc: &OAUTH_2_1, section: "4.1.2.1" },
    answers: &[
        "AZ-008",
        "redirect-uri-error-unknown-client",
        "authz-client-id-missing",
        "authz-client-id-unknown",
        "authz-client-id-empty",
        "authz-client-id-long",
        "authz-client-id-null-byte",
        "authz-client-id-whitespace",
    ],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A client identifier is compared as it stands.
pub static CLIENT_ID_EXACT: Requirement = Requirement {
    id: "oauth21.redirect-uri.client-id-as-sent",
    rule: "A client identifier is compared as it stands, blanks around it included.",
    advice: "Do not trim the client identifier: the component that logs, rates or shows it may not trim, and the two then see different clients.",
    source: Source { doc: &OAUTH_2_1, section: "2.2" },
    answers: &["authz-client-id-whitespace"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};
