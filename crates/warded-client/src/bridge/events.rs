//! How do events come out of a stream? `text/event-stream`, as the HTML standard reads it, within a limit.

use bytes::Bytes;

use super::lines::MAX_MESSAGE;

/// An event, or what else a stream can say.
#[derive(Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// Its data; empty in an event that only says where the stream is.
    pub data: Bytes,
    /// Whether it is a message; events of other types are for other clients.
    pub is_message: bool,
}

/// The event is larger than any message may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an event of the stream is larger than any message may be")]
#[non_exhaustive]
pub struct TooLarge;

/// Takes pieces of a stream and gives events.
#[derive(Debug, Default)]
pub struct Decoder {
    line: Vec<u8>,
    after_return: bool,
    started: bool,
    data: Vec<u8>,
    has_data: bool,
    kind: Option<Vec<u8>>,
    id: Option<Vec<u8>>,
    /// The id of the last event, to go on from.
    pub(super) last_id: Option<Vec<u8>>,
    /// How many milliseconds to wait before going on.
    pub(super) retry: Option<u32>,
}

impl Decoder {
    /// Takes a piece; events that it completes go to `events`.
    pub fn take(&mut self, piece: &[u8], events: &mut Vec<Event>) -> Result<(), TooLarge> {
        for &byte in piece {
            match byte {
                // CR LF is one end of a line, wherever the pieces were cut.
                b'\n' if self.after_return => self.after_return = false,
                b'\n' | b'\r' => {
                    self.after_return = byte == b'\r';
                    let line = std::mem::take(&mut self.line);
                    self.end_of_line(&line, events);
                }
                _ => {
                    self.after_return = false;
                    if self.line.len() + self.data.len() >= MAX_MESSAGE {
                        return Err(TooLarge);
                    }
                    self.line.push(byte);
                }
            }
        }
        Ok(())
    }

    /// For the stream that goes on where this one broke off: what was cut off comes again from its beginning.
    pub(super) fn again(self) -> Self {
        Self { last_id: self.last_id, retry: self.retry, ..Self::default() }
    }

    fn end_of_line(&mut self, line: &[u8], events: &mut Vec<Event>) {
        let line = if std::mem::replace(&mut self.started, true) {
            line
        } else {
            line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line)
        };
        if line.is_empty() {
            return self.end_of_event(events);
        }
        let at = line.iter().position(|byte| *byte == b':').unwrap_or(line.len());
        let (field, value) = line.split_at(at);
        let value = value.strip_prefix(b":").unwrap_or(value);
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match field {
            b"data" => {
                if self.has_data {
                    self.data.push(b'\n');
                }
                self.has_data = true;
                self.data.extend_from_slice(value);
            }
            b"event" => self.kind = Some(value.to_vec()),
            b"id" if !value.contains(&0) => self.id = Some(value.to_vec()),
            b"retry" if value.iter().all(u8::is_ascii_digit) => {
                self.retry = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
            }
            // A comment, or something that is not for us.
            _ => {}
        }
    }

    fn end_of_event(&mut self, events: &mut Vec<Event>) {
        // An id counts when its event is complete: an event that was cut off is sent again.
        if let Some(id) = self.id.take() {
            self.last_id = Some(id).filter(|id| !id.is_empty());
        }
        let data = std::mem::take(&mut self.data);
        let kind = self.kind.take().unwrap_or_default();
        if std::mem::take(&mut self.has_data) {
            let is_message = kind.is_empty() || kind == b"message";
            events.push(Event { data: data.into(), is_message });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(pieces: &[&str]) -> (Vec<String>, Decoder) {
        let (mut decoder, mut events) = (Decoder::default(), Vec::new());
        for piece in pieces {
            decoder.take(piece.as_bytes(), &mut events).unwrap();
        }
        let data = |event: Event| {
            let text = String::from_utf8(event.data.to_vec()).unwrap();
            if event.is_message { text } else { format!("other: {text}") }
        };
        (events.into_iter().map(data).collect(), decoder)
    }

    #[test]
    fn events_are_the_same_wherever_the_stream_is_cut() {
        let text = "\u{feff}: hello\r\nid: 1\r\nevent: message\r\ndata: {\"a\":\r\ndata:1}\r\n\r\nretry: 500\ndata\n\nevent: ping\ndata: x\n\nid: 2\ndata: é\r\r";
        let expected = ["{\"a\":\n1}", "", "other: x", "é"];
        let (whole, decoder) = decode(&[text]);
        assert_eq!(whole, expected);
        assert_eq!((decoder.last_id.as_deref(), decoder.retry), (Some(&b"2"[..]), Some(500)));
        for size in 1..7 {
            let (mut decoder, mut events) = (Decoder::default(), Vec::new());
            for piece in text.as_bytes().chunks(size) {
                decoder.take(piece, &mut events).unwrap();
            }
            assert_eq!(events.len(), expected.len());
            assert_eq!(decoder.last_id.as_deref(), Some(&b"2"[..]));
        }
    }

    #[test]
    fn an_event_that_was_cut_off_does_not_count() {
        let (events, decoder) = decode(&["id: 1\ndata: a\n\n", "id: 2\ndata: b\n"]);
        assert_eq!(events, ["a"]);
        assert_eq!(decoder.last_id.as_deref(), Some(&b"1"[..]));
    }

    #[test]
    fn an_id_may_reset_and_never_holds_a_zero() {
        let (_, decoder) = decode(&["id: 1\ndata: a\n\nid\ndata: b\n\n"]);
        assert_eq!(decoder.last_id, None);
        let (_, decoder) = decode(&["id: 1\ndata: a\n\nid: x\0y\ndata: b\n\n"]);
        assert_eq!(decoder.last_id.as_deref(), Some(&b"1"[..]));
        let (_, decoder) = decode(&["retry: 1x\n\nretry: 99999999999999\n\n"]);
        assert_eq!(decoder.retry, None);
    }

    #[test]
    fn an_event_without_an_end_does_not_fill_the_memory() {
        let mut decoder = Decoder::default();
        let mut events = Vec::new();
        let piece = vec![b'x'; MAX_MESSAGE + 1];
        assert_eq!(decoder.take(&piece, &mut events), Err(TooLarge));
    }
}
