//! The client that a document describes: its redirect URIs, its codes, its keys.

use std::sync::Arc;

use proofmark_probe::documents::Part;
use proofmark_probe::judge::{code_at, error_is, no_stray, token_issued, token_refused};
use proofmark_probe::keys::SigningKey;
use proofmark_probe::{Case, Client, ClientAuth, ClientKey, Grant, Probe, Steps, Stop};

use super::{AT_HOST, Own, walk};
use crate::requirements::client_document::content::{
    CODE_BOUND_TO_URL, KEY_IS_THE_DOCUMENTS, KEYED_DOCUMENT_AUTHENTICATES, KEYED_DOCUMENT_WORKS, LOOPBACK_PORT_FREE,
    REDIRECT_URI_LISTED,
};

pub(super) static REDIRECT_URIS: Case = Case {
    id: "as.client-document.redirect-uris",
    title: "Redirect URIs that the document does not list are refused",
    why: "The document is all that says where the codes of this client may go.",
    covers: &[&REDIRECT_URI_LISTED],
    body: |probe| Box::pin(redirect_uris(probe)),
    ..AT_HOST
};

async fn redirect_uris(probe: &mut Probe) -> Steps {
    let listed = format!("https://{}/cb", probe.host("listed"));
    let stranger = format!("https://{}/cb", probe.host("stranger"));
    let own = Own::new(probe, "redirect", |document| {
        document.with("redirect_uris", vec![listed.as_str()]).with("application_type", "web")
    })
    .await?;
    let rows = [
        ("another host", stranger),
        ("another path", format!("{listed}/more")),
        ("a query added", format!("{listed}?more=1")),
        ("another port", listed.replace("/cb", ":8443/cb")),
        ("a lower domain", listed.replace("https://", "https://evil.")),
    ];
    for (row, uri) in rows {
        probe.row(row);
        let request = probe.authorization(&own.client).with("redirect_uri", &uri).labelled(row);
        let journey = probe.walk(request).await?;
        probe.expect(&REDIRECT_URI_LISTED, &journey, no_stray);
    }
    Ok(())
}

pub(super) static LOOPBACK_PORT: Case = Case {
    id: "as.client-document.loopback-port",
    title: "The port of a loopback redirect URI in a document is free",
    why: "A native client cannot know beforehand which port it will get.",
    covers: &[&LOOPBACK_PORT_FREE],
    body: |probe| Box::pin(loopback_port(probe)),
    ..AT_HOST
};

async fn loopback_port(probe: &mut Probe) -> Steps {
    let own = Own::new(probe, "port", |document| document.with("redirect_uris", vec!["http://127.0.0.1/cb"])).await?;
    let journey = own.walk(probe, "the redirect URI as it is listed").await?;
    if journey.grant().is_none() {
        return Err(Stop::not_applicable(format!("the redirect URI as it is listed ended in {}", journey.describe())));
    }
    for (row, port) in [("a port that is not listed", 49_152), ("another one", 61_234)] {
        probe.row(row);
        let uri = format!("http://127.0.0.1:{port}/cb");
        let request = probe.authorization(&own.client).with("redirect_uri", &uri).labelled(row);
        let journey = probe.walk(request).await?;
        probe.expect(&LOOPBACK_PORT_FREE, &journey, code_at);
    }
    Ok(())
}

pub(super) static CODE_BOUND: Case = Case {
    id: "as.client-document.code-bound",
    title: "A code is refused to a client by another document of the same host",
    why: "A host that publishes documents for many is not one client.",
    covers: &[&CODE_BOUND_TO_URL],
    body: |probe| Box::pin(code_bound(probe)),
    ..AT_HOST
};

async fn code_bound(probe: &mut Probe) -> Steps {
    let own = Own::new(probe, "owner", |document| document).await?;
    // The same redirect URI, so that the identifier alone is another.
    let uris = own.client.redirect_uris.clone();
    let other = Own::new(probe, "other", |document| document.with("redirect_uris", uris)).await?;
    let grant = granted(probe, &own.client).await?;
    let reply = probe.token(&grant.redeem().by(&other.client).labelled("by a client of the same host")).await?;
    probe.expect(&CODE_BOUND_TO_URL, &reply, token_refused);
    Ok(())
}

async fn granted(probe: &mut Probe, client: &Arc<Client>) -> Result<Grant, Stop> {
    let journey = walk(probe, client, "a good client document").await?;
    let described = journey.describe();
    let grant = journey.grant().filter(|_| journey.arrived());
    grant.ok_or_else(|| Stop::blocked(format!("a good document ended in {described}")))
}

pub(super) static KEYED: Case = Case {
    id: "as.client-document.keyed",
    title: "A client whose document names its keys gets in by an assertion",
    why: "It is the only way in which a client by a document can be more than its name.",
    covers: &[&KEYED_DOCUMENT_WORKS],
    body: |probe| Box::pin(keyed(probe)),
    ..AT_HOST
};

/// A client by a document with keys, where the server takes such.
async fn with_keys(probe: &Probe) -> Result<Arc<Client>, Stop> {
    if probe.profile().metadata_lists("token_endpoint_auth_methods_supported", "private_key_jwt") != Some(true) {
        return Err(Stop::not_applicable("the authorization server does not list private_key_jwt"));
    }
    Ok(probe.document_client(Part::Confidential).await?.client)
}

async fn keyed(probe: &mut Probe) -> Steps {
    let client = with_keys(probe).await?;
    let journey = walk(probe, &client, "a client document with keys").await?;
    let Some(grant) = journey.grant().filter(|_| journey.arrived()) else {
        probe.expect(&KEYED_DOCUMENT_WORKS, &journey, code_at);
        return Ok(());
    };
    let reply = probe.token(&grant.redeem().labelled("by an assertion")).await?;
    if reply.json_str("error").as_deref() == Some("invalid_client") {
        // Some servers want their token endpoint as the audience, which the cases about assertions judge.
        let key = client.key.clone().map(|k| ClientKey { audience: probe.profile().endpoints.token.clone(), ..k });
        let other = Arc::new(Client { key, ..Client::clone(&client) });
        let grant = granted(probe, &client).await?;
        let reply = probe.token(&grant.redeem().by(&other).labelled("by an assertion for the token endpoint")).await?;
        probe.expect(&KEYED_DOCUMENT_WORKS, &reply, token_issued);
        return Ok(());
    }
    probe.expect(&KEYED_DOCUMENT_WORKS, &reply, token_issued);
    Ok(())
}

pub(super) static NO_ASSERTION: Case = Case {
    id: "as.client-document.keyed-unauthenticated",
    title: "A client whose document names its keys is refused without them",
    why: "Everybody knows the URL; the key is what the client has for itself.",
    covers: &[&KEYED_DOCUMENT_AUTHENTICATES, &KEY_IS_THE_DOCUMENTS],
    control: Some(&KEYED),
    body: |probe| Box::pin(no_assertion(probe)),
    ..AT_HOST
};

async fn no_assertion(probe: &mut Probe) -> Steps {
    let client = with_keys(probe).await?;
    let bare = Client { auth: ClientAuth::None, ..Client::clone(&client) };
    let algorithm = client.key.as_ref().map_or("ES256", |k| k.key.algorithm());
    let stranger = SigningKey::stranger(algorithm).ok_or_else(|| Stop::error("no key could be made"))?;
    let own_name = stranger.clone().with_thumbprint();
    let forged = |stranger: SigningKey| Client {
        key: client.key.clone().map(|key| ClientKey { key: Arc::new(stranger), ..key }),
        ..Client::clone(&client)
    };
    let known_name = client.key.as_ref().map(|k| stranger.named_like(&k.key));
    let rows = [
        ("no assertion", Some(bare), &KEYED_DOCUMENT_AUTHENTICATES),
        ("another key under the same identifier", known_name.map(&forged), &KEY_IS_THE_DOCUMENTS),
        ("another key under its own", Some(forged(own_name)), &KEY_IS_THE_DOCUMENTS),
    ];
    for (row, impostor, requirement) in rows {
        let Some(impostor) = impostor else { continue };
        probe.row(row);
        let grant = granted(probe, &client).await?;
        let reply = probe.token(&grant.redeem().by(&Arc::new(impostor)).labelled(row)).await?;
        probe.expect(requirement, &reply, |reply| token_refused(reply).and(|| error_is(&["invalid_client"])(reply)));
    }
    Ok(())
}
