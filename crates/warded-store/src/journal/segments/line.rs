//! What stands in a record? Its line, and the chain that shows when a line is missing or changed.

use aws_lc_rs::digest::{SHA256, digest};
use serde::Deserialize;
use warded_core::{UnixTime, jose::base64url};

use crate::journal::{
    Act, Closing, Opening, Stray, Unbound,
    checkpoint::{Checkpoint, JournalKey, PublicKey},
};

mod written;

use written::Line;

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
    /// An operator does something by hand.
    Act(Act),
    /// So many unknown callers were refused in the minute that began then.
    Counted { server: Box<str>, code: &'static str, count: u64, minute: UnixTime },
    /// So many records found no room since then; or, where it says behind which, those up to this one may not be on the disk.
    Lost { count: u64, since: UnixTime, behind: Option<End> },
    /// Everything up to this record was removed because it was old.
    Removed { last: u64, hash: Hash },
    /// The records behind this one, up to that one, were there when the process began, and nobody had vouched for them.
    Found { after: u64, last: u64 },
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
                line.word("event", if stray.is_genuine { "stray" } else { "unproven" });
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
            Event::Act(act) => {
                line.word("event", "act");
                line.act(act);
            }
            Event::Counted { server, code, count, minute } => {
                line.word("event", "counted");
                line.text("server", server);
                line.word("code", code);
                line.number("count", *count);
                line.put(format_args!(",\"minute\":{}", minute.seconds()));
            }
            Event::Lost { count, since, behind } => {
                line.word("event", "lost");
                line.number("count", *count);
                line.put(format_args!(",\"since\":{}", since.seconds()));
                if let Some(End { seq, hash }) = behind {
                    line.number("after", *seq);
                    line.hash("hash", hash);
                }
            }
            Event::Removed { last, hash } => {
                line.word("event", "removed");
                line.number("last", *last);
                line.hash("hash", hash);
            }
            Event::Found { after, last } => {
                line.word("event", "found");
                line.number("after", *after);
                line.number("last", *last);
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
    /// Of what was removed, and of what was found.
    pub(super) last: Option<u64>,
    /// Of what was removed, and of what may not be on the disk.
    pub(super) hash: Option<&'a str>,
    /// Of what goes on behind what is not here, of what was found, and of what may not be on the disk.
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

    /// Whether this checkpoint is the key's; none where it is not a checkpoint at all.
    pub(super) fn is_signed(&self, key: PublicKey) -> Option<bool> {
        let signature = self.signature.and_then(base64url::decode)?.try_into().ok()?;
        let (seq, hash) = (self.seq.checked_sub(1)?, self.prev()?);
        let (node, time) = (self.node.into(), UnixTime::from_seconds(self.time));
        Some(Checkpoint { node, seq, hash, time, key, signature, sealed: false, folder: None }.holds())
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
