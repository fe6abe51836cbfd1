//! What if the disk takes nothing?

use super::*;

/// A folder stands where the next file should be, which stops root, too.
struct Stopped(PathBuf);

impl Stopped {
    fn at(folder: &Path, first: u64) -> Self {
        let place = folder.join(format!("a.{first:020}.jsonl"));
        fs::create_dir(&place).unwrap();
        Self(place)
    }

    fn ends(self) {
        fs::remove_dir(self.0).unwrap();
    }
}

#[test]
fn a_disk_that_takes_nothing_stops_calls_and_loses_no_record() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    let stopped = Stopped::at(folder.path(), 1);
    let ticket = journal.open(opening("alice")).unwrap();
    assert_eq!(journal.flush(), Err(JournalFailed));
    assert!(journal.standing().failing);
    assert_eq!(journal.open(opening("bob")), Err(JournalFailed));
    journal.refuse(opening("bob"), closing());
    journal.count("notes", "expired");
    journal.close(ticket, "notes", closing());
    stopped.ends();
    journal.flush().unwrap();
    let standing = journal.standing();
    assert_eq!((standing.failing, standing.waiting, standing.lost), (false, 0, 0));
    journal.refuse(opening("carol"), closing());
    drop(journal);
    let mut events: Vec<_> =
        records(folder.path()).iter().map(|record| record["event"].to_string()).collect();
    assert_eq!(chain(folder.path()), Ok(5));
    // When the writer tries again, and so when the count is written, is its own affair.
    events.sort();
    assert_eq!(events, [r#""call""#, r#""counted""#, r#""end""#, r#""refused""#, r#""refused""#]);
}

#[test]
fn where_the_operator_wants_that_calls_go_on_and_what_was_lost_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let terms = Terms { when_full: WhenFull::Count, ..Terms::of("a") };
    let journal = Segments::bounded(folder.path(), terms, Hand::at(NOW), file::SEGMENT_BYTES, 6).unwrap();
    let stopped = Stopped::at(folder.path(), 1);
    let tickets: Vec<_> = (0..10).map(|_| journal.open(opening("alice")).unwrap()).collect();
    assert_eq!(journal.flush(), Err(JournalFailed));
    for ticket in tickets {
        journal.close(ticket, "notes", closing());
    }
    journal.refuse(opening("bob"), closing());
    let standing = journal.standing();
    assert_eq!((standing.failing, standing.lost), (true, 8), "seven calls and a refusal found no room");
    stopped.ends();
    journal.flush().unwrap();
    drop(journal);
    let records = records(folder.path());
    let of = |event: &str| records.iter().filter(|record| record["event"] == event).count();
    assert_eq!(of("call"), 3);
    let lost = records.iter().find(|record| record["event"] == "lost").unwrap();
    assert_eq!(lost["since"], NOW);
    assert_eq!(verify(folder.path(), "a", &Trust::default()).unwrap().lost, 8);
}

#[test]
fn a_refusal_that_finds_no_room_is_told_as_lost() {
    let folder = tempfile::tempdir().unwrap();
    let journal =
        Segments::bounded(folder.path(), Terms::of("a"), Hand::at(NOW), file::SEGMENT_BYTES, 2).unwrap();
    let stopped = Stopped::at(folder.path(), 1);
    for _ in 0..5 {
        journal.refuse(opening("alice"), closing());
    }
    assert_eq!(journal.flush(), Err(JournalFailed));
    stopped.ends();
    journal.flush().unwrap();
    drop(journal);
    assert_eq!(verify(folder.path(), "a", &Trust::default()).unwrap().lost, 3);
}

#[test]
fn a_call_takes_room_for_its_end_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let journal =
        Segments::bounded(folder.path(), Terms::of("a"), Hand::at(NOW), file::SEGMENT_BYTES, 3).unwrap();
    let ticket = journal.open(opening("alice")).unwrap();
    journal.flush().unwrap();
    // One is written, one is owed: two are free.
    let other = journal.open(opening("bob")).unwrap();
    journal.flush().unwrap();
    assert_eq!(journal.open(opening("carol")), Err(JournalFailed));
    journal.close(ticket, "notes", closing());
    journal.close(other, "notes", closing());
    journal.flush().unwrap();
    let ticket = journal.open(opening("carol")).unwrap();
    journal.close(ticket, "notes", closing());
    journal.flush().unwrap();
    assert_eq!(journal.standing().waiting, 0, "one record or two, all room is given back");
}
