//! OAuth 2.1, by topic.

pub mod authorization;
pub mod bearer;
pub mod client_auth;
pub mod code;
pub mod lifetime;
pub mod pkce;
pub mod redirect_uri;
pub mod redirect_uri_registration;
pub mod refresh;
pub mod registration;
pub mod scope;
pub mod token;
pub mod token_redirect_uri;
