//! The authorization servers that protected resource metadata names.

use proofmark_probe::judge::{Judgement, holds, met};
use proofmark_probe::model::Area;
use proofmark_probe::{Case, HttpRequest, Need, Probe, Steps, Stop, violated};
use serde_json::Value;

use super::content::{document, is_secure_url};
use super::place::{documents, servers};
use crate::requirements::mcp::discovery::PRM_NAMES_AUTHORIZATION_SERVER;
use crate::requirements::rfc9728::{PRM_EVERY_SERVER_RESOLVES, PRM_SERVERS_ARE_ISSUERS, PRM_SOME_SERVER_RESOLVES};

pub(crate) static NAMES_SERVER: Case = Case {
    id: "mcp.resource-metadata.names-authorization-server",
    title: "The resource metadata names an authorization server",
    why: "It is what a client reads the document for.",
    area: Area::Discovery,
    covers: &[&PRM_NAMES_AUTHORIZATION_SERVER],
    needs: &[Need::ResourceMetadata],
    body: |probe| Box::pin(names_server(probe)),
    ..Case::PLAIN
};

async fn names_server(probe: &mut Probe) -> Steps {
    for (found, document) in documents(probe) {
        probe.row(found.url.clone());
        probe.expect(&PRM_NAMES_AUTHORIZATION_SERVER, &found.reply, |_| lists_servers(&document));
    }
    Ok(())
}

fn lists_servers(document: &Value) -> Judgement {
    let expected = "authorization_servers as an array with at least one string";
    match document.get("authorization_servers") {
        None => violated(expected, "no such member"),
        Some(Value::Array(list)) if !list.is_empty() && list.iter().all(Value::is_string) => {
            met(servers(document).join(", "))
        }
        Some(other) => violated(expected, format!("authorization_servers is {other}")),
    }
}

pub(crate) static SERVERS_ARE_ISSUERS: Case = Case {
    id: "mcp.resource-metadata.servers-are-issuers",
    title: "Each listed authorization server is an issuer identifier",
    why: "A client builds the metadata URL from the issuer; from anything else it builds nonsense.",
    area: Area::Discovery,
    covers: &[&PRM_SERVERS_ARE_ISSUERS],
    needs: &[Need::ResourceMetadata],
    body: |probe| Box::pin(servers_are_issuers(probe)),
    ..Case::PLAIN
};

async fn servers_are_issuers(probe: &mut Probe) -> Steps {
    let (reply, document) = document(probe)?;
    let listed = servers(&document);
    let loopback = probe.profile().is_loopback();
    if listed.is_empty() {
        return Err(Stop::not_applicable("the resource metadata lists no authorization server"));
    }
    for issuer in listed {
        probe.row(issuer.clone());
        probe.expect(&PRM_SERVERS_ARE_ISSUERS, &reply, |_| is_issuer(&issuer, loopback));
    }
    Ok(())
}

/// An https URL without query and fragment that is not itself the address of metadata.
fn is_issuer(issuer: &str, loopback: bool) -> Judgement {
    is_secure_url(issuer, loopback).and(|| {
        let plain = !issuer.contains('?') && !issuer.contains("/.well-known/");
        holds(plain, "an issuer: no query, and not the URL of its metadata", issuer.to_owned())
    })
}

pub(crate) static SERVERS_RESOLVE: Case = Case {
    id: "mcp.resource-metadata.servers-resolve",
    title: "Every listed authorization server has metadata",
    why: "A client may pick any of them.",
    area: Area::Discovery,
    covers: &[&PRM_SOME_SERVER_RESOLVES, &PRM_EVERY_SERVER_RESOLVES],
    needs: &[Need::ResourceMetadata],
    body: |probe| Box::pin(servers_resolve(probe)),
    ..Case::PLAIN
};

async fn servers_resolve(probe: &mut Probe) -> Steps {
    /// As many as are looked at.
    const MOST: usize = 5;
    let (reply, document) = document(probe)?;
    let listed = servers(&document);
    if listed.is_empty() {
        return Err(Stop::not_applicable("the resource metadata lists no authorization server"));
    }
    let used = probe.profile().issuer.clone();
    let (mut replies, mut living, mut dead) = (vec![reply], 0, Vec::new());
    for issuer in listed.iter().take(MOST) {
        if *issuer == used && probe.profile().metadata.is_object() {
            living += 1;
            continue;
        }
        let mut resolves = false;
        for url in metadata_urls(issuer) {
            let reply = probe.send(HttpRequest::get("metadata of a listed authorization server", url)).await?;
            resolves = reply.is_success() && reply.json_str("issuer").is_some();
            replies.push(reply);
            if resolves {
                break;
            }
        }
        if resolves { living += 1 } else { dead.push(issuer.clone()) }
    }
    let seen =
        format!("{living} with metadata, without: {}", if dead.is_empty() { "none".into() } else { dead.join(", ") });
    probe
        .expect(&PRM_SOME_SERVER_RESOLVES, &replies, |_| holds(living > 0, "one with metadata at least", seen.clone()));
    probe.expect(&PRM_EVERY_SERVER_RESOLVES, &replies, |_| holds(dead.is_empty(), "metadata for each of them", seen));
    Ok(())
}

/// Where an issuer's metadata may be (RFC 8414 §3.1, §5).
fn metadata_urls(issuer: &str) -> Vec<String> {
    let issuer = issuer.trim_end_matches('/');
    let Some((scheme, rest)) = issuer.split_once("://") else { return Vec::new() };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let inserted = |name: &str| format!("{scheme}://{host}/.well-known/{name}{path}");
    let mut urls = vec![inserted("oauth-authorization-server"), inserted("openid-configuration")];
    if !path.is_empty() {
        urls.push(format!("{issuer}/.well-known/openid-configuration"));
    }
    urls
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_issuer_is_not_its_metadata() {
        assert!(is_issuer("https://h/tenant", false).is_met());
        assert!(!is_issuer("https://h/.well-known/oauth-authorization-server", false).is_met());
    }

    #[test]
    fn servers_come_in_a_list() {
        assert!(!lists_servers(&json!({"authorization_servers": "https://h"})).is_met());
        assert!(lists_servers(&json!({"authorization_servers": ["https://h"]})).is_met());
    }

    #[test]
    fn an_issuer_with_a_path_has_three_places() {
        assert_eq!(metadata_urls("https://h/t").len(), 3);
        assert_eq!(metadata_urls("https://h/")[0], "https://h/.well-known/oauth-authorization-server");
    }
}
