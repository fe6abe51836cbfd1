//! What whoever looks after it sees of policies.

use serde_json::json;

use crate::{
    caller::{Call, get},
    scene::Scene,
    wait::until,
};

const SERVERS: &str = "
public_url: http://127.0.0.1:PORT
listen: 127.0.0.1:PORT
operations: 127.0.0.1:0
policy: [all.yaml, looked-at.yaml]
servers:
  notes: { upstream: 'BEHIND', issuers: [corp] }
issuers:
  corp: { url: 'CORP' }
";
const ALL: &str = "version: \"1\"
hide: [secret]
tools:
  wipe: { rules: [{ name: never, action: deny }] }
";
const LOOKED_AT: &str = "version: \"1\"
shadow: true
hide: [note]
tools:
  note: { rules: [{ name: perhaps, conditions: [{ path: args.n, op: lte, value: 5 }] }] }
";

#[tokio::test]
async fn denials_are_counted_by_their_codes_and_what_is_only_looked_at_for_itself() {
    let scene = Scene::configured(SERVERS, &[("all.yaml", ALL), ("looked-at.yaml", LOOKED_AT)]).await;
    let agent = scene.agent("notes").await;
    for (tool, is_made) in [("wipe", false), ("wipe", false), ("secret", false), ("other", true)] {
        assert_eq!(agent.calls(tool, json!({})).await.made(), is_made, "{tool}");
    }
    for n in [4, 6, 7] {
        assert!(
            agent.calls("note", json!({ "n": n })).await.made(),
            "what is only looked at refuses nothing"
        );
    }
    let page = async || -> String {
        let call: Call = get("/metrics");
        call.send(scene.operations().unwrap()).await.body
    };
    let counted = [
        "warded_refusals_total{server=\"notes\",code=\"policy-denied\"} 2",
        "warded_refusals_total{server=\"notes\",code=\"policy-hidden\"} 1",
        "warded_requests_total{server=\"notes\",outcome=\"refused\"} 3",
    ];
    until("denials are not counted", async || {
        let page = page().await;
        counted.iter().all(|line| page.contains(line))
    })
    .await;
    // The one with 4, too: it is hidden by a file that is only looked at.
    assert!(page().await.contains("warded_policy_shadowed_total{server=\"notes\"} 3"), "{}", page().await);
}
