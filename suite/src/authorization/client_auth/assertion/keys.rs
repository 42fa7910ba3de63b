//! Clients that registered keys are held to them.

use std::sync::Arc;
use std::time::Duration;

use proofmark_probe::host::Served;
use proofmark_probe::judge::{token_issued, token_refused};
use proofmark_probe::{Case, Client, ClientAuth, ClientKey, ClientMetadata, Need, Probe, Steps, Stop};
use serde_json::json;

use super::super::Carrier;
use super::OF_ASSERTIONS;
use crate::requirements::rfc7523::{KEY_CLIENT_HAS_NO_SECRET, KEY_CLIENT_USES_KEY, KEYS_ARE_RENEWED};

pub(crate) static OPTIONAL: Case = Case {
    id: "as.client-auth.assertion-required",
    title: "A client that registered a key is refused without an assertion",
    why: "A key that need not be used protects nothing.",
    covers: &[&KEY_CLIENT_USES_KEY],
    body: |probe| Box::pin(optional(probe)),
    ..OF_ASSERTIONS
};

async fn optional(probe: &mut Probe) -> Steps {
    let carrier = Carrier::by_key(probe).await?;
    let bare = Client { auth: ClientAuth::None, ..Client::clone(&carrier.client) };
    let reply = carrier.send_as(probe, bare, "client_id alone").await?;
    probe.expect(&KEY_CLIENT_USES_KEY, &reply, token_refused);
    Ok(())
}

pub(crate) static SECRET_INSTEAD: Case = Case {
    id: "as.client-auth.secret-instead-of-key",
    title: "A client that registered a key is refused with a secret",
    why: "Clients register keys so that there is no secret that could be stolen.",
    covers: &[&KEY_CLIENT_HAS_NO_SECRET],
    needs: &[Need::CodeFlow, Need::KeyedClient, Need::Registration],
    body: |probe| Box::pin(secret_instead(probe)),
    ..OF_ASSERTIONS
};

async fn secret_instead(probe: &mut Probe) -> Steps {
    let uri = format!("https://{}/cb", probe.host("key-and-secret"));
    let metadata = ClientMetadata::keyed(&[&uri], probe.fresh_key()?).labelled("with a key");
    let client = probe.registered(metadata).await?;
    if client.auth != ClientAuth::PrivateKeyJwt {
        return Err(Stop::not_applicable("the server registers no clients with keys"));
    }
    let Some(_) = client.secret else {
        probe.moot(&KEY_CLIENT_HAS_NO_SECRET, "the server issued no secret beside the key");
        return Ok(());
    };
    let carrier = Carrier { client: Arc::clone(&client), machine: false };
    for auth in [ClientAuth::Basic, ClientAuth::Post] {
        probe.row(auth.as_str());
        let reply = carrier.send_as(probe, Client { auth, ..Client::clone(&client) }, "the secret instead").await?;
        probe.expect(&KEY_CLIENT_HAS_NO_SECRET, &reply, token_refused);
    }
    Ok(())
}

pub(crate) static ROTATION: Case = Case {
    id: "as.client-auth.key-rotation",
    title: "A key that left the client's key set is refused, and the new one works",
    why: "A client changes its key because somebody else may have the old one.",
    covers: &[&KEYS_ARE_RENEWED],
    needs: &[Need::CodeFlow, Need::KeyedClient, Need::Registration],
    waits: true,
    body: |probe| Box::pin(rotation(probe)),
    ..OF_ASSERTIONS
};

/// How long the key set may be kept, by its header.
const FRESH: Duration = Duration::from_secs(1);

async fn rotation(probe: &mut Probe) -> Steps {
    let (old, new) = (probe.fresh_key()?, probe.fresh_key()?);
    let key_set =
        |key: &ClientKey| Served::value(&json!({"keys": [key.key.jwk()]})).with_header("cache-control", "max-age=1");
    let page = probe.publish("keys.json", |_| key_set(&old)).await?;
    let uri = format!("https://{}/cb", probe.host("rotation"));
    let metadata = ClientMetadata::keyed(&[&uri], old.clone()).without("jwks").with("jwks_uri", page.url());
    let registration = probe.register(metadata.labelled("with the address of its keys")).await?;
    let summary = registration.reply.summary();
    let Some(client) = registration.client.filter(|c| c.auth == ClientAuth::PrivateKeyJwt) else {
        return Err(Stop::not_applicable(format!("the server takes no address of keys: {summary}")));
    };
    let carrier = Carrier { client: Arc::new(client), machine: false };
    let with = |key: &ClientKey| Client { key: Some(key.clone()), ..Client::clone(&carrier.client) };
    let reply = carrier.send_as(probe, with(&old), "the first key").await?;
    if !token_issued(&reply).is_met() {
        return Err(Stop::not_applicable(format!("a client with the address of its keys got {}", reply.summary())));
    }
    page.serve(key_set(&new));
    probe.wait_until(probe.now() + FRESH * 2, "the end of the key set's freshness").await?;

    // A server may keep the key set for some minutes, whatever we say; and the old key comes first, because a key that it
    // does not know makes it look again.
    let patience = probe.settings().timing.leeway;
    let what = "a server that keeps key sets for a while";
    let mut by_old = carrier.send_as(probe, with(&old), "the key that left").await?;
    if token_issued(&by_old).is_met() {
        probe.wait_until(probe.now() + patience, what).await?;
        by_old = carrier.send_as(probe, with(&old), "the key that left, later").await?;
    }
    let mut by_new = carrier.send_as(probe, with(&new), "the new key").await?;
    if !token_issued(&by_new).is_met() {
        probe.wait_until(probe.now() + patience, what).await?;
        by_new = carrier.send_as(probe, with(&new), "the new key, later").await?;
    }
    probe.row("the old key");
    probe.expect(&KEYS_ARE_RENEWED, &by_old, token_refused);
    probe.row("the new key");
    probe.expect(&KEYS_ARE_RENEWED, &by_new, token_issued);
    Ok(())
}
