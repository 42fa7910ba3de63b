//! What a case does with keys, registrations and documents of its own.

use super::Probe;
use crate::case::Stop;
use crate::client::{Client, ClientAuth, ClientKey, ClientKind, ClientMetadata};
use crate::documents::{Flaw, Part};
use crate::host::{Page, Served};
use crate::http::{HttpRequest, Reply};
use crate::world::Exhibit;

impl Probe {
    /// The client that the user gave for a part, whatever way clients come about in this run.
    #[must_use]
    pub fn given(&self, kind: ClientKind) -> Option<Client> {
        self.world.given_client(kind)
    }

    /// Sends a request to the registration endpoint, with the initial access token if there is one.
    ///
    /// # Errors
    /// An error of the network.
    pub async fn send_registration(&self, request: HttpRequest) -> Result<Reply, Stop> {
        self.send(self.world.entitled(request)).await
    }

    /// A key of our own making, in an algorithm that the server takes.
    ///
    /// # Errors
    /// As [`World::fresh_key`](crate::World::fresh_key).
    pub fn fresh_key(&self) -> Result<ClientKey, Stop> {
        self.world.fresh_key()
    }

    /// The metadata of a client that authenticates in a way that worked for another: with a key of its own where it takes one.
    ///
    /// # Errors
    /// As [`World::fresh_key`](crate::World::fresh_key)(crate::World::fresh_key).
    pub fn authenticated(&self, redirect_uri: &str, auth: ClientAuth) -> Result<ClientMetadata, Stop> {
        Ok(match auth {
            ClientAuth::PrivateKeyJwt => ClientMetadata::keyed(&[redirect_uri], self.fresh_key()?),
            auth => ClientMetadata::confidential(&[redirect_uri], auth),
        })
    }

    /// Puts a page at our host, at a path that nothing else has.
    ///
    /// # Errors
    /// As [`World::our_host`](crate::World::our_host).
    pub async fn publish(&self, name: &str, served: impl FnOnce(&str) -> Served) -> Result<Page, Stop> {
        self.world.publish(Some(self.case.id), name, served).await
    }

    /// Puts a page at the root of our host, where one stands at a time; `None` where a path stands before everything.
    ///
    /// # Errors
    /// As [`World::our_host`](crate::World::our_host).
    pub async fn publish_at_root(&self, served: impl FnOnce(&str) -> Served) -> Result<Option<Page>, Stop> {
        Ok(self.world.our_host().await?.put_at_root(Some(self.case.id), served))
    }

    /// Whether the target can reach our host.
    ///
    /// # Errors
    /// As [`World::reaches_host`](crate::World::reaches_host)(crate::World::reaches_host).
    pub fn reaches_host(&self) -> Result<(), Stop> {
        self.world.reaches_host()
    }

    /// A client by a good document.
    ///
    /// # Errors
    /// As [`World::document_of`](crate::World::document_of)(crate::World::document_of).
    pub async fn document_client(&self, part: Part) -> Result<Exhibit, Stop> {
        self.world.document_of(Some(self.case.id), part).await
    }

    /// A client by a document that has a flaw.
    ///
    /// # Errors
    /// As [`World::exhibit`](crate::World::exhibit).
    pub async fn exhibit(&self, flaw: Flaw) -> Result<Exhibit, Stop> {
        self.world.exhibit(Some(self.case.id), flaw).await
    }

    /// The redirect URI of a native client at our host.
    #[must_use]
    pub fn native_redirect_uri(&self, name: &str) -> String {
        self.world.redirect_uri_of(Part::Public, name)
    }
}
