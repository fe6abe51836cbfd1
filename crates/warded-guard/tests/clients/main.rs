//! The MCP clients that people use, at both examples, over real sockets: with a good token every call works; with the
//! token of the neighbour every client is turned away with a challenge that it can read.
//!
//! `cargo xtask test` installs the clients and says where they are. Without any, the test says what it leaves out.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::expect_used,
    reason = "a test that cannot go on says so; what is left out is for whoever reads the run"
)]

mod issuer;
mod pages;
mod peer;
mod served;
mod size;
mod transcript;
