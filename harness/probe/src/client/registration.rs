//! Dynamic client registration (RFC 7591): the request, and what came of it.

use serde_json::{Value, json};

use super::{Client, ClientAuth, ClientKey};
use crate::http::{HttpRequest, Reply};

/// Client metadata (RFC 7591 §2), for a registration or for a document that we publish; correct by default.
#[derive(Debug, Clone, PartialEq)]
pub struct ClientMetadata {
    /// What the registration is for; reports show it.
    pub label: String,
    members: Value,
    /// What was left out on purpose.
    withheld: Vec<String>,
    key: Option<ClientKey>,
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
            withheld: Vec::new(),
            key: None,
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

    /// A web client that authenticates by a key, whose public half it registers.
    #[must_use]
    pub fn keyed(redirect_uris: &[&str], key: ClientKey) -> Self {
        let metadata = ClientMetadata::confidential(redirect_uris, ClientAuth::PrivateKeyJwt)
            .with("token_endpoint_auth_signing_alg", key.key.algorithm())
            .with("jwks", json!({"keys": [key.key.jwk()]}));
        ClientMetadata { key: Some(key), ..metadata }
    }

    /// Sets a member.
    #[must_use]
    pub fn with(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.members[member] = value.into();
        self
    }

    /// Sets a member unless it is there, or was left out on purpose.
    #[must_use]
    pub fn with_default(self, member: &str, value: impl Into<Value>) -> Self {
        let settled = self.members.get(member).is_some() || self.withheld.iter().any(|m| m == member);
        if settled { self } else { self.with(member, value) }
    }

    /// Leaves a member out.
    #[must_use]
    pub fn without(mut self, member: &str) -> Self {
        if let Some(members) = self.members.as_object_mut() {
            members.shift_remove(member);
        }
        self.withheld.push(member.to_owned());
        self
    }

    /// The members as JSON.
    #[must_use]
    pub fn members(&self) -> &Value {
        &self.members
    }

    /// The client that has this metadata under an identifier of its own, where nobody changed anything.
    #[must_use]
    pub fn client(&self, id: &str) -> Client {
        let auth = self.members["token_endpoint_auth_method"].as_str().and_then(|m| m.parse().ok()).unwrap_or_default();
        let redirect_uris = strings(&self.members["redirect_uris"]).unwrap_or_default();
        Client { id: id.to_owned(), key: self.key.clone(), auth, redirect_uris, ..Client::default() }
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
        let client = reply.is_success().then(|| Self::client(&reply, asked)).flatten();
        Registration { reply, client }
    }

    fn client(reply: &Reply, asked: &ClientMetadata) -> Option<Client> {
        let body = reply.json()?;
        let text = |member: &str| body.get(member).and_then(Value::as_str).map(ToOwned::to_owned);
        let wanted = asked.client(&text("client_id").filter(|id| !id.is_empty())?);
        let told = text("token_endpoint_auth_method").map(|m| m.parse().ok());
        let said_nothing = told.is_none() && asked.members.get("token_endpoint_auth_method").is_none();
        let auth = told.flatten().unwrap_or(wanted.auth);
        let secret = text("client_secret").filter(|s| !s.is_empty());
        let auth = match auth {
            // The default of RFC 7591 §2.
            ClientAuth::None if said_nothing && secret.is_some() => ClientAuth::Basic,
            auth if auth.is_by_secret() && secret.is_none() => ClientAuth::None,
            ClientAuth::PrivateKeyJwt if wanted.key.is_none() => ClientAuth::None,
            auth => auth,
        };
        let redirect_uris = body.get("redirect_uris").and_then(strings).unwrap_or(wanted.redirect_uris);
        let management = text("registration_client_uri").zip(text("registration_access_token"));
        Some(Client { id: wanted.id, secret, key: wanted.key, auth, redirect_uris, management })
    }
}

fn strings(value: &Value) -> Option<Vec<String>> {
    value.as_array().map(|list| list.iter().filter_map(|v| v.as_str().map(ToOwned::to_owned)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn a_key_is_registered_by_its_public_half_and_kept() {
        let key = std::sync::Arc::new(crate::keys::SigningKey::generate("ES256").expect("a key"));
        let asked = ClientMetadata::keyed(&["https://h/cb"], ClientKey { key, audience: "a".into() });
        assert_eq!(asked.members().pointer("/jwks/keys/0/crv"), Some(&json!("P-256")));
        assert_eq!(asked.members().pointer("/jwks/keys/0/d"), None);
        let client = Registration::read(Reply::canned(201, &[], r#"{"client_id":"c"}"#), &asked).client;
        assert_eq!(client.map(|c| (c.auth, c.key.is_some())), Some((ClientAuth::PrivateKeyJwt, true)));
        let changed = r#"{"client_id":"c","client_secret":"s","token_endpoint_auth_method":"client_secret_post"}"#;
        let client = Registration::read(Reply::canned(201, &[], changed), &asked).client;
        assert_eq!(client.map(|c| c.auth), Some(ClientAuth::Post));
    }

    #[test]
    fn what_was_left_out_on_purpose_stays_out() {
        let bare =
            ClientMetadata::native(&[]).without("scope").with_default("scope", "read").with_default("contacts", "x");
        assert_eq!((bare.members().get("scope"), bare.members()["contacts"].as_str()), (None, Some("x")));
    }
}
