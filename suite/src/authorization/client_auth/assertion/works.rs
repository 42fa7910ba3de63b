//! Assertions that work.

use proofmark_probe::judge::{Judgement, holds, token_issued};
use proofmark_probe::model::Area;
use proofmark_probe::{Case, Need, Probe, Reply, Steps, Stop};
use serde_json::Value;

use super::super::Carrier;
use super::{OF_ASSERTIONS, good, send, signed};
use crate::requirements::rfc7523::{ASSERTION_WORKS, ISSUER_IS_AUDIENCE, NAME_IS_OPTIONAL, TYP_IS_OPTIONAL};
use crate::requirements::rfc8414::SIGNING_ALGORITHMS_LISTED;

pub(crate) static WORKS: Case = Case {
    id: "as.client-auth.assertion-works",
    title: "A client with a key gets in by an assertion",
    why: "It is the control of every refusal of an assertion, and the way in that has no secret to steal.",
    area: Area::ClientAuth,
    covers: &[&ASSERTION_WORKS, &ISSUER_IS_AUDIENCE],
    needs: &[Need::CodeFlow, Need::KeyedClient],
    body: |probe| Box::pin(works(probe)),
    ..Case::PLAIN
};

async fn works(probe: &mut Probe) -> Steps {
    let carrier = Carrier::by_key(probe).await?;
    let reply = carrier.send(probe, "a good assertion").await?;
    probe.expect(&ASSERTION_WORKS, &reply, token_issued);
    let issuer = probe.profile().metadata_str("issuer").unwrap_or(&probe.profile().issuer).to_owned();
    let by_issuer = send(probe, &carrier, &signed(&good(&carrier)?.with("aud", issuer))?, "for the issuer").await?;
    probe.expect(&ISSUER_IS_AUDIENCE, &by_issuer, token_issued);
    Ok(())
}

pub(crate) static LISTED: Case = Case {
    id: "as.client-auth.assertion-algorithms-listed",
    title: "A server that takes assertions lists the algorithms for them",
    why: "A client whose key the server does not understand finds out before it registers.",
    area: Area::ClientAuth,
    covers: &[&SIGNING_ALGORITHMS_LISTED],
    needs: &[Need::ServerMetadata],
    body: |probe| Box::pin(listed(probe)),
    ..Case::PLAIN
};

async fn listed(probe: &mut Probe) -> Steps {
    let takes = |method| probe.profile().metadata_lists("token_endpoint_auth_methods_supported", method) == Some(true);
    if !takes("private_key_jwt") && !takes("client_secret_jwt") {
        return Err(Stop::not_applicable("the server lists no client authentication by assertion"));
    }
    let Some(metadata) = probe.profile().server_document().map(|f| f.reply.clone()) else {
        return Err(Stop::not_applicable("no authorization server metadata was found"));
    };
    probe.expect(&SIGNING_ALGORITHMS_LISTED, &metadata, lists_algorithms);
    Ok(())
}

fn lists_algorithms(metadata: &Reply) -> Judgement {
    let body = metadata.json().unwrap_or_default();
    let list = body.get("token_endpoint_auth_signing_alg_values_supported").and_then(Value::as_array);
    let names: Vec<_> = list.into_iter().flatten().filter_map(Value::as_str).collect();
    let seen = if list.is_some() { names.join(", ") } else { "no such list".into() };
    let sound = !names.is_empty() && !names.contains(&"none");
    holds(sound, "token_endpoint_auth_signing_alg_values_supported, without none", seen)
}

pub(crate) static LEAN: Case = Case {
    id: "as.client-auth.assertion-lean",
    title: "An assertion needs no type in its header, and no client_id beside it",
    why: "Clients that follow the specification say neither: the assertion names its client, and is a JWT.",
    covers: &[&NAME_IS_OPTIONAL, &TYP_IS_OPTIONAL],
    body: |probe| Box::pin(lean(probe)),
    ..OF_ASSERTIONS
};

async fn lean(probe: &mut Probe) -> Steps {
    let carrier = Carrier::by_key(probe).await?;
    let request = carrier.request(probe).await?.by_assertion(&signed(&good(&carrier)?)?);
    let reply = probe.token(&request.labelled("assertion without client_id")).await?;
    probe.expect(&NAME_IS_OPTIONAL, &reply, token_issued);
    let mut assertion = good(&carrier)?;
    if let Some(header) = assertion.header.as_object_mut() {
        header.shift_remove("typ");
    }
    let reply = send(probe, &carrier, &signed(&assertion)?, "without typ").await?;
    probe.expect(&TYP_IS_OPTIONAL, &reply, token_issued);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_algorithms_is_there_and_holds_no_none() {
        let of = |body: &str| lists_algorithms(&Reply::canned(200, &[], body)).is_met();
        assert!(of(r#"{"token_endpoint_auth_signing_alg_values_supported":["ES256"]}"#));
        assert!(!of(r#"{"token_endpoint_auth_signing_alg_values_supported":["ES256","none"]}"#));
        assert!(!of(r#"{"token_endpoint_auth_signing_alg_values_supported":[]}"#) && !of("{}"));
    }
}
