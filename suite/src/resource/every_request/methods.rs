//! Every JSON-RPC method, and requests beside and after good ones.

use proofmark_probe::judge::{not_accepted, not_served, served, status_is};
use proofmark_probe::model::Area;
use proofmark_probe::{Case, McpRequest, Need, Probe, Steps, Stop};
use serde_json::json;

use crate::requirements::mcp::token_use::{
    BAD_TOKEN_IS_NOT_ANONYMOUS, CALLS_ARE_CHECKED, NOTHING_IS_OPEN, UNKNOWN_METHOD_AFTER_CHECK,
};
use crate::resource::credentials::HEADER;

const NEEDS: &[Need] = &[Need::Protection, Need::AccessToken];

pub(super) static METHODS: Case = Case {
    id: "rs.every-request.methods",
    title: "Every JSON-RPC method is refused without a token",
    why: "A check that sits in single methods is missing in the one that was added last.",
    area: Area::Challenge,
    covers: &[&CALLS_ARE_CHECKED, &NOTHING_IS_OPEN, &BAD_TOKEN_IS_NOT_ANONYMOUS, &UNKNOWN_METHOD_AFTER_CHECK],
    needs: NEEDS,
    control: Some(&HEADER),
    body: |probe| Box::pin(methods(probe)),
    ..Case::PLAIN
};

async fn methods(probe: &mut Probe) -> Steps {
    let tokens = probe.tokens().await?;
    let session = probe.session(&tokens.access).await?;
    let revision = probe.revision();
    let url = probe.profile().mcp_url.clone();
    let opening = if revision.has_handshake() {
        McpRequest::initialize(&url, revision)
    } else {
        probe.rpc("server/discover", json!({}))
    };
    let lists = ["tools/list", "resources/list", "prompts/list"].map(|m| probe.rpc(m, json!({})));
    let ping = revision.has_handshake().then(|| probe.rpc("ping", json!({})));

    let mut handshake_is_open = false;
    for (at, request) in [opening].into_iter().chain(ping).chain(lists).enumerate() {
        probe.row(request.label.clone());
        let request = if at == 0 { request } else { request.in_session(session.as_deref()) };
        let reply = probe.mcp(request.clone().labelled("no token")).await?;
        probe.expect(&NOTHING_IS_OPEN, &reply, not_served);
        if not_served(&reply).is_met() {
            continue;
        }
        handshake_is_open |= at == 0;
        let bad = probe.rng().word();
        let reply = probe.mcp(request.bearer(&bad).labelled("a bad token where none is needed")).await?;
        probe.expect(&BAD_TOKEN_IS_NOT_ANONYMOUS, &reply, not_served);
    }
    probe.no_row();
    probe.moot(&BAD_TOKEN_IS_NOT_ANONYMOUS, "every method that was seen to be open was asked");

    probe.row("tools/call");
    match probe.profile().read_tool.clone() {
        Some(tool) => {
            let call = probe.tool_call(&tool.name, &tool.arguments).in_session(session.as_deref());
            let reply = probe.mcp(call.labelled("no token")).await?;
            probe.expect(&CALLS_ARE_CHECKED, &reply, not_served);
        }
        None => probe.moot(&CALLS_ARE_CHECKED, "no tool is known that can be called without harm"),
    }

    probe.row("a method that does not exist");
    let unknown = probe.rpc("proofmark/unknown", json!({})).in_session(session.as_deref());
    let reply = probe.mcp(unknown.labelled("no token")).await?;
    probe.expect(&UNKNOWN_METHOD_AFTER_CHECK, &reply, status_is(&[401]));

    if !revision.has_handshake() {
        // From 2026-07-28 on, clients send no notifications and no responses over HTTP.
        return Ok(());
    }
    let mut response = McpRequest::notification(&url, revision, "response");
    response.message = Some(json!({"jsonrpc": "2.0", "id": 0, "result": {}}));
    let notification = McpRequest::notification(&url, revision, "notifications/initialized");
    for (what, message) in [("a notification", notification), ("a response", response)] {
        probe.row(what);
        let reply = probe.mcp(message.in_session(session.as_deref()).labelled("no token")).await?;
        // A handshake that is open ends with a notification that must be open too.
        let rule = if handshake_is_open { &NOTHING_IS_OPEN } else { &CALLS_ARE_CHECKED };
        probe.expect(rule, &reply, not_accepted);
    }
    Ok(())
}

pub(super) static WITHOUT_VERSION_HEADER: Case = Case {
    id: "rs.every-request.without-version-header",
    title: "A request without version header needs a token too",
    why: "Servers that speak several revisions choose by headers; the choice must not come before the token check.",
    area: Area::Challenge,
    covers: &[&CALLS_ARE_CHECKED],
    needs: NEEDS,
    control: Some(&HEADER),
    body: |probe| Box::pin(without_version_header(probe)),
    ..Case::PLAIN
};

async fn without_version_header(probe: &mut Probe) -> Steps {
    let request = probe.protected().await?;
    for headers in [&["MCP-Protocol-Version"][..], &["MCP-Protocol-Version", "Mcp-Method", "Mcp-Name"]] {
        probe.row(format!("without {}", headers.join(", ")));
        let sent = headers.iter().fold(request.clone(), |request, header| request.without_header(header));
        let reply = probe.mcp(sent.labelled("no token, fewer headers")).await?;
        probe.expect(&CALLS_ARE_CHECKED, &reply, not_served);
    }
    Ok(())
}

pub(super) static BAD_AFTER_GOOD: Case = Case {
    id: "rs.every-request.bad-after-good",
    title: "A bad token is refused right after a good one",
    why: "A server that remembers who a connection or session belongs to serves whoever comes next.",
    area: Area::RsValidation,
    covers: &[&CALLS_ARE_CHECKED],
    needs: NEEDS,
    control: Some(&HEADER),
    body: |probe| Box::pin(bad_after_good(probe)),
    ..Case::PLAIN
};

/// A request that needs a token, within a session where there are sessions: what the server remembers is what is asked for.
async fn in_session(probe: &mut Probe, token: &str) -> Result<McpRequest, Stop> {
    let request = probe.protected().await?;
    if request.session.is_some() || !probe.revision().has_handshake() {
        return Ok(request);
    }
    match probe.own_session(token).await? {
        Some(session) => Ok(probe.rpc("tools/list", json!({})).in_session(Some(&session))),
        None => Ok(request),
    }
}

async fn bad_after_good(probe: &mut Probe) -> Steps {
    let tokens = probe.tokens().await?;
    let request = in_session(probe, &tokens.access).await?;
    let bad = probe.rng().word();
    let steps = [
        ("a good token", Some(tokens.access.as_str())),
        ("a bad token after the good one", Some(bad.as_str())),
        ("no token after the good one", None),
        ("the good token again", Some(tokens.access.as_str())),
    ];
    for (what, token) in steps {
        probe.row(what);
        let sent = request.clone().labelled(what);
        let sent = match token {
            Some(token) => sent.bearer(token),
            None => sent,
        };
        let reply = probe.mcp(sent).await?;
        let good = token == Some(tokens.access.as_str());
        probe.expect(&CALLS_ARE_CHECKED, &reply, if good { served } else { not_served });
    }
    Ok(())
}

pub(super) static AT_THE_SAME_TIME: Case = Case {
    id: "rs.every-request.at-the-same-time",
    title: "Good and bad requests at the same time do not mix",
    why: "Who is calling belongs to the request; kept anywhere else, it is somebody else's under load.",
    area: Area::RsValidation,
    covers: &[&CALLS_ARE_CHECKED],
    needs: NEEDS,
    control: Some(&HEADER),
    body: |probe| Box::pin(at_the_same_time(probe)),
    ..Case::PLAIN
};

async fn at_the_same_time(probe: &mut Probe) -> Steps {
    const PAIRS: usize = 6;
    let tokens = probe.tokens().await?;
    let request = in_session(probe, &tokens.access).await?;
    let mut requests = Vec::new();
    for _ in 0..PAIRS {
        let bad = probe.rng().word();
        requests.push(request.clone().bearer(&tokens.access).labelled("good, among others"));
        requests.push(request.clone().bearer(&bad).labelled("bad, among others"));
    }
    let replies = probe.mcp_together(requests).await?;
    for (at, reply) in replies.iter().enumerate() {
        let good = at % 2 == 0;
        probe.row(format!("{} {}", if good { "good" } else { "bad" }, at / 2 + 1));
        probe.expect(&CALLS_ARE_CHECKED, reply, if good { served } else { not_served });
    }
    Ok(())
}
