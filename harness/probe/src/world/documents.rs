//! Clients by documents that we publish, at our own host or where the user put them.

use std::sync::Arc;

use super::{World, locked};
use crate::case::Stop;
use crate::client::{Client, ClientAuth, ClientKind};
use crate::documents::{Flaw, PUBLISHED_LOOPBACK, Part};
use crate::host::{Host, Page, Served};
use crate::settings::Way;

/// What makes our documents reachable.
const REACH: &str = "name the URL under which the target reaches this machine as `base_url` of [client_documents] (a tunnel, \
                     a reverse proxy), or publish what `proofmark client-metadata` writes and name its URL as `published`";

/// A client by a document that has a flaw.
#[derive(Clone)]
pub struct Exhibit {
    /// The client that the document would describe.
    pub client: Arc<Client>,
    /// The page, where our host serves it.
    pub page: Option<Page>,
}

impl World {
    /// Whether the server takes documents and can get at ours, be they changeable or not.
    ///
    /// # Errors
    /// Not applicable when the server does not claim it; blocked when it cannot reach us.
    pub fn takes_documents(&self) -> Result<(), Stop> {
        if self.profile.metadata.get("client_id_metadata_document_supported") != Some(&true.into()) {
            return Err(Stop::not_applicable("the authorization server does not take client metadata documents"));
        }
        if self.settings.clients.documents.published.is_some() { Ok(()) } else { self.reaches_host() }
    }

    /// Whether the target can reach our own host, whose documents can change.
    ///
    /// # Errors
    /// Blocked when it cannot, with what would help.
    pub fn reaches_host(&self) -> Result<(), Stop> {
        let documents = &self.settings.clients.documents;
        let listens_outside = documents.listen.is_some_and(|l| !l.ip().is_loopback() && !l.ip().is_unspecified());
        // Whoever publishes documents for a target on this machine knows that it cannot reach ours, as from a container.
        let is_near = self.profile.is_loopback() && documents.published.is_none();
        if documents.base_url.is_some() || is_near || listens_outside {
            return Ok(());
        }
        Err(match &documents.published {
            Some(_) => Stop::missing("documents that the user published do not change", REACH),
            None => Stop::missing("the target cannot reach a document on this machine", REACH),
        })
    }

    /// Says that the server refused our documents although it claims to take them: clients come about otherwise from now
    /// on. `false` when that was known, or when there is no other way.
    pub fn give_up_documents(&self) -> bool {
        let other = self.settings.clients.way.is_none() && self.profile.endpoints.registration.is_some();
        // Asked for before anything is locked: the answer looks at the same place.
        let by_document = self.way_to(ClientKind::Main).is_ok_and(|w| w == Way::Document);
        let news = other && by_document && !std::mem::replace(&mut *locked(&self.pools.documents_refused), true);
        if news {
            locked(&self.pools.clients).clear();
        }
        news
    }

    /// Our host, started when it is first needed.
    ///
    /// # Errors
    /// As [`Host::start`], and blocked when the target cannot reach it.
    pub async fn our_host(&self) -> Result<Arc<Host>, Stop> {
        self.reaches_host()?;
        let start =
            || async { Host::start(&self.settings.clients.documents, Arc::clone(&self.recorder)).await.map(Arc::new) };
        self.pools.host.get_or_init(start).await.clone()
    }

    /// Puts a page at a path that nothing else has.
    ///
    /// # Errors
    /// As [`World::our_host`].
    pub async fn publish(
        &self,
        case: Option<&str>,
        name: &str,
        served: impl FnOnce(&str) -> Served,
    ) -> Result<Page, Stop> {
        let host = self.our_host().await?;
        let count = {
            let mut count = locked(&self.pools.published);
            let entry = count.entry(case.unwrap_or("shared").to_owned()).or_default();
            *entry += 1;
            *entry
        };
        let token = self.rng(&format!("document {count} of {}", case.unwrap_or("shared"))).name(20);
        Ok(host.put(case, &token, name, served))
    }

    /// A client by a document with a flaw: a fresh one at our host, or the one that the user published.
    ///
    /// # Errors
    /// As [`World::our_host`].
    pub async fn exhibit(&self, case: Option<&str>, flaw: Flaw) -> Result<Exhibit, Stop> {
        if self.reaches_host().is_err()
            && let Some(base) = &self.settings.clients.documents.published
        {
            let id = format!("{}/{}", base.trim_end_matches('/'), flaw.file());
            let client = Client { id, redirect_uris: vec![PUBLISHED_LOOPBACK.into()], ..Client::default() };
            return Ok(Exhibit { client: Arc::new(client), page: None });
        }
        let redirect_uri = self.redirect_uri_of(Part::Public, flaw.name());
        let page = self.publish(case, &flaw.file(), |url| Served::json(flaw.text(url, &redirect_uri))).await?;
        let client = Client { id: page.url().to_owned(), redirect_uris: vec![redirect_uri], ..Client::default() };
        Ok(Exhibit { client: Arc::new(client), page: Some(page) })
    }

    /// The redirect URI of a document at our host.
    #[must_use]
    pub fn redirect_uri_of(&self, part: Part, name: &str) -> String {
        if part.is_native() {
            format!("http://127.0.0.1:{}/callback", self.loopback_port(&format!("document {name}")))
        } else {
            format!("https://{}/cb", self.host_name(name))
        }
    }

    /// The document by which a client of this kind can come about.
    pub(super) fn document_for(&self, kind: ClientKind) -> Result<Part, Stop> {
        if *locked(&self.pools.documents_refused) {
            return Err(Stop::blocked("the authorization server refused our client metadata document"));
        }
        self.takes_documents()?;
        match kind {
            ClientKind::Main => Ok(Part::Public),
            ClientKind::Second => Ok(Part::Second),
            ClientKind::Web => Ok(Part::Web),
            ClientKind::Confidential | ClientKind::Keyed if !self.lists_method(ClientAuth::PrivateKeyJwt) => {
                Err(Stop::not_applicable("the authorization server does not list private_key_jwt"))
            }
            ClientKind::Confidential | ClientKind::Keyed
                if self.reaches_host().is_err() && self.published_key().is_none() =>
            {
                Err(Stop::missing("the key of the published document is not known", "name it as `published_key`"))
            }
            ClientKind::Confidential | ClientKind::Keyed => Ok(Part::Confidential),
            ClientKind::Machine => Err(Stop::not_applicable("a document describes no machine client")),
        }
    }

    fn published_key(&self) -> Option<&str> {
        self.settings.clients.documents.published_key.as_deref()
    }

    pub(super) async fn document_client(&self, kind: ClientKind) -> Result<Client, Stop> {
        let exhibit = self.document_of(None, self.document_for(kind)?).await?;
        Ok(Client::clone(&exhibit.client))
    }

    /// A client by a good document: a fresh one at our host, or the one that the user published.
    ///
    /// # Errors
    /// As [`World::our_host`]; blocked when the server takes no key that can be made here.
    pub async fn document_of(&self, case: Option<&str>, part: Part) -> Result<Exhibit, Stop> {
        let published = self.settings.clients.documents.published.as_deref().filter(|_| self.reaches_host().is_err());
        let key = match (part, published, self.published_key()) {
            (Part::Confidential, Some(_), Some(text)) => {
                let mut key = self.key_of(text, "the published document", ClientKind::Keyed)?;
                // The document names it so.
                key.key = Arc::new(key.key.as_ref().clone().with_thumbprint());
                Some(key)
            }
            (Part::Confidential, _, _) => Some(self.fresh_key()?),
            _ => None,
        };
        let keys: Vec<_> = key.iter().map(|k| k.key.jwk()).collect();
        let (client, page) = match published {
            Some(base) => {
                let url = format!("{}/{}", base.trim_end_matches('/'), part.file());
                (part.document(&url, &part.published_redirect_uri(base), &keys).client(&url), None)
            }
            None => {
                let redirect_uri = self.redirect_uri_of(part, part.file());
                let document = |url: &str| part.document(url, &redirect_uri, &keys);
                let page = self.publish(case, part.file(), |url| Served::value(document(url).members())).await?;
                (document(page.url()).client(page.url()), Some(page))
            }
        };
        Ok(Exhibit { client: Arc::new(Client { key, ..client }), page })
    }
}
