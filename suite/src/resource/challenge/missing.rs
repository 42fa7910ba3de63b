//! Requests without credentials.

use proofmark_probe::forge::basic;
use proofmark_probe::judge::{challenge_omits, refused_over_http, status_is, when_status};
use proofmark_probe::model::Area;
use proofmark_probe::{Case, Need, Probe, Steps};

use crate::requirements::mcp::challenge::{NO_CREDENTIALS_IS_401, REFUSAL_IS_HTTP};
use crate::requirements::oauth21::bearer::NO_ERROR_WITHOUT_CREDENTIALS;
use crate::resource::credentials::HEADER;

pub(super) static NO_CREDENTIALS: Case = Case {
    id: "rs.challenge.no-credentials",
    title: "A request without a token is answered 401",
    why: "The 401 is what makes a client sign in; any other answer leaves its user in front of a closed door.",
    area: Area::Challenge,
    covers: &[&NO_CREDENTIALS_IS_401, &REFUSAL_IS_HTTP],
    needs: &[Need::Protection],
    control: Some(&HEADER),
    body: |probe| Box::pin(no_credentials(probe)),
    ..Case::PLAIN
};

async fn no_credentials(probe: &mut Probe) -> Steps {
    let request = probe.protected().await?;

    probe.row("no Authorization header");
    let reply = probe.mcp(request.clone().labelled("no Authorization header")).await?;
    probe.expect(&NO_CREDENTIALS_IS_401, &reply, status_is(&[401]));
    probe.expect(&REFUSAL_IS_HTTP, &reply, refused_over_http);

    probe.row("Basic credentials");
    let credentials = basic("proofmark", "worthless");
    let reply = probe.mcp(request.authorization(&credentials).labelled("worthless Basic credentials")).await?;
    probe.expect(&NO_CREDENTIALS_IS_401, &reply, status_is(&[401]));
    probe.expect(&REFUSAL_IS_HTTP, &reply, refused_over_http);
    Ok(())
}

pub(super) static NO_ERROR_CODE: Case = Case {
    id: "rs.challenge.no-error-code",
    title: "A request without a token draws a challenge without an error code",
    why: "Clients read invalid_token as the end of the token they hold; nobody's token has ended here.",
    area: Area::Challenge,
    covers: &[&NO_ERROR_WITHOUT_CREDENTIALS],
    needs: &[Need::Protection],
    body: |probe| Box::pin(no_error_code(probe)),
    ..Case::PLAIN
};

async fn no_error_code(probe: &mut Probe) -> Steps {
    let request = probe.protected().await?;
    let reply = probe.mcp(request.labelled("no Authorization header")).await?;
    probe.expect(&NO_ERROR_WITHOUT_CREDENTIALS, &reply, when_status(&[401], challenge_omits(&["error"])));
    Ok(())
}
