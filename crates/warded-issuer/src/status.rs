//! Where does it stand whether a token was taken back, for guards that are not in this process?
//! (draft-ietf-oauth-status-list)
//!
//! Each token has a place in a list, which it shares with a million others: whoever fetches a list does not say which
//! token it saw. Lists are all of one size, so theirs says nothing of how many tokens are in one. Places are given out in
//! blocks, one after another, and in no order within one: a place says roughly when its token came, as the token itself does,
//! and not which of four thousand came first. The number of the newest list says how many millions of tokens there were.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use serde::Serialize;
use warded_core::{Issuer, UnixTime};
use warded_store::StatusIndex;

use crate::{AuthorizationServer, metadata::endpoint, refused::Refused};

mod flights;
mod list;
mod places;
mod serve;

use flights::Flights;
use places::Places;
pub(crate) use serve::status;

/// For how many seconds a list is served as it is: a revocation is in it after that at the latest.
const FRESH: i64 = 5;
/// For how many seconds whoever fetched a list may keep it (`ttl`), and after how many it is none any more (`exp`).
const TIME_TO_LIVE: u32 = 30;
const EXPIRES: u32 = 10 * 60;
/// Most bytes of lists that are kept as they are served. One without a revocation has some hundred.
const MOST_SERVED: usize = 32 * 1024 * 1024;

/// The status lists of one issuer.
#[derive(Default)]
pub(crate) struct StatusLists {
    places: Places,
    /// Those that were asked for a moment ago, and when they were made.
    served: Mutex<HashMap<u32, (UnixTime, Arc<str>)>>,
    /// Many who ask for one at once get the same.
    making: Flights,
}

/// The claim `status` of a token (draft-ietf-oauth-status-list §6.1).
#[derive(Serialize)]
pub(crate) struct StatusClaim {
    status_list: Reference,
}

#[derive(Serialize)]
struct Reference {
    idx: u32,
    uri: String,
}

/// The claim of a token.
pub(crate) fn claim(issuer: &Issuer, place: StatusIndex) -> StatusClaim {
    StatusClaim { status_list: Reference { idx: place.index, uri: place_of(issuer, place.list) } }
}

/// The URL of a list.
fn place_of(issuer: &Issuer, list: u32) -> String {
    endpoint(issuer, &format!("status/{list}"))
}

impl AuthorizationServer {
    /// A place for a new grant, or for a token that comes of none.
    pub(crate) async fn place(&self) -> Result<StatusIndex, Refused> {
        self.statuses.places.next(&*self.store, &self.issuer, &*self.random).await
    }

    /// The place that a token of ours names.
    pub(crate) fn place_at(&self, uri: &str, index: u64) -> Option<StatusIndex> {
        let (_, list) = uri.rsplit_once('/')?;
        let place = StatusIndex { list: list.parse().ok()?, index: u32::try_from(index).ok()? };
        (place_of(&self.issuer, place.list) == uri).then_some(place)
    }

    /// A list as it is served, made at most a few seconds ago; none where no token stands in it.
    async fn status_list(&self, list: u32) -> Result<Option<Arc<str>>, Refused> {
        if let Some(fresh) = self.statuses.fresh(list, self.clock.now()) {
            return Ok(Some(fresh));
        }
        let turn = self.statuses.making.of(list);
        let _making = turn.lock().await;
        let now = self.clock.now();
        if let Some(fresh) = self.statuses.fresh(list, now) {
            return Ok(Some(fresh));
        }
        if self.store.newest_list(&self.issuer).await?.is_none_or(|newest| list > newest) {
            return Ok(None);
        }
        let revoked = self.store.revoked_statuses(&self.issuer, list).await?;
        // Packing takes a millisecond or more. Most lists have nothing in them, the old ones above all, and strangers may ask
        // for all of them.
        let packed = if revoked.is_empty() {
            list::empty()
        } else {
            let packing = tokio::task::spawn_blocking(move || list::packed(&revoked).into());
            packing.await.map_err(|_| Refused::Unable)?
        };
        let claims = list::claims(&self.issuer, list, &packed, now);
        let signed = self.mint.sign_list(&claims, now, &*self.random)?;
        let made: Arc<str> = signed.as_str().into();
        self.statuses.keep(list, Arc::clone(&made), now);
        Ok(Some(made))
    }
}

impl StatusLists {
    fn fresh(&self, list: u32, now: UnixTime) -> Option<Arc<str>> {
        let served = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        served.get(&list).filter(|(at, _)| now.since(*at).abs() < FRESH).map(|(_, text)| Arc::clone(text))
    }

    fn keep(&self, list: u32, text: Arc<str>, now: UnixTime) {
        let mut served = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        served.retain(|_, (at, _)| now.since(*at).abs() < FRESH);
        let kept: usize = served.values().map(|(_, text)| text.len()).sum();
        if kept + text.len() <= MOST_SERVED {
            served.insert(list, (now, text));
        }
    }
}

impl fmt::Debug for StatusLists {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StatusLists")
    }
}
