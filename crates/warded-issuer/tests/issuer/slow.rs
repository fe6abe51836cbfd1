//! Senders that never finish.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use axum::body::{Body, Bytes, HttpBody};
use http::StatusCode;

use crate::stage::Stage;

/// Half a body; the other half never comes.
struct Half(Option<&'static [u8]>);

impl HttpBody for Half {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
        match self.0.take() {
            Some(half) => Poll::Ready(Some(Ok(http_body::Frame::data(Bytes::from_static(half))))),
            None => Poll::Pending,
        }
    }
}

#[tokio::test]
async fn half_a_body_holds_no_connection() {
    let stage = Stage::open().await;
    tokio::time::pause();
    let form = "application/x-www-form-urlencoded";
    for (name, kind) in
        [("token", form), ("login", form), ("consent", form), ("register", "application/json")]
    {
        let half = Body::new(Half(Some(b"grant_type=")));
        let answer = stage.post(name, kind, half).await;
        assert_eq!(answer.status, StatusCode::REQUEST_TIMEOUT, "{name}");
    }
}
