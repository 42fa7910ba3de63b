//! Client ID Metadata Documents: a client whose identifier is the URL of what it says about itself.
//!
//! Each case serves documents of its own, at URLs that nobody has seen before, and walks the flow to its end: a document may
//! be fetched at any step, so only the end tells. A refusal counts because a good document works.

mod address;
mod client;
mod content;
mod failure;
mod freshness;
mod inward;
mod people;
mod support;

use std::sync::Arc;

use proofmark_probe::documents::Part;
use proofmark_probe::host::{Page, Served};
use proofmark_probe::judge::{Judgement, no_code};
use proofmark_probe::model::Area;
use proofmark_probe::{Case, Client, ClientMetadata, Journey, Need, Probe, Stop};

/// The cases of this topic.
pub static CASES: &[&Case] = &[
    &support::TAKEN,
    &support::ADVERTISED,
    &support::WORKS,
    &support::CLEAN_FETCH,
    &address::FORM,
    &address::WITHOUT_PATH,
    &content::CLIENT_ID,
    &content::REQUIRED,
    &content::NOT_JSON,
    &content::MEDIA_TYPE,
    &content::SHARED_SECRET,
    &content::PUBLISHED_SECRET,
    &client::REDIRECT_URIS,
    &client::LOOPBACK_PORT,
    &client::CODE_BOUND,
    &client::KEYED,
    &client::NO_ASSERTION,
    &failure::STATUS,
    &failure::OTHER_SUCCESS,
    &failure::REDIRECT,
    &failure::SIZE,
    &failure::SLOW,
    &freshness::KEPT,
    &freshness::NOT_KEPT,
    &freshness::FAILURES,
    &freshness::REMOVED,
    &inward::DISGUISED,
    &inward::LOGO,
    &people::HOSTS,
    &people::LOCAL,
];

/// What the refusals of documents at our host have in common.
const AT_HOST: Case = Case {
    area: Area::Registration,
    needs: &[Need::CodeFlow, Need::DocumentHost],
    control: Some(&support::WORKS),
    ..Case::PLAIN
};

/// A client by a document of a case's own.
struct Own {
    client: Arc<Client>,
    page: Page,
    document: ClientMetadata,
}

impl Own {
    /// A public native client, with this change to its document.
    async fn new(
        probe: &Probe,
        name: &str,
        change: impl FnOnce(ClientMetadata) -> ClientMetadata,
    ) -> Result<Own, Stop> {
        let redirect_uri = probe.native_redirect_uri(name);
        let mut document = None;
        let page = probe
            .publish(&format!("{name}.json"), |url| {
                let members = change(Part::Public.document(url, &redirect_uri, &[]));
                let served = Served::value(members.members());
                document = Some(members);
                served
            })
            .await?;
        let document = document.ok_or_else(|| Stop::error("nothing was published"))?;
        Ok(Own { client: Arc::new(document.client(page.url())), page, document })
    }

    /// The good document, as it is served by default.
    fn good(&self) -> Served {
        Served::value(self.document.members())
    }

    /// Walks the client's flow to its end.
    async fn walk(&self, probe: &mut Probe, what: &str) -> Result<Journey, Stop> {
        walk(probe, &self.client, what).await
    }
}

/// Walks a client's flow to its end.
async fn walk(probe: &mut Probe, client: &Arc<Client>, what: &str) -> Result<Journey, Stop> {
    let request = probe.authorization(client).labelled(what);
    probe.walk(request).await
}

/// No code came, whatever was fetched.
fn refused<T>((journey, _): &(&Journey, &T)) -> Judgement {
    no_code(journey)
}
