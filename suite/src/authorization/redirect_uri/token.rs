//! The redirect URI at the token endpoint. OAuth 2.0 compares it with the one of the authorization request; OAuth 2.1
//! has no such parameter there, and a server that needs none may ignore it.

use std::sync::Arc;

use proofmark_probe::judge::{error_is, token_issued, token_refused};
use proofmark_probe::model::Area;
use proofmark_probe::{Case, Client, ClientKind, Grant, Need, Probe, Reply, Steps, Stop};

use super::{fill, several};
use crate::requirements::oauth21::token_redirect_uri::{
    REDIRECT_URI_ACCEPTED_AT_TOKEN, REDIRECT_URI_COMPARED, REDIRECT_URI_IGNORED, REDIRECT_URI_MISMATCH_CODE,
    REDIRECT_URI_NEAR_MISS, REDIRECT_URI_NEEDED, REDIRECT_URI_TWICE,
};

const EVIL: &str = "https://evil.test/cb";

pub(super) static SAME_AT_TOKEN: Case = Case {
    id: "as.redirect-uri.token-same",
    title: "A token request with the redirect URI of the authorization request is served",
    why: "Clients of both generations of OAuth send it, and it is the control of the refusals below.",
    area: Area::RedirectUri,
    covers: &[&REDIRECT_URI_ACCEPTED_AT_TOKEN],
    needs: &[Need::CodeFlow],
    body: |probe| Box::pin(same_at_token(probe)),
    ..Case::PLAIN
};

async fn same_at_token(probe: &mut Probe) -> Steps {
    let grant = probe.grant().await?;
    let reply = probe.token(&grant.redeem()).await?;
    probe.expect(&REDIRECT_URI_ACCEPTED_AT_TOKEN, &reply, token_issued);
    Ok(())
}

pub(super) static OTHER_AT_TOKEN: Case = Case {
    id: "as.redirect-uri.token-mismatch",
    title: "A code is not redeemed with another redirect URI than it was asked with",
    why: "The comparison catches a code that was injected from a flow with another redirect URI.",
    area: Area::RedirectUri,
    covers: &[
        &REDIRECT_URI_COMPARED,
        &REDIRECT_URI_IGNORED,
        &REDIRECT_URI_MISMATCH_CODE,
        &REDIRECT_URI_NEAR_MISS,
        &REDIRECT_URI_NEEDED,
        &REDIRECT_URI_TWICE,
    ],
    needs: &[Need::CodeFlow],
    control: Some(&SAME_AT_TOKEN),
    body: |probe| Box::pin(other_at_token(probe)),
    ..Case::PLAIN
};

async fn other_at_token(probe: &mut Probe) -> Steps {
    probe.row("omitted");
    let grant = probe.grant().await?;
    let reply = probe.token(&grant.redeem().without("redirect_uri").labelled("no redirect URI")).await?;
    let needed = token_refused(&reply).is_met();
    probe.expect(&REDIRECT_URI_NEEDED, &reply, token_issued);

    let main = probe.client(ClientKind::Main).await?;
    probe.row("unregistered");
    let grant = probe.grant().await?;
    mismatch(probe, &grant, EVIL, needed).await?;
    probe.row("another registered one");
    match with_several(probe, &main).await {
        Ok(client) => {
            let request = probe.authorization(&client);
            let grant = probe.authorize(request).await?;
            mismatch(probe, &grant, &client.redirect_uris[1], needed).await?;
        }
        Err(why) => probe.moot(&REDIRECT_URI_COMPARED, format!("no client has two redirect URIs: {}", why.why())),
    }
    probe.row("a slash more");
    let grant = probe.grant().await?;
    mismatch(probe, &grant, &format!("{}/", main.redirect_uri()), needed).await?;

    for (row, template) in [
        ("the scheme in other case", "{SCHEME}://{host}{port}{path}"),
        ("another port", "{scheme}://{host}:49321{path}"),
    ] {
        probe.row(row);
        let grant = probe.grant().await?;
        let uri = fill(template, grant.redirect_uri.as_deref().unwrap_or(""));
        let reply = probe.token(&grant.redeem().with("redirect_uri", &uri).labelled(row)).await?;
        probe.expect(&REDIRECT_URI_NEAR_MISS, &reply, token_refused);
    }
    probe.row("twice, with different values");
    let grant = probe.grant().await?;
    let twice = grant.redeem().with_another("redirect_uri", EVIL).labelled("two redirect URIs");
    let reply = probe.token(&twice).await?;
    probe.expect(&REDIRECT_URI_TWICE, &reply, token_refused);
    Ok(())
}

async fn with_several(probe: &mut Probe, main: &Arc<Client>) -> Result<Arc<Client>, Stop> {
    if main.redirect_uris.len() > 1 {
        return Ok(Arc::clone(main));
    }
    several(probe).await.and_then(|client| {
        let enough = client.redirect_uris.len() > 1;
        if enough { Ok(client) } else { Err(Stop::blocked("the server registered one of two redirect URIs")) }
    })
}

/// Redeems a grant with another redirect URI. A server that needs none may ignore what it gets (a risk); one that needs
/// it must compare it.
async fn mismatch(probe: &mut Probe, grant: &Grant, uri: &str, needed: bool) -> Steps {
    let request = grant.redeem().with("redirect_uri", uri).labelled("another redirect URI");
    let reply: Reply = probe.token(&request).await?;
    if needed {
        probe.expect(&REDIRECT_URI_COMPARED, &reply, token_refused);
        probe.moot(&REDIRECT_URI_IGNORED, "the server needs the parameter, so it must compare it");
    } else {
        probe.moot(
            &REDIRECT_URI_COMPARED,
            "the server serves token requests without the parameter, as OAuth 2.1 has it",
        );
        probe.expect(&REDIRECT_URI_IGNORED, &reply, token_refused);
    }
    if token_refused(&reply).is_met() {
        probe.expect(&REDIRECT_URI_MISMATCH_CODE, &reply, error_is(&["invalid_grant"]));
    } else {
        probe.moot(&REDIRECT_URI_MISMATCH_CODE, "it was not refused");
    }
    Ok(())
}

pub(super) static NONE_AT_AUTHORIZATION: Case = Case {
    id: "as.redirect-uri.token-none-before",
    title: "A code asked without a redirect URI is not redeemed with an unregistered one",
    why: "A code whose flow named no redirect URI belongs to the registered one; a foreign one at the end is a sign of theft.",
    area: Area::RedirectUri,
    covers: &[&REDIRECT_URI_COMPARED, &REDIRECT_URI_IGNORED, &REDIRECT_URI_MISMATCH_CODE],
    needs: &[Need::CodeFlow],
    control: Some(&SAME_AT_TOKEN),
    body: |probe| Box::pin(none_at_authorization(probe)),
    ..Case::PLAIN
};

async fn none_at_authorization(probe: &mut Probe) -> Steps {
    let Some(grant) = without_redirect_uri(probe).await? else {
        return Err(Stop::not_applicable("the server demands the redirect URI in the authorization request"));
    };
    let plain = probe.token(&grant.redeem().labelled("no redirect URI in either request")).await?;
    let Some(grant) = without_redirect_uri(probe).await? else { return Err(Stop::blocked("no second code came")) };
    // Where even the plain request is refused the parameter is needed, and its value compared with something.
    mismatch(probe, &grant, EVIL, token_refused(&plain).is_met()).await
}

async fn without_redirect_uri(probe: &mut Probe) -> Result<Option<Grant>, Stop> {
    let client = probe.client(ClientKind::Main).await?;
    let request = probe.authorization(&client).without("redirect_uri").labelled("no redirect URI");
    let journey = probe.walk(request).await?;
    Ok(journey.grant().filter(|_| journey.arrived()))
}
