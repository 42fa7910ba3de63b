//! Keys of clients, and whom their assertions are for.

use std::sync::Arc;

use super::World;
use crate::case::Stop;
use crate::client::{Client, ClientAuth, ClientKey, ClientKind};
use crate::keys::SigningKey;
use crate::token::TokenRequest;

/// The algorithms in which keys are made, in this order.
const MADE: [&str; 4] = ["ES256", "EdDSA", "Ed25519", "ES384"];

impl World {
    /// The algorithms that the server lists for assertions; `None` without a list.
    fn listed_algorithms(&self) -> Option<Vec<&str>> {
        let list = self.profile.metadata.get("token_endpoint_auth_signing_alg_values_supported")?.as_array()?;
        Some(list.iter().filter_map(|v| v.as_str()).collect())
    }

    /// Whom assertions are for: the issuer, as its metadata writes it, unless a client found that the server wants its
    /// token endpoint.
    #[must_use]
    pub fn audience(&self) -> String {
        let issuer = self.profile.metadata_str("issuer").unwrap_or(&self.profile.issuer);
        self.pools.audience.get().cloned().unwrap_or_else(|| issuer.to_owned())
    }

    /// A key of the user, for an algorithm that the server takes.
    pub(super) fn key_of(&self, text: &str, owner: &str, kind: ClientKind) -> Result<ClientKey, Stop> {
        let key = SigningKey::parse(text).map_err(|why| {
            let remedy = format!("check the key that the configuration names for a {}", kind.as_str());
            Stop::missing(format!("the key of {owner} cannot be used: {why}"), remedy)
        })?;
        let key = match self.listed_algorithms() {
            Some(listed) if !listed.contains(&key.algorithm()) => {
                let usable = key.algorithms().iter().find(|a| listed.contains(*a));
                usable.and_then(|a| key.using(a)).ok_or_else(|| {
                    let can = key.algorithms().join(" or ");
                    Stop::missing(
                        format!("the key of {owner} signs by {can}, but the server lists {}", listed.join(", ")),
                        "register a key for one of the listed algorithms",
                    )
                })?
            }
            _ => key,
        };
        Ok(ClientKey { key: Arc::new(key), audience: self.audience() })
    }

    /// A key of our own making, for an algorithm that the server takes.
    ///
    /// # Errors
    /// Blocked when the server takes none in which keys can be made here.
    pub fn fresh_key(&self) -> Result<ClientKey, Stop> {
        let listed = self.listed_algorithms();
        let algorithm = MADE.into_iter().find(|a| listed.as_ref().is_none_or(|l| l.contains(a)));
        let key = algorithm.and_then(SigningKey::generate).ok_or_else(|| {
            Stop::missing(
                format!(
                    "the server takes assertions signed by {}, and no such key can be made here",
                    listed.unwrap_or_default().join(", ")
                ),
                "register a client with such a key by hand and name it under [clients.confidential] in the configuration",
            )
        })?;
        Ok(ClientKey { key: Arc::new(key), audience: self.audience() })
    }

    /// The client with the audience that the server wants of it. Most take the issuer; some take their token endpoint alone,
    /// which shows by a request that can yield nothing: with a good assertion the code is what is wrong with it.
    pub(super) async fn settled(&self, case: Option<&str>, mut client: Client) -> Result<Client, Stop> {
        let (ClientAuth::PrivateKeyJwt, Some(key)) = (client.auth, client.key.clone()) else { return Ok(client) };
        if let Some(audience) = self.pools.audience.get() {
            client.key = Some(ClientKey { audience: audience.clone(), ..key });
            return Ok(client);
        }
        let endpoint = self.profile.endpoints.token.clone();
        let mut settled = key.audience.clone();
        for audience in [key.audience.clone(), endpoint] {
            let asking = Arc::new(Client {
                key: Some(ClientKey { audience: audience.clone(), ..key.clone() }),
                ..client.clone()
            });
            let request = TokenRequest::new("token request", &asking, "authorization_code")
                .with("code", "proofmark-no-such-code")
                .with("redirect_uri", client.redirect_uri())
                .labelled("which audience does the server want in assertions?");
            let reply = self.token(case, &request).await?;
            if reply.status() < 500 && reply.json_str("error").is_some_and(|e| e != "invalid_client") {
                settled = audience;
                break;
            }
        }
        let settled = self.pools.audience.get_or_init(|| settled).clone();
        client.key = Some(ClientKey { audience: settled, ..key });
        Ok(client)
    }

    /// The token endpoint for a client: where the connection authenticates it, the one that asks for certificates
    /// (RFC 8705 §5).
    #[must_use]
    pub fn token_endpoint(&self, client: &Client) -> &str {
        let alias = self.profile.metadata.pointer("/mtls_endpoint_aliases/token_endpoint").and_then(|v| v.as_str());
        alias.filter(|_| client.auth.is_by_certificate()).unwrap_or(&self.profile.endpoints.token)
    }
}
