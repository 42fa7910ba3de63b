//! Whom a token is for: a token for another resource must not open this one.

use proofmark_probe::judge::{Judgement, not_served, served};
use proofmark_probe::model::Area;
use proofmark_probe::{Case, ClientKind, Landing, Need, Probe, Reply, Steps, Stop, Tokens, World, met, violated};

use crate::requirements::mcp::challenge::BAD_TOKEN_IS_401;
use crate::requirements::mcp::token_use::{
    OTHER_AUDIENCE_IS_REFUSED, PARENT_AUDIENCE_IS_REFUSED, SOME_AUDIENCE_IS_NEEDED,
};
use crate::resource::credentials::HEADER;
use crate::resource::validation::Door;

/// The cases of this topic.
pub static CASES: &[&Case] = &[&OTHER_RESOURCE, &ORIGIN, &NO_AUDIENCE];

const NEEDS: &[Need] = &[Need::Protection, Need::CodeFlow];

static OTHER_RESOURCE: Case = Case {
    id: "rs.audience.other-resource",
    title: "A token for another resource is refused",
    why: "Otherwise every server that a user trusts with a token can use it here, in the user's name.",
    area: Area::Audience,
    covers: &[&OTHER_AUDIENCE_IS_REFUSED, &BAD_TOKEN_IS_401],
    needs: &[Need::Protection, Need::AccessToken],
    control: Some(&HEADER),
    body: |probe| Box::pin(other_resource(probe)),
    ..Case::PLAIN
};

async fn other_resource(probe: &mut Probe) -> Steps {
    if let Some(token) = probe.settings().tokens.other_resource.clone() {
        probe.row("the token that was given");
        let door = Door::find(probe).await?;
        let reply = door.try_with(probe, &token, "a token for another resource").await?;
        probe.expect(&OTHER_AUDIENCE_IS_REFUSED, &reply, refused_unless_unseen(Aim::Other));
        probe.expect(&BAD_TOKEN_IS_401, &reply, door.says_401());
        return Ok(());
    }
    if probe.has_given_tokens() {
        return Err(World::no_flow("a token for another resource is needed ([tokens] other_resource)"));
    }
    let ours = ours(probe);
    let others = [
        format!("{}/other", origin(&ours)),
        format!("{}-other", ours.trim_end_matches('/')),
        format!("https://{}/mcp", probe.host("resource")),
    ];
    judge_first_issued(probe, &others, &OTHER_AUDIENCE_IS_REFUSED).await
}

static ORIGIN: Case = Case {
    id: "rs.audience.origin",
    title: "A token for the whole origin is refused",
    why: "One origin may hold many servers; a match by origin lets the tokens of each into all.",
    area: Area::Audience,
    covers: &[&PARENT_AUDIENCE_IS_REFUSED, &BAD_TOKEN_IS_401],
    needs: NEEDS,
    control: Some(&HEADER),
    body: |probe| Box::pin(whole_origin(probe)),
    ..Case::PLAIN
};

async fn whole_origin(probe: &mut Probe) -> Steps {
    let ours = ours(probe);
    let origin = origin(&ours);
    if ours.trim_end_matches('/') == origin {
        return Err(Stop::not_applicable("the resource is the whole origin"));
    }
    judge_first_issued(probe, &[origin.to_owned(), format!("{origin}/")], &PARENT_AUDIENCE_IS_REFUSED).await
}

/// Asks for a token for each of these resources in turn, presents the first that is issued for one of them, and judges.
async fn judge_first_issued(
    probe: &mut Probe,
    others: &[String],
    rule: &'static proofmark_probe::model::Requirement,
) -> Steps {
    let ours = ours(probe);
    let mut ignored = None;
    for other in others {
        let Some(tokens) = tokens_for(probe, Some(other)).await? else { continue };
        let aim = aim(&tokens, &ours);
        if aim == Aim::Ours {
            ignored = Some(other);
            continue;
        }
        probe.row(format!("resource {other}"));
        let door = Door::find(probe).await?;
        let reply = door.try_with(probe, &tokens.access, "a token for another resource").await?;
        if rule.id == PARENT_AUDIENCE_IS_REFUSED.id && unseen(aim) && served(&reply).is_met() {
            // The same question, and the same silence: it is asked once.
            probe.moot(rule, "the token does not show whom it was issued for: see rs.audience.other-resource");
        } else {
            probe.expect(rule, &reply, refused_unless_unseen(aim));
        }
        probe.expect(&BAD_TOKEN_IS_401, &reply, door.says_401());
        return Ok(());
    }
    Err(match ignored {
        // The server claims audiences, but nothing here can make a token for anybody else.
        Some(_) => Stop::missing(
            "the authorization server issues tokens for this resource whatever resource is asked for, so that there is no token for another to present",
            "let the authorization server honour the resource parameter (RFC 8707), or refuse resources that it does not know",
        ),
        None => {
            Stop::not_applicable("the authorization server issues no token for another resource that could be named")
        }
    })
}

/// Whom a token is for, as far as it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Aim {
    /// This resource, whatever was asked.
    Ours,
    /// Somebody else.
    Other,
    /// Nobody in particular.
    Nobody,
    /// The token does not show it.
    Unseen,
}

fn aim(tokens: &Tokens, ours: &str) -> Aim {
    match tokens.jwt() {
        None => Aim::Unseen,
        Some(jwt) => aim_of(&jwt.audience(), ours),
    }
}

fn aim_of(audience: &[&str], ours: &str) -> Aim {
    let same = |one: &&str| one.trim_end_matches('/') == ours.trim_end_matches('/');
    match audience {
        [] => Aim::Nobody,
        list if list.iter().any(same) => Aim::Ours,
        _ => Aim::Other,
    }
}

fn unseen(aim: Aim) -> bool {
    matches!(aim, Aim::Unseen | Aim::Nobody)
}

/// A token that was asked for another resource and is accepted proves a missing check only where it shows that it is for
/// that other: an authorization server may have ignored what was asked (RFC 8707 is not a duty of every one).
fn refused_unless_unseen(aim: Aim) -> impl Fn(&Reply) -> Judgement {
    move |reply| match (aim, served(reply).is_met()) {
        (aim, true) if unseen(aim) => Judgement::Unproven(
            "a token that was asked for another resource was accepted, but it does not show whom it was issued for: \
             either the authorization server ignores the resource parameter, or the MCP server does not check"
                .into(),
        ),
        _ => not_served(reply),
    }
}

static NO_AUDIENCE: Case = Case {
    id: "rs.audience.none",
    title: "A token that was issued for no resource, or without an audience, is refused",
    why: "A token for nobody in particular is a token for everybody who learns it.",
    area: Area::Audience,
    covers: &[&SOME_AUDIENCE_IS_NEEDED, &OTHER_AUDIENCE_IS_REFUSED],
    needs: &[Need::Protection, Need::CodeFlow],
    control: Some(&HEADER),
    body: |probe| Box::pin(no_audience(probe)),
    ..Case::PLAIN
};

async fn no_audience(probe: &mut Probe) -> Steps {
    let ours = ours(probe);
    let Some(tokens) = tokens_for(probe, None).await? else {
        return Err(Stop::not_applicable("the authorization server issues no token without a resource"));
    };
    let door = Door::find(probe).await?;
    match aim(&tokens, &ours) {
        Aim::Ours => Err(Stop::not_applicable("a token that is asked for without a resource is for this one")),
        Aim::Unseen => Err(Stop::not_applicable("access tokens do not show whom they are for")),
        Aim::Nobody => {
            let reply = door.try_with(probe, &tokens.access, "a token without an audience").await?;
            probe.expect(&SOME_AUDIENCE_IS_NEEDED, &reply, not_served_without_audience);
            probe.moot(&OTHER_AUDIENCE_IS_REFUSED, "the token names no audience");
            Ok(())
        }
        // What an authorization server issues for its own use, such as for the user information endpoint.
        Aim::Other => {
            let reply = door.try_with(probe, &tokens.access, "a token for its issuer's own use").await?;
            probe.expect(&OTHER_AUDIENCE_IS_REFUSED, &reply, not_served);
            probe.moot(&SOME_AUDIENCE_IS_NEEDED, "the token names an audience");
            Ok(())
        }
    }
}

fn not_served_without_audience(reply: &Reply) -> Judgement {
    match served(reply).is_met() {
        true => violated("a refusal, or another way to tell that the token is meant for this server", reply.summary()),
        false => met(reply.summary()),
    }
}

/// The identifier of this resource.
fn ours(probe: &Probe) -> String {
    let profile = probe.profile();
    let document = profile.resource_document().and_then(|(_, d)| d.get("resource")?.as_str().map(ToOwned::to_owned));
    profile.resource.clone().or(document).unwrap_or_else(|| profile.mcp_url.clone())
}

fn origin(url: &str) -> &str {
    let authority = url.find("://").map_or(0, |at| at + 3);
    url[authority..].find(['/', '?', '#']).map_or(url, |end| &url[..authority + end])
}

/// Tokens that were asked for with this resource at both endpoints; `None` where that is refused.
async fn tokens_for(probe: &mut Probe, resource: Option<&str>) -> Result<Option<Tokens>, Stop> {
    let client = probe.client(ClientKind::Main).await?;
    let request = probe.authorization(&client);
    let request = match resource {
        Some(resource) => request.with("resource", resource).labelled("for another resource"),
        None => request.without("resource").labelled("for no resource"),
    };
    let journey = probe.walk(request).await?;
    if let Landing::Stuck { why, remedy } = &journey.landing {
        return Err(Stop::missing(why.clone(), remedy.clone()));
    }
    let Some(grant) = journey.grant().filter(|_| journey.arrived()) else { return Ok(None) };
    let reply = probe.token(&grant.redeem().labelled("for another resource")).await?;
    Ok(Tokens::read(&client, reply))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whom_a_token_is_for_is_read_from_its_audience() {
        let ours = "https://h/mcp";
        assert_eq!(aim_of(&[], ours), Aim::Nobody);
        assert_eq!(aim_of(&["https://h/mcp/"], ours), Aim::Ours);
        assert_eq!(aim_of(&["https://h/other", ours], ours), Aim::Ours);
        assert_eq!(aim_of(&["https://h/other"], ours), Aim::Other);
        assert_eq!(origin("https://h:1/mcp?x"), "https://h:1");
        assert_eq!(origin("https://h"), "https://h");
    }

    #[test]
    fn an_opaque_token_that_is_accepted_proves_nothing_and_one_that_is_refused_does() {
        let json = &[("content-type", "application/json")];
        let served = Reply::canned(200, json, r#"{"id":1,"result":{}}"#);
        let refused = Reply::canned(401, &[], "");
        assert!(matches!(refused_unless_unseen(Aim::Unseen)(&served), Judgement::Unproven(_)));
        assert!(matches!(refused_unless_unseen(Aim::Other)(&served), Judgement::Violated { .. }));
        assert!(refused_unless_unseen(Aim::Unseen)(&refused).is_met());
        assert!(!not_served_without_audience(&served).is_met());
    }
}
