//! Calls: functions of the project are run in their place.

use super::{
    MAX_CALLS,
    event::{Given, refuses},
    heap::{Heap, Is, Object},
    machine::{Called, Machine},
    serialized::serialized_by,
    value::{Closure, Marks, Presence, Shape, Value},
};
use crate::{
    ir::{Argument, Expression, Kind, Parameter, Span, Step, Takes, Text},
    project::{ClassRef, FunctionRef, Place},
};

/// What a call gave back, by whether it counts as yes.
pub(super) type Answers = Vec<(Value, Heap)>;

/// Methods that make another error of an error, and leave the rest as it is.
const RENAMES_ERRORS: &[&str] =
    &["map_err", "context", "with_context", "wrap_err", "wrap_err_with", "inspect_err", "change_context"];

impl Machine<'_> {
    /// What a call gives back.
    pub(super) fn call(&mut self, expression: &Expression) -> Value {
        let mut answers = self.answers(expression);
        self.errors_say(&mut answers);
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

    /// What a call gives back, where that refuses apart from where it does not.
    pub(super) fn refusing_apart(&mut self, expression: &Expression) -> Answers {
        let answers = self.answers(expression).into_iter();
        let (refusing, others): (Answers, Answers) = answers.partition(|(value, heap)| refuses(value, heap));
        let mut apart = Vec::new();
        for answers in [others, refusing] {
            let value = self.either_of(answers);
            apart.extend(self.heap.take().map(|heap| (value, heap)));
        }
        apart
    }

    /// What a call gives back where it gives back no error. Where it does, so does the function that we are in.
    pub(super) fn tried(&mut self, of: &Expression) -> Value {
        let mut inner = of;
        // Which error it becomes does not matter.
        while let Kind::Call { callee, .. } = &inner.kind
            && let Kind::Member(of, method) = &callee.kind
            && matches!(of.kind, Kind::Call { .. })
            && RENAMES_ERRORS.contains(&&**method)
        {
            inner = of;
        }
        if !matches!(inner.kind, Kind::Call { .. }) {
            return self.evaluate(inner);
        }
        let is_error = |value: &Value, heap: &Heap| {
            let object = value.object().and_then(|id| heap.get(id));
            object.is_some_and(|object| matches!(&object.is, Is::Foreign(path) if &**path == "Err"))
        };
        let answers = self.answers(inner).into_iter();
        let (errors, others): (Answers, Answers) = answers.partition(|(value, heap)| is_error(value, heap));
        if let Some(called) = self.calls.last_mut() {
            called.returned.extend(errors);
        }
        self.either_of(others)
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
        if let Some(base) = self.foreign_base(callee) {
            let given: Vec<_> = arguments.iter().map(|argument| self.given(argument)).collect();
            return self.outside(&base, None, None, &given, expression);
        }
        if let Some(answers) = self.for_each_entry(callee, arguments, &expression.span) {
            return answers;
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
        self.hand_to_client(expression, &given);
        let span = &expression.span;
        if let (Some(receiver), Some(method)) = (&receiver, &method) {
            self.demands_audience(receiver, method, &given, expression);
        }
        let mut answers = Vec::new();
        let before = self.heap.take();
        let several: Vec<_> = callee.each().cloned().collect();
        for one in several {
            self.heap.clone_from(&before);
            if let Some(library) = self.copy_of(&one) {
                answers.extend(self.outside(&library, None, None, &given, expression));
                continue;
            }
            answers.extend(match (&one.shape, *new) {
                (Shape::Function(closure), _) => {
                    let (told, asked) = (self.events.len(), self.asked);
                    let mut answers = self.run_in_place(closure, &given, span);
                    self.written_by(closure.function, &given, asked, &mut answers, span);
                    let name = method
                        .clone()
                        .unwrap_or_else(|| self.project.function(closure.function).name.clone());
                    serialized_by(&name, &given, before.as_ref(), &mut answers);
                    if !self.has_sent(told) && !self.gives_grant(&answers) {
                        self.passed_on(&name, receiver.as_ref(), &given, &answers, span);
                    }
                    if let (Some(receiver), Some(method)) = (&receiver, &method) {
                        let at = self.place(span);
                        self.write_query(method, &given, &at);
                        self.note_entry(receiver, method, &given, &mut answers, span);
                    }
                    answers
                }
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
                    if let Some(known) = self.call_deferred(&one, &given, expression) {
                        answers.extend(known);
                        continue;
                    }
                    self.outside(&one, receiver.as_ref(), method.as_ref(), &given, expression)
                }
            });
        }
        answers
    }

    /// What a library has for it, where a function of the project is a copy of that in a bundle.
    fn copy_of(&self, callee: &Value) -> Option<Value> {
        let Shape::Function(closure) = &callee.shape else { return None };
        let of = self.project.function(closure.function);
        let names = of.parameters.iter().filter_map(Parameter::name);
        let parameters: Vec<&str> = names.map(|name| &**name).collect();
        let language = self.project.file(closure.function.file).language;
        let path = self.library.copy_of(language, &of.name, &parameters)?;
        Some(Shape::Foreign(path.into()).into())
    }

    /// An object of the project that is given an entry has it, wherever it keeps it.
    fn note_entry(
        &mut self,
        receiver: &Value,
        method: &Text,
        given: &[Given],
        answers: &mut Answers,
        span: &Span,
    ) {
        let at = self.place(span);
        for (_, heap) in answers {
            let before = self.heap.replace(std::mem::take(heap));
            self.on_unknown_container(receiver, method, given, &at);
            *heap = std::mem::replace(&mut self.heap, before).unwrap_or_default();
        }
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

    /// Runs a function of the project with what nobody knows. What it tells is told where it is run by itself.
    pub(super) fn run_for_nobody(&mut self, closure: &Closure, span: &Span) -> Answers {
        let (file, of) = (closure.function.file, self.project.function(closure.function));
        let told = self.events.len();
        let given: Vec<_> = self.in_file(file, |machine| {
            // What stands for several is given as that, or it would count as none.
            let handed = |parameter: &Parameter| Given {
                name: parameter.name().filter(|_| parameter.takes == Takes::One).cloned(),
                value: machine.parameter(file, parameter),
                spread: parameter.takes,
                at: Place::new(file, &of.span),
            };
            of.parameters.iter().map(handed).collect()
        });
        let answers = self.run_in_place(closure, &given, span);
        self.events.truncate(told);
        answers
    }

    /// Runs a function of the project in place of its call.
    pub(super) fn run_in_place(&mut self, closure: &Closure, given: &[Given], span: &Span) -> Answers {
        let function = self.fitting(closure.function, given);
        let again = self.calls.iter().any(|called| called.function == function);
        if again || self.calls.len() > MAX_CALLS || self.is_left_to_others(function) {
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
        let answers = self.calls.pop().map(|called| called.returned).unwrap_or_default();
        self.of_its_type(function, answers)
    }

    /// Whether it only says that it is not there: whoever extends its class writes it.
    fn is_left_to_others(&self, function: FunctionRef) -> bool {
        let of = self.project.function(function);
        // What it is for may be said first.
        let is_said = |step: &Step| matches!(step, Step::Do(said) if matches!(said.kind, Kind::Text(_)));
        let mut steps = of.body.iter().filter(|statement| !is_said(&statement.step));
        let (Some(only), None) = (steps.next(), steps.next()) else { return false };
        let text = &self.project.file(function.file).text;
        let said = text.get(only.span.clone()).unwrap_or_default();
        let said: String = said.chars().filter(char::is_ascii_alphabetic).collect();
        let said = said.to_ascii_lowercase();
        of.class.is_some()
            && matches!(only.step, Step::Throw(_))
            && ["notimplemented", "notsupported", "unsupported", "abstract"]
                .iter()
                .any(|word| said.contains(word))
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
            let name = parameter.name();
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
                    for given in given.iter().filter(|given| given.spread == Takes::Rest) {
                        self.spread(&given.value, &mut object, &at);
                    }
                    self.heap.as_mut().map_or_else(Value::unknown, |heap| heap.make(object))
                }
                Takes::Named => {
                    // Whoever calls has put them together.
                    let named = given.iter().find(|given| given.name.is_some());
                    let mut object = Object::new(Is::Map, named.map_or(&at, |given| &given.at).clone());
                    let taken = |name: &Text| of.parameters.iter().any(|other| other.name() == Some(name));
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
    pub(super) fn let_go(&mut self, given: &[Given]) {
        let Some(heap) = &mut self.heap else { return };
        for id in given.iter().flat_map(|given| given.value.each()).filter_map(Value::object) {
            if let Some(object) = heap.change(id) {
                object.open.get_or_insert_default();
            }
        }
    }
}
