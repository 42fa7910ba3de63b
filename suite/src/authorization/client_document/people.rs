//! What the user sees.

use std::collections::BTreeSet;

use proofmark_probe::form::{Button, Page};
use proofmark_probe::judge::{Judgement, holds, met};
use proofmark_probe::{Case, Journey, Probe, Reply, Steps, Stop};

use super::{AT_HOST, Own};
use crate::requirements::client_document::people::{CLIENT_HOST_SHOWN, LOCAL_CLIENT_WARNED, REDIRECT_HOST_SHOWN};

pub(super) static HOSTS: Case = Case {
    id: "as.client-document.hosts-shown",
    title: "The user sees who published the client, and where it sends her",
    why: "The name is what the client says of itself; the hosts are what nobody can choose.",
    covers: &[&REDIRECT_HOST_SHOWN, &CLIENT_HOST_SHOWN],
    body: |probe| Box::pin(hosts(probe)),
    ..AT_HOST
};

/// The page on which the user was asked, with its text.
fn consent_page(journey: &Journey) -> Option<(Reply, Page)> {
    let mut pages =
        journey.hops.iter().rev().filter(|hop| hop.is_html()).map(|hop| (hop.clone(), Page::read(&hop.text())));
    // A page to sign in on has a button that says yes, too; the one about the client comes last.
    pages.find(|(_, page)| page.forms.iter().any(|form| form.buttons.iter().any(Button::allows)))
}

fn none() -> Stop {
    Stop::not_applicable("no page asked the user about the client, or none that can be read without a browser")
}

async fn hosts(probe: &mut Probe) -> Steps {
    let redirect_host = probe.host("shown");
    let uri = format!("https://{redirect_host}/cb");
    let own = Own::new(probe, "hosts", |document| {
        document.with("redirect_uris", vec![uri.as_str()]).with("application_type", "web")
    })
    .await?;
    let journey = own.walk(probe, "what the user sees of a client").await?;
    let (reply, page) = consent_page(&journey).filter(|_| journey.code().is_some()).ok_or_else(none)?;
    probe.expect(&REDIRECT_HOST_SHOWN, &reply, |_| shows(&page, &redirect_host));
    let host = host_of(own.page.url()).to_owned();
    probe.expect(&CLIENT_HOST_SHOWN, &reply, |_| shows(&page, &host));
    Ok(())
}

fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or(rest);
    authority.rsplit_once(':').map_or(authority, |(host, _)| host)
}

fn shows(page: &Page, host: &str) -> Judgement {
    let text = format!("{} {}", page.title, page.text).to_lowercase();
    holds(text.contains(&host.to_lowercase()), format!("{host} on the page \"{}\"", page.title), "no such text")
        .and(|| met(format!("{host} is shown")))
}

pub(super) static LOCAL: Case = Case {
    id: "as.client-document.local-warning",
    title: "The user is warned of a client that lives on this machine alone",
    why: "Any program on the user's computer can listen where such a client would, and nobody can tell them apart.",
    covers: &[&LOCAL_CLIENT_WARNED],
    body: |probe| Box::pin(local(probe)),
    ..AT_HOST
};

async fn local(probe: &mut Probe) -> Steps {
    let uri = format!("https://{}/cb", probe.host("remote"));
    let remote = Own::new(probe, "client", |document| {
        document.with("redirect_uris", vec![uri.as_str()]).with("application_type", "web")
    })
    .await?;
    let local = Own::new(probe, "client", |document| document).await?;
    let seen_remote = remote.walk(probe, "a client with an https redirect URI").await?;
    let seen_local = local.walk(probe, "a client with a loopback redirect URI").await?;
    let (_, remote_page) = consent_page(&seen_remote).filter(|_| seen_remote.code().is_some()).ok_or_else(none)?;
    let (reply, local_page) = consent_page(&seen_local).filter(|_| seen_local.code().is_some()).ok_or_else(none)?;
    probe.expect(&LOCAL_CLIENT_WARNED, &reply, |_| says_more(&local_page, &remote_page));
    Ok(())
}

/// The page about the local client says something that the other does not, beside the addresses.
fn says_more(local: &Page, remote: &Page) -> Judgement {
    let words = |page: &Page| -> BTreeSet<String> {
        let words = page.text.split_whitespace().filter(|word| !word.contains("://"));
        words.map(|w| w.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase()).filter(|w| is_word(w)).collect()
    };
    let more: Vec<_> = words(local).difference(&words(remote)).cloned().collect();
    holds(
        !more.is_empty(),
        "words about a client on the user's own machine, which the page about another client does not have",
        format!("the same words on the page \"{}\"", local.title),
    )
    .and(|| met(format!("the page also says: {}", more.join(", "))))
}

/// Addresses, numbers and names of hosts differ anyway.
fn is_word(text: &str) -> bool {
    text.len() > 2 && text.chars().all(char::is_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(text: &str) -> Page {
        Page::read(&format!("<title>Consent</title><p>{text}</p>"))
    }

    #[test]
    fn a_host_is_looked_for_in_the_text() {
        assert_eq!(host_of("http://127.0.0.1:4/t/c.json"), "127.0.0.1");
        assert!(shows(&page("You are sent to Client.Example.test."), "client.example.test").is_met());
        assert!(!shows(&page("You are sent back."), "client.example.test").is_met());
    }

    #[test]
    fn a_warning_is_more_than_another_address() {
        let remote = page("Sent to https://a.example.test/cb. Allow?");
        assert!(says_more(&page("Sent to http://127.0.0.1:1/cb. Warning: on this computer. Allow?"), &remote).is_met());
        assert!(!says_more(&page("Sent to http://127.0.0.1:1/cb. Allow?"), &remote).is_met());
    }
}
