//! Which clients must still be there for a token to hold?
//!
//! What comes of a person's grant ends with it, and so with its client. What a client got in its own name, or by an exchange,
//! comes of no grant of its own: where the operator removes the client, that is noted by the client's own mark.

use warded_core::{Claims, Issuer};

use super::{GrantMark, ROOT_CLAIM};

/// How the `sub` of a client's own tokens begins, and that of one that acts.
const CLIENT: &str = "client:";

impl GrantMark {
    /// The mark of a client, which ends everything that it got without a grant.
    pub fn of_client(issuer: &Issuer, id: &str) -> Self {
        // No issuer has that byte in its URL.
        Self::hashed(&[b"warded client mark\0", issuer.as_str().as_bytes(), b"\0", id.as_bytes()])
    }

    /// The marks of the clients that a token of that issuer, one of ours, is nothing without: whose own it is, who holds it
    /// after an exchange, and who acts in it. None where it comes of a person's grant.
    pub fn of_clients<'c>(issuer: &'c Issuer, claims: &'c Claims) -> impl Iterator<Item = Self> + use<'c> {
        let own = claims.subject().and_then(|subject| subject.strip_prefix(CLIENT));
        let is_exchanged = claims.all().contains_key(ROOT_CLAIM);
        // Of what nobody exchanged, holder and subject are one.
        let holder = claims.client().filter(|holder| is_exchanged && Some(*holder) != own);
        let actors = claims.actors().iter().filter_map(|actor| actor.subject.strip_prefix(CLIENT));
        let actors = actors.filter(move |actor| Some(*actor) != holder && Some(*actor) != own);
        own.into_iter().chain(holder).chain(actors).map(|id| Self::of_client(issuer, id))
    }
}
