//! What does somebody gain who can write the folder, but not the store?

use super::{
    line::{End, hash},
    *,
};
use crate::journal::checkpoint::Checkpoint;

/// A journal of a few files, each of which ends with a checkpoint, and what the store knows of it.
pub(super) fn journal(folder: &Path) -> Checkpoint {
    let journal = bounded(folder, signed(), Hand::at(NOW), 1500, ROOM).unwrap();
    let mut checkpoints = journal.checkpoints();
    for subject in 0..20 {
        journal.refuse(opening(&format!("person-{subject}")), closing());
        journal.flush().unwrap();
    }
    journal.seal().unwrap();
    let last = checkpoints.borrow_and_update().clone().unwrap();
    drop(journal);
    assert!(files(folder).len() > 3);
    last
}

pub(super) fn with_store(folder: &Path, last: &Checkpoint) -> Result<Account, Broken> {
    verify(folder, "a", &Trust::new(Vec::new(), Some(last.clone())))
}

fn with_key(folder: &Path) -> Result<Account, Broken> {
    verify(folder, "a", &Trust::new(vec![key().public()], None))
}

fn flaw(verified: Result<Account, Broken>) -> Flaw {
    verified.unwrap_err().flaw
}

pub(super) type Lines = Vec<Vec<String>>;

pub(super) fn lines_of(folder: &Path) -> Lines {
    let lines = |file: PathBuf| fs::read_to_string(file).unwrap().lines().map(str::to_owned).collect();
    files(folder).into_iter().map(lines).collect()
}

/// Removes all files of the chain.
pub(super) fn emptied(folder: &Path) {
    for file in files(folder) {
        fs::remove_file(file).unwrap();
    }
}

pub(super) fn without_checkpoints(lines: &mut Lines) {
    for file in lines {
        file.retain(|line| !line.contains("checkpoint"));
    }
}

/// Puts these lines in the place of what was there; every number, hash and file name anew, as one who knows how it is
/// done would.
pub(super) fn rewrite(folder: &Path, lines: &Lines, also_hashes: bool) {
    emptied(folder);
    let (mut seq, mut prev) = (0, [0; 32]);
    for (index, file) in lines.iter().enumerate().filter(|(_, file)| !file.is_empty()) {
        let mut text = String::new();
        let first = if also_hashes { seq + 1 } else { index as u64 * 1000 + 1 };
        for line in file {
            let mut line = line.clone();
            if also_hashes {
                seq += 1;
                let (head, _) = line.split_once(",\"prev\"").unwrap();
                let (before, rest) = head.split_once("\"seq\":").unwrap();
                let rest = rest.trim_start_matches(|digit: char| digit.is_ascii_digit());
                let hex = prev.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
                line = format!("{before}\"seq\":{seq}{rest},\"prev\":\"{hex}\"}}");
                prev = hash(line.as_bytes());
            }
            text += &(line + "\n");
        }
        fs::write(folder.join(format!("a.{first:020}.jsonl")), text).unwrap();
    }
}

/// What somebody who can write the folder may do to the records of a journal.
pub(super) const CHANGES: [fn(&mut Lines); 6] = [
    |lines| lines[0][1] = lines[0][1].replace("person-1", "person-x"),
    |lines| drop(lines[0].remove(1)),
    |lines| lines[0].swap(0, 1),
    |lines| {
        let twice = lines[0][1].clone();
        lines[0].insert(1, twice);
    },
    |lines| lines.swap(0, 1),
    |lines| drop(lines.remove(1)),
];

#[test]
fn a_journal_as_it_was_written_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let last = journal(folder.path());
    let account = with_store(folder.path(), &last).unwrap();
    assert_eq!((account.unvouched, account.last), (0, account.records));
    assert_eq!(account.records, 20 + account.checkpoints);
    assert_eq!(with_key(folder.path()), Ok(account.clone()));
    let unbelieved = verify(folder.path(), "a", &Trust::default()).unwrap();
    assert_eq!((unbelieved.checkpoints, unbelieved.unvouched), (0, account.records));
    assert_eq!(unbelieved.strange_keys, [key().public().id()]);
    // The tool of these tests makes the same journal again.
    rewrite(folder.path(), &lines_of(folder.path()), true);
    assert_eq!(with_store(folder.path(), &last), Ok(account));
}

#[test]
fn a_record_that_is_changed_removed_repeated_or_moved_breaks_the_chain() {
    let folder = tempfile::tempdir().unwrap();
    journal(folder.path());
    let lines = lines_of(folder.path());
    let tried = |change: &dyn Fn(&mut Lines)| {
        let mut changed = lines.clone();
        change(&mut changed);
        rewrite(folder.path(), &changed, false);
        let broken = verify(folder.path(), "a", &Trust::default()).unwrap_err();
        (broken.line, broken.flaw)
    };
    let edit = |lines: &mut Lines, from: &str, to: &str| lines[0][1] = lines[0][1].replace(from, to);
    assert_eq!(tried(&|lines| edit(lines, "person-1", "person-x")), (3, Flaw::Changed { seq: 3 }));
    assert_eq!(tried(&|lines| drop(lines[0].remove(1))), (2, Flaw::Missing { from: 2, to: 2 }));
    assert_eq!(
        tried(&|lines| {
            let twice = lines[0][1].clone();
            lines[0].insert(1, twice);
        }),
        (3, Flaw::Repeated { seq: 2, expected: 3 })
    );
    assert_eq!(tried(&|lines| lines[0].swap(0, 1)), (2, Flaw::Repeated { seq: 1, expected: 3 }));
    assert_eq!(tried(&|lines| lines[0].swap(1, 2)), (2, Flaw::Missing { from: 2, to: 2 }));
    assert_eq!(tried(&|lines| edit(lines, "\"node\":\"a\"", "\"node\":\"b\"")), (2, Flaw::OtherNode));
    assert_eq!(tried(&|lines| lines[0][1] = "{}".to_owned()), (2, Flaw::NoRecord));
    assert_eq!(
        tried(&|lines| lines[0][0] = lines[0][0].replace("0000", "1111")),
        (1, Flaw::Changed { seq: 1 })
    );
    assert!(matches!(tried(&|lines| lines.swap(1, 2)).1, Flaw::Missing { .. }));
    assert!(matches!(tried(&|lines| drop(lines.remove(1))).1, Flaw::Missing { .. }));
    assert!(matches!(tried(&|lines| drop(lines.remove(0))).1, Flaw::Missing { from: 1, .. }));
}

#[test]
fn nobody_can_make_all_hashes_anew() {
    let folder = tempfile::tempdir().unwrap();
    let last = journal(folder.path());
    let lines = lines_of(folder.path());
    let tried = |change: &dyn Fn(&mut Lines)| {
        let mut changed = lines.clone();
        change(&mut changed);
        rewrite(folder.path(), &changed, true);
        assert!(verify(folder.path(), "a", &Trust::default()).is_ok(), "the chain alone shows nothing");
        (with_key(folder.path()), with_store(folder.path(), &last))
    };
    for change in CHANGES {
        let (by_key, by_store) = tried(&change);
        assert!(matches!(flaw(by_key), Flaw::Forged { .. }));
        assert!(matches!(flaw(by_store), Flaw::Forged { .. }));
    }
}

#[test]
fn without_its_checkpoints_a_journal_is_not_vouched_for() {
    let folder = tempfile::tempdir().unwrap();
    let last = journal(folder.path());
    let mut lines = lines_of(folder.path());
    lines[0][1] = lines[0][1].replace("person-1", "person-x");
    without_checkpoints(&mut lines);
    rewrite(folder.path(), &lines, true);
    let account = with_key(folder.path()).unwrap();
    assert_eq!((account.checkpoints, account.unvouched), (0, account.records), "and that is said");
    assert!(matches!(flaw(with_store(folder.path(), &last)), Flaw::CutOff { .. } | Flaw::Rewritten { .. }));
    // As long as before, so that the store's number is there.
    let filler = lines[0][0].clone();
    lines.last_mut().unwrap().extend(std::iter::repeat_n(filler, 50));
    rewrite(folder.path(), &lines, true);
    assert_eq!(flaw(with_store(folder.path(), &last)), Flaw::Rewritten { seq: last.seq });
}

#[test]
fn another_key_vouches_for_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let last = journal(folder.path());
    let own = JournalKey::new(&[9; 32]).unwrap();
    let mut lines = lines_of(folder.path());
    without_checkpoints(&mut lines);
    rewrite(folder.path(), &lines, true);
    let terms = Terms { key: Some(own), ..Terms::of("a") };
    let forger = Segments::open(folder.path(), terms, Hand::at(NOW)).unwrap();
    (0..50).for_each(|_| forger.refuse(opening("eve"), closing()));
    drop(forger);
    assert!(matches!(flaw(with_key(folder.path())), Flaw::StrangeKey { .. }));
    assert!(matches!(flaw(with_store(folder.path(), &last)), Flaw::Rewritten { .. }));
}

#[test]
fn an_end_that_is_cut_off_shows_in_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let last = journal(folder.path());
    let cut = files(folder.path()).pop().unwrap();
    fs::remove_file(cut).unwrap();
    assert!(with_key(folder.path()).is_ok(), "the key alone cannot show it");
    assert!(
        matches!(flaw(with_store(folder.path(), &last)), Flaw::CutOff { known, .. } if known == last.seq)
    );
    emptied(folder.path());
    assert_eq!(flaw(with_store(folder.path(), &last)), Flaw::CutOff { last: 0, known: last.seq });
}

#[test]
fn an_older_copy_of_the_folder_shows_and_goes_on_showing() {
    let folder = tempfile::tempdir().unwrap();
    let copy = tempfile::tempdir().unwrap();
    let open = |last: Option<Checkpoint>| {
        Segments::open(folder.path(), Terms { last, ..signed() }, Hand::at(NOW)).unwrap()
    };
    let first = open(None);
    first.refuse(opening("alice"), closing());
    drop(first);
    for file in files(folder.path()) {
        fs::copy(&file, copy.path().join(file.file_name().unwrap())).unwrap();
    }
    let second = open(None);
    second.refuse(opening("bob"), closing());
    second.seal().unwrap();
    let last = second.checkpoints().borrow().clone().unwrap();
    drop(second);
    assert!(with_store(folder.path(), &last).is_ok());
    emptied(folder.path());
    for file in files(copy.path()) {
        fs::copy(&file, folder.path().join(file.file_name().unwrap())).unwrap();
    }
    assert_eq!(flaw(with_store(folder.path(), &last)), Flaw::CutOff { last: 2, known: last.seq });
    // The service goes on, and no number is given twice.
    let third = open(Some(last.clone()));
    third.refuse(opening("carol"), closing());
    third.seal().unwrap();
    let last = third.checkpoints().borrow().clone().unwrap();
    drop(third);
    assert_eq!(flaw(with_store(folder.path(), &last)), Flaw::Missing { from: 3, to: 3 });
}

#[test]
fn another_folder_says_behind_which_record_it_begins() {
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let last = journal(folder.path());
    let moved =
        Segments::open(other.path(), Terms { last: Some(last.clone()), ..signed() }, Hand::at(NOW)).unwrap();
    moved.refuse(opening("alice"), closing());
    moved.seal().unwrap();
    let now = moved.checkpoints().borrow().clone().unwrap();
    drop(moved);
    let account = with_store(other.path(), &now).unwrap();
    assert_eq!((account.begun, account.unvouched), (Some(last.seq), 0));
    assert_eq!(records(other.path())[0]["event"], "begun");
}

#[test]
fn two_nodes_in_one_folder_have_a_chain_and_a_key_each() {
    let folder = tempfile::tempdir().unwrap();
    journal(folder.path());
    let other = Terms { node: "b".to_owned(), key: JournalKey::new(&[9; 32]).ok(), ..Terms::of("b") };
    let theirs = Segments::open(folder.path(), other, Hand::at(NOW)).unwrap();
    theirs.refuse(opening("bob"), closing());
    drop(theirs);
    let key_of_b = JournalKey::new(&[9; 32]).unwrap().public();
    assert!(with_key(folder.path()).is_ok());
    let trusted = |key| verify(folder.path(), "b", &Trust::new(vec![key], None));
    assert_eq!(trusted(key_of_b).unwrap().checkpoints, 1);
    assert!(matches!(flaw(trusted(key().public())), Flaw::StrangeKey { .. }));
    // A file of one node under the name of the other.
    let from = folder.path().join("b.00000000000000000001.jsonl");
    emptied(folder.path());
    fs::rename(from, folder.path().join("a.00000000000000000001.jsonl")).unwrap();
    assert_eq!(flaw(with_key(folder.path())), Flaw::OtherNode);
}

#[test]
fn a_chain_that_begins_behind_what_the_store_knows_does_not_hold_it() {
    let folder = tempfile::tempdir().unwrap();
    let last = journal(folder.path());
    emptied(folder.path());
    let (mut text, now) = (Vec::new(), UnixTime::from_seconds(NOW));
    let made_up = End { seq: 899, hash: [9; 32] };
    let end = made_up.next(&mut text, "a", now, &Event::Begun { after: 899 });
    end.next(&mut text, "a", now, &Event::Refused(opening("alice"), closing()));
    fs::write(folder.path().join("a.00000000000000000900.jsonl"), text).unwrap();
    let broken = with_store(folder.path(), &last).unwrap_err();
    assert_eq!(broken.flaw, Flaw::Missing { from: last.seq, to: 899 });
}
