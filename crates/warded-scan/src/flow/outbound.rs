//! Requests that go out: which headers and which query they have.

use std::sync::Arc;

use super::{
    event::{Event, Given},
    heap::{Heap, Object},
    inbound::{OUTGOING, QUERY, has_headers, is_credential},
    machine::Machine,
    request::given,
    value::{Mark, Presence, Shape, Value},
};
use crate::{
    ir::{Expression, Takes, Text},
    project::Place,
};

/// An entry of what goes out.
pub(crate) struct Entry {
    /// Its key, where it is known.
    pub(crate) key: Option<Text>,
    /// What it is.
    pub(crate) value: Value,
    /// Where it was written.
    pub(crate) at: Place,
}

/// What a request takes with it.
pub(crate) struct Sent {
    /// Its entries.
    pub(crate) entries: Vec<Entry>,
    /// Where it goes, in words.
    pub(crate) url: Vec<Text>,
    /// Where it is sent.
    pub(crate) at: Place,
    /// From which calls.
    pub(crate) trail: Arc<[Place]>,
}

/// The headers of the requests that are made there.
pub(crate) fn headers(event: &Event<'_>) -> Vec<Sent> {
    match event {
        Event::Called { known, .. } => given_as(event, &known.headers),
        Event::Ended { heap, .. } => noted(heap, OUTGOING),
        _ => Vec::new(),
    }
}

/// The queries of the requests that are made there.
pub(crate) fn queries(event: &Event<'_>) -> Vec<Sent> {
    match event {
        Event::Called { known, .. } => given_as(event, &known.query),
        Event::Ended { heap, .. } => noted(heap, QUERY),
        _ => Vec::new(),
    }
}

fn given_as(event: &Event<'_>, paths: &[String]) -> Vec<Sent> {
    let Event::Called { known, heap, at, trail, .. } = event else { return Vec::new() };
    let values: Vec<_> = paths.iter().filter_map(|path| given(event, std::slice::from_ref(path))).collect();
    if values.is_empty() {
        return Vec::new();
    }
    let entries: Vec<_> = values.iter().flat_map(|value| entries(value, heap, at)).collect();
    let mut url = Vec::new();
    if let Some(address) = given(event, &known.url) {
        words(&address, &mut url);
    }
    vec![Sent { entries, url, at: at.clone(), trail: Arc::clone(trail) }]
}

/// What stands in objects that note what they are.
fn noted(heap: &Heap, what: &str) -> Vec<Sent> {
    let all = heap.objects().filter_map(|object| Some((object.slots.get(what)?, object)));
    let sent = all.map(|(note, object)| {
        let mut url = Vec::new();
        words(&note.value, &mut url);
        let mut entries = Vec::new();
        entries_of(object, heap, &note.at, &mut entries);
        Sent { entries, url, at: object.born.clone(), trail: Arc::default() }
    });
    sent.collect()
}

/// The entries of a value: of a map, of a list of pairs, of an object that has them as fields.
fn entries(value: &Value, heap: &Heap, at: &Place) -> Vec<Entry> {
    let mut all = Vec::new();
    for one in value.each() {
        match one.object().and_then(|id| heap.get(id)) {
            // What notes that it goes out is told where the function ends: until then it can change.
            Some(object) if object.slots.contains_key(OUTGOING) => {}
            Some(object) => entries_of(object, heap, at, &mut all),
            None => all.push(Entry { key: None, value: one.clone(), at: at.clone() }),
        }
    }
    all
}

fn entries_of(object: &Object, heap: &Heap, at: &Place, all: &mut Vec<Entry>) {
    let slots = object.slots.iter().filter(|(key, slot)| {
        !key.starts_with('<') && slot.presence != Presence::Never && slot.value.truth() != Some(false)
    });
    all.extend(slots.map(|(key, slot)| Entry {
        key: Some(key.clone()),
        value: slot.value.clone(),
        at: slot.at.clone(),
    }));
    for item in &object.items {
        let Some(pair) = item.object().and_then(|id| heap.get(id)) else { continue };
        if let [key, value] = pair.items.as_slice() {
            // What has a key that nobody knows is among what the list may have.
            let Some(key) = key.text() else { continue };
            if !all.iter().any(|entry| entry.key.as_ref() == Some(key)) {
                all.push(Entry { key: Some(key.clone()), value: value.clone(), at: pair.born.clone() });
            }
        }
    }
    let Some(mut open) = object.open.clone() else { return };
    // What is written over them is what is sent.
    let own =
        |(key, slot): (&Text, &super::value::Slot)| is_credential(key) && slot.presence == Presence::Always;
    if has_headers(&open) && object.slots.iter().any(own) {
        open = open.only(|mark| !matches!(mark, Mark::Headers(_)));
    }
    all.push(Entry { key: None, value: Value::unknown().with(&open), at: at.clone() });
}

/// All words that an address says.
fn words(address: &Value, all: &mut Vec<Text>) {
    match &address.shape {
        Shape::Text(text) | Shape::Unknown(Some(text)) | Shape::Foreign(text) => all.push(text.clone()),
        Shape::Template(parts) | Shape::OneOf(parts) => parts.iter().for_each(|part| words(part, all)),
        _ => {}
    }
}

impl Machine<'_> {
    /// Tells of each parameter of an address that gets its value there: `".. ?a=" + b`.
    pub(super) fn build_address(&mut self, parts: &[Value], whole: &Expression) {
        for pair in parts.windows(2) {
            let [before, value] = pair else { continue };
            let Some(text) = before.text().filter(|_| value.text().is_none()) else { continue };
            let (before, value, at) = (text.clone(), value.clone(), self.place(&whole.span));
            if let Some(object) = value.object().filter(|_| before.ends_with(['?', '&'])) {
                let found = self.heap.as_ref().and_then(|heap| heap.get(object));
                let slots = found.map(|object| object.slots.clone()).unwrap_or_default();
                for (key, slot) in slots.into_iter().filter(|(key, _)| !key.starts_with('<')) {
                    let trail = self.trail();
                    self.tell(Event::Built {
                        key,
                        value: slot.value,
                        before: before.clone(),
                        at: slot.at,
                        trail,
                    });
                }
                continue;
            }
            let Some((address, key)) = before.strip_suffix('=').and_then(|text| text.rsplit_once(['?', '&']))
            else {
                continue;
            };
            if !address.contains('#') && key.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c)) {
                let (key, trail) = (Text::from(key), self.trail());
                self.tell(Event::Built { key, value, before: address.into(), at, trail });
            }
        }
    }

    /// Tells of an authorization request that is written out as an address. What was told of its beginning was not whole.
    pub(super) fn ask_in_address(&mut self, parts: &[Value], whole: &Expression) {
        let texts: Vec<&str> = parts.iter().filter_map(Value::text).map(AsRef::as_ref).collect();
        let says = |key: &str| {
            texts.iter().any(|text| {
                text.match_indices(key).any(|(at, _)| {
                    text.get(..at).is_some_and(|before| before.is_empty() || before.ends_with(['?', '&']))
                })
            })
        };
        let language = self.project.file(self.file()).language;
        let (Some(known), true) = (
            self.library.find(language, ADDRESS),
            texts.len() < parts.len() && says("response_type=") && says("client_id="),
        ) else {
            return;
        };
        let (at, trail, under) = (self.place(&whole.span), self.trail(), self.under.clone());
        let value = Value::from(Shape::Template(parts.into()));
        self.events.retain(|event| {
            !matches!(event, Event::Called { what, arguments, .. }
            if &**what == ADDRESS && arguments.first().is_some_and(|given| begins(&given.value, parts)))
        });
        let given = Given { name: None, value: value.clone(), spread: Takes::One, at: at.clone() };
        let Some(heap) = &self.heap else { return };
        let event = Event::Called {
            known,
            what: ADDRESS.into(),
            receiver: None,
            arguments: [given].into(),
            heap: std::sync::Arc::new(heap.clone()),
            result: value,
            at,
            trail,
            under,
        };
        self.tell(event);
    }
}

/// What the library calls an address with all of its parameters.
const ADDRESS: &str = "<address>";

/// Whether a text is the beginning of these parts.
fn begins(text: &Value, parts: &[Value]) -> bool {
    matches!(&text.shape, Shape::Template(begin) if parts.starts_with(begin))
}
