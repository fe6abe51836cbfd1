//! How is a line written? Member by member into one buffer, without a tree of it.

use std::{io::Write as _, net::IpAddr};

use warded_core::UnixTime;

use super::{End, Hash, hash};
use crate::journal::{Act, Closing, Objection, Opening, Outcome, RequestId, Stray, Whose};

/// A line that is being written.
pub(super) struct Line<'a> {
    text: &'a mut Vec<u8>,
    start: usize,
}

impl<'a> Line<'a> {
    pub(super) fn begin(text: &'a mut Vec<u8>, seq: u64, node: &str, time: UnixTime) -> Self {
        let start = text.len();
        let mut line = Self { text, start };
        line.text.extend_from_slice(b"{\"time\":");
        match u64::try_from(time.seconds()) {
            Ok(seconds) => line.digits(seconds),
            Err(_) => line.put(format_args!("{}", time.seconds())),
        }
        line.number("seq", seq);
        line.word("node", node);
        line
    }

    pub(super) fn end(mut self, last: End) -> End {
        self.hash("prev", &last.hash);
        self.text.push(b'}');
        let hash = hash(self.text.get(self.start..).unwrap_or_default());
        self.text.push(b'\n');
        End { seq: last.seq + 1, hash }
    }

    pub(super) fn opening(&mut self, opening: &Opening) {
        let Opening { server, resource, request, from, revision, method, names, denied, shadowed, whose } =
            opening;
        self.text("server", server);
        self.text("resource", resource);
        self.request(*request);
        self.from(*from);
        self.maybe("method", method.as_deref());
        if !names.is_empty() {
            self.list("names", names.iter().map(|name| &**name));
        }
        if let Some(revision) = revision {
            self.word("revision", revision);
        }
        if let Some(denied) = denied {
            self.objection(denied);
        }
        if !shadowed.is_empty() {
            self.name("shadowed");
            for (index, objection) in shadowed.iter().enumerate() {
                self.text.extend_from_slice(if index == 0 { b"[{" } else { b",{" });
                let begun = self.text.len();
                self.objection(objection);
                // Its first member has no comma before it.
                self.text.remove(begun);
                self.text.push(b'}');
            }
            self.text.push(b']');
        }
        let Whose { subject, client, issuer, token, waived } = &**whose;
        self.maybe("subject", subject.as_deref());
        self.maybe("client", client.as_deref());
        self.text("issuer", issuer);
        self.text("token", token);
        if !waived.is_empty() {
            self.list("waived", waived.iter().copied());
        }
    }

    fn objection(&mut self, objection: &Objection) {
        let Objection { rule, policy, line } = objection;
        self.text("rule", rule);
        self.text("policy", policy);
        if *line > 0 {
            self.number("line", u64::from(*line));
        }
    }

    pub(super) fn stray(&mut self, stray: &Stray) {
        let Stray { server, resource, request, from, meant, issuer, token, .. } = stray;
        self.text("server", server);
        self.text("resource", resource);
        self.request(*request);
        self.from(*from);
        self.maybe("meant", meant.as_deref());
        self.maybe("issuer", issuer.as_deref());
        self.text("token", token);
    }

    pub(super) fn act(&mut self, act: &Act) {
        let Act { action, names, issuer, subject, client, has_failed } = act;
        self.word("method", action);
        if !names.is_empty() {
            self.list("names", names.iter().map(|name| &**name));
        }
        self.maybe("issuer", issuer.as_deref());
        self.maybe("subject", subject.as_deref());
        self.maybe("client", client.as_deref());
        if *has_failed {
            self.word("outcome", Outcome::Failed.name());
        }
    }

    pub(super) fn closing(&mut self, closing: &Closing) {
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

    pub(super) fn put(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to memory does not fail.
        let _written = self.text.write_fmt(text);
    }

    #[inline]
    pub(super) fn name(&mut self, name: &str) {
        self.text.extend_from_slice(b",\"");
        self.text.extend_from_slice(name.as_bytes());
        self.text.extend_from_slice(b"\":");
    }

    #[inline]
    pub(super) fn number(&mut self, name: &str, value: u64) {
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
    #[inline]
    pub(super) fn word(&mut self, name: &str, value: &str) {
        self.name(name);
        self.text.push(b'"');
        self.text.extend_from_slice(value.as_bytes());
        self.text.push(b'"');
    }

    #[inline]
    pub(super) fn text(&mut self, name: &str, value: &str) {
        self.name(name);
        self.string(value);
    }

    pub(super) fn maybe(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(name, value);
        }
    }

    pub(super) fn from(&mut self, from: Option<IpAddr>) {
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

    pub(super) fn list<'t>(&mut self, name: &str, values: impl Iterator<Item = &'t str>) {
        self.name(name);
        for (index, value) in values.enumerate() {
            self.text.push(if index == 0 { b'[' } else { b',' });
            self.string(value);
        }
        self.text.push(b']');
    }

    fn request(&mut self, request: Option<RequestId>) {
        if let Some(request) = request {
            self.hex::<16>("request", &request.bytes());
        }
    }

    pub(super) fn hash(&mut self, name: &str, hash: &Hash) {
        self.hex::<64>(name, hash);
    }

    /// So many digits.
    fn hex<const LENGTH: usize>(&mut self, name: &str, bytes: &[u8]) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        self.name(name);
        self.text.push(b'"');
        let mut text = [0; LENGTH];
        let digit = |half: u8| DIGITS.get(usize::from(half)).copied().unwrap_or_default();
        for (to, byte) in text.chunks_exact_mut(2).zip(bytes) {
            to.copy_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
        }
        self.text.extend_from_slice(&text);
        self.text.push(b'"');
    }

    pub(super) fn string(&mut self, value: &str) {
        // Nearly every text there is stands for itself (RFC 8259 §7). Without a way out in between, whole words of it are
        // looked at in one step.
        let is_plain = |byte: u8| byte.wrapping_sub(b' ') <= b'~' - b' ' && byte != b'"' && byte != b'\\';
        if value.bytes().fold(true, |all, byte| all & is_plain(byte)) {
            self.text.push(b'"');
            self.text.extend_from_slice(value.as_bytes());
            return self.text.push(b'"');
        }
        // A text is always JSON, and memory takes it.
        let _written = serde_json::to_writer(&mut *self.text, value);
    }
}
