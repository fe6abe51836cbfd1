//! A user who agrees to everything: visits a page, and goes where it sends them.

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// Visits a page of an issuer, and what it redirects to.
pub(crate) async fn visit(url: String) {
    let (_, head, _) = get(&url).await;
    if let Some(location) = head.lines().find_map(|line| line.strip_prefix("location: ")) {
        get(location.trim()).await;
    }
}

/// Gets a page: its status, its head in lower case names, its body.
pub(crate) async fn get(url: &str) -> (u16, String, String) {
    send("GET", url).await
}

pub(crate) async fn send(method: &str, url: &str) -> (u16, String, String) {
    let rest = url.strip_prefix("http://").unwrap();
    let at = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(at);
    let Ok(mut stream) = TcpStream::connect(authority).await else {
        return (0, String::new(), String::new());
    };
    let request = format!("{method} {path} HTTP/1.1\r\nhost: {authority}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.ok();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    (status, head.to_owned(), body.to_owned())
}
