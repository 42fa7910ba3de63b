//! Cases about the MCP server as a resource server, `rs.<topic>.<claim>`, one module per topic.

pub mod audience;
pub mod challenge;
pub mod credentials;
pub mod every_request;
pub mod leaks;
pub mod lifetime;
pub mod scope;
pub mod validation;
