//! Servers that speak over standard input and output: the real `warded up`, and a process behind that does what it can.
#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]
#![expect(clippy::print_stdout, reason = "a figure is worth a line")]

#[path = "../answer/mod.rs"]
mod answer;
mod caller;
mod configuration;
mod faults;
mod floods;
mod hangups;
#[path = "../up/issuer.rs"]
mod issuer;
mod leaks;
mod orphans;
#[path = "../port/mod.rs"]
mod port;
mod reload;
#[path = "../running/mod.rs"]
mod running;
mod sessions;
mod stage;
mod stateless;
