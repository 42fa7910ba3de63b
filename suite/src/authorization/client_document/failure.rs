//! Documents that do not arrive as they should.

use std::time::Duration;

use proofmark_probe::documents::Part;
use proofmark_probe::host::{Fetch, Served};
use proofmark_probe::judge::{Judgement, met, no_code};
use proofmark_probe::{Case, Journey, Probe, Steps, Stop, violated};

use super::{AT_HOST, Own, refused};
use crate::requirements::client_document::fetching::{
    FAILURE_ENDS_REQUEST, NO_CODE_WITHOUT_DOCUMENT, NO_REDIRECT_FOLLOWED, ONLY_STATUS_200, SIZE_LIMITED, TIME_LIMITED,
};

pub(super) static STATUS: Case = Case {
    id: "as.client-document.failed-fetch",
    title: "A request is refused whose document cannot be fetched",
    why: "Without the document nothing says who the client is and where its codes may go.",
    covers: &[&FAILURE_ENDS_REQUEST, &NO_CODE_WITHOUT_DOCUMENT],
    body: |probe| Box::pin(status(probe)),
    ..AT_HOST
};

async fn status(probe: &mut Probe) -> Steps {
    for (row, status, with_body) in [
        ("404", 404, false),
        ("500", 500, false),
        ("404 with the document", 404, true),
        ("503 with the document", 503, true),
    ] {
        probe.row(row);
        let own = Own::new(probe, &format!("status-{}", row.replace(' ', "-")), |document| document).await?;
        own.page.serve(if with_body { own.good() } else { Served::json("{}") }.with_status(status));
        let journey = own.walk(probe, &format!("client document, status {row}")).await?;
        let fetches = own.page.fetches();
        probe.expect(&NO_CODE_WITHOUT_DOCUMENT, &(&journey, &fetches), refused);
        probe.expect(&FAILURE_ENDS_REQUEST, &(&journey, &fetches), |(journey, _)| ended_before_consent(journey));
    }
    Ok(())
}

/// The user was never asked about the client.
fn ended_before_consent(journey: &Journey) -> Judgement {
    let asked = journey.hops.iter().any(|hop| hop.request().label.starts_with("consent page"));
    match no_code(journey) {
        Judgement::Met(_) if asked => violated(
            "an error page before the user is asked for consent",
            format!("a consent page, then {}", journey.describe()),
        ),
        other => other,
    }
}

pub(super) static OTHER_SUCCESS: Case = Case {
    id: "as.client-document.other-success",
    title: "A document with another status of success than 200 is refused",
    why: "201, 202 and 206 say that what came is something else than the document.",
    covers: &[&ONLY_STATUS_200],
    body: |probe| Box::pin(other_success(probe)),
    ..AT_HOST
};

async fn other_success(probe: &mut Probe) -> Steps {
    for status in [201, 202, 203, 206] {
        probe.row(status.to_string());
        let own = Own::new(probe, &format!("success-{status}"), |document| document).await?;
        own.page.serve(own.good().with_status(status));
        let journey = own.walk(probe, &format!("client document, status {status}")).await?;
        probe.expect(&ONLY_STATUS_200, &(&journey, &own.page.fetches()), refused);
    }
    Ok(())
}

pub(super) static REDIRECT: Case = Case {
    id: "as.client-document.redirected",
    title: "A document behind a redirect is refused",
    why: "An open redirector of a well-known site would speak for a client of that name.",
    covers: &[&NO_REDIRECT_FOLLOWED],
    body: |probe| Box::pin(redirect(probe)),
    ..AT_HOST
};

async fn redirect(probe: &mut Probe) -> Steps {
    for row in ["to the same host", "to another host"] {
        probe.row(row);
        let own = Own::new(probe, &format!("redirect-{}", row.replace(' ', "-")), |document| document).await?;
        // The document behind the redirect names the URL before it.
        let target = probe.publish("behind.json", |_| own.good()).await?;
        let there = match row {
            "to another host" => target.url().replacen("127.0.0.1", "localhost", 1),
            _ => target.url().to_owned(),
        };
        if row == "to another host" && there == target.url() {
            continue;
        }
        own.page.serve(Served::redirect(&there));
        let journey = own.walk(probe, &format!("client document, redirect {row}")).await?;
        let mut fetches = own.page.fetches();
        fetches.extend(target.fetches());
        probe.expect(&NO_REDIRECT_FOLLOWED, &(&journey, &fetches), refused);
    }
    Ok(())
}

pub(super) static SIZE: Case = Case {
    id: "as.client-document.size",
    title: "A document of a megabyte is refused",
    why: "Whoever can name a client identifier decides how much memory the server spends on it.",
    covers: &[&SIZE_LIMITED],
    body: |probe| Box::pin(size(probe)),
    ..AT_HOST
};

async fn size(probe: &mut Probe) -> Steps {
    let padding = "x".repeat(1 << 20);
    let own = Own::new(probe, "size", |document| document.with("x_padding", padding)).await?;
    let journey = own.walk(probe, "client document, of a megabyte").await?;
    probe.expect(&SIZE_LIMITED, &(&journey, &own.page.fetches()), refused);
    Ok(())
}

/// How long a server may wait for a document.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) static SLOW: Case = Case {
    id: "as.client-document.slow",
    title: "A document that comes byte by byte is refused within half a minute",
    why: "Each request that waits holds a connection, and a few hundred of them hold a server.",
    covers: &[&TIME_LIMITED],
    waits: true,
    body: |probe| Box::pin(slow(probe)),
    ..AT_HOST
};

async fn slow(probe: &mut Probe) -> Steps {
    let redirect_uri = probe.native_redirect_uri("slow");
    let own = Own::new(probe, "slow", |document| document.with("redirect_uris", vec![redirect_uri])).await?;
    let document = Part::Public.document(own.page.url(), own.client.redirect_uri(), &[]);
    own.page.serve(Served::value(document.members()).slowly(Duration::from_secs(1)));
    let began = probe.now();
    // In a session of its own: in the shared one every other walk would wait for this one.
    let request = probe.authorization(&own.client).labelled("client document, a byte a second");
    let walked = probe.walk(request.in_fresh_session()).await;
    let took = probe.now().saturating_sub(began);
    let fetches = own.page.fetches();
    match walked {
        Ok(journey) => probe.expect(&TIME_LIMITED, &(&journey, &fetches), |(journey, _)| in_time(journey, took)),
        Err(Stop::Error { why }) if !fetches.is_empty() && took >= Duration::from_secs(5) => {
            probe.expect(&TIME_LIMITED, &fetches, |_: &Vec<Fetch>| {
                violated(format!("an answer within {} s", PATIENCE.as_secs()), why)
            });
        }
        Err(stop) => return Err(stop),
    }
    Ok(())
}

fn in_time(journey: &Journey, took: Duration) -> Judgement {
    let seconds = took.as_secs();
    no_code(journey).and(|| {
        if took > PATIENCE {
            violated(
                format!("an answer within {} s", PATIENCE.as_secs()),
                format!("{} after {seconds} s", journey.describe()),
            )
        } else {
            met(format!("{} after {seconds} s", journey.describe()))
        }
    })
}
