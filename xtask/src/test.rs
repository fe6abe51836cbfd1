//! Every check of the project, in the order in which they fail fastest.

use anyhow::bail;

use crate::{
    peers::Peers,
    shell::{self, answers, cargo, command, complain, output, run_reading, say},
};

const CARGO_DENY: &str = "0.20.2";

/// Installs what the tests need, then runs every check.
fn every_check() -> anyhow::Result<Counts> {
    shell::run(cargo(&["fmt", "--all", "--check"]))?;
    let peers = Peers::install()?;
    shell::run(cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "--deny", "warnings"]))?;
    let mut docs = cargo(&["doc", "--workspace", "--no-deps", "--locked", "--quiet"]);
    docs.env("RUSTDOCFLAGS", "--deny warnings");
    shell::run(docs)?;
    let mut skipped = peers.skipped();
    skipped.extend(dependencies()?);
    let (mut counts, failures) = tests(&peers)?;
    for line in failures {
        complain(&line);
    }
    for what in skipped {
        complain(&format!("SKIPPED: {what}"));
        counts.skipped += 1;
    }
    Ok(counts)
}

/// How many tests did what.
#[derive(Default)]
struct Counts {
    passed: u64,
    failed: u64,
    skipped: u64,
}

/// Runs every check and ends with one line that says how it went.
pub(crate) fn run() -> anyhow::Result<()> {
    let counts = every_check()?;
    say(&format!("\n{} passed, {} failed, {} skipped", counts.passed, counts.failed, counts.skipped));
    if counts.failed > 0 || counts.passed == 0 {
        bail!("not every test passed");
    }
    Ok(())
}

/// Runs the tests, and says again what the failed ones said: a log of five thousand tests is often kept by its end alone.
fn tests(peers: &Peers) -> anyhow::Result<(Counts, Vec<String>)> {
    let mut counts = Counts::default();
    let mut failures = Vec::new();
    let mut is_told = false;
    let mut command = cargo(&["test", "--workspace", "--locked", "--no-fail-fast"]);
    peers.tell(&mut command);
    let succeeded = run_reading(command, |line| {
        let count = |word: &str| {
            let before = line.split(word).next().unwrap_or_default().trim_end();
            before.rsplit(' ').next().and_then(|number| number.parse::<u64>().ok()).unwrap_or(0)
        };
        is_told |= line == "failures:";
        is_told &= !line.starts_with("test result: ");
        if is_told {
            failures.push(line.to_owned());
        }
        if line.starts_with("test result: ") {
            counts.passed += count("passed;");
            counts.failed += count("failed;");
            counts.skipped += count("ignored;");
        }
    })?;
    if !succeeded && counts.failed == 0 {
        bail!("the tests did not run to their end");
    }
    Ok((counts, failures))
}

/// Licences, bans and sources always; advisories where the database can be had.
fn dependencies() -> anyhow::Result<Option<&'static str>> {
    let is_installed = answers("cargo-deny", &["--version"])
        && output(command("cargo-deny", &["--version"]))?.contains(CARGO_DENY);
    if !is_installed {
        shell::run(cargo(&["install", "--locked", "--quiet", "cargo-deny", "--version", CARGO_DENY]))?;
    }
    shell::run(cargo(&[
        "deny",
        "--workspace",
        "check",
        "--hide-inclusion-graph",
        "licenses",
        "bans",
        "sources",
    ]))?;
    if answers(env!("CARGO"), &["deny", "fetch", "db"]) {
        shell::run(cargo(&["deny", "--workspace", "check", "--disable-fetch", "advisories"]))?;
        return Ok(None);
    }
    Ok(Some("advisories: their database cannot be fetched from here"))
}

/// Writes the pages that are generated or recorded; the same tests then find them fresh.
pub(crate) fn write_reference() -> anyhow::Result<()> {
    let peers = Peers::install()?;
    let product = ["--package", "warded", "--test", "reference", "--test", "walk"];
    let guard = ["--package", "warded-guard", "--test", "clients", "--test", "attacks"];
    let everybody = ["--package", "warded", "--test", "clients", "everybody::"];
    let issuer = ["--package", "warded", "--test", "clients", "record::"];
    let newcomer = ["--package", "warded", "--test", "clients", "first_time::"];
    let policy = ["--package", "warded-policy", "--test", "differential", "page::"];
    let defaults = ["--package", "warded-scan", "--test", "defaults", "page::"];
    for pages in [&product[..], &guard, &everybody, &issuer, &newcomer, &policy, &defaults] {
        let mut command = cargo(&[&["test", "--locked"], pages].concat());
        command.env("UPDATE_REFERENCE", "1");
        peers.tell(&mut command);
        shell::run(command)?;
    }
    Ok(())
}
