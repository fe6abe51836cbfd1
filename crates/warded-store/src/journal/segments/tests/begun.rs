//! What does a start make of a folder that does not hold what the store knows, or holds what it does not know?

use super::{
    attacks::{journal, lines_of, with_store},
    resumed::restarted,
    *,
};

fn appends(file: &Path, text: &str) {
    let before = fs::read_to_string(file).unwrap();
    fs::write(file, before + text).unwrap();
}

/// As a process that was killed leaves it: records that nobody vouches for.
fn killed(folder: &Path) {
    let killed = Segments::open(folder, Terms::of("a"), Hand::at(NOW)).unwrap();
    for subject in ["carol", "dave", "erin"] {
        killed.refuse(opening(subject), closing());
    }
    drop(killed);
}

/// The numbers of all lines that are records.
fn numbers(folder: &Path) -> Vec<u64> {
    let lines = lines_of(folder).concat();
    let records = lines.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    records.filter_map(|record| record["seq"].as_u64()).collect()
}

fn each_is_given_once(folder: &Path) -> bool {
    let numbers = numbers(folder);
    numbers.iter().collect::<std::collections::HashSet<_>>().len() == numbers.len()
}

#[cfg(unix)]
#[test]
fn a_backup_by_hard_links_ends_the_start_and_is_not_taken_for_an_attack() {
    let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let last = journal(folder.path());
    let keepsake = outside.path().join("keepsake");
    fs::hard_link(files(folder.path()).pop().unwrap(), &keepsake).unwrap();
    let before = lines_of(folder.path());
    let open = || {
        let terms = Terms { last: Some(last.clone()), ..signed() };
        Segments::open(folder.path(), terms, Hand::at(NOW)).err().map(|failed| failed.to_string())
    };
    let failed = open();
    assert!(failed.as_ref().is_some_and(|said| said.contains("second name")), "{failed:?}");
    assert_eq!(lines_of(folder.path()), before, "nothing was written");
    fs::remove_file(&keepsake).unwrap();
    // All of the folder has a second name then, and other files are opened before those with records.
    let named = || identity(folder.path(), "a", &[1; 16]).err().map(|failed| failed.to_string());
    assert_eq!(named(), None);
    let cases: [(&str, &dyn Fn() -> Option<String>); 2] = [("a.id", &named), ("a.lock", &open)];
    for (name, failed) in cases {
        fs::hard_link(folder.path().join(name), &keepsake).unwrap();
        let said = failed();
        assert!(said.as_ref().is_some_and(|said| said.contains("second name")), "{name}: {said:?}");
        fs::remove_file(&keepsake).unwrap();
    }
    let now = restarted(folder.path(), &last);
    assert!(with_store(folder.path(), &now).is_ok());
}

#[test]
fn a_file_that_cannot_be_read_ends_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let last = journal(folder.path());
    // It stops root, too.
    fs::create_dir(folder.path().join("a.00000000000000000999.jsonl")).unwrap();
    let terms = Terms { last: Some(last.clone()), ..signed() };
    let failed = Segments::open(folder.path(), terms, Hand::at(NOW)).err();
    assert!(matches!(failed, Some(SegmentsFailed::Folder(_))), "{failed:?}");
    fs::remove_dir(folder.path().join("a.00000000000000000999.jsonl")).unwrap();
    let now = restarted(folder.path(), &last);
    assert!(with_store(folder.path(), &now).is_ok());
}

#[test]
fn no_number_is_given_twice_behind_a_line_that_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let last = journal(folder.path());
    killed(folder.path());
    appends(&files(folder.path()).pop().unwrap(), "hello\n");
    let now = restarted(folder.path(), &last);
    assert!(with_store(folder.path(), &now).is_err());
    assert!(each_is_given_once(folder.path()), "{:?}", numbers(folder.path()));
}

#[test]
fn neither_the_name_of_a_file_nor_a_line_uses_up_the_numbers_of_a_node() {
    let line = format!(
        "{{\"time\":1,\"seq\":{},\"node\":\"a\",\"event\":\"lost\",\"prev\":\"{:064}\"}}\n",
        1_u64 << 61,
        0
    );
    for (name, text) in [((1_u64 << 62) - 1, "x\n"), (1 << 40, &line), (1 << 61, &line)] {
        let (folder, clean) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let last = journal(folder.path());
        fs::write(folder.path().join(format!("a.{name:020}.jsonl")), "").unwrap();
        appends(&files(folder.path())[0], text);
        appends(&files(folder.path())[files(folder.path()).len() - 2], text);
        let mut now = restarted(folder.path(), &last);
        assert!(now.seq < last.seq + 100, "{now:?}");
        assert!(each_is_given_once(folder.path()) || text != "x\n");
        for _ in 0..3 {
            now = restarted(clean.path(), &now);
        }
        let account = with_store(clean.path(), &now).unwrap();
        assert!(account.begun.is_some());
    }
}

#[test]
fn what_another_store_vouched_for_is_not_signed_anew() {
    let (folder, old) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    journal(folder.path());
    let before = files(folder.path());
    // The store was lost, and its key with it.
    let start = |last: Option<Checkpoint>| {
        let terms = Terms { key: JournalKey::new(&[9; 32]).ok(), last, ..Terms::of("a") };
        let next = Segments::open(folder.path(), terms, Hand::at(NOW)).unwrap();
        next.refuse(opening("alice"), closing());
        next.seal().unwrap();
        next.checkpoints().borrow().clone().unwrap()
    };
    let now = start(None);
    let now = start(Some(now));
    assert_eq!(files(folder.path()).len(), before.len() + 1);
    let first = lines_of(folder.path()).pop().unwrap().remove(0);
    assert!(first.contains("\"event\":\"begun\""), "{first}");
    assert!(each_is_given_once(folder.path()));
    for file in &before {
        fs::rename(file, old.path().join(file.file_name().unwrap())).unwrap();
    }
    // Each is whole by what vouched for it.
    let account = with_store(folder.path(), &now).unwrap();
    assert_eq!((account.begun.is_some(), account.unvouched), (true, 0));
    let account = verify(old.path(), "a", &Trust::new(vec![key().public()], None)).unwrap();
    assert_eq!(account.unvouched, 0);
}

/// Ends it in order; says what the store knows then.
fn ended(journal: Segments) -> Checkpoint {
    let vouched = journal.checkpoints();
    drop(journal);
    let last = vouched.borrow().clone().unwrap();
    assert!(last.sealed);
    last
}

/// A record that was never made, behind the last one that was.
fn adds_a_record(folder: &Path) -> u64 {
    let file = files(folder).pop().unwrap();
    let mut text = fs::read(&file).unwrap();
    let line = lines_of(folder).pop().unwrap().pop().unwrap();
    let seq = serde_json::from_str::<Value>(&line).unwrap()["seq"].as_u64().unwrap();
    let end = line::End { seq, hash: line::hash(line.as_bytes()) };
    let event = Event::Call(seq, opening("framed"), None);
    end.next(&mut text, "a", UnixTime::from_seconds(NOW), &event);
    fs::write(file, text).unwrap();
    seq + 1
}

#[test]
fn nothing_is_added_behind_the_end_of_a_process_that_ended_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let open = |last| Segments::open(folder.path(), Terms { last, ..signed() }, Hand::at(NOW)).unwrap();
    let first = open(None);
    first.refuse(opening("alice"), closing());
    let last = ended(first);
    assert!(with_store(folder.path(), &last).is_ok());
    // A process that records nothing leaves it as it was.
    let idle = ended(open(Some(last.clone())));
    assert_eq!(idle, last);
    let seq = adds_a_record(folder.path());
    let broken = with_store(folder.path(), &last).unwrap_err();
    assert_eq!((broken.line, broken.flaw), (3, Flaw::Behind { seq }));
    // No start signs it.
    let mut now = last;
    for _ in 0..2 {
        let next = open(Some(now));
        next.refuse(opening("bob"), closing());
        now = ended(next);
        assert!(with_store(folder.path(), &now).is_err());
    }
    assert!(each_is_given_once(folder.path()));
}

#[test]
fn nothing_takes_the_place_of_the_last_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Segments::open(folder.path(), signed(), Hand::at(NOW)).unwrap();
    journal.refuse(opening("alice"), closing());
    let last = ended(journal);
    let first = lines_of(folder.path())[0][0].clone() + "\n";
    fs::write(&files(folder.path())[0], first).unwrap();
    let seq = adds_a_record(folder.path());
    assert_eq!(with_store(folder.path(), &last).unwrap_err().flaw, Flaw::Behind { seq });
}

#[test]
fn what_was_added_to_what_a_killed_process_left_is_said_to_be_found() {
    let folder = tempfile::tempdir().unwrap();
    let last = journal(folder.path());
    killed(folder.path());
    adds_a_record(folder.path());
    let now = restarted(folder.path(), &last);
    let account = with_store(folder.path(), &now).unwrap();
    assert_eq!((account.found, account.unvouched), (4, 0));
    let first = account.findings[0].first;
    assert_eq!(account.findings, [Left { first, last: first + 3, found_at: UnixTime::from_seconds(NOW) }]);
    let line = lines_of(folder.path()).concat()[usize::try_from(first).unwrap() - 1].clone();
    assert!(line.contains("carol"), "{line}");
    // It is said once, and goes on being said.
    let now = restarted(folder.path(), &now);
    assert_eq!(with_store(folder.path(), &now).unwrap().found, 4);
}

#[test]
fn a_store_that_was_restored_from_a_copy_does_not_make_a_journal_forged() {
    let folder = tempfile::tempdir().unwrap();
    let open = |last| Segments::open(folder.path(), Terms { last, ..signed() }, Hand::at(NOW)).unwrap();
    let first = open(None);
    first.refuse(opening("alice"), closing());
    let copy = ended(first);
    let second = open(Some(copy.clone()));
    second.refuse(opening("bob"), closing());
    second.seal().unwrap();
    second.refuse(opening("carol"), closing());
    let last = ended(second);
    // By the copy, all that came later is vouched for with its key.
    assert_eq!(with_store(folder.path(), &copy), with_store(folder.path(), &last));
    let mut now = restarted(folder.path(), &copy);
    assert_eq!(with_store(folder.path(), &now).unwrap().begun, None);
    // What the last process left that was killed is found, as it is by a store that lives on.
    killed(folder.path());
    now = restarted(folder.path(), &copy);
    let account = with_store(folder.path(), &now).unwrap();
    assert_eq!((account.begun, account.found, account.unvouched), (None, 3, 0));
    assert!(each_is_given_once(folder.path()));
}

#[test]
fn what_is_added_behind_the_end_that_the_store_knows_takes_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let first = Segments::open(folder.path(), signed(), Hand::at(NOW)).unwrap();
    first.refuse(opening("alice"), closing());
    let last = ended(first);
    adds_a_record(folder.path());
    // A checkpoint of another key, behind it.
    let written = lines_of(folder.path()).concat();
    let line = written.last().unwrap();
    let seq = line::Link::read(line.as_bytes()).unwrap().seq;
    let end = line::End { seq, hash: line::hash(line.as_bytes()) };
    let (own, mut text) = (JournalKey::new(&[9; 32]).unwrap(), Vec::new());
    end.vouched(&mut text, "a", UnixTime::from_seconds(NOW), &own);
    appends(&files(folder.path())[0], std::str::from_utf8(&text).unwrap());
    assert!(matches!(with_store(folder.path(), &last).unwrap_err().flaw, Flaw::StrangeKey { .. }));
    let now = restarted(folder.path(), &last);
    assert!(with_store(folder.path(), &now).is_err());
}

#[test]
fn one_removal_that_was_torn_is_cut_off_and_no_other() {
    for (count, is_whole) in [(1, true), (3, false)] {
        let folder = tempfile::tempdir().unwrap();
        let last = journal(folder.path());
        let all = segments(folder.path()).unwrap().remove("a").unwrap();
        // What the first file that is read at the start follows from, so that each of them could be the last word.
        let first = all.iter().rfind(|segment| segment.first <= last.seq).unwrap();
        let text = fs::read_to_string(&first.path).unwrap();
        let prev = line::Link::read(text.lines().next().unwrap().as_bytes()).unwrap().prev().unwrap();
        let removed = Event::Removed { last: first.first - 1, hash: prev };
        let written = lines_of(folder.path()).concat();
        let line = written.last().unwrap();
        let seq = line::Link::read(line.as_bytes()).unwrap().seq;
        let (mut end, mut text) = (line::End { seq, hash: line::hash(line.as_bytes()) }, Vec::new());
        for _ in 0..count {
            end = end.next(&mut text, "a", UnixTime::from_seconds(NOW), &removed);
        }
        appends(&all.last().unwrap().path, std::str::from_utf8(&text).unwrap());
        let before = lines_of(folder.path()).concat();
        let now = restarted(folder.path(), &last);
        assert_eq!(with_store(folder.path(), &now).is_ok(), is_whole);
        assert_eq!(lines_of(folder.path()).concat()[..before.len() - 1], before[..before.len() - 1]);
    }
}
