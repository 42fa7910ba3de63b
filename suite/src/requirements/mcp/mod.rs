//! The MCP specification, by topic.

pub mod challenge;
pub mod discovery;
pub mod issuer;
pub mod scope;
pub mod token_use;
pub mod tokens;
