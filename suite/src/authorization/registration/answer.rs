//! What a client is told about itself.

use proofmark_probe::judge::{Judgement, forbids_storing, holds, is_json, met, unguessable};
use proofmark_probe::model::Area;
use proofmark_probe::{Case, ClientMetadata, Need, Probe, Reply, Steps, Stop, violated};
use serde_json::{Value, json};

use super::{confidential, policy, public};
use crate::requirements::mcp::discovery::REGISTRATION_OFFERED;
use crate::requirements::oauth21::registration::{CLIENT_ID_NOT_CHOSEN, SECRET_NOT_STORED, SECRET_UNPREDICTABLE};
use crate::requirements::rfc7591::{
    METHOD_TOLD, NO_SECRET_FOR_PUBLIC, REGISTRATION_ECHOES, REGISTRATION_ECHOES_URIS_EXACTLY, REGISTRATION_IS_201,
    SECRET_HAS_EXPIRY, SECRET_NOT_CHOSEN, SECRET_NOT_SHARED, UNKNOWN_METADATA_IGNORED,
};

pub(crate) static OFFERED: Case = Case {
    id: "as.registration.offered",
    title: "The authorization server registers clients on request",
    why: "A client that nobody registered beforehand has no other way in.",
    area: Area::Registration,
    covers: &[&REGISTRATION_OFFERED],
    body: |probe| Box::pin(offered(probe)),
    ..Case::PLAIN
};

async fn offered(probe: &mut Probe) -> Steps {
    let offered = probe.profile().endpoints.registration.is_some();
    let Some(found) = probe.profile().server_document().map(|f| f.reply.clone()) else {
        return Err(Stop::not_applicable("no authorization server metadata was found"));
    };
    probe.expect(&REGISTRATION_OFFERED, &found, |_| {
        holds(offered, "a registration endpoint in the metadata", "none").and(|| met("a registration endpoint"))
    });
    Ok(())
}

pub(crate) static PUBLIC_CLIENT: Case = Case {
    id: "as.registration.public-client",
    title: "A public client is registered with 201, and told what was registered",
    why: "What the server stored may differ from what was asked for; the answer is all that the client sees.",
    area: Area::Registration,
    covers: &[&REGISTRATION_IS_201, &REGISTRATION_ECHOES, &NO_SECRET_FOR_PUBLIC],
    needs: &[Need::Registration],
    body: |probe| Box::pin(public_client(probe)),
    ..Case::PLAIN
};

async fn public_client(probe: &mut Probe) -> Steps {
    let registration = probe.register(public(probe).labelled("public client")).await?;
    let reply = registration.reply;
    policy(probe, &reply)?;
    if reply.status() == 400 {
        return Err(Stop::not_applicable(format!("the server does not register public clients: {}", reply.summary())));
    }
    probe.expect(&REGISTRATION_IS_201, &reply, is_registered);
    probe.expect(&REGISTRATION_ECHOES, &reply, echoes_all);
    probe.expect(&NO_SECRET_FOR_PUBLIC, &reply, has_no_secret);
    Ok(())
}

fn is_registered(reply: &Reply) -> Judgement {
    let id = reply.json_str("client_id").is_some_and(|id| !id.is_empty());
    holds(reply.status() == 201, "HTTP 201", reply.summary())
        .and(|| is_json(reply))
        .and(|| holds(id, "a string client_id", "no string client_id"))
}

fn echoes_all(reply: &Reply) -> Judgement {
    let body = reply.json().unwrap_or_default();
    let members = ["redirect_uris", "grant_types", "response_types", "token_endpoint_auth_method"];
    let missing: Vec<_> = members.into_iter().filter(|m| body.get(m).is_none()).collect();
    holds(missing.is_empty(), format!("the members {}", members.join(", ")), format!("no {}", missing.join(", no ")))
        .and(|| met("every member is told"))
}

fn has_no_secret(reply: &Reply) -> Judgement {
    let method = reply.json_str("token_endpoint_auth_method");
    if method.as_deref() != Some("none") {
        return Judgement::Moot("the answer does not say that the client is public".into());
    }
    holds(reply.json_str("client_secret").is_none(), "no client_secret", "a client_secret")
        .and(|| met("no client_secret"))
}

pub(crate) static EXACT_URIS: Case = Case {
    id: "as.registration.exact-uris",
    title: "Redirect URIs are told as they were registered",
    why: "Redirect URIs are compared as strings; one that changes at registration never matches again.",
    area: Area::Registration,
    covers: &[&REGISTRATION_ECHOES_URIS_EXACTLY],
    needs: &[Need::Registration],
    control: Some(&PUBLIC_CLIENT),
    body: |probe| Box::pin(exact_uris(probe)),
    ..Case::PLAIN
};

async fn exact_uris(probe: &mut Probe) -> Steps {
    let host = probe.host("exact");
    let uris = [format!("https://{host}/cb"), format!("https://{host}/cb?b=2&a=1"), format!("https://{host}/a%2Fb")];
    let texts: Vec<&str> = uris.iter().map(String::as_str).collect();
    let registration = probe.register(ClientMetadata::web(&texts).labelled("three redirect URIs")).await?;
    policy(probe, &registration.reply)?;
    if registration.client.is_none() {
        return Err(Stop::not_applicable(format!(
            "the server takes no such redirect URIs: {}",
            registration.reply.summary()
        )));
    }
    probe.expect(&REGISTRATION_ECHOES_URIS_EXACTLY, &registration.reply, |reply| tells_uris(reply, &uris));
    Ok(())
}

fn tells_uris(reply: &Reply, sent: &[String]) -> Judgement {
    let told = reply.json().and_then(|b| b.get("redirect_uris").cloned());
    let Some(told) = told.as_ref().and_then(Value::as_array) else {
        return Judgement::Moot("the answer does not tell the redirect URIs".into());
    };
    // What was dropped is no fault; what came back in another form is.
    let altered = told.iter().filter_map(Value::as_str).find(|uri| !sent.iter().any(|s| s == uri));
    match altered {
        None => met("the redirect URIs as they were sent"),
        Some(uri) => violated("the redirect URIs as they were sent", uri),
    }
}

pub(crate) static SECRET: Case = Case {
    id: "as.registration.secret",
    title: "A secret comes with its end, is not stored by caches, and is nobody else's",
    why: "A client that does not know when its secret ends fails one day without warning.",
    area: Area::Registration,
    covers: &[&SECRET_HAS_EXPIRY, &SECRET_NOT_STORED, &SECRET_NOT_SHARED, &SECRET_UNPREDICTABLE],
    needs: &[Need::Registration, Need::ConfidentialClient],
    body: |probe| Box::pin(secret(probe)),
    ..Case::PLAIN
};

async fn secret(probe: &mut Probe) -> Steps {
    let mut replies = Vec::new();
    for name in ["first", "second", "third"] {
        let registration = probe.register(confidential(probe, name).labelled("confidential client")).await?;
        policy(probe, &registration.reply)?;
        replies.push(registration.reply);
    }
    let secrets: Vec<_> = replies.iter().filter_map(|r| r.json_str("client_secret")).collect();
    let (Some(reply), true) = (replies.first().cloned(), secrets.len() == replies.len()) else {
        return Err(Stop::not_applicable("the server issues no secrets"));
    };
    probe.expect(&SECRET_HAS_EXPIRY, &reply, has_expiry);
    probe.expect(&SECRET_NOT_STORED, &reply, forbids_storing);
    probe.expect(&SECRET_NOT_SHARED, &replies, |_| all_differ(&replies));
    let mut distinct = secrets;
    distinct.sort();
    distinct.dedup();
    probe.expect(&SECRET_UNPREDICTABLE, &replies, |_| unguessable("client secret", &distinct));
    Ok(())
}

fn has_expiry(reply: &Reply) -> Judgement {
    /// A time in seconds that lies in another age of the world: it was counted in milliseconds.
    const NOT_SECONDS: u64 = 100_000_000_000;
    let expected = "client_secret_expires_at in whole seconds, or 0";
    let body = reply.json().unwrap_or_default();
    match body.get("client_secret_expires_at") {
        None => violated(expected, "no such member"),
        Some(value) => holds(value.as_u64().is_some_and(|t| t < NOT_SECONDS), expected, format!("{value}")),
    }
}

/// Clients of different identifiers have different secrets. Equal metadata may lawfully give the same client again.
fn all_differ(replies: &[Reply]) -> Judgement {
    let pairs: Vec<_> =
        replies.iter().filter_map(|r| r.json_str("client_id").zip(r.json_str("client_secret"))).collect();
    let shared = pairs
        .iter()
        .enumerate()
        .any(|(i, (id, secret))| pairs[..i].iter().any(|(other, s)| other != id && s == secret));
    holds(!shared, "a secret of its own for each client", "two clients with one secret")
        .and(|| met("each has a secret of its own"))
}

pub(crate) static CHOSEN: Case = Case {
    id: "as.registration.chosen-credentials",
    title: "A client does not choose its identifier or its secret",
    why: "An identifier that looks like a user's, or a secret that is a word, is an attacker's wish.",
    area: Area::Registration,
    covers: &[&CLIENT_ID_NOT_CHOSEN, &SECRET_NOT_CHOSEN],
    needs: &[Need::Registration, Need::ConfidentialClient],
    body: |probe| Box::pin(chosen(probe)),
    ..Case::PLAIN
};

async fn chosen(probe: &mut Probe) -> Steps {
    let id = format!("proofmark-{}", probe.rng().name(12));
    let word = format!("proofmark-{}", probe.rng().name(24));
    let metadata = confidential(probe, "chosen").with("client_id", id.as_str()).with("client_secret", word.as_str());
    let registration = probe.register(metadata.labelled("chosen identifier and secret")).await?;
    policy(probe, &registration.reply)?;
    probe.expect(&CLIENT_ID_NOT_CHOSEN, &registration.reply, |reply| is_not(reply, "client_id", &id));
    probe.expect(&SECRET_NOT_CHOSEN, &registration.reply, |reply| is_not(reply, "client_secret", &word));
    Ok(())
}

fn is_not(reply: &Reply, member: &str, chosen: &str) -> Judgement {
    let taken = reply.is_success() && reply.json_str(member).as_deref() == Some(chosen);
    holds(
        !taken,
        format!("a {member} of the server's choice, or a refusal"),
        format!("the {member} that the client chose"),
    )
    .and(|| met(reply.summary()))
}

pub(crate) static UNKNOWN_METADATA: Case = Case {
    id: "as.registration.unknown-metadata",
    title: "Client metadata that the server does not know is ignored",
    why: "Clients send what newer specifications define; a server need not know it, but must bear with it.",
    area: Area::Registration,
    covers: &[&UNKNOWN_METADATA_IGNORED],
    needs: &[Need::Registration],
    body: |probe| Box::pin(unknown_metadata(probe)),
    ..Case::PLAIN
};

async fn unknown_metadata(probe: &mut Probe) -> Steps {
    let native = ClientMetadata::native(&["http://127.0.0.1:33418/callback"]);
    let plain = public(probe).without("application_type");
    let rows = [
        ("x_proofmark", plain.clone().with("x_proofmark", json!({"a": 1})), plain),
        ("application_type", native.clone(), native.without("application_type")),
    ];
    for (member, with, without) in rows {
        probe.row(member);
        let registration = probe.register(with.labelled(&format!("with {member}"))).await?;
        policy(probe, &registration.reply)?;
        if registration.reply.is_success() {
            probe.expect(&UNKNOWN_METADATA_IGNORED, &registration.reply, accepted);
            continue;
        }
        // It may be another member that is refused, such as the loopback address.
        let without = probe.register(without.labelled(&format!("without {member}"))).await?;
        probe.expect(&UNKNOWN_METADATA_IGNORED, &(&registration.reply, &without.reply), |(with, without)| {
            holds(!without.is_success(), format!("the same answer as without {member}, which is 201"), with.summary())
                .and(|| met(format!("refused with and without {member}")))
        });
    }
    Ok(())
}

fn accepted(reply: &Reply) -> Judgement {
    holds(reply.is_success(), "a registration", reply.summary())
}

pub(crate) static METHOD: Case = Case {
    id: "as.registration.method-told",
    title: "A client that names no authentication method is told which one it has",
    why: "A client that must guess whether it has to authenticate guesses wrong.",
    area: Area::Registration,
    covers: &[&METHOD_TOLD],
    needs: &[Need::Registration],
    body: |probe| Box::pin(method(probe)),
    ..Case::PLAIN
};

async fn method(probe: &mut Probe) -> Steps {
    let registration =
        probe.register(public(probe).without("token_endpoint_auth_method").labelled("no method")).await?;
    policy(probe, &registration.reply)?;
    if registration.client.is_none() {
        return Err(Stop::not_applicable(format!(
            "the server registers no such client: {}",
            registration.reply.summary()
        )));
    }
    probe.expect(&METHOD_TOLD, &registration.reply, |reply| {
        let told = reply.json_str("token_endpoint_auth_method");
        let secret = reply.json_str("client_secret").is_some();
        match told {
            Some(method) => met(format!("the method {method}")),
            None => holds(secret, "a method, or a secret for client_secret_basic", "neither method nor secret")
                .and(|| met("a secret")),
        }
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &[(&str, &str)] = &[("content-type", "application/json")];

    #[test]
    fn an_answer_is_judged_by_what_it_tells() {
        assert!(is_registered(&Reply::canned(201, JSON, r#"{"client_id":"c"}"#)).is_met());
        assert!(!is_registered(&Reply::canned(200, JSON, r#"{"client_id":"c"}"#)).is_met());
        assert!(!echoes_all(&Reply::canned(201, JSON, r#"{"client_id":"c"}"#)).is_met());
        let public = r#"{"token_endpoint_auth_method":"none","client_secret":"s"}"#;
        assert!(!has_no_secret(&Reply::canned(201, JSON, public)).is_met());
        assert!(!has_expiry(&Reply::canned(201, JSON, r#"{"client_secret":"s"}"#)).is_met());
        assert!(has_expiry(&Reply::canned(201, JSON, r#"{"client_secret_expires_at":0}"#)).is_met());
        assert!(!has_expiry(&Reply::canned(201, JSON, r#"{"client_secret_expires_at":1800000000000}"#)).is_met());
    }

    #[test]
    fn the_same_client_twice_shares_nothing() {
        let one = Reply::canned(201, JSON, r#"{"client_id":"a","client_secret":"s"}"#);
        let other = Reply::canned(201, JSON, r#"{"client_id":"b","client_secret":"s"}"#);
        assert!(all_differ(&[one.clone(), one.clone()]).is_met());
        assert!(!all_differ(&[one, other]).is_met());
        let altered = Reply::canned(201, JSON, r#"{"redirect_uris":["https://h/cb/"]}"#);
        assert!(!tells_uris(&altered, &["https://h/cb".to_owned()]).is_met());
    }
}
