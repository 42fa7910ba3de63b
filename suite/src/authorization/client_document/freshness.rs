//! How long documents are kept.

use std::sync::Arc;

use proofmark_probe::documents::{Flaw, Part};
use proofmark_probe::host::{Fetch, Served};
use proofmark_probe::judge::{Judgement, code_at, holds, met, no_stray};
use proofmark_probe::{Case, Client, Journey, Probe, Steps, Stop};

use super::{AT_HOST, Own, walk};
use crate::requirements::client_document::fetching::{
    ERRORS_NOT_KEPT, FRESHNESS_HONOURED, INVALID_NOT_KEPT, NO_STORE_HONOURED, REMOVED_URI_GONE,
};

pub(super) static KEPT: Case = Case {
    id: "as.client-document.kept",
    title: "A document that may be kept is not fetched again for each flow",
    why: "A fetch for each request makes the server a weapon against the host, and each flow as slow as that host.",
    covers: &[&FRESHNESS_HONOURED],
    body: |probe| Box::pin(kept(probe)),
    ..AT_HOST
};

async fn kept(probe: &mut Probe) -> Steps {
    let own = Own::new(probe, "kept", |document| document).await?;
    own.page.serve(own.good().with_header("cache-control", "max-age=300"));
    for flow in ["the first flow", "the second flow"] {
        let journey = own.walk(probe, flow).await?;
        let described = journey.describe();
        let Some(grant) = journey.grant() else {
            return Err(Stop::blocked(format!("a good document ended in {described}")));
        };
        probe.token(&grant.redeem().labelled(flow)).await?;
    }
    let fetches = own.page.fetches();
    if fetches.is_empty() {
        return Err(Stop::not_applicable("the document was not fetched"));
    }
    probe.expect(&FRESHNESS_HONOURED, &fetches, |fetches| fetched_once(fetches));
    Ok(())
}

fn fetched_once(fetches: &[Fetch]) -> Judgement {
    let seen = format!("{} fetches in two flows within the time for which the document may be kept", fetches.len());
    holds(fetches.len() == 1, "one fetch", seen)
}

pub(super) static NOT_KEPT: Case = Case {
    id: "as.client-document.not-kept",
    title: "A document that may not be kept is fetched again for the next flow",
    why: "A client that lost control over a redirect URI takes it out of the document and expects that to count.",
    covers: &[&NO_STORE_HONOURED],
    waits: true,
    body: |probe| Box::pin(not_kept(probe)),
    ..AT_HOST
};

async fn not_kept(probe: &mut Probe) -> Steps {
    let own = Own::new(probe, "not-kept", |document| document).await?;
    good_flow(probe, &own).await?;
    let before = own.page.fetches().len();
    let moved = probe.native_redirect_uri("not-kept-moved").replace("/callback", "/moved");
    let changed = Part::Public.document(own.page.url(), &moved, &[]);
    own.page.serve(Served::value(changed.members()));
    let mut journey = with_uri(probe, &own, &moved, "the redirect URI that is new in the document").await?;
    if journey.code().is_none() && own.page.fetches().len() == before {
        // It may keep documents for some minutes, whatever we say.
        let patience = probe.settings().timing.leeway;
        probe.wait_until(probe.now() + patience, "a server that keeps documents for a while").await?;
        journey = with_uri(probe, &own, &moved, "the new redirect URI, later").await?;
    }
    let fetches = own.page.fetches();
    probe.expect(&NO_STORE_HONOURED, &(&journey, &fetches), |(journey, fetches)| {
        sees_change(journey, fetches.len() > before)
    });
    Ok(())
}

fn sees_change(journey: &Journey, fetched: bool) -> Judgement {
    match (journey.code(), fetched) {
        (Some(_), _) => met(journey.describe()),
        (None, true) => Judgement::Unproven(format!("the document was fetched again, and yet: {}", journey.describe())),
        (None, false) => {
            holds(false, "another fetch of a document that said no-store", format!("none, and {}", journey.describe()))
        }
    }
}

async fn good_flow(probe: &mut Probe, own: &Own) -> Steps {
    let journey = own.walk(probe, "a good client document").await?;
    if journey.code().is_none() {
        return Err(Stop::blocked(format!("a good document ended in {}", journey.describe())));
    }
    Ok(())
}

/// Walks with a redirect URI that the client knows as its own.
async fn with_uri(probe: &mut Probe, own: &Own, uri: &str, what: &str) -> Result<Journey, Stop> {
    let client = Client { redirect_uris: vec![uri.to_owned()], ..Client::clone(&own.client) };
    walk(probe, &Arc::new(client), what).await
}

pub(super) static FAILURES: Case = Case {
    id: "as.client-document.failures-forgotten",
    title: "A document that failed or was bad works as soon as it is mended",
    why: "One failure at the wrong time, or one typing error, would lock the client out.",
    covers: &[&ERRORS_NOT_KEPT, &INVALID_NOT_KEPT],
    body: |probe| Box::pin(failures(probe)),
    ..AT_HOST
};

async fn failures(probe: &mut Probe) -> Steps {
    for (row, requirement) in [("status 500", &ERRORS_NOT_KEPT), ("another client_id", &INVALID_NOT_KEPT)] {
        probe.row(row);
        let own = Own::new(probe, &row.replace(' ', "-"), |document| document).await?;
        let bad = match row {
            "status 500" => Served::json("{}").with_status(500),
            _ => Served::json(Flaw::OtherId.text(own.page.url(), own.client.redirect_uri())),
        };
        own.page.serve(bad.with_header("cache-control", "max-age=3600"));
        let journey = own.walk(probe, &format!("client document, {row}")).await?;
        if journey.code().is_some() {
            probe.moot(requirement, "the bad document was accepted, which is judged apart");
            continue;
        }
        let before = own.page.fetches().len();
        own.page.serve(own.good());
        let journey = own.walk(probe, &format!("client document, mended after {row}")).await?;
        let fetches = own.page.fetches();
        let again = fetches.len() > before;
        probe.expect(requirement, &(&journey, &fetches), |(journey, _)| forgotten(journey, again));
    }
    Ok(())
}

fn forgotten(journey: &Journey, again: bool) -> Judgement {
    match code_at(journey) {
        Judgement::Violated { .. } if again => {
            Judgement::Unproven(format!("the document was fetched again, and yet: {}", journey.describe()))
        }
        Judgement::Violated { expected, observed } => {
            Judgement::Violated { expected, observed: format!("{observed}, without another fetch") }
        }
        other => other,
    }
}

pub(super) static REMOVED: Case = Case {
    id: "as.client-document.removed-redirect-uri",
    title: "A redirect URI that has left the document is refused",
    why: "What a client took out of its document may be in other hands by now.",
    covers: &[&REMOVED_URI_GONE],
    body: |probe| Box::pin(removed(probe)),
    ..AT_HOST
};

async fn removed(probe: &mut Probe) -> Steps {
    let (stays, leaves) =
        (format!("https://{}/cb", probe.host("stays")), format!("https://{}/cb", probe.host("leaves")));
    let both = vec![stays.clone(), leaves.clone()];
    let own = Own::new(probe, "removed", |document| document.with("redirect_uris", both)).await?;
    let journey = with_uri(probe, &own, &leaves, "the redirect URI while it is listed").await?;
    if journey.code().is_none() {
        return Err(Stop::blocked(format!("a listed redirect URI ended in {}", journey.describe())));
    }
    let before = own.page.fetches().len();
    own.page.serve(Served::value(own.document.clone().with("redirect_uris", vec![stays.as_str()]).members()));
    // What the client knows as its own decides what counts as a stray.
    let client = Client { redirect_uris: vec![stays], ..Client::clone(&own.client) };
    let client = Arc::new(client);
    let request = probe.authorization(&client).with("redirect_uri", &leaves).labelled("the redirect URI after it left");
    let journey = probe.walk(request).await?;
    let fetches = own.page.fetches();
    let again = fetches.len() > before;
    probe.expect(&REMOVED_URI_GONE, &(&journey, &fetches), |(journey, _)| gone(journey, again));
    Ok(())
}

fn gone(journey: &Journey, again: bool) -> Judgement {
    match no_stray(journey) {
        Judgement::Violated { .. } if !again => {
            Judgement::Moot("the document was not fetched again; the server may keep it for a time of its own".into())
        }
        other => other,
    }
}
