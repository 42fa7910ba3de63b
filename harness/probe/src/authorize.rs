//! Authorization requests, and the grants that come of them.

use std::sync::Arc;

use crate::client::Client;
use crate::http::HttpRequest;
pub use crate::journey::{Asked, Journey, Landing, differs_in_loopback_port_only};
use crate::params::Params;
use crate::token::TokenRequest;

/// A request to the authorization endpoint, correct by default.
#[derive(Debug, Clone)]
pub struct AuthorizationRequest {
    /// What it is for; reports show it.
    pub label: String,
    /// The client.
    pub client: Arc<Client>,
    /// The parameters.
    pub params: Params,
    /// The verifier behind the code challenge.
    pub verifier: String,
    /// The redirect URI that the request asks for.
    pub redirect_uri: String,
    /// The state.
    pub state: String,
    /// Sent by POST instead of GET.
    pub post: bool,
    /// Parameters of the URL beside those of a POST, for cases that put something there.
    pub query: Params,
    /// Walk in a browser session of its own, so that what happens to this grant cannot touch another.
    pub fresh_session: bool,
    /// Say no on the consent page.
    pub deny: bool,
    /// Walk as the second user.
    pub second_user: bool,
}

impl AuthorizationRequest {
    /// A request without parameters.
    #[must_use]
    pub fn bare(client: &Arc<Client>, redirect_uri: &str) -> Self {
        AuthorizationRequest {
            label: "authorization request".into(),
            client: Arc::clone(client),
            params: Params::new(),
            verifier: String::new(),
            redirect_uri: redirect_uri.into(),
            state: String::new(),
            post: false,
            query: Params::new(),
            fresh_session: false,
            deny: false,
            second_user: false,
        }
    }

    /// Sets a parameter.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        match name {
            "redirect_uri" => self.redirect_uri = value.to_owned(),
            "state" => self.state = value.to_owned(),
            _ => {}
        }
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

    /// Another code challenge, made by S256 from this verifier.
    #[must_use]
    pub fn with_verifier(mut self, verifier: &str) -> Self {
        verifier.clone_into(&mut self.verifier);
        let challenge = s256(verifier);
        self.with("code_challenge", &challenge)
    }

    /// Walks in a browser session of its own.
    #[must_use]
    pub fn in_fresh_session(mut self) -> Self {
        self.fresh_session = true;
        self
    }

    /// Says no on the consent page.
    #[must_use]
    pub fn denied(mut self) -> Self {
        self.deny = true;
        self
    }

    /// Walks as the second user.
    #[must_use]
    pub fn as_second_user(mut self) -> Self {
        self.second_user = true;
        self
    }

    /// Sends the request by POST.
    #[must_use]
    pub fn by_post(mut self) -> Self {
        self.post = true;
        self
    }

    /// Says what is special about this request.
    #[must_use]
    pub fn labelled(mut self, what: &str) -> Self {
        self.label = format!("{}, {what}", self.label);
        self
    }

    /// The first request of the journey.
    #[must_use]
    pub fn request(&self, endpoint: &str) -> HttpRequest {
        const ACCEPT: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        let with_query = |params: &Params| {
            let mark = if endpoint.contains('?') { '&' } else { '?' };
            if params.is_empty() { endpoint.to_owned() } else { format!("{endpoint}{mark}{}", params.encode()) }
        };
        let request = if self.post {
            HttpRequest::form(self.label.clone(), with_query(&self.query), &self.params)
        } else {
            HttpRequest::get(self.label.clone(), with_query(&self.params))
        };
        request.with_header("Accept", ACCEPT)
    }
}

/// The challenge of a verifier by the method S256 (RFC 7636 §4.2).
#[must_use]
pub fn s256(verifier: &str) -> String {
    use base64::Engine as _;
    use sha2::Digest as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(sha2::Sha256::digest(verifier.as_bytes()))
}

/// A code with all that is needed to redeem it.
#[derive(Clone)]
pub struct Grant {
    /// The authorization code.
    pub code: String,
    /// The client it was issued to.
    pub client: Arc<Client>,
    /// The redirect URI of the authorization request, if it had one.
    pub redirect_uri: Option<String>,
    /// The code verifier.
    pub verifier: String,
    /// The resource of the authorization request.
    pub resource: Option<String>,
}

impl Grant {
    /// The token request that redeems it, correct by default.
    #[must_use]
    pub fn redeem(&self) -> TokenRequest {
        let mut request =
            TokenRequest::new("token request", &self.client, "authorization_code").with("code", &self.code);
        if let Some(uri) = &self.redirect_uri {
            request = request.with("redirect_uri", uri);
        }
        request = request.with("code_verifier", &self.verifier);
        match &self.resource {
            Some(resource) => request.with("resource", resource),
            None => request,
        }
    }
}

impl std::fmt::Debug for Grant {
    // Secrets must not reach a log through a debug print.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Grant for {}", self.client.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_the_one_of_the_specification() {
        // RFC 7636 appendix B.
        assert_eq!(s256("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}
