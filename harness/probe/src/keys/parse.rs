//! Private keys as people have them, and what is said about those that cannot be used.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::rsa::{KeyPairComponents, PublicKeyComponents};
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RsaKeyPair};
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject as _;
use serde_json::Value;

use super::{KeyError, Pair, SigningKey};
use crate::forge::der;

/// What every message about a kind of key ends with.
const USABLE: &str = "use an RSA key (RS256), an EC key on P-256 (ES256) or an Ed25519 key (EdDSA)";

/// Object identifiers (RFC 5480 §2.1.1, RFC 8017 §A, RFC 8410 §3) of keys, as they stand in DER.
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const ED25519: &[u8] = &[0x06, 0x03, 0x2b, 0x65, 0x70];

/// Kinds of keys by which nobody can sign here.
const OTHERS: &[(&[u8], &str)] = &[
    (&[0x2b, 0x81, 0x04, 0x00, 0x22], "an EC key on P-384; ES256 needs P-256"),
    (&[0x2b, 0x81, 0x04, 0x00, 0x23], "an EC key on P-521; ES256 needs P-256"),
    (&[0x2b, 0x81, 0x04, 0x00, 0x0a], "an EC key on secp256k1; ES256 needs P-256"),
    (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a], "an RSA key restricted to PSS"),
    (&[0x06, 0x03, 0x2b, 0x65, 0x71], "an Ed448 key"),
    (&[0x06, 0x03, 0x2b, 0x65, 0x6e], "an X25519 key, which cannot sign"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01], "a DSA key"),
];

fn error(what: impl Into<String>) -> KeyError {
    KeyError(what.into())
}

/// Reads a private key from PEM or from a JWK.
pub(super) fn private_key(text: &str) -> Result<SigningKey, KeyError> {
    let text = text.trim();
    let key = if text.is_empty() {
        Err(error("it is empty"))
    } else if text.starts_with('{') {
        let jwk = serde_json::from_str(text).map_err(|e| {
            // The library's own words may quote the text.
            error(format!("it begins like a JWK, but is no JSON: line {}, column {}", e.line(), e.column()))
        })?;
        from_jwk(&jwk)
    } else {
        from_pem(text)
    }?;
    // Whether the parts of an RSA key belong together shows when it is used.
    key.signature(b"proofmark").ok_or_else(|| error("the parts of the key do not belong together"))?;
    Ok(key)
}

fn from_pem(text: &str) -> Result<SigningKey, KeyError> {
    let labels: Vec<&str> =
        text.split("-----BEGIN ").skip(1).filter_map(|rest| Some(rest.split_once("-----")?.0)).collect();
    if labels.is_empty() {
        return Err(error(
            "it is neither a PEM (which begins with -----BEGIN PRIVATE KEY-----) nor a JWK (a JSON object); \
             a file in DER becomes a PEM by `openssl pkey -inform DER -in FILE -out key.pem`",
        ));
    }
    if labels.contains(&"ENCRYPTED PRIVATE KEY") || text.contains("Proc-Type: 4,ENCRYPTED") {
        return Err(error(
            "it is an encrypted PEM, and nobody is there to type its passphrase; \
             `openssl pkey -in FILE -out key.pem` writes it without one",
        ));
    }
    if labels.contains(&"OPENSSH PRIVATE KEY") {
        return Err(error("it is a key in OpenSSH's own format; `ssh-keygen -p -m PKCS8 -f FILE` converts it"));
    }
    if !labels.iter().any(|label| label.ends_with("PRIVATE KEY")) {
        let what = if labels.iter().any(|l| l.ends_with("PUBLIC KEY")) { "a public key" } else { labels[0] };
        return Err(error(format!("it is not a private key, but {}", what.to_lowercase())));
    }
    match PrivateKeyDer::from_pem_slice(text.as_bytes()) {
        Ok(PrivateKeyDer::Pkcs8(key)) => from_pkcs8(key.secret_pkcs8_der()),
        Ok(PrivateKeyDer::Pkcs1(key)) => rsa(RsaKeyPair::from_der(key.secret_pkcs1_der())),
        Ok(PrivateKeyDer::Sec1(key)) => from_sec1(key.secret_sec1_der()),
        _ => Err(error("the PEM is damaged: its base64 text cannot be decoded, or its end is missing")),
    }
}

fn from_pkcs8(der: &[u8]) -> Result<SigningKey, KeyError> {
    // The algorithm stands at the beginning, before the key itself.
    let head = &der[..der.len().min(48)];
    let names = |id: &[u8]| head.windows(id.len()).any(|w| w == id);
    if names(ED25519) {
        return Ed25519KeyPair::from_pkcs8_maybe_unchecked(der)
            .map(|pair| SigningKey::new("EdDSA", Pair::Ed(Arc::new(pair))))
            .map_err(|_| error("it is a damaged Ed25519 key"));
    }
    if names(RSA) {
        return rsa(RsaKeyPair::from_pkcs8(der));
    }
    if names(P256) {
        return ec(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der, &SystemRandom::new()));
    }
    let what = OTHERS.iter().find(|(id, _)| names(id)).map_or("a key of an unknown kind", |(_, what)| what);
    Err(error(format!("it is {what}: {USABLE}")))
}

/// An `ECPrivateKey` (RFC 5915 §3) in the `PrivateKeyInfo` (RFC 5208 §5) that says what the key is for.
fn from_sec1(key: &[u8]) -> Result<SigningKey, KeyError> {
    const VERSION: &[u8] = &[0x02, 0x01, 0x00];
    const EC_ON_P256: &[u8] = &[
        0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d,
        0x03, 0x01, 0x07,
    ];
    if let Some((_, what)) = OTHERS.iter().find(|(id, _)| key.windows(id.len()).any(|w| w == *id)) {
        return Err(error(format!("it is {what}: {USABLE}")));
    }
    from_pkcs8(&der(0x30, &[VERSION, EC_ON_P256, &der(0x04, key)].concat()))
}

fn rsa(pair: Result<RsaKeyPair, ring::error::KeyRejected>) -> Result<SigningKey, KeyError> {
    pair.map(|pair| SigningKey::new("RS256", Pair::Rsa(Arc::new(pair)))).map_err(|rejected| {
        error(match rejected.to_string().as_str() {
            "TooSmall" => "it is an RSA key of less than 2048 bits: make one of 2048 bits or more",
            "TooLarge" => "it is an RSA key of more than 4096 bits: make a smaller one",
            _ => "it is a damaged RSA key, or one that its parts do not fit",
        })
    })
}

fn ec(pair: Result<EcdsaKeyPair, ring::error::KeyRejected>) -> Result<SigningKey, KeyError> {
    pair.map(|pair| SigningKey::new("ES256", Pair::Ec(Arc::new(pair)))).map_err(|_| {
        error(
            "it is an EC key that is damaged, or that lacks its public half; \
             `openssl pkey -in FILE -out key.pem` adds that",
        )
    })
}

fn from_jwk(jwk: &Value) -> Result<SigningKey, KeyError> {
    if jwk.get("keys").is_some() {
        return Err(error("it is a set of keys (JWKS): give the one private key of it"));
    }
    let text = |member: &str| jwk[member].as_str();
    let bytes = |member: &str| {
        let text = text(member).ok_or_else(|| error(format!("the JWK lacks the member {member}")))?;
        URL_SAFE_NO_PAD
            .decode(text.trim_end_matches('='))
            .map_err(|_| error(format!("the member {member} of the JWK is not base64url")))
    };
    let kind = (text("kty").unwrap_or_default(), text("crv").unwrap_or_default());
    if matches!(kind.0, "RSA" | "EC" | "OKP") && jwk.get("d").is_none() {
        return Err(error("it is a public JWK: the private one has the member d as well"));
    }
    let key = match kind {
        ("RSA", _) => rsa(RsaKeyPair::from_components(&KeyPairComponents {
            public_key: PublicKeyComponents { n: bytes("n")?, e: bytes("e")? },
            d: bytes("d")?,
            p: bytes("p")?,
            q: bytes("q")?,
            dP: bytes("dp")?,
            dQ: bytes("dq")?,
            qInv: bytes("qi")?,
        })),
        ("EC", "P-256") => ec(EcdsaKeyPair::from_private_key_and_public_key(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            &bytes("d")?,
            &[vec![4], bytes("x")?, bytes("y")?].concat(),
            &SystemRandom::new(),
        )),
        ("EC", curve) => Err(error(format!("it is an EC key on {curve}; ES256 needs P-256: {USABLE}"))),
        ("OKP", "Ed25519") => Ed25519KeyPair::from_seed_and_public_key(&bytes("d")?, &bytes("x")?)
            .map(|pair| SigningKey::new("EdDSA", Pair::Ed(Arc::new(pair))))
            .map_err(|_| error("it is an Ed25519 key whose halves do not belong together")),
        ("OKP", curve) => Err(error(format!("it is a key on {curve}: {USABLE}"))),
        ("oct", _) => Err(error(format!("it is a symmetric key: {USABLE}"))),
        ("", _) => Err(error("it is a JSON object without kty, and so no JWK")),
        (other, _) => Err(error(format!("it is a key of the unknown type {other}: {USABLE}"))),
    }?;
    let key = match text("alg") {
        None => key,
        Some(algorithm) => key.using(algorithm).ok_or_else(|| {
            error(format!("the JWK is for {algorithm}, but such a key signs by {}", key.algorithms().join(" or ")))
        })?,
    };
    Ok(SigningKey { kid: text("kid").map(ToOwned::to_owned), ..key })
}

#[cfg(test)]
mod tests;
