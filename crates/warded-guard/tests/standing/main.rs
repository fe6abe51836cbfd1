//! Does the token's issuer stand by it? Issuers that are asked, status lists, grants that were taken back, and what a
//! permissive server does not waive: over real sockets, with real keys.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage has failed")]

mod door;
mod grants;
mod introspection;
mod issuer;
mod lists;
mod permissive;
