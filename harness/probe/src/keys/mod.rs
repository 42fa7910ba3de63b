//! Signing keys: those of the user, those that we make for a run, and those that look right and are not.

mod parse;

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{self, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RsaEncoding, RsaKeyPair};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::jwt;

/// An RSA key that no server trusts: it is public, here. Making one takes seconds, and it would be worth no more.
const STRANGERS_RSA_KEY: &[u8] = include_bytes!("../../keys/forging-rsa.der");

/// Why a text is no private key that can be used, in words for the person who wrote it. It holds nothing of the key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct KeyError(String);

#[derive(Clone)]
enum Pair {
    Rsa(Arc<RsaKeyPair>),
    Ec(Arc<EcdsaKeyPair>),
    Ed(Arc<Ed25519KeyPair>),
}

/// A private key for one signature algorithm.
#[derive(Clone)]
pub struct SigningKey {
    algorithm: &'static str,
    pair: Pair,
    kid: Option<String>,
}

impl SigningKey {
    /// Reads a private key from PEM (PKCS#8, PKCS#1 or SEC1) or from a JWK (RFC 7517). A JWK brings its key identifier along;
    /// a PEM has none.
    ///
    /// # Errors
    /// With what the text is instead, and what to do about it.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        parse::private_key(text)
    }

    /// A fresh key; `None` for an algorithm in which none can be made here (RSA), or without randomness. Its identifier is
    /// its thumbprint.
    #[must_use]
    pub fn generate(algorithm: &str) -> Option<Self> {
        let random = SystemRandom::new();
        let ec = |algorithm: &'static str, kind: &'static signature::EcdsaSigningAlgorithm| {
            let document = EcdsaKeyPair::generate_pkcs8(kind, &random).ok()?;
            let pair = EcdsaKeyPair::from_pkcs8(kind, document.as_ref(), &random).ok()?;
            Some(SigningKey::new(algorithm, Pair::Ec(Arc::new(pair))))
        };
        let ed = |algorithm: &'static str| {
            let document = Ed25519KeyPair::generate_pkcs8(&random).ok()?;
            let pair = Ed25519KeyPair::from_pkcs8(document.as_ref()).ok()?;
            Some(SigningKey::new(algorithm, Pair::Ed(Arc::new(pair))))
        };
        let key = match algorithm {
            "ES256" => ec("ES256", &signature::ECDSA_P256_SHA256_FIXED_SIGNING),
            "ES384" => ec("ES384", &signature::ECDSA_P384_SHA384_FIXED_SIGNING),
            "EdDSA" => ed("EdDSA"),
            "Ed25519" => ed("Ed25519"),
            _ => None,
        }?;
        Some(key.with_thumbprint())
    }

    /// The text of a fresh private key for ES256, to be kept (PKCS#8 as PEM); `None` without randomness.
    #[must_use]
    pub fn fresh_pem() -> Option<String> {
        let kind = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
        let document = EcdsaKeyPair::generate_pkcs8(kind, &SystemRandom::new()).ok()?;
        let text = STANDARD.encode(document.as_ref());
        // RFC 7468 §2: lines of 64 letters.
        let mut pem = String::from("-----BEGIN PRIVATE KEY-----\n");
        for (at, letter) in text.chars().enumerate() {
            if at > 0 && at % 64 == 0 {
                pem.push('\n');
            }
            pem.push(letter);
        }
        pem.push_str("\n-----END PRIVATE KEY-----\n");
        Some(pem)
    }

    /// A key for this JWS algorithm that no server knows; `None` for an algorithm that is not at hand. It has no identifier.
    #[must_use]
    pub fn stranger(algorithm: &str) -> Option<Self> {
        if let Some(key) = SigningKey::generate(algorithm) {
            return Some(SigningKey { kid: None, ..key });
        }
        let pair = RsaKeyPair::from_pkcs8(STRANGERS_RSA_KEY).ok()?;
        SigningKey::new("RS256", Pair::Rsa(Arc::new(pair))).using(algorithm)
    }

    /// A stranger's key in the algorithm of a token, so that nothing but the key is wrong; ES256 where that algorithm is
    /// not at hand.
    #[must_use]
    pub fn like(header: &Value) -> Option<Self> {
        let algorithm = header["alg"].as_str().unwrap_or_default();
        SigningKey::stranger(algorithm).or_else(|| SigningKey::stranger("ES256"))
    }

    fn new(algorithm: &'static str, pair: Pair) -> Self {
        SigningKey { algorithm, pair, kid: None }
    }

    /// The same key, with its thumbprint (RFC 7638) for an identifier unless it has one.
    #[must_use]
    pub fn with_thumbprint(mut self) -> Self {
        if self.kid.is_none() {
            self.kid = Some(self.thumbprint());
        }
        self
    }

    /// The same key under the identifier of another one.
    #[must_use]
    pub fn named_like(self, other: &SigningKey) -> Self {
        SigningKey { kid: other.kid.clone(), ..self }
    }

    /// The same key for another algorithm; `None` where it cannot sign by that.
    #[must_use]
    pub fn using(&self, algorithm: &str) -> Option<Self> {
        let algorithm = self.algorithms().iter().find(|a| **a == algorithm)?;
        Some(SigningKey { algorithm, ..self.clone() })
    }

    /// The algorithms by which the key can sign, best known first.
    #[must_use]
    pub fn algorithms(&self) -> &'static [&'static str] {
        match &self.pair {
            Pair::Rsa(_) => &["RS256", "PS256", "RS384", "PS384", "RS512", "PS512"],
            Pair::Ec(pair) if pair.public_key().as_ref().len() == 65 => &["ES256"],
            Pair::Ec(_) => &["ES384"],
            Pair::Ed(_) => &["EdDSA", "Ed25519"],
        }
    }

    /// The algorithm by which it signs.
    #[must_use]
    pub fn algorithm(&self) -> &'static str {
        self.algorithm
    }

    /// The key identifier.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The public half as a JWK, with its identifier.
    #[must_use]
    pub fn jwk(&self) -> Value {
        let mut jwk = self.bare_jwk();
        jwk["alg"] = self.algorithm.into();
        jwk["use"] = "sig".into();
        if let Some(kid) = &self.kid {
            jwk["kid"] = kid.as_str().into();
        }
        jwk
    }

    /// The members that make up the public key, in the order of RFC 7638 §3.3.
    fn bare_jwk(&self) -> Value {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match &self.pair {
            Pair::Rsa(pair) => {
                let public = PublicKeyComponents::<Vec<u8>>::from(pair.public());
                json!({"e": text(&public.e), "kty": "RSA", "n": text(&public.n)})
            }
            Pair::Ec(pair) => {
                // An uncompressed point: a byte that says so, and two halves.
                let point = pair.public_key().as_ref();
                let (x, y) = point.get(1..).unwrap_or_default().split_at(point.len() / 2);
                let curve = if x.len() == 32 { "P-256" } else { "P-384" };
                json!({"crv": curve, "kty": "EC", "x": text(x), "y": text(y)})
            }
            Pair::Ed(pair) => json!({"crv": "Ed25519", "kty": "OKP", "x": text(pair.public_key().as_ref())}),
        }
    }

    /// The JWK thumbprint (RFC 7638).
    #[must_use]
    pub fn thumbprint(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.bare_jwk().to_string()))
    }

    /// A JWT under this key; `None` when signing fails. The header's `alg` is set; everything else is the caller's.
    #[must_use]
    pub fn sign(&self, header: &Value, claims: &Value) -> Option<String> {
        let mut header = header.clone();
        header["alg"] = self.algorithm.into();
        let input = jwt::signing_input(&header, claims);
        Some(format!("{input}.{}", URL_SAFE_NO_PAD.encode(self.signature(input.as_bytes())?)))
    }

    fn signature(&self, input: &[u8]) -> Option<Vec<u8>> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(rsa_encoding(self.algorithm)?, &random, input, &mut signature).ok()?;
                Some(signature)
            }
            Pair::Ec(pair) => Some(pair.sign(&random, input).ok()?.as_ref().to_vec()),
            Pair::Ed(pair) => Some(pair.sign(input).as_ref().to_vec()),
        }
    }
}

fn rsa_encoding(algorithm: &str) -> Option<&'static dyn RsaEncoding> {
    Some(match algorithm {
        "RS256" => &signature::RSA_PKCS1_SHA256,
        "RS384" => &signature::RSA_PKCS1_SHA384,
        "RS512" => &signature::RSA_PKCS1_SHA512,
        "PS256" => &signature::RSA_PSS_SHA256,
        "PS384" => &signature::RSA_PSS_SHA384,
        "PS512" => &signature::RSA_PSS_SHA512,
        _ => return None,
    })
}

impl PartialEq for SigningKey {
    fn eq(&self, other: &Self) -> bool {
        self.jwk() == other.jwk()
    }
}

impl Eq for SigningKey {}

impl fmt::Debug for SigningKey {
    // Nothing of the key must reach a log through a debug print.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.algorithm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jwt::Jwt;

    #[test]
    fn each_algorithm_makes_a_token_of_its_own() {
        for algorithm in ["RS256", "PS256", "RS512", "ES256", "ES384", "EdDSA"] {
            let key = SigningKey::like(&json!({"alg": algorithm})).expect("a key");
            let token = key.sign(&json!({"kid": "1", "alg": "x"}), &json!({"sub": "u"})).expect("signed");
            let jwt = Jwt::read(&token).expect("a JWT");
            assert_eq!((jwt.header["alg"].as_str(), jwt.text("sub")), (Some(algorithm), Some("u")));
            assert_eq!(key.jwk()["alg"], algorithm);
        }
        assert!(SigningKey::stranger("none").is_none());
        assert_eq!(SigningKey::like(&json!({})).expect("a key").jwk()["crv"], "P-256");
    }

    #[test]
    fn a_generated_key_is_named_by_its_thumbprint_and_shows_nothing_of_itself() {
        let key = SigningKey::generate("ES256").expect("a key");
        assert_eq!(key.kid(), Some(key.thumbprint().as_str()));
        assert_eq!(key.jwk()["kid"], key.thumbprint());
        assert_eq!(format!("{key:?}"), "SigningKey(ES256)");
        assert!(SigningKey::generate("RS256").is_none());
    }
}
