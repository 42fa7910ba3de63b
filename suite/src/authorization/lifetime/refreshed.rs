//! Lifetimes of what a refresh gives, and of the refresh token itself.

use std::time::Duration;

use proofmark_probe::judge::{Judgement, holds, token_issued};
use proofmark_probe::model::Area;
use proofmark_probe::{Case, Need, Probe, Steps, Stop, Tokens};

use crate::authorization::refresh::{REFRESH_IS_SERVED, refresh_request, refreshed};
use crate::requirements::oauth21::lifetime::{REFRESH_OUTLIVES_ACCESS, REFRESHED_TOKEN_LIVES_ON};

/// Long enough to tell a new lifetime from the rest of the old one.
const APART: Duration = Duration::from_secs(3);

pub(crate) static REFRESHED: Case = Case {
    id: "as.lifetime.refreshed-token",
    title: "A refreshed access token has a lifetime of its own",
    why: "A refreshed token that ends with the first one makes clients refresh again and again.",
    area: Area::Lifetime,
    covers: &[&REFRESHED_TOKEN_LIVES_ON],
    needs: &[Need::RefreshToken],
    control: Some(&REFRESH_IS_SERVED),
    waits: true,
    fresh_sign_ins: 1,
    body: |probe| Box::pin(refreshed_lives_on(probe)),
};

async fn refreshed_lives_on(probe: &mut Probe) -> Steps {
    let first = probe.own_tokens().await?;
    probe.wait_until(first.issued.saturating_add(APART), "a moment between the first token and its refresh").await?;
    let second = refreshed(probe, &first).await?;
    probe.expect(&REFRESHED_TOKEN_LIVES_ON, &(&first.reply, &second.reply), |_| ends_later(&first, &second));
    Ok(())
}

/// The second token does not end when the first one does.
fn ends_later(first: &Tokens, second: &Tokens) -> Judgement {
    let (Some(old), Some(new)) = (first.expires_in, second.expires_in) else {
        return Judgement::Moot("the lifetime is not told".into());
    };
    let passed = second.issued.saturating_sub(first.issued);
    let rest = old.saturating_sub(passed);
    let seen = format!(
        "the first token had {} s, {} s later the second has {} s",
        old.as_secs(),
        passed.as_secs(),
        new.as_secs()
    );
    // Whole seconds are told, so the end of the first token may be a second off.
    let ends_together = new < old && new <= rest + Duration::from_secs(1) && new + Duration::from_secs(2) >= rest;
    holds(!ends_together, "a lifetime that begins with the refresh", seen)
}

pub(crate) static OUTLIVES: Case = Case {
    id: "as.lifetime.refresh-outlives-access",
    title: "A refresh token still works when its access token has ended",
    why: "A refresh token that ends with the access token is of no use.",
    area: Area::Lifetime,
    covers: &[&REFRESH_OUTLIVES_ACCESS],
    needs: &[Need::RefreshToken],
    control: Some(&REFRESH_IS_SERVED),
    waits: true,
    fresh_sign_ins: 1,
    body: |probe| Box::pin(outlives(probe)),
};

async fn outlives(probe: &mut Probe) -> Steps {
    let tokens = probe.own_tokens().await?;
    let Some(end) = tokens.expires() else {
        return Err(Stop::missing(
            "the lifetime of the access token is not told, so its end cannot be waited for",
            "send expires_in",
        ));
    };
    probe.wait_until(end.saturating_add(Duration::from_secs(1)), "the end of an access token").await?;
    let request = refresh_request(probe, &tokens)?.labelled("after the end of the access token");
    let reply = probe.token(&request).await?;
    probe.expect(&REFRESH_OUTLIVES_ACCESS, &reply, token_issued);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proofmark_probe::Client;
    use proofmark_probe::Reply;
    use std::sync::Arc;

    fn tokens(issued: u64, life: u64) -> Tokens {
        let client = Client { id: "c".into(), ..Client::default() };
        let reply = Reply::canned(200, &[], &format!(r#"{{"access_token":"t","expires_in":{life}}}"#));
        let mut tokens = Tokens::read(&Arc::new(client), reply).expect("a token");
        tokens.issued = Duration::from_secs(issued);
        tokens
    }

    #[test]
    fn the_rest_of_the_first_lifetime_is_recognised() {
        assert!(ends_later(&tokens(10, 3600), &tokens(13, 3600)).is_met());
        assert!(!ends_later(&tokens(10, 3600), &tokens(13, 3597)).is_met());
        assert!(!ends_later(&tokens(10, 3600), &tokens(13, 3596)).is_met());
        // Another lifetime by policy is not the end of the first token.
        assert!(ends_later(&tokens(10, 3600), &tokens(13, 900)).is_met());
    }
}
