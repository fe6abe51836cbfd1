//! What stands in a record? Its line, and the chain that shows when a line is missing or changed.

use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use warded_core::UnixTime;

use crate::journal::{Closing, Opening, Stray};

/// The hash of a line, under which the next one names it.
pub(super) type Hash = [u8; 32];

/// Something that is recorded.
#[derive(Debug)]
pub(super) enum Event {
    /// A call goes to its server.
    Call(u64, Opening),
    /// The call has ended.
    End(u64, Closing),
    /// A known caller was refused.
    Refused(Opening, Closing),
    /// A genuine token was presented where it does not belong.
    Stray(Stray, Closing),
    /// So many unknown callers were refused in the minute that began then.
    Counted { server: Box<str>, code: &'static str, count: u64, minute: UnixTime },
}

#[derive(Serialize)]
struct Line<'a> {
    time: i64,
    seq: u64,
    node: &'a str,
    event: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    call: Option<u64>,
    #[serde(flatten)]
    opening: Option<&'a Opening>,
    #[serde(flatten)]
    stray: Option<&'a Stray>,
    #[serde(flatten)]
    closing: Option<&'a Closing>,
    #[serde(flatten)]
    counted: Option<Counted<'a>>,
    prev: String,
}

#[derive(Serialize)]
struct Counted<'a> {
    server: &'a str,
    code: &'a str,
    count: u64,
    minute: i64,
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
    /// The next line of the chain, with its line feed.
    pub(super) fn next(self, node: &str, time: UnixTime, event: &Event) -> Option<(Vec<u8>, Self)> {
        let seq = self.seq + 1;
        let mut line = Line {
            time: time.seconds(),
            seq,
            node,
            event: "",
            call: None,
            opening: None,
            stray: None,
            closing: None,
            counted: None,
            prev: hex(&self.hash),
        };
        match event {
            Event::Call(call, opening) => {
                (line.event, line.call, line.opening) = ("call", Some(*call), Some(opening));
            }
            Event::End(call, closing) => {
                (line.event, line.call, line.closing) = ("end", Some(*call), Some(closing));
            }
            Event::Refused(opening, closing) => {
                (line.event, line.opening, line.closing) = ("refused", Some(opening), Some(closing));
            }
            Event::Stray(stray, closing) => {
                (line.event, line.stray, line.closing) = ("stray", Some(stray), Some(closing));
            }
            Event::Counted { server, code, count, minute } => {
                line.event = "counted";
                line.counted = Some(Counted { server, code, count: *count, minute: minute.seconds() });
            }
        }
        let mut text = serde_json::to_vec(&line).ok()?;
        let hash = hash(&text);
        text.push(b'\n');
        Some((text, Self { seq, hash }))
    }
}

/// What a line says of its place in the chain.
#[derive(Deserialize)]
pub(super) struct Link {
    pub(super) seq: u64,
    pub(super) node: String,
    pub(super) prev: String,
}

/// A line's hash, without its line feed.
pub(super) fn hash(line: &[u8]) -> Hash {
    let mut hash = Hash::default();
    hash.iter_mut().zip(digest(&SHA256, line).as_ref()).for_each(|(to, from)| *to = *from);
    hash
}

pub(super) fn hex(hash: &Hash) -> String {
    hash.iter().fold(String::with_capacity(64), |text, byte| text + &format!("{byte:02x}"))
}
