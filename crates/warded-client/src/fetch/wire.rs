//! How do the bytes of one connection move? By whoever waits for them: the request that has the connection, and after it
//! the body of its answer. Nobody else is woken for it, and what nobody waits for moves no further.

use std::{
    future::poll_fn,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use http::Response;
use http_body::{Body as _, Frame};
use http_body_util::Full;
use hyper::{
    body::Incoming,
    client::conn::{TrySendError, http1},
};
use hyper_util::rt::TokioIo;

use super::{MAX_HEAD_BYTES, MAX_HEADERS, connect::Connection};

/// A request with its body.
pub(super) type Request = http::Request<Full<Bytes>>;

type Moving = http1::Connection<TokioIo<Box<dyn Connection>>, Full<Bytes>>;

/// One connection, over which one request goes at a time.
pub(super) struct Wire {
    sender: http1::SendRequest<Full<Bytes>>,
    /// None from its end on.
    connection: Option<Moving>,
}

impl Wire {
    /// Speaks HTTP/1.1 over a connection.
    pub(super) async fn over(connection: Box<dyn Connection>) -> hyper::Result<Self> {
        let (sender, connection) = http1::Builder::new()
            .max_headers(MAX_HEADERS)
            .max_header_size(MAX_HEAD_BYTES)
            .handshake(TokioIo::new(connection))
            .await?;
        Ok(Self { sender, connection: Some(connection) })
    }

    /// Sends a request and waits for the head of its answer. Where not one byte of it was sent, it comes back with the
    /// error: before anything is written, what has come is read.
    pub(super) async fn send(
        &mut self,
        request: Request,
    ) -> Result<Response<Incoming>, TrySendError<Request>> {
        let Self { sender, connection } = self;
        let mut answer = pin!(sender.try_send_request(request));
        poll_fn(|context| {
            move_bytes(connection, context);
            // There is no answer but the one that the connection has brought just now.
            answer.as_mut().poll(&mut Context::from_waker(Waker::noop()))
        })
        .await
    }

    /// The next piece of the body of an answer that comes over this connection.
    pub(super) fn poll_frame(
        &mut self,
        body: &mut Incoming,
        context: &mut Context<'_>,
    ) -> Poll<Option<hyper::Result<Frame<Bytes>>>> {
        let mut unheard = Context::from_waker(Waker::noop());
        let frame = Pin::new(&mut *body).poll_frame(&mut unheard);
        if frame.is_ready() {
            return frame;
        }
        move_bytes(&mut self.connection, context);
        Pin::new(body).poll_frame(&mut unheard)
    }

    /// Whether the next request may have it: the last one is over, with nothing of it under way in either direction, and
    /// nothing has come since, neither the end of the connection nor an answer that nobody asked for.
    pub(super) fn is_free(&mut self) -> bool {
        move_bytes(&mut self.connection, &mut Context::from_waker(Waker::noop()));
        self.connection.is_some() && self.sender.is_ready()
    }
}

/// Moves what can be moved. With the end of the connection everybody who waits for something of it hears of it.
fn move_bytes(connection: &mut Option<Moving>, context: &mut Context<'_>) {
    if connection.as_mut().is_some_and(|open| Pin::new(open).poll(context).is_ready()) {
        *connection = None;
    }
}
