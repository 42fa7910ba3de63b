//! The refusal of a call beyond the scope.

use proofmark_probe::challenge::bearer;
use proofmark_probe::judge::{
    Judgement, call_refused, challenge_names, challenged_scopes, has_bearer_challenge, holds, status_is, when_status,
};
use proofmark_probe::model::Area;
use proofmark_probe::{Case, Need, Probe, Reply, Steps, Stop, met, violated};

use super::{call, holds_scope, narrow_tokens, ran, reads, write_tool};
use crate::requirements::mcp::scope::{
    CHALLENGE_IS_STABLE, NO_OFFLINE_ACCESS, SCOPE_IS_ENFORCED, WANT_GIVES_NOTHING_AWAY, WANT_HAS_CHALLENGE,
    WANT_IS_403, WANT_IS_NAMED, WANT_IS_NOT_401, WANT_NAMES_RESOURCE_METADATA, WANT_NAMES_SCOPE,
};
use crate::resource::challenge::{omits_offline_access, same_scopes};
use crate::resource::leaks::no_stack_trace;

const NEEDS: &[Need] = &[Need::Protection, Need::ScopedTool];

pub(crate) static WRITING: Case = Case {
    id: "rs.scope.writing",
    title: "A token with the greater scope may call the tool that needs it",
    why: "It is the control of every refusal for want of scope.",
    area: Area::Scope,
    covers: &[&SCOPE_IS_ENFORCED],
    needs: NEEDS,
    body: |probe| Box::pin(writing(probe)),
    ..Case::PLAIN
};

async fn writing(probe: &mut Probe) -> Steps {
    let tool = write_tool(probe)?;
    let tokens = probe.tokens().await?;
    let write = probe.profile().scopes.write.clone().unwrap_or_default();
    if holds_scope(&tokens, &write) == Some(false) {
        return Err(Stop::missing(
            format!("the authorization server did not grant {write}"),
            "let the test client and its user have the scope that the writing tool needs",
        ));
    }
    let reply = call(probe, &tool, &tokens, "with the greater scope").await?;
    probe.expect(&SCOPE_IS_ENFORCED, &reply, ran);
    Ok(())
}

pub(super) static INSUFFICIENT: Case = Case {
    id: "rs.scope.insufficient",
    title: "A call beyond the scope of the token is refused",
    why: "The scope is what the user agreed to; a server that does not look at it makes the agreement empty.",
    area: Area::Scope,
    covers: &[&SCOPE_IS_ENFORCED],
    needs: NEEDS,
    control: Some(&WRITING),
    body: |probe| Box::pin(insufficient(probe)),
    ..Case::PLAIN
};

async fn insufficient(probe: &mut Probe) -> Steps {
    let tool = write_tool(probe)?;
    let narrow = narrow_tokens(probe).await?;
    reads(probe, &narrow).await?;
    let reply = call(probe, &tool, &narrow, "with the smaller scope").await?;
    probe.expect(&SCOPE_IS_ENFORCED, &reply, call_refused);
    Ok(())
}

pub(super) static INSUFFICIENT_FORM: Case = Case {
    id: "rs.scope.insufficient-form",
    title: "A call beyond the scope is answered 403 with a Bearer challenge",
    why: "The 403 with its challenge is what lets a client ask its user for more, instead of failing or signing in again.",
    area: Area::Scope,
    covers: &[&WANT_IS_403, &WANT_IS_NOT_401, &WANT_HAS_CHALLENGE, &WANT_IS_NAMED, &WANT_GIVES_NOTHING_AWAY],
    needs: NEEDS,
    control: Some(&WRITING),
    body: |probe| Box::pin(insufficient_form(probe)),
    ..Case::PLAIN
};

async fn insufficient_form(probe: &mut Probe) -> Steps {
    let tool = write_tool(probe)?;
    let narrow = narrow_tokens(probe).await?;
    reads(probe, &narrow).await?;
    let reply = call(probe, &tool, &narrow, "with the smaller scope").await?;
    probe.expect(&WANT_IS_403, &reply, if_refused(status_is(&[403])));
    probe.expect(&WANT_IS_NOT_401, &reply, |r| holds(r.status() != 401, "a status that is not 401", r.summary()));
    probe.expect(&WANT_HAS_CHALLENGE, &reply, when_status(&[401, 403], has_bearer_challenge));
    probe.expect(&WANT_IS_NAMED, &reply, when_challenged(challenge_names("error", &["insufficient_scope"])));
    probe.expect(&WANT_GIVES_NOTHING_AWAY, &reply, if_refused(no_stack_trace));
    Ok(())
}

pub(super) static INSUFFICIENT_CHALLENGE: Case = Case {
    id: "rs.scope.insufficient-challenge",
    title: "The challenge for want of scope says which scope, and where to get it",
    why: "A client that is not told guesses, and its user is asked for more than the call needs or for too little.",
    area: Area::Scope,
    covers: &[&WANT_NAMES_SCOPE, &WANT_NAMES_RESOURCE_METADATA, &CHALLENGE_IS_STABLE, &NO_OFFLINE_ACCESS],
    needs: NEEDS,
    control: Some(&WRITING),
    body: |probe| Box::pin(insufficient_challenge(probe)),
    ..Case::PLAIN
};

async fn insufficient_challenge(probe: &mut Probe) -> Steps {
    let tool = write_tool(probe)?;
    let narrow = narrow_tokens(probe).await?;
    reads(probe, &narrow).await?;
    let mut replies = Vec::new();
    for _ in 0..4 {
        replies.push(call(probe, &tool, &narrow, "with the smaller scope").await?);
    }
    let asked = probe.profile().scopes.read.clone().unwrap_or_default();
    let held: Vec<String> = narrow.scopes().map_or_else(|| vec![asked], |l| l.into_iter().map(str::to_owned).collect());
    let first =
        probe.profile().challenge.as_ref().and_then(bearer).and_then(|c| c.get("resource_metadata").map(str::to_owned));
    if let Some(reply) = replies.first() {
        probe.expect(&WANT_NAMES_SCOPE, reply, when_challenged(names_more_than(&held)));
        probe.expect(&WANT_NAMES_RESOURCE_METADATA, reply, when_challenged(names_metadata(first.as_deref())));
        probe.expect(&NO_OFFLINE_ACCESS, reply, omits_offline_access);
    }
    probe.expect(&CHALLENGE_IS_STABLE, replies.as_slice(), same_scopes);
    Ok(())
}

/// The same judge, where the call was refused.
fn if_refused(judge: impl Fn(&Reply) -> Judgement) -> impl Fn(&Reply) -> Judgement {
    move |reply| {
        if call_refused(reply).is_met() { judge(reply) } else { Judgement::Moot("the call was not refused".into()) }
    }
}

/// The same judge, where a 401 or 403 has a challenge to judge.
fn when_challenged(judge: impl Fn(&Reply) -> Judgement) -> impl Fn(&Reply) -> Judgement {
    move |reply| match (reply.status(), bearer(reply)) {
        (401 | 403, Some(_)) => judge(reply),
        _ => Judgement::Moot(format!("the answer was {}, without a Bearer challenge", reply.summary())),
    }
}

/// The challenge names scopes, and not only those that the token has.
fn names_more_than(held: &[String]) -> impl Fn(&Reply) -> Judgement {
    move |reply| match challenged_scopes(reply) {
        None => violated("a challenge with scope", "no scope"),
        Some(scopes) => holds(
            scopes.iter().any(|s| !held.contains(s)),
            "a scope that the token lacks",
            format!("scope=\"{}\"", scopes.join(" ")),
        ),
    }
}

fn names_metadata(first: Option<&str>) -> impl Fn(&Reply) -> Judgement {
    move |reply| {
        let named = bearer(reply).and_then(|c| c.get("resource_metadata").map(str::to_owned));
        match (named, first) {
            (None, _) => violated("a challenge with resource_metadata", "no resource_metadata"),
            (Some(named), Some(first)) => holds(named == first, format!("the URL of the 401, {first}"), named),
            (Some(named), None) => met(named),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(status: u16, value: &str) -> Reply {
        Reply::canned(status, &[("www-authenticate", value)], "")
    }

    #[test]
    fn a_challenge_must_name_what_is_wanting() {
        let held = ["read".to_owned()];
        assert!(names_more_than(&held)(&with(403, "Bearer scope=\"read write\"")).is_met());
        assert!(!names_more_than(&held)(&with(403, "Bearer scope=\"read\"")).is_met());
        assert!(!names_more_than(&held)(&with(403, "Bearer error=\"insufficient_scope\"")).is_met());
    }

    #[test]
    fn the_metadata_is_that_of_the_401() {
        let reply = with(403, "Bearer resource_metadata=\"https://h/x\"");
        assert!(names_metadata(Some("https://h/x"))(&reply).is_met() && names_metadata(None)(&reply).is_met());
        assert!(!names_metadata(Some("https://h/y"))(&reply).is_met());
    }

    #[test]
    fn what_is_no_challenge_is_not_judged_as_one() {
        let judge = when_challenged(challenge_names("error", &["insufficient_scope"]));
        assert!(matches!(judge(&Reply::canned(200, &[], "")), Judgement::Moot(_)));
        assert!(matches!(judge(&Reply::canned(403, &[], "")), Judgement::Moot(_)));
        assert!(!judge(&with(403, "Bearer error=\"invalid_token\"")).is_met());
        let ran = Reply::canned(200, &[], r#"{"result":{}}"#);
        assert!(matches!(if_refused(status_is(&[403]))(&ran), Judgement::Moot(_)));
    }
}
