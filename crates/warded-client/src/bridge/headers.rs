//! Which headers does a message need on its way? Session, revision, and from 2026-07-28 on what it is about.

use std::{fmt, sync::Mutex, sync::PoisonError};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::message::Call;
use crate::channel::Message;

const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");
const REVISION: HeaderName = HeaderName::from_static("mcp-protocol-version");
const METHOD: HeaderName = HeaderName::from_static("mcp-method");
const NAME: HeaderName = HeaderName::from_static("mcp-name");
/// The first revision whose messages name themselves in headers. Revisions are dates, and sort like them.
const NAMED_SINCE: &str = "2026-07-28";

/// What the handshake settled.
#[derive(Default)]
pub(super) struct Wire(Mutex<Settled>);

#[derive(Clone, Default)]
struct Settled {
    session: Option<HeaderValue>,
    revision: Option<HeaderValue>,
}

impl Wire {
    fn settled(&self) -> std::sync::MutexGuard<'_, Settled> {
        // Only values are exchanged under it: whoever panicked left them whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the session's id from the answer to a handshake.
    pub(super) fn open(&self, headers: &HeaderMap) {
        let mut session = headers.get(SESSION).cloned();
        if let Some(session) = &mut session {
            // Whoever has it can speak in the session.
            session.set_sensitive(true);
        }
        *self.settled() = Settled { session, revision: None };
    }

    /// Takes the revision from the result of a handshake.
    pub(super) fn settle(&self, revision: &str) {
        self.settled().revision = HeaderValue::from_str(revision).ok();
    }

    pub(super) fn has_session(&self) -> bool {
        self.settled().session.is_some()
    }

    pub(super) fn has_revision(&self) -> bool {
        self.settled().revision.is_some()
    }

    /// Forgets a session that the server has ended.
    pub(super) fn close(&self) {
        *self.settled() = Settled::default();
    }

    /// Sets what was settled.
    pub(super) fn dress(&self, message: &mut Message) {
        let settled = self.settled().clone();
        for (name, value) in [(SESSION, settled.session), (REVISION, settled.revision)] {
            if let Some(value) = value {
                message.set(name, value);
            }
        }
    }

    /// Sets what a call needs.
    pub(super) fn dress_for(&self, call: &Call, message: &mut Message) {
        // A handshake opens a session; it is in none.
        if !call.is_handshake() {
            self.dress(message);
        }
        let Some(revision) = call.revision() else {
            return;
        };
        if let Ok(value) = HeaderValue::from_str(revision) {
            message.set(REVISION, value);
        }
        if revision >= NAMED_SINCE {
            let named = [(METHOD, call.method()), (NAME, call.name())];
            for (name, value) in named.into_iter().filter_map(|(name, value)| Some((name, value?))) {
                if let Some(value) = self::value(value) {
                    message.set(name, value);
                }
            }
        }
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").field("revision", &self.settled().revision).finish_non_exhaustive()
    }
}

/// A text as it can stand in a header: as it is, or in base64 between marks where it could not (MCP 2026-07-28, Value
/// Encoding).
pub(super) fn value(text: &str) -> Option<HeaderValue> {
    let is_printable = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    let is_trimmed = text.trim_ascii() == text;
    let is_marked = text.starts_with("=?base64?") && text.ends_with("?=");
    let is_plain = is_printable && is_trimmed && !is_marked;
    if is_plain {
        HeaderValue::from_str(text).ok()
    } else {
        HeaderValue::from_str(&format!("=?base64?{}?=", STANDARD.encode(text))).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_stand_in_a_header_is_encoded() {
        let text = |text: &str| value(text).unwrap().to_str().unwrap().to_owned();
        assert_eq!(text("add"), "add");
        assert_eq!(text("a b"), "a b");
        assert_eq!(text(" a"), "=?base64?IGE=?=");
        assert_eq!(text("é"), "=?base64?w6k=?=");
        assert_eq!(text("a\r\nX: y"), "=?base64?YQ0KWDogeQ==?=");
        assert_eq!(text("=?base64?YQ==?="), "=?base64?PT9iYXNlNjQ/WVE9PT89?=");
    }
}
