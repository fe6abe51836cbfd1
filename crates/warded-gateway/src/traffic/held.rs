//! A body that says when it is gone.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

pin_project! {
    /// A body, and what is done when nobody holds it any more.
    pub(super) struct Held<B, F: FnMut()> {
        #[pin]
        body: B,
        over: F,
    }

    impl<B, F: FnMut()> PinnedDrop for Held<B, F> {
        fn drop(this: Pin<&mut Self>) {
            (this.project().over)();
        }
    }
}

impl<B, F: FnMut()> Held<B, F> {
    pub(super) const fn until(body: B, over: F) -> Self {
        Self { body, over }
    }
}

impl<B: Body, F: FnMut()> Body for Held<B, F> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        self.project().body.poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
