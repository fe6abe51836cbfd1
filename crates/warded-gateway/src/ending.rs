//! Streams that have no end of their own: a client listens on a GET stream for as long as it lives. When the gateway
//! stops, such a stream ends properly, so that the client comes back elsewhere.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tokio::time::{Sleep, sleep};

/// So long may still be passed on what arrives without a pause.
const LAST_WORDS: Duration = Duration::from_secs(1);

pin_project! {
    /// A body that ends early when something happens.
    pub(crate) struct Ending<B> {
        #[pin]
        body: B,
        until: Option<Until>,
    }
}

enum Until {
    Begun(Pin<Box<dyn Future<Output = ()> + Send>>),
    Over(Pin<Box<Sleep>>),
}

impl Until {
    fn poll(&mut self, cx: &mut Context<'_>) -> Ended {
        if let Self::Begun(until) = self {
            if until.as_mut().poll(cx).is_pending() {
                return Ended::No;
            }
            *self = Self::Over(Box::pin(sleep(LAST_WORDS)));
        }
        let is_late = match self {
            Self::Begun(_) => false,
            Self::Over(words) => words.as_mut().poll(cx).is_ready(),
        };
        if is_late { Ended::AtOnce } else { Ended::WhenSilent }
    }
}

/// Whether it ends.
#[derive(PartialEq, Eq)]
enum Ended {
    No,
    WhenSilent,
    AtOnce,
}

impl<B> Ending<B> {
    pub(crate) fn at(until: impl Future<Output = ()> + Send + 'static, body: B) -> Self {
        Self { body, until: Some(Until::Begun(Box::pin(until))) }
    }
}

impl<B: Body> Body for Ending<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let this = self.project();
        let Some(until) = this.until else {
            return Poll::Ready(None);
        };
        // What has arrived is passed on first; but who never falls silent must not keep it open.
        let ended = until.poll(cx);
        if ended != Ended::AtOnce {
            match this.body.poll_frame(cx) {
                Poll::Pending if ended == Ended::WhenSilent => {}
                answer => return answer,
            }
        }
        *this.until = None;
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        self.until.is_none() || self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        // An announced length could not be kept.
        SizeHint::default()
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::{BodyExt as _, Channel};

    use super::*;

    #[tokio::test]
    async fn a_stream_ends_with_what_has_arrived() {
        let (mut sender, body) = Channel::<bytes::Bytes, std::convert::Infallible>::new(4);
        let (end, ended) = tokio::sync::oneshot::channel::<()>();
        let body = Ending::at(async move { drop(ended.await) }, body);
        sender.send_data("data: 1\n\n".into()).await.unwrap();
        end.send(()).unwrap();
        let all = body.collect().await.unwrap().to_bytes();
        assert_eq!(all, "data: 1\n\n");
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_that_never_falls_silent_ends_too() {
        let flood = futures_util::stream::repeat_with(|| {
            Ok::<_, std::convert::Infallible>(Frame::data(bytes::Bytes::from_static(b": x\n\n")))
        });
        let mut body = Box::pin(Ending::at(std::future::ready(()), http_body_util::StreamBody::new(flood)));
        assert!(body.frame().await.is_some());
        tokio::time::advance(LAST_WORDS).await;
        while body.frame().await.is_some() {
            tokio::task::yield_now().await;
        }
    }
}
