//! Names: what stands behind them, here and in other files.

use super::{
    heap::{Is, Object},
    machine::Machine,
    record::names_it,
    value::{Closure, Mark, ObjectId, Shape, Value},
};
use crate::{
    ir::{Expression, Import, Kind, Span, Statement, Step, Target, Text},
    language::Language,
    project::{ClassRef, FileId, FunctionRef, Place, Resolved, are_types},
};

/// How many names at the top of files are worked out for each other.
const MOST_NAMES: usize = 12;

/// Types that nobody needs to import.
const ALWAYS_THERE: &[&str] = &[
    "String",
    "Object",
    "Integer",
    "Long",
    "Boolean",
    "Double",
    "Character",
    "Byte",
    "Class",
    "Math",
    "System",
    "Thread",
    "Runnable",
    "Iterable",
    "CharSequence",
    "StringBuilder",
    "Exception",
    "Throwable",
    "RuntimeException",
    "IllegalArgumentException",
    "IllegalStateException",
    "Error",
];

impl Machine<'_> {
    /// What a name stands for here.
    pub(super) fn name(&mut self, name: &Text, _span: &Span) -> Value {
        let mut scope = self.calls.last().map(|called| called.scope);
        while let Some(id) = scope {
            let Some(object) = self.heap.as_ref().and_then(|heap| heap.get(id)) else { break };
            if let Some(slot) = object.slots.get(name) {
                return slot.value.clone();
            }
            scope = match object.is {
                Is::Scope { outer } => outer,
                _ => None,
            };
        }
        self.top(self.file(), name, 0)
    }

    /// A name at the top of a file.
    pub(super) fn top(&mut self, file: FileId, name: &Text, depth: usize) -> Value {
        let this = (file, name.clone());
        // `let a = a || {}`, and files whose names are each other's.
        if depth > super::MAX_CALLS || self.calls.len() > MOST_NAMES || self.naming.contains(&this) {
            return Value::named(name);
        }
        self.naming.push(this);
        let found = self.top_of(file, name, depth);
        self.naming.pop();
        found
    }

    fn top_of(&mut self, file: FileId, name: &Text, depth: usize) -> Value {
        let module = &self.project.file(file).module();
        // What others call so may be called otherwise here.
        if let Some(export) = module.exports.iter().find(|export| depth > 0 && export.name == *name) {
            let itself = matches!(&export.value.kind, crate::ir::Kind::Name(inner) if inner == name);
            if !itself {
                return self.in_file(file, |machine| machine.evaluate(&export.value));
            }
        }
        if let Some(resolved) = self.project.imported(file, name) {
            return self.resolved(resolved, depth);
        }
        if let Some(value) = self.declared_at_top(file, name) {
            return value;
        }
        for other in self.project.stars(file) {
            let found = self.top(*other, name, depth + 1);
            if !matches!(found.shape, Shape::Foreign(_) | Shape::Unknown(_)) {
                return found;
            }
        }
        if are_types(self.project.file(file).language) {
            return self.type_or_part(file, name, depth);
        }
        for other in self.project.siblings_with(file, name) {
            if let Some(value) = self.declared_at_top(other, name) {
                return value;
            }
        }
        // A module without a default export is it itself.
        if depth > 0 && &**name == "default" {
            return Shape::Module([file].into()).into();
        }
        Shape::Foreign(name.clone()).into()
    }

    /// A name of a module, or a part of the one thing that the module gives.
    pub(super) fn of_module(&mut self, files: &[FileId], name: &Text) -> Value {
        for file in files {
            let found = self.top(*file, name, 1);
            if !matches!(&found.shape, Shape::Foreign(path) if path == name) {
                return found;
            }
            let whole = self.the_one(*file);
            if !matches!(whole.shape, Shape::Module(_)) {
                let at = Place::new(*file, &(0..0));
                return self.member(&whole, name, &at);
            }
        }
        Value::named(name)
    }

    /// What a module gives where it is used as a value: `module.exports = function () {}`.
    pub(super) fn the_one(&mut self, file: FileId) -> Value {
        self.top(file, &"default".into(), 1)
    }

    /// A name that no import names: a type of the project, a part of one whose parts are taken as a whole, or something
    /// of a library.
    fn type_or_part(&mut self, file: FileId, name: &Text, depth: usize) -> Value {
        if let Some(other) = self.project.type_seen(file, name)
            && let Some(value) = self.declared_at_top(other, name)
        {
            return value;
        }
        let language = self.project.file(file).language;
        let taken: Vec<_> = self.project.packages_taken(file).cloned().collect();
        for package in &taken {
            let import =
                Import { local: name.clone(), module: package.clone(), item: Some(name.clone()), span: 0..0 };
            match self.project.resolve(file, &import) {
                Resolved::Foreign(path) if self.library.has_path(language, &path) => {
                    return Shape::Foreign(path).into();
                }
                Resolved::Foreign(_) => {}
                found => return self.resolved(&found, depth),
            }
        }
        let is_type = name.starts_with(char::is_uppercase);
        let implied = (language == Language::CSharp).then(|| self.library.type_named(language, name));
        let path = match (implied.flatten(), taken.as_slice()) {
            (Some(path), _) => path,
            (None, [package]) if is_type && !ALWAYS_THERE.contains(&&**name) => {
                format!("{package}.{name}").into()
            }
            _ => name.clone(),
        };
        Shape::Foreign(path).into()
    }

    pub(super) fn resolved(&mut self, resolved: &Resolved, depth: usize) -> Value {
        match resolved {
            Resolved::File(file) => Shape::Module([*file].into()).into(),
            Resolved::Package(files) => Shape::Module(files.clone()).into(),
            Resolved::Top(file, name) => self.top(*file, name, depth + 1),
            Resolved::Part(file, class, part) => {
                let class = self.top(*file, class, depth + 1);
                let at = Place::new(*file, &(0..0));
                self.member(&class, part, &at)
            }
            Resolved::Foreign(path) => {
                let path = path.replace("::", ".");
                let language = self.project.file(self.file()).language;
                match self.library.constant(language, &path) {
                    Some(constant) => Shape::Text(constant.clone()).into(),
                    None => Shape::Foreign(path.into()).into(),
                }
            }
        }
    }

    /// What the steps at the top of a file make of a name.
    fn declared_at_top(&mut self, file: FileId, name: &Text) -> Option<Value> {
        let project = self.project;
        self.declared(file, project.declaring(file, name)?, name)
    }

    /// What these steps at the top of a file make of a name; the last one counts, and all of different branches.
    fn declared<'s>(
        &mut self,
        file: FileId,
        body: impl IntoIterator<Item = &'s Statement>,
        name: &Text,
    ) -> Option<Value> {
        let mut found: Option<Value> = None;
        for statement in body {
            let here = match &statement.step {
                Step::Assign { target: Target::Name(target), hint, value } if target == name => {
                    let at = Place::new(file, &statement.span);
                    let hint = hint.as_ref().and_then(|hint| self.made_of(file, hint, &at));
                    Some(match hint {
                        Some(made) => made,
                        None => self.in_file(file, |machine| machine.evaluate(value)),
                    })
                }
                Step::Function(id) => {
                    let function = FunctionRef { file, id: *id };
                    (self.project.function(function).name == *name)
                        .then(|| Shape::Function(Closure { function, scope: None, receiver: None }).into())
                }
                Step::Class(id) => {
                    let class = ClassRef { file, id: *id };
                    (self.project.class(class).name == *name).then(|| Shape::Class(class).into())
                }
                Step::If { condition, then, .. }
                    if found.as_ref().is_some_and(|found| found.marks.has(Mark::Optional))
                        && names_it(condition, name)
                        && matches!(then.last(), Some(Statement { step: Step::Throw(_), .. })) =>
                {
                    // Whoever has not set it does not come further.
                    found = found.map(|found| found.there().surely());
                    None
                }
                Step::If { then, otherwise, .. } => {
                    let one = self.declared(file, then, name);
                    let other = self.declared(file, otherwise, name);
                    one.into_iter().chain(other).reduce(Value::or)
                }
                Step::Try { body, catches, .. } => {
                    let tried = self.declared(file, body, name);
                    match tried {
                        Some(value) => Some(value),
                        None => catches.iter().find_map(|catch| self.declared(file, &catch.body, name)),
                    }
                }
                Step::Block(body) => self.declared(file, body, name),
                _ => None,
            };
            found = here.or(found);
        }
        found
    }

    /// Does something where only the names at the top of that file are seen.
    pub(super) fn in_file<T>(&mut self, file: FileId, what: impl FnOnce(&mut Self) -> T) -> T {
        let function = FunctionRef { file, id: crate::ir::FunctionId(0) };
        let born = Place::new(file, &(0..0));
        let scope = match &mut self.heap {
            Some(heap) => heap.put(Object::new(Is::Scope { outer: None }, born)),
            None => ObjectId(u32::MAX),
        };
        self.calls.push(super::machine::Called {
            function,
            scope,
            from: None,
            returned: Vec::new(),
            left: Vec::new(),
        });
        let done = what(self);
        self.calls.pop();
        done
    }

    /// The scope of the functions around one that is looked at by itself: what they are called with is not known.
    pub(super) fn surroundings(&mut self, function: FunctionRef) -> Option<ObjectId> {
        let outer = self.project.function(function).outer?;
        if outer.0 == 0 {
            return None;
        }
        let outer = FunctionRef { file: function.file, id: outer };
        let around = self.surroundings(outer);
        let of = self.project.function(outer);
        let born = Place::new(function.file, &of.span);
        let heap = self.heap.as_mut()?;
        let scope = heap.put(Object::new(Is::Scope { outer: around }, born));
        self.calls.push(super::machine::Called {
            function: outer,
            scope,
            from: None,
            returned: Vec::new(),
            left: Vec::new(),
        });
        if let (Some(class), Some(receiver)) = (of.class, &of.receiver) {
            let instance = self.instance_of(ClassRef { file: function.file, id: class });
            self.bind(scope, receiver, instance);
        }
        for parameter in &of.parameters {
            let value = self.parameter(function.file, parameter);
            self.declare(&parameter.target);
            self.assign(&parameter.target, value, &of.span);
        }
        // What they do before it.
        let events = self.events.len();
        self.perform_before(&of.body, self.project.function(function).span.start);
        self.events.truncate(events);
        self.calls.pop();
        self.heap.is_some().then_some(scope)
    }

    /// What is done before that place, on the way there. Functions that stand after it have their names as well.
    fn perform_before(&mut self, body: &[Statement], place: usize) {
        for statement in body {
            if statement.span.start >= place {
                if let Step::Function(_) = statement.step {
                    self.perform(std::slice::from_ref(statement));
                }
                continue;
            }
            if statement.span.end > place {
                match &statement.step {
                    Step::If { then, otherwise, .. } => {
                        let ways = [then, otherwise];
                        let way = ways.into_iter().find(|way| {
                            way.iter().any(|inner| inner.span.start <= place && place < inner.span.end)
                        });
                        self.perform_before(way.map(Vec::as_slice).unwrap_or_default(), place);
                    }
                    Step::Block(body) | Step::Loop { body, .. } | Step::Try { body, .. } => {
                        self.perform_before(body, place);
                    }
                    Step::Function(_) => self.perform(std::slice::from_ref(statement)),
                    _ => {}
                }
                continue;
            }
            // Functions that are given away there are looked at by themselves: once for each other one is too often.
            if matches!(&statement.step, Step::Do(of) if gives_functions(of)) {
                continue;
            }
            let before = self.heap.clone();
            self.perform(std::slice::from_ref(statement));
            if self.heap.is_none() {
                // No way leads on, but the place is there.
                self.heap = before;
            }
        }
    }

    /// Gives a name of a scope its value.
    pub(super) fn bind(&mut self, scope: ObjectId, name: &Text, value: Value) {
        let at = Place::new(self.file(), &(0..0));
        if let Some(heap) = &mut self.heap {
            heap.write(scope, name, value, at);
        }
    }

    /// Names that are the function's own, whatever they are around it.
    pub(super) fn declare(&mut self, target: &Target) {
        let Some(here) = self.calls.last().map(|called| called.scope) else { return };
        match target {
            Target::Name(name) => self.bind(here, name, Shape::Null.into()),
            Target::Several(parts) => {
                for part in parts {
                    self.declare(part);
                }
            }
            Target::Keyed { entries, rest } => {
                for (_, part, _) in entries {
                    self.declare(part);
                }
                if let Some(rest) = rest {
                    self.bind(here, rest, Shape::Null.into());
                }
            }
            Target::Member(..) | Target::Index(..) | Target::Nothing => {}
        }
    }

    /// Gives a name its value: the innermost scope that has it, else the one that we are in.
    pub(super) fn write_name(&mut self, name: &Text, value: Value, at: Place) {
        let Some(here) = self.calls.last().map(|called| called.scope) else { return };
        let Some(heap) = &mut self.heap else { return };
        let mut scope = Some(here);
        while let Some(id) = scope {
            let Some(object) = heap.get(id) else { break };
            if object.slots.contains_key(name) {
                heap.write(id, name, value, at);
                return;
            }
            scope = match object.is {
                Is::Scope { outer } => outer,
                _ => None,
            };
        }
        heap.write(here, name, value, at);
    }
}

/// Whether functions are written out among what is called and given there.
fn gives_functions(of: &Expression) -> bool {
    let Kind::Call { callee, arguments, .. } = &of.kind else { return false };
    let is_function = |of: &Expression| matches!(of.kind, Kind::Function(_));
    is_function(callee) || arguments.iter().any(|argument| is_function(&argument.value))
}
