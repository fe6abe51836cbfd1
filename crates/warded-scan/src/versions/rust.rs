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

/// Of all tables. What a build script uses is not what the code does: it says nothing.
fn of_manifest(manifest: &Table, package: &str) -> Option<Said> {
    let targets = manifest.get("target").and_then(Value::as_table);
    let targets = || targets.into_iter().flat_map(Table::values).filter_map(Value::as_table);
    let workspace = || manifest.get("workspace").and_then(Value::as_table);
    let all = || [manifest].into_iter().chain(targets()).chain(workspace());
    let of = |name: &str| {
        all().filter_map(|table| of_table(table.get(name)?.as_table()?, package)).reduce(Said::or)
    };
    ["dependencies", "dev-dependencies"].into_iter().filter_map(of).reduce(Said::or)
}

/// One package may be there twice, under two names.
fn of_table(dependencies: &Table, package: &str) -> Option<Said> {
    let all = dependencies.iter().filter_map(|(name, wanted)| {
        // One may be called otherwise here.
        let called = wanted.get("package").and_then(Value::as_str).unwrap_or(name);
        let version = wanted.as_str().or_else(|| wanted.get("version")?.as_str());
        Range::parse(version.filter(|_| called == package)?, Alone::Caret).map(Said::allowed)
    });
    all.reduce(Said::or)
}
