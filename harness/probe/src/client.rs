//! Clients, however they came about, and how they authenticate at the token endpoint.

mod registration;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

pub use registration::{ClientMetadata, Registration};

use crate::assertion::{ASSERTION_TYPE, Assertion};
use crate::keys::SigningKey;
use crate::params::{Params, percent_encode};

/// How a client authenticates at the token endpoint.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum ClientAuth {
    /// A public client: its identifier alone.
    #[default]
    None,
    /// HTTP Basic, with identifier and secret form-encoded first (RFC 6749 §2.3.1).
    Basic,
    /// Identifier and secret in the body.
    Post,
    /// An assertion signed by the client's key (RFC 7523 §2.2).
    PrivateKeyJwt,
    /// A client certificate that an authority issued (RFC 8705 §2.1); the connection presents it.
    Tls,
    /// A client certificate that the server knows (RFC 8705 §2.2); the connection presents it.
    SelfSignedTls,
}

impl ClientAuth {
    /// Every way.
    pub const ALL: [ClientAuth; 6] = [
        ClientAuth::None,
        ClientAuth::Basic,
        ClientAuth::Post,
        ClientAuth::PrivateKeyJwt,
        ClientAuth::Tls,
        ClientAuth::SelfSignedTls,
    ];

    /// The name in metadata.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            ClientAuth::None => "none",
            ClientAuth::Basic => "client_secret_basic",
            ClientAuth::Post => "client_secret_post",
            ClientAuth::PrivateKeyJwt => "private_key_jwt",
            ClientAuth::Tls => "tls_client_auth",
            ClientAuth::SelfSignedTls => "self_signed_tls_client_auth",
        }
    }

    /// Whether the client has a secret to send.
    #[must_use]
    pub const fn is_by_secret(self) -> bool {
        matches!(self, ClientAuth::Basic | ClientAuth::Post)
    }

    /// Whether the connection authenticates the client.
    #[must_use]
    pub const fn is_by_certificate(self) -> bool {
        matches!(self, ClientAuth::Tls | ClientAuth::SelfSignedTls)
    }
}

impl fmt::Display for ClientAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ClientAuth {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        ClientAuth::ALL.into_iter().find(|a| a.as_str() == text).ok_or_else(|| {
            let known = ClientAuth::ALL.map(ClientAuth::as_str).join(", ");
            format!("'{text}' is no known client authentication; known are {known}")
        })
    }
}

/// The clients that cases share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClientKind {
    /// The client of ordinary flows: public, native, with a loopback redirect URI; or the pre-registered one.
    Main,
    /// Another client like the main one.
    Second,
    /// A public client with a single https redirect URI of ours, which nothing resolves.
    Web,
    /// A confidential client with an https redirect URI.
    Confidential,
    /// A confidential client that acts for itself alone, by client credentials.
    Machine,
    /// A client that authenticates by a key, for authorization code flows and, where that is offered, for itself.
    Keyed,
}

impl ClientKind {
    /// The kind in words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            ClientKind::Main => "public client",
            ClientKind::Second => "second client",
            ClientKind::Web => "public client with an https redirect URI",
            ClientKind::Confidential => "confidential client",
            ClientKind::Machine => "machine client",
            ClientKind::Keyed => "client with a key",
        }
    }
}

/// A client's key, and whom it speaks to with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientKey {
    /// The key.
    pub key: Arc<SigningKey>,
    /// The audience of its assertions: the issuer, or the token endpoint where a server wants that.
    pub audience: String,
}

/// A client at the authorization server.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Client {
    /// Its identifier.
    pub id: String,
    /// Its secret.
    pub secret: Option<String>,
    /// Its key.
    pub key: Option<ClientKey>,
    /// How it authenticates.
    pub auth: ClientAuth,
    /// Its redirect URIs as registered.
    pub redirect_uris: Vec<String>,
    /// Where and with which token the registration is managed (RFC 7592).
    pub management: Option<(String, String)>,
}

impl fmt::Debug for Client {
    // Secrets must not reach a log through a debug print.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({}, {})", self.id, self.auth)
    }
}

impl Client {
    /// The redirect URI of ordinary flows.
    #[must_use]
    pub fn redirect_uri(&self) -> &str {
        self.redirect_uris.first().map_or("", String::as_str)
    }

    /// Whether it does not authenticate.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.auth == ClientAuth::None
    }

    /// Somebody who claims to be this client and has other credentials, made of this word; `None` where the connection or
    /// nothing authenticates it.
    #[must_use]
    pub fn impostor(&self, word: &str) -> Option<Client> {
        let mut impostor = self.clone();
        match (self.auth, &mut impostor.key) {
            (ClientAuth::Basic | ClientAuth::Post, _) => impostor.secret = Some(word.to_owned()),
            (ClientAuth::PrivateKeyJwt, Some(key)) => {
                let stranger = SigningKey::stranger(key.key.algorithm())?.named_like(&key.key);
                key.key = Arc::new(stranger);
            }
            _ => return None,
        }
        Some(impostor)
    }

    /// A fresh assertion, correct by default; `None` for a client without a key.
    #[must_use]
    pub fn assertion(&self) -> Option<Assertion> {
        self.key.as_ref().map(|key| Assertion::new(&self.id, &key.key, &key.audience))
    }

    /// Puts the client's identity into a token request: parameters, and the `Authorization` value if it needs one.
    pub fn authenticate(&self, params: &mut Params) -> Option<String> {
        let secret = self.secret.as_deref().unwrap_or("");
        match self.auth {
            ClientAuth::None | ClientAuth::Tls | ClientAuth::SelfSignedTls => params.set("client_id", &self.id),
            ClientAuth::PrivateKeyJwt => {
                params.set("client_id", &self.id);
                params.set("client_assertion_type", ASSERTION_TYPE);
                // Signing fails only where there is no randomness, and then there is no TLS either.
                let assertion = self.assertion().and_then(|a| a.sign());
                params.set("client_assertion", assertion.as_deref().unwrap_or_default());
            }
            ClientAuth::Post => {
                params.set("client_id", &self.id);
                params.set("client_secret", secret);
            }
            ClientAuth::Basic => {
                let pair = format!("{}:{}", percent_encode(&self.id), percent_encode(secret));
                return Some(format!("Basic {}", STANDARD.encode(pair)));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_credentials_are_form_encoded_first() {
        let client =
            Client { id: "a:b".into(), secret: Some("p%".into()), auth: ClientAuth::Basic, ..Client::default() };
        let mut params = Params::new();
        let header = client.authenticate(&mut params).expect("a header");
        assert_eq!(header, format!("Basic {}", STANDARD.encode("a%3Ab:p%25")));
        assert!(params.is_empty());
    }

    #[test]
    fn an_assertion_is_made_anew_for_each_request() {
        let key = Arc::new(SigningKey::generate("ES256").expect("a key"));
        let key = Some(ClientKey { key, audience: "https://as.example.test".into() });
        let client = Client { id: "c".into(), key, auth: ClientAuth::PrivateKeyJwt, ..Client::default() };
        let sent = || {
            let mut params = Params::new();
            assert_eq!(client.authenticate(&mut params), None);
            params
        };
        let (one, two) = (sent(), sent());
        assert_eq!(one.get("client_assertion_type"), Some(ASSERTION_TYPE));
        assert_eq!(one.get("client_id"), Some("c"));
        assert_ne!(one.get("client_assertion"), two.get("client_assertion"));
        assert!("client_secret_jwt".parse::<ClientAuth>().is_err_and(|e| e.contains("private_key_jwt")));
    }

    #[test]
    fn a_debug_print_shows_no_secret() {
        let client = Client { id: "c".into(), secret: Some("hush-hush".into()), ..Client::default() };
        assert_eq!(format!("{client:?}"), "Client(c, none)");
    }
}
