//! What do URLs say that strangers named? Each is asked by one fetch at a time whoever waits for it, within bounds of
//! time, size and number, and of peers or of fetches; what it said is remembered for as long as it allows, and that it went
//! wrong is not, but for the second in which it is not asked again where nobody counts who asks.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::{Semaphore, watch};
use warded_client::fetch::{Fetch, FetchFailed, Fetched, Freshness, Reach, Target};
use warded_core::UnixTime;

use crate::{
    refused::Refused,
    throttle::{Peer, Strangers, network},
};

mod failures;

use failures::Failures;

/// Most fetches at once.
const AT_ONCE: usize = 32;
/// Most fetches that are under way or wait for their turn.
const MAX_ASKED: usize = 256;
/// Most of these that one peer caused: a slow host of its own must not be everybody's.
const PER_PEER: usize = 8;
/// Most that everybody in one /24 or /48 caused, who may be one with 65,536 addresses. Fewer than may be at once.
const PER_NETWORK: usize = 24;
/// How long a connection, and all of an answer, may take.
const CONNECT: Duration = Duration::from_secs(3);
const TOTAL: Duration = Duration::from_secs(5);

/// How much is learned.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Most bytes of one answer.
    pub(super) bytes: usize,
    /// Most answers that are remembered.
    pub(super) held: usize,
    /// For how long.
    pub(super) freshness: Freshness,
}

/// What bounds how often a URL is asked?
#[derive(Debug)]
pub(super) enum Bounded {
    /// Whoever causes it is counted: strangers name as many URLs as they like.
    ByPeer(Strangers),
    /// Time, where it went wrong: the operator wrote the URL down. Counted, what others have us fetch there would keep its
    /// program out for longer than the place is away.
    ByOutage,
}

/// What strangers' URLs said, read as a `T`.
#[derive(Debug)]
pub(super) struct Learned<T>(Arc<Desk<T>>);

#[derive(Debug)]
struct Desk<T> {
    fetch: Fetch,
    bounds: Bounds,
    bounded: Bounded,
    room: Semaphore,
    state: Mutex<State<T>>,
}

#[derive(Debug)]
struct State<T> {
    held: HashMap<Box<str>, Held<T>>,
    asked: HashMap<Box<str>, Asked<T>>,
    failures: Failures,
    /// Counts looks, so that the one that nobody looked at for longest is known.
    looks: u64,
}

#[derive(Debug)]
struct Held<T> {
    known: Known<T>,
    until: UnixTime,
    looked_at: u64,
}

/// A fetch under way, and who caused it.
#[derive(Debug)]
struct Asked<T> {
    peer: Peer,
    outcome: watch::Receiver<Option<Outcome<T>>>,
}

type Outcome<T> = Result<Known<T>, Refused>;

/// What a URL said, and when it was last asked.
#[derive(Debug)]
pub(super) struct Known<T> {
    pub(super) value: Arc<T>,
    pub(super) asked_at: UnixTime,
}

impl<T> Clone for Known<T> {
    fn clone(&self) -> Self {
        Self { value: Arc::clone(&self.value), asked_at: self.asked_at }
    }
}

impl<T: Send + Sync + 'static> Learned<T> {
    /// `loopback`: the issuer itself is on loopback, so what is there are its neighbours.
    pub(super) fn new(fetch: &Fetch, loopback: bool, bounded: Bounded, bounds: Bounds) -> Self {
        let reach = if loopback { Reach::public().with_loopback() } else { Reach::public() };
        let fetch = fetch.clone().with_reach(reach).with_body_limit(bounds.bytes);
        Self(Arc::new(Desk {
            fetch: fetch.with_time_limits(CONNECT, TOTAL),
            bounds,
            bounded,
            room: Semaphore::new(AT_ONCE),
            state: Mutex::new(State::new()),
        }))
    }

    /// What is remembered of a URL.
    pub(super) fn held(&self, target: &Target, now: UnixTime) -> Option<Known<T>> {
        let mut state = self.0.state();
        state.looks += 1;
        let looks = state.looks;
        let held = state.held.get_mut(target.as_str()).filter(|held| now < held.until)?;
        held.looked_at = looks;
        Some(held.known.clone())
    }

    /// Asks, or waits for who asks already. `read` makes something of the answer, or nothing: then the refusal is
    /// `unfit`, which is remembered as little as that nobody answered.
    pub(super) async fn ask(
        &self,
        target: &Target,
        peer: Peer,
        now: UnixTime,
        unfit: Refused,
        read: impl FnOnce(&[u8]) -> Option<T> + Send + 'static,
    ) -> Result<Known<T>, Refused> {
        let mut outcome = self.outcome(target, peer, now, unfit, read)?;
        let told = outcome.wait_for(Option::is_some).await;
        told.ok().and_then(|told| told.clone()).unwrap_or(Err(Refused::Unable))
    }

    fn outcome(
        &self,
        target: &Target,
        peer: Peer,
        now: UnixTime,
        unfit: Refused,
        read: impl FnOnce(&[u8]) -> Option<T> + Send + 'static,
    ) -> Result<watch::Receiver<Option<Outcome<T>>>, Refused> {
        let mut state = self.0.state();
        // A fetch ends with its runtime, and then nobody tells; whoever asks now is in another one.
        state.asked.retain(|_, asked| asked.outcome.has_changed().is_ok());
        if let Some(asked) = state.asked.get(target.as_str()) {
            return Ok(asked.outcome.clone());
        }
        let of =
            |is_by: &dyn Fn(Peer) -> bool| state.asked.values().filter(|asked| is_by(asked.peer)).count();
        if state.asked.len() >= MAX_ASKED {
            return Err(Refused::TooMany);
        }
        match &self.0.bounded {
            Bounded::ByPeer(strangers) => {
                let is_full =
                    of(&|by| by == peer) >= PER_PEER || of(&|by| network(by) == network(peer)) >= PER_NETWORK;
                if is_full || !strangers.may_have_fetched(peer, now) {
                    return Err(Refused::TooMany);
                }
            }
            Bounded::ByOutage => state.failures.at(target.as_str(), now).map_or(Ok(()), Err)?,
        }
        let (tell, outcome) = watch::channel(None);
        state.asked.insert(target.as_str().into(), Asked { peer, outcome: outcome.clone() });
        drop(state);
        let (desk, target) = (Arc::clone(&self.0), target.clone());
        // On its own: whoever hangs up must not take a fetch along that others wait for.
        tokio::spawn(async move {
            let answer = desk.fetched(&target, unfit).await;
            let learned = answer.and_then(|answer| {
                let value = read(&answer.body).ok_or(unfit)?;
                Ok((value, desk.bounds.freshness.of(&answer.headers)))
            });
            tell.send_replace(Some(desk.settle(&target, learned, now)));
        });
        Ok(outcome)
    }
}

impl<T> Desk<T> {
    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn fetched(&self, target: &Target, unfit: Refused) -> Result<Fetched, Refused> {
        let _room = self.room.acquire().await.map_err(|_| Refused::Unable)?;
        let fetched = self.fetch.get(target).await.and_then(|fetched| match fetched.status.as_u16() {
            200 => fetched.json().map(drop).map(|()| fetched),
            status => Err(FetchFailed::Status { host: target.host().into(), status }),
        });
        fetched.map_err(|failed| {
            tracing::info!(host = target.host(), error = %failed, "what a client names could not be read");
            if is_outage(&failed) { Refused::ClientUnreachable } else { unfit }
        })
    }

    /// Remembers what was learned. Of a failure that somebody asked, where something is remembered anyway; and the failure
    /// itself, where it is all that bounds who asks next.
    fn settle(&self, target: &Target, learned: Result<(T, u32), Refused>, now: UnixTime) -> Outcome<T> {
        let mut state = self.state();
        state.asked.remove(target.as_str());
        match learned {
            Ok((value, good_for)) => {
                let known = Known { value: Arc::new(value), asked_at: now };
                state.hold(target.as_str(), known.clone(), now, now.plus(good_for), self.bounds.held);
                Ok(known)
            }
            Err(refused) => {
                if let Some(held) = state.held.get_mut(target.as_str()) {
                    held.known.asked_at = now;
                }
                if matches!(self.bounded, Bounded::ByOutage) {
                    state.failures.enter(target.as_str(), refused, now);
                }
                Err(refused)
            }
        }
    }
}

impl<T> State<T> {
    fn new() -> Self {
        Self { held: HashMap::new(), asked: HashMap::new(), failures: Failures::default(), looks: 0 }
    }

    fn hold(&mut self, url: &str, known: Known<T>, now: UnixTime, until: UnixTime, most: usize) {
        self.held.remove(url);
        if self.held.len() >= most {
            self.held.retain(|_, held| now < held.until);
        }
        // Whoever fills this up pushes out what nobody looks at, first of all what it filled it up with.
        while self.held.len() >= most
            && let Some(oldest) = self.held.iter().min_by_key(|(_, held)| held.looked_at)
        {
            let oldest = oldest.0.clone();
            self.held.remove(&oldest);
        }
        self.looks += 1;
        self.held.insert(url.into(), Held { known, until, looked_at: self.looks });
    }
}

/// Whether it says nothing of the client: the other side may answer later, or TLS cannot be used here at all.
fn is_outage(failed: &FetchFailed) -> bool {
    failed.is_passing() || matches!(failed, FetchFailed::TlsSetup(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> UnixTime {
        UnixTime::from_seconds(1_800_000_000 + seconds)
    }

    fn state() -> State<&'static str> {
        State::new()
    }

    fn hold(state: &mut State<&'static str>, url: &'static str, now: UnixTime) {
        state.hold(url, Known { value: Arc::new(url), asked_at: now }, now, now.plus(600), 2);
    }

    #[test]
    fn what_nobody_looked_at_for_longest_makes_room() {
        let mut state = state();
        hold(&mut state, "a", at(0));
        hold(&mut state, "b", at(0));
        state.looks += 1;
        let looks = state.looks;
        state.held.get_mut("a").unwrap().looked_at = looks;
        hold(&mut state, "c", at(1));
        let mut urls: Vec<_> = state.held.keys().map(|url| &**url).collect();
        urls.sort_unstable();
        assert_eq!(urls, ["a", "c"]);
        hold(&mut state, "d", at(700));
        assert_eq!(state.held.len(), 1, "what is stale goes first");
    }
}
