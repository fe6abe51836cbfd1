//! Is a limit a limit where everybody comes at once, from several processes?

use std::{
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
};

use super::Sqlite;
use crate::{Counter, Counters as _, Reserved, Reserving, Settled, Span, Taking, Window, contract::at};

/// The test below that is one of the processes.
const ONE: &str = "sqlite::tests::crowd::one_of_the_crowd";

/// The file that it finds where it is started.
const FILE: &str = "warded.db";

const PROCESSES: usize = 4;
const TASKS: usize = 64;

/// Takes one of the limited and one of what only adds up.
fn takings(limit: usize) -> [Taking<'static>; 2] {
    let of = |name| Counter {
        place: "server/notes",
        scope: "create_note",
        name,
        per: "",
        window: Window::calendar(Span::Day),
    };
    let most = i64::try_from(limit).unwrap();
    [
        Taking { counter: of("limited"), amount: 1, most, shadow: false },
        Taking { counter: of("all"), amount: 1, most: i64::MAX, shadow: false },
    ]
}

/// How many calls are made by all together.
fn calls() -> usize {
    #[expect(clippy::disallowed_methods, reason = "how long a test may take is said from outside")]
    let wanted = std::env::var("WARDED_CALLS");
    wanted.map_or(4_000, |calls| calls.parse().unwrap())
}

/// What came of calls: how many were made, came to nothing, were refused.
type Outcomes = [usize; 3];

/// Makes calls one after the other; each eighth comes to nothing.
async fn make(store: Arc<Sqlite>, task: usize, calls: usize, limit: usize) -> Outcomes {
    let mut outcomes = Outcomes::default();
    for n in 0..calls {
        let by = Reserving { node: "crowd", run: &[1; 16], request: "" };
        let end = if (n + task).is_multiple_of(8) { Settled::RolledBack } else { Settled::Committed };
        let came = match store.reserve_all(&takings(limit), &by, at(0)).await.unwrap() {
            Reserved::Exceeded(place) => {
                assert_eq!(place, 0);
                2
            }
            Reserved::All { id, .. } => {
                // What others do meanwhile.
                tokio::task::yield_now().await;
                store.settle(id, end).await.unwrap();
                usize::from(end == Settled::RolledBack)
            }
        };
        outcomes[came] += 1;
    }
    outcomes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "another test starts it"]
async fn one_of_the_crowd() {
    if !Path::new(FILE).exists() {
        return;
    }
    let store = Arc::new(Sqlite::open(FILE).await.unwrap());
    let (calls, limit) = (calls(), calls() / 2);
    let each = calls / PROCESSES / TASKS;
    let tasks: Vec<_> =
        (0..TASKS).map(|task| tokio::spawn(make(Arc::clone(&store), task, each, limit))).collect();
    let mut all = Outcomes::default();
    for task in tasks {
        all.iter_mut().zip(task.await.unwrap()).for_each(|(all, one)| *all += one);
    }
    println!("\noutcomes {} {} {}", all[0], all[1], all[2]);
}

fn outcomes(output: &[u8]) -> Outcomes {
    let text = String::from_utf8_lossy(output);
    let line = text.lines().find_map(|line| line.strip_prefix("outcomes "));
    let mut numbers =
        line.unwrap_or_else(|| panic!("{text}")).split(' ').map(|number| number.parse().unwrap());
    std::array::from_fn(|_| numbers.next().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_processes_of_sixty_four_tasks_never_exceed_a_limit_and_never_lose_a_call() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(Sqlite::open(folder.path().join(FILE)).await.unwrap());
    let limit = calls() / 2;
    let counters = takings(limit).map(|taking| taking.counter);
    let crowd: Vec<_> = (0..PROCESSES)
        .map(|_| {
            let one = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", ONE, "--ignored", "--nocapture"])
                .current_dir(folder.path())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            tokio::task::spawn_blocking(move || one.wait_with_output().unwrap())
        })
        .collect();
    // Somebody looks on.
    let mut looks = 0;
    while !crowd.iter().all(tokio::task::JoinHandle::is_finished) {
        for sum in store.counts(&counters, at(0)).await.unwrap() {
            assert!(usize::try_from(sum).unwrap() <= limit, "{sum} of {limit}");
        }
        looks += 1;
        tokio::task::yield_now().await;
    }
    assert!(looks > 0);
    let mut all = Outcomes::default();
    for one in crowd {
        let one = one.await.unwrap();
        assert!(one.status.success());
        all.iter_mut().zip(outcomes(&one.stdout)).for_each(|(all, one)| *all += one);
    }
    let [made, nothing, refused] = all;
    assert_eq!(made + nothing + refused, calls() / PROCESSES / TASKS * PROCESSES * TASKS);
    assert!(nothing > 0 && refused > 0, "{all:?}");
    let held = i64::try_from(made).unwrap();
    assert_eq!(store.counts(&counters, at(0)).await.unwrap(), [held, held], "none is lost");
    assert_eq!(store.uncertain("crowd", &[2; 16]).await.unwrap(), []);
    // There is room for what came to nothing, and for nothing more.
    let left = limit - made;
    for n in 0..=left {
        let by = Reserving { node: "crowd", run: &[1; 16], request: "" };
        let reserved = store.reserve_all(&takings(limit), &by, at(0)).await.unwrap();
        assert_eq!(reserved == Reserved::Exceeded(0), n == left, "{n} of {left}");
    }
}
