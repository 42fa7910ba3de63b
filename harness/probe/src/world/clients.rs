//! Clients that cases share, and clients of their own.

use std::sync::Arc;

use super::{World, locked, shelved};
use crate::case::Stop;
use crate::client::{Client, ClientAuth, ClientKind, ClientMetadata, Registration};
use crate::http::{HttpRequest, Reply, cut};
use crate::settings::{GivenClient, Way};

/// A client that this run registered, and why it is still there.
#[derive(Debug, Clone)]
pub(super) struct Registered {
    pub(super) client: Arc<Client>,
    pub(super) because: String,
}

impl World {
    /// A client that cases share: given by the user, described by a document of ours, or registered when it is first
    /// asked for.
    ///
    /// # Errors
    /// Blocked when there is none and none can be had, with the setting that would provide it.
    pub async fn client(&self, case: Option<&str>, kind: ClientKind) -> Result<Arc<Client>, Stop> {
        let cell = shelved(&self.pools.clients, kind);
        cell.get_or_init(|| self.make_client(case, kind)).await.clone()
    }

    /// What came of a shared client, if anyone has asked for it yet.
    #[must_use]
    pub fn known_client(&self, kind: ClientKind) -> Option<Result<Arc<Client>, Stop>> {
        shelved(&self.pools.clients, kind).get().cloned()
    }

    /// The way by which a client of this kind comes about, as far as can be told without trying.
    ///
    /// # Errors
    /// Blocked when there is none, with the setting that would provide it.
    pub fn way_to(&self, kind: ClientKind) -> Result<Way, Stop> {
        if kind == ClientKind::Keyed && self.given_for(kind).is_none() && !self.lists_method(ClientAuth::PrivateKeyJwt)
        {
            return Err(Stop::not_applicable("the authorization server does not list private_key_jwt"));
        }
        let ways = match self.settings.clients.way {
            None => vec![Way::Given, Way::Document, Way::Dynamic],
            // A document describes no machine client.
            Some(Way::Document) if kind == ClientKind::Machine => vec![Way::Given, Way::Dynamic],
            Some(way) => vec![way],
        };
        let mut closed = Vec::new();
        for way in &ways {
            let why = match way {
                Way::Given if self.given_for(kind).is_some() => return Ok(*way),
                Way::Given => "none was registered by hand".to_owned(),
                Way::Document => match self.document_for(kind) {
                    Ok(_) => return Ok(*way),
                    Err(stop) => stop.why().to_owned(),
                },
                Way::Dynamic if self.profile.endpoints.registration.is_some() => return Ok(*way),
                Way::Dynamic => "the authorization server does not offer dynamic registration".to_owned(),
            };
            closed.push(why);
        }
        let what = kind.as_str();
        Err(Stop::missing(format!("there is no {what}: {}", closed.join("; ")), by_hand(kind)))
    }

    async fn make_client(&self, case: Option<&str>, kind: ClientKind) -> Result<Arc<Client>, Stop> {
        let client = match self.way_to(kind)? {
            Way::Given => match self.given_for(kind) {
                Some(given) => self.given(given, kind)?,
                None => return Err(Stop::blocked("the settings changed")),
            },
            Way::Document => self.document_client(kind).await?,
            Way::Dynamic => self.registered(case, kind).await?,
        };
        Ok(Arc::new(self.settled(case, client).await?))
    }

    async fn registered(&self, case: Option<&str>, kind: ClientKind) -> Result<Client, Stop> {
        let loopback = format!("http://127.0.0.1:{}/callback", self.loopback_port(kind.as_str()));
        let web = |name: &str| format!("https://{}/cb", self.host_name(name));
        let metadata = match kind {
            ClientKind::Main => ClientMetadata::native(&[&loopback]),
            ClientKind::Second => ClientMetadata::native(&[&loopback]).with("client_name", "Proofmark second client"),
            ClientKind::Web => ClientMetadata::web(&[&web("client")]),
            // In the body if that is offered: real servers that list both get HTTP Basic wrong, which is judged elsewhere
            // and should not keep everything else about confidential clients from being tested.
            ClientKind::Confidential => {
                self.authenticated(&web("confidential"), [ClientAuth::Post, ClientAuth::Basic])?
            }
            ClientKind::Machine => self
                .authenticated(&web("machine"), [ClientAuth::Basic, ClientAuth::Post])?
                .with("grant_types", vec!["client_credentials"])
                .with("response_types", Vec::<String>::new()),
            ClientKind::Keyed => {
                let mut grants = vec!["authorization_code", "refresh_token"];
                if self.profile.metadata_lists("grant_types_supported", "client_credentials") == Some(true) {
                    grants.push("client_credentials");
                }
                ClientMetadata::keyed(&[&web("keyed")], self.fresh_key()?).with("grant_types", grants)
            }
        };
        let registration = self.register(case, metadata.labelled(kind.as_str())).await?;
        registration.client.ok_or_else(|| self.refused(&registration.reply, kind))
    }

    /// The metadata of a client that authenticates: by a secret where the server takes one, else by a key.
    fn authenticated(&self, redirect_uri: &str, order: [ClientAuth; 2]) -> Result<ClientMetadata, Stop> {
        match self.secret_method(order) {
            Ok(auth) => Ok(ClientMetadata::confidential(&[redirect_uri], auth)),
            Err(none) => match self.lists_method(ClientAuth::PrivateKeyJwt) {
                true => Ok(ClientMetadata::keyed(&[redirect_uri], self.fresh_key()?)),
                false => Err(none),
            },
        }
    }

    /// Why a registration was refused, and which setting would help.
    fn refused(&self, reply: &Reply, kind: ClientKind) -> Stop {
        let settings = &self.settings.clients.registration;
        let said = reply.json_str("error_description").map_or_else(String::new, |d| format!(": {}", cut(&d, 200)));
        let why = format!("the registration of a {} was refused: {}{said}", kind.as_str(), reply.summary());
        let error = reply.json_str("error").unwrap_or_default();
        let words = format!("{error} {said}").to_lowercase();
        let remedy = match reply.status() {
            401 | 403 if settings.initial_access_token.is_some() => {
                "the initial access token was not good enough: get another one for `initial_access_token` of [registration]".into()
            }
            401 | 403 => format!(
                "give the initial access token that the server asks for as `initial_access_token` of [registration], or {}",
                by_hand(kind)
            ),
            _ if words.contains("software") => match settings.software_statement {
                Some(_) => "the server does not trust the `software_statement` of [registration]".into(),
                None => "give the software statement that the server asks for as `software_statement` of [registration]".into(),
            },
            _ if words.contains("scope") && self.profile.scopes.all.is_empty() => {
                "name the scopes of the target as `all` of [scopes]: they are sent with a registration".into()
            }
            _ => format!("give what the server misses as `metadata` of [registration], or {}", by_hand(kind)),
        };
        Stop::missing(why, remedy)
    }

    /// The client given by the user that can play this part.
    fn given_for(&self, kind: ClientKind) -> Option<&GivenClient> {
        let given = &self.settings.clients.given;
        match kind {
            ClientKind::Main => given.main(),
            ClientKind::Second => given.second.as_ref(),
            ClientKind::Confidential => given.confidential.as_ref(),
            ClientKind::Machine => given.machine.as_ref().or(given.confidential.as_ref()),
            ClientKind::Keyed => [&given.confidential, &given.machine].into_iter().flatten().find(|g| g.key.is_some()),
            ClientKind::Web => given.public.as_ref().filter(|g| {
                g.secret.is_none()
                    && g.key.is_none()
                    && g.redirect_uris.first().is_some_and(|u| u.starts_with("https://"))
            }),
        }
    }

    /// The client given by the user for a part, ready to be used.
    #[must_use]
    pub fn given_client(&self, kind: ClientKind) -> Option<Client> {
        self.given_for(kind).and_then(|given| self.given(given, kind).ok())
    }

    fn given(&self, given: &GivenClient, kind: ClientKind) -> Result<Client, Stop> {
        if let Some(secret) = &given.secret {
            self.recorder.register_client(&given.id, secret);
        }
        let auth = given.auth.unwrap_or_else(|| match (&given.key, &given.secret) {
            (None, None) => ClientAuth::None,
            (Some(_), None) => ClientAuth::PrivateKeyJwt,
            (Some(_), Some(_)) if self.lists_method(ClientAuth::PrivateKeyJwt) => ClientAuth::PrivateKeyJwt,
            (_, Some(_)) => self.secret_method([ClientAuth::Basic, ClientAuth::Post]).unwrap_or(ClientAuth::Basic),
        });
        let key = match &given.key {
            Some(text) if auth == ClientAuth::PrivateKeyJwt => {
                let owner = format!("the client {}", given.id);
                Some(self.key_of(text, &owner, kind)?)
            }
            _ => None,
        };
        let lacks = match auth {
            ClientAuth::PrivateKeyJwt if key.is_none() => "private key",
            auth if auth.is_by_secret() && given.secret.is_none() => "secret",
            auth if auth.is_by_certificate() && self.settings.network.identity.is_none() => "certificate",
            _ => "",
        };
        if !lacks.is_empty() {
            let why = format!("the client {} is to authenticate by {auth}, but there is no {lacks}", given.id);
            let section = if lacks == "certificate" { "[network]".to_owned() } else { section(kind) };
            return Err(Stop::missing(why, format!("name its {lacks} under {section} in the configuration")));
        }
        let secret = given.secret.clone();
        Ok(Client {
            id: given.id.clone(),
            secret,
            key,
            auth,
            redirect_uris: given.redirect_uris.clone(),
            management: None,
        })
    }

    /// Whether the server lists a way to authenticate; without a list it is Basic alone (RFC 8414 §2).
    pub(super) fn lists_method(&self, auth: ClientAuth) -> bool {
        let listed = self.profile.metadata_lists("token_endpoint_auth_methods_supported", auth.as_str());
        listed.unwrap_or(auth == ClientAuth::Basic)
    }

    /// The first of these ways of sending a secret that the server lists.
    fn secret_method(&self, order: [ClientAuth; 2]) -> Result<ClientAuth, Stop> {
        order.into_iter().find(|a| self.lists_method(*a)).ok_or_else(|| {
            Stop::not_applicable("the authorization server lists neither client_secret_basic nor client_secret_post")
        })
    }

    /// A registration as the server wants it: with the initial access token and the software statement of the settings, the
    /// scopes of the target, and what else the settings say, unless the metadata says otherwise.
    ///
    /// # Errors
    /// Not applicable without a registration endpoint.
    pub fn registration_request(&self, metadata: &ClientMetadata) -> Result<HttpRequest, Stop> {
        let Some(endpoint) = &self.profile.endpoints.registration else {
            return Err(Stop::not_applicable("the authorization server metadata names no registration endpoint"));
        };
        Ok(self.entitled(metadata.request(endpoint)))
    }

    /// A request to the registration endpoint with the initial access token, if there is one (RFC 7591 §3).
    #[must_use]
    pub fn entitled(&self, request: HttpRequest) -> HttpRequest {
        match &self.settings.clients.registration.initial_access_token {
            Some(token) => request.with_header("Authorization", &format!("Bearer {token}")),
            None => request,
        }
    }

    fn completed(&self, mut metadata: ClientMetadata) -> ClientMetadata {
        let settings = &self.settings.clients.registration;
        for (member, value) in &settings.metadata {
            metadata = metadata.with_default(member, value.clone());
        }
        if let Some(statement) = &settings.software_statement {
            metadata = metadata.with_default("software_statement", statement.as_str());
        }
        let scope = self.profile.scopes.all.join(" ");
        if scope.is_empty() { metadata } else { metadata.with_default("scope", scope) }
    }

    /// Registers a client dynamically.
    ///
    /// # Errors
    /// Not applicable without a registration endpoint; as [`Recorder::send`](crate::recorder::Recorder::send) otherwise.
    pub async fn register(&self, case: Option<&str>, metadata: ClientMetadata) -> Result<Registration, Stop> {
        let metadata = self.completed(metadata);
        let reply = self.send(case, self.registration_request(&metadata)?).await?;
        let registration = Registration::read(reply, &metadata);
        if let Some(client) = &registration.client {
            if let Some(secret) = &client.secret {
                self.recorder.register_client(&client.id, secret);
            }
            let client = Arc::new(client.clone());
            let because = "the run ended before it was removed".to_owned();
            locked(&self.pools.registered).push(Registered { client, because });
        }
        Ok(registration)
    }
}

/// The section of the configuration that provides a client of this kind.
fn section(kind: ClientKind) -> String {
    let part = match kind {
        ClientKind::Main | ClientKind::Web => "public",
        ClientKind::Second => "second",
        ClientKind::Confidential | ClientKind::Keyed => "confidential",
        ClientKind::Machine => "machine",
    };
    format!("[clients.{part}]")
}

/// What a person does about a client that is missing.
fn by_hand(kind: ClientKind) -> String {
    let flags = if kind == ClientKind::Main { ", or with --client-id and --redirect-uri" } else { "" };
    format!("register a {} by hand and name it under {} in the configuration{flags}", kind.as_str(), section(kind))
}
