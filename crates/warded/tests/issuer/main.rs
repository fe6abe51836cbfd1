//! The issuer of a real `warded up`: what is left of what it was doing when it is killed.
#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

mod elsewhere;
mod kills;
mod place;
#[path = "../port/mod.rs"]
mod port;
#[expect(dead_code, reason = "how much memory it takes is asked elsewhere")]
#[path = "../running/mod.rs"]
mod running;
mod visit;
mod wire;
