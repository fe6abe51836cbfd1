//! Which functions are tests: what they do with tokens nobody else does.

use crate::{language::Language, project::FunctionRef, rules::Seen};

/// Whether a function is one of tests: by its file, or by where it stands in it.
pub(super) fn is_test(seen: &Seen<'_>, function: FunctionRef) -> bool {
    let file = seen.project.file(function.file);
    let path = file.path.to_string_lossy().to_ascii_lowercase();
    let mut parts: Vec<_> = path.split(['/', '\\']).collect();
    let name = parts.pop().unwrap_or_default();
    let is_named = name.starts_with("test_")
        || [".test.", ".spec.", "_test.", "_tests."].iter().any(|word| name.contains(word))
        || matches!(name, "test.rs" | "tests.rs")
        || name.ends_with("test.java")
        || name.ends_with("tests.cs");
    let is_beneath = parts.iter().any(|part| matches!(*part, "test" | "tests" | "__tests__" | "testing"));
    let start = seen.project.function(function).span.start;
    let is_inside =
        file.language == Language::Rust && file.text.find("#[cfg(test)]").is_some_and(|at| at < start);
    is_named || is_beneath || is_inside
}
