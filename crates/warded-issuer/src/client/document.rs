//! What does the URL say whose text is the client's id (client id metadata documents)?
//!
//! The URL comes from whoever opens our authorization page, so it is fetched like any stranger's: public
//! addresses only, no redirects, five kilobytes, nothing remembered of an error, and so many per peer.

use std::sync::Arc;

use warded_client::fetch::{Fetch, Freshness, Target};
use warded_core::{ResourceUri, UnixTime};

use super::{
    Client,
    learned::{Bounded, Bounds, Learned},
};
use crate::{
    ClientDocuments, OpenFailed, Policy,
    refused::Refused,
    throttle::{Peer, Strangers},
};

mod read;
mod trust;

use read::read;
use trust::Trust;

const BOUNDS: Bounds = Bounds {
    bytes: Fetch::CLIENT_METADATA_LIMIT,
    held: 1000,
    // A description that changed is another question to people, so it is looked at again within the hour.
    freshness: Freshness::new(10 * 60, 60, 60 * 60),
};

/// Fetches and remembers descriptions.
#[derive(Debug)]
pub(crate) struct Documents {
    loopback: bool,
    trust: Trust,
    schemes: Arc<[String]>,
    learned: Learned<Client>,
}

impl Documents {
    /// None where the operator trusts no document. `loopback`: the issuer itself is on loopback, so clients there are its
    /// neighbours.
    pub(crate) fn open(
        fetch: &Fetch,
        loopback: bool,
        policy: &Policy,
        strangers: Strangers,
    ) -> Result<Option<Self>, OpenFailed> {
        let ClientDocuments::At(domains) = &policy.client_documents else { return Ok(None) };
        Ok(Some(Self {
            loopback,
            trust: Trust::of(domains)?,
            schemes: policy.app_schemes.as_slice().into(),
            learned: Learned::new(fetch, loopback, Bounded::ByPeer(strangers), BOUNDS),
        }))
    }

    /// The client that the document at `id` describes.
    pub(crate) async fn client(&self, id: &str, peer: Peer, now: UnixTime) -> Result<Client, Refused> {
        let target = self.target(id)?;
        if !self.trust.admits(target.host()) {
            return Err(Refused::ClientUntrusted);
        }
        if let Some(known) = self.learned.held(&target, now) {
            return Ok(Client::clone(&known.value));
        }
        let (id, host, schemes) = (id.to_owned(), target.host().to_owned(), Arc::clone(&self.schemes));
        let read = move |text: &[u8]| read(text, &id, &host, &schemes);
        let known = self.learned.ask(&target, peer, now, Refused::ClientDocument, read).await?;
        Ok(Client::clone(&known.value))
    }

    /// An id that can be fetched: https with a path, in the one spelling that all parsers agree on. Two
    /// spellings would be two clients with one document.
    fn target(&self, id: &str) -> Result<Target, Refused> {
        let url = ResourceUri::parse(id).map_err(|_| Refused::ClientUnknown)?;
        let is_fit = url.as_str() == id && !matches!(url.path_and_query(), "" | "/");
        if !is_fit || (url.is_plain_http() && !self.loopback) {
            return Err(Refused::ClientUnknown);
        }
        Target::learned(id).map_err(|_| Refused::ClientUnknown)
    }
}

#[cfg(test)]
mod tests {
    use warded_client::fetch::Reach;

    use super::*;

    #[test]
    fn an_id_has_one_spelling() {
        let fetch = Fetch::new(Reach::public()).unwrap();
        let open = |loopback| Documents::open(&fetch, loopback, &Policy::default(), Strangers::default());
        let (public, local) = (open(false).unwrap().unwrap(), open(true).unwrap().unwrap());
        assert!(public.target("https://app.example.com/client.json").is_ok());
        assert!(public.target("http://127.0.0.1:1/client.json").is_err());
        assert!(local.target("http://127.0.0.1:1/client.json").is_ok());
        for id in [
            "https://app.example.com",
            "https://app.example.com/",
            "https://APP.example.com/client.json",
            "https://app.example.com:443/client.json",
            "https://app.example.com/a/../client.json",
            "https://u@app.example.com/client.json",
            "https://app.example.com/client.json#x",
            "https://app.example.com./client.json",
            "http://app.example.com/client.json",
        ] {
            assert!(local.target(id).is_err(), "{id}");
        }
    }
}
