//! The official conformance suite of MCP, as its authors run it: at a server directly and through the whole chain, at the
//! issuer, and at the client. And an SDK's client over standard input and output, which the suite does not know.
#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

mod bridge;
mod chain;
mod client;
mod issuer;
mod others;
#[path = "../port/mod.rs"]
mod port;
mod program;
mod server;
mod suite;
