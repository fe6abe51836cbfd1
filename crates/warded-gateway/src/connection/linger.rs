//! Does the last word get through? Whoever is answered before its message has come in, such as with 413, may go on
//! writing. A socket that is closed while something lies in it unread resets the connection, and the reset overtakes the
//! answer. So only our side is closed first, and what still comes is read and dropped, up to a bound (RFC 9112 §9.6).

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use pin_project_lite::pin_project;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep},
};

/// Most that is read of what nobody wants, in bytes.
const MOST: usize = 32 * 1024 * 1024;
/// How long that may take in all, and without a byte.
const LONGEST: Duration = Duration::from_secs(10);
const SILENCE: Duration = Duration::from_secs(2);

/// How a connection of HTTP/2 begins (RFC 9113 §3.4). It tells its streams apart, and so reads what nobody wants.
const HTTP_2: &[u8] = b"PRI";

/// Whether a message was left unread, for which its sender may still be writing.
#[derive(Clone, Debug, Default)]
pub(super) struct Unfinished(Arc<AtomicBool>);

impl Unfinished {
    /// One was.
    pub(super) fn note(&self) {
        self.0.store(true, Relaxed);
    }
}

pin_project! {
    /// A connection that ends after whoever is on its other side.
    pub(super) struct Lingering<S> {
        #[pin]
        stream: S,
        unfinished: Unfinished,
        stage: Stage,
    }
}

enum Stage {
    /// Nothing has come.
    New,
    Open,
    Leaving(Leaving),
    Over,
}

/// Our side is closed.
struct Leaving {
    until: Pin<Box<Sleep>>,
    silence: Pin<Box<Sleep>>,
    read: usize,
    /// Whether more is waited for, and not only what is there looked at.
    is_awaited: bool,
}

impl<S> Lingering<S> {
    pub(super) fn new(stream: S, unfinished: Unfinished) -> Self {
        Self { stream, unfinished, stage: Stage::New }
    }
}

impl Leaving {
    /// Ends when the other side has closed its own, or has had what it gets.
    fn poll<S: AsyncRead>(&mut self, mut stream: Pin<&mut S>, cx: &mut Context<'_>) -> Poll<()> {
        let mut dropped = [0; 16 * 1024];
        loop {
            let mut buffer = ReadBuf::new(&mut dropped);
            match stream.as_mut().poll_read(cx, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    self.read = self.read.saturating_add(buffer.filled().len());
                    if self.read > MOST {
                        return Poll::Ready(());
                    }
                    self.is_awaited = true;
                    self.silence.as_mut().reset(Instant::now() + SILENCE);
                }
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending if !self.is_awaited => return Poll::Ready(()),
                Poll::Pending => break,
            }
        }
        if self.until.as_mut().poll(cx).is_ready() || self.silence.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        Poll::Pending
    }
}

impl<S: AsyncRead> AsyncRead for Lingering<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.project();
        let before = buffer.filled().len();
        ready!(this.stream.poll_read(cx, buffer))?;
        if matches!(this.stage, Stage::New) {
            let is_two = buffer.filled().get(before..).is_some_and(|first| first.starts_with(HTTP_2));
            *this.stage = if is_two { Stage::Over } else { Stage::Open };
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite> AsyncWrite for Lingering<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.project().stream.poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.project().stream.poll_write_vectored(cx, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.project().stream.poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut this = self.project();
        if !matches!(this.stage, Stage::Leaving(_)) {
            ready!(this.stream.as_mut().poll_shutdown(cx))?;
            if matches!(this.stage, Stage::Open) {
                *this.stage = Stage::Leaving(Leaving {
                    until: Box::pin(sleep(LONGEST)),
                    silence: Box::pin(sleep(SILENCE)),
                    read: 0,
                    is_awaited: this.unfinished.0.load(Relaxed),
                });
            }
        }
        if let Stage::Leaving(leaving) = this.stage {
            ready!(leaving.poll(this.stream, cx));
            *this.stage = Stage::Over;
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex},
        time::timeout,
    };

    use super::*;

    /// Our side of a connection that has begun to speak like this, and the other one.
    async fn begun(with: &[u8]) -> (Lingering<DuplexStream>, DuplexStream, Unfinished) {
        let (ours, mut theirs) = duplex(64 * 1024);
        let unfinished = Unfinished::default();
        let mut ours = Lingering::new(ours, unfinished.clone());
        theirs.write_all(with).await.unwrap();
        ours.read_exact(&mut vec![0; with.len()]).await.unwrap();
        (ours, theirs, unfinished)
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_still_writing_reads_the_last_word_afterwards() {
        let (mut ours, mut theirs, unfinished) = begun(b"POST / HTTP/1.1\r\n").await;
        unfinished.note();
        ours.write_all(b"413").await.unwrap();
        let writing = async {
            theirs.write_all(&vec![b'x'; 10 * 1024 * 1024]).await.unwrap();
            let mut said = String::new();
            theirs.read_to_string(&mut said).await.unwrap();
            drop(theirs);
            said
        };
        let (ended, said) = tokio::join!(ours.shutdown(), writing);
        ended.unwrap();
        assert_eq!(said, "413");
    }

    #[tokio::test(start_paused = true)]
    async fn who_writes_without_end_or_not_at_all_is_not_waited_for_without_end() {
        let (mut ours, mut theirs, unfinished) = begun(b"POST / HTTP/1.1\r\n").await;
        unfinished.note();
        let flood = async {
            let mut written = 0;
            while theirs.write_all(&[b'x'; 16 * 1024]).await.is_ok() {
                written += 16 * 1024;
            }
            written
        };
        let leaving = async move { ours.shutdown().await.unwrap() };
        let ((), written) = tokio::join!(leaving, flood);
        assert!((MOST..2 * MOST).contains(&written), "{written}");

        let (mut ours, _theirs, unfinished) = begun(b"POST / HTTP/1.1\r\n").await;
        unfinished.note();
        assert!(timeout(SILENCE * 2, ours.shutdown()).await.is_ok());

        let (mut ours, mut theirs, unfinished) = begun(b"POST / HTTP/1.1\r\n").await;
        unfinished.note();
        let dribbling = async {
            loop {
                tokio::time::sleep(SILENCE / 2).await;
                drop(theirs.write_all(b"x").await);
            }
        };
        tokio::select! {
            ended = timeout(LONGEST + SILENCE, ours.shutdown()) => assert!(ended.is_ok()),
            () = dribbling => {}
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_on_which_everything_was_read_ends_at_once() {
        for (begins, is_unfinished) in [(&b"GET / HTTP/1.1\r\n"[..], false), (b"PRI * HTTP/2.0\r\n", true)] {
            let (mut ours, _theirs, unfinished) = begun(begins).await;
            if is_unfinished {
                unfinished.note();
            }
            assert!(timeout(Duration::ZERO, ours.shutdown()).await.is_ok());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_lies_there_unread_says_that_somebody_is_writing() {
        let (mut ours, mut theirs, _) = begun(b"GET / HTTP/1.1\r\n").await;
        theirs.write_all(b"x: a head without an end").await.unwrap();
        assert!(timeout(SILENCE / 2, ours.shutdown()).await.is_err());
        drop(theirs);
        assert!(timeout(Duration::ZERO, ours.shutdown()).await.is_ok());
    }
}
