//! What an assertion claims: for whom, until when, about whom.

use std::sync::Arc;

use proofmark_probe::assertion::now;
use proofmark_probe::judge::{token_issued, token_refused};
use proofmark_probe::{Case, ClientMetadata, Need, Probe, Steps, Stop};
use serde_json::json;

use super::super::Carrier;
use super::super::form::not_of;
use super::{OF_ASSERTIONS, good, refuse, send, signed};
use crate::requirements::rfc7523::{
    ASSERTION_NAMES_AGREE, ASSERTION_OF_ANOTHER, AUDIENCE_CHECKED, AUDIENCE_EXACT, EXPIRY_CHECKED, EXPIRY_NEAR,
    EXPIRY_REQUIRED, ISSUER_CHECKED, NOT_BEFORE_CHECKED, SOLE_AUDIENCE, SUBJECT_CHECKED, USED_ONCE,
};

/// Longer ago, or longer ahead, than any leeway.
const LONG: u64 = 600;

pub(crate) static AUDIENCE: Case = Case {
    id: "as.client-auth.assertion-audience",
    title: "An assertion for another server is refused",
    why: "A server that a client also uses could otherwise present the assertion here, in the client's name.",
    covers: &[&AUDIENCE_CHECKED, &AUDIENCE_EXACT, &SOLE_AUDIENCE],
    body: |probe| Box::pin(audience(probe)),
    ..OF_ASSERTIONS
};

async fn audience(probe: &mut Probe) -> Steps {
    let carrier = Carrier::by_key(probe).await?;
    let ours = good(&carrier)?.claims["aud"].clone();
    let text = ours.as_str().unwrap_or_default().to_owned();
    let elsewhere = format!("https://{}", probe.host("another-server"));
    let rows = [
        ("another server", signed(&good(&carrier)?.with("aud", elsewhere.as_str()))?),
        ("no audience", signed(&good(&carrier)?.without("aud"))?),
    ];
    refuse(probe, &carrier, &AUDIENCE_CHECKED, &rows).await?;
    let slash = text.strip_suffix('/').map_or_else(|| format!("{text}/"), ToOwned::to_owned);
    let rows = [("a slash more or less", signed(&good(&carrier)?.with("aud", slash))?)];
    refuse(probe, &carrier, &AUDIENCE_EXACT, &rows).await?;
    let rows = [("this server and another", signed(&good(&carrier)?.with("aud", json!([text, elsewhere])))?)];
    refuse(probe, &carrier, &SOLE_AUDIENCE, &rows).await
}

pub(crate) static TIMES: Case = Case {
    id: "as.client-auth.assertion-times",
    title: "An assertion is refused when its time has not come, has passed or never ends",
    why: "An assertion that was logged or stolen must not be good for long.",
    covers: &[&EXPIRY_CHECKED, &EXPIRY_REQUIRED, &NOT_BEFORE_CHECKED, &EXPIRY_NEAR, &USED_ONCE],
    body: |probe| Box::pin(times(probe)),
    ..OF_ASSERTIONS
};

async fn times(probe: &mut Probe) -> Steps {
    let carrier = Carrier::by_key(probe).await?;
    let long = i64::try_from(LONG).unwrap_or(0);
    let expired = [("expired ten minutes ago", signed(&good(&carrier)?.shifted(-long - 60))?)];
    refuse(probe, &carrier, &EXPIRY_CHECKED, &expired).await?;
    let endless = [("no expiry", signed(&good(&carrier)?.without("exp"))?)];
    refuse(probe, &carrier, &EXPIRY_REQUIRED, &endless).await?;
    let early = good(&carrier)?.with("nbf", now() + LONG).with("exp", now() + 2 * LONG);
    refuse(probe, &carrier, &NOT_BEFORE_CHECKED, &[("valid in ten minutes", signed(&early)?)]).await?;
    let far = [("good for ten years", signed(&good(&carrier)?.with("exp", now() + 315_360_000))?)];
    refuse(probe, &carrier, &EXPIRY_NEAR, &far).await?;

    let assertion = signed(&good(&carrier)?)?;
    let first = send(probe, &carrier, &assertion, "first use").await?;
    if !token_issued(&first).is_met() {
        return Err(Stop::blocked(format!("the first use of an assertion got {}", first.summary())));
    }
    refuse(probe, &carrier, &USED_ONCE, &[("used before", assertion)]).await
}

pub(crate) static SUBJECT: Case = Case {
    id: "as.client-auth.assertion-subject",
    title: "An assertion about somebody else is refused",
    why: "The signature shows who wrote it; the claims say in whose name.",
    covers: &[&SUBJECT_CHECKED, &ISSUER_CHECKED],
    body: |probe| Box::pin(subject(probe)),
    ..OF_ASSERTIONS
};

async fn subject(probe: &mut Probe) -> Steps {
    let carrier = Carrier::by_key(probe).await?;
    let other = format!("proofmark-{}", probe.rng().name(12));
    let rows = [
        ("another subject", signed(&good(&carrier)?.with("sub", other.as_str()))?),
        ("no subject", signed(&good(&carrier)?.without("sub"))?),
    ];
    refuse(probe, &carrier, &SUBJECT_CHECKED, &rows).await?;
    let rows = [
        ("another issuer", signed(&good(&carrier)?.with("iss", other.as_str()))?),
        ("no issuer", signed(&good(&carrier)?.without("iss"))?),
    ];
    refuse(probe, &carrier, &ISSUER_CHECKED, &rows).await
}

pub(crate) static OTHER_CLIENT: Case = Case {
    id: "as.client-auth.assertion-of-another",
    title: "The assertion of one client yields no token of another",
    why: "Whoever owns any key at all could otherwise be every client that has one.",
    covers: &[&ASSERTION_OF_ANOTHER, &ASSERTION_NAMES_AGREE],
    needs: &[Need::CodeFlow, Need::KeyedClient, Need::Registration],
    body: |probe| Box::pin(other_client(probe)),
    ..OF_ASSERTIONS
};

async fn other_client(probe: &mut Probe) -> Steps {
    let carrier = Carrier::by_key(probe).await?;
    let uri = format!("https://{}/cb", probe.host("other-key"));
    let mut metadata = ClientMetadata::keyed(&[&uri], probe.fresh_key()?).labelled("another client with a key");
    if carrier.machine {
        metadata = metadata.with("grant_types", vec!["authorization_code", "client_credentials"]);
    }
    let other = probe.registered(metadata).await?;
    // The grant is the other client's too, so that only the assertion is wrong.
    let theirs = Carrier { client: Arc::clone(&other), machine: carrier.machine };
    let request = theirs.request(probe).await?.by_assertion(&signed(&good(&carrier)?)?).with("client_id", &other.id);
    let reply = probe.token(&request.labelled("assertion, of another client than client_id")).await?;
    probe.expect(&ASSERTION_NAMES_AGREE, &reply, token_refused);
    if carrier.machine {
        probe.expect(&ASSERTION_OF_ANOTHER, &reply, |reply| not_of(&other, reply));
    } else {
        probe.expect(&ASSERTION_OF_ANOTHER, &reply, token_refused);
    }
    Ok(())
}
