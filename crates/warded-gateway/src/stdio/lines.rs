//! Where does a line of a process end? At a newline, within a bound: a process that never ends its line must not fill
//! the memory.

use std::io;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};

/// What stands between two newlines.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Read {
    Line(Vec<u8>),
    /// Only the beginning of it.
    TooLong(Vec<u8>),
    End,
}

/// The lines of a process.
pub(super) struct Lines<R> {
    input: BufReader<R>,
    bound: usize,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    pub(super) fn of(input: R, bound: usize) -> Self {
        Self { input: BufReader::with_capacity(64 * 1024, input), bound }
    }

    /// The next line that is not blank. What is cut off by the end is no line.
    pub(super) async fn next(&mut self) -> io::Result<Read> {
        loop {
            let (mut text, mut fits) = (Vec::new(), true);
            loop {
                let held = self.input.fill_buf().await?;
                if held.is_empty() {
                    return Ok(Read::End);
                }
                let end = memchr::memchr(b'\n', held);
                let part = held.get(..end.unwrap_or(held.len())).unwrap_or_default();
                let room = self.bound.saturating_sub(text.len());
                fits = fits && part.len() <= room;
                text.extend_from_slice(part.get(..part.len().min(room)).unwrap_or_default());
                let used = part.len() + usize::from(end.is_some());
                self.input.consume(used);
                if end.is_some() {
                    break;
                }
            }
            if !fits {
                return Ok(Read::TooLong(text));
            }
            if !text.trim_ascii().is_empty() {
                return Ok(Read::Line(text));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lines_end_at_newlines_and_no_line_is_longer_than_the_bound() {
        let mut lines = Lines::of(&b"one\r\n\n  \ntwo\n123456789\nnext\ncut off"[..], 8);
        assert_eq!(lines.next().await.unwrap(), Read::Line(b"one\r".to_vec()));
        assert_eq!(lines.next().await.unwrap(), Read::Line(b"two".to_vec()));
        assert_eq!(lines.next().await.unwrap(), Read::TooLong(b"12345678".to_vec()));
        assert_eq!(lines.next().await.unwrap(), Read::Line(b"next".to_vec()));
        assert_eq!(lines.next().await.unwrap(), Read::End);
    }
}
