//! Whom a refresh token belongs to.

use std::sync::Arc;

use proofmark_probe::judge::{error_is, token_issued, token_refused};
use proofmark_probe::model::Area;
use proofmark_probe::{Case, Client, ClientAuth, ClientKind, Need, Probe, Steps, Stop};

use super::refresh_request;
use super::working::REFRESH_IS_SERVED;
use crate::requirements::oauth21::refresh::{
    BAD_REFRESH_TOKEN_IS_INVALID_GRANT, FAILED_REFRESH_KEEPS_TOKEN, REFRESH_AUTHENTICATES,
    REFRESH_AUTHENTICATION_ERROR, REFRESH_BOUND_TO_CLIENT,
};

pub(crate) static OTHER_CLIENT: Case = Case {
    id: "as.refresh.other-client",
    title: "A refresh token presented by another client is refused, and still works for its owner",
    why: "A client that leaks or sells its tokens must not be of use to another.",
    area: Area::Refresh,
    covers: &[&REFRESH_BOUND_TO_CLIENT, &BAD_REFRESH_TOKEN_IS_INVALID_GRANT, &FAILED_REFRESH_KEEPS_TOKEN],
    needs: &[Need::RefreshToken, Need::SecondClient],
    control: Some(&REFRESH_IS_SERVED),
    fresh_sign_ins: 1,
    body: |probe| Box::pin(other_client(probe)),
    ..Case::PLAIN
};

async fn other_client(probe: &mut Probe) -> Steps {
    let tokens = probe.own_tokens().await?;
    let second = probe.client(ClientKind::Second).await?;
    let request = refresh_request(probe, &tokens)?;
    let reply = probe.token(&request.clone().by(&second).labelled("by another client")).await?;
    probe.expect(&REFRESH_BOUND_TO_CLIENT, &reply, token_refused);
    probe.expect(&BAD_REFRESH_TOKEN_IS_INVALID_GRANT, &reply, error_is(&["invalid_grant"]));
    let own = probe.token(&request.labelled("by its owner afterwards")).await?;
    probe.expect(&FAILED_REFRESH_KEEPS_TOKEN, &(&reply, &own), |(_, own)| token_issued(own));
    Ok(())
}

pub(crate) static CONFIDENTIAL_WORKS: Case = Case {
    id: "as.refresh.confidential-works",
    title: "A confidential client that authenticates can refresh",
    why: "It is the control of the refusals of confidential clients.",
    area: Area::Refresh,
    covers: &[&REFRESH_AUTHENTICATES],
    needs: &[Need::RefreshToken, Need::ConfidentialClient],
    fresh_sign_ins: 1,
    body: |probe| Box::pin(confidential_works(probe)),
    ..Case::PLAIN
};

async fn confidential_works(probe: &mut Probe) -> Steps {
    let tokens = confidential_tokens(probe).await?;
    let reply = probe.token(&refresh_request(probe, &tokens)?).await?;
    probe.expect(&REFRESH_AUTHENTICATES, &reply, token_issued);
    Ok(())
}

pub(crate) static UNAUTHENTICATED: Case = Case {
    id: "as.refresh.unauthenticated",
    title: "A confidential client that does not authenticate cannot refresh",
    why: "Rotation is not asked of confidential clients because their secret guards the refresh token.",
    area: Area::Refresh,
    covers: &[
        &REFRESH_AUTHENTICATES,
        &REFRESH_AUTHENTICATION_ERROR,
        &REFRESH_BOUND_TO_CLIENT,
        &FAILED_REFRESH_KEEPS_TOKEN,
    ],
    needs: &[Need::RefreshToken, Need::ConfidentialClient],
    control: Some(&CONFIDENTIAL_WORKS),
    fresh_sign_ins: 2,
    body: |probe| Box::pin(unauthenticated(probe)),
    ..Case::PLAIN
};

async fn unauthenticated(probe: &mut Probe) -> Steps {
    let tokens = confidential_tokens(probe).await?;
    let client = Arc::clone(&tokens.client);
    let wrong = probe.rng().word();
    let nobody = Client { auth: ClientAuth::None, ..client.as_ref().clone() };
    let request = refresh_request(probe, &tokens)?;
    let rows = [("no secret", Some(nobody)), ("wrong secret", client.impostor(&wrong))];
    let rows = rows.into_iter().filter_map(|(row, impostor)| Some((row, Arc::new(impostor?))));
    for (row, impostor) in rows {
        probe.row(row);
        let reply = probe.token(&request.clone().by(&impostor).labelled(row)).await?;
        probe.expect(&REFRESH_AUTHENTICATES, &reply, token_refused);
        probe.expect(&REFRESH_AUTHENTICATION_ERROR, &reply, error_is(&["invalid_client"]));
    }
    probe.row("right secret afterwards");
    let own = probe.token(&request.labelled("by its owner afterwards")).await?;
    probe.expect(&FAILED_REFRESH_KEEPS_TOKEN, &own, token_issued);

    probe.row("token of another client");
    let theirs = probe.own_tokens().await?;
    let reply = probe.token(&refresh_request(probe, &theirs)?.by(&client).labelled("by a confidential client")).await?;
    probe.expect(&REFRESH_BOUND_TO_CLIENT, &reply, token_refused);
    Ok(())
}

/// Tokens of a confidential client, in a session of their own.
async fn confidential_tokens(probe: &mut Probe) -> Result<proofmark_probe::Tokens, Stop> {
    let client = probe.client(ClientKind::Confidential).await?;
    if client.is_public() {
        return Err(Stop::not_applicable("the server registers public clients only"));
    }
    let request = probe.authorization(&client).in_fresh_session();
    let grant = probe.authorize(request).await?;
    let tokens = probe.redeem(&grant).await?;
    if tokens.refresh.is_none() {
        return Err(Stop::not_applicable("the confidential client gets no refresh token"));
    }
    Ok(tokens)
}
