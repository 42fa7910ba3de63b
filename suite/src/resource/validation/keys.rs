//! JWTs under keys that are not the authorization server's.

use proofmark_probe::forge::{forms_of_public_key, hs256};
use proofmark_probe::keys::SigningKey;
use proofmark_probe::model::Area;
use proofmark_probe::{Case, HttpRequest, Need, Probe, Steps, Stop};
use serde_json::{Value, json};

use super::{Door, good_jwt};
use crate::requirements::mcp::challenge::BAD_TOKEN_IS_401;
use crate::requirements::mcp::token_use::FOREIGN_KEY_IS_REFUSED;
use crate::requirements::rfc8725::{ALGORITHM_IS_FIXED, HEADER_BRINGS_NO_KEY};
use crate::resource::credentials::HEADER;

const JWT_NEEDS: &[Need] = &[Need::Protection, Need::JwtAccessToken];

pub(super) static PUBLIC_KEY_AS_SECRET: Case = Case {
    id: "rs.validation.public-key-as-secret",
    title: "A JWT authenticated with the public key as a shared secret is refused",
    why: "Everybody has the public key; a library that takes the algorithm from the token lets everybody sign.",
    area: Area::RsValidation,
    covers: &[&ALGORITHM_IS_FIXED, &BAD_TOKEN_IS_401],
    needs: JWT_NEEDS,
    control: Some(&HEADER),
    body: |probe| Box::pin(public_key_as_secret(probe)),
    ..Case::PLAIN
};

async fn public_key_as_secret(probe: &mut Probe) -> Steps {
    let Some(jwks) = probe.profile().endpoints.jwks.clone() else {
        return Err(Stop::not_applicable("the authorization server publishes no keys (no jwks_uri)"));
    };
    let door = Door::find(probe).await?;
    let jwt = good_jwt(probe).await?;
    let reply = probe.send(HttpRequest::get("published keys", &jwks)).await?;
    let keys = reply.json().and_then(|d| d.get("keys")?.as_array().cloned()).unwrap_or_default();
    let Some(key) = key_of(&keys, &jwt.header) else {
        return Err(Stop::blocked(format!("the key of the access token is not at {jwks}: {}", reply.summary())));
    };
    for (form, secret) in forms_of_public_key(key) {
        let what = format!("HS256, public key as {form}");
        door.refuses(probe, &ALGORITHM_IS_FIXED, &what, &hs256(&jwt.header, &jwt.claims, &secret)).await?;
    }
    Ok(())
}

/// The published key of a token: by its id, or the only one there is.
fn key_of<'a>(keys: &'a [Value], header: &Value) -> Option<&'a Value> {
    match header.get("kid") {
        Some(kid) => keys.iter().find(|k| k.get("kid") == Some(kid)),
        None => keys.first().filter(|_| keys.len() == 1),
    }
}

pub(super) static WEAK_SECRET: Case = Case {
    id: "rs.validation.weak-secret",
    title: "A JWT authenticated with an empty or guessable secret is refused",
    why: "A missing key that is read as an empty one lets everybody sign.",
    area: Area::RsValidation,
    covers: &[&ALGORITHM_IS_FIXED, &BAD_TOKEN_IS_401],
    needs: JWT_NEEDS,
    control: Some(&HEADER),
    body: |probe| Box::pin(weak_secret(probe)),
    ..Case::PLAIN
};

async fn weak_secret(probe: &mut Probe) -> Steps {
    let door = Door::find(probe).await?;
    let jwt = good_jwt(probe).await?;
    for (what, secret) in
        [("an empty secret", ""), ("the secret \"secret\"", "secret"), ("the secret \"null\"", "null")]
    {
        let token = hs256(&jwt.header, &jwt.claims, secret.as_bytes());
        door.refuses(probe, &ALGORITHM_IS_FIXED, what, &token).await?;
    }
    Ok(())
}

pub(super) static OWN_KEY: Case = Case {
    id: "rs.validation.own-key",
    title: "A JWT signed with a key of ours is refused",
    why: "A server that accepts any well-signed token accepts whoever can sign.",
    area: Area::RsValidation,
    covers: &[&FOREIGN_KEY_IS_REFUSED, &BAD_TOKEN_IS_401],
    needs: JWT_NEEDS,
    control: Some(&HEADER),
    body: |probe| Box::pin(own_key(probe)),
    ..Case::PLAIN
};

async fn own_key(probe: &mut Probe) -> Steps {
    let door = Door::find(probe).await?;
    let jwt = good_jwt(probe).await?;
    let forger = forger(&jwt.header)?;
    let with_kid = |kid: Option<&str>| {
        let mut header = jwt.header.clone();
        match (kid, header.as_object_mut()) {
            (Some(kid), _) => header["kid"] = kid.into(),
            (None, Some(members)) => drop(members.remove("kid")),
            (None, None) => {}
        }
        header
    };
    let unknown = probe.rng().name(12);
    let mut claims_of_ours = jwt.claims.clone();
    claims_of_ours["iss"] = format!("https://{}", probe.host("issuer")).into();
    let forgeries = [
        ("the same key id", jwt.header.clone(), &jwt.claims),
        ("an unknown key id", with_kid(Some(&unknown)), &jwt.claims),
        ("no key id", with_kid(None), &jwt.claims),
        ("an issuer of ours", with_kid(Some(&unknown)), &claims_of_ours),
    ];
    for (what, header, claims) in forgeries {
        let token = signed(&forger, &header, claims)?;
        door.refuses(probe, &FOREIGN_KEY_IS_REFUSED, what, &token).await?;
    }
    Ok(())
}

pub(super) static BROUGHT_KEY: Case = Case {
    id: "rs.validation.brought-key",
    title: "A JWT that brings its own key is refused",
    why: "A token that is checked with the key it brings proves nothing.",
    area: Area::RsValidation,
    covers: &[&HEADER_BRINGS_NO_KEY, &BAD_TOKEN_IS_401],
    needs: JWT_NEEDS,
    control: Some(&HEADER),
    body: |probe| Box::pin(brought_key(probe)),
    ..Case::PLAIN
};

async fn brought_key(probe: &mut Probe) -> Steps {
    let door = Door::find(probe).await?;
    let jwt = good_jwt(probe).await?;
    let forger = forger(&jwt.header)?;
    // Nothing resolves this host: a server that would fetch the key finds none, and one that does not, does not look.
    let elsewhere = format!("https://{}/keys", probe.host("keys"));
    let members: [(&str, &str, Value); 4] = [
        ("the key itself (jwk)", "jwk", forger.jwk()),
        ("the address of a key set (jku)", "jku", json!(elsewhere)),
        ("the address of a certificate (x5u)", "x5u", json!(elsewhere)),
        ("something for a certificate (x5c)", "x5c", json!(["MIIB"])),
    ];
    for (what, member, value) in members {
        let mut header = jwt.header.clone();
        header[member] = value;
        let token = signed(&forger, &header, &jwt.claims)?;
        door.refuses(probe, &HEADER_BRINGS_NO_KEY, what, &token).await?;
    }
    Ok(())
}

fn forger(header: &Value) -> Result<SigningKey, Stop> {
    SigningKey::like(header).ok_or_else(|| Stop::error("no key could be made"))
}

fn signed(forger: &SigningKey, header: &Value, claims: &Value) -> Result<String, Stop> {
    forger.sign(header, claims).ok_or_else(|| Stop::error("no token could be signed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_a_token_is_found_by_its_id() {
        let keys = [json!({"kid": "1"}), json!({"kid": "2"})];
        assert_eq!(key_of(&keys, &json!({"kid": "2"})), Some(&keys[1]));
        assert_eq!(key_of(&keys, &json!({"kid": "3"})), None);
        assert_eq!(key_of(&keys, &json!({})), None);
        assert_eq!(key_of(&keys[..1], &json!({})), Some(&keys[0]));
    }
}
