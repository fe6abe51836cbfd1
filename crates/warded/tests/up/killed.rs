//! What is left of the journal of a process that was killed? Killed under load, again and again, at points that nobody
//! chose: every record that is older than the stated window is there, and the chain holds.

use std::{
    collections::HashSet,
    fs,
    net::SocketAddr,
    path::Path,
    process::Command,
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::Instant,
};
use warded_store::journal::segments::WINDOW;

use crate::{
    caller::tool,
    stage::{Gateway, Stage},
};

const KILLS: u32 = 50;
const CALLERS: u32 = 4;
/// The window, and what a machine may need that does ten other things.
const OLD: Duration = WINDOW.saturating_add(Duration::from_millis(450));

/// What was answered, and when.
type Answered = Arc<Mutex<Vec<(String, Instant)>>>;

/// Calls, one after the other, until nobody answers.
async fn calls(to: SocketAddr, token: String, mark: String, answered: Answered) {
    for number in 0_u32.. {
        let name = format!("{mark}-{number}");
        let message = tool(&name, json!({})).to_string();
        let request = format!(
            "POST /notes/mcp HTTP/1.1\r\nHost: {to}\r\nAuthorization: Bearer {token}\r\nContent-Length: {}\r\n\
             Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\nConnection: close\r\n\r\n\
             {message}",
            message.len()
        );
        let Ok(mut stream) = TcpStream::connect(to).await else { return };
        let mut answer = Vec::new();
        let asked = async {
            stream.write_all(request.as_bytes()).await?;
            stream.read_to_end(&mut answer).await
        };
        if asked.await.is_err() || !answer.starts_with(b"HTTP/1.1 200") {
            return;
        }
        answered.lock().unwrap().push((name, Instant::now()));
    }
}

/// The tools that calls on record name.
fn recorded(folder: &Path) -> HashSet<String> {
    let mut names = HashSet::new();
    for entry in fs::read_dir(folder.join("warded-journal")).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        let records = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
        let records = records.map(|line| serde_json::from_str::<Value>(line).unwrap());
        names.extend(
            records
                .filter(|record| record["event"] == "call")
                .filter_map(|record| record["names"][0].as_str().map(str::to_owned)),
        );
    }
    names
}

fn verify(folder: &Path) -> (String, i32) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_warded")).args(["audit", "verify"]).current_dir(folder).output();
    let output = output.unwrap();
    (String::from_utf8(output.stdout).unwrap(), output.status.code().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_kills_under_load_lose_nothing_that_is_older_than_the_window() {
    let stage = Stage::start().await;
    let token = stage.token("notes", json!({}));
    let mut gateway = stage.gateway;
    let (mut promised, mut all) = (Vec::new(), 0);
    for round in 0..KILLS {
        let answered = Answered::default();
        let callers: Vec<_> = (0..CALLERS)
            .map(|caller| {
                let mark = format!("call-{round}-{caller}");
                tokio::spawn(calls(gateway.address, token.clone(), mark, Arc::clone(&answered)))
            })
            .collect();
        tokio::time::sleep(OLD + Duration::from_millis(u64::from(round * 53 % 300))).await;
        gateway.signal("KILL");
        let killed = Instant::now();
        gateway.ended().await;
        for caller in callers {
            caller.await.unwrap();
        }
        let answered = std::mem::take(&mut *answered.lock().unwrap());
        all += answered.len();
        promised.extend(answered.into_iter().filter(|(_, at)| *at + OLD <= killed).map(|(name, _)| name));
        let folder = gateway.folder;
        let (said, exit) = verify(folder.path());
        assert!(matches!(exit, 0 | 11), "kill {round}: {said}");
        gateway = Gateway::start_with(folder, "true").await;
    }
    gateway.signal("TERM");
    assert!(gateway.ended().await.0.success());
    let recorded = recorded(gateway.folder.path());
    let missing: Vec<_> = promised.iter().filter(|name| !recorded.contains(*name)).collect();
    let (said, exit) = verify(gateway.folder.path());
    println!(
        "{KILLS} kills: {all} calls answered, {} of them older than the window when it was killed, {} on record, {} \
         of those missing; verify exits with {exit}",
        promised.len(),
        recorded.len(),
        missing.len()
    );
    assert_eq!(missing, Vec::<&String>::new());
    assert!(!promised.is_empty(), "nothing was shown");
    assert_eq!(exit, 11, "{said}");
    assert!(said.contains("were left by processes that did not end in order"), "{said}");
    let which = |line: &&str| line.trim_start().starts_with("records ") && line.contains(", found 20");
    assert_eq!(said.lines().filter(which).count(), 10, "the latest ones: {said}");
}
