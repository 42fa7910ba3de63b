//! Who signed an assertion.

use proofmark_probe::forge::{forms_of_public_key, hs256};
use proofmark_probe::judge::token_issued;
use proofmark_probe::jwt::Jwt;
use proofmark_probe::keys::SigningKey;
use proofmark_probe::{Case, ClientAuth, ClientMetadata, Need, Probe, Steps, Stop};
use serde_json::json;

use super::super::Carrier;
use super::{OF_ASSERTIONS, good, refuse, signed};
use crate::requirements::rfc7523::{
    ALGORITHM_LISTED, ASSERTION_FAILURE, BRINGS_NO_KEY, KEY_KNOWN, NO_SHARED_KEY, NONE_REFUSED, SIGNATURE_CHECKED,
};

pub(crate) static SIGNATURE: Case = Case {
    id: "as.client-auth.assertion-signature",
    title: "An assertion with a broken signature, or by another key, is refused",
    why: "Everything in an assertion is public but the key.",
    covers: &[&SIGNATURE_CHECKED, &KEY_KNOWN, &ASSERTION_FAILURE],
    body: |probe| Box::pin(signature(probe)),
    ..OF_ASSERTIONS
};

async fn signature(probe: &mut Probe) -> Steps {
    let carrier = Carrier::by_key(probe).await?;
    let jwt = read(&signed(&good(&carrier)?)?)?;
    refuse(probe, &carrier, &SIGNATURE_CHECKED, &[("one bit turned", jwt.with_flipped_signature())]).await?;
    let stranger = stranger(&carrier)?;
    let unknown = stranger.thumbprint();
    let rows = [
        ("another key under the same identifier", signed(&good(&carrier)?.signed_by(&stranger))?),
        ("another key under its own", signed(&good(&carrier)?.signed_by(&stranger).with_header("kid", unknown))?),
    ];
    refuse(probe, &carrier, &KEY_KNOWN, &rows).await
}

fn read(token: &str) -> Result<Jwt, Stop> {
    Jwt::read(token).ok_or_else(|| Stop::error("an assertion of our own cannot be read"))
}

/// A key of the same kind that the server does not know.
fn stranger(carrier: &Carrier) -> Result<SigningKey, Stop> {
    let algorithm = carrier.client.key.as_ref().map_or("ES256", |k| k.key.algorithm());
    SigningKey::stranger(algorithm).ok_or_else(|| Stop::error("no key could be made"))
}

pub(crate) static UNSIGNED: Case = Case {
    id: "as.client-auth.assertion-unsigned",
    title: "An assertion that is not signed is refused",
    why: "Libraries that take the algorithm from the token take none as well.",
    covers: &[&NONE_REFUSED],
    body: |probe| Box::pin(unsigned(probe)),
    ..OF_ASSERTIONS
};

async fn unsigned(probe: &mut Probe) -> Steps {
    let carrier = Carrier::by_key(probe).await?;
    let bare = good(&carrier)?.unsigned();
    let rows = [
        ("alg none", bare.clone()),
        ("alg None", read(&signed(&good(&carrier)?)?)?.unsigned("None")),
        ("alg none with something for a signature", format!("{bare}c2lnbmVk")),
        ("no signature", read(&signed(&good(&carrier)?)?)?.with_empty_signature()),
    ];
    refuse(probe, &carrier, &NONE_REFUSED, &rows).await
}

pub(crate) static SHARED_KEY: Case = Case {
    id: "as.client-auth.assertion-shared-key",
    title: "An assertion authenticated with the public key as a shared secret is refused",
    why: "The public key is public: it stands in the client's metadata.",
    covers: &[&NO_SHARED_KEY],
    body: |probe| Box::pin(shared_key(probe)),
    ..OF_ASSERTIONS
};

async fn shared_key(probe: &mut Probe) -> Steps {
    let carrier = Carrier::by_key(probe).await?;
    let jwk = carrier.client.key.as_ref().map(|k| k.key.jwk()).unwrap_or_default();
    let mut rows = Vec::new();
    for (form, secret) in forms_of_public_key(&jwk) {
        let assertion = good(&carrier)?;
        rows.push((form, hs256(&assertion.header, &assertion.claims, &secret)));
    }
    refuse(probe, &carrier, &NO_SHARED_KEY, &rows).await
}

pub(crate) static BROUGHT_KEY: Case = Case {
    id: "as.client-auth.assertion-brings-key",
    title: "An assertion that brings its own key is refused",
    why: "A signature by a key that came along proves that somebody has a key.",
    covers: &[&BRINGS_NO_KEY],
    body: |probe| Box::pin(brought_key(probe)),
    ..OF_ASSERTIONS
};

async fn brought_key(probe: &mut Probe) -> Steps {
    let carrier = Carrier::by_key(probe).await?;
    let stranger = stranger(&carrier)?;
    // Nothing resolves this host.
    let elsewhere = format!("https://{}/keys", probe.host("keys"));
    let mut rows = Vec::new();
    for (row, member, value) in [
        ("the key itself (jwk)", "jwk", stranger.jwk()),
        ("the address of a key set (jku)", "jku", json!(elsewhere)),
        ("the address of a certificate (x5u)", "x5u", json!(elsewhere)),
    ] {
        rows.push((row, signed(&good(&carrier)?.signed_by(&stranger).with_header(member, value))?));
    }
    refuse(probe, &carrier, &BRINGS_NO_KEY, &rows).await
}

pub(crate) static ALGORITHM: Case = Case {
    id: "as.client-auth.assertion-algorithm",
    title: "An assertion by an algorithm that the server does not list is refused",
    why: "The list is what an operator reads to know which algorithms can be attacked.",
    covers: &[&ALGORITHM_LISTED],
    needs: &[Need::CodeFlow, Need::KeyedClient, Need::Registration],
    body: |probe| Box::pin(algorithm(probe)),
    ..OF_ASSERTIONS
};

async fn algorithm(probe: &mut Probe) -> Steps {
    const LIST: &str = "token_endpoint_auth_signing_alg_values_supported";
    let unlisted = |a: &&str| probe.profile().metadata_lists(LIST, a) == Some(false);
    let Some(other) = ["ES384", "ES256", "EdDSA"].into_iter().find(unlisted).and_then(SigningKey::generate) else {
        return Err(Stop::not_applicable("the server lists every algorithm that is at hand"));
    };
    let key = probe.fresh_key()?;
    let uri = format!("https://{}/cb", probe.host("two-keys"));
    let metadata = ClientMetadata::keyed(&[&uri], key.clone())
        .with("jwks", json!({"keys": [key.key.jwk(), other.jwk()]}))
        .labelled("with two keys");
    let client = probe.registered(metadata).await?;
    if client.auth != ClientAuth::PrivateKeyJwt {
        return Err(Stop::not_applicable("the server registers no clients with keys"));
    }
    let carrier = Carrier { client, machine: false };
    let reply = carrier.send(probe, "the key of a listed algorithm").await?;
    if !token_issued(&reply).is_met() {
        return Err(Stop::blocked(format!("a client with two keys got {}", reply.summary())));
    }
    let kid = other.thumbprint();
    let rows = [(other.algorithm(), signed(&good(&carrier)?.signed_by(&other).with_header("kid", kid))?)];
    refuse(probe, &carrier, &ALGORITHM_LISTED, &rows).await
}
