//! What only a socket can send: bytes that no well-behaved library writes.

use std::net::SocketAddr;

use http::Response;
use http_body_util::BodyExt as _;
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use tower::service_fn;
use warded_guard::{Body, Called, Permitted, Stop};

use crate::stage::{builder, ping, token};

async fn repeat(permitted: Permitted) -> Result<Response<Body>, Stop> {
    let message = match &permitted.called {
        Called::Post { message, .. } => String::from_utf8_lossy(message).into_owned(),
        other => format!("{other:?}"),
    };
    let seen = format!("REACHED {:?} {message}", permitted.parts.headers);
    Ok(Response::new(http_body_util::Full::from(seen).map_err(|never| match never {}).boxed_unsync()))
}

/// A guard on a real socket, before a server that repeats what reached it.
pub(crate) async fn listening() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = TowerToHyperService::new(builder().build().forwarding(service_fn(repeat)));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = service.clone();
            tokio::spawn(async move {
                let serving = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service);
                let _ended = serving.await;
            });
        }
    });
    address
}

pub(crate) async fn exchange(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

fn raw(headers: &str, body: &str) -> String {
    format!(
        "POST /notes/mcp HTTP/1.1\r\nHost: mcp.example.com\r\nContent-Type: application/json\r\nConnection: close\r\n\
         {headers}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[tokio::test]
async fn two_headers_on_the_wire_are_refused_and_one_gets_through_without_itself() {
    let address = listening().await;
    let (token, ping) = (token(), ping().to_string());
    let one = exchange(address, &raw(&format!("authorization:   BEARER {token}  \r\n"), &ping)).await;
    assert!(one.starts_with("HTTP/1.1 200") && one.contains("REACHED") && one.contains(&ping), "{one}");
    assert!(!one.contains(&token) && !one.to_lowercase().contains("authorization"), "{one}");
    for headers in [
        format!("Authorization: Bearer {token}\r\nAuthorization: Bearer {token}\r\n"),
        format!("Authorization: Bearer {token}\r\nX-A: b\r\nAUTHORIZATION: Basic YTpi\r\n"),
        format!("Authorization: Bearer {token},Bearer {token}\r\n"),
    ] {
        let answer = exchange(address, &raw(&headers, &ping)).await;
        assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("credential-twice"), "{answer}");
    }
}

#[tokio::test]
async fn a_chunked_body_is_judged_whole_and_one_that_breaks_off_is_not_judged() {
    let address = listening().await;
    let head = format!(
        "POST /notes/mcp HTTP/1.1\r\nHost: mcp.example.com\r\nContent-Type: application/json\r\nConnection: close\r\n\
         Authorization: Bearer {}\r\nTransfer-Encoding: chunked\r\n\r\n",
        token()
    );
    let ping = ping().to_string();
    let (one, other) = ping.split_at(9);
    let chunks = format!("{:x}\r\n{one}\r\n{:x}\r\n{other}\r\n", one.len(), other.len());
    let whole = exchange(address, &format!("{head}{chunks}0\r\n\r\n")).await;
    assert!(whole.contains(&ping) && !whole.contains("\"transfer-encoding\""), "{whole}");
    let broken = exchange(address, &format!("{head}{chunks}")).await;
    assert!(!broken.contains("REACHED"), "{broken}");
}

#[tokio::test]
async fn bytes_that_are_no_text_are_no_credential() {
    let address = listening().await;
    let mut request = raw("Authorization: Bearer ?\r\n", "{}").into_bytes();
    let at = request.iter().position(|byte| *byte == b'?').unwrap();
    request[at] = 0xe9;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(&request).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    assert!(answer.contains("credential-malformed"), "{answer}");
}
