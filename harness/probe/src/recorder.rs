//! The only way to open a socket: every exchange is recorded, with its secrets replaced, before anyone sees the answer.

mod learn;
mod witness;

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use proofmark_model::{Body, Event, Exchange, ExchangeId, Header, Request, Response, Wire};
use sha2::{Digest, Sha256};

use crate::case::Stop;
use crate::http::{BODY_LIMIT, HttpRequest, Reply, ReplyParts};
use crate::secrets::Redactor;
use crate::sse;

/// How much of a body is kept as evidence; the digest covers what was received.
const EVIDENCE_LIMIT: usize = 16 << 10;
/// How often a request that the server answers with 429 is sent again after the time the server asks for.
const PATIENCE: u32 = 3;
/// The longest `Retry-After` that is honoured.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// What came of an answer: status, header lines, body.
type Received = (u16, Vec<(String, Vec<u8>)>, Bytes);

/// Where events go.
pub type Sink = Box<dyn Fn(Event) + Send + Sync>;

/// Sends requests and keeps what crossed the wire.
pub struct Recorder {
    transport: Transport,
    redactor: Mutex<Redactor>,
    next: AtomicU32,
    began: Instant,
    sink: Sink,
}

/// The HTTP library, set up to do nothing unasked.
pub struct Transport {
    http: reqwest::Client,
    limit: Duration,
}

impl Transport {
    /// A transport whose requests end after `limit` at the latest.
    ///
    /// # Errors
    /// When the TLS configuration of this machine is unusable.
    pub fn new(limit: Duration) -> Result<Self, Stop> {
        Ok(Transport { http: client(limit)?, limit })
    }
}

impl Recorder {
    /// A recorder whose exchanges and other events go to `sink`.
    #[must_use]
    pub fn new(transport: Transport, sink: Sink) -> Self {
        Recorder { transport, redactor: Mutex::default(), next: AtomicU32::new(1), began: Instant::now(), sink }
    }

    /// When the run began.
    #[must_use]
    pub fn began(&self) -> Instant {
        self.began
    }

    /// Hands an event on.
    pub fn emit(&self, event: Event) {
        (self.sink)(event);
    }

    /// Registers a secret before it is ever sent.
    pub fn register_secret(&self, kind: &str, secret: &str) {
        self.with_redactor(|r| r.register(kind, secret));
    }

    /// Registers a client's credentials.
    pub fn register_client(&self, client_id: &str, secret: &str) {
        self.with_redactor(|r| r.register_basic(client_id, secret));
    }

    /// A text with its secrets replaced.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        self.with_redactor(|r| r.redact(text))
    }

    fn with_redactor<T>(&self, work: impl FnOnce(&mut Redactor) -> T) -> T {
        work(&mut self.redactor.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Sends a request on behalf of a case and returns the answer.
    ///
    /// # Errors
    /// [`Stop::Error`] when no answer came, with the reason in words, or when the server kept asking for patience (429).
    pub async fn send(&self, case: Option<&str>, request: HttpRequest) -> Result<Reply, Stop> {
        for attempt in 1..=PATIENCE {
            let reply = self.send_once(case, request.clone()).await?;
            if reply.status() != 429 {
                return Ok(reply);
            }
            let asked = reply.header("retry-after").and_then(|v| v.trim().parse().ok()).map_or(1, |s: u64| s.max(1));
            let pause = Duration::from_secs(asked);
            if attempt == PATIENCE || pause > LONGEST_PAUSE {
                break;
            }
            tokio::time::sleep(pause).await;
        }
        Err(Stop::error(format!(
            "{} limits the rate of requests (HTTP 429); run again with --jobs 1",
            origin(&request.url)
        )))
    }

    async fn send_once(&self, case: Option<&str>, request: HttpRequest) -> Result<Reply, Stop> {
        let id = ExchangeId(self.next.fetch_add(1, Ordering::Relaxed));
        let at = self.began.elapsed();
        self.with_redactor(|r| learn::from_request(r, &request));
        let (received, error) = self.transmit(&request).await;
        let took = self.began.elapsed().saturating_sub(at);
        if let Some((_, headers, body)) = &received {
            self.with_redactor(|r| learn::from_response(r, headers, body));
        }
        let response = received.as_ref().map(|(status, headers, body)| Response {
            status: *status,
            headers: self.headers(headers),
            body: self.body(body),
        });
        let error = error.map(|e| self.redact(&e));
        self.emit(Event::Exchanged {
            exchange: Exchange {
                id,
                case: case.map(ToOwned::to_owned),
                label: self.redact(&request.label),
                at_ms: millis(at),
                took_ms: millis(took),
                wire: Wire::Rendered,
                request: Request {
                    method: request.method.clone(),
                    url: self.redact(&request.url),
                    headers: self.headers(&request.headers),
                    body: self.body(&request.body),
                },
                response,
                error: error.clone(),
            },
        });
        match (received, error) {
            (Some((status, headers, body)), None) => {
                Ok(Reply::new(ReplyParts { id, request, status, headers, body, took, at: self.began.elapsed() }))
            }
            // Half an answer is evidence, but nothing to judge.
            (_, error) => {
                let why = error.unwrap_or_else(|| "no answer".into());
                Err(Stop::error(format!("{}: {why} ({id})", origin(&request.url))))
            }
        }
    }

    /// Sends a request: what came of the answer, and what went wrong.
    async fn transmit(&self, request: &HttpRequest) -> (Option<Received>, Option<String>) {
        let mut response = match self.start(request).await {
            Ok(response) => response,
            Err(why) => return (None, Some(why)),
        };
        let status = response.status().as_u16();
        let headers: Vec<_> =
            response.headers().iter().map(|(n, v)| (n.as_str().to_owned(), v.as_bytes().to_vec())).collect();
        let stream = headers
            .iter()
            .any(|(n, v)| n == "content-type" && v.to_ascii_lowercase().starts_with(b"text/event-stream"));
        // A batch has several answers; one of them is not the end.
        let mut scan = (stream && request.body.first() != Some(&b'[')).then(sse::Scan::default);
        let mut body = BytesMut::new();
        let mut error = None;
        loop {
            let chunk = match request.listen {
                Some(listen) => match tokio::time::timeout(listen, response.chunk()).await {
                    Ok(chunk) => chunk,
                    Err(_) => break,
                },
                None => response.chunk().await,
            };
            match chunk {
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(broken) => {
                    error = Some(self.explain(&broken, "the answer did not end"));
                    break;
                }
            }
            if body.len() >= BODY_LIMIT {
                body.truncate(BODY_LIMIT);
                break;
            }
            // A stream may stay open after the answer; there is nothing more to wait for.
            if scan.as_mut().is_some_and(|scan| scan.finds_response(&body)) {
                break;
            }
        }
        (Some((status, headers, body.freeze())), error)
    }

    /// Sends a request and waits for the head of the answer.
    async fn start(&self, request: &HttpRequest) -> Result<reqwest::Response, String> {
        let url = url::Url::parse(&request.url).map_err(|e| format!("the URL {} is invalid: {e}", request.url))?;
        let method = reqwest::Method::from_bytes(request.method.as_bytes()).map_err(|e| e.to_string())?;
        let mut headers = http::HeaderMap::new();
        for (name, value) in &request.headers {
            let name = http::HeaderName::from_bytes(name.as_bytes()).map_err(|e| format!("header {name}: {e}"))?;
            let value = http::HeaderValue::from_bytes(value).map_err(|e| format!("header {name}: {e}"))?;
            headers.append(name, value);
        }
        let mut call = self.transport.http.request(method, url).headers(headers);
        if !request.body.is_empty() {
            call = call.body(request.body.clone());
        }
        call.send().await.map_err(|e| self.explain(&e, "no answer"))
    }

    /// What went wrong, in words for someone who does not know the libraries below.
    fn explain(&self, error: &reqwest::Error, late: &str) -> String {
        if error.is_timeout() {
            return format!("{late} within {} s", self.transport.limit.as_secs_f64());
        }
        let mut words = Vec::new();
        let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(error);
        while let Some(error) = cause {
            words.push(error.to_string());
            cause = error.source();
        }
        let reason = words.pop().unwrap_or_else(|| error.to_string());
        match reason {
            reason if error.is_connect() && reason.contains("InvalidContentType") => {
                "cannot connect: it does not speak TLS".into()
            }
            reason if error.is_connect() && reason.contains("handshake eof") => {
                "cannot connect: it broke off the TLS handshake, as servers do that do not speak TLS".into()
            }
            reason if error.is_connect() => format!("cannot connect: {reason}"),
            // The words of the HTTP parser about a head that it cannot read.
            reason if reason.starts_with("invalid HTTP") => format!("the answer is not HTTP/1.1: {reason}"),
            reason => reason,
        }
    }

    fn headers(&self, headers: &[(String, Vec<u8>)]) -> Vec<Header> {
        headers
            .iter()
            .map(|(name, value)| Header { name: name.clone(), value: self.redact(&String::from_utf8_lossy(value)) })
            .collect()
    }

    fn body(&self, bytes: &[u8]) -> Option<Body> {
        if bytes.is_empty() {
            return None;
        }
        let whole = String::from_utf8_lossy(bytes);
        let shown = self.redact(&whole);
        let secret = shown != whole;
        let mut text = shown;
        let truncated = text.len() > EVIDENCE_LIMIT;
        if truncated {
            let end = (0..=EVIDENCE_LIMIT).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
            text.truncate(end);
        }
        let sha256 = (!secret).then(|| Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect());
        Some(Body { text, bytes: bytes.len() as u64, sha256, truncated })
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Scheme, host and port of a URL, for messages.
fn origin(url: &str) -> String {
    url::Url::parse(url).map_or_else(|_| url.to_owned(), |u| u.origin().ascii_serialization())
}

fn client(limit: Duration) -> Result<reqwest::Client, Stop> {
    let mut roots = rustls::RootCertStore::empty();
    for certificate in rustls_native_certs::load_native_certs().certs {
        // A broken certificate in the machine's store must not keep the good ones from being used.
        let _ = roots.add(certificate);
    }
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| Stop::error(format!("the TLS configuration is unusable: {e}")))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .user_agent(concat!("proofmark/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .referer(false)
        .http1_only()
        .timeout(limit)
        .connect_timeout(limit.min(Duration::from_secs(10)))
        // Node and uvicorn close idle connections after five seconds; a race with that would look like a fault.
        .pool_idle_timeout(Duration::from_secs(2))
        .build()
        .map_err(|e| Stop::error(format!("the HTTP client cannot be built: {e}")))
}
