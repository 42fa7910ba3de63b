//! Flows that must work, and what they must not give away.

use proofmark_probe::encoding::readings;
use proofmark_probe::judge::token_issued;
use proofmark_probe::model::Area;
use proofmark_probe::{
    Case, ClientKind, Grant, Journey, Judgement, Need, Probe, Steps, Stop, TokenRequest, met, violated,
};

use super::ending::{Try, pursue, unredeemed};
use crate::requirements::oauth21::code::CODE_REDEEMED;
use crate::requirements::oauth21::pkce::{
    CHALLENGE_NOT_EXPOSED as HIDDEN, CHALLENGE_SURVIVES_LOGIN, S256_WORKS, WELL_FORMED_VERIFIER_ACCEPTED,
};

pub(crate) static RIGHT_VERIFIER: Case = Case {
    id: "as.pkce.right-verifier",
    title: "A code redeemed with its own verifier yields a token",
    why: "It is the flow of every client, and the control of every refusal of a code.",
    area: Area::Pkce,
    covers: &[&S256_WORKS, &CODE_REDEEMED],
    needs: &[Need::CodeFlow],
    body: |probe| Box::pin(right_verifier(probe)),
    ..Case::PLAIN
};

async fn right_verifier(probe: &mut Probe) -> Steps {
    let grant = probe.grant().await?;
    let reply = probe.token(&grant.redeem()).await?;
    probe.expect(&S256_WORKS, &reply, token_issued);
    probe.expect(&CODE_REDEEMED, &reply, token_issued);
    Ok(())
}

pub(super) static WELL_FORMED_VERIFIERS: Case = Case {
    id: "as.pkce.well-formed-verifiers",
    title: "Every verifier that the grammar allows redeems its code",
    why: "A client library that uses the full length or the full alphabet must not fail at one server only.",
    area: Area::Pkce,
    covers: &[&WELL_FORMED_VERIFIER_ACCEPTED],
    needs: &[Need::CodeFlow],
    control: Some(&RIGHT_VERIFIER),
    body: |probe| Box::pin(well_formed_verifiers(probe)),
    ..Case::PLAIN
};

async fn well_formed_verifiers(probe: &mut Probe) -> Steps {
    let words = format!("{}{}{}", probe.rng().word(), probe.rng().word(), probe.rng().word());
    let punctuated = format!("{}-._~", probe.rng().word());
    let escaped = punctuated.replace('-', "%2D").replace('.', "%2E").replace('_', "%5F").replace('~', "%7E");
    let rows = [
        ("43 characters", &words[..43], &words[..43]),
        ("128 characters", &words[..128], &words[..128]),
        ("all the punctuation that is allowed", punctuated.as_str(), punctuated.as_str()),
        ("punctuation sent percent-encoded", punctuated.as_str(), escaped.as_str()),
    ];
    for (row, verifier, sent) in rows {
        probe.row(row);
        let client = probe.client(ClientKind::Main).await?;
        let request = probe.authorization(&client).with_verifier(verifier).labelled(row);
        let grant = probe.authorize(request).await?;
        let reply = probe.token(&raw_verifier(&grant, sent).labelled(row)).await?;
        probe.expect(&WELL_FORMED_VERIFIER_ACCEPTED, &reply, token_issued);
    }
    sample_pair(probe).await
}

/// The pair of RFC 7636, appendix B. A server may refuse what everybody knows, but not call it wrong.
async fn sample_pair(probe: &mut Probe) -> Steps {
    let row = "the sample pair of RFC 7636";
    probe.row(row);
    let client = probe.client(ClientKind::Main).await?;
    let request =
        probe.authorization(&client).with_verifier("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk").labelled(row);
    let journey = probe.walk(request).await?;
    match journey.grant() {
        Some(grant) => {
            let reply = probe.token(&grant.redeem().labelled(row)).await?;
            probe.expect(&WELL_FORMED_VERIFIER_ACCEPTED, &reply, token_issued);
        }
        None => probe.moot(
            &WELL_FORMED_VERIFIER_ACCEPTED,
            "the server gives no code for a challenge that everybody knows, which is its right",
        ),
    }
    Ok(())
}

/// The request that redeems a grant with a verifier that is already encoded as it should be sent.
pub(super) fn raw_verifier(grant: &Grant, encoded: &str) -> TokenRequest {
    let mut request = grant.redeem();
    request.params.remove("code_verifier");
    request.params.add_raw("code_verifier", encoded);
    request
}

pub(super) static LOGIN_DETOUR: Case = Case {
    id: "as.pkce.login-detour",
    title: "A challenge still binds the code after the user had to sign in",
    why: "Servers lose parameters between the first request and the page that follows the login, and a lost challenge protects nobody.",
    area: Area::Pkce,
    covers: &[&CHALLENGE_SURVIVES_LOGIN],
    needs: &[Need::CodeFlow],
    control: Some(&RIGHT_VERIFIER),
    fresh_sign_ins: 2,
    body: |probe| Box::pin(login_detour(probe)),
    ..Case::PLAIN
};

async fn login_detour(probe: &mut Probe) -> Steps {
    let client = probe.client(ClientKind::Main).await?;
    let ways = [Try::Nothing, Try::Another];
    let ending = pursue(probe, &client, &ways, |r| r.in_fresh_session().labelled("nobody signed in")).await?;
    if ending.journey.code().is_none() {
        return Err(Stop::blocked(format!("a correct authorization request ended in {}", ending.journey.describe())));
    }
    if ending.journey.hops.len() < 2 {
        probe.moot(&CHALLENGE_SURVIVES_LOGIN, "the server gives the code at once, without a login or consent page");
    } else {
        probe.expect(&CHALLENGE_SURVIVES_LOGIN, &ending, unredeemed(&ways));
    }
    Ok(())
}

pub(super) static CHALLENGE_NOT_EXPOSED: Case = Case {
    id: "as.pkce.challenge-not-exposed",
    title: "The authorization response does not show the challenge",
    why: "Whoever reads the response should learn nothing about the check that protects it.",
    area: Area::Pkce,
    covers: &[&HIDDEN],
    needs: &[Need::CodeFlow],
    control: Some(&RIGHT_VERIFIER),
    body: |probe| Box::pin(challenge_not_exposed(probe)),
    ..Case::PLAIN
};

async fn challenge_not_exposed(probe: &mut Probe) -> Steps {
    let client = probe.client(ClientKind::Main).await?;
    let request = probe.authorization(&client);
    let journey = probe.walk(request).await?;
    if journey.code().is_none() {
        return Err(Stop::blocked(format!("a correct authorization request ended in {}", journey.describe())));
    }
    probe.expect(&HIDDEN, &journey, hides_the_challenge);
    Ok(())
}

/// Nothing in the authorization response can be read as the challenge of the request.
fn hides_the_challenge(journey: &Journey) -> Judgement {
    let Some(challenge) = journey.request.params.get("code_challenge").filter(|c| !c.is_empty()) else {
        return Judgement::Unproven("the request has no challenge".into());
    };
    let params = journey.params();
    match params.iter().find(|(_, value)| readings(value).iter().any(|r| r.contains(challenge))) {
        Some((name, _)) => violated(
            "an authorization response in which nobody can read the code challenge",
            format!("the challenge stands in the parameter {name}, as it is or in base64"),
        ),
        None => met("the challenge is neither in the code nor beside it"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proofmark_probe::{AuthorizationRequest, Client, Landing};
    use std::sync::Arc;

    fn journey(to: &str) -> Journey {
        let client =
            Arc::new(Client { id: "c".into(), redirect_uris: vec!["https://h/cb".into()], ..Client::default() });
        let mut request = AuthorizationRequest::bare(&client, "https://h/cb");
        request.params = [("code_challenge", "CHALLENGE-1")].into_iter().collect();
        Journey::new(request, Landing::Redirected { to: to.into() })
    }

    #[test]
    fn a_challenge_is_found_in_the_code_and_beside_it() {
        assert!(hides_the_challenge(&journey("https://h/cb?code=opaque&state=s")).is_met());
        assert!(!hides_the_challenge(&journey("https://h/cb?code=x.CHALLENGE-1")).is_met());
        assert!(!hides_the_challenge(&journey("https://h/cb?code=opaque&cc=CHALLENGE-1")).is_met());
        // {"c":"CHALLENGE-1"} in base64url, as the payload of a signed code.
        assert!(!hides_the_challenge(&journey("https://h/cb?code=h.eyJjIjoiQ0hBTExFTkdFLTEifQ.s")).is_met());
    }
}
