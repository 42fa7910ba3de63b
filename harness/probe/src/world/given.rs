//! Tokens that the user has already: the resource server is tested with them, and no authorization flow runs.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use super::{World, locked};
use crate::case::Stop;
use crate::client::{Client, ClientKind};
use crate::http::Reply;
use crate::jwt::Jwt;
use crate::token::{TokenRequest, Tokens};

impl World {
    /// Whether the user gave tokens instead of a way to sign in.
    #[must_use]
    pub fn has_given_tokens(&self) -> bool {
        let given = &self.settings.tokens;
        given.access.is_some() || given.refresh.is_some()
    }

    /// Why a case that needs a token issued to it does not run.
    #[must_use]
    pub fn no_flow(what: &str) -> Stop {
        Stop::Excluded {
            why: format!("{what}; tokens were given, so no authorization flow runs (leave them out to test it, too)"),
        }
    }

    /// A token that the user gave, or one that the given refresh token gets.
    ///
    /// # Errors
    /// Excluded when the user gave none with this scope; blocked when the refresh token gets none.
    pub(super) async fn given_tokens(&self, case: Option<&str>, scope: Option<&str>) -> Result<Tokens, Stop> {
        let given = &self.settings.tokens;
        if scope.is_some() && scope == self.profile.scopes.read.as_deref() && given.read.is_some() {
            return Ok(self.wrapped(given.read.clone().unwrap_or_default()));
        }
        if let (None, Some(access)) = (scope, &given.access) {
            let tokens = self.wrapped(access.clone());
            if given.refresh.is_none() || tokens.expires().is_none_or(|end| end > self.now()) {
                return Ok(tokens);
            }
        }
        match &given.refresh {
            Some(refresh) => self.refreshed(case, refresh, scope).await,
            None => Err(World::no_flow("a token with the read scope alone is needed ([tokens] read)")),
        }
    }

    /// An access token as if it had just been issued; its end is known when it is a JWT that says so.
    fn wrapped(&self, access: String) -> Tokens {
        let id = self.settings.clients.given.main().map(|given| given.id.clone()).unwrap_or_default();
        let claim = |name: &str| Jwt::read(&access).and_then(|jwt| jwt.claims.get(name).and_then(Value::as_f64));
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let left =
            claim("exp").and_then(|end| Duration::try_from_secs_f64(end).ok()).map(|end| end.saturating_sub(now));
        Tokens {
            client: Arc::new(Client { id, ..Client::default() }),
            access,
            refresh: self.settings.tokens.refresh.clone(),
            id_token: None,
            expires_in: left,
            scope: None,
            issued: self.now(),
            reply: Reply::canned(200, &[], "{}"),
        }
    }

    /// Tokens by the refresh token that the user gave, or by the one that took its place.
    async fn refreshed(&self, case: Option<&str>, refresh: &str, scope: Option<&str>) -> Result<Tokens, Stop> {
        if self.settings.clients.given.main().is_none() {
            return Err(Stop::missing(
                "a refresh token works for the client alone that it was issued to, and no client was given",
                "name the client with --client-id, or in [clients.public]",
            ));
        }
        let newest = locked(&self.pools.rotated).clone().unwrap_or_else(|| refresh.to_owned());
        let client = self.client(case, ClientKind::Main).await?;
        let mut request = TokenRequest::new("refresh request", &client, "refresh_token").with("refresh_token", &newest);
        if let Some(scope) = scope {
            request = request.with("scope", scope);
        }
        if let Some(resource) = &self.profile.resource {
            request = request.with("resource", resource);
        }
        let reply = self.token(case, &request).await?;
        let summary = reply.summary();
        let tokens = Tokens::read(&request.client, reply).ok_or_else(|| {
            Stop::missing(
                format!("the given refresh token got no access token: {summary}"),
                "give a refresh token that is valid and belongs to the given client; servers that rotate them honour each once",
            )
        })?;
        if let Some(next) = &tokens.refresh {
            *locked(&self.pools.rotated) = Some(next.clone());
        }
        Ok(tokens)
    }
}
