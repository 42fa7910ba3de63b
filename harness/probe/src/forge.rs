//! Tokens that look right and are not: signed by a key of ours in the server's own algorithm, or authenticated with a
//! key that everybody has.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{self, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RsaKeyPair};
use ring::{hmac, signature::RsaEncoding};
use serde_json::{Value, json};

/// An RSA key that no server trusts: it is public, here. Making one takes seconds, and it would be worth no more.
const RSA_KEY: &[u8] = include_bytes!("../keys/forging-rsa.der");

enum Key {
    Rsa(Box<RsaKeyPair>, &'static dyn RsaEncoding),
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
}

/// A key of ours for one signature algorithm.
pub struct Forger {
    algorithm: String,
    key: Key,
    random: SystemRandom,
}

impl Forger {
    /// A key for this JWS algorithm; `None` for one that is not at hand.
    #[must_use]
    pub fn for_algorithm(algorithm: &str) -> Option<Self> {
        let random = SystemRandom::new();
        let rsa = |encoding: &'static dyn RsaEncoding| {
            RsaKeyPair::from_pkcs8(RSA_KEY).ok().map(|pair| Key::Rsa(Box::new(pair), encoding))
        };
        let ec = |kind: &'static signature::EcdsaSigningAlgorithm| {
            let document = EcdsaKeyPair::generate_pkcs8(kind, &random).ok()?;
            EcdsaKeyPair::from_pkcs8(kind, document.as_ref(), &random).ok().map(Key::Ec)
        };
        let key = match algorithm {
            "RS256" => rsa(&signature::RSA_PKCS1_SHA256),
            "RS384" => rsa(&signature::RSA_PKCS1_SHA384),
            "RS512" => rsa(&signature::RSA_PKCS1_SHA512),
            "PS256" => rsa(&signature::RSA_PSS_SHA256),
            "PS384" => rsa(&signature::RSA_PSS_SHA384),
            "PS512" => rsa(&signature::RSA_PSS_SHA512),
            "ES256" => ec(&signature::ECDSA_P256_SHA256_FIXED_SIGNING),
            "ES384" => ec(&signature::ECDSA_P384_SHA384_FIXED_SIGNING),
            "EdDSA" | "Ed25519" => {
                let document = Ed25519KeyPair::generate_pkcs8(&random).ok()?;
                Ed25519KeyPair::from_pkcs8(document.as_ref()).ok().map(Key::Ed)
            }
            _ => None,
        }?;
        Some(Forger { algorithm: algorithm.to_owned(), key, random })
    }

    /// A key in the algorithm of a token, so that nothing but the key is wrong; ES256 where that algorithm is not at hand.
    #[must_use]
    pub fn like(header: &Value) -> Option<Self> {
        let algorithm = header["alg"].as_str().unwrap_or_default();
        Forger::for_algorithm(algorithm).or_else(|| Forger::for_algorithm("ES256"))
    }

    /// The public half as a JWK.
    #[must_use]
    pub fn jwk(&self) -> Value {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let mut jwk = match &self.key {
            Key::Rsa(pair, _) => {
                let public = PublicKeyComponents::<Vec<u8>>::from(pair.public());
                json!({"kty": "RSA", "n": text(&public.n), "e": text(&public.e)})
            }
            Key::Ec(pair) => {
                // An uncompressed point: a byte that says so, and two halves.
                let point = pair.public_key().as_ref();
                let (x, y) = point.get(1..).unwrap_or_default().split_at(point.len() / 2);
                let curve = if x.len() == 32 { "P-256" } else { "P-384" };
                json!({"kty": "EC", "crv": curve, "x": text(x), "y": text(y)})
            }
            Key::Ed(pair) => json!({"kty": "OKP", "crv": "Ed25519", "x": text(pair.public_key().as_ref())}),
        };
        jwk["alg"] = self.algorithm.as_str().into();
        jwk["use"] = "sig".into();
        jwk
    }

    /// A token under this key. The header's `alg` is set; everything else is the caller's.
    #[must_use]
    pub fn sign(&self, header: &Value, claims: &Value) -> Option<String> {
        let mut header = header.clone();
        header["alg"] = self.algorithm.as_str().into();
        let input = signing_input(&header, claims);
        let signature = match &self.key {
            Key::Rsa(pair, encoding) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(*encoding, &self.random, input.as_bytes(), &mut signature).ok()?;
                signature
            }
            Key::Ec(pair) => pair.sign(&self.random, input.as_bytes()).ok()?.as_ref().to_vec(),
            Key::Ed(pair) => pair.sign(input.as_bytes()).as_ref().to_vec(),
        };
        Some(format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

/// A token authenticated with HMAC-SHA256 under a key that everybody has or can guess.
#[must_use]
pub fn hs256(header: &Value, claims: &Value, secret: &[u8]) -> String {
    let mut header = header.clone();
    header["alg"] = "HS256".into();
    let input = signing_input(&header, claims);
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), input.as_bytes());
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(tag))
}

/// Basic credentials (RFC 7617 §2), as they stand in an `Authorization` header.
#[must_use]
pub fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

fn signing_input(header: &Value, claims: &Value) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()))
}

/// The forms in which a server may hold a published key as one text or byte string, each with its name: what an
/// attacker tries as a shared secret.
#[must_use]
pub fn forms_of_public_key(jwk: &Value) -> Vec<(&'static str, Vec<u8>)> {
    let mut forms = Vec::new();
    if let Some(der) = spki(jwk) {
        let text = STANDARD.encode(&der);
        let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----", lines.join("\n"));
        forms.push(("PEM with a final line break", format!("{pem}\n").into_bytes()));
        forms.push(("PEM", pem.into_bytes()));
        forms.push(("DER", der));
    }
    forms.push(("JWK as JSON", jwk.to_string().into_bytes()));
    if let Some(number) = ["n", "x"].iter().find_map(|m| jwk[m].as_str()) {
        forms.push(("key value as text", number.as_bytes().to_vec()));
    }
    forms
}

/// A JWK as `SubjectPublicKeyInfo` (RFC 5280 §4.1.2.7); `None` for a kind of key that is not at hand.
fn spki(jwk: &Value) -> Option<Vec<u8>> {
    const RSA: &[u8] = &[0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
    const P256: &[u8] = &[
        0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d,
        0x03, 0x01, 0x07,
    ];
    const P384: &[u8] =
        &[0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22];
    const ED25519: &[u8] = &[0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70];
    let bytes = |member: &str| URL_SAFE_NO_PAD.decode(jwk[member].as_str()?).ok();
    let point = |size: usize| {
        let (x, y) = (bytes("x")?, bytes("y")?);
        (x.len() == size && y.len() == size).then(|| [&[4], x.as_slice(), y.as_slice()].concat())
    };
    let (algorithm, key) = match (jwk["kty"].as_str()?, jwk["crv"].as_str()) {
        ("RSA", _) => (RSA, der(0x30, &[integer(&bytes("n")?), integer(&bytes("e")?)].concat())),
        ("EC", Some("P-256")) => (P256, point(32)?),
        ("EC", Some("P-384")) => (P384, point(48)?),
        ("OKP", Some("Ed25519")) => (ED25519, bytes("x")?),
        _ => return None,
    };
    let bits = der(0x03, &[&[0], key.as_slice()].concat());
    Some(der(0x30, &[algorithm, bits.as_slice()].concat()))
}

fn integer(number: &[u8]) -> Vec<u8> {
    let sign: &[u8] = if number.first().is_some_and(|b| *b >= 0x80) { &[0] } else { &[] };
    der(0x02, &[sign, number].concat())
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let significant = length.iter().position(|b| *b != 0).map_or(&length[length.len() - 1..], |at| &length[at..]);
    let mut out = vec![tag];
    if content.len() >= 0x80 {
        // A handful of bytes at most, so the count fits.
        out.push(0x80 | u8::try_from(significant.len()).unwrap_or(8));
    }
    out.extend_from_slice(significant);
    out.extend_from_slice(content);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jwt::Jwt;

    #[test]
    fn each_algorithm_makes_a_token_of_its_own() {
        for algorithm in ["RS256", "PS256", "RS512", "ES256", "ES384", "EdDSA"] {
            let forger = Forger::like(&json!({"alg": algorithm})).expect("a key");
            let token = forger.sign(&json!({"kid": "1", "alg": "x"}), &json!({"sub": "u"})).expect("signed");
            let jwt = Jwt::read(&token).expect("a JWT");
            assert_eq!((jwt.header["alg"].as_str(), jwt.text("sub")), (Some(algorithm), Some("u")));
            assert_eq!(forger.jwk()["alg"], algorithm);
        }
        assert!(Forger::for_algorithm("none").is_none());
        assert_eq!(Forger::like(&json!({})).expect("a key").jwk()["crv"], "P-256");
    }

    #[test]
    fn a_public_key_reads_back_from_its_forms() {
        let forger = Forger::for_algorithm("ES256").expect("a key");
        let forms = forms_of_public_key(&forger.jwk());
        let names: Vec<_> = forms.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["PEM with a final line break", "PEM", "DER", "JWK as JSON", "key value as text"]);
        let der = &forms[2].1;
        assert_eq!((der.len(), &der[..4]), (91, &[0x30, 0x59, 0x30, 0x13][..]));
        let rsa = Forger::for_algorithm("RS256").expect("a key");
        // A 2048-bit key: 256 bytes of modulus, and what stands around them.
        assert_eq!(spki(&rsa.jwk()).expect("DER").len(), 294);
        assert_eq!(forms_of_public_key(&json!({"kty": "oct"})).len(), 1);
    }
}
