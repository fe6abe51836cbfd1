//! Who asked what? Tells the requests of several callers' connections apart on the one pipe that leads to a process, and
//! finds for everything that it says the one to whom it is said.
//!
//! Every request goes in under a number of ours: clients number theirs alike, and an answer would find the wrong one
//! (invariant *Judged is forwarded*). Where nobody can say to which of several requests something belongs, it goes to
//! none of them.

mod asked;
mod hear;
mod take;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use bytes::Bytes;
use tokio::{sync::mpsc, time::Instant};
use warded_core::{Fault, Refusal};
use warded_guard::{Id, Stop};

use self::asked::Questions;
use super::{line::Line, own_accord::OwnAccord, part::Part, repeated::Repeated};

/// Most requests that one process has before it.
const MAX_OPEN: usize = 1024;
/// Longest id and longest progress token: they are kept for as long as nobody answers.
const MAX_ID: usize = 1024;
/// So many requests that nobody waits for any more are still recognised when their answers come.
const MAX_ABANDONED: usize = 256;
/// So long a process may still say something of a request that nobody waits for any more. One that was called off and is
/// never answered must not make everything doubtful for ever.
const LINGERS: Duration = Duration::from_secs(10);
/// How soon it is worth another try where there were too many.
const SOON: u32 = 5;

/// Whose process it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// That of one session (until 2025-11-25).
    Session,
    /// That of all requests of one caller (2026-07-28): they know nothing of each other.
    Shared,
}

/// What an exchange hears.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// Something before the answer.
    Said(Bytes),
    /// The answer to the request of that number.
    Answered { number: u64, message: Bytes, error: Option<i64> },
    /// The request of that number will have no answer: its stream was all there was.
    Ended { number: u64 },
}

/// What a request is, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Call,
    /// Hears until it ends (2026-07-28, Subscriptions).
    Subscription,
    /// Whose answer says what tools there are.
    ToolList,
}

/// A request that has no answer yet.
#[derive(Debug)]
struct Open {
    /// As its client wrote it.
    written: Box<str>,
    id: Id,
    token: Option<Id>,
    what: What,
    wants_logs: bool,
    /// Whether its connection can carry more than the answer.
    streams: bool,
    /// None once nobody waits.
    to: Option<mpsc::Sender<Event>>,
    abandoned: Option<Instant>,
}

impl Open {
    fn is_subscription(&self) -> bool {
        self.what == What::Subscription
    }

    fn is_text(&self) -> bool {
        matches!(self.id, Id::Text(_))
    }

    /// Whether the process may have something to say of it.
    fn lingers(&self) -> bool {
        self.abandoned.is_none_or(|since| since.elapsed() < LINGERS)
    }
}

/// On what terms a message is taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    /// Whether the connection can carry a stream.
    pub(super) streams: bool,
    /// Whether the revision has batches.
    pub(super) batches: bool,
}

/// A message that was taken.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) line: Line,
    /// The requests in it: our numbers, and what their client calls them.
    pub(super) open: Vec<(u64, Box<str>)>,
}

/// What becomes of a line that was heard.
#[derive(Debug, Default)]
pub(super) struct Heard {
    pub(super) deliveries: Vec<(mpsc::Sender<Event>, Event)>,
    pub(super) replies: Vec<Line>,
    /// What the operator should know.
    pub(super) complaint: Option<&'static str>,
}

/// The desk of one process.
#[derive(Debug)]
pub(super) struct Desk {
    mode: Mode,
    last: u64,
    open: BTreeMap<u64, Open>,
    abandoned: VecDeque<u64>,
    /// What the process asked its client.
    asked: Questions,
    batches: bool,
    /// Whether nothing was heard yet.
    is_first: bool,
    /// Whether it ever said anything.
    pub(super) has_spoken: bool,
    pub(super) own_accord: OwnAccord,
    /// What its tools want said again in headers, as far as it has listed them.
    pub(super) repeated: Repeated,
}

impl Desk {
    pub(super) fn new(mode: Mode) -> Self {
        Self {
            mode,
            last: 0,
            open: BTreeMap::new(),
            abandoned: VecDeque::new(),
            asked: Questions::default(),
            batches: false,
            is_first: true,
            has_spoken: false,
            own_accord: OwnAccord::default(),
            repeated: Repeated::default(),
        }
    }

    /// Nobody waits for that request any more. Gives what calls it off.
    pub(super) fn abandon(&mut self, number: u64) -> Option<Line> {
        let open = self.open.get_mut(&number)?;
        open.to = None;
        open.abandoned = Some(Instant::now());
        let line = Line::cancels(&written(number, open.is_text()));
        self.abandoned.push_back(number);
        if self.abandoned.len() > MAX_ABANDONED
            && let Some(oldest) = self.abandoned.pop_front()
        {
            self.open.remove(&oldest);
        }
        Some(line)
    }

    /// The process is gone: whoever waits learns it by the end of what they hear.
    pub(super) fn close(&mut self) {
        self.open.clear();
        self.own_accord.end();
    }

    /// The open request that a part names by our number, written as we wrote it or as text made of it.
    fn numbered(&self, part: Part<'_>, may_be_text_of_number: bool) -> Option<(u64, &Open)> {
        let (number, is_text) = match part.id()? {
            Id::Number(number) => (u64::try_from(number).ok()?, false),
            Id::Text(text) => (text.parse().ok()?, true),
        };
        let open = self.open.get(&number)?;
        (open.is_text() == is_text || (may_be_text_of_number && is_text)).then_some((number, open))
    }
}

/// Our number in the kind of the id that it stands for: what a process makes of a text stays a text.
fn written(number: u64, is_text: bool) -> String {
    if is_text { format!("\"{number}\"") } else { number.to_string() }
}

/// Whether it is longer than what is kept.
fn is_long(id: &Id) -> bool {
    matches!(id, Id::Text(text) if text.len() > MAX_ID)
}

fn malformed(why: &'static str) -> Stop {
    Refusal::CallMalformed { why }.into()
}

fn full() -> Stop {
    Stop::Later(Fault::UpstreamFull, SOON)
}
