//! How does a request reach the one server that a token is for? The only place where a token is put into a header.
//!
//! The URL and the token come from one place: a request cannot be sent anywhere else, no redirect is followed, and
//! nothing but the server's own token goes with it.

use std::{fmt, time::Duration};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method,
    header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, PROXY_AUTHORIZATION},
};
use warded_core::{InvalidResourceUri, ResourceUri};
use zeroize::Zeroizing;

use crate::{
    fetch::{Fetch, FetchFailed, Outgoing, Streamed, Target},
    tokens::Record,
};

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(20);

/// Why a request has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChannelFailed {
    /// No answer came.
    #[error(transparent)]
    Fetch(#[from] FetchFailed),
    /// A token of another server, which must not get it.
    #[error("the token at hand is not for this server, and is not sent")]
    TokenOfAnotherServer,
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
        for name in [AUTHORIZATION, PROXY_AUTHORIZATION, COOKIE] {
            headers.remove(name);
        }
        Self { method, headers, body }
    }

    /// Sets a header.
    pub(crate) fn set(&mut self, name: HeaderName, value: HeaderValue) {
        self.headers.insert(name, value);
    }

    fn outgoing(&self) -> Outgoing {
        let mut headers = self.headers.clone();
        let outgoing = match headers.remove(CONTENT_TYPE) {
            Some(kind) => Outgoing::bytes(kind, self.body.clone()),
            None => Outgoing::nothing(),
        };
        let mut last = None;
        headers.into_iter().fold(outgoing, |outgoing, (name, value)| {
            // A name that repeats stands only in front of its first value.
            last = name.or(last.take());
            match &last {
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
    target: Target,
    fetch: Fetch,
}

impl Channel {
    /// The way to the server that a user named; `patience` is how long an answer may take to begin.
    pub fn to(server: ResourceUri, fetch: &Fetch, patience: Duration) -> Result<Self, InvalidResourceUri> {
        let target = Target::configured(server.as_str())?;
        Ok(Self { server, target, fetch: fetch.clone().with_time_limits(CONNECT, patience) })
    }

    /// The server.
    pub const fn server(&self) -> &ResourceUri {
        &self.server
    }

    /// Sends a request, with the token of this server if there is one. The body of the answer is still to come.
    pub async fn send(&self, message: &Message, record: Option<&Record>) -> Result<Streamed, ChannelFailed> {
        let mut outgoing = message.outgoing();
        if let Some(record) = record {
            let token = record.token_for(&self.server).ok_or(ChannelFailed::TokenOfAnotherServer)?;
            let value = Zeroizing::new(format!("Bearer {}", token.expose()));
            let mut value = HeaderValue::from_str(&value).map_err(|_| ChannelFailed::TokenOfAnotherServer)?;
            value.set_sensitive(true);
            outgoing = outgoing.header(AUTHORIZATION, value);
        }
        Ok(self.fetch.stream(message.method.clone(), &self.target, outgoing).await?)
    }
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
