//! What a URL must look like to be a client identifier.

use std::sync::Arc;

use proofmark_probe::documents::Part;
use proofmark_probe::host::Served;
use proofmark_probe::model::Requirement;
use proofmark_probe::{Case, Client, Probe, Steps, Stop};

use super::{AT_HOST, refused, walk};
use crate::requirements::client_document::address::{
    HAS_PATH, NO_DOT_SEGMENTS, NO_ENCODED_DOTS, NO_FRAGMENT, NO_USERINFO,
};

/// What a row is called, the identifier as a template over `{scheme}`, `{authority}` and `{path}` of a good one, and the rule.
type Row = (&'static str, &'static str, &'static Requirement);

const ROWS: &[Row] = &[
    ("parent segment", "{scheme}://{authority}/x/..{path}", &NO_DOT_SEGMENTS),
    ("own segment", "{scheme}://{authority}/.{path}", &NO_DOT_SEGMENTS),
    ("parent segment, encoded", "{scheme}://{authority}/x/%2e%2e{path}", &NO_ENCODED_DOTS),
    ("fragment", "{scheme}://{authority}{path}#x", &NO_FRAGMENT),
    ("user and password", "{scheme}://u:p@{authority}{path}", &NO_USERINFO),
    ("a host for a user", "{scheme}://known.example@{authority}{path}", &NO_USERINFO),
];

pub(super) static FORM: Case = Case {
    id: "as.client-document.address-form",
    title: "A client identifier with dot segments, fragment or user information is refused",
    why: "Two spellings of one address are two clients to a user, and one to a server that tidies up.",
    covers: &[&NO_DOT_SEGMENTS, &NO_ENCODED_DOTS, &NO_FRAGMENT, &NO_USERINFO],
    body: |probe| Box::pin(form(probe)),
    ..AT_HOST
};

async fn form(probe: &mut Probe) -> Steps {
    for (row, template, requirement) in ROWS {
        probe.row(*row);
        let redirect_uri = probe.native_redirect_uri(row);
        let mut id = String::new();
        // The document repeats the identifier to the letter, so that its form alone is wrong.
        let page = probe
            .publish("c.json", |url| {
                id = fill(template, url);
                Served::value(Part::Public.document(&id, &redirect_uri, &[]).members())
            })
            .await?;
        let client = Arc::new(Client { id, redirect_uris: vec![redirect_uri], ..Client::default() });
        let journey = walk(probe, &client, &format!("client identifier with {row}")).await?;
        probe.expect(requirement, &(&journey, &page.fetches()), refused);
    }
    Ok(())
}

fn fill(template: &str, url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("https", url));
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    template.replace("{scheme}", scheme).replace("{authority}", authority).replace("{path}", path)
}

pub(super) static WITHOUT_PATH: Case = Case {
    id: "as.client-document.address-without-path",
    title: "A client identifier without a path is refused",
    why: "A host that may be anybody's page is not a client for that.",
    covers: &[&HAS_PATH],
    body: |probe| Box::pin(without_path(probe)),
    ..AT_HOST
};

async fn without_path(probe: &mut Probe) -> Steps {
    let redirect_uri = probe.native_redirect_uri("root");
    let document = |url: &str| Served::value(Part::Public.document(url, &redirect_uri, &[]).members());
    let Some(page) = probe.publish_at_root(document).await? else {
        return Err(Stop::not_applicable("our host is below a path, so no identifier of ours is without one"));
    };
    let id = page.url().to_owned();
    let client = Arc::new(Client { id, redirect_uris: vec![redirect_uri.clone()], ..Client::default() });
    let journey = walk(probe, &client, "client identifier without path").await?;
    probe.expect(&HAS_PATH, &(&journey, &page.fetches()), refused);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_is_another_spelling_of_one_address() {
        let made: Vec<_> = ROWS.iter().map(|(_, template, _)| fill(template, "http://127.0.0.1:1/t/c.json")).collect();
        assert_eq!(made[0], "http://127.0.0.1:1/x/../t/c.json");
        assert_eq!(made[1], "http://127.0.0.1:1/./t/c.json");
        assert_eq!(made[5], "http://known.example@127.0.0.1:1/t/c.json");
        assert!(made.iter().all(|id| id.contains("/t/c.json")));
    }
}
