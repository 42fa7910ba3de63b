//! Ways around the scope: other spellings, batches, headers that lie, and tokens that came before.

use proofmark_probe::judge::{Judgement, call_refused, is_tool_error, served};
use proofmark_probe::model::Area;
use proofmark_probe::{Case, McpRequest, Need, Probe, Reply, Steps, Stop, met, sse, violated};
use serde_json::Value;

use super::{WRITING, call, narrow_tokens, reads, write_tool};
use crate::requirements::mcp::scope::{
    BATCH_IS_CHECKED, BODY_DECIDES, SCOPE_IS_COMPARED_EXACTLY, SCOPE_IS_PER_REQUEST,
};

const NEEDS: &[Need] = &[Need::Protection, Need::ScopedTool];

pub(super) static TOOL_NAMES: Case = Case {
    id: "rs.scope.tool-names",
    title: "No spelling of a tool's name gets around its scope",
    why: "A name that is cleaned after the check is another name than the one that was checked.",
    area: Area::Scope,
    covers: &[&SCOPE_IS_COMPARED_EXACTLY],
    needs: NEEDS,
    control: Some(&WRITING),
    body: |probe| Box::pin(tool_names(probe)),
    ..Case::PLAIN
};

async fn tool_names(probe: &mut Probe) -> Steps {
    let tool = write_tool(probe)?;
    let narrow = narrow_tokens(probe).await?;
    reads(probe, &narrow).await?;
    for (what, name) in spellings(&tool.name) {
        probe.row(what);
        let mut other = tool.clone();
        other.name = name;
        let reply = call(probe, &other, &narrow, what).await?;
        probe.expect(&SCOPE_IS_COMPARED_EXACTLY, &reply, call_refused);
    }
    Ok(())
}

fn spellings(name: &str) -> Vec<(&'static str, String)> {
    let wide = |c: char| match c {
        '!'..='~' => char::from_u32(u32::from(c) + 0xfee0).unwrap_or(c),
        other => other,
    };
    let mut characters = name.chars();
    let first = characters.next().map(wide);
    let all = vec![
        ("upper case", name.to_uppercase()),
        ("a space at the end", format!("{name} ")),
        ("a space at the beginning", format!(" {name}")),
        ("a line break at the end", format!("{name}\n")),
        ("a zero-width space at the end", format!("{name}\u{200b}")),
        ("a full-width letter", first.into_iter().chain(characters).collect()),
        ("the last letter missing", name.chars().take(name.chars().count().saturating_sub(1)).collect()),
    ];
    all.into_iter().filter(|(_, other)| other != name).collect()
}

pub(super) static BATCH: Case = Case {
    id: "rs.scope.batch",
    title: "A call beyond the scope is refused inside a batch",
    why: "A check of the first message lets the others through.",
    area: Area::Scope,
    covers: &[&BATCH_IS_CHECKED],
    needs: &[Need::Protection, Need::ScopedTool, Need::Tool],
    control: Some(&WRITING),
    body: |probe| Box::pin(batch(probe)),
    ..Case::PLAIN
};

async fn batch(probe: &mut Probe) -> Steps {
    let forbidden = write_tool(probe)?;
    let Some(allowed) = probe.profile().read_tool.clone() else {
        return Err(Stop::not_applicable("no tool is known that only reads"));
    };
    let narrow = narrow_tokens(probe).await?;
    let session = probe.session(&narrow.access).await?;
    let allowed = probe.tool_call(&allowed.name, &allowed.arguments);
    let forbidden = probe.tool_call(&forbidden.name, &forbidden.arguments);
    let send = |requests: &[McpRequest], what: &str| {
        let batch = McpRequest::batch(&requests[0].url, requests[0].revision, requests);
        batch.in_session(session.as_deref()).bearer(&narrow.access).labelled(what)
    };

    let both = send(&[allowed.clone(), allowed.clone()], "two allowed calls");
    let reply = probe.mcp(both).await?;
    if result_of(&reply, 1).is_none() {
        probe.moot(&BATCH_IS_CHECKED, format!("the MCP server takes no batches: {}", reply.summary()));
        return Ok(());
    }
    probe.row("allowed, then forbidden");
    let reply = probe.mcp(send(&[allowed.clone(), forbidden.clone()], "allowed, then forbidden")).await?;
    probe.expect(&BATCH_IS_CHECKED, &reply, refused_in_batch(2));
    probe.row("forbidden, then allowed");
    let reply = probe.mcp(send(&[forbidden, allowed], "forbidden, then allowed")).await?;
    probe.expect(&BATCH_IS_CHECKED, &reply, refused_in_batch(1));
    Ok(())
}

/// Every JSON-RPC message in an answer, whether it stands alone, in an array or in a stream.
fn messages(reply: &Reply) -> Vec<Value> {
    let stream = reply.media_type().as_deref() == Some("text/event-stream");
    let values: Vec<Value> = if stream {
        sse::data(&reply.text()).iter().filter_map(|d| serde_json::from_str(d).ok()).collect()
    } else {
        reply.json().into_iter().collect()
    };
    let spread = |value| match value {
        Value::Array(list) => list,
        other => vec![other],
    };
    values.into_iter().flat_map(spread).collect()
}

fn result_of(reply: &Reply, id: u64) -> Option<Value> {
    messages(reply).into_iter().find(|m| m["id"] == id)?.get("result").cloned()
}

fn refused_in_batch(id: u64) -> impl Fn(&Reply) -> Judgement {
    move |reply| match result_of(reply, id) {
        Some(result) if !is_tool_error(&result) => {
            violated("a refusal of the forbidden call", format!("{}: it was run", reply.summary()))
        }
        Some(_) => met("a tool error (isError)"),
        None if !reply.is_success() => met(reply.summary()),
        None if messages(reply).iter().any(|m| m["id"] == id) => met("a JSON-RPC error for the forbidden call"),
        None => Judgement::Unproven("the answer says nothing about the forbidden call".into()),
    }
}

pub(super) static HEADER_AND_BODY: Case = Case {
    id: "rs.scope.header-and-body",
    title: "A header that names another tool does not get around the scope",
    why: "A gateway that decides by the header and a server that acts on the body can be played against each other.",
    area: Area::Scope,
    covers: &[&BODY_DECIDES],
    needs: &[Need::Protection, Need::ScopedTool, Need::Tool],
    control: Some(&WRITING),
    body: |probe| Box::pin(header_and_body(probe)),
    ..Case::PLAIN
};

async fn header_and_body(probe: &mut Probe) -> Steps {
    let forbidden = write_tool(probe)?;
    let Some(allowed) = probe.profile().read_tool.clone() else {
        return Err(Stop::not_applicable("no tool is known that only reads"));
    };
    let narrow = narrow_tokens(probe).await?;
    reads(probe, &narrow).await?;
    let request = probe.tool_call(&forbidden.name, &forbidden.arguments).bearer(&narrow.access);
    for (header, value) in [("Mcp-Name", allowed.name.as_str()), ("Mcp-Method", "tools/list")] {
        probe.row(header);
        let sent = request.clone().with_replaced_header(header, value);
        let reply = probe.mcp(sent.labelled(&format!("{header} names something allowed"))).await?;
        probe.expect(&BODY_DECIDES, &reply, call_refused);
    }
    Ok(())
}

pub(super) static EARLIER_TOKEN: Case = Case {
    id: "rs.scope.earlier-token",
    title: "The scope of an earlier token does not count",
    why: "A session that remembers what one token could do lends it to the next.",
    area: Area::Scope,
    covers: &[&SCOPE_IS_PER_REQUEST],
    needs: NEEDS,
    control: Some(&WRITING),
    body: |probe| Box::pin(earlier_token(probe)),
    ..Case::PLAIN
};

async fn earlier_token(probe: &mut Probe) -> Steps {
    let tool = write_tool(probe)?;
    let full = probe.tokens().await?;
    let narrow = narrow_tokens(probe).await?;
    reads(probe, &narrow).await?;
    for (what, token) in [("the session of the smaller token", &narrow), ("the session of the greater token", &full)] {
        let session = probe.own_session(&token.access).await?;
        let request = probe.tool_call(&tool.name, &tool.arguments).in_session(session.as_deref());
        let before = probe.mcp(request.clone().bearer(&full.access).labelled("the greater token first")).await?;
        let shared = served(&before).is_met();
        probe.row(if session.is_some() { what } else { "without a session" });
        let reply = probe.mcp(request.bearer(&narrow.access).labelled("the smaller token after it")).await?;
        probe.expect(&SCOPE_IS_PER_REQUEST, &reply, |r| {
            if shared { call_refused(r) } else { call_refused(r).and(|| met("the session is bound to its token")) }
        });
        if session.is_none() {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_differ_from_the_name() {
        let all = spellings("publish_report");
        assert_eq!(all.len(), 7);
        assert!(all.iter().all(|(_, name)| name != "publish_report"));
        assert!(all.iter().any(|(_, name)| name == "ｐublish_report"));
    }

    #[test]
    fn each_call_of_a_batch_has_an_answer_of_its_own() {
        let json = &[("content-type", "application/json")];
        let ran = Reply::canned(200, json, r#"[{"id":1,"result":{}},{"id":2,"result":{"isError":false}}]"#);
        let kept = Reply::canned(200, json, r#"[{"id":1,"result":{}},{"id":2,"error":{"code":-32000}}]"#);
        assert!(!refused_in_batch(2)(&ran).is_met() && refused_in_batch(2)(&kept).is_met());
        let stream = &[("content-type", "text/event-stream")];
        let events = Reply::canned(200, stream, "data: {\"id\":1,\"result\":{}}\n\ndata: {\"id\":2,\"result\":{}}\n\n");
        assert!(!refused_in_batch(2)(&events).is_met());
        assert!(matches!(refused_in_batch(3)(&events), Judgement::Unproven(_)));
        assert!(refused_in_batch(2)(&Reply::canned(403, &[], "")).is_met());
    }
}
