//! How is what is hidden kept out of a body that streams?

use std::{
    mem,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Bytes, BytesMut};
use http_body::{Body as _, Frame};
use http_body_util::BodyExt as _;
use warded_core::Fault;

use super::{
    events::Events,
    room::{FREE, NoRoom, SMALL, Taken},
};
use crate::{Body, BoxError};

/// A stream of events without what is hidden.
pub(super) fn events(inner: Body, events: Events, taken: Taken) -> Body {
    Filtered { inner, events, taken, last: None, is_over: false }.boxed_unsync()
}

struct Filtered {
    inner: Body,
    events: Events,
    /// The room of what is held back.
    taken: Taken,
    /// What ended the data, while the rest of it goes out first.
    last: Option<Frame<Bytes>>,
    is_over: bool,
}

impl Filtered {
    /// What may go out once this chunk is in, with the room that it takes until it has.
    fn shown(&mut self, data: &[u8]) -> Result<Bytes, BoxError> {
        let shown = match self.taken.holds(self.events.room_with(data.len())) {
            Ok(()) => self.events.push(data)?,
            Err(no_room) if self.events.must_be_looked_at() => return Err(no_room.into()),
            // The call was made, and its answer is not the caller's to lose: it passes, as one that is too long.
            Err(NoRoom) => self.events.push_unheld(data, FREE)?,
        };
        if shown.is_empty() {
            self.holds_rest()?;
            return Ok(Bytes::new());
        }
        let mut going = self.taken.split();
        let counted = going.holds(shown.capacity());
        if self.events.must_be_looked_at() {
            counted?;
        }
        self.holds_rest()?;
        Ok(going.keep(shown.into()))
    }

    /// Counts what is still held back.
    fn holds_rest(&mut self) -> Result<(), NoRoom> {
        let counted = self.taken.holds(self.events.room_with(0));
        if self.events.must_be_looked_at() { counted } else { Ok(()) }
    }
}

impl http_body::Body for Filtered {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        loop {
            if self.is_over {
                return Poll::Ready(self.last.take().map(Ok));
            }
            let shown = match ready!(Pin::new(&mut self.inner).poll_frame(context)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => match self.shown(&data) {
                        Ok(shown) => shown,
                        Err(unshown) => {
                            self.is_over = true;
                            return Poll::Ready(Some(Err(unshown)));
                        }
                    },
                    Err(trailers) => {
                        self.is_over = true;
                        self.last = Some(trailers);
                        self.events.finish();
                        continue;
                    }
                },
                Some(Err(error)) => {
                    self.is_over = true;
                    return Poll::Ready(Some(Err(error)));
                }
                None => {
                    self.is_over = true;
                    self.events.finish();
                    continue;
                }
            };
            if !shown.is_empty() {
                return Poll::Ready(Some(Ok(Frame::data(shown))));
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.last.is_none() && (self.is_over || (self.inner.is_end_stream() && self.events.is_empty()))
    }
}

/// A body that was read up to a limit.
pub(super) enum Gathered {
    /// All of it.
    Whole(Bytes),
    /// There is more than can be held, and what is wrong with that where all of it must be looked at.
    Longer(Resumed, Fault),
}

/// Reads a body, up to a limit, and as far as there is room.
pub(super) async fn gather(mut body: Body, limit: usize, taken: &mut Taken) -> Result<Gathered, Fault> {
    let announced = body.size_hint().exact().and_then(|length| usize::try_from(length).ok());
    let announced = announced.filter(|length| *length <= limit).unwrap_or(0);
    let mut gathered = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Fault::UpstreamBroke)?.into_data() else { continue };
        let length = gathered.len().saturating_add(data.len());
        // Most answers come in one piece.
        if gathered.is_empty() && body.is_end_stream() && length <= limit && taken.holds(length).is_ok() {
            // A small piece would keep the whole buffer that it was cut out of, which nobody counts.
            let whole = if length <= SMALL { Bytes::copy_from_slice(&data) } else { data };
            return Ok(Gathered::Whole(whole));
        }
        let too_much = if length > limit {
            Some(Fault::UpstreamUnusable)
        } else {
            grown(&mut gathered, length.max(announced), taken).err().map(Fault::from)
        };
        if let Some(fault) = too_much {
            let begun = taken.split().keep(gathered.freeze());
            return Ok(Gathered::Longer(Resumed { begun: [begun, data], rest: body }, fault));
        }
        gathered.extend_from_slice(&data);
    }
    Ok(Gathered::Whole(gathered.freeze()))
}

/// Makes room for so much, where there is some.
fn grown(gathered: &mut BytesMut, length: usize, taken: &mut Taken) -> Result<(), NoRoom> {
    taken.holds(length.max(gathered.capacity()))?;
    gathered.reserve(length.saturating_sub(gathered.len()));
    taken.holds(gathered.capacity())
}

/// A body of which the beginning was read already.
pub(super) struct Resumed {
    begun: [Bytes; 2],
    rest: Body,
}

impl http_body::Body for Resumed {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match self.begun.iter_mut().find(|begun| !begun.is_empty()) {
            Some(begun) => Poll::Ready(Some(Ok(Frame::data(mem::take(begun))))),
            None => Pin::new(&mut self.rest).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.begun.iter().all(Bytes::is_empty) && self.rest.is_end_stream()
    }
}
