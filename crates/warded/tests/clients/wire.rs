//! Requests by hand, for attacks: no client of anybody would send them.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use serde_json::Value;

/// Sends one request over a connection of its own.
pub(crate) async fn send(request: Request<Full<Bytes>>) -> (StatusCode, HeaderMap, Bytes) {
    let host = request.headers()[header::HOST].to_str().unwrap();
    let stream = tokio::net::TcpStream::connect(host).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    let connection = tokio::spawn(connection);
    let (parts, body) = sender.send_request(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    drop(sender);
    connection.await.unwrap().unwrap();
    (parts.status, parts.headers, body)
}

/// Pings a server: the status, the headers, and the code of a refusal.
pub(crate) async fn ping(url: &str, token: &str) -> (StatusCode, HeaderMap, String) {
    let ping = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
    let request = request(Method::POST, url)
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::ACCEPT, "application/json, text/event-stream")
        .header(header::CONTENT_TYPE, "application/json");
    let (status, headers, body) = send(request.body(Full::from(ping)).unwrap()).await;
    let said: Value = serde_json::from_slice(&body).unwrap();
    let code = said.get("code").or_else(|| said.pointer("/error/data/code"));
    (status, headers, code.and_then(Value::as_str).unwrap_or_default().to_owned())
}

/// A request in origin form.
pub(crate) fn request(method: Method, url: &str) -> http::request::Builder {
    let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    Request::builder().method(method).uri(format!("/{path}")).header(header::HOST, host)
}

/// Asks a token endpoint for a token on a client's own behalf.
pub(crate) async fn ask(endpoint: &str, client: (&str, &str), resource: &str, scope: &str) -> Value {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs([("grant_type", "client_credentials"), ("resource", resource), ("scope", scope)]);
    let basic = BASE64_STANDARD.encode(format!("{}:{}", client.0, client.1));
    let request = request(Method::POST, endpoint)
        .header(header::AUTHORIZATION, format!("Basic {basic}"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let (_, _, body) = send(request.body(Full::from(form.finish())).unwrap()).await;
    serde_json::from_slice(&body).unwrap()
}
