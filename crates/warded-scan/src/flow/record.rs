//! Maps that are made of the fields of an object, or of the entries of another map.

use super::{
    heap::Is,
    inbound::has_headers,
    machine::Machine,
    value::{Mark, Presence, Value},
};
use crate::{
    ir::{Argument, Expression, Kind, Target},
    project::Place,
};

/// Methods that give the fields of an object as a map.
const FIELDS: &[&str] = &["model_dump", "dict", "_asdict", "asdict", "to_dict", "model_copy"];

/// How the default of a field is given to what makes fields.
const FIELD: &[&str] = &["Field", "field"];

impl Machine<'_> {
    /// What such a method gives, where the class says which fields there are.
    pub(super) fn on_record(&mut self, receiver: &Value, method: &str, at: &Place) -> Option<Value> {
        if !FIELDS.contains(&method) {
            return None;
        }
        self.fields_of(receiver, at)
    }

    /// All fields of an object of a class of the project.
    pub(super) fn fields_of(&mut self, of: &Value, at: &Place) -> Option<Value> {
        let object = self.heap.as_ref()?.get(of.object()?)?.clone();
        let Is::Instance(class) = object.is else { return None };
        let blank = self.blank(class, at)?;
        let mut map = self.heap.as_ref()?.get(blank)?.clone();
        let fields: Vec<_> = map.slots.keys().cloned().collect();
        let written = object.slots.into_iter().filter(|(key, _)| fields.contains(key));
        map.slots.extend(written);
        map.is = Is::Map;
        if map.slots.is_empty() {
            map.open = Some(of.marks.clone());
        }
        Some(self.heap.as_mut()?.make(map).with(&of.marks))
    }

    /// `{key: value for key, value in map.items() if value}`: the same entries, as far as they are taken.
    pub(super) fn same_entries(
        &mut self,
        value: &Expression,
        through: &[(Target, Expression)],
        conditions: &[Expression],
        of: &Value,
    ) -> Option<Value> {
        let (Kind::List(pair), [(Target::Several(names), _)]) = (&value.kind, through) else { return None };
        let ([Argument { value: key, .. }, _], [Target::Name(name), _]) = (pair.as_slice(), names.as_slice())
        else {
            return None;
        };
        if !matches!(&key.kind, Kind::Name(known) if known == name) {
            return None;
        }
        let mut object = self.heap.as_ref()?.get(of.object()?)?.clone();
        if object.is != Is::Map || object.slots.is_empty() || object.open.as_ref().is_some_and(has_headers) {
            return None;
        }
        // What is asked of the key leaves some of them out.
        if conditions.iter().any(|condition| names_it(condition, name)) {
            for slot in object.slots.values_mut() {
                slot.presence = slot.presence.min(Presence::Maybe);
            }
        }
        Some(self.heap.as_mut()?.make(object).with(&of.marks))
    }
}

/// Whether a name stands in an expression.
pub(super) fn names_it(of: &Expression, name: &str) -> bool {
    match &of.kind {
        Kind::Name(known) => &**known == name,
        Kind::Member(of, _) | Kind::Not(of) => names_it(of, name),
        Kind::Binary(_, one, other) | Kind::Index(one, other) => names_it(one, name) || names_it(other, name),
        Kind::Call { callee, arguments, .. } => {
            names_it(callee, name) || arguments.iter().any(|argument| names_it(&argument.value, name))
        }
        _ => false,
    }
}

/// What a field begins as where something makes it: `Field(default=None)`.
pub(super) fn default_of(value: &Expression) -> Option<&Expression> {
    let Kind::Call { callee, arguments, .. } = &value.kind else { return None };
    let (Kind::Name(called) | Kind::Member(_, called)) = &callee.kind else { return None };
    let mut given = arguments.iter().filter(|_| FIELD.contains(&&**called));
    let named = given.clone().find(|argument| argument.name.as_deref() == Some("default"));
    named.or_else(|| given.find(|argument| argument.name.is_none())).map(|argument| &argument.value)
}

/// A field that may be left out.
pub(super) fn left_out(name: &crate::ir::Text) -> Value {
    Value::named(name).or(super::value::Shape::Null.into()).marked(Mark::Optional)
}
