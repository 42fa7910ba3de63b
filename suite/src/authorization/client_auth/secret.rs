//! Right and wrong secrets.

use proofmark_probe::judge::{Judgement, error_is, holds, oauth_error_shape, status_is, token_issued, token_refused};
use proofmark_probe::model::Area;
use proofmark_probe::{Case, Client, ClientAuth, ClientKind, Need, Probe, Reply, Steps, Stop, violated};

use super::{Carrier, lists};
use crate::authorization::pkce::CONFIDENTIAL_RIGHT_VERIFIER;
use crate::requirements::oauth21::client_auth::{
    BASIC_WORKS, CLIENT_AUTHENTICATES, EMPTY_SECRET_REFUSED, FAILED_BASIC_IS_401, FAILED_BASIC_IS_CHALLENGED,
    FAILURE_HAS_FORM, FAILURE_IS_INVALID_CLIENT, POST_WORKS, SECRET_HAS_CASE, STRAY_SECRET_REFUSED,
    UNKNOWN_CLIENT_REFUSED, WRONG_SECRET_REFUSED,
};

const OF_SECRETS: Case = Case {
    area: Area::ClientAuth,
    needs: &[Need::CodeFlow, Need::ConfidentialClient],
    control: Some(&CONFIDENTIAL_RIGHT_VERIFIER),
    ..Case::PLAIN
};

pub(super) static BASIC: Case = Case {
    id: "as.client-auth.basic",
    title: "A client authenticates by HTTP Basic where the server lists that",
    why: "It is what clients use that read no further than the oldest specification, or find no list at all.",
    covers: &[&BASIC_WORKS],
    control: None,
    body: |probe| Box::pin(basic(probe)),
    ..OF_SECRETS
};

async fn basic(probe: &mut Probe) -> Steps {
    if !lists(probe, ClientAuth::Basic) {
        return Err(Stop::not_applicable("the server does not list client_secret_basic"));
    }
    let (_, reply) = Carrier::tried(probe, ClientAuth::Basic).await?;
    probe.expect(&BASIC_WORKS, &reply, token_issued);
    Ok(())
}

pub(super) static POST: Case = Case {
    id: "as.client-auth.post",
    title: "A client with a secret may send it in the body",
    why: "OAuth 2.1 makes this the way that each server has in common.",
    covers: &[&POST_WORKS],
    control: None,
    body: |probe| Box::pin(post(probe)),
    ..OF_SECRETS
};

async fn post(probe: &mut Probe) -> Steps {
    if lists(probe, ClientAuth::Post) {
        let (_, reply) = Carrier::tried(probe, ClientAuth::Post).await?;
        probe.expect(&POST_WORKS, &reply, token_issued);
        return Ok(());
    }
    let metadata = probe.profile().server_document().map(|f| f.reply.clone());
    match metadata {
        Some(metadata) if lists(probe, ClientAuth::Basic) => probe.expect(&POST_WORKS, &metadata, |_| {
            violated("client_secret_post among token_endpoint_auth_methods_supported", "client_secret_basic alone")
        }),
        _ => probe.moot(&POST_WORKS, "the server lists no way to send a secret"),
    }
    Ok(())
}

pub(super) static WRONG_SECRET: Case = Case {
    id: "as.client-auth.wrong-secret",
    title: "A wrong secret is refused, and the client is told that it is the secret",
    why: "The secret is all that tells the client from whoever knows its name.",
    covers: &[
        &WRONG_SECRET_REFUSED,
        &FAILURE_IS_INVALID_CLIENT,
        &FAILED_BASIC_IS_401,
        &FAILED_BASIC_IS_CHALLENGED,
        &STRAY_SECRET_REFUSED,
    ],
    body: |probe| Box::pin(wrong_secret(probe)),
    ..OF_SECRETS
};

async fn wrong_secret(probe: &mut Probe) -> Steps {
    let mut basic_was_tried = false;
    let mut tried = 0;
    for auth in [ClientAuth::Basic, ClientAuth::Post] {
        let Ok((carrier, reply)) = Carrier::tried(probe, auth).await else { continue };
        if !token_issued(&reply).is_met() {
            continue;
        }
        tried += 1;
        let secret = carrier.client.secret.clone().unwrap_or_default();
        for (what, wrong) in
            [("another word", probe.rng().word()), ("its last character changed", last_changed(&secret))]
        {
            probe.row(format!("{auth}, {what}"));
            let impostor = Client { secret: Some(wrong), ..Client::clone(&carrier.client) };
            let reply = carrier.send_as(probe, impostor, &format!("wrong secret, {what}")).await?;
            probe.expect(&WRONG_SECRET_REFUSED, &reply, token_refused);
            probe.expect(&FAILURE_IS_INVALID_CLIENT, &reply, error_is(&["invalid_client"]));
            if auth == ClientAuth::Basic && !basic_was_tried {
                basic_was_tried = true;
                probe.expect(&FAILED_BASIC_IS_401, &reply, status_is(&[401]));
                probe.expect(&FAILED_BASIC_IS_CHALLENGED, &reply, challenges_for_basic);
            }
        }
    }
    probe.no_row();
    if tried == 0 {
        return Err(Stop::blocked("no right secret was accepted, so a refusal proves nothing"));
    }
    if !basic_was_tried {
        probe.moot(&FAILED_BASIC_IS_401, "HTTP Basic does not work with a right secret");
        probe.moot(&FAILED_BASIC_IS_CHALLENGED, "HTTP Basic does not work with a right secret");
    }
    let client = probe.client(ClientKind::Main).await?;
    if !client.is_public() {
        probe.moot(&STRAY_SECRET_REFUSED, "the client of ordinary flows has a secret");
        return Ok(());
    }
    probe.row("a public client, a secret of its invention");
    let secret = Some(probe.rng().word());
    let boastful = Client { secret, auth: ClientAuth::Post, ..Client::clone(&client) };
    let reply = Carrier { client, machine: false }.send_as(probe, boastful, "a secret of its invention").await?;
    probe.expect(&STRAY_SECRET_REFUSED, &reply, token_refused);
    Ok(())
}

fn last_changed(secret: &str) -> String {
    let mut changed = secret.to_owned();
    let last = changed.pop();
    changed.push(if last == Some('x') { 'y' } else { 'x' });
    changed
}

fn challenges_for_basic(reply: &Reply) -> Judgement {
    if reply.status() != 401 {
        return Judgement::Moot("the answer is no 401, which is judged apart".into());
    }
    let challenges: Vec<String> = reply.headers("www-authenticate").collect();
    let basic = challenges.iter().any(|c| c.trim_start().to_ascii_lowercase().starts_with("basic"));
    let seen = if challenges.is_empty() { "no WWW-Authenticate".into() } else { challenges.join(", ") };
    holds(basic, "WWW-Authenticate with the scheme Basic", seen)
}

pub(super) static EMPTY_SECRET: Case = Case {
    id: "as.client-auth.empty-secret",
    title: "An empty secret is refused",
    why: "A comparison with a secret that was never set, or a loop over no characters, finds them equal.",
    covers: &[&EMPTY_SECRET_REFUSED],
    body: |probe| Box::pin(empty_secret(probe)),
    ..OF_SECRETS
};

async fn empty_secret(probe: &mut Probe) -> Steps {
    let carrier = Carrier::by_secret(probe).await?;
    for auth in [ClientAuth::Basic, ClientAuth::Post] {
        probe.row(auth.as_str());
        let impostor = Client { secret: Some(String::new()), auth, ..Client::clone(&carrier.client) };
        let reply = carrier.send_as(probe, impostor, "empty secret").await?;
        probe.expect(&EMPTY_SECRET_REFUSED, &reply, token_refused);
    }
    Ok(())
}

pub(super) static SECRET_CASE: Case = Case {
    id: "as.client-auth.secret-case",
    title: "A secret in other case of letters is refused",
    why: "A comparison without case throws away a bit of each letter, and shows that secrets are not kept as hashes.",
    covers: &[&SECRET_HAS_CASE],
    body: |probe| Box::pin(secret_case(probe)),
    ..OF_SECRETS
};

async fn secret_case(probe: &mut Probe) -> Steps {
    let carrier = Carrier::by_secret(probe).await?;
    let secret = carrier.client.secret.clone().unwrap_or_default();
    let flipped: String = secret.chars().map(flip).collect();
    if flipped == secret {
        return Err(Stop::not_applicable("the secret holds no letter"));
    }
    let impostor = Client { secret: Some(flipped), ..Client::clone(&carrier.client) };
    let reply = carrier.send_as(probe, impostor, "secret in other case").await?;
    probe.expect(&SECRET_HAS_CASE, &reply, token_refused);
    Ok(())
}

fn flip(c: char) -> char {
    if c.is_ascii_uppercase() { c.to_ascii_lowercase() } else { c.to_ascii_uppercase() }
}

pub(super) static NO_SECRET: Case = Case {
    id: "as.client-auth.no-secret",
    title: "A confidential client that only gives its name is refused",
    why: "Anybody knows the name: it stands in each authorization request.",
    covers: &[&CLIENT_AUTHENTICATES, &FAILURE_IS_INVALID_CLIENT],
    body: |probe| Box::pin(no_secret(probe)),
    ..OF_SECRETS
};

async fn no_secret(probe: &mut Probe) -> Steps {
    let carrier = Carrier::by_secret(probe).await?;
    let nameless = Client { auth: ClientAuth::None, ..Client::clone(&carrier.client) };
    let reply = carrier.send_as(probe, nameless, "client_id alone").await?;
    probe.expect(&CLIENT_AUTHENTICATES, &reply, token_refused);
    // A client without credentials may not use the grant, whoever it is.
    let codes: &[&str] = if carrier.machine { &["invalid_client", "unauthorized_client"] } else { &["invalid_client"] };
    probe.expect(&FAILURE_IS_INVALID_CLIENT, &reply, error_is(codes));
    Ok(())
}

pub(super) static UNKNOWN_CLIENT: Case = Case {
    id: "as.client-auth.unknown-client",
    title: "A client that nobody registered is refused, in the form of an error",
    why: "A lookup that finds nothing is the path that nobody tries by hand.",
    covers: &[&UNKNOWN_CLIENT_REFUSED, &FAILURE_HAS_FORM],
    body: |probe| Box::pin(unknown_client(probe)),
    ..OF_SECRETS
};

async fn unknown_client(probe: &mut Probe) -> Steps {
    let carrier = Carrier::by_secret(probe).await?;
    let id = format!("proofmark-{}", probe.rng().name(16));
    for auth in [ClientAuth::Basic, ClientAuth::Post] {
        probe.row(auth.as_str());
        let stranger =
            Client { id: id.clone(), secret: Some(probe.rng().word()), auth, ..Client::clone(&carrier.client) };
        let reply = carrier.send_as(probe, stranger, "unknown client").await?;
        probe.expect(&UNKNOWN_CLIENT_REFUSED, &reply, token_refused);
        probe.expect(&FAILURE_HAS_FORM, &reply, oauth_error_shape);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_changed_where_it_says() {
        assert_eq!((last_changed("abc").as_str(), last_changed("abx").as_str()), ("abx", "aby"));
        assert_eq!("aB1".chars().map(flip).collect::<String>(), "Ab1");
    }

    #[test]
    fn a_challenge_is_looked_for_in_a_401_alone() {
        let of = |status, header: &[(&str, &str)]| challenges_for_basic(&Reply::canned(status, header, "{}"));
        assert!(of(401, &[("WWW-Authenticate", "Basic realm=\"x\"")]).is_met());
        assert!(matches!(of(401, &[("WWW-Authenticate", "Bearer")]), Judgement::Violated { .. }));
        assert!(matches!(of(401, &[]), Judgement::Violated { .. }));
        assert!(matches!(of(400, &[]), Judgement::Moot(_)));
    }
}
