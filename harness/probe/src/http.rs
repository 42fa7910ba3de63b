//! One HTTP request and its answer, with nothing done unasked: no redirect followed, no request repeated, no cookie
//! kept, no proxy, no decompression.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use proofmark_model::ExchangeId;
use serde_json::Value;

use crate::params::Params;
use crate::{schema, sse};

/// The most that is read of a body. What is longer is cut, and the cut is recorded.
pub const BODY_LIMIT: usize = 1 << 20;

/// A request to be sent as it stands.
#[derive(Debug, Clone)]
pub struct HttpRequest {
    /// What it is for; reports show it.
    pub label: String,
    /// The HTTP method.
    pub method: String,
    /// The absolute URL; the query is sent as written.
    pub url: String,
    /// Header lines in order; a repeated name makes a repeated line.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body.
    pub body: Vec<u8>,
    /// For a stream: how long to listen for more once the headers are there. `None` reads to the end.
    pub listen: Option<Duration>,
}

impl HttpRequest {
    /// A GET of a JSON document.
    #[must_use]
    pub fn get(label: impl Into<String>, url: impl Into<String>) -> Self {
        HttpRequest {
            label: label.into(),
            method: "GET".into(),
            url: url.into(),
            headers: vec![("Accept".into(), b"application/json".to_vec())],
            body: Vec::new(),
            listen: None,
        }
    }

    /// A POST of form parameters.
    #[must_use]
    pub fn form(label: impl Into<String>, url: impl Into<String>, params: &Params) -> Self {
        HttpRequest { method: "POST".into(), body: params.encode().into_bytes(), ..HttpRequest::get(label, url) }
            .with_header("Content-Type", "application/x-www-form-urlencoded")
    }

    /// A POST of a JSON value.
    #[must_use]
    pub fn json(label: impl Into<String>, url: impl Into<String>, body: &Value) -> Self {
        HttpRequest { method: "POST".into(), body: body.to_string().into_bytes(), ..HttpRequest::get(label, url) }
            .with_header("Content-Type", "application/json")
    }

    /// Sets a header; lines of that name are replaced.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
        self.headers.push((name.into(), value.as_bytes().to_vec()));
        self
    }

    /// Another method.
    #[must_use]
    pub fn with_method(mut self, method: &str) -> Self {
        self.method = method.into();
        self
    }
}

/// An answer, complete with its secrets; only what the recorder made of it leaves the process.
#[derive(Clone)]
pub struct Reply(Arc<Inner>);

struct Inner {
    id: ExchangeId,
    request: HttpRequest,
    status: u16,
    headers: Vec<(String, Vec<u8>)>,
    body: Bytes,
    took: Duration,
    at: Duration,
}

impl fmt::Debug for Reply {
    // Secrets must not reach a log through a debug print.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reply({}, {})", self.0.id, self.0.status)
    }
}

/// What makes up a reply, by name.
pub struct ReplyParts {
    /// The number of the exchange.
    pub id: ExchangeId,
    /// The request that was sent.
    pub request: HttpRequest,
    /// The status code.
    pub status: u16,
    /// The header lines in order.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body, up to [`BODY_LIMIT`].
    pub body: Bytes,
    /// How long the answer took.
    pub took: Duration,
    /// When it was complete, since the run began.
    pub at: Duration,
}

impl Reply {
    /// Puts a reply together; the recorder does, and tests of judges.
    #[must_use]
    pub fn new(parts: ReplyParts) -> Self {
        let ReplyParts { id, request, status, headers, body, took, at } = parts;
        Reply(Arc::new(Inner { id, request, status, headers, body, took, at }))
    }

    /// A canned answer for tests of judges.
    #[must_use]
    pub fn canned(status: u16, headers: &[(&str, &str)], body: &str) -> Self {
        Reply::new(ReplyParts {
            id: ExchangeId(1),
            request: HttpRequest::get("canned", "https://server.example.test/"),
            status,
            headers: headers.iter().map(|(n, v)| ((*n).to_owned(), v.as_bytes().to_vec())).collect(),
            body: Bytes::copy_from_slice(body.as_bytes()),
            took: Duration::ZERO,
            at: Duration::ZERO,
        })
    }

    /// The number of the exchange that holds it.
    #[must_use]
    pub fn id(&self) -> ExchangeId {
        self.0.id
    }

    /// The request it answers.
    #[must_use]
    pub fn request(&self) -> &HttpRequest {
        &self.0.request
    }

    /// The status code.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.0.status
    }

    /// Whether the status is 2xx.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.0.status)
    }

    /// How long the answer took.
    #[must_use]
    pub fn took(&self) -> Duration {
        self.0.took
    }

    /// When the answer was complete, since the run began.
    #[must_use]
    pub fn at(&self) -> Duration {
        self.0.at
    }

    /// The first value of a header, as text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers(name).next()
    }

    /// Every value of a header, as text.
    pub fn headers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = String> + 'a {
        self.0
            .headers
            .iter()
            .filter(move |(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| String::from_utf8_lossy(v).into_owned())
    }

    /// All header lines.
    #[must_use]
    pub fn header_lines(&self) -> &[(String, Vec<u8>)] {
        &self.0.headers
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.0.body
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.0.body)
    }

    /// The media type without parameters, in lower case.
    #[must_use]
    pub fn media_type(&self) -> Option<String> {
        self.header("content-type").map(|v| v.split(';').next().unwrap_or("").trim().to_ascii_lowercase())
    }

    /// The body as a JSON value, whatever the media type says.
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.0.body).ok()
    }

    /// A string member of a JSON object body.
    #[must_use]
    pub fn json_str(&self, member: &str) -> Option<String> {
        self.json()?.get(member)?.as_str().map(ToOwned::to_owned)
    }

    /// The JSON-RPC message in a JSON or event-stream body.
    #[must_use]
    pub fn rpc(&self) -> Option<Value> {
        if self.media_type().as_deref() == Some("text/event-stream") {
            sse::response(&self.text())
        } else {
            self.json()
        }
    }

    /// The `result` of the JSON-RPC answer.
    #[must_use]
    pub fn rpc_result(&self) -> Option<Value> {
        self.rpc()?.get("result").cloned()
    }

    /// Whether the body is an HTML page.
    #[must_use]
    pub fn is_html(&self) -> bool {
        self.media_type().is_some_and(|m| m == "text/html" || m == "application/xhtml+xml")
    }

    /// Problems of the JSON body under one of our schemas; empty when it conforms.
    #[must_use]
    pub fn problems(&self, schema: schema::Schema) -> Vec<String> {
        match self.json() {
            Some(value) => schema.problems(&value),
            None => vec!["the body is not JSON".into()],
        }
    }

    /// A few words for a message: status, media type and, for an OAuth error, its code.
    #[must_use]
    pub fn summary(&self) -> String {
        let mut words = format!("HTTP {}", self.status());
        if let Some(location) = self.header("location") {
            words.push_str(&format!(" to {}", cut(&location, 160)));
        } else if let Some(error) = self.json_str("error") {
            words.push_str(&format!(" with error \"{}\"", cut(&error, 60)));
        } else if let Some(code) = self.rpc().and_then(|m| m.pointer("/error/code").cloned()) {
            words.push_str(&format!(" with JSON-RPC error {code}"));
        } else if self.rpc_result().is_some() {
            words.push_str(" with a JSON-RPC result");
        } else if self.is_html() {
            words.push_str(" with an HTML page");
        } else if self.body().is_empty() {
            words.push_str(" without a body");
        }
        words
    }
}

/// The beginning of a text that may be long.
#[must_use]
pub fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_says_what_kind_of_answer_it_was() {
        let json = &[("content-type", "application/json")];
        assert_eq!(
            Reply::canned(400, json, r#"{"error":"invalid_grant"}"#).summary(),
            "HTTP 400 with error \"invalid_grant\""
        );
        assert_eq!(
            Reply::canned(200, &[("content-type", "text/event-stream")], "data: {\"id\":1,\"result\":{}}\n\n")
                .summary(),
            "HTTP 200 with a JSON-RPC result"
        );
        assert_eq!(Reply::canned(302, &[("Location", "/x")], "").summary(), "HTTP 302 to /x");
    }
}
