//! What a refusal gives away, and what it lets happen.

use std::collections::BTreeSet;

use proofmark_probe::judge::{Judgement, holds, is_tool_error, not_served, served};
use proofmark_probe::model::Area;
use proofmark_probe::profile::Tool;
use proofmark_probe::{Case, McpRequest, Need, Probe, Reply, Steps, Stop, Tokens, met, violated};
use serde_json::{Value, json};

use crate::requirements::mcp::challenge::REFUSAL_IS_NO_PAGE;
use crate::requirements::mcp::scope::SCOPE_IS_ENFORCED;
use crate::requirements::mcp::token_use::{
    NO_SESSION_BEFORE_TOKEN, NO_STACK_TRACE, NO_TOKEN_ECHO, NOTHING_IS_DONE, NOTHING_IS_GIVEN_AWAY,
    REFUSAL_IS_NOT_CACHED,
};
use crate::resource::credentials::HEADER;
use crate::resource::scope::{WRITING, narrow_tokens, write_tool};

/// The cases of this topic.
pub static CASES: &[&Case] = &[&REFUSAL, &SESSION, &WRITE_TOOL];

static REFUSAL: Case = Case {
    id: "rs.leaks.refusal",
    title: "A refusal gives nothing away",
    why: "What a refusal tells about tools, code and tokens is told to whoever asks.",
    area: Area::Challenge,
    covers: &[&NOTHING_IS_GIVEN_AWAY, &NO_STACK_TRACE, &NO_TOKEN_ECHO, &REFUSAL_IS_NOT_CACHED, &REFUSAL_IS_NO_PAGE],
    needs: &[Need::Protection],
    control: Some(&HEADER),
    body: |probe| Box::pin(refusal(probe)),
    ..Case::PLAIN
};

async fn refusal(probe: &mut Probe) -> Steps {
    let request = probe.protected().await?;
    let profile = probe.profile();
    let tools = [&profile.read_tool, &profile.write_tool].into_iter().flatten().map(|t| t.name.clone());
    let sent = request.message.as_ref().map(ToString::to_string).unwrap_or_default();
    // A name that stands in the request is no secret of the server.
    let names: Vec<String> = tools.filter(|name| !sent.contains(name.as_str())).collect();
    let token = probe.rng().word();

    let bad = request.clone().bearer(&token).labelled("a bad token");
    for (what, request) in [("no token", request.labelled("no token")), ("a bad token", bad)] {
        probe.row(what);
        let reply = probe.mcp(request).await?;
        probe.expect(&NOTHING_IS_GIVEN_AWAY, &reply, shows_nothing(&names));
        probe.expect(&NO_STACK_TRACE, &reply, no_stack_trace);
        probe.expect(&REFUSAL_IS_NOT_CACHED, &reply, not_cached);
        probe.expect(&REFUSAL_IS_NO_PAGE, &reply, |r| holds(!r.is_html(), "JSON or no body", r.summary()));
        if what == "a bad token" {
            probe.expect(&NO_TOKEN_ECHO, &reply, does_not_repeat(&token));
        }
    }
    Ok(())
}

/// No result, no list, none of these names.
fn shows_nothing(names: &[String]) -> impl Fn(&Reply) -> Judgement {
    move |reply| {
        not_served(reply).and(|| {
            let body = reply.json().unwrap_or(Value::Null);
            let telling = ["tools", "resources", "prompts", "serverInfo"].into_iter().find(|m| body.get(m).is_some());
            let text = reply.text();
            let name = names.iter().find(|name| text.contains(&format!("\"{name}\"")));
            match telling.map(|m| format!("a member \"{m}\"")).or_else(|| name.map(|n| format!("the tool {n}"))) {
                Some(seen) => {
                    violated("a refusal that shows nothing of the server", format!("{} with {seen}", reply.summary()))
                }
                None => met(reply.summary()),
            }
        })
    }
}

/// Traces of common run times, and keys.
pub(crate) fn no_stack_trace(reply: &Reply) -> Judgement {
    const MARKS: &[&str] = &[
        "Traceback (most recent call last)",
        "node_modules/",
        "node:internal/",
        "panicked at ",
        "goroutine ",
        "Exception in thread",
        "java.lang.",
        "org.springframework.",
        "site-packages/",
        "-----BEGIN ",
    ];
    let text = reply.text();
    let mark = MARKS.iter().find(|mark| text.contains(**mark)).map(ToString::to_string);
    let seen =
        mark.or_else(|| text.replace("\\n", "\n").lines().find(|line| is_frame(line)).map(|l| l.trim().to_owned()));
    match seen {
        Some(seen) => violated("a message without stack trace or key", seen),
        None => met("no stack trace"),
    }
}

/// `at place/file.ext:12:3`, as the run times of several languages write it.
fn is_frame(line: &str) -> bool {
    let Some(place) = line.trim().strip_prefix("at ") else { return false };
    let numbered = place.trim_end_matches([')', '"', '}']).rsplit(':').next().is_some_and(|n| n.parse::<u32>().is_ok());
    numbered && place.contains('.') && place.contains(':')
}

fn not_cached(reply: &Reply) -> Judgement {
    let values: Vec<_> = reply.headers("cache-control").collect();
    let directives: Vec<String> =
        values.iter().flat_map(|v| v.split(',')).map(|d| d.trim().to_ascii_lowercase()).collect();
    let age = directives.iter().find_map(|d| d.strip_prefix("s-maxage=").or_else(|| d.strip_prefix("max-age=")));
    let lasting = age.is_some_and(|age| age.trim_matches('"').parse::<u64>().is_ok_and(|seconds| seconds > 0));
    let forbidden = directives.iter().any(|d| d == "no-store" || d == "private");
    let public = directives.iter().any(|d| d == "public");
    let seen = if values.is_empty() { "no Cache-Control header".into() } else { values.join(", ") };
    holds(forbidden || !(public || lasting), "nothing that lets caches keep the refusal", seen)
}

fn does_not_repeat(token: &str) -> impl Fn(&Reply) -> Judgement {
    move |reply| {
        let headers = reply.header_lines().iter().any(|(_, v)| String::from_utf8_lossy(v).contains(token));
        let place = if headers { "a header" } else { "the body" };
        let repeated = headers || reply.text().contains(token);
        let seen = if repeated { format!("the token stands in {place}") } else { "the token is not repeated".into() };
        holds(!repeated, "a refusal without the token", seen)
    }
}

static SESSION: Case = Case {
    id: "rs.leaks.session",
    title: "A refusal hands out no session",
    why: "A session that exists before its owner was checked belongs to nobody, and so to anybody.",
    area: Area::Transport,
    covers: &[&NO_SESSION_BEFORE_TOKEN],
    needs: &[Need::Protection, Need::Handshake],
    body: |probe| Box::pin(session(probe)),
    ..Case::PLAIN
};

async fn session(probe: &mut Probe) -> Steps {
    let initialize = McpRequest::initialize(&probe.profile().mcp_url, probe.revision());
    let reply = probe.mcp(initialize.labelled("no token")).await?;
    probe.expect(&NO_SESSION_BEFORE_TOKEN, &reply, no_session);
    Ok(())
}

fn no_session(reply: &Reply) -> Judgement {
    let minted = reply.header("mcp-session-id").is_some();
    let seen = if minted { format!("{} with a session", reply.summary()) } else { reply.summary() };
    holds(!minted, "no session without a token", seen)
}

static WRITE_TOOL: Case = Case {
    id: "rs.leaks.write-tool",
    title: "A refused call of a writing tool changes nothing",
    why: "A tool that runs before its caller is checked has done what the refusal denies.",
    area: Area::RsValidation,
    covers: &[&NOTHING_IS_DONE, &SCOPE_IS_ENFORCED],
    needs: &[Need::Protection, Need::ScopedTool],
    control: Some(&WRITING),
    body: |probe| Box::pin(write_tool_runs_not(probe)),
    ..Case::PLAIN
};

/// A word that stands in the arguments which discovery makes up, in place of which each call gets a word of its own.
const FILLER: &str = "proofmark";

async fn write_tool_runs_not(probe: &mut Probe) -> Steps {
    let tokens = probe.tokens().await?;
    let narrow = narrow_tokens(probe).await?;
    let tool = write_tool(probe)?;
    let readers = readers(probe, &tokens).await?;
    let marks: Vec<String> = (0..4).map(|_| format!("{FILLER}-{}", probe.rng().name(12))).collect();
    let (Some(arguments), false) = (marked(&tool, &marks[0]), readers.is_empty()) else {
        return not_visible(probe, "there is no tool that shows what the writing tool did");
    };
    let session = probe.session(&tokens.access).await?;
    let call = probe.tool_call(&tool.name, &arguments).in_session(session.as_deref());
    let reply = probe.mcp(call.bearer(&tokens.access).labelled("to see whether it can be read back")).await?;
    if !served(&reply).is_met() {
        return Err(Stop::blocked(format!("a call of {} with a good token ended in {}", tool.name, reply.summary())));
    }
    if !read(probe, &tokens, &readers).await?.iter().any(|r| r.text().contains(&marks[0])) {
        return not_visible(probe, "no reading tool shows what the writing tool did");
    }

    let bad = probe.rng().word();
    let narrow_session = probe.session(&narrow.access).await?;
    let callers = [
        ("no token", None, &session, &NOTHING_IS_DONE),
        ("a bad token", Some(bad.as_str()), &session, &NOTHING_IS_DONE),
        ("too little scope", Some(narrow.access.as_str()), &narrow_session, &SCOPE_IS_ENFORCED),
    ];
    for ((_, token, session, _), mark) in callers.iter().zip(&marks[1..]) {
        let arguments = marked(&tool, mark).unwrap_or_default();
        let call = probe.tool_call(&tool.name, &arguments).in_session(session.as_deref());
        let call = match token {
            Some(token) => call.bearer(token),
            None => call,
        };
        probe.mcp(call.labelled("to be refused")).await?;
    }
    let shown = read(probe, &tokens, &readers).await?;
    for ((what, _, _, rule), mark) in callers.iter().zip(&marks[1..]) {
        probe.row(*what);
        probe.expect(rule, &shown, |replies| {
            let done = replies.iter().any(|r| r.text().contains(mark.as_str()));
            let seen = if done { "what the refused call wrote can be read" } else { "nothing was written" };
            holds(!done, "no trace of the refused call", seen)
        });
    }
    Ok(())
}

fn not_visible(probe: &mut Probe, why: &str) -> Steps {
    probe.moot(&NOTHING_IS_DONE, why);
    probe.moot(&SCOPE_IS_ENFORCED, why);
    Ok(())
}

/// The arguments of a tool with a word of ours in them; `None` where they have no place for one.
fn marked(tool: &Tool, mark: &str) -> Option<Value> {
    let text = tool.arguments.to_string();
    let filled = text.replace(FILLER, mark);
    if filled == text { None } else { serde_json::from_str(&filled).ok() }
}

/// Harmless tools that need no arguments: what they show is looked at before and after.
async fn readers(probe: &Probe, tokens: &Tokens) -> Result<BTreeSet<String>, Stop> {
    const MOST: usize = 3;
    let session = probe.session(&tokens.access).await?;
    let list = probe.rpc("tools/list", json!({})).in_session(session.as_deref()).bearer(&tokens.access);
    let reply = probe.mcp(list).await?;
    let tools = reply.rpc_result().and_then(|r| r.get("tools")?.as_array().cloned()).unwrap_or_default();
    let harmless = tools.iter().filter(|t| {
        t.pointer("/annotations/readOnlyHint").and_then(Value::as_bool) == Some(true)
            && t.pointer("/inputSchema/required/0").is_none()
    });
    Ok(harmless.filter_map(|t| t["name"].as_str().map(ToOwned::to_owned)).take(MOST).collect())
}

async fn read(probe: &Probe, tokens: &Tokens, tools: &BTreeSet<String>) -> Result<Vec<Reply>, Stop> {
    let session = probe.session(&tokens.access).await?;
    let mut replies = Vec::new();
    for tool in tools {
        let call = probe.tool_call(tool, &json!({})).in_session(session.as_deref()).bearer(&tokens.access);
        let reply = probe.mcp(call.labelled("what it shows")).await?;
        if reply.rpc_result().is_some_and(|r| !is_tool_error(&r)) {
            replies.push(reply);
        }
    }
    Ok(replies)
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &[(&str, &str)] = &[("content-type", "application/json")];

    #[test]
    fn names_and_lists_are_leaks() {
        let names = ["secret_tool".to_owned()];
        let judge = shows_nothing(&names);
        assert!(judge(&Reply::canned(401, JSON, r#"{"error":"invalid_token"}"#)).is_met());
        assert!(!judge(&Reply::canned(401, JSON, r#"{"tools":[]}"#)).is_met());
        assert!(!judge(&Reply::canned(401, JSON, r#"{"hint":["secret_tool"]}"#)).is_met());
    }

    #[test]
    fn traces_are_told_from_prose() {
        let with = |body: &str| Reply::canned(401, JSON, body);
        assert!(!no_stack_trace(&with(r#"{"stack":"Error: x\n    at verify (/app/src/auth.js:10:5)"}"#)).is_met());
        assert!(!no_stack_trace(&with(r#"{"stack":"   0: f\n             at src/bearer.rs:97:13\n"}"#)).is_met());
        assert!(!no_stack_trace(&with("Traceback (most recent call last):")).is_met());
        assert!(no_stack_trace(&with(r#"{"error_description":"look at https://h/docs: it says more"}"#)).is_met());
    }

    #[test]
    fn a_refusal_may_be_kept_by_nobody() {
        let with = |value: &str| Reply::canned(401, &[("cache-control", value)], "");
        assert!(!not_cached(&with("public, max-age=600")).is_met() && !not_cached(&with("max-age=60")).is_met());
        assert!(not_cached(&with("no-store")).is_met() && not_cached(&with("no-cache, max-age=0")).is_met());
        assert!(not_cached(&Reply::canned(401, &[], "")).is_met());
    }

    #[test]
    fn an_echo_is_heard_in_body_and_header() {
        let judge = does_not_repeat("tok");
        assert!(!judge(&Reply::canned(401, &[], "rejected: Bearer tok")).is_met());
        assert!(!judge(&Reply::canned(401, &[("x-debug", "tok")], "")).is_met());
        assert!(judge(&Reply::canned(401, &[], "rejected")).is_met());
        assert!(!no_session(&Reply::canned(401, &[("Mcp-Session-Id", "s")], "")).is_met());
    }

    #[test]
    fn arguments_take_a_mark_only_where_there_is_room() {
        let tool = |arguments| Tool { name: "t".into(), arguments };
        assert_eq!(marked(&tool(json!({"title": "proofmark"})), "proofmark-x"), Some(json!({"title": "proofmark-x"})));
        assert_eq!(marked(&tool(json!({"n": 1})), "proofmark-x"), None);
    }
}
