//! The `warded` command.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// A request takes and gives back some dozens of small pieces of memory.
#[global_allocator]
static MEMORY: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    warded::run(std::env::args_os())
}
