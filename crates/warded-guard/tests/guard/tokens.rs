//! Is the token for this server? And whose fault is it if nobody can say?

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

use axum::{Router, routing::get};
use http::Method;
use http_body_util::{BodyExt as _, channel::Channel};
use serde_json::json;
use tower::{ServiceExt as _, service_fn};
use warded_client::{
    fetch::{Fetch, Reach},
    keys::Keys,
};
use warded_core::{Issuer, jose::base64url};
use warded_guard::Guard;

use crate::stage::{
    ALIAS, Door, Fixed, HERE, ISSUER, NEIGHBOUR, NOW, body, full, good, ping, post, server, server_of,
    signed, token, token_with,
};

#[tokio::test]
async fn a_token_for_the_neighbour_opens_nothing_by_any_method_or_revision() {
    let neighbours = token_with("aud", NEIGHBOUR);
    for method in [Method::POST, Method::GET, Method::DELETE, Method::PUT, Method::OPTIONS] {
        for revision in [None, Some("2025-03-26"), Some("2025-11-25"), Some("2026-07-28"), Some("1999-01-01")]
        {
            let mut request =
                post().method(method.clone()).header("Authorization", format!("Bearer {neighbours}"));
            if let Some(revision) = revision {
                request = request.header("MCP-Protocol-Version", revision);
            }
            let refused = Door::usual().refuses(request.body(body(&ping())).unwrap()).await;
            assert_eq!(refused, (401, "audience-elsewhere".to_owned()), "{method} {revision:?}");
        }
    }
}

#[tokio::test]
async fn no_header_moves_the_server_to_where_the_token_is_good() {
    let neighbours = token_with("aud", NEIGHBOUR);
    for (name, value) in [
        ("Host", "files.example.com"),
        ("X-Forwarded-Host", "mcp.example.com/files"),
        ("X-Original-URL", "/files/mcp"),
        ("X-Forwarded-Prefix", "/files"),
        ("Forwarded", "host=files.example.com"),
    ] {
        let request = post().header("Authorization", format!("Bearer {neighbours}")).header(name, value);
        let refused = Door::usual().refuses(request.body(body(&ping())).unwrap()).await;
        assert_eq!(refused, (401, "audience-elsewhere".to_owned()), "{name}");
    }
}

#[tokio::test]
async fn every_identifier_of_the_server_is_an_audience_and_nothing_else_is() {
    for audience in [HERE, ALIAS] {
        let request = post().header("Authorization", format!("Bearer {}", token_with("aud", audience)));
        let permitted = Door::usual().admits(request.body(body(&ping())).unwrap()).await;
        assert_eq!(permitted.token.resource().as_str(), HERE);
    }
    for audience in ["https://mcp.example.com", "https://mcp.example.com/notes/mcp/", "*", "agent"] {
        let request = post().header("Authorization", format!("Bearer {}", token_with("aud", audience)));
        let (status, _) = Door::usual().refuses(request.body(body(&ping())).unwrap()).await;
        assert_eq!(status, 401, "{audience}");
    }
}

#[tokio::test]
async fn what_is_no_access_token_is_refused() {
    let cases = [
        (token_with("exp", NOW - 3600), "expired"),
        (token_with("iss", "https://evil.example"), "issuer-unknown"),
        (format!("{}x", token()), "token-base64"),
        ("opaque".to_owned(), "token-parts"),
    ];
    for (token, code) in cases {
        let request = post().header("Authorization", format!("Bearer {token}"));
        let refused = Door::usual().refuses(request.body(body(&ping())).unwrap()).await;
        assert_eq!(refused, (401, code.to_owned()));
    }
}

/// Keys of an issuer that cannot be asked: nothing listens there.
fn keys_out_of_reach() -> Arc<Keys> {
    let fetch = Fetch::new(Reach::public()).unwrap();
    Keys::new(fetch, Arc::new(Fixed), [Issuer::parse(ISSUER).unwrap()])
}

#[tokio::test]
async fn missing_keys_are_our_fault_and_no_reason_to_get_another_token() {
    let guard = Guard::at(server(), keys_out_of_reach()).clock(Arc::new(Fixed)).build();
    let door = Door::at(guard);
    let answer = door.ask(good().body(body(&ping())).unwrap()).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (503, "keys-missing"));
    // It was asked a moment ago, by this very request.
    assert_eq!(answer.header("Retry-After"), "30");
    assert!(!answer.headers.contains_key("WWW-Authenticate"));
    // Without keys a hopeless token is still hopeless.
    let hopeless =
        post().header("Authorization", format!("Bearer {}", token_with("iss", "https://evil.example")));
    assert_eq!(door.refuses(hopeless.body(body(&ping())).unwrap()).await, (401, "issuer-unknown".to_owned()));
}

#[tokio::test]
async fn nothing_is_read_of_a_body_whose_token_is_bad() {
    let mut claims = crate::stage::claims();
    claims.insert("aud".into(), NEIGHBOUR.into());
    let request = post().header("Authorization", format!("Bearer {}", signed(&claims)));
    let refused = Door::usual().refuses(request.body(full("{{{{ not JSON")).unwrap()).await;
    assert_eq!(refused.1, "audience-elsewhere");
}

/// An issuer on loopback that publishes one key, and a token that it signed with another.
async fn rotating() -> (Issuer, String) {
    let (issuer, token, _) = counting().await;
    (issuer, token)
}

/// The same, and how often it was asked for its keys.
async fn counting() -> (Issuer, String, Arc<AtomicUsize>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let metadata = json!({ "issuer": url, "jwks_uri": format!("{url}/jwks") }).to_string();
    let jwks = json!({ "keys": [crate::stage::fresh_key().public_jwk()] }).to_string();
    let document = |text: String| get(async move || ([("Content-Type", "application/json")], text));
    let looks = Arc::<AtomicUsize>::default();
    let counted = looks.clone();
    let key_set = get(async move || {
        counted.fetch_add(1, SeqCst);
        ([("Content-Type", "application/json")], jwks)
    });
    let app = Router::new()
        .route("/.well-known/oauth-authorization-server", document(metadata))
        .route("/jwks", key_set);
    tokio::spawn(async move { axum::serve(listener, app).await });
    let mut claims = crate::stage::claims();
    claims.insert("iss".into(), url.clone().into());
    let token = crate::stage::signed_by(&crate::stage::fresh_key(), &claims);
    (Issuer::parse(&url).unwrap(), token, looks)
}

#[tokio::test]
async fn a_key_that_cannot_be_looked_up_just_now_is_our_fault() {
    let (issuer, token) = rotating().await;
    let keys = Keys::new(Fetch::new(Reach::public()).unwrap(), Arc::new(Fixed), [issuer.clone()]);
    assert_eq!(keys.warm().await, vec![]);
    let guard = Guard::at(server_of(&issuer), keys).clock(Arc::new(Fixed)).build();
    let request = || post().header("Authorization", format!("Bearer {token}")).body(body(&ping())).unwrap();
    // The keys were fetched a moment ago, so nobody looks again now: the token may be good.
    assert_eq!(Door::at(guard).refuses(request()).await, (503, "keys-missing".to_owned()));
}

#[tokio::test]
async fn a_key_that_was_looked_up_and_is_not_there_is_the_callers_fault() {
    let (issuer, token) = rotating().await;
    let keys = Keys::new(Fetch::new(Reach::public()).unwrap(), Arc::new(Fixed), [issuer.clone()]);
    let guard = Guard::at(server_of(&issuer), keys).clock(Arc::new(Fixed)).build();
    let request = post().header("Authorization", format!("Bearer {token}")).body(body(&ping())).unwrap();
    assert_eq!(Door::at(guard).refuses(request).await, (401, "key-unknown".to_owned()));
}

#[tokio::test]
async fn a_signature_that_no_key_made_is_called_bad_only_after_a_look() {
    for is_named in [true, false] {
        let (issuer, _, looks) = counting().await;
        let keys = Keys::new(Fetch::new(Reach::public()).unwrap(), Arc::new(Fixed), [issuer.clone()]);
        assert_eq!(keys.warm().await, vec![]);
        let kid = keys.ring().of(&issuer).unwrap().keys()[0].kid().map(str::to_owned);
        let door = Door::at(Guard::at(server_of(&issuer), keys).clock(Arc::new(Fixed)).build());
        let mut header = json!({ "alg": "EdDSA", "typ": "at+jwt" });
        if is_named {
            header["kid"] = json!(kid);
        }
        let mut claims = crate::stage::claims();
        claims.insert("iss".into(), issuer.as_str().into());
        let text = [header.to_string(), json!(claims).to_string()].map(base64url::encode).join(".");
        let token = format!("{text}.{}", base64url::encode([7; 64]));
        for _ in 0..20 {
            let request = post().header("Authorization", format!("Bearer {token}"));
            let refused = door.refuses(request.body(body(&ping())).unwrap()).await;
            assert_eq!(refused, (401, "signature-invalid".to_owned()));
            assert_eq!(looks.load(SeqCst), 2, "the first that comes makes us look, and nobody else");
        }
    }
}

#[tokio::test]
async fn whose_keys_are_all_at_hand_is_in_no_doubt() {
    let token = crate::stage::signed_by(&crate::stage::fresh_key(), &crate::stage::claims());
    let (_, rest) = token.split_once('.').unwrap();
    let header = base64url::encode(json!({ "alg": "EdDSA", "typ": "at+jwt" }).to_string());
    let request = post().header("Authorization", format!("Bearer {header}.{rest}"));
    let refused = Door::usual().refuses(request.body(body(&ping())).unwrap()).await;
    assert_eq!(refused, (401, "signature-invalid".to_owned()));
}

/// The answer of a server that says one thing and then nothing, read until it ends.
async fn heard(request: http::Request<http_body_util::Full<bytes::Bytes>>) -> Option<String> {
    let (mut upstream, stream) = Channel::<bytes::Bytes, warded_guard::BoxError>::new(1);
    let stream = Arc::new(std::sync::Mutex::new(Some(stream.boxed_unsync())));
    let inner = service_fn(move |_: warded_guard::Permitted| {
        let stream = stream.lock().unwrap().take().expect("asked once");
        async move { Ok::<_, warded_guard::Stop>(http::Response::new(stream)) }
    });
    let guard = crate::stage::builder().build();
    let answer = guard.forwarding(inner).oneshot(request).await.unwrap();
    upstream.send_data("data: 1\n\n".into()).await.unwrap();
    let ended = tokio::time::timeout(std::time::Duration::from_hours(1), answer.into_body().collect()).await;
    drop(upstream);
    Some(String::from_utf8(ended.ok()?.unwrap().to_bytes().to_vec()).unwrap())
}

#[tokio::test(start_paused = true)]
async fn nobody_listens_for_longer_than_the_token_lives() {
    let listen = json!({ "jsonrpc": "2.0", "id": 1, "method": "subscriptions/listen" });
    let subscription = good().body(body(&listen)).unwrap();
    for request in [good().method(Method::GET).body(full("")).unwrap(), subscription] {
        assert_eq!(heard(request).await.as_deref(), Some("data: 1\n\n"));
    }
    // A call that was permitted is answered, however long it takes.
    assert_eq!(heard(good().body(body(&crate::stage::call_of("read_note"))).unwrap()).await, None);
}

#[tokio::test(start_paused = true)]
async fn a_stream_whose_token_ended_before_anybody_read_of_it_gives_nothing() {
    let inner = service_fn(|_: warded_guard::Permitted| async {
        // The server behind takes its time for the head, and has something to say as soon as it is there.
        tokio::time::sleep(std::time::Duration::from_hours(2)).await;
        let said = full("data: 1\n\n").map_err(|never| match never {}).boxed_unsync();
        Ok::<_, warded_guard::Stop>(http::Response::new(said))
    });
    let request = good().method(Method::GET).body(full("")).unwrap();
    let answer = crate::stage::builder().build().forwarding(inner).oneshot(request).await.unwrap();
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "");
}
