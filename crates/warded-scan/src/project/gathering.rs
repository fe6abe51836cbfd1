//! Methods that stand in other files than what they are methods of: Go's receivers, Rust's `impl`.

use std::{collections::HashMap, sync::OnceLock};

use super::{ClassRef, File, FileId, FunctionRef, Project, naming::shared};
use crate::{
    ir::{Class, ClassId},
    language::Language,
};

/// Which methods are whose, of each file about which somebody has asked.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    homes: Vec<OnceLock<HashMap<ClassId, ClassRef>>>,
    methods: Vec<OnceLock<HashMap<ClassId, Vec<FunctionRef>>>>,
}

impl Gathered {
    /// Of so many files.
    pub(super) fn of(files: usize) -> Self {
        Self {
            homes: (0..files).map(|_| OnceLock::new()).collect(),
            methods: (0..files).map(|_| OnceLock::new()).collect(),
        }
    }
}

impl Project<'_> {
    /// The class itself.
    pub(super) fn gathered_home(&self, class: ClassRef) -> ClassRef {
        if !self.class(class).elsewhere {
            return class;
        }
        let Some(homes) = self.gathered.homes.get(class.file.0 as usize) else { return class };
        let homes = homes.get_or_init(|| {
            let file = self.file(class.file);
            let apart = classes(class.file, file).filter(|(_, class)| class.elsewhere);
            apart.filter_map(|(id, class)| Some((id.id, self.declared_near(file, class)?))).collect()
        });
        homes.get(&class.id).copied().unwrap_or(class)
    }

    /// The nearest class of that name that is declared where it can have methods in that file.
    fn declared_near(&self, file: &File<'_>, class: &Class) -> Option<ClassRef> {
        let near = self.together(file).iter().filter(|near| self.file(**near).may_give(&class.name));
        let declared = near.flat_map(|near| classes(*near, self.file(*near)));
        let fitting = declared.filter(|(_, known)| !known.elsewhere && known.name == class.name);
        let nearest = fitting.max_by_key(|(home, _)| shared(&self.file(home.file).path, &file.path));
        nearest.map(|(home, _)| home)
    }

    /// What stands apart from it.
    pub(super) fn gathered_methods(&self, class: ClassRef) -> &[FunctionRef] {
        let file = self.file(class.file);
        if !matches!(file.language, Language::Go | Language::Rust) {
            return &[];
        }
        let Some(methods) = self.gathered.methods.get(class.file.0 as usize) else { return &[] };
        let methods = methods.get_or_init(|| {
            let declared = classes(class.file, file).filter(|(_, class)| !class.elsewhere);
            declared.map(|(id, class)| (id.id, self.methods_apart(file, id, class))).collect()
        });
        methods.get(&class.id).map(Vec::as_slice).unwrap_or_default()
    }

    fn methods_apart(&self, file: &File<'_>, home: ClassRef, class: &Class) -> Vec<FunctionRef> {
        let near = self.together(file).iter().filter(|near| self.file(**near).may_give(&class.name));
        let all = near.flat_map(|near| classes(*near, self.file(*near)));
        let apart = all.filter(|(id, known)| {
            known.elsewhere && known.name == class.name && self.gathered_home(*id) == home
        });
        apart
            .flat_map(|(id, of)| {
                of.methods.iter().map(move |method| FunctionRef { file: id.file, id: *method })
            })
            .collect()
    }
}

fn classes<'f>(file: FileId, of: &'f File<'_>) -> impl Iterator<Item = (ClassRef, &'f Class)> {
    (0..).zip(&of.module().classes).map(move |(id, class)| (ClassRef { file, id: ClassId(id) }, class))
}
