//! How a client comes about: registered by hand, by a document that we publish, or dynamically.

use std::net::SocketAddr;

use serde_json::{Map, Value};

/// A client that was registered by hand.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct GivenClient {
    /// The client identifier.
    pub id: String,
    /// Its secret; without secret and key it is a public client.
    pub secret: Option<String>,
    /// Its private key for `private_key_jwt`, as PEM or as a JWK.
    pub key: Option<String>,
    /// How it authenticates at the token endpoint; `None` picks by the secret, the key and the server's metadata.
    pub auth: Option<crate::ClientAuth>,
    /// Its registered redirect URIs, exactly as registered. The first is used for ordinary flows.
    pub redirect_uris: Vec<String>,
}

impl std::fmt::Debug for GivenClient {
    // Secrets must not reach a log through a debug print.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "GivenClient({})", self.id)
    }
}

/// The clients that were registered by hand, by the part they play.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GivenClients {
    /// The client of ordinary flows, without a secret.
    pub public: Option<GivenClient>,
    /// A client with a secret or a key, for authorization code flows.
    pub confidential: Option<GivenClient>,
    /// A client that acts for itself, by client credentials.
    pub machine: Option<GivenClient>,
    /// Another client like that of ordinary flows, for cases that need two.
    pub second: Option<GivenClient>,
}

impl GivenClients {
    /// The client of ordinary flows: the public one, or the confidential one where there is no other.
    #[must_use]
    pub fn main(&self) -> Option<&GivenClient> {
        self.public.as_ref().or(self.confidential.as_ref())
    }
}

/// A way of getting a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Way {
    /// Registered by hand.
    Given,
    /// A Client ID Metadata Document that we publish.
    Document,
    /// Dynamic registration (RFC 7591).
    Dynamic,
}

/// What dynamic registration needs at this server.
#[derive(Clone, Default, PartialEq)]
pub struct RegistrationSettings {
    /// The initial access token (RFC 7591 §3).
    pub initial_access_token: Option<String>,
    /// The software statement (RFC 7591 §2.3).
    pub software_statement: Option<String>,
    /// Members of the client metadata that this server demands.
    pub metadata: Map<String, Value>,
}

impl std::fmt::Debug for RegistrationSettings {
    // Secrets must not reach a log through a debug print.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RegistrationSettings")
    }
}

/// Where our Client ID Metadata Documents are.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct DocumentSettings {
    /// The URL under which the target fetches what our embedded server serves, e.g. a tunnel's or a reverse proxy's. A
    /// target on this machine needs none.
    pub base_url: Option<String>,
    /// Where the embedded server listens; a loopback port of its own choice by default.
    pub listen: Option<SocketAddr>,
    /// The certificate chain and the private key (PEM) of the embedded server; without them it serves plain http.
    pub certificate: Option<(String, String)>,
    /// The URL of a folder where the user published what `proofmark client-metadata` wrote. Such documents do not change.
    pub published: Option<String>,
    /// The private key (PEM or JWK) of the published confidential client.
    pub published_key: Option<String>,
}

impl std::fmt::Debug for DocumentSettings {
    // Secrets must not reach a log through a debug print.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DocumentSettings({:?})", self.base_url.as_ref().or(self.published.as_ref()))
    }
}

/// How a client comes about.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ClientSettings {
    /// Those registered by hand.
    pub given: GivenClients,
    /// The one way to use; `None` takes the first that is open: given, document, dynamic.
    pub way: Option<Way>,
    /// Dynamic registration.
    pub registration: RegistrationSettings,
    /// Client ID Metadata Documents.
    pub documents: DocumentSettings,
}
