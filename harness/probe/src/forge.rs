//! Credentials that look right and are not: tokens authenticated with a key that everybody has. Those that are signed by a
//! key of ours are the work of [`SigningKey::like`](crate::keys::SigningKey::like).

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::hmac;
use serde_json::Value;

use crate::jwt::signing_input;

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
    basic_of(&format!("{user}:{password}"))
}

/// The scheme Basic with any text, be it credentials or not.
#[must_use]
pub fn basic_of(text: &str) -> String {
    format!("Basic {}", STANDARD.encode(text))
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

/// A DER value: tag, length, content.
pub(crate) fn der(tag: u8, content: &[u8]) -> Vec<u8> {
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
    use serde_json::json;

    use super::*;
    use crate::keys::SigningKey;

    #[test]
    fn a_public_key_reads_back_from_its_forms() {
        let forger = SigningKey::stranger("ES256").expect("a key");
        let forms = forms_of_public_key(&forger.jwk());
        let names: Vec<_> = forms.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["PEM with a final line break", "PEM", "DER", "JWK as JSON", "key value as text"]);
        let der = &forms[2].1;
        assert_eq!((der.len(), &der[..4]), (91, &[0x30, 0x59, 0x30, 0x13][..]));
        let rsa = SigningKey::stranger("RS256").expect("a key");
        // A 2048-bit key: 256 bytes of modulus, and what stands around them.
        assert_eq!(spki(&rsa.jwk()).expect("DER").len(), 294);
        assert_eq!(forms_of_public_key(&json!({"kty": "oct"})).len(), 1);
    }
}
