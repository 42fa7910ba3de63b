//! The journey of a user agent that followed an authorization request, and where it ended.

use std::sync::Arc;

use proofmark_model::ExchangeId;

use crate::authorize::{AuthorizationRequest, Grant};
use crate::form::{Form, Page};
use crate::http::{Reply, cut};
use crate::judge::Evidence;
use crate::login::decide::Kind;
use crate::params::Params;

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
    use crate::client::Client;

    fn journey(registered: &str, asked: &str, to: &str) -> Journey {
        let client = Arc::new(Client { id: "c".into(), redirect_uris: vec![registered.into()], ..Client::default() });
        let request = AuthorizationRequest::bare(&client, asked);
        Journey::new(request, Landing::Redirected { to: to.into() })
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
