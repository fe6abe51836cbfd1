//! Python: lock files of its many tools, `requirements.txt`, the ranges of `pyproject.toml` and `Pipfile`, and what is installed.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value as Json;
use toml::{Table, Value};

use super::{Range, Said, Version, listed, range::Alone};

pub(super) fn read(file: &str, text: &str, package: &str) -> Option<Said> {
    let package = normal(package);
    match file {
        "poetry.lock" | "uv.lock" | "pdm.lock" => listed::read(text, |name| normal(name) == package),
        "Pipfile.lock" => of_pipfile_lock(&serde_json::from_str(text).ok()?, &package),
        "pyproject.toml" => of_manifest(&text.parse().ok()?, &package),
        "Pipfile" => {
            let pipfile: Table = text.parse().ok()?;
            ["packages", "dev-packages"].iter().find_map(|name| of_table(pipfile.get(*name)?, &package))
        }
        "METADATA" => of_metadata(text, &package),
        _ if file.starts_with("requirements") => {
            // A line may go on in the next one, with a condition.
            let text = text.replace("\\\r\n", " ").replace("\\\n", " ");
            text.lines().filter_map(|line| of_requirement(line, &package)).reduce(Said::or)
        }
        _ => None,
    }
}

/// PEP 503: runs of `-`, `_` and `.` are one `-`, and case does not matter.
fn normal(name: &str) -> String {
    let parts = name.split(['-', '_', '.']).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("-").to_ascii_lowercase()
}

/// `PyJWT[crypto]>=2.8,<3 ; python_version > "3.8"` (PEP 508). What is pinned is settled, but not where that holds only somewhere:
/// nobody knows whether it does where the code runs.
fn of_requirement(line: &str, package: &str) -> Option<Said> {
    let line = line.split(['#', '\\']).next().unwrap_or_default();
    let (line, is_conditional) = line.split_once(';').map_or((line, false), |(line, _)| (line, true));
    let line = line.split(" --").next().unwrap_or_default().trim();
    let end = line.find(|c: char| !(c.is_alphanumeric() || "-_.".contains(c))).unwrap_or(line.len());
    let (name, rest) = line.split_at(end);
    if name.is_empty() || normal(name) != package {
        return None;
    }
    let rest = rest.trim_start();
    let rest = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')).map_or(rest, |(_, rest)| rest);
    let range = rest.trim().trim_start_matches('(').trim_end_matches(')');
    let pinned = range.strip_prefix("==").filter(|_| !is_conditional).and_then(Version::parse);
    match pinned {
        Some(version) => Some(Said::locked(version)),
        None => Range::parse(range, Alone::Itself).map(Said::allowed),
    }
}

#[derive(Deserialize)]
struct PipfileLock {
    #[serde(default)]
    default: BTreeMap<String, Json>,
    #[serde(default)]
    develop: BTreeMap<String, Json>,
}

fn of_pipfile_lock(lock: &PipfileLock, package: &str) -> Option<Said> {
    let mut all = lock.default.iter().chain(&lock.develop);
    let (_, locked) = all.find(|(name, _)| normal(name) == package)?;
    let version = Version::parse(locked.get("version")?.as_str()?.trim_start_matches('='))?;
    Some(Said::locked(version))
}

fn of_manifest(manifest: &Table, package: &str) -> Option<Said> {
    let project = manifest.get("project");
    let listed = |list: &Value| {
        let all = list.as_array()?.iter().filter_map(Value::as_str);
        all.filter_map(|line| of_requirement(line, package)).reduce(Said::or)
    };
    let grouped = |groups: &Value| groups.as_table()?.values().filter_map(listed).reduce(Said::or);
    let of_project = || project?.get("dependencies").and_then(listed);
    let optional = || project?.get("optional-dependencies").and_then(grouped);
    let of_groups = || manifest.get("dependency-groups").and_then(grouped);
    let said = of_project().or_else(optional).or_else(of_groups).or_else(|| of_poetry(manifest, package));
    // What a project wants is no lock, even where it names one version.
    said.map(Said::wanted)
}

fn of_poetry(manifest: &Table, package: &str) -> Option<Said> {
    let poetry = manifest.get("tool")?.get("poetry")?;
    let of_groups = || {
        let mut groups = poetry.get("group")?.as_table()?.values();
        groups.find_map(|group| of_table(group.get("dependencies")?, package))
    };
    poetry.get("dependencies").and_then(|table| of_table(table, package)).or_else(of_groups)
}

/// `PyJWT = "^2.8"`, or `PyJWT = { version = "^2.8" }`.
fn of_table(table: &Value, package: &str) -> Option<Said> {
    let (_, wanted) = table.as_table()?.iter().find(|(name, _)| normal(name) == package)?;
    let range = wanted.as_str().or_else(|| wanted.get("version")?.as_str())?;
    Range::parse(range, Alone::Itself).map(Said::allowed)
}

/// Of what is installed: its own version, or that of what it needs.
fn of_metadata(text: &str, package: &str) -> Option<Said> {
    let head = || text.lines().take_while(|line| !line.is_empty());
    let field = |name: &str| head().find_map(|line| line.strip_prefix(name)).map(str::trim);
    if normal(field("Name:")?) == package {
        return Version::parse(field("Version:")?).map(Said::locked);
    }
    let needed = head().filter_map(|line| of_requirement(line.strip_prefix("Requires-Dist:")?, package));
    needed.reduce(Said::or).map(Said::wanted)
}
