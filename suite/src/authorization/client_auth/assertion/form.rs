//! How assertions are sent.

use proofmark_probe::assertion::ASSERTION_TYPE;
use proofmark_probe::judge::token_refused;
use proofmark_probe::keys::SigningKey;
use proofmark_probe::{Case, Probe, Steps, Stop, TokenRequest};

use super::super::Carrier;
use super::{OF_ASSERTIONS, good, signed};
use crate::requirements::rfc7523::{ASSERTION_IS_NO_GRANT, BAD_ONE_COUNTS_NOT, ONE_ASSERTION, TYPE_CHECKED};

pub(crate) static TYPE: Case = Case {
    id: "as.client-auth.assertion-type",
    title: "An assertion of another type, or of none, is refused",
    why: "The type says how the text is to be read, and so what proves it.",
    covers: &[&TYPE_CHECKED],
    body: |probe| Box::pin(typed(probe)),
    ..OF_ASSERTIONS
};

async fn typed(probe: &mut Probe) -> Steps {
    let carrier = Carrier::by_key(probe).await?;
    let saml = ASSERTION_TYPE.replace("jwt-bearer", "saml2-bearer");
    for (row, value) in [("the type of SAML", Some(saml.as_str())), ("no type", None)] {
        probe.row(row);
        let request = carrier.request(probe).await?.by_assertion(&signed(&good(&carrier)?)?);
        let request = request.with("client_id", &carrier.client.id).labelled(&format!("assertion, {row}"));
        let request = match value {
            Some(value) => request.with("client_assertion_type", value),
            None => request.without("client_assertion_type"),
        };
        let reply = probe.token(&request).await?;
        probe.expect(&TYPE_CHECKED, &reply, token_refused);
    }
    Ok(())
}

pub(crate) static TWO: Case = Case {
    id: "as.client-auth.assertion-twice",
    title: "A request with two assertions is refused",
    why: "One part of a server may verify the one, and another read the other.",
    covers: &[&BAD_ONE_COUNTS_NOT, &ONE_ASSERTION],
    body: |probe| Box::pin(two(probe)),
    ..OF_ASSERTIONS
};

async fn two(probe: &mut Probe) -> Steps {
    let carrier = Carrier::by_key(probe).await?;
    let algorithm = carrier.client.key.as_ref().map_or("ES256", |k| k.key.algorithm());
    let stranger = SigningKey::stranger(algorithm).ok_or_else(|| Stop::error("no key could be made"))?;
    let bad = signed(&good(&carrier)?.signed_by(&stranger))?;

    probe.row("two in one parameter");
    let both = format!("{} {bad}", signed(&good(&carrier)?)?);
    let request = carrier.request(probe).await?.by_assertion(&both).with("client_id", &carrier.client.id);
    let reply = probe.token(&request.labelled("assertion, and another behind it")).await?;
    probe.expect(&ONE_ASSERTION, &reply, token_refused);

    for (row, first, bad_is_first) in
        [("a good one, repeated", true, false), ("a bad one before a good one", false, true)]
    {
        probe.row(row);
        let fresh = signed(&good(&carrier)?)?;
        let (one, other) = if first { (fresh.clone(), fresh) } else { (bad.clone(), fresh) };
        let request = carrier.request(probe).await?.by_assertion(&one).with("client_id", &carrier.client.id);
        let request = request.with_another("client_assertion", &other).labelled(&format!("assertion, {row}"));
        let reply = probe.token(&request).await?;
        probe.expect(if bad_is_first { &BAD_ONE_COUNTS_NOT } else { &ONE_ASSERTION }, &reply, token_refused);
    }
    Ok(())
}

pub(crate) static AS_GRANT: Case = Case {
    id: "as.client-auth.assertion-as-grant",
    title: "A client assertion is refused as a grant",
    why: "A client that can vouch for a user by its own key needs no user.",
    covers: &[&ASSERTION_IS_NO_GRANT],
    body: |probe| Box::pin(as_grant(probe)),
    ..OF_ASSERTIONS
};

async fn as_grant(probe: &mut Probe) -> Steps {
    let carrier = Carrier::by_key(probe).await?;
    let mut request =
        TokenRequest::new("token request", &carrier.client, "urn:ietf:params:oauth:grant-type:jwt-bearer")
            .with("assertion", &signed(&good(&carrier)?)?);
    if let Some(scope) = &probe.profile().scopes.read {
        request = request.with("scope", scope);
    }
    if let Some(resource) = &probe.profile().resource {
        request = request.with("resource", resource);
    }
    let reply = probe.token(&request.labelled("a client assertion as grant")).await?;
    probe.expect(&ASSERTION_IS_NO_GRANT, &reply, token_refused);
    Ok(())
}
