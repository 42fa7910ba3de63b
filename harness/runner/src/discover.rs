//! Discovery, as a client does it: the challenge, the protected resource metadata, the authorization server metadata.

use proofmark_model::{Event, ExchangeId, Fact, Revision};
use proofmark_probe::challenge::bearer;
use proofmark_probe::places::may_visit;
use proofmark_probe::profile::{Endpoints, Found, Profile, Route, Scopes};
use proofmark_probe::recorder::Recorder;
use proofmark_probe::settings::Settings;
use proofmark_probe::{HttpRequest, McpRequest, Reply, Stop};
use serde_json::{Value, json};
use url::Url;

use crate::places::{covers, server_places};
use crate::unanswered;

/// Scopes that are about the user or the session, not about the resource.
const NOT_OF_THE_RESOURCE: &[&str] = &["openid", "profile", "email", "address", "phone", "offline_access"];

/// Learns of the target what can be learned without a token.
pub(crate) struct Discovery<'a> {
    pub(crate) recorder: &'a Recorder,
    pub(crate) settings: &'a Settings,
    /// The revision that the user asked for; `None` lets the target decide.
    pub(crate) spec: Option<Revision>,
}

impl Discovery<'_> {
    /// The profile of the target, as far as it shows without a token, and why nobody can sign in if that is known already:
    /// a protected server whose authorization server cannot be found still has much to show.
    pub(crate) async fn run(&self) -> Result<(Profile, Option<Stop>), Stop> {
        if self.settings.mcp_url.is_empty() {
            return self.server_alone().await;
        }
        let mcp = Url::parse(&self.settings.mcp_url)
            .map_err(|e| Stop::error(format!("'{}' is no URL: {e}", self.settings.mcp_url)))?;
        self.recorder.belongs_to_target(&self.settings.mcp_url);
        let (revision, refusal) = self.knock().await.map_err(|stop| self.at_the_door(stop))?;
        let mut profile = self.blank(revision);
        if let Some((method, reply)) = refusal {
            self.learn("protection", format!("{method} without a token: {}", reply.summary()), vec![reply.id()]);
            profile.protected_method = Some(method);
            profile.challenge = Some(reply);
        }
        if self.spec != Some(Revision::R2025_03_26) {
            self.find_resource_metadata(&mcp, &mut profile).await.map_err(|stop| self.at_the_door(stop))?;
        }
        let lacking = match self.find_server(&mcp, &mut profile).await {
            Err(stop) if profile.protected_method.is_none() => return Err(stop),
            // A network that fails, or an endpoint that has moved, is nothing to judge a rule by.
            Err(stop @ Stop::Error { .. }) => return Err(self.at_the_door(stop)),
            Err(stop) if moved_to(&profile).is_some() => return Err(stop),
            found => found.err(),
        };
        self.find_scopes(&mut profile);
        Ok((profile, lacking))
    }

    /// The profile of an authorization server that is tested without an MCP server.
    async fn server_alone(&self) -> Result<(Profile, Option<Stop>), Stop> {
        let mut profile = self.blank(self.spec.unwrap_or(Revision::R2026_07_28));
        profile.resource.clone_from(&self.settings.resource);
        let issuer = self.settings.issuer.clone().unwrap_or_default();
        let parsed = Url::parse(&issuer).map_err(|e| Stop::error(format!("the issuer '{issuer}' is no URL: {e}")))?;
        self.learn("MCP server", "none: the authorization server is tested alone", vec![]);
        self.find_server(&parsed, &mut profile).await.map_err(|stop| self.at_the_door(stop))?;
        self.find_scopes(&mut profile);
        Ok((profile, None))
    }

    /// A profile that nothing is known for.
    fn blank(&self, revision: Revision) -> Profile {
        Profile {
            mcp_url: self.settings.mcp_url.clone(),
            revision,
            spoken: Vec::new(),
            protected_method: None,
            challenge: None,
            resource_metadata: Vec::new(),
            resource: None,
            server_metadata: Vec::new(),
            issuer: String::new(),
            metadata: Value::Null,
            endpoints: Endpoints::default(),
            scopes: Scopes::default(),
            read_tool: None,
            write_tool: None,
        }
    }

    pub(crate) fn learn(&self, name: &str, value: impl AsRef<str>, exchanges: Vec<ExchangeId>) {
        let fact = Fact { name: name.into(), value: self.recorder.redact(value.as_ref()), exchanges };
        self.recorder.emit(Event::Learned { fact });
    }

    /// Sends the first request of a client, without a token, in the revisions in question.
    async fn knock(&self) -> Result<(Revision, Option<(String, Reply)>), Stop> {
        let revisions = match self.spec {
            Some(revision) => vec![revision],
            None => vec![Revision::R2026_07_28, Revision::R2025_11_25],
        };
        let mut best: Option<(Revision, Option<(String, Reply)>)> = None;
        let mut strangest: Option<Reply> = None;
        for revision in revisions {
            match self.refusal(revision).await? {
                Knock::Refused(method, reply) => {
                    // A 401 is what a client can act on; any other refusal may only mean another revision.
                    if reply.status() == 401 {
                        return Ok((revision, Some((method, reply))));
                    }
                    best = best.or(Some((revision, Some((method, reply)))));
                }
                Knock::Open(reply) => {
                    self.learn("protection", "requests without a token are served", vec![reply.id()]);
                    best = best.or(Some((revision, None)));
                }
                Knock::Strange(reply) => strangest = strangest.or(Some(reply)),
            }
        }
        best.ok_or_else(|| {
            let seen = strangest.map_or_else(|| "no answer".into(), |r| r.summary());
            Stop::missing(
                format!("there is no MCP server at {}: it answered {seen}", self.settings.mcp_url),
                "check the path of the URL: the MCP endpoint often ends in /mcp",
            )
        })
    }

    /// Finds the request that a server refuses without a token, in one revision.
    pub(crate) async fn refusal(&self, revision: Revision) -> Result<Knock, Stop> {
        let url = &self.settings.mcp_url;
        let first = if revision.has_handshake() { "initialize" } else { "tools/list" };
        let request = match first {
            "initialize" => McpRequest::initialize(url, revision),
            method => McpRequest::rpc(url, revision, method, json!({})),
        };
        let reply = self.recorder.send(None, request.labelled("without a token").request()).await?;
        if reply.status() == 401 || matches!(reply.status(), 403) {
            return Ok(Knock::Refused(first.into(), reply));
        }
        if reply.rpc_result().is_none() {
            let speaks_rpc = reply.rpc().is_some_and(|m| m.get("jsonrpc").is_some());
            let redirected = (300..400).contains(&reply.status());
            // An error in a 200 is a wrong way to refuse, and a refusal all the same.
            let plain = !reply.is_success() && !reply.is_html() && reply.status() != 404;
            return Ok(if speaks_rpc || redirected || plain {
                Knock::Refused(first.into(), reply)
            } else {
                Knock::Strange(reply)
            });
        }
        // The door is open; the rooms behind it may not be.
        let session = reply.header("mcp-session-id");
        if revision.has_handshake() {
            let ready =
                McpRequest::notification(url, revision, "notifications/initialized").in_session(session.as_deref());
            self.recorder.send(None, ready.request()).await?;
        }
        for (method, params) in
            [("tools/list", json!({})), ("tools/call", json!({"name": "proofmark-probe", "arguments": {}}))]
        {
            let request = McpRequest::rpc(url, revision, method, params).in_session(session.as_deref());
            let reply = self.recorder.send(None, request.labelled("without a token").request()).await?;
            if matches!(reply.status(), 401 | 403) {
                return Ok(Knock::Refused(method.into(), reply));
            }
        }
        Ok(Knock::Open(reply))
    }

    /// What to do about a server that did not even answer.
    fn at_the_door(&self, stop: Stop) -> Stop {
        match stop {
            Stop::Error { why } => {
                let help = unanswered::help(&why, self.settings.timing.request);
                Stop::missing(why, help)
            }
            stop => stop,
        }
    }

    async fn find_resource_metadata(&self, mcp: &Url, profile: &mut Profile) -> Result<(), Stop> {
        let origin = mcp.origin().ascii_serialization();
        let path = mcp.path().trim_end_matches('/');
        let mut places = Vec::new();
        let named =
            profile.challenge.as_ref().and_then(bearer).and_then(|c| c.get("resource_metadata").map(str::to_owned));
        if let Some(url) = named {
            match Url::parse(&url) {
                Ok(parsed) if may_visit(self.settings, &parsed) => places.push((Route::Challenge, url)),
                Ok(_) => self.learn(
                    "resource metadata",
                    format!("not fetched, because it leads into another network: {url}"),
                    vec![],
                ),
                Err(_) => {
                    self.learn("resource metadata", format!("the challenge names no absolute URL: {url}"), vec![]);
                }
            }
        }
        if !path.is_empty() {
            places.push((Route::PathInserted, format!("{origin}/.well-known/oauth-protected-resource{path}")));
        }
        places.push((Route::Root, format!("{origin}/.well-known/oauth-protected-resource")));
        profile.resource_metadata = self.fetch("protected resource metadata", places).await?;
        let found = profile.resource_document().map(|(f, _)| (f.url.clone(), f.reply.id()));
        // A document about another resource is not to be used (RFC 9728 §3.3).
        profile.resource = profile.resource_metadata.iter().find_map(|f| {
            let resource = f.document()?.get("resource")?.as_str()?.to_owned();
            covers(&resource, mcp).then_some(resource)
        });
        match found {
            Some((url, id)) => self.learn("resource metadata", url, vec![id]),
            None => self.learn(
                "resource metadata",
                "none was found",
                profile.resource_metadata.iter().map(|f| f.reply.id()).collect(),
            ),
        }
        if let Some(resource) = &self.settings.resource {
            profile.resource = Some(resource.clone());
        }
        // Clients send the identifier that the metadata states, and the URL they were given when there is none.
        profile.resource.get_or_insert_with(|| self.settings.mcp_url.clone());
        Ok(())
    }

    async fn find_server(&self, mcp: &Url, profile: &mut Profile) -> Result<(), Stop> {
        let origin = mcp.origin().ascii_serialization();
        let named = profile.resource_document().and_then(|(_, d)| {
            d.get("authorization_servers")?.as_array()?.iter().find_map(|v| v.as_str().map(ToOwned::to_owned))
        });
        let issuer = self.settings.issuer.clone().or(named).unwrap_or_else(|| origin.clone());
        profile.issuer.clone_from(&issuer);
        // Whoever named it, clients go there with what they have.
        self.recorder.belongs_to_target(&issuer);
        let parsed = Url::parse(&issuer).map_err(|_| {
            Stop::blocked(format!("the resource metadata names an authorization server that is no URL: {issuer}"))
        })?;
        if !may_visit(self.settings, &parsed) {
            return Err(Stop::missing(
                format!("the target names an authorization server in another network: {issuer}"),
                "if that is right, name it yourself with --issuer",
            ));
        }
        profile.server_metadata = self.fetch("authorization server metadata", server_places(&parsed)).await?;
        let usable = profile.server_metadata.iter().find_map(|f| {
            let document = f.document()?;
            document.get("issuer").and_then(Value::as_str)?;
            Some((f.reply.id(), f.url.clone(), document))
        });
        if let Some((id, url, document)) = usable {
            let text = |member: &str| document.get(member).and_then(Value::as_str).map(ToOwned::to_owned);
            profile.endpoints = Endpoints {
                authorization: text("authorization_endpoint").unwrap_or_default(),
                token: text("token_endpoint").unwrap_or_default(),
                registration: text("registration_endpoint"),
                revocation: text("revocation_endpoint"),
                jwks: text("jwks_uri"),
            };
            self.learn("authorization server", format!("{issuer}, described at {url}"), vec![id]);
            profile.metadata = document;
            return Ok(());
        }
        let looked = profile.server_metadata.iter().map(|f| f.reply.id()).collect();
        let at_own_origin = issuer.trim_end_matches('/') == origin;
        if self.settings.mcp_url.is_empty() {
            return Err(self.without_metadata(profile, &issuer));
        }
        if !at_own_origin
            || moved_to(profile).is_some()
            || (profile.protected_method.is_none() && self.settings.issuer.is_none())
        {
            self.learn("authorization server", format!("no metadata was found for {issuer}"), looked);
            return Err(if profile.protected_method.is_none() {
                Stop::missing(
                    "the MCP server serves every request without a token, and no authorization server was found: there is nothing to test",
                    "check the URL, or name the authorization server with --issuer",
                )
            } else {
                self.without_metadata(profile, &issuer)
            });
        }
        // 2025-03-26: an authorization server without metadata has these endpoints at the MCP server's origin.
        profile.endpoints = Endpoints {
            authorization: format!("{origin}/authorize"),
            token: format!("{origin}/token"),
            registration: Some(format!("{origin}/register")),
            revocation: None,
            jwks: None,
        };
        self.learn("authorization server", "no metadata; the default endpoints of 2025-03-26 stand in", looked);
        Ok(())
    }

    fn without_metadata(&self, profile: &Profile, issuer: &str) -> Stop {
        match moved_to(profile) {
            Some(location) => Stop::missing(
                format!("the MCP endpoint redirects to {location}, and no authorization server was found"),
                "if the endpoint has moved, give its new URL",
            ),
            None => Stop::missing(
                format!("the authorization server {issuer} publishes no metadata that clients could find"),
                "serve RFC 8414 metadata at the well-known location of the issuer",
            ),
        }
    }

    fn find_scopes(&self, profile: &mut Profile) {
        let given = &self.settings.scopes;
        let list = |value: Option<&Value>| -> Vec<String> {
            let names = value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
            names.filter(|s| !NOT_OF_THE_RESOURCE.contains(s)).map(ToOwned::to_owned).collect()
        };
        let challenged: Vec<String> = profile
            .challenge
            .as_ref()
            .and_then(bearer)
            .and_then(|c| {
                let scopes = c.get("scope")?.split_whitespace().filter(|s| !NOT_OF_THE_RESOURCE.contains(s));
                Some(scopes.map(ToOwned::to_owned).collect())
            })
            .unwrap_or_default();
        let document = profile.resource_document().map(|(_, d)| d);
        let mut all = given.all.clone();
        if all.is_empty() {
            all.clone_from(&challenged);
            for scope in list(document.as_ref().and_then(|d| d.get("scopes_supported"))) {
                if !all.contains(&scope) {
                    all.push(scope);
                }
            }
        }
        // In the first revision the authorization server is the MCP server's own, and so are its scopes.
        let own = self.spec == Some(Revision::R2025_03_26) || self.settings.mcp_url.is_empty();
        if all.is_empty() || given.all.is_empty() && own {
            let more = list(profile.metadata.get("scopes_supported"));
            all.extend(more.into_iter().filter(|s| !all.contains(s)).collect::<Vec<_>>());
        }
        let of_resource = || all.iter().filter(|s| !NOT_OF_THE_RESOURCE.contains(&s.as_str()));
        let read = given.read.clone().or_else(|| of_resource().next().cloned());
        let write = given.write.clone().or_else(|| of_resource().find(|s| Some(*s) != read.as_ref()).cloned());
        if !all.is_empty() {
            self.learn("scopes", all.join(" "), profile.challenge.iter().map(Reply::id).collect());
        }
        profile.scopes = Scopes { all, read, write };
    }

    async fn fetch(&self, what: &str, places: Vec<(Route, String)>) -> Result<Vec<Found>, Stop> {
        let mut found: Vec<Found> = Vec::new();
        for (route, url) in places {
            if let Some(known) = found.iter().find(|f| f.url == url) {
                let reply = known.reply.clone();
                found.push(Found { route, url, reply });
                continue;
            }
            let mut request = HttpRequest::get(what, &url);
            // Only the first revision asks clients for the header here.
            if let Some(revision) = self.spec.filter(|r| !r.has_resource_metadata()) {
                request = request.with_header("MCP-Protocol-Version", revision.as_str());
            }
            match self.recorder.send(None, request).await {
                Ok(reply) => found.push(Found { route, url, reply }),
                // A name that only the server's own network knows, as servers behind proxies give out: clients go on.
                Err(stop) if route == Route::Challenge && origin_of(&url) != origin_of(&self.settings.mcp_url) => {
                    self.learn(
                        what,
                        format!("the challenge names {url}, which cannot be fetched: {}", stop.why()),
                        vec![],
                    );
                }
                Err(stop) => return Err(stop),
            }
        }
        Ok(found)
    }
}

/// Where the MCP endpoint sends clients instead of answering them.
fn moved_to(profile: &Profile) -> Option<String> {
    profile.challenge.as_ref().filter(|r| (300..400).contains(&r.status()))?.header("location")
}

fn origin_of(url: &str) -> Option<url::Origin> {
    Url::parse(url).ok().map(|u| u.origin())
}

/// What came of a first request without a token.
pub(crate) enum Knock {
    /// This method is refused.
    Refused(String, Reply),
    /// Everything is served.
    Open(Reply),
    /// Nothing there speaks MCP.
    Strange(Reply),
}
