//! Requests as a proxy hands them on: over plain HTTP, with the host of the world.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use serde_json::Value;

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    /// A member of a JSON object, or nothing.
    pub(crate) fn member(&self, name: &str) -> Option<String> {
        let value: Value = serde_json::from_str(&self.body).ok()?;
        value[name].as_str().map(str::to_owned)
    }

    /// What stands in the query of where it leads.
    pub(crate) fn sent(&self, name: &str) -> Option<String> {
        let (_, query) = self.location().split_once('?')?;
        form_urlencoded::parse(query.as_bytes()).find(|(held, _)| held == name).map(|(_, value)| value.into())
    }

    /// Where it leads.
    pub(crate) fn location(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |location| location.to_str().unwrap())
    }

    /// The value of a hidden field.
    pub(crate) fn hidden(&self, name: &str) -> String {
        let start = format!("name=\"{name}\" value=\"");
        let (_, rest) = self.body.split_once(&start).unwrap_or_else(|| panic!("no {name}: {self:?}"));
        rest.split('"').next().unwrap().replace("&#38;", "&")
    }
}

/// Sends one request over a connection of its own; none where no whole answer came, for whatever reason.
pub(crate) async fn send(
    to: SocketAddr,
    host: &str,
    method: Method,
    path: &str,
    cookie: &str,
    form: &[(&str, &str)],
) -> Option<Answer> {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let mut request = Request::builder().method(method).uri(path).header(header::HOST, host);
    if !cookie.is_empty() {
        request = request.header(header::COOKIE, cookie);
    }
    if !form.is_empty() {
        request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    }
    let stream = tokio::net::TcpStream::connect(to).await.ok()?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.ok()?;
    tokio::spawn(connection);
    let response = sender.send_request(request.body(Full::new(Bytes::from(body))).unwrap()).await.ok()?;
    let (head, body) = response.into_parts();
    let body = body.collect().await.ok()?.to_bytes();
    Some(Answer {
        status: head.status,
        headers: head.headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}
