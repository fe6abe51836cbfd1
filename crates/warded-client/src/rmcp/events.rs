//! How large may an event become before it is whole? As large as the SDK says: a stream that never ends an event would fill
//! the memory.

use futures_util::{StreamExt as _, stream};
use sse_stream::SseStream;

use super::Events;
use crate::{fetch::FetchFailed, fetch::Streaming};

/// Largest event where the SDK says nothing.
pub(super) const LARGEST: usize = 16 * 1024 * 1024;

/// Why a stream ended.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error(transparent)]
    Fetch(#[from] FetchFailed),
    #[error("an event of the stream is larger than any message may be")]
    TooLarge,
}

/// The events of a stream. Dropping them closes the connection.
pub(super) fn events(body: Streaming, largest: usize) -> Events {
    let pieces = stream::try_unfold((body, Room::new(largest)), |(mut body, mut room)| async move {
        let Some(piece) = body.next().await.transpose()? else {
            return Ok(None);
        };
        if !room.holds(&piece) {
            return Err(Ended::TooLarge);
        }
        Ok(Some((piece, (body, room))))
    });
    // An error is the end of it: what comes behind may be the rest of something.
    SseStream::from_bytes_stream(pieces).boxed()
}

/// How much of an event is there so far.
struct Room {
    largest: usize,
    held: usize,
    line_is_empty: bool,
    after_return: bool,
}

impl Room {
    const fn new(largest: usize) -> Self {
        Self { largest, held: 0, line_is_empty: true, after_return: false }
    }

    /// Whether there is room for a piece.
    fn holds(&mut self, piece: &[u8]) -> bool {
        for &byte in piece {
            match byte {
                // CR LF is one end of a line, and no empty line, wherever the pieces were cut.
                b'\n' if self.after_return => self.after_return = false,
                b'\n' | b'\r' => {
                    self.after_return = byte == b'\r';
                    if self.line_is_empty {
                        self.held = 0;
                    }
                    self.line_is_empty = true;
                }
                _ => {
                    (self.after_return, self.line_is_empty) = (false, false);
                    self.held += 1;
                }
            }
            if self.held > self.largest {
                return false;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_bounded_and_a_stream_of_them_is_not() {
        for end in ["\n", "\r\n", "\r"] {
            for size in 1..9 {
                let event = format!("id: 1{end}data: {}{end}{end}", "x".repeat(9));
                let mut room = Room::new(20);
                let stream = event.repeat(50);
                assert!(stream.as_bytes().chunks(size).all(|piece| room.holds(piece)), "{end:?} {size}");
                let mut room = Room::new(19);
                assert!(!stream.as_bytes().chunks(size).all(|piece| room.holds(piece)), "{end:?} {size}");
            }
        }
    }

    #[test]
    fn many_lines_are_one_event() {
        for end in ["\n", "\r\n", "\r"] {
            let mut room = Room::new(1000);
            let line = format!("data: {}{end}", "x".repeat(94));
            assert_eq!((0..12).take_while(|_| room.holds(line.as_bytes())).count(), 10, "{end:?}");
        }
    }
}
