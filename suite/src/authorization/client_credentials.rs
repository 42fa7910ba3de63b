//! Client credentials: a machine gets a token for itself, and for nobody else.

use std::sync::Arc;

use proofmark_probe::judge::{
    Judgement, audience_has, error_is, holds, met, scope_set, scope_within, token_issued, token_refused,
};
use proofmark_probe::model::Area;
use proofmark_probe::{Case, Client, ClientAuth, ClientKind, Need, Probe, Reply, Steps, Stop, TokenRequest, Tokens};

use crate::requirements::oauth21::token::{
    GRANT_ONLY_IF_REGISTERED, MACHINE_GRANT_ERROR, MACHINE_GRANT_NEEDS_CLIENT, MACHINE_GRANT_WORKS,
    MACHINE_SCOPE_KNOWN, UNREGISTERED_GRANT_ERROR,
};
use crate::requirements::rfc6749::NO_MACHINE_REFRESH_TOKEN;
use crate::requirements::rfc9068::{MACHINE_AUDIENCE, MACHINE_SUBJECT};

/// The cases of this topic.
pub static CASES: &[&Case] =
    &[&MACHINE_TOKEN, &NO_REFRESH_TOKEN, &NEEDS_CLIENT, &NOT_REGISTERED, &UNKNOWN_SCOPE, &FOR_ITSELF];

/// A machine client, and the token request by which it got a token.
pub(crate) struct Machine {
    /// The request that works.
    pub(crate) request: TokenRequest,
    /// Its first answer.
    pub(crate) reply: Reply,
}

/// A client that may use client credentials: the one that was given, or one that is registered for it.
pub(crate) async fn machine(probe: &Probe) -> Result<Machine, Stop> {
    let (client, reply) = ask(probe).await?;
    if !token_issued(&reply).is_met() {
        return Err(Stop::blocked(format!("a machine client got {}", reply.summary())));
    }
    Ok(Machine { request: request(probe, &client), reply })
}

async fn ask(probe: &Probe) -> Result<(Arc<Client>, Reply), Stop> {
    let client = probe.client(ClientKind::Machine).await?;
    if client.is_public() {
        return Err(Stop::not_applicable("the server registers public clients only"));
    }
    let reply = probe.token(&request(probe, &client)).await?;
    Ok((client, reply))
}

fn request(probe: &Probe, client: &Arc<Client>) -> TokenRequest {
    let profile = probe.profile();
    let mut request = TokenRequest::new("token request, client credentials", client, "client_credentials");
    if let Some(scope) = &profile.scopes.read {
        request = request.with("scope", scope);
    }
    if let Some(resource) = &profile.resource {
        request = request.with("resource", resource);
    }
    request
}

pub(crate) static MACHINE_TOKEN: Case = Case {
    id: "as.client-credentials.token",
    title: "A machine client gets a token for itself",
    why: "It is the control of every refusal below.",
    area: Area::ClientAuth,
    covers: &[&MACHINE_GRANT_WORKS],
    needs: &[Need::ClientCredentials, Need::ConfidentialClient],
    body: |probe| Box::pin(machine_token(probe)),
    ..Case::PLAIN
};

async fn machine_token(probe: &mut Probe) -> Steps {
    let (_, reply) = ask(probe).await?;
    if reply.json_str("error").as_deref() == Some("unauthorized_client") {
        return Err(Stop::not_applicable("self-registered clients may not use the client credentials grant"));
    }
    probe.expect(&MACHINE_GRANT_WORKS, &reply, token_issued);
    Ok(())
}

static NO_REFRESH_TOKEN: Case = Case {
    id: "as.client-credentials.no-refresh-token",
    title: "Client credentials bring no refresh token",
    why: "The client can ask again with its own credentials; a refresh token is one more secret to lose.",
    area: Area::Refresh,
    covers: &[&NO_MACHINE_REFRESH_TOKEN],
    needs: &[Need::ClientCredentials, Need::ConfidentialClient],
    control: Some(&MACHINE_TOKEN),
    body: |probe| Box::pin(no_refresh_token(probe)),
    ..Case::PLAIN
};

async fn no_refresh_token(probe: &mut Probe) -> Steps {
    let machine = machine(probe).await?;
    probe.expect(&NO_MACHINE_REFRESH_TOKEN, &machine.reply, |reply| {
        holds(reply.json_str("refresh_token").is_none(), "no refresh token", "a refresh token")
            .and(|| met("no refresh token"))
    });
    Ok(())
}

static NEEDS_CLIENT: Case = Case {
    id: "as.client-credentials.needs-client",
    title: "Client credentials without an authenticated client yield no token",
    why: "The grant has no user: the client's authentication is all that stands before the token.",
    area: Area::ClientAuth,
    covers: &[&MACHINE_GRANT_NEEDS_CLIENT, &MACHINE_GRANT_ERROR],
    needs: &[Need::ClientCredentials, Need::ConfidentialClient],
    control: Some(&MACHINE_TOKEN),
    body: |probe| Box::pin(needs_client(probe)),
    ..Case::PLAIN
};

async fn needs_client(probe: &mut Probe) -> Steps {
    let machine = machine(probe).await?;
    let nameless = Client { secret: None, auth: ClientAuth::None, ..machine.request.client.as_ref().clone() };
    let main = probe.client(ClientKind::Main).await?;
    let mut rows = vec![
        ("no client", machine.request.clone().without_client()),
        ("identifier only", machine.request.clone().by(&Arc::new(nameless))),
    ];
    if main.is_public() {
        rows.push(("public client", machine.request.clone().by(&main)));
    }
    for (row, request) in rows {
        probe.row(row);
        let reply = probe.token(&request.labelled(row)).await?;
        probe.expect(&MACHINE_GRANT_NEEDS_CLIENT, &reply, token_refused);
        // A request that names no client may be malformed before it is unauthenticated.
        let codes: &[&str] = &["invalid_client", "unauthorized_client", "unsupported_grant_type", "invalid_request"];
        probe.expect(&MACHINE_GRANT_ERROR, &reply, error_is(if row == "no client" { codes } else { &codes[..3] }));
    }
    Ok(())
}

static NOT_REGISTERED: Case = Case {
    id: "as.client-credentials.not-registered",
    title: "A client gets nothing by a grant that it did not register",
    why: "The list of grants is what an operator or a user reads to know what a client can do.",
    area: Area::Token,
    covers: &[&GRANT_ONLY_IF_REGISTERED, &UNREGISTERED_GRANT_ERROR],
    needs: &[Need::ClientCredentials, Need::Registration],
    control: Some(&MACHINE_TOKEN),
    body: |probe| Box::pin(not_registered(probe)),
    ..Case::PLAIN
};

async fn not_registered(probe: &mut Probe) -> Steps {
    // The way to authenticate that worked for the machine client of the control.
    let auth = probe.client(ClientKind::Machine).await?.auth;
    let uri = format!("https://{}/cb", probe.host("code-only"));
    let metadata = probe.authenticated(&uri, auth)?.with("grant_types", vec!["authorization_code"]);
    let registration = probe.register(metadata.labelled("confidential, code grant only")).await?;
    let echoed = registration.reply.json().and_then(|b| b.get("grant_types").cloned());
    if echoed.as_ref().and_then(|g| g.as_array()).is_some_and(|g| g.iter().any(|v| v == "client_credentials")) {
        return Err(Stop::not_applicable("the server registered the client credentials grant of its own accord"));
    }
    let summary = registration.reply.summary();
    let client = registration
        .client
        .ok_or_else(|| Stop::blocked(format!("the registration of a client was refused: {summary}")))?;
    if client.is_public() {
        return Err(Stop::not_applicable("the server registers public clients only"));
    }
    let client = Arc::new(client);
    let reply = probe.token(&request(probe, &client).labelled("by a client that did not register for it")).await?;
    probe.expect(&GRANT_ONLY_IF_REGISTERED, &reply, token_refused);
    probe.expect(&UNREGISTERED_GRANT_ERROR, &reply, error_is(&["unauthorized_client"]));
    Ok(())
}

static UNKNOWN_SCOPE: Case = Case {
    id: "as.client-credentials.unknown-scope",
    title: "A machine gets no scope that the server does not know",
    why: "What a token claims, some resource server may believe.",
    area: Area::Scope,
    covers: &[&MACHINE_SCOPE_KNOWN],
    needs: &[Need::ClientCredentials, Need::ConfidentialClient],
    control: Some(&MACHINE_TOKEN),
    body: |probe| Box::pin(unknown_scope(probe)),
    ..Case::PLAIN
};

async fn unknown_scope(probe: &mut Probe) -> Steps {
    let machine = machine(probe).await?;
    let unknown = format!("proofmark-{}", probe.rng().name(8));
    let reply = probe.token(&machine.request.with("scope", &unknown).labelled("an unknown scope")).await?;
    let allowed = probe.profile().scopes.all.iter().cloned().collect();
    probe.expect(&MACHINE_SCOPE_KNOWN, &reply, scope_within(&allowed, &scope_set(&unknown)));
    Ok(())
}

static FOR_ITSELF: Case = Case {
    id: "as.client-credentials.subject",
    title: "A machine's token names the machine and its resource",
    why: "A token that names a user lets the machine act as that user.",
    area: Area::ClientAuth,
    covers: &[&MACHINE_SUBJECT, &MACHINE_AUDIENCE],
    needs: &[Need::ClientCredentials, Need::ConfidentialClient, Need::JwtAccessToken],
    control: Some(&MACHINE_TOKEN),
    body: |probe| Box::pin(for_itself(probe)),
    ..Case::PLAIN
};

async fn for_itself(probe: &mut Probe) -> Steps {
    let machine = machine(probe).await?;
    let user = probe.tokens().await?.jwt().and_then(|j| j.text("sub").map(str::to_owned));
    let client = Arc::clone(&machine.request.client);
    let Some(tokens) = Tokens::read(&client, machine.reply) else { return Err(Stop::blocked("there is no token")) };
    probe.expect(&MACHINE_SUBJECT, &tokens.reply, |_| names_the_machine(&tokens, user.as_deref()));
    match probe.profile().resource.clone() {
        Some(resource) => probe.expect(&MACHINE_AUDIENCE, &tokens.reply, audience_has(&resource)),
        None => probe.moot(&MACHINE_AUDIENCE, "no resource was asked for"),
    }
    Ok(())
}

/// The subject is the client's identifier, or at least not the one of the user who signed in.
fn names_the_machine(tokens: &Tokens, user: Option<&str>) -> Judgement {
    let Some(jwt) = tokens.jwt() else { return Judgement::Moot("the token of the machine is opaque".into()) };
    let expected = "a subject that stands for the client";
    match jwt.text("sub") {
        None => holds(false, expected, "no subject"),
        Some(sub) if sub == tokens.client.id => met("the subject is the client identifier"),
        Some(sub) => holds(
            Some(sub) != user,
            expected,
            if Some(sub) == user { "the subject of the user who signed in" } else { "a subject of its own" },
        ),
    }
}
