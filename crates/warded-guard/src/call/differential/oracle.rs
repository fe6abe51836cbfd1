//! What should a reader say? What `serde_json` comes by in a text, in its order, held against the rules. Written for its
//! clarity: everything is kept, and looked for when it is needed.

use std::{cell::RefCell, fmt, slice};

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use warded_core::{Refusal, Shown};

use crate::call::{
    Id, Kind, Message, Target,
    envelope::MESSAGE,
    lookalike,
    named::{FILTER, REFERENCE},
    params::{META, PARAMS},
};

/// Why something is no message; each of them has to be met.
pub(super) const REASONS: &[&str] = &[
    "it is not JSON",
    "it is no message",
    "the batch is empty",
    "the batch has something else in it",
    "`jsonrpc` is not \"2.0\"",
    "`id` is too large a number to be the same to every reader",
    "`id` is neither a text nor an integer",
    "a result has no `id`",
    "it has neither a method nor an answer",
    "it has a result and an error",
    "`method` is not a text",
    "it has a method and an answer",
    "`params` is not an object",
    "`_meta` is not an object",
    "the tool has no name",
    "the prompt has no name",
    "the resource has no URI",
    "what is completed has no name",
    "nothing is completed",
    "`arguments` is not an object",
    "`resourceSubscriptions` is not a list of URIs",
    "the revision in `_meta` is not a text",
    "a name has a NUL in it",
    "call-too-deep",
];

/// What is told of a message.
#[derive(Debug, PartialEq)]
pub(super) struct Told {
    kind: Kind,
    id: Option<String>,
    method: Option<String>,
    name: Option<String>,
    tool: Option<String>,
    names: Vec<String>,
    targets: Vec<(&'static str, String)>,
    revision: Option<String>,
    initial_revision: Option<String>,
}

impl Told {
    pub(super) fn of(message: &Message) -> Self {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        let target = |target: &Target| match target {
            Target::Tool(name) => ("tool", name.to_string()),
            Target::Prompt(name) => ("prompt", name.to_string()),
            Target::Resource(uri) => ("resource", uri.to_string()),
            Target::Template(template) => ("template", template.to_string()),
        };
        Self {
            kind: message.kind(),
            id: message.id().map(|id| match id {
                Id::Text(text) => format!("text {text}"),
                Id::Number(number) => format!("number {number}"),
            }),
            method: owned(message.method()),
            name: owned(message.name()),
            tool: owned(message.tool()),
            names: message.names().map(str::to_owned).collect(),
            targets: message.targets().iter().map(target).collect(),
            revision: owned(message.meta_revision()),
            initial_revision: owned(message.initial_revision()),
        }
    }
}

/// What somebody comes by who goes through a text.
#[derive(Debug)]
enum Event {
    Object,
    Name(String),
    List,
    End,
    Text(String),
    Integer(i128),
    Null,
    Other,
}

struct Listens<'e>(&'e RefCell<Vec<Event>>);

impl Listens<'_> {
    fn hears(&self, event: Event) {
        self.0.borrow_mut().push(event);
    }
}

impl<'de> DeserializeSeed<'de> for Listens<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Listens<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        self.hears(Event::Other);
        Ok(())
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.hears(Event::Integer(number.into()));
        Ok(())
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.hears(Event::Integer(number.into()));
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        self.hears(Event::Other);
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.hears(Event::Text(text.to_owned()));
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.hears(Event::Null);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        self.hears(Event::List);
        while items.next_element_seed(Self(self.0))?.is_some() {}
        self.hears(Event::End);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        self.hears(Event::Object);
        while let Some(name) = members.next_key::<String>()? {
            self.hears(Event::Name(name));
            members.next_value_seed(Self(self.0))?;
        }
        self.hears(Event::End);
        Ok(())
    }
}

/// What a value was.
enum Node {
    Text(String),
    Integer(i128),
    Null,
    Other,
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
}

impl Node {
    fn member(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.iter().find(|(own, _)| own == name).map(|(_, value)| value),
            _ => None,
        }
    }

    fn text(&self, name: &str) -> Option<String> {
        match self.member(name) {
            Some(Self::Text(text)) => Some(text.clone()),
            _ => None,
        }
    }

    /// Whether a member is there and no text.
    fn has_other(&self, name: &str) -> bool {
        self.member(name).is_some() && self.text(name).is_none()
    }
}

/// Which object of the protocol one is in.
#[derive(Clone, Copy, PartialEq)]
enum Within {
    Message,
    Params,
    Meta,
    Reference,
    Filter,
    Nothing,
}

impl Within {
    fn reserved(self) -> &'static [&'static str] {
        match self {
            Self::Message => MESSAGE,
            Self::Params => PARAMS,
            Self::Meta => META,
            Self::Reference => REFERENCE,
            Self::Filter => FILTER,
            Self::Nothing => &[],
        }
    }

    fn member(self, name: &str) -> Self {
        match (self, name) {
            (Self::Message, "params") => Self::Params,
            (Self::Params, "_meta") => Self::Meta,
            (Self::Params, "ref") => Self::Reference,
            (Self::Params, "notifications") => Self::Filter,
            _ => Self::Nothing,
        }
    }
}

fn malformed(why: &'static str) -> Refusal {
    Refusal::CallMalformed { why }
}

const NOT_JSON: Refusal = Refusal::CallMalformed { why: "it is not JSON" };

/// Goes through what was heard; where that ends early, the text was no JSON from there on.
struct Judge<'e> {
    events: slice::Iter<'e, Event>,
    messages: Vec<Told>,
}

impl Judge<'_> {
    fn value(&mut self, within: Within, depth: usize) -> Result<Node, Refusal> {
        Ok(match self.events.next().ok_or(NOT_JSON)? {
            Event::Text(text) => Node::Text(text.clone()),
            Event::Integer(number) => Node::Integer(*number),
            Event::Null => Node::Null,
            Event::Other => Node::Other,
            Event::List | Event::Object if depth == 64 => return Err(Refusal::CallTooDeep),
            Event::List => self.items(depth, |judge| judge.value(Within::Nothing, depth + 1))?,
            Event::Object => self.members(within, depth)?,
            Event::Name(_) | Event::End => unreachable!("a value begins otherwise"),
        })
    }

    fn items(
        &mut self,
        depth: usize,
        item: impl Fn(&mut Self) -> Result<Node, Refusal>,
    ) -> Result<Node, Refusal> {
        assert!(depth < 64);
        let mut items = Vec::new();
        loop {
            match self.events.as_slice().first() {
                Some(Event::End) => {
                    self.events.next();
                    return Ok(Node::List(items));
                }
                _ => items.push(item(self)?),
            }
        }
    }

    fn members(&mut self, within: Within, depth: usize) -> Result<Node, Refusal> {
        let mut members: Vec<(String, Node)> = Vec::new();
        loop {
            match self.events.next().ok_or(NOT_JSON)? {
                Event::End => break,
                Event::Name(name) => {
                    if lookalike::is_one(name, within.reserved()) {
                        return Err(Refusal::CallLookalikeMember { member: Shown::new(name) });
                    }
                    let inner = within.member(name);
                    let value = self.value(inner, depth + 1)?;
                    match (inner, &value) {
                        (Within::Params | Within::Meta, Node::Object(_)) => {}
                        (Within::Params, _) => return Err(malformed("`params` is not an object")),
                        (Within::Meta, _) => return Err(malformed("`_meta` is not an object")),
                        _ => {}
                    }
                    members.push((name.clone(), value));
                }
                other => unreachable!("{other:?} among members"),
            }
        }
        for (index, (name, _)) in members.iter().enumerate() {
            if members.iter().skip(index + 1).any(|(other, _)| other == name) {
                return Err(Refusal::CallDuplicateMember);
            }
        }
        let object = Node::Object(members);
        if within == Within::Message {
            self.messages.push(message(&object).map_err(malformed)?);
        }
        Ok(object)
    }
}

/// What should be read in a body: its messages, and whether they came as a list.
pub(super) fn read(body: &[u8]) -> Result<(Vec<Told>, bool), Refusal> {
    let body = std::str::from_utf8(body).map_err(|_| malformed("it is not UTF-8"))?;
    let events = RefCell::default();
    let mut parser = serde_json::Deserializer::from_str(body);
    let heard = Listens(&events).deserialize(&mut parser).and_then(|()| parser.end());
    let events = events.into_inner();
    let mut judge = Judge { events: events.iter(), messages: Vec::new() };
    let is_batch = matches!(events.first(), Some(Event::List));
    if is_batch {
        judge.events.next();
        let items = judge.items(0, |judge| match judge.value(Within::Message, 1)? {
            object @ Node::Object(_) => Ok(object),
            _ => Err(malformed("the batch has something else in it")),
        })?;
        if matches!(&items, Node::List(items) if items.is_empty()) {
            return Err(malformed("the batch is empty"));
        }
    } else if !matches!(judge.value(Within::Message, 0)?, Node::Object(_)) {
        return Err(malformed("it is no message"));
    }
    heard.map_err(|_| NOT_JSON)?;
    Ok((judge.messages, is_batch))
}

/// JSON-RPC 2.0 §4, §5.
fn message(message: &Node) -> Result<Told, &'static str> {
    if message.text("jsonrpc").as_deref() != Some("2.0") {
        return Err("`jsonrpc` is not \"2.0\"");
    }
    let has = |name| message.member(name).is_some();
    let id = match message.member("id") {
        None => None,
        Some(Node::Text(text)) => Some(format!("text {text}")),
        Some(Node::Integer(number)) if number.abs() < 1 << 53 => Some(format!("number {number}")),
        Some(Node::Integer(_)) => return Err("`id` is too large a number to be the same to every reader"),
        Some(Node::Null) if !has("method") => None,
        Some(_) => return Err("`id` is neither a text nor an integer"),
    };
    let Some(method) = message.text("method") else {
        return match (has("method"), has("result"), has("error")) {
            (true, ..) => Err("`method` is not a text"),
            (_, false, false) => Err("it has neither a method nor an answer"),
            (_, true, true) => Err("it has a result and an error"),
            (_, true, false) if id.is_none() => Err("a result has no `id`"),
            _ => Ok(Told {
                kind: Kind::Response,
                id,
                method: None,
                name: None,
                tool: None,
                names: vec![],
                targets: vec![],
                revision: None,
                initial_revision: None,
            }),
        };
    };
    if has("result") || has("error") {
        return Err("it has a method and an answer");
    }
    let empty = Node::Object(vec![]);
    asked(id, &method, message.member("params").unwrap_or(&empty))
}

fn asked(id: Option<String>, method: &str, params: &Node) -> Result<Told, &'static str> {
    let nothing = Node::Object(vec![]);
    let reference = params.member("ref").filter(|reference| matches!(reference, Node::Object(_)));
    let completed = reference.unwrap_or(&nothing);
    let is_named = match method {
        "tools/call" if params.text("name").is_none() => return Err("the tool has no name"),
        "prompts/get" if params.text("name").is_none() => return Err("the prompt has no name"),
        "resources/read" if params.text("uri").is_none() => return Err("the resource has no URI"),
        "resources/subscribe" | "resources/unsubscribe" if params.has_other("uri") => {
            return Err("the resource has no URI");
        }
        "completion/complete" if completed.has_other("name") || completed.has_other("uri") => {
            return Err("what is completed has no name");
        }
        "completion/complete" if completed.member("name").is_none() && completed.member("uri").is_none() => {
            return Err("nothing is completed");
        }
        "tools/call" | "prompts/get" => Some("name"),
        "resources/read" | "resources/subscribe" | "resources/unsubscribe" => Some("uri"),
        _ => None,
    };
    if !matches!(params.member("arguments"), None | Some(Node::Null | Node::Object(_))) {
        return Err("`arguments` is not an object");
    }
    let watched = watched(params)?;
    let meta = params.member("_meta").unwrap_or(&nothing);
    let key = "io.modelcontextprotocol/protocolVersion";
    if meta.has_other(key) {
        return Err("the revision in `_meta` is not a text");
    }
    let of_method = match method.split_once('/') {
        Some(("tools", _)) => params.text("name").map(|name| ("tool", name)),
        Some(("prompts", _)) => params.text("name").map(|name| ("prompt", name)),
        _ => None,
    };
    let others = [
        params.text("uri").map(|uri| ("resource", uri)),
        completed.text("name").map(|name| ("prompt", name)),
        completed.text("uri").map(|uri| ("template", uri)),
    ];
    let watched = watched.into_iter().map(|uri| ("resource", uri));
    let targets: Vec<_> = of_method.into_iter().chain(others.into_iter().flatten()).chain(watched).collect();
    let names: Vec<_> = match is_named {
        Some(name) => params.text(name).into_iter().collect(),
        None => ["name", "uri", "taskId"].iter().filter_map(|name| params.text(name)).collect(),
    };
    let written = names.iter().chain(targets.iter().map(|(_, name)| name)).map(String::as_str);
    if written.chain([method]).any(|name| name.contains('\0')) {
        return Err("a name has a NUL in it");
    }
    Ok(Told {
        kind: if id.is_some() { Kind::Request } else { Kind::Notification },
        id,
        method: Some(method.to_owned()),
        name: is_named.and_then(|name| params.text(name)),
        tool: targets.iter().find(|(kind, _)| *kind == "tool").map(|(_, name)| name.clone()),
        names,
        targets,
        revision: meta.text(key),
        initial_revision: if method == "initialize" { params.text("protocolVersion") } else { None },
    })
}

fn watched(params: &Node) -> Result<Vec<String>, &'static str> {
    let filter = params.member("notifications");
    let items = match filter.and_then(|filter| filter.member("resourceSubscriptions")) {
        None | Some(Node::Null) => return Ok(vec![]),
        Some(Node::List(items)) => items,
        Some(_) => return Err("`resourceSubscriptions` is not a list of URIs"),
    };
    let mut uris = Vec::new();
    for item in items {
        match item {
            Node::Text(_) if uris.len() == 1024 => return Err("`resourceSubscriptions` is too long"),
            Node::Text(uri) => uris.push(uri.clone()),
            _ => return Err("`resourceSubscriptions` is not a list of URIs"),
        }
    }
    Ok(uris)
}
