//! The page at which a person is asked: it opens one window of their browser and sends it through every request, so that
//! one sign-in serves them all.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ring::rand::SecureRandom as _;
use serde_json::json;

use super::server::{Answer, Asked, Server, page};
use crate::authorize::AuthorizationRequest;
use crate::case::Stop;
use crate::params::Params;

/// What the person said of the other window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    /// It shows an error.
    Error,
    /// It stays on another page.
    Stays,
}

#[derive(Default)]
struct State {
    /// The number of the request that is under way; 0 for none.
    number: u32,
    /// How many there were.
    total: u32,
    text: String,
    /// What sends the window there.
    go: Option<Answer>,
    until: Option<Instant>,
    said: Option<Said>,
}

/// The desk, until it is dropped.
pub(super) struct Desk {
    _server: Server,
    state: Arc<Mutex<State>>,
    /// Its page.
    pub(super) url: String,
}

impl Desk {
    /// Opens the desk on a port of its own.
    pub(super) async fn open() -> Result<Self, Stop> {
        let cannot =
            |what: String| Stop::error(format!("no page for the person can be served on this machine: {what}"));
        let mut key = [0; 12];
        ring::rand::SystemRandom::new().fill(&mut key).map_err(|_| cannot("no randomness".into()))?;
        // Other pages in the person's browser cannot guess it.
        let key: String = key.iter().map(|b| format!("{b:02x}")).collect();
        let state = Arc::<Mutex<State>>::default();
        let answer = {
            let (state, key) = (Arc::clone(&state), key.clone());
            move |asked: Asked| match asked.target.strip_prefix('/').and_then(|t| t.strip_prefix(key.as_str())) {
                Some(rest) => answer(&mut locked(&state), rest, &asked.method),
                None => (404, Vec::new(), String::new()),
            }
        };
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let server = Server::start(address, answer).await.map_err(|e| cannot(e.to_string()))?;
        let url = format!("http://{}/{key}/", server.address);
        Ok(Desk { _server: server, state, url })
    }

    /// Puts a request before the person.
    pub(super) fn ask(&self, request: &AuthorizationRequest, endpoint: &str, text: &str, limit: Duration) {
        let mut state = locked(&self.state);
        state.total += 1;
        state.number = state.total;
        text.clone_into(&mut state.text);
        state.go = Some(go(request, endpoint));
        state.until = Some(Instant::now() + limit);
        state.said = None;
    }

    /// What the person said since.
    pub(super) fn said(&self) -> Option<Said> {
        locked(&self.state).said
    }

    /// The request is over.
    pub(super) fn done(&self) {
        let mut state = locked(&self.state);
        state.number = 0;
        state.go = None;
        state.text = "Nothing to do just now. Leave both windows open.".into();
    }
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn answer(state: &mut State, rest: &str, method: &str) -> Answer {
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let params = Params::decode(query);
    let current = state.number != 0 && params.get("n") == Some(state.number.to_string().as_str());
    match (path, method) {
        ("/", "GET") => page(include_str!("desk.html")),
        ("/next", "GET") => {
            let seconds = state.until.map_or(0, |u| u.saturating_duration_since(Instant::now()).as_secs());
            let (number, total, text) = (state.number, state.total, state.text.as_str());
            let body = json!({"number": number, "total": total, "text": text, "seconds": seconds}).to_string();
            (200, vec![("content-type", "application/json".into()), ("cache-control", "no-store".into())], body)
        }
        ("/go", "GET") if current => state.go.clone().unwrap_or_else(|| page("Nothing to do.")),
        ("/go", "GET") => page("<!doctype html><p>This request is over. Nothing to do here."),
        ("/said", "POST") if current => {
            state.said = match params.get("what") {
                Some("error") => Some(Said::Error),
                Some("stays") => Some(Said::Stays),
                _ => None,
            };
            (204, Vec::new(), String::new())
        }
        _ => (404, Vec::new(), String::new()),
    }
}

/// What sends a window to the authorization endpoint: a redirect, or a form for a request by POST.
fn go(request: &AuthorizationRequest, endpoint: &str) -> Answer {
    let first = request.request(endpoint);
    let headers = |name: &'static str, value: String| {
        vec![(name, value), ("cache-control", "no-store".into()), ("referrer-policy", "no-referrer".into())]
    };
    if !request.post {
        return (303, headers("location", first.url), String::new());
    }
    let escape = |text: &str| {
        text.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;")
            .replace('\'', "&#39;")
    };
    let fields: String = request
        .params
        .iter()
        .map(|(n, v)| format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", escape(n), escape(v)))
        .collect();
    let body = format!(
        "<!doctype html><title>Proofmark</title><form method=\"post\" action=\"{}\">{fields}<button>Go on</button></form>\
         <script>document.forms[0].submit()</script>",
        escape(&first.url)
    );
    (200, headers("content-type", "text/html; charset=utf-8".into()), body)
}
