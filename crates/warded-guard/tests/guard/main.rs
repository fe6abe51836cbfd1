//! The whole guard, from a request to its answer: attacks first.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot set its stage has failed"
)]

mod answers;
mod calls;
mod credentials;
mod embedding;
mod introduction;
mod journal;
mod lists;
mod memory;
mod pages;
mod policy;
mod proofs;
mod readers;
mod scopes;
mod sockets;
mod stage;
mod tokens;
mod tricks;
