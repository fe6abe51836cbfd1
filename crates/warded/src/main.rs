//! The `warded` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    warded::run(std::env::args_os())
}
