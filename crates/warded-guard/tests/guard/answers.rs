//! Does a caller learn what it needs, and nothing else?

use http::Method;
use warded_core::Fault;
use warded_guard::Stop;

use crate::stage::{ALIAS, Door, HERE, NOW, body, builder, call_of, full, good, ping, post, token_with, uri};

const DOCUMENT: &str = "https://mcp.example.com/.well-known/oauth-protected-resource/notes/mcp";

#[tokio::test]
async fn the_first_answer_says_where_to_get_a_token_and_not_that_anything_is_wrong() {
    for method in [Method::POST, Method::GET, Method::DELETE] {
        let answer = Door::usual().ask(post().method(method).body(body(&ping())).unwrap()).await;
        assert_eq!(answer.status, 401);
        let expected = format!("Bearer scope=\"notes:read\", resource_metadata=\"{DOCUMENT}\"");
        assert_eq!(answer.header("WWW-Authenticate"), expected);
        assert_eq!(answer.header("Cache-Control"), "no-store");
        assert_eq!(answer.json()["error"], "token-absent");
    }
}

#[tokio::test]
async fn a_bad_token_is_called_bad() {
    let request = post().header("Authorization", format!("Bearer {}", token_with("exp", NOW - 3600)));
    let answer = Door::usual().ask(request.body(body(&ping())).unwrap()).await;
    let challenge = answer.header("WWW-Authenticate");
    assert!(challenge.starts_with("Bearer error=\"invalid_token\", error_description=\""), "{challenge}");
    assert!(
        challenge.ends_with(&format!("scope=\"notes:read\", resource_metadata=\"{DOCUMENT}\"")),
        "{challenge}"
    );
    let told = answer.json();
    assert_eq!((&told["error"], &told["code"]), (&"invalid_token".into(), &"expired".into()));
}

#[tokio::test]
async fn a_malformed_credential_is_challenged_without_a_scope() {
    let answer =
        Door::usual().ask(post().header("Authorization", "Bearer").body(body(&ping())).unwrap()).await;
    let challenge = answer.header("WWW-Authenticate");
    assert!(
        challenge.starts_with("Bearer error=\"invalid_request\"") && !challenge.contains("scope="),
        "{challenge}"
    );
}

#[tokio::test]
async fn what_no_token_cures_is_no_challenge() {
    let too_large = Door::at(builder().body_limit(1).build()).ask(good().body(body(&ping())).unwrap()).await;
    let malformed = Door::usual().ask(good().body(full("{")).unwrap()).await;
    let put = Door::usual().ask(good().method(Method::PUT).body(full("")).unwrap()).await;
    let foreign =
        Door::usual().ask(good().header("Origin", "https://evil.example").body(body(&ping())).unwrap()).await;
    for (answer, status) in [(too_large, 413), (malformed, 400), (put, 405), (foreign, 403)] {
        assert_eq!(answer.status, status);
        assert!(!answer.headers.contains_key("WWW-Authenticate"), "{status}");
        assert_eq!(answer.header("Cache-Control"), "no-store");
        assert_eq!(answer.header("Content-Type"), "application/json");
    }
}

#[tokio::test]
async fn an_alias_leads_to_its_own_document() {
    let door = Door::usual();
    let at = |host: &str, path: &str| post().uri(path).header("Host", host).body(body(&ping())).unwrap();
    let mut alias = at("notes.example.com", "/mcp");
    alias.headers_mut().remove("Host");
    alias.headers_mut().insert("Host", "notes.example.com".parse().unwrap());
    let answer = door.ask(alias).await;
    let document = "resource_metadata=\"https://notes.example.com/.well-known/oauth-protected-resource/mcp\"";
    assert!(answer.header("WWW-Authenticate").contains(document), "{answer:?}");
    // Whoever has routed says so.
    let mut routed = post().body(body(&ping())).unwrap();
    routed.extensions_mut().insert(warded_guard::Addressed(uri(ALIAS)));
    assert!(door.ask(routed).await.header("WWW-Authenticate").contains(document));
}

#[tokio::test]
async fn a_forged_host_leads_nowhere() {
    for host in ["evil.example", "files.example.com", "notes.example.com"] {
        let mut request = post().body(body(&ping())).unwrap();
        request.headers_mut().insert("Host", host.parse().unwrap());
        request.headers_mut().insert("X-Forwarded-Host", host.parse().unwrap());
        let answer = Door::usual().ask(request).await;
        assert!(answer.header("WWW-Authenticate").contains(DOCUMENT), "{host}");
        let mut routed = post().body(body(&ping())).unwrap();
        routed.extensions_mut().insert(warded_guard::Addressed(uri("https://evil.example/notes/mcp")));
        assert!(Door::usual().ask(routed).await.header("WWW-Authenticate").contains(DOCUMENT));
    }
    assert!(DOCUMENT.starts_with(uri(HERE).origin()));
}

#[tokio::test]
async fn the_operators_message_stays_inside() {
    let request =
        post().header("Authorization", format!("Bearer {}", token_with("aud", crate::stage::NEIGHBOUR)));
    let answer = Door::usual().ask(request.body(body(&call_of("read"))).unwrap()).await;
    let seen = format!("{:?} {:?}", answer.headers, answer.body);
    assert!(!seen.contains("files"), "the neighbour's name helps nobody but an attacker: {seen}");
}

#[tokio::test]
async fn who_waits_for_the_answer_to_a_request_finds_it_by_its_id() {
    let asks = |message: serde_json::Value| good().body(body(&message)).unwrap();
    let call = |id: serde_json::Value| {
        let params = serde_json::json!({ "name": "delete_note", "arguments": {} });
        serde_json::json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params })
    };
    for id in [7.into(), "seven".into()] {
        let answer = Door::usual().ask(asks(call(id))).await;
        let told = answer.json();
        assert_eq!((answer.status.as_u16(), &told["jsonrpc"]), (403, &"2.0".into()));
        assert_eq!(
            (&told["error"]["code"], &told["error"]["data"]["code"]),
            (&(-32600).into(), &"scope-missing".into())
        );
        assert!(told["id"] == 7 || told["id"] == "seven", "{told}");
    }
    // Nobody waits for the answer to a notification, and of a batch nobody knows which answer it would be.
    let mut notification = call(1.into());
    notification.as_object_mut().unwrap().remove("id");
    for message in [
        notification,
        serde_json::json!([call(1.into()), call(2.into())]),
        serde_json::json!([call(1.into())]),
    ] {
        let answer = Door::usual().ask(asks(message)).await;
        assert!(answer.json().get("jsonrpc").is_none() && answer.status.is_client_error(), "{answer:?}");
    }
    // Before the message is read, the answer is that of an OAuth server.
    let answer = Door::usual().ask(post().body(body(&call(1.into()))).unwrap()).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["error"]), (401, &"token-absent".into()));
}

#[tokio::test]
async fn a_fault_says_when_another_try_is_worth_it() {
    let told = async |stop: Stop| {
        let inner = tower::service_fn(move |_: warded_guard::Permitted| {
            let stop = stop.clone();
            async move { Err::<http::Response<warded_guard::Body>, _>(stop) }
        });
        let request = good().body(body(&ping())).unwrap();
        let response =
            tower::ServiceExt::oneshot(builder().build().forwarding(inner), request).await.unwrap();
        let answer = crate::stage::Answer::of(response).await;
        assert_eq!(answer.json()["error"]["code"], -32603);
        (answer.status.as_u16(), answer.header("Retry-After").to_owned(), answer.code())
    };
    for (stop, status, seconds, code) in [
        (Stop::Later(Fault::KeysMissing, 7), 503, "7", "keys-missing"),
        (Stop::Failed(Fault::KeysMissing), 503, "30", "keys-missing"),
        (Stop::Failed(Fault::StoreUnavailable), 503, "5", "store-unavailable"),
        (Stop::Failed(Fault::UpstreamTimeout), 504, "", "upstream-timeout"),
    ] {
        assert_eq!(told(stop).await, (status, seconds.to_owned(), code.to_owned()));
    }
}
