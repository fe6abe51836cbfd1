//! Calls: functions of the project are run in their place, maps and lists are written to, and what libraries do is known.

use std::rc::Rc;

use super::{
    MAX_CALLS,
    evaluate::audience,
    event::{Event, Given},
    heap::{Heap, Is, Object},
    machine::{Called, Machine},
    value::{Closure, Mark, Marks, ObjectId, Presence, Shape, Value},
};
use crate::{
    ir::{Argument, Expression, Kind, Span, Takes, Target, Text},
    library::Does,
    project::{ClassRef, FileId, FunctionRef, Place},
};

/// What a call gave back, by whether it counts as yes.
pub(super) type Answers = Vec<(Value, Heap)>;

impl Machine<'_> {
    /// What a call gives back.
    pub(super) fn call(&mut self, expression: &Expression) -> Value {
        let answers = self.answers(expression);
        self.either_of(answers)
    }

    /// One of several answers, nobody knows which.
    pub(super) fn either_of(&mut self, answers: Answers) -> Value {
        let mut value: Option<Value> = None;
        self.heap = None;
        for (one, heap) in answers {
            self.join(Some(heap));
            value = Some(value.map_or(one.clone(), |value: Value| value.or(one)));
        }
        value.unwrap_or_else(Value::unknown)
    }

    /// The ways on which a call counts as yes and as no.
    pub(super) fn split_call(&mut self, expression: &Expression) -> (Option<Heap>, Option<Heap>, Marks) {
        let (mut yes, mut no, mut about) = (None, None, Marks::default());
        for (value, heap) in self.answers(expression) {
            self.heap = Some(heap);
            let (one, other, marks) = self.truth(expression, &value);
            about.join(&marks);
            for (way, all) in [(one, &mut yes), (other, &mut no)] {
                self.heap = all.take();
                self.join(way);
                *all = self.heap.take();
            }
        }
        (yes, no, about)
    }

    fn answers(&mut self, expression: &Expression) -> Answers {
        let Kind::Call { callee, arguments, new } = &expression.kind else { return Vec::new() };
        if let Some(closure) = self.of_base(callee) {
            let given: Vec<_> = arguments.iter().map(|argument| self.given(argument)).collect();
            return self.run_in_place(&closure, &given, &expression.span);
        }
        let (receiver, method, callee) = match &callee.kind {
            Kind::Member(of, name) => {
                let of = self.evaluate(of).there();
                let at = self.place(&callee.span);
                let callee = self.called(&of, name, &at);
                (Some(of), Some(name.clone()), callee)
            }
            _ => (None, None, self.evaluate(callee)),
        };
        let given: Vec<_> = arguments.iter().map(|argument| self.given(argument)).collect();
        if self.heap.is_none() {
            return Vec::new();
        }
        let span = &expression.span;
        let mut answers = Vec::new();
        let before = self.heap.take();
        let several: Vec<_> = callee.each().cloned().collect();
        for one in several {
            self.heap.clone_from(&before);
            answers.extend(match (&one.shape, *new) {
                (Shape::Function(closure), _) => self.run_in_place(closure, &given, span),
                (Shape::Class(class), _) => self.construct(*class, &given, span),
                (Shape::Module(files), _) => {
                    let whole = files.first().map(|file| self.the_one(*file));
                    match whole.map(|whole| whole.shape) {
                        Some(Shape::Function(closure)) => self.run_in_place(&closure, &given, span),
                        Some(Shape::Class(class)) => self.construct(class, &given, span),
                        _ => self.heap.take().map(|heap| (Value::unknown(), heap)).into_iter().collect(),
                    }
                }
                _ => {
                    if let (Some(receiver), Some(method)) = (&receiver, &method)
                        && let Some(known) = self.asked(expression, receiver, method, &given)
                    {
                        answers.extend(known);
                        continue;
                    }
                    self.outside(&one, receiver.as_ref(), method.as_ref(), &given, expression)
                }
            });
        }
        answers
    }

    /// What is called by that name: a method, even where a field is called like it.
    fn called(&mut self, of: &Value, name: &Text, at: &Place) -> Value {
        let is = of.object().and_then(|id| Some((id, self.heap.as_ref()?.get(id)?.is.clone())));
        match is {
            Some((id, Is::Instance(class))) if self.method(class, &[name]).is_some() => {
                self.of_class(class, Some(id), name, at)
            }
            _ => self.member(of, name, at),
        }
    }

    fn given(&mut self, argument: &Argument) -> Given {
        let value = self.evaluate(&argument.value);
        let at = self.place(&argument.value.span);
        Given { name: argument.name.clone(), value, spread: argument.gives, at }
    }

    /// Runs a function of the project in place of its call.
    pub(super) fn run_in_place(&mut self, closure: &Closure, given: &[Given], span: &Span) -> Answers {
        let function = self.fitting(closure.function, given);
        let again = self.calls.iter().any(|called| called.function == function);
        if again || self.calls.len() > MAX_CALLS {
            // Whatever it is given it may write to.
            self.let_go(given);
            let mut marks = Marks::default();
            for given in given {
                marks.join(&given.value.marks);
            }
            return self.heap.take().map(|heap| (Value::unknown().with(&marks), heap)).into_iter().collect();
        }
        let of = self.project.function(function);
        let from = self.place(span);
        let scope = closure.scope;
        let Some(heap) = &mut self.heap else { return Vec::new() };
        let scope = heap.put(Object::new(Is::Scope { outer: scope }, Place::new(function.file, &of.span)));
        self.calls.push(Called { function, scope, from: Some(from), returned: Vec::new(), left: Vec::new() });
        if let (Some(name), Some(receiver)) = (&of.receiver, closure.receiver) {
            self.bind(scope, name, Shape::Object(receiver).into());
        }
        self.bind_parameters(function, given, &of.span);
        self.perform(&of.body);
        self.fall_off(&of.span);
        self.calls.pop().map(|called| called.returned).unwrap_or_default()
    }

    /// Of several methods of one name, the one that takes as much as is given.
    fn fitting(&self, function: FunctionRef, given: &[Given]) -> FunctionRef {
        let of = self.project.function(function);
        let takes = |of: &crate::ir::Function| of.parameters.len() == given.len();
        let Some(class) = of.class.filter(|_| !takes(of)) else { return function };
        let class = ClassRef { file: function.file, id: class };
        let mut others = self.project.methods(self.project.home(class));
        let fits = |other: &FunctionRef| {
            let other = self.project.function(*other);
            other.name == of.name && takes(other)
        };
        others.find(fits).unwrap_or(function)
    }

    /// Gives each parameter what it is called with.
    fn bind_parameters(&mut self, function: FunctionRef, given: &[Given], span: &Span) {
        let of = self.project.function(function);
        let mut positional = given.iter().filter(|given| given.name.is_none() && given.spread == Takes::One);
        let spread: Vec<_> = given.iter().filter(|given| given.spread != Takes::One).collect();
        let at = Place::new(function.file, span);
        for parameter in &of.parameters {
            let name = if let Target::Name(name) = &parameter.target { Some(name) } else { None };
            let value = match parameter.takes {
                Takes::One => {
                    let named =
                        given.iter().find(|given| given.name.is_some() && given.name.as_ref() == name);
                    match named.or_else(|| positional.next()) {
                        Some(given) => given.value.clone(),
                        None if !spread.is_empty() => {
                            let of = spread.iter().map(|given| given.value.clone()).reduce(Value::or);
                            let of = of.unwrap_or_else(Value::unknown);
                            name.map_or_else(Value::unknown, |name| self.member(&of, name, &at))
                        }
                        None => match &parameter.default {
                            Some(default) => self.evaluate(default),
                            None => Shape::Null.into(),
                        },
                    }
                }
                Takes::Rest => {
                    let mut object = Object::new(Is::List, at.clone());
                    object.items = positional.by_ref().map(|given| given.value.clone()).collect();
                    self.heap.as_mut().map_or_else(Value::unknown, |heap| heap.make(object))
                }
                Takes::Named => {
                    let mut object = Object::new(Is::Map, at.clone());
                    let taken = |name: &Text| {
                        of.parameters
                            .iter()
                            .any(|other| matches!(&other.target, Target::Name(known) if known == name))
                    };
                    for given in given {
                        match &given.name {
                            Some(name) if !taken(name) => {
                                let (value, at) = (given.value.clone(), given.at.clone());
                                let slot = super::value::Slot { presence: Presence::Always, value, at };
                                object.slots.insert(name.clone(), slot);
                            }
                            None if given.spread == Takes::Named => {
                                self.spread(&given.value, &mut object, &at);
                            }
                            _ => {}
                        }
                    }
                    self.heap.as_mut().map_or_else(Value::unknown, |heap| heap.make(object))
                }
            };
            self.declare(&parameter.target);
            let hinted = matches!(value.shape, Shape::Unknown(_))
                .then(|| parameter.hint.as_ref().and_then(|hint| self.made_of(function.file, hint, &at)))
                .flatten();
            let value = hinted.map(|made| made.with(&value.marks)).unwrap_or(value);
            self.assign(&parameter.target, value, span);
        }
    }

    /// What is given away may be written to by whoever has it.
    fn let_go(&mut self, given: &[Given]) {
        let Some(heap) = &mut self.heap else { return };
        for id in given.iter().flat_map(|given| given.value.each()).filter_map(Value::object) {
            if let Some(object) = heap.change(id) {
                object.open.get_or_insert_default();
            }
        }
    }

    /// A new object of a class of the project.
    fn construct(&mut self, class: ClassRef, given: &[Given], span: &Span) -> Answers {
        let at = self.place(span);
        let Some(instance) = self.blank(class, &at) else { return Vec::new() };
        if let Some(function) = self.inherited(class, CONSTRUCTORS) {
            let closure = Closure { function, scope: None, receiver: Some(instance) };
            return self
                .run_in_place(&closure, given, span)
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

    /// An object of a class with what its fields begin as.
    fn blank(&mut self, class: ClassRef, at: &Place) -> Option<ObjectId> {
        let mut object = Object::new(Is::Instance(class), at.clone());
        let mut lineage = self.lineage(class);
        lineage.reverse();
        let fields = lineage.iter().flat_map(|class| {
            let fields = &self.project.class(*class).fields;
            fields.iter().map(move |field| (*class, field))
        });
        for (class, field) in fields.collect::<Vec<_>>() {
            let value = match (&field.value, &field.hint) {
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
        Some(self.heap.as_mut()?.put(object))
    }

    /// An object of a class of which nobody has seen how it was made: its constructor is run with what nobody knows.
    pub(super) fn instance_of(&mut self, class: ClassRef) -> Value {
        let class = self.project.home(class);
        let at = Place::new(class.file, &self.project.class(class).span);
        let Some(instance) = self.blank(class, &at) else { return Value::unknown() };
        if let Some(function) = self.inherited(class, CONSTRUCTORS) {
            let of = self.project.function(function);
            let events = self.events.len();
            let given: Vec<_> = of
                .parameters
                .iter()
                .map(|parameter| Given {
                    name: match &parameter.target {
                        Target::Name(name) => Some(name.clone()),
                        _ => None,
                    },
                    value: self.parameter(function.file, parameter),
                    spread: Takes::One,
                    at: Place::new(function.file, &of.span),
                })
                .collect();
            let closure = Closure { function, scope: None, receiver: Some(instance) };
            let answers = self.run_in_place(&closure, &given, &of.span);
            self.events.truncate(events);
            self.heap = None;
            for (_, heap) in answers {
                self.join(Some(heap));
            }
        }
        Shape::Object(instance).into()
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
        let mut class = Some(class);
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
        Value::named(name)
    }

    /// What a function that looks like a field gives.
    fn worked_out(&mut self, closure: &Closure, at: &Place) -> Value {
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
        let mut parts = hint.split(['.', ':']).filter(|part| !part.is_empty());
        let first: Text = parts.next()?.into();
        let mut value = self.in_file(file, |machine| machine.top(file, &first, 0));
        for part in parts {
            value = self.member(&value, &part.into(), at);
        }
        match value.shape {
            Shape::Foreign(path) if path.contains('.') => {
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

    fn blank_of(&mut self, class: ClassRef, at: Place) -> Option<ObjectId> {
        let mut object = Object::new(Is::Instance(class), at);
        object.open = Some(Marks::default());
        Some(self.heap.as_mut()?.put(object))
    }

    /// A call of something that is not of the project.
    fn outside(
        &mut self,
        callee: &Value,
        receiver: Option<&Value>,
        method: Option<&Text>,
        given: &[Given],
        whole: &Expression,
    ) -> Answers {
        let (at, span) = (self.place(&whole.span), &whole.span);
        if let (Some(receiver), Some(method)) = (receiver, method) {
            let each: Vec<_> = receiver.each().cloned().collect();
            let done: Vec<_> =
                each.iter().filter_map(|one| self.on_container(one, method, given, &at)).collect();
            if let Some(value) = done.into_iter().reduce(Value::or) {
                return self.sole(value);
            }
            if let Some(value) = self.with_callback(receiver, method, given, span) {
                return self.sole(value);
            }
        }
        let language = self.project.file(self.file()).language;
        let path = match &callee.shape {
            Shape::Foreign(path) => Some(path.clone()),
            // A method of something that nobody knows, by its name alone.
            _ => method.map(|method| format!("?.{method}").into()),
        };
        let mut marks = Marks::default();
        for given in given {
            marks.join(&given.value.marks);
        }
        if let Some(receiver) = receiver {
            marks.join(&receiver.marks);
        }
        if is_about_types(path.as_deref()) {
            return self.sole(Value::unknown());
        }
        let known = path.as_ref().and_then(|path| self.library.find(language, path));
        if let Some(known) = known.filter(|known| known.does == Does::Compare) {
            return self.fits(known, receiver, given, whole);
        }
        if known.is_none_or(|known| known.hands.is_none()) {
            self.run_callbacks(receiver, given, span);
        }
        let mut result = match &path {
            Some(path) if !path.starts_with('?') => {
                let object = Object::new(Is::Foreign(path.clone()), at.clone());
                self.heap.as_mut().map_or_else(Value::unknown, |heap| heap.make(object)).with(&marks)
            }
            _ => Value::unknown().with(&marks),
        };
        if let (Some(receiver), Some(method)) = (receiver, method)
            && asks_audience(method, given)
        {
            result = audience(receiver, result);
        }
        if let (None, Some(receiver)) = (known, receiver)
            && self.is_being_built(receiver)
        {
            return self.sole(receiver.clone().with(&marks));
        }
        if let (Some(known), Some(what)) = (known, path) {
            result = self.known(known, receiver, given, result, &at);
            if matches!(known.does, Does::Gives | Does::Option | Does::Write | Does::Build) {
                return self.sole(result);
            }
            if let Some(heap) = &self.heap {
                let event = Event::Called {
                    known,
                    what,
                    receiver: receiver.cloned(),
                    arguments: given.into(),
                    heap: Rc::new(heap.clone()),
                    result: result.clone(),
                    at,
                    trail: self.trail(),
                    under: self.under.clone(),
                };
                self.tell(event);
            }
            if let Some(index) = known.hands {
                self.hand_over(index, &result, given, span);
            }
        }
        self.sole(result)
    }

    /// The one answer that there is.
    fn sole(&mut self, value: Value) -> Answers {
        self.heap.take().map(|heap| (value, heap)).into_iter().collect()
    }

    /// Functions that are given away may be run.
    pub(super) fn run_callbacks(&mut self, receiver: Option<&Value>, given: &[Given], span: &Span) {
        // What a list gives to a function is what is in it.
        let marks = receiver.map(|receiver| receiver.marks.clone()).unwrap_or_default();
        for given in given {
            let Shape::Function(closure) = &given.value.shape else { continue };
            let before = self.heap.clone();
            let parameters = &self.project.function(closure.function).parameters;
            let unknown: Vec<_> = parameters
                .iter()
                .map(|parameter| Given {
                    name: None,
                    value: match &parameter.target {
                        Target::Name(name) => Value::named(name),
                        _ => Value::unknown(),
                    }
                    .with(&marks),
                    spread: Takes::One,
                    at: given.at.clone(),
                })
                .collect();
            let answers = self.run_in_place(closure, &unknown, span);
            self.heap = before;
            for (_, heap) in answers {
                self.join(Some(heap));
            }
        }
    }

    /// What every language's maps and lists can do.
    fn on_container(&mut self, receiver: &Value, method: &str, given: &[Given], at: &Place) -> Option<Value> {
        let id = receiver.object()?;
        let is = self.heap.as_ref()?.get(id)?.is.clone();
        let argument = |index: usize| given.get(index).map(|given: &Given| given.value.clone());
        let claims = receiver.marks.iter().any(|mark| matches!(mark, Mark::Claims(_)));
        if !matches!(is, Is::Map | Is::List) && !claims {
            return None;
        }
        Some(match (method, given.len()) {
            ("get" | "Get" | "pop" | "getOrDefault" | "get_or_default", 1 | 2) => {
                let key = argument(0)?;
                let key = key.text()?.clone();
                let found = self.entry(receiver, &key, at);
                match argument(1) {
                    Some(default) => found.or(default),
                    None => found,
                }
            }
            (
                "set" | "Set" | "append" | "Add" | "add" | "put" | "insert" | "setdefault" | "TryAdd"
                | "Append" | "append_pair" | "putIfAbsent",
                2,
            ) => {
                let (key, value) = (argument(0)?, argument(1)?);
                self.write_under(receiver, &key, value, at.clone());
                receiver.clone()
            }
            ("append" | "push" | "add" | "Add" | "push_back", 1) => {
                let value = argument(0)?;
                // A pair is an entry too, so that it is known on which ways it is there.
                let pair = value.object().and_then(|id| self.heap.as_ref()?.get(id));
                let pair = pair.filter(|pair| pair.is == Is::List && pair.items.len() == 2);
                if let Some((key, value)) =
                    pair.and_then(|pair| Some((pair.items[0].text()?.clone(), pair.items[1].clone())))
                {
                    self.write(receiver, &key, value, at.clone());
                }
                let object = self.heap.as_mut()?.change(id)?;
                object.items.push(value);
                receiver.clone()
            }
            ("update" | "putAll" | "extend" | "merge", _) => {
                let mut object = self.heap.as_ref()?.get(id)?.clone();
                for given in given {
                    match &given.name {
                        Some(name) => {
                            let (value, at) = (given.value.clone(), given.at.clone());
                            let slot = super::value::Slot { presence: Presence::Always, value, at };
                            object.slots.insert(name.clone(), slot);
                        }
                        None => self.spread(&given.value, &mut object, at),
                    }
                }
                *self.heap.as_mut()?.change(id)? = object;
                receiver.clone()
            }
            ("delete" | "remove" | "Del", 1) => {
                let key = argument(0)?;
                let key = key.text()?.clone();
                self.heap.as_mut()?.change(id)?.slots.remove(&key);
                Value::unknown()
            }
            (
                "copy" | "clone" | "toString" | "to_owned" | "Clone" | "items" | "entries" | "iter"
                | "into_iter",
                _,
            ) => {
                let object = self.heap.as_ref()?.get(id)?.clone();
                self.heap.as_mut()?.make(object).with(&receiver.marks)
            }
            _ => return None,
        })
    }
}

/// Whether only the type of something is asked for: that says nothing of its value.
fn is_about_types(path: Option<&str>) -> bool {
    matches!(
        path,
        Some(
            "typeof" | "instanceof" | "isinstance" | "Array.isArray" | "Number.isInteger" | "Number.isFinite"
        )
    )
}

/// Whether a method gives the audience of claims: `getAudience()`, `getClaim("aud")`.
fn asks_audience(method: &str, given: &[Given]) -> bool {
    match given.first().map(|given| given.value.text()) {
        None => {
            let method = method.strip_prefix("get").unwrap_or(method).to_ascii_lowercase();
            matches!(method.as_str(), "audience" | "audiences" | "aud")
        }
        Some(key) => key.is_some_and(|key| &**key == "aud"),
    }
}

/// What the function is called that makes an object.
pub(super) const CONSTRUCTORS: &[&str] = &["__init__", "constructor", "<init>"];

/// What makes a method look like a field.
const PROPERTIES: &[&str] = &["property", "cached_property", "get"];
