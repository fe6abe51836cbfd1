//! How long may a body take to arrive? Whoever sends a byte a minute to something that reads bodies of strangers
//! would hold a connection for ever. Guards have a bound of their own; this one is for what is mounted beside them.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt as _;
use tokio::time::{Sleep, sleep};
use warded_guard::{Body, BoxError};

/// A body that did not arrive in time. It is an error and no end: half a form must not be read as a whole one.
#[derive(Debug, thiserror::Error)]
#[error("the body did not arrive in time")]
struct TooSlow;

struct Timely {
    body: Body,
    patience: Duration,
    /// Set as soon as something has to be waited for: nearly always all of it is there already.
    over: Option<Pin<Box<Sleep>>>,
}

/// The body, as long as it arrives in time.
pub(crate) fn in_time(body: Body, patience: Duration) -> Body {
    Timely { body, patience, over: None }.boxed_unsync()
}

impl http_body::Body for Timely {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
            return Poll::Ready(frame);
        }
        let patience = self.patience;
        let over = self.over.get_or_insert_with(|| Box::pin(sleep(patience)));
        ready!(over.as_mut().poll(cx));
        Poll::Ready(Some(Err(TooSlow.into())))
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
    use http_body::Body as _;
    use http_body_util::Channel;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(30);

    #[tokio::test(start_paused = true)]
    async fn half_a_form_is_an_error_in_the_end() {
        let (mut sender, body) = Channel::<Bytes, BoxError>::new(4);
        sender.send_data("grant_type=".into()).await.unwrap();
        let mut body = in_time(body.boxed_unsync(), PATIENCE);
        assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "grant_type=");
        assert!(body.frame().await.unwrap().unwrap_err().is::<TooSlow>());
        drop(sender);
    }

    #[tokio::test]
    async fn a_whole_one_is_as_it_was() {
        let body = in_time(crate::answer::full("a=1&b=2"), PATIENCE);
        assert_eq!(body.size_hint().exact(), Some(7));
        assert_eq!(body.collect().await.unwrap().to_bytes(), "a=1&b=2");
    }
}
