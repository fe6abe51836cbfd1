//! Lists, counts, and the five detections.

use std::{
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
    sync::Arc,
};

use serde_json::Value;
use warded_store::journal::{Journal as _, Stray};

use crate::scene::{ALICE, MALLORY, Scene, WILD, answered, opening, refused, stray};

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn records_are_listed_for_people_and_nothing_in_them_reaches_the_terminal() {
    let scene = Scene::of_a_bad_day();
    let (said, exit) = scene.audit(&["list"]);
    assert_eq!(exit, 0);
    assert!(!said.contains(['\u{1b}', '\u{202e}']));
    insta::assert_snapshot!("list", said);
}

#[test]
fn a_call_that_lasted_is_one_record_with_its_end() {
    let scene = Scene::of_a_bad_day();
    let (said, _) = scene.audit(&["list", "--token", ALICE, "--event", "call", "--format", "json"]);
    let [call] = &said.lines().map(json).collect::<Vec<_>>()[..] else { panic!("{said}") };
    assert_eq!((&call["time"], &call["subject"]), (&1_800_000_000.into(), &"alice".into()));
    assert_eq!((&call["outcome"], &call["status"]), (&"answered".into(), &200.into()));
}

#[test]
fn every_condition_must_hold() {
    let scene = Scene::of_a_bad_day();
    let count = |conditions: &[&str]| {
        let mut arguments = vec!["list", "--format", "json"];
        arguments.extend(conditions);
        let (said, exit) = scene.audit(&arguments);
        assert_eq!(exit, 0, "{said}");
        said.lines().count()
    };
    for (conditions, expected) in [
        (&[][..], 10),
        (&["--server", "files"], 6),
        (&["--server", "notes"], 4),
        (&["--subject", "alice"], 2),
        (&["--subject", WILD], 1),
        (&["--client", "editor"], 5),
        (&["--token", ALICE], 3),
        (&["--issuer", "https://login.example.com", "--event", "stray"], 3),
        (&["--from", "198.51.100.23"], 3),
        (&["--code", "audience-elsewhere"], 1),
        (&["--outcome", "refused"], 7),
        (&["--outcome", "answered"], 1),
        (&["--event", "unbound"], 1),
        (&["--event", "checkpoint"], 1),
        (&["--since", "2027-01-15T08:00:25Z"], 5),
        (&["--since", "2027-01-15T08:00:25Z", "--until", "2027-01-15T08:00:30Z"], 2),
        (&["--since", "2027-01-16"], 0),
        (&["--limit", "3"], 3),
        (&["--server", "files", "--subject", "bob"], 2),
    ] {
        assert_eq!(count(conditions), expected, "{conditions:?}");
    }
}

#[test]
fn files_that_are_older_than_what_is_asked_for_are_not_read() {
    let scene = Scene::new();
    let journal = scene.journal();
    // What ends a file is signed when the next one begins.
    for subject in ["earlier", "between", "later"] {
        journal.refuse(opening("notes", subject, ALICE), answered());
        journal.flush().unwrap();
        scene.pass(90_000);
    }
    scene.closes(journal);
    // Whoever reads it from the beginning finds what is no record at all.
    let text = std::fs::read(scene.file()).unwrap();
    std::fs::write(scene.file(), [&vec![b'x'; 3 * 1024 * 1024], &b"\n"[..], &text].concat()).unwrap();
    let (said, exit) = scene.audit(&["list", "--since", "2027-01-17", "--format", "json"]);
    assert_eq!((said.lines().count(), exit), (1, 0), "{said}");
    assert_eq!(json(&said)["subject"], "later");
    // The latest are in the last files.
    for (limit, subject) in [("1", "later"), ("2", "between")] {
        let (said, exit) = scene.audit(&["list", "--limit", limit, "--subject", subject]);
        let is_found = said.contains(subject) && said.contains("earlier ones are not shown");
        assert_eq!((is_found, exit), (limit == "1", i32::from(limit != "1")), "{said}");
    }
    for arguments in [&["--since", "2027-01-15"][..], &["--limit", "0"]] {
        let (said, exit) = scene.audit(&[&["list"], arguments].concat());
        assert!(exit == 1 && said.contains("cannot read"), "{said}");
    }
}

#[test]
fn the_latest_of_several_nodes_are_the_latest_of_all() {
    for other in ["a", "z"] {
        let scene = Scene::new();
        let journal = scene.journal();
        journal.refuse(opening("notes", "alice", ALICE), answered());
        scene.closes(journal);
        let text = std::fs::read_to_string(scene.file()).unwrap();
        let earlier = text.replace("\"time\":18000", "\"time\":17999").replace("alice", "bob");
        let file = scene.file().with_file_name(format!("{other}.00000000000000000001.jsonl"));
        std::fs::write(file, earlier).unwrap();
        let (said, _) = scene.audit(&["list", "--limit", "1"]);
        assert!(said.contains("alice via") && !said.contains("bob via"), "{other}: {said}");
        assert!(said.contains("earlier ones are not shown"), "{said}");
        let (said, _) = scene.audit(&["list", "--limit", "2"]);
        assert!(said.contains("alice via") && said.contains("bob via"), "{said}");
        assert!(!said.contains("not shown"), "{said}");
    }
}

#[test]
fn the_latest_are_the_latest_whichever_node_has_them_and_whatever_never_ended() {
    let scene = Scene::new();
    let journal = scene.journal();
    // What a process leaves that is killed: calls that never end.
    for _ in 0..150 {
        let _open = journal.open(opening("notes", "old", ALICE)).unwrap();
    }
    scene.of_another_node(200, "old");
    journal.flush().unwrap();
    scene.pass(90_000);
    scene.of_another_node(30, "new");
    (0..69).for_each(|_| journal.refuse(opening("notes", "new", ALICE), answered()));
    scene.closes(journal);
    let (said, _) = scene.audit(&["list", "--format", "json"]);
    let subjects: Vec<_> = said.lines().map(|line| json(line)["subject"].clone()).collect();
    assert_eq!(subjects.len(), 100);
    assert_eq!(subjects.iter().filter(|subject| **subject == "new").count(), 99);
    assert_eq!(subjects[0], "old", "the latest last");
}

#[test]
fn the_summary_counts_who_and_where_and_why() {
    let scene = Scene::of_a_bad_day();
    let (said, exit) = scene.audit(&["summary"]);
    assert_eq!(exit, 0);
    assert!(!said.contains(['\u{1b}', '\u{202e}']));
    insta::assert_snapshot!("summary", said);
    let (said, _) = scene.audit(&["summary", "--format", "json"]);
    let summary = json(&said);
    assert_eq!((&summary["strays"], &summary["unbound"]), (&3.into(), &1.into()));
}

#[test]
fn each_of_the_five_is_found_with_who_from_where_and_when() {
    let scene = Scene::of_a_bad_day();
    let (said, exit) = scene.audit(&["detect"]);
    assert_eq!(exit, 13, "{said}");
    assert!(!said.contains(['\u{1b}', '\u{202e}']));
    insta::assert_snapshot!("detect", said);
    let (said, exit) = scene.audit(&["detect", "--format", "json", "--only", "wrong-audience"]);
    assert_eq!(exit, 12);
    let detections = json(&said)["detections"].clone();
    assert_eq!(detections.as_array().unwrap().len(), 1);
    let one = &detections[0];
    // Whose it is, the stray itself does not say: a call of the same token does.
    assert_eq!((&one["who"]["subject"], &one["who"]["token"]), (&"alice".into(), &ALICE.into()));
    assert_eq!((&one["servers"][0], &one["meant"][0]), (&"files".into(), &"notes".into()));
    assert_eq!(one["from"][0], "198.51.100.23");
}

#[test]
fn a_day_on_which_nothing_was_tried_finds_nothing() {
    let scene = Scene::new();
    let journal = scene.journal();
    let ticket = journal.open(opening("notes", "alice", ALICE)).unwrap();
    journal.close(ticket, "notes", answered());
    scene.closes(journal);
    assert_eq!(scene.audit(&["detect"]).1, 0);
    let (said, exit) = scene.audit(&["list", "--subject", "nobody"]);
    assert!(exit == 0 && said.starts_with("no such record"), "{said}");
}

#[test]
fn a_token_that_opened_two_servers_is_the_worst_that_can_be_found() {
    let scene = Scene::new();
    let journal = scene.journal();
    for server in ["notes", "files"] {
        let ticket = journal.open(opening(server, "alice", ALICE)).unwrap();
        journal.close(ticket, server, answered());
    }
    scene.closes(journal);
    let (said, exit) = scene.audit(&["detect"]);
    assert_eq!(exit, 14, "{said}");
    assert!(said.starts_with("critical[several-servers]"), "{said}");
}

#[test]
fn a_token_is_found_at_several_servers_whyever_they_refused_it() {
    let scene = Scene::new();
    let journal = scene.journal();
    let unproven = |server, token| Stray { is_genuine: false, issuer: None, ..stray(server, None, token) };
    for (server, code) in [("files", "issuer-unknown"), ("payments", "expired")] {
        journal.stray(unproven(server, ALICE), refused(code, 401));
        journal.stray(unproven(server, MALLORY), refused(code, 401));
    }
    let ticket = journal.open(opening("notes", "alice", ALICE)).unwrap();
    journal.close(ticket, "notes", answered());
    scene.closes(journal);
    let (said, exit) = scene.audit(&["detect", "--format", "json"]);
    // Whoever knows all but the signature could have made these up.
    assert_eq!(exit, 12, "{said}");
    let found = json(&said)["detections"].clone();
    let told: Vec<_> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["kind"].as_str(), one["who"]["token"].as_str()))
        .collect();
    // What nobody let in may be any text.
    assert_eq!(told, [(Some("several-servers"), Some(ALICE)), (Some("unproven"), Some(MALLORY))]);
    assert_eq!(found[0]["who"]["subject"], "alice");
    assert_eq!(found[0]["servers"], serde_json::json!(["files", "notes", "payments"]));
    assert_eq!(found[0]["from"], serde_json::json!(["192.0.2.7", "198.51.100.23"]));
    assert_eq!(found[0]["count"], 3);
    let (said, _) = scene.audit(&["detect", "--only", "several-servers"]);
    assert!(said.starts_with("medium[several-servers]") && said.contains("may have been made up"), "{said}");
    let (said, _) = scene.audit(&["list", "--event", "unproven"]);
    assert!(
        said.contains("refused issuer-unknown") && said.contains("(a token that is not known)"),
        "{said}"
    );
}

#[test]
fn what_a_permissive_server_let_in_is_worse() {
    let scene = Scene::new();
    let journal = scene.journal();
    let mut waived = opening("notes", "alice", ALICE);
    Arc::make_mut(&mut waived.whose).waived = vec!["audience-missing"];
    let ticket = journal.open(waived).unwrap();
    journal.close(ticket, "notes", answered());
    scene.closes(journal);
    let (said, exit) = scene.audit(&["detect"]);
    assert_eq!(exit, 13, "{said}");
    assert!(said.starts_with("high[no-audience]") && said.contains("let in"), "{said}");
}

#[test]
fn records_are_followed_into_the_next_file() {
    let scene = Scene::new();
    let journal = scene.journal();
    journal.refuse(opening("notes", "earlier", ALICE), answered());
    journal.flush().unwrap();
    let mut following = Command::new(env!("CARGO_BIN_EXE_warded"))
        .args(["audit", "follow", "--since", "2027-01-15", "--server", "notes"])
        .current_dir(scene.folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(following.stdout.take().unwrap()).lines();
    let mut next = || lines.next().unwrap().unwrap();
    assert!(next().contains("earlier via editor"));
    scene.pass(90_000);
    for subject in ["later", "last"] {
        journal.refuse(opening("files", "elsewhere", ALICE), answered());
        journal.refuse(opening("notes", subject, ALICE), answered());
        journal.flush().unwrap();
        assert!(next().contains(subject));
    }
    following.kill().unwrap();
    following.wait().unwrap();
    assert!(std::fs::read_dir(scene.folder.path().join("warded-journal")).unwrap().count() > 2);
}

#[test]
fn a_folder_without_a_journal_says_so() {
    let empty = tempfile::tempdir().unwrap();
    for action in ["list", "detect", "summary", "verify", "follow"] {
        let (said, exit) = crate::scene::asked_in(empty.path(), &[action]);
        assert_eq!(exit, 1, "{action}");
        assert!(
            said.contains("there is no journal in warded-journal; --journal names another folder"),
            "{said}"
        );
    }
}
