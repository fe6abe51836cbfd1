//! Every way to get in with a token that is not for here: a table of attacks over real sockets, each by every method,
//! with and without a revision, at a guard that has seen nothing and at one that remembers, between two good calls.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot set its stage has failed")]

#[expect(dead_code, reason = "the tests of the core need more of it")]
#[path = "../../../warded-core/tests/stage/mod.rs"]
mod core_stage;
mod crowd;
mod expected;
mod issuer;
mod page;
mod permissive;
mod rotation;
mod row;
mod rows;
mod run;
mod stage;
mod token;
mod wire;
