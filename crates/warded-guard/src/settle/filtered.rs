//! How is what is hidden kept out of a body that streams?

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Bytes, BytesMut};
use http_body::{Body as _, Frame};
use http_body_util::BodyExt as _;
use warded_core::Fault;

use super::{
    events::Events,
    room::{Taken, is_beside},
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
        self.taken.holds(self.events.room_with(data.len()))?;
        let shown = self.events.push(data)?;
        if is_beside(shown.capacity()) {
            self.taken.holds(self.events.room_with(0))?;
            return Ok(shown.into());
        }
        let mut going = self.taken.split();
        going.holds(shown.capacity())?;
        self.taken.holds(self.events.room_with(0))?;
        Ok(going.keep(shown.into()))
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
    /// There is more.
    Longer(Resumed),
}

/// Reads a body, up to a limit, and as far as there is room.
pub(super) async fn gather(mut body: Body, limit: usize, taken: &mut Taken) -> Result<Gathered, Fault> {
    let announced = body.size_hint().exact().and_then(|length| usize::try_from(length).ok());
    let announced = announced.filter(|length| *length <= limit).unwrap_or(0);
    let mut gathered = BytesMut::new();
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame.map_err(|_| Fault::UpstreamBroke)?.into_data() {
            // Most answers come in one piece, which need not be copied. Whoever made it holds it anyway.
            if gathered.is_empty() && body.is_end_stream() && data.len() <= limit {
                return Ok(Gathered::Whole(data));
            }
            let length = announced.max(gathered.len().saturating_add(data.len()));
            taken.holds(length.max(gathered.capacity()))?;
            gathered.reserve(length.saturating_sub(gathered.len()));
            taken.holds(gathered.capacity())?;
            gathered.extend_from_slice(&data);
        }
        if gathered.len() > limit {
            let begun = taken.split().keep(gathered.freeze());
            return Ok(Gathered::Longer(Resumed { begun: Some(begun), rest: body }));
        }
    }
    Ok(Gathered::Whole(gathered.freeze()))
}

/// A body of which the beginning was read already.
pub(super) struct Resumed {
    begun: Option<Bytes>,
    rest: Body,
}

impl http_body::Body for Resumed {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match self.begun.take() {
            Some(begun) => Poll::Ready(Some(Ok(Frame::data(begun)))),
            None => Pin::new(&mut self.rest).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.begun.is_none() && self.rest.is_end_stream()
    }
}
