//! The catalogue: what the specifications ask of an MCP server and of the authorization server behind it
//! ([`requirements`]), and the cases that find out. A file of cases reads like a page of the specification.

pub mod authorization;
pub mod discovery;
pub mod requirements;
pub mod resource;

use proofmark_probe::Catalogue;

/// Every case that Proofmark ships, in the order in which reports list them.
#[must_use]
pub fn catalogue() -> Catalogue {
    Catalogue::new()
        .with(discovery::resource_metadata::CASES)
        .with(discovery::server_metadata::CASES)
        .with(authorization::registration::CASES)
        .with(authorization::client_document::CASES)
        .with(authorization::pkce::CASES)
        .with(authorization::code::CASES)
        .with(authorization::redirect_uri::CASES)
        .with(authorization::request::CASES)
        .with(authorization::iss::CASES)
        .with(authorization::pages::CASES)
        .with(authorization::token::CASES)
        .with(authorization::lifetime::CASES)
        .with(authorization::refresh::CASES)
        .with(authorization::scope::CASES)
        .with(authorization::audience::CASES)
        .with(authorization::client_credentials::CASES)
        .with(authorization::client_auth::CASES)
        .with(resource::challenge::CASES)
        .with(resource::credentials::CASES)
        .with(resource::every_request::CASES)
        .with(resource::leaks::CASES)
        .with(resource::validation::CASES)
        .with(resource::audience::CASES)
        .with(resource::lifetime::CASES)
        .with(resource::scope::CASES)
}
