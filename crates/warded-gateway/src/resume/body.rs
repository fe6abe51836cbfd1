//! How do ids get sealed in a body that streams?

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::{Numbering, events::Events};

pin_project! {
    /// A stream of events whose ids are of use to its caller only.
    pub(crate) struct Numbered<B> {
        #[pin]
        body: B,
        events: Events,
    }
}

impl<B> Numbered<B> {
    pub(crate) fn over(body: B, numbering: Numbering) -> Self {
        Self { body, events: Events::of(numbering) }
    }
}

impl<B: Body<Data = Bytes>> Body for Numbered<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let mut this = self.project();
        loop {
            // A line that was cut off is dropped at the end, as readers should (§9.2.6).
            let Some(frame) = ready!(this.body.as_mut().poll_frame(cx)).transpose()? else {
                return Poll::Ready(None);
            };
            let data = match frame.into_data() {
                Ok(data) => this.events.push(&data),
                Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
            };
            if !data.is_empty() {
                return Poll::Ready(Some(Ok(Frame::data(data))));
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        // Sealed ids are longer; an announced length could not be kept.
        SizeHint::default()
    }
}
