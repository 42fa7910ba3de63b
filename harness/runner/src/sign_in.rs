//! Signing in: a client, a token, and what the MCP server shows to its holder. The revision under test is settled here,
//! because a protected server does not show which it speaks to anyone without a token.

use std::sync::Arc;

use proofmark_model::Revision;
use proofmark_probe::profile::{Profile, Tool};
use proofmark_probe::settings::Rung;
use proofmark_probe::{McpRequest, Reply, Stop, Tokens, World};
use serde_json::{Value, json};

use crate::discover::{Discovery, Knock};

/// The most tools that are asked which scope they need.
const MOST_TOOLS: usize = 8;

/// Signs in and settles what only a token's holder can see. A target that lets nobody in keeps the profile it has.
pub(crate) async fn sign_in(discovery: &Discovery<'_>, world: World) -> Result<World, Stop> {
    let mut profile = Profile::clone(&world.profile);
    let endpoints = profile.endpoints.clone();
    for (endpoint, name) in [(endpoints.authorization, "authorization"), (endpoints.token, "token")] {
        if world.settings.tokens.access.is_some() {
            break;
        }
        if url::Url::parse(&endpoint).is_err() {
            let why = format!("the authorization server metadata names no usable {name} endpoint");
            return Ok(world.with(profile, Err(Stop::blocked(why))));
        }
    }
    let given = world.has_given_tokens();
    let mut signed_in = world.tokens(None, None).await;
    if let Err(stop) = &signed_in
        && world.give_up_documents()
    {
        discovery.learn("client metadata document", format!("not accepted: {}", stop.why()), vec![]);
        signed_in = world.tokens(None, None).await;
    }
    let tokens = match signed_in {
        Ok(tokens) => tokens,
        Err(stop) => {
            discovery.learn("sign-in", stop.why(), vec![]);
            return Ok(world.with(profile, Err(stop)));
        }
    };
    let kind = if tokens.jwt().is_some() { "a JWT" } else { "an opaque access token" };
    let refresh = if tokens.refresh.is_some() { "with" } else { "without" };
    discovery.learn(
        "sign-in",
        if given {
            format!("none: {kind} was given, {refresh} a refresh token")
        } else {
            format!("{}: client {} got {kind} {refresh} a refresh token", way_in(&world), tokens.client.id)
        },
        if given { vec![] } else { vec![tokens.reply.id()] },
    );
    if !world.has_resource_server() {
        return Ok(world.with(profile, Ok(tokens)));
    }

    settle_revision(discovery, &mut profile, &tokens).await?;
    let world = world.with(profile.clone(), Ok(Arc::clone(&tokens)));
    let world = find_tools(discovery, world, &tokens).await?;
    Ok(world)
}

/// How the user got in.
fn way_in(world: &World) -> String {
    let user = world.settings.login.first.as_ref().map(|u| format!(" as {}", u.name));
    let user = user.filter(|_| world.sign_ins().0 > 0).unwrap_or_default();
    match world.rung() {
        Some(Rung::Automatic) => "automatic".into(),
        Some(Rung::Session) => "by the imported session".into(),
        Some(Rung::Form) => format!("by form{user}"),
        Some(Rung::Browser) => format!("by browser{user}"),
        Some(Rung::Command) => "by command".into(),
        Some(Rung::Manual) => "by hand".into(),
        None => "without signing in".into(),
    }
}

/// Finds every revision that the server speaks, and takes the newest unless the user named one.
async fn settle_revision(discovery: &Discovery<'_>, profile: &mut Profile, tokens: &Tokens) -> Result<(), Stop> {
    let url = &profile.mcp_url;
    let wanted: Vec<Revision> = match discovery.spec {
        Some(revision) => vec![revision],
        None => Revision::ALL.into_iter().rev().collect(),
    };
    let mut answers = Vec::new();
    let mut offered = None;
    for revision in wanted {
        let request = if revision.has_handshake() {
            McpRequest::initialize(url, revision)
        } else {
            McpRequest::rpc(url, revision, "server/discover", json!({}))
        };
        let reply = discovery.recorder.send(None, request.bearer(&tokens.access).request()).await?;
        if speaks(revision, &reply) {
            profile.spoken.push(revision);
        } else if let Some(version) =
            reply.rpc_result().and_then(|r| r.get("protocolVersion")?.as_str().map(ToOwned::to_owned))
        {
            offered = Some(version);
        }
        answers.push(reply);
    }
    let seen = answers.iter().map(Reply::id).collect();
    let Some(revision) = profile.spoken.first().copied() else {
        let last = answers.last().map_or_else(|| "nothing".into(), Reply::summary);
        return Err(match (discovery.spec, offered) {
            (Some(asked), Some(offered)) => Stop::missing(
                format!("the MCP server does not speak {asked}: it offers {offered}"),
                format!("run with --spec {offered}, or with --spec auto"),
            ),
            (Some(asked), None) => {
                Stop::blocked(format!("the MCP server did not answer as a server of {asked} does: {last}"))
            }
            (None, _) => Stop::blocked(format!(
                "the MCP server answered a request with a valid token in no revision; the last answer was {last}"
            )),
        });
    };
    let names: Vec<_> = profile.spoken.iter().map(ToString::to_string).collect();
    discovery.learn("revisions", names.join(", "), seen);
    if revision != profile.revision {
        profile.revision = revision;
        match discovery.refusal(revision).await? {
            Knock::Refused(method, reply) => {
                profile.protected_method = Some(method);
                profile.challenge = Some(reply);
            }
            Knock::Open(_) | Knock::Strange(_) => {
                profile.protected_method = None;
                profile.challenge = None;
            }
        }
    }
    if !revision.has_resource_metadata() {
        profile.resource = None;
    }
    Ok(())
}

/// Whether an answer to the first request with a token is one of this revision.
fn speaks(revision: Revision, reply: &Reply) -> bool {
    let Some(message) = reply.rpc() else { return false };
    if revision.has_handshake() {
        return message.pointer("/result/protocolVersion").and_then(Value::as_str) == Some(revision.as_str());
    }
    let code = message.pointer("/error/code").and_then(Value::as_i64);
    message.pointer("/result/resultType").is_some()
        || message.pointer("/result/supportedVersions").is_some()
        // Errors that only a server of this revision gives (mirrored headers, required capability, request metadata).
        || matches!((reply.status(), code), (400, Some(-32020 | -32021)))
}

/// Reads the list of tools, and finds out which one needs the greater scope unless the user said so.
async fn find_tools(discovery: &Discovery<'_>, world: World, tokens: &Tokens) -> Result<World, Stop> {
    let mut profile = Profile::clone(&world.profile);
    let session = match world.session(None, &tokens.access).await {
        Ok(session) => session,
        Err(stop) => {
            let why = format!("no session could be opened with a valid token: {}", stop.why());
            return Ok(world.with(profile, Err(Stop::blocked(why))));
        }
    };
    let list = McpRequest::rpc(&profile.mcp_url, profile.revision, "tools/list", json!({}));
    let reply =
        discovery.recorder.send(None, list.in_session(session.as_deref()).bearer(&tokens.access).request()).await?;
    let listed: Vec<Value> = reply.rpc_result().and_then(|r| r.get("tools")?.as_array().cloned()).unwrap_or_default();
    let given = &world.settings.scopes;
    let tool = |name: &Option<String>, arguments: &Option<Value>| {
        name.as_ref().map(|name| Tool {
            name: name.clone(),
            arguments: arguments.clone().unwrap_or_else(|| {
                listed.iter().find(|t| t["name"] == name.as_str()).map_or_else(|| json!({}), smallest_arguments)
            }),
        })
    };
    profile.read_tool = tool(&given.read_tool, &given.read_arguments)
        .or_else(|| listed.iter().find(|t| is_harmless(t)).and_then(|t| named(t, smallest_arguments(t))));
    profile.write_tool = tool(&given.write_tool, &given.write_arguments);
    let names: Vec<_> = listed.iter().filter_map(|t| t["name"].as_str()).collect();
    discovery.learn("tools", if names.is_empty() { "none".into() } else { names.join(", ") }, vec![reply.id()]);
    let world = world.with(profile.clone(), Ok(Arc::new(tokens.clone())));
    if profile.write_tool.is_none() && profile.scopes.all.len() > 1 {
        find_write_tool(discovery, &world, &mut profile, &listed).await?;
    }
    let access = world.access.clone();
    Ok(world.with(profile, access))
}

/// Asks tools that need arguments, without giving any and with the smallest scope, until one answers that the scope does
/// not suffice. Nothing can happen on a server that checks either.
async fn find_write_tool(
    discovery: &Discovery<'_>,
    world: &World,
    profile: &mut Profile,
    listed: &[Value],
) -> Result<(), Stop> {
    let Some(read) = profile.scopes.read.clone() else { return Ok(()) };
    // Without such a token the question cannot be asked; the cases say what is missing.
    let Ok(narrow) = world.tokens(None, Some(&read)).await else { return Ok(()) };
    let Ok(session) = world.session(None, &narrow.access).await else { return Ok(()) };
    let asking = listed.iter().filter(|t| t.pointer("/inputSchema/required/0").is_some()).take(MOST_TOOLS);
    for tool in asking {
        let Some(found) = named(tool, smallest_arguments(tool)) else { continue };
        let call = world.tool_call(&found.name, &json!({})).labelled("which scope does it need?");
        let reply =
            discovery.recorder.send(None, call.in_session(session.as_deref()).bearer(&narrow.access).request()).await?;
        if reply.status() == 403 {
            let named = proofmark_probe::challenge::bearer(&reply)
                .and_then(|c| c.get("scope").map(ToOwned::to_owned))
                .and_then(|s| s.split_whitespace().find(|s| *s != read).map(ToOwned::to_owned));
            profile.scopes.write = named.or_else(|| profile.scopes.write.clone());
            discovery.learn("write tool", &found.name, vec![reply.id()]);
            profile.write_tool = Some(found);
            return Ok(());
        }
    }
    Ok(())
}

fn named(tool: &Value, arguments: Value) -> Option<Tool> {
    Some(Tool { name: tool["name"].as_str()?.to_owned(), arguments })
}

/// Whether a tool says, or its name says, that it only reads.
fn is_harmless(tool: &Value) -> bool {
    match tool.pointer("/annotations/readOnlyHint").and_then(Value::as_bool) {
        Some(hint) => hint,
        None => tool["name"].as_str().is_some_and(|name| {
            ["get", "list", "read", "search", "find", "echo", "ping", "whoami", "show"]
                .iter()
                .any(|verb| name.starts_with(verb))
        }),
    }
}

/// The smallest arguments that an input schema allows.
fn smallest_arguments(tool: &Value) -> Value {
    let schema = &tool["inputSchema"];
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    required
        .map(|name| (name.to_owned(), smallest(&schema["properties"][name])))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn smallest(schema: &Value) -> Value {
    for known in ["const", "default"] {
        if let Some(value) = schema.get(known) {
            return value.clone();
        }
    }
    if let Some(first) = schema.pointer("/enum/0").or_else(|| schema.pointer("/examples/0")) {
        return first.clone();
    }
    match schema["type"].as_str() {
        Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or_else(|| json!(1)),
        Some("boolean") => json!(false),
        Some("array") => json!([]),
        Some("object") => json!({}),
        _ => json!("proofmark"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_arguments_satisfy_the_schema() {
        let tool = json!({"name": "get", "inputSchema": {"required": ["a", "b", "c"], "properties": {
            "a": {"type": "string"}, "b": {"enum": ["x", "y"]}, "c": {"type": "integer", "minimum": 3}, "d": {"type": "string"}}}});
        assert_eq!(smallest_arguments(&tool), json!({"a": "proofmark", "b": "x", "c": 3}));
        assert_eq!(smallest_arguments(&json!({"name": "get"})), json!({}));
    }

    #[test]
    fn a_hint_outweighs_a_name() {
        assert!(is_harmless(&json!({"name": "get_sentiment"})));
        assert!(!is_harmless(&json!({"name": "publish_report"})));
        assert!(!is_harmless(&json!({"name": "get_and_delete", "annotations": {"readOnlyHint": false}})));
    }

    #[test]
    fn revisions_are_told_apart_by_their_answers() {
        let json = &[("content-type", "application/json")];
        let legacy = Reply::canned(200, json, r#"{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-06-18"}}"#);
        assert!(speaks(Revision::R2025_06_18, &legacy) && !speaks(Revision::R2025_11_25, &legacy));
        let modern = Reply::canned(
            200,
            json,
            r#"{"jsonrpc":"2.0","id":1,"result":{"resultType":"complete","supportedVersions":["2026-07-28"]}}"#,
        );
        assert!(speaks(Revision::R2026_07_28, &modern) && !speaks(Revision::R2025_11_25, &modern));
        let no_session =
            Reply::canned(400, json, r#"{"jsonrpc":"2.0","error":{"code":-32600,"message":"Missing session ID"}}"#);
        assert!(!speaks(Revision::R2026_07_28, &no_session));
    }
}
