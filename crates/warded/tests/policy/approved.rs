//! Calls that wait for somebody: the very call that was approved is made, once; no other one is.

use serde_json::{Value, json};

use crate::{
    answer::Answer,
    scene::{Scene, command},
};

const ASK: &str = r#"version: "1"
tools:
  note:
    rules: [{ name: ask, action: require_approval, conditions: [{ path: args.id, op: gt, value: 1 }], on_deny: somebody looks at it }]
  fail:
    rules: [{ name: ask, action: require_approval }]
"#;

/// The id of a call that waits; none where it does not.
fn held(answer: &Answer) -> Option<String> {
    let error = answer.json()["error"].take();
    if error["code"] != -32003 {
        return None;
    }
    let message = error["message"].as_str().unwrap();
    assert!(message.starts_with("[INTERCEPT APPROVAL REQUIRED] "), "{message}");
    assert!(
        error["data"]["expires_at"].is_string() && error["data"]["human_instructions"].is_string(),
        "{error}"
    );
    Some(error["data"]["approval_id"].as_str().unwrap().to_owned())
}

/// What an operator is told.
async fn approvals(scene: &Scene, arguments: &[&str]) -> Value {
    let mut command = command(scene.folder.path());
    let output = command.args(["--format", "json", "approvals"]).args(arguments).output().await.unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test]
async fn what_is_approved_is_made_once_and_nothing_else_is() {
    let scene = Scene::with(ASK).await;
    for server in ["notes", "local"] {
        let agent = scene.agent(server).await;
        assert!(agent.calls("note", json!({ "id": 1 })).await.made(), "{server}: nobody is asked");
        let id = held(&agent.calls("note", json!({ "id": 2 })).await).unwrap();
        let again = agent.calls("note", json!({ "id": 2 })).await;
        assert_eq!(held(&again).as_ref(), Some(&id), "{server}: the same call waits, and not another");
        let listed = approvals(&scene, &["list"]).await;
        let [one] = listed["approvals"].as_array().unwrap().as_slice() else { panic!("{listed}") };
        assert_eq!(
            (&one["id"], &one["server"], &one["parameters"]),
            (&json!(id), &json!(server), &json!("{\"arguments\":{\"id\":2},\"name\":\"note\"}"))
        );

        let approved = approvals(&scene, &["approve", id.get(..10).unwrap(), "--by", "carol"]).await;
        assert_eq!((&approved["ruling"], &approved["by"]), (&json!("approved"), &json!("carol")));
        for other in [json!({ "id": 3 }), json!({ "id": 2, "more": true }), json!({ "id": "2" })] {
            let other = held(&agent.calls("note", other).await).unwrap();
            assert_ne!(other, id, "{server}: another call was approved");
            approvals(&scene, &["deny", &other, "--by", "carol"]).await;
        }
        assert!(agent.calls("note", json!({ "id": 2 })).await.made(), "{server}");
        let third = agent.calls("note", json!({ "id": 2 })).await;
        let third = held(&third).unwrap_or_else(|| panic!("{server}: it is made twice: {third:?}"));
        assert_ne!(third, id);
        approvals(&scene, &["deny", &third, "--by", "carol"]).await;
        let denied = agent.calls("note", json!({ "id": 2 })).await;
        assert_eq!(denied.denied().as_deref(), Some("Approval was denied: somebody looks at it"), "{server}");
    }
    assert_eq!(scene.behind.calls("note"), 2);
}

#[tokio::test]
async fn an_error_of_the_server_leaves_the_approval_as_it_was() {
    let scene = Scene::with(ASK).await;
    let agent = scene.agent("notes").await;
    let id = held(&agent.calls("fail", json!({})).await).unwrap();
    approvals(&scene, &["approve", &id, "--by", "carol"]).await;
    for made in 1..3 {
        agent.calls("fail", json!({})).await;
        assert_eq!(scene.behind.calls("fail"), made);
    }
}
