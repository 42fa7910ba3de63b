//! The way in: a client, a sign-in, a token, and what it opens at the MCP server.

use std::time::Duration;

use proofmark_probe::profile::Profile;
use proofmark_probe::{ClientKind, Tokens, World};
use serde_json::Value;

use super::doors::Doors;

const SIGN_IN: &str = "set the user with PROOFMARK_USERNAME and PROOFMARK_PASSWORD, or [users.first] in the \
                       configuration; --login, or `ways` of [login], says how to sign in";

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
            server(doors, profile);
        }
    }
}

fn client(doors: &mut Doors<'_>, world: &World) {
    let endpoints = &world.profile.endpoints;
    let given = &world.settings.clients.given;
    match given.main() {
        Some(client) => doors.open("client, given", format!("{} is used", client.id)),
        None => doors.aside("client, given", "none is named (--client-id, or [clients.public] in the configuration)"),
    }
    let made = world.known_client(ClientKind::Main);
    match (&endpoints.registration, made) {
        (None, Some(Err(stop))) => doors.stopped("client, dynamic", &stop, ""),
        (None, _) => doors.aside("client, dynamic", "the metadata names no registration endpoint"),
        (Some(url), Some(Ok(client))) if given.main().is_none() => {
            doors.open("client, dynamic", format!("{url} registered {}", client.id));
        }
        (Some(url), Some(Err(stop))) => doors.stopped(
            "client, dynamic",
            &stop,
            &format!("see what {url} wants: --initial-access-token-env, or [registration] in the configuration"),
        ),
        (Some(url), _) => doors.aside("client, dynamic", format!("offered at {url}")),
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
            doors.end("MCP access", "look at the server's log: it refuses a token of its own authorization server");
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
fn server(doors: &mut Doors<'_>, profile: &Profile) {
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
