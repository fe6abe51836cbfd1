//! A call of several rounds, and one that is never sent: what is counted of them over real sockets and pipes.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

use axum::{
    Json, Router,
    routing::{get, post},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::Semaphore};

use crate::{
    answer::Answer,
    issuer::Issuer,
    scene::{Agent, Scene},
    wait::until,
};

const ONE_EACH: &str = r#"version: "1"
tools:
  note: { rules: [{ rate_limit: 1/day }] }
  asks: { rules: [{ rate_limit: 1/day }] }
"#;

/// Calls the tool that asks for more, by the revision that has rounds.
async fn asks(agent: &Agent, more: &Value) -> Answer {
    let mut params = json!({
        "name": "asks",
        "arguments": {},
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": { "name": "agent", "version": "1" },
            "io.modelcontextprotocol/clientCapabilities": {},
        },
    });
    for (name, value) in more.as_object().unwrap() {
        params[name] = value.clone();
    }
    let message = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params });
    let call = agent.request().saying(&message.to_string());
    let call = call.with("mcp-protocol-version", "2026-07-28").with("mcp-method", "tools/call");
    call.with("mcp-name", "asks").send(agent.address()).await
}

#[tokio::test]
async fn a_call_of_several_rounds_is_counted_once() {
    let scene = Scene::with(ONE_EACH).await;
    for server in ["notes", "local"] {
        let agent = scene.agent(server).await.alone();
        let next = || json!({ "requestState": "one", "inputResponses": { "sure": { "action": "accept" } } });
        let first = asks(&agent, &json!({})).await;
        assert_eq!(
            first.json()["result"]["requestState"],
            "one",
            "{server}: not a byte is changed: {first:?}"
        );
        assert!(asks(&agent, &next()).await.made(), "{server}");
        assert!(asks(&agent, &next()).await.denied().is_some(), "{server}: it is good once");
        assert!(asks(&agent, &json!({})).await.denied().is_some(), "{server}: it was counted");
    }
}

/// An issuer that lets everybody wait for a token.
async fn office(asked: Arc<AtomicUsize>, open: Arc<Semaphore>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (_, mut metadata, keys) = Issuer::called(url.clone());
    metadata["token_endpoint"] = json!(format!("{url}/token"));
    let token = async move || {
        asked.fetch_add(1, SeqCst);
        let _pass = open.acquire().await;
        Json(json!({ "access_token": "of-warded-itself", "token_type": "Bearer", "expires_in": 300 }))
    };
    let router = Router::new()
        .route("/.well-known/oauth-authorization-server", get(|| async { Json(metadata) }))
        .route("/jwks", get(|| async { Json(keys) }))
        .route("/token", post(token));
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

#[tokio::test]
async fn whoever_hangs_up_while_its_call_waits_for_a_credential_gets_back_what_it_took() {
    let (asked, open) = (Arc::new(AtomicUsize::new(0)), Arc::new(Semaphore::new(0)));
    let office = office(Arc::clone(&asked), Arc::clone(&open)).await;
    let configuration = format!(
        "
public_url: http://127.0.0.1:PORT
listen: 127.0.0.1:PORT
servers:
  notes:
    upstream: 'BEHIND'
    issuers: [corp]
    policy: notes.yaml
    upstream_auth: {{ kind: client_credentials, issuer: office, client_id: warded, secret: file:key, resource: 'https://notes.behind.example/mcp', opaque: true }}
issuers:
  corp: {{ url: 'CORP' }}
  office: {{ url: '{office}' }}
"
    );
    let files = [("notes.yaml", ONE_EACH), ("key", "a-secret-of-some-length-for-the-office")];
    let scene = Scene::configured(&configuration, &files).await;
    let agent = scene.agent("notes").await;
    let caller = agent.clone();
    let calling = tokio::spawn(async move { caller.calls("note", json!({})).await });
    until("nobody asks for a token", async || asked.load(SeqCst) == 1).await;
    assert!(agent.calls("note", json!({})).await.denied().is_some(), "it is under way");
    calling.abort();
    open.add_permits(1000);
    until("it stays counted", async || agent.calls("note", json!({})).await.made()).await;
    assert_eq!(scene.behind.calls("note"), 1);
    assert!(agent.calls("note", json!({})).await.denied().is_some(), "and the one that was made is counted");
}
