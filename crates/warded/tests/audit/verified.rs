//! Is the journal what was written? Asked of the program, as an operator would.

use std::fs;

use serde_json::Value;

use crate::scene::{ALICE, Scene, opening};
use warded_store::journal::Journal as _;

#[test]
fn a_whole_journal_is_whole_by_the_store_and_by_its_key() {
    let scene = Scene::of_a_bad_day();
    let (said, exit) = scene.audit(&["verify"]);
    assert_eq!(exit, 0, "{said}");
    insta::assert_snapshot!("verify", said);
    let (said, exit) = scene.audit(&["verify", "--public-key", &Scene::public_key()]);
    assert_eq!(exit, 0, "{said}");
    insta::assert_snapshot!("verify_by_key", said);
    let (said, exit) = scene.audit(&["verify", "--store", "nowhere.db"]);
    assert_eq!(exit, 11, "nobody vouches for it: {said}");
    insta::assert_snapshot!("verify_by_nobody", said);
    assert!(!scene.folder.path().join("nowhere.db").exists());
}

#[test]
fn a_record_that_was_changed_is_shown_with_its_place() {
    let scene = Scene::of_a_bad_day();
    let text = fs::read_to_string(scene.file()).unwrap();
    fs::write(scene.file(), text.replace("origin-foreign", "scope-missing")).unwrap();
    let (said, exit) = scene.audit(&["verify"]);
    assert_eq!(exit, 13);
    insta::assert_snapshot!("verify_changed", said);
    let (said, _) = scene.audit(&["verify", "--format", "json"]);
    let node = serde_json::from_str::<Value>(&said).unwrap()["nodes"][0].clone();
    assert_eq!((&node["whole"], &node["line"]), (&false.into(), &3.into()));
}

#[test]
fn a_record_that_was_never_made_is_not_vouched_for_by_the_next_start() {
    let scene = Scene::of_a_bad_day();
    scene.forges();
    for _ in 0..2 {
        let (said, exit) = scene.audit(&["verify"]);
        assert_eq!(exit, 13, "{said}");
        let journal = scene.journal();
        journal.refuse(opening("notes", "alice", ALICE), crate::scene::answered());
        scene.closes(journal);
    }
    let again = Scene::of_a_bad_day();
    again.forges();
    let (said, _) = again.audit(&["verify"]);
    assert!(said.contains("stands behind the end"), "{said}");
}

#[test]
fn a_journal_that_is_gone_shows_in_the_store() {
    let scene = Scene::of_a_bad_day();
    fs::remove_file(scene.file()).unwrap();
    let (said, exit) = scene.audit(&["verify"]);
    assert_eq!(exit, 13, "{said}");
    assert!(said.contains("the end was cut off"), "{said}");
    // Whoever goes on says behind which record, and that stays.
    let journal = scene.journal();
    journal.refuse(opening("notes", "alice", ALICE), crate::scene::answered());
    scene.closes(journal);
    let (said, exit) = scene.audit(&["verify"]);
    assert_eq!(exit, 11, "{said}");
    assert!(said.contains("it begins behind record"), "{said}");
}

#[test]
fn another_key_is_not_believed() {
    let scene = Scene::of_a_bad_day();
    let (said, exit) =
        scene.audit(&["verify", "--public-key", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]);
    assert_eq!(exit, 13, "{said}");
    assert!(said.contains("which is not this journal's"), "{said}");
    assert_eq!(scene.audit(&["verify", "--public-key", "no key"]).1, 2);
}
