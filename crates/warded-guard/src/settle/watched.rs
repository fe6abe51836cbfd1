//! How did the answer end? A body that closes its record once: at its end, when it breaks, when it is dropped.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::StatusCode;
use http_body::{Body as _, Frame, SizeHint};
use http_body_util::BodyExt as _;
use warded_store::journal::Outcome;

use super::vigil::{Over, Vigil};
use crate::{Body, BoxError, ledger::CallingOff, record::Record};

/// The token was taken back while its answer was on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the token was taken back before the answer had ended")]
struct TakenBack;

/// Watches a body, and ends it where its token no longer stands. What it calls off is called off until then.
pub(super) fn until_its_end(
    inner: Body,
    status: StatusCode,
    record: Record,
    vigil: Vigil,
    calling_off: Option<CallingOff>,
) -> Body {
    Watched { inner, status, bytes: 0, record: Some(record), vigil, lasts: false, _calling_off: calling_off }
        .boxed_unsync()
}

struct Watched {
    inner: Body,
    status: StatusCode,
    bytes: u64,
    record: Option<Record>,
    vigil: Vigil,
    /// Whether it did not end with its first piece. Most do, and nobody need watch over those.
    lasts: bool,
    _calling_off: Option<CallingOff>,
}

impl Watched {
    /// How it ends where its token no longer stands.
    fn over(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match ready!(self.vigil.poll_over(context)) {
            Over::Ended => {
                self.ends(Outcome::Answered);
                Poll::Ready(None)
            }
            Over::TakenBack => {
                self.ends(Outcome::Broken);
                Poll::Ready(Some(Err(TakenBack.into())))
            }
        }
    }

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
        if self.lasts
            && let Poll::Ready(end) = self.over(context)
        {
            return Poll::Ready(end);
        }
        if !self.lasts && self.vigil.has_ended() {
            self.ends(Outcome::Answered);
            return Poll::Ready(None);
        }
        let frame = Pin::new(&mut self.inner).poll_frame(context);
        let is_first = !std::mem::replace(&mut self.lasts, true);
        let frame = match frame {
            Poll::Ready(frame) => frame,
            Poll::Pending if is_first => return self.over(context),
            Poll::Pending => return Poll::Pending,
        };
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
