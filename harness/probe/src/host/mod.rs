//! Our own host: a small web server for what targets fetch from us, above all Client ID Metadata Documents. Each case puts
//! its pages at paths of their own, changes them between requests, and reads who came.
//!
//! Every fetch is evidence and goes through the recorder. The server is bounded: connections, time, header size, and the
//! number of fetches that are kept.

mod served;
mod server;

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use proofmark_model::ExchangeId;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use served::Served;

use crate::case::Stop;
use crate::http::HttpRequest;
use crate::judge::Evidence;
use crate::recorder::{Recorder, Witnessed};
use crate::settings::DocumentSettings;

/// What a reader of the report calls a fetch.
pub const LABEL: &str = "fetch of our client metadata document";

/// The most fetches that a run keeps; a target that comes more often is turned away.
const MOST_FETCHES: usize = 2_000;

/// The path of a URL that has none.
const ROOT: &str = "/";

/// A fetch that our host received.
#[derive(Debug, Clone)]
pub struct Fetch {
    /// The exchange that holds it.
    pub exchange: ExchangeId,
    /// When it came, since the run began.
    pub at: Duration,
    /// The method.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// The header lines.
    pub headers: Vec<(String, Vec<u8>)>,
}

impl Fetch {
    /// The first value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        let line = self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name));
        line.map(|(_, value)| String::from_utf8_lossy(value).into_owned())
    }
}

impl Evidence for Vec<Fetch> {
    fn exchanges(&self) -> Vec<ExchangeId> {
        self.iter().map(|fetch| fetch.exchange).collect()
    }
}

/// What stands at a path.
struct Shelf {
    case: Option<String>,
    served: Served,
    fetches: Vec<Fetch>,
}

/// The pages, by the end of their path: a proxy before us may put something before it or take something away.
struct Pages {
    recorder: Arc<Recorder>,
    shelves: Mutex<HashMap<String, Shelf>>,
    kept: Mutex<usize>,
}

impl Pages {
    fn shelves(&self) -> MutexGuard<'_, HashMap<String, Shelf>> {
        self.shelves.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer to a fetch, once it is recorded; `None` where nothing stands, or too much was fetched already.
    fn answer(&self, request: HttpRequest, target: &str) -> Option<Served> {
        let path = target.split(['?', '#']).next().unwrap_or_default();
        let (key, case, served) = {
            let shelves = self.shelves();
            let stands_at = |key: &str| if key == ROOT { path == ROOT } else { path.ends_with(key) };
            let (key, shelf) = shelves.iter().find(|(key, _)| stands_at(key))?;
            (key.clone(), shelf.case.clone(), shelf.served.clone())
        };
        {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            if *kept >= MOST_FETCHES {
                return None;
            }
            *kept += 1;
        }
        let at = self.recorder.began().elapsed();
        let seen = Witnessed {
            request: request.clone(),
            status: Some(served.status),
            headers: served.headers.clone(),
            body: served.body.clone(),
            error: None,
        };
        let exchange = self.recorder.witness(case.as_deref(), seen).id();
        let HttpRequest { method, headers, .. } = request;
        let fetch = Fetch { exchange, at, method, target: target.to_owned(), headers };
        if let Some(shelf) = self.shelves().get_mut(&key) {
            shelf.fetches.push(fetch);
        }
        Some(served)
    }
}

/// A page at our host.
#[derive(Clone)]
pub struct Page {
    pages: Arc<Pages>,
    key: String,
    url: String,
}

impl Page {
    /// Its URL, as the target knows it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Changes what it answers from now on.
    pub fn serve(&self, served: Served) {
        if let Some(shelf) = self.pages.shelves().get_mut(&self.key) {
            shelf.served = served;
        }
    }

    /// Who came for it so far.
    #[must_use]
    pub fn fetches(&self) -> Vec<Fetch> {
        self.pages.shelves().get(&self.key).map(|shelf| shelf.fetches.clone()).unwrap_or_default()
    }
}

/// The host. It stops when it is dropped.
pub struct Host {
    pages: Arc<Pages>,
    base: String,
    port: u16,
    running: JoinHandle<()>,
}

impl Host {
    /// Starts listening.
    ///
    /// # Errors
    /// Blocked when the address cannot be listened at, or the certificate cannot be used, with the setting that is wrong.
    pub async fn start(settings: &DocumentSettings, recorder: Arc<Recorder>) -> Result<Self, Stop> {
        let tls = settings.certificate.as_ref().map(|(chain, key)| server::tls(chain, key)).transpose()?;
        let address = settings.listen.unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        let unusable = |why: std::io::Error| {
            Stop::missing(
                format!("our documents cannot be served at {address}: {why}"),
                "name a free address of this machine with `listen` of [client_documents] in the configuration",
            )
        };
        let listener = TcpListener::bind(address).await.map_err(unusable)?;
        let bound = listener.local_addr().map_err(unusable)?;
        let base = match &settings.base_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => own_base(bound, tls.is_some()),
        };
        let pages = Arc::new(Pages { recorder, shelves: Mutex::default(), kept: Mutex::default() });
        let running = tokio::spawn(server::run(listener, tls, Arc::clone(&pages), base.clone()));
        Ok(Host { pages, base, port: bound.port(), running })
    }

    /// The URL below which everything stands, as the target knows it.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The port that it listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Puts a page at a path of its own, below a token that nothing else has.
    #[must_use]
    pub fn put(&self, case: Option<&str>, token: &str, name: &str, served: impl FnOnce(&str) -> Served) -> Page {
        let key = format!("/{token}/{name}");
        let url = format!("{}{key}", self.base);
        self.shelve(case, key, url, served)
    }

    /// Puts a page at the root, whose URL is the base alone; `None` where the base has a path.
    #[must_use]
    pub fn put_at_root(&self, case: Option<&str>, served: impl FnOnce(&str) -> Served) -> Option<Page> {
        let has_path = self.base.split_once("://").is_none_or(|(_, rest)| rest.contains('/'));
        (!has_path).then(|| self.shelve(case, ROOT.to_owned(), self.base.clone(), served))
    }

    fn shelve(&self, case: Option<&str>, key: String, url: String, served: impl FnOnce(&str) -> Served) -> Page {
        let shelf = Shelf { case: case.map(ToOwned::to_owned), served: served(&url), fetches: Vec::new() };
        self.pages.shelves().insert(key.clone(), shelf);
        Page { pages: Arc::clone(&self.pages), key, url }
    }

    /// Stops listening.
    pub fn stop(&self) {
        self.running.abort();
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.stop();
    }
}

fn own_base(bound: SocketAddr, tls: bool) -> String {
    let port = bound.port();
    match (tls, bound.ip()) {
        // Certificates for this machine are made out to its name.
        (true, ip) if ip.is_loopback() || ip.is_unspecified() => format!("https://localhost:{port}"),
        (true, _) => format!("https://{bound}"),
        (false, IpAddr::V4(ip)) if ip.is_unspecified() => format!("http://127.0.0.1:{port}"),
        (false, IpAddr::V6(ip)) if ip.is_unspecified() => format!("http://[::1]:{port}"),
        (false, _) => format!("http://{bound}"),
    }
}
