//! Methods that stand in other files than what they are methods of: Go's receivers, Rust's `impl`.

use std::collections::HashMap;

use super::{ClassRef, File, FileId, FunctionRef, Project, naming::shared};
use crate::{
    ir::{ClassId, Text},
    language::Language,
};

/// Which methods are whose.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    homes: HashMap<ClassRef, ClassRef>,
    methods: HashMap<ClassRef, Vec<FunctionRef>>,
}

impl Gathered {
    /// Of all files.
    pub(super) fn of(project: &Project) -> Self {
        let mut declared: HashMap<(Language, &Text), Vec<ClassRef>> = HashMap::new();
        let mut apart = Vec::new();
        for (file, of) in project.files() {
            if !matches!(of.language, Language::Go | Language::Rust) {
                continue;
            }
            for (id, class) in (0..).zip(&of.module.classes) {
                let this = ClassRef { file, id: ClassId(id) };
                if class.elsewhere {
                    apart.push((of, this));
                } else {
                    declared.entry((of.language, &class.name)).or_default().push(this);
                }
            }
        }
        let mut gathered = Self::default();
        for (file, class) in apart {
            let of = project.class(class);
            let known = declared.get(&(file.language, &of.name)).map(Vec::as_slice).unwrap_or_default();
            let near = known.iter().filter(|home| project.are_together(file, home.file));
            let Some(home) = near.max_by_key(|home| shared(&project.file(home.file).path, &file.path)) else {
                continue;
            };
            let methods = of.methods.iter().map(|id| FunctionRef { file: class.file, id: *id });
            gathered.methods.entry(*home).or_default().extend(methods);
            gathered.homes.insert(class, *home);
        }
        gathered
    }

    /// The class itself.
    pub(super) fn home(&self, class: ClassRef) -> ClassRef {
        self.homes.get(&class).copied().unwrap_or(class)
    }

    /// What stands apart from it.
    pub(super) fn methods(&self, class: ClassRef) -> &[FunctionRef] {
        self.methods.get(&class).map(Vec::as_slice).unwrap_or_default()
    }
}

impl Project {
    /// Whether a type of the one file can have methods in the other: the same package, the same crate.
    fn are_together(&self, file: &File, other: FileId) -> bool {
        let other = self.file(other);
        if file.language == Language::Go {
            return super::package(file) == super::package(other);
        }
        let home =
            |file: &File| super::naming::flat(&file.path).map(|path| self.names.roots().rust_home(&path).0);
        home(file) == home(other)
    }
}
