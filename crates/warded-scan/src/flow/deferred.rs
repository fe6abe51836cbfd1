//! Functions that somebody else calls: `asyncio.to_thread(f, a)`, `functools.partial(f, a)`, `promisify(f)`.

use super::{
    call::Answers,
    event::Given,
    heap::{Is, Object},
    machine::Machine,
    value::{Presence, Shape, Slot, Value},
};
use crate::{
    ir::{Expression, Takes},
    project::Place,
};

/// Under this key something that is called later notes what that is.
const CALLS: &str = "<calls>";

/// How many functions are followed that call each other so.
const MOST_DEFERRED: usize = 8;

impl Machine<'_> {
    /// What a function gives that is given together with what it is called with.
    pub(super) fn call_given(
        &mut self,
        index: usize,
        of_library: bool,
        given: &[Given],
        whole: &Expression,
    ) -> Option<Answers> {
        let is_positional = |given: &&Given| given.name.is_none() && given.spread == Takes::One;
        let callee = given.iter().filter(is_positional).nth(index)?.value.clone();
        if of_library && !matches!(callee.shape, Shape::Foreign(_)) {
            return None;
        }
        // What is called later may be itself.
        if self.deferred >= MOST_DEFERRED {
            return None;
        }
        self.deferred = self.deferred.saturating_add(1);
        let rest = without_first(given, index.saturating_add(1));
        let answers = match &callee.shape {
            Shape::Function(closure) => Some(self.run_in_place(closure, &rest, &whole.span)),
            Shape::Class(class) => Some(self.construct(*class, &rest, &whole.span)),
            Shape::Foreign(_) => Some(self.outside(&callee, None, None, &rest, whole)),
            _ => self.call_deferred(&callee, &rest, whole),
        };
        self.deferred = self.deferred.saturating_sub(1);
        answers
    }

    /// A function, with what it is called with besides.
    pub(super) fn defer(&mut self, given: &[Given], at: &Place) -> Option<Value> {
        let callee = given.first()?;
        let mut object = Object::new(Is::Foreign("?".into()), at.clone());
        let slot = |value: &Value| Slot { presence: Presence::Always, value: value.clone(), at: at.clone() };
        object.slots.insert(CALLS.into(), slot(&callee.value));
        for given in given.iter().skip(1) {
            match &given.name {
                Some(name) => {
                    object.slots.insert(name.clone(), slot(&given.value));
                }
                None if given.spread == Takes::One => object.items.push(given.value.clone()),
                None => object.open.get_or_insert_default().join(&given.value.marks),
            }
        }
        Some(self.heap.as_mut()?.make(object))
    }

    /// The same, when it is called at last.
    pub(super) fn call_deferred(
        &mut self,
        callee: &Value,
        given: &[Given],
        whole: &Expression,
    ) -> Option<Answers> {
        let object = self.heap.as_ref()?.get(callee.object()?)?.clone();
        let callee = object.slots.get(CALLS)?.value.clone();
        let at = self.place(&whole.span);
        let one =
            |value: &Value| Given { name: None, value: value.clone(), spread: Takes::One, at: at.clone() };
        let named = object.slots.iter().filter(|(key, _)| !key.starts_with('<'));
        let named = named.map(|(key, slot)| Given { name: Some(key.clone()), ..one(&slot.value) });
        let more = object
            .open
            .as_ref()
            .map(|marks| Given { spread: Takes::Named, ..one(&Value::unknown().with(marks)) });
        let all: Vec<_> = [one(&callee)]
            .into_iter()
            .chain(object.items.iter().map(one))
            .chain(given.iter().cloned())
            .chain(named)
            .chain(more)
            .collect();
        self.call_given(0, false, &all, whole)
    }
}

/// What is given, but for the first of what has no names.
fn without_first(given: &[Given], count: usize) -> Vec<Given> {
    let mut left = count;
    let mut is_rest = |given: &&Given| {
        let is_counted = left > 0 && given.name.is_none() && given.spread == Takes::One;
        left = left.saturating_sub(usize::from(is_counted));
        !is_counted
    };
    given.iter().filter(|given| is_rest(given)).cloned().collect()
}
