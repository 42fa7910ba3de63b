//! What a code is bound to.

use std::sync::Arc;

use proofmark_probe::judge::{no_server_error, token_issued, token_refused};
use proofmark_probe::jwt::Jwt;
use proofmark_probe::model::Area;
use proofmark_probe::{
    Case, Client, ClientAuth, ClientKind, Judgement, Need, Probe, Reply, Steps, Stop, met, violated,
};

use super::refused_as_invalid_grant;
use crate::authorization::pkce::{CONFIDENTIAL_RIGHT_VERIFIER, RIGHT_VERIFIER};
use crate::requirements::oauth21::code::{
    BOUND_TO_CLIENT as BOUND, CLIENT_IS_NAMED as NAMED, KEEPS_SCOPE as SAME_SCOPE, ONE_CLIENT_PER_REQUEST,
    REFUSAL_IS_CLIENT_ERROR, REFUSAL_IS_INVALID_GRANT,
};

pub(super) static BOUND_TO_CLIENT: Case = Case {
    id: "as.code.bound-to-client",
    title: "A code is refused when another client presents it",
    why: "With open registration anybody can be a client; a stolen code must be worth nothing to the thief's.",
    area: Area::Code,
    covers: &[&BOUND, &REFUSAL_IS_CLIENT_ERROR, &REFUSAL_IS_INVALID_GRANT],
    needs: &[Need::CodeFlow, Need::SecondClient],
    control: Some(&RIGHT_VERIFIER),
    body: |probe| Box::pin(bound_to_client(probe)),
    ..Case::PLAIN
};

async fn bound_to_client(probe: &mut Probe) -> Steps {
    let thief = probe.client(ClientKind::Second).await?;
    let own_verifier = probe.rng().word();
    for row in ["with the right verifier", "with a verifier of its own"] {
        probe.row(row);
        let grant = probe.grant().await?;
        if grant.client.id == thief.id {
            return Err(Stop::blocked("the second client is the first one"));
        }
        let request = grant.redeem().by(&thief);
        let request = if row == "with the right verifier" { request } else { request.with_verifier(&own_verifier) };
        let reply = probe.token(&request.labelled(&format!("by another client {row}"))).await?;
        probe.expect(&BOUND, &reply, token_refused);
        probe.expect(&REFUSAL_IS_CLIENT_ERROR, &reply, no_server_error);
        probe.expect(&REFUSAL_IS_INVALID_GRANT, &reply, refused_as_invalid_grant);
    }
    Ok(())
}

pub(super) static BOUND_TO_CONFIDENTIAL_CLIENT: Case = Case {
    id: "as.code.bound-to-confidential-client",
    title: "A code is refused when another client authenticates, whatever client the body names",
    why: "The name in the body is what anybody can write; who authenticated is who gets the token.",
    area: Area::Code,
    covers: &[&BOUND, &ONE_CLIENT_PER_REQUEST],
    needs: &[Need::CodeFlow, Need::ConfidentialClient, Need::Registration],
    control: Some(&CONFIDENTIAL_RIGHT_VERIFIER),
    body: |probe| Box::pin(bound_to_confidential_client(probe)),
    ..Case::PLAIN
};

async fn bound_to_confidential_client(probe: &mut Probe) -> Steps {
    let first = probe.client(ClientKind::Confidential).await?;
    let second = confidential(probe, "another", first.auth).await?;

    probe.row("another client authenticates");
    let grant = grant_of(probe, &first).await?;
    let reply = probe.token(&grant.redeem().by(&second).labelled("by another client")).await?;
    probe.expect(&BOUND, &reply, token_refused);

    // Only in a header can one client authenticate while the body names another.
    let listed = probe.profile().metadata_lists("token_endpoint_auth_methods_supported", "client_secret_basic");
    if listed == Some(false) {
        probe.moot(&ONE_CLIENT_PER_REQUEST, "the metadata does not list client_secret_basic");
        return Ok(());
    }
    probe.no_row();
    let own = confidential(probe, "own", ClientAuth::Basic).await?;
    let other = confidential(probe, "other", ClientAuth::Basic).await?;
    let grant = grant_of(probe, &own).await?;
    let control = probe.token(&grant.redeem()).await?;
    if [&own, &other].iter().any(|c| c.auth != ClientAuth::Basic) || !token_issued(&control).is_met() {
        probe.moot(
            &ONE_CLIENT_PER_REQUEST,
            format!("no client here authenticates by HTTP Basic: {}", control.summary()),
        );
        return Ok(());
    }
    probe.row("another client authenticates, and the body names the client of the code");
    let grant = grant_of(probe, &own).await?;
    let request = grant.redeem().by(&other).with("client_id", &own.id).labelled("two clients in one request");
    let reply = probe.token(&request).await?;
    probe.expect(&BOUND, &reply, token_refused);

    probe.row("the client of the code authenticates, and the body names another");
    let grant = grant_of(probe, &own).await?;
    let request = grant.redeem().with("client_id", &other.id).labelled("two clients in one request");
    let reply = probe.token(&request).await?;
    probe.expect(&ONE_CLIENT_PER_REQUEST, &reply, token_refused);
    Ok(())
}

/// A confidential client of this case's own.
async fn confidential(probe: &Probe, name: &str, auth: ClientAuth) -> Result<Arc<Client>, Stop> {
    let uri = format!("https://{}/cb", probe.host(name));
    let what = format!("{name} confidential client");
    probe.registered(probe.authenticated(&uri, auth)?.labelled(&what)).await
}

async fn grant_of(probe: &mut Probe, client: &Arc<Client>) -> Result<proofmark_probe::Grant, Stop> {
    let request = probe.authorization(client);
    probe.authorize(request).await
}

pub(super) static CLIENT_IS_NAMED: Case = Case {
    id: "as.code.client-is-named",
    title: "A code is refused when the request does not say which client sends it",
    why: "A code that needs no client is bound to none.",
    area: Area::Code,
    covers: &[&NAMED],
    needs: &[Need::CodeFlow],
    control: Some(&RIGHT_VERIFIER),
    body: |probe| Box::pin(client_is_named(probe)),
    ..Case::PLAIN
};

async fn client_is_named(probe: &mut Probe) -> Steps {
    let grant = probe.grant().await?;
    let reply = probe.token(&grant.redeem().without_client().labelled("no client")).await?;
    probe.expect(&NAMED, &reply, token_refused);
    Ok(())
}

pub(super) static KEEPS_SCOPE: Case = Case {
    id: "as.code.keeps-scope",
    title: "A token request cannot widen the scope of its code",
    why: "The user agreed to what the authorization request asked for, not to what the token request adds.",
    area: Area::Code,
    covers: &[&SAME_SCOPE],
    needs: &[Need::CodeFlow, Need::TwoScopes],
    control: Some(&RIGHT_VERIFIER),
    body: |probe| Box::pin(keeps_scope(probe)),
    ..Case::PLAIN
};

async fn keeps_scope(probe: &mut Probe) -> Steps {
    let scopes = probe.profile().scopes.clone();
    let Some(narrow) = scopes.read.or_else(|| scopes.all.first().cloned()) else {
        return Err(Stop::not_applicable("the target names no scope"));
    };
    let usual = probe.tokens_for(&narrow).await?;
    let usual = granted(&usual.reply).unwrap_or_else(|| vec![narrow.clone()]);
    let more: Vec<_> = scopes.all.iter().filter(|s| **s != narrow && !usual.contains(*s)).cloned().collect();
    if more.is_empty() {
        probe.moot(&SAME_SCOPE, format!("the server grants every scope to a client that asks for {narrow} alone"));
        return Ok(());
    }
    let client = probe.client(ClientKind::Main).await?;
    let request = probe.authorization(&client).with("scope", &narrow);
    let grant = probe.authorize(request).await?;
    let wide = format!("{narrow} {}", more.join(" "));
    let reply = probe.token(&grant.redeem().with("scope", &wide).labelled("a wider scope")).await?;
    probe.expect(&SAME_SCOPE, &reply, |reply| scope_not_widened(reply, &more));
    Ok(())
}

/// The scopes that a token response, or the JWT in it, says were granted.
fn granted(reply: &Reply) -> Option<Vec<String>> {
    let words = |text: &str| text.split(' ').filter(|s| !s.is_empty()).map(ToOwned::to_owned).collect();
    let jwt = reply.json_str("access_token").and_then(|token| Jwt::read(&token));
    let claimed = jwt.as_ref().and_then(|jwt| jwt.text("scope")).map(ToOwned::to_owned);
    claimed.or_else(|| reply.json_str("scope")).map(|text| words(&text))
}

/// None of these scopes was granted.
fn scope_not_widened(reply: &Reply, more: &[String]) -> Judgement {
    if !token_issued(reply).is_met() {
        return token_refused(reply);
    }
    let Some(granted) = granted(reply) else {
        return Judgement::Moot("neither the response nor the token says which scope was granted".into());
    };
    match more.iter().find(|scope| granted.contains(scope)) {
        Some(scope) => violated(
            "a refusal, or a token with no more scope than was authorized",
            format!("the token has the scope {scope}, which only the token request named"),
        ),
        None => met(format!("a token with the scope {}", granted.join(" "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &[(&str, &str)] = &[("content-type", "application/json")];
    /// `{"alg":"none"}` . `{"aud":"https://a/","scope":"read"}` . no signature.
    const TOKEN: &str = "eyJhbGciOiJub25lIn0.eyJhdWQiOiJodHRwczovL2EvIiwic2NvcGUiOiJyZWFkIn0.";

    #[test]
    fn the_token_itself_tells_more_than_the_response() {
        let body = format!(r#"{{"access_token":"{TOKEN}","scope":"read write"}}"#);
        let reply = Reply::canned(200, JSON, &body);
        assert_eq!(granted(&reply), Some(vec!["read".to_owned()]));
        assert!(scope_not_widened(&reply, &["write".into()]).is_met());
        assert!(!scope_not_widened(&reply, &["read".into()]).is_met());
        let silent = Reply::canned(200, JSON, r#"{"access_token":"x"}"#);
        assert!(matches!(scope_not_widened(&silent, &["write".into()]), Judgement::Moot(_)));
        assert!(scope_not_widened(&Reply::canned(400, JSON, r#"{"error":"invalid_scope"}"#), &[]).is_met());
    }
}
