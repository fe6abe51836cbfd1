//! What do libraries do with `aud` when nobody tells them what to do, and when somebody does? `defaults.toml` says so,
//! and the libraries themselves are run to see that it is true. What stands in C# is cited: nothing runs it here.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage has failed")]

use std::process::Command;

use peer::{folder, installed, printed};
use table::{Language, Row, differences, table};

mod page;
mod peer;
mod table;

/// The measured rows of a language, compared with what the table says of it.
fn compare(language: Language, measured: &str) {
    let measured: Vec<Row> = measured.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(!measured.is_empty());
    let differences = differences(&table().rows(language), &measured);
    assert!(
        differences.is_empty(),
        "not as in crates/warded-scan/defaults.toml:\n{}",
        differences.join("\n")
    );
}

#[test]
fn python_libraries_do_what_the_table_says() {
    // The SDK's first major version is one of the guard's callers, so it is installed already.
    let peers = (installed("WARDED_DEFAULTS_PYTHON"), installed("WARDED_GUARD_PYTHON_V1"));
    let (Some(python), Some(first)) = peers else { return };
    let ask = |interpreter, program| {
        let program = folder().join("python").join(program);
        printed(Command::new(interpreter).arg("-B").arg(program))
    };
    let said = [ask(&python, "measure.py"), ask(&python, "mcp_sdk.py"), ask(&first, "mcp_sdk.py")];
    compare(Language::Python, &said.concat());
}

#[test]
fn javascript_libraries_do_what_the_table_says() {
    let Some(packages) = installed("WARDED_DEFAULTS_NODE") else { return };
    let program = folder().join("npm/measure.mjs");
    compare(Language::Javascript, &printed(Command::new("node").arg(program).env("PACKAGES", packages)));
}

#[test]
fn go_libraries_do_what_the_table_says() {
    let Some(program) = installed("WARDED_DEFAULTS_GO") else { return };
    compare(Language::Go, &printed(&mut Command::new(program)));
}

#[test]
fn java_libraries_do_what_the_table_says() {
    let Some(place) = installed("WARDED_DEFAULTS_JAVA") else { return };
    let path = std::env::join_paths([place.join("classes"), place.join("libraries/*")]).unwrap();
    compare(Language::Java, &printed(Command::new("java").arg("-cp").arg(path).arg("Measure")));
}

#[test]
fn rust_libraries_do_what_the_table_says() {
    let Some(program) = installed("WARDED_DEFAULTS_RUST") else { return };
    compare(Language::Rust, &printed(&mut Command::new(program)));
}
