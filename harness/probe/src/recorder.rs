//! The only way to open a socket: every exchange is recorded, with its secrets replaced, before anyone sees the answer.

mod learn;
mod pace;
mod transport;
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

use pace::Pace;

pub use transport::Transport;
pub use witness::Witnessed;

/// How much of a body is kept as evidence; the digest covers what was received.
const EVIDENCE_LIMIT: usize = 16 << 10;
/// What came of an answer: status, header lines, body.
type Received = (u16, Vec<(String, Vec<u8>)>, Bytes);

/// Where events go.
pub type Sink = Box<dyn Fn(Event) + Send + Sync>;

/// Sends requests and keeps what crossed the wire.
pub struct Recorder {
    transport: Transport,
    redactor: Mutex<Redactor>,
    pace: Pace,
    next: AtomicU32,
    began: Instant,
    sink: Sink,
}

impl Recorder {
    /// A recorder whose exchanges and other events go to `sink`.
    #[must_use]
    pub fn new(transport: Transport, sink: Sink) -> Self {
        Recorder {
            pace: Pace::new(transport.pace()),
            transport,
            redactor: Mutex::default(),
            next: AtomicU32::new(1),
            began: Instant::now(),
            sink,
        }
    }

    /// When the run began.
    #[must_use]
    pub fn began(&self) -> Instant {
        self.began
    }

    /// Takes the origin of a URL for one of the target's: extra headers for all of its origins go there, too.
    pub fn belongs_to_target(&self, url: &str) {
        self.transport.belongs_to_target(url);
    }

    /// Hands an event on.
    pub fn emit(&self, event: Event) {
        (self.sink)(event);
    }

    /// Says that something outside is waited for, and how long at most.
    pub fn wait_for(&self, what: &str, at_most: Duration) {
        let until_ms = millis(self.began.elapsed() + at_most);
        self.emit(Event::Waiting { what: self.redact(what), until_ms });
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
        let origin = origin(&request.url);
        for refusals in 1.. {
            self.pace.turn(&origin).await;
            let reply = self.send_once(case, request.clone()).await?;
            if reply.status() != 429 {
                return Ok(reply);
            }
            if !self.pace.slow_down(&origin, reply.header("retry-after").as_deref(), refusals) {
                break;
            }
        }
        Err(Stop::error(format!("{origin} limits the rate of requests (HTTP 429); run again with a lower --pace")))
    }

    async fn send_once(&self, case: Option<&str>, request: HttpRequest) -> Result<Reply, Stop> {
        let request = self.transport.with_extra_headers(request);
        let id = ExchangeId(self.next.fetch_add(1, Ordering::Relaxed));
        let at = self.began.elapsed();
        self.with_redactor(|r| learn::from_request(r, &request));
        let (received, error) = self.transmit(&request).await;
        let took = self.began.elapsed().saturating_sub(at);
        let error = self.record(case, id, &request, received.as_ref(), error, (at, took), Wire::Rendered);
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

    /// Registers the secrets of an exchange and hands it on; what went wrong comes back in words that may be shown.
    #[expect(clippy::too_many_arguments, reason = "the parts of an exchange, from one place")]
    fn record(
        &self,
        case: Option<&str>,
        id: ExchangeId,
        request: &HttpRequest,
        received: Option<&Received>,
        error: Option<String>,
        (at, took): (Duration, Duration),
        wire: Wire,
    ) -> Option<String> {
        if let Some((_, headers, body)) = received {
            self.with_redactor(|r| learn::from_response(r, headers, body));
        }
        let response = received.map(|(status, headers, body)| Response {
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
                wire,
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
        error
    }

    /// Sends a request: what came of the answer, and what went wrong.
    async fn transmit(&self, request: &HttpRequest) -> (Option<Received>, Option<String>) {
        let mut response = match self.transport.start(request).await {
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
                    error = Some(self.transport.explain(&broken, "the answer did not end"));
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
