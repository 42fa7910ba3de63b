//! Cases about the authorization server, `as.<topic>.<claim>`, one module per topic.

pub mod audience;
pub mod client_auth;
pub mod client_credentials;
pub mod client_document;
pub mod code;
pub mod iss;
pub mod lifetime;
pub mod pages;
pub mod pkce;
pub mod redirect_uri;
pub mod refresh;
pub mod registration;
pub mod request;
pub mod scope;
pub mod token;
