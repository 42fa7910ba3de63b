//! A world whose doors are opened one at a time.

#![allow(dead_code, reason = "each test needs a part of it")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use proofmark_probe::model::{Event, Exchange, Revision};
use proofmark_probe::profile::{Endpoints, Profile, Scopes};
use proofmark_probe::recorder::{Recorder, Transport};
use proofmark_probe::settings::{LoginSettings, NetworkSettings, Rung, Settings, User};
use proofmark_probe::{AuthorizationRequest, Client, ClientAuth, Journey, Stop, World};
use wiremock::{MockServer, Request, ResponseTemplate};

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

/// A page.
pub(crate) fn html(body: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(format!("<!doctype html>{body}"), "text/html; charset=utf-8")
}

/// The pages of an authorization server whose sessions are cookies, and whose codes come to `callback`.
pub(crate) fn pages(request: &Request, callback: &str) -> ResponseTemplate {
    let cookie = request.headers.get("cookie").and_then(|c| c.to_str().ok()).unwrap_or_default();
    let body = String::from_utf8_lossy(&request.body).into_owned();
    let query = request.url.query().unwrap_or_default();
    if query.contains("client_id=unknown") {
        return ResponseTemplate::new(400);
    }
    let login = |note: &str| {
        html(&format!(
            "<title>Sign in</title><p>{note}</p><form method=post action='/login?{query}'><input name=user>\
             <input name=pass type=password><button>Sign in</button></form>"
        ))
    };
    match (request.url.path(), cookie.contains("sid=in-")) {
        ("/login", _) if body == "user=alice&pass=pass%20word%2B1" || body == "user=bob&pass=builder1" => {
            let name = if body.contains("alice") { "alice" } else { "bob" };
            ResponseTemplate::new(303)
                .insert_header("location", format!("/consent?{query}"))
                .insert_header("set-cookie", format!("sid=in-{name}-0123; Path=/; HttpOnly"))
        }
        ("/login", _) => login("Wrong password."),
        ("/authorize" | "/consent", false) => login(""),
        ("/decide", true) => {
            let answer = if body.contains("no") { "error=access_denied" } else { "code=a-code-0123456789" };
            ResponseTemplate::new(302).insert_header("location", format!("{callback}?{answer}"))
        }
        ("/authorize" | "/consent", true) => html(
            "<title>Allow?</title><form method=post action=/decide><button name=d value=yes>Allow</button>\
             <button name=d value=no>Deny</button></form>",
        ),
        _ => ResponseTemplate::new(404),
    }
}

/// This way in and no other.
pub(crate) fn by(rung: Rung) -> LoginSettings {
    LoginSettings { rungs: vec![rung], ..LoginSettings::default() }
}
