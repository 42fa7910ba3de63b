//! Resources that are unknown, malformed, or only look like the MCP server.

use proofmark_probe::judge::{Judgement, audience_lacks, error_is, holds, met, served, token_issued};
use proofmark_probe::model::Area;
use proofmark_probe::{Case, Need, Probe, Steps, Stop, violated};

use super::issued::RESOURCE_IS_ACCEPTED;
use super::{Outcome, follow, request, resource};
use crate::requirements::mcp::tokens::{RESOURCE_CASE_TOLERATED, RESOURCE_SLASH_TOLERATED};
use crate::requirements::rfc8707::{
    BAD_RESOURCE_IS_INVALID_TARGET, SUB_PATH_IS_ANOTHER, UNKNOWN_RESOURCE_NOT_AUDIENCE,
};
use crate::requirements::rfc9728::LOOKALIKE_IS_ANOTHER;

/// Asks for a token for a resource.
async fn ask(probe: &mut Probe, uri: &str, label: &str) -> Result<Outcome, Stop> {
    let request = request(probe).await?.with("resource", uri).labelled(label);
    follow(probe, request).await
}

/// Whether no token came.
fn refused(outcome: &Outcome) -> bool {
    !outcome.reply.as_ref().is_some_and(|r| token_issued(r).is_met())
}

pub(crate) static UNKNOWN: Case = Case {
    id: "as.audience.unknown-resource",
    title: "A resource that the server does not know does not become an audience",
    why: "A client could otherwise get tokens for any server that trusts this issuer.",
    area: Area::Audience,
    covers: &[&UNKNOWN_RESOURCE_NOT_AUDIENCE, &BAD_RESOURCE_IS_INVALID_TARGET],
    needs: &[Need::AccessToken],
    control: Some(&RESOURCE_IS_ACCEPTED),
    body: |probe| Box::pin(unknown(probe)),
    ..Case::PLAIN
};

async fn unknown(probe: &mut Probe) -> Steps {
    let own = resource(probe)?;
    let rows = [
        ("unknown", format!("https://{}/mcp", probe.host("unknown"))),
        ("fragment", format!("{own}#fragment")),
        ("relative", "/mcp".to_owned()),
        ("no URI", "proofmark nonsense".to_owned()),
    ];
    let mut knows_resources = false;
    for (row, uri) in rows {
        probe.row(row);
        let outcome = ask(probe, &uri, &format!("{row} resource")).await?;
        knows_resources |= refused(&outcome);
        judge_refusal(probe, &outcome, &uri, knows_resources && row != "unknown");
    }
    probe.row("good and unknown");
    let uri = format!("https://{}/mcp", probe.host("unknown"));
    let request = request(probe).await?.with_another("resource", &uri).labelled("a good and an unknown resource");
    let outcome = follow(probe, request).await?;
    match &outcome.reply {
        Some(reply) => probe.expect(&UNKNOWN_RESOURCE_NOT_AUDIENCE, reply, audience_lacks(&uri)),
        None => probe.expect(&UNKNOWN_RESOURCE_NOT_AUDIENCE, &outcome.journey, |journey| met(journey.describe())),
    }
    Ok(())
}

/// A server that refuses unknown resources should refuse what is none at all; one that knows no resources ignores both.
fn judge_refusal(probe: &mut Probe, outcome: &Outcome, uri: &str, must_refuse: bool) {
    let Some(reply) = &outcome.reply else {
        probe.expect(&UNKNOWN_RESOURCE_NOT_AUDIENCE, &outcome.journey, |journey| met(journey.describe()));
        let seen = outcome.journey.describe();
        match outcome.journey.error() {
            Some(error) => probe.expect(&BAD_RESOURCE_IS_INVALID_TARGET, &outcome.journey, |_| {
                holds(error == "invalid_target", "error \"invalid_target\"", seen)
            }),
            None => {
                probe.moot(&BAD_RESOURCE_IS_INVALID_TARGET, format!("the refusal did not reach the client: {seen}"));
            }
        }
        return;
    };
    if token_issued(reply).is_met() && must_refuse {
        let seen = format!("a token for {uri}, although other resources are refused");
        probe.expect(&UNKNOWN_RESOURCE_NOT_AUDIENCE, reply, |_| violated("a refusal", seen));
    } else {
        probe.expect(&UNKNOWN_RESOURCE_NOT_AUDIENCE, reply, audience_lacks(uri));
    }
    if token_issued(reply).is_met() {
        probe.moot(&BAD_RESOURCE_IS_INVALID_TARGET, "the resource was not refused");
    } else {
        probe.expect(&BAD_RESOURCE_IS_INVALID_TARGET, reply, error_is(&["invalid_target"]));
    }
}

pub(crate) static LOOKALIKE: Case = Case {
    id: "as.audience.lookalike",
    title: "A resource that only looks like the MCP server is not taken for it",
    why: "An attacker registers a name that begins like the real one, and collects tokens for it.",
    area: Area::Audience,
    covers: &[&LOOKALIKE_IS_ANOTHER, &SUB_PATH_IS_ANOTHER],
    needs: &[Need::AccessToken, Need::Protection],
    control: Some(&RESOURCE_IS_ACCEPTED),
    body: |probe| Box::pin(lookalike(probe)),
    ..Case::PLAIN
};

async fn lookalike(probe: &mut Probe) -> Steps {
    let own = resource(probe)?;
    let unknown = format!("https://{}/mcp", probe.host("unknown"));
    if !refused(&ask(probe, &unknown, "unknown resource, to compare with").await?) {
        return Err(Stop::not_applicable(
            "the authorization server does not tell resources apart: every token is for the MCP server",
        ));
    }
    let Some((scheme, rest)) = own.split_once("://") else {
        return Err(Stop::blocked(format!("the resource is no URL: {own}")));
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let evil = probe.host("evil");
    let rows = [
        ("user information", format!("{scheme}://{host}@{evil}{path}"), &LOOKALIKE_IS_ANOTHER),
        ("host name as a prefix", format!("{scheme}://{name}.{evil}{path}"), &LOOKALIKE_IS_ANOTHER),
        ("longer path", format!("{own}-evil"), &LOOKALIKE_IS_ANOTHER),
        ("path below", format!("{own}/below"), &SUB_PATH_IS_ANOTHER),
    ];
    for (row, uri, requirement) in rows {
        probe.row(row);
        let outcome = ask(probe, &uri, &format!("lookalike resource, {row}")).await?;
        let token = outcome.reply.as_ref().and_then(|r| r.json_str("access_token"));
        let Some(token) = token else {
            probe.expect(requirement, &outcome.journey, |journey| met(format!("{}, no token", journey.describe())));
            continue;
        };
        let request = probe.protected().await?.bearer(&token);
        let reply = probe.mcp(request.labelled(&format!("token for a lookalike resource, {row}"))).await?;
        probe.expect(requirement, &reply, |reply| not_taken(&served(reply), &uri));
    }
    Ok(())
}

fn not_taken(served: &Judgement, uri: &str) -> Judgement {
    holds(!served.is_met(), "a refusal of the token", format!("the MCP server took a token that was asked for {uri}"))
        .and(|| met("the token was refused"))
}

pub(crate) static SPELLING: Case = Case {
    id: "as.audience.spelling",
    title: "Scheme and host of a resource are compared without case",
    why: "Clients and libraries write URLs in their own way; the MCP specification asks to bear with it.",
    area: Area::Audience,
    covers: &[&RESOURCE_CASE_TOLERATED, &RESOURCE_SLASH_TOLERATED],
    needs: &[Need::AccessToken],
    control: Some(&RESOURCE_IS_ACCEPTED),
    body: |probe| Box::pin(spelling(probe)),
    ..Case::PLAIN
};

async fn spelling(probe: &mut Probe) -> Steps {
    let own = resource(probe)?;
    let Some((scheme, rest)) = own.split_once("://") else {
        return Err(Stop::blocked(format!("the resource is no URL: {own}")));
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    let capitals = format!("{}://{}{path}", scheme.to_uppercase(), host.to_uppercase());
    let slash = own.strip_suffix('/').map_or_else(|| format!("{own}/"), str::to_owned);
    for (row, uri, requirement) in
        [("capitals", capitals, &RESOURCE_CASE_TOLERATED), ("slash", slash, &RESOURCE_SLASH_TOLERATED)]
    {
        probe.row(row);
        let outcome = ask(probe, &uri, &format!("resource with {row}")).await?;
        let token = outcome.reply.as_ref().and_then(|r| r.json_str("access_token"));
        let Some(token) = token.filter(|_| probe.profile().protected_method.is_some()) else {
            let issued = !refused(&outcome);
            probe.expect(requirement, &outcome.journey, |journey| {
                let seen = if issued { "a token".into() } else { journey.describe() };
                holds(issued, "a token, as for the resource itself", seen)
            });
            continue;
        };
        let request = probe.protected().await?.bearer(&token);
        let reply = probe.mcp(request.labelled(&format!("token for the resource with {row}"))).await?;
        probe.expect(requirement, &reply, served);
    }
    Ok(())
}
