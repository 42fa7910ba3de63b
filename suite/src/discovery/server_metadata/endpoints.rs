//! The endpoints and keys that authorization server metadata names, and whether they are there.

use proofmark_probe::judge::{Judgement, holds, met};
use proofmark_probe::model::Area;
use proofmark_probe::params::Params;
use proofmark_probe::{Case, HttpRequest, Need, Probe, Reply, Steps, Stop, violated};
use serde_json::{Value, json};

use super::content::metadata;
use super::place::exists;
use crate::discovery::resource_metadata::is_secure_url;
use crate::requirements::mcp::discovery::ENDPOINTS_SANE;
use crate::requirements::oauth21::registration::ENDPOINTS_HTTPS;
use crate::requirements::rfc8414::{ENDPOINTS_LIVE, KEYS_ARE_PUBLIC, REGISTRATION_ENDPOINT_LIVE};
use crate::requirements::rfc9068::KEYS_SIGN_TOKENS;

pub(crate) static ENDPOINT_URLS: Case = Case {
    id: "mcp.server-metadata.endpoint-urls",
    title: "Each endpoint in the metadata is a plain https URL",
    why: "Clients open the authorization endpoint in a browser, whatever stands there.",
    area: Area::Discovery,
    covers: &[&ENDPOINTS_HTTPS, &ENDPOINTS_SANE],
    needs: &[Need::ServerMetadata],
    body: |probe| Box::pin(endpoint_urls(probe)),
    ..Case::PLAIN
};

async fn endpoint_urls(probe: &mut Probe) -> Steps {
    let (reply, document) = metadata(probe)?;
    let loopback = probe.profile().is_loopback();
    let members: Vec<_> = document
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, _)| name.ends_with("_endpoint") || *name == "jwks_uri")
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .collect();
    if members.is_empty() {
        return Err(Stop::not_applicable("the metadata names no endpoints"));
    }
    for (name, url) in members {
        probe.row(name);
        probe.expect(&ENDPOINTS_SANE, &reply, |_| is_web_address(&url));
        probe.expect(&ENDPOINTS_HTTPS, &reply, |_| {
            if is_web_address(&url).is_met() {
                is_secure_url(&url, loopback)
            } else {
                Judgement::Moot("it is no web address".into())
            }
        });
    }
    Ok(())
}

/// http or https, without user information and without characters that no URI may hold.
fn is_web_address(url: &str) -> Judgement {
    let lower = url.to_ascii_lowercase();
    let web = lower.starts_with("https://") || lower.starts_with("http://");
    let authority = lower.split("://").nth(1).and_then(|r| r.split(['/', '?', '#']).next()).unwrap_or_default();
    let odd = url.chars().any(|c| c.is_control() || c.is_whitespace() || "\"<>`|\\^{}".contains(c));
    holds(web && !authority.contains('@') && !odd, "a plain web address", url.to_owned())
}

pub(crate) static ENDPOINTS: Case = Case {
    id: "mcp.server-metadata.endpoints-live",
    title: "Each endpoint in the metadata exists",
    why: "A client that follows the metadata into a dead end cannot tell its user why.",
    area: Area::Discovery,
    covers: &[&REGISTRATION_ENDPOINT_LIVE, &ENDPOINTS_LIVE],
    needs: &[Need::ServerMetadata],
    body: |probe| Box::pin(endpoints(probe)),
    ..Case::PLAIN
};

async fn endpoints(probe: &mut Probe) -> Steps {
    let endpoints = probe.profile().endpoints.clone();
    let none = Params::new();
    if let Some(url) = &endpoints.registration {
        probe.row("registration_endpoint");
        let reply = probe.send(HttpRequest::json("empty registration", url, &json!({}))).await?;
        probe.expect(&REGISTRATION_ENDPOINT_LIVE, &reply, is_live);
    } else {
        probe.moot(&REGISTRATION_ENDPOINT_LIVE, "the metadata names no registration endpoint");
    }
    let rows = [
        (
            "token_endpoint",
            Some(&endpoints.token)
                .filter(|u| !u.is_empty())
                .map(|u| HttpRequest::form("empty token request", u, &none)),
        ),
        (
            "authorization_endpoint",
            Some(&endpoints.authorization)
                .filter(|u| !u.is_empty())
                .map(|u| HttpRequest::get("empty authorization request", u)),
        ),
        (
            "revocation_endpoint",
            endpoints.revocation.as_ref().map(|u| HttpRequest::form("empty revocation request", u, &none)),
        ),
        ("jwks_uri", endpoints.jwks.as_ref().map(|u| HttpRequest::get("key set", u))),
    ];
    for (row, request) in rows {
        probe.row(row);
        match request {
            Some(request) => {
                let reply = probe.send(request).await?;
                probe.expect(&ENDPOINTS_LIVE, &reply, is_live);
            }
            None => probe.moot(&ENDPOINTS_LIVE, format!("the metadata names no {row}")),
        }
    }
    Ok(())
}

/// An endpoint that does not break down over an empty request, and is there.
fn is_live(reply: &Reply) -> Judgement {
    exists(reply).and(|| holds(reply.status() < 500, "an endpoint that answers", reply.summary()))
}

pub(crate) static KEYS: Case = Case {
    id: "mcp.server-metadata.keys",
    title: "The key set holds public keys only, and the one that signs access tokens",
    why: "Whoever has a private key can make tokens for every user.",
    area: Area::Discovery,
    covers: &[&KEYS_ARE_PUBLIC, &KEYS_SIGN_TOKENS],
    needs: &[Need::ServerMetadata],
    body: |probe| Box::pin(keys(probe)),
    ..Case::PLAIN
};

async fn keys(probe: &mut Probe) -> Steps {
    let Some(url) = probe.profile().endpoints.jwks.clone() else {
        return Err(Stop::not_applicable("the metadata names no key set"));
    };
    let reply = probe.send(HttpRequest::get("key set", url)).await?;
    probe.expect(&KEYS_ARE_PUBLIC, &reply, holds_public_keys);
    let kid = match probe.tokens().await {
        Ok(tokens) => tokens.jwt().and_then(|j| j.header.get("kid").and_then(Value::as_str).map(str::to_owned)),
        Err(_) => None,
    };
    match kid {
        Some(kid) => probe.expect(&KEYS_SIGN_TOKENS, &reply, |reply| has_key(reply, &kid)),
        None => probe.moot(&KEYS_SIGN_TOKENS, "no access token names a key"),
    }
    Ok(())
}

fn key_list(reply: &Reply) -> Option<Vec<Value>> {
    reply.json()?.get("keys")?.as_array().cloned()
}

fn holds_public_keys(reply: &Reply) -> Judgement {
    let Some(keys) = key_list(reply) else {
        return violated("a JSON object with a list of keys", reply.summary());
    };
    let private = keys.iter().find(|k| ["d", "p", "q", "k"].iter().any(|part| k.get(part).is_some()));
    match private {
        Some(key) => {
            let name = key.get("kid").and_then(Value::as_str).unwrap_or("one without kid");
            violated("public keys only", format!("the key {name} shows its private or secret part"))
        }
        None => met(format!("{} public keys", keys.len())),
    }
}

fn has_key(reply: &Reply, kid: &str) -> Judgement {
    let known: Vec<_> =
        key_list(reply).unwrap_or_default().iter().filter_map(|k| k.get("kid")?.as_str().map(str::to_owned)).collect();
    holds(known.iter().any(|k| k == kid), format!("the key {kid}"), format!("the keys {}", known.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_and_user_information_are_no_web_addresses() {
        assert!(is_web_address("https://h/a?b=c&d").is_met());
        for url in ["javascript:alert(1)", "https://u@h/a", "https://h/a b", "file:///etc"] {
            assert!(!is_web_address(url).is_met(), "{url}");
        }
    }

    #[test]
    fn private_parts_are_found() {
        let keys = |body: &str| Reply::canned(200, &[], body);
        assert!(holds_public_keys(&keys(r#"{"keys":[{"kid":"a","n":"x","e":"y"}]}"#)).is_met());
        assert!(!holds_public_keys(&keys(r#"{"keys":[{"kid":"a","d":"x"}]}"#)).is_met());
        assert!(!has_key(&keys(r#"{"keys":[{"kid":"a"}]}"#), "b").is_met());
    }
}
