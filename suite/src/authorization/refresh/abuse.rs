//! What is not a refresh token.

use proofmark_probe::judge::{Judgement, error_is, holds_no_tokens, oauth_error_shape, token_refused};
use proofmark_probe::model::Area;
use proofmark_probe::{Case, Need, Probe, Reply, Steps};

use super::refresh_request;
use super::working::REFRESH_IS_SERVED;
use crate::requirements::oauth21::refresh::{
    BAD_REFRESH_TOKEN_ERROR, BAD_REFRESH_TOKEN_IS_INVALID_GRANT, BAD_REFRESH_TOKEN_REFUSED,
    OTHER_KINDS_ARE_NO_REFRESH_TOKENS,
};

pub(crate) static BAD_TOKEN: Case = Case {
    id: "as.refresh.bad-token",
    title: "A refresh without a valid refresh token is refused",
    why: "Clients decide by the error whether to sign the user in again.",
    area: Area::Refresh,
    covers: &[&BAD_REFRESH_TOKEN_REFUSED, &BAD_REFRESH_TOKEN_ERROR, &BAD_REFRESH_TOKEN_IS_INVALID_GRANT],
    needs: &[Need::RefreshToken],
    control: Some(&REFRESH_IS_SERVED),
    fresh_sign_ins: 1,
    body: |probe| Box::pin(bad_token(probe)),
    ..Case::PLAIN
};

async fn bad_token(probe: &mut Probe) -> Steps {
    let tokens = probe.own_tokens().await?;
    let request = refresh_request(probe, &tokens)?;
    let token = tokens.refresh.clone().unwrap_or_default();
    let half: String = token.chars().take(token.chars().count() / 2).collect();
    let rows = [
        ("missing", request.clone().without("refresh_token")),
        ("empty", request.clone().with("refresh_token", "")),
        ("made up", request.clone().with("refresh_token", "proofmark-no-such-token")),
        ("truncated", request.with("refresh_token", &half)),
    ];
    for (row, request) in rows {
        probe.row(row);
        let reply = probe.token(&request.labelled(&format!("{row} refresh token"))).await?;
        probe.expect(&BAD_REFRESH_TOKEN_REFUSED, &reply, token_refused);
        probe.expect(&BAD_REFRESH_TOKEN_ERROR, &reply, says_what_is_wrong);
        if matches!(row, "made up" | "truncated") {
            probe.expect(&BAD_REFRESH_TOKEN_IS_INVALID_GRANT, &reply, error_is(&["invalid_grant"]));
        }
    }
    Ok(())
}

fn says_what_is_wrong(reply: &Reply) -> Judgement {
    oauth_error_shape(reply).and(|| error_is(&["invalid_grant", "invalid_request"])(reply))
}

pub(crate) static OTHER_KINDS: Case = Case {
    id: "as.refresh.other-kinds",
    title: "Neither an access token nor a code works as refresh token",
    why: "An access token that renews itself never ends, and whoever sees it once keeps it.",
    area: Area::Refresh,
    covers: &[&OTHER_KINDS_ARE_NO_REFRESH_TOKENS],
    needs: &[Need::RefreshToken],
    control: Some(&REFRESH_IS_SERVED),
    fresh_sign_ins: 1,
    body: |probe| Box::pin(other_kinds(probe)),
    ..Case::PLAIN
};

async fn other_kinds(probe: &mut Probe) -> Steps {
    let tokens = probe.own_tokens().await?;
    let code = probe.grant().await?.code;
    let request = refresh_request(probe, &tokens)?;
    for (row, value) in [("access token", tokens.access.clone()), ("code", code)] {
        probe.row(row);
        let reply = probe
            .token(&request.clone().with("refresh_token", &value).labelled(&format!("{row} as refresh token")))
            .await?;
        probe.expect(&OTHER_KINDS_ARE_NO_REFRESH_TOKENS, &reply, holds_no_tokens);
    }
    Ok(())
}
