//! Which JSON-RPC message is it, and what does it call? (JSON-RPC 2.0 §4, MCP Base Protocol)

use std::{cell::RefCell, fmt};

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use warded_core::Refusal;

use super::{
    Id,
    strict::{Any, Names, Place, Seen},
};

/// Members of a message.
const ENVELOPE: &[&str] = &["jsonrpc", "id", "method", "params", "result", "error"];
/// Members of `params` by which somebody decides what a call is.
const PARAMS: &[&str] = &[
    "_meta",
    "argument",
    "arguments",
    "capabilities",
    "clientInfo",
    "cursor",
    "inputResponses",
    "level",
    "name",
    "protocolVersion",
    "ref",
    "requestId",
    "requestState",
    "task",
    "taskId",
    "uri",
];
/// Members of `_meta` by which somebody decides.
const META: &[&str] = &[META_REVISION, "progressToken"];
const META_REVISION: &str = "io.modelcontextprotocol/protocolVersion";

/// What kind of message it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "JSON-RPC 2.0 has these three")]
pub enum Kind {
    /// Asks, and waits for an answer.
    Request,
    /// Tells.
    Notification,
    /// Answers what a server asked.
    Response,
}

/// One JSON-RPC message: what it calls, not what it calls it with.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    kind: Kind,
    id: Option<Id>,
    method: Option<Box<str>>,
    name: Option<Box<str>>,
    /// What `Mcp-Name` may repeat where the method has no name of its own.
    targets: Vec<Box<str>>,
    revision: Option<Box<str>>,
    initial_revision: Option<Box<str>>,
}

/// Callers choose names, too, and one may choose its own token.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl Message {
    /// What kind of message it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Its `id`.
    pub fn id(&self) -> Option<&Id> {
        self.id.as_ref()
    }

    /// Its method; none in a response.
    pub fn method(&self) -> Option<&str> {
        self.method.as_deref()
    }

    /// The tool, prompt or resource that it names, where its method names one.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The texts one of which `Mcp-Name` may repeat.
    pub(super) fn targets(&self) -> impl Iterator<Item = &str> {
        self.name.as_deref().into_iter().chain(self.targets.iter().map(AsRef::as_ref))
    }

    /// The revision in `_meta`.
    pub(super) fn meta_revision(&self) -> Option<&str> {
        self.revision.as_deref()
    }

    /// The revision that `initialize` proposes.
    pub(super) fn initial_revision(&self) -> Option<&str> {
        self.initial_revision.as_deref()
    }
}

/// Everything in one body.
#[derive(Debug)]
pub(super) struct Envelope {
    pub(super) messages: Vec<Message>,
    pub(super) is_batch: bool,
}

/// `delete\0x` is `delete` to a reader whose texts end there, and a rule for `delete` would not have been asked.
const NUL_IN_NAME: &str = "a name has a NUL in it";

fn malformed(why: &'static str) -> Refusal {
    Refusal::CallMalformed { why }
}

/// Reads a body as every strict reader would; what lenient readers would see differently is refused.
pub(super) fn read(body: &[u8]) -> Result<Envelope, Refusal> {
    // Checked as a whole: text that is passed over would not be.
    let text = std::str::from_utf8(body).map_err(|_| malformed("it is not UTF-8"))?;
    let found = RefCell::new(malformed("it is not JSON"));
    let mut parser = serde_json::Deserializer::from_str(text);
    let envelope = Body(Place::top(&found)).deserialize(&mut parser);
    let envelope = envelope.and_then(|envelope| parser.end().map(|()| envelope));
    envelope.map_err(|_| found.into_inner())
}

/// One message or a list of them.
struct Body<'a>(Place<'a>);

impl<'de> DeserializeSeed<'de> for Body<'_> {
    type Value = Envelope;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Envelope, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Body<'_> {
    type Value = Envelope;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a message")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Envelope, A::Error> {
        let message = Single(self.0).visit_map(members)?;
        Ok(Envelope { messages: vec![message], is_batch: false })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Envelope, A::Error> {
        let inner = self.0.deeper()?;
        let mut messages = Vec::new();
        while let Some(message) = items.next_element_seed(Single(inner))? {
            messages.push(message);
        }
        // JSON-RPC 2.0 §6.
        if messages.is_empty() {
            Err(inner.stop(malformed("the batch is empty")))
        } else {
            Ok(Envelope { messages, is_batch: true })
        }
    }
}

/// One message.
#[derive(Clone, Copy)]
struct Single<'a>(Place<'a>);

impl<'de> DeserializeSeed<'de> for Single<'_> {
    type Value = Message;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Message, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Single<'_> {
    type Value = Message;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a message")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Message, A::Error> {
        let place = self.0.deeper()?;
        let mut draft = Draft::default();
        let mut names = Names::default();
        while let Some(name) = names.next(&mut members, ENVELOPE, place)? {
            match &*name {
                "params" => draft.params = Some(members.next_value_seed(Parameters(place))?),
                "jsonrpc" => draft.jsonrpc = Some(members.next_value_seed(Any::kept(place))?),
                "id" => draft.id = Some(members.next_value_seed(Any::kept(place))?),
                "method" => draft.method = Some(members.next_value_seed(Any::kept(place))?),
                "result" => draft.result = Some(members.next_value_seed(Any::passed(place))?),
                "error" => draft.error = Some(members.next_value_seed(Any::passed(place))?),
                _ => {
                    members.next_value_seed(Any::passed(place))?;
                }
            }
        }
        draft.message().map_err(|why| place.stop(malformed(why)))
    }
}

/// The members of a message, before it is one.
#[derive(Default)]
struct Draft {
    jsonrpc: Option<Seen>,
    id: Option<Seen>,
    method: Option<Seen>,
    params: Option<Params>,
    result: Option<Seen>,
    error: Option<Seen>,
}

impl Draft {
    fn message(self) -> Result<Message, &'static str> {
        if self.jsonrpc != Some(Seen::Text("2.0".into())) {
            return Err("`jsonrpc` is not \"2.0\"");
        }
        let id = match self.id {
            None => None,
            Some(Seen::Text(text)) => Some(Id::Text(text)),
            Some(Seen::Integer(number)) => Some(Id::Number(number)),
            // MCP, Base Protocol: never null. An answer that could not read its request's id may say so.
            Some(Seen::Null) if self.method.is_none() => None,
            Some(_) => return Err("`id` is neither a text nor an integer"),
        };
        let answers = usize::from(self.result.is_some()) + usize::from(self.error.is_some());
        let Some(method) = self.method else {
            return match (answers, id.is_some() || self.result.is_none()) {
                (1, true) => Ok(Message::bare(Kind::Response, id)),
                (1, false) => Err("a result has no `id`"),
                (0, _) => Err("it has neither a method nor an answer"),
                _ => Err("it has a result and an error"),
            };
        };
        let Seen::Text(method) = method else {
            return Err("`method` is not a text");
        };
        if method.contains('\0') {
            return Err(NUL_IN_NAME);
        }
        // What is a request to one reader and a response to another is neither.
        if answers > 0 {
            return Err("it has a method and an answer");
        }
        let kind = if id.is_some() { Kind::Request } else { Kind::Notification };
        self.params.unwrap_or_default().into_message(Message::bare(kind, id), method)
    }
}

impl Message {
    fn bare(kind: Kind, id: Option<Id>) -> Self {
        Self {
            kind,
            id,
            method: None,
            name: None,
            targets: Vec::new(),
            revision: None,
            initial_revision: None,
        }
    }
}

/// What is read of `params`.
#[derive(Default)]
struct Params {
    name: Option<Seen>,
    uri: Option<Seen>,
    task: Option<Seen>,
    arguments: Option<Seen>,
    protocol_version: Option<Seen>,
    revision: Option<Seen>,
}

impl Params {
    fn into_message(self, bare: Message, method: Box<str>) -> Result<Message, &'static str> {
        let text = |seen: Option<Seen>| match seen {
            Some(Seen::Text(text)) => Some(text),
            _ => None,
        };
        let is_missing = |seen: &Option<Seen>| !matches!(seen, Some(Seen::Text(_)));
        // A call of something without a name, or with another thing than a name, is read as anything.
        // A subscription to nothing is none: it goes on, so that 2026-07-28, which has no such method, is told so.
        match &*method {
            "resources/subscribe" | "resources/unsubscribe" if self.uri.is_none() => {}
            "tools/call" if is_missing(&self.name) => return Err("the tool has no name"),
            "prompts/get" if is_missing(&self.name) => return Err("the prompt has no name"),
            "resources/read" | "resources/subscribe" | "resources/unsubscribe" if is_missing(&self.uri) => {
                return Err("the resource has no URI");
            }
            _ => {}
        }
        if !matches!(self.arguments, None | Some(Seen::Object | Seen::Null)) {
            return Err("`arguments` is not an object");
        }
        let revision = match self.revision {
            None => None,
            Some(Seen::Text(revision)) => Some(revision),
            Some(_) => return Err("the revision in `_meta` is not a text"),
        };
        let initial_revision = if &*method == "initialize" { text(self.protocol_version) } else { None };
        let (name, uri, task) = (text(self.name), text(self.uri), text(self.task));
        if [&name, &uri, &task].into_iter().flatten().any(|name| name.contains('\0')) {
            return Err(NUL_IN_NAME);
        }
        let (name, targets) = match &*method {
            "tools/call" | "prompts/get" => (name, Vec::new()),
            "resources/read" | "resources/subscribe" | "resources/unsubscribe" => (uri, Vec::new()),
            _ => (None, [name, uri, task].into_iter().flatten().collect()),
        };
        Ok(Message { method: Some(method), name, targets, revision, initial_revision, ..bare })
    }
}

struct Parameters<'a>(Place<'a>);

impl<'de> DeserializeSeed<'de> for Parameters<'_> {
    type Value = Params;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Params, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Parameters<'_> {
    type Value = Params;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Params, A::Error> {
        let place = self.0.deeper()?;
        let mut params = Params::default();
        let mut names = Names::default();
        while let Some(name) = names.next(&mut members, PARAMS, place)? {
            let field = match &*name {
                "_meta" => {
                    params.revision = members.next_value_seed(Meta(place))?;
                    continue;
                }
                "name" => &mut params.name,
                "uri" => &mut params.uri,
                "taskId" => &mut params.task,
                "arguments" => &mut params.arguments,
                "protocolVersion" => &mut params.protocol_version,
                _ => {
                    members.next_value_seed(Any::passed(place))?;
                    continue;
                }
            };
            *field = Some(members.next_value_seed(Any::kept(place))?);
        }
        Ok(params)
    }
}

/// The revision in `_meta`.
struct Meta<'a>(Place<'a>);

impl<'de> DeserializeSeed<'de> for Meta<'_> {
    type Value = Option<Seen>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Meta<'_> {
    type Value = Option<Seen>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let place = self.0.deeper()?;
        let mut revision = None;
        let mut names = Names::default();
        while let Some(name) = names.next(&mut members, META, place)? {
            if name == META_REVISION {
                revision = Some(members.next_value_seed(Any::kept(place))?);
            } else {
                members.next_value_seed(Any::passed(place))?;
            }
        }
        Ok(revision)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    /// Pieces of which messages are made, and things that look like them.
    const PIECES: &[&str] = &[
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"jsonrpc\":\"2.0\"",
        "\"id\":1",
        "\"id\"",
        "\"method\":\"tools/call\"",
        "\"method\":\"ping\"",
        "\"m\\u0065thod\":",
        "\"Method\":",
        "\"params\":{\"name\":\"a\"}",
        "\"params\":",
        "\"name\":",
        "\"n\\u0061me\":",
        "\"a\"",
        "\"b\"",
        "\"result\":",
        "\"error\":",
        "\"_meta\":{}",
        "\"arguments\":",
        "1",
        "-0.5",
        "1e9",
        "null",
        "true",
        " ",
        "\n",
        "\"\\ud83d\\ude00\"",
        "\"\\ud83d\"",
        "\u{feff}",
    ];

    fn assembled() -> impl Strategy<Value = String> {
        let loose =
            prop::collection::vec(prop::sample::select(PIECES), 0..24).prop_map(|pieces| pieces.concat());
        let member = || {
            let name = prop::sample::select(vec![
                "jsonrpc",
                "id",
                "method",
                "params",
                "name",
                "Name",
                "x",
                "n\\u0061me",
            ]);
            let value = prop::sample::select(vec![
                "\"2.0\"",
                "1",
                "\"tools/call\"",
                "{\"name\":\"a\"}",
                "\"b\"",
                "{}",
                "[]",
            ]);
            (name, value).prop_map(|(name, value)| format!("\"{name}\":{value}"))
        };
        let shaped = prop::collection::vec(member(), 0..5).prop_map(|members| {
            format!("{{\"jsonrpc\":\"2.0\",\"method\":\"tools/call\",\"params\":{{{}}}}}", members.join(","))
        });
        prop_oneof![loose, shaped]
    }

    /// What a lenient reader with the other choice sees: the first of two members, and any case.
    fn lenient<'v>(object: &'v [(String, Value)], name: &str) -> Option<&'v Value> {
        object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    fn members(value: &Value) -> Vec<(String, Value)> {
        value.as_object().map(|object| object.clone().into_iter().collect()).unwrap_or_default()
    }

    proptest! {
        #[test]
        fn what_is_accepted_reads_the_same_to_everybody(text in assembled()) {
            let Ok(envelope) = read(text.as_bytes()) else { return Ok(()) };
            // The last of two members counts here.
            let value: Value = serde_json::from_str(&text).unwrap();
            let values = if envelope.is_batch { value.as_array().unwrap().clone() } else { vec![value] };
            prop_assert_eq!(values.len(), envelope.messages.len());
            for (message, value) in envelope.messages.iter().zip(&values) {
                let own = members(value);
                prop_assert_eq!(message.method(), lenient(&own, "method").and_then(Value::as_str));
                if message.method() == Some("tools/call") {
                    let params = members(lenient(&own, "params").unwrap());
                    prop_assert_eq!(message.name(), lenient(&params, "name").and_then(Value::as_str));
                }
            }
        }

        #[test]
        fn no_bytes_are_too_much(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _read = read(&bytes);
        }
    }
}
