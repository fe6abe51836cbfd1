//! What is known of a call of a library: what it writes, and what comes back.

use super::{
    call::Answers,
    container::as_pair,
    event::{Compare, Given},
    heap::{Heap, Is, Object},
    inbound::{SENT_WITH, credential, has_headers, is_credential, name_of_header},
    machine::Machine,
    request::options_from,
    split::COMPARED,
    value::{Mark, Marks, Presence, Shape, Slot, Value},
};
use crate::{
    ir::{Expression, Takes, Text},
    language::Language,
    library::{Call, Does},
    project::Place,
};

/// The key under which an object notes that it is a builder.
pub(super) const BUILDER: &str = "<builder>";

impl Machine<'_> {
    /// Does what the call is known to do, and gives what it gives back.
    pub(super) fn known(
        &mut self,
        known: &Call,
        receiver: Option<&Value>,
        given: &[Given],
        otherwise: Value,
        at: &Place,
    ) -> Value {
        let mut find = |path: Option<&String>| self.known_argument(path?, receiver, given, at);
        match known.does {
            Does::Option => {
                let (key, value) = (find(known.key.as_ref()), find(known.value.as_ref()));
                let made = self.empty(known, at);
                if let (Some(key), Some(value)) = (key, value) {
                    self.write_under(&made, &key, value, at.clone());
                }
                made
            }
            Does::Keep => {
                let (key, value) = (find(known.key.as_ref()), find(known.value.as_ref()));
                if let Some(value) = value {
                    self.keep(receiver, key.as_ref(), &value);
                }
                otherwise
            }
            Does::Write | Does::Build if known.outgoing => {
                let (key, value) = (find(known.key.as_ref()), find(known.value.as_ref()));
                let of = receiver.filter(|receiver| receiver.each().any(|one| one.object().is_some()));
                let of = of.cloned().unwrap_or(otherwise);
                if known.does == Does::Build {
                    self.begin_building(&of, at);
                }
                if let Some(value) = value {
                    let at = given.last().map_or(at, |given| &given.at);
                    self.write_header(&of, key.as_ref(), &value, at);
                }
                of
            }
            Does::Write | Does::Build => {
                let (key, value) = (find(known.key.as_ref()), find(known.value.as_ref()));
                let at = given.last().map_or(at, |given| &given.at);
                let of = receiver.filter(|receiver| receiver.each().any(|one| one.object().is_some()));
                let mut of = of.cloned().unwrap_or(otherwise);
                let is_begun = known.does == Does::Build && known.key.is_none();
                if is_begun || (known.does == Does::Build && of.each().all(|one| one.object().is_none())) {
                    of = self.begun(known, of, at);
                }
                if known.does == Does::Build {
                    self.begin_building(&of, at);
                }
                match (key, value) {
                    (_, Some(value)) if known.key.as_deref() == Some("*") => {
                        for one in of.each().cloned().collect::<Vec<_>>() {
                            self.write_pairs(&one, &value, at);
                        }
                    }
                    (Some(key), Some(value)) => self.write_under(&of, &key, value, at.clone()),
                    // Several at once, nobody knows which.
                    _ if known.key.is_some() && !given.is_empty() => {
                        self.write_under(&of, &Value::unknown(), all(given), at.clone());
                    }
                    _ => {}
                }
                of
            }
            Does::Gives if known.fills.is_some() && known.value.is_some() => {
                if let Some(read) = find(known.value.as_ref()) {
                    self.fill_in(known.fills.as_ref(), &read, given);
                }
                self.given_back(known, receiver, given, otherwise, at)
            }
            _ => self.given_back(known, receiver, given, otherwise, at),
        }
    }

    /// What is read of a text is in what it is read into.
    fn fill_in(&mut self, path: Option<&String>, read: &Value, given: &[Given]) {
        let into = path.and_then(|path| given.get(path.parse::<usize>().ok()?)).map(|given| &given.value);
        let Some(heap) = &mut self.heap else { return };
        for id in into.into_iter().flat_map(Value::each).filter_map(Value::object) {
            if let Some(object) = heap.change(id) {
                object.open.get_or_insert_default().join(&read.marks);
            }
        }
    }

    /// Writes to the headers that a request is sent with; without a key all entries of the value.
    fn write_header(&mut self, of: &Value, key: Option<&Value>, value: &Value, at: &Place) {
        for id in of.each().filter_map(Value::object).collect::<Vec<_>>() {
            let written = self.heap.as_ref().and_then(|heap| heap.get(id)?.slot(SENT_WITH));
            let headers = match written.map(|slot| slot.value.clone()) {
                Some(headers) => Some(headers),
                None => self.outgoing(Some(id), at),
            };
            let Some(headers) = headers else { continue };
            if let Some(heap) = &mut self.heap {
                heap.write(id, &SENT_WITH.into(), headers.clone(), at.clone());
            }
            match key {
                Some(key) => self.write_under(&headers, key, value.clone(), at.clone()),
                None => self.write_all(&headers, value, at),
            }
        }
    }

    /// All entries of one object in another one.
    pub(super) fn write_all(&mut self, into: &Value, of: &Value, at: &Place) {
        let Some(id) = into.object() else { return };
        let Some(mut object) = self.heap.as_ref().and_then(|heap| heap.get(id)).cloned() else { return };
        self.spread(of, &mut object, at);
        if let Some(known) = self.heap.as_mut().and_then(|heap| heap.change(id)) {
            *known = object;
        }
    }

    /// The same, where these may be a list of pairs.
    fn write_pairs(&mut self, into: &Value, of: &Value, at: &Place) {
        let object = of.object().and_then(|id| self.heap.as_ref()?.get(id)).cloned();
        let Some(list) = object.filter(|object| object.is == Is::List) else {
            return self.write_all(into, of, at);
        };
        for item in &list.items {
            let pair = item.object().and_then(|id| self.heap.as_ref()?.get(id));
            match pair.and_then(as_pair) {
                Some((key, value)) => self.write(into, &key, value, at.clone()),
                None => self.write_under(into, &Value::unknown(), item.clone(), at.clone()),
            }
        }
        if let Some(marks) = list.open {
            self.write_under(into, &Value::unknown(), Value::unknown().with(&marks), at.clone());
        }
    }

    /// What begins to be put together here: it is new, or else an address to which nothing was added before.
    fn begun(&mut self, known: &Call, of: Value, at: &Place) -> Value {
        let objects: Vec<_> = of.each().filter_map(Value::object).collect();
        if objects.is_empty() {
            return self.empty(known, at).with(&of.marks);
        }
        for id in objects {
            let object = self.heap.as_mut().and_then(|heap| heap.change(id));
            if let Some(object) = object.filter(|object| object.slots.is_empty()) {
                object.born = at.clone();
            }
        }
        of
    }

    /// Notes that this is put together by one call after another.
    pub(super) fn begin_building(&mut self, of: &Value, at: &Place) {
        let Some(heap) = &mut self.heap else { return };
        for id in of.each().filter_map(Value::object) {
            heap.write(id, &BUILDER.into(), Shape::Bool(true).into(), at.clone());
        }
    }

    /// Whether it is a builder: what is called on it gives it back, unless somebody knows better.
    pub(super) fn is_being_built(&self, value: &Value) -> bool {
        let object = value.object().and_then(|id| self.heap.as_ref()?.get(id));
        object.is_some_and(|object| object.slots.contains_key(BUILDER))
    }

    /// The answers of a function that compares two values, or runs a function for each part of the first.
    pub(super) fn fits(
        &mut self,
        known: &Call,
        receiver: Option<&Value>,
        given: &[Given],
        whole: &Expression,
    ) -> Answers {
        let at = self.place(&whole.span);
        if known.body.get(1).is_some_and(|path| self.is_left_out(path, receiver, given)) {
            return self.sole(Value::unknown());
        }
        let mut find = |path: Option<&String>| self.known_argument(path?, receiver, given, &at);
        let (Some(one), Some(other)) = (find(known.body.first()), find(known.body.get(1))) else {
            return self.heap.take().map(|heap| (Value::unknown(), heap)).into_iter().collect();
        };
        if let Shape::Function(closure) = &other.shape {
            return self.any_of(closure, &one, false, &whole.span);
        }
        let is_strict = known.requires.is_empty()
            || find(known.requires.first()).is_some_and(|switch| switch.truth() == Some(true));
        let mut answers = self.both_ways(&one, &other, Compare::Member, whole);
        if known.lenient && !is_strict {
            for (_, heap) in &mut answers {
                unless_absent(&one, heap);
            }
        }
        if known.gives.as_deref() == Some("error") {
            let is_rust = self.project.file(self.file()).language == Language::Rust;
            for (value, heap) in &mut answers {
                let fits = value.truth() == Some(true);
                value.shape = match fits {
                    true => Shape::Null,
                    // Only what is an error there ends a function by itself.
                    false if is_rust => heap.make(Object::new(Is::Foreign("Err".into()), at.clone())).shape,
                    false => Shape::Bool(true),
                };
                value.marks = value.marks.iter().fold(Marks::default(), |mut marks, mark| {
                    marks.add(match mark {
                        Mark::Witness(claims, what, when) => Mark::Witness(claims, what, !when),
                        mark => mark,
                    });
                    marks
                });
            }
        }
        answers
    }

    /// Whether it is an entry of something that was written here without it.
    fn is_left_out(&self, path: &str, receiver: Option<&Value>, given: &[Given]) -> bool {
        let Some((first, key)) = path.split_once('.') else { return false };
        let of = match first {
            "self" => receiver,
            index => index.parse::<usize>().ok().and_then(|index| given.get(index)).map(|given| &given.value),
        };
        let object = of.and_then(Value::object).and_then(|id| self.heap.as_ref()?.get(id));
        object.is_some_and(|object| object.slot(key).is_none() && object.open.is_none())
    }

    /// What a token says, and whatever that is written to.
    fn claims_of(
        &mut self,
        known: &Call,
        receiver: Option<&Value>,
        arguments: &[Given],
        otherwise: Value,
        at: &Place,
    ) -> Value {
        let path = otherwise.object().and_then(|id| self.heap.as_ref()?.get(id));
        let is = path.map_or(Is::Foreign("?".into()), |object| object.is.clone());
        let Some(heap) = &mut self.heap else { return otherwise };
        let claims = heap.put(Object::new(is, at.clone()));
        self.claims.push(claims);
        let filled = known.fills.as_deref().and_then(|path| match path {
            "self" => receiver?.object(),
            index => arguments.get(index.parse::<usize>().ok()?)?.value.object(),
        });
        if let Some(object) = filled.and_then(|id| heap.change(id)) {
            object.open.get_or_insert_default().add(Mark::Claims(claims));
        }
        Value::from(Shape::Object(claims)).marked(Mark::Claims(claims))
    }

    fn given_back(
        &mut self,
        known: &Call,
        receiver: Option<&Value>,
        arguments: &[Given],
        otherwise: Value,
        at: &Place,
    ) -> Value {
        let Some(back) = known.gives.as_deref() else {
            return if known.does == Does::Send { self.answered(otherwise, at) } else { otherwise };
        };
        match back.split_once(':').unwrap_or((back, "")) {
            ("self", _) => receiver.cloned().unwrap_or(otherwise),
            ("claims", _) => self.claims_of(known, receiver, arguments, otherwise, at),
            ("parameters", _) => {
                let made = self.empty(known, at);
                // There is one of it, not two.
                if let Some(instead) = otherwise.object().and_then(|id| self.heap.as_mut()?.change(id)) {
                    instead.is = Is::Map;
                }
                let url =
                    known.url.first().and_then(|path| self.known_argument(path, receiver, arguments, at));
                let grant = known.grant.as_ref().map(|grant| Shape::Text(grant.as_str().into()).into());
                for (key, value) in [("url", url), ("grant_type", grant)] {
                    if let Some(value) = value {
                        self.write(&made, &key.into(), value, at.clone());
                    }
                }
                made
            }
            ("options", from) => self.options(known, arguments, from, at),
            ("named", _) => self.named(known, arguments, at),
            ("member", name) => match receiver {
                Some(receiver) => self.member(&receiver.clone(), &name.into(), at),
                None => otherwise,
            },
            ("copy", index) => {
                let one = index.parse::<usize>().ok().and_then(|index| arguments.get(index));
                self.copied(one, at)
            }
            ("headers", _) => self.all_headers(at).unwrap_or_else(Value::unknown).with(&otherwise.marks),
            ("query", _) => self.query(at).unwrap_or_else(Value::unknown).with(&otherwise.marks),
            ("own query", _) => self.own_query(at),
            ("credential", _) => credential(),
            ("header", path) => {
                let named = self.known_argument(path, receiver, arguments, at);
                header(named.as_ref(), otherwise)
            }
            ("form", _) => self.form(known, arguments, otherwise, at),
            ("parameter", path) => {
                let name = self.known_argument(path, receiver, arguments, at);
                let query = self.query(at);
                let (Some(name), Some(query)) = (name, query) else { return otherwise };
                match name.text() {
                    Some(name) => self.entry(&query, &name.clone(), at).with(&otherwise.marks),
                    None => self.asked_by_name(&query, &name, at).unwrap_or(otherwise),
                }
            }
            ("kept", _) => {
                let key =
                    known.key.as_ref().and_then(|path| self.known_argument(path, receiver, arguments, at));
                self.kept(receiver, key.as_ref(), otherwise)
            }
            ("url", _) => self.address(arguments.first(), otherwise, at),
            ("optional", index) => {
                let default = index.parse::<usize>().ok().and_then(|index| arguments.get(index));
                match default.map(|default| default.value.truth()) {
                    None | Some(Some(false)) => {
                        Value::unknown().with(&otherwise.marks).marked(Mark::Optional)
                    }
                    Some(_) => otherwise,
                }
            }
            ("argument", index) => {
                let one = index.parse::<usize>().ok().and_then(|index| arguments.get(index));
                one.map_or(otherwise, |one| one.value.clone())
            }
            ("fields", _) => {
                let of = arguments.first().map(|given| given.value.clone());
                of.and_then(|of| self.fields_of(&of, at)).unwrap_or(otherwise)
            }
            ("function", _) => self.defer(arguments, at).unwrap_or(otherwise),
            // `new`: it is what it is.
            _ => otherwise,
        }
    }

    /// A thing made of all options from there on.
    fn options(&mut self, known: &Call, arguments: &[Given], from: &str, at: &Place) -> Value {
        let from = from.trim_end_matches('+').parse::<usize>().unwrap_or_default();
        let made = self.empty(known, at);
        let whole = self.heap.as_ref().and_then(|heap| options_from(known, arguments, heap, from));
        let object = made.object().and_then(|id| self.heap.as_mut()?.change(id));
        if let (Some(object), Some(whole)) = (object, whole) {
            object.slots.extend(whole.slots);
            object.open = object.open.take().or(whole.open);
        }
        made
    }

    /// A thing with an entry for each argument that has a name.
    fn named(&mut self, known: &Call, arguments: &[Given], at: &Place) -> Value {
        let made = self.empty(known, at);
        for given in arguments {
            match (&given.name, given.spread) {
                (Some(name), _) => self.write(&made, name, given.value.clone(), given.at.clone()),
                (None, Takes::One) => {}
                (None, _) => self.write_under(&made, &Value::unknown(), given.value.clone(), at.clone()),
            }
        }
        made
    }

    /// The query of an address that only whoever has it adds to.
    fn own_query(&mut self, at: &Place) -> Value {
        let query = self.query(at).unwrap_or_else(Value::unknown);
        if let Some(object) = query.object().and_then(|id| self.heap.as_mut()?.change(id)) {
            object.open = None;
        }
        query
    }

    /// A form that is begun with an entry, or is what is given.
    fn form(&mut self, known: &Call, given: &[Given], otherwise: Value, at: &Place) -> Value {
        let [key, value] = given else {
            return given.first().map_or(otherwise, |form| form.value.clone());
        };
        let made = self.empty(known, at);
        self.begin_building(&made, at);
        self.write_under(&made, &key.value, value.value.clone(), value.at.clone());
        made
    }

    /// What a server answers may say whose token it was asked about, and for which server that is.
    fn answered(&mut self, answer: Value, at: &Place) -> Value {
        let Some(heap) = &mut self.heap else { return answer };
        let claims = heap.put(Object::new(Is::Foreign("answer".into()), at.clone()));
        self.claims.push(claims);
        answer.marked(Mark::Claims(claims))
    }

    /// Something of that library without entries.
    fn empty(&mut self, known: &Call, at: &Place) -> Value {
        let mut object = Object::new(Is::Foreign(known.name().into()), at.clone());
        for name in &known.holds {
            let list = Object::new(Is::List, at.clone());
            let list = self.heap.as_mut().map_or_else(Value::unknown, |heap| heap.make(list));
            let slot = Slot { presence: Presence::Always, value: list, at: at.clone() };
            object.slots.insert(name.as_str().into(), slot);
        }
        self.heap.as_mut().map_or_else(Value::unknown, |heap| heap.make(object))
    }

    /// An argument by where it is: see [`Call`].
    fn known_argument(
        &mut self,
        path: &str,
        receiver: Option<&Value>,
        given: &[Given],
        at: &Place,
    ) -> Option<Value> {
        if let Some(fixed) = path.strip_prefix('=') {
            return Some(match fixed {
                "false" => Shape::Bool(false).into(),
                _ => Shape::Text(fixed.into()).into(),
            });
        }
        if let Some(from) = path.strip_suffix('+').and_then(|from| from.parse::<usize>().ok()) {
            let mut list = Object::new(Is::List, at.clone());
            list.items = given.iter().skip(from).map(|given| given.value.clone()).collect();
            return self.heap.as_mut().map(|heap| heap.make(list));
        }
        if let Some((one, other)) = path.split_once('|') {
            let one = self.known_argument(one, receiver, given, at);
            return one.or_else(|| self.known_argument(other, receiver, given, at));
        }
        if let Some((path, least)) = path.split_once('/') {
            let is_enough = least.parse::<usize>().is_ok_and(|least| given.len() >= least);
            return is_enough.then(|| self.known_argument(path, receiver, given, at)).flatten();
        }
        let mut parts = path.split('.');
        let first = parts.next()?;
        if let Some(from) = first.strip_suffix('+') {
            // An entry of any of the options.
            let (from, key) = (from.parse::<usize>().ok()?, parts.next()?);
            let objects = given.iter().skip(from).filter_map(|given| given.value.object());
            let mut slots = objects.filter_map(|id| self.heap.as_ref()?.get(id)?.slot(key));
            return slots.next().map(|slot| slot.value.clone());
        }
        let mut value = match first.parse::<usize>() {
            Ok(index) => given.iter().filter(|given| given.name.is_none()).nth(index)?.value.clone(),
            Err(_) if first == "self" => receiver?.clone(),
            Err(_) => given.iter().find(|given| given.name.as_deref() == Some(first))?.value.clone(),
        };
        for part in parts {
            value = match part.strip_suffix('?') {
                Some(part) if self.lacks(&value, part) => Shape::Null.into(),
                plain => self.member(&value, &Text::from(plain.unwrap_or(part)), at),
            };
        }
        Some(value)
    }
}

impl Machine<'_> {
    /// Whether all of its entries are known, and none is called so.
    fn lacks(&self, of: &Value, entry: &str) -> bool {
        of.each().all(|one| match one.object().and_then(|id| self.heap.as_ref()?.get(id)) {
            Some(object) => object.presence(entry) == Presence::Never,
            None => one.truth() == Some(false),
        })
    }
}

/// A header that came in; one after the other, where they are asked for whatever they are called.
fn header(named: Option<&Value>, otherwise: Value) -> Value {
    if named.and_then(name_of_header).is_some_and(|name| is_credential(&name)) {
        return credential();
    }
    let Some(named) = named else { return otherwise };
    let each = named.marks.only(|mark| matches!(mark, Mark::Headers(_)));
    match &named.shape {
        // One of a list that nobody knows.
        Shape::Unknown(name)
            if !has_headers(&each) && name.as_ref().is_none_or(|name| name.contains(char::is_lowercase)) =>
        {
            otherwise.marked(Mark::Chosen)
        }
        _ => otherwise.with(&each),
    }
}

/// All that is given, as if it were one.
fn all(given: &[Given]) -> Value {
    given.iter().fold(Value::unknown(), |all, given| all.with(&given.value.marks))
}

/// Where there was no audience, it was not compared.
fn unless_absent(of: &Value, heap: &mut Heap) {
    for claims in of.marks.iter().filter_map(Mark::audience) {
        if let Some(slot) = heap.change(claims).and_then(|claims| claims.slots.get_mut(COMPARED)) {
            slot.presence = Presence::Maybe;
        }
    }
}
