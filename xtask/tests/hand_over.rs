//! Where does the text of a client's token leave the type that holds it to its server? In the places that are listed here.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its input has failed")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// A person takes a token away.
const HAND_OVER: &[&str] = &["warded/src/command/token/get.rs"];

/// What reads the text within the client: what it puts into a header or a file, proves, compares, or takes back.
const EXPOSE: &[&str] = &[
    "warded-client/src/obtain/answer.rs",
    "warded-client/src/obtain/exchange.rs",
    "warded-client/src/obtain/introduce.rs",
    "warded-client/src/onward.rs",
    "warded-client/src/possession.rs",
    "warded-client/src/tokens/record.rs",
    "warded-client/src/tokens/record/document.rs",
    "warded-client/src/tokens/resource.rs",
];

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates")
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            found.push(path);
        }
    }
}

/// The product files of these crates in which a text stands.
fn files_with(text: &str, crates_of: &[&str]) -> BTreeSet<String> {
    let mut found = Vec::new();
    for name in crates_of {
        sources(&crates().join(name).join("src"), &mut found);
    }
    let has_it = |path: &PathBuf| {
        let source = fs::read_to_string(path).unwrap();
        source.split("#[cfg(test)]").next().unwrap().contains(text)
    };
    let name = |path: PathBuf| path.strip_prefix(crates()).unwrap().to_str().unwrap().replace('\\', "/");
    found.into_iter().filter(has_it).map(name).collect()
}

fn listed(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn a_token_is_handed_to_a_person_in_one_place() {
    let all: Vec<_> = fs::read_dir(crates()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    let all: Vec<_> = all.iter().map(|name| name.to_str().unwrap()).collect();
    assert!(all.contains(&"warded"), "{all:?}");
    assert_eq!(files_with(".hand_over()", &all), listed(HAND_OVER));
}

#[test]
fn the_text_of_a_token_is_read_where_it_is_needed_and_nowhere_else() {
    let mut found = files_with(".expose()", &["warded-client"]);
    found.extend(files_with("AccessToken::expose", &["warded-client"]));
    assert_eq!(found, listed(EXPOSE));
}
