//! Codes that come a second time.

use std::time::Duration;

use proofmark_probe::judge::{no_server_error, token_issued, token_refused};
use proofmark_probe::model::Area;
use proofmark_probe::{
    Case, ClientKind, Grant, Judgement, McpRequest, Need, Probe, Reply, Steps, Stop, Tokens, met, violated,
};

use super::refused_as_invalid_grant;
use crate::authorization::pkce::RIGHT_VERIFIER;
use crate::authorization::refresh::refresh_request;
use crate::requirements::oauth21::code::{
    INVALID_REPLAY_REVOKES_NOTHING, REFUSAL_IS_CLIENT_ERROR, REFUSAL_IS_INVALID_GRANT, REPLAY_REVOKES_ACCESS,
    REPLAY_REVOKES_REFRESH, SINGLE_USE as ONCE, SINGLE_USE_AT_ONCE,
};

pub(super) static SINGLE_USE: Case = Case {
    id: "as.code.single-use",
    title: "A code is refused the second time",
    why: "Codes travel through browsers, and what a browser saw can be read from its history or a log.",
    area: Area::Code,
    covers: &[&ONCE, &REFUSAL_IS_CLIENT_ERROR, &REFUSAL_IS_INVALID_GRANT],
    needs: &[Need::CodeFlow],
    control: Some(&RIGHT_VERIFIER),
    fresh_sign_ins: 1,
    body: |probe| Box::pin(single_use(probe)),
    ..Case::PLAIN
};

async fn single_use(probe: &mut Probe) -> Steps {
    let grant = own_grant(probe).await?;
    let first = probe.redeem(&grant).await?;
    let again = probe.token(&grant.redeem().labelled("the second time")).await?;
    probe.expect(&ONCE, &(&first.reply, &again), |(first, again)| refused_again(first, again));
    probe.expect(&REFUSAL_IS_CLIENT_ERROR, &again, no_server_error);
    probe.expect(&REFUSAL_IS_INVALID_GRANT, &again, refused_as_invalid_grant);
    Ok(())
}

/// A grant from a browser session of its own: what happens to it cannot touch another.
async fn own_grant(probe: &mut Probe) -> Result<Grant, Stop> {
    let client = probe.client(ClientKind::Main).await?;
    let request = probe.authorization(&client).in_fresh_session();
    probe.authorize(request).await
}

/// The second redemption was refused; if not, whether it brought the same token is worth telling.
fn refused_again(first: &Reply, again: &Reply) -> Judgement {
    match token_refused(again) {
        Judgement::Violated { expected, observed } => {
            let same = again.json_str("access_token").is_some_and(|t| first.json_str("access_token") == Some(t));
            violated(expected, if same { format!("{observed}: the same token once more") } else { observed })
        }
        other => other,
    }
}

pub(super) static RACE: Case = Case {
    id: "as.code.race",
    title: "A code that is redeemed by several requests at once is served once at most",
    why: "A server that looks first and marks later gives two thieves, or a thief and the client, a token each.",
    area: Area::Code,
    covers: &[&SINGLE_USE_AT_ONCE],
    needs: &[Need::CodeFlow],
    control: Some(&RIGHT_VERIFIER),
    fresh_sign_ins: 3,
    body: |probe| Box::pin(race(probe)),
    ..Case::PLAIN
};

async fn race(probe: &mut Probe) -> Steps {
    const ROUNDS: usize = 3;
    const RUNNERS: usize = 8;
    for round in 1..=ROUNDS {
        probe.row(format!("round {round} of {ROUNDS}"));
        let grant = own_grant(probe).await?;
        let replies = probe.race(&grant.redeem().labelled("several at once"), RUNNERS).await?;
        probe.expect(&SINGLE_USE_AT_ONCE, &replies, |replies| at_most_one_served(replies));
    }
    Ok(())
}

/// At most one of the answers holds a token.
fn at_most_one_served(replies: &[Reply]) -> Judgement {
    let served = replies.iter().filter(|r| token_issued(r).is_met()).count();
    let observed = format!("{served} of {} requests at the same moment got a token", replies.len());
    if served > 1 { violated("a token for one request at most", observed) } else { met(observed) }
}

pub(super) static LATE_REPLAY: Case = Case {
    id: "as.code.late-replay",
    title: "A used code is still refused half a minute later, and after a refresh",
    why: "A server that forgets used codes, or that keeps them in a short-lived cache, takes them again.",
    area: Area::Code,
    covers: &[&ONCE],
    needs: &[Need::CodeFlow],
    control: Some(&RIGHT_VERIFIER),
    waits: true,
    fresh_sign_ins: 2,
    body: |probe| Box::pin(late_replay(probe)),
};

async fn late_replay(probe: &mut Probe) -> Steps {
    let early = own_grant(probe).await?;
    let first = probe.redeem(&early).await?;
    let due = probe.now() + probe.settings().timing.later;

    probe.row("after a refresh");
    let refreshed = own_grant(probe).await?;
    let tokens = probe.redeem(&refreshed).await?;
    match refresh_request(probe, &tokens).ok() {
        Some(request) => {
            let refresh = probe.token(&request).await?;
            if !token_issued(&refresh).is_met() {
                return Err(Stop::blocked(format!("a correct refresh request ended in {}", refresh.summary())));
            }
            let again = probe.token(&refreshed.redeem().labelled("the second time, after a refresh")).await?;
            probe.expect(&ONCE, &(&tokens.reply, &again), |(first, again)| refused_again(first, again));
        }
        None => probe.moot(&ONCE, "the authorization server issues no refresh token to this client"),
    }

    probe.row("a while later");
    probe.wait_until(due, "a while after a code was used").await?;
    let again = probe.token(&early.redeem().labelled("the second time, a while later")).await?;
    probe.expect(&ONCE, &(&first.reply, &again), |(first, again)| refused_again(first, again));
    Ok(())
}

pub(super) static REPLAY_ENDS_TOKENS: Case = Case {
    id: "as.code.replay-ends-tokens",
    title: "A replayed code ends the tokens that were issued from it",
    why: "A second redemption shows that the code was stolen, and nobody knows whether the thief came first.",
    area: Area::Code,
    covers: &[&REPLAY_REVOKES_ACCESS, &REPLAY_REVOKES_REFRESH],
    needs: &[Need::CodeFlow],
    control: Some(&RIGHT_VERIFIER),
    waits: true,
    fresh_sign_ins: 1,
    body: |probe| Box::pin(replay_ends_tokens(probe)),
};

async fn replay_ends_tokens(probe: &mut Probe) -> Steps {
    let grant = own_grant(probe).await?;
    let tokens = probe.redeem(&grant).await?;
    let used = call_with(probe, &tokens).await?;
    let replay = probe.token(&grant.redeem().labelled("the second time")).await?;
    if !token_refused(&replay).is_met() {
        let because = "the code was served a second time, so nothing was taken for a replay";
        probe.moot(&REPLAY_REVOKES_ACCESS, because);
        probe.moot(&REPLAY_REVOKES_REFRESH, because);
        return Ok(());
    }
    match used {
        None => probe.moot(&REPLAY_REVOKES_ACCESS, "the MCP server serves requests without a token"),
        Some(call) => {
            let mut reply = probe.mcp(call.clone().labelled("after the replay")).await?;
            if reply.rpc_result().is_some() && tokens.jwt().is_none() {
                // A resource server that asks for the state of tokens may keep the answer for a moment.
                let soon = probe.now() + Duration::from_secs(2);
                probe.wait_until(soon, "the end of the tokens of a replayed code").await?;
                reply = probe.mcp(call.labelled("2 seconds after the replay")).await?;
            }
            probe.expect(&REPLAY_REVOKES_ACCESS, &(&replay, &reply), |(_, reply)| access_ended(reply, &tokens));
        }
    }
    match refresh_request(probe, &tokens).ok() {
        None => probe.moot(&REPLAY_REVOKES_REFRESH, "the authorization server issues no refresh token to this client"),
        Some(request) => {
            let reply = probe.token(&request.labelled("after the replay")).await?;
            probe.expect(&REPLAY_REVOKES_REFRESH, &(&replay, &reply), |(_, reply)| token_refused(reply));
        }
    }
    Ok(())
}

/// The MCP request of a token, after it was served once; `None` on a server that asks for no token.
async fn call_with(probe: &Probe, tokens: &Tokens) -> Result<Option<McpRequest>, Stop> {
    if probe.profile().protected_method.is_none() {
        return Ok(None);
    }
    let call = probe.protected().await?.bearer(&tokens.access);
    // A session belongs to whoever opened it; the request that opens one goes without.
    let call = match call.session {
        Some(_) => call.in_session(probe.own_session(&tokens.access).await?.as_deref()),
        None => call,
    };
    let reply = probe.mcp(call.clone().labelled("before the replay")).await?;
    if reply.rpc_result().is_none() {
        return Err(Stop::blocked(format!("a request with a new token ended in {}", reply.summary())));
    }
    Ok(Some(call))
}

/// Whether the access token had come to its end by itself when this was answered.
fn expired(reply: &Reply, tokens: &Tokens) -> bool {
    tokens.expires().is_some_and(|end| reply.at() + Duration::from_millis(500) >= end)
}

/// The access token is refused. A JWT that the resource server checks by itself cannot be recalled.
fn access_ended(reply: &Reply, tokens: &Tokens) -> Judgement {
    if reply.rpc_result().is_some() {
        if tokens.jwt().is_some() {
            return Judgement::Moot(
                "the access token still works, but it is a JWT, which a resource server may check without asking anyone"
                    .into(),
            );
        }
        return violated("an access token that no longer works", "the access token still works");
    }
    if expired(reply, tokens) {
        return Judgement::Moot("the access token expired before it could be tried".into());
    }
    met(format!("the access token is refused: {}", reply.summary()))
}

pub(super) static INVALID_REPLAY: Case = Case {
    id: "as.code.invalid-replay",
    title: "A used code with a wrong verifier does not end the tokens issued from it",
    why: "Otherwise anybody who finds a used code in a log can sign the user out.",
    area: Area::Code,
    covers: &[&INVALID_REPLAY_REVOKES_NOTHING],
    needs: &[Need::CodeFlow],
    control: Some(&RIGHT_VERIFIER),
    fresh_sign_ins: 1,
    body: |probe| Box::pin(invalid_replay(probe)),
    ..Case::PLAIN
};

async fn invalid_replay(probe: &mut Probe) -> Steps {
    let grant = own_grant(probe).await?;
    let tokens = probe.redeem(&grant).await?;
    let used = call_with(probe, &tokens).await?;
    let another = probe.rng().word();
    let replay =
        probe.token(&grant.redeem().with_verifier(&another).labelled("the second time, another verifier")).await?;
    if !token_refused(&replay).is_met() {
        probe.moot(&INVALID_REPLAY_REVOKES_NOTHING, "the code was served a second time");
        return Ok(());
    }
    probe.row("access token");
    match used {
        None => probe.moot(&INVALID_REPLAY_REVOKES_NOTHING, "the MCP server serves requests without a token"),
        Some(call) => {
            let reply = probe.mcp(call.labelled("after the replay")).await?;
            probe
                .expect(&INVALID_REPLAY_REVOKES_NOTHING, &(&replay, &reply), |(_, reply)| access_lives(reply, &tokens));
        }
    }
    probe.row("refresh token");
    match refresh_request(probe, &tokens).ok() {
        None => probe.moot(&INVALID_REPLAY_REVOKES_NOTHING, "the server issues no refresh token to this client"),
        Some(request) => {
            let reply = probe.token(&request.labelled("after the replay")).await?;
            probe.expect(&INVALID_REPLAY_REVOKES_NOTHING, &(&replay, &reply), |(_, reply)| token_issued(reply));
        }
    }
    Ok(())
}

/// The access token still works.
fn access_lives(reply: &Reply, tokens: &Tokens) -> Judgement {
    match reply.rpc_result() {
        Some(_) => met("the access token still works"),
        None if expired(reply, tokens) => Judgement::Moot("the access token expired before it could be tried".into()),
        None => violated("an access token that still works", reply.summary()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &[(&str, &str)] = &[("content-type", "application/json")];

    fn token(value: &str) -> Reply {
        Reply::canned(200, JSON, &format!(r#"{{"access_token":"{value}"}}"#))
    }

    fn refusal() -> Reply {
        Reply::canned(400, JSON, r#"{"error":"invalid_grant"}"#)
    }

    #[test]
    fn a_repeated_answer_is_told_from_a_new_token() {
        assert!(refused_again(&token("a"), &refusal()).is_met());
        let Judgement::Violated { observed, .. } = refused_again(&token("a"), &token("a")) else { panic!("violated") };
        assert!(observed.contains("same token"));
        let Judgement::Violated { observed, .. } = refused_again(&token("a"), &token("b")) else { panic!("violated") };
        assert!(!observed.contains("same token"));
    }

    #[test]
    fn one_winner_or_none_is_lawful() {
        assert!(at_most_one_served(&[refusal(), refusal()]).is_met());
        assert!(at_most_one_served(&[token("a"), refusal()]).is_met());
        assert!(!at_most_one_served(&[token("a"), refusal(), token("a")]).is_met());
    }

    fn tokens(body: &str) -> Tokens {
        let client = proofmark_probe::Client { id: "c".into(), ..proofmark_probe::Client::default() };
        Tokens::read(&std::sync::Arc::new(client), Reply::canned(200, JSON, body)).expect("tokens")
    }

    #[test]
    fn a_jwt_that_lives_on_proves_nothing_and_neither_does_one_that_expired() {
        let served = Reply::canned(200, JSON, r#"{"jsonrpc":"2.0","id":1,"result":{}}"#);
        let refused = Reply::canned(401, &[], "");
        let jwt = tokens(r#"{"access_token":"eyJhbGciOiJub25lIn0.e30."}"#);
        let opaque = tokens(r#"{"access_token":"opaque"}"#);
        let over = tokens(r#"{"access_token":"opaque","expires_in":0}"#);
        assert!(matches!(access_ended(&served, &jwt), Judgement::Moot(_)));
        assert!(matches!(access_ended(&served, &opaque), Judgement::Violated { .. }));
        assert!(access_ended(&refused, &jwt).is_met() && access_ended(&refused, &opaque).is_met());
        assert!(matches!(access_ended(&refused, &over), Judgement::Moot(_)));
        assert!(access_lives(&served, &opaque).is_met() && !access_lives(&refused, &opaque).is_met());
        assert!(matches!(access_lives(&refused, &over), Judgement::Moot(_)));
    }
}
