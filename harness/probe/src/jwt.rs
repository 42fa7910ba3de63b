//! JSON Web Tokens, read without trust and forged on purpose.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use serde_json::Value;

/// A token of three base64url parts whose first is a JSON object (RFC 7515 §7.1).
#[derive(Debug, Clone, PartialEq)]
pub struct Jwt {
    /// The protected header.
    pub header: Value,
    /// The claims; `Null` when the payload is not JSON.
    pub claims: Value,
    /// The signature bytes.
    pub signature: Vec<u8>,
    signing_input: String,
}

impl Jwt {
    /// Reads a token; `None` when it is not a JWT in compact form.
    #[must_use]
    pub fn read(token: &str) -> Option<Self> {
        let [header, claims, signature] = token.split('.').collect::<Vec<_>>().try_into().ok()?;
        let header: Value = serde_json::from_slice(&decode(header)?).ok()?;
        header.get("alg")?;
        let (signing_input, _) = token.rsplit_once('.')?;
        Some(Jwt {
            header,
            claims: serde_json::from_slice(&decode(claims)?).unwrap_or(Value::Null),
            signature: decode(signature)?,
            signing_input: signing_input.to_owned(),
        })
    }

    /// A claim as text.
    #[must_use]
    pub fn text(&self, claim: &str) -> Option<&str> {
        self.claims.get(claim)?.as_str()
    }

    /// The audience as a list, whichever form it has.
    #[must_use]
    pub fn audience(&self) -> Vec<&str> {
        match self.claims.get("aud") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// The same token with one bit of the decoded signature turned, in the middle, where every bit counts.
    #[must_use]
    pub fn with_flipped_signature(&self) -> String {
        let mut signature = self.signature.clone();
        let middle = signature.len() / 2;
        if let Some(byte) = signature.get_mut(middle) {
            *byte ^= 0x10;
        }
        self.assemble_raw(&self.signing_input, &signature)
    }

    /// The same token without a signature.
    #[must_use]
    pub fn with_empty_signature(&self) -> String {
        format!("{}.", self.signing_input)
    }

    /// The same signature under other claims.
    #[must_use]
    pub fn with_claims(&self, change: impl FnOnce(&mut Value)) -> String {
        let mut claims = self.claims.clone();
        change(&mut claims);
        self.assemble_raw(&signing_input(&self.header, &claims), &self.signature)
    }

    /// The same claims under `alg: none` in this spelling, without a signature.
    #[must_use]
    pub fn unsigned(&self, spelling: &str) -> String {
        let mut header = self.header.clone();
        header["alg"] = spelling.into();
        format!("{}.", signing_input(&header, &self.claims))
    }

    /// The same claims signed with HMAC-SHA256 under a key that everybody has.
    #[must_use]
    pub fn signed_with_public_key(&self, key: &[u8]) -> String {
        let mut header = self.header.clone();
        header["alg"] = "HS256".into();
        let input = signing_input(&header, &self.claims);
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), input.as_bytes());
        self.assemble_raw(&input, tag.as_ref())
    }

    /// The signature of this value under another header.
    #[must_use]
    pub fn with_header(&self, header: &Value) -> String {
        self.assemble_raw(&signing_input(header, &self.claims), &self.signature)
    }

    /// The token with the signature that this value holds.
    #[must_use]
    pub fn assemble(&self) -> String {
        self.assemble_raw(&self.signing_input, &self.signature)
    }

    fn assemble_raw(&self, signing_input: &str, signature: &[u8]) -> String {
        format!("{signing_input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// What is signed: header and claims (RFC 7515 §5.1).
pub(crate) fn signing_input(header: &Value, claims: &Value) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()))
}

/// Decodes base64url without padding; the unused bits of the last character may be anything, as lenient servers read it.
fn decode(part: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(part).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::SigningKey;
    use serde_json::json;

    fn jwt() -> Jwt {
        let key = SigningKey::stranger("ES256").expect("randomness");
        let token =
            key.sign(&json!({"typ": "at+jwt", "kid": "1"}), &json!({"sub": "u", "aud": ["a", "b"]})).expect("signed");
        Jwt::read(&token).expect("a JWT")
    }

    #[test]
    fn a_token_is_read_and_an_opaque_one_is_not() {
        let jwt = jwt();
        assert_eq!(jwt.text("sub"), Some("u"));
        assert_eq!(jwt.audience(), ["a", "b"]);
        for opaque in ["abc", "a.b.c", "v4.public.xyz", "..", "eyJ9.e30.x"] {
            assert_eq!(Jwt::read(opaque), None, "{opaque}");
        }
    }

    #[test]
    fn every_forgery_differs_in_what_it_says_it_differs_in() {
        let jwt = jwt();
        let flipped = Jwt::read(&jwt.with_flipped_signature()).expect("still a JWT");
        assert_eq!(flipped.claims, jwt.claims);
        assert_ne!(flipped.signature, jwt.signature);
        assert_eq!(flipped.signature.len(), jwt.signature.len());
        let edited = Jwt::read(&jwt.with_claims(|c| c["sub"] = "admin".into())).expect("still a JWT");
        assert_eq!((edited.text("sub"), &edited.signature), (Some("admin"), &jwt.signature));
        assert!(jwt.unsigned("none").ends_with('.'));
        assert_eq!(Jwt::read(&jwt.signed_with_public_key(b"key")).expect("a JWT").header["alg"], "HS256");
    }
}
