//! What does it cost to count a call? What it takes is on the disk before the call is made, and that it has ended afterwards;
//! whoever comes meanwhile is written together with the others, so that many at once pay for each a share.
//!
//! `TMPDIR` says which disk; one that is memory leaves what the processor does.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark measures time, and one that cannot start has nothing to measure"
)]

use std::{sync::Arc, time::Instant};

use warded_core::UnixTime;
use warded_store::{
    Counter, Counters, Reserved, Reserving, Settled, Span, Taking, Window, memory::Counts, sqlite::Sqlite,
};

/// How many calls of each kind, all together.
const CALLS: usize = 20_000;

/// What is counted of a call.
#[derive(Clone, Copy)]
enum Counted {
    /// One counter, everybody's.
    One(Window),
    /// One counter of the caller's own.
    Own(Window),
    /// Three: of the tool, of all tools, of the caller.
    Three,
}

async fn call(store: &dyn Counters, kind: Counted, caller: &str) {
    let counter =
        |name, per, window| Counter { place: "server/notes", scope: "create_note", name, per, window };
    let day = Window::calendar(Span::Day);
    let counters = match kind {
        Counted::One(window) => vec![counter("one", "", window)],
        Counted::Own(window) => vec![counter("own", caller, window)],
        Counted::Three => vec![
            counter("tool", "", day),
            counter("all", "", Window::calendar(Span::Minute)),
            counter("caller", caller, day),
        ],
    };
    let taking = |counter| Taking { counter, amount: 1_000_000, most: i64::MAX - 1, shadow: false };
    let takings: Vec<_> = counters.into_iter().map(taking).collect();
    let by = Reserving { node: "gateway", run: &[1; 16], request: "00000000000000ff" };
    let now = UnixTime::from_seconds(1_800_000_000);
    let Reserved::All { id, .. } = store.reserve_all(&takings, &by, now).await.unwrap() else { panic!() };
    store.settle(id, Settled::Committed).await.unwrap();
}

async fn measure(name: &str, store: &Arc<dyn Counters>, counted: Counted, callers: usize, calls: usize) {
    let begun = Instant::now();
    let callers: Vec<_> = (0..callers)
        .map(|caller| {
            let (store, each) = (Arc::clone(store), calls / callers);
            tokio::spawn(async move {
                let name = format!("https://login.example.com/realms/corp ada-{caller}");
                for _ in 0..each {
                    call(&*store, counted, &name).await;
                }
            })
        })
        .collect();
    let count = callers.len();
    for caller in callers {
        caller.await.unwrap();
    }
    let each = begun.elapsed().as_micros() / u128::try_from(calls).unwrap();
    let a_second = u128::try_from(calls).unwrap() * 1_000_000 / begun.elapsed().as_micros();
    println!("| {name} | {count} | {each} | {a_second} |");
}

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let file = Arc::new(Sqlite::open(folder.path().join("warded.db")).await.unwrap()) as Arc<dyn Counters>;
    let memory = Arc::new(Counts::default()) as Arc<dyn Counters>;
    let (day, sliding) = (Window::calendar(Span::Day), Window::sliding(Span::Day));
    println!("| counted | callers at once | µs for each call | calls a second |");
    println!("| --- | --- | --- | --- |");
    for (name, counted) in [
        ("one counter", Counted::One(day)),
        ("one counter that slides", Counted::One(sliding)),
        ("one of each caller", Counted::Own(day)),
        ("three counters", Counted::Three),
    ] {
        measure(&format!("{name}, in a file"), &file, counted, 1, CALLS / 20).await;
        measure(&format!("{name}, in a file"), &file, counted, 64, CALLS).await;
        measure(&format!("{name}, in memory"), &memory, counted, 64, CALLS * 10).await;
    }
}
