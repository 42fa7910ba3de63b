//! MCP requests over streamable HTTP, valid for their revision in everything but what a case changes.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proofmark_model::Revision;
use serde_json::{Value, json};

use crate::http::HttpRequest;

/// How long a stream that should not be there is listened to.
const LISTEN: Duration = Duration::from_millis(1500);

/// The id of a request until it is sent; see [`Probe::mcp`](crate::Probe::mcp).
pub const DEFAULT_ID: i64 = 1;

/// A request to the MCP endpoint, correct by default and without a token.
#[derive(Debug, Clone)]
pub struct McpRequest {
    /// What it is for; reports show it.
    pub label: String,
    /// The endpoint.
    pub url: String,
    /// The HTTP method.
    pub method: String,
    /// The revision whose rules it follows.
    pub revision: Revision,
    /// The JSON-RPC message; `None` for GET and DELETE.
    pub message: Option<Value>,
    /// The session it belongs to.
    pub session: Option<String>,
    /// The values of the `Authorization` lines.
    pub authorization: Vec<Vec<u8>>,
    /// Further header lines.
    pub headers: Vec<(String, String)>,
    /// Header lines that stand in for what the revision asks for; `None` leaves the header out.
    pub replaced: Vec<(String, Option<String>)>,
}

impl McpRequest {
    /// A JSON-RPC request.
    #[must_use]
    pub fn rpc(url: &str, revision: Revision, method: &str, params: Value) -> Self {
        let mut params = params;
        if !revision.has_handshake() {
            params["_meta"] = json!({
                "io.modelcontextprotocol/protocolVersion": revision.as_str(),
                "io.modelcontextprotocol/clientInfo": client_info(),
                "io.modelcontextprotocol/clientCapabilities": {},
            });
        }
        McpRequest {
            label: format!("{method} request"),
            url: url.to_owned(),
            method: "POST".into(),
            revision,
            message: Some(json!({"jsonrpc": "2.0", "id": DEFAULT_ID, "method": method, "params": params})),
            session: None,
            authorization: Vec::new(),
            headers: Vec::new(),
            replaced: Vec::new(),
        }
    }

    /// A batch of JSON-RPC requests, numbered from 1 in order (2025-03-26).
    #[must_use]
    pub fn batch(url: &str, revision: Revision, requests: &[McpRequest]) -> Self {
        let numbered = requests.iter().zip(1..).filter_map(|(request, id)| {
            let mut message = request.message.clone()?;
            message["id"] = json!(id);
            Some(message)
        });
        let mut batch = McpRequest::rpc(url, revision, "", json!({}));
        batch.message = Some(numbered.collect());
        batch.label = "batch of requests".into();
        batch
    }

    /// The opening request of revisions with a handshake.
    #[must_use]
    pub fn initialize(url: &str, revision: Revision) -> Self {
        let params = json!({"protocolVersion": revision.as_str(), "capabilities": {}, "clientInfo": client_info()});
        let mut request = McpRequest::rpc(url, revision, "initialize", params);
        // The first of its session, so that the next one has another id.
        if let Some(message) = &mut request.message {
            message["id"] = json!(0);
        }
        request
    }

    /// A notification, which has no id.
    #[must_use]
    pub fn notification(url: &str, revision: Revision, method: &str) -> Self {
        let mut request = McpRequest::rpc(url, revision, method, json!({}));
        request.message = Some(json!({"jsonrpc": "2.0", "method": method}));
        request.label = format!("{method} notification");
        request
    }

    /// A request without a message, such as GET for a stream or DELETE for the end of a session.
    #[must_use]
    pub fn bare(url: &str, revision: Revision, method: &str) -> Self {
        let mut request = McpRequest::rpc(url, revision, "", json!({}));
        request.message = None;
        request.method = method.into();
        request.label = format!("{method} request");
        request
    }

    /// Sends a token the way clients must: `Authorization: Bearer …`.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.authorization(&format!("Bearer {token}"))
    }

    /// Sends this as the `Authorization` value; a second call adds a second line.
    #[must_use]
    pub fn authorization(mut self, value: &str) -> Self {
        self.authorization.push(value.as_bytes().to_vec());
        self
    }

    /// Within a session.
    #[must_use]
    pub fn in_session(mut self, session: Option<&str>) -> Self {
        self.session = session.map(ToOwned::to_owned);
        self
    }

    /// Adds query parameters to the URL.
    #[must_use]
    pub fn with_query(mut self, query: &str) -> Self {
        let mark = if self.url.contains('?') { '&' } else { '?' };
        self.url = format!("{}{mark}{query}", self.url);
        self
    }

    /// Another URL.
    #[must_use]
    pub fn at(mut self, url: &str) -> Self {
        url.clone_into(&mut self.url);
        self
    }

    /// Adds a header line.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sends this header in place of the one that the revision asks for.
    #[must_use]
    pub fn with_replaced_header(mut self, name: &str, value: &str) -> Self {
        self.replaced.push((name.into(), Some(value.into())));
        self
    }

    /// Leaves a header out that the revision asks for.
    #[must_use]
    pub fn without_header(mut self, name: &str) -> Self {
        self.replaced.push((name.into(), None));
        self
    }

    /// Adds a member to `params`.
    #[must_use]
    pub fn with_param(mut self, name: &str, value: Value) -> Self {
        if let Some(params) = self.message.as_mut().and_then(|m| m.get_mut("params")) {
            params[name] = value;
        }
        self
    }

    /// Says what is special about this request.
    #[must_use]
    pub fn labelled(mut self, what: &str) -> Self {
        self.label = format!("{}, {what}", self.label);
        self
    }

    /// The HTTP request.
    #[must_use]
    pub fn request(&self) -> HttpRequest {
        let mut headers: Vec<(String, Vec<u8>)> = Vec::new();
        let mut add = |name: &str, value: &str| headers.push((name.to_owned(), value.as_bytes().to_vec()));
        let rpc = |pointer: &str| self.message.as_ref().and_then(|m| m.pointer(pointer)).and_then(Value::as_str);
        let method = rpc("/method");
        if self.message.is_some() {
            add("Content-Type", "application/json");
            add("Accept", "application/json, text/event-stream");
        } else {
            add("Accept", "text/event-stream");
        }
        if self.revision >= Revision::R2025_06_18 && method != Some("initialize") {
            add("MCP-Protocol-Version", self.revision.as_str());
        }
        if !self.revision.has_handshake()
            && let Some(method) = method
        {
            add("Mcp-Method", method);
            let name = match method {
                "tools/call" | "prompts/get" => rpc("/params/name"),
                "resources/read" => rpc("/params/uri"),
                _ => None,
            };
            if let Some(name) = name {
                add("Mcp-Name", &mirrored(name));
            }
        }
        if let Some(session) = &self.session {
            add("Mcp-Session-Id", session);
        }
        for (name, value) in &self.headers {
            add(name, value);
        }
        for (name, value) in &self.replaced {
            headers.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
            headers.extend(value.iter().map(|v| (name.clone(), v.as_bytes().to_vec())));
        }
        headers.extend(self.authorization.iter().map(|v| ("Authorization".to_owned(), v.clone())));
        HttpRequest {
            label: self.label.clone(),
            method: self.method.clone(),
            url: self.url.clone(),
            headers,
            body: self.message.as_ref().map(|m| m.to_string().into_bytes()).unwrap_or_default(),
            listen: self.message.is_none().then_some(LISTEN),
        }
    }
}

/// A value as headers mirror it: as it is, or encoded where a header could not carry it (2026-07-28).
#[must_use]
pub fn mirrored(value: &str) -> String {
    let plain = value.bytes().all(|b| matches!(b, b' '..=b'~')) && value.trim() == value && !value.starts_with("=?");
    if plain { value.to_owned() } else { format!("=?base64?{}?=", STANDARD.encode(value)) }
}

fn client_info() -> Value {
    json!({"name": "proofmark", "version": env!("CARGO_PKG_VERSION")})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(request: &McpRequest) -> Vec<String> {
        request.request().headers.into_iter().map(|(n, _)| n).collect()
    }

    #[test]
    fn each_revision_gets_the_headers_it_demands() {
        let url = "https://h/mcp";
        let old = McpRequest::rpc(url, Revision::R2025_03_26, "tools/list", json!({}));
        assert!(!names(&old).contains(&"MCP-Protocol-Version".to_owned()));
        let middle = McpRequest::rpc(url, Revision::R2025_11_25, "tools/list", json!({})).in_session(Some("s"));
        assert!(names(&middle).ends_with(&["MCP-Protocol-Version".to_owned(), "Mcp-Session-Id".to_owned()]));
        assert!(
            !names(&McpRequest::initialize(url, Revision::R2025_11_25)).contains(&"MCP-Protocol-Version".to_owned())
        );
        let modern = McpRequest::rpc(url, Revision::R2026_07_28, "tools/call", json!({"name": "echo"}));
        let headers = modern.request().headers;
        assert!(headers.contains(&("Mcp-Name".to_owned(), b"echo".to_vec())));
        let message = modern.message.expect("a message");
        assert_eq!(
            message.pointer("/params/_meta/io.modelcontextprotocol~1protocolVersion"),
            Some(&json!("2026-07-28"))
        );
    }

    #[test]
    fn a_header_can_be_replaced_left_out_or_encoded() {
        let call = McpRequest::rpc("https://h/mcp", Revision::R2026_07_28, "tools/call", json!({"name": "echo "}));
        let name = |request: &McpRequest| {
            let headers = request.request().headers;
            let lines: Vec<_> = headers.into_iter().filter(|(n, _)| n.eq_ignore_ascii_case("mcp-name")).collect();
            lines.into_iter().map(|(_, v)| String::from_utf8(v).expect("text")).collect::<Vec<_>>()
        };
        assert_eq!(name(&call), ["=?base64?ZWNobyA=?="]);
        assert_eq!(name(&call.clone().with_replaced_header("Mcp-Name", "other")), ["other"]);
        assert!(name(&call.without_header("mcp-name")).is_empty());
    }

    #[test]
    fn a_batch_numbers_its_requests() {
        let one = |name: &str| McpRequest::rpc("https://h/mcp", Revision::R2025_03_26, name, json!({}));
        let batch = McpRequest::batch("https://h/mcp", Revision::R2025_03_26, &[one("ping"), one("tools/list")]);
        let message = batch.message.expect("a message");
        assert_eq!(
            (&message[0]["id"], &message[1]["id"], &message[1]["method"]),
            (&json!(1), &json!(2), &json!("tools/list"))
        );
    }

    #[test]
    fn two_credentials_make_two_lines() {
        let request = McpRequest::bare("https://h/mcp", Revision::R2025_11_25, "GET")
            .authorization("Bearer a")
            .authorization("Bearer b");
        let lines = request.request().headers.into_iter().filter(|(n, _)| n == "Authorization").count();
        assert_eq!(lines, 2);
        assert!(request.request().body.is_empty());
    }
}
