//! Authorization requests, the journey of the user agent that follows, and the grant at its end.

use std::sync::Arc;

use proofmark_model::ExchangeId;

use crate::client::Client;
use crate::form::{Form, Page};
use crate::http::{HttpRequest, Reply, cut};
use crate::judge::Evidence;
use crate::login::decide::Kind;
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

/// Where a journey ended.
#[derive(Debug, Clone)]
pub enum Landing {
    /// The user agent was sent to a URI outside the authorization server.
    Redirected {
        /// The target, byte for byte as the server wrote it.
        to: String,
    },
    /// A page from which nothing leads on.
    Page {
        /// Its title or first words.
        title: String,
    },
    /// A page that the driver could not get past.
    Stuck {
        /// What it could not do.
        why: String,
        /// What would help.
        remedy: String,
    },
}

/// What the user was asked on the way, as far as it was seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Asked {
    /// To sign in.
    pub login: bool,
    /// To agree, or to pass any other page.
    pub consent: bool,
    /// The user refused.
    pub denied: bool,
    /// A page asked for something that was not given to Proofmark, or refused what was given.
    pub lacking: bool,
    /// A part of the way went by unseen, at another program or person.
    pub unseen: bool,
}

impl Asked {
    /// Takes in a page that was shown.
    pub(crate) fn see(&mut self, page: &Page, status: u16) {
        self.login |= status < 400 && page.forms.iter().any(Form::asks_password);
    }

    /// Takes in what was answered.
    pub(crate) fn answer(&mut self, kind: Kind, denies: bool) {
        self.login |= kind != Kind::Consent;
        self.consent |= kind == Kind::Consent;
        self.denied |= denies;
    }
}

/// What happened to a user agent that followed an authorization request.
#[derive(Debug, Clone)]
pub struct Journey {
    /// The request.
    pub request: AuthorizationRequest,
    /// Every answer on the way.
    pub hops: Vec<Reply>,
    /// Where it ended.
    pub landing: Landing,
    /// Targets outside the authorization server to which a page would have sent the user agent by itself.
    pub pushed_to: Vec<String>,
    /// What the user was asked.
    pub asked: Asked,
    /// Exchanges that show where it ended, besides those of the hops.
    pub witnesses: Vec<ExchangeId>,
}

impl Journey {
    /// A journey that has this landing and nothing before it.
    #[must_use]
    pub fn new(request: AuthorizationRequest, landing: Landing) -> Self {
        let (hops, pushed_to, witnesses) = (Vec::new(), Vec::new(), Vec::new());
        Journey { request, hops, landing, pushed_to, asked: Asked::default(), witnesses }
    }

    /// The parameters of the authorization response.
    #[must_use]
    pub fn params(&self) -> Params {
        match &self.landing {
            Landing::Redirected { to } => Params::of_url(to),
            _ => Params::new(),
        }
    }

    /// A parameter of the authorization response.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<String> {
        self.params().get(name).map(ToOwned::to_owned)
    }

    /// The code, if one was issued.
    #[must_use]
    pub fn code(&self) -> Option<String> {
        self.param("code").filter(|c| !c.is_empty())
    }

    /// The error code, if the response is an error.
    #[must_use]
    pub fn error(&self) -> Option<String> {
        self.param("error").filter(|e| !e.is_empty())
    }

    /// The last answer.
    #[must_use]
    pub fn last(&self) -> Option<&Reply> {
        self.hops.last()
    }

    /// Whether the user agent arrived at a URI that the client may use.
    #[must_use]
    pub fn arrived(&self) -> bool {
        matches!(&self.landing, Landing::Redirected { to } if self.may_receive(to))
    }

    /// Whether a target is one of the client's: a registered URI, byte for byte, followed by nothing but response
    /// parameters; or a registered loopback URI with the port that was asked for (RFC 8252 §7.3).
    #[must_use]
    pub fn may_receive(&self, target: &str) -> bool {
        let uris = &self.request.client.redirect_uris;
        uris.iter().any(|uri| is_extension_of(target, uri))
            || (is_extension_of(target, &self.request.redirect_uri)
                && uris.iter().any(|uri| differs_in_loopback_port_only(uri, &self.request.redirect_uri)))
    }

    /// A target outside the authorization server, and not the client's, to which the user agent was sent.
    #[must_use]
    pub fn leak(&self) -> Option<String> {
        let redirected = match &self.landing {
            Landing::Redirected { to } => Some(to),
            _ => None,
        };
        redirected.into_iter().chain(&self.pushed_to).find(|to| !self.may_receive(to)).cloned()
    }

    /// What happened, in a few words.
    #[must_use]
    pub fn describe(&self) -> String {
        let last = self.last().map_or(0, Reply::status);
        match &self.landing {
            Landing::Redirected { to } => {
                let place = to.split(['?', '#']).next().unwrap_or(to);
                match (self.code(), self.error()) {
                    (Some(_), _) => format!("a code at {}", cut(place, 120)),
                    (None, Some(error)) => format!("error \"{}\" at {}", cut(&error, 60), cut(place, 120)),
                    (None, None) => format!("a redirect to {}", cut(to, 160)),
                }
            }
            Landing::Page { title } if title.is_empty() => format!("an answer with HTTP {last} that leads nowhere"),
            Landing::Page { title } => format!("a page with HTTP {last} (\"{}\")", cut(title, 80)),
            Landing::Stuck { why, .. } => format!("a page that could not be passed: {why}"),
        }
    }

    /// The grant, if a code arrived where it should.
    #[must_use]
    pub fn grant(&self) -> Option<Grant> {
        Some(Grant {
            code: self.code()?,
            client: Arc::clone(&self.request.client),
            redirect_uri: self.request.params.get("redirect_uri").map(ToOwned::to_owned),
            verifier: self.request.verifier.clone(),
            resource: self.request.params.get("resource").map(ToOwned::to_owned),
        })
    }
}

impl Evidence for Journey {
    fn exchanges(&self) -> Vec<ExchangeId> {
        self.hops.iter().map(Reply::id).chain(self.witnesses.iter().copied()).collect()
    }
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

/// Whether `target` is `uri`, byte for byte, with at most a query or fragment appended.
fn is_extension_of(target: &str, uri: &str) -> bool {
    !uri.is_empty()
        && target.strip_prefix(uri).is_some_and(|rest| {
            rest.is_empty() || rest.starts_with('#') || rest.starts_with(if uri.contains('?') { '&' } else { '?' })
        })
}

/// Whether two loopback URIs are the same but for the port.
#[must_use]
pub fn differs_in_loopback_port_only(a: &str, b: &str) -> bool {
    fn without_port(uri: &str) -> Option<String> {
        let rest = uri.strip_prefix("http://")?;
        let (host, rest) =
            ["127.0.0.1", "[::1]", "localhost"].into_iter().find_map(|h| Some((h, rest.strip_prefix(h)?)))?;
        let rest = match rest.strip_prefix(':') {
            Some(port) => port.trim_start_matches(|c: char| c.is_ascii_digit()),
            None => rest,
        };
        (rest.is_empty() || rest.starts_with('/') || rest.starts_with('?')).then(|| format!("{host}{rest}"))
    }
    without_port(a).is_some_and(|a| without_port(b) == Some(a))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn journey(registered: &str, asked: &str, to: &str) -> Journey {
        let client = Arc::new(Client { id: "c".into(), redirect_uris: vec![registered.into()], ..Client::default() });
        let request = AuthorizationRequest::bare(&client, asked);
        Journey::new(request, Landing::Redirected { to: to.into() })
    }

    #[test]
    fn the_challenge_is_the_one_of_the_specification() {
        // RFC 7636 appendix B.
        assert_eq!(s256("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn only_the_registered_uri_may_receive_byte_for_byte() {
        let registered = "https://h/cb";
        for good in ["https://h/cb", "https://h/cb?code=1", "https://h/cb?code=1#_", "https://h/cb#x"] {
            assert_eq!(journey(registered, registered, good).leak(), None, "{good}");
        }
        for bad in
            ["https://h/cb/", "https://h/cb/x?code=1", "https://H/cb?code=1", "https://h/cbx", "https://h/cb&x=1"]
        {
            assert_eq!(journey(registered, bad, bad).leak().as_deref(), Some(bad));
        }
        let with_query = "https://h/cb?tenant=1";
        assert!(journey(with_query, with_query, "https://h/cb?tenant=1&code=2").arrived());
        assert!(!journey(with_query, with_query, "https://h/cb?tenant=12&code=2").arrived());
    }

    #[test]
    fn the_port_of_a_loopback_uri_is_free_when_it_was_asked_for() {
        let registered = "http://127.0.0.1:1/cb";
        assert!(journey(registered, "http://127.0.0.1:2/cb", "http://127.0.0.1:2/cb?code=1").arrived());
        assert!(!journey(registered, "http://127.0.0.1:2/cb", "http://127.0.0.1:3/cb?code=1").arrived());
        assert!(!journey(registered, "http://127.0.0.1:2/x", "http://127.0.0.1:2/x?code=1").arrived());
        assert!(!journey(registered, "http://localhost:2/cb", "http://localhost:2/cb").arrived());
        assert!(!differs_in_loopback_port_only(registered, "http://127.0.0.1:1@evil.test/cb"));
        assert!(!differs_in_loopback_port_only(registered, "https://127.0.0.1:2/cb"));
        assert!(differs_in_loopback_port_only("http://[::1]/cb", "http://[::1]:9/cb"));
    }
}
