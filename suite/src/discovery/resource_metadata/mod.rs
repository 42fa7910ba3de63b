//! Protected resource metadata: where a client learns which authorization server to go to.

mod content;
mod place;
mod servers;

use proofmark_probe::Case;

pub(crate) use content::{conforms, is_secure_url, lacks_empty_arrays};
pub(crate) use place::{says_json, servers};

/// The cases of this topic.
pub static CASES: &[&Case] = &[
    &place::FOUND,
    &place::ADVERTISED,
    &place::OPEN,
    &place::JSON,
    &place::PLACE,
    &place::PLACES_AGREE,
    &place::NOT_FOR_ANY_PATH,
    &content::WELL_FORMED,
    &content::NO_EMPTY_ARRAYS,
    &content::NAMES_THIS_SERVER,
    &content::RESOURCE_IS_URL,
    &servers::NAMES_SERVER,
    &servers::SERVERS_ARE_ISSUERS,
    &servers::SERVERS_RESOLVE,
    &content::HEADER_METHOD,
    &content::SCOPES,
];
