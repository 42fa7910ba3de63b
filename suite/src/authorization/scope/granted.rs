//! What is asked for is what is granted, or the difference is told.

use proofmark_probe::judge::{
    Judgement, ScopeSet, carried_scope, difference_is_told, holds, in_words, met, scope_is, scope_set, scope_within,
    shown_scope, told_scope,
};
use proofmark_probe::model::Area;
use proofmark_probe::{Case, Need, Probe, Reply, Steps, Stop};

use super::ask_main;
use crate::requirements::oauth21::scope::{DEFAULT_SCOPE_TOLD, OTHER_SCOPE_IS_TOLD, SCOPE_GRANTED, SCOPE_IS_TEXT};
use crate::requirements::rfc9068::JWT_SCOPE_AGREES;
use crate::requirements::rfc9700::{DEFAULT_SCOPE_MINIMAL, NARROW_SCOPE_HONOURED};

fn all_scopes(probe: &Probe) -> Result<ScopeSet, Stop> {
    let all: ScopeSet = probe.profile().scopes.all.iter().cloned().collect();
    if all.is_empty() {
        return Err(Stop::not_applicable("the target names no scopes"));
    }
    Ok(all)
}

pub(crate) static SCOPE_IS_GRANTED: Case = Case {
    id: "as.scope.granted",
    title: "A scope that the server knows is granted as asked",
    why: "It is the control of every refusal below.",
    area: Area::Scope,
    covers: &[&SCOPE_GRANTED],
    needs: &[Need::AccessToken],
    body: |probe| Box::pin(granted(probe)),
    ..Case::PLAIN
};

async fn granted(probe: &mut Probe) -> Steps {
    let all = all_scopes(probe)?;
    let asked = probe.profile().scopes.read.clone().filter(|_| all.len() > 1);
    let (tokens, wanted) = match &asked {
        Some(read) => (probe.tokens_for(read).await?, scope_set(read)),
        None => (probe.tokens().await?, all),
    };
    probe.expect(&SCOPE_GRANTED, &tokens.reply, scope_is(&wanted));
    Ok(())
}

pub(crate) static IS_TEXT: Case = Case {
    id: "as.scope.is-text",
    title: "The scope of a token response is a string",
    why: "A client that expects a string does not see what is in an array.",
    area: Area::Scope,
    covers: &[&SCOPE_IS_TEXT],
    needs: &[Need::AccessToken],
    body: |probe| Box::pin(is_text(probe)),
    ..Case::PLAIN
};

async fn is_text(probe: &mut Probe) -> Steps {
    let tokens = probe.tokens().await?;
    probe.expect(&SCOPE_IS_TEXT, &tokens.reply, scope_is_text);
    Ok(())
}

fn scope_is_text(reply: &Reply) -> Judgement {
    match reply.json().and_then(|b| b.get("scope").cloned()) {
        None => Judgement::Moot("the response tells no scope".into()),
        Some(value) => holds(
            value.is_string() || value.is_null(),
            "a string of names separated by spaces",
            format!("scope is {value}"),
        )
        .and(|| met(format!("scope is {value}"))),
    }
}

pub(crate) static DIFFERENCE_TOLD: Case = Case {
    id: "as.scope.difference-told",
    title: "A grant that differs from what was asked for says so",
    why: "A client that does not know what it may do shows its user errors instead of choices.",
    area: Area::Scope,
    covers: &[&OTHER_SCOPE_IS_TOLD],
    needs: &[Need::AccessToken],
    body: |probe| Box::pin(difference_told(probe)),
    ..Case::PLAIN
};

async fn difference_told(probe: &mut Probe) -> Steps {
    let all = all_scopes(probe)?;
    probe.row("every scope");
    let tokens = probe.tokens().await?;
    probe.expect(&OTHER_SCOPE_IS_TOLD, &tokens.reply, difference_is_told(&all));
    if let Some(read) = probe.profile().scopes.read.clone().filter(|_| all.len() > 1) {
        probe.row("one scope");
        let tokens = probe.tokens_for(&read).await?;
        probe.expect(&OTHER_SCOPE_IS_TOLD, &tokens.reply, difference_is_told(&scope_set(&read)));
    }
    Ok(())
}

pub(crate) static NARROW: Case = Case {
    id: "as.scope.narrow",
    title: "A token asked for with less scope has less scope",
    why: "A client that only reads should not be able to do more when its token is stolen.",
    area: Area::Scope,
    covers: &[&NARROW_SCOPE_HONOURED],
    needs: &[Need::TwoScopes],
    control: Some(&SCOPE_IS_GRANTED),
    body: |probe| Box::pin(narrow(probe)),
    ..Case::PLAIN
};

async fn narrow(probe: &mut Probe) -> Steps {
    let read = probe.profile().scopes.read.clone().unwrap_or_default();
    let tokens = probe.tokens_for(&read).await?;
    probe.expect(&NARROW_SCOPE_HONOURED, &tokens.reply, scope_within(&scope_set(&read), &scope_set(&read)));
    Ok(())
}

pub(crate) static OMITTED: Case = Case {
    id: "as.scope.omitted",
    title: "A client that asks for no scope is told which one it got, and it is not the greatest",
    why: "A client that asks for nothing in particular should not end up with everything.",
    area: Area::Scope,
    covers: &[&DEFAULT_SCOPE_TOLD, &DEFAULT_SCOPE_MINIMAL],
    needs: &[Need::AccessToken],
    fresh_sign_ins: 1,
    body: |probe| Box::pin(omitted(probe)),
    ..Case::PLAIN
};

async fn omitted(probe: &mut Probe) -> Steps {
    all_scopes(probe)?;
    let outcome = ask_main(probe, None, "no scope").await?;
    let Some(reply) = &outcome.reply else {
        let what = outcome.journey.describe();
        probe.expect(&DEFAULT_SCOPE_TOLD, &outcome.journey, |_| met(what.clone()));
        probe.moot(&DEFAULT_SCOPE_MINIMAL, format!("a request without scope ends in {what}"));
        return Ok(());
    };
    probe.expect(&DEFAULT_SCOPE_TOLD, reply, default_is_told);
    let greatest = probe.profile().scopes.write.clone();
    probe.expect(&DEFAULT_SCOPE_MINIMAL, reply, |reply| default_lacks(reply, greatest.as_deref()));
    Ok(())
}

fn default_is_told(reply: &Reply) -> Judgement {
    match (told_scope(reply), carried_scope(reply)) {
        (Some(told), _) => met(format!("the response tells {}", in_words(&told))),
        (None, Some(carried)) if !carried.is_empty() => holds(
            false,
            "a response that tells the default scope, or a refusal",
            format!("a silent response with a token of {}", in_words(&carried)),
        ),
        _ if !reply.is_success() => met(reply.summary()),
        _ => Judgement::Moot("the response is silent, and the token does not show a scope".into()),
    }
}

fn default_lacks(reply: &Reply, greatest: Option<&str>) -> Judgement {
    let (Some(greatest), Some(shown)) = (greatest, shown_scope(reply)) else {
        return Judgement::Moot("the default scope does not show, or there is but one scope".into());
    };
    holds(!shown.contains(greatest), format!("a default scope without {greatest}"), in_words(&shown))
}

pub(crate) static JWT_AGREES: Case = Case {
    id: "as.scope.jwt-agrees",
    title: "The scope claim of a JWT is the scope that the response tells",
    why: "The resource server goes by the claim, the client by the response.",
    area: Area::Scope,
    covers: &[&JWT_SCOPE_AGREES],
    needs: &[Need::JwtAccessToken],
    body: |probe| Box::pin(jwt_agrees(probe)),
    ..Case::PLAIN
};

async fn jwt_agrees(probe: &mut Probe) -> Steps {
    let tokens = probe.tokens().await?;
    probe.expect(&JWT_SCOPE_AGREES, &tokens.reply, claim_agrees);
    Ok(())
}

fn claim_agrees(reply: &Reply) -> Judgement {
    match (told_scope(reply), carried_scope(reply)) {
        (Some(told), Some(carried)) => {
            holds(told == carried, format!("a claim of {}", in_words(&told)), in_words(&carried))
        }
        _ => Judgement::Moot("the response or the token is silent about scope".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(body: &str) -> Reply {
        Reply::canned(200, &[], body)
    }

    #[test]
    fn scope_is_judged_by_its_type_and_its_telling() {
        assert!(scope_is_text(&answer(r#"{"scope":"a b"}"#)).is_met());
        assert!(!scope_is_text(&answer(r#"{"scope":["a","b"]}"#)).is_met());
        assert!(default_is_told(&answer(r#"{"access_token":"t","scope":"a"}"#)).is_met());
        assert!(matches!(default_is_told(&answer(r#"{"access_token":"t"}"#)), Judgement::Moot(_)));
        assert!(!default_lacks(&answer(r#"{"access_token":"t","scope":"a b"}"#), Some("b")).is_met());
    }
}
