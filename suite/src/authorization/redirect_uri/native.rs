//! Private-use schemes of native applications.

use proofmark_probe::model::Area;
use proofmark_probe::{Case, ClientMetadata, Need, Probe, Steps, Stop};

use super::registered::LOOPBACK_WORKS;
use super::{Row, Rules};
use crate::requirements::oauth21::redirect_uri::{SPELLING, USER_IS_TOLD};
use crate::requirements::rfc8252::PRIVATE_SCHEME;

pub(super) static PRIVATE_SCHEME_EXACT: Case = Case {
    id: "as.redirect-uri.private-scheme",
    title: "A redirect URI with a private-use scheme is compared in full",
    why: "Another application can claim the same scheme; the rest of the URI is what the client registered.",
    area: Area::RedirectUri,
    covers: &[&PRIVATE_SCHEME, &SPELLING, &USER_IS_TOLD],
    needs: &[Need::CodeFlow, Need::Registration],
    control: Some(&LOOPBACK_WORKS),
    body: |probe| Box::pin(private_scheme(probe)),
    ..Case::PLAIN
};

const REGISTERED: &str = "com.example.proofmark:/cb";

const ROWS: &[Row] = &[
    ("a longer path", "com.example.proofmark:/cb2"),
    ("a host instead of a path", "com.example.proofmark://cb"),
    ("another path", "com.example.proofmark:/"),
    ("the scheme in other case", "com.example.Proofmark:/cb"),
];

async fn private_scheme(probe: &mut Probe) -> Steps {
    let registration = probe.register(ClientMetadata::native(&[REGISTERED]).labelled("a private-use scheme")).await?;
    let Some(client) = registration.client.map(std::sync::Arc::new) else {
        let answer = registration.reply.summary();
        return Err(Stop::not_applicable(format!("the server registers no private-use scheme ({answer})")));
    };
    let good = probe.authorization(&client);
    probe.authorize(good).await?;
    Rules { destination: &PRIVATE_SCHEME, spelling: &SPELLING }.refuse_for(probe, &client, ROWS).await
}
