//! Does the caller's token leave with the request? The last look before anything is sent to a server behind.
//!
//! Intake has cut the token out of its header; an agent may still have pasted it into a tool argument, or put it
//! into a header of its own (MCP, Security Best Practices: Token Passthrough). Only an [`Outbound`] can be sent, and
//! only [`check`] makes one.

use bytes::Bytes;
use http::{Request, Uri, request};
use warded_core::{Refusal, Residue};

/// A request that may be sent to a server behind.
pub(crate) struct Outbound {
    head: Box<request::Parts>,
    message: Bytes,
}

impl Outbound {
    pub(crate) fn into_request<B>(self, body: impl FnOnce(Bytes) -> B) -> Request<B> {
        Request::from_parts(*self.head, body(self.message))
    }
}

/// A message that may be said to a process behind.
#[derive(Debug)]
pub(crate) struct Sayable(Bytes);

impl Sayable {
    #[cfg(test)]
    pub(crate) fn unchecked(message: Bytes) -> Self {
        Self(message)
    }

    /// What was judged, byte for byte.
    pub(crate) fn bytes(&self) -> &Bytes {
        &self.0
    }
}

/// Refuses a message that carries the caller's token. Nothing else of a request goes to a process.
pub(crate) fn message(message: Bytes, token: &Residue) -> Result<Sayable, Refusal> {
    if token.occurs_in(&message) {
        return Err(Refusal::TokenInMessage { place: "body" });
    }
    Ok(Sayable(message))
}

/// Refuses a request that carries the caller's token, wherever it stands.
pub(crate) fn check(head: Box<request::Parts>, message: Bytes, token: &Residue) -> Result<Outbound, Refusal> {
    let found = |place| Err(Refusal::TokenInMessage { place });
    if has_room(&head.uri, token) && token.occurs_in(head.uri.to_string().as_bytes()) {
        return found("URL");
    }
    // Also our own credential: one that equals the caller's token would be passthrough by configuration.
    for (name, value) in &head.headers {
        if token.occurs_in(name.as_str().as_bytes()) || token.occurs_in(value.as_bytes()) {
            return found("headers");
        }
    }
    if token.occurs_in(&message) {
        return found("body");
    }
    Ok(Outbound { head, message })
}

/// Whether the URL is long enough to have the token in it. It is the operator's own, and few are.
fn has_room(uri: &Uri, token: &Residue) -> bool {
    let scheme = uri.scheme_str().map_or(0, |scheme| scheme.len() + "://".len());
    let authority = uri.authority().map_or(0, |authority| authority.as_str().len());
    // Without a path it is written with one.
    let target = uri.path_and_query().map_or(0, |target| target.as_str().len()).max(1);
    token.fits_into(scheme + authority + target)
}
