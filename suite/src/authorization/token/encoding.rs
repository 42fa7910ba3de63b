//! In which form the token endpoint takes its parameters.

use proofmark_probe::judge::{Judgement, holds, holds_no_tokens, no_server_error, token_issued};
use proofmark_probe::model::Area;
use proofmark_probe::params::Params;
use proofmark_probe::{Case, Grant, HttpRequest, Need, Probe, Reply, Steps};
use serde_json::{Value, json};

use super::TOKEN_IS_ISSUED;
use crate::authorization::refresh::refresh_request;
use crate::requirements::oauth21::token::{
    TOKEN_BODY_IS_FORM, TOKEN_BY_POST_ONLY, TOKEN_CHARSET_TOLERATED, TOKEN_ENDPOINT_STANDS, TOKEN_PARAMS_IN_BODY,
};

/// The size of a body that no token request has.
const LARGE: usize = 1 << 20;

/// The parameters of a correct token request, with the identity of a client that has no secret.
///
/// Confidential clients authenticate in their usual way, which leaves a header to be kept.
fn correct(grant: &Grant) -> (Params, Option<String>) {
    let mut params = grant.redeem().params;
    let header = grant.client.authenticate(&mut params);
    (params, header)
}

fn with_credentials(request: HttpRequest, header: Option<&str>) -> HttpRequest {
    match header {
        Some(value) => request.with_header("Authorization", value),
        None => request,
    }
}

fn endpoint_with_query(probe: &Probe, params: &Params) -> String {
    let endpoint = &probe.profile().endpoints.token;
    let mark = if endpoint.contains('?') { '&' } else { '?' };
    format!("{endpoint}{mark}{}", params.encode())
}

pub(crate) static BY_POST_ONLY: Case = Case {
    id: "as.token.by-post-only",
    title: "A token request by GET yields no token",
    why: "What stands in a URL is kept in histories, logs and caches.",
    area: Area::Token,
    covers: &[&TOKEN_BY_POST_ONLY],
    needs: &[Need::CodeFlow],
    control: Some(&TOKEN_IS_ISSUED),
    body: |probe| Box::pin(by_post_only(probe)),
    ..Case::PLAIN
};

async fn by_post_only(probe: &mut Probe) -> Steps {
    let (params, header) = correct(&probe.grant().await?);
    let request = HttpRequest::get("token request, by GET", endpoint_with_query(probe, &params));
    let reply = probe.send(with_credentials(request, header.as_deref())).await?;
    probe.expect(&TOKEN_BY_POST_ONLY, &reply, holds_no_tokens);
    Ok(())
}

pub(crate) static PARAMS_IN_BODY: Case = Case {
    id: "as.token.params-in-body",
    title: "Token request parameters in the URL yield no token",
    why: "What stands in a URL is kept in histories, logs and caches.",
    area: Area::Token,
    covers: &[&TOKEN_PARAMS_IN_BODY],
    needs: &[Need::CodeFlow],
    control: Some(&TOKEN_IS_ISSUED),
    fresh_sign_ins: 1,
    body: |probe| Box::pin(params_in_body(probe)),
    ..Case::PLAIN
};

async fn params_in_body(probe: &mut Probe) -> Steps {
    probe.row("code");
    let (params, header) = correct(&probe.grant().await?);
    let request =
        HttpRequest::form("token request, parameters in the URL", endpoint_with_query(probe, &params), &Params::new());
    let reply = probe.send(with_credentials(request, header.as_deref())).await?;
    probe.expect(&TOKEN_PARAMS_IN_BODY, &reply, holds_no_tokens);
    if probe.tokens().await?.refresh.is_some() {
        probe.row("refresh token");
        let tokens = probe.own_tokens().await?;
        if let Ok(request) = refresh_request(probe, &tokens) {
            let mut params = request.params;
            let header = tokens.client.authenticate(&mut params);
            let request = HttpRequest::form(
                "refresh request, parameters in the URL",
                endpoint_with_query(probe, &params),
                &Params::new(),
            );
            let reply = probe.send(with_credentials(request, header.as_deref())).await?;
            probe.expect(&TOKEN_PARAMS_IN_BODY, &reply, holds_no_tokens);
        }
    }
    Ok(())
}

pub(crate) static BODY_IS_FORM: Case = Case {
    id: "as.token.body-is-form",
    title: "A token request in JSON yields no token",
    why: "One request that two components read in two ways is how filters are passed by.",
    area: Area::Token,
    covers: &[&TOKEN_BODY_IS_FORM],
    needs: &[Need::CodeFlow],
    control: Some(&TOKEN_IS_ISSUED),
    body: |probe| Box::pin(body_is_form(probe)),
    ..Case::PLAIN
};

async fn body_is_form(probe: &mut Probe) -> Steps {
    let (params, header) = correct(&probe.grant().await?);
    let body: Value =
        params.iter().map(|(name, value)| (name.to_owned(), json!(value))).collect::<serde_json::Map<_, _>>().into();
    let request = HttpRequest::json("token request, in JSON", &probe.profile().endpoints.token, &body);
    let reply = probe.send(with_credentials(request, header.as_deref())).await?;
    probe.expect(&TOKEN_BODY_IS_FORM, &reply, holds_no_tokens);
    Ok(())
}

pub(crate) static CHARSET: Case = Case {
    id: "as.token.charset",
    title: "A charset beside the form media type makes no difference",
    why: "HTTP libraries add it without being asked.",
    area: Area::Token,
    covers: &[&TOKEN_CHARSET_TOLERATED],
    needs: &[Need::CodeFlow],
    control: Some(&TOKEN_IS_ISSUED),
    body: |probe| Box::pin(charset(probe)),
    ..Case::PLAIN
};

async fn charset(probe: &mut Probe) -> Steps {
    let request = probe.grant().await?.redeem().labelled("with a charset").request(&probe.profile().endpoints.token);
    let reply =
        probe.send(request.with_header("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")).await?;
    probe.expect(&TOKEN_CHARSET_TOLERATED, &reply, token_issued);
    Ok(())
}

pub(crate) static STANDS: Case = Case {
    id: "as.token.stands",
    title: "Unusual requests do not break the token endpoint",
    why: "A server that breaks down on strange input can be brought down by strangers.",
    area: Area::Token,
    covers: &[&TOKEN_ENDPOINT_STANDS],
    needs: &[Need::CodeFlow],
    body: |probe| Box::pin(stands(probe)),
    ..Case::PLAIN
};

async fn stands(probe: &mut Probe) -> Steps {
    let endpoint = probe.profile().endpoints.token.clone();
    let form: Params = [("grant_type", "authorization_code"), ("code", "none")].into_iter().collect();
    let plain = HttpRequest::form("token request", &endpoint, &form);
    let mut untyped = plain.clone();
    untyped.headers.retain(|(name, _)| name != "Content-Type");
    let part = "--x\r\nContent-Disposition: form-data; name=\"grant_type\"\r\n\r\nauthorization_code\r\n--x--\r\n";
    let multipart = HttpRequest { body: part.into(), ..plain.clone() }
        .with_header("Content-Type", "multipart/form-data; boundary=x");
    let filler = "x".repeat(LARGE);
    let large = HttpRequest::form(
        "",
        &endpoint,
        &[("grant_type", "authorization_code"), ("code", &filler)].into_iter().collect(),
    );
    let rows = [
        ("HEAD", HttpRequest::get("", &endpoint).with_method("HEAD")),
        ("OPTIONS", HttpRequest::get("", &endpoint).with_method("OPTIONS")),
        ("without content type", untyped),
        ("multipart", multipart),
        ("large body", large),
    ];
    for (row, request) in rows {
        probe.row(row);
        let request = HttpRequest { label: format!("token request, {row}"), ..request };
        let reply = probe.send(request).await?;
        probe.expect(&TOKEN_ENDPOINT_STANDS, &reply, stood);
    }
    Ok(())
}

fn stood(reply: &Reply) -> Judgement {
    no_server_error(reply).and(|| holds(!(300..400).contains(&reply.status()), "no redirect", reply.summary()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_a_redirect_nor_a_breakdown_stands() {
        assert!(stood(&Reply::canned(415, &[], "")).is_met());
        assert!(!stood(&Reply::canned(302, &[("location", "/login")], "")).is_met());
        assert!(!stood(&Reply::canned(500, &[], "")).is_met());
    }
}
