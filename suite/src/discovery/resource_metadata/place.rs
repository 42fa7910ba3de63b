//! Where protected resource metadata is found, and in which form.

use std::collections::BTreeSet;

use proofmark_probe::challenge::bearer;
use proofmark_probe::judge::{Judgement, holds, met};
use proofmark_probe::model::Area;
use proofmark_probe::profile::{Found, Route};
use proofmark_probe::{Case, HttpRequest, Need, Probe, Reply, Steps, Stop, violated};
use serde_json::Value;

use crate::requirements::mcp::discovery::{PRM_ADVERTISED, PRM_FOUND, PRM_NOT_ONLY_AT_ROOT};
use crate::requirements::rfc9728::{PRM_JSON, PRM_NOT_FOR_ANY_PATH, PRM_OPEN, PRM_PATH_FORM, PRM_PLACES_AGREE};

fn answers(places: &[Found]) -> Vec<Reply> {
    places.iter().map(|f| f.reply.clone()).collect()
}

/// The documents that were found, each with its place, once for each URL.
pub(super) fn documents(probe: &Probe) -> Vec<(Found, Value)> {
    let mut all: Vec<(Found, Value)> = Vec::new();
    for found in &probe.profile().resource_metadata {
        if let Some(document) = found.document().filter(|_| !all.iter().any(|(f, _)| f.url == found.url)) {
            all.push((found.clone(), document));
        }
    }
    all
}

/// Not applicable on a server that asks for no token, where clients have nothing to find.
fn protected(probe: &Probe) -> Steps {
    if probe.profile().protected_method.is_some() {
        return Ok(());
    }
    Err(Stop::not_applicable("the MCP server serves requests without a token"))
}

pub(crate) static FOUND: Case = Case {
    id: "mcp.resource-metadata.found",
    title: "A protected MCP server publishes resource metadata that clients can find",
    why: "Without it a client does not know where to sign its user in.",
    area: Area::Discovery,
    covers: &[&PRM_FOUND],
    body: |probe| Box::pin(found(probe)),
    ..Case::PLAIN
};

async fn found(probe: &mut Probe) -> Steps {
    protected(probe)?;
    let places = probe.profile().resource_metadata.clone();
    probe.expect(&PRM_FOUND, &answers(&places), |_| is_somewhere(&places));
    Ok(())
}

fn is_somewhere(places: &[Found]) -> Judgement {
    let named = |f: &&Found| f.document().is_some_and(|d| d.get("resource").is_some_and(Value::is_string));
    match places.iter().find(named) {
        Some(found) => met(format!("it is at {}", found.url)),
        None => {
            let seen: Vec<_> = places.iter().map(|f| format!("{} at {}", f.reply.summary(), f.url)).collect();
            violated("a JSON object with a resource at one of the places where clients look", seen.join("; "))
        }
    }
}

pub(crate) static ADVERTISED: Case = Case {
    id: "mcp.resource-metadata.advertised",
    title: "The 401 challenge names the URL of the resource metadata",
    why: "A client that is told the URL need not guess it.",
    area: Area::Discovery,
    covers: &[&PRM_ADVERTISED],
    needs: &[Need::Protection],
    body: |probe| Box::pin(advertised(probe)),
    ..Case::PLAIN
};

async fn advertised(probe: &mut Probe) -> Steps {
    let Some(reply) = probe.profile().challenge.clone() else {
        return Err(Stop::not_applicable("no request was refused"));
    };
    if reply.status() != 401 {
        return Err(Stop::not_applicable("the refusal is no 401"));
    }
    probe.expect(&PRM_ADVERTISED, &reply, names_metadata);
    Ok(())
}

fn names_metadata(reply: &Reply) -> Judgement {
    let url = bearer(reply).and_then(|c| c.get("resource_metadata").map(str::to_owned));
    match url {
        Some(url) => met(format!("resource_metadata=\"{url}\"")),
        None => violated("a Bearer challenge with resource_metadata", format!("{}, none", reply.summary())),
    }
}

pub(crate) static OPEN: Case = Case {
    id: "mcp.resource-metadata.open",
    title: "The resource metadata can be fetched without a token",
    why: "A client reads it to learn how to get its first token.",
    area: Area::Discovery,
    covers: &[&PRM_OPEN],
    needs: &[Need::Protection],
    body: |probe| Box::pin(open(probe)),
    ..Case::PLAIN
};

async fn open(probe: &mut Probe) -> Steps {
    let places = probe.profile().resource_metadata.clone();
    if places.is_empty() {
        return Err(Stop::not_applicable("there is no place where resource metadata would be"));
    }
    probe.expect(&PRM_OPEN, &answers(&places), |_| is_open(&places));
    Ok(())
}

/// The advertised document is open; one candidate of several that answers 401 is that server's way to say 404.
fn is_open(places: &[Found]) -> Judgement {
    let locked = |f: &Found| matches!(f.reply.status(), 401 | 403);
    let advertised = places.iter().find(|f| f.route == Route::Challenge);
    match advertised.filter(|f| locked(f)) {
        Some(found) => {
            return violated("a document without a token", format!("{} at {}", found.reply.summary(), found.url));
        }
        None if places.iter().any(|f| f.document().is_some()) => return met("a document comes without a token"),
        None => {}
    }
    match places.iter().find(|f| locked(f)) {
        Some(found) => violated("a document without a token", format!("{} at {}", found.reply.summary(), found.url)),
        None => Judgement::Moot("no document was found".into()),
    }
}

pub(crate) static JSON: Case = Case {
    id: "mcp.resource-metadata.json",
    title: "The resource metadata comes as JSON and says so",
    why: "Strict clients do not read a document of another type.",
    area: Area::Discovery,
    covers: &[&PRM_JSON],
    needs: &[Need::ResourceMetadata],
    body: |probe| Box::pin(json(probe)),
    ..Case::PLAIN
};

async fn json(probe: &mut Probe) -> Steps {
    for (found, _) in documents(probe) {
        probe.row(found.url.clone());
        probe.expect(&PRM_JSON, &found.reply, says_json);
    }
    Ok(())
}

/// Whether a document is labelled as JSON, in this or a more special media type.
pub(crate) fn says_json(reply: &Reply) -> Judgement {
    let media = reply.media_type().unwrap_or_default();
    let labelled = media == "application/json" || (media.starts_with("application/") && media.ends_with("+json"));
    holds(
        labelled,
        "Content-Type: application/json",
        if media.is_empty() { "no Content-Type".to_owned() } else { media },
    )
}

pub(crate) static PLACE: Case = Case {
    id: "mcp.resource-metadata.place",
    title: "The resource metadata is at the well-known name before the endpoint's path",
    why: "Clients that do not read the challenge build the URL by this rule.",
    area: Area::Discovery,
    covers: &[&PRM_PATH_FORM, &PRM_NOT_ONLY_AT_ROOT],
    needs: &[Need::ResourceMetadata],
    body: |probe| Box::pin(place(probe)),
    ..Case::PLAIN
};

async fn place(probe: &mut Probe) -> Steps {
    let places = probe.profile().resource_metadata.clone();
    let Some(by_path) = places.iter().find(|f| f.route == Route::PathInserted).cloned() else {
        return Err(Stop::not_applicable("the endpoint is at the root of its origin, where both forms are one"));
    };
    let path_works = by_path.document().is_some();
    probe.expect(&PRM_PATH_FORM, &by_path.reply, |reply| {
        holds(path_works, format!("a document at {}", by_path.url), reply.summary()).and(|| met("a document"))
    });
    let by_header = places.iter().any(|f| f.route == Route::Challenge && f.document().is_some());
    let at_root = places.iter().find(|f| f.route == Route::Root).filter(|f| f.document().is_some()).cloned();
    match at_root {
        Some(root) if !by_header => probe.expect(&PRM_NOT_ONLY_AT_ROOT, &(&by_path.reply, &root.reply), |_| {
            holds(path_works, format!("a document at {}", by_path.url), format!("one at {} only", root.url))
                .and(|| met("a document"))
        }),
        _ => probe.moot(&PRM_NOT_ONLY_AT_ROOT, "the root is not the only way to the document"),
    }
    Ok(())
}

pub(crate) static PLACES_AGREE: Case = Case {
    id: "mcp.resource-metadata.places-agree",
    title: "Documents about one resource name the same authorization servers",
    why: "Clients look in different places; they must not end up at different servers.",
    area: Area::Discovery,
    covers: &[&PRM_PLACES_AGREE],
    needs: &[Need::ResourceMetadata],
    body: |probe| Box::pin(places_agree(probe)),
    ..Case::PLAIN
};

async fn places_agree(probe: &mut Probe) -> Steps {
    let own = probe.profile().resource.clone();
    let all: Vec<_> = documents(probe)
        .into_iter()
        .filter(|(_, d)| d.get("resource").and_then(Value::as_str) == own.as_deref())
        .collect();
    if all.len() < 2 {
        return Err(Stop::not_applicable("there is only one document about the MCP server"));
    }
    let replies: Vec<_> = all.iter().map(|(f, _)| f.reply.clone()).collect();
    let sets: BTreeSet<BTreeSet<String>> = all.iter().map(|(_, d)| servers(d).into_iter().collect()).collect();
    probe.expect(&PRM_PLACES_AGREE, &replies, |_| {
        holds(sets.len() == 1, "the same authorization servers everywhere", format!("{} different lists", sets.len()))
    });
    Ok(())
}

/// The authorization servers of a document.
pub(crate) fn servers(document: &Value) -> Vec<String> {
    let listed = document.get("authorization_servers").and_then(Value::as_array);
    listed.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

pub(crate) static NOT_FOR_ANY_PATH: Case = Case {
    id: "mcp.resource-metadata.not-for-any-path",
    title: "A path without a resource has no metadata",
    why: "A client could otherwise be told that any URL is a resource of this server.",
    area: Area::Discovery,
    covers: &[&PRM_NOT_FOR_ANY_PATH],
    needs: &[Need::ResourceMetadata],
    body: |probe| Box::pin(not_for_any_path(probe)),
    ..Case::PLAIN
};

async fn not_for_any_path(probe: &mut Probe) -> Steps {
    let name = format!("proofmark-{}", probe.rng().name(8));
    let origin = origin(&probe.profile().mcp_url);
    let url = format!("{origin}/.well-known/oauth-protected-resource/{name}");
    let reply = probe.send(HttpRequest::get("resource metadata of a path that does not exist", url)).await?;
    let claimed = format!("{origin}/{name}");
    probe.expect(&PRM_NOT_FOR_ANY_PATH, &reply, |reply| {
        let told = reply.json_str("resource").filter(|_| reply.is_success());
        holds(
            told.as_deref() != Some(claimed.as_str()),
            "no document that claims to be for it",
            format!("a document for {claimed}"),
        )
        .and(|| met(reply.summary()))
    });
    Ok(())
}

fn origin(url: &str) -> &str {
    let Some((scheme, rest)) = url.split_once("://") else { return url };
    let host = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    &url[..scheme.len() + 3 + host]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(route: Route, status: u16, body: &str) -> Found {
        Found { route, url: "https://h/x".into(), reply: Reply::canned(status, &[], body) }
    }

    #[test]
    fn a_locked_candidate_is_no_fault_beside_an_open_one() {
        let good = r#"{"resource":"https://h/mcp"}"#;
        let places = [at(Route::PathInserted, 200, good), at(Route::Root, 401, "")];
        assert!(is_open(&places).is_met() && is_somewhere(&places).is_met());
        assert!(!is_open(&[at(Route::Challenge, 401, ""), at(Route::Root, 200, good)]).is_met());
        assert!(!is_open(&[at(Route::PathInserted, 403, "")]).is_met());
        assert!(!is_somewhere(&[at(Route::Root, 200, "<html>")]).is_met());
    }

    #[test]
    fn special_json_types_are_json() {
        assert!(says_json(&Reply::canned(200, &[("content-type", "application/json; charset=utf-8")], "")).is_met());
        assert!(says_json(&Reply::canned(200, &[("content-type", "application/metadata+json")], "")).is_met());
        assert!(!says_json(&Reply::canned(200, &[("content-type", "text/html")], "")).is_met());
    }
}
