//! What did the operator ask for? The `warded` command as a library, so that tests and documentation reach its parts.

mod cli;
mod command;
pub mod config;
mod demo;
pub mod finding;
pub mod reference;
mod report;

pub use cli::run;
