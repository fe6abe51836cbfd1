//! With which keys does a client sign? Those in what is known of it, or those at its `jwks_uri`.

use std::sync::Arc;

use warded_client::fetch::{Fetch, Freshness};
use warded_core::jose::KeySet;

use super::{
    Client, Proof, Vouched,
    learned::{Bounded, Bounds, Learned},
    proof::{PublicKeys, usable},
};
use crate::{
    AuthorizationServer,
    refused::Refused,
    throttle::{Peer, Strangers},
};

const BOUNDS: Bounds = Bounds {
    bytes: 64 * 1024,
    held: 500,
    // A key that was withdrawn is believed for an hour at most.
    freshness: Freshness::new(10 * 60, 60, 60 * 60),
};
/// How often a place is asked again because somebody names a key that is not there.
const AGAIN_SECONDS: i64 = 30;

/// The key sets at the places that clients have theirs. What was fetched on the operator's word, perhaps from inside, is
/// not told on a stranger's.
#[derive(Debug)]
pub(crate) struct ClientKeys {
    by_operator: Learned<KeySet>,
    by_itself: Learned<KeySet>,
}

impl ClientKeys {
    /// `loopback`: the issuer itself is on loopback, so what is there are its neighbours.
    pub(crate) fn new(fetch: &Fetch, loopback: bool, strangers: Strangers) -> Self {
        let learned = |bounded| Learned::new(fetch, loopback, bounded, BOUNDS);
        // Bounded apart: whatever strangers have us fetch, the operator's programs come in.
        Self { by_operator: learned(Bounded::ByOutage), by_itself: learned(Bounded::ByPeer(strangers)) }
    }
}

impl AuthorizationServer {
    /// The keys of a client that signs. Where `kid` is not among those that are remembered, its place is asked anew, so
    /// that a key works that was published a moment ago. For a client that the operator did not add, call this only
    /// after it has presented something that was granted to it: anybody can name anybody's keys.
    pub(crate) async fn client_keys(
        &self,
        client: &Client,
        kid: Option<&str>,
        peer: Peer,
    ) -> Result<Arc<KeySet>, Refused> {
        let target = match client.proof() {
            Proof::Keys(PublicKeys::Here(keys)) => return Ok(Arc::clone(keys)),
            Proof::Keys(PublicKeys::At(target)) => target,
            Proof::None | Proof::Secret(_) => return Err(Refused::ClientUnproven),
        };
        let now = self.clock.now();
        let learned = match client.vouched {
            Vouched::Operator => &self.client_keys.by_operator,
            Vouched::Host(_) | Vouched::Nobody => &self.client_keys.by_itself,
        };
        if let Some(known) = learned.held(target, now)
            && (known.value.knows(kid) || now.since(known.asked_at) < AGAIN_SECONDS)
        {
            return Ok(known.value);
        }
        Ok(learned.ask(target, peer, now, Refused::ClientKeys, usable).await?.value)
    }
}
