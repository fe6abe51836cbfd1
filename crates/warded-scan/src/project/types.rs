//! Types of Java and C#: they are found by their names, wherever their files lie.

use std::cmp::Reverse;

use super::{FileId, Project, Resolved, glance, naming::shared};
use crate::{
    ir::{Import, Step, Text},
    language::Language,
};

/// Whether names are those of types there, and not of files.
pub(crate) fn are_types(language: Language) -> bool {
    matches!(language, Language::Java | Language::CSharp)
}

impl Project<'_> {
    /// Notes which file may have which types. Those inside of others are at the top as well.
    pub(super) fn note_types(&mut self) {
        for (id, file) in (0..).map(FileId).zip(&self.files).filter(|(_, file)| are_types(file.language)) {
            for name in glance::types(&file.text) {
                let files = self.types.entry((file.language, name.into())).or_default();
                if files.last() != Some(&id) {
                    files.push(id);
                }
            }
        }
    }

    /// Whether that file has a type of that name.
    fn has_type(&self, file: FileId, name: &str) -> bool {
        let module = self.file(file).module();
        let body = module.functions.first().map_or(&[][..], |function| &function.body);
        body.iter().any(|statement| {
            let Step::Class(class) = statement.step else { return false };
            module.classes.get(class.0 as usize).is_some_and(|class| &*class.name == name)
        })
    }

    /// What a name is that a file takes from elsewhere: a type, or a part of one.
    pub(super) fn resolve_type(&self, from: FileId, import: &Import) -> Resolved {
        let Some(item) = &import.item else { return Resolved::Foreign(import.module.clone()) };
        if let Some(file) = self.type_of(from, &import.module, item) {
            return Resolved::Top(file, item.clone());
        }
        if let Some((package, class)) = import.module.rsplit_once('.')
            && let Some(file) = self.type_of(from, package, class)
        {
            return Resolved::Part(file, class.into(), item.clone());
        }
        if import.module.is_empty() {
            Resolved::Foreign(item.clone())
        } else {
            Resolved::Foreign(format!("{}.{item}", import.module).into())
        }
    }

    /// The file that has the type of that package, seen from that file. A type in a type has the package of both.
    fn type_of(&self, from: FileId, package: &str, name: &str) -> Option<FileId> {
        let fits = |id: &FileId| {
            let own = self.file(*id).package().map(|package| &**package).unwrap_or_default();
            let rest = package.strip_prefix(own);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.nearest(from, name, fits)
    }

    /// The file whose type a bare name means: of the same package, of one that is taken as a whole, or the nearest.
    pub(crate) fn type_seen(&self, from: FileId, name: &str) -> Option<FileId> {
        let file = self.file(from);
        let package_of = |id: &FileId| self.file(*id).package().map(|package| &**package).unwrap_or_default();
        let own = file.package().map(|package| &**package).unwrap_or_default();
        let same = self.nearest(from, name, |id| package_of(id) == own);
        let taken = || {
            let whole = |id: &FileId| {
                let mut imports = file.module().imports.iter();
                imports.any(|import| &*import.local == "*" && *import.module == *package_of(id))
            };
            self.nearest(from, name, whole)
        };
        same.or_else(taken).or_else(|| self.nearest(from, name, |_| true))
    }

    /// The file that shares most of its path, among those that have a type of that name.
    fn nearest(&self, from: FileId, name: &str, fits: impl Fn(&FileId) -> bool) -> Option<FileId> {
        let from = self.file(from);
        let mut all = self.types.get(&(from.language, Text::from(name)))?.clone();
        // The first of those that are as near.
        all.sort_by_key(|id| Reverse(shared(&self.file(*id).path, &from.path)));
        all.into_iter().find(|id| fits(id) && self.has_type(*id, name))
    }

    /// The packages that a file takes as a whole.
    pub(crate) fn packages_taken(&self, from: FileId) -> impl Iterator<Item = &Text> {
        let imports = self.file(from).module().imports.iter();
        imports.filter(|import| &*import.local == "*").map(|import| &import.module)
    }
}
