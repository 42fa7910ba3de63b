//! Where a sign-in may lead.

use super::{Pools, locked};
use crate::agent::Territory;

/// The origins of the authorization server, with leave to take more in or without.
pub(super) struct Origins<'a> {
    pub(super) pools: &'a Pools,
    pub(super) may_annex: bool,
    pub(super) loopback: bool,
}

impl Territory for Origins<'_> {
    fn holds(&self, origin: &str) -> bool {
        locked(&self.pools.origins).contains(origin)
    }

    fn annex(&self, origin: &str) -> bool {
        let same_ground = origin.starts_with("https://") || self.loopback && is_loopback_origin(origin);
        let annexed = self.may_annex && same_ground;
        if annexed {
            locked(&self.pools.origins).insert(origin.to_owned());
        }
        annexed
    }

    fn origins(&self) -> Vec<String> {
        locked(&self.pools.origins).iter().cloned().collect()
    }
}

fn is_loopback_origin(origin: &str) -> bool {
    ["http://127.0.0.1", "http://localhost", "http://[::1]"].iter().any(|o| origin.starts_with(o))
}
