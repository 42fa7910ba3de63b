//! What a refresh gives.

use proofmark_probe::judge::{
    Judgement, audience, audience_in_words, holds, met, scope_is, served, shown_scope, token_issued, unguessable,
};
use proofmark_probe::model::Area;
use proofmark_probe::{Case, Need, Probe, Steps, Tokens, violated};

use super::{public_client, read, refresh_request, refreshed};
use crate::authorization::audience::neighbour;
use crate::requirements::mcp::tokens::REFRESH_ROTATES;
use crate::requirements::oauth21::refresh::{
    REFRESH_GIVES_ANOTHER_TOKEN, REFRESH_KEEPS_AUDIENCE, REFRESH_KEEPS_SCOPE, REFRESH_KEEPS_SUBJECT,
    REFRESH_TOKEN_UNPREDICTABLE, REFRESH_WORKS, ROTATED_TOKEN_WORKS, ROTATION_GOES_ON,
};

/// How many rotations in a row a client may expect.
const ROTATIONS: usize = 10;

pub(crate) static REFRESH_IS_SERVED: Case = Case {
    id: "as.refresh.works",
    title: "A refresh token yields another access token, which the MCP server takes",
    why: "It is what keeps users from signing in again every hour, and the control of every refusal below.",
    area: Area::Refresh,
    covers: &[&REFRESH_WORKS, &REFRESH_GIVES_ANOTHER_TOKEN],
    needs: &[Need::RefreshToken],
    fresh_sign_ins: 1,
    body: |probe| Box::pin(works(probe)),
    ..Case::PLAIN
};

async fn works(probe: &mut Probe) -> Steps {
    let tokens = probe.own_tokens().await?;
    let request = refresh_request(probe, &tokens)?;
    let reply = probe.token(&request).await?;
    probe.expect(&REFRESH_WORKS, &reply, token_issued);
    let again = reply.json_str("access_token");
    probe.expect(&REFRESH_GIVES_ANOTHER_TOKEN, &reply, |_| match again.as_deref() {
        None => Judgement::Moot("no token was issued".into()),
        Some(token) => holds(token != tokens.access, "another access token", "the same access token")
            .and(|| met("another access token")),
    });
    if let Some(token) = again.filter(|_| probe.profile().protected_method.is_some()) {
        probe.row("at the MCP server");
        let session = probe.own_session(&token).await?;
        let request = probe.protected().await?.in_session(session.as_deref()).bearer(&token);
        let reply = probe.mcp(request.labelled("with a refreshed token")).await?;
        probe.expect(&REFRESH_WORKS, &reply, served);
    }
    Ok(())
}

pub(crate) static KEEPS_SCOPE: Case = Case {
    id: "as.refresh.keeps-scope",
    title: "A refresh without scope keeps the scope",
    why: "A client that loses rights at a refresh fails in the middle of its work.",
    area: Area::Refresh,
    covers: &[&REFRESH_KEEPS_SCOPE],
    needs: &[Need::RefreshToken],
    control: Some(&REFRESH_IS_SERVED),
    fresh_sign_ins: 1,
    body: |probe| Box::pin(keeps_scope(probe)),
    ..Case::PLAIN
};

async fn keeps_scope(probe: &mut Probe) -> Steps {
    let first = probe.own_tokens().await?;
    let second = refreshed(probe, &first).await?;
    match shown_scope(&first.reply) {
        Some(scope) => {
            probe.expect(&REFRESH_KEEPS_SCOPE, &(&first.reply, &second.reply), |(_, reply)| scope_is(&scope)(reply));
        }
        None => probe.moot(&REFRESH_KEEPS_SCOPE, "the first response does not show its scope"),
    }
    Ok(())
}

pub(crate) static KEEPS_GRANT: Case = Case {
    id: "as.refresh.keeps-grant",
    title: "A refreshed token is for the same user, client and resource",
    why: "A refresh renews what was granted; it must not turn into another grant.",
    area: Area::Refresh,
    covers: &[&REFRESH_KEEPS_AUDIENCE, &REFRESH_KEEPS_SUBJECT],
    needs: &[Need::RefreshToken, Need::JwtAccessToken],
    control: Some(&REFRESH_IS_SERVED),
    fresh_sign_ins: 2,
    body: |probe| Box::pin(keeps_grant(probe)),
    ..Case::PLAIN
};

async fn keeps_grant(probe: &mut Probe) -> Steps {
    let first = probe.own_tokens().await?;
    probe.row("with the resource");
    let second = refreshed(probe, &first).await?;
    judge_kept(probe, &first, &second);
    probe.row("without the resource");
    let request = refresh_request(probe, &second)?.without("resource");
    let reply = probe.token(&request.labelled("no resource")).await?;
    // A server may count on the resource that clients have to repeat.
    let Ok(third) = read(&second, reply) else { return Ok(()) };
    judge_kept(probe, &first, &third);

    // A server that falls back to its default resource is found out by a grant for another one.
    let Some(other) = neighbour(probe.profile()) else { return Ok(()) };
    let request = probe.authorization(&first.client).with("resource", &other).labelled("another resource");
    let Some(grant) = probe.walk(request.in_fresh_session()).await?.grant() else { return Ok(()) };
    let first = probe.redeem(&grant).await?;
    let Some(request) = first.refresh_request() else { return Ok(()) };
    probe.row("another resource");
    let reply = probe.token(&request.labelled("no resource, after a grant for another one")).await?;
    let second = read(&first, reply)?;
    judge_kept(probe, &first, &second);
    Ok(())
}

fn judge_kept(probe: &mut Probe, first: &Tokens, later: &Tokens) {
    let evidence = (&first.reply, &later.reply);
    probe.expect(&REFRESH_KEEPS_AUDIENCE, &evidence, |(a, b)| match (audience(a), audience(b)) {
        (Some(before), Some(after)) => holds(before == after, audience_in_words(&before), audience_in_words(&after)),
        // Which tokens are opaque is the server's choice; that a refresh changes it is not visible as a fault.
        _ => Judgement::Moot("one of the tokens is opaque".into()),
    });
    probe.expect(&REFRESH_KEEPS_SUBJECT, &evidence, |_| same_people(first, later));
}

fn same_people(first: &Tokens, later: &Tokens) -> Judgement {
    let (Some(before), Some(after)) = (first.jwt(), later.jwt()) else {
        return Judgement::Moot("one of the tokens is opaque".into());
    };
    for claim in ["sub", "client_id"] {
        let (was, is) = (before.text(claim), after.text(claim));
        if was.is_some() && was != is {
            return violated(format!("{claim} as before"), format!("{claim} changed"));
        }
    }
    met("subject and client as before")
}

pub(crate) static ROTATES: Case = Case {
    id: "as.refresh.rotates",
    title: "A public client gets a new refresh token at each refresh",
    why: "Without rotation, a stolen refresh token of a public client works for as long as the grant.",
    area: Area::Refresh,
    covers: &[&REFRESH_ROTATES],
    needs: &[Need::RefreshToken],
    control: Some(&REFRESH_IS_SERVED),
    fresh_sign_ins: 1,
    body: |probe| Box::pin(rotates(probe)),
    ..Case::PLAIN
};

async fn rotates(probe: &mut Probe) -> Steps {
    public_client(probe).await?;
    let first = probe.own_tokens().await?;
    let request = refresh_request(probe, &first)?;
    let reply = probe.token(&request).await?;
    let second = read(&first, reply)?;
    if second.refresh != first.refresh {
        probe.expect(&REFRESH_ROTATES, &second.reply, |_| met("another refresh token"));
        return Ok(());
    }
    // Nothing new came: the old token may at least be good for one use only.
    let again = probe.token(&request.labelled("the same refresh token again")).await?;
    probe.expect(&REFRESH_ROTATES, &(&second.reply, &again), |(_, again)| {
        let seen = "no new refresh token, and the old one works again";
        holds(!token_issued(again).is_met(), "a new refresh token", seen).and(|| met("the refresh token works once"))
    });
    Ok(())
}

pub(crate) static ROTATED_WORKS: Case = Case {
    id: "as.refresh.rotated-works",
    title: "The newest refresh token works, many rotations long",
    why: "A chain that breaks makes the user sign in again, for no reason that anybody can see.",
    area: Area::Refresh,
    covers: &[&ROTATED_TOKEN_WORKS, &ROTATION_GOES_ON],
    needs: &[Need::RefreshToken],
    control: Some(&REFRESH_IS_SERVED),
    fresh_sign_ins: 1,
    body: |probe| Box::pin(rotated_works(probe)),
    ..Case::PLAIN
};

async fn rotated_works(probe: &mut Probe) -> Steps {
    let first = probe.own_tokens().await?;
    let mut tokens = refreshed(probe, &first).await?;
    for rotation in 2..=ROTATIONS {
        probe.row(format!("rotation {rotation}"));
        let request = refresh_request(probe, &tokens)?;
        let reply = probe.token(&request).await?;
        let requirement = if rotation == 2 { &ROTATED_TOKEN_WORKS } else { &ROTATION_GOES_ON };
        probe.expect(requirement, &reply, token_issued);
        match read(&tokens, reply) {
            Ok(next) => tokens = next,
            Err(_) => break,
        }
    }
    probe.no_row();
    if tokens.refresh.is_none() {
        probe.moot(&ROTATION_GOES_ON, "the chain ended before");
    }
    Ok(())
}

pub(crate) static UNPREDICTABLE: Case = Case {
    id: "as.refresh.unpredictable",
    title: "Refresh tokens cannot be guessed",
    why: "A refresh token is good for weeks, which leaves time to guess.",
    area: Area::Refresh,
    covers: &[&REFRESH_TOKEN_UNPREDICTABLE],
    needs: &[Need::RefreshToken],
    control: Some(&REFRESH_IS_SERVED),
    fresh_sign_ins: 1,
    body: |probe| Box::pin(unpredictable(probe)),
    ..Case::PLAIN
};

async fn unpredictable(probe: &mut Probe) -> Steps {
    let first = probe.own_tokens().await?;
    let second = refreshed(probe, &first).await?;
    let third = refreshed(probe, &second).await?;
    let replies = vec![first.reply.clone(), second.reply.clone(), third.reply.clone()];
    let mut drawn: Vec<_> = [first.refresh, second.refresh, third.refresh].into_iter().flatten().collect();
    drawn.dedup();
    probe.expect(&REFRESH_TOKEN_UNPREDICTABLE, &replies, |_| unguessable("refresh token", &drawn));
    Ok(())
}
