//! The end of an access token, waited for.

use std::time::Duration;

use proofmark_probe::judge::{Judgement, met, not_served, served, server_time, status_is};
use proofmark_probe::model::Area;
use proofmark_probe::{Case, McpRequest, Need, Probe, Reply, Steps, Stop, Tokens, World, violated};
use serde_json::json;

use crate::requirements::mcp::tokens::{EXPIRED_TOKEN_IS_401, SESSION_ENDS_WITH_TOKEN};
use crate::requirements::oauth21::lifetime::{EXPIRED_TOKEN_REFUSED, VALID_UNTIL_ITS_END};
use crate::requirements::rfc9068::EXPIRED_TOKEN_REFUSED_PROMPTLY;

/// The cases of this topic.
pub static CASES: &[&Case] = &[&EXPIRED, &SESSION];

/// How long to wait between two looks at an expired token, at first; it doubles up to the second.
const FIRST_STEP: Duration = Duration::from_secs(1);
const LONGEST_STEP: Duration = Duration::from_secs(30);

static EXPIRED: Case = Case {
    id: "rs.lifetime.expired-refused",
    title: "An expired access token is refused",
    why: "A stolen token must end some day, and it is the resource server that ends it.",
    area: Area::Lifetime,
    covers: &[&EXPIRED_TOKEN_REFUSED, &EXPIRED_TOKEN_REFUSED_PROMPTLY, &EXPIRED_TOKEN_IS_401, &VALID_UNTIL_ITS_END],
    needs: &[Need::AccessToken, Need::Protection],
    waits: true,
    fresh_sign_ins: 1,
    body: |probe| Box::pin(expired(probe)),
    ..Case::PLAIN
};

async fn expired(probe: &mut Probe) -> Steps {
    if let Some(token) = probe.settings().tokens.expired.clone() {
        return expired_before(probe, &token).await;
    }
    if probe.has_given_tokens() {
        return Err(World::no_flow("a token that has expired is needed ([tokens] expired)"));
    }
    let tokens = probe.own_tokens().await?;
    let request = own_request(probe, &tokens).await?;
    must_serve(probe, &request).await?;
    let end = end_of(&tokens)?;
    // A token that outlives the run is not waited for in part.
    if end.saturating_sub(probe.now()) <= probe.settings().timing.max_wait {
        let life = end.saturating_sub(tokens.issued);
        probe
            .wait_until(tokens.issued.saturating_add(life.mul_f64(0.9)), "most of the life of an access token")
            .await?;
        let late = probe.mcp(request.clone().labelled("at nine tenths of the token's life")).await?;
        probe.expect(&VALID_UNTIL_ITS_END, &late, served);
    }
    let fate = await_refusal(probe, &request, end).await?;
    let timing = probe.settings().timing;
    probe.expect(&EXPIRED_TOKEN_REFUSED, &fate.reply, |_| fate.ended_within(timing.leeway));
    probe.expect(&EXPIRED_TOKEN_REFUSED_PROMPTLY, &fate.reply, |_| fate.ended_within(timing.prompt));
    if fate.refused_after.is_some() {
        probe.expect(&EXPIRED_TOKEN_IS_401, &fate.reply, status_is(&[401]));
    } else {
        probe.moot(&EXPIRED_TOKEN_IS_401, "the expired token was not refused");
    }
    Ok(())
}

/// A token that the user says has expired needs no wait; when it did is not known.
async fn expired_before(probe: &mut Probe, token: &str) -> Steps {
    let request = probe.protected().await?.bearer(token).labelled("with a token that has expired");
    let reply = probe.mcp(request).await?;
    probe.expect(&EXPIRED_TOKEN_REFUSED, &reply, not_served);
    probe.expect(&EXPIRED_TOKEN_IS_401, &reply, status_is(&[401]));
    probe.moot(&EXPIRED_TOKEN_REFUSED_PROMPTLY, "when the given token expired is not known");
    probe.moot(&VALID_UNTIL_ITS_END, "the given token had expired before the run");
    Ok(())
}

static SESSION: Case = Case {
    id: "rs.lifetime.session",
    title: "A session does not stand in for an expired access token",
    why: "Sessions live for days; a server that trusts them makes every token that long-lived.",
    area: Area::Lifetime,
    covers: &[&SESSION_ENDS_WITH_TOKEN],
    needs: &[Need::AccessToken, Need::Protection, Need::Handshake],
    waits: true,
    fresh_sign_ins: 1,
    body: |probe| Box::pin(session(probe)),
    ..Case::PLAIN
};

async fn session(probe: &mut Probe) -> Steps {
    let tokens = probe.own_tokens().await?;
    let Some(session) = probe.own_session(&tokens.access).await? else {
        return Err(Stop::not_applicable("the MCP server keeps no sessions"));
    };
    let request = probe.rpc("tools/list", json!({})).in_session(Some(&session)).bearer(&tokens.access);
    must_serve(probe, &request).await?;
    let end = end_of(&tokens)?;
    let fate = await_refusal(probe, &request, end).await?;
    let leeway = probe.settings().timing.leeway;
    probe.expect(&SESSION_ENDS_WITH_TOKEN, &fate.reply, |_| fate.ended_within(leeway));
    Ok(())
}

/// The protected request with a token of the case's own, in a session of its own where the request belongs to one.
async fn own_request(probe: &Probe, tokens: &Tokens) -> Result<McpRequest, Stop> {
    let request = probe.protected().await?;
    if probe.profile().protected_method.as_deref() == Some("initialize") {
        return Ok(request.bearer(&tokens.access));
    }
    let session = probe.own_session(&tokens.access).await?;
    Ok(request.in_session(session.as_deref()).bearer(&tokens.access))
}

/// The control: what is refused later is served now.
async fn must_serve(probe: &Probe, request: &McpRequest) -> Result<(), Stop> {
    let reply = probe.mcp(request.clone().labelled("with a fresh token")).await?;
    if served(&reply).is_met() {
        return Ok(());
    }
    Err(Stop::blocked(format!("a fresh token got {}, so a refusal after its end would prove nothing", reply.summary())))
}

/// When a token ends: as the response tells, or as the claims of a JWT show.
fn end_of(tokens: &Tokens) -> Result<Duration, Stop> {
    let of_claims = || {
        let end = tokens.jwt()?.claims.get("exp")?.as_i64()?;
        let left = end.checked_sub(server_time(&tokens.reply)?)?;
        Some(tokens.issued.saturating_add(Duration::from_secs(u64::try_from(left).ok()?)))
    };
    // An end that nobody tells may be at any time, so it cannot be waited for.
    tokens.expires().or_else(of_claims).ok_or_else(|| {
        Stop::missing(
            "neither the response nor the token says when it ends, so its end cannot be waited for",
            "send expires_in in the token response",
        )
    })
}

/// What became of an expired token.
struct Fate {
    /// How long after its end it was first seen refused; `None` if it never was.
    refused_after: Option<Duration>,
    /// How long after its end it was last seen served.
    served_after: Option<Duration>,
    /// The last answer.
    reply: Reply,
}

impl Fate {
    fn ended_within(&self, limit: Duration) -> Judgement {
        let expected = format!("a refusal within {} s of its end", limit.as_secs());
        let refused = self.refused_after.map(|t| format!("{} {} s after its end", self.reply.summary(), t.as_secs()));
        match (self.served_after, refused) {
            (Some(served), Some(refused)) if served > limit => {
                violated(expected, format!("{refused}, and served until then"))
            }
            (Some(served), None) => {
                violated(expected, format!("it was still served {} s after its end", served.as_secs()))
            }
            (_, Some(refused)) => met(refused),
            (None, None) => Judgement::Unproven(format!("the server was too busy to say: {}", self.reply.summary())),
        }
    }
}

/// Whether an answer says nothing about the token: the server, or something before it, was out of breath.
fn is_no_verdict(reply: &Reply) -> bool {
    matches!(reply.status(), 429 | 502 | 503 | 504)
}

/// Waits for the end of a token and looks at it from then on, until it is refused or the leeway is over.
async fn await_refusal(probe: &mut Probe, request: &McpRequest, end: Duration) -> Result<Fate, Stop> {
    let leeway = probe.settings().timing.leeway;
    probe.wait_until(end, "the end of an access token").await?;
    let mut step = FIRST_STEP;
    let mut served_after = None;
    loop {
        let reply = probe.mcp(request.clone().labelled("with the expired token")).await?;
        let after = reply.at().saturating_sub(end);
        if served(&reply).is_met() {
            served_after = Some(after);
        } else if !is_no_verdict(&reply) {
            return Ok(Fate { refused_after: Some(after), served_after, reply });
        }
        if after > leeway {
            return Ok(Fate { refused_after: None, served_after, reply });
        }
        // The last look comes just after the leeway.
        let next = (after + step).min(leeway.max(after) + FIRST_STEP);
        probe.wait_until(end.saturating_add(next), "the refusal of an expired access token").await?;
        step = (step * 2).min(LONGEST_STEP);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fate(refused: Option<u64>, served: Option<u64>) -> Fate {
        Fate {
            refused_after: refused.map(Duration::from_secs),
            served_after: served.map(Duration::from_secs),
            reply: Reply::canned(401, &[], ""),
        }
    }

    #[test]
    fn a_token_is_judged_by_when_it_was_last_served() {
        let minute = Duration::from_secs(60);
        assert!(fate(Some(0), None).ended_within(minute).is_met());
        // Seen served after 48 s and refused after 78 s: it may have ended within the minute.
        assert!(fate(Some(78), Some(48)).ended_within(minute).is_met());
        assert!(!fate(Some(108), Some(78)).ended_within(minute).is_met());
        assert!(!fate(None, Some(301)).ended_within(Duration::from_secs(300)).is_met());
        assert!(matches!(fate(None, None).ended_within(minute), Judgement::Unproven(_)));
    }

    #[test]
    fn a_busy_server_says_nothing_about_the_token() {
        assert!(is_no_verdict(&Reply::canned(429, &[], "")) && !is_no_verdict(&Reply::canned(500, &[], "")));
    }
}
