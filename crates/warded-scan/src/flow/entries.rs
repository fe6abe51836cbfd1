//! Maps whose entries are handed to something else one after the other.

use super::{
    call::Answers,
    container::{ASKED_BY, is_asked_by, takes_entries},
    event::Given,
    heap::{Heap, Is, Object},
    machine::Machine,
    value::{Presence, Shape, Value},
};
use crate::{
    ir::{Argument, Expression, Kind, Span, Takes, Text},
    language::Language,
    project::{ClassRef, FunctionRef, Place},
};

/// How many entries are handed on by themselves.
const MOST: usize = 32;

/// Methods that give what is in a map or a list, and nothing else.
const ALL_OF: &[&str] = &["items", "entrySet", "entries", "iter", "into_iter", "iter_mut"];

/// How fields are called that are sent as what tells such requests from others, besides these.
const ASKED: &[&str] =
    &["grant_type", "response_type", "grantType", "responseType", "GrantType", "ResponseType"];

/// Whether a field is sent as what tells such requests from others.
pub(super) fn is_asked_as(field: &str) -> bool {
    ASKED.contains(&field)
}

/// What a loop goes through.
pub(super) struct Entries {
    /// Keys with their values, each with whether it is there on all ways.
    pub(super) each: Vec<(Value, Presence)>,
    /// Whether there may be more.
    pub(super) are_more: bool,
    /// Where they were put together.
    pub(super) born: Place,
}

impl Machine<'_> {
    /// What a loop goes through, one after the other, where that are the parameters of a request.
    pub(super) fn entries_asked(&mut self, of: &Expression, span: &Span) -> Option<Entries> {
        let mut inner = of;
        if let Kind::Call { callee, arguments, .. } = &of.kind
            && let Kind::Member(map, method) = &callee.kind
            && arguments.is_empty()
            && ALL_OF.contains(&&**method)
        {
            inner = map;
        }
        if !matches!(inner.kind, Kind::Name(_)) {
            return None;
        }
        let map = self.evaluate(inner);
        let object = map.object().and_then(|id| self.heap.as_ref()?.get(id)).cloned()?;
        let (at, are_more, born) = (self.place(span), object.open.is_some(), object.born.clone());
        if object.is == Is::List {
            let asks = |item: &Value| {
                let pair = item.object().and_then(|id| self.heap.as_ref()?.get(id));
                let key = pair.filter(|pair| pair.items.len() == 2).and_then(|pair| pair.items[0].text());
                key.is_some_and(|key| is_asked_by(key))
            };
            let is_request = object.items.len() <= MOST && object.items.iter().any(asks);
            let each = object.items.into_iter().map(|item| (item, Presence::Always)).collect();
            return is_request.then_some(Entries { each, are_more, born });
        }
        let slots: Vec<_> = object.slots.into_iter().filter(|(key, _)| !key.starts_with('<')).collect();
        if slots.len() > MOST || !slots.iter().any(|(key, _)| is_asked_by(key)) {
            return None;
        }
        let heap = self.heap.as_mut()?;
        let mut pair = |key: Text, value: Value| {
            let mut pair = Object::new(Is::List, at.clone());
            pair.items = vec![Shape::Text(key).into(), value];
            heap.make(pair)
        };
        let each = slots.into_iter().map(|(key, slot)| (pair(key, slot.value), slot.presence)).collect();
        Some(Entries { each, are_more, born })
    }

    /// What was written to there has what was put together elsewhere.
    pub(super) fn taken_over(&mut self, there: &Place, from: &Place) {
        if let Some(heap) = &mut self.heap {
            heap.taken_over(ASKED_BY, there, from);
        }
    }

    /// A method of the project that is given the key of a grant writes it for whoever called; and so does one that makes an
    /// object of its class.
    pub(super) fn written_by(
        &mut self,
        function: FunctionRef,
        given: &[Given],
        asked: usize,
        answers: &mut Answers,
        span: &Span,
    ) {
        let of = self.project.function(function);
        let is_given = given.iter().any(|given| given.value.text().is_some_and(|key| is_asked_by(key)));
        let makes = || {
            let class = of.class.filter(|_| of.receiver.is_none() && asked != self.asked)?;
            let class = self.project.home(ClassRef { file: function.file, id: class });
            let is_made = |(value, heap): &(Value, Heap)| {
                let object = value.object().and_then(|id| heap.get(id));
                object.is_some_and(|object| object.is == Is::Instance(class))
            };
            answers.iter().any(is_made).then_some(())
        };
        let caller = self.calls.last().map(|called| called.function);
        let Some(caller) = caller.filter(|_| is_given || makes().is_some()) else { return };
        let (from, there) = (self.place(span), Place::new(function.file, &of.span));
        let caller = Place::new(caller.file, &self.project.function(caller).span);
        for (_, heap) in answers {
            heap.written_from(ASKED, &there, &from, &caller);
        }
    }

    /// The same, of entries that come from elsewhere: `settings.extra().forEach(form::add)`.
    fn for_each_unknown(&mut self, of: &Expression, given: &Expression, span: &Span) -> Option<Answers> {
        let Kind::Member(into, method) = &given.kind else { return None };
        if !matches!(into.kind, Kind::Name(_)) || !takes_entries(method) {
            return None;
        }
        let (map, into) = (self.evaluate(of), self.evaluate(into));
        let known = map.object().and_then(|id| self.heap.as_ref()?.get(id)).map(|object| &object.is);
        // What a library gives may have anything in it.
        let map = if matches!(known, Some(Is::Map)) { map } else { Value::unknown().with(&map.marks) };
        let at = self.place(span);
        self.write_all(&into, &map, &at);
        Some(self.sole(Value::unknown()))
    }

    /// `map.forEach(form::add)`, `map.forEach((key, value) -> ..)`: a function gets a key and its value.
    pub(super) fn for_each_entry(
        &mut self,
        callee: &Expression,
        arguments: &[Argument],
        span: &Span,
    ) -> Option<Answers> {
        let (Kind::Member(of, method), [argument]) = (&callee.kind, arguments) else { return None };
        let is_name = |of: &Expression| matches!(of.kind, Kind::Name(_));
        let is_java = self.project.file(self.file()).language == Language::Java;
        if &**method != "forEach" || !is_java {
            return None;
        }
        if !is_name(of) {
            return self.for_each_unknown(of, &argument.value, span);
        }
        let map = self.evaluate(of);
        let object = map.object().and_then(|id| self.heap.as_ref()?.get(id)).cloned()?;
        if object.is == Is::List {
            return None;
        }
        let at = self.place(span);
        if let Kind::Member(into, method) = &argument.value.kind {
            if !is_name(into) || !takes_entries(method) {
                return None;
            }
            let into = self.evaluate(into);
            self.write_all(&into, &map, &at);
            return Some(self.sole(Value::unknown()));
        }
        let Kind::Function(function) = &argument.value.kind else { return None };
        let takes = self.project.file(self.file()).module().functions.get(function.0 as usize);
        if takes.is_none_or(|function| function.parameters.len() != 2) || object.slots.is_empty() {
            return None;
        }
        let Shape::Function(closure) = self.evaluate(&argument.value).shape else { return None };
        let given = |value: Value| Given { name: None, value, spread: Takes::One, at: at.clone() };
        let entries = object.slots.iter().filter(|(key, _)| !key.starts_with('<')).take(MOST);
        for (key, slot) in entries {
            let before = self.heap.clone().filter(|_| slot.presence != Presence::Always);
            let key = Shape::Text(key.clone()).into();
            let answers = self.run_in_place(&closure, &[given(key), given(slot.value.clone())], span);
            self.either_of(answers);
            self.join(before);
        }
        self.taken_over(&at, &object.born);
        if let Some(marks) = object.open {
            let before = self.heap.clone();
            let unknown = || given(Value::unknown().with(&marks));
            let answers = self.run_in_place(&closure, &[unknown(), unknown()], span);
            self.either_of(answers);
            self.join(before);
        }
        Some(self.sole(Value::unknown()))
    }
}
