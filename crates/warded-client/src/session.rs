//! What happens between a refusal and the next try? One state machine: ask, be refused, find out who issues, refresh
//! or log in, ask again; and an end to it, whatever the server says.
//!
//! A request is refreshed for at most once, and a person is asked at most three times. What discovery finds is compared
//! with what a credential is bound to each time: a server that names another issuer gets a new login there, and the old
//! issuer's credentials stay where they are.

mod asked;
mod renew;

pub use asked::{Asked, Grant};

use std::{fmt, sync::Arc};

use aws_lc_rs::rand::SecureRandom;
use http::StatusCode;
use tokio::sync::Mutex;
use warded_core::{Clock, Issuer, ResourceUri, UnixTime};

use crate::{
    challenge::{Challenge, InvalidChallenge},
    channel::{Channel, ChannelFailed, Message},
    discover::DiscoverFailed,
    fetch::{Fetch, Streamed},
    login::{LoginFailed, Tell},
    obtain::{ObtainFailed, Source},
    register::RegisterFailed,
    tokens::{Record, StoreFailed, TokenStore},
};

/// How often one request is sent. Others may renew the token at the same time, so that each finds a new one to try.
const TRIES: u8 = 8;
/// How often a person is asked on behalf of one request.
const LOGINS: u8 = 3;
/// For how many seconds a failed login answers for those that come after it: a client that tries again at once would
/// open one browser window after the other.
const COOLING: i64 = 30;

/// Why a request was not let through.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SessionFailed {
    /// The server does not answer.
    #[error(transparent)]
    Channel(#[from] ChannelFailed),
    /// The server's challenge cannot be read.
    #[error(transparent)]
    Challenge(#[from] InvalidChallenge),
    /// Nobody knows who issues.
    #[error(transparent)]
    Discover(#[from] DiscoverFailed),
    /// No client to speak as.
    #[error(transparent)]
    Register(#[from] RegisterFailed),
    /// No login.
    #[error(transparent)]
    Login(#[from] LoginFailed),
    /// No token.
    #[error(transparent)]
    Obtain(#[from] ObtainFailed),
    /// No place to keep it.
    #[error(transparent)]
    Store(#[from] StoreFailed),
    /// `--strict-resource`
    #[error(
        "the server calls itself {resource}, which is more than {server}; a token for that works at its neighbours, too (--strict-resource)"
    )]
    WideResource {
        /// What it calls itself.
        resource: String,
        /// What the user called it.
        server: ResourceUri,
    },
    /// The client's secret belongs to another issuer.
    #[error(
        "the server now names the issuer {named}; this client's secret belongs to {expected} and is not sent there"
    )]
    IssuerChanged {
        /// Where the secret belongs.
        expected: Issuer,
        /// Whom the server names.
        named: Issuer,
    },
    /// A token fresh from its issuer is refused.
    #[error(
        "the server refuses a token that {issuer} has just issued for it: the two do not agree about each other"
    )]
    FreshTokenRefused {
        /// Who issued it.
        issuer: Issuer,
    },
    /// More scopes do not help.
    #[error("the server wants scopes that were asked for already ({scopes}) and not granted")]
    ScopesRefused {
        /// Which.
        scopes: String,
    },
    /// Enough is enough.
    #[error("the server asked for a login {LOGINS} times for one request")]
    TooManyLogins,
    /// A token is refused as soon as it is there.
    #[error("the server refused {TRIES} tokens for one request")]
    TooManyTries,
}

/// Requests to one server, each with the token that it needs.
pub struct Session {
    channel: Channel,
    fetch: Fetch,
    store: TokenStore,
    clock: Arc<dyn Clock>,
    random: Arc<dyn SecureRandom + Send + Sync>,
    asked: Asked,
    tell: Tell,
    state: Mutex<State>,
}

/// What is known so far.
#[derive(Default)]
struct State {
    /// Counts what was tried, so that whoever waited can tell that somebody else has tried meanwhile.
    turn: u64,
    record: Option<Arc<Record>>,
    failure: Option<Failure>,
    /// Where a fresh token was refused. Another login there would end the same way.
    refused: Option<Source>,
}

struct Failure {
    turn: u64,
    at: UnixTime,
    error: SessionFailed,
}

/// What one request has cost so far.
#[derive(Default)]
struct Spent {
    refreshed: bool,
    logins: u8,
    fresh: bool,
}

/// What the server wants.
enum Want {
    Token(Option<Challenge>),
    Scopes(Challenge),
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
        Self { channel, fetch, store, clock, random, asked, tell, state: Mutex::default() }
    }

    /// The server.
    pub const fn server(&self) -> &ResourceUri {
        self.channel.server()
    }

    /// Sends a request as often as it takes to get it answered with something other than a demand for a token, or to
    /// know that this will not happen.
    pub async fn send(&self, message: &Message) -> Result<Streamed, SessionFailed> {
        let mut spent = Spent::default();
        let (mut record, turn) = self.current().await;
        for _ in 0..TRIES {
            let answer = self.channel.send(message, record.as_deref()).await?;
            let want = match answer.status {
                // A 401 is about the token and nothing else: it never means that the server is of another revision.
                StatusCode::UNAUTHORIZED => Want::Token(Challenge::find(&answer.headers)?),
                StatusCode::FORBIDDEN => match insufficient_scope(&answer)? {
                    Some(challenge) => Want::Scopes(challenge),
                    None => return Ok(answer),
                },
                _ => return Ok(answer),
            };
            drop(answer);
            record = Some(self.renew(record, turn, want, &mut spent).await?);
        }
        Err(SessionFailed::TooManyTries)
    }

    /// The token at hand, renewed ahead of its end.
    async fn current(&self) -> (Option<Arc<Record>>, u64) {
        let mut state = self.state.lock().await;
        let now = self.clock.now();
        if let Some(record) = state.record.clone().filter(|record| record.is_ending(now)) {
            // A failure is no reason to stop: the token may be good for a while, and the server will say if not.
            if let Ok(Some(fresh)) = self.refresh_ahead(&record).await {
                state.record = Some(fresh);
            }
        }
        (state.record.clone(), state.turn)
    }
}

/// RFC 6750 §3.1. A 403 without it is the server's own word, and more scopes would not change it.
fn insufficient_scope(answer: &Streamed) -> Result<Option<Challenge>, SessionFailed> {
    let challenge = Challenge::find(&answer.headers)?;
    Ok(challenge.filter(|challenge| challenge.error.as_deref() == Some("insufficient_scope")))
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("server", self.server())
            .field("asked", &self.asked)
            .finish_non_exhaustive()
    }
}
