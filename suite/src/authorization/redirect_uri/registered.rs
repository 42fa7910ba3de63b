//! The good twins: a registered redirect URI works, and the response is appended to it.

use proofmark_probe::judge::{code_at, response_appended_intact};
use proofmark_probe::model::Area;
use proofmark_probe::{Case, ClientKind, ClientMetadata, Need, Probe, Steps};

use super::several;
use crate::requirements::oauth21::redirect_uri::{REGISTERED_WORKS, RESPONSE_LOCATION};

pub(super) static WEB_WORKS: Case = Case {
    id: "as.redirect-uri.registered-works",
    title: "A registered https redirect URI gets the code, byte for byte",
    why: "It is where the client waits for its users, and the control of every refusal on https below.",
    area: Area::RedirectUri,
    covers: &[&REGISTERED_WORKS, &RESPONSE_LOCATION],
    needs: &[Need::CodeFlow, Need::WebClient],
    body: |probe| Box::pin(registered_works(probe, ClientKind::Web)),
    ..Case::PLAIN
};

pub(super) static LOOPBACK_WORKS: Case = Case {
    id: "as.redirect-uri.registered-loopback-works",
    title: "The registered redirect URI of the main client gets the code, byte for byte",
    why: "It is where ordinary flows of this run end, and the control of every refusal for this client.",
    area: Area::RedirectUri,
    covers: &[&REGISTERED_WORKS, &RESPONSE_LOCATION],
    needs: &[Need::CodeFlow],
    body: |probe| Box::pin(registered_works(probe, ClientKind::Main)),
    ..Case::PLAIN
};

async fn registered_works(probe: &mut Probe, kind: ClientKind) -> Steps {
    let client = probe.client(kind).await?;
    let request = probe.authorization(&client);
    let journey = probe.walk(request).await?;
    probe.expect(&REGISTERED_WORKS, &journey, code_at);
    probe.expect(&RESPONSE_LOCATION, &journey, response_appended_intact);
    Ok(())
}

pub(super) static EACH_WORKS: Case = Case {
    id: "as.redirect-uri.each-registered-works",
    title: "Each of several registered redirect URIs gets the code",
    why: "Clients register one URI per environment or application; a server that keeps only one of them breaks the rest.",
    area: Area::RedirectUri,
    covers: &[&REGISTERED_WORKS],
    needs: &[Need::CodeFlow, Need::Registration],
    body: |probe| Box::pin(each_works(probe)),
    ..Case::PLAIN
};

async fn each_works(probe: &mut Probe) -> Steps {
    let client = several(probe).await?;
    for uri in &client.redirect_uris {
        probe.row(uri);
        let request = probe.authorization(&client).with("redirect_uri", uri);
        let journey = probe.walk(request).await?;
        probe.expect(&REGISTERED_WORKS, &journey, code_at);
    }
    Ok(())
}

pub(super) static QUERY_IS_KEPT: Case = Case {
    id: "as.redirect-uri.registered-query-kept",
    title: "The query of a registered redirect URI is kept in the redirect",
    why: "A client that serves many tenants finds the right one by that query; without it the user ends up nowhere.",
    area: Area::RedirectUri,
    covers: &[&REGISTERED_WORKS, &RESPONSE_LOCATION],
    needs: &[Need::CodeFlow, Need::Registration],
    control: Some(&WEB_WORKS),
    body: |probe| Box::pin(query_is_kept(probe)),
    ..Case::PLAIN
};

async fn query_is_kept(probe: &mut Probe) -> Steps {
    let uri = format!("https://{}/cb?tenant=1", probe.host("client"));
    let client = probe.registered(ClientMetadata::web(&[&uri]).labelled("a redirect URI with a query")).await?;
    let request = probe.authorization(&client).with("redirect_uri", &uri);
    let journey = probe.walk(request).await?;
    // A lost query is judged as what it is; a code is owed in any case.
    probe.expect(&RESPONSE_LOCATION, &journey, response_appended_intact);
    match journey.code() {
        Some(_) => probe.moot(&REGISTERED_WORKS, "a code was issued; where it went is judged by itself"),
        None => probe.expect(&REGISTERED_WORKS, &journey, code_at),
    }
    Ok(())
}
