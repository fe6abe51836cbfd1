//! Is everything that others may use shown in use? Every public item of this crate has an example, and examples are
//! compiled.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its input has failed")]

use std::{
    fs,
    path::{Path, PathBuf},
};

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

/// What a line makes public: the word after the last of these.
fn item(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix("pub ")?;
    let rest = rest.trim_start_matches("const ").trim_start_matches("async ");
    let name =
        ["fn ", "struct ", "enum ", "trait ", "type "].iter().find_map(|kind| rest.strip_prefix(kind))?;
    name.split(|c: char| !c.is_alphanumeric() && c != '_').next()
}

/// The public items without an example, of one file.
fn bare(source: &str) -> Vec<&str> {
    let (mut has_example, mut in_attribute, mut bare) = (false, false, Vec::new());
    for line in source.lines().take_while(|line| !line.starts_with("#[cfg(test)]")) {
        let text = line.trim_start();
        // Between an item and its text stand attributes only.
        if in_attribute || text.starts_with("#[") {
            in_attribute = !text.ends_with(']');
        } else if text.starts_with("///") {
            has_example |= text.contains("```");
        } else {
            bare.extend(item(line).filter(|_| !has_example));
            has_example = false;
        }
    }
    bare
}

#[test]
fn every_public_item_has_an_example() {
    let sources = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let mut missing = Vec::new();
    for path in sources {
        let source = fs::read_to_string(&path).unwrap();
        missing.extend(bare(&source).into_iter().map(|item| format!("{}: {item}", path.display())));
    }
    assert!(missing.is_empty(), "without an example: {missing:#?}");
}

#[test]
fn what_has_none_is_found() {
    let shown = "/// A.\n///\n/// ```\n/// ```\n#[derive(Debug)]\n#[expect(\n    dead_code,\n    reason = \"b\"\n)]\npub struct A;\n";
    assert_eq!(bare(shown), [""; 0]);
    assert_eq!(bare("/// A.\npub struct A;\n/// B.\n    pub async fn b() {}\n"), ["A", "b"]);
    assert_eq!(bare(&format!("{shown}/// B.\npub const fn b() {{}}\n")), ["b"]);
    assert_eq!(bare("pub(crate) struct A;\npub use b::C;\n"), [""; 0]);
}
