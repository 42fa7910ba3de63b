//! A good token in a place where none belongs.

use proofmark_probe::judge::{not_served, served, status_is};
use proofmark_probe::model::Area;
use proofmark_probe::params::Params;
use proofmark_probe::{Case, Judgement, Need, Probe, Reply, Steps, met};

use super::HEADER;
use crate::requirements::mcp::token_use::IDENTITY_HEADERS_PROVE_NOTHING;
use crate::requirements::oauth21::bearer::{
    COOKIE_IS_IGNORED, JSON_BODY_IS_IGNORED, OTHER_HEADERS_ARE_IGNORED, QUERY_DOES_NO_HARM, QUERY_IS_IGNORED,
};

const NEEDS: &[Need] = &[Need::Protection, Need::AccessToken];

fn query(name: &str, value: &str) -> String {
    [(name, value)].into_iter().collect::<Params>().encode()
}

pub(super) static QUERY: Case = Case {
    id: "rs.credentials.query",
    title: "A token in the query does not let a request in",
    why: "URLs end in logs, histories and referrers; a server that takes tokens from them teaches clients to put them there.",
    area: Area::RsValidation,
    covers: &[&QUERY_IS_IGNORED],
    needs: NEEDS,
    control: Some(&HEADER),
    body: |probe| Box::pin(in_query(probe)),
    ..Case::PLAIN
};

async fn in_query(probe: &mut Probe) -> Steps {
    let tokens = probe.tokens().await?;
    let request = probe.protected().await?;
    for name in ["access_token", "token", "bearer_token", "api_key", "authToken", "jwt", "auth"] {
        probe.row(name);
        let sent = request.clone().with_query(&query(name, &tokens.access)).labelled(&format!("good token as {name}"));
        let reply = probe.mcp(sent).await?;
        probe.expect(&QUERY_IS_IGNORED, &reply, not_served);
    }
    probe.row("access_token beside a bad header");
    let bad = probe.rng().word();
    let sent = request.with_query(&query("access_token", &tokens.access)).bearer(&bad);
    let reply = probe.mcp(sent.labelled("bad token in the header, good one in the query")).await?;
    probe.expect(&QUERY_IS_IGNORED, &reply, not_served);
    Ok(())
}

pub(super) static QUERY_BESIDE_HEADER: Case = Case {
    id: "rs.credentials.query-beside-header",
    title: "A token in the query beside a good header is ignored or refused",
    why: "Whoever can add to a URL must not be able to break the request, or to change whose it is.",
    area: Area::RsValidation,
    covers: &[&QUERY_DOES_NO_HARM],
    needs: NEEDS,
    control: Some(&HEADER),
    body: |probe| Box::pin(query_beside_header(probe)),
    ..Case::PLAIN
};

async fn query_beside_header(probe: &mut Probe) -> Steps {
    let tokens = probe.tokens().await?;
    let request = probe.protected().await?.bearer(&tokens.access);
    let bad = probe.rng().word();
    for (value, what) in [(&tokens.access, "the same token in the query"), (&bad, "another token in the query")] {
        probe.row(what);
        let reply = probe.mcp(request.clone().with_query(&query("access_token", value)).labelled(what)).await?;
        probe.expect(&QUERY_DOES_NO_HARM, &reply, served_or_400);
    }
    Ok(())
}

fn served_or_400(reply: &Reply) -> Judgement {
    if served(reply).is_met() { met(reply.summary()) } else { status_is(&[400])(reply) }
}

pub(super) static JSON_BODY: Case = Case {
    id: "rs.credentials.json-body",
    title: "A token inside the message does not let a request in",
    why: "Messages are logged and handed on to tools; a token in them is a token shared.",
    area: Area::RsValidation,
    covers: &[&JSON_BODY_IS_IGNORED],
    needs: NEEDS,
    control: Some(&HEADER),
    body: |probe| Box::pin(in_json_body(probe)),
    ..Case::PLAIN
};

async fn in_json_body(probe: &mut Probe) -> Steps {
    let tokens = probe.tokens().await?;
    let request = probe.protected().await?;
    let bearer = format!("Bearer {}", tokens.access);

    probe.row("params.access_token");
    let sent = request.clone().with_param("access_token", tokens.access.as_str().into());
    let reply = probe.mcp(sent.labelled("good token as params.access_token")).await?;
    probe.expect(&JSON_BODY_IS_IGNORED, &reply, not_served);

    probe.row("params._meta.authorization");
    let mut sent = request.labelled("good token as params._meta.authorization");
    if let Some(params) = sent.message.as_mut().and_then(|m| m.get_mut("params")) {
        params["_meta"]["authorization"] = bearer.into();
    }
    let reply = probe.mcp(sent).await?;
    probe.expect(&JSON_BODY_IS_IGNORED, &reply, not_served);
    Ok(())
}

pub(super) static COOKIE: Case = Case {
    id: "rs.credentials.cookie",
    title: "A token in a cookie does not let a request in",
    why: "Browsers add cookies to requests that other sites start; a token there opens the server to every page its user visits.",
    area: Area::RsValidation,
    covers: &[&COOKIE_IS_IGNORED],
    needs: NEEDS,
    control: Some(&HEADER),
    body: |probe| Box::pin(in_cookie(probe)),
    ..Case::PLAIN
};

async fn in_cookie(probe: &mut Probe) -> Steps {
    let tokens = probe.tokens().await?;
    let request = probe.protected().await?;
    for name in ["access_token", "token", "Authorization"] {
        probe.row(name);
        let cookie = format!("{name}={}", tokens.access);
        let reply =
            probe.mcp(request.clone().with_header("Cookie", &cookie).labelled("good token in a cookie")).await?;
        probe.expect(&COOKIE_IS_IGNORED, &reply, not_served);
    }
    Ok(())
}

pub(super) static OTHER_HEADERS: Case = Case {
    id: "rs.credentials.other-headers",
    title: "A token in another header does not let a request in",
    why: "Headers that proxies use among themselves are checked by nobody when a client sends them.",
    area: Area::RsValidation,
    covers: &[&OTHER_HEADERS_ARE_IGNORED],
    needs: NEEDS,
    control: Some(&HEADER),
    body: |probe| Box::pin(in_other_headers(probe)),
    ..Case::PLAIN
};

async fn in_other_headers(probe: &mut Probe) -> Steps {
    let tokens = probe.tokens().await?;
    let request = probe.protected().await?;
    let bearer = format!("Bearer {}", tokens.access);
    let headers = [
        ("Proxy-Authorization", &bearer),
        ("X-Authorization", &bearer),
        ("X-Forwarded-Access-Token", &tokens.access),
        ("X-Auth-Request-Access-Token", &tokens.access),
    ];
    for (name, value) in headers {
        probe.row(name);
        let reply =
            probe.mcp(request.clone().with_header(name, value).labelled(&format!("good token in {name}"))).await?;
        probe.expect(&OTHER_HEADERS_ARE_IGNORED, &reply, not_served);
    }
    Ok(())
}

pub(super) static IDENTITY_HEADERS: Case = Case {
    id: "rs.credentials.identity-headers",
    title: "A header that names a user does not stand for a token",
    why: "Behind a proxy such headers are trusted; without it anybody can be anyone.",
    area: Area::RsValidation,
    covers: &[&IDENTITY_HEADERS_PROVE_NOTHING],
    needs: &[Need::Protection],
    control: Some(&HEADER),
    body: |probe| Box::pin(identity_headers(probe)),
    ..Case::PLAIN
};

async fn identity_headers(probe: &mut Probe) -> Steps {
    let request = probe.protected().await?;
    let user = probe.settings().login.first.as_ref().map_or_else(|| "admin".into(), |u| u.name.clone());
    for name in ["X-Forwarded-User", "X-Auth-Request-User", "X-Remote-User"] {
        probe.row(name);
        let reply = probe.mcp(request.clone().with_header(name, &user).labelled(name)).await?;
        probe.expect(&IDENTITY_HEADERS_PROVE_NOTHING, &reply, not_served);
    }
    Ok(())
}
