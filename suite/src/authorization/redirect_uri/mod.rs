//! Redirect URIs: nobody is sent where the client did not say beforehand that it lives.
//!
//! The tables hold one input a row, as a template over the parts of a registered redirect URI. Each row is one journey
//! with that redirect URI in an otherwise correct request; a server that refuses at once answers it with one page.

mod authority;
mod errors;
mod loopback;
mod native;
mod parameter;
mod path;
mod query;
mod registered;
mod registration;
mod token;

use std::sync::Arc;

use proofmark_probe::judge::{no_stray, not_taken_for_registered, told_on_a_page};
use proofmark_probe::model::Requirement;
use proofmark_probe::{Case, Client, ClientKind, ClientMetadata, Journey, Probe, Steps, Stop};

use crate::requirements::oauth21::redirect_uri::USER_IS_TOLD;

/// The cases of this folder.
pub static CASES: &[&Case] = &[
    &registered::WEB_WORKS,
    &registered::LOOPBACK_WORKS,
    &registered::EACH_WORKS,
    &registered::QUERY_IS_KEPT,
    &path::ANOTHER_PATH,
    &path::DISGUISED_PATH,
    &path::ANOTHER_SPELLING,
    &path::SLASH_REGISTERED,
    &path::PATH_LESS_REGISTERED,
    &query::ADDED,
    &query::CHANGED,
    &authority::ANOTHER_HOST,
    &authority::ANOTHER_SCHEME,
    &parameter::REPEATED,
    &parameter::OTHER_NAMES,
    &parameter::OMITTED,
    &parameter::HOSTILE,
    &parameter::PATTERN,
    &parameter::OF_ANOTHER_CLIENT,
    &errors::WITH_ANOTHER_ERROR,
    &errors::ON_DENIAL,
    &errors::AFTER_CONSENT,
    &errors::UNKNOWN_CLIENT,
    &loopback::ANY_PORT,
    &loopback::LOCALHOST,
    &loopback::PORT_ONLY,
    &loopback::LOOKALIKES,
    &loopback::ONLY_IF_REGISTERED,
    &native::PRIVATE_SCHEME_EXACT,
    &token::SAME_AT_TOKEN,
    &token::OTHER_AT_TOKEN,
    &token::NONE_AT_AUTHORIZATION,
    &registration::refused::SCRIPT,
    &registration::refused::REMOTE_HTTP,
    &registration::refused::MALFORMED,
    &registration::refused::TYPES_CASE,
    &registration::accepted::WILDCARD,
    &registration::accepted::NATIVE,
    &registration::accepted::ECHO,
];

/// What a row is called, and its redirect URI: a template for [`fill`].
type Row = (&'static str, &'static str);

/// What the rows of a table are judged by.
#[derive(Clone, Copy)]
struct Rules {
    /// The user agent is sent to no other destination.
    destination: &'static Requirement,
    /// No other string passes for a registered one.
    spelling: &'static Requirement,
}

impl Rules {
    /// Judges a journey whose request named a redirect URI that is not registered.
    fn judge(self, probe: &mut Probe, journey: &Journey) {
        probe.expect(self.destination, journey, no_stray);
        probe.expect(self.spelling, journey, not_taken_for_registered);
        probe.expect(&USER_IS_TOLD, journey, told_on_a_page);
    }

    /// Asks for each redirect URI of a table in the name of a client that cases share.
    async fn refuse(self, probe: &mut Probe, kind: ClientKind, rows: &[Row]) -> Steps {
        let client = probe.client(kind).await?;
        self.refuse_for(probe, &client, rows).await
    }

    /// Asks for each redirect URI of a table, made from the first redirect URI of a client. A row that happens to be
    /// registered is left out.
    async fn refuse_for(self, probe: &mut Probe, client: &Arc<Client>, rows: &[(&str, &str)]) -> Steps {
        for (name, template) in rows {
            let uri = fill(template, client.redirect_uri());
            if client.redirect_uris.contains(&uri) {
                continue;
            }
            probe.row(*name);
            let request = probe.authorization(client).with("redirect_uri", &uri).labelled(name);
            let journey = probe.walk(request).await?;
            self.judge(probe, &journey);
        }
        probe.no_row();
        Ok(())
    }
}

/// Fills a template: `{R}` is the redirect URI, `{origin}` its scheme and authority, `{scheme}`, `{host}` (without
/// port) and `{path}` its parts, `{HOST}`, `{SCHEME}` and `{PATH}` the same in other case, `{p%}` the path with its
/// last letter percent-encoded, `{port}` the colon and port if it has them, `{hyphen}`, `{letter}` and `{wide}` the host with
/// something else for its first dot, `{long}` eight thousand letters.
fn fill(template: &str, uri: &str) -> String {
    let (scheme, rest) = uri.split_once("://").unwrap_or(("https", uri));
    let rest = rest.split(['?', '#']).next().unwrap_or(rest);
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let port = authority.rfind(':').filter(|at| !authority[*at..].contains(']')).unwrap_or(authority.len());
    let (host, port) = authority.split_at(port);
    let path = if path.is_empty() { "/" } else { path };
    template
        .replace("{R}", uri)
        .replace("{origin}", &format!("{scheme}://{authority}"))
        .replace("{scheme}", scheme)
        .replace("{SCHEME}", &scheme.to_uppercase())
        .replace("{host}", host)
        .replace("{HOST}", &host.to_uppercase())
        .replace("{hyphen}", &host.replacen('.', "-", 1))
        .replace("{wide}", &host.replacen('.', "\u{3002}", 1))
        .replace("{letter}", &host.replacen('.', "x", 1))
        .replace("{port}", port)
        .replace("{path}", path)
        .replace("{PATH}", &other_case(path))
        .replace("{p%}", &encode_last(path))
        .replace("{long}", &"a".repeat(8_000))
}

fn other_case(text: &str) -> String {
    let upper = text.to_uppercase();
    if upper == text { text.to_lowercase() } else { upper }
}

/// The path with its last letter percent-encoded, which means the same (RFC 3986 §6.2.2.2).
fn encode_last(path: &str) -> String {
    match path.rfind(|c: char| c.is_ascii_alphanumeric()) {
        Some(at) => format!("{}%{:02x}{}", &path[..at], path.as_bytes()[at], &path[at + 1..]),
        None => format!("{path}%2e"),
    }
}

/// A client with at least two redirect URIs on https hosts: the given one, or one registered for this case.
async fn several(probe: &mut Probe) -> Result<Arc<Client>, Stop> {
    if let Ok(client) = probe.client(ClientKind::Web).await
        && client.redirect_uris.len() > 1
    {
        return Ok(client);
    }
    let (one, two) = (format!("https://{}/cb", probe.host("one")), format!("https://{}/return", probe.host("two")));
    probe.registered(ClientMetadata::web(&[&one, &two]).labelled("two redirect URIs")).await
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn templates_take_a_redirect_uri_apart() {
        let web = "https://client.example.test/cb";
        assert_eq!(fill("{origin}{PATH}", web), "https://client.example.test/CB");
        assert_eq!(fill("{SCHEME}://{HOST}{port}{path}", web), "HTTPS://CLIENT.EXAMPLE.TEST/cb");
        assert_eq!(fill("{origin}{p%}", web), "https://client.example.test/c%62");
        let loopback = "http://[::1]:4000/cb?x=1";
        assert_eq!(fill("{scheme}://{host}:1{path}", loopback), "http://[::1]:1/cb");
        assert_eq!(fill("{R}{port}", loopback), "http://[::1]:4000/cb?x=1:4000");
        assert_eq!(fill("{origin}{path}x", "https://h.test"), "https://h.test/x");
    }
}
