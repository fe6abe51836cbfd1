//! One connection of HTTP/2 to a server behind: how many streams it has room for, and when it ends.

use std::{
    error::Error,
    pin::{Pin, pin},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures_util::future::poll_fn;
use h2::Reason;
use http::{Request, Response, Uri};
use http_body_util::Full;
use hyper::{
    body::Incoming,
    client::conn::http2::{Builder, Connection, SendRequest},
};
use hyper_rustls::MaybeHttpsStream;
use hyper_util::{
    client::legacy::connect::Connection as _,
    rt::{TokioIo, TokioTimer},
};
use tokio::{
    sync::Notify,
    time::{sleep, timeout},
};
use tower::ServiceExt as _;

use super::{
    super::{Connector, dial::Dialled},
    Trunk,
    heard::{Heard, Numbers},
};

/// A request with its body.
pub(crate) type Message = Request<Full<Bytes>>;
type Failed = Box<dyn Error + Send + Sync>;
type Way = TokioIo<Heard<TokioIo<MaybeHttpsStream<TokioIo<Dialled>>>>>;
type Wire = Connection<Way, Full<Bytes>, Noting>;

/// How often a connection is asked whether the server is still there, and how long the answer may take.
const PING: Duration = Duration::from_secs(30);
/// How long a connection may be without streams.
const IDLE: Duration = Duration::from_secs(30);
/// How long a server may take to say how many streams it allows. It is the first thing that it says (RFC 9113 §3.4).
const SETTINGS: Duration = Duration::from_secs(10);
/// Most streams of one connection, whatever the server allows: many say that there is no bound.
const MOST_STREAMS: u32 = 256;
/// What may lie here unread of one answer, in bytes.
const STREAM_WINDOW: u32 = 256 * 1024;
/// The same of all answers of one connection: twice what all its streams may leave. They are many callers', and those who
/// read nothing must not use up what the answers of the others come through (RFC 9113 §5.2.1).
const CONNECTION_WINDOW: u32 = 2 * MOST_STREAMS * STREAM_WINDOW;
/// Most that the head of an answer may measure, in bytes.
const MAX_HEAD: u32 = 64 * 1024;

/// One connection.
pub(super) struct Line {
    sender: SendRequest<Full<Bytes>>,
    /// None when it has ended.
    wire: Mutex<Option<Wire>>,
    /// Streams that are open.
    taken: AtomicUsize,
    /// Whether one was opened since somebody looked.
    was_used: AtomicBool,
    is_over: AtomicBool,
    /// Which streams were named on it.
    numbers: Arc<Numbers>,
    /// Whether the server behind refuses streams on it.
    is_refused: AtomicBool,
    /// Its last stream has ended, and there will be no more.
    emptied: Notify,
    /// Nobody uses it any more, so it may end.
    left: Notify,
}

/// The right to one stream of a connection, until it is dropped.
pub(crate) struct Stream {
    line: Arc<Line>,
    is_fresh: bool,
}

/// What becomes of a message that has no answer.
pub(super) struct Unanswered {
    /// Not one byte of it was sent.
    pub(super) unsent: Option<Message>,
    /// The server behind says that it has done nothing of it.
    pub(super) is_undone: bool,
    pub(super) error: hyper::Error,
}

/// The server behind does not speak HTTP/2.
#[derive(Debug, thiserror::Error)]
#[error("it does not speak HTTP/2 (leave `upstream_http2` away)")]
struct NotSpoken;

/// It said nothing for too long.
#[derive(Debug, thiserror::Error)]
#[error("it did not say in time how many streams it allows")]
struct NoSettings;

impl Line {
    /// Connects, and waits until it is known how many streams there may be.
    pub(super) async fn open(
        connector: Connector,
        uri: Uri,
        trunk: Weak<Trunk>,
    ) -> Result<Arc<Self>, Failed> {
        let is_secured = uri.scheme() == Some(&http::uri::Scheme::HTTPS);
        let stream = connector.oneshot(uri).await?;
        if is_secured && !stream.connected().is_negotiated_h2() {
            return Err(NotSpoken.into());
        }
        let (stream, numbers) = Heard::new(TokioIo::new(stream));
        let progress = Arc::new(Notify::new());
        let (sender, wire) = Builder::new(Noting(Arc::clone(&progress)))
            .timer(TokioTimer::new())
            // Nothing is sent before the server has said how many it allows, and zero is how it shows.
            .initial_max_send_streams(0)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_header_list_size(MAX_HEAD)
            .keep_alive_interval(PING)
            .keep_alive_timeout(PING)
            .handshake(TokioIo::new(stream))
            .await?;
        let line = Arc::new(Self {
            sender,
            wire: Mutex::new(Some(wire)),
            taken: AtomicUsize::new(0),
            was_used: AtomicBool::new(true),
            is_over: AtomicBool::new(false),
            numbers,
            is_refused: AtomicBool::new(false),
            emptied: Notify::new(),
            left: Notify::new(),
        });
        tokio::spawn(drive(Arc::clone(&line), trunk, Arc::clone(&progress)));
        let settled = async {
            loop {
                let moved = progress.notified();
                if line.is_over() {
                    return Err(Failed::from(NotSpoken));
                }
                if line.allowed() > 0 {
                    return Ok(());
                }
                moved.await;
            }
        };
        match timeout(SETTINGS, settled).await {
            Ok(Ok(())) => Ok(line),
            Ok(Err(error)) => Err(error),
            Err(_) => {
                line.left.notify_one();
                Err(NoSettings.into())
            }
        }
    }

    /// A stream, where there is room for one. The caller holds the list of lines.
    pub(super) fn take(this: &Arc<Self>, is_fresh: bool) -> Option<Stream> {
        let allowed = this.allowed().min(MOST_STREAMS as usize);
        let has_room = !this.is_over() && this.taken.load(Ordering::Acquire) < allowed;
        has_room.then(|| {
            this.taken.fetch_add(1, Ordering::AcqRel);
            this.was_used.store(true, Ordering::Release);
            Stream { line: Arc::clone(this), is_fresh }
        })
    }

    /// Whether it takes no more streams. Those that there are may go on.
    pub(super) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Acquire)
            || self.numbers.is_left()
            || self.is_refused()
            || self.sender.is_closed()
    }

    /// Whether nothing goes over it any more, and nothing will.
    pub(super) fn is_gone(&self) -> bool {
        self.is_over.load(Ordering::Acquire) || (self.is_over() && self.is_idle())
    }

    fn is_refused(&self) -> bool {
        self.is_refused.load(Ordering::Acquire)
    }

    pub(super) fn is_idle(&self) -> bool {
        self.taken.load(Ordering::Acquire) == 0
    }

    /// Whether the server behind says that it has done nothing of the stream that ended like this (RFC 9113 §8.7). Where it
    /// ends the connection, streams that it may have looked at end with the same error, so it takes the number of the
    /// last one besides, and one of `begun` that lies before the stream in question.
    fn is_undone(&self, error: &hyper::Error, begun: u32) -> bool {
        let Some(cause) = error.source().and_then(|cause| cause.downcast_ref::<h2::Error>()) else {
            return false;
        };
        let is_refused = cause.is_reset() && cause.reason() == Some(h2::Reason::REFUSED_STREAM);
        cause.is_remote() && (is_refused || (cause.is_go_away() && self.numbers.excludes_behind(begun)))
    }

    /// How many streams the server behind allows now; it may say so anew at any time (RFC 9113 §6.5.2).
    fn allowed(&self) -> usize {
        self.wire().as_ref().map_or(0, Wire::current_max_send_streams)
    }

    fn wire(&self) -> MutexGuard<'_, Option<Wire>> {
        self.wire.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets a connection work, and ends it when it has been without streams for long enough.
async fn drive(line: Arc<Line>, trunk: Weak<Trunk>, progress: Arc<Notify>) {
    let work = poll_fn(|context| {
        let mut wire = line.wire();
        wire.as_mut().map_or(Poll::Ready(Ok(())), |wire| Pin::new(wire).poll(context))
    });
    let idle = async {
        loop {
            tokio::select! {
                () = sleep(IDLE) => {}
                () = line.emptied.notified() => {}
            }
            let was_used = line.was_used.swap(false, Ordering::AcqRel);
            if (!was_used || line.is_refused())
                && line.is_idle()
                && trunk.upgrade().is_none_or(|trunk| trunk.leave(&line))
            {
                return;
            }
        }
    };
    let (mut work, mut idle, mut left) = (pin!(work), pin!(idle), pin!(line.left.notified()));
    // What went wrong is told to those who wait for an answer on it.
    poll_fn(|context| {
        let is_over = work.as_mut().poll(context).is_ready()
            || idle.as_mut().poll(context).is_ready()
            || left.as_mut().poll(context).is_ready();
        if is_over { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    line.is_over.store(true, Ordering::Release);
    // A call that took a stream before and is handed over only now would wait in it for ever.
    let ended = line.wire().take();
    drop(ended);
    progress.notify_waiters();
}

impl Stream {
    /// Whether the connection was made for it.
    pub(super) const fn is_fresh(&self) -> bool {
        self.is_fresh
    }

    /// Whether nobody lets the connection work any more.
    #[cfg(test)]
    pub(super) fn has_ended(&self) -> bool {
        self.line.is_over.load(Ordering::Acquire)
    }

    /// Sends a message.
    pub(super) async fn send(self, message: Message) -> Result<(Response<Incoming>, Self), Unanswered> {
        let mut sender = self.line.sender.clone();
        let begun = self.line.numbers.begun();
        match sender.try_send_request(message).await {
            Ok(answer) => Ok((answer, self)),
            Err(mut error) => {
                let unsent = error.take_message();
                let error = error.into_error();
                self.met(&error);
                let is_undone = self.line.is_undone(&error, begun);
                Err(Unanswered { unsent, is_undone, error })
            }
        }
    }

    /// What went wrong with it. Some servers refuse every stream of a connection from some moment on, and whoever can
    /// bring that about, such as by hanging up often, would keep all other callers from being answered: on such a
    /// connection no more streams are opened (RFC 9113 §7).
    pub(crate) fn met(&self, error: &(dyn Error + 'static)) {
        let causes = std::iter::successors(Some(error), |error| (*error).source());
        let is_refused = causes.filter_map(|cause| cause.downcast_ref::<h2::Error>()).any(|cause| {
            let reason = cause.reason().filter(|_| cause.is_remote() && cause.is_reset());
            matches!(reason, Some(Reason::REFUSED_STREAM | Reason::ENHANCE_YOUR_CALM))
        });
        if is_refused {
            self.line.is_refused.store(true, Ordering::Release);
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let is_last = self.line.taken.fetch_sub(1, Ordering::AcqRel) == 1;
        // Where each stream is refused, there is a connection for each call, and none may stay.
        if is_last && self.line.is_refused() {
            self.line.emptied.notify_one();
        }
    }
}

/// Runs what hyper would have run, and says each time that something has moved.
#[derive(Clone)]
struct Noting(Arc<Notify>);

impl<F> hyper::rt::Executor<F> for Noting
where
    F: Future<Output: Send> + Send + 'static,
{
    fn execute(&self, future: F) {
        let progress = Arc::clone(&self.0);
        let mut future = Box::pin(future);
        tokio::spawn(poll_fn(move |context: &mut Context<'_>| {
            let polled = future.as_mut().poll(context);
            progress.notify_waiters();
            polled
        }));
    }
}
