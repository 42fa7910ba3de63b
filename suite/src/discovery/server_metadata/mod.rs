//! Authorization server metadata: what a client learns before it sends its user there.

mod content;
mod endpoints;
mod place;

use proofmark_probe::Case;

/// The cases of this topic.
pub static CASES: &[&Case] = &[
    &place::FOUND,
    &place::AT_ORIGIN,
    &place::DEFAULT_ENDPOINTS,
    &place::JSON,
    &place::ISSUER,
    &place::FORMS,
    &place::VERSION_HEADER,
    &place::NO_TENANT,
    &content::COMPLETE,
    &content::NO_EMPTY_ARRAYS,
    &content::CHALLENGE_METHODS,
    &content::ISS_FLAG,
    &endpoints::ENDPOINT_URLS,
    &endpoints::ENDPOINTS,
    &content::GRANTS,
    &content::OLD_GRANTS,
    &content::PUBLIC_CLIENTS,
    &endpoints::KEYS,
];
