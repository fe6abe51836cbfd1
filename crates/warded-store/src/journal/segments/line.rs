//! What stands in a record? Its line, and the chain that shows when a line is missing or changed.

use std::io::Write as _;

use aws_lc_rs::digest::{SHA256, digest};
use serde::Deserialize;
use warded_core::{UnixTime, jose::base64url};

use crate::journal::{
    Closing, Opening, Stray, Unbound,
    checkpoint::{Checkpoint, JournalKey},
};

/// The hash of a line, under which the next one names it.
pub(super) type Hash = [u8; 32];

/// Something that is recorded.
#[derive(Debug)]
pub(super) enum Event {
    /// A call goes to its server, and has ended already where it took no longer than its group.
    Call(u64, Opening, Option<Closing>),
    /// A call has ended whose record was written before.
    End(u64, Closing),
    /// A known caller was refused.
    Refused(Opening, Closing),
    /// A genuine token was presented where it does not belong.
    Stray(Stray, Closing),
    /// A client did not say for which server it wants a token.
    Unbound(Unbound),
    /// So many unknown callers were refused in the minute that began then.
    Counted { server: Box<str>, code: &'static str, count: u64, minute: UnixTime },
    /// So many records found no room since then.
    Lost { count: u64, since: UnixTime },
    /// Everything up to this record was removed because it was old.
    Removed { last: u64, hash: Hash },
    /// The chain goes on here, although the records up to this one are not in this folder.
    Begun { after: u64 },
}

/// Where the chain ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct End {
    /// The number of the last record.
    pub(super) seq: u64,
    /// Its hash.
    pub(super) hash: Hash,
}

impl End {
    /// Adds the next line of the chain, with its line feed; says where the chain ends then.
    pub(super) fn next(self, text: &mut Vec<u8>, node: &str, time: UnixTime, event: &Event) -> Self {
        let mut line = Line::begin(text, self.seq + 1, node, time);
        match event {
            Event::Call(call, opening, closing) => {
                line.word("event", "call");
                line.number("call", *call);
                line.opening(opening);
                if let Some(closing) = closing {
                    line.closing(closing);
                }
            }
            Event::End(call, closing) => {
                line.word("event", "end");
                line.number("call", *call);
                line.closing(closing);
            }
            Event::Refused(opening, closing) => {
                line.word("event", "refused");
                line.opening(opening);
                line.closing(closing);
            }
            Event::Stray(stray, closing) => {
                line.word("event", "stray");
                line.stray(stray);
                line.closing(closing);
            }
            Event::Unbound(unbound) => {
                line.word("event", "unbound");
                line.text("issuer", &unbound.issuer);
                line.word("endpoint", unbound.endpoint.name());
                line.text("client", &unbound.client);
                line.from(unbound.from);
            }
            Event::Counted { server, code, count, minute } => {
                line.word("event", "counted");
                line.text("server", server);
                line.word("code", code);
                line.number("count", *count);
                line.put(format_args!(",\"minute\":{}", minute.seconds()));
            }
            Event::Lost { count, since } => {
                line.word("event", "lost");
                line.number("count", *count);
                line.put(format_args!(",\"since\":{}", since.seconds()));
            }
            Event::Removed { last, hash } => {
                line.word("event", "removed");
                line.number("last", *last);
                line.hash("hash", hash);
            }
            Event::Begun { after } => {
                line.word("event", "begun");
                line.number("after", *after);
            }
        }
        line.end(self)
    }

    /// Adds a line that vouches for everything before it.
    pub(super) fn vouched(
        self,
        text: &mut Vec<u8>,
        node: &str,
        time: UnixTime,
        key: &JournalKey,
    ) -> (Self, Checkpoint) {
        let checkpoint = key.sign(node, self.seq, self.hash, time);
        let mut line = Line::begin(text, self.seq + 1, node, time);
        line.word("event", "checkpoint");
        line.word("key", &checkpoint.key.id());
        line.word("signature", &base64url::encode(checkpoint.signature));
        (line.end(self), checkpoint)
    }
}

/// A line that is being written.
struct Line<'a> {
    text: &'a mut Vec<u8>,
    start: usize,
}

impl<'a> Line<'a> {
    fn begin(text: &'a mut Vec<u8>, seq: u64, node: &str, time: UnixTime) -> Self {
        let start = text.len();
        let mut line = Self { text, start };
        line.put(format_args!("{{\"time\":{}", time.seconds()));
        line.number("seq", seq);
        line.word("node", node);
        line
    }

    fn end(mut self, last: End) -> End {
        self.hash("prev", &last.hash);
        self.text.push(b'}');
        let hash = hash(self.text.get(self.start..).unwrap_or_default());
        self.text.push(b'\n');
        End { seq: last.seq + 1, hash }
    }

    fn opening(&mut self, opening: &Opening) {
        let Opening { server, resource, from, revision, method, names, .. } = opening;
        self.text("server", server);
        self.text("resource", resource);
        self.from(*from);
        self.maybe("method", method.as_deref());
        if !names.is_empty() {
            self.list("names", names.iter().map(|name| &**name));
        }
        if let Some(revision) = revision {
            self.word("revision", revision);
        }
        let Opening { subject, client, issuer, token, waived, .. } = opening;
        self.maybe("subject", subject.as_deref());
        self.maybe("client", client.as_deref());
        self.text("issuer", issuer);
        self.text("token", token);
        if !waived.is_empty() {
            self.list("waived", waived.iter().copied());
        }
    }

    fn stray(&mut self, stray: &Stray) {
        let Stray { server, resource, from, meant, issuer, token } = stray;
        self.text("server", server);
        self.text("resource", resource);
        self.from(*from);
        self.maybe("meant", meant.as_deref());
        self.maybe("issuer", issuer.as_deref());
        self.text("token", token);
    }

    fn closing(&mut self, closing: &Closing) {
        let Closing { outcome, code, status, bytes, duration_ms } = closing;
        self.word("outcome", outcome.name());
        if let Some(code) = code {
            self.word("code", code);
        }
        if let Some(status) = status {
            self.number("status", u64::from(*status));
        }
        self.number("bytes", *bytes);
        self.number("duration_ms", *duration_ms);
    }

    fn put(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to memory does not fail.
        let _written = self.text.write_fmt(text);
    }

    fn name(&mut self, name: &str) {
        self.text.extend_from_slice(b",\"");
        self.text.extend_from_slice(name.as_bytes());
        self.text.extend_from_slice(b"\":");
    }

    fn number(&mut self, name: &str, value: u64) {
        self.name(name);
        self.digits(value);
    }

    /// Each record has half a dozen numbers, and the formatter takes longer over one than all the rest over its line.
    fn digits(&mut self, value: u64) {
        let mut text = [b'0'; 20];
        let (mut left, mut length) = (value, 0);
        for digit in text.iter_mut().rev() {
            *digit = b'0' + u8::try_from(left % 10).unwrap_or_default();
            (left, length) = (left / 10, length + 1);
            if left == 0 {
                break;
            }
        }
        self.text.extend_from_slice(text.get(text.len() - length..).unwrap_or_default());
    }

    /// A word of ours, in which nothing has to be escaped.
    fn word(&mut self, name: &str, value: &str) {
        self.name(name);
        self.text.push(b'"');
        self.text.extend_from_slice(value.as_bytes());
        self.text.push(b'"');
    }

    fn text(&mut self, name: &str, value: &str) {
        self.name(name);
        self.string(value);
    }

    fn maybe(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(name, value);
        }
    }

    fn from(&mut self, from: Option<std::net::IpAddr>) {
        if let Some(from) = from {
            self.name("from");
            let std::net::IpAddr::V4(from) = from else {
                return self.put(format_args!("\"{from}\""));
            };
            self.text.push(b'"');
            for (index, part) in from.octets().into_iter().enumerate() {
                self.text.extend_from_slice(if index == 0 { b"" } else { b"." });
                self.digits(part.into());
            }
            self.text.push(b'"');
        }
    }

    fn list<'t>(&mut self, name: &str, values: impl Iterator<Item = &'t str>) {
        self.name(name);
        for (index, value) in values.enumerate() {
            self.text.push(if index == 0 { b'[' } else { b',' });
            self.string(value);
        }
        self.text.push(b']');
    }

    fn hash(&mut self, name: &str, hash: &Hash) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        self.name(name);
        self.text.push(b'"');
        let mut text = [0; 64];
        let digit = |half: u8| DIGITS.get(usize::from(half)).copied().unwrap_or_default();
        for (to, byte) in text.chunks_exact_mut(2).zip(hash) {
            to.copy_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
        }
        self.text.extend_from_slice(&text);
        self.text.push(b'"');
    }

    fn string(&mut self, value: &str) {
        // A text is always JSON, and memory takes it.
        let _written = serde_json::to_writer(&mut *self.text, value);
    }
}

/// What a line says of its place in the chain.
#[derive(Deserialize)]
pub(super) struct Link<'a> {
    pub(super) time: i64,
    pub(super) seq: u64,
    #[serde(borrow)]
    pub(super) node: &'a str,
    pub(super) event: &'a str,
    pub(super) prev: &'a str,
    /// Of a checkpoint.
    pub(super) key: Option<&'a str>,
    pub(super) signature: Option<&'a str>,
    /// Of what was removed.
    pub(super) last: Option<u64>,
    pub(super) hash: Option<&'a str>,
    /// Of what goes on behind what is not here.
    pub(super) after: Option<u64>,
    /// Of what was lost.
    pub(super) count: Option<u64>,
}

impl<'a> Link<'a> {
    pub(super) fn read(line: &'a [u8]) -> Option<Self> {
        serde_json::from_slice(line).ok()
    }

    pub(super) fn prev(&self) -> Option<Hash> {
        unhex(self.prev)
    }
}

/// A line's hash, without its line feed.
pub(super) fn hash(line: &[u8]) -> Hash {
    let mut hash = Hash::default();
    hash.iter_mut().zip(digest(&SHA256, line).as_ref()).for_each(|(to, from)| *to = *from);
    hash
}

/// Reads a hash as a line has it: 64 digits, and no other spelling of them.
pub(super) fn unhex(text: &str) -> Option<Hash> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut hash = Hash::default();
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != hash.len() || !rest.is_empty() {
        return None;
    }
    for (byte, [high, low]) in hash.iter_mut().zip(pairs) {
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(hash)
}
