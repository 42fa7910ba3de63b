//! Whether documents are taken at all.

use proofmark_probe::documents::Part;
use proofmark_probe::host::Fetch;
use proofmark_probe::judge::{Judgement, code_at, holds, met, no_code, token_issued};
use proofmark_probe::model::Area;
use proofmark_probe::{Case, Need, Probe, Reply, Steps, Stop, violated};

use super::walk;
use crate::requirements::client_document::support::{
    DOCUMENT_FETCHED, DOCUMENT_WORKS, DOCUMENTS_ADVERTISED, DOCUMENTS_TAKEN, FETCH_IS_CLEAN, GOOD_DOCUMENT_HONOURED,
};

const FLAG: &str = "client_id_metadata_document_supported";

fn advertised(metadata: &Reply) -> bool {
    metadata.json().and_then(|m| m.get(FLAG).cloned()) == Some(true.into())
}

fn metadata(probe: &Probe) -> Result<Reply, Stop> {
    let found = probe.profile().server_document().map(|f| f.reply.clone());
    found.ok_or_else(|| Stop::not_applicable("no authorization server metadata was found"))
}

pub(super) static TAKEN: Case = Case {
    id: "as.client-document.taken",
    title: "The authorization server takes Client ID Metadata Documents",
    why: "It is how a client and a server that never met get to know each other.",
    area: Area::Registration,
    covers: &[&DOCUMENTS_TAKEN],
    needs: &[Need::ServerMetadata],
    body: |probe| Box::pin(taken(probe)),
    ..Case::PLAIN
};

async fn taken(probe: &mut Probe) -> Steps {
    let metadata = metadata(probe)?;
    probe.expect(&DOCUMENTS_TAKEN, &metadata, |metadata| {
        let seen = metadata
            .json()
            .and_then(|m| m.get(FLAG).cloned())
            .map_or_else(|| "no such member".into(), |v| v.to_string());
        holds(advertised(metadata), format!("{FLAG}: true"), seen)
    });
    Ok(())
}

pub(super) static ADVERTISED: Case = Case {
    id: "as.client-document.advertised",
    title: "The metadata says truly whether client documents are taken",
    why: "Clients try what is advertised, and nothing else.",
    area: Area::Discovery,
    covers: &[&DOCUMENTS_ADVERTISED, &GOOD_DOCUMENT_HONOURED],
    needs: &[Need::CodeFlow, Need::ServerMetadata],
    body: |probe| Box::pin(is_advertised(probe)),
    ..Case::PLAIN
};

async fn is_advertised(probe: &mut Probe) -> Steps {
    let metadata = metadata(probe)?;
    let said = advertised(&metadata);
    let has_published = probe.settings().clients.documents.published.is_some();
    if let Err(stop) = probe.reaches_host()
        && !(said && has_published)
    {
        return Err(if said {
            stop
        } else {
            Stop::not_applicable("documents are not advertised, and none of ours is in reach")
        });
    }
    let exhibit = probe.document_client(Part::Public).await?;
    let journey = walk(probe, &exhibit.client, "a good client document").await?;
    if said {
        probe.expect(&DOCUMENTS_ADVERTISED, &metadata, |_| met("it says that they are taken"));
        probe.expect(&GOOD_DOCUMENT_HONOURED, &journey, code_at);
    } else {
        probe.expect(&DOCUMENTS_ADVERTISED, &(&journey, &metadata), |(journey, _)| match no_code(journey) {
            Judgement::Violated { observed, .. } => violated(
                format!("{FLAG}: true, or a refusal of the document"),
                format!("no such member, and {observed}"),
            ),
            other => other,
        });
        probe.moot(&GOOD_DOCUMENT_HONOURED, "the server does not say that it takes documents");
    }
    Ok(())
}

pub(super) static WORKS: Case = Case {
    id: "as.client-document.works",
    title: "A client described by a document gets a token, once its document was fetched",
    why: "It is the control of every refusal of a document.",
    area: Area::Registration,
    covers: &[&DOCUMENT_WORKS, &DOCUMENT_FETCHED],
    needs: &[Need::CodeFlow, Need::ClientDocuments],
    body: |probe| Box::pin(works(probe)),
    ..Case::PLAIN
};

async fn works(probe: &mut Probe) -> Steps {
    let exhibit = probe.document_client(Part::Public).await?;
    let journey = walk(probe, &exhibit.client, "a good client document").await?;
    let Some(grant) = journey.grant().filter(|_| journey.arrived()) else {
        return Err(Stop::missing(
            format!("a good document ended in {}, so refusals of bad ones would prove nothing", journey.describe()),
            "if the server trusts documents of some hosts only, add the one where ours are; if it cannot reach \
             http documents on this machine, give a certificate under [client_documents]",
        ));
    };
    let reply = probe.token(&grant.redeem()).await?;
    probe.expect(&DOCUMENT_WORKS, &reply, token_issued);
    match exhibit.page.map(|page| page.fetches()) {
        Some(fetches) => probe.expect(&DOCUMENT_FETCHED, &(&journey, &fetches), |(_, fetches)| {
            holds(!fetches.is_empty(), "a fetch of the document", "a code without one")
                .and(|| met(format!("fetched {} times", fetches.len())))
        }),
        None => probe.moot(&DOCUMENT_FETCHED, "the document is not at our host, so nobody saw the fetch"),
    }
    Ok(())
}

pub(super) static CLEAN_FETCH: Case = Case {
    id: "as.client-document.clean-fetch",
    title: "The document is fetched without cookies and credentials",
    why: "Whoever can name a client identifier would be sent what the fetch carries.",
    covers: &[&FETCH_IS_CLEAN],
    body: |probe| Box::pin(clean_fetch(probe)),
    ..super::AT_HOST
};

async fn clean_fetch(probe: &mut Probe) -> Steps {
    let exhibit = probe.document_client(Part::Public).await?;
    walk(probe, &exhibit.client, "a good client document").await?;
    let fetches = exhibit.page.map(|page| page.fetches()).unwrap_or_default();
    if fetches.is_empty() {
        return Err(Stop::not_applicable("the document was not fetched"));
    }
    probe.expect(&FETCH_IS_CLEAN, &fetches, |fetches| is_clean(fetches));
    Ok(())
}

fn is_clean(fetches: &[Fetch]) -> Judgement {
    for fetch in fetches {
        if !matches!(fetch.method.as_str(), "GET" | "HEAD") {
            return violated("GET", format!("a {}", fetch.method));
        }
        if let Some(header) = ["cookie", "authorization"].into_iter().find(|name| fetch.header(name).is_some()) {
            return violated("neither cookies nor credentials", format!("a {header} header"));
        }
    }
    met("plain fetches")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proofmark_probe::model::ExchangeId;

    #[test]
    fn a_fetch_carries_nothing_of_the_user() {
        let of = |method: &str, header: &str| {
            let headers = vec![(header.to_owned(), b"x".to_vec())];
            let at = std::time::Duration::ZERO;
            is_clean(&[Fetch { exchange: ExchangeId(1), at, method: method.into(), target: "/".into(), headers }])
                .is_met()
        };
        assert!(of("GET", "accept") && !of("POST", "accept"));
        assert!(!of("GET", "Cookie") && !of("GET", "authorization"));
    }
}
