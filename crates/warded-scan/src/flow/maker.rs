//! Objects of classes in languages without constructors: functions make them, and what these put in is in there.

use super::{
    event::Given,
    heap::{Is, Object},
    machine::Machine,
    value::{Closure, ObjectId, Shape, Value},
};
use crate::{
    ir::{Takes, Target},
    language::Language,
    project::{ClassRef, FileId, FunctionRef, Place, Project},
};

/// How many functions that make an object are told apart.
const MOST_MAKERS: usize = 4;

/// The functions that make what that is a method of: `fn new(..) -> Self`, `func NewClient(..) *Client`.
pub(super) fn makers(project: &Project, function: FunctionRef) -> Vec<FunctionRef> {
    let of = project.function(function);
    let (Some(id), Some(_)) = (of.class, &of.receiver) else { return Vec::new() };
    let class = project.home(ClassRef { file: function.file, id });
    let name = &*project.class(class).name;
    let gives = |function: &FunctionRef, itself: &str| {
        let of = project.function(*function);
        let words = of.returns.as_deref().unwrap_or_default().split(|letter: char| !letter.is_alphanumeric() && letter != '_');
        of.receiver.is_none() && words.into_iter().any(|word| word == itself || word == name)
    };
    let mut all: Vec<_> = match project.file(function.file).language {
        Language::Rust => project.methods(class).filter(|made| gives(made, "Self")).collect(),
        Language::Go => {
            let files = std::iter::once(class.file).chain(project.siblings(class.file));
            let all = files.flat_map(|file| functions(project, file));
            let begins = |made: &FunctionRef| {
                let made = project.function(*made);
                made.class.is_none() && ["New", "new", "Must"].iter().any(|word| made.name.starts_with(word))
            };
            all.filter(|made| begins(made) && gives(made, name)).collect()
        }
        _ => Vec::new(),
    };
    all.retain(|made| *made != function);
    all.truncate(MOST_MAKERS);
    all
}

fn functions(project: &Project, file: FileId) -> impl Iterator<Item = FunctionRef> {
    let count = u32::try_from(project.file(file).module.functions.len()).unwrap_or_default();
    (1..count).map(move |id| FunctionRef { file, id: crate::ir::FunctionId(id) })
}

impl Machine<'_> {
    /// What that function makes, where anything of a library is in there that somebody has written to. What the function
    /// does besides is not met here.
    pub(super) fn made_by(&mut self, maker: FunctionRef, class: ClassRef) -> Option<Value> {
        let (class, of) = (self.project.home(class), self.project.function(maker));
        let at = Place::new(maker.file, &of.span);
        let events = self.events.len();
        let mut given = Vec::new();
        for parameter in &of.parameters {
            let name = match &parameter.target {
                Target::Name(name) => Some(name.clone()),
                _ => None,
            };
            let value = self.parameter(maker.file, parameter);
            given.push(Given { name, value, spread: Takes::One, at: at.clone() });
        }
        let closure = Closure { function: maker, scope: None, receiver: None };
        let answers = self.run_in_place(&closure, &given, &of.span);
        self.events.truncate(events);
        for (value, heap) in answers {
            self.heap = Some(heap);
            let values: Vec<_> = value.each().cloned().collect();
            let made = values.iter().filter_map(Value::object).find_map(|id| self.instance_in(id, class));
            if let Some(made) = made.filter(|made| self.has_known_parts(*made)) {
                self.tell_types(made, class);
                return Some(Shape::Object(made).into());
            }
        }
        None
    }

    /// What is only known to be in there has the type that is written of it.
    fn tell_types(&mut self, id: ObjectId, class: ClassRef) {
        for field in &self.project.class(class).fields {
            let slot = self.heap.as_ref().and_then(|heap| heap.get(id)?.slot(&field.name));
            let unknown = slot.filter(|slot| matches!(slot.value.shape, Shape::Unknown(_))).cloned();
            let (Some(slot), Some(hint)) = (unknown, &field.hint) else { continue };
            if let Some(made) = self.made_of(class.file, hint, &slot.at)
                && let Some(heap) = &mut self.heap
            {
                heap.write(id, &field.name, made.with(&slot.value.marks), slot.at);
            }
        }
    }

    /// The object of that class: itself, or the first of a result and an error.
    fn instance_in(&self, id: ObjectId, class: ClassRef) -> Option<ObjectId> {
        let heap = self.heap.as_ref()?;
        let is_it = |id: ObjectId| {
            heap.get(id).is_some_and(|object| matches!(object.is, Is::Instance(of) if self.project.home(of) == class))
        };
        let first = heap.get(id)?.items.first().and_then(Value::object);
        [Some(id), first].into_iter().flatten().find(|id| is_it(*id))
    }

    /// Whether somebody has put something of a library in there, of which more is known than its type.
    fn has_known_parts(&self, id: ObjectId) -> bool {
        let Some(heap) = &self.heap else { return false };
        let is_known = |object: &Object| match &object.is {
            Is::Foreign(path) => {
                let language = self.project.file(self.file()).language;
                let gives = self.library.find(language, path).and_then(|known| known.gives.as_deref());
                !object.slots.is_empty() || gives.is_some_and(|gives| gives == "parameters" || gives.starts_with("options"))
            }
            _ => false,
        };
        let parts = heap.get(id).into_iter().flat_map(|object| object.slots.values());
        let mut objects = parts.flat_map(|slot| slot.value.each().filter_map(Value::object));
        objects.any(|part| heap.get(part).is_some_and(is_known))
    }
}
