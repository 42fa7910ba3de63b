//! Exchanges: what crossed the wire, with secrets replaced. They are the evidence of every finding.

/// The number of an exchange within its run, from 1 in the order in which requests were sent.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(transparent)]
pub struct ExchangeId(pub u32);

impl std::fmt::Display for ExchangeId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// How faithful the recorded bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Wire {
    /// Sent by the HTTP library: a faithful rendering of what it was given.
    Rendered,
    /// Written byte for byte by Proofmark.
    Verbatim,
    /// Received by Proofmark's own host, seen in a browser that it drives, or told by a command or a person: not sent by
    /// Proofmark itself.
    Witnessed,
}

/// A header line.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct Header {
    /// The name as sent or received.
    pub name: String,
    /// The value; bytes that are not UTF-8 are shown as U+FFFD.
    pub value: String,
}

/// A message body, kept up to a cap.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct Body {
    /// The first part as text; bytes that are not UTF-8 are shown as U+FFFD.
    pub text: String,
    /// The length of what was received, in bytes.
    pub bytes: u64,
    /// SHA-256 of all received bytes before secrets were replaced, in hexadecimal; absent where the body holds a
    /// secret, whose digest could be guessed at.
    pub sha256: Option<String>,
    /// Whether `text` leaves out a part.
    pub truncated: bool,
}

/// A request as sent.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct Request {
    /// The HTTP method.
    pub method: String,
    /// The absolute URL.
    pub url: String,
    /// The header lines in order.
    pub headers: Vec<Header>,
    /// The body, if any.
    pub body: Option<Body>,
}

/// A response as received.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct Response {
    /// The HTTP status code.
    pub status: u16,
    /// The header lines in order.
    pub headers: Vec<Header>,
    /// The body, if any.
    pub body: Option<Body>,
}

/// One request with its response or the reason why there is none.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct Exchange {
    /// Its number in the run.
    pub id: ExchangeId,
    /// The case that sent it; `null` for discovery and for set-up that cases share.
    pub case: Option<String>,
    /// What the request is for, e.g. `token request, another code verifier`.
    pub label: String,
    /// When it was sent, in milliseconds since the run began.
    pub at_ms: u64,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// How faithful the record is.
    pub wire: Wire,
    /// The request.
    pub request: Request,
    /// The response, unless the transport failed.
    pub response: Option<Response>,
    /// What went wrong on the way, in words.
    pub error: Option<String>,
}
