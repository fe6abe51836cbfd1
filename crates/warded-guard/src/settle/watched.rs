//! How did the answer end? A body that closes its record once: at its end, when it breaks, when it is dropped.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http::StatusCode;
use http_body::{Body as _, Frame, SizeHint};
use http_body_util::BodyExt as _;
use tokio::time::Sleep;
use warded_store::journal::Outcome;

use crate::{Body, BoxError, record::Record};

/// Watches a body, and ends it where it goes on for too long.
pub(super) fn until_its_end(
    inner: Body,
    status: StatusCode,
    record: Record,
    patience: Option<Duration>,
) -> Body {
    let over = patience.map(|patience| Box::pin(tokio::time::sleep(patience)));
    Watched { inner, status, bytes: 0, record: Some(record), over }.boxed_unsync()
}

struct Watched {
    inner: Body,
    status: StatusCode,
    bytes: u64,
    record: Option<Record>,
    /// The token does not live for longer.
    over: Option<Pin<Box<Sleep>>>,
}

impl Watched {
    fn ends(&mut self, outcome: Outcome) {
        if let Some(record) = self.record.take() {
            record.ends(outcome, self.status.as_u16(), self.bytes);
        }
    }
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if self.record.is_none() {
            return Poll::Ready(None);
        }
        if self.over.as_mut().is_some_and(|over| over.as_mut().poll(context).is_ready()) {
            self.ends(Outcome::Answered);
            return Poll::Ready(None);
        }
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(context));
        match &frame {
            Some(Ok(frame)) => {
                let bytes = frame.data_ref().map_or(0, bytes::Buf::remaining);
                self.bytes = self.bytes.saturating_add(bytes as u64);
            }
            Some(Err(_)) => self.ends(Outcome::Broken),
            None => self.ends(Outcome::Answered),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl Drop for Watched {
    /// A body that says that it has ended is not asked again, so being dropped is how it ends.
    fn drop(&mut self) {
        let outcome = if self.inner.is_end_stream() { Outcome::Answered } else { Outcome::Abandoned };
        self.ends(outcome);
    }
}
