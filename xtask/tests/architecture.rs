//! The arrows between the crates point one way, and the crate that decides has nothing to decide with but its input.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its input has failed")]

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use serde_json::Value;

/// Which of our crates each of our crates may use.
const MAY_USE: &[(&str, &[&str])] = &[
    ("warded-core", &[]),
    ("warded-policy", &["warded-core"]),
    ("warded-store", &["warded-core"]),
    ("warded-client", &["warded-core"]),
    ("warded-scan", &["warded-core"]),
    ("warded-guard", &["warded-core", "warded-policy", "warded-client", "warded-store"]),
    ("warded-issuer", &["warded-core", "warded-policy", "warded-client", "warded-store"]),
    ("warded-probe", &["warded-core", "warded-client"]),
    ("warded-gateway", &["warded-guard", "warded-client", "warded-store", "warded-core", "warded-policy"]),
    ("warded", ANY),
    // Not products: they may look at everything, and nothing may look at them.
    ("warded-everything", ANY),
    ("warded-fuzz-bodies", ANY),
    ("warded-floor", &[]),
    ("warded-issuer-bench", ANY),
    ("xtask", &[]),
];

const ANY: &[&str] = &["*"];
const TOOLS: &[&str] =
    &["warded-everything", "warded-floor", "warded-fuzz-bodies", "warded-issuer-bench", "xtask"];

/// What the crate that decides must never reach: I/O, clocks, async, HTTP.
const NOT_IN_CORE: &[&str] = &[
    "tokio",
    "async-std",
    "smol",
    "futures-util",
    "hyper",
    "http",
    "axum",
    "tower",
    "rustls",
    "reqwest",
    "jiff",
    "chrono",
    "time",
    "rand",
    "sqlx",
    "mio",
    "socket2",
];

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap()
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value[key].as_array().unwrap().iter()
}

#[test]
fn arrows_point_one_way() {
    let metadata = metadata();
    let members: BTreeSet<_> = list(&metadata, "workspace_members").filter_map(Value::as_str).collect();
    let ours: Vec<_> =
        list(&metadata, "packages").filter(|package| members.contains(text(package, "id"))).collect();
    let names: BTreeSet<_> = ours.iter().map(|package| text(package, "name")).collect();
    let table: BTreeMap<_, _> = MAY_USE.iter().copied().collect();
    for package in &ours {
        let name = text(package, "name");
        let allowed = table.get(name).unwrap_or_else(|| panic!("`{name}` is not in the table of crates"));
        // Tests may look at more; products may not.
        for dependency in list(package, "dependencies").filter(|dependency| dependency["kind"].is_null()) {
            let used = text(dependency, "name");
            if names.contains(used) {
                assert!(!TOOLS.contains(&used), "`{name}` uses the tool `{used}`");
                assert!(allowed.contains(&used) || *allowed == ANY, "`{name}` may not use `{used}`");
            }
        }
    }
}

#[test]
fn the_core_reaches_no_io_no_clock_and_no_http() {
    let metadata = metadata();
    let resolve = &metadata["resolve"];
    let nodes: BTreeMap<_, _> = list(resolve, "nodes").map(|node| (text(node, "id"), node)).collect();
    let names: BTreeMap<_, _> =
        list(&metadata, "packages").map(|package| (text(package, "id"), text(package, "name"))).collect();
    let (core, _) = names.iter().find(|(_, name)| **name == "warded-core").unwrap();
    let (mut reached, mut open) = (BTreeSet::new(), vec![*core]);
    while let Some(id) = open.pop() {
        if reached.insert(id) {
            let is_normal =
                |dependency: &&Value| list(dependency, "dep_kinds").any(|kind| kind["kind"].is_null());
            open.extend(list(nodes[id], "deps").filter(is_normal).map(|dependency| text(dependency, "pkg")));
        }
    }
    let reached: BTreeSet<_> = reached.into_iter().map(|id| names[id]).collect();
    assert!(reached.contains("aws-lc-rs"), "the walk reached nothing");
    for name in NOT_IN_CORE {
        assert!(!reached.contains(name), "warded-core reaches `{name}`");
    }
}

/// What the command is built of, without what only tests need.
fn built_of(package: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--package", package, "--edges", "normal"])
        .args(["--prefix", "none", "--format", "{lib}", "--locked"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn the_command_has_no_second_client_in_it() {
    let parts = built_of("warded");
    assert!(parts.contains("warded_client") && parts.contains("hyper"), "{parts:?}");
    for name in ["rmcp", "sse_stream", "reqwest", "oauth2"] {
        assert!(!parts.contains(name), "the command is built of `{name}`");
    }
}
