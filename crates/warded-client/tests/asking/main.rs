//! What we ask of others, over real sockets: what they may do to us while they answer, and where they may send us.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod discover;
mod fetch;
mod introspect;
mod keys;
mod origin;
mod proxy;
mod raw;
mod secured;
mod tls;
mod watch;
