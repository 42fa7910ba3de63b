//! Another host, port or scheme is another redirect URI.

use proofmark_probe::model::Area;
use proofmark_probe::{Case, ClientKind, Need};

use super::registered::WEB_WORKS;
use super::{Row, Rules};
use crate::requirements::oauth21::redirect_uri::{HOST, SCHEME, SPELLING, USER_IS_TOLD};

pub(super) static ANOTHER_HOST: Case = Case {
    id: "as.redirect-uri.another-host",
    title: "A redirect URI with another host or port is refused",
    why: "It is the open redirector: one link to your own server, and the code lands on a machine of the attacker.",
    area: Area::RedirectUri,
    covers: &[&HOST, &SPELLING, &USER_IS_TOLD],
    needs: &[Need::CodeFlow, Need::WebClient],
    control: Some(&WEB_WORKS),
    body: |probe| Box::pin(Rules { destination: &HOST, spelling: &SPELLING }.refuse(probe, ClientKind::Web, HOSTS)),
    ..Case::PLAIN
};

const HOSTS: &[Row] = &[
    ("a subdomain", "{scheme}://a.{host}{port}{path}"),
    ("the host as the beginning of another", "{scheme}://{host}.evil.test{path}"),
    ("the host as the end of another label", "{scheme}://evil{host}{port}{path}"),
    ("a hyphen for the first dot", "{scheme}://{hyphen}{port}{path}"),
    ("a letter for the first dot", "{scheme}://{letter}{port}{path}"),
    ("the host as user information", "{scheme}://{host}@evil.test{path}"),
    ("another host as user information", "{scheme}://evil.test@{host}{port}{path}"),
    ("a user name and a password", "{scheme}://u:p@{host}{port}{path}"),
    ("the host before a backslash and an at sign", "{scheme}://{host}\\@evil.test{path}"),
    ("another port", "{scheme}://{host}:8443{path}"),
    ("a dot at the end of the host", "{scheme}://{host}.{port}{path}"),
    ("a letter of another script in the host", "{scheme}://\u{441}{host}{port}{path}"),
    ("an address instead of the name", "{scheme}://192.0.2.1{path}"),
    ("another host altogether", "{scheme}://evil.test{path}"),
];

pub(super) static ANOTHER_SCHEME: Case = Case {
    id: "as.redirect-uri.another-scheme",
    title: "A redirect URI with another scheme, or none, is refused",
    why: "Without TLS the code crosses the network in the clear; a script or data URI runs in your own page.",
    area: Area::RedirectUri,
    covers: &[&SCHEME, &SPELLING, &USER_IS_TOLD],
    needs: &[Need::CodeFlow, Need::WebClient],
    control: Some(&WEB_WORKS),
    body: |probe| Box::pin(Rules { destination: &SCHEME, spelling: &SPELLING }.refuse(probe, ClientKind::Web, SCHEMES)),
    ..Case::PLAIN
};

const SCHEMES: &[Row] = &[
    ("http", "http://{host}{port}{path}"),
    ("ftp", "ftp://{host}{port}{path}"),
    ("ws", "ws://{host}{port}{path}"),
    ("a private-use scheme", "com.evil:{path}"),
    ("javascript", "javascript:alert(1)//{host}{path}"),
    ("javascript in mixed case", "JaVaScRiPt:alert(1)//{host}{path}"),
    ("javascript with a tab", "java\tscript:alert(1)//{host}{path}"),
    ("data", "data:text/html,<script>alert(1)</script>"),
    ("vbscript", "vbscript:msgbox(1)"),
    ("blob", "blob:{R}"),
    ("file", "file:///etc/hosts"),
    ("a path alone", "{path}"),
    ("a relative path", "cb"),
    ("a host without a scheme", "//evil.test{path}"),
    ("a query alone", "?x"),
];
