//! Where does the answer of the issuer arrive? At a listener on loopback that takes one answer and closes.
//!
//! Anybody on the machine, and any page in the browser, can send requests here. What is not the answer to the question
//! that was asked is turned away without ending the wait.

use std::{convert::Infallible, net::Ipv4Addr, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{net::TcpListener, sync::mpsc, task::JoinSet};

use super::{LoginFailed, PATIENCE};
use crate::obtain::{Authorization, Code, ObtainFailed};

/// How long a browser may take to send one request.
const REQUEST: Duration = Duration::from_secs(10);
/// Connections that are open at once; browsers open some that they never use.
const CONNECTIONS: usize = 16;

/// The listener of one login.
#[derive(Debug)]
pub struct Callback {
    listener: TcpListener,
    port: u16,
}

type Settled = Result<Code, ObtainFailed>;

impl Callback {
    /// Listens on a port of 127.0.0.1; 0 is any that is free. RFC 8252 §8.3: not `localhost`, whose name others may
    /// answer to.
    pub async fn bind(port: u16) -> Result<Self, LoginFailed> {
        let failed = |error: std::io::Error| LoginFailed::Listen { port, reason: error.to_string() };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        Ok(Self { listener, port })
    }

    /// The port.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// What the issuer sends the browser back to.
    pub fn redirect_uri(&self) -> String {
        redirect_uri(self.port)
    }

    /// Waits for the answer to one authorization request. Dropping the future closes the port.
    pub async fn wait(self, authorization: Arc<Authorization>) -> Result<Code, LoginFailed> {
        let (send, mut settled) = mpsc::channel(1);
        let mut connections = JoinSet::new();
        let answered = async {
            loop {
                tokio::select! {
                    answer = settled.recv() => if let Some(answer) = answer { break answer },
                    accepted = self.listener.accept(), if connections.len() < CONNECTIONS => {
                        if let Ok((stream, _)) = accepted {
                            connections.spawn(serve(stream, Arc::clone(&authorization), send.clone()));
                        }
                    }
                    _ = connections.join_next(), if !connections.is_empty() => {}
                }
            }
        };
        let answer = tokio::time::timeout(PATIENCE, answered).await.map_err(|_| LoginFailed::Unanswered)?;
        // The page that says how it went is still on its way.
        let page = async { while connections.join_next().await.is_some() {} };
        tokio::time::timeout(Duration::from_millis(500), page).await.ok();
        Ok(answer?)
    }
}

/// The redirect URI for a port.
pub(crate) fn redirect_uri(port: u16) -> String {
    format!("http://127.0.0.1:{port}/callback")
}

async fn serve(
    stream: tokio::net::TcpStream,
    authorization: Arc<Authorization>,
    send: mpsc::Sender<Settled>,
) {
    let service = service_fn(move |request: Request<Incoming>| {
        let (authorization, send) = (Arc::clone(&authorization), send.clone());
        async move { Ok::<_, Infallible>(answer(&request, &authorization, &send)) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(REQUEST)
        .max_headers(64)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service);
    // A browser that hangs up tells nothing.
    tokio::time::timeout(REQUEST, connection).await.ok();
}

fn answer(
    request: &Request<Incoming>,
    authorization: &Authorization,
    send: &mpsc::Sender<Settled>,
) -> Response<Full<Bytes>> {
    if request.uri().path() != "/callback" {
        return page(StatusCode::NOT_FOUND, "There is nothing here.");
    }
    if request.method() != Method::GET {
        return page(StatusCode::METHOD_NOT_ALLOWED, "This is not how an answer arrives.");
    }
    match authorization.accept(request.uri().query().unwrap_or_default()) {
        Err(_) => page(StatusCode::BAD_REQUEST, "This is not the answer to a question that was asked here."),
        Ok(settled) => {
            let was_yes = settled.is_ok();
            // Only the first counts.
            match send.try_send(settled) {
                Err(_) => page(StatusCode::CONFLICT, "This question has been answered."),
                Ok(()) if was_yes => page(
                    StatusCode::OK,
                    "The answer has arrived, and the terminal says what came of it. You can close this page.",
                ),
                Ok(()) => page(
                    StatusCode::OK,
                    "The login did not succeed; the terminal says why. You can close this page.",
                ),
            }
        }
    }
}

/// Says nothing of what came: the URL in the address bar holds a code.
fn page(status: StatusCode, text: &str) -> Response<Full<Bytes>> {
    let html = format!("<!doctype html><meta charset=utf-8><title>Warded</title><p>{text}</p>\n");
    let mut response = Response::new(Full::new(Bytes::from(html)));
    *response.status_mut() = status;
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONNECTION, "close"),
    ];
    for (name, value) in headers {
        response.headers_mut().insert(name, http::HeaderValue::from_static(value));
    }
    response
}
