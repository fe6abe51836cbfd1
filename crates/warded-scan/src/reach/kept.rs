//! How what is kept somewhere is called where somebody asks for it.

use std::collections::BTreeSet;

use crate::{
    flow::keep::Kept,
    project::{FileId, Project},
};

/// Words that say nothing of what something is called.
const PLAIN: &[&str] = &[
    "const",
    "let",
    "var",
    "static",
    "pub",
    "self",
    "this",
    "private",
    "public",
    "protected",
    "final",
    "new",
    "readonly",
    "export",
    "return",
    "await",
    "mut",
];

/// Words of which one stands in whatever asks for any of these, in those files.
pub(super) fn words(project: &Project<'_>, keeps: &BTreeSet<Kept>, files: &[FileId]) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for kept in keeps {
        match kept {
            Kept::Field(class, name) => {
                if files.contains(&class.file) {
                    let name = if &**name == "<key>" { &project.class(*class).name } else { name };
                    all.insert(name.to_string());
                }
            }
            // A key, or the path of a thing of a library.
            Kept::Key(key) => all.extend(last(key)),
            Kept::At(place) | Kept::Part(place, _) => {
                if files.contains(&place.file) {
                    all.extend(given_to(&project.file(place.file).text, place.start as usize));
                }
            }
        }
    }
    all
}

fn last(key: &str) -> Option<String> {
    parts(key).last().map(str::to_owned)
}

/// What stands before that place, in the nearest line in which anything does: it is given to that.
fn given_to(text: &str, at: usize) -> Vec<String> {
    let before = text.get(..at).unwrap_or_default();
    let named =
        |line: &str| parts(line).filter(|word| !PLAIN.contains(word)).map(str::to_owned).collect::<Vec<_>>();
    before.lines().rev().map(named).find(|names| !names.is_empty()).unwrap_or_default()
}

fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(|char: char| !char.is_alphanumeric() && char != '_').filter(|part| !part.is_empty())
}
