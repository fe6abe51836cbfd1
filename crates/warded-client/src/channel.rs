//! How does a request reach the one server that a token is for?
//!
//! The URL and the token come from one place: a request cannot be sent anywhere else, no redirect is followed, and
//! nothing goes with it but the server's own token, or what the user has given for this very server.

mod fixed;

pub use fixed::{Fixed, FixedFailed, InvalidFixed};

use std::{fmt, time::Duration};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, PROXY_AUTHORIZATION},
};
use warded_core::{InvalidResourceUri, ResourceUri};

use crate::{
    challenge::{Challenge, Scheme},
    fetch::{Fetch, FetchFailed, Outgoing, Road, Streamed, Target},
    possession::{DPOP, Prover, is_about_nonce},
    tokens::{Record, Undressed},
};

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(20);

/// What would carry a credential of somebody else.
pub(crate) const CREDENTIALS: [HeaderName; 4] =
    [AUTHORIZATION, PROXY_AUTHORIZATION, COOKIE, HeaderName::from_static(DPOP)];

/// Why a request has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChannelFailed {
    /// No answer came.
    #[error(transparent)]
    Fetch(#[from] FetchFailed),
    /// The token at hand must not be sent, or cannot.
    #[error(transparent)]
    Undressed(#[from] Undressed),
    /// What the user gives for the server cannot be sent.
    #[error(transparent)]
    Fixed(#[from] FixedFailed),
    /// RFC 9449 §9: each nonce that the server gives is refused as soon as it is used.
    #[error("the server refuses each nonce that it has just demanded in the proof of possession")]
    NonceRefused,
}

/// A request to the server, to be sent as often as it takes.
#[derive(Clone)]
pub struct Message {
    method: Method,
    headers: HeaderMap,
    body: Bytes,
}

impl Message {
    /// A request. What would carry a credential of somebody else is taken out.
    pub fn new(method: Method, mut headers: HeaderMap, body: Bytes) -> Self {
        for name in CREDENTIALS {
            headers.remove(name);
        }
        Self { method, headers, body }
    }

    /// Sets a header.
    pub(crate) fn set(&mut self, name: HeaderName, value: HeaderValue) {
        self.headers.insert(name, value);
    }

    /// What is sent, without what the user's own header fields stand for.
    fn outgoing(&self, fixed: &Fixed) -> Outgoing {
        let mut headers = self.headers.clone();
        let outgoing = match headers.remove(CONTENT_TYPE) {
            Some(kind) => Outgoing::bytes(kind, self.body.clone()),
            None => Outgoing::nothing(),
        };
        let mut last = None;
        headers.into_iter().fold(outgoing, |outgoing, (name, value)| {
            // A name that repeats stands only in front of its first value.
            last = name.or(last.take());
            match last.as_ref().filter(|name| !fixed.has(name)) {
                Some(name) => outgoing.header(name.clone(), value),
                None => outgoing,
            }
        })
    }
}

/// The headers may hold a session's id, and the body anything.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Message({}, {} bytes)", self.method, self.body.len())
    }
}

/// The way to one server.
#[derive(Clone, Debug)]
pub struct Channel {
    server: ResourceUri,
    /// Its connections are of this channel alone: a copy of it makes its own.
    road: Road,
    fixed: Fixed,
}

impl Channel {
    /// The way to the server that a user named; `patience` is how long an answer may take to begin.
    pub fn to(server: ResourceUri, fetch: &Fetch, patience: Duration) -> Result<Self, InvalidResourceUri> {
        let target = Target::configured(server.as_str())?;
        let fetch = fetch.clone().with_time_limits(CONNECT, patience);
        Ok(Self { server, road: Road::new(fetch, target), fixed: Fixed::default() })
    }

    /// The same way, with header fields of the user's own. They go to this one URL only.
    #[must_use]
    pub fn with(mut self, fixed: Fixed) -> Self {
        self.fixed = fixed;
        self
    }

    /// The header fields of the user's own.
    pub const fn fixed(&self) -> &Fixed {
        &self.fixed
    }

    /// The server.
    pub const fn server(&self) -> &ResourceUri {
        &self.server
    }

    /// Sends a request, with the token of this server if there is one. The body of the answer is still to come. A token
    /// that is bound to a key goes with a proof; where the server demands a nonce in it, once more with that.
    pub async fn send(
        &self,
        message: &Message,
        record: Option<&Record>,
        prover: &Prover,
    ) -> Result<Streamed, ChannelFailed> {
        // Never two credentials at once, and never an issuer's where the user has given another.
        let Some(record) = record.filter(|_| !self.fixed.is_instead_of_token()) else {
            return self.once(message, HeaderMap::new()).await;
        };
        let (mut nonce, mut may_repeat) = (prover.nonce(&self.server), true);
        loop {
            let token = record.token_for(&self.server).ok_or(Undressed::AnotherServer)?;
            let mut dress = HeaderMap::new();
            token.dress(&mut dress, &message.method, &self.server, prover, nonce.as_deref())?;
            let answer = self.once(message, dress).await?;
            if token.key().is_none() {
                return Ok(answer);
            }
            let given = prover.hear(&self.server, &answer.headers);
            if !wants_nonce(&answer) {
                return Ok(answer);
            }
            // It is about the proof and not about the token: a refresh would not help. What other requests have heard
            // meanwhile does not count: the nonce that is demanded has to be another one than stood in this proof.
            if !may_repeat || given.is_none() || given == nonce {
                return Err(ChannelFailed::NonceRefused);
            }
            (nonce, may_repeat) = (given, false);
        }
    }

    async fn once(&self, message: &Message, mut dress: HeaderMap) -> Result<Streamed, ChannelFailed> {
        self.fixed.dress(&mut dress)?;
        let outgoing =
            dress.into_iter().fold(message.outgoing(&self.fixed), |outgoing, (name, value)| match name {
                Some(name) => outgoing.header(name, value),
                None => outgoing,
            });
        Ok(self.road.stream(message.method.clone(), outgoing).await?)
    }
}

/// RFC 9449 §9
fn wants_nonce(answer: &Streamed) -> bool {
    let is_it = |challenge: &Challenge| {
        challenge.scheme == Scheme::Dpop && challenge.error.as_deref().is_some_and(is_about_nonce)
    };
    answer.status == StatusCode::UNAUTHORIZED
        && Challenge::all(&answer.headers).is_ok_and(|challenges| challenges.iter().any(is_it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_of_a_message_holds_nothing_of_it() {
        let mut headers = HeaderMap::new();
        headers.insert("mcp-session-id", HeaderValue::from_static("SECRET"));
        let message = Message::new(Method::POST, headers, Bytes::from_static(b"SECRET"));
        assert_eq!(format!("{message:?}"), "Message(POST, 6 bytes)");
    }
}
