//! What did the operator ask for? The `warded` command as a library, so that tests and documentation reach its parts.

mod cli;
mod command;
pub mod config;
#[expect(dead_code, reason = "the commands that use it follow: `connect`, `up`")]
mod environment;
pub mod finding;
pub mod reference;
mod report;
mod runtime;

pub use cli::run;
