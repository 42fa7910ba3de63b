//! Who answers: the issuer in authorization responses, by which a client tells its servers apart.

use proofmark_probe::judge::{holds, met, violated};
use proofmark_probe::model::{Area, Requirement};
use proofmark_probe::{Case, ClientKind, Journey, Judgement, Need, Probe, Profile, Steps};
use serde_json::Value;

use super::request::ERRORS;
use crate::requirements::mcp::issuer::{
    ISS_ADVERTISED, ISS_AS_PROMISED, ISS_AS_PROMISED_ON_ERROR, ISS_IS_ISSUER, ISS_NOT_FROM_REQUEST, ISS_ON_ERROR,
    ISS_ON_SUCCESS, ISS_ONCE,
};

/// The cases of this page.
pub static CASES: &[&Case] = &[&ON_SUCCESS, &ON_ERROR, &NOT_FROM_REQUEST];

static ON_SUCCESS: Case = Case {
    id: "as.iss.on-success",
    title: "A code comes with the issuer of the metadata, once",
    why: "A client of several servers that does not know who answered hands one server's code to another.",
    area: Area::Iss,
    covers: &[&ISS_ON_SUCCESS, &ISS_AS_PROMISED, &ISS_IS_ISSUER, &ISS_ONCE, &ISS_ADVERTISED],
    needs: &[Need::CodeFlow],
    body: |probe| Box::pin(on_success(probe)),
    ..Case::PLAIN
};

async fn on_success(probe: &mut Probe) -> Steps {
    let client = probe.client(ClientKind::Main).await?;
    let request = probe.authorization(&client);
    let journey = probe.walk(request).await?;
    if journey.code().is_none() {
        return Err(proofmark_probe::Stop::blocked(format!("a correct request ended in {}", journey.describe())));
    }
    judge(probe, &journey, &ISS_ON_SUCCESS, &ISS_AS_PROMISED);
    let flag = flag(probe.profile()).cloned();
    let published = probe.profile().metadata.is_object();
    probe.expect(&ISS_ADVERTISED, &journey, |j| advertised(j.param("iss").is_some(), published, flag.as_ref()));
    Ok(())
}

static ON_ERROR: Case = Case {
    id: "as.iss.on-error",
    title: "An error at the client comes with the issuer of the metadata, once",
    why: "A client that checks who answered must ignore an error without it, and its user waits in vain.",
    area: Area::Iss,
    covers: &[&ISS_ON_ERROR, &ISS_AS_PROMISED_ON_ERROR, &ISS_IS_ISSUER, &ISS_ONCE],
    needs: &[Need::CodeFlow],
    control: Some(&ON_SUCCESS),
    fresh_sign_ins: 1,
    body: |probe| Box::pin(on_error(probe)),
    ..Case::PLAIN
};

async fn on_error(probe: &mut Probe) -> Steps {
    let client = probe.client(ClientKind::Main).await?;
    for (row, change) in ERRORS {
        probe.row(*row);
        let request = change(probe.authorization(&client)).labelled(row);
        let journey = probe.walk(request).await?;
        if journey.error().is_some() && journey.arrived() {
            judge(probe, &journey, &ISS_ON_ERROR, &ISS_AS_PROMISED_ON_ERROR);
            continue;
        }
        for requirement in [&ISS_ON_ERROR, &ISS_AS_PROMISED_ON_ERROR, &ISS_IS_ISSUER, &ISS_ONCE] {
            probe.moot(requirement, format!("no error redirect came: {}", journey.describe()));
        }
    }
    Ok(())
}

static NOT_FROM_REQUEST: Case = Case {
    id: "as.iss.not-from-request",
    title: "An issuer in the request does not become the issuer of the response",
    why: "The value is worth something only because nobody but the server can set it.",
    area: Area::Iss,
    covers: &[&ISS_NOT_FROM_REQUEST],
    needs: &[Need::CodeFlow],
    control: Some(&ON_SUCCESS),
    body: |probe| Box::pin(not_from_request(probe)),
    ..Case::PLAIN
};

const EVIL: &str = "https://evil.test";

async fn not_from_request(probe: &mut Probe) -> Steps {
    let client = probe.client(ClientKind::Main).await?;
    let request = probe.authorization(&client).with("iss", EVIL).labelled("with an issuer of our own");
    let journey = probe.walk(request).await?;
    probe.expect(&ISS_NOT_FROM_REQUEST, &journey, |j| {
        let foreign = j.params().all("iss").any(|iss| iss == EVIL);
        holds(!foreign, "the server's own issuer or none", if foreign { format!("iss={EVIL}") } else { j.describe() })
    });
    Ok(())
}

/// Judges the issuer of a response: there, as promised, the right one, once.
fn judge(probe: &mut Probe, journey: &Journey, there: &'static Requirement, promised: &'static Requirement) {
    let promise = flag(probe.profile()) == Some(&Value::Bool(true));
    let issuer = probe.profile().metadata_str("issuer").unwrap_or(&probe.profile().issuer).to_owned();
    let loopback = probe.profile().is_loopback();
    if promise {
        probe.moot(there, "the metadata promises it, and it is judged by that promise");
        probe.expect(promised, journey, names_an_issuer);
    } else {
        probe.expect(there, journey, names_an_issuer);
        probe.moot(promised, "the metadata does not promise it");
    }
    probe.expect(&ISS_IS_ISSUER, journey, |j| is_issuer(&j.params().all("iss").collect::<Vec<_>>(), &issuer, loopback));
    probe.expect(&ISS_ONCE, journey, |j| match j.params().all("iss").count() {
        0 => Judgement::Moot("the response names no issuer".into()),
        1 => met("one iss"),
        more => violated("one iss", format!("{more} iss parameters")),
    });
}

fn flag(profile: &Profile) -> Option<&Value> {
    profile.metadata.get("authorization_response_iss_parameter_supported")
}

fn names_an_issuer(journey: &Journey) -> Judgement {
    let iss = journey.param("iss");
    let seen = iss.map_or_else(|| format!("{}, without iss", journey.describe()), |iss| format!("iss={iss}"));
    holds(journey.param("iss").is_some(), "a response with iss", seen)
}

/// Every issuer of the response is the one of the metadata, and has the form of an issuer.
fn is_issuer(seen: &[&str], issuer: &str, loopback: bool) -> Judgement {
    let Some(first) = seen.first() else {
        return Judgement::Moot("the response names no issuer".into());
    };
    let wrong = seen.iter().find(|iss| **iss != issuer);
    let https = first.starts_with("https://") || loopback && first.starts_with("http://");
    holds(wrong.is_none(), format!("iss={issuer}"), format!("iss={}", wrong.unwrap_or(first))).and(|| {
        let bare = !first.contains(['?', '#']);
        holds(https && bare, "an https URL without query or fragment", format!("iss={first}"))
    })
}

/// A server that sends `iss` says so, by the boolean true.
fn advertised(sent: bool, published: bool, flag: Option<&Value>) -> Judgement {
    let expected = "authorization_response_iss_parameter_supported is true";
    match flag {
        _ if !published => Judgement::Moot("no metadata is published".into()),
        Some(Value::Bool(true)) => met("the metadata promises iss"),
        Some(Value::Bool(false)) | None if !sent => Judgement::Moot("the response names no issuer".into()),
        Some(other) => violated(expected, format!("it is {other}")),
        None => violated(expected, "it is missing, though the response has iss"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn issuers_are_compared_as_strings() {
        let issuer = "https://as.example.test/t";
        assert!(is_issuer(&[issuer], issuer, false).is_met());
        for wrong in ["https://as.example.test/t/", "https://AS.example.test/t", "https://as.example.test"] {
            assert!(!is_issuer(&[wrong], issuer, false).is_met(), "{wrong}");
        }
        assert!(!is_issuer(&[issuer, "https://evil.test"], issuer, false).is_met());
        assert!(is_issuer(&["http://127.0.0.1:1"], "http://127.0.0.1:1", true).is_met());
        assert!(!is_issuer(&["http://as.example.test"], "http://as.example.test", false).is_met());
        assert!(matches!(is_issuer(&[], issuer, false), Judgement::Moot(_)));
    }

    #[test]
    fn the_promise_is_a_boolean() {
        assert!(advertised(true, true, Some(&json!(true))).is_met());
        for flag in [None, Some(json!(false)), Some(json!("true"))] {
            assert!(matches!(advertised(true, true, flag.as_ref()), Judgement::Violated { .. }));
        }
        assert!(matches!(advertised(false, true, Some(&json!("true"))), Judgement::Violated { .. }));
        assert!(matches!(advertised(false, true, None), Judgement::Moot(_)));
        assert!(matches!(advertised(true, false, None), Judgement::Moot(_)));
    }
}
