//! Questions: what is known where they are answered with yes, and where with no.

use super::{
    event::{Compare, Event},
    heap::Heap,
    inbound::tell_apart,
    machine::Machine,
    value::{Mark, Marks, Value},
};
use crate::ir::{Expression, Kind, Operator};

/// The key under which an object of claims notes that its audience was compared.
pub(crate) const COMPARED: &str = "<audience compared>";

/// The key under which an object of claims notes that it has no audience on this way.
pub(crate) const ABSENT: &str = "<audience absent>";

impl Machine<'_> {
    /// Goes both ways: what is known where it holds and where it does not, and what flowed into the question.
    pub(super) fn split(&mut self, condition: &Expression) -> (Option<Heap>, Option<Heap>, Marks) {
        if self.heap.is_none() {
            return (None, None, Marks::default());
        }
        match &condition.kind {
            Kind::Not(of) => {
                let (yes, no, about) = self.split(of);
                (no, yes, about)
            }
            Kind::Binary(Operator::And, left, right) => {
                let (yes, no, mut about) = self.split(left);
                self.heap = yes;
                let (both, not_right, more) = self.split(right);
                about.join(&more);
                self.heap = no;
                self.join(not_right);
                (both, self.heap.take(), about)
            }
            Kind::Binary(Operator::Or, left, right) => {
                let (yes, no, mut about) = self.split(left);
                self.heap = no;
                let (right_yes, neither, more) = self.split(right);
                about.join(&more);
                self.heap = yes;
                self.join(right_yes);
                (self.heap.take(), neither, about)
            }
            Kind::Binary(operator @ (Operator::Equal | Operator::Unequal), left, right) => {
                let (one, other) = (self.evaluate(left), self.evaluate(right));
                self.either(condition, &one, &other, *operator == Operator::Equal, Compare::Equal)
            }
            Kind::Binary(operator @ (Operator::In | Operator::NotIn), left, right) => {
                let (one, other) = (self.evaluate(left), self.evaluate(right));
                self.either(condition, &one, &other, *operator == Operator::In, Compare::Member)
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
                self.truth(condition, &value)
            }
        }
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
        match value.truth() {
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
    fn either(
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
            _ => match (one.truth(), other.truth(), how) {
                // `x == None` asks whether there is any.
                (Some(false), None, Compare::Equal) | (None, Some(false), Compare::Equal) => {
                    let asked = if one.truth().is_none() { one } else { other };
                    let (some, none, _) = self.truth(condition, &asked.clone());
                    return if same_is_yes { (none, some, marks) } else { (some, none, marks) };
                }
                _ => None,
            },
        };
        let here = self.heap.take();
        self.heap.clone_from(&here);
        self.compare(one, other, condition, how);
        let mut same = self.heap.take();
        let mut here = here;
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

    /// On this way the two were found to be the same.
    pub(super) fn compared(&mut self, one: &Value, other: &Value, at: &Expression, _same: bool) {
        self.compare(one, other, at, Compare::Equal);
    }

    /// On this way the two fit. Where one of them is an audience, that is what rules want to know.
    pub(super) fn compare(&mut self, one: &Value, other: &Value, at: &Expression, how: Compare) {
        for (value, with) in [(one, other), (other, one)] {
            for mark in value.marks.iter() {
                let Mark::Audience(claims) = mark else { continue };
                let event = Event::Compared {
                    claims,
                    how,
                    with: with.clone(),
                    at: self.place(&at.span),
                    under: self.under.clone(),
                };
                self.tell(event);
                self.note(claims, COMPARED, at);
            }
        }
    }

    /// Notes something about an object on this way.
    fn note(&mut self, id: super::value::ObjectId, what: &str, at: &Expression) {
        let place = self.place(&at.span);
        if let Some(heap) = &mut self.heap {
            heap.write(id, &what.into(), super::value::Shape::Bool(true).into(), place);
        }
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
