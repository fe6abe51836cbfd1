//! What happens between a refusal and the next try? One state machine: ask, be refused, find out who issues, refresh
//! or log in, ask again; and an end to it, whatever the server says.
//!
//! A request is refreshed for at most once, and a person is asked at most three times. What discovery finds is compared
//! with what a credential is bound to each time: a server that names another issuer gets a new login there, and the old
//! issuer's credentials stay where they are.

mod ask;
mod asked;
mod behalf;
mod failure;
mod kept;
mod known;
mod place;
mod possession;
mod refresh;
mod renew;
mod survey;

pub use asked::{Asked, Enterprise, Grant, Subject, Way};
pub use failure::SessionFailed;
pub use kept::{KeptFailed, Revoked};
pub use survey::{Standing, Survey};

use std::{
    fmt,
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use aws_lc_rs::rand::SecureRandom;
use http::StatusCode;
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};
use warded_core::{Clock, ResourceUri, UnixTime};

use self::{
    known::{Spent, State, Want},
    possession::Proofs,
};
use crate::{
    challenge::{Challenge, Scheme},
    channel::{Channel, Message},
    fetch::{Fetch, Streamed},
    login::{Notice, Tell},
    possession::Prover,
    tokens::{Behalf, Record, TokenStore},
};

/// How often one request is sent. Others may renew the token at the same time, so that each finds a new one to try.
const TRIES: u8 = 8;
/// How often a person is asked on behalf of one request.
const LOGINS: u8 = 3;
/// How long a refresh that is under way may take when its process ends: longer than `fetch` waits for an answer.
const SETTLE: Duration = Duration::from_secs(15);
/// For how many seconds a failed login answers for those that come after it: a client that tries again at once would
/// open one browser window after the other.
const COOLING: i64 = 30;

/// Requests to one server, each with the token that it needs.
pub struct Session(Arc<Inner>);

struct Inner {
    channel: Channel,
    fetch: Fetch,
    store: TokenStore,
    prover: Prover,
    asked: Asked,
    tell: Tell,
    /// Never held while anything is awaited: a login of one request holds up no other that has a token.
    state: Mutex<State>,
    /// Held by whoever refreshes or logs in.
    renewing: tokio::sync::Mutex<()>,
    /// Held from the moment at which a refresh token or a code is used up until what came for it is kept.
    trading: Semaphore,
}

impl Session {
    /// A session. Randomness and time are parameters; `tell` hears what a person should know.
    pub fn new(
        channel: Channel,
        fetch: Fetch,
        store: TokenStore,
        clock: Arc<dyn Clock>,
        random: Arc<dyn SecureRandom + Send + Sync>,
        asked: Asked,
        tell: Tell,
    ) -> Self {
        let (state, renewing) = (Mutex::default(), tokio::sync::Mutex::default());
        let (trading, prover) = (Semaphore::new(1), Prover::new(clock, random));
        Self(Arc::new(Inner { channel, fetch, store, prover, asked, tell, state, renewing, trading }))
    }

    /// The server.
    pub fn server(&self) -> &ResourceUri {
        self.0.channel.server()
    }

    /// Sends a request as often as it takes to get it answered with something other than a demand for a token, or to
    /// know that this will not happen.
    pub async fn send(&self, message: &Message) -> Result<Streamed, SessionFailed> {
        self.send_with(message, Spent::default()).await
    }

    /// The same for a request that no person has asked for: with the token at hand or a new one, and no login.
    pub async fn send_unattended(&self, message: &Message) -> Result<Streamed, SessionFailed> {
        self.send_with(message, Spent { unattended: true, ..Spent::default() }).await
    }

    async fn send_with(&self, message: &Message, mut spent: Spent) -> Result<Streamed, SessionFailed> {
        let (mut record, turn) = self.current(&mut spent).await;
        for _ in 0..TRIES {
            let answer = self.0.channel.send(message, record.as_deref(), &self.0.prover).await?;
            self.0.hear(record.as_deref(), &answer);
            let want = match answer.status {
                // There is no token that could be another.
                StatusCode::UNAUTHORIZED if self.has_own_credential() => {
                    return Err(SessionFailed::FixedRefused);
                }
                StatusCode::FORBIDDEN if self.has_own_credential() => return Ok(answer),
                // A 401 is about the token and nothing else: it never means that the server is of another revision.
                StatusCode::UNAUTHORIZED => Want {
                    challenge: Challenge::answering(&answer.headers, scheme(record.as_deref()))?,
                    is_for_scopes: false,
                    proofs: Proofs::of(&answer.headers)?,
                },
                StatusCode::FORBIDDEN => match insufficient_scope(&answer, record.as_deref()) {
                    Some(challenge) => Want {
                        challenge: Some(challenge),
                        is_for_scopes: true,
                        proofs: Proofs::of(&answer.headers)?,
                    },
                    None => return Ok(answer),
                },
                _ => return Ok(answer),
            };
            drop(answer);
            record = Some(self.renew(record, turn, want, &mut spent).await?);
        }
        Err(SessionFailed::TooManyTries)
    }

    /// A token for the server, from the store or from its issuer, without a request to the server having been refused.
    pub async fn record(&self) -> Result<Arc<Record>, SessionFailed> {
        if self.has_own_credential() {
            return Err(SessionFailed::FixedInstead);
        }
        let mut spent = Spent::default();
        match self.current(&mut spent).await {
            (Some(record), _) => Ok(record),
            (None, turn) => self.renew(None, turn, Want::default(), &mut spent).await,
        }
    }

    /// Whether the user has given what stands where a token would. Then nobody is asked for one.
    fn has_own_credential(&self) -> bool {
        self.0.channel.fixed().is_instead_of_token()
    }

    /// Tells a person.
    pub(crate) fn tell(&self, notice: Notice) {
        (self.0.tell)(notice);
    }

    /// What it takes to prove that a token is ours, for whoever sends requests by a way of their own.
    pub fn prover(&self) -> &Prover {
        &self.0.prover
    }

    /// Waits until nobody trades a refresh token or a code, and lets nobody begin. A process that ends in between loses
    /// what the issuer has sent: the old refresh token is used up, and the new one is nowhere. A person who has not
    /// finished a login is not waited for.
    pub async fn settle(&self) {
        if let Ok(Ok(last)) = timeout(SETTLE, self.0.trading.acquire()).await {
            last.forget();
        }
        self.0.trading.close();
    }

    /// The token at hand, renewed ahead of its end unless somebody is at it. Whose it is holds for the whole request.
    async fn current(&self, spent: &mut Spent) -> (Option<Arc<Record>>, u64) {
        spent.behalf = self.0.behalf();
        let behalf = spent.behalf.as_ref();
        let (record, turn) = self.0.at_hand(behalf);
        let record = record.filter(|_| !self.has_own_credential());
        match record {
            Some(record) if self.0.is_time_for(&record) => {
                let inner = Arc::clone(&self.0);
                detached(async move { inner.renew_ahead(&record).await }).await;
                (self.0.at_hand(behalf).0, turn)
            }
            record => (record, turn),
        }
    }

    async fn renew(
        &self,
        refused: Option<Arc<Record>>,
        turn: u64,
        want: Want,
        spent: &mut Spent,
    ) -> Result<Arc<Record>, SessionFailed> {
        let (inner, mut so_far) = (Arc::clone(&self.0), spent.clone());
        let renewed = detached(async move {
            let outcome = inner.renew(refused, turn, &want, &mut so_far).await;
            (outcome, so_far)
        });
        let (outcome, so_far) = renewed.await.ok_or(SessionFailed::Interrupted)?;
        *spent = so_far;
        outcome
    }
}

/// Goes on when whoever asked has stopped waiting: a refresh that is dropped half-way has used up the refresh token and
/// lost the new one, and a login that is dropped answers its user with a closed port.
async fn detached<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Option<T> {
    tokio::spawn(work).await.ok()
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        // Only values are exchanged under it: whoever panicked left them whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn server(&self) -> &ResourceUri {
        self.channel.server()
    }

    /// The right to use up a refresh token or a code; none where the process is about to end.
    async fn trade(&self) -> Result<SemaphorePermit<'_>, SessionFailed> {
        self.trading.acquire().await.map_err(|_| SessionFailed::Interrupted)
    }

    /// The token at hand, where it is theirs. A session outlives what its file holds, and the next subject must not speak as
    /// the one before.
    fn at_hand(&self, behalf: Option<&Behalf>) -> (Option<Arc<Record>>, u64) {
        let (record, turn) = {
            let state = self.state();
            (state.record.clone(), state.turn)
        };
        (record.filter(|record| behalf == Some(&record.terms().behalf)), turn)
    }

    /// Whether a token is to be renewed ahead of its end. Where that has just failed, the token is used while it lasts.
    fn is_time_for(&self, record: &Record) -> bool {
        let now = self.prover.clock().now();
        let is_cooling = |at: UnixTime| (0..COOLING).contains(&now.since(at));
        record.is_ending(now) && !self.state().failed_ahead.is_some_and(is_cooling)
    }
}

/// RFC 6750 §3.1. A 403 without it is the server's own word, and more scopes would not change it.
fn insufficient_scope(answer: &Streamed, sent: Option<&Record>) -> Option<Challenge> {
    let challenge = Challenge::answering(&answer.headers, scheme(sent)).ok()??;
    (challenge.error.as_deref() == Some("insufficient_scope")).then_some(challenge)
}

/// How a token is shown.
fn scheme(record: Option<&Record>) -> Option<Scheme> {
    record.map(|record| if record.sender().is_some() { Scheme::Dpop } else { Scheme::Bearer })
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("server", self.server())
            .field("asked", &self.0.asked)
            .finish_non_exhaustive()
    }
}
