//! Scopes that a policy asks for are asked for as any others: in the challenge, and in what the server says of itself.

use serde_json::{Value, json};

use crate::{caller::get, scene::Scene};

const NEEDS_MORE: &str = "version: \"1\"\ntools:\n  wipe: { scopes: [\"notes:wipe\"] }\n";

#[tokio::test]
async fn a_call_without_a_scope_of_the_policy_is_told_which_one_it_takes() {
    let scene = Scene::with(NEEDS_MORE).await;
    let agent = scene.agent("notes").await;
    let answer = agent.calls("wipe", json!({})).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (403, "scope-missing"), "{answer:?}");
    let challenge = answer.headers["www-authenticate"].to_str().unwrap();
    assert!(challenge.contains("insufficient_scope") && challenge.contains("notes:wipe"), "{challenge}");
    assert!(agent.calls("note", json!({})).await.made());
    let may = scene.token("notes", json!({ "scope": "notes:wipe" }));
    assert!(scene.agent_with("notes", may).await.calls("wipe", json!({})).await.made());
    let metadata = get("/.well-known/oauth-protected-resource/notes/mcp").send(scene.address).await;
    let metadata: Value = serde_json::from_str(&metadata.body).unwrap();
    assert_eq!(metadata["scopes_supported"], json!(["notes:wipe"]));
}
