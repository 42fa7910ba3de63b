//! Tokens of another kind, presented as access tokens.

use std::sync::Arc;

use proofmark_probe::model::Area;
use proofmark_probe::{Case, Client, ClientKind, ClientMetadata, Need, Probe, Steps, Stop, Tokens};

use super::Door;
use crate::requirements::mcp::challenge::BAD_TOKEN_IS_401;
use crate::requirements::mcp::token_use::OTHER_KINDS_ARE_REFUSED;
use crate::resource::credentials::HEADER;

const NEEDS: &[Need] = &[Need::Protection, Need::CodeFlow];

pub(super) static OTHER_KINDS: Case = Case {
    id: "rs.validation.other-kinds",
    title: "A code, a refresh token or a registration token is no access token",
    why: "They live longer, travel elsewhere and are guarded otherwise; none was issued for calling the server.",
    area: Area::RsValidation,
    covers: &[&OTHER_KINDS_ARE_REFUSED, &BAD_TOKEN_IS_401],
    needs: NEEDS,
    control: Some(&HEADER),
    body: |probe| Box::pin(other_kinds(probe)),
    ..Case::PLAIN
};

async fn other_kinds(probe: &mut Probe) -> Steps {
    let door = Door::find(probe).await?;
    let tokens = probe.tokens().await?;
    let grant = probe.grant().await?;
    door.refuses(probe, &OTHER_KINDS_ARE_REFUSED, "an authorization code", &grant.code).await?;
    if let Some(refresh) = &tokens.refresh {
        door.refuses(probe, &OTHER_KINDS_ARE_REFUSED, "a refresh token", refresh).await?;
    }
    if let Some((_, registration)) = &tokens.client.management {
        door.refuses(probe, &OTHER_KINDS_ARE_REFUSED, "a registration access token", registration).await?;
    }
    Ok(())
}

pub(super) static ID_TOKEN: Case = Case {
    id: "rs.validation.id-token",
    title: "An ID token is no access token",
    why: "It tells a client who its user is; a server that takes it takes the tokens of every client of that user.",
    area: Area::RsValidation,
    covers: &[&OTHER_KINDS_ARE_REFUSED, &BAD_TOKEN_IS_401],
    needs: NEEDS,
    control: Some(&HEADER),
    body: |probe| Box::pin(id_token(probe)),
    ..Case::PLAIN
};

async fn id_token(probe: &mut Probe) -> Steps {
    let door = Door::find(probe).await?;
    let token = match &probe.tokens().await?.id_token {
        Some(token) => token.clone(),
        None => {
            let tokens = openid_tokens(probe).await?;
            tokens.id_token.ok_or_else(|| Stop::not_applicable("the authorization server issues no ID token"))?
        }
    };
    door.refuses(probe, &OTHER_KINDS_ARE_REFUSED, "an ID token", &token).await
}

/// Tokens that were asked for with the scope `openid`: by the main client, or by one that is registered for it.
pub(crate) async fn openid_tokens(probe: &mut Probe) -> Result<Tokens, Stop> {
    if probe.profile().metadata_lists("scopes_supported", "openid") != Some(true) {
        return Err(Stop::not_applicable("the authorization server does not list the scope openid"));
    }
    let read = probe.profile().scopes.read.clone();
    let scope = ["openid"].into_iter().chain(read.as_deref()).collect::<Vec<_>>().join(" ");
    let main = probe.client(ClientKind::Main).await?;
    if let Ok(tokens) = asked_by(probe, &main, &scope).await {
        return Ok(tokens);
    }
    let metadata = ClientMetadata::native(&[main.redirect_uri()]).with("scope", scope.as_str());
    let client = probe.registered(metadata.labelled("client for the scope openid")).await?;
    asked_by(probe, &client, &scope).await
}

async fn asked_by(probe: &mut Probe, client: &Arc<Client>, scope: &str) -> Result<Tokens, Stop> {
    let request = probe.authorization(client).with("scope", scope).labelled("with the scope openid");
    let grant = probe.authorize(request).await?;
    probe.redeem(&grant).await
}
