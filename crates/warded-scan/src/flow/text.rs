//! Texts that are put together.

use std::sync::Arc;

use super::{
    evaluate::template,
    event::{Event, Given},
    heap::Is,
    machine::Machine,
    value::{Shape, Value},
};
use crate::{
    ir::{Expression, Takes, Text},
    library::Call,
};

/// As what the library data knows an address that is put together.
const ADDRESS: &str = "?.<>";

/// What an authorization request has, whoever makes it.
const ASKS: &[&str] = &["response_type=", "client_id="];

/// Methods that write a text in small letters.
const LOWERS: &[&str] = &["lower", "casefold", "toLowerCase", "to_lowercase", "ToLower", "ToLowerInvariant"];

/// How many parts a text may have for somebody to look whether it goes on another one.
const MOST_PARTS: usize = 64;

impl Machine<'_> {
    /// What methods of texts make of them.
    pub(super) fn on_text(
        &mut self,
        receiver: &Value,
        method: &str,
        given: &[Given],
        whole: &Expression,
    ) -> Option<Value> {
        if method == "join" {
            let of_text = matches!(receiver.shape, Shape::Text(_));
            let list = if of_text { &given.first()?.value } else { receiver };
            let at = self.place(&whole.span);
            if let Some(request) = self.entries_joined(list, &at) {
                return Some(request);
            }
        }
        if LOWERS.contains(&method) && receiver.each().all(|one| one.text().is_some()) {
            let lowered = receiver
                .each()
                .filter_map(Value::text)
                .map(|text| Value::from(Shape::Text(text.to_lowercase().into())));
            return lowered.reduce(Value::or).map(|text| text.with(&receiver.marks));
        }
        let parts = match (method, &receiver.shape) {
            ("encode" | "decode" | "strip" | "trim" | "toString", Shape::Text(_) | Shape::Template(_)) => {
                return Some(receiver.clone());
            }
            ("concat", Shape::Text(_) | Shape::Template(_)) => {
                [receiver.clone()].into_iter().chain(given.iter().map(|given| given.value.clone())).collect()
            }
            ("join", Shape::Text(_)) => self.joined(&given.first()?.value, receiver)?,
            ("join", Shape::Object(_)) => self.joined(receiver, &given.first()?.value)?,
            ("format", Shape::Text(text)) => filled(text, given)?,
            _ => return None,
        };
        self.build_address(&parts, whole);
        let text = template(parts);
        self.put_together(&text, whole);
        Some(text)
    }

    /// The elements of a list with the same text between them.
    fn joined(&self, list: &Value, between: &Value) -> Option<Vec<Value>> {
        between.text()?;
        let list = self.heap.as_ref()?.get(list.object()?)?;
        if list.is != Is::List || list.open.is_some() || list.items.is_empty() {
            return None;
        }
        let each = list.items.iter().enumerate().flat_map(|(index, item)| {
            let between = (index > 0).then(|| between.clone());
            between.into_iter().chain([item.clone()])
        });
        Some(each.flat_map(|one| leaves(&one)).collect())
    }

    /// Tells of an authorization request that is written as an address.
    pub(super) fn put_together(&mut self, value: &Value, whole: &Expression) {
        if matches!(&value.shape, Shape::Template(parts) if parts.len() > MOST_PARTS) {
            return;
        }
        let parts = leaves(value);
        let says = |what: &&str| parts.iter().filter_map(Value::text).any(|text| has_parameter(text, what));
        if parts.len() < 2 || parts.len() > MOST_PARTS || !ASKS.iter().all(says) {
            return;
        }
        let language = self.project.file(self.file()).language;
        let (Some(known), Some(heap)) = (self.library.find(language, ADDRESS), self.heap.clone()) else {
            return;
        };
        let mut at = self.place(&whole.span);
        // Where one goes on another one, it is the same.
        let before = self.events.iter().rposition(|event| goes_on(event, known, &parts));
        if let Some(Event::Called { at: place, under, .. }) = before.and_then(|index| self.events.get(index))
        {
            let is_always = under.len() == self.under.len();
            at = place.clone();
            if let Some(index) = before.filter(|_| is_always) {
                self.events.remove(index);
            }
        }
        let given = Given { name: None, value: value.clone(), spread: Takes::One, at: at.clone() };
        let event = Event::Called {
            known,
            what: ADDRESS.into(),
            receiver: None,
            arguments: [given].into(),
            heap: Arc::new(heap),
            result: value.clone(),
            at,
            trail: self.trail(),
            under: self.under.clone(),
        };
        self.tell(event);
    }
}

/// Whether a text is the body of a token request.
pub(super) fn asks_for_token(value: &Value) -> bool {
    let says = |text: &str| has_parameter(text, "grant_type=");
    match &value.shape {
        // Whoever writes down what is different each time makes up a request.
        Shape::Text(text) => says(text) && !MADE_UP.iter().any(|key| has_parameter(text, key)),
        Shape::Template(parts) if parts.len() <= MOST_PARTS => {
            leaves(value).iter().filter_map(Value::text).any(|text| says(text))
        }
        _ => false,
    }
}

/// What nobody knows when he writes a program.
const MADE_UP: &[&str] =
    &["code=", "refresh_token=", "assertion=", "username=", "client_id=", "client_secret="];

/// Whether a parameter stands there, and not a sentence about it.
fn has_parameter(text: &str, key: &str) -> bool {
    text.match_indices(key)
        .any(|(at, _)| text.get(..at).is_some_and(|before| before.is_empty() || before.ends_with(['?', '&'])))
}

/// Whether the parts of a text begin with, or hold, all of a text that was told of before.
fn goes_on(event: &Event<'_>, address: &Call, parts: &[Value]) -> bool {
    let Event::Called { known, arguments, .. } = event else { return false };
    let before =
        arguments.first().filter(|_| std::ptr::eq(*known, address)).map(|given| leaves(&given.value));
    before.is_some_and(|before| {
        let Some((last, first)) = before.split_last() else { return false };
        parts.windows(before.len()).any(|part| {
            let [start @ .., end] = part else { return false };
            // What follows may be written right behind it.
            let ends = match (end.text(), last.text()) {
                (Some(end), Some(last)) => end.starts_with(&**last),
                _ => end.shape == last.shape,
            };
            ends && start.iter().zip(first).all(|(one, other)| one.shape == other.shape)
        })
    })
}

/// The parts of a text, and of texts that are parts of it.
fn leaves(value: &Value) -> Vec<Value> {
    match &value.shape {
        Shape::Template(parts) => parts.iter().flat_map(leaves).collect(),
        _ => vec![value.clone()],
    }
}

/// `"a={}&b={b}".format(a, b=b)`.
fn filled(text: &Text, given: &[Given]) -> Option<Vec<Value>> {
    let mut positional = given.iter().filter(|given| given.name.is_none());
    let mut parts = Vec::new();
    let mut rest: &str = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (hole, after) = after.split_once('}')?;
        let named = given.iter().find(|given| given.name.as_deref() == Some(hole));
        let value = match (named, hole.parse::<usize>()) {
            (Some(given), _) => given.value.clone(),
            (None, Ok(index)) => given.get(index).map_or_else(Value::unknown, |given| given.value.clone()),
            (None, Err(_)) => positional.next().map_or_else(Value::unknown, |given| given.value.clone()),
        };
        parts.extend([Shape::Text(before.into()).into(), value]);
        rest = after;
    }
    parts.push(Shape::Text(rest.into()).into());
    Some(parts)
}
