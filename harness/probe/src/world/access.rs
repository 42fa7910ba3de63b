//! What a token's holder does at the MCP server.

use serde_json::{Value, json};

use super::{World, shelved};
use crate::case::Stop;
use crate::mcp::McpRequest;

impl World {
    /// The session of a token, opened when first asked for; `None` where the revision or the server has no sessions.
    ///
    /// # Errors
    /// Blocked when the server does not let the token's holder in.
    pub async fn session(&self, case: Option<&str>, token: &str) -> Result<Option<String>, Stop> {
        let cell = shelved(&self.pools.sessions, token.to_owned());
        cell.get_or_init(|| self.open_session(case, token)).await.clone()
    }

    /// Opens a session of its own for a token; `None` where the revision has none.
    ///
    /// # Errors
    /// As [`World::session`].
    pub async fn open_session(&self, case: Option<&str>, token: &str) -> Result<Option<String>, Stop> {
        if !self.has_resource_server() {
            return Err(World::no_resource_server());
        }
        if !self.revision().has_handshake() {
            return Ok(None);
        }
        let url = &self.profile.mcp_url;
        let revision = self.revision();
        let reply = self.send(case, McpRequest::initialize(url, revision).bearer(token).request()).await?;
        if reply.rpc_result().is_none() {
            return Err(Stop::blocked(format!("initialize with a valid token ended in {}", reply.summary())));
        }
        let session = reply.header("mcp-session-id");
        let ready = McpRequest::notification(url, revision, "notifications/initialized")
            .in_session(session.as_deref())
            .bearer(token);
        self.send(case, ready.request()).await?;
        Ok(session)
    }

    /// The request that the server refuses without a token, without one: valid in every other respect.
    ///
    /// # Errors
    /// Not applicable on an open server; as [`World::session`] where the request needs a session.
    pub async fn protected_request(&self, case: Option<&str>) -> Result<McpRequest, Stop> {
        if !self.has_resource_server() {
            return Err(World::no_resource_server());
        }
        let Some(method) = &self.profile.protected_method else {
            return Err(Stop::not_applicable("the MCP server serves requests without a token"));
        };
        let (url, revision) = (&self.profile.mcp_url, self.revision());
        if method == "initialize" {
            return Ok(McpRequest::initialize(url, revision));
        }
        let params = match (method.as_str(), &self.profile.read_tool) {
            ("tools/call", Some(tool)) => json!({"name": tool.name, "arguments": tool.arguments}),
            _ => json!({}),
        };
        let session = match &self.access {
            Ok(_) => {
                let tokens = self.tokens(case, None).await?;
                self.session(case, &tokens.access).await?
            }
            Err(_) => None,
        };
        Ok(McpRequest::rpc(url, revision, method, params).in_session(session.as_deref()))
    }

    /// A call of a tool, without a token.
    #[must_use]
    pub fn tool_call(&self, name: &str, arguments: &Value) -> McpRequest {
        let params = json!({"name": name, "arguments": arguments});
        McpRequest::rpc(&self.profile.mcp_url, self.revision(), "tools/call", params).labelled(name)
    }
}
