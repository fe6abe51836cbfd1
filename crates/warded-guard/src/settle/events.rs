//! Where does one event of a stream end? Takes a stream of events apart, and shows of each what its caller may see.
//!
//! An event is held until it is whole, and no longer; what shows nothing hidden goes out byte for byte. The grammar
//! is that of the HTML standard, Server-sent events, §9.2.5: lines end with CRLF, LF or CR, in any chunks.

use super::{Awaits, list};
use crate::authorize::Sight;

/// The longest event that is looked at.
const MAX_EVENT_BYTES: usize = 32 * 1024 * 1024;

/// A byte order mark.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// An event that is not passed on: what it lists might be hidden.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unshown {
    /// Longer than anything that could be looked at.
    #[error("an event of the answer is longer than {MAX_EVENT_BYTES} bytes")]
    TooLong,
    /// Not one JSON text, where it may be a list.
    #[error("an event that may be a list is not one JSON text")]
    Unreadable,
}

/// A stream that is being taken apart.
#[derive(Debug)]
pub(super) struct Events {
    sight: Sight,
    /// What arrived of the event, as it arrived.
    held: Vec<u8>,
    /// Where the last line of it begins.
    line: usize,
    /// Whether a line feed that comes next still belongs to the line before.
    after_return: bool,
    /// Whether what is held is the beginning of the stream.
    is_first: bool,
    awaits: Awaits,
    passing: Option<Passing>,
    limit: usize,
}

/// An event that is too long to be looked at, on its way.
#[derive(Clone, Copy, Debug)]
struct Passing {
    /// Whether nothing of the line was there yet.
    is_blank: bool,
}

impl Events {
    pub(super) fn within(sight: Sight, awaits: Awaits) -> Self {
        Self {
            sight,
            held: Vec::new(),
            line: 0,
            after_return: false,
            is_first: true,
            awaits,
            passing: None,
            limit: MAX_EVENT_BYTES,
        }
    }

    /// What may go out once this chunk is in.
    pub(super) fn push(&mut self, chunk: &[u8]) -> Result<Vec<u8>, Unshown> {
        let mut out = Vec::with_capacity(chunk.len());
        for byte in chunk {
            let completes_return = std::mem::take(&mut self.after_return) && *byte == b'\n';
            if completes_return && self.held.is_empty() {
                out.push(*byte);
                continue;
            }
            if let Some(passing) = &mut self.passing {
                out.push(*byte);
                if matches!(byte, b'\n' | b'\r') {
                    self.after_return = *byte == b'\r';
                    if passing.is_blank {
                        self.passing = None;
                    } else {
                        passing.is_blank = true;
                    }
                } else {
                    passing.is_blank = false;
                }
                continue;
            }
            self.held.push(*byte);
            if completes_return {
                self.line = self.held.len();
            } else if matches!(byte, b'\n' | b'\r') {
                self.after_return = *byte == b'\r';
                self.end_line(&mut out)?;
            } else if self.held.len() > self.limit {
                if self.awaits.is_looked_at() {
                    return Err(Unshown::TooLong);
                }
                // The answer to a call may be as long as it likes, as where it comes in one piece.
                out.extend(std::mem::take(&mut self.held));
                (self.line, self.is_first) = (0, false);
                self.passing = Some(Passing { is_blank: false });
            }
        }
        Ok(out)
    }

    /// The same where no more than so many bytes can be held of an event: what is longer passes.
    pub(super) fn push_unheld(&mut self, chunk: &[u8], most: usize) -> Result<Vec<u8>, Unshown> {
        let limit = std::mem::replace(&mut self.limit, most);
        let shown = self.push(chunk);
        self.limit = limit;
        shown
    }

    /// Whether nothing may pass that was not looked at.
    pub(super) fn must_be_looked_at(&self) -> bool {
        self.awaits.is_looked_at()
    }

    /// The stream has ended. An event that was cut off is dropped, as readers should (§9.2.6): not all do, and nobody
    /// can say what it would have shown.
    pub(super) fn finish(&mut self) {
        self.held.clear();
    }

    /// Whether nothing is held back.
    pub(super) fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// How many bytes of memory what is held back takes, and would with so many more.
    pub(super) fn room_with(&self, more: usize) -> usize {
        self.held.capacity().max(self.held.len().saturating_add(more))
    }

    fn end_line(&mut self, out: &mut Vec<u8>) -> Result<(), Unshown> {
        let is_first = self.line == 0;
        let line = self.held.get(self.line..).unwrap_or_default();
        let is_blank = line.len() == 1;
        // A comment keeps a connection alive, and comes alone; held back, it would not.
        let is_lone_comment = is_first && line.first() == Some(&b':');
        if is_blank || is_lone_comment {
            self.line = 0;
            let event = std::mem::take(&mut self.held);
            out.extend(self.shown(event)?);
            self.is_first = false;
        } else {
            self.line = self.held.len();
        }
        Ok(())
    }

    fn shown(&self, mut event: Vec<u8>) -> Result<Vec<u8>, Unshown> {
        // A byte order mark stands before the first line of a stream, and is none of it; before any other it is a letter.
        let rest = event.strip_prefix(MARK).filter(|_| self.is_first).map(<[u8]>::to_vec);
        let mut out = Vec::new();
        if let Some(rest) = rest {
            out.extend_from_slice(MARK);
            event = rest;
        }
        let data = lines(&event).filter_map(|line| line.data()).collect::<Vec<_>>().join(&b'\n');
        if self.awaits.may_be_list() && !list::is_readable(&data) {
            return Err(Unshown::Unreadable);
        }
        match list::within(&self.sight, &data) {
            Some(shown) => out.extend(with_data(&event, &shown)),
            None => out.extend(event),
        }
        Ok(out)
    }
}

/// The event with other data: its first line of data gives way to the new ones, the others go.
fn with_data(event: &[u8], data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(event.len());
    let mut data = Some(data);
    for line in lines(event) {
        if line.data().is_none() {
            out.extend_from_slice(line.content);
            out.extend_from_slice(line.end);
        } else if let Some(data) = data.take() {
            for part in data.split(|byte| *byte == b'\n') {
                out.extend_from_slice(b"data: ");
                out.extend_from_slice(part);
                out.extend_from_slice(line.end);
            }
        }
    }
    out
}

/// A line, and what ended it.
struct Line<'e> {
    content: &'e [u8],
    end: &'e [u8],
}

impl<'e> Line<'e> {
    /// The value of a `data` field.
    fn data(&self) -> Option<&'e [u8]> {
        match self.content.strip_prefix(b"data")? {
            [] => Some(b""),
            [b':', b' ', value @ ..] | [b':', value @ ..] => Some(value),
            _ => None,
        }
    }
}

fn lines(event: &[u8]) -> impl Iterator<Item = Line<'_>> {
    let mut rest = event;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let at = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len());
        let (content, tail) = rest.split_at(at);
        let length = if tail.starts_with(b"\r\n") { 2 } else { tail.len().min(1) };
        let (end, tail) = tail.split_at(length);
        rest = tail;
        Some(Line { content, end })
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn events() -> Events {
        Events::within(list::tests::sight(), Awaits::Answer)
    }

    fn whole(text: &str) -> String {
        in_chunks(text.as_bytes(), &[])
    }

    fn in_chunks(text: &[u8], cuts: &[usize]) -> String {
        let mut events = events();
        let mut out = Vec::new();
        let mut at = 0;
        for cut in cuts.iter().copied().chain([text.len()]) {
            let cut = cut.clamp(at, text.len());
            out.extend(events.push(&text[at..cut]).unwrap());
            at = cut;
        }
        events.finish();
        String::from_utf8(out).unwrap()
    }

    const LIST: &str = r#"{"result":{"tools":[{"name":"read"},{"name":"wipe"}]}}"#;
    const SHOWN: &str = r#"{"result":{"tools":[{"name":"read"}]}}"#;

    #[test]
    fn a_list_loses_its_hidden_tools_and_the_event_nothing_else() {
        for end in ["\n", "\r\n", "\r"] {
            let event = |data: &str| {
                ["event: message", "id: 7", &format!("data: {data}"), "retry: 10", ": c", "x", "", ""]
                    .join(end)
            };
            assert_eq!(whole(&event(LIST)), event(SHOWN), "{end:?}");
            let plain = event(r#"{"result":{"content":[]}}"#);
            assert_eq!(whole(&plain), plain);
        }
    }

    #[test]
    fn data_in_several_lines_is_one_text() {
        let text = "data: {\"result\":{\"tools\":[{\"na\ndata:me\":\"wipe\"}]}}\n\n";
        assert_eq!(whole(text), text, "a name that is broken by a line feed is no name");
        let text = "data:{\"result\":\ndata: {\"tools\":[\ndata\ndata:{\"name\":\"wipe\"}]}}\nid: 1\n\n";
        assert_eq!(whole(text), "data: {\"result\":\ndata: {\"tools\":[]}}\nid: 1\n\n");
    }

    #[test]
    fn a_stream_that_is_cut_off_shows_nothing_hidden() {
        for text in [format!("data: {LIST}"), format!("data: {LIST}\n"), format!("\u{feff}data: {LIST}\n\n")]
        {
            assert!(!whole(&text).contains("wipe"), "{text}");
        }
        assert_eq!(
            whole(&format!("data: 1\n\ndata: {SHOWN}\n")),
            "data: 1\n\n",
            "what is cut off is dropped"
        );
    }

    #[test]
    fn a_byte_order_mark_stands_before_the_first_line_only() {
        let text = format!("\u{feff}data: {LIST}\n\n\u{feff}data: x\ndata: {LIST}\n\n");
        assert_eq!(whole(&text), text.replace(LIST, SHOWN));
        let text = format!(": c\n\u{feff}data: x\ndata: {LIST}\n\n");
        assert_eq!(whole(&text), text.replace(LIST, SHOWN));
    }

    #[test]
    fn where_an_event_may_be_a_list_it_must_be_readable() {
        let strict = |text: &str| Events { awaits: Awaits::List, ..events() }.push(text.as_bytes());
        for data in ["{}{}", "\u{1e}{}", "{\"result\":{\"tools\":[", "x"] {
            assert_eq!(strict(&format!("data: {data}\n\n")), Err(Unshown::Unreadable), "{data}");
        }
        assert_eq!(strict("id: 1\ndata:\n\n").unwrap(), b"id: 1\ndata:\n\n");
        assert_eq!(strict(&format!("data: {LIST}\n\n")).unwrap(), format!("data: {SHOWN}\n\n").as_bytes());
    }

    #[test]
    fn a_comment_is_not_held_back() {
        let mut events = events();
        assert_eq!(events.push(b": alive\n").unwrap(), b": alive\n");
        assert_eq!(events.push(b":\r").unwrap(), b":\r");
        assert_eq!(events.push(b"\n").unwrap(), b"\n");
        assert!(events.is_empty());
    }

    #[test]
    fn an_event_goes_out_with_its_blank_line() {
        let mut events = events();
        assert_eq!(events.push(b"data: 1\n").unwrap(), b"");
        assert_eq!(events.push(b"\n").unwrap(), b"data: 1\n\n");
        assert_eq!(events.push(b"data: 2\r\n\r").unwrap(), b"data: 2\r\n\r");
        assert_eq!(events.push(b"\ndata").unwrap(), b"\n");
    }

    #[test]
    fn an_event_without_end_is_not_held_for_ever() {
        let mut events = Events { limit: 8, awaits: Awaits::Hinted, ..events() };
        assert_eq!(events.push(b"data: 12"), Ok(vec![]));
        assert_eq!(events.push(b"3"), Err(Unshown::TooLong));
    }

    #[test]
    fn what_a_call_answers_may_be_long_and_what_comes_next_is_looked_at() {
        for end in ["\n", "\r\n", "\r"] {
            let long = format!("data: {}{end}data: more{end}{end}", "x".repeat(200));
            let text = format!("{long}data: {LIST}{end}{end}{long}");
            for step in [1, 3, 64, 1000] {
                let mut events = Events { limit: 100, ..events() };
                let out = text.as_bytes().chunks(step).flat_map(|chunk| events.push(chunk).unwrap());
                let out = String::from_utf8(out.collect()).unwrap();
                assert_eq!(out, text.replace(LIST, SHOWN), "{end:?} {step}");
                assert!(events.is_empty());
            }
        }
    }

    #[test]
    fn what_cannot_be_held_passes_and_what_is_short_is_looked_at() {
        let mut events = events();
        let long = format!("data: {}\n\n", "x".repeat(200));
        let (begun, rest) = long.as_bytes().split_at(150);
        assert_eq!(events.push(begun).unwrap(), b"");
        let rest = [rest, format!("data: {LIST}\n\n").as_bytes()].concat();
        let out = [events.push_unheld(&rest, 100).unwrap(), events.push(long.as_bytes()).unwrap()].concat();
        assert_eq!(String::from_utf8(out).unwrap(), format!("{long}data: {SHOWN}\n\n{long}"));
        assert!(events.is_empty());
    }

    proptest! {
        #[test]
        fn chunks_do_not_matter(
            parts in prop::collection::vec(prop::sample::select(vec![
                "data: ", "data:", "data", LIST, SHOWN, "\n", "\r", "\r\n", "\n\n", ": c", "id: 1", "event: x",
                "{\"result\":", "{\"tools\":[", "{\"name\":\"wipe\"}", "]}}", "\u{feff}", "é",
            ]), 0..30),
            cuts in prop::collection::vec(0_usize..600, 0..40),
        ) {
            let text = parts.concat();
            let mut cuts = cuts;
            cuts.sort_unstable();
            let at_once = in_chunks(text.as_bytes(), &[]);
            prop_assert_eq!(&in_chunks(text.as_bytes(), &cuts), &at_once);
            let every = (0..text.len()).collect::<Vec<_>>();
            prop_assert_eq!(&in_chunks(text.as_bytes(), &every), &at_once);
        }

        #[test]
        fn what_shows_nothing_hidden_stays_as_it_is(text in "[ a-z:{}\\[\\]\",\r\n]{0,80}") {
            let text = format!("{text}\n\n");
            prop_assert_eq!(whole(&text), text);
        }
    }
}
