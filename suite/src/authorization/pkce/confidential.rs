//! PKCE for clients that have a secret.

use std::sync::Arc;

use proofmark_probe::judge::{token_issued, token_refused};
use proofmark_probe::model::Area;
use proofmark_probe::{AuthorizationRequest, Case, ClientKind, Need, Probe, Steps, Stop};

use super::ending::{Try, pursue, unredeemed};
use super::missing::strip_the_challenge;
use crate::requirements::oauth21::pkce::{
    CHALLENGE_REQUIRED_OF_CONFIDENTIAL, NO_VERIFIER_WITHOUT_CHALLENGE, S256_WORKS, SECRET_AND_VERIFIER as BOTH,
    STRAY_VERIFIER_IS_INVALID_REQUEST,
};

pub(crate) static CONFIDENTIAL_RIGHT_VERIFIER: Case = Case {
    id: "as.pkce.confidential-right-verifier",
    title: "A confidential client redeems a code with its secret and its verifier",
    why: "It is the control of every refusal below.",
    area: Area::Pkce,
    covers: &[&S256_WORKS],
    needs: &[Need::CodeFlow, Need::ConfidentialClient],
    body: |probe| Box::pin(confidential_right_verifier(probe)),
    ..Case::PLAIN
};

async fn confidential_right_verifier(probe: &mut Probe) -> Steps {
    let client = probe.client(ClientKind::Confidential).await?;
    let request = probe.authorization(&client);
    let grant = probe.authorize(request).await?;
    let reply = probe.token(&grant.redeem()).await?;
    if reply.json_str("error").as_deref() == Some("invalid_client") {
        // Not a matter of PKCE; what is wrong with the authentication of clients is told by its own cases.
        return Err(Stop::blocked(format!("the confidential client could not authenticate: {}", reply.summary())));
    }
    probe.expect(&S256_WORKS, &reply, token_issued);
    Ok(())
}

pub(super) static MISSING_CHALLENGE_CONFIDENTIAL: Case = Case {
    id: "as.pkce.missing-challenge-confidential",
    title: "A confidential client without a code challenge gets no code of use",
    why: "A secret does not stop a stolen code from being injected into the very client that holds the secret.",
    area: Area::Pkce,
    covers: &[&CHALLENGE_REQUIRED_OF_CONFIDENTIAL],
    needs: &[Need::CodeFlow, Need::ConfidentialClient],
    control: Some(&CONFIDENTIAL_RIGHT_VERIFIER),
    body: |probe| Box::pin(missing_challenge_confidential(probe)),
    ..Case::PLAIN
};

async fn missing_challenge_confidential(probe: &mut Probe) -> Steps {
    let client = probe.client(ClientKind::Confidential).await?;
    let ending = pursue(probe, &client, &[Try::Nothing], |request| {
        let request = without_openid(request).without("nonce");
        request.without("code_challenge").without("code_challenge_method").labelled("no challenge")
    })
    .await?;
    probe.expect(&CHALLENGE_REQUIRED_OF_CONFIDENTIAL, &ending, unredeemed(&[Try::Nothing]));
    Ok(())
}

/// An OpenID request with a nonce may go without a challenge (OAuth 2.1 §7.5.2), so the scope must not make it one.
fn without_openid(request: AuthorizationRequest) -> AuthorizationRequest {
    let Some(scope) = request.params.get("scope") else { return request };
    let rest: Vec<_> = scope.split(' ').filter(|s| *s != "openid").map(ToOwned::to_owned).collect();
    if rest.is_empty() { request.without("scope") } else { request.with("scope", &rest.join(" ")) }
}

pub(super) static DOWNGRADE_CONFIDENTIAL: Case = Case {
    id: "as.pkce.downgrade-confidential",
    title: "A confidential client's code without a challenge is not redeemed with a verifier",
    why: "Servers that let confidential clients go without PKCE must still notice that a challenge was stripped.",
    area: Area::Pkce,
    covers: &[&NO_VERIFIER_WITHOUT_CHALLENGE, &STRAY_VERIFIER_IS_INVALID_REQUEST],
    needs: &[Need::CodeFlow, Need::ConfidentialClient],
    control: Some(&CONFIDENTIAL_RIGHT_VERIFIER),
    body: |probe| Box::pin(strip_the_challenge(probe, ClientKind::Confidential)),
    ..Case::PLAIN
};

pub(super) static SECRET_AND_VERIFIER: Case = Case {
    id: "as.pkce.confidential-needs-both",
    title: "A confidential client needs its secret and its verifier",
    why: "The two protect against different thieves, and neither makes the other superfluous.",
    area: Area::Pkce,
    covers: &[&BOTH],
    needs: &[Need::CodeFlow, Need::ConfidentialClient],
    control: Some(&CONFIDENTIAL_RIGHT_VERIFIER),
    body: |probe| Box::pin(secret_and_verifier(probe)),
    ..Case::PLAIN
};

async fn secret_and_verifier(probe: &mut Probe) -> Steps {
    let client = probe.client(ClientKind::Confidential).await?;
    let another = probe.rng().word();
    let impostor = client.impostor(&probe.rng().word()).map(Arc::new);
    let Some(impostor) = impostor else {
        return Err(Stop::not_applicable("the confidential client of this run has neither a secret nor a key"));
    };

    for row in ["right secret, another verifier", "right secret, no verifier", "wrong secret, right verifier"] {
        probe.row(row);
        let request = probe.authorization(&client);
        let grant = probe.authorize(request).await?;
        let request = match row {
            "right secret, another verifier" => grant.redeem().with_verifier(&another),
            "right secret, no verifier" => grant.redeem().without("code_verifier"),
            _ => grant.redeem().by(&impostor),
        };
        let reply = probe.token(&request.labelled(row)).await?;
        probe.expect(&BOTH, &reply, token_refused);
    }
    Ok(())
}
