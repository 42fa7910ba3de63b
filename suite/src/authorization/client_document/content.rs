//! What a document must say.

use std::sync::Arc;

use proofmark_probe::documents::{Flaw, Part};
use proofmark_probe::judge::{Judgement, no_code, token_refused};
use proofmark_probe::model::{Area, Requirement};
use proofmark_probe::{Case, Client, ClientAuth, Need, Probe, Reply, Steps, violated};

use super::{AT_HOST, Own, refused, support, walk};
use crate::requirements::client_document::content::{
    ID_MATCHES, ID_MATCHES_EXACTLY, ID_REQUIRED, IS_JSON_OBJECT, MEDIA_TYPE as JSON_TYPE, NAME_REQUIRED,
    NO_SHARED_SECRET, PUBLISHED_SECRET_USELESS, REDIRECT_URIS_REQUIRED,
};

/// What the refusals have in common whose documents the user may have published.
const ANYWHERE: Case = Case {
    area: Area::Registration,
    needs: &[Need::CodeFlow, Need::ClientDocuments],
    control: Some(&support::WORKS),
    ..Case::PLAIN
};

/// Each flawed document must be refused.
async fn refuse(probe: &mut Probe, rows: &[(Flaw, &'static Requirement)]) -> Steps {
    for (flaw, requirement) in rows {
        probe.row(flaw.name());
        let exhibit = probe.exhibit(*flaw).await?;
        let journey = walk(probe, &exhibit.client, &format!("client document, {}", flaw.name())).await?;
        let fetches = exhibit.page.map(|page| page.fetches()).unwrap_or_default();
        probe.expect(requirement, &(&journey, &fetches), refused);
    }
    probe.no_row();
    Ok(())
}

pub(super) static CLIENT_ID: Case = Case {
    id: "as.client-document.client-id",
    title: "A document that does not name its own URL, to the letter, is refused",
    why: "Anybody can point at a document; only its author can say that it is meant.",
    covers: &[&ID_MATCHES, &ID_MATCHES_EXACTLY, &ID_REQUIRED],
    body: |probe| Box::pin(client_id(probe)),
    ..ANYWHERE
};

async fn client_id(probe: &mut Probe) -> Steps {
    refuse(
        probe,
        &[
            (Flaw::OtherId, &ID_MATCHES),
            (Flaw::IdWithSlash, &ID_MATCHES_EXACTLY),
            (Flaw::IdInUpperCase, &ID_MATCHES_EXACTLY),
            (Flaw::IdEncoded, &ID_MATCHES_EXACTLY),
            (Flaw::WithoutId, &ID_REQUIRED),
        ],
    )
    .await?;
    probe.row("query left out");
    let exhibit = probe.document_client(Part::Public).await?;
    let with_query = Client { id: format!("{}?v=1", exhibit.client.id), ..Client::clone(&exhibit.client) };
    let journey = walk(probe, &Arc::new(with_query), "client document, query left out").await?;
    let fetches = exhibit.page.map(|page| page.fetches()).unwrap_or_default();
    probe.expect(&ID_MATCHES_EXACTLY, &(&journey, &fetches), refused);
    Ok(())
}

pub(super) static REQUIRED: Case = Case {
    id: "as.client-document.required-members",
    title: "A document without redirect URIs or without a name is refused",
    why: "Without the first nothing says where codes go; without the second the user cannot tell who asks.",
    covers: &[&REDIRECT_URIS_REQUIRED, &NAME_REQUIRED],
    body: |probe| Box::pin(required(probe)),
    ..ANYWHERE
};

async fn required(probe: &mut Probe) -> Steps {
    let rows = [
        (Flaw::WithoutRedirectUris, &REDIRECT_URIS_REQUIRED),
        (Flaw::EmptyRedirectUris, &REDIRECT_URIS_REQUIRED),
        (Flaw::RedirectUrisNotListed, &REDIRECT_URIS_REQUIRED),
        (Flaw::WithoutName, &NAME_REQUIRED),
    ];
    refuse(probe, &rows).await
}

pub(super) static NOT_JSON: Case = Case {
    id: "as.client-document.not-json",
    title: "What is not a JSON object is refused as a document",
    why: "A server that goes on without a document trusts whatever the request says.",
    covers: &[&IS_JSON_OBJECT],
    body: |probe| Box::pin(not_json(probe)),
    ..ANYWHERE
};

async fn not_json(probe: &mut Probe) -> Steps {
    let rows = [(Flaw::Html, &IS_JSON_OBJECT), (Flaw::Cut, &IS_JSON_OBJECT), (Flaw::Array, &IS_JSON_OBJECT)];
    refuse(probe, &rows).await
}

pub(super) static MEDIA_TYPE: Case = Case {
    id: "as.client-document.media-type",
    title: "A document that is delivered as text or as a page is refused",
    why: "Sites that show what others wrote would speak for clients of whoever writes there.",
    covers: &[&JSON_TYPE],
    body: |probe| Box::pin(media_type(probe)),
    ..AT_HOST
};

async fn media_type(probe: &mut Probe) -> Steps {
    for media in ["text/html", "text/plain"] {
        probe.row(media);
        let own = Own::new(probe, &media.replace('/', "-"), |document| document).await?;
        own.page.serve(own.good().with_header("content-type", media));
        let journey = own.walk(probe, &format!("client document, delivered as {media}")).await?;
        probe.expect(&JSON_TYPE, &(&journey, &own.page.fetches()), refused);
    }
    Ok(())
}

pub(super) static SHARED_SECRET: Case = Case {
    id: "as.client-document.shared-secret",
    title: "A document that asks for a shared secret is refused",
    why: "There is no channel by which the client could have been given one.",
    covers: &[&NO_SHARED_SECRET],
    body: |probe| Box::pin(shared_secret(probe)),
    ..ANYWHERE
};

async fn shared_secret(probe: &mut Probe) -> Steps {
    for flaw in [Flaw::SecretBasic, Flaw::SecretPost, Flaw::SecretJwt] {
        probe.row(flaw.name());
        let exhibit = probe.exhibit(flaw).await?;
        let journey = walk(probe, &exhibit.client, &format!("client document, {}", flaw.name())).await?;
        let Some(grant) = journey.grant() else {
            probe.expect(&NO_SHARED_SECRET, &journey, no_code);
            continue;
        };
        // The client of the document has no secret to send: what matters is whether it is served as one without.
        let reply = probe.token(&grant.redeem().labelled("without a secret")).await?;
        probe.expect(&NO_SHARED_SECRET, &(&journey, &reply), |(_, reply)| served_as_public(reply));
    }
    Ok(())
}

fn served_as_public(reply: &Reply) -> Judgement {
    match token_refused(reply) {
        Judgement::Met(seen) => {
            violated("a refusal of the document", format!("a code, and {seen} at the token endpoint"))
        }
        _ => violated("a refusal of the document", "a token, as if it were a public client"),
    }
}

pub(super) static PUBLISHED_SECRET: Case = Case {
    id: "as.client-document.published-secret",
    title: "A secret that stands in a document is refused",
    why: "Everybody can read it there.",
    covers: &[&PUBLISHED_SECRET_USELESS],
    body: |probe| Box::pin(published_secret(probe)),
    ..ANYWHERE
};

async fn published_secret(probe: &mut Probe) -> Steps {
    let exhibit = probe.exhibit(Flaw::WithSecret).await?;
    let journey = walk(probe, &exhibit.client, "client document, with a secret").await?;
    let Some(grant) = journey.grant() else {
        probe.expect(&PUBLISHED_SECRET_USELESS, &journey, no_code);
        return Ok(());
    };
    let with_secret = Client {
        secret: Some(proofmark_probe::documents::PUBLISHED_SECRET.into()),
        auth: ClientAuth::Post,
        ..Client::clone(&exhibit.client)
    };
    let reply = probe.token(&grant.redeem().by(&Arc::new(with_secret)).labelled("the secret of the document")).await?;
    probe.expect(&PUBLISHED_SECRET_USELESS, &reply, token_refused);
    Ok(())
}
