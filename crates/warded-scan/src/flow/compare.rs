//! Audiences that are compared: what is found out by that, and noted about the claims that they are of.

use super::{
    event::{Compare, Event, Given},
    heap::Is,
    machine::Machine,
    split::{ABSENT, COMPARED, OTHER, SETTLED, is_audience},
    value::{Mark, ObjectId, Presence, Shape, Value},
};
use crate::{
    ir::{Expression, Kind, Target, Text},
    language::Language,
    project::Place,
};

/// The key under which an object of claims notes that somebody asked whether its audience is a text or a list.
const TYPED: &str = "<audience typed>";

/// Methods that put something into a list.
const TAKES: &[&str] = &["add", "addAll", "push", "append", "insert", "Add"];

/// What methods are called that tell a verifier with which audience to compare. Without `_`, in small letters.
const DEMANDS: &[&str] = &[
    "setaudience",
    "setaudiences",
    "withaudience",
    "setexpectedaudience",
    "setexpectedaudiences",
    "expectedaudience",
    "acceptaudience",
];

impl Machine<'_> {
    /// On this way the two were found not to be the same.
    pub(super) fn other(&mut self, one: &Value, other: &Value, at: &Expression) {
        for mark in one.marks.iter().chain(other.marks.iter()) {
            let Some(claims) = mark.audience() else { continue };
            let known = self.heap.as_ref().and_then(|heap| heap.get(claims));
            if known.is_some_and(|known| known.presence(COMPARED) != Presence::Always) {
                self.note(claims, OTHER, at);
            }
        }
    }

    /// On this way the two were found to be the same.
    pub(super) fn compared(&mut self, one: &Value, other: &Value, at: &Expression, _same: bool) {
        self.compare(one, other, at, Compare::Equal);
    }

    /// On this way the two fit. Where one of them is an audience, that is what rules want to know.
    pub(super) fn compare(&mut self, one: &Value, other: &Value, at: &Expression, how: Compare) {
        let (one, other) = match how {
            Compare::Member | Compare::Within => {
                (&self.with_audiences_in(one), &self.with_audiences_in(other))
            }
            _ => (one, other),
        };
        for (value, with) in [(one, other), (other, one)] {
            self.compare_metadata(value);
            let mut met = false;
            for mark in value.marks.iter() {
                match mark {
                    Mark::Audience(claims) => {
                        self.tell_compared(Some(claims), how, with, at);
                        self.note(claims, COMPARED, at);
                        met = true;
                    }
                    Mark::AskedBy(claims) => {
                        self.tell_compared(Some(claims), Compare::Client, with, at);
                        met = true;
                    }
                    _ => {}
                }
            }
            if !met && matches!(&value.shape, Shape::Unknown(Some(name)) if &**name == "aud") {
                self.tell_compared(None, how, with, at);
            }
        }
    }

    /// Of an audience a part is left away: whatever is compared then, only a part of it is.
    pub(super) fn cut(&mut self, of: &Value, at: &Expression) {
        // A function that cuts whatever it is given does not say that this is an audience: whoever calls it does.
        let given = self.is_parameter(at).then(|| self.calls.last()?.from.clone()).flatten();
        let at = given.unwrap_or_else(|| self.place(&at.span));
        for claims in of.marks.iter().filter_map(Mark::audience) {
            self.tell_compared_at(Some(claims), Compare::Part, &Value::unknown(), at.clone());
        }
    }

    /// Whether that is a call of a method of something that the function is given.
    fn is_parameter(&self, call: &Expression) -> bool {
        let Kind::Call { callee, .. } = &call.kind else { return false };
        let Kind::Member(of, _) = &callee.kind else { return false };
        let Kind::Name(name) = &of.kind else { return false };
        let Some(here) = self.calls.last() else { return false };
        let parameters = &self.project.function(here.function).parameters;
        parameters.iter().any(|one| matches!(&one.target, Target::Name(known) if known == name))
    }

    /// How something is asked to be in that: an audience may be a text, of which anything is a part.
    pub(super) fn membership(&self, of: &Value) -> Compare {
        let language = self.project.file(self.file()).language;
        let is_loose = matches!(
            language,
            Language::Python | Language::JavaScript | Language::TypeScript | Language::Tsx
        );
        // What is called `audiences` is a list.
        let is_itself =
            matches!(&of.shape, Shape::Unknown(Some(name)) if is_audience(name) && !name.ends_with('s'));
        let is_looked_at = |claims| {
            let known = self.heap.as_ref().and_then(|heap| heap.get(claims));
            known.is_some_and(|known| known.slot(TYPED).is_some())
        };
        let mut claims = of.marks.iter().filter_map(Mark::audience).peekable();
        if is_loose && is_itself && claims.peek().is_some() && !claims.any(is_looked_at) {
            Compare::Within
        } else {
            Compare::Member
        }
    }

    /// An audience that is put into a list of a library is in there.
    pub(super) fn take_in_audience(&mut self, list: Option<&Value>, method: Option<&Text>, given: &[Given]) {
        let takes = method.is_some_and(|method| TAKES.contains(&&**method));
        let (Some(list), [one], Some(heap), true) = (list, given, &mut self.heap, takes) else { return };
        for mark in one.value.marks.iter().filter(|mark| mark.audience().is_some()) {
            for id in list.each().filter_map(Value::object) {
                if let Some(object) = heap.change(id) {
                    object.open.get_or_insert_default().add(mark);
                }
            }
        }
    }

    /// A list with the audiences that were put into it.
    pub(super) fn with_audiences_in(&self, list: &Value) -> Value {
        let objects = list.each().filter_map(Value::object);
        let objects = objects.filter_map(|id| self.heap.as_ref()?.get(id));
        let marks =
            objects.flat_map(|object| object.items.iter().map(|item| &item.marks).chain(&object.open));
        marks.fold(list.clone(), |list, marks| list.with(&marks.only(|mark| mark.audience().is_some())))
    }

    /// Somebody asked whether it is a text or a list.
    pub(super) fn typed(&mut self, of: &Value, at: &Place) {
        for claims in of.marks.iter().filter_map(Mark::audience) {
            self.note_at(claims, TYPED, at);
        }
    }

    /// A verifier is told with which audience to compare.
    pub(super) fn demands_audience(
        &mut self,
        verifier: &Value,
        method: &str,
        given: &[Given],
        whole: &Expression,
    ) {
        let method = method.to_ascii_lowercase().replace('_', "");
        let [demanded] = given else { return };
        if !DEMANDS.contains(&&*method) || !self.is_called_verifier(verifier) {
            return;
        }
        let items = demanded.value.object().and_then(|id| Some(self.heap.as_ref()?.get(id)?.items.clone()));
        for one in items.into_iter().flatten().chain([demanded.value.clone()]) {
            if one.text().is_some() {
                self.tell_compared(None, Compare::Equal, &one, whole);
            }
        }
    }

    /// What a value that nobody knows is called, or its type.
    pub(super) fn name_of(&self, value: &Value) -> Option<Text> {
        match &value.shape {
            Shape::Unknown(Some(name)) | Shape::Foreign(name) => Some(name.clone()),
            Shape::Object(id) => match &self.heap.as_ref()?.get(*id)?.is {
                Is::Foreign(path) => Some(path.clone()),
                Is::Instance(class) => Some(self.project.class(*class).name.clone()),
                _ => None,
            },
            _ => None,
        }
    }

    fn is_called_verifier(&self, value: &Value) -> bool {
        let says_so = |name: &str| {
            let name = name.to_ascii_lowercase();
            name.contains("valid") || name.contains("verif")
        };
        self.name_of(value).is_some_and(|name| says_so(&name))
    }

    fn tell_compared(&mut self, of: Option<ObjectId>, how: Compare, with: &Value, at: &Expression) {
        let at = self.place(&at.span);
        self.tell_compared_at(of, how, with, at);
    }

    fn tell_compared_at(&mut self, of: Option<ObjectId>, how: Compare, with: &Value, at: Place) {
        let is_read_here = of.is_some_and(|of| !self.is_token(of));
        let event = Event::Compared {
            claims: of.filter(|_| is_read_here),
            token: of.filter(|_| !is_read_here),
            how,
            with: with.clone(),
            at,
            under: self.under.clone(),
        };
        self.tell(event);
    }

    /// Notes something about an object of claims on this way.
    pub(super) fn note(&mut self, id: super::value::ObjectId, what: &str, at: &Expression) {
        let place = self.place(&at.span);
        self.note_at(id, what, &place);
    }

    pub(super) fn note_at(&mut self, id: super::value::ObjectId, what: &str, place: &Place) {
        let Some(heap) = &mut self.heap else { return };
        let mut write = |what: &str| {
            heap.write(id, &what.into(), super::value::Shape::Bool(true).into(), place.clone());
        };
        write(what);
        if matches!(what, COMPARED | ABSENT) {
            write(SETTLED);
        }
        if what == COMPARED
            && let Some(object) = heap.change(id)
        {
            object.slots.remove(OTHER);
        }
    }

    /// On this way whoever came is turned away: whatever was not compared does not matter any more.
    pub(super) fn turned_away(&mut self, at: &Place) {
        for claims in self.claims.clone() {
            self.note_at(claims, COMPARED, at);
        }
    }
}
