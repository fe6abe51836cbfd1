//! What stands in a JSON text, so that every reader sees the same? One pass over it that keeps nothing but what is asked
//! for (RFC 8259).
//!
//! Refused are members that stand twice at any depth (parsers disagree about which one counts), nesting beyond a bound,
//! texts that are no Unicode, and numbers that a double has no room for. Every value is looked at, also where nobody
//! asks what it is.

use std::{borrow::Cow, ops::Range};

use warded_core::{Refusal, Shown};

use super::lookalike;

mod names;
mod number;
mod text;

use text::Spelled;

/// Deepest nesting that is read.
const MAX_DEPTH: usize = 64;
/// Room for the names of most messages, taken at once.
const ROOM: usize = 16;

/// What was read, or why it is refused.
pub(super) type Outcome<T> = Result<T, Unread>;

/// Why something is refused: that is rare, and takes no room where it is not.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unread(Box<Refusal>);

impl Unread {
    pub(super) fn refusal(self) -> Refusal {
        *self.0
    }
}

impl From<Refusal> for Unread {
    #[cold]
    fn from(refusal: Refusal) -> Self {
        Self(Box::new(refusal))
    }
}

/// It is JSON, and no message.
#[cold]
pub(super) fn malformed(why: &'static str) -> Unread {
    Refusal::CallMalformed { why }.into()
}

#[cold]
fn not_json() -> Unread {
    malformed("it is not JSON")
}

/// What a value is.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) enum Seen<'t> {
    /// There is none.
    #[default]
    Absent,
    Text(Cow<'t, str>),
    /// One that is the same number to everyone.
    Integer(i64),
    /// One that is not, although it has 64 bits at most.
    Huge,
    Object,
    Null,
    Other,
}

impl Seen<'_> {
    pub(super) fn is_text(&self) -> bool {
        matches!(self, Self::Text(_))
    }

    pub(super) fn is_there(&self) -> bool {
        *self != Self::Absent
    }
}

/// Where one stands in a text.
pub(super) struct Reader<'t> {
    /// How long all of it is.
    length: usize,
    /// What was not read yet.
    rest: &'t [u8],
    depth: usize,
    /// The names in the objects that are open, the outermost first: one list for all of them.
    names: Vec<Spelled<'t>>,
}

impl<'t> Reader<'t> {
    /// At the beginning.
    pub(super) fn of(text: &'t str) -> Self {
        Self { length: text.len(), rest: text.as_bytes(), depth: 0, names: Vec::with_capacity(ROOM) }
    }

    /// The next byte that is not blank: each value is known by its first one. Where there is none, it is no JSON.
    #[inline]
    pub(super) fn take(&mut self) -> Outcome<u8> {
        match self.rest {
            [next, rest @ ..] if *next > b' ' => {
                self.rest = rest;
                Ok(*next)
            }
            _ => self.take_behind_blanks(),
        }
    }

    #[cold]
    fn take_behind_blanks(&mut self) -> Outcome<u8> {
        // RFC 8259 §2: no other control character is blank, and none of them begins anything.
        self.rest = behind_blanks(self.rest);
        let (next, rest) = self.rest.split_first().ok_or_else(not_json)?;
        self.rest = rest;
        Ok(*next)
    }

    /// Nothing stands behind it: some readers stop at the first value, others take the last.
    pub(super) fn end(self) -> Outcome<()> {
        if behind_blanks(self.rest).is_empty() { Ok(()) } else { Err(not_json()) }
    }

    /// How the value of a member begins whose name was read.
    #[inline]
    pub(super) fn value(&mut self) -> Outcome<u8> {
        match self.take()? {
            b':' => self.take(),
            _ => Err(not_json()),
        }
    }

    /// The value of a member whose name was read.
    pub(super) fn member(&mut self) -> Outcome<Seen<'t>> {
        let first = self.value()?;
        self.seen(first)
    }

    /// The same, and where it stands.
    pub(super) fn placed(&mut self) -> Outcome<(Seen<'t>, Range<usize>)> {
        let first = self.value()?;
        let from = self.at().saturating_sub(1);
        let seen = self.seen(first)?;
        Ok((seen, from..self.at()))
    }

    /// How much was read.
    pub(super) fn at(&self) -> usize {
        self.length - self.rest.len()
    }

    /// Passes a member that the protocol does not know, or whose value nobody needs. It is the only way past one in the
    /// protocol's own objects, so that nothing in them looks like what it is not.
    pub(super) fn other(&mut self, name: &[u8], reserved: &[&str]) -> Outcome<()> {
        let name = str::from_utf8(name).map_err(|_| not_json())?;
        if lookalike::is_one(name, reserved) {
            return Err(Refusal::CallLookalikeMember { member: Shown::new(name) }.into());
        }
        let first = self.value()?;
        self.pass(first)
    }

    /// The value that begins so.
    pub(super) fn seen(&mut self, first: u8) -> Outcome<Seen<'t>> {
        match first {
            b'"' => self.spelled()?.text().map(Seen::Text),
            b'-' | b'0'..=b'9' => self.number(first),
            b'n' => self.word(b"ull").map(|()| Seen::Null),
            b'{' => self.pass(first).map(|()| Seen::Object),
            _ => self.pass(first).map(|()| Seen::Other),
        }
    }

    /// Looks at the value that begins so, and keeps nothing.
    pub(super) fn pass(&mut self, first: u8) -> Outcome<()> {
        match first {
            b'"' => self.spelled().map(|_| ()),
            b'{' => self.object(|reader, _| {
                let first = reader.value()?;
                reader.pass(first)
            }),
            b'[' => self.list(Self::pass),
            b'-' | b'0'..=b'9' => self.number(first).map(|_| ()),
            b't' => self.word(b"rue"),
            b'f' => self.word(b"alse"),
            b'n' => self.word(b"ull"),
            _ => Err(not_json()),
        }
    }

    /// The object whose brace was read: each member's name is given away, and whoever gets it reads the value.
    pub(super) fn object(&mut self, mut member: impl FnMut(&mut Self, &[u8]) -> Outcome<()>) -> Outcome<()> {
        self.deeper()?;
        let own = self.names.len();
        let mut next = self.take()?;
        while next != b'}' {
            if next != b'"' {
                return Err(not_json());
            }
            let name = self.spelled()?;
            let text;
            let known = if name.is_plain {
                name.bytes
            } else {
                text = name.text()?;
                text.as_bytes()
            };
            member(self, known)?;
            self.names.push(name);
            next = self.behind(b'}')?;
        }
        if names::is_any_twice(self.names.get_mut(own..).unwrap_or_default())? {
            return Err(Refusal::CallDuplicateMember.into());
        }
        self.names.truncate(own);
        self.depth -= 1;
        Ok(())
    }

    /// The list whose bracket was read: how each item begins is given away, and whoever gets it reads the item.
    pub(super) fn list(&mut self, mut item: impl FnMut(&mut Self, u8) -> Outcome<()>) -> Outcome<()> {
        self.deeper()?;
        let mut next = self.take()?;
        while next != b']' {
            item(self, next)?;
            next = self.behind(b']')?;
        }
        self.depth -= 1;
        Ok(())
    }

    /// What follows a value: the end, or behind a comma the beginning of another one.
    #[inline]
    fn behind(&mut self, end: u8) -> Outcome<u8> {
        let next = self.take()?;
        if next == end {
            return Ok(end);
        }
        let another = if next == b',' { self.take()? } else { end };
        if another == end { Err(not_json()) } else { Ok(another) }
    }

    fn deeper(&mut self) -> Outcome<()> {
        if self.depth == MAX_DEPTH {
            return Err(Refusal::CallTooDeep.into());
        }
        self.depth += 1;
        Ok(())
    }

    /// The rest of a word whose first letter was read.
    fn word(&mut self, rest: &[u8]) -> Outcome<()> {
        self.rest = self.rest.strip_prefix(rest).ok_or_else(not_json)?;
        Ok(())
    }

    /// What was read since then.
    fn since(&self, then: &'t [u8]) -> &'t [u8] {
        then.get(..then.len() - self.rest.len()).unwrap_or_default()
    }
}

fn behind_blanks(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t' | b'\n' | b'\r', rest @ ..] = text {
        text = rest;
    }
    text
}
