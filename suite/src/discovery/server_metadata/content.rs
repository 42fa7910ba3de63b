//! What authorization server metadata says, and whether it is true.

use proofmark_probe::judge::{Judgement, holds, met};
use proofmark_probe::model::Area;
use proofmark_probe::schema::Schema;
use proofmark_probe::{Case, ClientKind, Need, Probe, Reply, Steps, Stop, violated};
use serde_json::{Value, json};

use super::place::documents;
use crate::discovery::resource_metadata::{conforms, lacks_empty_arrays};
use crate::requirements::mcp::discovery::CHALLENGE_METHODS_PUBLISHED;
use crate::requirements::oauth21::registration::IMPLICIT_NOT_LISTED;
use crate::requirements::rfc7636::PLAIN_NOT_LISTED;
use crate::requirements::rfc8414::{
    CODE_GRANT_LISTED, PUBLIC_CLIENTS_LISTED, REFRESH_GRANT_LISTED, SERVER_METADATA_COMPLETE,
    SERVER_METADATA_NO_EMPTY_ARRAYS, SERVER_METADATA_WELL_FORMED,
};
use crate::requirements::rfc9207::ISS_FLAG_SET;
use crate::requirements::rfc9700::PASSWORD_NOT_LISTED;

/// The metadata in use, with the answer that holds it.
pub(super) fn metadata(probe: &Probe) -> Result<(Reply, Value), Stop> {
    let found = probe.profile().server_document().map(|f| (f.reply.clone(), probe.profile().metadata.clone()));
    found.ok_or_else(|| Stop::not_applicable("no authorization server metadata was found"))
}

/// The members of a list of names, or nothing.
fn names(document: &Value, member: &str) -> Option<Vec<String>> {
    Some(document.get(member)?.as_array()?.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}

pub(crate) static COMPLETE: Case = Case {
    id: "mcp.server-metadata.complete",
    title: "The metadata has what clients need, in the right types",
    why: "A client without an endpoint can do nothing.",
    area: Area::Discovery,
    covers: &[&SERVER_METADATA_WELL_FORMED, &SERVER_METADATA_COMPLETE],
    needs: &[Need::ServerMetadata],
    body: |probe| Box::pin(complete(probe)),
    ..Case::PLAIN
};

async fn complete(probe: &mut Probe) -> Steps {
    for (found, document) in documents(probe) {
        probe.row(found.url.clone());
        probe.expect(&SERVER_METADATA_WELL_FORMED, &found.reply, |_| well_formed(&document));
        probe.expect(&SERVER_METADATA_COMPLETE, &found.reply, |_| is_complete(&document));
    }
    Ok(())
}

/// Types only: what is missing is judged apart.
fn well_formed(document: &Value) -> Judgement {
    let mut document = document.clone();
    for (member, stand_in) in [("issuer", json!("https://h")), ("response_types_supported", json!(["code"]))] {
        if document.get(member).is_none() {
            document[member] = stand_in;
        }
    }
    conforms(Schema::ServerMetadata, &document)
}

fn is_complete(document: &Value) -> Judgement {
    let text = |member: &str| document.get(member).and_then(Value::as_str).is_some_and(|s| !s.is_empty());
    // A server without the code grant needs no authorization endpoint.
    let code = names(document, "grant_types_supported").is_none_or(|g| g.iter().any(|g| g == "authorization_code"));
    let needed: &[&str] =
        if code { &["issuer", "token_endpoint", "authorization_endpoint"] } else { &["issuer", "token_endpoint"] };
    let mut missing: Vec<_> = needed.iter().filter(|m| !text(m)).map(ToString::to_string).collect();
    match names(document, "response_types_supported") {
        None => missing.push("response_types_supported".into()),
        Some(types) if code && !types.iter().any(|t| t == "code") => {
            missing.push("code in response_types_supported".into());
        }
        Some(_) => {}
    }
    holds(missing.is_empty(), "issuer, endpoints and the response type code", format!("no {}", missing.join(", no ")))
        .and(|| met("issuer, endpoints and the response type code"))
}

pub(crate) static NO_EMPTY_ARRAYS: Case = Case {
    id: "mcp.server-metadata.no-empty-arrays",
    title: "The metadata has no empty lists",
    why: "An empty list can be read as 'none' or as 'not said'.",
    area: Area::Discovery,
    covers: &[&SERVER_METADATA_NO_EMPTY_ARRAYS],
    needs: &[Need::ServerMetadata],
    body: |probe| Box::pin(no_empty_arrays(probe)),
    ..Case::PLAIN
};

async fn no_empty_arrays(probe: &mut Probe) -> Steps {
    let (reply, document) = metadata(probe)?;
    probe.expect(&SERVER_METADATA_NO_EMPTY_ARRAYS, &reply, |_| lacks_empty_arrays(&document, &[]));
    Ok(())
}

pub(crate) static CHALLENGE_METHODS: Case = Case {
    id: "mcp.server-metadata.challenge-methods",
    title: "The metadata names S256, and not plain, as challenge method",
    why: "MCP clients refuse a server that does not say that it supports PKCE.",
    area: Area::Discovery,
    covers: &[&CHALLENGE_METHODS_PUBLISHED, &PLAIN_NOT_LISTED],
    needs: &[Need::ServerMetadata],
    body: |probe| Box::pin(challenge_methods(probe)),
    ..Case::PLAIN
};

async fn challenge_methods(probe: &mut Probe) -> Steps {
    if probe.profile().metadata_lists("grant_types_supported", "authorization_code") == Some(false) {
        return Err(Stop::not_applicable("the metadata does not list the code grant"));
    }
    for (found, document) in documents(probe) {
        probe.row(found.url.clone());
        let listed = names(&document, "code_challenge_methods_supported");
        probe.expect(&CHALLENGE_METHODS_PUBLISHED, &found.reply, |_| lists_s256(listed.as_deref()));
        probe.expect(&PLAIN_NOT_LISTED, &found.reply, |_| {
            let plain = listed.iter().flatten().any(|m| m == "plain");
            holds(!plain, "no plain among the challenge methods", "plain is listed").and(|| met("plain is not listed"))
        });
    }
    Ok(())
}

fn lists_s256(listed: Option<&[String]>) -> Judgement {
    let expected = "code_challenge_methods_supported with S256";
    match listed {
        None => violated(expected, "no such member"),
        Some(list) => holds(list.iter().any(|m| m == "S256"), expected, format!("the methods {}", list.join(", "))),
    }
}

pub(crate) static ISS_FLAG: Case = Case {
    id: "mcp.server-metadata.iss-flag",
    title: "A server that names itself in its responses says so in its metadata",
    why: "A client rejects a response without issuer only where the metadata promises one.",
    area: Area::Iss,
    covers: &[&ISS_FLAG_SET],
    needs: &[Need::ServerMetadata, Need::CodeFlow],
    body: |probe| Box::pin(iss_flag(probe)),
    ..Case::PLAIN
};

async fn iss_flag(probe: &mut Probe) -> Steps {
    let flag = probe.profile().metadata.get("authorization_response_iss_parameter_supported").cloned();
    let client = probe.client(ClientKind::Main).await?;
    let request = probe.authorization(&client);
    let journey = probe.walk(request).await?;
    let named = journey.param("iss").is_some();
    probe.expect(&ISS_FLAG_SET, &journey, |_| flag_is_true(flag.as_ref(), named));
    Ok(())
}

fn flag_is_true(flag: Option<&Value>, named: bool) -> Judgement {
    let expected = "the boolean authorization_response_iss_parameter_supported, which is true";
    match flag {
        Some(Value::Bool(true)) => met("the metadata says so"),
        Some(Value::Bool(false)) | None if !named => Judgement::Moot("no issuer is named in the response".into()),
        Some(other) => violated(expected, format!("{other}")),
        None => violated(expected, "responses name the issuer, the metadata is silent"),
    }
}

pub(crate) static GRANTS: Case = Case {
    id: "mcp.server-metadata.grants",
    title: "The metadata lists the grants that the server serves",
    why: "Clients decide by the list what they try.",
    area: Area::Discovery,
    covers: &[&CODE_GRANT_LISTED, &REFRESH_GRANT_LISTED],
    needs: &[Need::ServerMetadata, Need::AccessToken],
    body: |probe| Box::pin(grants(probe)),
    ..Case::PLAIN
};

async fn grants(probe: &mut Probe) -> Steps {
    let (reply, document) = metadata(probe)?;
    let listed = names(&document, "grant_types_supported");
    let has = |grant: &str| listed.iter().flatten().any(|g| g == grant);
    let (code, refresh) = (has("authorization_code"), has("refresh_token"));
    let seen = listed.as_ref().map_or_else(|| "no grant_types_supported".to_owned(), |l| l.join(", "));
    probe.expect(&CODE_GRANT_LISTED, &reply, |_| {
        holds(code, "authorization_code in grant_types_supported", seen.clone())
    });
    if probe.tokens().await?.refresh.is_some() {
        probe.expect(&REFRESH_GRANT_LISTED, &reply, |_| holds(refresh, "refresh_token in grant_types_supported", seen));
    } else {
        probe.moot(&REFRESH_GRANT_LISTED, "no refresh tokens are issued");
    }
    Ok(())
}

pub(crate) static OLD_GRANTS: Case = Case {
    id: "mcp.server-metadata.old-grants",
    title: "The metadata lists neither the password nor the implicit grant",
    why: "Clients use what is listed.",
    area: Area::Discovery,
    covers: &[&IMPLICIT_NOT_LISTED, &PASSWORD_NOT_LISTED],
    needs: &[Need::ServerMetadata],
    body: |probe| Box::pin(old_grants(probe)),
    ..Case::PLAIN
};

async fn old_grants(probe: &mut Probe) -> Steps {
    let (reply, document) = metadata(probe)?;
    let types = names(&document, "response_types_supported").unwrap_or_default();
    let implicit = types.iter().find(|t| t.split(' ').any(|part| part == "token")).cloned();
    probe.expect(&IMPLICIT_NOT_LISTED, &reply, |_| match implicit {
        Some(kind) => violated("no response type with an access token in it", format!("\"{kind}\"")),
        None => met("none is listed"),
    });
    let password = names(&document, "grant_types_supported").unwrap_or_default().iter().any(|g| g == "password");
    probe.expect(&PASSWORD_NOT_LISTED, &reply, |_| {
        holds(!password, "no password among the grant types", "it is listed").and(|| met("it is not listed"))
    });
    Ok(())
}

pub(crate) static PUBLIC_CLIENTS: Case = Case {
    id: "mcp.server-metadata.public-clients",
    title: "A server that serves public clients lists their way to authenticate",
    why: "A client that believes the list asks for a secret that it cannot keep.",
    area: Area::Discovery,
    covers: &[&PUBLIC_CLIENTS_LISTED],
    needs: &[Need::ServerMetadata, Need::AccessToken],
    body: |probe| Box::pin(public_clients(probe)),
    ..Case::PLAIN
};

async fn public_clients(probe: &mut Probe) -> Steps {
    if !probe.client(ClientKind::Main).await?.is_public() {
        return Err(Stop::not_applicable("the client of this run has a secret"));
    }
    let (reply, document) = metadata(probe)?;
    let listed = names(&document, "token_endpoint_auth_methods_supported");
    probe.expect(&PUBLIC_CLIENTS_LISTED, &reply, |_| {
        let seen = listed
            .as_ref()
            .map_or_else(|| "no list, which stands for client_secret_basic".to_owned(), |l| l.join(", "));
        holds(listed.iter().flatten().any(|m| m == "none"), "none in token_endpoint_auth_methods_supported", seen)
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        let good = json!({"issuer": "https://h", "token_endpoint": "https://h/t", "authorization_endpoint": "https://h/a", "response_types_supported": ["code"]});
        assert!(is_complete(&good).is_met() && well_formed(&good).is_met());
        let mut bad = good.clone();
        bad["response_types_supported"] = json!(["token"]);
        assert!(!is_complete(&bad).is_met());
        let machine = json!({"issuer": "https://h", "token_endpoint": "https://h/t", "response_types_supported": [], "grant_types_supported": ["client_credentials"]});
        assert!(is_complete(&machine).is_met());
        // A missing member is no wrong type.
        assert!(well_formed(&json!({"issuer": "https://h"})).is_met());
    }

    #[test]
    fn flags_are_read_strictly() {
        assert!(!flag_is_true(Some(&json!("true")), true).is_met() && !flag_is_true(None, true).is_met());
        assert!(matches!(flag_is_true(None, false), Judgement::Moot(_)));
    }
}
