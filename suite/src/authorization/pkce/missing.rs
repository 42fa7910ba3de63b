//! Requests without a challenge.

use proofmark_probe::judge::{error_is, oauth_error_shape};
use proofmark_probe::model::Area;
use proofmark_probe::{Case, ClientKind, Judgement, Need, Probe, Steps};

use super::ending::{Ending, Try, error_code, pursue, refused_early, told_to_the_client, unredeemed};
use super::flow::RIGHT_VERIFIER;
use crate::requirements::oauth21::pkce::{
    CHALLENGE_REQUIRED, CHALLENGE_SYNTAX, NO_VERIFIER_WITHOUT_CHALLENGE, STRAY_VERIFIER_IS_INVALID_REQUEST,
};
use crate::requirements::rfc7636::{MISSING_CHALLENGE_IS_INVALID_REQUEST, MISSING_CHALLENGE_IS_TOLD_TO_THE_CLIENT};

pub(super) static MISSING_CHALLENGE: Case = Case {
    id: "as.pkce.missing-challenge",
    title: "A public client without a code challenge gets no code of use",
    why: "Without a challenge, whoever intercepts the code of a native app can spend it.",
    area: Area::Pkce,
    covers: &[&CHALLENGE_REQUIRED, &MISSING_CHALLENGE_IS_INVALID_REQUEST, &MISSING_CHALLENGE_IS_TOLD_TO_THE_CLIENT],
    needs: &[Need::CodeFlow],
    control: Some(&RIGHT_VERIFIER),
    fresh_sign_ins: 1,
    body: |probe| Box::pin(missing_challenge(probe)),
    ..Case::PLAIN
};

async fn missing_challenge(probe: &mut Probe) -> Steps {
    let client = super::public_client(probe).await?;

    probe.row("nobody signed in");
    let ending = pursue(probe, &client, &[Try::Nothing], |r| {
        r.without("code_challenge").without("code_challenge_method").in_fresh_session().labelled("no challenge")
    })
    .await?;
    probe.expect(&CHALLENGE_REQUIRED, &ending, unredeemed(&[Try::Nothing]));
    probe.expect(&MISSING_CHALLENGE_IS_INVALID_REQUEST, &ending, error_code("invalid_request"));
    probe.expect(&MISSING_CHALLENGE_IS_TOLD_TO_THE_CLIENT, &ending, told_to_the_client);

    probe.row("client that the user has approved before");
    probe.grant().await?;
    let ending = pursue(probe, &client, &[Try::Nothing], |r| {
        r.without("code_challenge").without("code_challenge_method").labelled("no challenge")
    })
    .await?;
    probe.expect(&CHALLENGE_REQUIRED, &ending, unredeemed(&[Try::Nothing]));

    probe.row("a method without a challenge");
    let ending =
        pursue(probe, &client, &[Try::Nothing], |r| r.without("code_challenge").labelled("a method alone")).await?;
    probe.expect(&CHALLENGE_REQUIRED, &ending, unredeemed(&[Try::Nothing]));

    probe.row("by POST");
    let request = probe.authorization(&client).by_post().labelled("by POST");
    let control = probe.walk(request).await?;
    if control.code().is_none() {
        probe.moot(
            &CHALLENGE_REQUIRED,
            format!("the server does not take authorization requests by POST: {}", control.describe()),
        );
        return Ok(());
    }
    let ending = pursue(probe, &client, &[Try::Nothing], |r| {
        r.without("code_challenge").without("code_challenge_method").by_post().labelled("by POST, no challenge")
    })
    .await?;
    probe.expect(&CHALLENGE_REQUIRED, &ending, unredeemed(&[Try::Nothing]));
    Ok(())
}

pub(super) static EMPTY_CHALLENGE: Case = Case {
    id: "as.pkce.empty-challenge",
    title: "An empty code challenge is as good as none",
    why: "A check that only looks whether the parameter is there lets an empty value through, and an empty value binds nothing.",
    area: Area::Pkce,
    covers: &[&CHALLENGE_REQUIRED, &CHALLENGE_SYNTAX],
    needs: &[Need::CodeFlow],
    control: Some(&RIGHT_VERIFIER),
    body: |probe| Box::pin(empty_challenge(probe)),
    ..Case::PLAIN
};

async fn empty_challenge(probe: &mut Probe) -> Steps {
    let client = super::public_client(probe).await?;
    let ways = [Try::Nothing, Try::Empty, Try::Another];
    let ending = pursue(probe, &client, &ways, |r| r.with("code_challenge", "").labelled("an empty challenge")).await?;
    probe.expect(&CHALLENGE_REQUIRED, &ending, unredeemed(&ways));
    probe.expect(&CHALLENGE_SYNTAX, &ending, refused_early);
    Ok(())
}

pub(super) static DOWNGRADE: Case = Case {
    id: "as.pkce.downgrade",
    title: "A code issued without a challenge is not redeemed with a verifier",
    why: "An attacker who strips the challenge from the request must not get a code that the honest client then redeems.",
    area: Area::Pkce,
    covers: &[&NO_VERIFIER_WITHOUT_CHALLENGE, &STRAY_VERIFIER_IS_INVALID_REQUEST],
    needs: &[Need::CodeFlow],
    control: Some(&RIGHT_VERIFIER),
    body: |probe| Box::pin(downgrade(probe)),
    ..Case::PLAIN
};

async fn downgrade(probe: &mut Probe) -> Steps {
    strip_the_challenge(probe, ClientKind::Main).await
}

/// Takes the challenge out of the request on its way, as an attacker would, and redeems as the honest client would.
pub(super) async fn strip_the_challenge(probe: &mut Probe, kind: ClientKind) -> Steps {
    let client = probe.client(kind).await?;
    let ending = pursue(probe, &client, &[Try::Own], |r| {
        r.without("code_challenge").without("code_challenge_method").labelled("no challenge")
    })
    .await?;
    probe.expect(&NO_VERIFIER_WITHOUT_CHALLENGE, &ending, unredeemed(&[Try::Own]));
    probe.expect(&STRAY_VERIFIER_IS_INVALID_REQUEST, &ending, stray_verifier_is_invalid_request);
    Ok(())
}

/// The refusal of a verifier that has no challenge to match has the right form.
fn stray_verifier_is_invalid_request(ending: &Ending) -> Judgement {
    match ending.tries.first() {
        None => Judgement::Moot("no code is issued without a challenge".into()),
        Some((_, reply)) if reply.is_success() => Judgement::Moot("the verifier was not refused".into()),
        Some((_, reply)) => oauth_error_shape(reply).and(|| error_is(&["invalid_request"])(reply)),
    }
}
