//! Used refresh tokens: whoever presents one tells that there are two holders.

use proofmark_probe::judge::{Judgement, holds, holds_no_tokens, met, served, token_issued, token_refused};
use proofmark_probe::model::Area;
use proofmark_probe::{Case, Need, Probe, Reply, Steps, Stop, Tokens, violated};

use super::working::ROTATED_WORKS;
use super::{public_client, read, refresh_request, refreshed, replay, rotated};
use crate::requirements::oauth21::refresh::{
    REFRESH_RACE_HAS_ONE_FAMILY, REUSE_ENDS_ACCESS, REUSE_ENDS_FAMILY, REUSE_LEAVES_OTHERS, REUSE_OF_OLDER_NOTICED,
    USED_TOKEN_REFUSED, USED_TOKEN_REFUSED_AT_ONCE,
};

/// Why nothing is said about what follows a reuse. That the token still works is judged by `USED_REFUSED`.
const UNNOTICED: &str = "the used refresh token was never refused, so its reuse was never noticed";

/// How many refreshes are sent at once.
const RUNNERS: usize = 8;

pub(crate) static USED_REFUSED: Case = Case {
    id: "as.refresh.used-refused",
    title: "A used refresh token is refused",
    why: "The thief and the client hold the same token; the second to use it must not get through.",
    area: Area::Refresh,
    covers: &[&USED_TOKEN_REFUSED, &USED_TOKEN_REFUSED_AT_ONCE],
    needs: &[Need::RefreshToken],
    control: Some(&ROTATED_WORKS),
    waits: true,
    fresh_sign_ins: 1,
    body: |probe| Box::pin(used_refused(probe)),
};

async fn used_refused(probe: &mut Probe) -> Steps {
    public_client(probe).await?;
    let first = probe.own_tokens().await?;
    let second = refreshed(probe, &first).await?;
    rotated(&first, &second)?;
    let request = refresh_request(probe, &first)?;
    probe.row("at once");
    let reply = probe.token(&request.clone().labelled("a used refresh token")).await?;
    probe.expect(&USED_TOKEN_REFUSED_AT_ONCE, &reply, token_refused);
    if !token_issued(&reply).is_met() {
        probe.expect(&USED_TOKEN_REFUSED, &reply, holds_no_tokens);
        return Ok(());
    }
    probe.row("after the grace window");
    let over = second.issued.saturating_add(probe.settings().timing.refresh_grace);
    probe.wait_until(over, "the end of the grace window of a used refresh token").await?;
    let reply = probe.token(&request.labelled("a used refresh token, after the grace window")).await?;
    probe.expect(&USED_TOKEN_REFUSED, &reply, holds_no_tokens);
    Ok(())
}

pub(crate) static ENDS_FAMILY: Case = Case {
    id: "as.refresh.reuse-ends-family",
    title: "The reuse of a refresh token ends the newer ones and their access tokens",
    why: "One of the two holders is a thief, and nobody knows which: both must lose.",
    area: Area::Refresh,
    covers: &[&REUSE_ENDS_FAMILY, &REUSE_ENDS_ACCESS],
    needs: &[Need::RefreshToken],
    control: Some(&ROTATED_WORKS),
    waits: true,
    fresh_sign_ins: 1,
    body: |probe| Box::pin(ends_family(probe)),
};

async fn ends_family(probe: &mut Probe) -> Steps {
    public_client(probe).await?;
    let first = probe.own_tokens().await?;
    let second = refreshed(probe, &first).await?;
    rotated(&first, &second)?;
    let protected = probe.profile().protected_method.is_some();
    let session = if protected { probe.own_session(&second.access).await? } else { None };
    let refusal = replay(probe, &first, second.issued).await?;
    if token_issued(&refusal).is_met() {
        probe.moot(&REUSE_ENDS_FAMILY, UNNOTICED);
        probe.moot(&REUSE_ENDS_ACCESS, UNNOTICED);
        return Ok(());
    }
    let newest = probe.token(&refresh_request(probe, &second)?.labelled("the newest, after a reuse")).await?;
    probe.expect(&REUSE_ENDS_FAMILY, &(&refusal, &newest), |(_, newest)| is_dead(newest));
    if !protected {
        probe.moot(&REUSE_ENDS_ACCESS, "the MCP server asks for no token");
        return Ok(());
    }
    let request = probe.protected().await?.in_session(session.as_deref()).bearer(&second.access);
    let reply = probe.mcp(request.labelled("with the access token, after a reuse")).await?;
    probe.expect(&REUSE_ENDS_ACCESS, &(&refusal, &reply), |(_, reply)| access_is_dead(&second, reply));
    Ok(())
}

fn is_dead(newest: &Reply) -> Judgement {
    holds(
        !token_issued(newest).is_met(),
        "a refusal of the newest refresh token",
        format!("{}: it still works", newest.summary()),
    )
    .and(|| met(newest.summary()))
}

/// A resource server that checks JWTs by itself cannot learn of the revocation.
fn access_is_dead(tokens: &Tokens, reply: &Reply) -> Judgement {
    match (served(reply).is_met(), tokens.jwt()) {
        (true, Some(_)) => {
            Judgement::Moot("the access token is a JWT, which the resource server checks by itself".into())
        }
        (true, None) => violated("a refusal of the access token", format!("{}: it still works", reply.summary())),
        (false, _) => met(reply.summary()),
    }
}

pub(crate) static OLDER_NOTICED: Case = Case {
    id: "as.refresh.older-reuse-noticed",
    title: "The reuse of an older refresh token ends the family, too",
    why: "A thief may come late: the stolen token can be several rotations old.",
    area: Area::Refresh,
    covers: &[&REUSE_OF_OLDER_NOTICED],
    needs: &[Need::RefreshToken],
    control: Some(&ROTATED_WORKS),
    waits: true,
    fresh_sign_ins: 1,
    body: |probe| Box::pin(older_noticed(probe)),
};

async fn older_noticed(probe: &mut Probe) -> Steps {
    public_client(probe).await?;
    let first = probe.own_tokens().await?;
    let second = refreshed(probe, &first).await?;
    rotated(&first, &second)?;
    let third = refreshed(probe, &second).await?;
    let refusal = replay(probe, &first, second.issued).await?;
    probe.row("the older token");
    probe.expect(&REUSE_OF_OLDER_NOTICED, &refusal, holds_no_tokens);
    if token_issued(&refusal).is_met() {
        return Ok(());
    }
    probe.row("the newest token");
    let newest = probe.token(&refresh_request(probe, &third)?.labelled("the newest, after a reuse")).await?;
    probe.expect(&REUSE_OF_OLDER_NOTICED, &(&refusal, &newest), |(_, newest)| is_dead(newest));
    Ok(())
}

pub(crate) static LEAVES_OTHERS: Case = Case {
    id: "as.refresh.reuse-leaves-others",
    title: "The reuse of a refresh token leaves the user's other grants alone",
    why: "Otherwise whoever finds one old token can sign the user out everywhere.",
    area: Area::Refresh,
    covers: &[&REUSE_LEAVES_OTHERS],
    needs: &[Need::RefreshToken],
    control: Some(&ROTATED_WORKS),
    waits: true,
    fresh_sign_ins: 2,
    body: |probe| Box::pin(leaves_others(probe)),
};

async fn leaves_others(probe: &mut Probe) -> Steps {
    public_client(probe).await?;
    let other = probe.own_tokens().await?;
    let first = probe.own_tokens().await?;
    let second = refreshed(probe, &first).await?;
    rotated(&first, &second)?;
    let refusal = replay(probe, &first, second.issued).await?;
    if token_issued(&refusal).is_met() {
        probe.moot(&REUSE_LEAVES_OTHERS, UNNOTICED);
        return Ok(());
    }
    let reply = probe.token(&refresh_request(probe, &other)?.labelled("another grant, after a reuse")).await?;
    probe.expect(&REUSE_LEAVES_OTHERS, &(&refusal, &reply), |(_, reply)| token_issued(reply));
    Ok(())
}

pub(crate) static RACE: Case = Case {
    id: "as.refresh.race",
    title: "Of many uses of one refresh token at once, no two start families of their own",
    why: "Two chains from one token mean that nobody notices the thief.",
    area: Area::Refresh,
    covers: &[&REFRESH_RACE_HAS_ONE_FAMILY, &USED_TOKEN_REFUSED_AT_ONCE],
    needs: &[Need::RefreshToken],
    control: Some(&ROTATED_WORKS),
    waits: true,
    fresh_sign_ins: 1,
    body: |probe| Box::pin(race(probe)),
};

async fn race(probe: &mut Probe) -> Steps {
    public_client(probe).await?;
    let first = probe.own_tokens().await?;
    let request = refresh_request(probe, &first)?.labelled("many at once");
    let replies = probe.race(&request, RUNNERS).await?;
    let winners: Vec<Tokens> =
        replies.iter().filter(|r| token_issued(r).is_met()).filter_map(|r| read(&first, r.clone()).ok()).collect();
    if !winners.is_empty() && winners.iter().all(|winner| winner.refresh == first.refresh) {
        return Err(Stop::not_applicable("refresh tokens are not rotated, so none is ever used up"));
    }
    let mut chains: Vec<&Tokens> = Vec::new();
    for winner in &winners {
        if winner.refresh != first.refresh && !chains.iter().any(|c| c.refresh == winner.refresh) {
            chains.push(winner);
        }
    }
    let won = winners.len();
    probe.expect(&USED_TOKEN_REFUSED_AT_ONCE, &replies, |_| {
        holds(won < 2, "one refresh that succeeds", format!("{won} of {RUNNERS} succeeded"))
            .and(|| met(format!("{won} succeeded")))
    });
    if chains.len() < 2 {
        let seen = format!("{} of {RUNNERS} refreshes succeeded, in one chain", winners.len());
        probe.expect(&REFRESH_RACE_HAS_ONE_FAMILY, &replies, |_| met(seen));
        return Ok(());
    }
    // Several answers are lawful as long as reuse detection governs them all.
    let refusal = replay(probe, &first, chains[0].issued).await?;
    let mut living = 0;
    let mut seen = replies;
    for chain in &chains {
        let reply =
            probe.token(&refresh_request(probe, chain)?.labelled("one of several chains, after a reuse")).await?;
        living += usize::from(token_issued(&reply).is_met());
        seen.push(reply);
    }
    let noticed = !token_issued(&refusal).is_met();
    let count = chains.len();
    probe.expect(&REFRESH_RACE_HAS_ONE_FAMILY, &seen, |_| one_family(count, living, noticed));
    Ok(())
}

fn one_family(chains: usize, living: usize, noticed: bool) -> Judgement {
    let how = if noticed { "after the reuse was noticed" } else { "and the reuse was never noticed" };
    holds(living < 2, "one chain of refresh tokens", format!("{chains} chains, {living} of them alive {how}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_living_chains_are_families() {
        assert!(one_family(3, 0, true).is_met() && one_family(3, 1, true).is_met());
        assert!(!one_family(2, 2, true).is_met());
    }

    #[test]
    fn a_refusal_of_the_newest_is_its_death() {
        let json = &[("content-type", "application/json")];
        assert!(is_dead(&Reply::canned(400, json, r#"{"error":"invalid_grant"}"#)).is_met());
        assert!(!is_dead(&Reply::canned(200, json, r#"{"access_token":"t"}"#)).is_met());
    }
}
