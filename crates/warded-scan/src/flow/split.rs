//! Questions: what is known where they are answered with yes, and where with no.

use super::{
    event::{Compare, Event},
    heap::{Heap, Is},
    inbound::tell_apart,
    machine::{Condition, Machine},
    token::is_audience_key,
    value::{Mark, Marks, Presence, Shape, Value},
};
use crate::{
    ir::{Expression, Kind, Operator},
    language::Language,
};

/// The key under which an object of claims notes that its audience was compared.
pub(crate) const COMPARED: &str = "<audience compared>";

/// The key under which an object of claims notes that it has no audience on this way.
pub(crate) const ABSENT: &str = "<audience absent>";

/// The key under which an object of claims notes that its audience was compared on this way, or that there is none.
pub(crate) const SETTLED: &str = "<audience settled>";

/// The key under which an object of claims notes that its audience was found to be another one on this way.
pub(crate) const OTHER: &str = "<audience other>";

/// What an error is where it is known that there is one, and not which.
const ERROR: &str = "Error";

impl Machine<'_> {
    /// Goes both ways: what is known where it holds and where it does not, and what flowed into the question.
    pub(super) fn split(&mut self, condition: &Expression) -> (Option<Heap>, Option<Heap>, Marks) {
        if self.heap.is_none() {
            return (None, None, Marks::default());
        }
        if let Kind::Binary(Operator::Equal | Operator::Unequal | Operator::Order, left, right) =
            &condition.kind
            && let Some(ways) = self.asked_for_place(condition, left, right)
        {
            return ways;
        }
        match &condition.kind {
            Kind::Not(of) => {
                let (yes, no, about) = self.split(of);
                (no, yes, about)
            }
            Kind::Tried(of) => self.split(of),
            Kind::Binary(Operator::And, left, right) => {
                let (yes, no, mut about) = self.split(left);
                self.heap = yes;
                let (both, not_right, more) = self.split_where(left, &about, true, right);
                about.join(&more);
                self.heap = no;
                self.join(not_right);
                (both, self.heap.take(), about)
            }
            Kind::Binary(Operator::Or, left, right) => {
                let (yes, no, mut about) = self.split(left);
                self.heap = no;
                let (right_yes, neither, more) = self.split_where(left, &about, false, right);
                about.join(&more);
                self.heap = yes;
                self.join(right_yes);
                (self.heap.take(), neither, about)
            }
            Kind::Binary(operator @ (Operator::Equal | Operator::Unequal), left, right) => {
                let (one, other) = (self.evaluate(left), self.evaluate(right));
                self.either(condition, &one, &other, *operator == Operator::Equal, self.sameness(condition))
            }
            Kind::Binary(operator @ (Operator::In | Operator::NotIn), left, right) => {
                let (one, other) = (self.evaluate(left), self.evaluate(right));
                let other = if is_audience_key(&one) { self.as_token(right, other) } else { other };
                let other = self.with_audiences_in(&other);
                let how = self.membership(&other);
                self.either(condition, &one, &other, *operator == Operator::In, how)
            }
            // `set(aud) & set(expected)`
            Kind::Binary(Operator::Other, left, right) => {
                let events = self.events.len();
                let (one, other) = (self.evaluate(left), self.evaluate(right));
                self.only_asked(events);
                if meets_audience(&one, &other) {
                    return self.either(condition, &one, &other, true, Compare::Member);
                }
                let value = Value::unknown().with(&one.marks).with(&other.marks);
                self.truth(condition, &value)
            }
            Kind::Assign(target, value) => {
                let (yes, no, about) = self.split(value);
                let mut ways = [yes, no].map(|way| {
                    self.heap = way;
                    let value = self.evaluate(value);
                    self.assign(target, value, &condition.span);
                    self.heap.take()
                });
                (ways[0].take(), ways[1].take(), about)
            }
            Kind::Call { .. } => {
                let events = self.events.len();
                let ways = self.split_call(condition);
                self.only_asked(events);
                ways
            }
            Kind::Choice { condition: on, then, otherwise } => {
                let (yes, no, mut about) = self.split(on);
                self.heap = yes;
                let (one_yes, one_no, more) = self.split(then);
                about.join(&more);
                self.heap = no;
                let (other_yes, other_no, more) = self.split(otherwise);
                about.join(&more);
                let ways = [(one_yes, other_yes), (one_no, other_no)].map(|(one, other)| {
                    self.heap = one;
                    self.join(other);
                    self.heap.take()
                });
                let [yes, no] = ways;
                (yes, no, about)
            }
            Kind::Block(body, Some(last)) => {
                self.perform(body);
                self.split(last)
            }
            _ => {
                let events = self.events.len();
                let value = self.evaluate(condition);
                self.only_asked(events);
                let (yes, no, about) = self.truth(condition, &value);
                (self.there_on(yes, condition, &value), no, about)
            }
        }
    }

    /// Goes both ways where another question was answered before.
    fn split_where(
        &mut self,
        asked: &Expression,
        about: &Marks,
        holds: bool,
        condition: &Expression,
    ) -> (Option<Heap>, Option<Heap>, Marks) {
        let at = self.place(&asked.span);
        self.under.push(Condition { at, about: about.clone(), holds });
        let ways = self.split(condition);
        self.under.pop();
        ways
    }

    /// The way on which something that may be nothing was found to be there: from here on it is.
    fn there_on(&mut self, way: Option<Heap>, asked: &Expression, value: &Value) -> Option<Heap> {
        let is_error = self.is_go_error(asked);
        if !is_error && !value.marks.has(Mark::Optional) && !value.may_be_nothing() {
            return way;
        }
        let here = std::mem::replace(&mut self.heap, way);
        let sure = if is_error {
            Value::from(Shape::Foreign(ERROR.into())).with(&value.marks)
        } else {
            value.clone().there().surely()
        };
        let at = self.place(&asked.span);
        match &asked.kind {
            Kind::Name(name) => self.write_name(name, sure, at),
            Kind::Member(of, name) if is_path(of) => {
                let of = self.evaluate(of);
                self.write(&of, name, sure, at);
            }
            _ => {}
        }
        std::mem::replace(&mut self.heap, here)
    }

    /// Whether that is what errors are called in Go, where whoever gives one back has asked whether there is any.
    fn is_go_error(&self, asked: &Expression) -> bool {
        let Kind::Name(name) = &asked.kind else { return false };
        let is_called_so = &**name == "err" || name.ends_with("Err") || name.starts_with("err");
        is_called_so && self.project.file(self.file()).language == Language::Go
    }

    /// What was only asked for to see whether it is there was not read.
    fn only_asked(&mut self, from: usize) {
        let depth = self.trail().len();
        let after = self.events.split_off(from);
        let here = |event: &Event<'_>| matches!(event, Event::Asked { trail, .. } if trail.len() == depth);
        self.events.extend(after.into_iter().filter(|event| !here(event)));
    }

    /// The ways on which a value counts as yes and as no.
    pub(super) fn truth(
        &mut self,
        condition: &Expression,
        value: &Value,
    ) -> (Option<Heap>, Option<Heap>, Marks) {
        let here = self.heap.take();
        let marks = value.marks.clone();
        match value.truth().or_else(|| has_entries(value, here.as_ref())) {
            Some(true) => (here, None, marks),
            Some(false) => (None, here, marks),
            None => {
                // Where there is no audience, nothing can be compared with it.
                self.heap.clone_from(&here);
                for mark in value.marks.iter() {
                    if let Mark::Audience(claims) = mark {
                        self.note(claims, ABSENT, condition);
                    }
                }
                let mut no = self.heap.take();
                let mut yes = here;
                for mark in value.marks.iter() {
                    if let Mark::Witness(claims, what, when) = mark {
                        let way = if when { &mut yes } else { &mut no };
                        self.heap = way.take();
                        self.note(claims, what.key(), condition);
                        *way = self.heap.take();
                    }
                }
                (yes, no, marks)
            }
        }
    }

    /// The ways on which two values are the same, or one is in the other, and on which they are not.
    pub(super) fn either(
        &mut self,
        condition: &Expression,
        one: &Value,
        other: &Value,
        same_is_yes: bool,
        how: Compare,
    ) -> (Option<Heap>, Option<Heap>, Marks) {
        let mut marks = one.marks.clone();
        marks.join(&other.marks);
        let known = match (one.text(), other.text()) {
            (Some(one), Some(other)) if how == Compare::Equal => Some(one == other),
            _ if how == Compare::Equal && one.shape == Shape::Null && other.truth().is_some() => {
                Some(other.shape == Shape::Null)
            }
            _ if how == Compare::Equal && other.shape == Shape::Null && one.truth() == Some(true) => {
                Some(false)
            }
            _ => match (one.truth(), other.truth(), how) {
                // `x == None` asks whether there is any.
                (Some(false), None, Compare::Equal) | (None, Some(false), Compare::Equal) => {
                    let asked = if one.truth().is_none() { one } else { other };
                    let (some, none, _) = self.truth(condition, &asked.clone());
                    let some = match &condition.kind {
                        Kind::Binary(_, left, _) if one.truth().is_none() => self.there_on(some, left, one),
                        _ => some,
                    };
                    return if same_is_yes { (none, some, marks) } else { (some, none, marks) };
                }
                _ => None,
            },
        };
        if let Some((some, none)) = self.asks_presence(condition, one, other, how) {
            return if same_is_yes == (how != Compare::Equal) {
                (some, none, marks)
            } else {
                (none, some, marks)
            };
        }
        let here = self.heap.take();
        self.heap.clone_from(&here);
        self.compare(one, other, condition, how);
        let mut same = self.heap.take();
        self.heap = here;
        self.other(one, other, condition);
        let mut here = self.heap.take();
        if how != Compare::Part {
            let at = self.place(&condition.span);
            tell_apart(one, other, &mut same, &mut here, &at);
        }
        let (same, other_way) = match known {
            Some(true) => (same, None),
            Some(false) => (None, here),
            None => (same, here),
        };
        if same_is_yes { (same, other_way, marks) } else { (other_way, same, marks) }
    }

    /// `"aud" in claims`, and how many there are: the ways on which there is an audience and on which there is none.
    fn asks_presence(
        &mut self,
        condition: &Expression,
        one: &Value,
        other: &Value,
        how: Compare,
    ) -> Option<(Option<Heap>, Option<Heap>)> {
        let claims = |value: &Value| {
            value.marks.iter().find_map(|mark| match mark {
                Mark::Claims(claims) => Some(claims),
                _ => None,
            })
        };
        let is_number = |value: &Value| value.text().is_some_and(|text| &**text == "0");
        let asked = match how {
            Compare::Member | Compare::Within if one.text().is_some_and(|text| &**text == "aud") => {
                vec![claims(other).or_else(|| other.marks.iter().find_map(Mark::audience))?]
            }
            Compare::Equal if is_number(one) || is_number(other) => {
                let audiences = one.marks.iter().chain(other.marks.iter()).filter_map(Mark::audience);
                audiences.collect()
            }
            _ => return None,
        };
        if asked.is_empty() {
            return None;
        }
        let some = self.heap.clone();
        for claims in asked {
            self.note(claims, ABSENT, condition);
        }
        Some((some, self.heap.take()))
    }
}

/// Whether it is a map or a list with something in it: that counts as yes in every language in which it can be asked.
fn has_entries(value: &Value, heap: Option<&Heap>) -> Option<bool> {
    let object = heap?.get(value.object()?)?;
    let has = !object.items.is_empty() || object.slots.values().any(|slot| slot.presence == Presence::Always);
    (has && matches!(object.is, Is::Map | Is::List) && !value.marks.has(Mark::Optional)).then_some(true)
}

/// Whether what two have in common is what an audience and something else have.
pub(super) fn meets_audience(one: &Value, other: &Value) -> bool {
    let is_audience = |value: &Value| value.marks.iter().any(|mark| mark.audience().is_some());
    is_audience(one) != is_audience(other) && one.text().is_none() && other.text().is_none()
}

/// Whether that is what the audience of claims is called.
pub(super) fn is_audience(name: &str) -> bool {
    matches!(name, "aud" | "Aud" | "audience" | "Audience" | "audiences" | "Audiences")
}

/// Whether an expression is a name, or a part of a part of one: reading it again does nothing.
fn is_path(of: &Expression) -> bool {
    match &of.kind {
        Kind::Name(_) => true,
        Kind::Member(of, _) => is_path(of),
        _ => false,
    }
}

/// Whether an expression is yes or no.
pub(super) fn is_question(of: &Expression) -> bool {
    match &of.kind {
        Kind::Not(_) | Kind::Bool(_) => true,
        Kind::Binary(Operator::And, _, right) => is_question(right),
        Kind::Binary(Operator::Or, left, right) => is_question(left) && is_question(right),
        Kind::Binary(operator, ..) => {
            matches!(operator, Operator::Equal | Operator::Unequal | Operator::In | Operator::NotIn)
        }
        Kind::Choice { then, otherwise, .. } => is_question(then) && is_question(otherwise),
        Kind::Call { callee, .. } => {
            matches!(&callee.kind, Kind::Member(_, name) if super::callback::QUESTIONS.contains(&&**name))
        }
        _ => false,
    }
}
