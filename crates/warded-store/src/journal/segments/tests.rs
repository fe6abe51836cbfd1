use std::{fs, path::PathBuf};

use serde_json::Value;

use super::*;
use crate::journal::Outcome;

#[derive(Debug)]
struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> UnixTime {
        UnixTime::from_seconds(1_800_000_000)
    }
}

fn open(folder: &Path) -> Segments {
    Segments::open(folder, "a", Arc::new(Fixed)).unwrap()
}

fn opening(subject: &str) -> Opening {
    Opening {
        server: "notes".into(),
        resource: "https://notes.example.com/mcp".into(),
        method: Some("tools/call".into()),
        names: vec!["read_note".into()],
        subject: Some(subject.into()),
        issuer: "https://login.example.com".into(),
        token: "74bd075a69359e26b8e1eae8".into(),
        ..Opening::default()
    }
}

fn closing() -> Closing {
    Closing { outcome: Outcome::Answered, code: None, status: Some(200), bytes: 12, duration_ms: 3 }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    file::segments(folder, "a").unwrap()
}

fn records(folder: &Path) -> Vec<Value> {
    let texts = files(folder).into_iter().map(|file| fs::read_to_string(file).unwrap());
    texts
        .flat_map(|text| text.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<_>>())
        .collect()
}

#[test]
fn a_call_leaves_a_record_before_it_is_made_and_one_when_it_has_ended() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    let ticket = journal.open(opening("alice")).unwrap();
    journal.flush().unwrap();
    let [call] = &records(folder.path())[..] else { panic!("one record") };
    assert_eq!(
        (&call["event"], &call["subject"], &call["call"]),
        (&"call".into(), &"alice".into(), &1.into())
    );
    assert_eq!((&call["seq"], &call["node"], &call["time"]), (&1.into(), &"a".into(), &1_800_000_000.into()));
    journal.close(ticket, closing());
    journal.flush().unwrap();
    let end = records(folder.path()).pop().unwrap();
    assert_eq!(
        (&end["event"], &end["call"], &end["outcome"]),
        (&"end".into(), &1.into(), &"answered".into())
    );
}

#[test]
fn unknown_callers_are_counted_and_known_ones_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    for _ in 0..10_000 {
        journal.count("notes", "expired");
    }
    let refused =
        Closing { outcome: Outcome::Refused, code: Some("scope-missing"), status: Some(403), ..closing() };
    journal.refuse(opening("alice"), refused);
    journal.flush().unwrap();
    let records = records(folder.path());
    assert_eq!(records.len(), 2);
    assert_eq!((&records[0]["event"], &records[0]["code"]), (&"refused".into(), &"scope-missing".into()));
    assert_eq!((&records[1]["count"], &records[1]["code"]), (&10_000.into(), &"expired".into()));
}

#[test]
fn a_flood_of_strays_is_counted_and_each_token_is_named_once() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    let refused = Closing {
        outcome: Outcome::Refused,
        code: Some("audience-elsewhere"),
        status: Some(401),
        ..closing()
    };
    for n in 0..10_000 {
        let token = format!("{:024}", n / 10).into();
        let stray = Stray { server: "notes".into(), meant: "files".into(), token, ..Stray::default() };
        journal.stray(stray, refused);
    }
    journal.flush().unwrap();
    let records = records(folder.path());
    let (strays, counted): (Vec<_>, Vec<_>) = records.iter().partition(|record| record["event"] == "stray");
    assert_eq!(strays.len(), 60);
    let named: std::collections::HashSet<_> = strays.iter().map(|stray| stray["token"].as_str()).collect();
    assert_eq!(named.len(), 60);
    assert_eq!((counted.len(), counted[0]["count"].as_u64()), (1, Some(9_940)), "nothing is lost");
    assert_eq!(verify(folder.path(), "a"), Ok(61));
}

#[test]
fn the_chain_goes_on_after_a_restart_and_over_half_a_line() {
    let folder = tempfile::tempdir().unwrap();
    for round in 1..4 {
        let journal = open(folder.path());
        let ticket = journal.open(opening("alice")).unwrap();
        journal.close(ticket, closing());
        drop(journal);
        assert_eq!(verify(folder.path(), "a"), Ok(round * 2));
        // What a process leaves that dies while it writes.
        let last = files(folder.path()).pop().unwrap();
        let mut text = fs::read(&last).unwrap();
        text.extend_from_slice(b"{\"time\":18000000");
        fs::write(&last, text).unwrap();
    }
    assert_eq!(files(folder.path()).len(), 3);
}

#[test]
fn a_file_that_was_cut_off_in_its_first_line_is_begun_again() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()));
    fs::write(folder.path().join("a.00000000000000000001.jsonl"), "{\"ti").unwrap();
    let journal = open(folder.path());
    let _ticket = journal.open(opening("alice")).unwrap();
    drop(journal);
    assert_eq!(verify(folder.path(), "a"), Ok(1));
    assert_eq!(records(folder.path()).len(), 1);
}

#[test]
fn a_record_that_is_changed_moved_or_removed_breaks_the_chain() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    for subject in ["alice", "bob", "carol"] {
        let _ticket = journal.open(opening(subject)).unwrap();
    }
    drop(journal);
    let file = files(folder.path()).pop().unwrap();
    let text = fs::read_to_string(&file).unwrap();
    let lines: Vec<_> = text.lines().collect();
    let broken_at = |lines: &[&str]| {
        fs::write(&file, lines.join("\n") + "\n").unwrap();
        match verify(folder.path(), "a") {
            Err(ChainBroken::Here { line, .. }) => line,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(broken_at(&[lines[0], lines[2]]), 2);
    assert_eq!(broken_at(&[lines[1], lines[0], lines[2]]), 2);
    assert_eq!(broken_at(&[lines[0], &lines[1].replace("bob", "eve"), lines[2]]), 3);
    assert_eq!(broken_at(&[&lines[0].replace("\"seq\":1", "\"seq\":9"), lines[1], lines[2]]), 2);
    assert_eq!(broken_at(&[&lines[0].replace("0000", "1111"), lines[1], lines[2]]), 1);
    assert_eq!(broken_at(&[lines[0], &lines[1].replace("\"node\":\"a\"", "\"node\":\"b\""), lines[2]]), 2);
    assert_eq!(broken_at(&[lines[0], lines[1], "{}"]), 3);
    fs::write(&file, text).unwrap();
    assert_eq!(verify(folder.path(), "a"), Ok(3));
}

#[test]
fn files_are_turned_and_the_chain_runs_through_them() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Segments::bounded(folder.path(), "a", Arc::new(Fixed), 500, ROOM).unwrap();
    for _ in 0..20 {
        let ticket = journal.open(opening("alice")).unwrap();
        journal.close(ticket, closing());
        journal.flush().unwrap();
    }
    drop(journal);
    assert!(files(folder.path()).len() > 5);
    assert_eq!(verify(folder.path(), "a"), Ok(40));
    fs::remove_file(&files(folder.path())[2]).unwrap();
    assert!(matches!(verify(folder.path(), "a"), Err(ChainBroken::Here { line: 1, .. })));
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_it() {
    use std::os::unix::fs::PermissionsExt as _;

    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("journal");
    let journal = open(&folder);
    let _ticket = journal.open(opening("alice")).unwrap();
    drop(journal);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&files(&folder)[0]), 0o600);
}

#[test]
fn two_processes_do_not_write_one_chain() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    assert_eq!(Segments::open(folder.path(), "a", Arc::new(Fixed)).err(), Some(SegmentsFailed::Taken));
    assert!(Segments::open(folder.path(), "b", Arc::new(Fixed)).is_ok());
    drop(journal);
    assert!(Segments::open(folder.path(), "a", Arc::new(Fixed)).is_ok());
}

#[test]
fn what_is_no_name_or_no_journal_is_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    for node in ["", "a/b", "..", "a b", "a.b", &"a".repeat(65)] {
        let failed = Segments::open(folder.path(), node, Arc::new(Fixed)).err();
        assert_eq!(failed, Some(SegmentsFailed::Node), "{node}");
    }
    let foreign = "a.00000000000000000001.jsonl";
    fs::write(folder.path().join(foreign), "hello\n").unwrap();
    let refused = Some(SegmentsFailed::Foreign { file: foreign.to_owned() });
    assert_eq!(Segments::open(folder.path(), "a", Arc::new(Fixed)).err(), refused);
}

#[test]
fn a_disk_that_takes_nothing_stops_calls_and_loses_no_record() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    // A folder stands where the first file should be, which stops root, too.
    let place = folder.path().join("a.00000000000000000001.jsonl");
    fs::create_dir(&place).unwrap();
    let ticket = journal.open(opening("alice")).unwrap();
    assert_eq!(journal.flush(), Err(JournalFailed));
    assert_eq!(journal.open(opening("bob")), Err(JournalFailed));
    journal.refuse(opening("bob"), closing());
    journal.count("notes", "expired");
    journal.close(ticket, closing());
    fs::remove_dir(&place).unwrap();
    journal.flush().unwrap();
    let ticket = journal.open(opening("carol")).unwrap();
    journal.close(ticket, closing());
    drop(journal);
    assert_eq!(verify(folder.path(), "a"), Ok(5));
    let mut events: Vec<_> =
        records(folder.path()).iter().map(|record| record["event"].to_string()).collect();
    // When the writer tries again, and so when the count is written, is its own affair.
    events.sort();
    assert_eq!(events, [r#""call""#, r#""call""#, r#""counted""#, r#""end""#, r#""end""#]);
}

#[test]
fn a_call_takes_room_for_its_end_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Segments::bounded(folder.path(), "a", Arc::new(Fixed), file::SEGMENT_BYTES, 3).unwrap();
    let ticket = journal.open(opening("alice")).unwrap();
    journal.flush().unwrap();
    // One is written, one is owed: two are free.
    let other = journal.open(opening("bob")).unwrap();
    journal.flush().unwrap();
    assert_eq!(journal.open(opening("carol")), Err(JournalFailed));
    journal.close(ticket, closing());
    journal.close(other, closing());
    journal.flush().unwrap();
    assert!(journal.open(opening("carol")).is_ok());
}
