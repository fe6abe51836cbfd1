//! What is known of calls whose process was killed? Those under way are told, and nothing else is in doubt.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead as _, BufReader, Read as _},
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
};

use super::Sqlite;
use crate::{Counter, Counters as _, Reserved, Reserving, Settled, Span, Taking, Window, contract::at};

/// The test below that is the process to kill.
const VICTIM: &str = "sqlite::tests::uncertain::a_process_that_is_killed";

/// The file that the victim finds where it is started.
const FILE: &str = "warded.db";

/// Calls that are under way at a time.
const TASKS: usize = 8;

fn counter() -> Counter<'static> {
    let window = Window::sliding(Span::Day);
    Counter { place: "server/notes", scope: "_global", name: "calls", per: "", window }
}

/// Makes calls, and says of each how far it is, before and after each step. Each third comes to nothing.
async fn make(store: Arc<Sqlite>, task: usize) {
    for n in 0.. {
        let call = format!("{task}-{n}");
        println!("\nasks {call}");
        let by = Reserving { node: "victim", run: &[1; 16], request: &call };
        let taking = Taking { counter: counter(), amount: 1, most: i64::MAX, shadow: false };
        let reserved = store.reserve_all(&[taking], &by, at(0)).await.unwrap();
        let Reserved::All { id, .. } = reserved else { panic!("{reserved:?}") };
        let (end, said) =
            if n % 3 == 0 { (Settled::RolledBack, "nothing") } else { (Settled::Committed, "made") };
        println!("\nhas {call}");
        store.settle(id, end).await.unwrap();
        println!("\n{said} {call}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "another test starts and kills it"]
async fn a_process_that_is_killed() {
    if !Path::new(FILE).exists() {
        return;
    }
    let store = Arc::new(Sqlite::open(FILE).await.unwrap());
    let tasks: Vec<_> = (0..TASKS).map(|task| tokio::spawn(make(Arc::clone(&store), task))).collect();
    for task in tasks {
        task.await.unwrap();
    }
}

/// The last that was heard of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Heard {
    Asks,
    Has,
    Nothing,
    Made,
}

fn heard(line: &str) -> Option<(Heard, String)> {
    let (said, call) = line.trim().split_once(' ')?;
    let said = match said {
        "asks" => Heard::Asks,
        "has" => Heard::Has,
        "nothing" => Heard::Nothing,
        "made" => Heard::Made,
        _ => return None,
    };
    let (task, n) = call.split_once('-')?;
    let is_call = task.parse::<usize>().is_ok() && n.parse::<usize>().is_ok();
    is_call.then(|| (said, call.to_owned()))
}

/// Starts the victim in a folder and kills it after so many lines; what was heard of each of its calls.
fn kill_after(folder: &Path, lines: usize) -> BTreeMap<String, Heard> {
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", VICTIM, "--ignored", "--nocapture"])
        .current_dir(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(victim.stdout.take().unwrap());
    let mut calls = BTreeMap::new();
    let mut count = 0;
    while count < lines {
        let mut line = String::new();
        assert_ne!(out.read_line(&mut line).unwrap(), 0, "it ended by itself");
        if let Some((said, call)) = heard(&line) {
            calls.insert(call, said);
            count += 1;
        }
    }
    victim.kill().unwrap();
    victim.wait().unwrap();
    // What it had said until it died; the last line may be cut off.
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    let whole = rest.rsplit_once('\n').map_or("", |(whole, _)| whole);
    calls.extend(whole.lines().filter_map(heard).map(|(said, call)| (call, said)));
    calls
}

async fn kill(times: usize) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE);
    Sqlite::open(&path).await.unwrap().close().await;
    let (mut before, mut random, mut ever) = (0, 0x2545_f491_u64, 0);
    for time in 0..times {
        // xorshift: a point that nobody has chosen, and the same each time.
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let calls = kill_after(folder.path(), usize::try_from(random % 300).unwrap() + 1);
        let store = Sqlite::open(&path).await.unwrap();
        let of = |wanted: &[Heard]| -> BTreeSet<&str> {
            calls.iter().filter(|(_, said)| wanted.contains(said)).map(|(call, _)| call.as_str()).collect()
        };
        let under_way = of(&[Heard::Asks, Heard::Has]);
        assert!(under_way.len() <= TASKS, "{time}: {under_way:?}");
        let uncertain = store.uncertain("victim", &[2; 16]).await.unwrap();
        let told: BTreeSet<_> = uncertain.iter().map(|call| &*call.request).collect();
        assert_eq!(told.len(), uncertain.len());
        assert!(told.is_subset(&under_way), "{time}: {told:?} of {under_way:?}");
        // Whatever was answered is as it was answered: a call that was made is counted, one that came to nothing is not, and
        // one that is told is. Of the others under way, those may be counted that had been reserved and are settled.
        let sums = store.counts(&[counter()], at(0)).await.unwrap();
        let [sum] = sums[..] else { panic!("{sums:?}") };
        let counted = usize::try_from(sum).unwrap() - before;
        let sure = of(&[Heard::Made]).len() + told.len();
        let in_doubt = under_way.difference(&told).count();
        assert!((sure..=sure + in_doubt).contains(&counted), "{time}: {counted}, {sure}, {in_doubt}");
        ever += told.len();
        for call in uncertain {
            store.settle(call.id, Settled::Committed).await.unwrap();
        }
        assert_eq!(store.uncertain("victim", &[2; 16]).await.unwrap(), []);
        before += counted;
        assert_eq!(store.counts(&[counter()], at(0)).await.unwrap(), [i64::try_from(before).unwrap()]);
        store.close().await;
    }
    assert!(ever > 0, "some call was under way");
}

#[tokio::test]
async fn a_kill_leaves_the_calls_under_way_uncertain_and_says_which() {
    #[expect(clippy::disallowed_methods, reason = "how long a test may take is said from outside")]
    let wanted = std::env::var("WARDED_KILLS");
    kill(wanted.map_or(8, |kills| kills.parse().unwrap())).await;
}
