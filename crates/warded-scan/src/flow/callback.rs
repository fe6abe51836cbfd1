//! Methods that ask each element, run a function for each, or go on with what comes later.

use super::{
    call::Answers,
    event::{Compare, Given},
    heap::{Is, Object},
    inbound::{has_headers, tell_apart},
    machine::Machine,
    value::{Closure, Mark, Shape, Value},
    witness::witnesses,
};
use crate::ir::{Expression, Span, Takes, Target, Text};

/// Methods that answer yes or no.
pub(super) const QUESTIONS: &[&str] = &[
    "includes",
    "contains",
    "some",
    "any",
    "every",
    "startsWith",
    "endsWith",
    "startswith",
    "endswith",
    "has",
    "anyMatch",
    "noneMatch",
    "allMatch",
    "Any",
    "Contains",
];

impl Machine<'_> {
    /// The answers of a method that asks something.
    pub(super) fn asked(
        &mut self,
        whole: &Expression,
        receiver: &Value,
        method: &str,
        given: &[Given],
    ) -> Option<Answers> {
        let first = given.first()?;
        if let (Shape::Function(closure), "some" | "any" | "find" | "every" | "all") =
            (&first.value.shape, method)
        {
            return Some(self.any_of(closure, receiver, matches!(method, "every" | "all"), &whole.span));
        }
        if let (Shape::Function(closure), "anyMatch" | "noneMatch" | "allMatch" | "Any" | "All" | "Exists") =
            (&first.value.shape, method)
        {
            let mut answers =
                self.any_of(closure, receiver, matches!(method, "allMatch" | "All"), &whole.span);
            if method == "noneMatch" {
                turn_around(&mut answers);
            }
            return Some(answers);
        }
        let is_audience = |value: &Value| value.marks.iter().any(|mark| matches!(mark, Mark::Audience(_)));
        if let [one, other] = given
            && let Some(how) = compares_two(&name_of(receiver), method)
            && (is_audience(&one.value) || is_audience(&other.value))
        {
            return Some(self.both_ways(&one.value, &other.value, how, whole));
        }
        // A list of audiences is asked as one is.
        let receiver = &self.with_audiences_in(receiver);
        let is_of_interest = |value: &Value| is_audience(value) || has_headers(&value.marks);
        if given.len() != 1 || !(is_of_interest(receiver) || is_of_interest(&first.value)) {
            return None;
        }
        let how = match method {
            "includes" | "contains" | "has" | "Contains" => self.membership(receiver),
            // An expression that somebody has set says itself how much of it must fit.
            "test" if matches!(receiver.shape, Shape::Unknown(Some(_))) => Compare::Equal,
            "startsWith" | "endsWith" | "startswith" | "endswith" | "StartsWith" | "EndsWith" | "matches"
            | "match" | "test" | "search" | "fullmatch" | "IsMatch" | "MatchString" | "is_match"
            | "starts_with" | "ends_with" | "HasPrefix" => Compare::Part,
            _ => return None,
        };
        // `aud.startsWith("https://")` asks what kind of name it is.
        let is_kind = first.value.text().is_some_and(|text| {
            text.ends_with(':') || text.ends_with("://") || !text.contains(char::is_alphanumeric)
        });
        if how == Compare::Part && is_kind {
            return None;
        }
        Some(self.both_ways(receiver, &first.value, how, whole))
    }

    /// The answers of a function that is asked for each element until one of them decides. There may be none.
    pub(super) fn any_of(&mut self, closure: &Closure, of: &Value, of_none: bool, span: &Span) -> Answers {
        let Some(before) = self.heap.clone() else { return Vec::new() };
        let mut answers = self.for_one(closure, of, span);
        answers.push((Shape::Bool(of_none).into(), before));
        answers
    }

    /// Yes where two values fit, and no where they do not.
    pub(super) fn both_ways(
        &mut self,
        one: &Value,
        other: &Value,
        how: Compare,
        whole: &Expression,
    ) -> Answers {
        let before = self.heap.clone();
        self.compare(one, other, whole, how);
        let mut after = self.heap.take();
        self.heap = before;
        self.other(one, other, whole);
        let mut before = self.heap.take();
        if how != Compare::Part {
            let at = self.place(&whole.span);
            tell_apart(one, other, &mut after, &mut before, &at);
        }
        let mut about = one.marks.clone();
        about.join(&other.marks);
        let about = witnesses(after.as_ref(), before.as_ref(), &about);
        let answer = |holds: bool| Value::from(Shape::Bool(holds)).with(&about);
        let ways = [(answer(true), after), (answer(false), before)];
        ways.into_iter().filter_map(|(value, heap)| heap.map(|heap| (value, heap))).collect()
    }

    /// A function run for one element, nobody knows which.
    fn for_one(&mut self, closure: &Closure, of: &Value, span: &Span) -> Answers {
        let element = self.element(of);
        let given = Given { name: None, value: element, spread: Takes::One, at: self.place(span) };
        self.run_in_place(closure, &[given], span)
    }

    /// A method that runs what it is given, and gives back what that makes.
    pub(super) fn with_callback(
        &mut self,
        receiver: &Value,
        method: &Text,
        given: &[Given],
        span: &Span,
    ) -> Option<Value> {
        let Shape::Function(closure) = &given.first()?.value.shape else { return None };
        match &**method {
            "then" => {
                let at = self.place(span);
                let comes = Given { name: None, value: receiver.clone(), spread: Takes::One, at };
                self.run_callbacks(None, given.get(1..).unwrap_or_default(), span);
                let answers = self.run_in_place(closure, &[comes], span);
                Some(self.either_of(answers))
            }
            "catch" | "finally" => {
                self.run_callbacks(None, given, span);
                Some(receiver.clone())
            }
            "map" | "flatMap" | "forEach" | "filter" => {
                let at = self.place(span);
                let each = self.looping(&at, |machine| {
                    let before = machine.heap.clone();
                    let answers = machine.for_one(closure, receiver, span);
                    let kept =
                        answers.iter().filter(|(value, _)| value.truth() != Some(false)).cloned().collect();
                    let each = if &**method == "filter" {
                        machine.either_of(kept);
                        let element = machine.element(receiver);
                        machine.left(element)
                    } else {
                        machine.either_of(answers)
                    };
                    machine.join(before);
                    each
                });
                let mut object = Object::new(Is::List, at);
                object.open = Some(each.marks.clone());
                let marks = each.marks.clone();
                object.items.push(each);
                Some(self.heap.as_mut()?.make(object).with(&marks))
            }
            _ => None,
        }
    }

    /// Runs the function that a library gives its result to, after an error that is none.
    pub(super) fn hand_over(&mut self, index: usize, result: &Value, given: &[Given], span: &Span) {
        for one in given {
            let Shape::Function(closure) = &one.value.shape else { continue };
            let at = self.place(span);
            let hand = |value: Value| Given { name: None, value, spread: Takes::One, at: at.clone() };
            let mut values: Vec<_> = (0..index).map(|_| hand(Shape::Null.into())).collect();
            values.push(hand(result.clone()));
            // What comes after it is what the function calls when it is done.
            let after = self.project.function(closure.function).parameters.iter().skip(values.len());
            values.extend(after.map(|parameter| match &parameter.target {
                Target::Name(name) => hand(Value::named(name)),
                _ => hand(Value::unknown()),
            }));
            let answers = self.run_in_place(closure, &values, span);
            self.either_of(answers);
        }
    }
}

/// Yes for no, and no for yes.
pub(super) fn turn_around(answers: &mut Answers) {
    for (value, _) in answers {
        if let Shape::Bool(holds) = value.shape {
            *value = Shape::Bool(!holds).into();
        }
    }
}

/// How a function of two values compares them, if it does.
fn compares_two(of: &str, method: &str) -> Option<Compare> {
    match (of, method) {
        ("strings" | "re", "Contains" | "HasPrefix" | "HasSuffix" | "match" | "search") => {
            Some(Compare::Part)
        }
        ("slices", "Contains") => Some(Compare::Member),
        ("strings", "EqualFold")
        | (_, "equals" | "compare_digest" | "timingSafeEqual" | "ConstantTimeCompare") => {
            Some(Compare::Equal)
        }
        _ => None,
    }
}

/// What it is called where it is of a library.
fn name_of(value: &Value) -> Text {
    match &value.shape {
        Shape::Foreign(path) | Shape::Unknown(Some(path)) => path.clone(),
        _ => "".into(),
    }
}
