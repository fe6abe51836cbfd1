//! Streams that have no end of their own: a client listens on a GET stream for as long as it lives. When the gateway
//! stops, such a stream ends properly, so that the client comes back elsewhere.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

pin_project! {
    /// A body that ends early when something happens.
    pub(crate) struct Ending<B> {
        #[pin]
        body: B,
        until: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    }
}

impl<B> Ending<B> {
    pub(crate) fn at(until: impl Future<Output = ()> + Send + 'static, body: B) -> Self {
        Self { body, until: Some(Box::pin(until)) }
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
        // What has arrived is passed on first.
        match this.body.poll_frame(cx) {
            Poll::Pending if until.as_mut().poll(cx).is_ready() => {
                *this.until = None;
                Poll::Ready(None)
            }
            answer => answer,
        }
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
}
