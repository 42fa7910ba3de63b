//! Client ID Metadata Documents (draft-ietf-oauth-client-id-metadata-document), by topic. MCP pins draft 00; what only the
//! next one says warns.

pub mod address;
pub mod content;
pub mod fetching;
pub mod people;
pub mod support;
