//! May this token make this call? And does the client learn what to ask for?

use http::Method;
use serde_json::json;

use crate::stage::{Door, body, call_of, full, good, ping, post, token_with};

#[tokio::test]
async fn a_tool_needs_its_own_scope_and_the_others_do_not() {
    let _admitted = Door::usual().admits(good().body(body(&call_of("read_note"))).unwrap()).await;
    let refused = Door::usual().refuses(good().body(body(&call_of("delete_note"))).unwrap()).await;
    assert_eq!(refused, (403, "scope-missing".to_owned()));
    let writer = token_with("scope", "notes:read notes:write");
    let request = post().header("Authorization", format!("Bearer {writer}"));
    let _admitted = Door::usual().admits(request.body(body(&call_of("delete_note"))).unwrap()).await;
}

#[tokio::test]
async fn a_step_up_names_everything_that_the_call_needs_and_the_token_holds() {
    let held = token_with("scope", "notes:read other");
    let request = post().header("Authorization", format!("Bearer {held}"));
    let answer = Door::usual().ask(request.body(body(&call_of("delete_note"))).unwrap()).await;
    assert_eq!(
        answer.header("WWW-Authenticate"),
        "Bearer error=\"insufficient_scope\", error_description=\"The access token does not carry the scope that this call needs.\", \
         scope=\"notes:read notes:write other\", \
         resource_metadata=\"https://mcp.example.com/.well-known/oauth-protected-resource/notes/mcp\""
    );
    let told = answer.json();
    assert_eq!((&told["id"], &told["error"]["data"]["code"]), (&1.into(), &"scope-missing".into()));
}

#[tokio::test]
async fn nothing_at_all_goes_without_the_required_scope() {
    let other = token_with("scope", "notes:write");
    for message in [
        ping(),
        json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": { "protocolVersion": "2025-11-25" } }),
        json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }),
        json!({ "jsonrpc": "2.0", "id": 1, "result": {} }),
        call_of("read_note"),
    ] {
        let request = post().header("Authorization", format!("Bearer {other}"));
        let refused = Door::usual().refuses(request.body(body(&message)).unwrap()).await;
        assert_eq!(refused, (403, "scope-missing".to_owned()), "{message}");
    }
    for method in [Method::GET, Method::DELETE] {
        let request = post().method(method).header("Authorization", format!("Bearer {other}"));
        assert_eq!(Door::usual().refuses(request.body(full("")).unwrap()).await.0, 403);
    }
}

#[tokio::test]
async fn a_batch_with_one_refused_element_is_refused_whole() {
    let batch = json!([ping(), call_of("read_note"), call_of("delete_note")]);
    let refused = Door::usual().refuses(good().body(body(&batch)).unwrap()).await;
    assert_eq!(refused, (403, "scope-missing".to_owned()));
    let batch = json!([ping(), call_of("read_note")]);
    let permitted = Door::usual().admits(good().body(body(&batch)).unwrap()).await;
    let warded_guard::Called::Post { message, call } = permitted.called else { panic!("a message") };
    assert_eq!((call.messages().len(), call.is_batch()), (2, true));
    assert_eq!(message, batch.to_string());
}

#[tokio::test]
async fn a_tool_is_called_by_a_notification_as_well() {
    let mut call = call_of("delete_note");
    call.as_object_mut().unwrap().remove("id");
    let refused = Door::usual().refuses(good().body(body(&call)).unwrap()).await;
    assert_eq!(refused, (403, "scope-missing".to_owned()));
}
