//! Calls that wait for somebody: an operator looks at them with `warded approvals`, and what is approved is made once, by whom
//! it was approved for, as it was approved.

use serde_json::{Value, json};

use crate::{
    answer::Answer,
    scene::{Agent, Scene, command},
};

const ASKS: &str = r#"version: "1"
tools:
  wipe:
    rules:
      - name: somebody looks first
        action: require_approval
        on_deny: wiping takes an approval
      - name: two a day
        rate_limit: 2/day
        on_deny: no more
  fail:
    rules:
      - name: somebody looks first
        action: require_approval
"#;

/// The name under which a call waits.
fn waits(answer: &Answer) -> String {
    let said = answer.json();
    assert_eq!((answer.status.as_u16(), &said["error"]["code"]), (200, &json!(-32003)), "{answer:?}");
    let message = said["error"]["message"].as_str().unwrap();
    assert!(message.starts_with("[INTERCEPT APPROVAL REQUIRED] "), "{message}");
    said["error"]["data"]["approval_id"].as_str().unwrap().to_owned()
}

async fn approvals(scene: &Scene, arguments: &[&str]) -> Value {
    let output =
        command(scene.folder.path()).args(["--format", "json", "approvals"]).args(arguments).output();
    let output = output.await.unwrap();
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

async fn wipes(agent: &Agent, what: &str) -> Answer {
    agent.calls("wipe", json!({ "what": what })).await
}

#[tokio::test]
async fn an_approved_call_is_made_once_and_no_other_is() {
    let mut scene = Scene::with(ASKS).await;
    for server in ["notes", "local"] {
        let agent = scene.agent(server).await;
        let id = waits(&wipes(&agent, "notes").await);
        assert_eq!(waits(&wipes(&agent, "notes").await), id, "it waits once, however often it is made");
        let listed = approvals(&scene, &["list"]).await;
        assert!(listed.to_string().contains(&id) && !listed.to_string().contains(&agent.token), "{listed}");
        approvals(&scene, &["approve", &id[..8], "--by", "ada"]).await;
        // Another call, and the same call by somebody else, wait for themselves.
        assert_ne!(waits(&wipes(&agent, "everything").await), id);
        let bob = scene.agent_with(server, scene.token(server, json!({ "sub": "bob" }))).await;
        assert_ne!(waits(&wipes(&bob, "notes").await), id);
        assert!(wipes(&agent, "notes").await.made());
        assert_ne!(waits(&wipes(&agent, "notes").await), id, "it was used");
    }
    assert_eq!((scene.behind.calls("wipe"), scene.heard().len()), (1, 1));

    // What was said outlives the process, and is good for the very rule that asked.
    let agent = scene.agent("notes").await;
    let ids = [waits(&wipes(&agent, "second").await), waits(&wipes(&agent, "third").await)];
    for id in &ids {
        approvals(&scene, &["approve", id, "--by", "ada"]).await;
    }
    scene.restart().await;
    let agent = scene.agent("notes").await;
    assert!(wipes(&agent, "second").await.made());
    let other =
        ASKS.replace("rate_limit: 2/day", "rate_limit: 9/day").replace("somebody looks", "a person looks");
    scene.rewritten("notes.yaml", &other, "was read again and holds now").await;
    assert_ne!(waits(&wipes(&agent, "third").await), ids[1]);
}

#[tokio::test]
async fn a_denied_call_is_told_so_and_is_not_made() {
    let scene = Scene::with(ASKS).await;
    let agent = scene.agent("notes").await;
    let id = waits(&wipes(&agent, "notes").await);
    approvals(&scene, &["deny", &id, "--by", "ada"]).await;
    let answer = wipes(&agent, "notes").await;
    assert!(answer.denied().is_some(), "{answer:?}");
    assert_eq!(scene.behind.calls("wipe"), 0);
}

#[tokio::test]
async fn an_approval_is_good_again_where_the_server_failed() {
    let scene = Scene::with(ASKS).await;
    let agent = scene.agent("notes").await;
    let id = waits(&agent.calls("fail", json!({})).await);
    approvals(&scene, &["approve", &id, "--by", "ada"]).await;
    for _ in 0..3 {
        assert_eq!(agent.calls("fail", json!({})).await.json()["error"]["message"], "it failed");
    }
    assert_eq!(scene.behind.calls("fail"), 3);
}

#[tokio::test]
async fn what_waits_uses_nothing_up() {
    let scene = Scene::with(ASKS).await;
    let agent = scene.agent("notes").await;
    for what in ["a", "b", "c", "d"] {
        let id = waits(&wipes(&agent, what).await);
        approvals(&scene, &["approve", &id, "--by", "ada"]).await;
    }
    for (what, is_made) in [("a", true), ("b", true), ("c", false), ("d", false)] {
        let answer = wipes(&agent, what).await;
        assert_eq!(answer.made(), is_made, "{what}: {answer:?}");
        assert!(is_made || answer.denied().as_deref() == Some("no more"), "{what}: {answer:?}");
    }
}
