//! Token requests and what a token response holds.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::assertion::ASSERTION_TYPE;
use crate::client::Client;
use crate::http::{HttpRequest, Reply};
use crate::jwt::Jwt;
use crate::params::Params;

/// A request to the token endpoint, correct by default.
#[derive(Debug, Clone)]
pub struct TokenRequest {
    /// What it is for; reports show it.
    pub label: String,
    /// The client that authenticates.
    pub client: Arc<Client>,
    /// The parameters without the client's identity.
    pub params: Params,
    /// Parameters of the URL, for cases that put something there.
    pub query: Params,
    authenticated: bool,
}

impl TokenRequest {
    /// A request of a grant type by a client.
    #[must_use]
    pub fn new(label: &str, client: &Arc<Client>, grant_type: &str) -> Self {
        TokenRequest {
            label: label.to_owned(),
            client: Arc::clone(client),
            params: [("grant_type", grant_type)].into_iter().collect(),
            query: Params::new(),
            authenticated: true,
        }
    }

    /// Sets a parameter.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.params.set(name, value);
        self
    }

    /// Adds a parameter beside one of the same name.
    #[must_use]
    pub fn with_another(mut self, name: &str, value: &str) -> Self {
        self.params.add(name, value);
        self
    }

    /// Leaves a parameter out.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.params.remove(name);
        self
    }

    /// Another code verifier.
    #[must_use]
    pub fn with_verifier(self, verifier: &str) -> Self {
        self.with("code_verifier", verifier)
    }

    /// Another client authenticates.
    #[must_use]
    pub fn by(mut self, client: &Arc<Client>) -> Self {
        self.client = Arc::clone(client);
        self
    }

    /// The client does not say who it is.
    #[must_use]
    pub fn without_client(mut self) -> Self {
        self.authenticated = false;
        self
    }

    /// The client says who it is by this assertion, and by nothing else.
    #[must_use]
    pub fn by_assertion(self, assertion: &str) -> Self {
        self.without_client().with("client_assertion_type", ASSERTION_TYPE).with("client_assertion", assertion)
    }

    /// Says what is special about this request.
    #[must_use]
    pub fn labelled(mut self, what: &str) -> Self {
        self.label = format!("{}, {what}", self.label);
        self
    }

    /// The request to a token endpoint.
    #[must_use]
    pub fn request(&self, endpoint: &str) -> HttpRequest {
        let mut params = self.params.clone();
        let header = if self.authenticated { self.client.authenticate(&mut params) } else { None };
        let url = if self.query.is_empty() {
            endpoint.to_owned()
        } else {
            let mark = if endpoint.contains('?') { '&' } else { '?' };
            format!("{endpoint}{mark}{}", self.query.encode())
        };
        let request = HttpRequest::form(self.label.clone(), url, &params);
        match header {
            Some(value) => request.with_header("Authorization", &value),
            None => request,
        }
    }
}

/// What a successful token response holds.
#[derive(Clone)]
pub struct Tokens {
    /// The client they were issued to.
    pub client: Arc<Client>,
    /// The access token.
    pub access: String,
    /// The refresh token.
    pub refresh: Option<String>,
    /// The ID token.
    pub id_token: Option<String>,
    /// The lifetime of the access token as the server states it.
    pub expires_in: Option<Duration>,
    /// The scope as the server states it.
    pub scope: Option<String>,
    /// When the response was complete, since the run began.
    pub issued: Duration,
    /// The response.
    pub reply: Reply,
}

impl std::fmt::Debug for Tokens {
    // Secrets must not reach a log through a debug print.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tokens({:?})", self.reply)
    }
}

impl Tokens {
    /// Reads a token response; `None` when it holds no access token.
    #[must_use]
    pub fn read(client: &Arc<Client>, reply: Reply) -> Option<Self> {
        if !reply.is_success() {
            return None;
        }
        let body = reply.json()?;
        let text =
            |member: &str| body.get(member).and_then(Value::as_str).filter(|s| !s.is_empty()).map(ToOwned::to_owned);
        let seconds = match body.get("expires_in") {
            Some(Value::Number(n)) => n.as_f64(),
            // A server that sends a string means a number; what it should have sent is judged elsewhere.
            Some(Value::String(s)) => s.parse().ok(),
            _ => None,
        };
        Some(Tokens {
            client: Arc::clone(client),
            access: text("access_token")?,
            refresh: text("refresh_token"),
            id_token: text("id_token"),
            expires_in: seconds.and_then(|s| Duration::try_from_secs_f64(s).ok()),
            scope: text("scope"),
            issued: reply.at(),
            reply,
        })
    }

    /// When the access token expires, since the run began.
    #[must_use]
    pub fn expires(&self) -> Option<Duration> {
        self.expires_in.map(|life| self.issued.saturating_add(life))
    }

    /// Whether the access token is still good for a while at this time of the run.
    #[must_use]
    pub fn is_fresh(&self, now: Duration) -> bool {
        self.expires_in.is_none_or(|life| now + (life / 2).min(Duration::from_secs(30)) < self.issued + life)
    }

    /// The access token as a JWT, if it is one.
    #[must_use]
    pub fn jwt(&self) -> Option<Jwt> {
        Jwt::read(&self.access)
    }

    /// The scopes the server says it granted.
    #[must_use]
    pub fn scopes(&self) -> Option<Vec<&str>> {
        self.scope.as_deref().map(|s| s.split(' ').filter(|s| !s.is_empty()).collect())
    }

    /// A refresh request, correct by default; `None` when there is no refresh token.
    #[must_use]
    pub fn refresh_request(&self) -> Option<TokenRequest> {
        let refresh = self.refresh.as_deref()?;
        Some(TokenRequest::new("refresh request", &self.client, "refresh_token").with("refresh_token", refresh))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client() -> Arc<Client> {
        Arc::new(Client { id: "c".into(), ..Client::default() })
    }

    #[test]
    fn a_lifetime_in_a_string_is_understood_and_a_token_without_one_stays_fresh() {
        let reply = Reply::canned(200, &[], r#"{"access_token":"t","expires_in":"10"}"#);
        let tokens = Tokens::read(&client(), reply).expect("a token");
        assert_eq!(tokens.expires_in, Some(Duration::from_secs(10)));
        assert!(tokens.is_fresh(Duration::from_secs(4)) && !tokens.is_fresh(Duration::from_secs(6)));
        let eternal = Tokens::read(&client(), Reply::canned(200, &[], r#"{"access_token":"t"}"#)).expect("a token");
        assert!(eternal.is_fresh(Duration::from_secs(100_000)));
    }

    #[test]
    fn a_request_shows_exactly_its_deviation() {
        let request =
            TokenRequest::new("token request", &client(), "authorization_code").with("code", "x").without("code");
        let sent = request.labelled("no code").request("https://as/token");
        assert_eq!(sent.body, b"grant_type=authorization_code&client_id=c");
        assert_eq!(sent.label, "token request, no code");
    }
}
