//! The project's own tasks: `cargo xtask TASK`.

mod bench;
mod fuzz;
mod mutants;
mod peers;
mod score;
mod shell;
mod test;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask TASK

  test      install what the tests need, then run every check; this is what CI runs
  peers     install the programs of others that the tests talk to, and say where they are
  docs      write the pages that are generated, and record the walk
  bench     our decisions beside the least that they can cost, interleaved; allocations; instructions
  mutants   break the modules of judgement in every small way and see whether a test notices
  score     fetch the published code that is labelled and say how much of it the scanner finds
            (`--half open|held|both`, `--ecosystem pypi,npm,cargo,go,maven`, `--half open --list`; `--large`: the largest there is)
  fuzz      run each fuzz target for ten minutes (`fuzz SECONDS` for less); needs a nightly compiler
";

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        ["test"] => test::run(),
        ["peers"] => peers::Peers::install().map(|peers| peers.say()),
        ["docs"] => test::write_reference(),
        ["bench"] => bench::run(),
        ["mutants"] => mutants::run(),
        ["fuzz"] => fuzz::run(600),
        ["fuzz", seconds] if seconds.parse::<u32>().is_ok() => fuzz::run(seconds.parse().unwrap_or(600)),
        ["score", asked @ ..] => score::run(asked),
        ["help" | "--help" | "-h"] => {
            shell::say(HELP);
            Ok(())
        }
        _ => {
            shell::complain(HELP);
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            shell::complain(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
