//! How do calls share connections of HTTP/2? Each connection takes as many streams as the server behind allows, and no
//! more: a call that found them all taken by streams that last would wait for ever. It gets a connection of its own.

mod heard;
mod line;
#[cfg(test)]
mod neighbours;
#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use http::{Response, Uri};
use hyper::body::Incoming;
use warded_core::Fault;
use warded_guard::Unsent;

pub(super) use self::line::Stream;
use self::line::{Line, Message, Unanswered};
use super::{Connector, fault};

/// Most connections to one server behind. A server that allows one stream at a time would make one of each call.
const MOST_LINES: usize = 256;

/// Every server behind that is spoken to in HTTP/2, by scheme, host and port.
#[derive(Clone)]
pub(super) struct Streams {
    connector: Connector,
    trunks: Arc<Mutex<HashMap<String, Arc<Trunk>>>>,
}

/// The connections to one server behind.
pub(super) struct Trunk {
    connector: Connector,
    uri: Uri,
    lines: Mutex<Vec<Arc<Line>>>,
    /// One is opened at a time; whoever waits looks first whether it was opened for all of them.
    opening: tokio::sync::Mutex<()>,
    failures: AtomicU64,
}

impl Streams {
    pub(super) fn over(connector: Connector) -> Self {
        Self { connector, trunks: Arc::default() }
    }

    /// The way to the server behind that this URL names. It is there for as long as the process: its connections end by
    /// themselves.
    pub(super) fn to(&self, uri: &Uri) -> Arc<Trunk> {
        let scheme = uri.scheme_str().unwrap_or_default();
        let authority = uri.authority().map(|authority| authority.as_str().to_ascii_lowercase());
        let key = format!("{scheme}://{}", authority.unwrap_or_default());
        let mut trunks = self.trunks.lock().unwrap_or_else(PoisonError::into_inner);
        let trunk = trunks.entry(key).or_insert_with(|| {
            Arc::new(Trunk {
                connector: self.connector.clone(),
                uri: uri.clone(),
                lines: Mutex::default(),
                opening: tokio::sync::Mutex::default(),
                failures: AtomicU64::new(0),
            })
        });
        Arc::clone(trunk)
    }
}

impl Trunk {
    /// Sends a message on a stream of its own; once more, where the server behind says that it has done nothing of it.
    pub(super) async fn send(
        self: &Arc<Self>,
        message: Message,
        server: &str,
        unsent: &Unsent,
    ) -> Result<(Response<Incoming>, Stream), Fault> {
        let (mut message, mut again) = (message.clone(), Some(message));
        loop {
            let stream = self.stream(server).await?;
            let is_fresh = stream.is_fresh();
            unsent.is_sent();
            let Unanswered { unsent: whole, is_undone, error } = match stream.send(message).await {
                Ok(answered) => return Ok(answered),
                Err(unanswered) => unanswered,
            };
            let is_sent = whole.is_none() && !is_undone;
            message = match whole {
                // Not one byte of it was sent: the connection had ended while nobody looked. A new one is another matter.
                Some(whole) if !is_fresh => whole,
                None if is_undone => match again.take() {
                    Some(once_more) => once_more,
                    None => return Err(fault::of_http(&error, is_sent, server)),
                },
                _ => return Err(fault::of_http(&error, is_sent, server)),
            };
            unsent.is_unsent();
        }
    }

    /// Room for one stream, on a connection that is there or on a new one.
    async fn stream(self: &Arc<Self>, server: &str) -> Result<Stream, Fault> {
        if let Some(stream) = self.free() {
            return Ok(stream);
        }
        let failures = self.failures.load(Ordering::Acquire);
        let _turn = self.opening.lock().await;
        if let Some(stream) = self.free() {
            return Ok(stream);
        }
        // Who waited for this turn would each wait as long once more for a server that does not answer.
        if self.failures.load(Ordering::Acquire) != failures {
            return Err(Fault::UpstreamUnreachable);
        }
        if self.lock().len() >= MOST_LINES {
            tracing::warn!(server, most = MOST_LINES, request = %warded_guard::request::current(), "as many connections lead to the server behind as may");
            return Err(Fault::ServerBusy);
        }
        let opened = Line::open(self.connector.clone(), self.uri.clone(), Arc::downgrade(self)).await;
        let line = opened.map_err(|error| {
            self.failures.fetch_add(1, Ordering::AcqRel);
            fault::of_connecting(&*error, server)
        })?;
        let stream = Line::take(&line, true).ok_or(Fault::UpstreamUnreachable)?;
        self.lock().push(line);
        Ok(stream)
    }

    /// The first connection with room: the last ones run empty, and end.
    fn free(&self) -> Option<Stream> {
        let mut lines = self.lock();
        // One that takes no more streams counts for as long as it has some.
        lines.retain(|line| !line.is_gone());
        lines.iter().find_map(|line| Line::take(line, false))
    }

    /// Ends a connection on which nothing happens.
    fn leave(&self, line: &Line) -> bool {
        let mut lines = self.lock();
        // Nobody takes a stream on it while this is held.
        let is_idle = line.is_idle();
        if is_idle {
            lines.retain(|other| !std::ptr::eq(Arc::as_ptr(other), line));
        }
        is_idle
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Line>>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Trunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Trunk({})", self.uri)
    }
}
