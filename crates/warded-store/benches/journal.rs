//! What does a record cost? Handing it over, which a request waits for; writing it, which it does not; and reading it.
//!
//! Calls come in bursts as large as one window of a busy node has them. `hand over` is a call and its end on the caller's
//! side; `on the disk` is the same until all of it has been written and synced, and `processor` what all threads together
//! were busy for; `read` and `verify` go through the file.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark measures time, and one that cannot start has nothing to measure"
)]

use std::{
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant},
};

use memchr::memmem;
use warded_core::{Clock, UnixTime};
use warded_store::journal::{
    Closing, Journal as _, Opening, Outcome, RequestId, Whose,
    checkpoint::JournalKey,
    segments::{Record, Segments, Terms, Trust, segments, verify},
};

const BURST: usize = 1_000;
const BURSTS: usize = 500;

#[derive(Debug)]
struct Machine;

impl Clock for Machine {
    fn now(&self) -> UnixTime {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        UnixTime::from_seconds(i64::try_from(now.as_secs()).unwrap())
    }
}

fn opening() -> Opening {
    Opening {
        server: "notes".into(),
        resource: "https://mcp.example.com/notes/mcp".into(),
        request: Some(RequestId::new(0x9e37_79b9_7f4a_7c15)),
        from: Some("192.0.2.7".parse().unwrap()),
        revision: Some("2025-11-25"),
        method: Some("tools/call".into()),
        names: vec!["read_note".into()],
        denied: None,
        shadowed: vec![],
        whose: Arc::new(Whose {
            subject: Some("3c9a1e0e-6f8f-4a55-9d0b-1f1f2c7f1a11".into()),
            client: Some("editor".into()),
            issuer: "https://login.example.com/realms/corp".into(),
            token: "74bd075a69359e26b8e1eae8".into(),
            waived: vec![],
        }),
    }
}

const CLOSING: Closing =
    Closing { outcome: Outcome::Answered, code: None, status: Some(200), bytes: 512, duration_ms: 7 };

/// What all threads of this process were busy for so far. Where the system does not say: nothing.
fn busy() -> Duration {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let times = tasks.filter_map(|task| {
        let text = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(times.sum())
}

/// Nanoseconds for each of so many.
fn each(time: Duration, count: usize) -> u128 {
    time.as_nanos() / u128::try_from(count).unwrap()
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let mut terms = Terms::of("a");
    terms.key = Some(JournalKey::new(&[7; 32]).unwrap());
    let public = terms.key.as_ref().unwrap().public();
    let journal = Segments::open(folder.path(), terms, Arc::new(Machine)).unwrap();
    let (mut handing, whole, before) = (Duration::ZERO, Instant::now(), busy());
    for _ in 0..BURSTS {
        let openings: Vec<_> = (0..BURST).map(|_| opening()).collect();
        let begun = Instant::now();
        for opening in openings {
            let ticket = journal.open(opening).unwrap();
            journal.close(black_box(ticket), "notes", CLOSING);
        }
        handing += begun.elapsed();
        journal.flush().unwrap();
    }
    let calls = BURST * BURSTS;
    println!("hand over      {:>8} ns for a call and its end", each(handing, calls));
    println!(
        "on the disk    {:>8} ns for a call and its end, {BURST} to a group",
        each(whole.elapsed(), calls)
    );
    println!("processor      {:>8} ns for a call and its end", each(busy().saturating_sub(before), calls));
    drop(journal);

    let files = segments(folder.path()).unwrap().remove("a").unwrap();
    let (begun, mut lines, mut bytes) = (Instant::now(), 0, 0);
    for segment in files {
        let mut text = segment.lines(0).unwrap();
        while let Some(line) = text.next_line().unwrap() {
            bytes += line.len();
            lines += usize::from(black_box(Record::read(line)).is_some());
        }
    }
    println!("read           {:>8} ns for a record of {} bytes", each(begun.elapsed(), lines), bytes / lines);
    let (begun, needed, mut found) =
        (Instant::now(), memmem::Finder::new(b"\"e71100000000000000000003\""), 0);
    for segment in segments(folder.path()).unwrap().remove("a").unwrap() {
        let mut text = segment.lines(0).unwrap();
        while let Some(line) = text.next_line().unwrap() {
            found += usize::from(needed.find(line).is_some());
        }
    }
    assert_eq!(found, 0);
    println!("look for       {:>8} ns for a record, a name that is in none", each(begun.elapsed(), lines));
    let begun = Instant::now();
    let account = verify(folder.path(), "a", &Trust::new(vec![public], None)).unwrap();
    println!("verify         {:>8} ns for a record", each(begun.elapsed(), lines));
    assert_eq!(account.records, u64::try_from(lines).unwrap());
}
