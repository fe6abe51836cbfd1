//! What has been said on a connection of HTTP/2 about which streams there are? Whoever ends a connection says up to
//! which stream it may have done anything (GOAWAY, RFC 9113 §6.8), and the library that speaks for us keeps that number
//! to itself. So the frames are looked at as they pass: their heads, and those four bytes.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// RFC 9113 §4.1.
const HEAD: usize = 9;
/// RFC 9113 §3.4: what a client says before its first frame.
const PREFACE: usize = 24;
const HEADERS: u8 = 0x1;
const GOAWAY: u8 = 0x7;
/// The highest bit of a stream's number says nothing.
const NUMBER: u32 = u32::MAX >> 1;

/// The numbers of streams that were named.
#[derive(Debug)]
pub(super) struct Numbers {
    /// The highest one that we have begun, as far as it has left.
    begun: AtomicU32,
    /// The last one of which the server may have done anything.
    last: AtomicU32,
}

impl Default for Numbers {
    fn default() -> Self {
        Self { begun: AtomicU32::new(0), last: AtomicU32::new(u32::MAX) }
    }
}

impl Numbers {
    /// Every stream that is begun from now on has a higher number (RFC 9113 §5.1.1).
    pub(super) fn begun(&self) -> u32 {
        self.begun.load(Ordering::Acquire)
    }

    /// Whether the server takes no more streams here.
    pub(super) fn is_left(&self) -> bool {
        self.last.load(Ordering::Acquire) != u32::MAX
    }

    /// Whether the server says that it has done nothing of a stream that was begun behind this one.
    pub(super) fn excludes_behind(&self, begun: u32) -> bool {
        self.last.load(Ordering::Acquire) <= begun
    }
}

/// A connection of which one listens to what passes.
pub(super) struct Heard<S> {
    stream: S,
    numbers: Arc<Numbers>,
    ours: Frames,
    theirs: Frames,
}

impl<S> Heard<S> {
    pub(super) fn new(stream: S) -> (Self, Arc<Numbers>) {
        let numbers = Arc::<Numbers>::default();
        let (ours, theirs) = (Frames::behind(PREFACE), Frames::behind(0));
        (Self { stream, numbers: Arc::clone(&numbers), ours, theirs }, numbers)
    }

    fn said(&mut self, bytes: &[u8]) {
        let begun = &self.numbers.begun;
        self.ours.pass(bytes, |kind, stream, _| {
            if kind == HEADERS {
                begun.fetch_max(stream, Ordering::AcqRel);
            }
        });
    }
}

/// Where one is in a sequence of frames.
struct Frames {
    /// Bytes of which nothing is wanted.
    skip: usize,
    /// The head of a frame, and the number that its payload begins with.
    head: [u8; HEAD],
    number: [u8; 4],
    /// How much of the two is there.
    length: usize,
}

impl Frames {
    const fn behind(skip: usize) -> Self {
        Self { skip, head: [0; HEAD], number: [0; 4], length: 0 }
    }

    /// Tells of each frame: its kind, its stream, and the number that its payload begins with, where that is wanted.
    fn pass(&mut self, bytes: &[u8], mut each: impl FnMut(u8, u32, u32)) {
        let mut rest = bytes;
        loop {
            let skipped = self.skip.min(rest.len());
            self.skip -= skipped;
            rest = rest.get(skipped..).unwrap_or_default();
            let Some((byte, behind)) = rest.split_first() else { return };
            rest = behind;
            if let Some(place) = self.head.iter_mut().chain(&mut self.number).nth(self.length) {
                *place = *byte;
                self.length += 1;
            }
            let [high, middle, low, kind, _flags, stream @ ..] = self.head;
            let payload = u32::from_be_bytes([0, high, middle, low]) as usize;
            // No GOAWAY is shorter; what is shorter is none, and ends the connection.
            let wanted = if kind == GOAWAY && payload >= 4 { 4 } else { 0 };
            if self.length == HEAD + wanted {
                each(kind, u32::from_be_bytes(stream) & NUMBER, u32::from_be_bytes(self.number) & NUMBER);
                *self = Self::behind(payload - wanted);
            }
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Heard<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        let this = &mut *self;
        let last = &this.numbers.last;
        this.theirs.pass(buffer.filled().get(before..).unwrap_or_default(), |kind, _, number| {
            if kind == GOAWAY {
                // It may be said more than once, and never takes anything back.
                last.fetch_min(number, Ordering::AcqRel);
            }
        });
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Heard<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, bytes))?;
        self.said(bytes.get(..written).unwrap_or_default());
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write_vectored(cx, pieces))?;
        let mut left = written;
        for piece in pieces {
            let of_this = left.min(piece.len());
            self.said(piece.get(..of_this).unwrap_or_default());
            left -= of_this;
        }
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    fn frame(kind: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        [&length[1..], &[kind, 0], &stream.to_be_bytes(), payload].concat()
    }

    #[tokio::test]
    async fn streams_are_counted_however_the_bytes_are_cut() {
        let ours = [
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
            frame(4, 0, &[0; 6]),
            frame(HEADERS, 1, b"head"),
            // What is in a frame is no frame.
            frame(0, 1, &frame(HEADERS, 99, b"x")),
            frame(HEADERS, 3, b""),
        ]
        .concat();
        let theirs = [
            frame(4, 0, &[]),
            frame(0, 1, &frame(GOAWAY, 0, &[0; 8])),
            frame(GOAWAY, 0, &[0x80, 0, 0, 1, 0, 0, 0, 0, b'b', b'y', b'e']),
            frame(6, 0, &[0; 8]),
        ]
        .concat();
        for size in [1, 2, 7, 9, 13, 1000] {
            let (near, mut far) = tokio::io::duplex(4096);
            let (mut heard, numbers) = Heard::new(near);
            assert!(!numbers.is_left() && numbers.begun() == 0);
            for piece in ours.chunks(size) {
                heard.write_all(piece).await.unwrap();
            }
            assert_eq!(numbers.begun(), 3, "{size}");
            for piece in theirs.chunks(size) {
                far.write_all(piece).await.unwrap();
                let mut read = vec![0; piece.len()];
                heard.read_exact(&mut read).await.unwrap();
                assert_eq!(read, piece);
            }
            assert!(numbers.is_left(), "{size}");
            assert!(numbers.excludes_behind(1) && numbers.excludes_behind(3), "{size}");
            assert!(!numbers.excludes_behind(0), "{size}: stream 1 may be one that was begun behind none");
        }
    }
}
