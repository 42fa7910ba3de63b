//! Leaving the target as it was found.

use std::future::Future;
use std::sync::Arc;

use tokio::task::JoinSet;
use url::Url;

use super::{World, locked};
use crate::case::Stop;
use crate::client::Client;
use crate::http::{HttpRequest, cut};
use crate::params::Params;
use crate::places::may_visit;
use crate::token::Tokens;

impl World {
    /// Removes what the run left at the target: refresh tokens are revoked, clients deleted. It may be dropped before it
    /// ends; [`World::leftovers`] says what is there still.
    pub async fn clean_up(&self) {
        // A token that cannot be revoked expires by itself; it is not worth a word.
        let tokens = std::mem::take(&mut *locked(&self.pools.refreshable));
        self.side_by_side(tokens, |world, tokens| async move { world.revoke(&tokens).await }).await;
        let clients = locked(&self.pools.registered).clone();
        self.side_by_side(clients, |world, left| async move { world.remove(&left.client).await }).await;
        if let Some(Ok(host)) = self.pools.host.get() {
            host.stop();
        }
        self.pools.sign_in.close().await;
    }

    /// The clients that are still registered, in words.
    #[must_use]
    pub fn leftovers(&self) -> Vec<String> {
        let registered = locked(&self.pools.registered);
        registered.iter().map(|left| format!("client {}: {}", left.client.id, left.because)).collect()
    }

    /// Works on many things at a time; a target that no longer answers ends the work.
    async fn side_by_side<T, F>(&self, things: Vec<T>, work: impl Fn(World, T) -> F)
    where
        F: Future<Output = Result<(), Stop>> + Send + 'static,
    {
        let mut running = JoinSet::new();
        for thing in things {
            let (jobs, work) = (Arc::clone(&self.jobs), work(self.clone(), thing));
            running.spawn(async move {
                let _permit = jobs.acquire_owned().await;
                work.await
            });
        }
        while let Some(Ok(Ok(()))) = running.join_next().await {}
    }

    async fn revoke(&self, tokens: &Tokens) -> Result<(), Stop> {
        let (Some(endpoint), Some(refresh)) = (&self.profile.endpoints.revocation, &tokens.refresh) else {
            return Ok(());
        };
        let mut params: Params =
            [("token", refresh.as_str()), ("token_type_hint", "refresh_token")].into_iter().collect();
        let header = tokens.client.authenticate(&mut params);
        let request = HttpRequest::form("revocation at the end of the run", endpoint, &params);
        let request = match header {
            Some(value) => request.with_header("Authorization", &value),
            None => request,
        };
        self.send(None, request).await.map(drop)
    }

    async fn remove(&self, client: &Client) -> Result<(), Stop> {
        let Some((url, token)) = &client.management else {
            self.keep(client, "the server names no URL at which it could be removed (RFC 7592)");
            return Ok(());
        };
        if !self.may_manage_at(url) {
            self.keep(client, &format!("its registration_client_uri leads into another network: {}", cut(url, 120)));
            return Ok(());
        }
        let request = HttpRequest::get("client removal at the end of the run", url)
            .with_method("DELETE")
            .with_header("Authorization", &format!("Bearer {token}"));
        match self.send(None, request).await {
            Ok(reply) if reply.is_success() => {
                locked(&self.pools.registered).retain(|left| left.client.id != client.id);
                Ok(())
            }
            Ok(reply) => {
                self.keep(client, &format!("its removal was answered by {}", reply.summary()));
                Ok(())
            }
            Err(stop) => {
                self.keep(client, &format!("its removal failed: {}", stop.why()));
                Err(stop)
            }
        }
    }

    /// Says why a client stays.
    fn keep(&self, client: &Client, because: &str) {
        let because = self.recorder.redact(because);
        for left in locked(&self.pools.registered).iter_mut().filter(|left| left.client.id == client.id) {
            left.because.clone_from(&because);
        }
    }

    /// Whether a `registration_client_uri` may be visited with the token that came with it: on the registration endpoint's own
    /// origin, or wherever a target may send us.
    #[must_use]
    pub fn may_manage_at(&self, url: &str) -> bool {
        let Ok(there) = Url::parse(url) else { return false };
        let endpoint = self.profile.endpoints.registration.as_deref().and_then(|e| Url::parse(e).ok());
        endpoint.is_some_and(|e| e.origin() == there.origin()) || may_visit(&self.settings, &there)
    }
}
