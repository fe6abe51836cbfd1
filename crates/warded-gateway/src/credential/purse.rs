//! Who asks for the tokens of one server behind? A task for each caller, so that no request that is hung up takes a
//! question with it that others wait for.

use std::{
    collections::HashSet,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
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
    purses::{Key, Purses},
    tally::Tally,
};
use crate::{echo::Told, session::Owner};

/// Questions at once at one issuer.
const AT_ONCE: usize = 32;
/// How long a question waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);
/// How old a token must be, in seconds, to be doubted because the server behind refused it: one that refuses them all
/// makes each call ask for another otherwise.
const DOUBTED_AFTER: i64 = 10;

/// On whose behalf tokens are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are two ways, and whoever configures one must know both")]
pub enum Grant {
    /// On Warded's own (RFC 6749 §4.4).
    ClientCredentials,
    /// On the caller's, for the caller's token (RFC 8693).
    TokenExchange,
}

/// The tokens for one server behind.
pub(super) struct Purse {
    purses: Arc<Purses>,
    /// Every other purse has another one, so that no token is used where it would not have been got.
    seat: u64,
    /// For whom there is a token in the memory; for some it may have been pushed out since.
    held: Mutex<HashSet<Whose>>,
    tally: Arc<Tally>,
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
    pub(super) fn new(
        purses: &Arc<Purses>,
        seat: u64,
        (grantor, grant): (Grantor, Grant),
        tally: Arc<Tally>,
    ) -> Self {
        Self {
            purses: Arc::clone(purses),
            seat,
            held: Mutex::default(),
            tally,
            told: purses.told(grantor.server(), None),
            grantor,
            grant,
            turns: Semaphore::new(AT_ONCE),
            ledger: Mutex::default(),
        }
    }

    /// Whether what is asked for so is what is asked for here.
    pub(super) fn is_for(&self, grantor: &Grantor, grant: Grant) -> bool {
        self.grant == grant && self.grantor.asks_like(grantor)
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
        let _waiting = self.tally.waits();
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
        // First: who has nothing that the issuer may be asked about says nothing about the issuer.
        let subject = match self.grant {
            Grant::ClientCredentials => None,
            Grant::TokenExchange => Some(self.grantor.subject(caller, residue).map_err(|failed| {
                let fault = self.failure(&failed).fault;
                self.tally.failed(fault);
                fault
            })?),
        };
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
        let subject_ends = subject.as_ref().map(|_| caller.ends());
        let question = Question { whose, who, subject, subject_ends };
        tokio::spawn(Arc::clone(self).run(question, tell));
        Ok(Heard::Soon(hearing))
    }

    async fn run(self: Arc<Self>, question: Question, tell: Telling) {
        let Question { whose, who, subject, subject_ends } = question;
        let outcome = match timeout(PATIENCE, self.turns.acquire()).await {
            Ok(Ok(_turn)) => self.asked(whose, subject).await.and_then(|granted| {
                let coin = Coin::new(&granted, self.told(whose), subject_ends, self.now());
                // What no header can hold is no token.
                coin.map(|coin| Arc::new(coin.counted(&self.tally))).map_err(|_| Failure {
                    fault: Fault::UpstreamCredentialMisdirected,
                    in_vain: InVain::Token,
                })
            }),
            _ => Err(Failure { fault: Fault::UpstreamCredentialUnavailable, in_vain: InVain::Nobody }),
        };
        if let Ok(coin) = &outcome {
            self.keep(whose, coin);
        }
        self.end((whose, who), outcome, &tell);
    }

    fn keep(&self, whose: Whose, coin: &Arc<Coin>) {
        let mut held = self.held();
        if held.len() == held.capacity() {
            // Before it grows: what has ended or was pushed out makes room.
            let now = self.now();
            held.retain(|whose| self.purses.still_keeps(&self.key(*whose), now));
            let room = held.len().max(16);
            held.reserve(room);
        }
        held.insert(whose);
        drop(held);
        self.purses.keep(self.key(whose), Arc::clone(coin));
    }

    async fn asked(&self, whose: Whose, subject: Option<Subject>) -> Result<Granted, Failure> {
        // Others may have had no luck while this one waited for its turn.
        let in_vain = self.ledger().in_vain_meanwhile(&whose);
        if let Some(fault) = in_vain {
            return Err(Failure { fault, in_vain: InVain::Nobody });
        }
        self.tally.asks();
        let granted = match subject {
            None => self.grantor.client_credentials().await,
            Some(subject) => self.grantor.exchange(subject).await,
        };
        granted.map_err(|failed| self.failure(&failed))
    }

    fn end(&self, (whose, who): (Whose, Who), outcome: Outcome<Arc<Coin>>, tell: &Telling) {
        if let Err(failure) = &outcome {
            self.tally.failed(failure.fault);
        }
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
        self.purses.coin(&self.key(whose)).filter(|coin| coin.is_good(now))
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

    fn held(&self) -> MutexGuard<'_, HashSet<Whose>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger<Arc<Coin>>> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Purse {
    /// No gateway asks so any more, and no call is under way that does: what was got so is of no use to anybody but a thief.
    fn drop(&mut self) {
        for whose in self.held().iter() {
            self.purses.let_go(&self.key(*whose));
        }
    }
}

impl fmt::Debug for Purse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} at {}", self.grant, self.grantor.issuer())
    }
}

#[cfg(test)]
mod tests;
