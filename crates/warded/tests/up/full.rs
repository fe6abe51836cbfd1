//! What if the disk of the journal is full? The real program, with a limit on how large its files may become, and with
//! a disk that has no room left.

mod disk;

use std::{fs, path::Path, process::Command};

use serde_json::{Value, json};

use crate::{
    caller::{ping, post},
    stage::{Gateway, Stage},
    wait::until,
};

use self::disk::Disk;

/// How many calls are on record.
fn recorded(journal: &Path) -> usize {
    let files = fs::read_dir(journal).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|kind| kind == "jsonl"));
    let texts: Vec<_> = files.map(|path| fs::read_to_string(path).unwrap()).collect();
    // A process that runs may be in the middle of a line.
    let records =
        texts.iter().flat_map(|text| text.lines()).filter_map(|line| serde_json::from_str(line).ok());
    records.filter(|record: &Value| record["event"] == "call").count()
}

fn audit(folder: &Path, arguments: &[&str]) -> (String, i32) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_warded"));
    let output = command.arg("audit").args(arguments).current_dir(folder).output();
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
    assert_ne!(audit(&folder, &["verify"]).1, 13, "what is there is whole");
    // Whoever is not let in is told so as before.
    assert_eq!(post("/notes/mcp", &ping()).send(to).await.status, 401);
    gateway.limit_files("unlimited");
    while call().await.status != 200 {}
    admitted += 1;
    gateway.signal("TERM");
    assert!(gateway.ended().await.0.success());
    let (said, exit) = audit(&folder, &["verify"]);
    assert_eq!(exit, 0, "{said}");
    let recorded = recorded(&folder.join("warded-journal"));
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
    let (said, exit) = audit(&folder, &["verify"]);
    assert_eq!(exit, 0, "{said}");
    let recorded = recorded(&folder.join("warded-journal"));
    assert_eq!(recorded, 101, "there was room to wait for the disk");
}

#[tokio::test]
async fn a_disk_without_room_stops_calls_loses_no_record_and_is_recovered_from() {
    let test = "full::a_disk_without_room_stops_calls_loses_no_record_and_is_recovered_from";
    let Some(disk) = Disk::available(test) else { return };
    let mut stage = Stage::start().await;
    let token = stage.token("notes", json!({}));
    stage.gateway.signal("TERM");
    stage.gateway.ended().await;
    // Room for a few dozen records.
    let first = disk.before_start("32k");
    let mut gateway = Gateway::start_with(stage.gateway.folder, &first).await;
    let (to, folder) = (gateway.address, gateway.folder.path().to_owned());
    let journal = Disk::journal(gateway.id(), &folder);
    let call = async || post("/notes/mcp", &ping()).token(&token).send(to).await;
    let mut admitted = 0;
    let refused = loop {
        let answer = call().await;
        if answer.status != 200 {
            break answer;
        }
        admitted += 1;
        assert!(admitted < 10_000, "the disk has room without end");
    };
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (503, "journal-unavailable"));
    assert_eq!(stage.notes.requests().len(), admitted, "what was refused went nowhere");
    // The disk itself has none: whoever else writes there is told so.
    let written = fs::write(journal.join("probe"), vec![b'x'; 32 * 1024]);
    assert_eq!(written.unwrap_err().kind(), std::io::ErrorKind::StorageFull);
    fs::remove_file(journal.join("probe")).unwrap();
    assert_eq!(call().await.code(), "journal-unavailable", "what waits does not fit");
    let verify = || audit(&folder, &["verify", "--journal", journal.to_str().unwrap()]);
    assert_ne!(verify().1, 13, "what is there is whole");
    assert_eq!(post("/notes/mcp", &ping()).send(to).await.status, 401);
    disk.resize(gateway.id(), &folder, "8m");
    until("nothing is let through", async || call().await.status == 200).await;
    admitted += 1;
    until("records are missing", async || recorded(&journal) == admitted).await;
    let (said, exit) = verify();
    assert_ne!(exit, 13, "{said}");
    gateway.signal("TERM");
    assert!(gateway.ended().await.0.success());
    println!("a disk without room: {admitted} calls admitted, {admitted} on record, journal whole");
}
