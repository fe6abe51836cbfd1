//! `warded connect` as a client starts it: real processes, what they do to each other, and the whole chain.
#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

mod alone;
mod call;
mod crowd;
#[cfg(target_os = "linux")]
mod keychain;
mod leaks;
mod outward;
#[cfg(target_os = "linux")]
mod pasted;
mod person;
#[path = "../port/mod.rs"]
mod port;
mod process;
mod shared;
mod token;
mod ways;
mod whole;

#[path = "../../../warded-client/tests/stage/mod.rs"]
mod stage;
