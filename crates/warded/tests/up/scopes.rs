//! Do the operator's rules about scopes hold in the running gateway, and does its own issuer know them?

use serde_json::{Value, json};

use crate::{
    caller::{Answer, Call, ping, post, tool},
    stage::Stage,
};

const RULES: &str = r#"    scopes:
      required: [read]
      methods: { "logging/*": [log] }
      tools: { "delete_*": [write] }
      resources: { "note://private/*": [private] }
      prompts: { "review_*": [review] }
      implies: { admin: [write], write: [read] }"#;

fn asks(method: &str, params: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params })
}

#[tokio::test]
async fn every_kind_of_rule_holds_behind_the_gateway() {
    let stage = Stage::with(RULES).await;
    let send = async |held: &str, message: &Value| -> Answer {
        let token = stage.token("notes", json!({ "scope": held }));
        post("/notes/mcp", message).token(&token).send(stage.gateway.address).await
    };
    for (held, message, challenged) in [
        ("read", ping(), None),
        ("admin", ping(), None),
        ("", ping(), Some("read")),
        ("read", asks("logging/setLevel", &json!({ "level": "debug" })), Some("log read")),
        ("read", tool("delete_all", json!({})), Some("read write")),
        ("admin", tool("delete_all", json!({})), None),
        ("read", asks("resources/read", &json!({ "uri": "note://public/1" })), None),
        ("read", asks("resources/read", &json!({ "uri": "note://private/1" })), Some("private read")),
        ("read", asks("resources/read", &json!({ "uri": "note://x/../private/1" })), Some("private read")),
        ("read private", asks("resources/read", &json!({ "uri": "note://private/1" })), None),
        ("read", asks("prompts/get", &json!({ "name": "review_code" })), Some("read review")),
        (
            "read",
            asks("completion/complete", &json!({ "ref": { "type": "ref/prompt", "name": "review_code" } })),
            Some("read review"),
        ),
    ] {
        let heard = stage.notes.requests().len();
        let answer = send(held, &message).await;
        let challenge = answer.headers.get("www-authenticate").map(|value| value.to_str().unwrap());
        match challenged {
            Some(scope) => {
                assert_eq!(
                    (answer.status.as_u16(), answer.code().as_str()),
                    (403, "scope-missing"),
                    "{message}"
                );
                assert!(
                    challenge.unwrap().contains(&format!("scope=\"{scope}\"")),
                    "{message} {challenge:?}"
                );
                assert_eq!(stage.notes.requests().len(), heard, "{message} was heard behind");
            }
            None => assert_eq!((answer.status.as_u16(), challenge), (200, None), "{message}"),
        }
    }
}

#[tokio::test]
async fn the_built_in_issuer_gives_what_the_rules_name_and_what_implies_it() {
    let stage = Stage::with_head("").await;
    let built_in = crate::stage::Gateway::start(&format!(
        "public_url: http://127.0.0.1:PORT\nlisten: 127.0.0.1:PORT\nservers:\n  notes:\n    upstream: {}\n{RULES}\n",
        stage.notes.url
    ))
    .await;
    let path = "/.well-known/oauth-authorization-server/issuers/default";
    let metadata = Call::new(http::Method::GET, path, "").send(built_in.address).await;
    let metadata: Value = serde_json::from_str(&metadata.body).unwrap();
    let known: Vec<_> =
        metadata["scopes_supported"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    for scope in ["admin", "log", "private", "read", "review", "write"] {
        assert!(known.contains(&scope), "{scope} of {known:?}");
    }
    let path = "/.well-known/oauth-protected-resource/notes/mcp";
    let document = Call::new(http::Method::GET, path, "").send(built_in.address).await;
    let document: Value = serde_json::from_str(&document.body).unwrap();
    assert_eq!(document["scopes_supported"], json!(["log", "private", "read", "review", "write"]));
}
