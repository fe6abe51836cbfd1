//! What does the next start make of a folder that somebody has written meanwhile?

use super::{
    attacks::{self, emptied, journal, lines_of, rewrite, with_store, without_checkpoints},
    line::End,
    *,
};

/// Starts, records and ends in order; says what the store knows then.
pub(super) fn restarted(folder: &Path, last: &Checkpoint) -> Checkpoint {
    let terms = Terms { last: Some(last.clone()), ..signed() };
    let next = Segments::open(folder, terms, Hand::at(NOW)).unwrap();
    let ticket = next.open(opening("alice")).unwrap();
    next.close(ticket, "notes", closing());
    next.seal().unwrap();
    let now = next.checkpoints().borrow().clone().unwrap();
    assert!(now.seq > last.seq);
    now
}

#[test]
fn what_was_written_anew_is_not_signed_by_the_next_start_nor_by_any_other() {
    let folder = tempfile::tempdir().unwrap();
    let in_one_file: fn(&mut attacks::Lines) = |lines| *lines = vec![lines.concat()];
    let changes = attacks::CHANGES.into_iter().chain([in_one_file]);
    for (has_checkpoints, change) in changes.flat_map(|change| [(true, change), (false, change)]) {
        emptied(folder.path());
        let last = journal(folder.path());
        let mut lines = lines_of(folder.path());
        change(&mut lines);
        lines[0][0] = lines[0][0].replace("person-0", "person-y");
        if !has_checkpoints {
            without_checkpoints(&mut lines);
        }
        // As long as before, and longer.
        let filler = lines[0][0].clone();
        lines.last_mut().unwrap().extend(std::iter::repeat_n(filler, 50));
        rewrite(folder.path(), &lines, true);
        assert!(with_store(folder.path(), &last).is_err());
        let mut known = last;
        for _ in 0..3 {
            known = restarted(folder.path(), &known);
            assert!(with_store(folder.path(), &known).is_err(), "{has_checkpoints}");
        }
        assert_eq!(records(folder.path()).iter().filter(|it| it["event"] == "begun").count(), 1);
    }
}

#[test]
fn what_is_behind_the_last_checkpoint_follows_from_it_or_is_not_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    let last = journal(folder.path());
    let text = fs::read_to_string(files(folder.path()).pop().unwrap()).unwrap();
    let file = files(folder.path()).pop().unwrap();
    // Not the hash of the line before.
    let forged = text.lines().last().unwrap().replace("\"prev\":\"", "\"prev\":\"0");
    fs::write(&file, format!("{text}{forged}\n")).unwrap();
    let now = restarted(folder.path(), &last);
    assert!(with_store(folder.path(), &now).is_err());
    // A line that is none at all does not keep it from starting, either.
    emptied(folder.path());
    let last = journal(folder.path());
    let file = files(folder.path()).pop().unwrap();
    fs::write(&file, "hello\n").unwrap();
    let now = restarted(folder.path(), &last);
    assert!(with_store(folder.path(), &now).is_err());
}

/// Writes behind the end that what is before the third file was removed, and removes it.
fn forge_removed(folder: &Path) {
    let all = files(folder);
    let end_of = |path: &PathBuf| {
        let text = fs::read_to_string(path).unwrap();
        let line = text.lines().last().unwrap().to_owned();
        let seq = serde_json::from_str::<Value>(&line).unwrap()["seq"].as_u64().unwrap();
        End { seq, hash: line::hash(line.as_bytes()) }
    };
    let gone = end_of(&all[1]);
    let mut text = fs::read(all.last().unwrap()).unwrap();
    let removed = Event::Removed { last: gone.seq, hash: gone.hash };
    end_of(all.last().unwrap()).next(&mut text, "a", UnixTime::from_seconds(NOW), &removed);
    fs::write(all.last().unwrap(), text).unwrap();
    fs::remove_file(&all[0]).unwrap();
    fs::remove_file(&all[1]).unwrap();
}

#[test]
fn a_removal_that_nobody_vouches_for_is_a_gap_before_and_after_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let last = journal(folder.path());
    forge_removed(folder.path());
    assert!(matches!(with_store(folder.path(), &last).unwrap_err().flaw, Flaw::Missing { from: 1, .. }));
    let now = restarted(folder.path(), &last);
    assert!(with_store(folder.path(), &now).is_err());
    // Also with something behind it.
    emptied(folder.path());
    let last = journal(folder.path());
    forge_removed(folder.path());
    let mut lines = lines_of(folder.path());
    let more = Segments::open(folder.path(), Terms::of("a"), Hand::at(NOW)).unwrap();
    more.refuse(opening("eve"), closing());
    drop(more);
    assert_eq!(lines.pop().unwrap().len() + 1, lines_of(folder.path()).pop().unwrap().len());
    let now = restarted(folder.path(), &last);
    assert!(with_store(folder.path(), &now).is_err());
}

#[test]
fn what_was_recorded_behind_the_last_checkpoint_is_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    let last = journal(folder.path());
    // As a process that was killed leaves it.
    let killed = Segments::open(folder.path(), Terms::of("a"), Hand::at(NOW)).unwrap();
    killed.refuse(opening("bob"), closing());
    drop(killed);
    let now = restarted(folder.path(), &last);
    let account = with_store(folder.path(), &now).unwrap();
    assert_eq!((account.unvouched, account.begun), (0, None));
}

#[cfg(unix)]
#[test]
fn a_file_that_is_removed_or_moved_is_not_written_any_more() {
    let parent = tempfile::tempdir().unwrap();
    let (folder, elsewhere) = (parent.path().join("journal"), parent.path().join("elsewhere"));
    let journal = open(&folder);
    let record = |subject: &str| {
        journal.refuse(opening(subject), closing());
        journal.flush()
    };
    record("alice").unwrap();
    fs::remove_file(&files(&folder)[0]).unwrap();
    record("bob").unwrap();
    assert_eq!(records(&folder)[0]["subject"], "bob");
    assert!(chain(&folder).is_err(), "what is gone shows");
    fs::rename(&folder, &elsewhere).unwrap();
    assert_eq!(record("carol"), Err(JournalFailed));
    assert!(journal.standing().failing);
    fs::create_dir(&folder).unwrap();
    journal.flush().unwrap();
    assert_eq!((&records(&folder)[0]["subject"], records(&elsewhere).len()), (&"carol".into(), 1));
}

#[cfg(unix)]
#[test]
fn what_stands_in_the_place_of_a_file_and_is_another_one_is_left_alone() {
    use std::os::unix::fs::symlink;

    let outside = tempfile::tempdir().unwrap();
    let victim = outside.path().join("warded.db");
    fs::write(&victim, "precious\nhalf a line").unwrap();
    for link in [symlink, fs::hard_link] as [fn(PathBuf, PathBuf) -> io::Result<()>; 2] {
        let folder = tempfile::tempdir().unwrap();
        let journal = open(folder.path());
        link(victim.clone(), folder.path().join("a.00000000000000000001.jsonl")).unwrap();
        journal.refuse(opening("alice"), closing());
        assert_eq!(journal.flush(), Err(JournalFailed));
        drop(journal);
        assert!(Segments::open(folder.path(), Terms::of("a"), Hand::at(NOW)).is_err());
        assert_eq!(fs::read_to_string(&victim).unwrap(), "precious\nhalf a line");
    }
    // A file with records in it is nobody's leftover.
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    fs::write(folder.path().join("a.00000000000000000001.jsonl"), "a line\n").unwrap();
    journal.refuse(opening("alice"), closing());
    assert_eq!(journal.flush(), Err(JournalFailed));
    drop(journal);
    assert_eq!(fs::read_to_string(&files(folder.path())[0]).unwrap(), "a line\n");
}
