//! What went on the wire? For somebody who looks on while requests are made, and explains afterwards what happened.
//!
//! A witness learns where a request went, how long each part took and what became of it, and nothing of what was in it:
//! no header that was sent, no query, no body. A code or a token is in none of these notes.

mod notes;

pub(super) use notes::Notes;

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use http::Method;

use super::FetchFailed;

/// Looks on. It must not be slow: the request waits for it.
pub trait Watch: Send + Sync + fmt::Debug {
    /// A request has ended, one way or the other. One that nobody waits for any more is not told of.
    fn saw(&self, passage: Passage);
}

/// One request, as whoever looks on may know it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Passage {
    /// How it was asked.
    pub method: Method,
    /// Where, without the query, which may hold what must not be seen.
    pub url: String,
    /// The proxy on the way, by its host and port.
    pub proxy: Option<String>,
    /// What the name led to; empty where a proxy looks it up.
    pub addresses: Vec<IpAddr>,
    /// Which address accepted the connection.
    pub reached: Option<SocketAddr>,
    /// The version of TLS that was settled on.
    pub tls: Option<&'static str>,
    /// How long it took.
    pub took: Took,
    /// The head of the answer.
    pub answer: Option<Head>,
    /// Why there is no usable answer.
    pub failure: Option<FetchFailed>,
}

/// How long it took from the beginning until each part was done; none for what did not happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Took {
    /// Until the name had addresses.
    pub resolved: Option<Duration>,
    /// Until somebody accepted the connection.
    pub connected: Option<Duration>,
    /// Until both ends had shaken hands.
    pub secured: Option<Duration>,
    /// Until the answer began.
    pub answered: Option<Duration>,
}

/// The head of an answer, as far as it says what kind of answer it is. Written by somebody else: escape it before you
/// show it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Head {
    /// Its status.
    pub status: u16,
    /// `Content-Type`
    pub kind: Option<String>,
    /// `Location`, without its query.
    pub location: Option<String>,
    /// `Date`: what time it is at the other end (RFC 9110 §6.6.1).
    pub date: Option<String>,
    /// Whether it came with a nonce for proofs of possession (RFC 9449 §8).
    pub has_nonce: bool,
}
