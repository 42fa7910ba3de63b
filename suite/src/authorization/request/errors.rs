//! How bad requests are refused: with an error at the client, with the state, without a code, and after the login.

use proofmark_probe::judge::{holds, met, status_is, violated};
use proofmark_probe::model::Area;
use proofmark_probe::params::Params;
use proofmark_probe::{
    AuthorizationRequest, Case, ClientKind, Journey, Judgement, Landing, Need, Probe, Steps, Stop, TokenRequest,
};

use super::answer::{GET, no_token, nothing_in_fragment, same_state};
use super::{is_error_redirect, no_code_came, survived};
use crate::requirements::oauth21::authorization::{
    CODE_IN_QUERY, ERROR_TO_CLIENT, ERROR_WITHOUT_CODE, LOGIN_FIRST as LOGIN_BEFORE_ERROR, MALFORMED_IS_400,
    MALFORMED_SURVIVED, MALFORMED_TOKEN_REQUEST, NO_FRONT_TOKEN, RESPONSE_TYPE_CASE, RESPONSE_TYPE_ERROR,
    RESPONSE_TYPE_KNOWN, STATE_IN_ERRORS as STATE_WITH_ERROR,
};

pub(super) static RESPONSE_TYPE: Case = Case {
    id: "as.request.response-type",
    title: "A request with a missing or unknown response type is refused at the client",
    why: "A server that guesses what was meant gives out codes that nobody asked for.",
    area: Area::Errors,
    covers: &[&RESPONSE_TYPE_KNOWN, &RESPONSE_TYPE_CASE, &RESPONSE_TYPE_ERROR, &ERROR_TO_CLIENT, &ERROR_WITHOUT_CODE],
    needs: &[Need::CodeFlow],
    control: Some(&GET),
    body: |probe| Box::pin(response_type(probe)),
    ..Case::PLAIN
};

async fn response_type(probe: &mut Probe) -> Steps {
    let client = probe.client(ClientKind::Main).await?;
    probe.row("missing");
    let request = probe.authorization(&client).without("response_type").labelled("no response type");
    let journey = probe.walk(request).await?;
    probe.expect(&RESPONSE_TYPE_KNOWN, &journey, no_code_came);
    probe.expect(&ERROR_WITHOUT_CODE, &journey, error_alone);

    probe.row("unknown");
    let request = probe.authorization(&client).with("response_type", "banana").labelled("an unknown response type");
    let journey = probe.walk(request).await?;
    probe.expect(&RESPONSE_TYPE_KNOWN, &journey, no_code_came);
    probe.expect(&ERROR_WITHOUT_CODE, &journey, error_alone);
    probe.expect(&ERROR_TO_CLIENT, &journey, |j| match &j.landing {
        Landing::Page { .. } => violated("an error redirect to the registered URI", j.describe()),
        _ => no_code_came(j),
    });
    probe.expect(&RESPONSE_TYPE_ERROR, &journey, |j| match j.error() {
        None => Judgement::Moot("no error redirect came".into()),
        Some(error) => holds(
            error == "unsupported_response_type",
            "error \"unsupported_response_type\"",
            format!("error \"{}\"", proofmark_probe::http::cut(&error, 60)),
        ),
    });

    probe.row("code in upper case");
    let request = probe.authorization(&client).with("response_type", "CODE").labelled("response type CODE");
    let journey = probe.walk(request).await?;
    probe.expect(&RESPONSE_TYPE_CASE, &journey, no_code_came);
    Ok(())
}

/// An error redirect carries nothing worth having.
fn error_alone(journey: &Journey) -> Judgement {
    if !is_error_redirect(journey) {
        return Judgement::Moot("no error redirect came".into());
    }
    let extra: Vec<_> =
        ["code", "access_token", "id_token"].into_iter().filter(|p| journey.param(p).is_some()).collect();
    holds(extra.is_empty(), "an error alone", format!("an error with {}", extra.join(" and ")))
        .and(|| met("an error alone"))
}

pub(super) static FRONT_TOKEN: Case = Case {
    id: "as.request.token-in-front",
    title: "No response type brings an access token through the browser",
    why: "A token in a URL leaks through history, logs, referrers and open redirects, and no verifier protects it.",
    area: Area::Code,
    covers: &[&NO_FRONT_TOKEN],
    needs: &[Need::CodeFlow],
    control: Some(&GET),
    body: |probe| Box::pin(front_token(probe)),
    ..Case::PLAIN
};

async fn front_token(probe: &mut Probe) -> Steps {
    let client = probe.client(ClientKind::Main).await?;
    for response_type in ["token", "code token", "token id_token"] {
        probe.row(response_type);
        let request = probe.authorization(&client).with("response_type", response_type);
        let request = request.with("nonce", "proofmark-nonce").labelled(&format!("response type {response_type}"));
        let journey = probe.walk(request).await?;
        probe.expect(&NO_FRONT_TOKEN, &journey, |j| match &j.landing {
            Landing::Stuck { why, .. } => Judgement::Unproven(why.clone()),
            _ => no_token(j),
        });
    }
    Ok(())
}

pub(super) static STATE_IN_ERRORS: Case = Case {
    id: "as.request.state-in-errors",
    title: "The state comes back with an error, byte for byte, in the query",
    why: "A client drops a response whose state it does not know; its user waits for an error that never shows.",
    area: Area::Errors,
    covers: &[&STATE_WITH_ERROR, &CODE_IN_QUERY],
    needs: &[Need::CodeFlow],
    control: Some(&GET),
    fresh_sign_ins: 1,
    body: |probe| Box::pin(state_in_errors(probe)),
    ..Case::PLAIN
};

type Change = fn(AuthorizationRequest) -> AuthorizationRequest;

/// Requests that end in an error at the client, by the three paths on which errors arise.
pub(in crate::authorization) const ERRORS: &[(&str, Change)] = &[
    ("an unknown response type", |r| r.with("response_type", "banana")),
    ("no code challenge", |r| r.without("code_challenge").without("code_challenge_method")),
    ("the user says no", |r| r.denied().in_fresh_session()),
];

async fn state_in_errors(probe: &mut Probe) -> Steps {
    let client = probe.client(ClientKind::Main).await?;
    for (row, change) in ERRORS {
        probe.row(*row);
        let request = change(probe.authorization(&client).with("state", "a b+c%2F&=~/?#")).labelled(row);
        let journey = probe.walk(request).await?;
        if !is_error_redirect(&journey) {
            let why = format!("no error redirect came: {}", journey.describe());
            probe.moot(&STATE_WITH_ERROR, why.clone());
            probe.moot(&CODE_IN_QUERY, why);
            continue;
        }
        probe.expect(&STATE_WITH_ERROR, &journey, same_state);
        // An unknown response type may have its error in the fragment: nobody knows what its response would look like.
        match *row {
            "an unknown response type" => probe.moot(&CODE_IN_QUERY, "the response mode of an unknown type is open"),
            _ => probe.expect(&CODE_IN_QUERY, &journey, nothing_in_fragment),
        }
    }
    Ok(())
}

pub(super) static MALFORMED: Case = Case {
    id: "as.request.malformed",
    title: "A malformed request is refused with an error redirect or a page of status 400",
    why: "A server error tells neither user nor client what is wrong, and an attacker where to push.",
    area: Area::Errors,
    covers: &[&MALFORMED_SURVIVED, &MALFORMED_IS_400, &MALFORMED_TOKEN_REQUEST],
    needs: &[Need::CodeFlow],
    control: Some(&GET),
    body: |probe| Box::pin(malformed(probe)),
    ..Case::PLAIN
};

async fn malformed(probe: &mut Probe) -> Steps {
    let client = probe.client(ClientKind::Main).await?;
    probe.row("no response type");
    let request = probe.authorization(&client).without("response_type").labelled("no response type");
    let journey = probe.walk(request).await?;
    probe.expect(&MALFORMED_SURVIVED, &journey, survived);
    probe.expect(&MALFORMED_IS_400, &journey, redirect_or_400);

    probe.row("no parameters");
    let mut request = probe.authorization(&client).labelled("no parameters");
    request.params = Params::new();
    let journey = probe.walk(request).await?;
    probe.expect(&MALFORMED_SURVIVED, &journey, survived);

    probe.row("percent-encoding that cannot be decoded");
    let mut request = probe.authorization(&client).without("state").labelled("bad percent-encoding");
    request.params.add_raw("state", "%zz%");
    let journey = probe.walk(request).await?;
    probe.expect(&MALFORMED_SURVIVED, &journey, survived);

    probe.row("a token request without a grant type");
    let request = TokenRequest::new("token request", &client, "").without("grant_type").labelled("no grant type");
    let reply = probe.token(&request).await?;
    probe.expect(&MALFORMED_TOKEN_REQUEST, &reply, status_is(&[400, 401]));
    Ok(())
}

/// An error redirect, or a page of status 400.
fn redirect_or_400(journey: &Journey) -> Judgement {
    let status = journey.last().map_or(0, proofmark_probe::Reply::status);
    match &journey.landing {
        Landing::Page { .. } => holds(status == 400, "an error redirect, or HTTP 400", format!("HTTP {status}")),
        Landing::Redirected { .. } if is_error_redirect(journey) => met(journey.describe()),
        Landing::Redirected { .. } => Judgement::Moot("it was not refused".into()),
        Landing::Stuck { why, .. } => Judgement::Unproven(why.clone()),
    }
}

pub(super) static LOGIN_FIRST: Case = Case {
    id: "as.request.login-before-error",
    title: "A user who has not signed in is not redirected with an error",
    why: "Anyone can register a client; if errors are redirected before the login, your host redirects anyone anywhere.",
    area: Area::Consent,
    covers: &[&LOGIN_BEFORE_ERROR],
    needs: &[Need::CodeFlow, Need::WebClient, Need::Registration],
    control: Some(&GET),
    fresh_sign_ins: 2,
    body: |probe| Box::pin(login_first(probe)),
    ..Case::PLAIN
};

async fn login_first(probe: &mut Probe) -> Steps {
    let client = probe.client(ClientKind::Web).await?;
    if probe.settings().clients.given.main().is_some_and(|given| given.id == client.id) {
        return Err(Stop::not_applicable("the client was registered by the operator, who may trust its redirect URI"));
    }
    let good = probe.authorization(&client).in_fresh_session();
    let good = probe.walk(good).await?;
    if !good.asked.login {
        let why = match good.asked.unseen {
            true => "what users are asked is not seen by this way of signing in",
            false => "users are not asked to sign in on a page",
        };
        probe.moot(&LOGIN_BEFORE_ERROR, why);
        return Ok(());
    }
    let request = probe.authorization(&client).with("response_type", "banana").in_fresh_session();
    let journey = probe.walk(request.labelled("an unknown response type, not signed in")).await?;
    probe.expect(&LOGIN_BEFORE_ERROR, &journey, |j| {
        let early = matches!(j.landing, Landing::Redirected { .. }) && !j.asked.login && !j.asked.unseen;
        let expected = "a login or error page before any redirect to the client";
        holds(!early, expected, format!("{} after {} answers", j.describe(), j.hops.len()))
    });
    Ok(())
}
