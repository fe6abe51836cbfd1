//! What leaves when it is old, and what is said of it?

use super::*;

const DAY: i64 = 86_400;

fn keeping(folder: &Path, clock: &Arc<Hand>) -> Segments {
    let terms = Terms { keep: Some(10 * 86_400), ..signed() };
    Segments::open(folder, terms, Arc::clone(clock) as _).unwrap()
}

fn a_record_a_day(journal: &Segments, clock: &Hand, days: i64) {
    for day in 0..days {
        clock.set(NOW + day * DAY);
        journal.refuse(opening("alice"), closing());
        journal.flush().unwrap();
    }
}

/// As a clock does that nobody sets.
fn passes_an_hour(journal: &Segments, clock: &Hand) {
    for _ in 0..14 {
        clock.set(clock.now().seconds() + 290);
        journal.flush().unwrap();
    }
    // What is removed, is removed behind the last of them.
    journal.flush().unwrap();
}

fn trust() -> Trust {
    Trust::new(vec![key().public()], None)
}

#[test]
fn what_is_old_leaves_by_whole_files_and_the_chain_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Hand::at(NOW);
    let journal = keeping(folder.path(), &clock);
    a_record_a_day(&journal, &clock, 30);
    assert_eq!(files(folder.path()).len(), 30, "a clock that jumps removes nothing");
    passes_an_hour(&journal, &clock);
    drop(journal);
    let files = files(folder.path());
    assert!((10..=12).contains(&files.len()), "{}", files.len());
    let account = verify(folder.path(), "a", &trust()).unwrap();
    assert!(account.removed.is_some_and(|removed| removed > 15), "{account:?}");
    assert!(records(folder.path()).iter().all(|record| record["time"].as_i64().unwrap() > NOW + 17 * DAY));
    // Somebody else removes some more.
    fs::remove_file(&files[0]).unwrap();
    let broken = verify(folder.path(), "a", &trust()).unwrap_err();
    assert!(matches!(broken.flaw, Flaw::Missing { from: 1, .. }), "{broken}");
}

#[test]
fn nothing_is_removed_in_the_first_hour_whatever_the_clock_says() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Hand::at(NOW);
    let journal = keeping(folder.path(), &clock);
    a_record_a_day(&journal, &clock, 5);
    drop(journal);
    let before = files(folder.path()).len();
    // A machine that wakes up in 2100, and finds the time after a minute.
    clock.set(4_102_444_800);
    let journal = keeping(folder.path(), &clock);
    journal.refuse(opening("alice"), closing());
    journal.flush().unwrap();
    drop(journal);
    assert!(files(folder.path()).len() >= before);
    assert!(verify(folder.path(), "a", &trust()).is_ok());
}

#[test]
fn a_removal_that_stops_half_way_leaves_a_journal_that_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Hand::at(NOW);
    let journal = keeping(folder.path(), &clock);
    a_record_a_day(&journal, &clock, 30);
    let before: Vec<_> =
        files(folder.path()).into_iter().map(|path| (fs::read(&path).unwrap(), path)).collect();
    passes_an_hour(&journal, &clock);
    journal.seal().unwrap();
    let last = journal.checkpoints().borrow().clone();
    drop(journal);
    let left = files(folder.path()).len();
    assert!(left < 15, "{left}");
    // As if it had been killed before it removed the last ones.
    for (text, path) in before[..30 - left].iter().rev() {
        fs::write(path, text).unwrap();
        let account = verify(folder.path(), "a", &Trust::new(Vec::new(), last.clone())).unwrap();
        assert_eq!(account.unvouched, 0);
    }
}
