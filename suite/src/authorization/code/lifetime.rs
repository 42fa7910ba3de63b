//! How long a code lives.

use std::time::Duration;

use proofmark_probe::judge::{token_issued, token_refused};
use proofmark_probe::model::Area;
use proofmark_probe::{Case, Need, Probe, Steps, Stop};

use crate::authorization::pkce::RIGHT_VERIFIER;
use crate::requirements::oauth21::code::{EXPIRES, LIVES_LONG_ENOUGH, LIVES_TEN_MINUTES_AT_MOST};

pub(super) static REDEEMABLE_AFTER_A_WHILE: Case = Case {
    id: "as.code.redeemable-after-a-while",
    title: "A code can still be redeemed a while after it was issued",
    why: "Clients on slow machines and slow networks are no attackers.",
    area: Area::Code,
    covers: &[&LIVES_LONG_ENOUGH],
    needs: &[Need::CodeFlow],
    control: Some(&RIGHT_VERIFIER),
    waits: true,
    body: |probe| Box::pin(redeemable_after_a_while(probe)),
    ..Case::PLAIN
};

async fn redeemable_after_a_while(probe: &mut Probe) -> Steps {
    let grant = probe.grant().await?;
    let (issued, pause) = (probe.now(), probe.settings().timing.later);
    probe.wait_until(issued + pause, "some seconds of a code's life").await?;
    let reply = probe.token(&grant.redeem().labelled("after a while")).await?;
    if probe.now().saturating_sub(issued) > pause * 2 && !token_issued(&reply).is_met() {
        probe.moot(&LIVES_LONG_ENOUGH, "this machine was too busy to redeem the code in time");
        return Ok(());
    }
    probe.expect(&LIVES_LONG_ENOUGH, &reply, token_issued);
    Ok(())
}

pub(super) static LIFETIME: Case = Case {
    id: "as.code.lifetime",
    title: "A code that nobody redeemed ends",
    why: "A code that lives on in a log or a history is a key under the doormat.",
    area: Area::Code,
    covers: &[&LIVES_TEN_MINUTES_AT_MOST, &EXPIRES],
    needs: &[Need::CodeFlow],
    control: Some(&RIGHT_VERIFIER),
    waits: true,
    body: |probe| Box::pin(lifetime(probe)),
    ..Case::PLAIN
};

async fn lifetime(probe: &mut Probe) -> Steps {
    const MARGIN: Duration = Duration::from_secs(30);
    const HOUR: Duration = Duration::from_secs(3600);
    let timing = probe.settings().timing;
    let long = timing.code_lifetime + MARGIN.min(timing.code_lifetime);
    if long > timing.max_wait {
        // A run that everybody starts must not take eleven minutes, nor be red because it did not.
        return Err(Stop::excluded(format!(
            "to see a code expire takes {} s, longer than this run waits; run with --max-wait {}",
            long.as_secs(),
            long.as_secs() + 1
        )));
    }
    let ten = probe.grant().await?;
    let sixty = probe.grant().await?;
    let began = probe.now();
    probe.wait_until(began + long, "the expiry of a code").await?;
    let reply = probe.token(&ten.redeem().labelled("after its lifetime")).await?;
    probe.expect(&LIVES_TEN_MINUTES_AT_MOST, &reply, token_refused);
    if token_refused(&reply).is_met() {
        probe.expect(&EXPIRES, &reply, token_refused);
    } else if HOUR + MARGIN <= timing.max_wait {
        probe.wait_until(began + HOUR + MARGIN, "the expiry of a code after an hour").await?;
        let reply = probe.token(&sixty.redeem().labelled("after an hour")).await?;
        probe.expect(&EXPIRES, &reply, token_refused);
    } else {
        probe.moot(&EXPIRES, "this run does not wait for an hour; run with --max-wait 3631");
    }
    Ok(())
}
