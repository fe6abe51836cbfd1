//! What did the operator ask for? The `warded` command as a library, so that tests and documentation reach its parts.

mod aside;
mod cli;
mod command;
pub mod config;
mod demo;
pub mod diagnosis;
mod environment;
pub mod finding;
mod private_file;
pub mod reference;
mod report;
mod runtime;
mod telemetry;
mod whole_file;

pub use cli::run;
