//! What if the disk takes nothing?

use super::{
    attacks::{journal as written, with_store},
    disk::Disk,
    line::End,
    *,
};

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
    assert_eq!(chain(folder.path()), Ok(6));
    // When the writer tries again, and so when the count is written, is its own affair.
    events.sort();
    assert_eq!(
        events,
        [r#""call""#, r#""counted""#, r#""counted""#, r#""end""#, r#""refused""#, r#""refused""#]
    );
    let unrecorded = records(folder.path()).into_iter().find(|it| it["code"] == "journal-unavailable");
    assert_eq!(
        unrecorded.map(|it| (it["server"].clone(), it["count"].clone())),
        Some(("notes".into(), 1.into()))
    );
}

#[test]
fn where_all_places_are_taken_it_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let terms = Terms { when_full: WhenFull::Count, ..Terms::of("a") };
    let journal = bounded(folder.path(), terms, Hand::at(NOW), file::SEGMENT_BYTES, 1).unwrap();
    let stopped = Stopped::at(folder.path(), 1);
    let ticket = journal.open(opening("alice")).unwrap();
    assert!(journal.standing().failing, "no other call can be recorded");
    journal.close(ticket, "notes", closing());
    stopped.ends();
    journal.flush().unwrap();
    assert!(!journal.standing().failing);
}

#[test]
fn nobody_waits_for_a_writer_that_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path());
    journal.end().unwrap();
    assert_eq!((journal.flush(), journal.seal()), (Err(JournalFailed), Err(JournalFailed)));
    let journal = open(folder.path());
    let ended = Ended(Arc::clone(&journal.shared));
    let panicked = std::thread::spawn(move || {
        let _ended = ended;
        panic!("the writer found what it did not expect");
    });
    assert!(panicked.join().is_err());
    assert!(journal.standing().failing);
    assert_eq!(journal.open(opening("alice")), Err(JournalFailed));
}

#[test]
fn whoever_has_lost_its_name_writes_nothing_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Segments::open(folder.path(), signed(), Hand::at(NOW)).unwrap();
    journal.refuse(opening("alice"), closing());
    journal.flush().unwrap();
    let before = records(folder.path());
    journal.disown();
    journal.refuse(opening("bob"), closing());
    assert!(journal.standing().failing);
    assert_eq!(journal.open(opening("carol")), Err(JournalFailed));
    assert_eq!((journal.flush(), journal.end()), (Err(JournalFailed), Err(JournalFailed)));
    assert_eq!(records(folder.path()), before);
}

#[cfg(unix)]
#[test]
fn what_may_not_have_reached_the_disk_is_told_as_lost_and_not_believed_later() {
    use std::os::fd::OwnedFd;

    // A pipe cannot be brought to a disk.
    let (_reader, pipe) = io::pipe().unwrap();
    let pipe = Arc::new(std::fs::File::from(OwnedFd::from(pipe)));
    let folder = tempfile::tempdir().unwrap();
    let good = Arc::new(fs::File::create(folder.path().join("file")).unwrap());
    let (tell, vouched) = watch::channel(None);
    let mut disk = Disk::start(tell, Bounds::default().brings).unwrap();
    let bring = |disk: &Disk, file: &Arc<fs::File>, end| {
        let (done, told) = channel();
        let checkpoint = key().sign("a", end, [0; 32], Hand::at(NOW).now());
        let end = End { seq: end, hash: [0; 32] };
        disk.bring(Some(Arc::clone(file)), end, Some(checkpoint), vec![done]);
        told.recv().unwrap()
    };
    assert_eq!(bring(&disk, &good, 3), Ok(()));
    assert_eq!(bring(&disk, &pipe, 5), Err(JournalFailed));
    // The kernel tells of what it dropped once.
    assert_eq!(bring(&disk, &good, 7), Err(JournalFailed));
    assert_eq!((disk.safe().seq, disk.has_failed()), (3, true));
    assert_eq!(vouched.borrow().as_ref().map(|it| it.seq), Some(3), "the store hears of nothing else");
    disk.begin_anew();
    assert_eq!((bring(&disk, &good, 9), disk.has_failed()), (Ok(()), false));
}

/// A disk that takes its time for the first file that it is given, and then has not kept it; whoever asks is told when it
/// begins, and says when it may end.
fn fails_once() -> (disk::Brings, Receiver<()>, std::sync::mpsc::Sender<()>) {
    let ((begins, begun), (go_on, may_go_on)) = (channel(), channel::<()>());
    let waits = Mutex::new(Some((begins, may_go_on)));
    let brings = move |file: &fs::File| {
        if let Some((begins, may_go_on)) = waits.lock().unwrap().take() {
            begins.send(()).unwrap();
            let _released = may_go_on.recv();
            return Err(io::ErrorKind::StorageFull.into());
        }
        file.sync_data()
    };
    (Arc::new(brings), begun, go_on)
}

fn on(folder: &Path, brings: disk::Brings) -> Segments {
    Ready::look(folder, signed(), Hand::at(NOW), Bounds { brings, ..Bounds::default() })
        .unwrap()
        .begin()
        .unwrap()
}

/// What was lost, as the journal says, and whether it is whole by what the store knows.
fn told(folder: &Path, last: Option<Checkpoint>) -> u64 {
    assert!(last.is_some());
    verify(folder, "a", &Trust::new(Vec::new(), last)).unwrap().lost
}

#[test]
fn what_a_disk_did_not_keep_is_never_said_to_be_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (brings, begun, go_on) = fails_once();
    let journal = on(folder.path(), brings);
    let vouched = journal.checkpoints();
    journal.refuse(opening("alice"), closing());
    std::thread::scope(|scope| {
        let first = scope.spawn(|| journal.flush());
        begun.recv().unwrap();
        // This waits behind the one that is about to fail, in the same file.
        journal.refuse(opening("bob"), closing());
        let second = scope.spawn(|| journal.seal());
        while files(folder.path()).iter().all(|file| fs::read_to_string(file).unwrap().lines().count() < 3) {
            std::thread::yield_now();
        }
        go_on.send(()).unwrap();
        assert_eq!((first.join().unwrap(), second.join().unwrap()), (Err(JournalFailed), Err(JournalFailed)));
    });
    assert_eq!(*vouched.borrow(), None, "the store hears of nothing in it");
    // Whoever asks before the writer has turned to another file is told so, too.
    let _failed = journal.flush();
    journal.flush().unwrap();
    journal.end().unwrap();
    let last = vouched.borrow().clone();
    assert_eq!(told(folder.path(), last), 3, "two refusals and the checkpoint");
    assert_eq!(files(folder.path()).len(), 2);
}

#[test]
fn an_end_that_the_disk_did_not_keep_is_told_and_no_good_end() {
    let folder = tempfile::tempdir().unwrap();
    let (brings, _begun, go_on) = fails_once();
    drop(go_on);
    let journal = on(folder.path(), brings);
    let vouched = journal.checkpoints();
    journal.refuse(opening("alice"), closing());
    assert_eq!(journal.end(), Err(JournalFailed));
    let last = vouched.borrow().clone();
    assert!(last.as_ref().is_some_and(|last| last.sealed));
    assert_eq!(told(folder.path(), last), 2);
}

/// The last file of a folder in which everything from `safe` on was told as lost, what the store knows, and what of the file
/// was on the disk.
fn doubtful(folder: &Path) -> (PathBuf, Checkpoint, String) {
    let last = written(folder);
    let file = files(folder).pop().unwrap();
    let safe = fs::read_to_string(&file).unwrap();
    let (brings, _begun, go_on) = fails_once();
    drop(go_on);
    let terms = Terms { last: Some(last), ..signed() };
    let bounds = Bounds { brings, ..Bounds::default() };
    let journal = Ready::look(folder, terms, Hand::at(NOW), bounds).unwrap().begin().unwrap();
    let vouched = journal.checkpoints();
    journal.refuse(opening("alice"), closing());
    assert_eq!(journal.end(), Err(JournalFailed));
    let last = vouched.borrow().clone().unwrap();
    (file, last, safe)
}

#[test]
fn what_a_disk_has_truly_lost_is_not_taken_for_an_attack() {
    let folder = tempfile::tempdir().unwrap();
    let (file, last, safe) = doubtful(folder.path());
    let all = fs::read_to_string(&file).unwrap();
    let alice = all.strip_prefix(&*safe).unwrap().split_inclusive('\n').next().unwrap();
    let zeros = "\0".repeat(4096);
    for left in [
        all.clone(),
        safe.clone(),
        format!("{safe}{alice}"),
        format!("{safe}{{\"time\":18"),
        format!("{safe}{zeros}"),
        format!("{safe}{zeros}\n{alice}"),
    ] {
        fs::write(&file, &left).unwrap();
        assert_eq!(told(folder.path(), Some(last.clone())), 2, "{left:?}");
    }
    // The next start goes on.
    let terms = Terms { last: Some(last), ..signed() };
    let next = Segments::open(folder.path(), terms, Hand::at(NOW)).unwrap();
    next.refuse(opening("bob"), closing());
    next.seal().unwrap();
    let last = next.checkpoints().borrow().clone();
    assert_eq!(told(folder.path(), last), 2);
}

#[test]
fn behind_what_may_be_lost_nothing_else_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let (file, last, safe) = doubtful(folder.path());
    let flaw = |text: &str| {
        fs::write(&file, text).unwrap();
        with_store(folder.path(), &last).unwrap_err().flaw
    };
    // One that was on the disk.
    let lines: Vec<_> = safe.split_inclusive('\n').collect();
    assert!(matches!(flaw(&lines[..lines.len() - 1].concat()), Flaw::Missing { .. }));
    // One that was on the disk is another one now, and what would show that is gone.
    let changed = safe.replace("\"time\":18", "\"time\":17");
    assert_ne!(changed, safe);
    assert!(matches!(flaw(&changed), Flaw::Changed { .. } | Flaw::Missing { .. }));
    // A removal that was never made, where records were lost.
    let first = files(folder.path())[0].clone();
    let end_of = |text: &str| {
        let line = text.lines().last().unwrap();
        let seq = serde_json::from_str::<Value>(line).unwrap()["seq"].as_u64().unwrap();
        End { seq, hash: line::hash(line.as_bytes()) }
    };
    let gone = end_of(&fs::read_to_string(&first).unwrap());
    let mut forged = safe.clone().into_bytes();
    let removed = Event::Removed { last: gone.seq, hash: gone.hash };
    end_of(&safe).next(&mut forged, "a", UnixTime::from_seconds(NOW), &removed);
    fs::remove_file(first).unwrap();
    assert!(matches!(flaw(std::str::from_utf8(&forged).unwrap()), Flaw::Missing { from: 1, .. }));
}

#[test]
fn that_records_may_be_lost_counts_once_it_is_vouched_for() {
    let folder = tempfile::tempdir().unwrap();
    let last = written(folder.path());
    // Whoever can write the folder adds a record, and says that it and others may be lost.
    let all = files(folder.path());
    let text = fs::read_to_string(&all[0]).unwrap();
    let line = text.lines().next().unwrap();
    let behind = End { seq: 1, hash: line::hash(line.as_bytes()) };
    let mut forged = Vec::new();
    let said = Event::Lost { count: 98, since: UnixTime::from_seconds(NOW), behind: Some(behind) };
    let before = End { seq: 99, hash: [9; 32] };
    before.next(&mut forged, "a", UnixTime::from_seconds(NOW), &said);
    for file in &all[1..] {
        fs::remove_file(file).unwrap();
    }
    fs::write(&all[0], format!("{line}\n")).unwrap();
    fs::write(folder.path().join("a.00000000000000000100.jsonl"), forged).unwrap();
    assert!(with_store(folder.path(), &last).is_err());
    assert!(verify(folder.path(), "a", &Trust::new(vec![key().public()], None)).is_err());
    let terms = Terms { last: Some(last), ..signed() };
    let next = Segments::open(folder.path(), terms, Hand::at(NOW)).unwrap();
    next.refuse(opening("alice"), closing());
    next.seal().unwrap();
    let now = next.checkpoints().borrow().clone().unwrap();
    drop(next);
    assert!(with_store(folder.path(), &now).is_err());
}

#[test]
fn what_was_there_before_is_not_told_as_lost() {
    let folder = tempfile::tempdir().unwrap();
    let (brings, _begun, go_on) = fails_once();
    drop(go_on);
    let last = key().sign("a", 900, [1; 32], Hand::at(NOW).now());
    let terms = Terms { last: Some(last), ..signed() };
    let bounds = Bounds { brings, ..Bounds::default() };
    let journal = Ready::look(folder.path(), terms, Hand::at(NOW), bounds).unwrap().begin().unwrap();
    let vouched = journal.checkpoints();
    assert_eq!(journal.end(), Err(JournalFailed));
    let last = vouched.borrow().clone();
    assert_eq!(told(folder.path(), last), 2, "`begun` and the checkpoint");
}

#[test]
fn where_the_operator_wants_that_calls_go_on_and_what_was_lost_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let terms = Terms { when_full: WhenFull::Count, ..Terms::of("a") };
    let journal = bounded(folder.path(), terms, Hand::at(NOW), file::SEGMENT_BYTES, 6).unwrap();
    let stopped = Stopped::at(folder.path(), 1);
    let tickets: Vec<_> = (0..10).map(|_| journal.open(opening("alice")).unwrap()).collect();
    assert_eq!(journal.flush(), Err(JournalFailed));
    for ticket in tickets {
        journal.close(ticket, "notes", closing());
    }
    journal.refuse(opening("bob"), closing());
    let standing = journal.standing();
    assert_eq!((standing.failing, standing.lost), (true, 5), "four calls and a refusal found no room");
    stopped.ends();
    journal.flush().unwrap();
    drop(journal);
    let records = records(folder.path());
    let of = |event: &str| records.iter().filter(|record| record["event"] == event).count();
    assert_eq!(of("call"), 6);
    let lost = records.iter().find(|record| record["event"] == "lost").unwrap();
    assert_eq!(lost["since"], NOW);
    assert_eq!(verify(folder.path(), "a", &Trust::default()).unwrap().lost, 5);
}

#[test]
fn a_refusal_that_finds_no_room_is_told_as_lost() {
    let folder = tempfile::tempdir().unwrap();
    let journal = bounded(folder.path(), Terms::of("a"), Hand::at(NOW), file::SEGMENT_BYTES, 2).unwrap();
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
fn the_end_of_a_call_is_taken_whatever_waits() {
    let folder = tempfile::tempdir().unwrap();
    let journal = bounded(folder.path(), Terms::of("a"), Hand::at(NOW), file::SEGMENT_BYTES, 2).unwrap();
    let tickets: Vec<_> = (0..5)
        .map(|_| {
            let ticket = journal.open(opening("alice")).unwrap();
            journal.flush().unwrap();
            ticket
        })
        .collect();
    fs::remove_dir_all(folder.path()).unwrap();
    for ticket in tickets {
        journal.close(ticket, "notes", closing());
    }
    assert_eq!(journal.flush(), Err(JournalFailed));
    let standing = journal.standing();
    assert_eq!((standing.waiting, standing.lost), (5, 0));
    assert_eq!(journal.open(opening("bob")), Err(JournalFailed));
    fs::create_dir(folder.path()).unwrap();
    journal.flush().unwrap();
    assert_eq!(journal.standing().waiting, 0);
    assert_eq!(records(folder.path()).iter().filter(|it| it["event"] == "end").count(), 5);
}

#[test]
fn a_call_that_lasts_holds_no_place_once_it_is_on_record() {
    let folder = tempfile::tempdir().unwrap();
    let journal = bounded(folder.path(), Terms::of("a"), Hand::at(NOW), file::SEGMENT_BYTES, 2).unwrap();
    let mut tickets = Vec::new();
    for _ in 0..10 {
        tickets.push(journal.open(opening("alice")).unwrap());
        journal.flush().unwrap();
        assert!(!journal.standing().failing);
    }
    for ticket in tickets {
        journal.close(ticket, "notes", closing());
    }
    journal.flush().unwrap();
    let standing = journal.standing();
    assert_eq!((standing.waiting, standing.lost), (0, 0));
    assert_eq!(chain(folder.path()), Ok(20));
}
