//! The form in which secrets are sent.

use std::sync::Arc;

use proofmark_probe::forge::{basic, basic_of};
use proofmark_probe::judge::{Judgement, no_server_error, oauth_error_shape, token_issued, token_refused};
use proofmark_probe::model::Area;
use proofmark_probe::params::percent_encode;
use proofmark_probe::{
    Case, Client, ClientAuth, ClientKind, ClientMetadata, Need, Probe, Reply, Steps, Stop, Tokens, met, violated,
};

use super::{Carrier, lists, offers_client_credentials};
use crate::authorization::pkce::CONFIDENTIAL_RIGHT_VERIFIER;
use crate::requirements::oauth21::client_auth::{
    BASIC_IS_DECODED, FAILURE_HAS_FORM, MALFORMED_BASIC_REFUSED, NAMES_AGREE, NO_SECRET_IN_QUERY,
    NOBODY_ELSES_CREDENTIALS, ONE_METHOD_A_REQUEST,
};

const OF_FORM: Case = Case {
    area: Area::ClientAuth,
    needs: &[Need::CodeFlow, Need::ConfidentialClient],
    control: Some(&CONFIDENTIAL_RIGHT_VERIFIER),
    ..Case::PLAIN
};

pub(super) static BASIC_ENCODING: Case = Case {
    id: "as.client-auth.basic-encoding",
    title: "Identifier and secret are form-decoded in HTTP Basic",
    why: "A colon in an identifier, or a percent sign in a secret, locks a client out that follows the rules.",
    area: Area::ClientAuth,
    covers: &[&BASIC_IS_DECODED],
    body: |probe| Box::pin(basic_encoding(probe)),
    ..Case::PLAIN
};

async fn basic_encoding(probe: &mut Probe) -> Steps {
    if !lists(probe, ClientAuth::Basic) {
        return Err(Stop::not_applicable("the server does not list client_secret_basic"));
    }
    let Some(carrier) = special(probe).await else {
        return Err(Stop::not_applicable(
            "no client has a character in its identifier or secret that the encoding would change",
        ));
    };
    let client = Arc::clone(&carrier.client);
    let encoded = carrier.send(probe, "identifier and secret form-encoded").await?;
    if token_issued(&encoded).is_met() {
        probe.expect(&BASIC_IS_DECODED, &encoded, token_issued);
        return Ok(());
    }
    // It may be the client that is wrong, or the grant; only what works without the encoding shows whose fault it is.
    let request = carrier.request(probe).await?.without_client().labelled("identifier and secret as they are");
    let request = request.request(&probe.profile().endpoints.token);
    let raw = basic(&client.id, client.secret.as_deref().unwrap_or_default());
    let plain = probe.send(request.with_header("Authorization", &raw)).await?;
    probe.expect(&BASIC_IS_DECODED, &(&encoded, &plain), |(encoded, plain)| decodes(encoded, plain));
    Ok(())
}

fn decodes(encoded: &Reply, plain: &Reply) -> Judgement {
    if token_issued(plain).is_met() {
        return violated(
            "a token for form-encoded credentials",
            format!("{}, and a token for the same credentials as they are", encoded.summary()),
        );
    }
    Judgement::Unproven(format!("neither form works: {} and {}", encoded.summary(), plain.summary()))
}

/// A client that uses HTTP Basic and whose credentials the encoding changes.
async fn special(probe: &mut Probe) -> Option<Carrier> {
    let changes = |client: &Client| {
        let secret = client.secret.as_deref().unwrap_or_default();
        percent_encode(&client.id) != client.id || percent_encode(secret) != secret
    };
    for kind in [ClientKind::Machine, ClientKind::Confidential] {
        let machine = kind == ClientKind::Machine;
        let given = probe.given(kind).filter(|c| c.auth.is_by_secret() && changes(c));
        // A client that was given without a part for machines alone asks for codes.
        if let Some(client) = given.filter(|_| !machine || offers_client_credentials(probe) && is_machine(probe)) {
            return Some(Carrier { client: Arc::new(Client { auth: ClientAuth::Basic, ..client }), machine });
        }
    }
    let (carrier, _) = Carrier::tried(probe, ClientAuth::Basic).await.ok()?;
    Some(carrier).filter(|c| changes(&c.client))
}

fn is_machine(probe: &Probe) -> bool {
    probe.settings().clients.given.machine.is_some()
}

pub(super) static MALFORMED_BASIC: Case = Case {
    id: "as.client-auth.malformed-basic",
    title: "Malformed credentials are refused, in the form of an error",
    why: "What cannot be read must not be passed over: the client would be taken for a public one.",
    covers: &[&MALFORMED_BASIC_REFUSED, &FAILURE_HAS_FORM],
    body: |probe| Box::pin(malformed_basic(probe)),
    ..OF_FORM
};

async fn malformed_basic(probe: &mut Probe) -> Steps {
    let carrier = Carrier::by_secret(probe).await?;
    let id = carrier.client.id.clone();
    for (row, value) in [
        ("not base64", "Basic !!!not*base64!!!".to_owned()),
        ("no colon", basic_of(&id)),
        ("nothing behind the scheme", "Basic".to_owned()),
        ("another scheme", format!("Digest username=\"{id}\"")),
    ] {
        probe.row(row);
        let request = carrier.request(probe).await?.without_client().with("client_id", &id);
        let request = request.labelled(&format!("malformed credentials, {row}"));
        let request = request.request(&probe.profile().endpoints.token).with_header("Authorization", &value);
        let reply = probe.send(request).await?;
        probe.expect(&MALFORMED_BASIC_REFUSED, &reply, token_refused);
        probe.expect(&FAILURE_HAS_FORM, &reply, |reply| no_server_error(reply).and(|| oauth_error_shape(reply)));
    }
    Ok(())
}

pub(super) static TWO_METHODS: Case = Case {
    id: "as.client-auth.two-methods",
    title: "Credentials in the header and in the body at once are refused",
    why: "What two parts of a server read two ways, somebody will make them disagree about.",
    covers: &[&ONE_METHOD_A_REQUEST],
    body: |probe| Box::pin(two_methods(probe)),
    ..OF_FORM
};

async fn two_methods(probe: &mut Probe) -> Steps {
    let carrier = Carrier::by_secret(probe).await?;
    let secret = carrier.client.secret.clone().unwrap_or_default();
    let by_basic = Client { auth: ClientAuth::Basic, ..Client::clone(&carrier.client) };
    let request = carrier.request(probe).await?.by(&Arc::new(by_basic));
    let request = request.with("client_id", &carrier.client.id).with("client_secret", &secret);
    let reply = probe.token(&request.labelled("secret in header and body")).await?;
    probe.expect(&ONE_METHOD_A_REQUEST, &reply, token_refused);
    Ok(())
}

pub(super) static TWO_CLIENTS: Case = Case {
    id: "as.client-auth.two-clients",
    title: "The credentials of one client yield no token of another that the body names",
    why: "Whoever owns any client at all could otherwise be every other.",
    covers: &[&NOBODY_ELSES_CREDENTIALS, &NAMES_AGREE],
    body: |probe| Box::pin(two_clients(probe)),
    ..OF_FORM
};

async fn two_clients(probe: &mut Probe) -> Steps {
    let carrier = Carrier::by_secret(probe).await?;
    let other = probe.client(ClientKind::Confidential).await?;
    if other.id == carrier.client.id || other.is_public() {
        return Err(Stop::not_applicable("there is but one confidential client"));
    }
    let by_basic = Arc::new(Client { auth: ClientAuth::Basic, ..Client::clone(&carrier.client) });

    probe.row("grant of its own");
    let request = carrier.request(probe).await?.by(&by_basic).with("client_id", &other.id);
    let reply = probe.token(&request.labelled("another client named in the body")).await?;
    probe.expect(&NAMES_AGREE, &reply, token_refused);
    probe.expect(&NOBODY_ELSES_CREDENTIALS, &reply, |reply| not_of(&other, reply));

    probe.row("grant of the other client");
    let theirs = Carrier { client: Arc::clone(&other), machine: false };
    let request = theirs.request(probe).await?.by(&by_basic).with("client_id", &other.id);
    let reply = probe.token(&request.labelled("the code of the client that the body names")).await?;
    probe.expect(&NOBODY_ELSES_CREDENTIALS, &reply, token_refused);
    Ok(())
}

/// No token of this client came.
pub(super) fn not_of(other: &Arc<Client>, reply: &Reply) -> Judgement {
    let refused = token_refused(reply);
    if refused.is_met() {
        return refused;
    }
    match Tokens::read(other, reply.clone()).as_ref().and_then(Tokens::jwt) {
        Some(jwt) if [jwt.text("client_id"), jwt.text("azp"), jwt.text("sub")].contains(&Some(other.id.as_str())) => {
            violated("no token of the client that is merely named", "a token that names it")
        }
        Some(_) => met("a token of the client that authenticated"),
        None => Judgement::Unproven("a token came, and does not show whose it is".into()),
    }
}

pub(super) static SECRET_IN_QUERY: Case = Case {
    id: "as.client-auth.secret-in-query",
    title: "A secret in the URL of the token request is refused",
    why: "URLs end up in logs, in proxies and in error reports.",
    covers: &[&NO_SECRET_IN_QUERY],
    needs: &[Need::CodeFlow, Need::ConfidentialClient, Need::Registration],
    body: |probe| Box::pin(secret_in_query(probe)),
    ..OF_FORM
};

async fn secret_in_query(probe: &mut Probe) -> Steps {
    // A client of its own: its secret is in the server's logs from now on.
    let works = Carrier::by_secret(probe).await?;
    let uri = format!("https://{}/cb", probe.host("query"));
    let metadata = ClientMetadata::confidential(&[&uri], works.client.auth).labelled("for a secret in the query");
    let client = probe.registered(metadata).await?;
    let Some(secret) = client.secret.clone() else {
        return Err(Stop::not_applicable("the server issues no secrets"));
    };
    let carrier = Carrier { client, machine: false };
    let reply = carrier.send(probe, "right secret").await?;
    if !token_issued(&reply).is_met() {
        return Err(Stop::blocked(format!("the right secret got {}", reply.summary())));
    }
    let mut request = carrier.request(probe).await?.without_client().labelled("secret in the query");
    request.query.set("client_id", &carrier.client.id);
    request.query.set("client_secret", &secret);
    let reply = probe.token(&request).await?;
    probe.expect(&NO_SECRET_IN_QUERY, &reply, token_refused);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_works_without_the_encoding_shows_that_it_is_not_undone() {
        let json = &[("content-type", "application/json")];
        let (no, yes) = (
            Reply::canned(401, json, r#"{"error":"invalid_client"}"#),
            Reply::canned(200, json, r#"{"access_token":"t"}"#),
        );
        assert!(matches!(decodes(&no, &yes), Judgement::Violated { .. }));
        assert!(matches!(decodes(&no, &no), Judgement::Unproven(_)));
    }
}
