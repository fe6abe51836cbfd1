//! Requests that go out: which headers and which query they have.

use std::sync::Arc;

use super::{
    event::{Event, Given},
    heap::{Heap, Is, Object},
    inbound::{CHOSEN, OUTGOING, QUERY, has_headers, is_credential},
    machine::Machine,
    request::given,
    value::{Mark, Presence, Shape, Value, scheme},
};
use crate::{
    ir::{Expression, Kind, Text},
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

/// Methods that write a parameter into the query of an address, whatever that is.
pub(crate) const QUERY_WRITERS: &[&str] = &[
    "queryParam",
    "addQueryParam",
    "setQueryParam",
    "addQueryParameter",
    "addEncodedQueryParameter",
    "setQueryParameter",
    "addQuerystringParameter",
    "AddQueryParameter",
    "SetQueryParam",
];

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
            Some(object) if !is_text(object) => entries_of(object, heap, at, &mut all),
            _ => all.push(Entry { key: None, value: one.clone().with(&value.marks), at: at.clone() }),
        }
    }
    all
}

/// Whether it is what a function of a library made of a text, of which nothing more is known.
fn is_text(object: &Object) -> bool {
    matches!(object.is, Is::Foreign(_)) && object.slots.is_empty() && object.items.is_empty()
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
    let at = object.slots.get(CHOSEN).map_or(at, |slot| &slot.at).clone();
    all.push(Entry { key: None, value: Value::unknown().with(&open), at });
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
    /// Tells of a credential that a client of something else is made with: `NotesClient(url, token)`,
    /// `NotesClient.from_token(token)`.
    pub(super) fn hand_to_client(&mut self, call: &Expression, given: &[Given]) {
        let Kind::Call { callee, .. } = &call.kind else { return };
        let class = match &callee.kind {
            Kind::Name(name) => name,
            Kind::Member(of, name) => match &of.kind {
                Kind::Name(of) if !name.starts_with(char::is_uppercase) => of,
                _ => name,
            },
            _ => return,
        };
        if !is_client_of_another(class) {
            return;
        }
        let Some(handed) = given.iter().find(|given| given.value.marks.has(Mark::Inbound)) else { return };
        let (to, value, at, trail) = (class.clone(), handed.value.clone(), handed.at.clone(), self.trail());
        self.tell(Event::Handed { to, value, at, trail });
    }

    /// Tells of a parameter that a method writes into a query.
    pub(super) fn write_query(&mut self, method: &str, given: &[Given], at: &Place) {
        let [key, value] = given else { return };
        if let Some(key) = key.value.text().filter(|_| QUERY_WRITERS.contains(&method))
            && value.value.text().is_none()
        {
            let (key, value, before, trail) = (key.clone(), value.value.clone(), "".into(), self.trail());
            self.tell(Event::Built { key, value, before, at: at.clone(), trail });
        }
    }

    /// Tells of each parameter of an address that gets its value there: `".. ?a=" + b`.
    pub(super) fn build_address(&mut self, parts: &[Value], whole: &Expression) {
        let at = self.place(&whole.span);
        if is_of_no_site(parts) {
            // What it is put together of was taken for a part of an address.
            self.events
                .retain(|event| !matches!(event, Event::Built { at: part, .. } if is_within(part, &at)));
            return;
        }
        for (index, pair) in parts.windows(2).enumerate() {
            let [before, value] = pair else { continue };
            let Some(text) = before.text().filter(|_| value.text().is_none()) else { continue };
            let (text, value, at) = (text.clone(), value.clone(), at.clone());
            if let Some(object) = value.object().filter(|_| text.ends_with(['?', '&'])) {
                let found = self.heap.as_ref().and_then(|heap| heap.get(object));
                let slots = found.map(|object| object.slots.clone()).unwrap_or_default();
                for (key, slot) in slots.into_iter().filter(|(key, _)| !key.starts_with('<')) {
                    let trail = self.trail();
                    self.tell(Event::Built {
                        key,
                        value: slot.value,
                        before: text.clone(),
                        at: slot.at,
                        trail,
                    });
                }
                continue;
            }
            let Some(end) = text.strip_suffix('=') else { continue };
            let earlier = index.checked_sub(1).and_then(|earlier| parts.get(earlier));
            let (address, key) = match end.rsplit_once(['?', '&']) {
                Some(split) => split,
                // `url + (has_query ? '&' : '?') + 'a=' + b`
                None if earlier.is_some_and(begins_parameter) => ("", end),
                None => continue,
            };
            if !address.contains('#') && key.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c)) {
                let (key, trail) = (Text::from(key), self.trail());
                self.tell(Event::Built { key, value, before: address.into(), at, trail });
            }
        }
    }
}

/// Whether a class is called like a client, and not like one of whoever issues or checks tokens.
fn is_client_of_another(class: &str) -> bool {
    let name = class.to_ascii_lowercase();
    class.starts_with(char::is_uppercase)
        && name.ends_with("client")
        && !OF_ISSUERS.iter().any(|part| name.contains(part))
}

/// What is in the names of clients of whoever issues or checks tokens, and of tests.
const OF_ISSUERS: &[&str] = &[
    "auth",
    "oidc",
    "openid",
    "token",
    "introspect",
    "verif",
    "exchange",
    "jwk",
    "identity",
    "keycloak",
    "test",
    "mock",
];

/// Whether what follows is a parameter of a query.
fn begins_parameter(before: &Value) -> bool {
    before.each().all(|one| one.text().is_some_and(|text| text.ends_with(['?', '&'])))
}

/// Whether a text begins like an address of something else than a site: `postgres://`.
fn is_of_no_site(parts: &[Value]) -> bool {
    let first: Vec<_> = parts.first().into_iter().flat_map(Value::each).collect();
    let is_other = |one: &&Value| {
        let scheme = one.beginning().and_then(|text| scheme(text));
        scheme.is_some_and(|scheme| !SITES.iter().any(|known| scheme.eq_ignore_ascii_case(known)))
    };
    !first.is_empty() && first.iter().all(is_other)
}

/// How addresses of sites begin.
const SITES: &[&str] = &["http", "https", "ws", "wss"];

fn is_within(part: &Place, whole: &Place) -> bool {
    part.file == whole.file && whole.start <= part.start && part.end <= whole.end
}
