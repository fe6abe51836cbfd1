//! A server behind: it speaks MCP over HTTP, keeps every byte that it gets, and misbehaves on request.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Channel, Full, channel::Sender, combinators::BoxBody};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{Notify, mpsc},
};

type Body = BoxBody<Bytes, Infallible>;

/// One request, as it came in.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: Method,
    pub(crate) target: String,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: String,
}

pub(crate) struct Upstream {
    pub(crate) url: String,
    state: Arc<State>,
    /// The other ends of the streams that were opened.
    pub(crate) streams: mpsc::UnboundedReceiver<Sender<Bytes, Infallible>>,
}

struct State {
    bytes: Mutex<Vec<u8>>,
    requests: Mutex<Vec<Seen>>,
    streams: mpsc::UnboundedSender<Sender<Bytes, Infallible>>,
    /// A call of the tool `hang` has arrived.
    hangs: Notify,
    /// It may go on.
    released: Notify,
    /// Nobody waits for it any more.
    left: Notify,
    connections: AtomicUsize,
}

impl Upstream {
    pub(crate) async fn start() -> Self {
        Self::speaking(None).await
    }

    /// One that speaks HTTP/2, and allows so many streams on a connection.
    pub(crate) async fn start_http2(streams_at_once: u32) -> Self {
        Self::speaking(Some(streams_at_once)).await
    }

    async fn speaking(streams_at_once: Option<u32>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/mcp", listener.local_addr().unwrap());
        let (sender, streams) = mpsc::unbounded_channel();
        let state = Arc::new(State {
            bytes: Mutex::default(),
            requests: Mutex::default(),
            streams: sender,
            hangs: Notify::new(),
            released: Notify::new(),
            left: Notify::new(),
            connections: AtomicUsize::new(0),
        });
        tokio::spawn(serve(listener, Arc::clone(&state), streams_at_once));
        Self { url, state, streams }
    }

    /// Every byte that came in so far.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.state.bytes.lock().unwrap().clone()
    }

    pub(crate) fn requests(&self) -> Vec<Seen> {
        self.state.requests.lock().unwrap().clone()
    }

    pub(crate) fn last(&self) -> Seen {
        self.requests().pop().unwrap()
    }

    /// Waits until a call hangs here.
    pub(crate) async fn hangs(&self) {
        self.state.hangs.notified().await;
    }

    /// Waits until somebody has left who waited for a call that hangs here.
    pub(crate) async fn left(&self) {
        self.state.left.notified().await;
    }

    /// How many connections were made so far.
    pub(crate) fn connections(&self) -> usize {
        self.state.connections.load(Ordering::Relaxed)
    }

    pub(crate) fn release(&self) {
        self.state.released.notify_one();
    }
}

async fn serve(listener: TcpListener, state: Arc<State>, streams_at_once: Option<u32>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let state = Arc::clone(&state);
        let io = TokioIo::new(Recording { stream, state: Arc::clone(&state) });
        state.connections.fetch_add(1, Ordering::Relaxed);
        let service = service_fn(move |request| answer(request, Arc::clone(&state)));
        tokio::spawn(async move {
            // The gateway may drop a connection at any time.
            if streams_at_once.is_some() {
                let mut builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                let _ended =
                    builder.max_concurrent_streams(streams_at_once).serve_connection(io, service).await;
            } else {
                let _ended = hyper::server::conn::http1::Builder::new().serve_connection(io, service).await;
            }
        });
    }
}

async fn answer(request: Request<Incoming>, state: Arc<State>) -> Result<Response<Body>, Infallible> {
    let (parts, body) = request.into_parts();
    let Ok(body) = body.collect().await else { return Ok(Response::new(full(""))) };
    let body = String::from_utf8(body.to_bytes().to_vec()).unwrap();
    state.requests.lock().unwrap().push(Seen {
        method: parts.method.clone(),
        target: parts.uri.to_string(),
        headers: parts.headers.clone(),
        body: body.clone(),
    });
    Ok(match parts.method {
        Method::GET => streaming(&state),
        Method::DELETE => {
            let mut answer = Response::new(full(""));
            *answer.status_mut() = StatusCode::NO_CONTENT;
            answer
        }
        _ => called(&body, &parts.headers, &state).await,
    })
}

fn streaming(state: &State) -> Response<Body> {
    let (sender, body) = Channel::new(1);
    state.streams.send(sender).unwrap();
    let answer = Response::builder().header(header::CONTENT_TYPE, "text/event-stream");
    answer.body(body.boxed()).unwrap()
}

async fn called(body: &str, headers: &http::HeaderMap, state: &State) -> Response<Body> {
    let message: Value = serde_json::from_str(body).unwrap();
    let result = |result: Value| {
        let text = json!({ "jsonrpc": "2.0", "id": message["id"], "result": result }).to_string();
        Response::builder().header(header::CONTENT_TYPE, "application/json").body(full(text)).unwrap()
    };
    let status = |status: u16| {
        let mut answer = result(json!({}));
        *answer.status_mut() = StatusCode::from_u16(status).unwrap();
        answer
    };
    match (message["method"].as_str(), message["params"]["name"].as_str()) {
        (Some("initialize"), _) => {
            let mut answer = result(json!({
                "protocolVersion": message["params"]["protocolVersion"],
                "capabilities": {},
                "serverInfo": { "name": "behind", "version": "1" },
            }));
            if message["params"]["_meta"]["stream"] == true {
                answer = Response::builder()
                    .header(header::CONTENT_TYPE, "text/event-stream")
                    .body(full("id: 1\ndata:\n\n"))
                    .unwrap();
            }
            let number = state.requests.lock().unwrap().len();
            let id = format!("upstream-session-{number}").parse().unwrap();
            answer.headers_mut().insert("mcp-session-id", id);
            answer
        }
        (Some("tools/call"), Some("stream")) | (Some("subscriptions/listen"), _) => streaming(state),
        (Some("tools/call"), Some("mute")) => {
            let mut answer = streaming(state);
            answer.headers_mut().insert(header::CONTENT_TYPE, "application/json".parse().unwrap());
            answer
        }
        (Some("tools/call"), Some("hang")) => {
            state.hangs.notify_one();
            let mut waited = Waited(Some(state));
            state.released.notified().await;
            waited.0 = None;
            result(json!({ "content": [{ "type": "text", "text": "released" }] }))
        }
        (Some("tools/call"), Some("headers")) => {
            let text = format!("{headers:?}");
            let mut answer = result(json!({ "content": [{ "type": "text", "text": text }] }));
            if let Some(key) = headers.get("x-api-key") {
                answer.headers_mut().insert("mcp-echo", key.clone());
            }
            answer
        }
        (Some("tools/call"), Some("unauthorized")) => {
            let mut answer = status(401);
            answer.headers_mut().insert("www-authenticate", "Bearer realm=behind".parse().unwrap());
            answer
        }
        (Some("tools/call"), Some("forbidden")) => {
            let mut answer = status(403);
            let challenge = "Bearer error=insufficient_scope".parse().unwrap();
            answer.headers_mut().insert("www-authenticate", challenge);
            answer
        }
        (Some("tools/call"), Some("redirect")) => {
            let mut answer = status(307);
            answer.headers_mut().insert("location", "https://evil.example/mcp".parse().unwrap());
            answer
        }
        (Some("tools/call"), Some("compressed")) => {
            let mut answer = result(json!({}));
            answer.headers_mut().insert("content-encoding", "gzip".parse().unwrap());
            answer
        }
        (Some("tools/call"), Some("repeats")) => {
            let mut answer = result(json!({}));
            answer.headers_mut().insert("mcp-session-id", headers["mcp-session-id"].clone());
            answer
        }
        (Some("tools/call"), Some("two-sessions")) => {
            let mut answer = result(json!({}));
            answer.headers_mut().append("mcp-session-id", "a".parse().unwrap());
            answer.headers_mut().append("mcp-session-id", "b".parse().unwrap());
            answer
        }
        (Some("tools/call"), Some("cookie")) => {
            let mut answer = result(json!({}));
            for (name, value) in [
                ("set-cookie", "session=1"),
                ("access-control-allow-origin", "*"),
                ("strict-transport-security", "max-age=1"),
                ("x-ratelimit-remaining", "7"),
            ] {
                answer.headers_mut().insert(name, value.parse().unwrap());
            }
            answer
        }
        _ => result(json!({ "content": [] })),
    }
}

/// Says so when nobody waits for an answer any more.
struct Waited<'a>(Option<&'a State>);

impl Drop for Waited<'_> {
    fn drop(&mut self) {
        if let Some(state) = self.0 {
            state.left.notify_one();
        }
    }
}

fn full(text: impl Into<Bytes>) -> Body {
    Full::new(text.into()).boxed()
}

/// A connection that keeps what comes in.
struct Recording {
    stream: TcpStream,
    state: Arc<State>,
}

impl AsyncRead for Recording {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buffer);
        self.state.bytes.lock().unwrap().extend_from_slice(&buffer.filled()[before..]);
        polled
    }
}

impl AsyncWrite for Recording {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
