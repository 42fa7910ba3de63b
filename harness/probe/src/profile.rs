//! What discovery found: the facts that cases and their needs are decided by.

use proofmark_model::Revision;
use serde_json::Value;

use crate::http::Reply;

/// By which route a metadata document was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Route {
    /// The URL stood in the 401 challenge.
    Challenge,
    /// The well-known name inserted before the path.
    PathInserted,
    /// The well-known name appended to the path.
    PathAppended,
    /// The well-known name at the root of the origin.
    Root,
}

/// A metadata document, or what came where one was looked for.
#[derive(Debug, Clone)]
pub struct Found {
    /// The route.
    pub route: Route,
    /// Where it was looked for.
    pub url: String,
    /// What came.
    pub reply: Reply,
}

impl Found {
    /// The document, when a JSON object came with 200.
    #[must_use]
    pub fn document(&self) -> Option<Value> {
        (self.reply.status() == 200).then(|| self.reply.json()).flatten().filter(Value::is_object)
    }
}

/// The endpoints of the authorization server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Endpoints {
    /// Where authorization begins.
    pub authorization: String,
    /// Where tokens are issued.
    pub token: String,
    /// Where clients register.
    pub registration: Option<String>,
    /// Where tokens are revoked.
    pub revocation: Option<String>,
    /// Where keys are published.
    pub jwks: Option<String>,
}

/// The scopes of the target.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scopes {
    /// Every scope that ordinary flows ask for.
    pub all: Vec<String>,
    /// One that lets a client read.
    pub read: Option<String>,
    /// One that allows more.
    pub write: Option<String>,
}

/// A tool of the MCP server.
#[derive(Debug, Clone, PartialEq)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// Arguments that call it: the user's, or the smallest that its input schema allows.
    pub arguments: Value,
}

/// What is known of the target.
#[derive(Debug, Clone)]
pub struct Profile {
    /// The MCP endpoint.
    pub mcp_url: String,
    /// The revision under test.
    pub revision: Revision,
    /// Every revision that the server was seen to speak.
    pub spoken: Vec<Revision>,
    /// The JSON-RPC method that draws the refusal when it is sent without a token; `None` on an open server.
    pub protected_method: Option<String>,
    /// The answer to that request without a token.
    pub challenge: Option<Reply>,
    /// Every place where protected resource metadata was looked for.
    pub resource_metadata: Vec<Found>,
    /// The resource identifier for the `resource` parameter; `None` before 2025-06-18.
    pub resource: Option<String>,
    /// Every place where authorization server metadata was looked for.
    pub server_metadata: Vec<Found>,
    /// The issuer.
    pub issuer: String,
    /// The metadata that is used; `Null` when default endpoints stand in.
    pub metadata: Value,
    /// The endpoints.
    pub endpoints: Endpoints,
    /// The scopes.
    pub scopes: Scopes,
    /// A harmless tool.
    pub read_tool: Option<Tool>,
    /// A tool that needs the write scope.
    pub write_tool: Option<Tool>,
}

impl Profile {
    /// The protected resource metadata that clients use: the first document by route.
    #[must_use]
    pub fn resource_document(&self) -> Option<(&Found, Value)> {
        self.resource_metadata.iter().find_map(|f| Some((f, f.document()?)))
    }

    /// The place where the metadata in use was found.
    #[must_use]
    pub fn server_document(&self) -> Option<&Found> {
        self.server_metadata.iter().find(|f| f.document().is_some_and(|d| d == self.metadata))
    }

    /// Whether a list in the authorization server metadata names a value; `None` when the list is absent.
    #[must_use]
    pub fn metadata_lists(&self, member: &str, value: &str) -> Option<bool> {
        self.metadata.get(member)?.as_array().map(|list| list.iter().any(|v| v.as_str() == Some(value)))
    }

    /// A string in the authorization server metadata.
    #[must_use]
    pub fn metadata_str(&self, member: &str) -> Option<&str> {
        self.metadata.get(member)?.as_str()
    }

    /// Whether the target runs on this machine, where plain http is how everybody develops.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let url = if self.mcp_url.is_empty() { &self.issuer } else { &self.mcp_url };
        url::Url::parse(url).is_ok_and(|u| crate::places::is_loopback(&u))
    }
}
