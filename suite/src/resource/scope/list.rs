//! The list of tools as different callers see it.

use std::collections::BTreeSet;

use proofmark_probe::judge::{Judgement, call_refused, holds};
use proofmark_probe::model::Area;
use proofmark_probe::{Case, Need, Probe, Reply, Steps, Stop, Tokens};
use serde_json::json;

use super::{WRITING, call, narrow_tokens, write_tool};
use crate::requirements::mcp::scope::{FILTERED_LIST_IS_PRIVATE, LIST_TELLS_THE_TRUTH};

pub(super) static LIST: Case = Case {
    id: "rs.scope.list",
    title: "The list of tools and the calls agree about who may do what",
    why: "A tool that is only hidden is not protected, and a list for one caller is not for the next.",
    area: Area::Scope,
    covers: &[&LIST_TELLS_THE_TRUTH, &FILTERED_LIST_IS_PRIVATE],
    needs: &[Need::Protection, Need::ScopedTool],
    control: Some(&WRITING),
    body: |probe| Box::pin(list(probe)),
    ..Case::PLAIN
};

async fn list(probe: &mut Probe) -> Steps {
    let tool = write_tool(probe)?;
    let full = probe.tokens().await?;
    let narrow = narrow_tokens(probe).await?;
    let seen_by_full = tools(probe, &full).await?;
    let seen_by_narrow = tools(probe, &narrow).await?;
    if names(&seen_by_narrow).contains(&tool.name) {
        probe.moot(&LIST_TELLS_THE_TRUTH, "the tool is listed for callers with the smaller scope too");
    } else {
        let reply = call(probe, &tool, &narrow, "hidden from this caller").await?;
        probe.expect(&LIST_TELLS_THE_TRUTH, &reply, call_refused);
    }
    probe.expect(&FILTERED_LIST_IS_PRIVATE, &(&seen_by_full, &seen_by_narrow), |(a, b)| private_if_filtered(a, b));
    Ok(())
}

async fn tools(probe: &Probe, tokens: &Tokens) -> Result<Reply, Stop> {
    let session = probe.session(&tokens.access).await?;
    let request = probe.rpc("tools/list", json!({})).in_session(session.as_deref()).bearer(&tokens.access);
    let reply = probe.mcp(request).await?;
    match reply.rpc_result() {
        Some(_) => Ok(reply),
        None => Err(Stop::blocked(format!("tools/list with a good token ended in {}", reply.summary()))),
    }
}

fn names(reply: &Reply) -> BTreeSet<String> {
    let tools = reply.rpc_result().and_then(|r| r.get("tools")?.as_array().cloned()).unwrap_or_default();
    tools.iter().filter_map(|t| t["name"].as_str().map(ToOwned::to_owned)).collect()
}

fn private_if_filtered(a: &Reply, b: &Reply) -> Judgement {
    if names(a) == names(b) {
        return Judgement::Moot("both callers see the same tools".into());
    }
    let public = |reply: &Reply| reply.rpc_result().is_some_and(|r| r["cacheScope"] == "public");
    let seen = if public(a) || public(b) { "cacheScope is public" } else { "cacheScope is not public" };
    holds(!(public(a) || public(b)), "a list that depends on its caller and is not public", seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_differs_must_not_be_public() {
        let json = &[("content-type", "application/json")];
        let with = |tools: &str, scope: &str| {
            Reply::canned(200, json, &format!(r#"{{"result":{{"tools":[{tools}],"cacheScope":"{scope}"}}}}"#))
        };
        let (one, two) = (r#"{"name":"a"}"#, r#"{"name":"a"},{"name":"b"}"#);
        assert!(!private_if_filtered(&with(one, "public"), &with(two, "public")).is_met());
        assert!(private_if_filtered(&with(one, "private"), &with(two, "private")).is_met());
        assert!(matches!(private_if_filtered(&with(one, "public"), &with(one, "public")), Judgement::Moot(_)));
    }
}
