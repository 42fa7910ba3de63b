//! Keys in registrations, and identifiers.

use std::sync::Arc;

use proofmark_probe::host::Served;
use proofmark_probe::judge::{Judgement, holds, met};
use proofmark_probe::model::Area;
use proofmark_probe::{Case, Client, ClientMetadata, Need, Probe, Reply, Steps, Stop, TokenRequest, violated};
use serde_json::{Value, json};

use super::answer::PUBLIC_CLIENT;
use super::{policy, public};
use crate::requirements::rfc7591::{IDS_ARE_NO_URLS, KEYS_ADDRESS_VETTED, KEYS_NOT_TWICE, PRIVATE_KEY_NOT_KEPT};

const OF_KEYS: Case =
    Case { area: Area::Registration, needs: &[Need::Registration], control: Some(&PUBLIC_CLIENT), ..Case::PLAIN };

/// The metadata of a client that brings a key: one that authenticates by it, where the server takes that.
fn with_key(probe: &Probe, name: &str) -> Result<ClientMetadata, Stop> {
    let key = probe.fresh_key()?;
    let uri = format!("https://{}/cb", probe.host(name));
    if probe.profile().metadata_lists("token_endpoint_auth_methods_supported", "private_key_jwt") == Some(true) {
        return Ok(ClientMetadata::keyed(&[&uri], key));
    }
    Ok(public(probe).with("redirect_uris", vec![uri]).with("jwks", json!({"keys": [key.key.jwk()]})))
}

pub(super) static KEYS_TWICE: Case = Case {
    id: "as.registration.keys-twice",
    title: "Keys by value and by address at once are refused, or one of them is dropped",
    why: "Of two key sets one is forgotten when the other changes.",
    covers: &[&KEYS_NOT_TWICE],
    body: |probe| Box::pin(keys_twice(probe)),
    ..OF_KEYS
};

async fn keys_twice(probe: &mut Probe) -> Steps {
    let address = format!("https://{}/keys.json", probe.host("keys"));
    let metadata = with_key(probe, "keys-twice")?.with("jwks_uri", address);
    let registration = probe.register(metadata.labelled("keys twice")).await?;
    policy(probe, &registration.reply)?;
    probe.expect(&KEYS_NOT_TWICE, &registration.reply, told_once);
    Ok(())
}

fn told_once(reply: &Reply) -> Judgement {
    let body = reply.json().unwrap_or_default();
    let both = reply.is_success() && body.get("jwks").is_some() && body.get("jwks_uri").is_some();
    holds(!both, "a refusal, or one of jwks and jwks_uri", "a registration with both").and(|| met(reply.summary()))
}

pub(super) static PRIVATE_KEY: Case = Case {
    id: "as.registration.private-key",
    title: "A private key in a registration is refused, or its private part is dropped",
    why: "Whoever sends it has made a mistake that nobody else will tell him of.",
    covers: &[&PRIVATE_KEY_NOT_KEPT],
    body: |probe| Box::pin(private_key(probe)),
    ..OF_KEYS
};

/// The example of RFC 7517 appendix A.2, which everybody knows.
const PRIVATE: &str = "870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE";

async fn private_key(probe: &mut Probe) -> Steps {
    let key = json!({"kty": "EC", "crv": "P-256", "use": "sig", "kid": "proofmark-by-mistake", "d": PRIVATE,
        "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"});
    let metadata = with_key(probe, "private-key")?.with("jwks", json!({"keys": [key]}));
    let registration = probe.register(metadata.labelled("a private key")).await?;
    policy(probe, &registration.reply)?;
    probe.expect(&PRIVATE_KEY_NOT_KEPT, &registration.reply, lost_private_part);
    Ok(())
}

fn lost_private_part(reply: &Reply) -> Judgement {
    if !reply.is_success() {
        return met(reply.summary());
    }
    let body = reply.json().unwrap_or_default();
    let Some(keys) = body.pointer("/jwks/keys").and_then(Value::as_array) else {
        return Judgement::Moot("the client was registered, and the answer does not tell its keys".into());
    };
    let kept = keys.iter().any(|key| key.get("d").is_some());
    holds(!kept, "a refusal, or a key without its private part", "the private part in the answer")
        .and(|| met("the private part was dropped"))
}

pub(super) static KEYS_ADDRESS: Case = Case {
    id: "as.registration.keys-address",
    title: "An address of keys in disguise on the own machine is refused, or not visited",
    why: "Whoever may register can otherwise make the server visit its own neighbours.",
    covers: &[&KEYS_ADDRESS_VETTED],
    body: |probe| Box::pin(keys_address(probe)),
    ..OF_KEYS
};

async fn keys_address(probe: &mut Probe) -> Steps {
    probe.reaches_host().map_err(|_| Stop::not_applicable("the target is not on this machine"))?;
    let key = probe.fresh_key()?;
    let page = probe.publish("keys.json", |_| Served::value(&json!({"keys": [key.key.jwk()]}))).await?;
    let Some(rest) = page.url().strip_prefix("http://127.0.0.1:").map(ToOwned::to_owned) else {
        return Err(Stop::not_applicable("our host is not on plain loopback, and nothing else is ours to bait with"));
    };
    for name in ["127.1", "2130706433", "[::ffff:127.0.0.1]"] {
        probe.row(name);
        let before = page.fetches().len();
        let uri = format!("https://{}/cb", probe.host("keys-address"));
        let metadata = ClientMetadata::keyed(&[&uri], key.clone()).without("jwks");
        let metadata = metadata.with("jwks_uri", format!("http://{name}:{rest}")).labelled(&format!("keys at {name}"));
        let registration = probe.register(metadata).await?;
        policy(probe, &registration.reply)?;
        if let Some(client) = registration.client {
            // Many servers look at the keys when the first assertion comes.
            let owner = Arc::new(Client { key: Some(key.clone()), ..client });
            let request = TokenRequest::new("token request", &owner, "authorization_code");
            probe.token(&request.with("code", "proofmark-no-such-code").labelled("an assertion, for its keys")).await?;
        }
        let visits = page.fetches().split_off(before);
        probe.expect(&KEYS_ADDRESS_VETTED, &(&registration.reply, &visits), |(reply, visits)| match visits.last() {
            None => met(format!("{}, and nobody came", reply.summary())),
            Some(_) => violated("a refusal, or no visit", format!("{}, and a visit", reply.summary())),
        });
    }
    Ok(())
}

pub(super) static IDS: Case = Case {
    id: "as.registration.ids-not-urls",
    title: "The identifier of a registered client is no URL",
    why: "A server that also takes documents must never mistake the one kind of client for the other.",
    area: Area::Registration,
    covers: &[&IDS_ARE_NO_URLS],
    needs: &[Need::Registration],
    body: |probe| Box::pin(ids(probe)),
    ..Case::PLAIN
};

async fn ids(probe: &mut Probe) -> Steps {
    let registration = probe.register(public(probe).labelled("for its identifier")).await?;
    policy(probe, &registration.reply)?;
    let Some(client) = registration.client else {
        return Err(Stop::not_applicable(format!("the registration was refused: {}", registration.reply.summary())));
    };
    probe.expect(&IDS_ARE_NO_URLS, &registration.reply, |_| {
        holds(!client.id.starts_with("https://"), "an identifier that is no URL", &client.id).and(|| met("no URL"))
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_dropped_is_no_fault() {
        let both = Reply::canned(201, &[], r#"{"client_id":"c","jwks":{},"jwks_uri":"x"}"#);
        assert!(!told_once(&both).is_met());
        assert!(told_once(&Reply::canned(201, &[], r#"{"client_id":"c","jwks":{}}"#)).is_met());
        assert!(told_once(&Reply::canned(400, &[], r#"{"jwks":{},"jwks_uri":"x"}"#)).is_met());
        let kept = Reply::canned(201, &[], r#"{"client_id":"c","jwks":{"keys":[{"kty":"EC","d":"x"}]}}"#);
        assert!(!lost_private_part(&kept).is_met());
        let untold = Reply::canned(201, &[], r#"{"client_id":"c"}"#);
        assert!(matches!(lost_private_part(&untold), Judgement::Moot(_)));
    }
}
