//! `warded policy`, as an author of policies uses it.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so")]

mod check;
mod explain;
#[cfg(unix)]
mod processes;
#[path = "../run/mod.rs"]
mod run;
mod scaffold;
mod test;
mod written;
