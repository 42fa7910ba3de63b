//! Getting the scope that was asked for, and trying again.

use proofmark_probe::judge::{Judgement, challenged_scopes};
use proofmark_probe::model::Area;
use proofmark_probe::{Case, Need, Probe, Reply, Steps, Stop, Tokens, met, violated};

use super::{WRITING, call, holds_scope, narrow_tokens, ran, reads, write_tool};
use crate::requirements::mcp::scope::{CHALLENGED_SET_SUFFICES, STEP_UP_IS_ONE_ROUND, STEP_UP_SUFFICES};

pub(super) static STEP_UP: Case = Case {
    id: "rs.scope.step-up",
    title: "A token with the challenged scopes is let in",
    why: "A client that gets exactly what it was told to get must not be sent round again.",
    area: Area::Scope,
    covers: &[&STEP_UP_SUFFICES, &STEP_UP_IS_ONE_ROUND, &CHALLENGED_SET_SUFFICES],
    needs: &[Need::Protection, Need::ScopedTool],
    control: Some(&WRITING),
    body: |probe| Box::pin(step_up(probe)),
    ..Case::PLAIN
};

async fn step_up(probe: &mut Probe) -> Steps {
    let tool = write_tool(probe)?;
    let narrow = narrow_tokens(probe).await?;
    reads(probe, &narrow).await?;
    let refusal = call(probe, &tool, &narrow, "with the smaller scope").await?;
    let Some(challenged) = challenged_scopes(&refusal) else {
        return Err(Stop::not_applicable("the refusal for want of scope names no scope"));
    };
    let read = probe.profile().scopes.read.clone().unwrap_or_default();
    let mut union: Vec<String> = vec![read];
    union.extend(challenged.iter().filter(|s| !union.contains(s)).cloned().collect::<Vec<_>>());

    let more = granted(probe, &union).await?;
    let reply = call(probe, &tool, &more, "with the old and the challenged scopes").await?;
    probe.expect(&STEP_UP_SUFFICES, &reply, ran);
    probe.expect(&STEP_UP_IS_ONE_ROUND, &reply, no_further_challenge(&challenged));

    let exact = union.len() == challenged.len();
    let reply = if exact {
        reply
    } else {
        let exactly = granted(probe, &challenged).await?;
        call(probe, &tool, &exactly, "with exactly the challenged scopes").await?
    };
    probe.expect(&CHALLENGED_SET_SUFFICES, &reply, ran_unless_unread);
    Ok(())
}

/// Tokens with these scopes, none missing.
async fn granted(probe: &Probe, scopes: &[String]) -> Result<std::sync::Arc<Tokens>, Stop> {
    let tokens = probe.tokens_for(&scopes.join(" ")).await?;
    match scopes.iter().find(|s| holds_scope(&tokens, s) == Some(false)) {
        Some(missing) => Err(Stop::blocked(format!(
            "the authorization server did not grant {missing}, which the challenge asked for"
        ))),
        None => Ok(tokens),
    }
}

fn no_further_challenge(before: &[String]) -> impl Fn(&Reply) -> Judgement {
    move |reply| match challenged_scopes(reply).filter(|_| reply.status() == 403) {
        Some(now) if now.iter().any(|s| !before.contains(s)) => {
            violated("all scopes in the first challenge", format!("a second challenge for {}", now.join(" ")))
        }
        _ => met(reply.summary()),
    }
}

/// A token without the reading scope may not get as far as the tool: a session is opened with reading rights.
fn ran_unless_unread(reply: &Reply) -> Judgement {
    match (reply.status(), reply.rpc_result()) {
        (401, None) => violated("a call that is served", reply.summary()),
        _ => ran(reply),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_challenge_for_something_else_is_a_second_round() {
        let with = |value: &str| Reply::canned(403, &[("www-authenticate", value)], "");
        let before = ["write".to_owned()];
        assert!(!no_further_challenge(&before)(&with("Bearer scope=\"admin\"")).is_met());
        assert!(no_further_challenge(&before)(&with("Bearer scope=\"write\"")).is_met());
        assert!(no_further_challenge(&before)(&Reply::canned(200, &[], "")).is_met());
        assert!(!ran_unless_unread(&Reply::canned(401, &[], "")).is_met());
    }
}
