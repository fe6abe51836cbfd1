//! What do our decisions cost beside the least that they can cost? Times in turns, allocations, and instructions by
//! callgrind.

use anyhow::Context as _;

use crate::shell::{self, answers, cargo, command, complain, say};

/// Package and name of each benchmark. All of them understand what `benches/rounds` of the core says.
const BENCHES: &[(&str, &str)] =
    &[("warded-core", "judge"), ("warded-guard", "remember"), ("warded-guard", "call")];

/// Runs all benchmarks.
pub(crate) fn run() -> anyhow::Result<()> {
    for (package, bench) in BENCHES {
        shell::run(cargo(&["bench", "--package", package, "--bench", bench]))?;
    }
    if !answers("valgrind", &["--version"]) {
        complain("SKIPPED: instructions by callgrind: there is no valgrind on this machine");
        return Ok(());
    }
    for (package, bench) in BENCHES {
        let binary = binary(package, bench)?;
        say(&format!(
            "\n| {bench} | instructions, bare | instructions, whole | ratio |\n| --- | --: | --: | --: |"
        ));
        for pair in shell::output(command(&binary, &["--pairs"]))?.lines() {
            let (bare, whole) = (instructions(&binary, pair, "bare")?, instructions(&binary, pair, "whole")?);
            #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
            let ratio = whole as f64 / bare as f64;
            say(&format!("| {pair} | {bare} | {whole} | {ratio:.3} |"));
        }
    }
    Ok(())
}

/// Where cargo put the benchmark.
fn binary(package: &str, bench: &str) -> anyhow::Result<String> {
    let arguments = ["bench", "--package", package, "--bench", bench, "--no-run", "--message-format", "json"];
    let messages = shell::output(cargo(&arguments))?;
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["target"]["name"] == bench)
        .find_map(|message| message["executable"].as_str().map(str::to_owned))
        .context("cargo did not say where the benchmark is")
}

/// Instructions of one call: what many calls cost more than none. The start, in which a token is signed with fresh
/// randomness, differs from run to run by a few million, so as many calls are made as outweigh that.
fn instructions(binary: &str, pair: &str, side: &str) -> anyhow::Result<u64> {
    const MOST: u64 = 1_000_000;
    const ENOUGH: u64 = 100_000_000;
    let none = counted(binary, pair, side, 0)?;
    let mut calls = 10;
    loop {
        let more = counted(binary, pair, side, calls)?.saturating_sub(none);
        if more >= ENOUGH || calls >= MOST {
            return Ok(more / calls);
        }
        calls *= 10;
    }
}

fn counted(binary: &str, pair: &str, side: &str, calls: u64) -> anyhow::Result<u64> {
    let calls = calls.to_string();
    let arguments =
        ["--tool=callgrind", "--callgrind-out-file=/dev/null", binary, "--repeat", pair, side, &calls];
    let output = command("valgrind", &arguments).output().context("cannot start valgrind")?;
    let report = String::from_utf8_lossy(&output.stderr).into_owned();
    let collected = report.lines().find_map(|line| line.split("Collected :").nth(1));
    collected
        .and_then(|count| count.trim().parse().ok())
        .with_context(|| format!("callgrind did not count:\n{report}"))
}
