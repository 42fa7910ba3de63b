//! Exchanges of the golden run.

use proofmark_model::{Body, Exchange, ExchangeId, Header, Request, Response, Wire};

pub(super) const MCP: &str = "https://mcp.staging.example.com/mcp";
pub(super) const AS: &str = "https://login.staging.example.com/tenant-7";

/// Status, header lines and body of an answer.
pub(super) type Answer<'a> = (u16, &'a [(&'a str, &'a str)], &'a str);

/// Numbers exchanges in the order in which they are made.
#[derive(Default)]
pub(super) struct Recorder {
    pub(super) exchanges: Vec<Exchange>,
}

pub(super) struct Sent<'a> {
    pub(super) case: Option<&'a str>,
    pub(super) label: &'a str,
    pub(super) method: &'a str,
    pub(super) url: &'a str,
    pub(super) headers: &'a [(&'a str, &'a str)],
    pub(super) body: Option<&'a str>,
}

impl Recorder {
    pub(super) fn record(&mut self, sent: &Sent<'_>, answer: Result<Answer<'_>, &str>) -> ExchangeId {
        let id = ExchangeId(u32::try_from(self.exchanges.len()).expect("few exchanges") + 1);
        let (response, error) = match answer {
            Ok((status, headers, text)) => (Some(Response { status, headers: lines(headers), body: body(text) }), None),
            Err(error) => (None, Some(error.to_owned())),
        };
        self.exchanges.push(Exchange {
            id,
            case: sent.case.map(str::to_owned),
            label: sent.label.into(),
            at_ms: u64::from(id.0) * 40,
            took_ms: 7 + u64::from(id.0) % 23,
            wire: Wire::Rendered,
            request: Request {
                method: sent.method.into(),
                url: sent.url.into(),
                headers: lines(sent.headers),
                body: sent.body.and_then(body),
            },
            response,
            error,
        });
        id
    }

    /// A token request.
    pub(super) fn token(&mut self, case: &str, label: &str, form: &str, answer: (u16, &str)) -> ExchangeId {
        let url = format!("{AS}/token");
        let headers = [
            ("user-agent", "Proofmark/0.1.0"),
            ("accept", "application/json"),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        let sent = Sent { case: Some(case), label, method: "POST", url: &url, headers: &headers, body: Some(form) };
        let reply = [("content-type", "application/json"), ("cache-control", "no-store")];
        self.record(&sent, Ok((answer.0, &reply, answer.1)))
    }

    /// An MCP request.
    pub(super) fn call(&mut self, case: &str, label: &str, token: &str, answer: Answer<'_>) -> ExchangeId {
        let bearer = format!("Bearer {token}");
        let headers = [
            ("accept", "application/json, text/event-stream"),
            ("content-type", "application/json"),
            ("mcp-protocol-version", "2026-07-28"),
            ("authorization", bearer.as_str()),
        ];
        let body = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}"#;
        let sent = Sent { case: Some(case), label, method: "POST", url: MCP, headers: &headers, body: Some(body) };
        self.record(&sent, Ok(answer))
    }

    /// An authorization request.
    pub(super) fn authorize(&mut self, case: &str, label: &str, query: &str, answer: Answer<'_>) -> ExchangeId {
        let url = format!("{AS}/authorize?response_type=code&client_id=‹client_id 1 · 77aa›&{query}");
        let sent =
            Sent { case: Some(case), label, method: "GET", url: &url, headers: &[("accept", "text/html")], body: None };
        self.record(&sent, Ok(answer))
    }
}

fn lines(headers: &[(&str, &str)]) -> Vec<Header> {
    headers.iter().map(|(name, value)| Header { name: (*name).into(), value: (*value).into() }).collect()
}

fn body(text: &str) -> Option<Body> {
    let secret = text.contains('‹');
    (!text.is_empty()).then(|| Body {
        text: text.into(),
        bytes: text.len() as u64,
        sha256: (!secret).then(|| "3f1c9e0b7a5d2468".repeat(4)),
        truncated: false,
    })
}
