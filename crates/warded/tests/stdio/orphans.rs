//! When either side is gone, nobody is left: no process, and nothing that it has started.

use serde_json::{Value, json};

use crate::{
    caller::Caller,
    stage::{Stage, signal},
};

/// Two sessions and a process of a caller, with two grandchildren each, one of which ignores every signal that it can.
async fn crowded(arguments: &[&str]) -> Stage {
    let mut stage = Stage::with(arguments, "").await;
    let alice = Caller::new(&stage, "nasty", json!({})).begins().await;
    let bob = Caller::new(&stage, "nasty", json!({ "sub": "bob" })).begins().await;
    for caller in [&alice, &bob] {
        let grandchildren: Vec<u32> =
            serde_json::from_str(&caller.tool("fork", json!({})).await.text()).unwrap();
        assert_eq!(grandchildren.len(), 2);
    }
    assert_eq!(alice.modern_tool(json!(1), "fork", json!({})).await.status, 200);
    assert!(stage.somebody_lives().await);
    stage
}

#[tokio::test]
async fn nobody_is_left_where_warded_is_killed() {
    let mut stage = crowded(&[]).await;
    stage.signal("KILL");
    stage.ended().await;
    stage.nobody_lives().await;
}

#[tokio::test]
async fn nobody_is_left_where_the_keeper_was_killed_before() {
    let mut stage = crowded(&[]).await;
    let mut children = std::process::Command::new("pgrep");
    let children = children.args(["-P", &stage.id().to_string(), "-f", "warded:keep"]).output().unwrap();
    let keeper = String::from_utf8(children.stdout).unwrap().trim().parse::<u32>().unwrap();
    signal(keeper, "KILL");
    stage.logs("another one takes its place").await;
    assert!(stage.somebody_lives().await, "its end is nobody else's");
    // One more, which the new one has to know; the older ones it was told.
    let carol = Caller::new(&stage, "nasty", json!({ "sub": "carol" })).begins().await;
    assert_eq!(carol.tool("fork", json!({})).await.status, 200);
    stage.signal("KILL");
    stage.ended().await;
    stage.nobody_lives().await;
}

#[tokio::test]
async fn nobody_is_left_where_warded_is_stopped_and_does_not_wait_for_whoever_will_not_go() {
    let mut stage = crowded(&["--stay"]).await;
    stage.signal("TERM");
    assert!(stage.ended().await.success(), "{}", stage.log());
    stage.nobody_lives().await;
}

#[tokio::test]
async fn what_a_process_leaves_behind_ends_with_it() {
    let mut stage = Stage::start("").await;
    let alice = Caller::new(&stage, "nasty", json!({})).begins().await;
    assert_eq!(alice.tool("fork", json!({})).await.status, 200);
    assert_eq!(alice.tool("die", json!({})).await.code(), "upstream-broke");
    stage.nobody_lives().await;
    let bob = Caller::new(&stage, "nasty", json!({ "sub": "bob" })).begins().await;
    let who: Value = serde_json::from_str(&bob.tool("who", json!({})).await.text()).unwrap();
    assert_eq!(bob.tool("fork", json!({})).await.status, 200);
    signal(u32::try_from(who["pid"].as_u64().unwrap()).unwrap(), "KILL");
    stage.nobody_lives().await;
}
