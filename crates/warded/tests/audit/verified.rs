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
fn what_begins_anywhere_and_is_signed_by_nobody_is_not_whole() {
    let scene = Scene::of_a_bad_day();
    let (file, text) = (scene.file(), fs::read_to_string(scene.file()).unwrap());
    let line = text.lines().next().unwrap().replace("\"seq\":1,", "\"seq\":900,");
    let (record, _) = line.split_once(",\"event\"").unwrap();
    let begun = format!("{record},\"event\":\"begun\",\"after\":899,\"prev\":\"{}\"}}\n", "9".repeat(64));
    fs::remove_file(&file).unwrap();
    fs::write(file.with_file_name("node.00000000000000000900.jsonl"), begun).unwrap();
    let whole = |arguments: &[&str]| {
        let (said, exit) = scene.audit(&[&["verify", "--format", "json"], arguments].concat());
        let said: Value = serde_json::from_str(&said).unwrap();
        (said["whole"].clone(), said["nodes"][0]["whole"].clone(), exit)
    };
    assert_eq!(whole(&[]), (false.into(), false.into(), 13));
    assert_eq!(whole(&["--public-key", &Scene::public_key()]), (false.into(), false.into(), 11));
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
