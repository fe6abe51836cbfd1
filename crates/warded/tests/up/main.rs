//! The running gateway: the real `warded up`, a server behind that keeps every byte, callers on real sockets.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

mod alerts;
#[path = "../answer/mod.rs"]
mod answer;
mod answers;
mod attacks;
mod behind;
mod caller;
mod crossing;
mod faults;
mod fixed;
mod floods;
mod front;
mod full;
mod granted;
mod halves;
mod hosts;
mod issuer;
mod issuers;
mod killed;
mod large;
mod leaks;
mod limits;
mod lists;
mod login;
mod matrix;
mod network;
mod nodes;
mod operations;
mod pages;
mod passage;
#[path = "../port/mod.rs"]
mod port;
mod proofs;
mod proxies;
mod records;
mod reload;
mod resume;
#[path = "../running/mod.rs"]
mod running;
mod scopes;
mod secured;
mod sessions;
mod stage;
mod start;
mod streams;
mod taken_away;
mod unruly;
mod upstream;
mod wait;
