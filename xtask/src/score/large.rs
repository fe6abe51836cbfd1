//! The largest code there is around MCP, as people have it installed: does the scanner come to an end, and say what it
//! could not read?

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context as _, bail, ensure};

use super::{Arguments, finding::Report, in_parallel, label::Ecosystem, looked::Scanner, within};
use crate::shell::{complain, root, say};

/// How long a client may install.
const PATIENCE: Duration = Duration::from_mins(30);

/// What is installed with everything that it needs: the SDKs, and the largest of what is built with them.
const INSTALLED: &[(Ecosystem, &str, &str)] = &[
    (Ecosystem::Npm, "@modelcontextprotocol/sdk", "1.29.0"),
    (Ecosystem::Npm, "@google/gemini-cli-core", "0.61.0"),
    (Ecosystem::PyPi, "mcp", "1.30.0"),
    (Ecosystem::PyPi, "fastmcp", "2.14.5"),
    (Ecosystem::PyPi, "litellm", "1.109.1"),
    (Ecosystem::Cargo, "rmcp", "3.9.0"),
    (Ecosystem::Go, "github.com/modelcontextprotocol/go-sdk", "v1.8.0"),
    (Ecosystem::Go, "github.com/mark3labs/mcp-go", "v1.2.1"),
];

/// Looks at all of them.
pub(super) fn run(asked: &Arguments) -> anyhow::Result<()> {
    let wanted: Vec<_> =
        INSTALLED.iter().filter(|(ecosystem, ..)| asked.ecosystems.contains(ecosystem)).collect();
    let scanner = Scanner::build(asked.limit)?;
    let folders = in_parallel(2, &wanted, |(ecosystem, name, version)| installed(*ecosystem, name, version));
    say("\n| what | files | lines | seconds | not looked at |\n| --- | --: | --: | --: | --- |");
    let (mut fallen, mut looked_at) = (0, 0);
    for ((_, name, version), folder) in wanted.iter().zip(folders) {
        let outcome = folder.map(|folder| report(&scanner, &folder));
        match outcome {
            Ok(Ok(row)) => {
                looked_at += 1;
                say(&format!("| {name} {version} {row}"));
            }
            Ok(Err(error)) => {
                fallen += 1;
                complain(&format!("FELL: {name} {version}: {error:#}"));
            }
            Err(error) => complain(&format!("LEFT OUT: {name} {version}: {error:#}")),
        }
    }
    say(&format!("\nwhat could not be read, place by place: {}", lists().display()));
    ensure!(fallen == 0, "the scanner did not come to the end of {fallen}");
    ensure!(looked_at > 0, "nothing could be installed");
    Ok(())
}

/// Looks at a folder and writes down all that could not be read.
fn report(scanner: &Scanner, folder: &Path) -> anyhow::Result<String> {
    let name = folder.file_name().context("a folder without a name")?.to_string_lossy().into_owned();
    let Report { files, lines, seconds, unseen, .. } = scanner.look(folder, &[], &name)?;
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    let mut list = String::new();
    for left in &unseen {
        *reasons.entry(&left.why).or_default() += 1;
        let lines = left.lines.map_or(String::new(), |(line, end)| format!(":{line}-{end}"));
        list.push_str(&format!("{}{lines} {}\n", left.path, left.why));
    }
    fs::create_dir_all(lists()).context("cannot create a folder")?;
    fs::write(lists().join(format!("{name}.txt")), list).context("cannot write what could not be read")?;
    let reasons = reasons.iter().map(|(why, count)| format!("{why} {count}")).collect::<Vec<_>>().join(", ");
    Ok(format!("| {files} | {lines} | {seconds:.1} | {reasons} |"))
}

fn lists() -> PathBuf {
    root().join("target/score/unread")
}

/// Installs a package with all that it needs, and runs nothing of it; where it is then.
fn installed(ecosystem: Ecosystem, name: &str, version: &str) -> anyhow::Result<PathBuf> {
    let flat = format!("{}--{}@{version}", ecosystem.name(), name.replace('/', "~"));
    let place = root().join("target/score/large").join(flat);
    let note = within::beside(&place, ".installed");
    if note.is_file() {
        return Ok(place);
    }
    if place.exists() {
        fs::remove_dir_all(&place).context("cannot clear what was installed by half")?;
    }
    fs::create_dir_all(&place).with_context(|| format!("cannot create {}", place.display()))?;
    match ecosystem {
        Ecosystem::Npm => {
            let wanted = format!("{name}@{version}");
            let options =
                ["install", "--silent", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", "."];
            client("npm", &[&options[..], &["--", &wanted]].concat(), &place)?;
        }
        Ecosystem::PyPi => {
            let wanted = format!("{name}=={version}");
            let options = ["-m", "pip", "install", "--quiet", "--no-compile", "--only-binary", ":all:"];
            client("python3", &[&options[..], &["--target", ".", "--", &wanted]].concat(), &place)?;
        }
        Ecosystem::Cargo => {
            let manifest = format!(
                "[package]\nname = \"scratch\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[lib]\n\
                 path = \"lib.rs\"\n\n[dependencies]\n{name} = {{ version = \"={version}\", features = [\"auth\", \"client\", \"server\"] }}\n"
            );
            fs::write(place.join("Cargo.toml"), manifest).context("cannot write a manifest")?;
            fs::write(place.join("lib.rs"), "").context("cannot write a crate")?;
            client(env!("CARGO"), &["vendor", "--quiet", "vendor"], &place)?;
        }
        Ecosystem::Go => {
            fs::write(
                place.join("go.mod"),
                format!("module scratch\n\ngo 1.24\n\nrequire {name} {version}\n"),
            )
            .context("cannot write a manifest")?;
            fs::write(
                place.join("main.go"),
                format!("package main\n\nimport _ \"{name}/mcp\"\n\nfunc main() {{}}\n"),
            )
            .context("cannot write a module")?;
            client("go", &["mod", "tidy"], &place)?;
            client("go", &["mod", "vendor"], &place)?;
        }
        Ecosystem::Maven => bail!("there is no large one"),
    }
    fs::write(note, "").context("cannot note that it is installed")?;
    Ok(place)
}

fn client(program: &str, arguments: &[&str], place: &Path) -> anyhow::Result<()> {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(place);
    let ended = within::time(PATIENCE, command, place)?;
    if !ended.succeeded {
        let mut lines = ended.complaints.lines().filter(|line| !line.trim().is_empty());
        bail!("{program}: {}", lines.next().unwrap_or("failed without a word"));
    }
    Ok(())
}
