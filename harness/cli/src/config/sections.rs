//! The sections of the configuration.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use proofmark_probe::ClientAuth;
use proofmark_probe::settings::Rung;
use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::Secret;

/// Clients that are registered already, by the part they play.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClientsConfig {
    /// The client of ordinary flows, without a secret.
    pub(crate) public: Option<ClientConfig>,
    /// A client with a secret or a key, for authorization code flows.
    pub(crate) confidential: Option<ClientConfig>,
    /// A client that acts for itself, by client credentials.
    pub(crate) machine: Option<ClientConfig>,
    /// Another client like that of ordinary flows, for cases that need two.
    pub(crate) second: Option<ClientConfig>,
}

/// A client that is registered already.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClientConfig {
    /// The client identifier.
    pub(crate) id: String,
    /// Its secret.
    pub(crate) secret: Option<Secret>,
    /// Its private key for private_key_jwt: PEM or JWK.
    pub(crate) key: Option<Secret>,
    /// How it authenticates: none, client_secret_basic, client_secret_post, private_key_jwt, tls_client_auth or
    /// self_signed_tls_client_auth. By default that follows from the secret or key and the server's metadata.
    #[schemars(extend("enum" = ClientAuth::ALL.map(ClientAuth::as_str)))]
    pub(crate) auth: Option<String>,
    /// The registered redirect URIs, exactly. The first is used for ordinary flows.
    #[serde(default)]
    pub(crate) redirect_uris: Vec<String>,
}

/// How a client comes about where none is given, and what registration needs at this server.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RegistrationConfig {
    /// The one way to use: given, document or dynamic. By default the first that is open, in this order.
    #[schemars(extend("enum" = ["given", "document", "dynamic"]))]
    pub(crate) way: Option<String>,
    /// The initial access token of dynamic registration (RFC 7591).
    pub(crate) initial_access_token: Option<Secret>,
    /// The software statement (RFC 7591).
    pub(crate) software_statement: Option<Secret>,
    /// Members that this server demands in the client metadata.
    #[serde(default)]
    pub(crate) metadata: serde_json::Map<String, serde_json::Value>,
}

/// Client ID Metadata Documents: where the target can fetch ours.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DocumentsConfig {
    /// The URL under which the target reaches our embedded server, e.g. a tunnel's. A target on this machine needs none.
    pub(crate) base_url: Option<String>,
    /// The address where the embedded server listens; a free port of 127.0.0.1 by default.
    pub(crate) listen: Option<SocketAddr>,
    /// The file with the embedded server's certificate chain (PEM); it serves plain http without one.
    pub(crate) certificate: Option<PathBuf>,
    /// The private key (PEM) of that certificate.
    pub(crate) certificate_key: Option<Secret>,
    /// The URL of a folder where the documents of `proofmark client-metadata` are published.
    pub(crate) published: Option<String>,
    /// The private key (PEM or JWK) that `proofmark client-metadata` wrote for the confidential client.
    pub(crate) published_key: Option<Secret>,
}

/// Signing in.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoginConfig {
    /// The ways to try, in this order: auto, session, form, browser, command, manual. By default all that can be taken.
    #[serde(default)]
    #[schemars(extend("items" = { "type": "string", "enum": Rung::ALL.map(Rung::as_str) }))]
    pub(crate) ways: Vec<String>,
    /// Other origins that belong to the sign-in, e.g. an identity provider's.
    #[serde(default)]
    pub(crate) origins: Vec<String>,
    /// The cookies of a session: cookies.txt, a JSON list, or the value of a Cookie header.
    pub(crate) cookies: Option<Secret>,
    /// A command that gets the authorization URL in PROOFMARK_AUTHORIZATION_URL and prints where the browser was sent.
    pub(crate) command: Option<String>,
    /// The browser that Proofmark drives.
    #[serde(default)]
    pub(crate) browser: BrowserConfig,
    /// Rules for pages that the heuristics do not get past.
    #[serde(default)]
    pub(crate) step: Vec<StepConfig>,
}

/// The browser that Proofmark drives.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BrowserConfig {
    /// The URL of a WebDriver server that runs, or the program to start (chromedriver).
    pub(crate) driver: Option<String>,
    /// The browser's program, where the driver does not find it.
    pub(crate) program: Option<PathBuf>,
    /// Show its window.
    #[serde(default)]
    pub(crate) show: bool,
}

/// A rule for a page of the sign-in. Without url, title and selector it holds for every page.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StepConfig {
    /// The page's URL; * stands for anything.
    pub(crate) url: Option<String>,
    /// A part of the page's title.
    pub(crate) title: Option<String>,
    /// A CSS selector that matches something on the page.
    pub(crate) selector: Option<String>,
    /// Field (its name or a CSS selector) → what to type: a text, in which {username}, {password} and {totp} stand for the
    /// user's, or where a secret is.
    #[serde(default)]
    pub(crate) fill: BTreeMap<String, Typed>,
    /// What to click: a CSS selector, or the name, the value or a part of the label of a button or link.
    pub(crate) click: Option<String>,
    /// The same, where the user is to refuse.
    pub(crate) deny: Option<String>,
    /// A CSS selector to wait for first; only a browser has to.
    pub(crate) wait: Option<String>,
    /// Whether what is to be filled or clicked may be absent.
    #[serde(default)]
    pub(crate) optional: bool,
}

/// What to type into a field.
#[derive(Debug, JsonSchema)]
#[schemars(untagged)]
pub(crate) enum Typed {
    /// This text.
    Text(String),
    /// A secret.
    Secret(Secret),
}

impl<'de> Deserialize<'de> for Typed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TypedReader)
    }
}

struct TypedReader;

impl<'de> Visitor<'de> for TypedReader {
    type Value = Typed;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, or a table such as { env = \"NAME\" }, { file = \"path\" } or { command = \"…\" }")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Typed, E> {
        Ok(Typed::Text(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Typed, A::Error> {
        Secret::deserialize(MapAccessDeserializer::new(map)).map(Typed::Secret)
    }
}

/// Test users.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UsersConfig {
    /// The user of ordinary flows, instead of PROOFMARK_USERNAME and PROOFMARK_PASSWORD.
    pub(crate) first: Option<UserConfig>,
    /// Another one, for cases that need two.
    pub(crate) second: Option<UserConfig>,
}

/// A test user.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserConfig {
    /// The user name.
    pub(crate) name: String,
    /// The password.
    pub(crate) password: Secret,
    /// The seed of one-time passwords (RFC 6238), in base32.
    pub(crate) totp: Option<Secret>,
}

/// Tokens that you have already: with an access token the MCP server is tested without signing in.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokensConfig {
    /// A valid access token for the MCP server.
    pub(crate) access: Option<Secret>,
    /// A refresh token of [clients.public] (or [clients.confidential]) that gets new ones.
    pub(crate) refresh: Option<Secret>,
    /// An access token that has the read scope alone.
    pub(crate) read: Option<Secret>,
    /// An access token that has expired.
    pub(crate) expired: Option<Secret>,
    /// A valid access token of the same authorization server for another resource.
    pub(crate) other_resource: Option<Secret>,
}

/// How the target is reached.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NetworkConfig {
    /// A file with certificates (PEM) to trust besides those of this machine.
    pub(crate) ca: Option<PathBuf>,
    /// A file with a client certificate (PEM), for mutual TLS.
    pub(crate) certificate: Option<PathBuf>,
    /// The private key (PEM) of the client certificate, unless it is in the same file.
    pub(crate) certificate_key: Option<Secret>,
    /// The proxy, such as http://127.0.0.1:3128 or socks5h://127.0.0.1:1080.
    pub(crate) proxy: Option<String>,
    /// Addresses to connect to instead of asking the name service: host:port:address.
    #[serde(default)]
    pub(crate) resolve: Vec<String>,
    /// Offer HTTP/2.
    #[serde(default)]
    pub(crate) http2: bool,
    /// The most requests per second to one origin.
    pub(crate) pace: Option<f64>,
    /// Headers that every request carries, such as what a gate before a staging server wants.
    #[serde(default)]
    pub(crate) header: Vec<HeaderConfig>,
}

/// A header that every request to an origin carries.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HeaderConfig {
    /// The origin, such as https://staging.example.com; without one, every origin of the target.
    pub(crate) origin: Option<String>,
    /// The name.
    pub(crate) name: String,
    /// The value.
    pub(crate) value: Secret,
}
