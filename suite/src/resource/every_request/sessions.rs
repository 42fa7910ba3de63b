//! Sessions: neither their identifier nor their end belongs to whoever knows it.

use proofmark_probe::judge::{Judgement, no_stream, not_served, served, status_is};
use proofmark_probe::model::Area;
use proofmark_probe::{Case, McpRequest, Need, Probe, Reply, Steps, Stop, met, violated};
use serde_json::json;

use crate::requirements::mcp::token_use::{OTHER_VERBS_ARE_REFUSED, SESSION_ENDS_WITH_TOKEN_ONLY, SESSION_IS_NO_TOKEN};
use crate::resource::credentials::HEADER;

const NEEDS: &[Need] = &[Need::Protection, Need::AccessToken, Need::Handshake];

/// A session of the case's own.
async fn own_session(probe: &mut Probe, token: &str) -> Result<String, Stop> {
    let session = probe.own_session(token).await?;
    session.ok_or_else(|| Stop::not_applicable("the MCP server gives out no session identifiers"))
}

pub(super) static DELETE: Case = Case {
    id: "rs.every-request.delete",
    title: "DELETE without a token does not end a session",
    why: "Whoever learns a session identifier must not be able to throw its owner out.",
    area: Area::Transport,
    covers: &[&SESSION_ENDS_WITH_TOKEN_ONLY, &OTHER_VERBS_ARE_REFUSED],
    needs: NEEDS,
    control: Some(&HEADER),
    body: |probe| Box::pin(delete(probe)),
    ..Case::PLAIN
};

async fn delete(probe: &mut Probe) -> Steps {
    let tokens = probe.tokens().await?;
    let session = own_session(probe, &tokens.access).await?;
    let list = probe.rpc("tools/list", json!({})).in_session(Some(&session)).bearer(&tokens.access);
    let before = probe.mcp(list.clone().labelled("the session works")).await?;
    if !served(&before).is_met() {
        return Err(Stop::blocked(format!("tools/list in a fresh session ended in {}", before.summary())));
    }

    let request = McpRequest::bare(&list.url, list.revision, "DELETE").in_session(Some(&session));
    let reply = probe.mcp(request.labelled("no token")).await?;
    let after = probe.mcp(list.labelled("after a DELETE without a token")).await?;
    probe.expect(&SESSION_ENDS_WITH_TOKEN_ONLY, &after, still_alive);
    probe.expect(&OTHER_VERBS_ARE_REFUSED, &reply, status_is(&[401, 405]));
    Ok(())
}

fn still_alive(reply: &Reply) -> Judgement {
    match served(reply).is_met() {
        true => met("the session still works"),
        false => violated("a session that still works", format!("{}: the session is gone", reply.summary())),
    }
}

pub(super) static SESSION_ALONE: Case = Case {
    id: "rs.every-request.session-alone",
    title: "A session does not stand for a token",
    why: "Session identifiers travel in places where tokens must not; as a credential they are worth stealing.",
    area: Area::Transport,
    covers: &[&SESSION_IS_NO_TOKEN],
    needs: NEEDS,
    control: Some(&HEADER),
    body: |probe| Box::pin(session_alone(probe)),
    ..Case::PLAIN
};

async fn session_alone(probe: &mut Probe) -> Steps {
    let tokens = probe.tokens().await?;
    let session = own_session(probe, &tokens.access).await?;
    let list = probe.rpc("tools/list", json!({})).in_session(Some(&session));
    let served_here = probe.mcp(list.clone().bearer(&tokens.access).labelled("the session with its token")).await?;
    if !served(&served_here).is_met() {
        return Err(Stop::blocked(format!("tools/list in a fresh session ended in {}", served_here.summary())));
    }
    if probe.profile().protected_method.as_deref() == Some("tools/call") {
        return Err(Stop::not_applicable("the MCP server lists its tools without a token"));
    }

    probe.row("no token");
    let reply = probe.mcp(list.clone().labelled("session without a token")).await?;
    probe.expect(&SESSION_IS_NO_TOKEN, &reply, not_served);

    probe.row("a bad token");
    let bad = probe.rng().word();
    let reply = probe.mcp(list.clone().bearer(&bad).labelled("session with a bad token")).await?;
    probe.expect(&SESSION_IS_NO_TOKEN, &reply, not_served);

    probe.row("GET without a token");
    let get = McpRequest::bare(&list.url, list.revision, "GET").in_session(Some(&session));
    let reply = probe.mcp(get.labelled("session without a token")).await?;
    probe.expect(&SESSION_IS_NO_TOKEN, &reply, no_stream);
    Ok(())
}
