//! Where we are: the function, the way through it, what is known there.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    entries::is_asked_as,
    event::Event,
    heap::{Heap, Is, Object},
    inbound::{CHOSEN, name_of_header},
    keep::Kept,
    maker::makers,
    naming, outside,
    value::{Mark, Marks, ObjectId, Presence, Shape, Value},
};
use crate::{
    ir::{Expression, Kind, Span, Takes, Target},
    library::Library,
    look::Deadline,
    project::{ClassRef, FileId, FunctionRef, Place, Project},
};

/// How many steps one function may take, with all that it calls.
const MAX_STEPS: u32 = 60_000;

/// One function while it is run.
#[derive(Debug)]
pub(crate) struct Machine<'p> {
    pub(super) project: &'p Project<'p>,
    pub(super) library: &'p Library,
    /// What is known here; nothing where no way leads here.
    pub(super) heap: Option<Heap>,
    /// The functions that we are in, the outermost first.
    pub(super) calls: Vec<Called>,
    /// What holds here, by where it was asked.
    pub(super) under: Vec<Condition>,
    /// Where what is thrown goes, the innermost last.
    pub(super) tries: Vec<Vec<Heap>>,
    /// How many tries are around of whose failures nothing comes.
    pub(super) swallowed: usize,
    /// What was met.
    pub(super) events: Vec<Event<'p>>,
    /// The claims of tokens that were read.
    pub(super) claims: Vec<ObjectId>,
    /// Tokens that were read somewhere else, by what they are called and in which function.
    pub(super) tokens: BTreeMap<(ObjectId, crate::ir::Text), ObjectId>,
    /// Where functions keep a credential.
    pub(super) known: Arc<BTreeSet<Kept>>,
    /// Where this one keeps it.
    pub(super) keeps: BTreeSet<Kept>,
    /// Where this one looks for something.
    pub(super) asks: BTreeSet<Kept>,
    /// How many functions are being run that were given to others.
    pub(super) deferred: usize,
    /// Names at the top of files that are being worked out.
    pub(super) naming: Vec<(FileId, crate::ir::Text)>,
    /// Classes whose fields are being worked out.
    pub(super) filling: Vec<ClassRef>,
    /// How often something was written that tells a request for a token from others.
    pub(super) asked: usize,
    /// Entries that loops take over.
    pub(super) taken: super::taken::Taken,
    /// How many steps are left.
    steps: u32,
    /// Until when it may take.
    deadline: Option<Deadline<'p>>,
    /// How it ended.
    end: End,
}

/// A function that we are in.
#[derive(Debug)]
pub(super) struct Called {
    pub(super) function: FunctionRef,
    pub(super) scope: ObjectId,
    /// From where; nothing for the outermost.
    pub(super) from: Option<Place>,
    /// What it gave back so far, and what was known then.
    pub(super) returned: Vec<(Value, Heap)>,
    /// What is known where loops are left.
    pub(super) left: Vec<Heap>,
}

/// Something that was asked, and how it was answered on this way.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    /// Where.
    pub(crate) at: Place,
    /// What flowed into the question.
    pub(crate) about: Marks,
    /// How it was answered.
    pub(crate) holds: bool,
}

/// What a function did, on all its ways.
#[derive(Debug)]
pub(crate) struct Ran<'p> {
    /// What was met.
    pub(crate) events: Vec<Event<'p>>,
    /// How it ended.
    pub(crate) end: End,
    /// Where it keeps a credential.
    pub(crate) keeps: BTreeSet<Kept>,
    /// Where it looks for something.
    pub(crate) asks: BTreeSet<Kept>,
    /// What it did on objects that other functions make.
    pub(crate) others: Vec<Self>,
}

/// How it ended that a function was run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// All its ways were followed.
    Whole,
    /// They take too many steps.
    Steps,
    /// They took too long.
    Time,
}

/// After how many steps somebody looks at the clock.
const GLANCE: u32 = 256;

impl<'p> Machine<'p> {
    /// Runs a function with parameters of which nothing is known.
    #[cfg(test)]
    pub(crate) fn run(project: &'p Project<'p>, library: &'p Library, function: FunctionRef) -> Ran<'p> {
        Self::run_until(project, library, function, &Arc::default(), None)
    }

    /// Runs a function with parameters of which nothing is known but what other functions keep, if there is time for it.
    pub(crate) fn run_until(
        project: &'p Project<'p>,
        library: &'p Library,
        function: FunctionRef,
        known: &Arc<BTreeSet<Kept>>,
        deadline: Option<Deadline<'p>>,
    ) -> Ran<'p> {
        if deadline.is_some_and(|deadline| deadline.is_over()) {
            let (keeps, asks) = (BTreeSet::new(), BTreeSet::new());
            return Ran { events: Vec::new(), end: End::Time, keeps, asks, others: Vec::new() };
        }
        let run = |maker| Self::new(project, library, known, deadline).outermost(function, maker);
        let mut made = makers(project, library, function).into_iter().filter_map(|maker| run(Some(maker)));
        let first = made.next();
        let others: Vec<_> = made.collect();
        let first = first.or_else(|| run(None));
        let mut ran = first.unwrap_or_else(|| Ran {
            events: Vec::new(),
            end: End::Whole,
            keeps: BTreeSet::new(),
            asks: BTreeSet::new(),
            others: Vec::new(),
        });
        ran.others = others;
        ran
    }

    fn new(
        project: &'p Project<'p>,
        library: &'p Library,
        known: &Arc<BTreeSet<Kept>>,
        deadline: Option<Deadline<'p>>,
    ) -> Self {
        Self {
            project,
            library,
            heap: Some(Heap::default()),
            calls: Vec::new(),
            under: Vec::new(),
            tries: Vec::new(),
            swallowed: 0,
            events: Vec::new(),
            claims: Vec::new(),
            tokens: BTreeMap::new(),
            known: Arc::clone(known),
            keeps: BTreeSet::new(),
            asks: BTreeSet::new(),
            deferred: 0,
            naming: Vec::new(),
            filling: Vec::new(),
            asked: 0,
            taken: super::taken::Taken::default(),
            steps: MAX_STEPS,
            deadline,
            end: End::Whole,
        }
    }

    /// Runs a function; a method of what was made by that maker, where it makes anything that matters.
    fn outermost(mut self, function: FunctionRef, maker: Option<FunctionRef>) -> Option<Ran<'p>> {
        self.run_outermost(function, maker)?;
        Some(Ran {
            end: self.end,
            events: self.events,
            keeps: self.keeps,
            asks: self.asks,
            others: Vec::new(),
        })
    }

    fn run_outermost(&mut self, function: FunctionRef, maker: Option<FunctionRef>) -> Option<()> {
        let of = self.project.function(function);
        let place = Place::new(function.file, &of.span);
        let outer = self.surroundings(function);
        let heap = self.heap.as_mut()?;
        let scope = heap.put(Object::new(Is::Scope { outer }, place));
        self.calls.push(Called { function, scope, from: None, returned: Vec::new(), left: Vec::new() });
        if let (Some(class), Some(receiver)) = (of.class, &of.receiver) {
            let class = ClassRef { file: function.file, id: class };
            let instance = match maker {
                Some(maker) => self.made_by(maker, class)?,
                None => self.instance_of(class),
            };
            self.bind(scope, receiver, instance);
        }
        for parameter in &of.parameters {
            let value = self.parameter(function.file, parameter);
            self.declare(&parameter.target);
            self.assign(&parameter.target, value, &of.span);
        }
        self.perform(&of.body);
        self.fall_off(&of.span);
        let called = self.calls.pop()?;
        for (value, heap) in called.returned {
            self.events.push(Event::Ended { value, heap: Arc::new(heap) });
        }
        Some(())
    }

    /// The end of a body gives nothing back.
    pub(super) fn fall_off(&mut self, _span: &Span) {
        if let (Some(heap), Some(called)) = (self.heap.take(), self.calls.last_mut()) {
            called.returned.push((Shape::Null.into(), heap));
        }
    }

    /// One step more, if there is one left.
    pub(super) fn step(&mut self) -> bool {
        self.steps = self.steps.saturating_sub(1);
        if self.steps == 0 && self.end == End::Whole {
            self.end = End::Steps;
        }
        if self.steps.is_multiple_of(GLANCE) && self.deadline.is_some_and(|deadline| deadline.is_over()) {
            self.end = End::Time;
        }
        if self.end != End::Whole {
            self.heap = None;
        }
        self.heap.is_some()
    }

    /// The file that we are in.
    pub(super) fn file(&self) -> FileId {
        self.calls.last().map_or(FileId(0), |called| called.function.file)
    }

    /// That span, here.
    pub(super) fn place(&self, span: &Span) -> Place {
        Place::new(self.file(), span)
    }

    /// Two ways come together.
    pub(super) fn join(&mut self, other: Option<Heap>) {
        match (&mut self.heap, other) {
            (Some(mine), Some(other)) => mine.join(&other),
            (None, other) => self.heap = other,
            (_, None) => {}
        }
    }

    /// Notes something.
    pub(super) fn tell(&mut self, event: Event<'p>) {
        self.events.push(event);
    }

    /// How we came here: from which calls.
    pub(super) fn trail(&self) -> Arc<[Place]> {
        self.calls.iter().filter_map(|called| called.from.clone()).collect()
    }

    /// Gives a name, field or entry its value.
    pub(super) fn assign(&mut self, target: &Target, value: Value, span: &Span) {
        let at = self.place(span);
        match target {
            Target::Name(name) => self.write_name(name, value, at),
            Target::Member(of, name) => {
                let of = self.evaluate(of);
                if outside::is_status(name) && outside::is_refusal(&value) {
                    self.turned_away(&at);
                }
                self.write(&of, name, value, at);
            }
            Target::Index(of, key) => {
                let (of, key) = (self.evaluate(of), self.evaluate(key));
                self.write_under(&of, &key, value, at);
            }
            Target::Several(targets) => {
                for (index, target) in targets.iter().enumerate() {
                    let part = self.item(&value, index);
                    self.assign(target, part, span);
                }
            }
            Target::Keyed { entries, rest } => {
                for (key, target, default) in entries {
                    let default = default.as_ref().map(|default| self.evaluate(default));
                    let mut part = self.member(&value, key, &at);
                    if let Some(default) = default {
                        part = part.surely().or(default);
                    }
                    self.assign(target, part, span);
                }
                if let Some(rest) = rest {
                    let others = self.without(value, entries.iter().map(|(key, ..)| key));
                    self.write_name(rest, others, at);
                }
            }
            Target::Nothing => {}
        }
    }

    /// The same map with other entries only.
    fn without<'t>(&mut self, value: Value, keys: impl Iterator<Item = &'t crate::ir::Text>) -> Value {
        let Some(heap) = &mut self.heap else { return value };
        let Some(mut object) = value.object().and_then(|id| heap.get(id)).cloned() else { return value };
        let at = object.born.clone();
        let keys: Vec<_> = keys.collect();
        for key in &keys {
            object.slots.remove(*key);
        }
        let others = heap.put(object);
        for key in keys {
            self.take_away(others, key, &at);
        }
        Value::from(Shape::Object(others)).with(&value.marks)
    }

    /// Writes an entry of whatever it can be. Where it can be several, the entry may be there.
    pub(super) fn write(&mut self, of: &Value, key: &crate::ir::Text, value: Value, at: Place) {
        self.asked += usize::from(is_asked_as(key));
        // To nothing nobody can write: that way ended.
        let sole = of.each().filter(|one| one.shape != Shape::Null).count() == 1;
        for one in of.each() {
            if let Shape::Foreign(path) = &one.shape {
                self.keep_with(path, key, &value);
            }
        }
        let written: Vec<_> = of.each().filter_map(Value::object).collect();
        for id in &written {
            self.keep_in(*id, key, &value);
            self.sets_headers(*id, key, &value, &at);
        }
        let Some(heap) = &mut self.heap else { return };
        for (id, (value, at)) in written.iter().zip(std::iter::repeat_n((value, at), written.len())) {
            let known = heap.get(*id).map(|object| object.presence(key));
            heap.write(*id, key, value, at);
            if !sole
                && known != Some(Presence::Always)
                && let Some(slot) = heap.change(*id).and_then(|object| object.slots.get_mut(key))
            {
                slot.presence = Presence::Maybe;
            }
        }
    }

    /// Writes an entry under a key that is worked out. Where nobody knows which, the object has entries that nobody
    /// knows.
    pub(super) fn write_under(&mut self, of: &Value, key: &Value, value: Value, at: Place) {
        let value = self.left(value);
        if let Some(key) = name_of_header(key) {
            self.write(of, &key, value, at);
        } else if !self.takes_over(of, key) {
            // Whatever that key is, `resource` it is not.
            let is_other = value.each().all(naming::is_of_client);
            let Some(heap) = self.heap.as_mut().filter(|_| !is_other) else { return };
            for id in of.each().filter_map(Value::object) {
                if value.marks.has(Mark::Chosen) {
                    heap.write(id, &CHOSEN.into(), Shape::Bool(true).into(), at.clone());
                }
                if let Some(object) = heap.change(id) {
                    object.open.get_or_insert_default().join(&value.marks);
                }
            }
        }
    }

    /// What a parameter is where nobody says.
    pub(super) fn parameter(&mut self, file: FileId, parameter: &crate::ir::Parameter) -> Value {
        let born = Place::new(file, &parameter.default.as_ref().map_or(0..0, |value| value.span.clone()));
        let marks = parameter.decorators.iter().map(|decorator| self.evaluate(decorator)).fold(
            Marks::default(),
            |mut marks, value| {
                marks.join(&value.marks);
                marks
            },
        );
        if let Some(request) = self.comes_in(file, parameter) {
            return request.marked(Mark::Parameter).with(&marks);
        }
        let hinted = parameter.hint.as_ref().and_then(|hint| self.made_of(file, hint, &born));
        let hinted = hinted.or_else(|| self.handed(file, parameter));
        let hinted = hinted.map(|made| self.taken_from_request(made, &born));
        let hinted = hinted.or_else(|| self.named_arguments(parameter, &born));
        let value = hinted.unwrap_or_else(|| match &parameter.target {
            Target::Name(name) => Value::named(name),
            _ => Value::unknown(),
        });
        let value = value.marked(Mark::Parameter).with(&marks);
        match parameter.default.as_ref().map(|default| &default.kind) {
            Some(Kind::Null) => value.marked(Mark::Optional),
            Some(Kind::Map(entries))
                if entries.is_empty()
                    && matches!(value.shape, Shape::Unknown(_))
                    && self.may_leave_out(file) =>
            {
                self.bag(value.marks, born)
            }
            _ => value,
        }
    }

    /// All that is given by names, of which nobody knows any: most will not be given.
    fn named_arguments(&mut self, parameter: &crate::ir::Parameter, born: &Place) -> Option<Value> {
        if parameter.takes != Takes::Named {
            return None;
        }
        let mut object = Object::new(Is::Map, born.clone());
        object.open = Some(Value::unknown().marked(Mark::Parameter).marked(Mark::Optional).marks);
        Some(self.heap.as_mut()?.make(object))
    }

    /// Evaluates what stands there, if anything does.
    pub(super) fn optional(&mut self, expression: Option<&Expression>) -> Value {
        match expression {
            Some(expression) => self.evaluate(expression),
            None => Shape::Null.into(),
        }
    }
}
