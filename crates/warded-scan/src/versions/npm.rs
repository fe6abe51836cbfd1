//! npm, pnpm and Yarn: their lock files, or the range of `package.json`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{Range, Said, Version, range::Alone};

pub(super) fn read(file: &str, text: &str, package: &str) -> Option<Said> {
    match file {
        "package-lock.json" | "npm-shrinkwrap.json" => of_lock(&serde_json::from_str(text).ok()?, package),
        "pnpm-lock.yaml" => all(text.lines().filter_map(|line| of_pnpm(line, package))),
        "yarn.lock" => all(of_yarn(text, package)),
        "package.json" => of_manifest(&serde_json::from_str(text).ok()?, package),
        _ => None,
    }
}

/// Of a `package.json` that lies where the package was installed.
pub(super) fn installed(text: &str, package: &str) -> Option<Said> {
    let manifest: Manifest = serde_json::from_str(text).ok()?;
    all(manifest.version.as_deref().filter(|_| manifest.name.as_deref() == Some(package)).into_iter())
}

#[derive(Deserialize)]
struct Lock {
    /// By where each lies.
    #[serde(default)]
    packages: BTreeMap<String, Locked>,
    /// By name, as it once was.
    #[serde(default)]
    dependencies: BTreeMap<String, Locked>,
}

#[derive(Deserialize)]
struct Locked {
    version: Option<String>,
}

fn of_lock(lock: &Lock, package: &str) -> Option<Said> {
    let place = format!("node_modules/{package}");
    let found = lock.packages.get(&place).or_else(|| lock.dependencies.get(package));
    all(found.and_then(|locked| locked.version.as_deref()).into_iter())
}

#[derive(Deserialize)]
struct Manifest {
    name: Option<String>,
    version: Option<String>,
    #[serde(default)]
    dependencies: BTreeMap<String, Value>,
    #[serde(default, rename = "devDependencies")]
    dev: BTreeMap<String, Value>,
    #[serde(default, rename = "peerDependencies")]
    peer: BTreeMap<String, Value>,
    #[serde(default, rename = "optionalDependencies")]
    optional: BTreeMap<String, Value>,
}

fn of_manifest(manifest: &Manifest, package: &str) -> Option<Said> {
    let tables = [&manifest.dependencies, &manifest.optional, &manifest.dev, &manifest.peer];
    let range = tables.iter().find_map(|table| table.get(package)?.as_str())?;
    Range::parse(range, Alone::Itself).map(Said::allowed)
}

/// `/jsonwebtoken@9.0.2:`, or as it once was `/jsonwebtoken/9.0.2:`; behind it may stand what it was installed beside.
fn of_pnpm<'t>(line: &'t str, package: &str) -> Option<&'t str> {
    let key = line.trim().trim_matches('\'').trim_start_matches('/');
    let version = key.strip_prefix(package)?.strip_prefix(['@', '/'])?;
    let end = version.find([':', '(', '_', '\'']).filter(|_| line.starts_with("  "))?;
    version.get(..end)
}

/// `"jsonwebtoken@npm:^9.0.0":`, and in a line below it `version: 9.0.2`.
fn of_yarn<'t>(text: &'t str, package: &str) -> impl Iterator<Item = &'t str> {
    let mut is_named = false;
    text.lines().filter_map(move |line| {
        if !line.starts_with(' ') {
            let first = line.trim_start_matches('"');
            is_named = first.strip_prefix(package).is_some_and(|rest| rest.starts_with('@'));
            return None;
        }
        let version = line.trim().strip_prefix("version").filter(|_| is_named)?;
        Some(version.trim_start_matches(':').trim().trim_matches('"'))
    })
}

fn all<'t>(versions: impl Iterator<Item = &'t str>) -> Option<Said> {
    Said::listed(versions.filter_map(Version::parse))
}
