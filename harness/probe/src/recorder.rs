//! The only way to open a socket: every exchange is recorded, with its secrets replaced, before anyone sees the answer.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use proofmark_model::{Body, Event, Exchange, ExchangeId, Header, Request, Response, Wire};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::case::Stop;
use crate::http::{BODY_LIMIT, HttpRequest, Reply, ReplyParts};
use crate::params::Params;
use crate::secrets::Redactor;

/// How much of a body is kept as evidence; the digest covers what was received.
const EVIDENCE_LIMIT: usize = 16 << 10;
/// How often a request that the server answers with 429 is sent again after the time the server asks for.
const PATIENCE: u32 = 3;
/// The longest `Retry-After` that is honoured.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// Members of JSON answers that are secrets, and forms of them in parameters.
const SECRET_MEMBERS: &[&str] = &[
    "access_token",
    "refresh_token",
    "id_token",
    "code",
    "client_secret",
    "registration_access_token",
    "code_verifier",
    "password",
    "client_assertion",
    "assertion",
    "device_code",
];

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
        for _ in 0..PATIENCE {
            let reply = self.send_once(case, request.clone()).await?;
            if reply.status() != 429 {
                return Ok(reply);
            }
            let asked = reply.header("retry-after").and_then(|v| v.trim().parse().ok()).map_or(1, |s: u64| s.max(1));
            if Duration::from_secs(asked) > LONGEST_PAUSE {
                break;
            }
            tokio::time::sleep(Duration::from_secs(asked)).await;
        }
        Err(Stop::error(format!(
            "{} limits the rate of requests (HTTP 429); run again with --jobs 1",
            origin(&request.url)
        )))
    }

    async fn send_once(&self, case: Option<&str>, request: HttpRequest) -> Result<Reply, Stop> {
        let id = ExchangeId(self.next.fetch_add(1, Ordering::Relaxed));
        let at = self.began.elapsed();
        self.learn_from_request(&request);
        let outcome = self.transmit(&request).await;
        let took = self.began.elapsed().saturating_sub(at);
        if let Ok((_, headers, body)) = &outcome {
            self.learn_from_response(headers, body);
        }
        let response = outcome.as_ref().ok().map(|(status, headers, body)| Response {
            status: *status,
            headers: self.headers(headers),
            body: self.body(body),
        });
        let error = outcome.as_ref().err().map(|e| self.redact(e));
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
                error,
            },
        });
        match outcome {
            Ok((status, headers, body)) => {
                Ok(Reply::new(ReplyParts { id, request, status, headers, body, took, at: self.began.elapsed() }))
            }
            Err(why) => Err(Stop::error(format!("{}: {why} ({id})", origin(&request.url)))),
        }
    }

    async fn transmit(&self, request: &HttpRequest) -> Result<(u16, Vec<(String, Vec<u8>)>, Bytes), String> {
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
        let mut response = call.send().await.map_err(|e| self.explain(&e))?;
        let status = response.status().as_u16();
        let headers: Vec<_> =
            response.headers().iter().map(|(n, v)| (n.as_str().to_owned(), v.as_bytes().to_vec())).collect();
        let stream = headers
            .iter()
            .any(|(n, v)| n == "content-type" && v.to_ascii_lowercase().starts_with(b"text/event-stream"));
        // A batch has several answers; one of them is not the end.
        let single = request.body.first() != Some(&b'[');
        let mut body = BytesMut::new();
        loop {
            let chunk = match request.listen {
                Some(listen) => match tokio::time::timeout(listen, response.chunk()).await {
                    Ok(chunk) => chunk,
                    Err(_) => break,
                },
                None => response.chunk().await,
            };
            let Some(chunk) = chunk.map_err(|e| self.explain(&e))? else { break };
            body.extend_from_slice(&chunk);
            if body.len() >= BODY_LIMIT {
                body.truncate(BODY_LIMIT);
                break;
            }
            // A stream may stay open after the answer; there is nothing more to wait for.
            if stream && single && crate::sse::response(&String::from_utf8_lossy(&body)).is_some() {
                break;
            }
        }
        Ok((status, headers, body.freeze()))
    }

    /// What went wrong, in words for someone who does not know the libraries below.
    fn explain(&self, error: &reqwest::Error) -> String {
        if error.is_timeout() {
            return format!("no answer within {} s", self.transport.limit.as_secs());
        }
        let mut words = Vec::new();
        let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(error);
        while let Some(error) = cause {
            let text = error.to_string();
            if !words.contains(&text) {
                words.push(text);
            }
            cause = error.source();
        }
        let reason = words.pop().unwrap_or_else(|| error.to_string());
        if error.is_connect() { format!("cannot connect: {reason}") } else { reason }
    }

    fn learn_from_request(&self, request: &HttpRequest) {
        let authorization = request.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case("authorization"));
        let is_form = request.headers.iter().any(|(n, v)| {
            n.eq_ignore_ascii_case("content-type") && v.starts_with(b"application/x-www-form-urlencoded")
        });
        self.with_redactor(|redactor| {
            for (_, value) in authorization {
                let text = String::from_utf8_lossy(value);
                // Long credentials are tokens or made from tokens; short ones are inputs of a case, and worth reading.
                for word in text.split([' ', ',', ':', '=', '"', '\t']).filter(|w| w.len() >= 20) {
                    if redactor.pseudonym(word).is_none() {
                        redactor.register("credentials", word);
                    }
                }
            }
            if is_form {
                learn_params(redactor, &Params::decode(&String::from_utf8_lossy(&request.body)));
            }
            // Token requests that are sent as JSON on purpose hold the same secrets.
            if let Ok(Value::Object(members)) = serde_json::from_slice(&request.body) {
                let text = members.iter().filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)));
                learn_params(redactor, &text.collect());
            }
        });
    }

    fn learn_from_response(&self, headers: &[(String, Vec<u8>)], body: &[u8]) {
        let json: Option<Value> = serde_json::from_slice(body).ok();
        self.with_redactor(|redactor| {
            if let Some(Value::Object(members)) = &json {
                for name in SECRET_MEMBERS {
                    if let Some(Value::String(secret)) = members.get(*name) {
                        redactor.register(name, secret);
                    }
                }
            }
            for (name, value) in headers {
                let value = String::from_utf8_lossy(value);
                match name.as_str() {
                    "location" => learn_params(redactor, &Params::of_url(&value)),
                    "set-cookie" => {
                        if let Some((_, rest)) = value.split_once('=') {
                            let cookie = rest.split(';').next().unwrap_or("").trim();
                            if cookie.len() >= 8 {
                                redactor.register("cookie", cookie);
                            }
                        }
                    }
                    "mcp-session-id" => redactor.register("session", &value),
                    _ => {}
                }
            }
        });
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

fn learn_params(redactor: &mut Redactor, params: &Params) {
    for (name, value) in params.iter() {
        // A short value of these names is an input of a case (`code=x`), not something a server issued.
        if SECRET_MEMBERS.contains(&name) && value.len() >= 8 {
            redactor.register(name, value);
        }
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
