//! A world whose doors are opened one at a time.

#![allow(dead_code, reason = "each test needs a part of it")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use proofmark_probe::model::{Event, Exchange, Revision};
use proofmark_probe::profile::{Endpoints, Profile, Scopes};
use proofmark_probe::recorder::{Recorder, Transport};
use proofmark_probe::settings::{LoginSettings, NetworkSettings, Settings, User};
use proofmark_probe::{AuthorizationRequest, Client, ClientAuth, Journey, Stop, World};
use wiremock::MockServer;

pub(crate) const CB: &str = "http://127.0.0.1:21998/callback";

/// A world before an authorization server of our own.
pub(crate) struct Bench {
    pub(crate) world: World,
    pub(crate) events: Arc<Mutex<Vec<Event>>>,
    pub(crate) client: Arc<Client>,
}

pub(crate) fn alice() -> User {
    User { name: "alice".into(), password: "pass word+1".into(), totp: None }
}

impl Bench {
    pub(crate) fn new(server: &MockServer, login: LoginSettings) -> Self {
        Bench::at(server, login, CB)
    }

    /// A world whose client has this redirect URI.
    pub(crate) fn at(server: &MockServer, login: LoginSettings, redirect_uri: &str) -> Self {
        let events = Arc::<Mutex<Vec<Event>>>::default();
        let sink = {
            let events = Arc::clone(&events);
            Box::new(move |event| events.lock().expect("no sink panics").push(event))
        };
        let recorder = Recorder::new(
            Transport::new(Duration::from_secs(20), &NetworkSettings::default()).expect("a transport"),
            sink,
        );
        let mut settings = Settings { mcp_url: format!("{}/mcp", server.uri()), login, jobs: 4, ..Settings::default() };
        settings.timing.request = Duration::from_secs(15);
        for (kind, secret) in settings.known_secrets() {
            recorder.register_secret(kind, secret);
        }
        let profile = Profile {
            mcp_url: settings.mcp_url.clone(),
            revision: Revision::R2025_11_25,
            spoken: vec![],
            protected_method: None,
            challenge: None,
            resource_metadata: vec![],
            resource: None,
            server_metadata: vec![],
            issuer: server.uri(),
            metadata: serde_json::Value::Null,
            endpoints: Endpoints { authorization: format!("{}/authorize", server.uri()), ..Endpoints::default() },
            scopes: Scopes::default(),
            read_tool: None,
            write_tool: None,
        };
        let world = World::new(Arc::new(recorder), Arc::new(settings), profile);
        let client = Client {
            id: "c".into(),
            secret: None,
            auth: ClientAuth::None,
            redirect_uris: vec![redirect_uri.into()],
            management: None,
            key: None,
        };
        Bench { world, events, client: Arc::new(client) }
    }

    pub(crate) fn request(&self) -> AuthorizationRequest {
        let mut request = AuthorizationRequest::bare(&self.client, self.client.redirect_uri());
        request.params = [("client_id", "c"), ("state", "the state")].into_iter().collect();
        request
    }

    pub(crate) async fn refused(&self) -> (String, String) {
        match self.world.authorize(None, self.request()).await {
            Err(Stop::Blocked { why, remedy }) => (why, remedy.unwrap_or_default()),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn walk(&self, request: AuthorizationRequest) -> Journey {
        self.world.walk(None, request).await.expect("a journey")
    }

    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        let events = self.events.lock().expect("no sink panics");
        let of = |e: &Event| match e {
            Event::Exchanged { exchange } => Some(exchange.clone()),
            _ => None,
        };
        events.iter().filter_map(of).collect()
    }
}
