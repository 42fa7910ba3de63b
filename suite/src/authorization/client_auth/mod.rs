//! Client authentication: nobody gets a token in the name of a client whose credentials they do not have.
//!
//! Each refusal is sent beside a request that works: the same client, the same grant, one thing changed.

mod assertion;
mod form;
mod secret;

use std::sync::Arc;

use proofmark_probe::judge::token_issued;
use proofmark_probe::{Case, Client, ClientAuth, ClientKind, ClientMetadata, Probe, Reply, Stop, TokenRequest};

/// The cases of this topic.
pub static CASES: &[&Case] = &[
    &secret::BASIC,
    &secret::POST,
    &secret::WRONG_SECRET,
    &secret::EMPTY_SECRET,
    &secret::SECRET_CASE,
    &secret::NO_SECRET,
    &secret::UNKNOWN_CLIENT,
    &form::BASIC_ENCODING,
    &form::MALFORMED_BASIC,
    &form::TWO_METHODS,
    &form::TWO_CLIENTS,
    &form::SECRET_IN_QUERY,
    &assertion::works::LISTED,
    &assertion::works::WORKS,
    &assertion::works::LEAN,
    &assertion::claims::AUDIENCE,
    &assertion::claims::TIMES,
    &assertion::claims::SUBJECT,
    &assertion::claims::OTHER_CLIENT,
    &assertion::signature::SIGNATURE,
    &assertion::signature::UNSIGNED,
    &assertion::signature::SHARED_KEY,
    &assertion::signature::BROUGHT_KEY,
    &assertion::signature::ALGORITHM,
    &assertion::form::TYPE,
    &assertion::form::TWO,
    &assertion::form::AS_GRANT,
    &assertion::keys::OPTIONAL,
    &assertion::keys::SECRET_INSTEAD,
    &assertion::keys::ROTATION,
];

/// A client that authenticates, and the grant by which it asks for tokens.
#[derive(Clone)]
struct Carrier {
    client: Arc<Client>,
    /// It asks for itself; otherwise each request redeems a code of its own.
    machine: bool,
}

impl Carrier {
    /// A client whose secret works, in whatever way.
    async fn by_secret(probe: &mut Probe) -> Result<Self, Stop> {
        let mut last = Stop::not_applicable("no client with a secret can be had");
        for auth in [ClientAuth::Basic, ClientAuth::Post] {
            match Carrier::tried(probe, auth).await {
                Ok((carrier, reply)) if token_issued(&reply).is_met() => return Ok(carrier),
                Ok((_, reply)) => last = Stop::blocked(format!("the right secret got {}", reply.summary())),
                Err(stop @ Stop::Error { .. }) => return Err(stop),
                Err(stop) if matches!(last, Stop::NotApplicable { .. }) => last = stop,
                Err(_) => {}
            }
        }
        Err(last)
    }

    /// A client that authenticates in one way, with what came of a correct request: a token, or a refusal of the client. A
    /// client that may not use the grant says nothing about its authentication.
    async fn tried(probe: &mut Probe, auth: ClientAuth) -> Result<(Self, Reply), Stop> {
        let mut last = None;
        for kind in [ClientKind::Machine, ClientKind::Confidential] {
            let machine = kind == ClientKind::Machine;
            if machine && !offers_client_credentials(probe) {
                continue;
            }
            let Some(client) = probe.client(kind).await.ok().and_then(|c| held_to(probe, &c, kind, auth)) else {
                continue;
            };
            let carrier = Carrier { client, machine };
            let reply = carrier.send(probe, "right secret").await?;
            if token_issued(&reply).is_met() || blames_client(&reply) {
                return Ok((carrier, reply));
            }
            last = Some(reply.summary());
        }
        if probe.profile().endpoints.registration.is_none() {
            return Err(match last {
                Some(seen) => Stop::blocked(format!("a client registered for {auth} got {seen}")),
                None => Stop::not_applicable(format!("no client registered for {auth} is at hand")),
            });
        }
        let uri = format!("https://{}/cb", probe.host(auth.as_str()));
        let metadata = ClientMetadata::confidential(&[&uri], auth).labelled(auth.as_str());
        let client = probe.registered(metadata).await?;
        if client.auth != auth {
            return Err(Stop::not_applicable(format!("the server registered {} instead of {auth}", client.auth)));
        }
        let carrier = Carrier { client, machine: false };
        let reply = carrier.send(probe, "right secret").await?;
        Ok((carrier, reply))
    }

    /// A client with a key, whose assertions work.
    async fn by_key(probe: &mut Probe) -> Result<Self, Stop> {
        let client = probe.client(ClientKind::Keyed).await?;
        if client.key.is_none() || client.auth != ClientAuth::PrivateKeyJwt {
            return Err(Stop::not_applicable("the server registers no clients with keys"));
        }
        let mut carrier = Carrier { client, machine: offers_client_credentials(probe) };
        let mut reply = carrier.send(probe, "a good assertion").await?;
        if carrier.machine && !token_issued(&reply).is_met() && !blames_client(&reply) {
            carrier.machine = false;
            reply = carrier.send(probe, "a good assertion").await?;
        }
        if token_issued(&reply).is_met() {
            return Ok(carrier);
        }
        Err(Stop::blocked(format!("a good assertion got {}", reply.summary())))
    }

    /// A request that works, with a fresh code where it needs one.
    async fn request(&self, probe: &mut Probe) -> Result<TokenRequest, Stop> {
        if !self.machine {
            let request = probe.authorization(&self.client);
            return Ok(probe.authorize(request).await?.redeem());
        }
        let profile = probe.profile();
        let mut request = TokenRequest::new("token request, client credentials", &self.client, "client_credentials");
        if let Some(scope) = &profile.scopes.read {
            request = request.with("scope", scope);
        }
        if let Some(resource) = &profile.resource {
            request = request.with("resource", resource);
        }
        Ok(request)
    }

    /// Sends a request that works.
    async fn send(&self, probe: &mut Probe, what: &str) -> Result<Reply, Stop> {
        let request = self.request(probe).await?;
        probe.token(&request.labelled(what)).await
    }

    /// Sends a request in the name of somebody who claims to be this client.
    async fn send_as(&self, probe: &mut Probe, client: Client, what: &str) -> Result<Reply, Stop> {
        let request = self.request(probe).await?;
        probe.token(&request.by(&Arc::new(client)).labelled(what)).await
    }
}

/// The client as one that authenticates in this way, if it may: a client that the user gave without saying how may use any,
/// others are held to what they registered (RFC 7591 §2).
fn held_to(probe: &Probe, client: &Arc<Client>, kind: ClientKind, auth: ClientAuth) -> Option<Arc<Client>> {
    if client.auth == auth {
        return Some(Arc::clone(client));
    }
    let given = &probe.settings().clients.given;
    let given = if kind == ClientKind::Machine {
        given.machine.as_ref().or(given.confidential.as_ref())
    } else {
        given.confidential.as_ref()
    };
    let free = given.is_some_and(|g| g.id == client.id && g.auth.is_none()) && client.secret.is_some();
    free.then(|| Arc::new(Client { auth, ..Client::clone(client) }))
}

fn offers_client_credentials(probe: &Probe) -> bool {
    probe.profile().metadata_lists("grant_types_supported", "client_credentials") == Some(true)
}

/// Whether the server lists a way to authenticate; without a list it is Basic alone (RFC 8414 §2).
fn lists(probe: &Probe, auth: ClientAuth) -> bool {
    let listed = probe.profile().metadata_lists("token_endpoint_auth_methods_supported", auth.as_str());
    listed.unwrap_or(auth == ClientAuth::Basic)
}

/// Whether a refusal is about the client.
fn blames_client(reply: &Reply) -> bool {
    reply.status() == 401 || reply.json_str("error").as_deref() == Some("invalid_client")
}
