//! Objects of classes in languages without constructors: functions make them, and what these put in is in there.

use super::{
    heap::{Is, Object},
    machine::Machine,
    value::{Closure, ObjectId, Shape, Slot, Value},
};
use crate::{
    ir::Text,
    language::Language,
    library::Library,
    project::{ClassRef, FunctionRef, Place, Project},
};

/// How many functions that make an object are told apart.
const MOST_MAKERS: usize = 4;

/// The functions that make what that is a method of: `fn new(..) -> Self`, `func NewClient(..) *Client`. Only of objects in
/// which something is kept that decides what is done with it.
pub(super) fn makers(project: &Project<'_>, library: &Library, function: FunctionRef) -> Vec<FunctionRef> {
    let of = project.function(function);
    let (Some(id), Some(_)) = (of.class, &of.receiver) else { return Vec::new() };
    let class = project.home(ClassRef { file: function.file, id });
    let name = &*project.class(class).name;
    let language = project.file(function.file).language;
    let decides =
        |hint: &Text| library.decides(language, hint.rsplit(['.', ':', '/']).next().unwrap_or(hint));
    if !project.class(class).fields.iter().filter_map(|field| field.hint.as_ref()).any(decides) {
        return Vec::new();
    }
    let gives = |function: &FunctionRef, itself: &str| {
        let of = project.function(*function);
        let words = of
            .returns
            .as_deref()
            .unwrap_or_default()
            .split(|letter: char| !letter.is_alphanumeric() && letter != '_');
        of.receiver.is_none() && words.into_iter().any(|word| word == itself || word == name)
    };
    let mut all: Vec<_> = match language {
        Language::Rust => project.methods(class).filter(|made| gives(made, "Self")).collect(),
        Language::Go => {
            let others = project.siblings(class.file);
            let others = others.into_iter().filter(|file| project.file(*file).text.contains(name));
            let files = std::iter::once(class.file).chain(others);
            let all = files.flat_map(|file| project.functions_of(file).skip(1));
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

impl Machine<'_> {
    /// What that function makes, where anything of a library is in there that somebody has written to. What the function
    /// does besides is not met here.
    pub(super) fn made_by(&mut self, maker: FunctionRef, class: ClassRef) -> Option<Value> {
        let (class, of) = (self.project.home(class), self.project.function(maker));
        let at = Place::new(maker.file, &of.span);
        let closure = Closure { function: maker, scope: None, receiver: None };
        let answers = self.run_for_nobody(&closure, &of.span);
        for (value, heap) in answers {
            self.heap = Some(heap);
            let values: Vec<_> = value.each().cloned().collect();
            let made = values.iter().filter_map(Value::object).find_map(|id| self.instance_in(id, class));
            let parts = made.map(|made| self.known_parts(made)).unwrap_or_default();
            if parts.is_empty() {
                continue;
            }
            let instance = self.blank(class, &at)?;
            for (name, slot) in parts {
                self.heap.as_mut()?.write(instance, &name, slot.value, slot.at);
            }
            return Some(Shape::Object(instance).into());
        }
        None
    }

    /// The object of that class: itself, or the first of a result and an error.
    fn instance_in(&self, id: ObjectId, class: ClassRef) -> Option<ObjectId> {
        let heap = self.heap.as_ref()?;
        let is_it = |id: ObjectId| {
            heap.get(id)
                .is_some_and(|object| matches!(object.is, Is::Instance(of) if self.project.home(of) == class))
        };
        let first = heap.get(id)?.items.first().and_then(Value::object);
        [Some(id), first].into_iter().flatten().find(|id| is_it(*id))
    }

    /// What of a library somebody has put in there, of which more is known than its type. All else may be changed before
    /// anybody asks for it.
    fn known_parts(&self, id: ObjectId) -> Vec<(Text, Slot)> {
        let Some(heap) = &self.heap else { return Vec::new() };
        // Options that somebody gives may have changed anything.
        if heap.get(id).is_none_or(|object| object.open.is_some()) {
            return Vec::new();
        }
        let is_known = |object: &Object| match &object.is {
            Is::Foreign(path) => {
                let language = self.project.file(self.file()).language;
                let known = self.library.find(language, path);
                let gives = known.and_then(|known| known.gives.as_deref()).unwrap_or_default();
                !object.slots.is_empty() || gives == "parameters" || gives.starts_with("options")
            }
            _ => false,
        };
        let objects = |slot: &Slot| slot.value.each().filter_map(Value::object).collect::<Vec<_>>();
        let parts = heap.get(id).into_iter().flat_map(|object| &object.slots);
        let known =
            parts.filter(|(_, slot)| objects(slot).into_iter().filter_map(|id| heap.get(id)).any(is_known));
        known.map(|(name, slot)| (name.clone(), slot.clone())).collect()
    }
}
