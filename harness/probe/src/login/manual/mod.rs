//! A person at their own browser. We listen where the redirect URI points, tell them what to do, and never wait without
//! saying what for and how long.

mod desk;
mod server;

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use url::{Host, Url};

use desk::{Desk, Said};
use server::{Asked, Server, page};

use super::Errand;
use crate::authorize::{AuthorizationRequest, Journey, Landing};
use crate::case::Stop;
use crate::recorder::Witnessed;

/// How long a person may take to sign in, and for a request after that.
const FIRST: Duration = Duration::from_secs(300);
const LATER: Duration = Duration::from_secs(120);
/// How often we look whether they have said something.
const LOOK: Duration = Duration::from_millis(100);

/// What a window shows that came back to us.
const BACK: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Proofmark</title>\
    <h1>Back at Proofmark</h1><p>Nothing to do here. Leave this window open: it goes on by itself if there is more.</p>";
/// The same where the answer may be in the part of the URL that browsers keep to themselves.
const UNFOLD: &str = "<script>const h = location.hash.slice(1); \
    location.replace(location.pathname + '?' + (h ? 'proofmark-fragment=1&' + h : 'proofmark-empty=1'))</script>";

/// The one person of a run.
#[derive(Default)]
pub(super) struct Manual {
    desk: Option<Desk>,
    /// Whether they have been in already.
    signed_in: bool,
}

impl Manual {
    /// Lets the person take a walk over, and puts its end into the journey.
    pub(super) async fn walk(
        &mut self,
        errand: &Errand<'_>,
        request: &AuthorizationRequest,
        journey: &mut Journey,
    ) -> Result<(), Stop> {
        let limit = errand.settings.login.limit.unwrap_or(if self.signed_in { LATER } else { FIRST });
        if let Some(landing) = out_of_reach(request) {
            journey.landing = landing;
            return Ok(());
        }
        let callback = match Callback::listen(&request.redirect_uri).await {
            Ok(callback) => callback,
            Err(landing) => {
                journey.landing = landing;
                return Ok(());
            }
        };
        if self.desk.is_none() {
            self.desk = Some(Desk::open().await?);
        }
        let Some(desk) = &self.desk else { return Ok(()) };
        let text = self.text(errand, request);
        desk.ask(request, errand.endpoint, &text, limit);
        let what = match self.signed_in {
            false => format!("open {} in your browser and press Start: {text}", desk.url),
            true => format!("{text} (in the window that {} opened)", desk.url),
        };
        errand.recorder.wait_for(&what, limit);
        if !self.signed_in && errand.settings.login.attended {
            // The URL has been told; where no browser can be opened, it is there to be clicked.
            let _ = open::that_detached(&desk.url);
        }
        journey.asked.unseen = true;
        let until = Instant::now() + limit;
        journey.landing = loop {
            if let Some(to) = callback.arrived() {
                errand.count_session();
                self.signed_in = true;
                let seen = Witnessed::place("where the person's browser came back", &to);
                journey.witnesses.push(errand.recorder.witness(errand.case, seen).id());
                journey.asked.denied = request.deny;
                break Landing::Redirected { to };
            }
            match desk.said() {
                Some(Said::Error) => break Landing::Page { title: "an error page, as the person says".into() },
                Some(Said::Stays) => {
                    let why = "the person says that the browser stays on another page".to_owned();
                    break Landing::Stuck { why, remedy: "look at that page: it may ask for something".into() };
                }
                None if Instant::now() > until => {
                    let why = format!("nobody came back within {} s", limit.as_secs_f64());
                    let remedy =
                        "run it again when somebody is there, or sign in without a person: --login form".into();
                    break Landing::Stuck { why, remedy };
                }
                None => tokio::time::sleep(LOOK).await,
            }
        };
        desk.done();
        Ok(())
    }

    /// What the person is asked to do.
    fn text(&self, errand: &Errand<'_>, request: &AuthorizationRequest) -> String {
        let user = errand.person.user.as_ref().map(|u| format!(" as {}", u.name)).unwrap_or_default();
        match (self.signed_in, request.deny) {
            (false, _) => format!("sign in{user} and allow the access; it is the only sign-in of this run"),
            (true, true) => "please refuse the access this time; no further sign-in is to come".into(),
            (true, false) => "allow the access if you are asked; no further sign-in is to come".into(),
        }
    }
}

/// Why a person at one browser cannot do it, if so.
fn out_of_reach(request: &AuthorizationRequest) -> Option<Landing> {
    let why = if request.fresh_session {
        "this needs a session of its own, and a person signs in once"
    } else if request.second_user {
        "this needs a second user, and the person's browser has one"
    } else if loopback(&request.redirect_uri).is_none() {
        "a person's browser comes back to a loopback redirect URI alone, and this request has another"
    } else {
        return None;
    };
    let remedy = "sign in without a person: --login form or --login browser, with a test user".into();
    Some(Landing::Stuck { why: why.into(), remedy })
}

/// The URL of a redirect URI on this machine that has a port.
fn loopback(uri: &str) -> Option<Url> {
    let url = Url::parse(uri).ok().filter(|u| u.scheme() == "http" && u.port().is_some())?;
    let here = match url.host()? {
        Host::Ipv4(ip) => ip == Ipv4Addr::LOCALHOST,
        Host::Ipv6(ip) => ip == Ipv6Addr::LOCALHOST,
        Host::Domain(name) => name == "localhost",
    };
    here.then_some(url)
}

/// Where the browser comes back to.
struct Callback {
    _servers: Vec<Server>,
    arrived: Arc<Mutex<Option<String>>>,
}

impl Callback {
    /// Listens at the port of a redirect URI, on both loopback addresses.
    async fn listen(redirect_uri: &str) -> Result<Self, Landing> {
        let stuck = |why: String, remedy: &str| Landing::Stuck { why, remedy: remedy.into() };
        let Some(url) = loopback(redirect_uri) else {
            return Err(stuck(format!("nobody can listen at {redirect_uri}"), "register a loopback redirect URI"));
        };
        let port = url.port().unwrap_or_default();
        let arrived = Arc::<Mutex<Option<String>>>::default();
        let mut servers = Vec::new();
        let mut refused = None;
        for address in [SocketAddr::from((Ipv4Addr::LOCALHOST, port)), SocketAddr::from((Ipv6Addr::LOCALHOST, port))] {
            let needed = match url.host() {
                Some(Host::Ipv6(_)) => address.is_ipv6(),
                Some(Host::Ipv4(_)) => address.is_ipv4(),
                // The browser may take either, and another program at one of them would get the code.
                _ => true,
            };
            let slot = Arc::clone(&arrived);
            match Server::start(address, move |asked| come_back(&slot, &asked)).await {
                Ok(server) => servers.push(server),
                // A machine without IPv6.
                Err(error) if error.kind() == std::io::ErrorKind::AddrNotAvailable && !servers.is_empty() => {}
                Err(error) if needed => refused = Some((address, error)),
                Err(_) => {}
            }
        }
        match refused {
            None => Ok(Callback { _servers: servers, arrived }),
            Some((address, error)) => Err(stuck(
                format!("nobody can listen at {address}, where the redirect URI points: {error}"),
                "end the program that uses this port, or register another redirect URI",
            )),
        }
    }

    /// The URL at which the browser arrived.
    fn arrived(&self) -> Option<String> {
        self.arrived.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Takes in a request of the browser that came back.
fn come_back(arrived: &Mutex<Option<String>>, asked: &Asked) -> server::Answer {
    let (path, query) = asked.target.split_once('?').unwrap_or((&asked.target, ""));
    if path == "/favicon.ico" {
        return (404, Vec::new(), String::new());
    }
    let place = format!("http://{}{path}", asked.host);
    let to = match (asked.method.as_str(), query) {
        // form_post: as a URL it can be judged like any other response.
        ("POST", "") => format!("{place}?{}", asked.body),
        ("POST", query) => format!("{place}?{query}&{}", asked.body),
        (_, "") => return page(format!("{BACK}{UNFOLD}")),
        (_, "proofmark-empty=1") => place,
        (_, query) => match query.strip_prefix("proofmark-fragment=1&") {
            Some(fragment) => format!("{place}#{fragment}"),
            None => format!("{place}?{query}"),
        },
    };
    arrived.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(to);
    page(BACK)
}
