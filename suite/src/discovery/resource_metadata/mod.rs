//! Protected resource metadata: where a client learns which authorization server to go to.

mod content;
mod place;

use proofmark_probe::Case;

pub(crate) use content::{conforms, is_issuer, is_secure_url, lacks_empty_arrays};
pub(crate) use place::says_json;

/// The cases of this topic.
pub static CASES: &[&Case] = &[
    &place::FOUND,
    &place::ADVERTISED,
    &place::OPEN,
    &place::JSON,
    &place::PLACE,
    &place::PLACES_AGREE,
    &place::NOT_FOR_ANY_PATH,
    &place::IGNORES_HOST,
    &content::WELL_FORMED,
    &content::NO_EMPTY_ARRAYS,
    &content::NAMES_THIS_SERVER,
    &content::RESOURCE_IS_URL,
    &content::NAMES_SERVER,
    &content::SERVERS_ARE_ISSUERS,
    &content::SERVERS_RESOLVE,
    &content::HEADER_METHOD,
    &content::SCOPES,
];
