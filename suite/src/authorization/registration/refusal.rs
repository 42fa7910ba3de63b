//! What cannot be registered, and how that is said.

use proofmark_probe::judge::{Judgement, holds, is_json, met, no_server_error};
use proofmark_probe::model::Area;
use proofmark_probe::{Case, HttpRequest, Need, Probe, Reply, Steps};
use serde_json::{Value, json};

use super::answer::PUBLIC_CLIENT;
use super::{policy, public};
use crate::requirements::oauth21::registration::CODE_GRANT_NEEDS_REDIRECT_URI;
use crate::requirements::rfc7591::{REGISTRATION_BY_JSON_ONLY, REGISTRATION_ERROR_SHAPE, REGISTRATION_STANDS};
use crate::requirements::rfc9700::OLD_GRANTS_NOT_REGISTERED;

pub(crate) static REDIRECTS: Case = Case {
    id: "as.registration.redirects-required",
    title: "A client of the code grant cannot register without a redirect URI",
    why: "Such a client would have its codes sent wherever a request says.",
    area: Area::Registration,
    covers: &[&CODE_GRANT_NEEDS_REDIRECT_URI],
    needs: &[Need::Registration],
    control: Some(&PUBLIC_CLIENT),
    body: |probe| Box::pin(redirects(probe)),
    ..Case::PLAIN
};

async fn redirects(probe: &mut Probe) -> Steps {
    let rows = [
        ("none", public(probe).without("redirect_uris")),
        ("empty list", public(probe).with("redirect_uris", json!([]))),
    ];
    for (row, metadata) in rows {
        probe.row(row);
        let registration = probe.register(metadata.labelled(&format!("redirect URIs: {row}"))).await?;
        policy(probe, &registration.reply)?;
        probe.expect(&CODE_GRANT_NEEDS_REDIRECT_URI, &registration.reply, |reply| {
            lacks(reply, "grant_types", &["authorization_code"])
        });
    }
    Ok(())
}

/// A refusal, or an answer that tells none of these values.
fn lacks(reply: &Reply, member: &str, values: &[&str]) -> Judgement {
    if !reply.is_success() {
        return met(reply.summary());
    }
    let body = reply.json().unwrap_or_default();
    let Some(told) = body.get(member).and_then(Value::as_array) else {
        return Judgement::Moot(format!("the answer does not tell {member}"));
    };
    let kept: Vec<_> = told.iter().filter_map(Value::as_str).filter(|v| values.contains(v)).collect();
    holds(
        kept.is_empty(),
        format!("a refusal, or no {} in the answer", values.join(" or ")),
        format!("{} was registered", kept.join(" and ")),
    )
    .and(|| met(format!("{member} without {}", values.join(" and "))))
}

pub(crate) static OLD_GRANTS: Case = Case {
    id: "as.registration.old-grants",
    title: "The implicit and the password grant cannot be registered",
    why: "What can be registered is what an attacker's client registers.",
    area: Area::Registration,
    covers: &[&OLD_GRANTS_NOT_REGISTERED],
    needs: &[Need::Registration],
    control: Some(&PUBLIC_CLIENT),
    body: |probe| Box::pin(old_grants(probe)),
    ..Case::PLAIN
};

async fn old_grants(probe: &mut Probe) -> Steps {
    probe.row("implicit");
    let implicit = public(probe)
        .with("grant_types", vec!["authorization_code", "implicit"])
        .with("response_types", vec!["code", "token"]);
    let registration = probe.register(implicit.labelled("implicit grant")).await?;
    policy(probe, &registration.reply)?;
    probe.expect(&OLD_GRANTS_NOT_REGISTERED, &registration.reply, |reply| lacks(reply, "grant_types", &["implicit"]));
    probe.row("password");
    let password = public(probe).with("grant_types", vec!["authorization_code", "password"]);
    let registration = probe.register(password.labelled("password grant")).await?;
    probe.expect(&OLD_GRANTS_NOT_REGISTERED, &registration.reply, |reply| lacks(reply, "grant_types", &["password"]));
    Ok(())
}

pub(crate) static NOT_JSON: Case = Case {
    id: "as.registration.not-json",
    title: "A registration that is not JSON is refused, and every refusal is JSON",
    why: "Any web page can send a form to the server, with the user's network as its own.",
    area: Area::Registration,
    covers: &[&REGISTRATION_BY_JSON_ONLY, &REGISTRATION_ERROR_SHAPE, &REGISTRATION_STANDS],
    needs: &[Need::Registration],
    control: Some(&PUBLIC_CLIENT),
    body: |probe| Box::pin(not_json(probe)),
    ..Case::PLAIN
};

async fn not_json(probe: &mut Probe) -> Steps {
    let Some(endpoint) = probe.profile().endpoints.registration.clone() else { return Ok(()) };
    let uri = format!("https://{}/cb", probe.host("not-json"));
    let good = json!({"redirect_uris": [uri], "token_endpoint_auth_method": "none"});
    let form = [("redirect_uris", uri.as_str()), ("token_endpoint_auth_method", "none")].into_iter().collect();

    probe.row("form");
    let reply = probe.send_registration(HttpRequest::form("client registration, as a form", &endpoint, &form)).await?;
    policy(probe, &reply)?;
    probe.expect(&REGISTRATION_BY_JSON_ONLY, &reply, refused);
    probe.row("JSON as text");
    let text = HttpRequest::json("client registration, JSON as text/plain", &endpoint, &good)
        .with_header("Content-Type", "text/plain");
    let reply = probe.send_registration(text).await?;
    probe.expect(&REGISTRATION_BY_JSON_ONLY, &reply, refused);

    let cut = HttpRequest {
        body: b"{\"redirect_uris\": [".to_vec(),
        ..HttpRequest::json("client registration, cut JSON", &endpoint, &good)
    };
    let wrong = json!({"redirect_uris": "https://h.example.test/cb", "grant_types": {}});
    let nulls = json!({"redirect_uris": [uri], "token_endpoint_auth_method": "none", "scope": null, "contacts": null});
    let rows = [
        ("cut JSON", cut),
        ("wrong types", HttpRequest::json("client registration, wrong types", &endpoint, &wrong)),
        ("null members", HttpRequest::json("client registration, null members", &endpoint, &nulls)),
    ];
    for (row, request) in rows {
        probe.row(row);
        let reply = probe.send_registration(request).await?;
        probe.expect(&REGISTRATION_STANDS, &reply, no_server_error);
        if row == "cut JSON" {
            probe.expect(&REGISTRATION_STANDS, &reply, error_shape);
        } else if reply.is_success() && reply.json_str("client_id").is_some() {
            probe.moot(&REGISTRATION_ERROR_SHAPE, "the registration was not refused");
        } else if reply.status() < 500 {
            probe.expect(&REGISTRATION_ERROR_SHAPE, &reply, error_shape);
        } else {
            probe.moot(&REGISTRATION_ERROR_SHAPE, "the server broke down, which is judged apart");
        }
    }
    Ok(())
}

fn refused(reply: &Reply) -> Judgement {
    let registered = reply.is_success() && reply.json_str("client_id").is_some();
    holds(!registered, "a refusal", format!("{}: the client was registered", reply.summary()))
        .and(|| met(reply.summary()))
}

fn error_shape(reply: &Reply) -> Judgement {
    let named = reply.json_str("error").is_some();
    let expected = "a 4xx answer with a JSON object that has an error code";
    holds((400..500).contains(&reply.status()) && named, expected, reply.summary()).and(|| is_json(reply))
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &[(&str, &str)] = &[("content-type", "application/json")];

    #[test]
    fn dropped_values_are_fine_and_kept_ones_are_not() {
        let kept = Reply::canned(201, JSON, r#"{"grant_types":["password"]}"#);
        assert!(!lacks(&kept, "grant_types", &["password"]).is_met());
        assert!(lacks(&kept, "grant_types", &["implicit"]).is_met());
        assert!(lacks(&Reply::canned(400, JSON, "{}"), "grant_types", &["password"]).is_met());
        assert!(!error_shape(&Reply::canned(400, JSON, "{}")).is_met());
        assert!(error_shape(&Reply::canned(400, JSON, r#"{"error":"invalid_client_metadata"}"#)).is_met());
    }
}
