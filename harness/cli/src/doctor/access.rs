//! The way in: a client, a sign-in, a token, and what it opens at the MCP server.

use std::time::Duration;

use proofmark_probe::profile::Profile;
use proofmark_probe::settings::Way;
use proofmark_probe::{ClientKind, Stop, Tokens, World};
use serde_json::Value;

use super::doors::Doors;

const SIGN_IN: &str = "set the user with PROOFMARK_USERNAME and PROOFMARK_PASSWORD, or [users.first] in the \
                       configuration; --login, or `ways` of [login], says how to sign in";

const REGISTRATION: &str = "see what the server wants under [registration] in the configuration, or name a client with \
                            --client-id, or in [clients.public]";

/// Examines these doors as far as one gets.
pub(super) fn examine(doors: &mut Doors<'_>) {
    let Some(world) = doors.world else { return };
    if !doors.all_open() {
        return;
    }
    let profile = &*world.profile;
    if world.has_given_tokens() {
        doors.aside("client", "not needed: tokens were given");
    } else {
        client(doors, world);
    }
    sign_in(doors, world);
    if let Ok(tokens) = &world.access {
        token(doors, tokens);
        refresh(doors, world, tokens);
        if world.has_resource_server() {
            server(doors, world, profile);
        }
    }
}

/// The ways to a client, in the order in which they are taken.
fn client(doors: &mut Doors<'_>, world: &World) {
    let settings = &world.settings.clients;
    let way = world.way_to(ClientKind::Main);
    let made = world.known_client(ClientKind::Main);
    for this in [Way::Given, Way::Document, Way::Dynamic] {
        let door = match this {
            Way::Given => "client, given",
            Way::Document => "client, document",
            Way::Dynamic => "client, dynamic",
        };
        match (&way, &made) {
            (Ok(way), Some(Ok(client))) if *way == this => doors.open(door, had(world, this, &client.id)),
            (Ok(way), Some(Err(stop))) if *way == this => doors.stopped(door, stop, REGISTRATION),
            _ if settings.way.is_some_and(|only| only != this) => {
                doors.aside(door, "not to be used, by --register or `way` of [registration]");
            }
            _ => doors.aside(door, unused(doors, world, this)),
        }
    }
    if let Err(stop) = &way {
        doors.stopped("client", stop, "");
    }
}

/// How the client came about.
fn had(world: &World, way: Way, id: &str) -> String {
    match (way, &world.profile.endpoints.registration) {
        (Way::Given, _) => format!("{id}, as you say"),
        (Way::Document, _) => format!("the server fetches {id}"),
        (Way::Dynamic, endpoint) => format!("{} registered {id}", endpoint.as_deref().unwrap_or("the server")),
    }
}

/// What there is to a way that was not taken.
fn unused(doors: &Doors<'_>, world: &World, way: Way) -> String {
    match (way, &world.profile.endpoints.registration) {
        (Way::Given, _) => "none is named (--client-id, or [clients.public] in the configuration)".into(),
        (Way::Document, _) => match (doors.fact("client metadata document"), world.takes_documents()) {
            (Some(fact), _) => fact.value.clone(),
            (None, Ok(())) => "open, and not needed".into(),
            (None, Err(Stop::Blocked { why, remedy: Some(remedy) })) => format!("{why}; to open it, {remedy}"),
            (None, Err(stop)) => stop.why().to_owned(),
        },
        (Way::Dynamic, Some(url)) => format!("open at {url}, and not needed"),
        (Way::Dynamic, None) => "the authorization server does not offer it".into(),
    }
}

fn sign_in(doors: &mut Doors<'_>, world: &World) {
    if world.known_client(ClientKind::Main).is_some_and(|client| client.is_err()) {
        return;
    }
    for tried in doors.facts("sign-in by ") {
        doors.aside("sign-in", format!("{}: {}", tried.name, tried.value));
    }
    let learned = doors.fact("sign-in");
    match &world.access {
        Ok(_) => {
            let mut found = learned.map(|fact| fact.value.clone()).unwrap_or_default();
            if let Some(expected) = doors.fact("sign-ins expected") {
                found.push_str(&format!("; expected in a run: {}", expected.value));
            }
            doors.open("sign-in", found);
        }
        // Somebody signed in, and the MCP server did not take it.
        Err(_) if learned.is_some_and(|fact| doors.report.stopped.as_ref() != Some(&fact.value)) => {
            doors.open("sign-in", learned.map(|fact| fact.value.clone()).unwrap_or_default());
            let or = if world.has_given_tokens() {
                "give a token that is valid for this server: --token-env, or `access` of [tokens] in the configuration"
            } else {
                "look at the server's log: it refuses a token of its own authorization server"
            };
            doors.end("MCP access", or);
        }
        Err(stop) => doors.stopped("sign-in", stop, SIGN_IN),
    }
}

fn token(doors: &mut Doors<'_>, tokens: &Tokens) {
    const DOOR: &str = "access token";
    let kind = if tokens.jwt().is_some() { "a JWT" } else { "opaque" };
    let given = &doors.settings.tokens;
    let most = doors.settings.timing.max_wait;
    match tokens.expires_in {
        None => doors.aside(DOOR, format!("{kind}; how long it lives is not said")),
        Some(life) if life > most && given.expired.is_none() => doors.shut(
            DOOR,
            format!("{kind}; it lives {}, and its end is waited for {} at most", seconds(life), seconds(most)),
            Some(format!(
                "let the server give the test client tokens of a shorter life, or set --max-wait {0}, or max_wait = {0} \
                 under [timing]",
                life.as_secs() + 1
            )),
        ),
        Some(life) => doors.open(DOOR, format!("{kind}; it lives {}", seconds(life))),
    }
}

fn refresh(doors: &mut Doors<'_>, world: &World, tokens: &Tokens) {
    const DOOR: &str = "refresh token";
    if tokens.refresh.is_some() {
        return doors.open(DOOR, "issued");
    }
    if world.has_given_tokens() {
        return doors.aside(DOOR, "none was given");
    }
    let profile = &world.profile;
    let why = if profile.metadata_lists("grant_types_supported", "refresh_token") == Some(false) {
        "none; the metadata does not list the grant".to_owned()
    } else if profile.metadata_lists("scopes_supported", "offline_access") == Some(true)
        && !profile.scopes.all.iter().any(|scope| scope == "offline_access")
    {
        "none, though the metadata lists the scope offline_access: name it in `all` of [scopes], perhaps with \
         prompt = \"consent\" under [authorization]"
            .to_owned()
    } else {
        "none; the cases about them do not apply".to_owned()
    };
    doors.aside(DOOR, why);
}

/// What the token opens.
fn server(doors: &mut Doors<'_>, world: &World, profile: &Profile) {
    let spoken: Vec<_> = profile.spoken.iter().map(ToString::to_string).collect();
    doors.open("MCP access", format!("the server speaks {}; the run is at {}", spoken.join(", "), profile.revision));
    let tools = doors.fact("tools").map_or("none", |fact| fact.value.as_str());
    match &profile.read_tool {
        Some(tool) => doors.open("tools", format!("{tools}; {} is called, as one that does no harm", tool.name)),
        None => doors
            .aside("tools", format!("{tools}; none that is known to do no harm (name one in `read_tool` of [scopes])")),
    }
    let scopes = &profile.scopes;
    if scopes.all.len() < 2 {
        let found = if scopes.all.is_empty() { "the target names none" } else { "the target names only one" };
        return doors.aside("scopes", format!("{found}; the cases about two do not apply"));
    }
    if world.has_given_tokens() && world.settings.tokens.read.is_none() {
        let found = "a token with the read scope alone is not given (`read` of [tokens] in the configuration)";
        return doors.aside("scopes", found);
    }
    match (&scopes.read, &scopes.write, &profile.write_tool) {
        (Some(read), Some(write), Some(tool)) => {
            let arguments =
                if tool.arguments == Value::Object(serde_json::Map::new()) { "" } else { " with arguments" };
            doors.open("scopes", format!("{read} reads; {} needs {write} and is called{arguments}", tool.name));
        }
        _ => doors.shut(
            "scopes",
            format!("{}; which tool needs which is not known", scopes.all.join(", ")),
            Some("name read, write and write_tool under [scopes] in the configuration".into()),
        ),
    }
}

fn seconds(time: Duration) -> String {
    format!("{} s", time.as_secs())
}
