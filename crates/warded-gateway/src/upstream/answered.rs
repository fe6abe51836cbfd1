//! What comes of an answer once its head is there? A body that goes silent without being a stream of events ends with an
//! error, never as if it were whole; and what it came over is given back when it is over.

use std::{
    error::Error,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use pin_project_lite::pin_project;
use tokio::time::{Sleep, sleep};

use super::{kept::Taken, streams::Stream};

/// What an answer comes over, given back when it is over.
pub(super) enum Way {
    /// A connection of HTTP/1.1.
    One(Taken),
    /// A stream of HTTP/2.
    Two(Stream),
}

pin_project! {
    /// The body of an answer.
    pub(crate) struct Answered<B = Incoming> {
        #[pin]
        body: B,
        silence: Option<Duration>,
        // Runs while nothing comes.
        waiting: Option<Pin<Box<Sleep>>>,
        // Given back when it is dropped, which is after the body.
        way: Option<Way>,
    }
}

/// Why a body ended before its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BrokenOff<E> {
    /// The connection says so.
    #[error("the answer of the server behind broke off")]
    Wire(#[source] E),
    /// It sent nothing for too long.
    #[error("the server behind sent nothing of its answer for too long")]
    Silent,
}

impl<B> Answered<B> {
    /// A body that may be silent for so long, and for ever where nothing is said.
    pub(super) fn new(body: B, silence: Option<Duration>, way: impl Into<Option<Way>>) -> Self {
        Self { body, silence, waiting: None, way: way.into() }
    }

    /// Whether it is a stream of events.
    pub(crate) const fn is_stream(&self) -> bool {
        self.silence.is_none()
    }
}

impl<B: Body<Data = Bytes, Error: Error + 'static>> Body for Answered<B> {
    type Data = Bytes;
    type Error = BrokenOff<B::Error>;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff<B::Error>>>> {
        let this = self.project();
        let polled = match this.way {
            Some(Way::One(taken)) => taken.poll_frame(this.body, context),
            Some(Way::Two(_)) | None => this.body.poll_frame(context),
        };
        if let Poll::Ready(frame) = polled {
            *this.waiting = None;
            if let (Some(Err(error)), Some(Way::Two(stream))) = (&frame, this.way) {
                stream.met(error);
            }
            return Poll::Ready(frame.map(|frame| frame.map_err(BrokenOff::Wire)));
        }
        let Some(silence) = *this.silence else { return Poll::Pending };
        let waiting = this.waiting.get_or_insert_with(|| Box::pin(sleep(silence)));
        waiting.as_mut().poll(context).map(|()| Some(Err(BrokenOff::Silent)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use http_body_util::{BodyExt as _, Channel};
    use tokio::time::timeout;

    use super::*;

    const SILENCE: Duration = Duration::from_mins(1);

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_goes_silent_is_an_error_and_no_end() {
        let (mut sender, body) = Channel::<Bytes, Infallible>::new(4);
        let mut body = Answered::new(body, Some(SILENCE), None);
        sender.send_data("{\"jsonrpc\":".into()).await.unwrap();
        assert!(body.frame().await.unwrap().is_ok());
        assert!(matches!(body.frame().await, Some(Err(BrokenOff::Silent))));
        drop(sender);
    }

    #[tokio::test(start_paused = true)]
    async fn who_sends_now_and_then_is_listened_to_for_ever() {
        let (mut sender, body) = Channel::<Bytes, Infallible>::new(4);
        let sending = async move {
            for _ in 0..10 {
                sleep(SILENCE / 2).await;
                sender.send_data(" ".into()).await.unwrap();
            }
        };
        let (all, ()) = tokio::join!(Answered::new(body, Some(SILENCE), None).collect(), sending);
        assert_eq!(all.unwrap().to_bytes().len(), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_of_events_may_be_silent() {
        let (sender, body) = Channel::<Bytes, Infallible>::new(4);
        let mut body = Answered::new(body, None, None);
        assert!(timeout(SILENCE * 1000, body.frame()).await.is_err());
        drop(sender);
    }
}
