//! Did the calls that are counted end in an error? Reads answers as they stream by, and keeps nothing of them but ids.
//!
//! What counts is the answer to the very request: an object of JSON-RPC 2.0 with its `id`, with an `error` and without a `result`.
//! Everything else that a server says on the way, to this request or to others, is passed over. Whatever cannot be read says nothing,
//! and then the call stays counted.

use crate::call::Id;

mod text;

use text::{Heard, Said, Text};

/// The `resultType` of a result that is none yet.
const ASKS: &str = "input_required";

/// How the calls of one request ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Each of them in an error.
    Errors,
    /// One of them has a result, or it cannot be told.
    Results,
    /// It has not: the server wants to know more first, and hears it in another round (2026-07-28, Multi Round-Trip Requests).
    Asks {
        /// What it wants to be told again then, if anything.
        state: Option<String>,
    },
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

impl Heard {
    /// What its result comes to. Where nobody can tell whether it asks, it does not.
    fn result(&self) -> Outcome {
        let text = |written: &Vec<u8>| serde_json::from_slice::<String>(written).ok();
        if self.is_unclear || self.has_error || self.kind.as_ref().and_then(text).as_deref() != Some(ASKS) {
            return Outcome::Results;
        }
        let state = self.state.as_ref().map(text);
        if state == Some(None) { Outcome::Results } else { Outcome::Asks { state: state.flatten() } }
    }

    fn is_of_json_rpc(&self) -> bool {
        self.version.as_ref().and_then(|written| serde_json::from_slice(written).ok())
            == Some("2.0".to_owned())
    }
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
        if is_error && !heard.is_of_json_rpc() {
            return None;
        }
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
            return Some(heard.result());
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
