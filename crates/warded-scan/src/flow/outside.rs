//! Calls of what is not of the project: what libraries do is known, and whatever they are given may be run.

use std::rc::Rc;

use super::{
    call::Answers,
    evaluate::audience,
    event::{Event, Given},
    heap::{Is, Object},
    inbound::carried,
    machine::Machine,
    value::{Marks, Shape, Value},
};
use crate::{
    ir::{Expression, Span, Takes, Target, Text},
    library::Does,
};

impl Machine<'_> {
    /// A call of something that is not of the project.
    pub(super) fn outside(
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
            if let Some(credential) = self.asked_for_credential(receiver, given) {
                return self.sole(credential);
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
        let marks = carried(path.as_deref(), &marks);
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
            if matches!(known.does, Does::Gives | Does::Option | Does::Write | Does::Build | Does::Keep) {
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
    pub(super) fn sole(&mut self, value: Value) -> Answers {
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
