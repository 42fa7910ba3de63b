//! Dynamic client registration.

mod answer;
mod keys;
mod refusal;

use proofmark_probe::{Case, ClientAuth, ClientMetadata, Probe, Reply, Steps, Stop};

/// The cases of this topic.
pub static CASES: &[&Case] = &[
    &answer::OFFERED,
    &answer::PUBLIC_CLIENT,
    &answer::EXACT_URIS,
    &answer::SECRET,
    &answer::CHOSEN,
    &answer::UNKNOWN_METADATA,
    &answer::METHOD,
    &refusal::REDIRECTS,
    &refusal::OLD_GRANTS,
    &refusal::NOT_JSON,
    &keys::KEYS_TWICE,
    &keys::PRIVATE_KEY,
    &keys::KEYS_ADDRESS,
    &keys::IDS,
];

/// The metadata of a public client like the one of ordinary flows.
fn public(probe: &Probe) -> ClientMetadata {
    ClientMetadata::web(&[&format!("https://{}/cb", probe.host("registration"))])
}

/// The metadata of a client with a secret, sent in the way that the server lists.
fn confidential(probe: &Probe, name: &str) -> ClientMetadata {
    let post =
        probe.profile().metadata_lists("token_endpoint_auth_methods_supported", "client_secret_post") == Some(true);
    let auth = if post { ClientAuth::Post } else { ClientAuth::Basic };
    ClientMetadata::confidential(&[&format!("https://{}/cb", probe.host(name))], auth)
}

/// A refusal for want of an initial access token is policy, and an endpoint that does not exist cannot be judged.
fn policy(probe: &Probe, reply: &Reply) -> Steps {
    match reply.status() {
        401 | 403 => Err(Stop::not_applicable(format!(
            "registration is not open to everybody: {} (`initial_access_token` of [registration] may open it)",
            reply.summary()
        ))),
        404 | 405 if !probe.profile().metadata.is_object() => {
            Err(Stop::not_applicable("there is no metadata, and no registration endpoint at the default place"))
        }
        404 | 405 => Err(Stop::missing(
            format!("the registration endpoint of the metadata does not exist: {}", reply.summary()),
            "serve the endpoint, or remove it from the metadata",
        )),
        429 => Err(Stop::missing(
            format!("too many registrations: {}", reply.summary()),
            "run again later, or with fewer cases",
        )),
        _ => Ok(()),
    }
}
