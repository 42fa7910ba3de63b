//! Cases about how clients find their way, `mcp.<topic>.<claim>`, one module per topic.

pub mod resource_metadata;
pub mod server_metadata;
