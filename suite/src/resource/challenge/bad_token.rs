//! Tokens that were never good.

use proofmark_probe::judge::{challenge_names, refused_over_http, status_is, when_status};
use proofmark_probe::model::Area;
use proofmark_probe::{Case, Need, Probe, Steps};

use crate::requirements::mcp::challenge::{BAD_TOKEN_IS_401, REFUSAL_IS_HTTP};
use crate::requirements::oauth21::bearer::BAD_TOKEN_IS_NAMED;
use crate::resource::credentials::HEADER;

pub(super) static BAD_TOKEN: Case = Case {
    id: "rs.challenge.bad-token",
    title: "A token that was never issued is answered 401",
    why: "A client whose token has died gets another one when it sees a 401, and gives up when it sees anything else.",
    area: Area::Challenge,
    covers: &[&BAD_TOKEN_IS_401, &REFUSAL_IS_HTTP],
    needs: &[Need::Protection],
    control: Some(&HEADER),
    body: |probe| Box::pin(bad_token(probe)),
    ..Case::PLAIN
};

async fn bad_token(probe: &mut Probe) -> Steps {
    let request = probe.protected().await?;
    let random = probe.rng().word();
    let tokens = [("x", "one letter"), ("not-a-token", "a word"), ("a.b.c", "three parts"), (&random, "a random word")];
    for (token, what) in tokens {
        probe.row(what);
        let reply = probe.mcp(request.clone().bearer(token).labelled(what)).await?;
        probe.expect(&BAD_TOKEN_IS_401, &reply, status_is(&[401]));
        probe.expect(&REFUSAL_IS_HTTP, &reply, refused_over_http);
    }
    Ok(())
}

pub(super) static INVALID_TOKEN_CODE: Case = Case {
    id: "rs.challenge.invalid-token-code",
    title: "The challenge for a bad token says invalid_token",
    why: "Clients tell by the code whether to get a new token or to ask for more scope.",
    area: Area::Challenge,
    covers: &[&BAD_TOKEN_IS_NAMED],
    needs: &[Need::Protection],
    body: |probe| Box::pin(invalid_token_code(probe)),
    ..Case::PLAIN
};

async fn invalid_token_code(probe: &mut Probe) -> Steps {
    let request = probe.protected().await?;
    let token = probe.rng().word();
    let reply = probe.mcp(request.bearer(&token).labelled("a token that was never issued")).await?;
    probe.expect(&BAD_TOKEN_IS_NAMED, &reply, when_status(&[401], challenge_names("error", &["invalid_token"])));
    Ok(())
}
