//! Scope and resource of a refresh: less is possible, more is not.

use proofmark_probe::judge::{
    Judgement, audience_lacks, error_is, scope_is, scope_set, scope_within, shown_scope, token_issued, told_scope,
};
use proofmark_probe::model::Area;
use proofmark_probe::{Case, Need, Probe, Reply, Steps, Stop};

use super::working::REFRESH_IS_SERVED;
use super::{own_tokens_for, read, refresh_request};
use crate::authorization::audience::neighbour;
use crate::requirements::oauth21::refresh::{
    NARROWING_IS_NOT_FOR_GOOD, REFRESH_NARROWS, REFRESH_STAYS_WITH_RESOURCE, REFRESH_STAYS_WITHIN_GRANT,
    WIDER_REFRESH_IS_INVALID_SCOPE,
};
use crate::requirements::rfc8707::{REFRESH_NEEDS_NO_RESOURCE, REFRESH_TAKES_ITS_RESOURCE};

pub(crate) static NARROWS: Case = Case {
    id: "as.refresh.narrows",
    title: "A refresh can ask for less, and the next one for all again",
    why: "A client that works with few rights most of the time has little to lose.",
    area: Area::Refresh,
    covers: &[&REFRESH_NARROWS, &NARROWING_IS_NOT_FOR_GOOD],
    needs: &[Need::RefreshToken, Need::TwoScopes],
    control: Some(&REFRESH_IS_SERVED),
    fresh_sign_ins: 1,
    body: |probe| Box::pin(narrows(probe)),
    ..Case::PLAIN
};

async fn narrows(probe: &mut Probe) -> Steps {
    let first = probe.own_tokens().await?;
    let full = shown_scope(&first.reply);
    let read_scope = probe.profile().scopes.read.clone().unwrap_or_default();
    if !full.as_ref().is_some_and(|f| f.len() > 1 && f.contains(&read_scope)) {
        return Err(Stop::not_applicable("the grant does not show more than one scope that could be narrowed"));
    }
    let request = refresh_request(probe, &first)?.with("scope", &read_scope).labelled("less scope");
    let reply = probe.token(&request).await?;
    let wanted = scope_set(&read_scope);
    probe.expect(&REFRESH_NARROWS, &reply, |reply| narrowed_or_told(reply, &read_scope));
    let honoured = scope_is(&wanted)(&reply).is_met();
    let (Some(full), true, Ok(second)) = (full, honoured, read(&first, reply)) else {
        probe.moot(&NARROWING_IS_NOT_FOR_GOOD, "the narrower scope was not honoured");
        return Ok(());
    };
    let reply = probe.token(&refresh_request(probe, &second)?.labelled("no scope, after less")).await?;
    probe.expect(&NARROWING_IS_NOT_FOR_GOOD, &(&second.reply, &reply), |(_, reply)| scope_is(&full)(reply));
    Ok(())
}

/// The token has the scope that was asked for, or the response tells another.
fn narrowed_or_told(reply: &Reply, asked: &str) -> Judgement {
    if told_scope(reply).is_some() {
        return token_issued(reply);
    }
    scope_is(&scope_set(asked))(reply)
}

pub(crate) static NO_MORE: Case = Case {
    id: "as.refresh.no-more-scope",
    title: "A refresh gives no scope that was not granted",
    why: "The user said yes to less; a refresh happens without the user.",
    area: Area::Refresh,
    covers: &[&REFRESH_STAYS_WITHIN_GRANT, &WIDER_REFRESH_IS_INVALID_SCOPE],
    needs: &[Need::RefreshToken, Need::TwoScopes],
    control: Some(&REFRESH_IS_SERVED),
    fresh_sign_ins: 5,
    body: |probe| Box::pin(no_more(probe)),
    ..Case::PLAIN
};

async fn no_more(probe: &mut Probe) -> Steps {
    let scopes = probe.profile().scopes.clone();
    let (Some(read_scope), Some(write_scope)) = (scopes.read, scopes.write) else {
        return Err(Stop::missing(
            "it is not known which scopes there are",
            "name read and write under [scopes] in the configuration",
        ));
    };
    let rows = [
        ("another scope", write_scope.clone()),
        ("granted and another", format!("{read_scope} {write_scope}")),
        ("unknown scope", format!("proofmark-{}", probe.rng().name(8))),
        ("granted in capitals", read_scope.to_uppercase()),
    ];
    for (row, asked) in rows {
        if asked == read_scope {
            continue;
        }
        probe.row(row);
        let tokens = own_tokens_for(probe, &read_scope).await?;
        let granted = shown_scope(&tokens.reply).unwrap_or_else(|| scope_set(&read_scope));
        if granted.contains(&write_scope) {
            return Err(Stop::not_applicable("the server grants every scope whatever is asked for"));
        }
        let request = refresh_request(probe, &tokens)?.with("scope", &asked).labelled(row);
        let reply = probe.token(&request).await?;
        probe.expect(&REFRESH_STAYS_WITHIN_GRANT, &reply, scope_within(&granted, &scope_set(&asked)));
        if token_issued(&reply).is_met() {
            probe.moot(&WIDER_REFRESH_IS_INVALID_SCOPE, "the refresh was not refused");
        } else {
            probe.expect(&WIDER_REFRESH_IS_INVALID_SCOPE, &reply, error_is(&["invalid_scope"]));
        }
    }

    probe.row("a code of a wider grant beside");
    let tokens = own_tokens_for(probe, &read_scope).await?;
    let granted = shown_scope(&tokens.reply).unwrap_or_else(|| scope_set(&read_scope));
    let wider = probe.grant().await?;
    let request = refresh_request(probe, &tokens)?.with("code", &wider.code).with("code_verifier", &wider.verifier);
    let reply = probe.token(&request.labelled("with a code of a wider grant")).await?;
    probe.expect(&REFRESH_STAYS_WITHIN_GRANT, &reply, scope_within(&granted, &granted));
    Ok(())
}

pub(crate) static TAKES_RESOURCE: Case = Case {
    id: "as.refresh.resource",
    title: "A refresh works with the resource of the grant, and without",
    why: "MCP clients repeat the resource at each refresh; older ones leave it out.",
    area: Area::Refresh,
    covers: &[&REFRESH_TAKES_ITS_RESOURCE, &REFRESH_NEEDS_NO_RESOURCE],
    needs: &[Need::RefreshToken],
    control: Some(&REFRESH_IS_SERVED),
    fresh_sign_ins: 1,
    body: |probe| Box::pin(takes_resource(probe)),
    ..Case::PLAIN
};

async fn takes_resource(probe: &mut Probe) -> Steps {
    let first = probe.own_tokens().await?;
    let reply = probe.token(&refresh_request(probe, &first)?.labelled("the resource of the grant")).await?;
    probe.expect(&REFRESH_TAKES_ITS_RESOURCE, &reply, token_issued);
    let second = read(&first, reply)?;
    let reply = probe.token(&refresh_request(probe, &second)?.without("resource").labelled("no resource")).await?;
    probe.expect(&REFRESH_NEEDS_NO_RESOURCE, &reply, token_issued);
    Ok(())
}

pub(crate) static OTHER_RESOURCE: Case = Case {
    id: "as.refresh.other-resource",
    title: "A refresh gives no token for a resource that was not granted",
    why: "A server that was given a refresh token by mistake could otherwise enter everywhere.",
    area: Area::Refresh,
    covers: &[&REFRESH_STAYS_WITH_RESOURCE],
    needs: &[Need::RefreshToken],
    control: Some(&REFRESH_IS_SERVED),
    fresh_sign_ins: 2,
    body: |probe| Box::pin(other_resource(probe)),
    ..Case::PLAIN
};

async fn other_resource(probe: &mut Probe) -> Steps {
    let unknown = format!("https://{}/mcp", probe.host("other"));
    let mut rows = vec![("unknown resource", unknown)];
    // Without a resource to ask for, and without an MCP server, nobody knows for which of them the tokens are.
    let granted = probe.profile().resource.is_some() || !probe.profile().mcp_url.is_empty();
    rows.extend(neighbour(probe.profile()).filter(|_| granted).map(|uri| ("another resource of the server", uri)));
    for (row, resource) in rows {
        probe.row(row);
        let tokens = probe.own_tokens().await?;
        let request = refresh_request(probe, &tokens)?.with("resource", &resource).labelled(row);
        let reply = probe.token(&request).await?;
        probe.expect(&REFRESH_STAYS_WITH_RESOURCE, &reply, audience_lacks(&resource));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_may_be_ignored_as_long_as_that_is_told() {
        let json = &[("content-type", "application/json")];
        let told = Reply::canned(200, json, r#"{"access_token":"t","scope":"read write"}"#);
        assert!(narrowed_or_told(&told, "read").is_met());
        assert!(!narrowed_or_told(&Reply::canned(400, json, r#"{"error":"invalid_scope"}"#), "read").is_met());
    }
}
