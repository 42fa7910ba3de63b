//! The way to the servers: the network, the MCP endpoint, and the metadata of both.

use proofmark_model::{Exchange, ExchangeId};
use proofmark_probe::challenge::{bearer, challenges};
use proofmark_probe::profile::{Profile, Route};
use proofmark_probe::{Reply, Stop};
use url::Url;

use super::doors::Doors;

const GATE: &str = "if a gate stands before the server, let the requests through with --header \"Name: value\", or \
                    [[network.header]] in the configuration";

/// Examines these doors as far as one gets.
pub(super) fn examine(doors: &mut Doors<'_>) {
    let place = if doors.settings.mcp_url.is_empty() {
        doors.settings.issuer.clone().unwrap_or_default()
    } else {
        doors.settings.mcp_url.clone()
    };
    if !doors.report.exchanges.iter().any(|exchange| exchange.response.is_some()) {
        return doors.end("server", "");
    }
    doors.open("server", reached(doors, &place));
    match doors.world {
        Some(world) => {
            let profile = &*world.profile;
            if world.has_resource_server() {
                endpoint(doors, profile);
                resource_metadata(doors, profile);
            }
            authorization_server(doors, profile);
        }
        None => lost(doors),
    }
}

fn reached(doors: &Doors<'_>, place: &str) -> String {
    let network = &doors.settings.network;
    let mut words = format!("{} answers", origin(place));
    if network.proxy.is_some() {
        words.push_str(", through the proxy");
    }
    if place.starts_with("https:") {
        words.push_str(", with a certificate that is trusted");
    }
    words
}

/// Discovery ended before the target was known.
fn lost(doors: &mut Doors<'_>) {
    let alone = doors.settings.mcp_url.is_empty();
    let Some(protection) = doors.fact("protection").or_else(|| doors.fact("MCP server")) else {
        return doors.end("MCP endpoint", GATE);
    };
    let moved = protection.exchanges.first().and_then(|id| exchange(doors, *id)).is_some_and(|exchange| {
        exchange.response.as_ref().is_some_and(|response| (300..400).contains(&response.status))
    });
    if moved {
        return doors.end("MCP endpoint", "give the URL that it redirects to");
    }
    if !alone {
        doors.open("MCP endpoint", protection.value.clone());
    }
    let failed = doors.report.exchanges.iter().rev().find(|exchange| exchange.response.is_none());
    if failed.is_some_and(|exchange| exchange.label == "protected resource metadata") {
        return doors.end("resource metadata", "");
    }
    if let Some(fact) = doors.fact("resource metadata") {
        let found = |id: &ExchangeId| {
            exchange(doors, *id).is_some_and(|e| e.response.as_ref().is_some_and(|r| r.status == 200))
        };
        match &fact.exchanges[..] {
            [id] if found(id) => doors.open("resource metadata", fact.value.clone()),
            _ => doors.aside("resource metadata", fact.value.clone()),
        }
    }
    doors.end("authorization server", "name the right one with --issuer, or `issuer` in the configuration");
}

fn exchange<'a>(doors: &Doors<'a>, id: ExchangeId) -> Option<&'a Exchange> {
    doors.report.exchange(id)
}

fn endpoint(doors: &mut Doors<'_>, profile: &Profile) {
    const DOOR: &str = "MCP endpoint";
    let (Some(method), Some(reply)) = (&profile.protected_method, &profile.challenge) else {
        return doors.aside(DOOR, "it serves requests without a token");
    };
    let seen = format!("{method} without a token: {}", reply.summary());
    if bearer(reply).is_some() {
        doors.open(DOOR, format!("{seen} and a Bearer challenge"));
    } else if let Some(scheme) = foreign_scheme(reply) {
        doors.shut(DOOR, format!("{seen}, which asks for {scheme} instead of a bearer token"), Some(GATE.into()));
    } else if is_gate(profile, reply) {
        doors.shut(DOOR, format!("{seen}, as a gate before a server answers"), Some(GATE.into()));
    } else if (300..400).contains(&reply.status()) {
        let to = reply.header("location").unwrap_or_default();
        doors.shut(DOOR, seen, Some(format!("give the URL that it redirects to: {to}")));
    } else {
        doors.aside(DOOR, format!("{seen}, without a Bearer challenge; a run judges that"));
    }
}

/// Whether something before the MCP server refuses: with a page for people, or everything alike, even what is for everyone.
fn is_gate(profile: &Profile, reply: &Reply) -> bool {
    let mut elsewhere = profile.resource_metadata.iter().map(|found| found.reply.status()).peekable();
    let alike = elsewhere.peek().is_some() && elsewhere.all(|status| status == reply.status());
    matches!(reply.status(), 401 | 403 | 407) && (reply.is_html() || alike)
}

/// The scheme of a challenge that no MCP server sends.
fn foreign_scheme(reply: &Reply) -> Option<String> {
    let known = challenges(reply).ok()?;
    known.into_iter().map(|challenge| challenge.scheme).find(|scheme| !scheme.eq_ignore_ascii_case("dpop"))
}

fn resource_metadata(doors: &mut Doors<'_>, profile: &Profile) {
    const DOOR: &str = "resource metadata";
    match profile.resource_document() {
        Some((found, _)) => {
            let route = match found.route {
                Route::Challenge => "named by the challenge",
                Route::PathInserted | Route::PathAppended => "at the well-known place of the path",
                Route::Root => "at the root of the origin",
            };
            doors.open(DOOR, format!("{} ({route})", found.url));
        }
        None if profile.resource_metadata.is_empty() => doors.aside(DOOR, "not looked for at this revision"),
        None => doors.aside(DOOR, "none was found; the authorization server is looked for at the same origin"),
    }
}

fn authorization_server(doors: &mut Doors<'_>, profile: &Profile) {
    const DOOR: &str = "authorization server";
    const OR: &str = "name the right one with --issuer, or `issuer` in the configuration";
    if let Some(found) = profile.server_document() {
        return doors.open(DOOR, format!("{}, described at {}", profile.issuer, found.url));
    }
    if !profile.endpoints.token.is_empty() {
        return doors.aside(DOOR, "no metadata; the default endpoints of 2025-03-26 stand in");
    }
    match doors.world.map(|world| &world.access) {
        Some(Ok(_)) => doors.aside(DOOR, format!("no metadata was found for {}", profile.issuer)),
        Some(Err(stop)) => doors.stopped(DOOR, stop, OR),
        None => doors.stopped(DOOR, &Stop::blocked("none was found"), OR),
    }
}

fn origin(url: &str) -> String {
    Url::parse(url).map_or_else(|_| url.to_owned(), |url| url.origin().ascii_serialization())
}
