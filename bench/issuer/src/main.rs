//! What does a token cost at an issuer? The issuer with memory or a file behind it, served as `warded up` serves it, and
//! a load that knows what codes and refresh tokens are. They are measured with, and never used.
//!
//! `warded-issuer-bench serve PORT ALGORITHM [FILE]`, `warded-issuer-bench load < JOB`

#![expect(clippy::print_stdout, reason = "the bench reads one line of JSON")]

mod load;
mod serve;

use anyhow::bail;
use mimalloc::MiMalloc;

/// As in the product.
#[global_allocator]
static MEMORY: MiMalloc = MiMalloc;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let words: Vec<_> = arguments.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match *words {
        ["serve", port, algorithm] => runtime.block_on(serve::run(port.parse()?, algorithm, None)),
        ["serve", port, algorithm, file] => {
            runtime.block_on(serve::run(port.parse()?, algorithm, Some(file)))
        }
        ["load"] => runtime.block_on(load::run()),
        _ => bail!("see the head of bench/issuer/src/main.rs"),
    }
}
