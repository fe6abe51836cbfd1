//! Where do the ids stand in a stream of events? Seals each as it passes, and leaves every other byte.
//!
//! The grammar is that of the HTML standard, Server-sent events, §9.2.5: lines end with CRLF, LF or CR, in any chunks.
//! Nothing is held back but a line that is, or may become, an id.

use bytes::Bytes;

use super::{MAX_ID, Numbering};

/// A byte order mark, which may stand before the first line.
const MARK: &[u8] = b"\xef\xbb\xbf";
/// How a line with an id begins. Without a colon it resets the id, and there is nothing to seal.
const FIELD: &[u8] = b"id:";
/// The longest line that is held back.
const MAX_LINE: usize = MARK.len() + FIELD.len() + 1 + MAX_ID;

/// A stream whose ids are being sealed.
pub(super) struct Events {
    numbering: Numbering,
    place: Place,
    /// What arrived of a line that is, or may become, an id.
    held: Vec<u8>,
    is_first: bool,
}

/// In which line the next byte stands.
#[derive(Clone, Copy)]
enum Place {
    /// One that has just begun, or of which all is held.
    Begun,
    /// One that passes.
    Passing,
    /// An id that is left out.
    Leaving,
}

/// What a line is, as far as it has arrived.
enum Line {
    /// Its id begins here.
    Id(usize),
    /// One that may still become an id.
    Unclear,
    Other,
}

impl Events {
    pub(super) fn of(numbering: Numbering) -> Self {
        Self { numbering, place: Place::Begun, held: Vec::new(), is_first: true }
    }

    /// What goes out once this chunk is in.
    pub(super) fn push(&mut self, chunk: &Bytes) -> Bytes {
        let mut out = Out { chunk, kept: 0, written: Vec::new() };
        let mut at = 0;
        while let Some(rest) = chunk.get(at..).filter(|rest| !rest.is_empty()) {
            let end = memchr::memchr2(b'\n', b'\r', rest);
            let length = end.unwrap_or(rest.len());
            let part = rest.get(..length).unwrap_or_default();
            match self.place {
                Place::Passing => {}
                Place::Leaving => out.skip(at, length),
                Place::Begun => self.begun(part, at, end.is_some(), &mut out),
            }
            at += length;
            if end.is_some() {
                at += 1;
                (self.place, self.is_first) = (Place::Begun, false);
            }
        }
        out.done()
    }

    fn begun(&mut self, part: &[u8], at: usize, is_whole: bool, out: &mut Out<'_>) {
        let was_held = !self.held.is_empty();
        if was_held {
            self.held.extend_from_slice(part);
        }
        let line = if was_held { &self.held } else { part };
        match self.kind(line, is_whole) {
            Line::Other => {
                if was_held {
                    out.replace(at, part.len(), &self.held);
                }
                self.place = Place::Passing;
            }
            Line::Id(value) if is_whole => {
                out.replace(at, part.len(), &self.sealed(line, value));
            }
            Line::Id(value) if line.len() > MAX_LINE => {
                out.replace(at, part.len(), &left_out(line, value));
                self.place = Place::Leaving;
            }
            Line::Id(_) | Line::Unclear => {
                if !was_held {
                    self.held = part.to_vec();
                }
                out.skip(at, part.len());
                return;
            }
        }
        self.held.clear();
    }

    fn kind(&self, line: &[u8], is_whole: bool) -> Line {
        let mark = if self.is_first && line.starts_with(MARK) { MARK.len() } else { 0 };
        let rest = line.get(mark..).unwrap_or_default();
        let may_be_mark = self.is_first && mark == 0 && MARK.starts_with(rest);
        if rest.starts_with(FIELD) {
            Line::Id(mark + FIELD.len())
        } else if !is_whole && (may_be_mark || FIELD.starts_with(rest)) {
            Line::Unclear
        } else {
            Line::Other
        }
    }

    /// A whole line with its id sealed.
    fn sealed(&self, line: &[u8], value: usize) -> Vec<u8> {
        let space = usize::from(line.get(value) == Some(&b' '));
        let (field, id) = line.split_at_checked(value + space).unwrap_or((line, b""));
        if id.is_empty() {
            return line.to_vec();
        }
        match self.numbering.seal(id) {
            Some(sealed) => [field, sealed.as_bytes()].concat(),
            None => left_out(line, value),
        }
    }
}

/// An empty comment in place of an id that could not come back: the event before it stays the last that has one. The
/// line must not go altogether, since the line feed of a CRLF would end the event.
fn left_out(line: &[u8], value: usize) -> Vec<u8> {
    let mark = value.saturating_sub(FIELD.len());
    [line.get(..mark).unwrap_or_default(), b":"].concat()
}

/// What goes out of a chunk: the chunk itself, as long as nothing in it is replaced.
struct Out<'c> {
    chunk: &'c Bytes,
    /// Up to here it is written, or left out.
    kept: usize,
    written: Vec<u8>,
}

impl Out<'_> {
    fn replace(&mut self, at: usize, length: usize, by: &[u8]) {
        self.skip(at, length);
        self.written.extend_from_slice(by);
    }

    fn skip(&mut self, at: usize, length: usize) {
        self.written.extend_from_slice(self.chunk.get(self.kept..at).unwrap_or_default());
        self.kept = at + length;
    }

    fn done(mut self) -> Bytes {
        if self.written.is_empty() {
            return self.chunk.slice(self.kept.min(self.chunk.len())..);
        }
        let end = self.chunk.len();
        self.skip(end, 0);
        self.written.into()
    }
}

#[cfg(test)]
mod tests;
