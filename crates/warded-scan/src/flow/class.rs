//! Objects of classes of the project: what they begin as, and what they can do.

use std::sync::Arc;

use super::{
    call::Answers,
    event::{Event, Given},
    heap::{Is, Object},
    machine::Machine,
    record::{default_of, left_out},
    value::{Closure, Mark, Marks, ObjectId, Presence, Shape, Value},
};
use crate::{
    ir::{Expression, Field, Import, Kind, Span, Step, Target, Text},
    language::Language,
    library::Does,
    project::{ClassRef, FileId, FunctionRef, Place, are_types},
};

/// What the function is called that makes an object.
pub(crate) const CONSTRUCTORS: &[&str] = &["__init__", "constructor", "<init>"];

/// What makes a method look like a field.
const PROPERTIES: &[&str] = &["property", "cached_property", "get"];

impl Machine<'_> {
    /// A new object of a class of the project.
    pub(super) fn construct(&mut self, class: ClassRef, given: &[Given], span: &Span) -> Answers {
        let at = self.place(span);
        let Some(instance) = self.blank(class, &at) else { return Vec::new() };
        self.begin_without(class, instance);
        self.tell_guard(class, given, &at);
        if let Some(function) = self.inherited(class, CONSTRUCTORS) {
            let closure = Closure { function, scope: None, receiver: Some(instance) };
            let answers = self.run_in_place(&closure, given, span);
            return without_others(instance, answers)
                .into_iter()
                .map(|(_, heap)| (Shape::Object(instance).into(), heap))
                .collect();
        }
        // Without a constructor (a dataclass, a record) what is given by name is a field.
        for given in given {
            if let Some(name) = &given.name
                && let Some(heap) = &mut self.heap
            {
                heap.write(instance, name, given.value.clone(), given.at.clone());
            }
        }
        self.heap.take().map(|heap| (Shape::Object(instance).into(), heap)).into_iter().collect()
    }

    /// Texts that a new object of Java and C# is not made with are nothing, until somebody writes them. What an annotation
    /// adds to a class may do so unseen.
    fn begin_without(&mut self, class: ClassRef, instance: ObjectId) {
        if !matches!(self.project.file(class.file).language, Language::Java | Language::CSharp) {
            return;
        }
        for class in self.lineage(class) {
            let of = self.project.class(class);
            let is_text = |field: &&Field| {
                field.value.is_none() && matches!(field.hint.as_deref(), Some("String" | "string"))
            };
            for field in of.fields.iter().filter(|_| of.decorators.is_empty()).filter(is_text) {
                let at = Place::new(class.file, &field.span);
                if let Some(heap) = &mut self.heap {
                    heap.write(instance, &field.name, Shape::Null.into(), at);
                }
            }
        }
    }

    /// A library may be looked at itself: what is known of its guards holds for those that it makes.
    fn tell_guard(&mut self, class: ClassRef, given: &[Given], at: &Place) {
        let home = self.project.home(class);
        if home.file == at.file {
            return;
        }
        let file = self.project.file(home.file);
        let path = file.path.with_extension("");
        let mut parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
        parts.push(self.project.class(home).name.to_string().into());
        let mut paths =
            (0..parts.len().saturating_sub(1)).filter_map(|from| Some(parts.get(from..)?.join(".")));
        let known = paths.find_map(|path| {
            let known = self.library.find(file.language, &path)?;
            (known.does == Does::Guard && known.is_called(&path)).then_some((known, path))
        });
        if let (Some((known, what)), Some(heap)) = (known, &self.heap) {
            self.tell(Event::Called {
                known,
                what: what.into(),
                receiver: None,
                arguments: given.into(),
                heap: Arc::new(heap.clone()),
                result: Value::unknown(),
                at: at.clone(),
                trail: self.trail(),
                under: self.under.clone(),
            });
        }
    }

    /// An object of a class with what its fields begin as.
    pub(super) fn blank(&mut self, class: ClassRef, at: &Place) -> Option<ObjectId> {
        let mut object = Object::new(Is::Instance(class), at.clone());
        let mut lineage = self.lineage(class);
        lineage.reverse();
        let fields = lineage.iter().flat_map(|class| {
            let fields = &self.project.class(*class).fields;
            fields.iter().map(move |field| (*class, field))
        });
        let fields: Vec<_> = fields.collect();
        let filling = self.filling.len();
        // The constants of an enumeration are objects of it, and so is the one that a class keeps of itself.
        let known: Vec<_> = lineage.iter().map(|class| self.filling.contains(class)).collect();
        self.filling.extend(lineage.iter().copied());
        for (class, field) in fields {
            let again = lineage.iter().position(|of| *of == class).is_some_and(|index| known[index]);
            let value = match (&field.value, &field.hint) {
                (Some(_), _) if again => Value::named(&field.name),
                (value @ Some(_), _) if is_left_out(value.as_ref()) => left_out(&field.name),
                (Some(value), _) => self.in_file(class.file, |machine| machine.evaluate(value)),
                (None, Some(hint)) => {
                    self.made_of(class.file, hint, at).unwrap_or_else(|| Value::named(&field.name))
                }
                (None, None) => Value::named(&field.name),
            };
            let at = Place::new(class.file, &field.span);
            object
                .slots
                .insert(field.name.clone(), super::value::Slot { presence: Presence::Always, value, at });
        }
        self.filling.truncate(filling);
        Some(self.heap.as_mut()?.put(object))
    }

    /// An object of a class of which nobody has seen how it was made: its constructor is run with what nobody knows.
    pub(super) fn instance_of(&mut self, class: ClassRef) -> Value {
        let class = self.project.home(class);
        let at = Place::new(class.file, &self.project.class(class).span);
        let Some(instance) = self.blank(class, &at) else { return Value::unknown() };
        if let Some(function) = self.inherited(class, CONSTRUCTORS) {
            self.run_on(instance, function);
        }
        self.set_up(class, instance);
        for (class, part) in self.parts_of(instance) {
            self.set_up(class, part);
        }
        self.open_what_others_write(class, instance);
        Shape::Object(instance).into()
    }

    /// The objects of classes of the project that an object keeps.
    fn parts_of(&self, instance: ObjectId) -> Vec<(ClassRef, ObjectId)> {
        let Some(heap) = &self.heap else { return Vec::new() };
        let slots = heap.get(instance).into_iter().flat_map(|object| object.slots.values());
        let parts = slots.filter_map(|slot| slot.value.object()).filter(|part| *part != instance);
        let parts = parts.filter_map(|part| match heap.get(part)?.is {
            Is::Instance(class) => Some((class, part)),
            _ => None,
        });
        parts.collect()
    }

    /// Runs a method of an object with what nobody knows. What it does besides is not met here.
    fn run_on(&mut self, instance: ObjectId, method: FunctionRef) {
        let closure = Closure { function: method, scope: None, receiver: Some(instance) };
        let answers = self.run_for_nobody(&closure, &self.project.function(method).span);
        self.heap = None;
        for (_, heap) in without_others(instance, answers) {
            self.join(Some(heap));
        }
    }

    /// What an object begins without, and gets by another method before anybody uses it: `init`, `configure`. Of what any
    /// further method gives it nothing is known.
    fn set_up(&mut self, class: ClassRef, instance: ObjectId) {
        let project = self.project;
        let methods: Vec<_> = project.methods(class).collect();
        for method in methods {
            let of = project.function(method);
            let text = project.file(method.file).text.get(of.span.clone()).unwrap_or_default();
            if CONSTRUCTORS.contains(&&*of.name) || of.receiver.is_none() {
                continue;
            }
            let Some(heap) = &self.heap else { return };
            let slots = heap.get(instance).into_iter().flat_map(|of| &of.slots);
            let is_unknown = |value: &Value| match value.shape {
                // What is off may be switched on.
                Shape::Null | Shape::Unknown(_) | Shape::Bool(false) => true,
                // Only its type is known.
                Shape::Object(id) => heap.get(id).is_some_and(|of| of.open.is_some() && of.slots.is_empty()),
                _ => false,
            };
            let lacks = slots.filter(|(_, slot)| is_unknown(&slot.value));
            let given: Vec<_> = lacks
                .filter(|(name, _)| assigns(text, name))
                .map(|(name, slot)| (name.clone(), slot.value.clone()))
                .collect();
            let name = of.name.to_ascii_lowercase().replace('_', "");
            if given.is_empty() {
                continue;
            }
            if SET_UP.contains(&&*name) {
                let before = self.heap.clone();
                self.run_on(instance, method);
                if self.heap.is_some() {
                    continue;
                }
                // One that refuses on all ways that are known.
                self.heap = before;
            }
            let Some(heap) = &mut self.heap else { return };
            let at = Place::new(method.file, &of.span);
            for (name, value) in given {
                let value = match value.shape {
                    Shape::Null => Value::named(&name),
                    Shape::Bool(false) => value.or(Value::named(&name)),
                    _ => continue,
                };
                heap.write(instance, &name, value, at.clone());
            }
        }
    }

    /// A map that an object keeps may have any entries that its methods let others write.
    fn open_what_others_write(&mut self, class: ClassRef, instance: ObjectId) {
        let project = self.project;
        if !are_types(project.file(class.file).language) {
            return;
        }
        let text =
            |method: FunctionRef| project.file(method.file).text.get(project.function(method).span.clone());
        let texts: Vec<_> = project.methods(class).filter_map(text).collect();
        let fields = self.heap.as_ref().and_then(|heap| heap.get(instance));
        let fields: Vec<_> = fields
            .into_iter()
            .flat_map(|of| &of.slots)
            .filter(|(name, _)| texts.iter().any(|text| lets_write(text, name)))
            .flat_map(|(_, slot)| slot.value.each().filter_map(Value::object).collect::<Vec<_>>())
            .collect();
        for id in fields {
            if let Some(object) = self.heap.as_mut().and_then(|heap| heap.change(id))
                && object.is == Is::Map
            {
                object.open.get_or_insert_default();
            }
        }
    }

    /// The method of that name, of the class or of what it extends in the project.
    pub(super) fn method(&self, class: ClassRef, names: &[&str]) -> Option<FunctionRef> {
        let mut all = self.project.methods(self.project.home(class));
        all.find(|method| names.contains(&&*self.project.function(*method).name))
    }

    /// A method or field of a class of the project.
    pub(super) fn of_class(
        &mut self,
        class: ClassRef,
        receiver: Option<ObjectId>,
        name: &Text,
        at: &Place,
    ) -> Value {
        let (of, mut class) = (class, Some(class));
        for _ in 0..8 {
            let Some(this) = class else { break };
            if let Some(function) = self.method(this, &[name]) {
                let of = self.project.function(function);
                let is_property = of.decorators.iter().any(
                    |decorator| matches!(&decorator.kind, Kind::Name(name) if PROPERTIES.contains(&&**name)),
                );
                let closure = Closure { function, scope: None, receiver };
                if is_property {
                    return self.worked_out(&closure, at);
                }
                return Shape::Function(closure).into();
            }
            // What all of its objects share.
            let shared = self.project.class(this).fields.iter().find(|field| field.name == *name);
            if let (None, Some(value)) = (receiver, shared.and_then(|field| field.value.as_ref())) {
                return self.in_file(this.file, |machine| machine.evaluate(value));
            }
            // Whoever made an object that is only handed in may have left it out.
            if shared.is_some_and(|field| is_left_out(field.value.as_ref())) && !self.is_filled_in(this, name)
            {
                return left_out(name);
            }
            // In Go a field is what its type says, whoever handed the object in.
            let hint = shared.and_then(|field| field.hint.clone()).filter(|_| receiver.is_some());
            if let Some(hint) = hint.filter(|_| self.project.file(this.file).language == Language::Go)
                && let Some(made) = self.made_of(this.file, &hint, at)
            {
                if let (Some(of), Some(heap)) = (receiver, &mut self.heap) {
                    heap.write(of, name, made.clone(), at.clone());
                }
                return made;
            }
            // What it extends: another class of the project, or one of a library.
            let bases = &self.project.class(this).bases;
            class = None;
            for base in bases {
                let base = self.in_file(this.file, |machine| machine.evaluate(base));
                match base.shape {
                    Shape::Class(other) => {
                        class = Some(other);
                        break;
                    }
                    Shape::Foreign(path) => {
                        return Shape::Foreign(format!("{path}.{name}").into()).into();
                    }
                    _ => {}
                }
            }
        }
        let given = receiver.and_then(|_| self.given_to_constructor(of, name));
        given.unwrap_or_else(|| Value::named(name))
    }

    /// What an object that is only handed in has in a field that its constructor is given, as far as types say so:
    /// `self.config = config`.
    fn given_to_constructor(&mut self, class: ClassRef, field: &Text) -> Option<Value> {
        let function = self.method(class, CONSTRUCTORS)?;
        let of = self.project.function(function);
        let is_of_itself =
            |of: &Expression, itself: &Text| matches!(&of.kind, Kind::Name(name) if name == itself);
        let parameter = of.body.iter().find_map(|statement| match &statement.step {
            Step::Assign { target: Target::Member(whole, name), value, .. }
                if name == field
                    && of.receiver.as_ref().is_some_and(|itself| is_of_itself(whole, itself)) =>
            {
                of.parameters.iter().find(|one| one.name().is_some_and(|name| is_of_itself(value, name)))
            }
            _ => None,
        })?;
        let value = self.parameter(function.file, parameter);
        let made = value.object().and_then(|id| self.heap.as_ref()?.get(id));
        let is_known = made.is_some_and(|made| matches!(made.is, Is::Instance(_)));
        (is_known || value.marks.has(Mark::Optional)).then_some(value)
    }

    /// Whether a method of the class itself says what such a field is where nobody gave it: `__post_init__`, a validator.
    fn is_filled_in(&self, class: ClassRef, field: &Text) -> bool {
        let mut methods = self.project.methods(self.project.home(class));
        methods.any(|method| {
            let span = self.project.function(method).span.clone();
            let text = self.project.file(method.file).text.get(span).unwrap_or_default();
            text.contains(&**field)
        })
    }

    /// What a function that looks like a field gives.
    pub(super) fn worked_out(&mut self, closure: &Closure, at: &Place) -> Value {
        let span = at.start as usize..at.end as usize;
        let answers = self.run_in_place(closure, &[], &span);
        self.either_of(answers)
    }

    /// What was found in an object: a function in it is a method of it.
    pub(super) fn as_method_of(&mut self, id: ObjectId, value: Value, at: &Place) -> Value {
        let Shape::Function(closure) = &value.shape else { return value };
        let of = self.project.function(closure.function);
        if closure.receiver.is_some() || of.receiver.is_none() {
            return value;
        }
        let closure = Closure { receiver: Some(id), ..closure.clone() };
        if of
            .decorators
            .iter()
            .any(|decorator| matches!(&decorator.kind, Kind::Name(name) if &**name == "get"))
        {
            return self.worked_out(&closure, at);
        }
        Value { shape: Shape::Function(closure), marks: value.marks }
    }

    /// An object of the type that is written there, where that is known.
    pub(super) fn made_of(&mut self, file: FileId, hint: &Text, at: &Place) -> Option<Value> {
        let (mut value, rest) = self.beginning_of(file, hint)?;
        let parts = rest.split(['.', ':']).filter(|part| !part.is_empty());
        for part in parts {
            value = match &value.shape {
                // What a library holds under that name is no type.
                Shape::Foreign(path) => Shape::Foreign(format!("{path}.{part}").into()).into(),
                _ => self.member(&value, &part.into(), at),
            };
        }
        match value.shape {
            Shape::Foreign(path) if path.contains('.') || self.is_web_request(file, &path) => {
                let mut object = Object::new(Is::Foreign(path), at.clone());
                // Whoever made it may have written to it.
                object.open = Some(Marks::default());
                Some(self.heap.as_mut()?.make(object))
            }
            Shape::Class(class) => {
                // Its fields, but not what its constructor does: types refer to each other without end.
                let id = self.blank_of(class, at.clone())?;
                Some(Shape::Object(id).into())
            }
            _ => None,
        }
    }

    /// Whether requests that come in are of that type, which the language has by itself.
    fn is_web_request(&self, file: FileId, path: &str) -> bool {
        let language = self.project.file(file).language;
        self.library.holds(language, &format!("{path}.headers")).is_some()
    }

    /// What the beginning of a path stands for, and the rest. `crate::a::B` needs no import.
    fn beginning_of<'h>(&mut self, file: FileId, hint: &'h str) -> Option<(Value, &'h str)> {
        let is_inner = ["crate::", "self::", "super::"].iter().any(|start| hint.starts_with(start));
        if let Some((module, item)) = hint.rsplit_once("::").filter(|_| is_inner) {
            let (module, item) = (module.into(), Text::from(item));
            let import = Import { local: item.clone(), module, item: Some(item), span: 0..0 };
            let resolved = self.project.resolve(file, &import);
            return Some((self.resolved(&resolved, 0), ""));
        }
        let hint = hint.trim_start_matches(['.', ':']);
        let first = hint.split(['.', ':']).next().filter(|first| !first.is_empty())?;
        let value = self.in_file(file, |machine| machine.top(file, &first.into(), 0));
        Some((value, hint.strip_prefix(first).unwrap_or_default()))
    }

    pub(super) fn blank_of(&mut self, class: ClassRef, at: Place) -> Option<ObjectId> {
        let mut object = Object::new(Is::Instance(class), at);
        object.open = Some(Marks::default());
        Some(self.heap.as_mut()?.put(object))
    }
}

/// What methods are called that are called once, before all others.
const SET_UP: &[&str] = &[
    "init",
    "initialize",
    "initialise",
    "configure",
    "setup",
    "start",
    "afterpropertiesset",
    "postconstruct",
    "onmoduleinit",
];

/// Without the ways on which a constructor gives another object than it was called for:
/// `if (!(this instanceof A)) return new A()`.
fn without_others(instance: ObjectId, answers: Answers) -> Answers {
    let is_other = |(value, _): &(Value, _)| value.object().is_some_and(|id| id != instance);
    if answers.iter().all(is_other) {
        return answers;
    }
    answers.into_iter().filter(|answer| !is_other(answer)).collect()
}

/// Whether that field is given a value in a text.
fn assigns(text: &str, field: &str) -> bool {
    ["this.", "self."].iter().any(|of| {
        let written = format!("{of}{field}");
        text.match_indices(&written).any(|(at, _)| {
            let after = text.get(at + written.len()..).unwrap_or_default().trim_start();
            after.starts_with('=') && !after.starts_with("==")
        })
    })
}

/// Whether a field is nothing where nobody gives it: `= None`, `= Field(default=None)`.
fn is_left_out(begins: Option<&Expression>) -> bool {
    let begins = begins.map(|value| default_of(value).unwrap_or(value));
    begins.is_some_and(|value| matches!(value.kind, Kind::Null))
}

/// Whether a method writes an entry of that field under a key that it is given.
fn lets_write(text: &str, field: &str) -> bool {
    text.match_indices(field).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + field.len()..).unwrap_or_default();
        let key = WRITERS.iter().find_map(|writer| after.strip_prefix(writer));
        let is_field = before.is_none_or(|before| !before.is_alphanumeric() && before != '_');
        is_field && key.is_some_and(|key| key.trim_start().starts_with(char::is_lowercase))
    })
}

/// How a key and a value are written, or many of them.
const WRITERS: &[&str] = &[".put(", ".putAll(", ".add(", ".Add(", ".set(", "["];
