//! The MCP clients that people use, each with the OAuth code that it ships and a real browser, at a real `warded up`;
//! and every token at every server.
//!
//! `cargo xtask test` installs the clients and says where they are. Without it, each test says what it leaves out.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says so"
)]
#![expect(clippy::print_stderr, reason = "what is left out is for whoever reads the run")]

mod any_client;
mod authlab;
mod bench;
mod browser;
mod chain;
mod everybody;
mod federated;
mod first_time;
mod gateway;
mod granted;
mod inspector;
mod issuer;
mod keycloak;
mod keycloak_page;
mod matrix;
mod newcomer;
mod opaque;
mod peer;
mod policy;
#[path = "../port/mod.rs"]
mod port;
mod record;
mod scene;
mod sdk;
mod servers;
#[path = "../../../warded-client/tests/stage/mod.rs"]
mod stage;
mod stdio;
mod strict;
mod unattended;
mod upstream;
mod visitor;
mod wire;
