//! Refresh tokens: each is good for one use, by one client, for what was granted.

mod abuse;
mod binding;
mod narrowing;
mod reuse;
mod working;

use proofmark_probe::judge::token_issued;
use proofmark_probe::{AuthorizationRequest, Case, ClientKind, Probe, Stop, TokenRequest, Tokens};

pub(crate) use working::REFRESH_IS_SERVED;

/// The cases of this topic.
pub static CASES: &[&Case] = &[
    &REFRESH_IS_SERVED,
    &working::KEEPS_SCOPE,
    &working::KEEPS_GRANT,
    &working::ROTATES,
    &working::ROTATED_WORKS,
    &working::UNPREDICTABLE,
    &reuse::USED_REFUSED,
    &reuse::ENDS_FAMILY,
    &reuse::OLDER_NOTICED,
    &reuse::LEAVES_OTHERS,
    &reuse::RACE,
    &binding::OTHER_CLIENT,
    &binding::CONFIDENTIAL_WORKS,
    &binding::UNAUTHENTICATED,
    &narrowing::NARROWS,
    &narrowing::NO_MORE,
    &narrowing::TAKES_RESOURCE,
    &narrowing::OTHER_RESOURCE,
    &abuse::BAD_TOKEN,
    &abuse::OTHER_KINDS,
];

/// A refresh request that repeats the resource of the grant, as MCP clients do.
pub(crate) fn refresh_request(probe: &Probe, tokens: &Tokens) -> Result<TokenRequest, Stop> {
    let request = tokens.refresh_request().ok_or_else(|| Stop::blocked("the answer holds no refresh token"))?;
    Ok(match &probe.profile().resource {
        Some(resource) => request.with("resource", resource),
        None => request,
    })
}

/// The tokens of a refresh that must succeed for the case to go on.
pub(crate) async fn refreshed(probe: &Probe, tokens: &Tokens) -> Result<Tokens, Stop> {
    let request = refresh_request(probe, tokens)?;
    let reply = probe.token(&request).await?;
    read(tokens, reply)
}

/// The tokens in the answer to a refresh. A refresh token that is not replaced stays in use.
fn read(before: &Tokens, reply: proofmark_probe::Reply) -> Result<Tokens, Stop> {
    let summary = reply.summary();
    let mut after = Tokens::read(&before.client, reply)
        .ok_or_else(|| Stop::blocked(format!("a correct refresh request ended in {summary}")))?;
    if after.refresh.is_none() {
        after.refresh.clone_from(&before.refresh);
    }
    Ok(after)
}

/// The client of ordinary flows, where it is one whose refresh tokens have to be rotated.
async fn public_client(probe: &Probe) -> Result<(), Stop> {
    if probe.client(ClientKind::Main).await?.is_public() {
        return Ok(());
    }
    Err(Stop::not_applicable("the client of this run has a secret, and only public clients need rotation"))
}

/// Whether a refresh replaced the refresh token; the cases about used tokens have nothing to use otherwise.
fn rotated(before: &Tokens, after: &Tokens) -> Result<(), Stop> {
    if before.refresh == after.refresh {
        return Err(Stop::not_applicable("refresh tokens are not rotated, so none is ever used up"));
    }
    Ok(())
}

/// Presents a used refresh token until it is refused: at once, and again when the grace window must be over. The last
/// answer is returned; whether it is a refusal is for the case to say.
async fn replay(probe: &mut Probe, used: &Tokens, at: std::time::Duration) -> Result<proofmark_probe::Reply, Stop> {
    let request = refresh_request(probe, used)?.labelled("a used refresh token");
    let reply = probe.token(&request).await?;
    if !token_issued(&reply).is_met() {
        return Ok(reply);
    }
    let over =
        at.saturating_add(probe.settings().timing.refresh_grace).saturating_add(std::time::Duration::from_secs(1));
    probe.wait_until(over, "the end of the grace window of a used refresh token").await?;
    probe.token(&request.labelled("after the grace window")).await
}

/// Tokens of the case's own that were asked for with this scope.
async fn own_tokens_for(probe: &mut Probe, scope: &str) -> Result<Tokens, Stop> {
    let client = probe.client(ClientKind::Main).await?;
    let request: AuthorizationRequest = probe.authorization(&client).with("scope", scope).in_fresh_session();
    let grant = probe.authorize(request).await?;
    let tokens = probe.redeem(&grant).await?;
    if tokens.refresh.is_none() {
        return Err(Stop::not_applicable(format!("no refresh token comes with the scope {scope}")));
    }
    Ok(tokens)
}
