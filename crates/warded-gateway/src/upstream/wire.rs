//! How do the bytes of one connection of HTTP/1.1 move? By whoever waits for them: the call that has the connection, and
//! after it the body of its answer. In a task of its own each call would be two tasks that wake each other.

use std::{
    future::poll_fn,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame};
use http_body_util::Full;
use hyper::{
    body::Incoming,
    client::conn::{
        TrySendError,
        http1::{Builder, Connection, SendRequest},
    },
};
use hyper_rustls::MaybeHttpsStream;
use hyper_util::rt::TokioIo;
use tokio::time::Instant;

use super::dial::Dialled;
use crate::{bell::Bell, deadline::Deadline};

/// Most that the head of an answer may measure, in bytes.
const MAX_HEAD: usize = 64 * 1024;

type Stream = MaybeHttpsStream<TokioIo<Dialled>>;

/// What comes of a body.
pub(super) type Piece<B> = Option<Result<Frame<<B as Body>::Data>, <B as Body>::Error>>;

/// A request with its body.
pub(super) type Message = Request<Full<Bytes>>;

/// One connection.
pub(super) struct Wire {
    sender: SendRequest<Full<Bytes>>,
    /// None from its end on.
    connection: Option<Connection<Stream, Full<Bytes>>>,
    bell: Bell,
    /// By when the answer to the call that has it must have begun.
    deadline: Deadline,
}

/// Why there is no answer.
pub(super) enum Failed {
    /// It did not begin in time.
    Late,
    /// The connection says so. Where not one byte was sent, the request comes back with it.
    Broken(Box<TrySendError<Message>>),
}

impl Wire {
    /// Speaks HTTP/1.1 over a stream.
    pub(super) async fn over(stream: Stream) -> hyper::Result<Self> {
        let (sender, connection) = Builder::new().max_buf_size(MAX_HEAD).handshake(stream).await?;
        let deadline = Deadline::new(Instant::now());
        Ok(Self { sender, connection: Some(connection), bell: Bell::new(), deadline })
    }

    /// Sends a request and waits for the head of its answer. Given up, the connection ends.
    pub(super) async fn send(
        &mut self,
        message: Message,
        until: Instant,
    ) -> Result<Response<Incoming>, Failed> {
        let Self { sender, connection, bell, deadline } = self;
        deadline.move_to(until);
        let mut answer = pin!(sender.try_send_request(message));
        let mut has_waited = false;
        poll_fn(|context| {
            // Whoever can be read now is read first, so that messages leave in bursts: a server behind that is woken for
            // each of them, and answers it before the next, costs the kernel half as much again.
            if !std::mem::replace(&mut has_waited, true) {
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            bell.rings_for(context.waker());
            move_bytes(connection, bell);
            // It has no answer but the one that the connection has brought just now.
            let mut unheard = Context::from_waker(Waker::noop());
            if let Poll::Ready(answer) = answer.as_mut().poll(&mut unheard) {
                return Poll::Ready(answer.map_err(|failed| Failed::Broken(Box::new(failed))));
            }
            deadline.poll_over(context).map(|()| Err(Failed::Late))
        })
        .await
    }

    /// The next piece of the body of an answer that comes over this connection.
    pub(super) fn poll_frame<B: Body>(
        &mut self,
        mut body: Pin<&mut B>,
        context: &mut Context<'_>,
    ) -> Poll<Piece<B>> {
        let mut unheard = Context::from_waker(Waker::noop());
        // Taking what is there would wake whoever takes it.
        self.bell.rings_for_nobody();
        let frame = body.as_mut().poll_frame(&mut unheard);
        if frame.is_ready() {
            return frame;
        }
        self.bell.rings_for(context.waker());
        move_bytes(&mut self.connection, &self.bell);
        body.poll_frame(&mut unheard)
    }

    /// Whether the next call may have it: the last one is over, with nothing of it under way in either direction.
    pub(super) fn is_free(&self) -> bool {
        self.connection.is_some() && self.sender.is_ready()
    }

    /// Nobody waits for it from here on. Whether it is free then.
    pub(super) fn rests(&mut self) -> bool {
        self.bell.rings_for_nobody();
        self.is_free() || self.is_alive()
    }

    /// Whether it is free and the server behind has not ended it.
    pub(super) fn is_alive(&mut self) -> bool {
        move_bytes(&mut self.connection, &self.bell);
        self.is_free()
    }

    /// Says that it ends, where there is a way to say it, and ends it.
    pub(super) async fn end(self) {
        let Self { sender, connection, .. } = self;
        drop(sender);
        if let Some(connection) = connection {
            // How it ends is nobody's business any more.
            drop(connection.await);
        }
    }
}

/// Moves what can be moved. With the end of the connection everybody who waits for something of it hears of it.
fn move_bytes(connection: &mut Option<Connection<Stream, Full<Bytes>>>, bell: &Bell) {
    let mut context = Context::from_waker(bell.waker());
    if connection.as_mut().is_some_and(|open| Pin::new(open).poll(&mut context).is_ready()) {
        *connection = None;
    }
}
