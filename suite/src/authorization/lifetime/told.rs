//! What a token response says about the lifetime of the access token.

use std::time::Duration;

use proofmark_probe::judge::{Judgement, holds, met};
use proofmark_probe::model::Area;
use proofmark_probe::{Case, Need, Probe, Reply, Steps, Stop, Tokens, violated};
use serde_json::Value;

use crate::authorization::client_credentials::{MACHINE_TOKEN, machine};
use crate::requirements::mcp::tokens::ACCESS_TOKEN_SHORT_LIVED;
use crate::requirements::oauth21::lifetime::{
    LIFETIME_IS_SECONDS, LIFETIME_PLAUSIBLE, LIFETIME_TOLD, MACHINE_TOKEN_SHORT_LIVED,
};
use crate::requirements::rfc6750::ACCESS_TOKEN_WITHIN_AN_HOUR;

const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;

pub(crate) static EXPIRES_IN: Case = Case {
    id: "as.lifetime.expires-in",
    title: "The lifetime of an access token is told in whole seconds",
    why: "A client that does not know when a token ends finds out in the middle of its work.",
    area: Area::Lifetime,
    covers: &[&LIFETIME_TOLD, &LIFETIME_IS_SECONDS, &LIFETIME_PLAUSIBLE],
    needs: &[Need::AccessToken],
    body: |probe| Box::pin(expires_in(probe)),
    ..Case::PLAIN
};

async fn expires_in(probe: &mut Probe) -> Steps {
    let tokens = probe.tokens().await?;
    probe.expect(&LIFETIME_TOLD, &tokens.reply, is_told);
    probe.expect(&LIFETIME_IS_SECONDS, &tokens.reply, is_whole_seconds);
    probe.expect(&LIFETIME_PLAUSIBLE, &tokens.reply, is_plausible);
    Ok(())
}

fn told(reply: &Reply) -> Option<Value> {
    reply.json()?.get("expires_in").filter(|v| !v.is_null()).cloned()
}

fn is_told(reply: &Reply) -> Judgement {
    match told(reply) {
        Some(value) => met(format!("expires_in is {value}")),
        None => violated("a member expires_in", "none"),
    }
}

fn is_whole_seconds(reply: &Reply) -> Judgement {
    match told(reply) {
        None => Judgement::Moot("there is no expires_in".into()),
        Some(value) => {
            holds(value.is_u64(), "a JSON number without sign or fraction", format!("expires_in is {value}"))
        }
    }
}

fn is_plausible(reply: &Reply) -> Judgement {
    /// Sixty-eight years: no lifetime, but a count of milliseconds or worse.
    const MOST: u64 = 1 << 31;
    match told(reply).as_ref().map(Value::as_u64) {
        None | Some(None) => Judgement::Moot("there is no whole number of seconds to look at".into()),
        Some(Some(seconds)) => holds(
            (1..=MOST).contains(&seconds),
            "a lifetime above zero, in seconds",
            format!("expires_in is {seconds}"),
        ),
    }
}

pub(crate) static SHORT: Case = Case {
    id: "as.lifetime.short",
    title: "An access token is short-lived",
    why: "A stolen access token works until it ends; nobody can call it back from everywhere.",
    area: Area::Lifetime,
    covers: &[&ACCESS_TOKEN_SHORT_LIVED, &ACCESS_TOKEN_WITHIN_AN_HOUR],
    needs: &[Need::AccessToken],
    body: |probe| Box::pin(short(probe)),
    ..Case::PLAIN
};

async fn short(probe: &mut Probe) -> Steps {
    let tokens = probe.tokens().await?;
    let life = lifetime(&tokens);
    probe.expect(&ACCESS_TOKEN_SHORT_LIVED, &tokens.reply, |_| lives_at_most(life, DAY));
    probe.expect(&ACCESS_TOKEN_WITHIN_AN_HOUR, &tokens.reply, |_| lives_at_most(life, HOUR));
    Ok(())
}

pub(crate) static MACHINE: Case = Case {
    id: "as.lifetime.machine-token",
    title: "An access token of a machine is short-lived",
    why: "Secrets of machines leak more often than those of people, and so do their tokens.",
    area: Area::Lifetime,
    covers: &[&MACHINE_TOKEN_SHORT_LIVED],
    needs: &[Need::ClientCredentials, Need::ConfidentialClient],
    control: Some(&MACHINE_TOKEN),
    body: |probe| Box::pin(machine_short(probe)),
    ..Case::PLAIN
};

async fn machine_short(probe: &mut Probe) -> Steps {
    let client = machine(probe).await?;
    let reply = probe.token(&client.request).await?;
    let summary = reply.summary();
    let tokens = Tokens::read(&client.request.client, reply).ok_or_else(|| Stop::blocked(summary))?;
    let life = lifetime(&tokens);
    probe.expect(&MACHINE_TOKEN_SHORT_LIVED, &tokens.reply, |_| lives_at_most(life, DAY));
    Ok(())
}

/// The lifetime as told, or as the claims of a JWT show it.
fn lifetime(tokens: &Tokens) -> Option<Duration> {
    let of_claims = || {
        let jwt = tokens.jwt()?;
        let end = jwt.claims.get("exp")?.as_u64()?;
        Some(Duration::from_secs(end.saturating_sub(jwt.claims.get("iat")?.as_u64()?)))
    };
    tokens.expires_in.or_else(of_claims)
}

fn lives_at_most(life: Option<Duration>, most: u64) -> Judgement {
    let expected = format!("a lifetime of no more than {}", in_words(most));
    match life {
        None => violated(expected, "a token that does not say when it ends"),
        Some(life) => holds(life.as_secs() <= most, expected, in_words(life.as_secs())),
    }
}

fn in_words(seconds: u64) -> String {
    match seconds {
        s if s >= 2 * DAY => format!("{} days", s / DAY),
        s if s >= 2 * HOUR => format!("{} hours", s / HOUR),
        s => format!("{s} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(value: &str) -> Reply {
        Reply::canned(200, &[], &format!(r#"{{"access_token":"t","expires_in":{value}}}"#))
    }

    #[test]
    fn only_whole_numbers_are_seconds() {
        assert!(is_told(&with("60")).is_met() && is_whole_seconds(&with("60")).is_met());
        assert!(!is_told(&with("null")).is_met());
        assert!(!is_whole_seconds(&with("\"60\"")).is_met() && !is_whole_seconds(&with("60.5")).is_met());
        assert!(!is_whole_seconds(&with("-1")).is_met());
        assert!(!is_plausible(&with("0")).is_met() && !is_plausible(&with("3600000000000")).is_met());
    }

    #[test]
    fn a_token_without_end_is_not_short_lived() {
        assert!(!lives_at_most(None, DAY).is_met());
        assert!(lives_at_most(Some(Duration::from_secs(DAY)), DAY).is_met());
        assert!(!lives_at_most(Some(Duration::from_secs(DAY + 1)), DAY).is_met());
    }
}
