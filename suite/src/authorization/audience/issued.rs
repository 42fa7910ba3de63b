//! Whom a token is for.

use std::sync::Arc;

use proofmark_probe::judge::{
    Judgement, audience, audience_has, audience_in_words, audience_lacks, holds, met, served, token_issued,
};
use proofmark_probe::model::Area;
use proofmark_probe::{Case, ClientKind, Need, Probe, Steps, Stop, Tokens, violated};

use super::{follow, neighbour, request, resource};
use crate::authorization::lifetime::is_of_profile;
use crate::requirements::rfc8707::{
    AUDIENCE_IS_RESOURCE, AUDIENCE_KEPT, AUDIENCE_NOT_CHANGED, RESOURCE_ACCEPTED, RESOURCE_ACCEPTED_AT_TOKEN,
};
use crate::requirements::rfc9068::{DEFAULT_AUDIENCE, DEFAULT_AUDIENCE_IN_PROFILE};
use crate::requirements::rfc9700::AUDIENCE_IS_SINGLE;

pub(crate) static RESOURCE_IS_ACCEPTED: Case = Case {
    id: "as.audience.resource-accepted",
    title: "The resource that the MCP server publishes is accepted",
    why: "MCP clients send it in each request; where it is refused, nobody can connect.",
    area: Area::Audience,
    covers: &[&RESOURCE_ACCEPTED, &RESOURCE_ACCEPTED_AT_TOKEN],
    needs: &[Need::ServerMetadata],
    body: |probe| Box::pin(resource_accepted(probe)),
    ..Case::PLAIN
};

async fn resource_accepted(probe: &mut Probe) -> Steps {
    resource(probe)?;
    let with = request(probe).await?;
    let outcome = follow(probe, with.clone()).await?;
    if outcome.journey.code().is_some() {
        probe.expect(&RESOURCE_ACCEPTED, &outcome.journey, |journey| met(journey.describe()));
    } else {
        // Only if the resource makes the difference is it the resource that was refused.
        let without = request(probe).await?.without("resource").labelled("no resource");
        let without = probe.walk(without).await?;
        let refused = outcome.journey.describe();
        probe.expect(&RESOURCE_ACCEPTED, &outcome.journey, |_| {
            if without.code().is_some() || outcome.journey.error().as_deref() == Some("invalid_target") {
                violated("a code for a request with the published resource", refused)
            } else {
                Judgement::Unproven(format!("with and without the resource the request ends in {refused}"))
            }
        });
    }
    match &outcome.reply {
        Some(reply) => probe.expect(&RESOURCE_ACCEPTED_AT_TOKEN, reply, token_issued),
        None => probe.moot(&RESOURCE_ACCEPTED_AT_TOKEN, "there is no code to redeem"),
    }
    Ok(())
}

pub(crate) static IS_RESOURCE: Case = Case {
    id: "as.audience.is-resource",
    title: "A token is for the resource that it was asked for, and for nobody else",
    why: "A token that several servers take can be used by one of them against another.",
    area: Area::Audience,
    covers: &[&AUDIENCE_IS_RESOURCE, &AUDIENCE_IS_SINGLE],
    needs: &[Need::JwtAccessToken],
    control: Some(&RESOURCE_IS_ACCEPTED),
    body: |probe| Box::pin(is_resource(probe)),
    ..Case::PLAIN
};

async fn is_resource(probe: &mut Probe) -> Steps {
    let resource = resource(probe)?;
    let tokens = probe.tokens().await?;
    let list = audience(&tokens.reply).unwrap_or_default();
    let foreign = !list.contains(&resource) && !list.is_empty() && list != [tokens.client.id.clone()];
    let taken = if foreign && probe.profile().protected_method.is_some() {
        let request = probe.protected().await?.bearer(&tokens.access);
        served(&probe.mcp(request).await?).is_met()
    } else {
        false
    };
    probe.expect(&AUDIENCE_IS_RESOURCE, &tokens.reply, |_| is_for(&list, &resource, &tokens.client.id, taken));
    let issuer = probe.profile().issuer.clone();
    probe.expect(&AUDIENCE_IS_SINGLE, &tokens.reply, |_| is_single(&list, &issuer));
    Ok(())
}

/// The audience is the resource, or a name that the server gave it and goes by.
fn is_for(list: &[String], resource: &str, client: &str, taken: bool) -> Judgement {
    let expected = format!("the audience {resource}");
    if list.iter().any(|a| a == resource) || (taken && list != [client]) {
        return met(audience_in_words(list));
    }
    violated(expected, audience_in_words(list))
}

/// One audience, not counting addresses of the authorization server itself.
fn is_single(list: &[String], issuer: &str) -> Judgement {
    let origin = url_origin(issuer);
    let others: Vec<_> = list.iter().filter(|a| url_origin(a) != origin || origin.is_empty()).cloned().collect();
    // Where one origin is both, the resource itself is left out above.
    holds(others.len() <= 1, "one audience", audience_in_words(list))
}

fn url_origin(url: &str) -> &str {
    let Some((scheme, rest)) = url.split_once("://") else { return "" };
    let host = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    &url[..scheme.len() + 3 + host]
}

pub(crate) static DEFAULT: Case = Case {
    id: "as.audience.default",
    title: "A token that was asked for without a resource has a default audience",
    why: "A token without audience is taken by every server that trusts its issuer.",
    area: Area::Audience,
    covers: &[&DEFAULT_AUDIENCE_IN_PROFILE, &DEFAULT_AUDIENCE],
    needs: &[Need::JwtAccessToken],
    body: |probe| Box::pin(default(probe)),
    ..Case::PLAIN
};

async fn default(probe: &mut Probe) -> Steps {
    let request = request(probe).await?.without("resource").labelled("no resource");
    let client = Arc::clone(&request.client);
    let outcome = follow(probe, request).await?;
    let tokens = outcome.reply.and_then(|reply| Tokens::read(&client, reply));
    let Some((tokens, jwt)) = tokens.and_then(|t| t.jwt().map(|j| (t, j))) else {
        return Err(Stop::not_applicable("no JWT comes without a resource"));
    };
    let judge = |_: &_| {
        holds(!jwt.audience().is_empty(), "a claim aud", "a token without audience").and(|| met("there is an audience"))
    };
    if is_of_profile(&jwt) {
        probe.expect(&DEFAULT_AUDIENCE_IN_PROFILE, &tokens.reply, judge);
    } else {
        probe.moot(&DEFAULT_AUDIENCE_IN_PROFILE, "the token does not say that it follows RFC 9068 (typ at+jwt)");
    }
    probe.expect(&DEFAULT_AUDIENCE, &tokens.reply, judge);
    Ok(())
}

pub(crate) static KEPT: Case = Case {
    id: "as.audience.kept",
    title: "The resource of the authorization request counts when the token request names none",
    why: "What the user agreed to is the resource of the authorization request.",
    area: Area::Audience,
    covers: &[&AUDIENCE_KEPT],
    needs: &[Need::JwtAccessToken],
    control: Some(&RESOURCE_IS_ACCEPTED),
    body: |probe| Box::pin(kept(probe)),
    ..Case::PLAIN
};

async fn kept(probe: &mut Probe) -> Steps {
    let own = resource(probe)?;
    let mut rows = vec![("the MCP server", own)];
    rows.extend(neighbour(probe.profile()).map(|uri| ("another resource of the server", uri)));
    for (row, uri) in rows {
        let client = probe.client(ClientKind::Main).await?;
        let request = probe.authorization(&client).with("resource", &uri).labelled(row);
        let journey = probe.walk(request).await?;
        let Some(grant) = journey.grant() else {
            continue;
        };
        probe.row(row);
        let reply = probe.token(&grant.redeem().without("resource").labelled("no resource")).await?;
        probe.expect(&AUDIENCE_KEPT, &reply, |reply| {
            if token_issued(reply).is_met() { audience_has(&uri)(reply) } else { Judgement::Moot(reply.summary()) }
        });
    }
    probe.no_row();
    Ok(())
}

pub(crate) static NOT_CHANGED: Case = Case {
    id: "as.audience.not-changed",
    title: "A token request gives no token for a resource that was not authorized",
    why: "A client that was let into one server could otherwise enter all of them.",
    area: Area::Audience,
    covers: &[&AUDIENCE_NOT_CHANGED],
    needs: &[Need::JwtAccessToken],
    control: Some(&RESOURCE_IS_ACCEPTED),
    body: |probe| Box::pin(not_changed(probe)),
    ..Case::PLAIN
};

async fn not_changed(probe: &mut Probe) -> Steps {
    resource(probe)?;
    let unknown = format!("https://{}/mcp", probe.host("other"));
    let mut rows = vec![("unknown resource", unknown)];
    rows.extend(neighbour(probe.profile()).map(|uri| ("another resource of the server", uri)));
    for (row, uri) in rows {
        probe.row(row);
        let grant = probe.grant().await?;
        let reply = probe.token(&grant.redeem().with("resource", &uri).labelled(row)).await?;
        probe.expect(&AUDIENCE_NOT_CHANGED, &reply, audience_lacks(&uri));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapped_audience_counts_when_the_server_takes_it() {
        let list = |items: &[&str]| items.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert!(is_for(&list(&["https://rs/mcp"]), "https://rs/mcp", "c", false).is_met());
        assert!(is_for(&list(&["api-7"]), "https://rs/mcp", "c", true).is_met());
        assert!(!is_for(&list(&["api-7"]), "https://rs/mcp", "c", false).is_met());
        assert!(!is_for(&list(&["c"]), "https://rs/mcp", "c", true).is_met());
        assert!(!is_for(&[], "https://rs/mcp", "c", false).is_met());
    }

    #[test]
    fn addresses_of_the_issuer_do_not_count() {
        let list = |items: &[&str]| items.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert!(is_single(&list(&["https://rs/mcp", "https://as/userinfo"]), "https://as/t").is_met());
        assert!(!is_single(&list(&["https://rs/mcp", "client"]), "https://as/t").is_met());
    }
}
