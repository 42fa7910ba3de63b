//! The query counts, and a fragment never belongs.

use proofmark_probe::model::Area;
use proofmark_probe::{Case, ClientKind, ClientMetadata, Need, Probe, Steps, Stop};

use super::registered::WEB_WORKS;
use super::{Row, Rules};
use crate::requirements::oauth21::redirect_uri::{QUERY, UNREGISTERED, USER_IS_TOLD};

const RULES: Rules = Rules { destination: &UNREGISTERED, spelling: &QUERY };

pub(super) static ADDED: Case = Case {
    id: "as.redirect-uri.query-added",
    title: "A redirect URI with a query or fragment that was not registered is refused",
    why: "Whoever may add to the query can plant a second code or steer an open redirect of the client.",
    area: Area::RedirectUri,
    covers: &[&UNREGISTERED, &QUERY, &USER_IS_TOLD],
    needs: &[Need::CodeFlow, Need::WebClient],
    control: Some(&WEB_WORKS),
    body: |probe| Box::pin(RULES.refuse(probe, ClientKind::Web, ADDITIONS)),
    ..Case::PLAIN
};

const ADDITIONS: &[Row] = &[
    ("a query", "{R}?x=1"),
    ("a question mark", "{R}?"),
    ("a code of someone else", "{R}?code=planted&state=planted"),
    ("a fragment", "{R}#x"),
    ("an empty fragment", "{R}#"),
    ("an encoded fragment", "{R}%23x"),
];

pub(super) static CHANGED: Case = Case {
    id: "as.redirect-uri.query-changed",
    title: "A redirect URI whose registered query is changed is refused",
    why: "The query of a redirect URI tells tenants or environments apart; a code for one must not go to another.",
    area: Area::RedirectUri,
    covers: &[&UNREGISTERED, &QUERY, &USER_IS_TOLD],
    needs: &[Need::CodeFlow, Need::Registration],
    control: Some(&WEB_WORKS),
    body: |probe| Box::pin(changed(probe)),
    ..Case::PLAIN
};

const CHANGES: &[Row] = &[
    ("another value", "{origin}{path}?a=2&b=2"),
    ("no query", "{origin}{path}"),
    ("one parameter more", "{R}&x=1"),
    ("one parameter less", "{origin}{path}?a=1"),
    ("another order", "{origin}{path}?b=2&a=1"),
];

async fn changed(probe: &mut Probe) -> Steps {
    let uri = format!("https://{}/cb?a=1&b=2", probe.host("client"));
    let client = probe.registered(ClientMetadata::web(&[&uri]).labelled("a redirect URI with a query")).await?;
    // Whether the query is kept is judged by itself; here it counts that the registered URI is served at all.
    let good = probe.authorization(&client);
    let good = probe.walk(good).await?;
    if good.code().is_none() {
        return Err(Stop::blocked(format!("a registered redirect URI with a query ended in {}", good.describe())));
    }
    RULES.refuse_for(probe, &client, CHANGES).await
}
