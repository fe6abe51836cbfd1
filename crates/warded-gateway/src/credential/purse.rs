//! Who asks for tokens, and where are they kept? A task for each caller, so that no request that is hung up takes a
//! question with it that others wait for; and one bounded memory for all servers.

use std::{
    collections::HashMap,
    fmt,
    hash::RandomState,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use quick_cache::{
    Weighter,
    sync::{Cache, DefaultLifecycle},
};
use tokio::{
    sync::{Semaphore, watch},
    time::timeout,
};
use warded_client::onward::{Blame, GrantFailed, Granted, Grantor, Subject};
use warded_core::{Fault, Residue, UnixTime, VerifiedToken};
use warded_guard::Stop;

use super::{
    coin::{Coin, Whose},
    ledger::{Entry, Failure, InVain, Ledger, Outcome, Who},
};
use crate::{echo::Told, session::Owner};

/// Questions at once at one issuer.
const AT_ONCE: usize = 32;
/// How long a question waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);
/// How old a token must be, in seconds, to be doubted because the server behind refused it: one that refuses them all
/// makes each call ask for another otherwise.
const DOUBTED_AFTER: i64 = 10;
/// About how much a token takes in the memory.
const USUAL: usize = 3 * 1024;

/// On whose behalf tokens are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are two ways, and whoever configures one must know both")]
pub enum Grant {
    /// On Warded's own (RFC 6749 §4.4).
    ClientCredentials,
    /// On the caller's, for the caller's token (RFC 8693).
    TokenExchange,
}

/// Tokens for servers behind, of all servers of a process.
///
/// There is a bound on what they take; what is forgotten is asked for again. A caller's is found by the digest of the
/// caller's own token, so it is of no use once that is refused.
pub struct Purses {
    coins: Cache<Key, Arc<Coin>, Weigh, RandomState, DefaultLifecycle<Key, Arc<Coin>>>,
    seats: AtomicU64,
    told: Mutex<Known>,
}

/// What servers were shown, by their names and on whose behalf.
type Known = HashMap<(Box<str>, Whose), Weak<Told>>;

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    seat: u64,
    whose: Whose,
}

#[derive(Clone)]
struct Weigh;

impl Weighter<Key, Arc<Coin>> for Weigh {
    fn weight(&self, _: &Key, coin: &Arc<Coin>) -> u64 {
        coin.bytes() as u64 + size_of::<Key>() as u64
    }
}

impl Purses {
    /// How much memory tokens take at most unless somebody says otherwise, in bytes.
    pub const BYTES: usize = 64 * 1024 * 1024;

    /// Keeps tokens in at most so many bytes.
    pub fn of(bytes: usize) -> Arc<Self> {
        let coins =
            Cache::with(bytes / USUAL, bytes as u64, Weigh, RandomState::new(), DefaultLifecycle::default());
        Arc::new(Self { coins, seats: AtomicU64::new(0), told: Mutex::default() })
    }

    /// What a server was shown for a caller, or for all: for as long as a token is kept or a stream lasts.
    pub(super) fn told(&self, server: &str, whose: Whose) -> Arc<Told> {
        let mut known = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() == known.capacity() {
            // Before it grows: those that nobody needs any more make room.
            known.retain(|_, told| told.strong_count() > 0);
            let room = known.len().max(64);
            known.reserve(room);
        }
        let kept = known.entry((server.into(), whose)).or_default();
        kept.upgrade().unwrap_or_else(|| {
            let told = Arc::default();
            *kept = Arc::downgrade(&told);
            told
        })
    }

    /// How many tokens are kept now.
    pub fn tokens(&self) -> usize {
        self.coins.len()
    }
}

impl fmt::Debug for Purses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Purses").field("tokens", &self.tokens()).finish_non_exhaustive()
    }
}

/// The tokens for one server behind.
pub(super) struct Purse {
    purses: Arc<Purses>,
    /// A purse that is made anew has another one, so that no token outlives the configuration that it was got by.
    seat: u64,
    grantor: Grantor,
    grant: Grant,
    /// What the server behind was shown that is nobody's but Warded's.
    told: Arc<Told>,
    turns: Semaphore,
    ledger: Mutex<Ledger<Arc<Coin>>>,
}

type Telling = watch::Sender<Option<Outcome<Arc<Coin>>>>;
type Hearing = watch::Receiver<Option<Outcome<Arc<Coin>>>>;

/// What is known of a token that was not at hand.
enum Heard {
    /// It came meanwhile.
    Coin(Arc<Coin>),
    /// Somebody is asking for it.
    Soon(Hearing),
}

/// What one question is about.
struct Question {
    whose: Whose,
    who: Who,
    subject: Option<Subject>,
    subject_ends: Option<UnixTime>,
}

impl Purse {
    pub(super) fn new(purses: &Arc<Purses>, grantor: Grantor, grant: Grant) -> Arc<Self> {
        Arc::new(Self {
            purses: Arc::clone(purses),
            seat: purses.seats.fetch_add(1, Relaxed),
            told: purses.told(grantor.server(), None),
            grantor,
            grant,
            turns: Semaphore::new(AT_ONCE),
            ledger: Mutex::default(),
        })
    }

    /// A token for a call of this caller, whose own was verified for this very call.
    pub(super) async fn coin(
        self: &Arc<Self>,
        caller: &VerifiedToken,
        residue: &Residue,
    ) -> Result<Arc<Coin>, Stop> {
        let now = self.now();
        let whose = match self.grant {
            Grant::ClientCredentials => None,
            Grant::TokenExchange => Some(caller.digest()),
        };
        if let Some(coin) = self.kept(whose, now) {
            if coin.is_due(now) {
                // Whether that works out shows when this one has ended.
                drop(self.hear(whose, caller, residue, now));
            }
            return Ok(coin);
        }
        let mut hearing = match self.hear(whose, caller, residue, now)? {
            Heard::Coin(coin) => return Ok(coin),
            Heard::Soon(hearing) => hearing,
        };
        let outcome = hearing.wait_for(Option::is_some).await.ok().and_then(|outcome| outcome.clone());
        match outcome {
            Some(Ok(coin)) => Ok(coin),
            Some(Err(failure)) => Err(failure.fault.into()),
            None => Err(Fault::UpstreamCredentialUnavailable.into()),
        }
    }

    /// Sees to it that somebody asks; where a token has come meanwhile, that one.
    fn hear(
        self: &Arc<Self>,
        whose: Whose,
        caller: &VerifiedToken,
        residue: &Residue,
        now: UnixTime,
    ) -> Result<Heard, Stop> {
        let who = self.who(caller);
        let mut ledger = self.ledger();
        // Whoever asked keeps the token before it leaves the ledger.
        if let Some(coin) = self.kept(whose, now).filter(|coin| !coin.is_due(now)) {
            return Ok(Heard::Coin(coin));
        }
        let (tell, hearing) = match ledger.enter(whose, who, now) {
            Entry::Wait(fault @ Fault::UpstreamCredentialUnavailable, seconds) => {
                return Err(Stop::Later(fault, seconds));
            }
            Entry::Wait(fault, _) => return Err(fault.into()),
            Entry::Running(hearing) => return Ok(Heard::Soon(hearing)),
            Entry::Begun(tell, hearing) => (tell, hearing),
        };
        drop(ledger);
        let subject = match self.grant {
            Grant::ClientCredentials => Ok(None),
            Grant::TokenExchange => self.grantor.subject(caller, residue).map(Some),
        };
        match subject {
            Ok(subject) => {
                let subject_ends = subject.as_ref().map(|_| caller.ends());
                let question = Question { whose, who, subject, subject_ends };
                tokio::spawn(Arc::clone(self).run(question, tell));
            }
            Err(failed) => {
                tracing::warn!(issuer = %self.grantor.issuer(), %failed, "there is no token for the server behind");
                self.end((whose, who), Err(self.failure(&failed)), &tell);
            }
        }
        Ok(Heard::Soon(hearing))
    }

    async fn run(self: Arc<Self>, question: Question, tell: Telling) {
        let Question { whose, who, subject, subject_ends } = question;
        let outcome = match timeout(PATIENCE, self.turns.acquire()).await {
            Ok(Ok(_turn)) => self.asked(subject).await.and_then(|granted| {
                let coin = Coin::new(&granted, self.told(whose), subject_ends, self.now());
                // What no header can hold is no token.
                coin.map(Arc::new).map_err(|_| Failure {
                    fault: Fault::UpstreamCredentialMisdirected,
                    in_vain: InVain::Token,
                })
            }),
            _ => Err(Failure { fault: Fault::UpstreamCredentialUnavailable, in_vain: InVain::Nobody }),
        };
        if let Ok(coin) = &outcome {
            self.purses.coins.insert(self.key(whose), Arc::clone(coin));
        }
        self.end((whose, who), outcome, &tell);
    }

    async fn asked(&self, subject: Option<Subject>) -> Result<Granted, Failure> {
        let granted = match subject {
            None => self.grantor.client_credentials().await,
            Some(subject) => self.grantor.exchange(subject).await,
        };
        granted.map_err(|failed| self.failure(&failed))
    }

    fn end(&self, (whose, who): (Whose, Who), outcome: Outcome<Arc<Coin>>, tell: &Telling) {
        self.ledger().end(whose, who, outcome.as_ref().map(drop).map_err(|failure| *failure), self.now());
        tell.send_replace(Some(outcome));
    }

    /// The server behind does not accept it: perhaps it was revoked. Perhaps it just says so for this caller's call, and
    /// everybody else needs it: it is used until another one has come.
    pub(super) fn doubt(&self, coin: &Coin) {
        let now = self.now();
        if coin.age(now) >= DOUBTED_AFTER {
            coin.doubt(now);
        }
    }

    fn kept(&self, whose: Whose, now: UnixTime) -> Option<Arc<Coin>> {
        self.purses.coins.get(&self.key(whose)).filter(|coin| coin.is_good(now))
    }

    fn told(&self, whose: Whose) -> Arc<Told> {
        match whose {
            None => Arc::clone(&self.told),
            Some(_) => self.purses.told(self.grantor.server(), whose),
        }
    }

    /// Who is behind a token: a person has as many tokens, and registers as many clients, as it likes.
    fn who(&self, caller: &VerifiedToken) -> Who {
        if self.grant == Grant::ClientCredentials {
            return None;
        }
        Some(Owner::person(caller, self.grantor.server()).digest())
    }

    fn failure(&self, failed: &GrantFailed) -> Failure {
        let blame = failed.blame();
        Failure {
            fault: match blame {
                Blame::Unreachable | Blame::Unanswered => Fault::UpstreamCredentialUnavailable,
                Blame::Everybody | Blame::Caller => Fault::UpstreamCredentialRefused,
                Blame::Token => Fault::UpstreamCredentialMisdirected,
            },
            in_vain: match blame {
                Blame::Unreachable | Blame::Everybody => InVain::Everybody,
                // It is one and the same question for everybody.
                Blame::Unanswered if self.grant == Grant::ClientCredentials => InVain::Everybody,
                Blame::Unanswered => InVain::Perhaps,
                Blame::Caller | Blame::Token => InVain::Token,
            },
        }
    }

    fn key(&self, whose: Whose) -> Key {
        Key { seat: self.seat, whose }
    }

    fn now(&self) -> UnixTime {
        self.grantor.clock().now()
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger<Arc<Coin>>> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Purse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} at {}", self.grant, self.grantor.issuer())
    }
}

#[cfg(test)]
mod tests;
