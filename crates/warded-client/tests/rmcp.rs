//! Whether the official SDK reaches the one server of a session, with its token, and hears of no token itself.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod stage;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::response::Response;
use http::{HeaderName, HeaderValue, header};
use rmcp::{
    ClientLifecycleMode, ClientServiceExt as _, RoleClient, ServiceExt as _,
    model::{CallToolRequestParams, ProtocolVersion},
    service::RunningService,
    transport::{StreamableHttpClientTransport, streamable_http_client::StreamableHttpClientTransportConfig},
};
use serde_json::{Value, json};
use stage::{Seen, Stage, Wants, answer, json};
use warded_client::rmcp::Backend;

/// A server of 2025-11-25, with one tool. It streams the answer to a call.
fn notes(seen: &Seen) -> Response {
    if seen.method != "POST" {
        return json(405, &json!({}));
    }
    let message: Value = serde_json::from_str(&seen.body).unwrap();
    let said = |result: &Value| json!({ "jsonrpc": "2.0", "id": message["id"], "result": result });
    match message["method"].as_str().unwrap() {
        "initialize" => {
            let mut answer = json(
                200,
                &said(&json!({
                    "protocolVersion": "2025-11-25",
                    "capabilities": { "tools": {} },
                    "serverInfo": { "name": "notes", "version": "1" },
                })),
            );
            answer.headers_mut().insert("mcp-session-id", HeaderValue::from_static("S"));
            answer
        }
        "tools/list" => {
            let tool = json!({ "name": "note", "inputSchema": { "type": "object" } });
            json(200, &said(&json!({ "tools": [tool] })))
        }
        "tools/call" => {
            let result = json!({ "content": [{ "type": "text", "text": "tea" }] });
            answer(200, "text/event-stream", format!("id: 1\r\ndata: {}\r\n\r\n", said(&result)))
        }
        "server/discover" => answer(400, "text/plain", "what?"),
        _ => answer(202, "application/json", ""),
    }
}

type Client = RunningService<RoleClient, ()>;

async fn client(stage: &Stage) -> Client {
    ().serve(Backend::transport(Arc::new(stage.session()))).await.unwrap()
}

async fn call(client: &Client) -> Value {
    let result = client.call_tool(CallToolRequestParams::new("note")).await.unwrap();
    serde_json::to_value(result).unwrap()["content"][0]["text"].clone()
}

#[tokio::test]
async fn the_sdk_calls_a_tool_with_the_token_of_its_server() {
    let stage = Stage::new().await;
    stage.server.play(notes);
    let client = client(&stage).await;
    assert_eq!(client.list_all_tools().await.unwrap()[0].name, "note");
    assert_eq!(call(&client).await, "tea");
    client.cancel().await.unwrap();
    let seen = stage.server.log.at("/mcp");
    let calls: Vec<_> = seen.iter().filter(|seen| seen.header("authorization").is_some()).collect();
    assert!(
        calls.len() >= 4
            && calls
                .iter()
                .all(|seen| seen.header("authorization").unwrap().starts_with("Bearer ACCESS-one"))
    );
    let last = calls.iter().rfind(|seen| seen.body.contains("tools/call")).unwrap();
    assert_eq!(
        (last.header("mcp-session-id"), last.header("mcp-protocol-version")),
        (Some("S"), Some("2025-11-25"))
    );
    assert_eq!(last.header("accept"), Some("application/json, text/event-stream"));
    // The session is ended, too.
    assert!(calls.iter().any(|seen| seen.method == "DELETE" && seen.header("mcp-session-id") == Some("S")));
    assert_eq!(stage.visits(), 1);
}

#[tokio::test]
async fn a_token_that_ends_is_renewed_beneath_the_sdk() {
    let stage = Stage::new().await;
    stage.server.play(notes);
    let client = client(&stage).await;
    assert_eq!(call(&client).await, "tea");
    stage.server.forget_tokens();
    assert_eq!(call(&client).await, "tea");
    assert_eq!((stage.visits(), stage.one.grants("refresh_token").len()), (1, 1));
}

#[tokio::test]
async fn a_server_that_asks_for_proofs_gets_them_beneath_the_sdk() {
    let stage = Stage::new().await;
    stage.one.turn(|knobs| knobs.algorithms = Some(vec!["ES256"]));
    stage.server.turn(|knobs| knobs.proofs = Wants::Proofs);
    stage.server.play(notes);
    let client = client(&stage).await;
    assert_eq!(call(&client).await, "tea");
    let last =
        stage.server.log.at("/mcp").into_iter().rfind(|seen| seen.body.contains("tools/call")).unwrap();
    assert!(last.header("authorization").unwrap().starts_with("DPoP ") && last.header("dpop").is_some());
}

#[tokio::test]
async fn a_session_that_the_server_has_ended_is_opened_again() {
    let stage = Stage::new().await;
    let ended = Arc::new(AtomicUsize::new(0));
    let ends = Arc::clone(&ended);
    stage.server.play(move |seen| {
        if seen.body.contains("tools/call") && ends.fetch_add(1, Ordering::SeqCst) == 0 {
            return json(404, &json!({}));
        }
        notes(seen)
    });
    let client = client(&stage).await;
    assert_eq!(call(&client).await, "tea");
    assert_eq!(ended.load(Ordering::SeqCst), 2);
    let opened = stage.server.log.at("/mcp").into_iter().filter(|seen| seen.body.contains(r#""initialize""#));
    assert_eq!(opened.filter(|seen| seen.header("authorization").is_some()).count(), 2);
}

#[tokio::test]
async fn a_server_of_an_older_revision_is_known_by_its_refusal() {
    let stage = Stage::new().await;
    stage.server.play(notes);
    let session = Arc::new(stage.session());
    session.record().await.unwrap();
    let newest = ClientLifecycleMode::Auto {
        preferred_versions: vec![ProtocolVersion::V_2026_07_28],
        legacy_version: None,
    };
    let client = ().serve_with_lifecycle(Backend::transport(session), newest).await.unwrap();
    assert_eq!(call(&client).await, "tea");
}

#[tokio::test]
async fn a_transport_to_another_server_sends_nothing() {
    let stage = Stage::new().await;
    stage.server.play(notes);
    let session = Arc::new(stage.session());
    session.record().await.unwrap();
    let before = stage.server.log.len();
    let elsewhere = StreamableHttpClientTransportConfig::with_uri(stage.other.url());
    let transport = StreamableHttpClientTransport::with_client(Backend::by(Arc::clone(&session)), elsewhere);
    let failed = ().serve(transport).await.err().unwrap();
    assert!(format!("{failed}").contains("another place"), "{failed}");
    // Nor does a credential that the SDK was given, in either way.
    let url = stage.server.url();
    let told = StreamableHttpClientTransportConfig::with_uri(url.clone()).auth_header("THEIRS");
    let theirs = [(header::AUTHORIZATION, HeaderValue::from_static("Bearer THEIRS"))];
    let beside = StreamableHttpClientTransportConfig::with_uri(url.clone()).custom_headers(theirs.into());
    for config in [told, beside] {
        let transport = StreamableHttpClientTransport::with_client(Backend::by(Arc::clone(&session)), config);
        let failed = ().serve(transport).await.err().unwrap();
        assert!(format!("{failed}").contains("`authorization` is for the session"), "{failed}");
    }
    // What the transport says itself, nobody says beside it.
    let own = [(HeaderName::from_static("mcp-session-id"), HeaderValue::from_static("THEIRS"))];
    let config = StreamableHttpClientTransportConfig::with_uri(url).custom_headers(own.into());
    let transport = StreamableHttpClientTransport::with_client(Backend::by(session), config);
    assert!(().serve(transport).await.is_err());
    assert_eq!((stage.server.log.len(), stage.other.log.len()), (before, 0));
}

#[tokio::test]
async fn a_redirect_leads_nowhere_and_no_error_holds_what_the_server_said() {
    let stage = Stage::new().await;
    let there = stage.other.url();
    stage.server.play(move |seen| {
        let token = seen.header("authorization").unwrap().to_owned();
        let mut answer = json(307, &json!({ "said": token }));
        answer.headers_mut().insert(header::LOCATION, there.parse().unwrap());
        answer
    });
    let failed = ().serve(Backend::transport(Arc::new(stage.session()))).await.err().unwrap();
    let said = format!("{failed} {failed:?}");
    assert!(said.contains("redirects are not followed") && !said.contains("ACCESS"), "{said}");
    assert_eq!(stage.other.log.len(), 0);
    stage
        .server
        .play(|seen| answer(200, "application/json", seen.header("authorization").unwrap().to_owned()));
    let failed = ().serve(Backend::transport(Arc::new(stage.session()))).await.err().unwrap();
    assert!(!format!("{failed} {failed:?}").contains("ACCESS"), "{failed:?}");
}
