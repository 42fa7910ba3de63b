//! What cases share: the recorder, the profile, registered clients, signed-in user agents, tokens and sessions. Each is
//! made once, when the first case needs it.

mod access;
mod clients;
mod documents;
mod given;
mod keys;
mod territory;
mod tidy;

pub use documents::Exhibit;

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use proofmark_model::Revision;
use tokio::sync::{OnceCell, Semaphore};

use crate::authorize::{AuthorizationRequest, Grant, Journey, Landing, s256};
use crate::case::Stop;
use crate::client::{Client, ClientKind};
use crate::host::Host;
use crate::http::{HttpRequest, Reply};
use crate::login::ladder::{Grounds, SignIn};
use crate::params::Params;
use crate::profile::Profile;
use crate::recorder::Recorder;
use crate::rng::Rng;
use crate::settings::{Rung, Settings};
use crate::token::{TokenRequest, Tokens};
use territory::Origins;

/// A value that is made once, however many ask for it at the same time.
type Once<T> = Arc<OnceCell<Result<T, Stop>>>;

/// Values that are made once per key.
type Shelf<K, T> = Mutex<HashMap<K, Once<T>>>;

/// Everything that cases share.
#[derive(Clone)]
pub struct World {
    /// Sends and keeps.
    pub recorder: Arc<Recorder>,
    /// What the user said.
    pub settings: Arc<Settings>,
    /// What discovery found.
    pub profile: Arc<Profile>,
    /// What signing in showed; `Err` says why there is no token.
    pub access: Result<Arc<Tokens>, Stop>,
    /// Permits to send requests.
    pub jobs: Arc<Semaphore>,
    pools: Arc<Pools>,
}

struct Pools {
    clients: Shelf<ClientKind, Arc<Client>>,
    registered: Mutex<Vec<clients::Registered>>,
    /// The audience that the server wants in assertions, once a client found out.
    audience: std::sync::OnceLock<String>,
    host: OnceCell<Result<Arc<Host>, Stop>>,
    /// Case → how many pages it put at our host.
    published: Mutex<HashMap<String, u32>>,
    /// Whether the server refused the document of ordinary flows.
    documents_refused: Mutex<bool>,
    sign_in: SignIn,
    origins: Mutex<HashSet<String>>,
    tokens: tokio::sync::Mutex<HashMap<String, Arc<Tokens>>>,
    /// Scope → how often shared tokens were drawn for it.
    drawn: Mutex<HashMap<String, u32>>,
    sessions: Shelf<String, Option<String>>,
    refreshable: Mutex<Vec<Arc<Tokens>>>,
    /// The refresh token that took the place of the one that the user gave.
    rotated: Mutex<Option<String>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn shelved<K: Eq + Hash, T>(shelf: &Shelf<K, T>, key: K) -> Once<T> {
    Arc::clone(locked(shelf).entry(key).or_default())
}

impl World {
    /// The world of a target as discovery found it, before anyone signed in.
    #[must_use]
    pub fn new(recorder: Arc<Recorder>, settings: Arc<Settings>, profile: Profile) -> Self {
        let sign_in = SignIn::new(&recorder, &settings, &profile.endpoints.authorization);
        let places = [&profile.issuer, &profile.endpoints.authorization, &profile.endpoints.token, &profile.mcp_url];
        for place in places {
            recorder.belongs_to_target(place);
        }
        let known = places.into_iter().chain(&settings.login.origins).filter_map(|u| url::Url::parse(u).ok());
        let origins = Mutex::new(known.map(|u| u.origin().ascii_serialization()).collect());
        let pools = Pools {
            clients: Shelf::default(),
            registered: Mutex::default(),
            audience: std::sync::OnceLock::new(),
            host: OnceCell::new(),
            published: Mutex::default(),
            documents_refused: Mutex::default(),
            sign_in,
            origins,
            tokens: tokio::sync::Mutex::default(),
            drawn: Mutex::default(),
            sessions: Shelf::default(),
            refreshable: Mutex::default(),
            rotated: Mutex::default(),
        };
        World {
            recorder,
            jobs: Arc::new(Semaphore::new(settings.jobs.max(1))),
            settings,
            profile: Arc::new(profile),
            access: Err(Stop::blocked("nobody has signed in yet")),
            pools: Arc::new(pools),
        }
    }

    /// The same world with what was learned since.
    #[must_use]
    pub fn with(mut self, profile: Profile, access: Result<Arc<Tokens>, Stop>) -> Self {
        self.profile = Arc::new(profile);
        self.access = access;
        self
    }

    /// Whether there is an MCP server; otherwise the authorization server is tested alone.
    #[must_use]
    pub fn has_resource_server(&self) -> bool {
        !self.profile.mcp_url.is_empty()
    }

    /// Why a case about the MCP server does not run when there is none.
    #[must_use]
    pub fn no_resource_server() -> Stop {
        Stop::Excluded { why: "the authorization server is tested alone".into() }
    }

    /// The time since the run began.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.recorder.began().elapsed()
    }

    /// The revision under test.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.profile.revision
    }

    /// Randomness for a name.
    #[must_use]
    pub fn rng(&self, name: &str) -> Rng {
        Rng::new(&self.settings.seed, name)
    }

    /// The host names under which this run registers redirect URIs; nothing resolves them (RFC 6761 §6.4).
    #[must_use]
    pub fn host_name(&self, name: &str) -> String {
        format!("{name}.{}.example.test", self.rng("host").name(8))
    }

    /// A loopback port for redirect URIs. Nothing listens there: the redirect is read, not followed.
    #[must_use]
    pub fn loopback_port(&self, name: &str) -> u16 {
        u16::try_from(20_000 + self.rng(name).below(30_000)).unwrap_or(33_418)
    }

    /// Sends a request.
    ///
    /// # Errors
    /// As [`Recorder::send`].
    pub async fn send(&self, case: Option<&str>, request: HttpRequest) -> Result<Reply, Stop> {
        self.recorder.send(case, request).await
    }

    /// An authorization request of a client, correct by default.
    #[must_use]
    pub fn authorization_request(&self, client: &Arc<Client>, rng: &mut Rng) -> AuthorizationRequest {
        let verifier = rng.word();
        let state = rng.word();
        let redirect_uri = client.redirect_uri().to_owned();
        let mut params: Params =
            [("response_type", "code"), ("client_id", client.id.as_str()), ("redirect_uri", redirect_uri.as_str())]
                .into_iter()
                .collect();
        let scope = self.profile.scopes.all.join(" ");
        if !scope.is_empty() {
            params.add("scope", &scope);
        }
        params.add("state", &state);
        params.add("code_challenge", &s256(&verifier));
        params.add("code_challenge_method", "S256");
        if let Some(resource) = &self.profile.resource {
            params.add("resource", resource);
        }
        for (name, value) in &self.settings.authorization_params {
            params.set(name, value);
        }
        let mut request = AuthorizationRequest::bare(client, &redirect_uri);
        (request.params, request.verifier, request.state) = (params, verifier, state);
        request
    }

    /// Lets a user agent follow an authorization request. The agent is one that may have signed in before, unless the
    /// request wants a fresh session.
    ///
    /// # Errors
    /// As [`Recorder::send`].
    pub async fn walk(&self, case: Option<&str>, request: AuthorizationRequest) -> Result<Journey, Stop> {
        if self.has_given_tokens() {
            return Err(World::no_flow("it needs an authorization flow"));
        }
        let origins = self.origins(false);
        self.pools.sign_in.walk(&self.grounds(case, &origins), request).await
    }

    fn origins(&self, may_annex: bool) -> Origins<'_> {
        Origins { pools: &self.pools, may_annex, loopback: self.profile.is_loopback() }
    }

    fn grounds<'a>(&'a self, case: Option<&'a str>, territory: &'a Origins<'a>) -> Grounds<'a> {
        let (recorder, settings) = (&*self.recorder, &*self.settings);
        Grounds { recorder, settings, territory, case, endpoint: &self.profile.endpoints.authorization }
    }

    /// Walks an unmodified request to its code. The first one finds out how users get in.
    ///
    /// # Errors
    /// Blocked when no code arrives, with what happened instead.
    pub async fn authorize(&self, case: Option<&str>, request: AuthorizationRequest) -> Result<Grant, Stop> {
        if self.has_given_tokens() {
            return Err(World::no_flow("it needs an authorization flow"));
        }
        let origins = self.origins(true);
        let journey = self.pools.sign_in.enter(&self.grounds(case, &origins), request).await?;
        if let Landing::Stuck { why, remedy } = &journey.landing {
            return Err(Stop::missing(why.clone(), remedy.clone()));
        }
        match journey.grant() {
            Some(grant) if journey.arrived() => Ok(grant),
            _ => Err(Stop::blocked(format!("a correct authorization request ended in {}", journey.describe()))),
        }
    }

    /// The way in that was found to work.
    #[must_use]
    pub fn rung(&self) -> Option<Rung> {
        self.pools.sign_in.rung()
    }

    /// How many sign-ins were made: in sessions that cases share, and in sessions of their own.
    #[must_use]
    pub fn sign_ins(&self) -> (u32, u32) {
        self.pools.sign_in.count()
    }

    /// Sends a token request.
    ///
    /// # Errors
    /// As [`Recorder::send`].
    pub async fn token(&self, case: Option<&str>, request: &TokenRequest) -> Result<Reply, Stop> {
        self.send(case, request.request(self.token_endpoint(&request.client))).await
    }

    /// Redeems a grant for tokens.
    ///
    /// # Errors
    /// Blocked when a correct request gets no token.
    pub async fn redeem(&self, case: Option<&str>, grant: &Grant) -> Result<Tokens, Stop> {
        let reply = self.token(case, &grant.redeem()).await?;
        let summary = reply.summary();
        let tokens = Tokens::read(&grant.client, reply)
            .ok_or_else(|| Stop::blocked(format!("a correct token request ended in {summary}")))?;
        locked(&self.pools.refreshable).push(Arc::new(tokens.clone()));
        Ok(tokens)
    }

    /// Tokens of the main client that all cases share, with these scopes; fresh for a while.
    ///
    /// # Errors
    /// Blocked when the flow does not end in a token.
    pub async fn tokens(&self, case: Option<&str>, scope: Option<&str>) -> Result<Arc<Tokens>, Stop> {
        let key = scope.unwrap_or("").to_owned();
        let mut shared = self.pools.tokens.lock().await;
        if let Some(tokens) = shared.get(&key).filter(|t| t.is_fresh(self.now())) {
            return Ok(Arc::clone(tokens));
        }
        let tokens = Arc::new(self.fresh_tokens(case, scope).await?);
        shared.insert(key, Arc::clone(&tokens));
        Ok(tokens)
    }

    async fn fresh_tokens(&self, case: Option<&str>, scope: Option<&str>) -> Result<Tokens, Stop> {
        if self.has_given_tokens() {
            return self.given_tokens(case, scope).await;
        }
        let client = self.client(case, ClientKind::Main).await?;
        // The clock stays out of it, so that a seed repeats the requests of a run.
        let name = {
            let mut drawn = locked(&self.pools.drawn);
            let count = drawn.entry(scope.unwrap_or("").to_owned()).or_default();
            *count += 1;
            format!("shared tokens {} {count}", scope.unwrap_or(""))
        };
        let request = self.authorization_request(&client, &mut self.rng(&name));
        let request = match scope {
            Some(scope) => request.with("scope", scope),
            None => request,
        };
        let grant = self.authorize(case, request).await?;
        self.redeem(case, &grant).await
    }
}
