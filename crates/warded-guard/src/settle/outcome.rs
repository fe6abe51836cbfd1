//! Did the calls that are counted end in an error? Reads answers as they stream by, and keeps nothing of them but ids.
//!
//! What counts is the answer to the very request: an object with its `id`, with an `error` and without a `result`. Everything else
//! that a server says on the way, to this request or to others, is passed over. Whatever cannot be read says nothing, and then
//! the call stays counted.

use crate::call::Id;

/// Most bytes of a member's name that are kept, as written: those that are looked for fit, every letter escaped.
const MAX_NAME: usize = 48;

/// Most bytes of an id that are kept, as written. A caller whose ids are longer gets nothing back.
const MAX_ID: usize = 4 * 1024;

/// How the calls of one request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Each of them in an error.
    Errors,
    /// One of them has a result, or it cannot be told.
    Results,
}

/// The answers to some requests, on their way.
#[derive(Debug)]
pub(super) struct Outcomes {
    awaited: Vec<Id>,
    /// Whether an error that names no request is about these: so says a server that refused to read the request at all.
    takes_nameless: bool,
    is_decided: bool,
    text: Text,
}

/// One JSON text, byte by byte.
#[derive(Debug, Default)]
struct Text {
    depth: usize,
    /// How deep messages lie: in a batch, one deeper.
    base: usize,
    in_string: bool,
    is_escaped: bool,
    slot: Slot,
    /// The name of the member, as written; then the value of an `id`.
    kept: Vec<u8>,
    /// Whether there was more than is kept.
    is_long: bool,
    message: Heard,
}

/// What is read next of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Slot {
    #[default]
    Name,
    /// The value of an `id`.
    IdValue,
    /// The value of an `error`, of which nothing was read yet.
    ErrorValue,
    /// Another value, or what is left of one.
    Value,
}

/// What was heard of a message.
#[derive(Debug, Default)]
struct Heard {
    id: Option<Vec<u8>>,
    said: Said,
    has_error: bool,
    has_result: bool,
}

/// Whether it is an answer at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Said {
    #[default]
    Answer,
    /// It has a method: it is a request of the server's own, which may have the same `id`.
    Request,
    /// An `id` stands there twice, or is longer than any that is awaited.
    Odd,
}

impl Outcomes {
    pub(super) fn of(awaited: &[Id], takes_nameless: bool) -> Self {
        Self { awaited: awaited.to_vec(), takes_nameless, is_decided: false, text: Text::default() }
    }

    /// Reads on; tells once how the calls ended.
    pub(super) fn reads(&mut self, bytes: &[u8]) -> Option<Outcome> {
        if self.is_decided {
            return None;
        }
        for byte in bytes {
            if let Some(heard) = self.text.next(*byte)
                && let Some(outcome) = self.hears(&heard)
            {
                self.is_decided = true;
                return Some(outcome);
            }
        }
        None
    }

    /// The text ends here, and another may begin.
    pub(super) fn ends_text(&mut self) {
        self.text = Text::default();
    }

    fn hears(&mut self, heard: &Heard) -> Option<Outcome> {
        if heard.said != Said::Answer || (!heard.has_error && !heard.has_result) {
            return None;
        }
        let is_error = heard.has_error && !heard.has_result;
        let id: Option<serde_json::Value> = match &heard.id {
            Some(written) => Some(serde_json::from_slice(written).ok()?),
            None => None,
        };
        match id {
            None | Some(serde_json::Value::Null) => {
                return (is_error && self.takes_nameless).then_some(Outcome::Errors);
            }
            Some(id) => {
                let before = self.awaited.len();
                self.awaited.retain(|awaited| !is_same(awaited, &id));
                if self.awaited.len() == before {
                    return None;
                }
            }
        }
        if !is_error {
            return Some(Outcome::Results);
        }
        self.awaited.is_empty().then_some(Outcome::Errors)
    }
}

fn is_same(awaited: &Id, id: &serde_json::Value) -> bool {
    match awaited {
        Id::Text(text) => id.as_str() == Some(text),
        Id::Number(number) => {
            id.as_i64().map(i128::from).or_else(|| id.as_u64().map(i128::from)) == Some(*number)
        }
    }
}

impl Text {
    /// Reads one byte; gives a message that ends with it.
    fn next(&mut self, byte: u8) -> Option<Heard> {
        let is_own = self.depth == self.base + 1;
        if self.in_string {
            if is_own {
                self.keeps(byte);
            }
            match byte {
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' => self.is_escaped = true,
                b'"' => self.in_string = false,
                _ => {}
            }
            return None;
        }
        match byte {
            b'"' => {
                self.in_string = true;
                if is_own {
                    self.begins_value(byte);
                    self.keeps(byte);
                }
            }
            b'{' | b'[' => {
                if self.depth == 0 {
                    self.base = usize::from(byte == b'[');
                } else if is_own {
                    self.begins_value(byte);
                    // No id is one of these.
                    self.is_long |= self.slot == Slot::IdValue;
                }
                self.depth += 1;
                if self.depth == self.base + 1 && byte == b'{' {
                    (self.message, self.slot) = (Heard::default(), Slot::Name);
                    self.clears();
                }
            }
            b'}' | b']' => {
                let ends = is_own && byte == b'}';
                if ends {
                    self.ends_member();
                }
                self.depth = self.depth.saturating_sub(1);
                if ends {
                    return Some(std::mem::take(&mut self.message));
                }
            }
            b':' if is_own && self.slot == Slot::Name => self.ends_name(),
            b',' if is_own => {
                self.ends_member();
                self.slot = Slot::Name;
                self.clears();
            }
            _ if is_own && !byte.is_ascii_whitespace() => {
                self.begins_value(byte);
                self.keeps(byte);
            }
            _ => {}
        }
        None
    }

    fn keeps(&mut self, byte: u8) {
        let most = match self.slot {
            Slot::Name => MAX_NAME,
            Slot::IdValue => MAX_ID,
            Slot::ErrorValue | Slot::Value => return,
        };
        if self.kept.len() < most {
            self.kept.push(byte);
        } else {
            self.is_long = true;
        }
    }

    fn clears(&mut self) {
        self.kept.clear();
        self.is_long = false;
    }

    /// What an `error` begins with: `null` is none, and servers of JSON-RPC 1.0 write it beside a result.
    fn begins_value(&mut self, byte: u8) {
        if self.slot == Slot::ErrorValue {
            self.message.has_error |= byte == b'{';
            self.slot = Slot::Value;
        }
    }

    fn ends_name(&mut self) {
        let name: Option<String> = if self.is_long { None } else { serde_json::from_slice(&self.kept).ok() };
        self.clears();
        self.slot = match name.as_deref() {
            Some("id") => Slot::IdValue,
            Some("error") => Slot::ErrorValue,
            Some("result") => {
                self.message.has_result = true;
                Slot::Value
            }
            Some("method") => {
                self.message.said = Said::Request;
                Slot::Value
            }
            _ => Slot::Value,
        };
    }

    fn ends_member(&mut self) {
        if self.slot == Slot::IdValue {
            let is_first = self.message.id.is_none();
            if self.is_long || !is_first {
                self.message.said = Said::Odd;
            }
            self.message.id = Some(std::mem::take(&mut self.kept));
        }
    }
}
