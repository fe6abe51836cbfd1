//! Where does a message on standard input begin and end? At a newline, within a limit.

use std::io;

use bytes::Bytes;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, BufReader},
    sync::mpsc,
};

/// Largest message that is carried, in either direction.
pub(super) const MAX_MESSAGE: usize = 32 * 1024 * 1024;

/// What stands between two newlines.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    Text(Bytes),
    TooLong,
}

/// Hands on each line, until there are no more or nobody wants them.
pub(super) async fn read(input: impl AsyncRead + Unpin, ahead: mpsc::Sender<Line>) -> io::Result<()> {
    let mut lines = Lines::of(input);
    while let Some(line) = lines.next().await? {
        if ahead.send(line).await.is_err() {
            break;
        }
    }
    Ok(())
}

struct Lines<R> {
    input: BufReader<R>,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    fn of(input: R) -> Self {
        Self { input: BufReader::with_capacity(64 * 1024, input) }
    }

    /// The next line that is not blank. One that is too long is skipped to its end and told once.
    async fn next(&mut self) -> io::Result<Option<Line>> {
        loop {
            let (mut text, mut fits) = (Vec::new(), true);
            loop {
                let held = self.input.fill_buf().await?;
                if held.is_empty() {
                    // A last line without a newline was cut off; what is left of it is no message, unless it is one.
                    return Ok(match text.trim_ascii() {
                        _ if !fits => Some(Line::TooLong),
                        b"" => None,
                        whole => Some(Line::Text(Bytes::copy_from_slice(whole))),
                    });
                }
                let end = held.iter().position(|byte| *byte == b'\n');
                let part = held.get(..end.unwrap_or(held.len())).unwrap_or_default();
                fits = fits && text.len() + part.len() <= MAX_MESSAGE;
                if fits {
                    text.extend_from_slice(part);
                }
                let used = part.len() + usize::from(end.is_some());
                self.input.consume(used);
                if end.is_some() {
                    break;
                }
            }
            if !fits {
                return Ok(Some(Line::TooLong));
            }
            let whole = text.trim_ascii();
            if !whole.is_empty() {
                return Ok(Some(Line::Text(Bytes::copy_from_slice(whole))));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lines_end_at_newlines_and_blank_ones_are_skipped() {
        let mut lines = Lines::of(&b"{\"a\":1}\n\r\n  \n{\"b\":2}\r\n{\"c\":3}"[..]);
        for expected in ["{\"a\":1}", "{\"b\":2}", "{\"c\":3}"] {
            let line = Line::Text(Bytes::from_static(expected.as_bytes()));
            assert_eq!(lines.next().await.unwrap(), Some(line));
        }
        assert_eq!(lines.next().await.unwrap(), None);
        assert_eq!(lines.next().await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_line_without_an_end_does_not_fill_the_memory() {
        let mut text = vec![b'x'; MAX_MESSAGE + 1];
        text.extend_from_slice(b"\n{}\n");
        let mut lines = Lines::of(&text[..]);
        assert_eq!(lines.next().await.unwrap(), Some(Line::TooLong));
        assert_eq!(lines.next().await.unwrap(), Some(Line::Text(Bytes::from_static(b"{}"))));
    }
}
