//! Unknown, empty and repeated parameters of a token request.

use proofmark_probe::judge::{Judgement, holds, token_issued, token_refused};
use proofmark_probe::model::Area;
use proofmark_probe::{Case, Need, Probe, Reply, Steps, TokenRequest};

use super::TOKEN_IS_ISSUED;
use crate::authorization::refresh::refresh_request;
use crate::requirements::oauth21::token::{DUPLICATE_PARAM_REFUSED, EMPTY_PARAM_IS_ABSENT, UNKNOWN_PARAM_IGNORED};

pub(crate) static UNKNOWN: Case = Case {
    id: "as.token.unknown-parameter",
    title: "An unknown parameter does not spoil a token request",
    why: "Extensions add parameters; a server that refuses what it does not know breaks with each of them.",
    area: Area::Token,
    covers: &[&UNKNOWN_PARAM_IGNORED],
    needs: &[Need::CodeFlow],
    control: Some(&TOKEN_IS_ISSUED),
    body: |probe| Box::pin(unknown(probe)),
    ..Case::PLAIN
};

async fn unknown(probe: &mut Probe) -> Steps {
    let grant = probe.grant().await?;
    let request = grant.redeem().with("proofmark_unknown", "1").labelled("an unknown parameter");
    let reply = probe.token(&request).await?;
    probe.expect(&UNKNOWN_PARAM_IGNORED, &reply, token_issued);
    Ok(())
}

pub(crate) static EMPTY: Case = Case {
    id: "as.token.empty-parameter",
    title: "An empty parameter of a token request counts as left out",
    why: "Forms and libraries send empty parameters for values that nobody gave.",
    area: Area::Token,
    covers: &[&EMPTY_PARAM_IS_ABSENT],
    needs: &[Need::CodeFlow],
    control: Some(&TOKEN_IS_ISSUED),
    body: |probe| Box::pin(empty(probe)),
    ..Case::PLAIN
};

async fn empty(probe: &mut Probe) -> Steps {
    for name in ["scope", "resource"] {
        probe.row(name);
        let request = probe.grant().await?.redeem().with(name, "").labelled(&format!("empty {name}"));
        let reply = probe.token(&request).await?;
        if token_issued(&reply).is_met() {
            probe.expect(&EMPTY_PARAM_IS_ABSENT, &reply, token_issued);
            continue;
        }
        // It may be the absence that is refused, which is what an empty parameter stands for.
        let request = probe.grant().await?.redeem().without(name).labelled(&format!("without {name}"));
        let omitted = probe.token(&request).await?;
        probe.expect(&EMPTY_PARAM_IS_ABSENT, &(&reply, &omitted), |(empty, omitted)| same_outcome(empty, omitted));
    }
    Ok(())
}

fn same_outcome(empty: &Reply, omitted: &Reply) -> Judgement {
    holds(
        !token_issued(omitted).is_met(),
        "the same outcome as without the parameter, which is a token",
        format!("{} for the empty parameter", empty.summary()),
    )
}

pub(crate) static DUPLICATE: Case = Case {
    id: "as.token.duplicate-parameter",
    title: "A parameter that is sent twice spoils a token request",
    why: "Where a gateway reads the first value and the server the last, checks can be passed by.",
    area: Area::Token,
    covers: &[&DUPLICATE_PARAM_REFUSED],
    needs: &[Need::CodeFlow],
    control: Some(&TOKEN_IS_ISSUED),
    fresh_sign_ins: 2,
    body: |probe| Box::pin(duplicate(probe)),
    ..Case::PLAIN
};

async fn duplicate(probe: &mut Probe) -> Steps {
    for name in ["grant_type", "code", "client_id"] {
        let request = probe.grant().await?.redeem();
        if let Some(request) = with_twice(request, name) {
            probe.row(name);
            let reply = probe.token(&request).await?;
            probe.expect(&DUPLICATE_PARAM_REFUSED, &reply, token_refused);
        }
    }
    if probe.tokens().await?.refresh.is_none() {
        return Ok(());
    }
    let scope = probe.profile().scopes.all.join(" ");
    for name in ["refresh_token", "scope"] {
        let tokens = probe.own_tokens().await?;
        let request = refresh_request(probe, &tokens)?;
        let request = if scope.is_empty() { request } else { request.with("scope", &scope) };
        if let Some(request) = with_twice(request, name) {
            probe.row(name);
            let reply = probe.token(&request).await?;
            probe.expect(&DUPLICATE_PARAM_REFUSED, &reply, token_refused);
        }
    }
    Ok(())
}

/// The same request with a parameter sent twice; `None` where it is not among the parameters.
fn with_twice(request: TokenRequest, name: &str) -> Option<TokenRequest> {
    let label = format!("{name} twice");
    if name == "client_id" {
        // The identifier is added when the request is sent; here it has to stand beside another.
        let id = request.client.id.clone();
        let public = request.client.is_public();
        return public.then(|| request.without_client().with(name, &id).with_another(name, &id).labelled(&label));
    }
    let value = request.params.get(name)?.to_owned();
    Some(request.with_another(name, &value).labelled(&label))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_parameter_is_judged_by_its_absence() {
        let json = &[("content-type", "application/json")];
        let refused = Reply::canned(400, json, r#"{"error":"invalid_target"}"#);
        let issued = Reply::canned(200, json, r#"{"access_token":"t"}"#);
        assert!(same_outcome(&refused, &refused).is_met());
        assert!(!same_outcome(&refused, &issued).is_met());
    }
}
