//! Killed under load, fifty times: every call that was answered before the journal's window is on record, the journal is
//! what was written, and the next process goes on behind it.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::Command,
    sync::{Arc, Mutex},
    time::Duration,
};

use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio::{sync::Semaphore, time::Instant};
use warded_store::journal::segments::WINDOW;

use crate::{
    caller::{post, tool},
    stage::{Gateway, Stage},
};

const KILLS: usize = 50;
const CALLERS: usize = 4;
/// What the machine may need on top, to write what was collected.
const MACHINE: Duration = Duration::from_millis(450);

/// What was answered, and when, and a count that can be waited for.
struct Answered {
    calls: Mutex<Vec<(String, Instant)>>,
    count: Semaphore,
}

/// Calls for as long as there is somebody.
async fn calls(to: std::net::SocketAddr, token: String, prefix: String, answered: Arc<Answered>) {
    for number in 0.. {
        let name = format!("{prefix}-{number}");
        let call = post("/notes/mcp", &tool(&name, json!({}))).token(&token);
        let Ok(answer) = call.attempt(to).await else { return };
        if answer.status() != 200 || answer.into_body().collect().await.is_err() {
            return;
        }
        answered.calls.lock().unwrap().push((name, Instant::now()));
        answered.count.add_permits(1);
    }
}

/// The names of the tools of which is on record how their call ended, in the order in which that was written.
fn recorded(folder: &Path) -> BTreeSet<String> {
    let mut files: Vec<_> = std::fs::read_dir(folder.join("warded-journal"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let (mut begun, mut ended) = (BTreeMap::new(), BTreeSet::new());
    for file in files {
        let text = String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned();
        for record in text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
            let call = record["call"].as_u64();
            if let (Some(call), Some(name)) = (call, record["names"][0].as_str()) {
                begun.insert(call, name.to_owned());
            }
            if let (Some(call), true) = (call, record["outcome"].is_string()) {
                ended.extend(begun.get(&call).cloned());
            }
        }
    }
    ended
}

/// Whether the journal is what was written.
fn is_whole(folder: &Path) -> bool {
    let mut command = Command::new(env!("CARGO_BIN_EXE_warded"));
    let output = command.args(["audit", "verify", "--format", "json"]).current_dir(folder).output().unwrap();
    let said: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    assert!(said["nodes"][0]["records"].as_u64().is_some_and(|records| records > 0), "{said:#}");
    said["whole"] == true
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_kills_under_load_lose_no_record_that_is_older_than_the_window() {
    let stage = Stage::start().await;
    let token = stage.token("notes", json!({}));
    let Stage { mut gateway, issuer: _issuer, notes, .. } = stage;
    let mut dice = 20_261_121_u64;
    let (mut total, mut lost, mut oldest) = (0, 0, Duration::ZERO);
    for round in 0..KILLS {
        let answered = Arc::new(Answered { calls: Mutex::default(), count: Semaphore::new(0) });
        let callers: Vec<_> = (0..CALLERS)
            .map(|caller| {
                let prefix = format!("t-{round}-{caller}");
                tokio::spawn(calls(gateway.address, token.clone(), prefix, Arc::clone(&answered)))
            })
            .collect();
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let after = u32::try_from(dice >> 33).unwrap() % 1_500 + 1;
        drop(answered.count.acquire_many(after).await.unwrap());
        let killed = Instant::now();
        gateway.signal("KILL");
        assert!(!gateway.ended().await.0.success());
        for caller in callers {
            caller.await.unwrap();
        }
        let (folder, kept) = (gateway.folder, &answered.calls);
        let recorded = recorded(folder.path());
        assert!(is_whole(folder.path()), "kill {round}: the journal is not what was written");
        for (name, at) in kept.lock().unwrap().iter() {
            total += 1;
            if !recorded.contains(name) {
                lost += 1;
                let age = killed.saturating_duration_since(*at);
                oldest = oldest.max(age);
                assert!(
                    age <= WINDOW + MACHINE,
                    "kill {round}: {name} was answered {age:?} before, and is not on record"
                );
            }
        }
        gateway = Gateway::start_with(folder, "true").await;
    }
    gateway.signal("TERM");
    assert!(gateway.ended().await.0.success());
    assert!(is_whole(gateway.folder.path()));
    let heard = notes.requests().len();
    println!(
        "{KILLS} kills: {total} calls were answered ({heard} were heard behind), {lost} of them not on record, the oldest of \
         those {oldest:?} before its kill (the window is {WINDOW:?}); the journal was whole every time"
    );
    assert!(total > KILLS * 100 && lost < total / 4, "{lost} of {total}");
}
