//! Whether requests of a program's own reach the one server of a session, with its token, and no other place.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod stage;

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, StatusCode, header};
use serde_json::json;
use stage::{Stage, answer, json};
use tower::{Service as _, ServiceBuilder, ServiceExt as _};
use warded_client::{
    service::{ServiceFailed, ToServer},
    session::{Asked, SessionFailed},
};
use warded_core::ResourceUri;

fn way(stage: &Stage) -> ToServer {
    ToServer::by(Arc::new(stage.session()))
}

fn post(url: &str) -> Request<Bytes> {
    let body = Bytes::from_static(br#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#);
    Request::post(url).body(body).unwrap()
}

#[tokio::test]
async fn a_request_gets_the_token_of_its_server_through_any_layers() {
    let stage = Stage::new().await;
    let service = ServiceBuilder::new().concurrency_limit(2).service(way(&stage));
    let mut request = post(&stage.server.url());
    request.headers_mut().insert("mcp-session-id", HeaderValue::from_static("S"));
    let answer = service.oneshot(request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()[header::CONTENT_TYPE], "application/json");
    let body = answer.into_body().collect(1024).await.unwrap();
    assert_eq!(body, json!({ "jsonrpc": "2.0", "id": 1, "result": {} }).to_string());
    let seen = stage.server.log.at("/mcp").pop().unwrap();
    assert!(seen.header("authorization").unwrap().starts_with("Bearer ACCESS-one"));
    assert_eq!(seen.body, r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#);
    // A body of no kind is a message.
    assert_eq!(
        (seen.header("content-type"), seen.header("mcp-session-id")),
        (Some("application/json"), Some("S"))
    );
    assert_eq!(stage.visits(), 1);
}

#[tokio::test]
async fn a_request_for_another_place_is_not_sent() {
    let stage = Stage::new().await;
    let way = way(&stage);
    way.send(post(&stage.server.url())).await.unwrap();
    let (here, there) = (stage.server.log.len(), stage.other.log.len());
    let (url, port) = (stage.server.url(), stage.server.origin().rsplit_once(':').unwrap().1.to_owned());
    for elsewhere in [
        stage.other.url(),
        format!("{}/second", stage.server.origin()),
        format!("{url}/"),
        format!("{url}?x=1"),
        stage.server.origin().to_owned(),
        "/mcp".to_owned(),
        format!("https://127.0.0.1:{port}/mcp"),
        format!("http://localhost:{port}/mcp"),
        format!("http://user@127.0.0.1:{port}/mcp"),
        format!("http://127.0.0.1:{port}/x/../mcp"),
    ] {
        let failed = way.send(post(&elsewhere)).await.unwrap_err();
        assert_eq!(failed, ServiceFailed::Elsewhere { server: stage.server.url().into() }, "{elsewhere}");
        let failed = way.send_unattended(post(&elsewhere)).await.unwrap_err();
        assert_eq!(failed, ServiceFailed::Elsewhere { server: stage.server.url().into() }, "{elsewhere}");
    }
    assert_eq!((stage.server.log.len(), stage.other.log.len()), (here, there), "nothing was sent");
}

#[tokio::test]
async fn a_key_in_the_url_is_in_no_error() {
    let stage = Stage::new().await;
    let server = ResourceUri::parse(&format!("{}?key=SECRET", stage.server.url())).unwrap();
    let way = ToServer::by(Arc::new(stage.session_to(server, Asked::default())));
    let failed = way.send(post(&stage.other.url())).await.unwrap_err();
    assert_eq!(failed, ServiceFailed::Elsewhere { server: stage.server.url().into() });
    assert!(!format!("{failed} {failed:?}").contains("SECRET"), "{failed:?}");
}

#[tokio::test]
async fn whoever_follows_a_redirect_carries_no_token_elsewhere() {
    let stage = Stage::new().await;
    let there = stage.other.url();
    stage.server.play(move |_| {
        let mut answer = json(307, &json!({}));
        answer.headers_mut().insert(header::LOCATION, there.parse().unwrap());
        answer
    });
    let mut way = way(&stage);
    let answer = way.ready().await.unwrap().call(post(&stage.server.url())).await.unwrap();
    assert_eq!(answer.status(), StatusCode::TEMPORARY_REDIRECT);
    // As a layer that follows redirects would.
    let next = post(answer.headers()[header::LOCATION].to_str().unwrap());
    let failed = way.ready().await.unwrap().call(next).await.unwrap_err();
    assert_eq!(failed, ServiceFailed::Elsewhere { server: stage.server.url().into() });
    assert_eq!(stage.other.log.len(), 0);
}

#[tokio::test]
async fn a_credential_of_somebody_elses_is_not_sent() {
    let stage = Stage::new().await;
    let way = way(&stage);
    for name in ["authorization", "proxy-authorization", "cookie", "dpop"] {
        let mut request = post(&stage.server.url());
        let name = HeaderName::from_static(name);
        request.headers_mut().insert(name.clone(), HeaderValue::from_static("THEIRS"));
        assert_eq!(way.send(request).await.unwrap_err(), ServiceFailed::Credential { name });
    }
    for method in [Method::CONNECT, Method::TRACE, Method::PUT, Method::OPTIONS] {
        let mut request = post(&stage.server.url());
        *request.method_mut() = method.clone();
        assert_eq!(way.send(request).await.unwrap_err(), ServiceFailed::Method { method });
    }
    assert_eq!((stage.server.log.len(), stage.visits()), (0, 0));
}

#[tokio::test]
async fn nobody_is_asked_for_a_request_that_nobody_made() {
    let stage = Stage::new().await;
    let way = way(&stage);
    let failed = way.send_unattended(post(&stage.server.url())).await.unwrap_err();
    assert_eq!((failed, stage.visits()), (ServiceFailed::Session(SessionFailed::Unattended), 0));
}

#[tokio::test]
async fn an_answer_is_there_before_it_has_ended() {
    let stage = Stage::new().await;
    let (mut sender, body) = http_body_util::channel::Channel::<Bytes>::new(1);
    let body = std::sync::Mutex::new(Some(body));
    stage.server.play(move |_| {
        let body = body.lock().unwrap().take().unwrap();
        answer(200, "text/event-stream", axum::body::Body::new(body))
    });
    let mut stream = way(&stage).send(post(&stage.server.url())).await.unwrap().into_body();
    for number in 0..3 {
        sender.send_data(format!("data: {number}\n\n").into()).await.unwrap();
        assert_eq!(stream.next().await.unwrap().unwrap(), format!("data: {number}\n\n"));
    }
    drop(sender);
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn two_services_of_one_login_send_each_token_to_its_own_server() {
    let stage = Stage::new().await;
    let (one, other) = (way(&stage), stage.other.url());
    let asked = warded_client::session::Asked::default();
    let session = stage.session_to(warded_core::ResourceUri::parse(&other).unwrap(), asked);
    let two = ToServer::by(Arc::new(session));
    one.send(post(&stage.server.url())).await.unwrap();
    two.send(post(&other)).await.unwrap();
    one.clone().send(post(&stage.server.url())).await.unwrap();
    let tokens =
        |server: &stage::Server| server.tokens().into_iter().collect::<std::collections::HashSet<_>>();
    assert!(tokens(&stage.server).is_disjoint(&tokens(&stage.other)));
    assert_eq!((tokens(&stage.server).len(), tokens(&stage.other).len()), (1, 1));
}
