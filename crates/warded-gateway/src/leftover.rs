//! What becomes of a message that nobody reads to its end?
//!
//! A refusal is often ready before the message has come in: many clients send its head and its body apart. hyper ends
//! the connection behind such an answer, and the answer does not say so; a client that believes it is open loses its
//! next request, and the first request of every MCP client is one that is refused. So what is left is read before the
//! answer leaves (RFC 9112 §9.3). Where that takes too much, the answer says that the connection ends (§9.6).

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use bytes::Buf as _;
use http::{HeaderValue, Request, Response, Version, header};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use tokio::time::timeout;

use crate::bell::quietly;

/// Most that is read for nothing. Whoever sends more pays with a new connection.
const MOST: usize = 64 * 1024;
/// How long the rest may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// A body that comes back when it is given up before its end.
#[derive(Debug)]
pub(crate) struct Lent<B: Body> {
    body: Option<B>,
    back: Arc<Mutex<Option<Returned<B>>>>,
    is_alone: bool,
    is_begun: bool,
}

/// Where a body comes back to.
#[derive(Debug)]
pub(crate) struct Leftover<B> {
    back: Arc<Mutex<Option<Returned<B>>>>,
    is_alone: bool,
    is_expecting: bool,
}

/// What was given up.
#[derive(Debug)]
struct Returned<B> {
    body: B,
    /// Whether somebody had begun to read it.
    is_begun: bool,
}

/// Lends a request's body to whoever answers it.
pub(crate) fn lend<B: Body>(request: Request<B>) -> (Request<Lent<B>>, Leftover<B>) {
    let back = Arc::<Mutex<_>>::default();
    // HTTP/2 has a connection for more than one request, and ends a stream without ending it.
    let is_alone = request.version() < Version::HTTP_2;
    let is_expecting = request.headers().contains_key(header::EXPECT);
    let lend = |body| Lent { body: Some(body), back: Arc::clone(&back), is_alone, is_begun: false };
    let request = request.map(lend);
    (request, Leftover { back, is_alone, is_expecting })
}

impl<B: Body + Unpin> Leftover<B> {
    /// Reads what is left, or lets the answer say that the connection ends. Says whether nothing is left.
    pub(crate) async fn settle<T>(self, answer: &mut Response<T>) -> bool {
        // Who still reads while an answer is on its way keeps the body.
        let back = self.back.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(Returned { body, is_begun }) = back else { return true };
        // Who expects `100 Continue` has not sent anything before somebody reads, and must not be asked for what nobody
        // wants (RFC 9110 §10.1.1).
        let is_awaited = self.is_alone && (is_begun || !self.is_expecting);
        let is_read = is_awaited && Box::pin(timeout(PATIENCE, is_short(body))).await.unwrap_or(false);
        if !is_read {
            answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        is_read
    }
}

/// Whether a body ends within bounds.
async fn is_short<B: Body + Unpin>(mut body: B) -> bool {
    if body.size_hint().lower() > MOST as u64 {
        return false;
    }
    let mut read = 0_usize;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return false };
        read = read.saturating_add(frame.into_data().map_or(0, |data| data.remaining()));
        if read > MOST {
            return false;
        }
    }
    true
}

impl<B: Body + Unpin> Body for Lent<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let is_alone = self.is_alone;
        self.is_begun = true;
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        if !is_alone {
            return Pin::new(body).poll_frame(context);
        }
        // Over HTTP/1.1 the connection is told that there is room for more, and looks at everything once again. Nearly
        // always there is no more.
        let (frame, muffled) = quietly(|| Pin::new(&mut *body).poll_frame(context));
        if frame.is_pending() || !body.is_end_stream() {
            muffled.rings();
        }
        if let Poll::Ready(None) = frame {
            // One that comes in chunks does not say beforehand that it is over.
            self.body = None;
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(SizeHint::default, Body::size_hint)
    }
}

impl<B: Body> Drop for Lent<B> {
    fn drop(&mut self) {
        if let Some(body) = self.body.take().filter(|body| !body.is_end_stream()) {
            let returned = Returned { body, is_begun: self.is_begun };
            *self.back.lock().unwrap_or_else(PoisonError::into_inner) = Some(returned);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::FutureExt as _;
    use http_body_util::Empty;
    use hyper::{body::Incoming, server::conn::http1, service::service_fn};
    use hyper_util::rt::{TokioIo, TokioTimer};
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream},
        time::sleep,
    };

    use super::*;
    use crate::bell::Bell;

    const HEAD: &str = "POST / HTTP/1.1\r\nhost: here\r\ncontent-length: 5\r\n\r\n";
    const NEXT: &str = "GET / HTTP/1.1\r\nhost: here\r\n\r\n";

    /// A connection to a server that refuses everything as soon as it has seen the head.
    fn connected() -> DuplexStream {
        let (client, server) = tokio::io::duplex(1024 * 1024);
        let refuse = service_fn(async |request: Request<Incoming>| {
            let (request, leftover) = lend(request);
            drop(request);
            let mut answer = Response::new(Empty::<&[u8]>::new());
            leftover.settle(&mut answer).await;
            Ok::<_, Infallible>(answer)
        });
        let server =
            http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(server), refuse);
        tokio::spawn(server);
        client
    }

    /// Lets everybody else do what they can. The clock stands still, so this takes no time.
    async fn idle() {
        sleep(Duration::from_millis(1)).await;
    }

    /// Sends a text, and gives what has come back when nobody has anything to do.
    async fn sends(client: &mut DuplexStream, text: &str) -> String {
        client.write_all(text.as_bytes()).await.unwrap();
        idle().await;
        let mut answer = Vec::new();
        let mut chunk = [0; 4096];
        while let Ok(Ok(length @ 1..)) = timeout(Duration::ZERO, client.read(&mut chunk)).await {
            answer.extend_from_slice(&chunk[..length]);
        }
        String::from_utf8(answer).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_message_that_comes_after_its_head_leaves_the_connection_open() {
        let mut client = connected();
        assert_eq!(sends(&mut client, HEAD).await, "", "the answer waits for the message");
        let answer = sends(&mut client, "12345").await;
        assert!(answer.starts_with("HTTP/1.1 200") && !answer.contains("connection: close"), "{answer}");
        let answer = sends(&mut client, NEXT).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_message_that_never_comes_ends_the_connection_with_a_word() {
        let mut client = connected();
        assert_eq!(sends(&mut client, HEAD).await, "");
        sleep(PATIENCE).await;
        let answer = sends(&mut client, "").await;
        assert!(answer.contains("connection: close"), "{answer}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_message_that_is_too_long_ends_the_connection_with_a_word() {
        for framing in ["content-length: 65537", "transfer-encoding: chunked"] {
            let mut client = connected();
            let head = format!("POST / HTTP/1.1\r\nhost: here\r\n{framing}\r\n\r\n");
            let chunk = format!("10001\r\n{}\r\n", "x".repeat(MOST + 1));
            let body = if framing.starts_with("transfer") { chunk } else { String::new() };
            let answer = sends(&mut client, &(head + &body)).await;
            assert!(answer.contains("connection: close"), "{framing}: {answer}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_to_be_told_to_go_on_is_not_told() {
        let mut client = connected();
        let head = HEAD.replace("\r\n\r\n", "\r\nexpect: 100-continue\r\n\r\n");
        let answer = sends(&mut client, &head).await;
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("connection: close"), "{answer}");
    }

    /// Whoever reads a message asks first whether it is there already, and nobody is woken by that.
    #[tokio::test(start_paused = true)]
    async fn a_message_in_many_pieces_arrives() {
        let (mut client, server) = tokio::io::duplex(1024);
        let length = service_fn(async |request: Request<Incoming>| {
            let (request, _leftover) = lend(request);
            let mut reading = std::pin::pin!(request.into_body().collect());
            let read = match reading.as_mut().now_or_never() {
                Some(read) => read,
                None => reading.await,
            };
            let read = read.unwrap().to_bytes().len();
            Ok::<_, Infallible>(Response::new(read.to_string()))
        });
        tokio::spawn(async move {
            let connection = http1::Builder::new().serve_connection(TokioIo::new(server), length);
            Bell::new().heard(std::pin::pin!(connection)).await
        });
        let message = "x".repeat(100_000);
        for framing in [format!("content-length: {}", message.len()), "transfer-encoding: chunked".to_owned()]
        {
            let head = format!("POST / HTTP/1.1\r\nhost: here\r\n{framing}\r\n\r\n");
            let whole = if framing.starts_with('t') {
                format!("{:x}\r\n{message}\r\n0\r\n\r\n", message.len())
            } else {
                message.clone()
            };
            let answer = timeout(Duration::from_mins(1), sends(&mut client, &(head + &whole))).await.unwrap();
            assert!(answer.ends_with("\r\n\r\n100000"), "{framing}: {answer}");
        }
    }

    /// A connection to a server that reads so many pieces of each message before it answers.
    fn reading(pieces: usize) -> DuplexStream {
        let (client, server) = tokio::io::duplex(1024 * 1024);
        let answer = service_fn(move |request: Request<Incoming>| async move {
            let (request, leftover) = lend(request);
            let mut body = request.into_body();
            for _ in 0..pieces {
                let Some(piece) = body.frame().await else { break };
                drop(piece.unwrap());
            }
            drop(body);
            let mut answer = Response::new(Empty::<&[u8]>::new());
            leftover.settle(&mut answer).await;
            Ok::<_, Infallible>(answer)
        });
        let server =
            http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(server), answer);
        tokio::spawn(server);
        client
    }

    #[tokio::test(start_paused = true)]
    async fn who_was_told_to_go_on_keeps_its_connection() {
        let chunked = "expect: 100-continue\r\ntransfer-encoding: chunked";
        let counted = "expect: 100-continue\r\ncontent-length: 5";
        for (framing, message) in [(chunked, "5\r\n12345\r\n0\r\n\r\n"), (counted, "12345")] {
            // All of it is read, or some, which is no reason either to end the connection.
            for pieces in [usize::MAX, 1] {
                let mut client = reading(pieces);
                for _ in 0..2 {
                    let head = format!("POST / HTTP/1.1\r\nhost: here\r\n{framing}\r\n\r\n");
                    let told = sends(&mut client, &head).await;
                    assert!(told.starts_with("HTTP/1.1 100"), "{framing}: {told}");
                    let answer = sends(&mut client, message).await;
                    assert!(answer.starts_with("HTTP/1.1 200"), "{framing}: {answer}");
                    assert!(!answer.contains("connection: close"), "{framing}, {pieces}: {answer}");
                }
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_message_nothing_is_left() {
        let mut client = connected();
        for _ in 0..2 {
            let answer = sends(&mut client, NEXT).await;
            assert!(answer.starts_with("HTTP/1.1 200") && !answer.contains("connection: close"), "{answer}");
        }
    }
}
