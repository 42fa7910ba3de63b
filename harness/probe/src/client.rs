//! Clients: registered by hand or dynamically, and how they authenticate at the token endpoint.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::http::{HttpRequest, Reply};
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
}

impl ClientAuth {
    /// The name in metadata.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            ClientAuth::None => "none",
            ClientAuth::Basic => "client_secret_basic",
            ClientAuth::Post => "client_secret_post",
        }
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
        [ClientAuth::None, ClientAuth::Basic, ClientAuth::Post].into_iter().find(|a| a.as_str() == text).ok_or_else(|| {
            format!("'{text}' is no known client authentication; known are none, client_secret_basic, client_secret_post")
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
        }
    }
}

/// A client at the authorization server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Client {
    /// Its identifier.
    pub id: String,
    /// Its secret.
    pub secret: Option<String>,
    /// How it authenticates.
    pub auth: ClientAuth,
    /// Its redirect URIs as registered.
    pub redirect_uris: Vec<String>,
    /// Where and with which token the registration is managed (RFC 7592).
    pub management: Option<(String, String)>,
}

impl Client {
    /// The redirect URI of ordinary flows.
    #[must_use]
    pub fn redirect_uri(&self) -> &str {
        self.redirect_uris.first().map_or("", String::as_str)
    }

    /// Whether it has no secret.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.auth == ClientAuth::None
    }

    /// Puts the client's identity into a token request: parameters, and the `Authorization` value if it needs one.
    pub fn authenticate(&self, params: &mut Params) -> Option<String> {
        let secret = self.secret.as_deref().unwrap_or("");
        match self.auth {
            ClientAuth::None => params.set("client_id", &self.id),
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

/// Client metadata for dynamic registration (RFC 7591 §2), correct by default.
#[derive(Debug, Clone, PartialEq)]
pub struct ClientMetadata {
    /// What the registration is for; reports show it.
    pub label: String,
    members: Value,
}

impl ClientMetadata {
    /// A public native client.
    #[must_use]
    pub fn native(redirect_uris: &[&str]) -> Self {
        ClientMetadata {
            label: "client registration".into(),
            members: json!({
                "client_name": "Proofmark conformance suite",
                "redirect_uris": redirect_uris,
                "grant_types": ["authorization_code", "refresh_token"],
                "response_types": ["code"],
                "token_endpoint_auth_method": "none",
                "application_type": "native",
            }),
        }
    }

    /// A public web client.
    #[must_use]
    pub fn web(redirect_uris: &[&str]) -> Self {
        ClientMetadata::native(redirect_uris).with("application_type", "web")
    }

    /// A confidential web client.
    #[must_use]
    pub fn confidential(redirect_uris: &[&str], auth: ClientAuth) -> Self {
        ClientMetadata::web(redirect_uris).with("token_endpoint_auth_method", auth.as_str())
    }

    /// Sets a member.
    #[must_use]
    pub fn with(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.members[member] = value.into();
        self
    }

    /// Sets a member unless it is there.
    #[must_use]
    pub fn with_default(self, member: &str, value: impl Into<Value>) -> Self {
        if self.members.get(member).is_some() { self } else { self.with(member, value) }
    }

    /// Leaves a member out.
    #[must_use]
    pub fn without(mut self, member: &str) -> Self {
        if let Some(members) = self.members.as_object_mut() {
            members.shift_remove(member);
        }
        self
    }

    /// Says what is special about this registration.
    #[must_use]
    pub fn labelled(mut self, what: &str) -> Self {
        self.label = format!("client registration, {what}");
        self
    }

    /// The request to a registration endpoint.
    #[must_use]
    pub fn request(&self, endpoint: &str) -> HttpRequest {
        HttpRequest::json(self.label.clone(), endpoint, &self.members)
    }
}

/// The answer to a registration request.
#[derive(Debug, Clone)]
pub struct Registration {
    /// The answer.
    pub reply: Reply,
    /// The client, if one was registered. What the server echoed is the truth, not what was asked for.
    pub client: Option<Client>,
}

impl Registration {
    /// Reads the answer to a registration.
    #[must_use]
    pub fn read(reply: Reply, asked: &ClientMetadata) -> Self {
        let client = reply.is_success().then(|| Self::client(&reply, &asked.members)).flatten();
        Registration { reply, client }
    }

    fn client(reply: &Reply, asked: &Value) -> Option<Client> {
        let body = reply.json()?;
        let text = |member: &str| body.get(member).and_then(Value::as_str).map(ToOwned::to_owned);
        let list = |value: &Value| -> Option<Vec<String>> {
            value.as_array().map(|l| l.iter().filter_map(|v| v.as_str().map(ToOwned::to_owned)).collect())
        };
        let secret = text("client_secret").filter(|s| !s.is_empty());
        let asked_auth = asked.get("token_endpoint_auth_method").and_then(Value::as_str);
        let auth = text("token_endpoint_auth_method").as_deref().or(asked_auth).and_then(|m| m.parse().ok());
        Some(Client {
            id: text("client_id").filter(|id| !id.is_empty())?,
            auth: match (auth, &secret) {
                (Some(auth), Some(_)) => auth,
                (None, Some(_)) => ClientAuth::Basic,
                (_, None) => ClientAuth::None,
            },
            secret,
            redirect_uris: body
                .get("redirect_uris")
                .and_then(list)
                .or_else(|| asked.get("redirect_uris").and_then(list))
                .unwrap_or_default(),
            management: text("registration_client_uri").zip(text("registration_access_token")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_credentials_are_form_encoded_first() {
        let client = Client {
            id: "a:b".into(),
            secret: Some("p%".into()),
            auth: ClientAuth::Basic,
            redirect_uris: vec![],
            management: None,
        };
        let mut params = Params::new();
        let header = client.authenticate(&mut params).expect("a header");
        assert_eq!(header, format!("Basic {}", STANDARD.encode("a%3Ab:p%25")));
        assert!(params.is_empty());
    }

    #[test]
    fn the_echo_of_a_registration_is_the_truth() {
        let asked = ClientMetadata::native(&["http://127.0.0.1:1/cb"]);
        let reply = Reply::canned(
            201,
            &[],
            r#"{"client_id":"c","client_secret":"s","redirect_uris":["http://127.0.0.1:2/cb"]}"#,
        );
        let client = Registration::read(reply, &asked).client.expect("registered");
        assert_eq!(client.redirect_uri(), "http://127.0.0.1:2/cb");
        // Asked for `none` and not told otherwise: a secret that came along is not used.
        assert_eq!(client.auth, ClientAuth::None);
        assert!(Registration::read(Reply::canned(400, &[], "{}"), &asked).client.is_none());
    }
}
