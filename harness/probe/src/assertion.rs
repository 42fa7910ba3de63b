//! Client assertions: what a client with a key says instead of a secret (RFC 7523 §2.2 and §3).

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::jwt;
use crate::keys::SigningKey;
use crate::rng::{Rng, fresh_seed};

/// The value of `client_assertion_type` (RFC 7523 §2.2).
pub const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// How long an assertion is good, in seconds: it is used at once.
const LIFETIME: u64 = 60;

/// The seconds since 1970, as JWTs count time.
#[must_use]
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// A client assertion before it is signed, correct by default: issuer and subject are the client, its audience is one
/// server, it ends within a minute and is like no other.
#[derive(Debug, Clone)]
pub struct Assertion {
    /// The protected header; the algorithm is the key's.
    pub header: Value,
    /// The claims.
    pub claims: Value,
    key: SigningKey,
}

impl Assertion {
    /// An assertion of a client for an audience.
    #[must_use]
    pub fn new(client_id: &str, key: &SigningKey, audience: &str) -> Self {
        let now = now();
        let header = match key.kid() {
            Some(kid) => json!({"typ": "JWT", "kid": kid}),
            None => json!({"typ": "JWT"}),
        };
        let jti = Rng::new(&fresh_seed(), "jti").word();
        let claims =
            json!({"iss": client_id, "sub": client_id, "aud": audience, "iat": now, "exp": now + LIFETIME, "jti": jti});
        Assertion { header, claims, key: key.clone() }
    }

    /// Sets a claim.
    #[must_use]
    pub fn with(mut self, claim: &str, value: impl Into<Value>) -> Self {
        self.claims[claim] = value.into();
        self
    }

    /// Leaves a claim out.
    #[must_use]
    pub fn without(mut self, claim: &str) -> Self {
        if let Some(claims) = self.claims.as_object_mut() {
            claims.shift_remove(claim);
        }
        self
    }

    /// Sets a member of the header.
    #[must_use]
    pub fn with_header(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.header[member] = value.into();
        self
    }

    /// Moves every time in it by seconds, into the past if they are negative.
    #[must_use]
    pub fn shifted(mut self, seconds: i64) -> Self {
        for claim in ["iat", "nbf", "exp"] {
            if let Some(time) = self.claims[claim].as_i64() {
                self.claims[claim] = (time + seconds).into();
            }
        }
        self
    }

    /// Another key signs, under the same key identifier.
    #[must_use]
    pub fn signed_by(mut self, key: &SigningKey) -> Self {
        self.key = key.clone();
        self
    }

    /// The assertion as it is sent; `None` when signing fails.
    #[must_use]
    pub fn sign(&self) -> Option<String> {
        self.key.sign(&self.header, &self.claims)
    }

    /// The same claims under `alg: none`, without a signature.
    #[must_use]
    pub fn unsigned(&self) -> String {
        let mut header = self.header.clone();
        header["alg"] = "none".into();
        format!("{}.", jwt::signing_input(&header, &self.claims))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jwt::Jwt;

    #[test]
    fn an_assertion_is_short_lived_its_own_and_for_one_server() {
        let key = SigningKey::generate("ES256").expect("a key");
        let made = || Assertion::new("c", &key, "https://as.example.test");
        let jwt = Jwt::read(&made().sign().expect("signed")).expect("a JWT");
        assert_eq!(
            (jwt.text("iss"), jwt.text("sub"), jwt.audience()),
            (Some("c"), Some("c"), vec!["https://as.example.test"])
        );
        assert_eq!(jwt.header["kid"], key.thumbprint());
        let life = jwt.claims["exp"].as_u64().zip(jwt.claims["iat"].as_u64()).map(|(exp, iat)| exp - iat);
        assert_eq!(life, Some(60));
        assert_ne!(made().claims["jti"], made().claims["jti"]);
    }

    #[test]
    fn each_mutation_changes_what_it_says() {
        let key = SigningKey::generate("ES256").expect("a key");
        let good = Assertion::new("c", &key, "a");
        let old = good.clone().shifted(-600);
        assert_eq!(good.claims["exp"].as_i64().zip(old.claims["exp"].as_i64()).map(|(a, b)| a - b), Some(600));
        assert_eq!(good.clone().without("exp").claims.get("exp"), None);
        assert!(good.unsigned().ends_with('.'));
        let other = SigningKey::stranger("ES256").expect("a key");
        let forged = Jwt::read(&good.clone().signed_by(&other).sign().expect("signed")).expect("a JWT");
        assert_eq!(forged.header["kid"], key.thumbprint());
    }
}
