//! What is written to a process? A line can come from a message that was judged and looked through, or from us; there is
//! no third way to make one.

use std::ops::Range;

use super::part::{unbroken, with_parts};
use crate::egress::Sayable;

/// One line for the standard input of a process, with its end.
pub(super) struct Line(Vec<u8>);

impl Line {
    /// A message with other ids, on one line; nothing else of it changes (invariant *Judged is forwarded*).
    pub(super) fn renumbered(message: &Sayable, ids: Vec<(Range<usize>, String)>) -> Option<Self> {
        let text = std::str::from_utf8(message.bytes()).ok()?;
        Some(Self::ended(unbroken(with_parts(text, ids))))
    }

    /// Calls off a request whose caller has gone.
    pub(super) fn cancels(id: &str) -> Self {
        let text = format!(
            r#"{{"jsonrpc":"2.0","method":"notifications/cancelled","params":{{"requestId":{id}}}}}"#
        );
        Self::ended(text.into_bytes())
    }

    /// Answers a process that asks where there is nobody to ask.
    pub(super) fn declines(id: &str) -> Self {
        let error = r#"{"code":-32601,"message":"there is nobody to ask"}"#;
        let text = format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{error}}}"#);
        Self::ended(unbroken(text.into_bytes()))
    }

    fn ended(mut text: Vec<u8>) -> Self {
        text.push(b'\n');
        Self(text)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// What is said may hold anything.
impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Line({} bytes)", self.0.len())
    }
}
