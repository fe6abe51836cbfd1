//! What does a verdict cost beside the signature alone? Times in turns, allocations, and instructions by callgrind.

use anyhow::Context as _;

use crate::shell::{self, answers, cargo, command, complain, say};

/// Runs the benchmark of the core.
pub(crate) fn run() -> anyhow::Result<()> {
    shell::run(cargo(&["bench", "--package", "warded-core", "--bench", "judge"]))?;
    if !answers("valgrind", &["--version"]) {
        complain("SKIPPED: instructions by callgrind: there is no valgrind on this machine");
        return Ok(());
    }
    let binary = binary()?;
    say(
        "\n| algorithm | instructions, signature alone | instructions, judge | ratio |\n| --- | --: | --: | --: |",
    );
    for algorithm in ["EdDSA", "ES256", "RS256"] {
        let bare = instructions(&binary, &format!("signature:{algorithm}"))?;
        let whole = instructions(&binary, &format!("judge:{algorithm}"))?;
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
        let ratio = whole as f64 / bare as f64;
        say(&format!("| {algorithm} | {bare} | {whole} | {ratio:.3} |"));
    }
    Ok(())
}

/// Where cargo put the benchmark.
fn binary() -> anyhow::Result<String> {
    let arguments =
        ["bench", "--package", "warded-core", "--bench", "judge", "--no-run", "--message-format", "json"];
    let messages = shell::output(cargo(&arguments))?;
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["target"]["name"] == "judge")
        .find_map(|message| message["executable"].as_str().map(str::to_owned))
        .context("cargo did not say where the benchmark is")
}

/// Instructions of one call: what a thousand calls cost more than none. The start, in which a token is signed with
/// fresh randomness, differs from run to run by a few million, so fewer calls would not do.
fn instructions(binary: &str, case: &str) -> anyhow::Result<u64> {
    const CALLS: u64 = 1000;
    let (none, many) = (counted(binary, case, 0)?, counted(binary, case, CALLS)?);
    Ok(many.saturating_sub(none) / CALLS)
}

fn counted(binary: &str, case: &str, calls: u64) -> anyhow::Result<u64> {
    let calls = calls.to_string();
    let arguments = ["--tool=callgrind", "--callgrind-out-file=/dev/null", binary, "--repeat", case, &calls];
    let output = command("valgrind", &arguments).output().context("cannot start valgrind")?;
    let report = String::from_utf8_lossy(&output.stderr).into_owned();
    let collected = report.lines().find_map(|line| line.split("Collected :").nth(1));
    collected
        .and_then(|count| count.trim().parse().ok())
        .with_context(|| format!("callgrind did not count:\n{report}"))
}
