//! What the body of a case holds in its hands: the shared world, a row, and the findings so far.

mod hosting;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use proofmark_model::{Event, Finding, Outcome, Requirement, Revision};
use tokio::sync::OwnedSemaphorePermit;

use crate::authorize::{AuthorizationRequest, Grant, Journey};
use crate::case::{Case, Stop};
use crate::client::{Client, ClientKind, ClientMetadata, Registration};
use crate::http::{HttpRequest, Reply};
use crate::judge::{Evidence, Judgement};
use crate::mcp::{DEFAULT_ID, McpRequest};
use crate::profile::Profile;
use crate::rng::Rng;
use crate::settings::Settings;
use crate::token::{TokenRequest, Tokens};
use crate::world::World;

/// The hands of a case.
pub struct Probe {
    world: World,
    case: &'static Case,
    rng: Rng,
    row: Option<String>,
    findings: Vec<Finding>,
    /// Mistakes of the case itself, which make it an error of the suite.
    mistakes: Vec<String>,
    permit: Option<OwnedSemaphorePermit>,
    /// The last JSON-RPC id that was given out.
    last_id: AtomicU64,
}

impl Probe {
    /// The probe of a case. The permit is given back while the case waits for time to pass.
    #[must_use]
    pub fn new(world: World, case: &'static Case, permit: Option<OwnedSemaphorePermit>) -> Self {
        let rng = world.rng(case.id);
        // Ids are not used twice within a session, and sessions are shared: each case counts in a range of its own, small
        // enough for servers that read 32 bits.
        let range = world.rng(&format!("request ids of {}", case.id)).below(2_000_000);
        let last_id = AtomicU64::new(range * 1_000);
        Probe { world, case, rng, row: None, findings: Vec::new(), mistakes: Vec::new(), permit, last_id }
    }

    /// The revision under test.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.world.revision()
    }

    /// What discovery found.
    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.world.profile
    }

    /// What the user said.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.world.settings
    }

    /// Whether the user gave tokens instead of a way to sign in.
    #[must_use]
    pub fn has_given_tokens(&self) -> bool {
        self.world.has_given_tokens()
    }

    /// Randomness of this case.
    pub fn rng(&mut self) -> &mut Rng {
        &mut self.rng
    }

    /// A host name of this run that nothing resolves.
    #[must_use]
    pub fn host(&self, name: &str) -> String {
        self.world.host_name(name)
    }

    /// Names the input that follows; findings carry it.
    pub fn row(&mut self, name: impl Into<String>) {
        self.row = Some(name.into());
    }

    /// Ends the rows: what follows is about the case as a whole.
    pub fn no_row(&mut self) {
        self.row = None;
    }

    // Set-up. `?` on these means blocked, never failed.

    /// A client that cases share.
    ///
    /// # Errors
    /// As [`World::client`].
    pub async fn client(&self, kind: ClientKind) -> Result<Arc<Client>, Stop> {
        self.world.client(Some(self.case.id), kind).await
    }

    /// Registers a client of this case's own.
    ///
    /// # Errors
    /// As [`World::register`].
    pub async fn register(&self, metadata: ClientMetadata) -> Result<Registration, Stop> {
        self.world.register(Some(self.case.id), metadata).await
    }

    /// Registers a client that must be accepted for the case to go on.
    ///
    /// # Errors
    /// Blocked when the registration is refused.
    pub async fn registered(&self, metadata: ClientMetadata) -> Result<Arc<Client>, Stop> {
        let what = metadata.label.clone();
        let registration = self.register(metadata).await?;
        let summary = registration.reply.summary();
        registration.client.map(Arc::new).ok_or_else(|| Stop::blocked(format!("{what}: {summary}")))
    }

    /// An authorization request of a client, correct by default.
    pub fn authorization(&mut self, client: &Arc<Client>) -> AuthorizationRequest {
        self.world.authorization_request(client, &mut self.rng)
    }

    /// Follows an authorization request wherever it leads.
    ///
    /// # Errors
    /// An error of the network, or a page that could not be read.
    pub async fn walk(&self, request: AuthorizationRequest) -> Result<Journey, Stop> {
        self.world.walk(Some(self.case.id), request).await
    }

    /// Follows a correct authorization request to its code.
    ///
    /// # Errors
    /// As [`World::authorize`].
    pub async fn authorize(&self, request: AuthorizationRequest) -> Result<Grant, Stop> {
        self.world.authorize(Some(self.case.id), request).await
    }

    /// A fresh grant of the main client.
    ///
    /// # Errors
    /// As [`World::authorize`].
    pub async fn grant(&mut self) -> Result<Grant, Stop> {
        let client = self.client(ClientKind::Main).await?;
        let request = self.authorization(&client);
        self.authorize(request).await
    }

    /// Sends a token request.
    ///
    /// # Errors
    /// An error of the network.
    pub async fn token(&self, request: &TokenRequest) -> Result<Reply, Stop> {
        self.world.token(Some(self.case.id), request).await
    }

    /// Sends a token request `times` times at once.
    ///
    /// # Errors
    /// An error of the network.
    pub async fn race(&self, request: &TokenRequest, times: usize) -> Result<Vec<Reply>, Stop> {
        let mut runners = tokio::task::JoinSet::new();
        for _ in 0..times {
            let (world, case, request) = (self.world.clone(), self.case.id, request.clone());
            runners.spawn(async move { world.token(Some(case), &request).await });
        }
        runners.join_all().await.into_iter().collect()
    }

    /// Redeems a grant with a correct request.
    ///
    /// # Errors
    /// As [`World::redeem`].
    pub async fn redeem(&self, grant: &Grant) -> Result<Tokens, Stop> {
        self.world.redeem(Some(self.case.id), grant).await
    }

    /// Tokens of the main client that cases share. Nothing destructive may be done with them.
    ///
    /// # Errors
    /// As [`World::tokens`].
    pub async fn tokens(&self) -> Result<Arc<Tokens>, Stop> {
        self.world.tokens(Some(self.case.id), None).await
    }

    /// Shared tokens that were asked for with this scope alone.
    ///
    /// # Errors
    /// As [`World::tokens`].
    pub async fn tokens_for(&self, scope: &str) -> Result<Arc<Tokens>, Stop> {
        self.world.tokens(Some(self.case.id), Some(scope)).await
    }

    /// Tokens of this case's own, from a browser session of their own, to do anything with.
    ///
    /// # Errors
    /// As [`World::authorize`] and [`World::redeem`].
    pub async fn own_tokens(&mut self) -> Result<Tokens, Stop> {
        if self.world.has_given_tokens() {
            return Err(World::no_flow("a token of the case's own is needed"));
        }
        let client = self.client(ClientKind::Main).await?;
        let request = self.authorization(&client).in_fresh_session();
        let grant = self.authorize(request).await?;
        self.redeem(&grant).await
    }

    /// The request that the server refuses without a token: valid in every other respect, and without a token.
    ///
    /// # Errors
    /// As [`World::protected_request`].
    pub async fn protected(&self) -> Result<McpRequest, Stop> {
        self.world.protected_request(Some(self.case.id)).await
    }

    /// A JSON-RPC request without a token.
    #[must_use]
    pub fn rpc(&self, method: &str, params: serde_json::Value) -> McpRequest {
        McpRequest::rpc(&self.profile().mcp_url, self.revision(), method, params)
    }

    /// A call of a tool without a token.
    #[must_use]
    pub fn tool_call(&self, name: &str, arguments: &serde_json::Value) -> McpRequest {
        self.world.tool_call(name, arguments)
    }

    /// The session that belongs to a token; `None` where there are no sessions.
    ///
    /// # Errors
    /// As [`World::session`].
    pub async fn session(&self, token: &str) -> Result<Option<String>, Stop> {
        self.world.session(Some(self.case.id), token).await
    }

    /// A session of this case's own; `None` where there are no sessions.
    ///
    /// # Errors
    /// As [`World::session`].
    pub async fn own_session(&self, token: &str) -> Result<Option<String>, Stop> {
        if !self.revision().has_handshake() {
            return Ok(None);
        }
        self.world.open_session(Some(self.case.id), token).await
    }

    /// Sends an MCP request.
    ///
    /// # Errors
    /// An error of the network.
    pub async fn mcp(&self, request: McpRequest) -> Result<Reply, Stop> {
        self.send(self.numbered(request).request()).await
    }

    /// The request under an id that no other has; one that a case chose itself stays.
    fn numbered(&self, mut request: McpRequest) -> McpRequest {
        if let Some(id) = request.message.as_mut().and_then(|m| m.get_mut("id")).filter(|id| **id == DEFAULT_ID) {
            *id = (self.last_id.fetch_add(1, Ordering::Relaxed) + 1).into();
        }
        request
    }

    /// Sends MCP requests at the same time; the answers come in the order of the requests.
    ///
    /// # Errors
    /// An error of the network on any of them.
    pub async fn mcp_together(&self, requests: Vec<McpRequest>) -> Result<Vec<Reply>, Stop> {
        let case = self.case.id;
        let running: Vec<_> = requests
            .into_iter()
            .map(|request| {
                let (world, request) = (self.world.clone(), self.numbered(request));
                tokio::spawn(async move { world.send(Some(case), request.request()).await })
            })
            .collect();
        let mut replies = Vec::with_capacity(running.len());
        for task in running {
            replies.push(task.await.map_err(|e| Stop::error(format!("a request did not end: {e}")))??);
        }
        Ok(replies)
    }

    /// Sends any request.
    ///
    /// # Errors
    /// An error of the network.
    pub async fn send(&self, request: HttpRequest) -> Result<Reply, Stop> {
        self.world.send(Some(self.case.id), request).await
    }

    /// The time since the run began.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.world.now()
    }

    /// Waits until a time of the run; other cases go on meanwhile.
    ///
    /// # Errors
    /// Blocked when the wait is longer than the run allows.
    pub async fn wait_until(&mut self, time: Duration, what: &str) -> Result<(), Stop> {
        let wait = time.saturating_sub(self.now());
        let most = self.settings().timing.max_wait;
        if wait > most {
            return Err(Stop::missing(
                format!(
                    "{what} would take {} s, longer than the {} s that --max-wait allows",
                    wait.as_secs(),
                    most.as_secs()
                ),
                format!(
                    "give the test client a shorter lifetime at the server, or run with --max-wait {}",
                    wait.as_secs() + 1
                ),
            ));
        }
        if wait.is_zero() {
            return Ok(());
        }
        let until_ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        self.world.recorder.emit(Event::CaseWaits { case: self.case.id.into(), what: what.into(), until_ms });
        drop(self.permit.take());
        tokio::time::sleep(wait).await;
        self.permit = Arc::clone(&self.world.jobs).acquire_owned().await.ok();
        Ok(())
    }

    // Findings.

    /// Judges a requirement by what was seen. A requirement that does not hold at the revision under test is passed over.
    pub fn expect<T: Evidence + ?Sized>(
        &mut self,
        requirement: &'static Requirement,
        subject: &T,
        judge: impl FnOnce(&T) -> Judgement,
    ) {
        let outcome = match judge(subject) {
            Judgement::Met(observed) => Outcome::Met { observed },
            Judgement::Violated { expected, observed } => Outcome::Violated { expected, observed },
            Judgement::Moot(because) => Outcome::Moot { because },
            Judgement::Unproven(because) => Outcome::Unproven { because },
        };
        self.record(requirement, outcome, subject.exchanges());
    }

    /// Says that a requirement had nothing to apply to.
    pub fn moot(&mut self, requirement: &'static Requirement, because: impl Into<String>) {
        self.record(requirement, Outcome::Moot { because: because.into() }, Vec::new());
    }

    fn record(
        &mut self,
        requirement: &'static Requirement,
        outcome: Outcome,
        exchanges: Vec<proofmark_model::ExchangeId>,
    ) {
        if !self.case.covers.iter().any(|r| r.id == requirement.id) {
            self.mistakes.push(format!("judged {} without covering it", requirement.id));
        }
        let Some(level) = requirement.level_at(self.revision()) else { return };
        let recorder = &self.world.recorder;
        let outcome = match outcome {
            Outcome::Met { observed } => Outcome::Met { observed: recorder.redact(&observed) },
            Outcome::Violated { expected, observed } => {
                Outcome::Violated { expected: recorder.redact(&expected), observed: recorder.redact(&observed) }
            }
            Outcome::Moot { because } => Outcome::Moot { because: recorder.redact(&because) },
            Outcome::Unproven { because } => Outcome::Unproven { because: recorder.redact(&because) },
        };
        self.findings.push(Finding {
            requirement: requirement.id.into(),
            level,
            row: self.row.clone(),
            outcome,
            exchanges,
        });
    }

    /// Ends the case: its findings, and its mistakes. When the body ended by itself, each requirement it covers and that
    /// holds must have a finding.
    #[must_use]
    pub fn finish(mut self, completed: bool) -> (Vec<Finding>, Vec<String>) {
        if completed {
            for requirement in self.case.covers {
                let holds = requirement.level_at(self.revision()).is_some();
                if holds && !self.findings.iter().any(|f| f.requirement == requirement.id) {
                    self.mistakes.push(format!("said nothing about {}", requirement.id));
                }
            }
        }
        (self.findings, self.mistakes)
    }
}
