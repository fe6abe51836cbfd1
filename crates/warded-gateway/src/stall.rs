//! Does the other side still read what it is sent? Whoever asks and then reads nothing would hold a connection, and
//! what is ready for it, for ever: TCP goes on asking politely whether there is room by now.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use pin_project_lite::pin_project;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};

pin_project! {
    /// A connection that ends when it does not take what it is sent.
    pub(crate) struct Unstalled<S> {
        #[pin]
        stream: S,
        // How long it may take not one byte of what is ready for it.
        patience: Duration,
        // Runs while something is ready and nothing is taken.
        waiting: Option<Pin<Box<Sleep>>>,
    }
}

impl<S> Unstalled<S> {
    pub(crate) fn new(stream: S, patience: Duration) -> Self {
        Self { stream, patience, waiting: None }
    }
}

/// A write that made no progress is an error after a while.
fn bounded(
    patience: Duration,
    waiting: &mut Option<Pin<Box<Sleep>>>,
    written: Poll<io::Result<usize>>,
    cx: &mut Context<'_>,
) -> Poll<io::Result<usize>> {
    if written.is_ready() {
        *waiting = None;
        return written;
    }
    ready!(waiting.get_or_insert_with(|| Box::pin(sleep(patience))).as_mut().poll(cx));
    Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
}

impl<S: AsyncRead> AsyncRead for Unstalled<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.project().stream.poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite> AsyncWrite for Unstalled<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.project();
        bounded(*this.patience, this.waiting, this.stream.poll_write(cx, bytes), cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.project();
        bounded(*this.patience, this.waiting, this.stream.poll_write_vectored(cx, pieces), cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.project().stream.poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.project().stream.poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use http::Response;
    use http_body_util::Full;
    use hyper::{server::conn::http1, service::service_fn};
    use hyper_util::rt::TokioIo;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    const PATIENCE: Duration = Duration::from_mins(1);

    #[tokio::test(start_paused = true)]
    async fn a_connection_ends_whose_caller_asks_and_does_not_read() {
        let (ours, mut theirs) = duplex(1024);
        theirs.write_all(b"GET / HTTP/1.1\r\nhost: here\r\n\r\n").await.unwrap();
        let answer = service_fn(async |_| {
            Ok::<_, Infallible>(Response::new(Full::new(bytes::Bytes::from(vec![b'x'; 64 * 1024]))))
        });
        let ended = http1::Builder::new()
            .serve_connection(TokioIo::new(Unstalled::new(ours, PATIENCE)), answer)
            .await;
        assert!(ended.is_err());
        drop(theirs);
    }

    #[tokio::test(start_paused = true)]
    async fn who_reads_nothing_is_not_waited_for() {
        let (ours, theirs) = duplex(8);
        let error = Unstalled::new(ours, PATIENCE).write_all(&[0; 64]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        drop(theirs);
    }

    #[tokio::test(start_paused = true)]
    async fn who_reads_slowly_gets_everything() {
        let (ours, mut theirs) = duplex(8);
        let reading = async {
            let mut all = Vec::new();
            while all.len() < 64 {
                sleep(PATIENCE / 2).await;
                theirs.read_buf(&mut all).await.unwrap();
            }
        };
        let mut ours = Unstalled::new(ours, PATIENCE);
        let (written, ()) = tokio::join!(ours.write_all(&[0; 64]), reading);
        written.unwrap();
    }
}
