//! What if the disk of the journal is full? The real program, with a limit on how large its files may become.

use std::{fs, path::Path, process::Command};

use serde_json::{Value, json};

use crate::{
    caller::{ping, post},
    stage::{Gateway, Stage},
    wait::until,
};

/// The journal's lines.
fn lines(folder: &Path) -> Vec<Value> {
    let file = folder.join("warded-journal/node.00000000000000000001.jsonl");
    fs::read_to_string(file).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn audit(folder: &Path, action: &str) -> (String, i32) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_warded")).args(["audit", action]).current_dir(folder).output();
    let output = output.unwrap();
    (String::from_utf8(output.stdout).unwrap(), output.status.code().unwrap())
}

/// Starts it again such that a limit is an error and not its end.
async fn without_the_signal(mut gateway: Gateway) -> Gateway {
    gateway.signal("TERM");
    gateway.ended().await;
    Gateway::start_with(gateway.folder, "trap '' XFSZ").await
}

#[tokio::test]
async fn a_full_disk_stops_calls_loses_no_record_and_is_recovered_from() {
    let stage = Stage::start().await;
    let token = stage.token("notes", json!({}));
    let mut gateway = without_the_signal(stage.gateway).await;
    let (to, folder) = (gateway.address, gateway.folder.path().to_owned());
    let call = async || post("/notes/mcp", &ping()).token(&token).send(to).await;
    assert_eq!(call().await.status, 200);
    let mut admitted = 1;
    // Room for a few dozen records more.
    gateway.limit_files("20000");
    let refused = loop {
        let answer = call().await;
        if answer.status != 200 {
            break answer;
        }
        admitted += 1;
    };
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (503, "journal-unavailable"));
    assert_eq!(stage.notes.requests().len(), admitted, "what was refused went nowhere");
    assert_ne!(audit(&folder, "verify").1, 13, "what is there is whole");
    // Whoever is not let in is told so as before.
    assert_eq!(post("/notes/mcp", &ping()).send(to).await.status, 401);
    gateway.limit_files("unlimited");
    while call().await.status != 200 {}
    admitted += 1;
    gateway.signal("TERM");
    assert!(gateway.ended().await.0.success());
    let (said, exit) = audit(&folder, "verify");
    assert_eq!(exit, 0, "{said}");
    let recorded = lines(&folder).iter().filter(|line| line["event"] == "call").count();
    assert_eq!(recorded, admitted);
    println!("full disk: {admitted} calls admitted, {recorded} on record, journal whole");
}

#[tokio::test]
async fn where_the_operator_wants_that_calls_go_on_while_the_disk_is_full() {
    let stage = Stage::with_head("journal: { when_full: count, keep: 90d }").await;
    let token = stage.token("notes", json!({}));
    let mut gateway = without_the_signal(stage.gateway).await;
    let (to, folder) = (gateway.address, gateway.folder.path().to_owned());
    let call = async || post("/notes/mcp", &ping()).token(&token).send(to).await.status;
    assert_eq!(call().await, 200);
    // A hundred calls may be over before the first of them is written.
    let file = folder.join("warded-journal/node.00000000000000000001.jsonl");
    until("nothing is written", async || fs::metadata(&file).is_ok_and(|about| about.len() > 0)).await;
    gateway.limit_files("5000");
    for _ in 0..100 {
        assert_eq!(call().await, 200);
    }
    assert!(fs::metadata(&file).unwrap().len() <= 5_000, "the limit has no effect");
    gateway.limit_files("unlimited");
    gateway.signal("TERM");
    assert!(gateway.ended().await.0.success());
    let (said, exit) = audit(&folder, "verify");
    assert_eq!(exit, 0, "{said}");
    let recorded = lines(&folder).iter().filter(|line| line["event"] == "call").count();
    assert_eq!(recorded, 101, "there was room to wait for the disk");
}
