//! Cargo: `Cargo.lock`, or the range of `Cargo.toml`.

use toml::{Table, Value};

use super::{Range, Said, listed, range::Alone};

pub(super) fn read(file: &str, text: &str, package: &str) -> Option<Said> {
    match file {
        "Cargo.lock" => listed::read(text, |name| name == package),
        "Cargo.toml" => of_manifest(&text.parse().ok()?, package),
        _ => None,
    }
}

fn of_manifest(manifest: &Table, package: &str) -> Option<Said> {
    let tables = ["dependencies", "dev-dependencies", "build-dependencies"];
    let of = |table: &Table| tables.iter().find_map(|name| of_table(table.get(*name)?.as_table()?, package));
    let targets = manifest.get("target").and_then(Value::as_table);
    let by_target = || targets?.values().find_map(|target| of(target.as_table()?));
    let of_workspace = || of(manifest.get("workspace")?.as_table()?);
    of(manifest).or_else(by_target).or_else(of_workspace)
}

fn of_table(dependencies: &Table, package: &str) -> Option<Said> {
    dependencies.iter().find_map(|(name, wanted)| {
        // One may be called otherwise here.
        let called = wanted.get("package").and_then(Value::as_str).unwrap_or(name);
        let version = wanted.as_str().or_else(|| wanted.get("version")?.as_str());
        let range = Range::parse(version.filter(|_| called == package)?, Alone::Caret)?;
        Some(Said::allowed(range))
    })
}
