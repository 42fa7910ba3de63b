//! Where authorization server metadata is found, and in which form.

use proofmark_probe::judge::{Judgement, holds, met};
use proofmark_probe::model::Area;
use proofmark_probe::params::Params;
use proofmark_probe::profile::Found;
use proofmark_probe::{Case, HttpRequest, Need, Probe, Reply, Steps, Stop, violated};
use serde_json::Value;

use crate::discovery::resource_metadata::{is_secure_url, says_json, servers};
use crate::requirements::mcp::discovery::{
    DEFAULT_ENDPOINTS_LIVE, METADATA_IGNORES_VERSION_HEADER, OAUTH_METADATA_PRESENT, SERVER_METADATA_AT_ORIGIN,
    SERVER_METADATA_FOUND,
};
use crate::requirements::rfc8414::{
    FORMS_AGREE_IN_FULL, ISSUER_IS_URL, ISSUER_MATCHES, NO_METADATA_FOR_ANY_TENANT, SERVER_METADATA_JSON,
};
use crate::requirements::rfc9068::FORMS_AGREE;

/// Whether a place is one of RFC 8414, not of OpenID Connect.
fn is_oauth(found: &Found) -> bool {
    found.url.contains("/.well-known/oauth-authorization-server")
}

/// The documents that were found, each with its place, once for each URL.
pub(super) fn documents(probe: &Probe) -> Vec<(Found, Value)> {
    let mut all: Vec<(Found, Value)> = Vec::new();
    for found in &probe.profile().server_metadata {
        if let Some(document) = found.document().filter(|_| !all.iter().any(|(f, _)| f.url == found.url)) {
            all.push((found.clone(), document));
        }
    }
    all
}

pub(crate) static FOUND: Case = Case {
    id: "mcp.server-metadata.found",
    title: "The authorization server publishes metadata that clients can find",
    why: "Clients build the address of the metadata from the issuer, and look nowhere else.",
    area: Area::Discovery,
    covers: &[&SERVER_METADATA_FOUND, &OAUTH_METADATA_PRESENT],
    body: |probe| Box::pin(found(probe)),
    ..Case::PLAIN
};

async fn found(probe: &mut Probe) -> Steps {
    let named = probe.profile().resource_document().is_some_and(|(_, document)| !servers(&document).is_empty());
    if !named && probe.revision().has_resource_metadata() && probe.settings().issuer.is_none() {
        return Err(Stop::not_applicable("nothing names the authorization server whose metadata it would be"));
    }
    let places = probe.profile().server_metadata.clone();
    let replies: Vec<_> = places.iter().map(|f| f.reply.clone()).collect();
    probe.expect(&SERVER_METADATA_FOUND, &replies, |_| is_somewhere(&places, |_| true));
    if places.iter().any(|f| f.document().is_some()) {
        probe.expect(&OAUTH_METADATA_PRESENT, &replies, |_| is_somewhere(&places, is_oauth));
    } else {
        probe.moot(&OAUTH_METADATA_PRESENT, "there is no metadata of any form");
    }
    Ok(())
}

fn is_somewhere(places: &[Found], fits: impl Fn(&Found) -> bool) -> Judgement {
    match places.iter().find(|f| fits(f) && f.document().is_some()) {
        Some(found) => met(format!("it is at {}", found.url)),
        None => {
            let seen: Vec<_> =
                places.iter().filter(|f| fits(f)).map(|f| format!("{} at {}", f.reply.summary(), f.url)).collect();
            violated("a JSON object at one of these places", seen.join("; "))
        }
    }
}

fn origin(url: &str) -> &str {
    let Some((scheme, rest)) = url.split_once("://") else { return url };
    let host = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    &url[..scheme.len() + 3 + host]
}

pub(crate) static AT_ORIGIN: Case = Case {
    id: "mcp.server-metadata.at-origin",
    title: "The metadata is at the root of the MCP server's origin",
    why: "Clients of 2025-03-26 cut off the path of the MCP endpoint and look there.",
    area: Area::Discovery,
    covers: &[&SERVER_METADATA_AT_ORIGIN],
    needs: &[Need::Protection],
    body: |probe| Box::pin(at_origin(probe)),
    ..Case::PLAIN
};

async fn at_origin(probe: &mut Probe) -> Steps {
    let url = format!("{}/.well-known/oauth-authorization-server", origin(&probe.profile().mcp_url));
    let known = probe.profile().server_metadata.iter().find(|f| f.url == url).map(|f| f.reply.clone());
    let reply = match known {
        Some(reply) => reply,
        None => probe.send(HttpRequest::get("metadata at the MCP server's origin", &url)).await?,
    };
    probe.expect(&SERVER_METADATA_AT_ORIGIN, &reply, |reply| {
        let there = reply.status() == 200 && reply.json_str("issuer").is_some();
        holds(there, format!("metadata at {url}"), reply.summary()).and(|| met("metadata"))
    });
    Ok(())
}

pub(crate) static DEFAULT_ENDPOINTS: Case = Case {
    id: "mcp.server-metadata.default-endpoints",
    title: "Without metadata, the default endpoints exist at the MCP server's origin",
    why: "It is where clients of 2025-03-26 go when they find no metadata.",
    area: Area::Discovery,
    covers: &[&DEFAULT_ENDPOINTS_LIVE],
    needs: &[Need::Protection],
    body: |probe| Box::pin(default_endpoints(probe)),
    ..Case::PLAIN
};

async fn default_endpoints(probe: &mut Probe) -> Steps {
    if probe.profile().metadata.is_object() {
        return Err(Stop::not_applicable("the authorization server publishes metadata"));
    }
    let origin = origin(&probe.profile().mcp_url).to_owned();
    let form: Params = [("grant_type", "authorization_code"), ("code", "none")].into_iter().collect();
    let rows = [
        (
            "/authorize",
            HttpRequest::get(
                "default authorization endpoint",
                format!("{origin}/authorize?response_type=code&client_id=none"),
            ),
        ),
        ("/token", HttpRequest::form("default token endpoint", format!("{origin}/token"), &form)),
    ];
    for (row, request) in rows {
        probe.row(row);
        let reply = probe.send(request).await?;
        probe.expect(&DEFAULT_ENDPOINTS_LIVE, &reply, exists);
    }
    Ok(())
}

/// An endpoint exists when its own method is not answered 404 or 405.
pub(super) fn exists(reply: &Reply) -> Judgement {
    holds(!matches!(reply.status(), 404 | 405), "an endpoint that answers", reply.summary())
}

pub(crate) static JSON: Case = Case {
    id: "mcp.server-metadata.json",
    title: "The authorization server metadata comes as JSON and says so",
    why: "Strict clients do not read a document of another type.",
    area: Area::Discovery,
    covers: &[&SERVER_METADATA_JSON],
    needs: &[Need::ServerMetadata],
    body: |probe| Box::pin(json_type(probe)),
    ..Case::PLAIN
};

async fn json_type(probe: &mut Probe) -> Steps {
    for (found, _) in documents(probe) {
        probe.row(found.url.clone());
        probe.expect(&SERVER_METADATA_JSON, &found.reply, says_json);
    }
    Ok(())
}

pub(crate) static ISSUER: Case = Case {
    id: "mcp.server-metadata.issuer",
    title: "The issuer in the metadata is the one that the metadata was looked up for",
    why: "A document that names another issuer may be an attacker's; clients refuse it.",
    area: Area::Discovery,
    covers: &[&ISSUER_MATCHES, &ISSUER_IS_URL],
    needs: &[Need::ServerMetadata],
    body: |probe| Box::pin(issuer(probe)),
    ..Case::PLAIN
};

async fn issuer(probe: &mut Probe) -> Steps {
    let wanted = probe.profile().issuer.clone();
    let loopback = probe.profile().is_loopback();
    for (found, document) in documents(probe) {
        probe.row(found.url.clone());
        let named = document.get("issuer").and_then(Value::as_str).unwrap_or_default().to_owned();
        probe.expect(&ISSUER_MATCHES, &found.reply, |_| {
            holds(named == wanted, format!("the issuer \"{wanted}\""), format!("the issuer \"{named}\""))
        });
        probe.expect(&ISSUER_IS_URL, &found.reply, |_| {
            is_secure_url(&named, loopback)
                .and(|| holds(!named.contains('?'), "an issuer without query", named.clone()))
        });
    }
    Ok(())
}

pub(crate) static FORMS: Case = Case {
    id: "mcp.server-metadata.forms-agree",
    title: "OAuth metadata and OpenID configuration agree",
    why: "Clients read the one or the other; they must not end up in different places.",
    area: Area::Discovery,
    covers: &[&FORMS_AGREE, &FORMS_AGREE_IN_FULL],
    needs: &[Need::ServerMetadata],
    body: |probe| Box::pin(forms(probe)),
    ..Case::PLAIN
};

async fn forms(probe: &mut Probe) -> Steps {
    let all = documents(probe);
    let oauth = all.iter().find(|(f, _)| is_oauth(f));
    let openid = all.iter().find(|(f, _)| !is_oauth(f));
    let (Some((found, one)), Some((also, other))) = (oauth, openid) else {
        return Err(Stop::not_applicable("there is metadata in one form only"));
    };
    let evidence = (&found.reply, &also.reply);
    probe.expect(&FORMS_AGREE, &evidence, |_| agree(one, other, &["issuer", "jwks_uri"]));
    let endpoints = ["authorization_endpoint", "token_endpoint", "registration_endpoint", "revocation_endpoint"];
    probe.expect(&FORMS_AGREE_IN_FULL, &evidence, |_| agree(one, other, &endpoints));
    Ok(())
}

/// Members that both documents have are the same.
fn agree(one: &Value, other: &Value, members: &[&str]) -> Judgement {
    let differs = |member: &&&str| matches!((one.get(**member), other.get(**member)), (Some(a), Some(b)) if a != b);
    match members.iter().find(differs) {
        None => met(format!("both name the same {}", members.join(", "))),
        Some(member) => {
            violated(format!("one {member} in both documents"), format!("{} and {}", one[*member], other[*member]))
        }
    }
}

pub(crate) static VERSION_HEADER: Case = Case {
    id: "mcp.server-metadata.version-header",
    title: "The MCP version header does not get in the way of the metadata",
    why: "Clients of 2025-03-26 send it during discovery.",
    area: Area::Discovery,
    covers: &[&METADATA_IGNORES_VERSION_HEADER],
    needs: &[Need::ServerMetadata],
    body: |probe| Box::pin(version_header(probe)),
    ..Case::PLAIN
};

async fn version_header(probe: &mut Probe) -> Steps {
    let Some(url) = documents(probe).first().map(|(f, _)| f.url.clone()) else {
        return Err(Stop::not_applicable("there is no metadata"));
    };
    let plain = probe.send(HttpRequest::get("authorization server metadata", &url)).await?;
    let version = probe.revision().as_str();
    let request = HttpRequest::get("authorization server metadata with a version header", &url);
    let reply = probe.send(request.with_header("MCP-Protocol-Version", version)).await?;
    probe.expect(&METADATA_IGNORES_VERSION_HEADER, &(&plain, &reply), |(plain, with)| {
        let same = plain.is_success() == with.is_success();
        holds(same, format!("as without the header: {}", plain.summary()), with.summary()).and(|| met(with.summary()))
    });
    Ok(())
}

pub(crate) static NO_TENANT: Case = Case {
    id: "mcp.server-metadata.unknown-tenant",
    title: "An issuer that does not exist has no metadata",
    why: "Who can make up issuers at a trusted host can make clients trust them.",
    area: Area::Discovery,
    covers: &[&NO_METADATA_FOR_ANY_TENANT],
    needs: &[Need::ServerMetadata],
    body: |probe| Box::pin(no_tenant(probe)),
    ..Case::PLAIN
};

async fn no_tenant(probe: &mut Probe) -> Steps {
    let name = format!("proofmark-{}", probe.rng().name(8));
    let origin = origin(&probe.profile().issuer).to_owned();
    let url = format!("{origin}/.well-known/oauth-authorization-server/{name}");
    let reply = probe.send(HttpRequest::get("metadata of an issuer that does not exist", url)).await?;
    let made_up = format!("{origin}/{name}");
    probe.expect(&NO_METADATA_FOR_ANY_TENANT, &reply, |reply| {
        let told = reply.json_str("issuer").filter(|_| reply.is_success());
        holds(
            told.as_deref() != Some(made_up.as_str()),
            "no document for it",
            format!("a document with the issuer {made_up}"),
        )
        .and(|| met(reply.summary()))
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn members_of_one_document_alone_are_no_difference() {
        let one = json!({"issuer": "https://h", "jwks_uri": "https://h/k"});
        assert!(agree(&one, &json!({"issuer": "https://h"}), &["issuer", "jwks_uri"]).is_met());
        assert!(!agree(&one, &json!({"issuer": "https://h/"}), &["issuer", "jwks_uri"]).is_met());
    }

    #[test]
    fn the_wrong_method_is_no_endpoint() {
        assert!(exists(&Reply::canned(400, &[], "")).is_met());
        assert!(!exists(&Reply::canned(405, &[], "")).is_met());
    }
}
