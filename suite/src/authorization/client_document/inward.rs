//! Baits: addresses by which a server is talked into visiting itself. They lead to our own host and to nothing else.

use std::sync::Arc;

use proofmark_probe::documents::Part;
use proofmark_probe::host::{Fetch, Page, Served};
use proofmark_probe::judge::{Judgement, met};
use proofmark_probe::model::Requirement;
use proofmark_probe::{Case, Client, Probe, Steps, Stop, violated};

use super::{AT_HOST, walk};
use crate::requirements::client_document::address::{NO_DISGUISED_ADDRESS, NO_INWARD_LOGO, NO_LOCAL_NAME};

/// The other names of 127.0.0.1.
const NAMES: &[(&str, &str, &Requirement)] = &[
    ("one decimal number", "2130706433", &NO_DISGUISED_ADDRESS),
    ("hexadecimal", "0x7f.1", &NO_DISGUISED_ADDRESS),
    ("short", "127.1", &NO_DISGUISED_ADDRESS),
    ("mapped into IPv6", "[::ffff:127.0.0.1]", &NO_DISGUISED_ADDRESS),
    ("a dot at the end", "localhost.", &NO_DISGUISED_ADDRESS),
    ("a name below localhost", "proofmark.localhost", &NO_LOCAL_NAME),
];

pub(super) static DISGUISED: Case = Case {
    id: "as.client-document.disguised-address",
    title: "A document is not fetched from a disguised address of the own machine",
    why: "A filter that knows 127.0.0.1 by one name alone is no filter.",
    covers: &[&NO_DISGUISED_ADDRESS, &NO_LOCAL_NAME],
    body: |probe| Box::pin(disguised(probe)),
    ..AT_HOST
};

/// The URL under another name of this machine; `None` where our host is not on plain loopback.
fn renamed(url: &str, name: &str) -> Option<String> {
    let rest = url.strip_prefix("http://127.0.0.1:")?;
    Some(format!("http://{name}:{rest}"))
}

fn elsewhere() -> Stop {
    Stop::not_applicable("our host is not on plain loopback, and nothing else of this machine is ours to bait with")
}

async fn disguised(probe: &mut Probe) -> Steps {
    for (row, name, requirement) in NAMES {
        probe.row(*row);
        let redirect_uri = probe.native_redirect_uri(name);
        let mut id = None;
        let page = probe
            .publish("c.json", |url| {
                id = renamed(url, name);
                let id = id.as_deref().unwrap_or(url);
                Served::value(Part::Public.document(id, &redirect_uri, &[]).members())
            })
            .await?;
        let id = id.ok_or_else(elsewhere)?;
        let client = Arc::new(Client { id, redirect_uris: vec![redirect_uri], ..Client::default() });
        let journey = walk(probe, &client, &format!("client identifier at this machine, {row}")).await?;
        let visits = visits(&page);
        probe.expect(requirement, &(&journey, &visits), |(_, visits)| untouched(visits));
    }
    Ok(())
}

/// The fetches that were the server's own: a browser of the user fetches pictures by itself.
fn visits(page: &Page) -> Vec<Fetch> {
    page.fetches().into_iter().filter(|f| !f.header("user-agent").is_some_and(|a| a.contains("Mozilla/"))).collect()
}

fn untouched(visits: &[Fetch]) -> Judgement {
    match visits.first() {
        None => met("nobody came"),
        Some(fetch) => {
            let host = fetch.header("host").unwrap_or_default();
            violated("no visit", format!("the server came to {host}{}", fetch.target))
        }
    }
}

pub(super) static LOGO: Case = Case {
    id: "as.client-document.inward-logo",
    title: "A logo at a disguised address of the own machine is not fetched",
    why: "A document that is fetched with care may still point to where nobody looked.",
    covers: &[&NO_INWARD_LOGO],
    body: |probe| Box::pin(logo(probe)),
    ..AT_HOST
};

async fn logo(probe: &mut Probe) -> Steps {
    let bait = probe.publish("logo.png", |_| Served::json("").with_header("content-type", "image/png")).await?;
    let url = renamed(bait.url(), "127.1").ok_or_else(elsewhere)?;
    let own = super::Own::new(probe, "logo", |document| {
        document.with("logo_uri", url.as_str()).with("client_uri", url.as_str()).with("policy_uri", url.as_str())
    })
    .await?;
    let journey = own.walk(probe, "client document, with a logo on this machine").await?;
    let visits = visits(&bait);
    probe.expect(&NO_INWARD_LOGO, &(&journey, &visits), |(_, visits)| untouched(visits));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn baits_lead_to_our_own_host_alone() {
        assert_eq!(renamed("http://127.0.0.1:4/t/c.json", "127.1").as_deref(), Some("http://127.1:4/t/c.json"));
        for other in ["https://docs.example.test/t/c.json", "https://localhost:4/t", "http://10.0.0.1:4/t"] {
            assert_eq!(renamed(other, "127.1"), None, "{other}");
        }
    }
}
