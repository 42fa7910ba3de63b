//! The requirements, one module per document (a folder of topics where a document has many).
//!
//! Strength and revision live here and nowhere else: a verdict is the worst finding weighed by the force of its
//! requirement at the revision under test.

pub mod client_document;
pub mod documents;
pub mod mcp;
pub mod oauth21;
pub mod openid;
pub mod rfc6749;
pub mod rfc6750;
pub mod rfc7519;
pub mod rfc7523;
pub mod rfc7591;
pub mod rfc7636;
pub mod rfc8252;
pub mod rfc8414;
pub mod rfc8707;
pub mod rfc8725;
pub mod rfc9068;
pub mod rfc9207;
pub mod rfc9700;
pub mod rfc9728;
