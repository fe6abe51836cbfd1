//! Expressions: what they are, and what they do.

use std::sync::Arc;

use super::{
    entries::is_asked_as,
    heap::{Is, Object},
    inbound::{has_headers, name_of_header},
    machine::Machine,
    naming,
    outside::is_from_client,
    request::as_sent,
    split::{is_audience, is_question, meets_audience},
    taken::is_request,
    token::is_audience_key,
    value::{Mark, Marks, Presence, Shape, Slot, Value},
    witness::witnesses,
};
use crate::{
    ir::{Argument, Entry, Expression, FunctionId, Kind, Operator, Span, Takes, Text},
    language::Language,
    project::{ClassRef, FunctionRef, Place},
};

impl Machine<'_> {
    /// What an expression is.
    pub(super) fn evaluate(&mut self, expression: &Expression) -> Value {
        if !self.step() {
            return Value::unknown();
        }
        let span = &expression.span;
        match &expression.kind {
            Kind::Name(name) => self.name(name, span),
            Kind::Text(text) | Kind::Number(text) => Shape::Text(text.clone()).into(),
            Kind::Bool(value) => Shape::Bool(*value).into(),
            Kind::Null => Shape::Null.into(),
            Kind::Template(parts) => {
                let parts: Vec<_> = parts.iter().map(|part| self.evaluate(part)).collect();
                let parts: Vec<_> = parts.iter().flat_map(parts_of).cloned().collect();
                self.build_address(&parts, expression);
                let text = template(parts);
                self.put_together(&text, expression);
                text
            }
            Kind::Map(entries) => self.map(entries, Is::Map, span),
            Kind::List(items) => self.list(items, span),
            Kind::Record { of, entries } => self.record(of, entries, span),
            Kind::Call { .. } => self.call(expression),
            Kind::Member(of, name) => {
                let (whole, at) = (self.evaluate(of), self.place(span));
                let part = self.member(&whole, name, &at);
                self.of_token(of, &whole, name, part)
            }
            Kind::Index(of, key) => {
                let (whole, key) = (self.evaluate(of), self.evaluate(key));
                let part = self.index(&whole, &key, span);
                match key.text() {
                    _ if is_audience_key(&key) => self.of_token(of, &whole, "aud", part),
                    Some(key) => self.of_token(of, &whole, key, part),
                    None => part,
                }
            }
            Kind::Binary(operator, left, right) => self.binary(expression, *operator, left, right),
            Kind::Not(_) => self.question(expression),
            Kind::Tried(of) => self.tried(of),
            Kind::Choice { condition, then, otherwise } => {
                let (yes, no, _) = self.split(condition);
                self.heap = yes;
                let one = self.heap.is_some().then(|| self.evaluate(then));
                let after = self.heap.take();
                self.heap = no;
                let other = self.heap.is_some().then(|| self.evaluate(otherwise));
                self.join(after);
                match (one, other) {
                    (Some(one), Some(other)) => one.or(other),
                    (one, other) => one.or(other).unwrap_or_else(Value::unknown),
                }
            }
            Kind::Function(id) => self.closure(*id),
            Kind::Class(id) => Shape::Class(ClassRef { file: self.file(), id: *id }).into(),
            Kind::Block(body, value) => {
                self.perform(body);
                self.optional(value.as_deref())
            }
            Kind::Assign(target, value) => {
                let value = self.evaluate(value);
                self.assign(target, value.clone(), span);
                value
            }
            Kind::Each { value, through, conditions } => self.each(value, through, conditions, span),
            Kind::Opaque(parts) | Kind::Gap(parts) => {
                let mut marks = Marks::default();
                for part in parts {
                    marks.join(&self.evaluate(part).marks);
                }
                Value::unknown().with(&marks)
            }
        }
    }

    /// A part under a key that is worked out.
    fn index(&mut self, of: &Value, key: &Value, span: &Span) -> Value {
        let at = self.place(span);
        match key.text() {
            Some(text) => match text.parse::<usize>() {
                Ok(index) => self.item(of, index),
                Err(_) => self.entry(of, &text.clone(), &at),
            },
            None => match name_of_header(key) {
                Some(name) => self.entry(of, &name, &at),
                None => match self.under_a_name(of, key, &at) {
                    Some(entry) => entry,
                    None => self.element_under(of, key, &at),
                },
            },
        }
    }

    /// A function that stands here, with the names around it.
    pub(super) fn closure(&mut self, id: FunctionId) -> Value {
        let scope = self.calls.last().map(|called| called.scope);
        let function = FunctionRef { file: self.file(), id };
        Shape::Function(super::value::Closure { function, scope, receiver: None }).into()
    }

    /// The answer to a question, with what it says about audiences.
    pub(super) fn question(&mut self, expression: &Expression) -> Value {
        let (yes, no, about) = self.split(expression);
        let value = match (&yes, &no) {
            (Some(_), None) => Shape::Bool(true).into(),
            (None, Some(_)) => Shape::Bool(false).into(),
            _ => Value::unknown(),
        };
        let about = witnesses(yes.as_ref(), no.as_ref(), &about);
        self.heap = yes;
        self.join(no);
        value.with(&about)
    }

    fn binary(
        &mut self,
        whole: &Expression,
        operator: Operator,
        left: &Expression,
        right: &Expression,
    ) -> Value {
        match operator {
            Operator::And | Operator::Or if is_question(whole) => self.question(whole),
            Operator::And | Operator::Or | Operator::Else => {
                let (yes, no, _) = self.split(left);
                let mut first = {
                    self.heap.clone_from(&yes);
                    self.join(no.clone());
                    self.quietly(left)
                };
                let (goes_on, stays) = if operator == Operator::And { (yes, no) } else { (no, yes) };
                self.heap = goes_on;
                let second = self.heap.is_some().then(|| self.evaluate(right));
                // What goes on from there does not come back.
                let second = second.filter(|_| self.heap.is_some());
                self.join(stays.clone());
                match second {
                    None => first,
                    Some(second) if stays.is_none() => second,
                    Some(second) => {
                        // What leads on is not what it is in the end: `a or b` is never an `a` that is nothing, and
                        // `a and b` is an `a` only where that is nothing.
                        first = match operator {
                            Operator::And => only_nothing(&first),
                            _ => without_nothing(&first),
                        };
                        if operator != Operator::And && self.is_bag(&first, right) {
                            let born = self.place(&whole.span);
                            return self.bag(first.marks, born);
                        }
                        let may_be_nothing = operator != Operator::And && second.shape == Shape::Null;
                        let either = first.or(second);
                        if may_be_nothing { either.marked(Mark::Optional) } else { either }
                    }
                }
            }
            Operator::Equal | Operator::Unequal | Operator::In | Operator::NotIn => self.question(whole),
            Operator::Plus => {
                let parts = vec![self.evaluate(left), self.evaluate(right)];
                if parts.iter().all(|part| part.each().all(|one| one.object().is_some())) {
                    return self.merged(&parts, &whole.span);
                }
                let flat: Vec<_> = parts.iter().flat_map(parts_of).cloned().collect();
                self.build_address(&flat, whole);
                let text = template(flat);
                self.put_together(&text, whole);
                text
            }
            Operator::Merge => {
                let parts = [self.evaluate(left), self.evaluate(right)];
                self.merged(&parts, &whole.span)
            }
            Operator::Order | Operator::Other => {
                let (heap, events) = (self.heap.clone(), self.events.len());
                let (one, other) = (self.evaluate(left), self.evaluate(right));
                if operator == Operator::Other && meets_audience(&one, &other) {
                    self.heap = heap;
                    self.events.truncate(events);
                    return self.question(whole);
                }
                Value::unknown().with(&one.marks).with(&other.marks)
            }
        }
    }

    /// What an expression is that was looked at before: what it does is not done again.
    fn quietly(&mut self, expression: &Expression) -> Value {
        let (heap, events) = (self.heap.clone(), self.events.len());
        let value = self.evaluate(expression);
        self.events.truncate(events);
        self.heap = heap;
        value
    }

    /// Two maps or lists as one. Where one of them can be several, so can they together.
    fn merged(&mut self, parts: &[Value], span: &crate::ir::Span) -> Value {
        let count: usize = parts.iter().map(|part| part.each().count()).product();
        if count > 1 && count <= MOST_MERGED {
            let mut each: Vec<Vec<Value>> = vec![Vec::new()];
            for part in parts {
                let longer = each.iter().flat_map(|before| {
                    part.each().map(move |one| before.iter().cloned().chain([one.clone()]).collect())
                });
                each = longer.collect();
            }
            let all = each.iter().map(|parts| self.merged(parts, span)).reduce(Value::or);
            return all.unwrap_or_else(Value::unknown);
        }
        let at = self.place(span);
        let mut object = Object::new(Is::Map, at.clone());
        for part in parts {
            self.spread(part, &mut object, &at);
        }
        match &mut self.heap {
            Some(heap) => heap.make(object),
            None => Value::unknown(),
        }
    }

    /// A map with these entries.
    pub(super) fn map(&mut self, entries: &[Entry], is: Is, span: &crate::ir::Span) -> Value {
        let at = self.place(span);
        let mut object = Object::new(is, at.clone());
        self.fill(&mut object, entries);
        match &mut self.heap {
            Some(heap) => heap.make(object),
            None => Value::unknown(),
        }
    }

    /// Writes entries into an object that nobody has yet.
    pub(super) fn fill(&mut self, object: &mut Object, entries: &[Entry]) {
        for entry in entries {
            match entry {
                Entry::Pair(key, value) => {
                    let at = self.place(&key.span);
                    let (key, value) = (self.evaluate(key), self.evaluate(value));
                    if let Some(key) = name_of_header(&key) {
                        // What is nothing is left out by whoever sends it, and by `JSON.stringify`.
                        object.slots.insert(key, Slot { presence: Presence::Always, value, at });
                        continue;
                    }
                    if value.object().is_some() {
                        let slot = Slot { presence: Presence::Maybe, value: value.clone(), at };
                        object.slots.insert(UNDER_A_NAME.into(), slot);
                    }
                    object.open.get_or_insert_default().join(&self.left(value).marks);
                }
                Entry::Spread(of) => {
                    let at = self.place(&of.span);
                    let of = self.evaluate(of);
                    self.spread(&of, object, &at);
                }
            }
        }
    }

    /// All entries of one object in another one.
    pub(super) fn spread(&self, of: &Value, into: &mut Object, at: &Place) {
        let Some(heap) = &self.heap else { return };
        let several = of.each().count() > 1;
        for one in of.each() {
            match &one.shape {
                Shape::Object(id) => {
                    let Some(from) = heap.get(*id) else { continue };
                    // Whoever wrote what is asked for put the parameters together, not whoever copies them.
                    if ASKED.iter().any(|key| from.slots.contains_key(*key) && !into.slots.contains_key(*key))
                    {
                        into.born = from.born.clone();
                    }
                    for (key, slot) in &from.slots {
                        let before = into.slots.get(key).map_or(Presence::Never, |slot| slot.presence);
                        let mut slot = slot.clone();
                        if several {
                            slot.presence = slot.presence.min(Presence::Maybe);
                        }
                        if slot.presence != Presence::Always {
                            slot.presence = slot.presence.max(before);
                        }
                        into.slots.insert(key.clone(), slot);
                    }
                    into.items.extend(from.items.iter().cloned());
                    if let Some(marks) = &from.open {
                        into.open.get_or_insert_default().join(marks);
                    }
                }
                Shape::Null | Shape::Bool(_) | Shape::Text(_) => {}
                _ => {
                    // What is off by default may be switched on there.
                    for (key, slot) in &mut into.slots {
                        if slot.value.shape == Shape::Bool(false) && !key.starts_with('<') {
                            slot.value = slot.value.clone().or(Value::named(key));
                        }
                    }
                    into.open.get_or_insert_default().join(&one.marks);
                }
            }
        }
        let _ = at;
    }

    fn list(&mut self, items: &[Argument], span: &crate::ir::Span) -> Value {
        let at = self.place(span);
        let mut object = Object::new(Is::List, at.clone());
        let mut marks = Marks::default();
        for item in items {
            let value = self.evaluate(&item.value);
            marks.join(&value.marks);
            if item.gives == Takes::One {
                object.items.push(value);
            } else {
                self.spread(&value, &mut object, &at);
            }
        }
        match &mut self.heap {
            Some(heap) => heap.make(object).with(&marks),
            None => Value::unknown(),
        }
    }

    /// What is sent with a variant of an enumeration of Rust to say which one it is: `#[serde(tag = "grant_type")]`.
    fn tagged(&mut self, variant: &Expression) -> Option<(Text, Text)> {
        let Kind::Member(of, variant) = &variant.kind else { return None };
        if self.project.file(self.file()).language != Language::Rust || !matches!(of.kind, Kind::Name(_)) {
            return None;
        }
        let Shape::Class(class) = self.evaluate(of).shape else { return None };
        let class = self.project.home(class);
        let text = &self.project.file(class.file).text;
        let said = &self.project.class(class).decorators;
        let mut said = said.iter().filter_map(|said| text.get(said.span.clone()));
        let key = said.find_map(|said| {
            let (_, tag) = said.split_once("tag")?;
            let key = tag.trim_start().strip_prefix('=')?.trim_start().strip_prefix('"')?;
            key.split_once('"').map(|(key, _)| key)
        });
        let key = key.filter(|key| is_asked_as(key))?;
        Some((key.into(), as_sent(variant).unwrap_or_else(|| variant.to_lowercase().into())))
    }

    fn record(&mut self, of: &Expression, entries: &[Entry], span: &crate::ir::Span) -> Value {
        let class = self.evaluate(of);
        let is = match class.shape {
            Shape::Class(class) => Is::Instance(class),
            Shape::Foreign(path) => Is::Foreign(path),
            _ => Is::Map,
        };
        let is_asked = |entry: &Entry| match entry {
            Entry::Pair(Expression { kind: Kind::Text(key), .. }, _) => is_asked_as(key),
            _ => false,
        };
        let tag = self.tagged(of);
        self.asked += usize::from(tag.is_some() || entries.iter().any(is_asked));
        let made = self.map(entries, is, span);
        if let Some((key, value)) = tag {
            let at = self.place(&of.span);
            self.write(&made, &key, Shape::Text(value).into(), at);
        }
        made
    }

    /// A part by its name.
    pub(super) fn member(&mut self, of: &Value, name: &Text, at: &Place) -> Value {
        let parts: Vec<_> = of.each().map(|one| self.part(one, name, at)).collect();
        let whole = parts.into_iter().reduce(Value::or).unwrap_or_else(Value::unknown);
        if let Some(said) = self.of_metadata(of, name, &whole, at) {
            whole.marked(said)
        } else if is_audience(name) {
            audience(of, whole)
        } else if is_from_client(name) && self.is_request(of) {
            whole.marked(Mark::Request)
        } else if is_client(name) {
            of.marks.iter().fold(whole, |whole, mark| match mark {
                Mark::Claims(claims) => whole.marked(Mark::AskedBy(claims)),
                _ => whole,
            })
        } else {
            whole
        }
    }

    /// A part by a key.
    pub(super) fn entry(&mut self, of: &Value, key: &Text, at: &Place) -> Value {
        self.member(of, key, at)
    }

    /// Whether it may be the request that somebody came with.
    fn is_request(&self, value: &Value) -> bool {
        match &value.shape {
            Shape::Object(id) => match self.heap.as_ref().and_then(|heap| heap.get(*id)).map(|of| &of.is) {
                Some(Is::Foreign(path)) => path.ends_with("Request"),
                _ => false,
            },
            Shape::Unknown(Some(name)) => !name.to_ascii_lowercase().starts_with("res"),
            _ => false,
        }
    }

    fn part(&mut self, of: &Value, name: &Text, at: &Place) -> Value {
        let mut of_whole = naming::of_part(&of.marks, name);
        if self.is_set_outside(of, name, at) {
            of_whole.add(Mark::Optional);
        }
        let inherited = |value: Value| value.with(&of_whole);
        match &of.shape {
            Shape::Object(id) => {
                let id = *id;
                let Some(object) = self.heap.as_ref().and_then(|heap| heap.get(id)) else {
                    return Value::unknown();
                };
                if let Some(slot) = object.slots.get(name) {
                    let (value, presence) = (slot.value.clone(), slot.presence);
                    let value = self.kept_in(id, name, value);
                    let value = self.as_method_of(id, value, at);
                    return match presence {
                        Presence::Always => value,
                        _ => value.or(Value::named(name)),
                    };
                }
                let open = naming::of_part(&object.open.clone().unwrap_or_default(), name);
                // What is asked for by its name is meant to be there; in JavaScript nobody falls over what is not.
                let may_be_nothing = open.has(Mark::Optional) && self.reads_nothing(self.file());
                let open = if may_be_nothing && !self.is_demanded(name) {
                    open
                } else {
                    open.without(Mark::Optional)
                };
                let is = object.is.clone();
                if let Some(entry) = self.entry_of(id, name, at) {
                    let is_more = |mark| !matches!(mark, Mark::Headers(_) | Mark::Inbound);
                    return entry.with(&of_whole.only(is_more)).with(&open.only(is_more));
                }
                let inherited = |value: Value| inherited(value).with(&open);
                match is {
                    Is::Instance(class) => {
                        let value = self.of_class(class, Some(id), name, at).with(&open);
                        self.kept_in(id, name, value)
                    }
                    Is::Foreign(path) => {
                        let path: Text = format!("{path}.{name}").into();
                        if is_of_answer(of, name) {
                            inherited(Value::named(name))
                        } else if let Some(held) = self.held(&path, Some(id), name, at) {
                            held
                        } else {
                            let value = self.kept_in(id, name, Shape::Foreign(path).into());
                            inherited(value)
                        }
                    }
                    _ => inherited(Value::named(name)),
                }
            }
            Shape::Class(class) => self.of_class(*class, None, name, at),
            Shape::Module(files) => {
                let files = files.clone();
                inherited(self.of_module(&files, name))
            }
            Shape::Foreign(path) => {
                let path: Text = format!("{path}.{name}").into();
                let held = if is_of_answer(of, name) { None } else { self.held(&path, None, name, at) };
                let value = match held {
                    Some(held) => held,
                    None => inherited(Shape::Foreign(path.clone()).into()),
                };
                if self.kept_with(&path, name) { value.marked(Mark::Inbound) } else { value }
            }
            Shape::Unknown(last) => {
                let path = format!("?.{}.{name}", last.as_deref().unwrap_or("?"));
                self.held(&path, None, name, at).unwrap_or_else(|| inherited(Value::named(name)))
            }
            _ => inherited(Value::named(name)),
        }
    }

    /// An element of a list by its number.
    pub(super) fn item(&mut self, of: &Value, index: usize) -> Value {
        if let Shape::OneOf(several) = &of.shape {
            let several = Arc::clone(several);
            let each = several.iter().map(|one| self.item(one, index)).reduce(Value::or);
            return each.unwrap_or_else(Value::unknown).with(&of.marks);
        }
        let known = of.object().and_then(|id| self.heap.as_ref()?.get(id)?.items.get(index).cloned());
        known.unwrap_or_else(|| match of.shape {
            // What a call gives back besides an error is what it gives back.
            Shape::Object(_) if index == 0 => of.clone(),
            _ => Value::unknown().with(&of.marks),
        })
    }

    /// An element under a key that is one of several.
    fn element_under(&mut self, of: &Value, key: &Value, at: &Place) -> Value {
        let names: Option<Vec<_>> = key.each().map(|one| one.text().cloned()).collect();
        let entries = names.unwrap_or_default();
        let each = entries.iter().map(|name| self.entry(of, name, at)).reduce(Value::or);
        each.unwrap_or_else(|| self.element(of))
    }

    /// Any element of a list, or entry of a map.
    pub(super) fn element(&mut self, of: &Value) -> Value {
        let object = of.object().and_then(|id| self.heap.as_ref()?.get(id));
        let mut known: Vec<_> = object.map(|object| object.items.clone()).unwrap_or_default();
        // Of headers that came in one may be the credential.
        let open = object.and_then(|object| object.open.clone()).unwrap_or_default();
        let open = open.only(|mark| matches!(mark, Mark::Headers(_) | Mark::Chosen | Mark::Audience(_)));
        if let Some(object) = object.filter(|object| object.is == Is::Map && object.items.is_empty()) {
            let written = object.slots.iter().filter(|(key, _)| !key.starts_with('<'));
            known.extend(written.map(|(_, slot)| slot.value.clone()));
        }
        let known = known.into_iter().reduce(Value::or).filter(|_| !has_headers(&open));
        let element = known.unwrap_or_else(Value::unknown).with(&of.marks).with(&open);
        match of.object() {
            Some(id) if object.is_some_and(is_request) => {
                Value::unknown().with(&element.marks).marked(Mark::Entry(id))
            }
            _ => element,
        }
    }

    fn each(
        &mut self,
        value: &Expression,
        through: &[(crate::ir::Target, Expression)],
        conditions: &[Expression],
        span: &crate::ir::Span,
    ) -> Value {
        for (target, of) in through {
            let of = self.evaluate(of);
            if let Some(same) = self.same_entries(value, through, conditions, &of) {
                return same;
            }
            let element = self.element(&of);
            self.assign(target, element, &value.span);
        }
        let mut others = None;
        for condition in conditions {
            let (yes, no, _) = self.split(condition);
            self.heap = others;
            self.join(no);
            others = self.heap.take();
            self.heap = yes;
        }
        let each = self.evaluate(value);
        let each = self.left(each);
        self.join(others);
        let at = self.place(span);
        let mut object = Object::new(Is::List, at);
        let marks = each.marks.clone();
        object.items.push(each);
        object.open = Some(marks.clone());
        match &mut self.heap {
            Some(heap) => heap.make(object).with(&marks),
            None => Value::unknown(),
        }
    }
}

/// Under this key stands what is given under a name that is worked out: `{name: form}`.
pub(super) const UNDER_A_NAME: &str = "<under a name>";

/// The parameters by which a request for a token or an authorization is known.
const ASKED: &[&str] = &["grant_type", "response_type"];

/// The audience of claims is one.
pub(super) fn audience(of: &Value, mut value: Value) -> Value {
    // Claims are marked themselves, or whatever was read of the object that they were written to.
    let marks = value.marks.clone();
    for mark in of.marks.iter().chain(marks.iter()) {
        if let Mark::Claims(claims) = mark {
            value.marks.add(Mark::Audience(claims));
        }
    }
    value
}

/// Whether that is what claims call who asked for the token.
fn is_client(name: &str) -> bool {
    matches!(name, "client_id" | "clientId" | "azp" | "appid" | "cid")
}

/// How many ways to put things together are told apart.
const MOST_MERGED: usize = 4;

fn without_nothing(value: &Value) -> Value {
    let marks = value.marks.clone().without(Mark::Optional);
    let some = value.each().filter(|one| one.truth() != Some(false)).cloned().map(Value::surely);
    some.reduce(Value::or).unwrap_or_else(Value::unknown).with(&marks)
}

fn only_nothing(value: &Value) -> Value {
    let none = value.each().filter(|one| one.truth() != Some(true)).map(|one| match one.truth() {
        Some(_) => one.clone(),
        None => Value::from(Shape::Null).with(&one.marks),
    });
    none.reduce(Value::or).unwrap_or_else(Value::unknown).with(&value.marks)
}

/// Whether these are the headers of what a server answered, or of the request that it answers: nobody came with them.
fn is_of_answer(of: &Value, name: &str) -> bool {
    name == "headers" && of.marks.iter().any(|mark| matches!(mark, Mark::Claims(_)))
}

/// A text is its parts.
fn parts_of(value: &Value) -> &[Value] {
    match &value.shape {
        Shape::Template(parts) => parts,
        _ => std::slice::from_ref(value),
    }
}

/// A text of these parts.
pub(super) fn template(parts: Vec<Value>) -> Value {
    let mut marks = Marks::default();
    for part in &parts {
        marks.join(&part.marks);
    }
    let texts: Option<Vec<&str>> = parts.iter().map(|part| part.text().map(AsRef::as_ref)).collect();
    let shape = match texts {
        Some(texts) => Shape::Text(texts.concat().into()),
        None => Shape::Template(parts.into()),
    };
    // Whatever may be missing in it, the text is there.
    Value { shape, marks }.surely()
}
