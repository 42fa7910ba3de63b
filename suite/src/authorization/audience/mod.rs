//! Whom a token is for: resource indicators and audiences.

mod issued;
mod resource;

use proofmark_probe::{AuthorizationRequest, Case, ClientKind, Landing, Probe, Profile, Reply, Stop};
use serde_json::Value;

/// The cases of this topic.
pub static CASES: &[&Case] = &[
    &issued::RESOURCE_IS_ACCEPTED,
    &issued::IS_RESOURCE,
    &issued::DEFAULT,
    &issued::KEPT,
    &issued::NOT_CHANGED,
    &resource::UNKNOWN,
    &resource::LOOKALIKE,
    &resource::SPELLING,
];

/// Another resource of the same authorization server, as its metadata lists them (RFC 9728 §4).
pub(crate) fn neighbour(profile: &Profile) -> Option<String> {
    let listed = profile.metadata.get("protected_resources")?.as_array()?;
    let others = listed.iter().filter_map(Value::as_str);
    others
        .into_iter()
        .find(|uri| Some(*uri) != profile.resource.as_deref() && *uri != profile.mcp_url)
        .map(str::to_owned)
}

/// The resource identifier that ordinary flows ask for.
fn resource(probe: &Probe) -> Result<String, Stop> {
    probe.profile().resource.clone().ok_or_else(|| Stop::not_applicable("this revision has no resource parameter"))
}

/// What became of an authorization request: its journey, and the token response if there was a code.
struct Outcome {
    journey: proofmark_probe::Journey,
    reply: Option<Reply>,
}

/// An authorization request of the main client.
async fn request(probe: &mut Probe) -> Result<AuthorizationRequest, Stop> {
    let client = probe.client(ClientKind::Main).await?;
    Ok(probe.authorization(&client))
}

/// Walks a request and redeems its code with the resource that the request named.
async fn follow(probe: &mut Probe, request: AuthorizationRequest) -> Result<Outcome, Stop> {
    let journey = probe.walk(request).await?;
    if let Landing::Stuck { why, remedy } = &journey.landing {
        return Err(Stop::missing(why.clone(), remedy.clone()));
    }
    let reply = match journey.grant() {
        Some(grant) => Some(probe.token(&grant.redeem()).await?),
        None => None,
    };
    Ok(Outcome { journey, reply })
}
