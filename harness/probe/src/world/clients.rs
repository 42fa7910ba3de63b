//! Clients that cases share, and clients of their own.

use std::sync::Arc;

use super::{World, locked, shelved};
use crate::case::Stop;
use crate::client::{Client, ClientAuth, ClientKind, ClientMetadata, Registration};
use crate::settings::GivenClient;

impl World {
    /// A client that cases share: given by the user, or registered when it is first asked for.
    ///
    /// # Errors
    /// Blocked when there is none and none can be registered.
    pub async fn client(&self, case: Option<&str>, kind: ClientKind) -> Result<Arc<Client>, Stop> {
        let cell = shelved(&self.pools.clients, kind);
        cell.get_or_init(|| self.make_client(case, kind)).await.clone()
    }

    async fn make_client(&self, case: Option<&str>, kind: ClientKind) -> Result<Arc<Client>, Stop> {
        let given = &self.settings.clients.given;
        let given = match kind {
            ClientKind::Second => given.second.as_ref(),
            ClientKind::Confidential => given.confidential.as_ref(),
            ClientKind::Machine => given.machine.as_ref().or(given.confidential.as_ref()),
            ClientKind::Main | ClientKind::Web => given.main(),
        };
        if let Some(given) = given.filter(|g| fits(g, kind)) {
            return Ok(Arc::new(self.given_client(given)));
        }
        if self.profile.endpoints.registration.is_none() {
            return Err(Stop::missing(
                format!(
                    "there is no {}, and the authorization server does not offer dynamic registration",
                    kind.as_str()
                ),
                match kind {
                    ClientKind::Main => {
                        "register a client by hand and name it with --client-id and --redirect-uri".to_owned()
                    }
                    other => format!("register a {} by hand and name it in the configuration", other.as_str()),
                },
            ));
        }
        let loopback = format!("http://127.0.0.1:{}/callback", self.loopback_port(kind.as_str()));
        let web = |name: &str| format!("https://{}/cb", self.host(name));
        let metadata = match kind {
            ClientKind::Main => ClientMetadata::native(&[&loopback]),
            ClientKind::Second => ClientMetadata::native(&[&loopback]).with("client_name", "Proofmark second client"),
            ClientKind::Web => ClientMetadata::web(&[&web("client")]),
            // In the body if that is offered: real servers that list both get HTTP Basic wrong, which is judged elsewhere
            // and should not keep everything else about confidential clients from being tested.
            ClientKind::Confidential => {
                let auth = self.secret_method([ClientAuth::Post, ClientAuth::Basic])?;
                ClientMetadata::confidential(&[&web("confidential")], auth)
            }
            ClientKind::Machine => ClientMetadata::confidential(
                &[&web("machine")],
                self.secret_method([ClientAuth::Basic, ClientAuth::Post])?,
            )
            .with("grant_types", vec!["client_credentials"])
            .with("response_types", Vec::<String>::new()),
        };
        let registration = self.register(case, metadata.labelled(kind.as_str())).await?;
        registration.client.map(Arc::new).ok_or_else(|| {
            Stop::missing(
                format!("the registration of a {} was refused: {}", kind.as_str(), registration.reply.summary()),
                format!("register a {} by hand and name it in the configuration", kind.as_str()),
            )
        })
    }

    pub(super) fn given_client(&self, given: &GivenClient) -> Client {
        if let Some(secret) = &given.secret {
            self.recorder.register_client(&given.id, secret);
        }
        let auth = given.auth.unwrap_or(match given.secret {
            None => ClientAuth::None,
            Some(_) => self.secret_method([ClientAuth::Basic, ClientAuth::Post]).unwrap_or(ClientAuth::Basic),
        });
        Client {
            id: given.id.clone(),
            secret: given.secret.clone(),
            auth,
            redirect_uris: given.redirect_uris.clone(),
            management: None,
        }
    }

    /// The first of these ways of sending a secret that the server lists; without a list it is Basic (RFC 8414 §2).
    fn secret_method(&self, order: [ClientAuth; 2]) -> Result<ClientAuth, Stop> {
        let lists = |auth: ClientAuth| {
            self.profile
                .metadata_lists("token_endpoint_auth_methods_supported", auth.as_str())
                .unwrap_or(auth == ClientAuth::Basic)
        };
        order.into_iter().find(|a| lists(*a)).ok_or_else(|| {
            Stop::not_applicable("the authorization server lists neither client_secret_basic nor client_secret_post")
        })
    }

    /// Registers a client dynamically. The scopes of the target are asked for unless the metadata says otherwise.
    ///
    /// # Errors
    /// Not applicable without a registration endpoint; as [`Recorder::send`](crate::recorder::Recorder::send) otherwise.
    pub async fn register(&self, case: Option<&str>, metadata: ClientMetadata) -> Result<Registration, Stop> {
        let Some(endpoint) = &self.profile.endpoints.registration else {
            return Err(Stop::not_applicable("the authorization server metadata names no registration endpoint"));
        };
        let scope = self.profile.scopes.all.join(" ");
        let metadata = if scope.is_empty() { metadata } else { metadata.with_default("scope", scope) };
        let reply = self.send(case, metadata.request(endpoint)).await?;
        let registration = Registration::read(reply, &metadata);
        if let Some(client) = &registration.client {
            if let Some(secret) = &client.secret {
                self.recorder.register_client(&client.id, secret);
            }
            locked(&self.pools.registered).push(Arc::new(client.clone()));
        }
        Ok(registration)
    }
}

/// Whether a client given by the user can play this part.
fn fits(given: &GivenClient, kind: ClientKind) -> bool {
    let https = given.redirect_uris.first().is_some_and(|u| u.starts_with("https://"));
    match kind {
        ClientKind::Main | ClientKind::Second => true,
        ClientKind::Web => https && given.secret.is_none(),
        ClientKind::Confidential | ClientKind::Machine => given.secret.is_some(),
    }
}
