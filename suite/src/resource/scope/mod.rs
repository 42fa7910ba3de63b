//! What a token allows: calls beyond its scope are refused, and the refusal says what to do.

mod around;
mod denial;
mod list;
mod step_up;

pub(crate) use denial::WRITING;

use std::sync::Arc;

use proofmark_probe::judge::{Judgement, is_tool_error, served};
use proofmark_probe::profile::Tool;
use proofmark_probe::{Case, Probe, Reply, Stop, Tokens, met, violated};
use serde_json::json;

/// The cases of this topic.
pub static CASES: &[&Case] = &[
    &WRITING,
    &denial::INSUFFICIENT,
    &denial::INSUFFICIENT_FORM,
    &denial::INSUFFICIENT_CHALLENGE,
    &around::TOOL_NAMES,
    &around::BATCH,
    &around::HEADER_AND_BODY,
    &around::EARLIER_TOKEN,
    &step_up::STEP_UP,
    &list::LIST,
];

/// The tool that needs the greater scope.
pub(crate) fn write_tool(probe: &Probe) -> Result<Tool, Stop> {
    probe.profile().write_tool.clone().ok_or_else(|| Stop::not_applicable("no tool is known to need more scope"))
}

/// A token that was asked for with the smaller scope alone, and seems to have no more.
pub(crate) async fn narrow_tokens(probe: &Probe) -> Result<Arc<Tokens>, Stop> {
    let scopes = &probe.profile().scopes;
    let (Some(read), Some(write)) = (scopes.read.clone(), scopes.write.clone()) else {
        return Err(Stop::not_applicable("the target does not name two scopes"));
    };
    let tokens = probe.tokens_for(&read).await?;
    if holds_scope(&tokens, &write) == Some(true) {
        return Err(Stop::missing(
            format!("the authorization server grants {write} also to a client that asks for {read} alone"),
            "let it grant no more than is asked for, or name other scopes under [scopes]",
        ));
    }
    Ok(tokens)
}

/// Whether a token has a scope: by the token response, or by what the token itself shows; `None` if neither says.
fn holds_scope(tokens: &Tokens, scope: &str) -> Option<bool> {
    let claimed = tokens.jwt().and_then(|jwt| Some(jwt.text("scope")?.split(' ').any(|s| s == scope)));
    let told = tokens.scopes().map(|list| list.contains(&scope));
    match (claimed, told) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), _) | (_, Some(false)) => Some(false),
        (None, None) => None,
    }
}

/// Calls a tool with a token, in the session of that token.
async fn call(probe: &Probe, tool: &Tool, tokens: &Tokens, what: &str) -> Result<Reply, Stop> {
    let session = probe.session(&tokens.access).await?;
    let request = probe.tool_call(&tool.name, &tool.arguments).in_session(session.as_deref());
    probe.mcp(request.bearer(&tokens.access).labelled(what)).await
}

/// Makes sure that a token is good at all, so that a refusal is for want of scope: it reads.
async fn reads(probe: &Probe, tokens: &Tokens) -> Result<(), Stop> {
    let reply = match probe.profile().read_tool.clone() {
        Some(tool) => call(probe, &tool, tokens, "the smaller scope reads").await?,
        None => {
            let session = probe.session(&tokens.access).await?;
            let list = probe.rpc("tools/list", json!({})).in_session(session.as_deref()).bearer(&tokens.access);
            probe.mcp(list.labelled("the smaller scope reads")).await?
        }
    };
    if served(&reply).is_met() {
        return Ok(());
    }
    Err(Stop::blocked(format!("a token with the smaller scope is not even let in to read: {}", reply.summary())))
}

/// The tool ran. Where it failed for another reason than scope, nothing can be told.
fn ran(reply: &Reply) -> Judgement {
    match reply.rpc_result() {
        Some(result) if !is_tool_error(&result) => met(reply.summary()),
        Some(_) => Judgement::Unproven(
            "the tool reports an error (isError): give arguments that it accepts with write_arguments under [scopes]"
                .into(),
        ),
        None if reply.status() == 403 => violated("a call that is served", reply.summary()),
        None => Judgement::Unproven(format!("the call ended in {}", reply.summary())),
    }
}
