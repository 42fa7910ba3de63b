//! What stands in the `WWW-Authenticate` header of a 401.

use proofmark_probe::challenge::{bearer, challenges};
use proofmark_probe::judge::{
    Judgement, challenge_has, challenge_has_parameter, challenge_is_well_formed, challenge_without_escapes,
    challenged_scopes, challenges_for_token, holds, when_status,
};
use proofmark_probe::model::Area;
use proofmark_probe::{Case, HttpRequest, McpRequest, Need, Probe, Reply, Steps, Stop, met, violated};

use crate::requirements::mcp::challenge::{
    BASIC_IS_NOT_OFFERED, NAMES_RESOURCE_METADATA, RESOURCE_METADATA_IS_OURS, RESOURCE_METADATA_IS_SERVED,
};
use crate::requirements::mcp::scope::{
    CHALLENGE_IS_MINIMAL, CHALLENGE_IS_STABLE, FIRST_CHALLENGE_NAMES_SCOPE, NO_OFFLINE_ACCESS,
};
use crate::requirements::oauth21::bearer::{
    CHALLENGE_HAS_PARAMETER, CHALLENGE_IS_SENT, CHALLENGE_IS_WELL_FORMED, CHALLENGE_NEEDS_NO_ESCAPES,
    ERROR_URI_IS_ABSOLUTE,
};

/// The protected request in the two ways that draw a 401.
async fn two_ways(probe: &mut Probe) -> Result<[(&'static str, McpRequest); 2], Stop> {
    let request = probe.protected().await?;
    let token = probe.rng().word();
    let bad = request.clone().bearer(&token).labelled("a token that was never issued");
    Ok([("no token", request.labelled("no token")), ("a bad token", bad)])
}

pub(super) static BEARER_CHALLENGE: Case = Case {
    id: "rs.challenge.bearer-challenge",
    title: "Each 401 carries a well-formed Bearer challenge",
    why: "Without a challenge that parses, a client does not learn that it should get a token, nor where.",
    area: Area::Challenge,
    covers: &[
        &CHALLENGE_IS_SENT,
        &CHALLENGE_HAS_PARAMETER,
        &CHALLENGE_IS_WELL_FORMED,
        &CHALLENGE_NEEDS_NO_ESCAPES,
        &ERROR_URI_IS_ABSOLUTE,
        &BASIC_IS_NOT_OFFERED,
    ],
    needs: &[Need::Protection],
    body: |probe| Box::pin(bearer_challenge(probe)),
    ..Case::PLAIN
};

async fn bearer_challenge(probe: &mut Probe) -> Steps {
    for (what, request) in two_ways(probe).await? {
        probe.row(what);
        let reply = probe.mcp(request).await?;
        probe.expect(&CHALLENGE_IS_SENT, &reply, when_status(&[401], challenges_for_token));
        probe.expect(&CHALLENGE_HAS_PARAMETER, &reply, when_status(&[401], challenge_has_parameter));
        probe.expect(&CHALLENGE_IS_WELL_FORMED, &reply, challenge_is_well_formed);
        probe.expect(&CHALLENGE_NEEDS_NO_ESCAPES, &reply, challenge_without_escapes);
        probe.expect(&ERROR_URI_IS_ABSOLUTE, &reply, error_uri_is_absolute);
        probe.expect(&BASIC_IS_NOT_OFFERED, &reply, no_basic);
    }
    Ok(())
}

fn error_uri_is_absolute(reply: &Reply) -> Judgement {
    match bearer(reply).and_then(|c| c.get("error_uri").map(str::to_owned)) {
        None => Judgement::Moot("there is no error_uri".into()),
        Some(uri) => holds(is_absolute(&uri), "an absolute URI", uri),
    }
}

fn is_absolute(uri: &str) -> bool {
    ["https://", "http://"].iter().any(|scheme| uri.len() > scheme.len() && uri.starts_with(scheme))
}

fn no_basic(reply: &Reply) -> Judgement {
    let basic = challenges(reply).is_ok_and(|list| list.iter().any(|c| c.scheme.eq_ignore_ascii_case("basic")));
    holds(!basic, "no Basic challenge", if basic { "a Basic challenge" } else { "no Basic challenge" })
}

pub(super) static RESOURCE_METADATA: Case = Case {
    id: "rs.challenge.resource-metadata",
    title: "Each 401 names the resource metadata of this endpoint",
    why: "It is how a client that knows nothing but the URL finds the authorization server.",
    area: Area::Challenge,
    covers: &[&NAMES_RESOURCE_METADATA, &RESOURCE_METADATA_IS_SERVED, &RESOURCE_METADATA_IS_OURS],
    needs: &[Need::Protection],
    body: |probe| Box::pin(resource_metadata(probe)),
    ..Case::PLAIN
};

async fn resource_metadata(probe: &mut Probe) -> Steps {
    let endpoint = probe.profile().mcp_url.clone();
    let mut fetched: Option<(String, Reply)> = None;
    for (what, request) in two_ways(probe).await? {
        probe.row(what);
        let reply = probe.mcp(request).await?;
        probe.expect(&NAMES_RESOURCE_METADATA, &reply, when_status(&[401], challenge_has("resource_metadata")));
        let Some(url) = bearer(&reply).and_then(|c| c.get("resource_metadata").map(str::to_owned)) else {
            for requirement in [&RESOURCE_METADATA_IS_SERVED, &RESOURCE_METADATA_IS_OURS] {
                probe.moot(requirement, "the challenge names no resource metadata");
            }
            continue;
        };
        if !is_absolute(&url) {
            probe.expect(&RESOURCE_METADATA_IS_SERVED, &reply, |_| violated("an absolute URL", url.as_str()));
            probe.moot(&RESOURCE_METADATA_IS_OURS, "the URL is not absolute");
            continue;
        }
        let document = match fetched.take().filter(|(known, _)| *known == url) {
            Some((_, document)) => document,
            // What the challenge named at discovery was found safe to fetch or was not fetched then; a new URL is new ground.
            None => match probe.profile().resource_metadata.iter().find(|f| f.url == url) {
                Some(found) => found.reply.clone(),
                None if same_origin(&url, &endpoint) => {
                    probe.send(HttpRequest::get("resource metadata named by the challenge", &url)).await?
                }
                None => {
                    for requirement in [&RESOURCE_METADATA_IS_SERVED, &RESOURCE_METADATA_IS_OURS] {
                        probe.moot(requirement, format!("{url} is on another origin and was not fetched"));
                    }
                    continue;
                }
            },
        };
        probe.expect(&RESOURCE_METADATA_IS_SERVED, &document, is_document);
        probe.expect(&RESOURCE_METADATA_IS_OURS, &document, describes(&endpoint));
        fetched = Some((url, document));
    }
    Ok(())
}

fn same_origin(a: &str, b: &str) -> bool {
    let origin = |url: &str| url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/").to_ascii_lowercase();
    origin(a) == origin(b)
}

fn is_document(reply: &Reply) -> Judgement {
    let served = reply.status() == 200 && reply.json().is_some_and(|d| d.is_object());
    holds(served, "HTTP 200 with a JSON object", reply.summary())
}

/// The document's `resource` is the endpoint, or a path above it on the same origin (which MCP clients accept).
fn describes(endpoint: &str) -> impl Fn(&Reply) -> Judgement {
    let endpoint = endpoint.trim_end_matches('/').to_owned();
    move |reply| match reply.json_str("resource") {
        None => Judgement::Moot("there is no document with a resource".into()),
        Some(resource) => {
            let parent = resource.trim_end_matches('/');
            let fits = endpoint == parent || endpoint.starts_with(&format!("{parent}/"));
            holds(fits, format!("a document about {endpoint}"), format!("it is about {resource}"))
        }
    }
}

pub(super) static SCOPE: Case = Case {
    id: "rs.challenge.scope",
    title: "The 401 says which scope to ask for",
    why: "A client that is not told asks for everything, and its user signs away more than was needed.",
    area: Area::Challenge,
    covers: &[&FIRST_CHALLENGE_NAMES_SCOPE, &NO_OFFLINE_ACCESS, &CHALLENGE_IS_MINIMAL],
    needs: &[Need::Protection],
    body: |probe| Box::pin(scope(probe)),
    ..Case::PLAIN
};

async fn scope(probe: &mut Probe) -> Steps {
    let request = probe.protected().await?;
    let reply = probe.mcp(request.labelled("no token")).await?;
    let all = probe.profile().scopes.all.clone();
    if all.is_empty() {
        probe.moot(&FIRST_CHALLENGE_NAMES_SCOPE, "the target names no scopes");
    } else {
        probe.expect(&FIRST_CHALLENGE_NAMES_SCOPE, &reply, when_status(&[401], challenge_has("scope")));
    }
    probe.expect(&NO_OFFLINE_ACCESS, &reply, omits_offline_access);
    probe.expect(&CHALLENGE_IS_MINIMAL, &reply, |r| match challenged_scopes(r) {
        Some(asked) if all.len() > 1 => {
            let everything = all.iter().all(|s| asked.contains(s));
            holds(!everything, "fewer scopes than there are", asked.join(" "))
        }
        _ => Judgement::Moot("there are not several scopes to choose from".into()),
    });
    Ok(())
}

/// No challenge of the answer asks for refresh tokens.
pub(crate) fn omits_offline_access(reply: &Reply) -> Judgement {
    match challenged_scopes(reply) {
        None => Judgement::Moot("the challenge names no scope".into()),
        Some(scopes) => holds(!scopes.iter().any(|s| s == "offline_access"), "no offline_access", scopes.join(" ")),
    }
}

pub(super) static SAME_SCOPE_EACH_TIME: Case = Case {
    id: "rs.challenge.same-scope-each-time",
    title: "Equal requests without a token draw the same scopes",
    why: "A client that follows a challenge which changes never gets to the end of signing in.",
    area: Area::Challenge,
    covers: &[&CHALLENGE_IS_STABLE],
    needs: &[Need::Protection],
    body: |probe| Box::pin(same_scope_each_time(probe)),
    ..Case::PLAIN
};

async fn same_scope_each_time(probe: &mut Probe) -> Steps {
    let request = probe.protected().await?;
    let mut replies = Vec::new();
    for _ in 0..4 {
        replies.push(probe.mcp(request.clone().labelled("no token, again")).await?);
    }
    probe.expect(&CHALLENGE_IS_STABLE, replies.as_slice(), same_scopes);
    Ok(())
}

/// Every answer names the same scopes.
pub(crate) fn same_scopes(replies: &[Reply]) -> Judgement {
    let seen: Vec<_> = replies.iter().map(|r| challenged_scopes(r).unwrap_or_default().join(" ")).collect();
    let mut different = seen.clone();
    different.sort();
    different.dedup();
    match different.as_slice() {
        [one] if one.is_empty() => Judgement::Moot("the challenge names no scope".into()),
        [one] => met(one.as_str()),
        _ => violated(
            "the same scopes each time",
            seen.iter().map(|s| format!("\"{s}\"")).collect::<Vec<_>>().join(", "),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(value: &str) -> Reply {
        Reply::canned(401, &[("www-authenticate", value)], "")
    }

    #[test]
    fn scopes_that_change_are_seen_and_their_order_is_not() {
        assert!(same_scopes(&[with("Bearer scope=\"a b\""), with("Bearer scope=\"b a\"")]).is_met());
        assert!(!same_scopes(&[with("Bearer scope=\"a\""), with("Bearer scope=\"b\"")]).is_met());
        assert!(matches!(same_scopes(&[with("Bearer realm=\"x\"")]), Judgement::Moot(_)));
    }

    #[test]
    fn a_document_may_describe_the_endpoint_or_what_is_above_it() {
        let document = |resource: &str| Reply::canned(200, &[], &format!(r#"{{"resource":"{resource}"}}"#));
        let ours = describes("https://h/mcp");
        assert!(ours(&document("https://h/mcp")).is_met() && ours(&document("https://h/")).is_met());
        assert!(!ours(&document("https://h/other")).is_met() && !ours(&document("https://h/mc")).is_met());
    }

    #[test]
    fn details_of_the_challenge() {
        assert!(!error_uri_is_absolute(&with("Bearer error_uri=\"/x\"")).is_met());
        assert!(!no_basic(&with("Bearer a=b, Basic realm=\"x\"")).is_met());
        assert!(!omits_offline_access(&with("Bearer scope=\"a offline_access\"")).is_met());
        assert!(same_origin("https://H/x", "https://h/mcp") && !same_origin("https://h.evil/x", "https://h/mcp"));
    }
}
