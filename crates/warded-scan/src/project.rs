//! Everything that is read together, and what a name in one file is in another.

mod file;
mod gathering;
pub(crate) mod glance;
mod naming;
mod roots;
mod tops;
mod types;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

pub(crate) use file::File;
#[cfg(test)]
pub(crate) use file::PLAINLY;
pub(crate) use naming::Names;
pub(crate) use roots::Roots;

pub(crate) use types::are_types;

use crate::{
    ir::{Class, ClassId, Function, FunctionId, Import, Span, Text},
    language::Language,
    library::Call,
    versions::{Said, Versions},
};

/// One of the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct FileId(pub(crate) u32);

/// A place in one of the files.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Place {
    /// Which file.
    pub(crate) file: FileId,
    /// From where.
    pub(crate) start: u32,
    /// Up to where.
    pub(crate) end: u32,
}

impl Place {
    /// That span of the file.
    pub(crate) fn new(file: FileId, span: &Span) -> Self {
        let short = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self { file, start: short(span.start), end: short(span.end) }
    }
}

/// A function of one of the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct FunctionRef {
    /// Which file.
    pub(crate) file: FileId,
    /// Which of its functions.
    pub(crate) id: FunctionId,
}

/// A class of one of the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ClassRef {
    /// Which file.
    pub(crate) file: FileId,
    /// Which of its classes.
    pub(crate) id: ClassId,
}

/// What a name is that a file takes from elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Resolved {
    /// A file of the project, as a module.
    File(FileId),
    /// A directory of the project, as a package: a name in it may be in any of these.
    Package(Arc<[FileId]>),
    /// A name at the top of a file of the project.
    Top(FileId, Text),
    /// A part of a class at the top of a file of the project.
    Part(FileId, Text, Text),
    /// Something of a library, by its full path.
    Foreign(Text),
}

impl Resolved {
    /// The files of the project in which it may be.
    pub(crate) fn files(&self) -> &[FileId] {
        match self {
            Self::File(of) | Self::Top(of, _) | Self::Part(of, ..) => std::slice::from_ref(of),
            Self::Package(files) => files,
            Self::Foreign(_) => &[],
        }
    }
}

/// A folder, and what its files call themselves.
type Package = (PathBuf, Option<Text>);

/// All files that are read together.
#[derive(Debug, Default)]
pub(crate) struct Project<'r> {
    files: Vec<File<'r>>,
    names: Names,
    /// The files of each package whose files see each other's names.
    packages: HashMap<Package, Vec<FileId>>,
    /// The files of each crate.
    crates: HashMap<String, Vec<FileId>>,
    gathered: gathering::Gathered,
    tops: tops::Tops,
    is_mcp: OnceLock<bool>,
    /// By name, where names are those of types.
    types: HashMap<(Language, Text), Vec<FileId>>,
    versions: Versions<'r>,
}

impl<'r> Project<'r> {
    /// Of these files, of which no manifest says anything.
    #[cfg(test)]
    pub(crate) fn new(files: Vec<File<'r>>) -> Self {
        Self::with_roots(files, Roots::default())
    }

    /// Of these files, with what manifests say of them.
    pub(crate) fn with_roots(files: Vec<File<'r>>, roots: Roots) -> Self {
        let (tops, gathered) = (tops::Tops::of(files.len()), gathering::Gathered::of(files.len()));
        let names = Names::of(files.iter().map(|file| (file.path.clone(), file.language)).collect(), roots);
        let mut project = Self { files, names, gathered, tops, ..Self::default() };
        project.note_types();
        for (id, file) in (0..).map(FileId).zip(&project.files) {
            if let Some(package) = package(file) {
                project.packages.entry(package).or_default().push(id);
            } else if let Some(home) = project.crate_of(file) {
                project.crates.entry(home).or_default().push(id);
            }
        }
        project
    }

    /// With what lies beside them and tells versions.
    pub(crate) fn with_versions(self, versions: Versions<'r>) -> Self {
        Self { versions, ..self }
    }

    /// What is said of the version of a package that a file uses.
    pub(crate) fn version_of(&self, file: FileId, package: &str) -> Option<Said> {
        self.versions.of(&self.file(file).path, package)
    }

    /// What a call of a library does in the version that a file uses.
    pub(crate) fn in_version<'l>(&self, file: FileId, call: &'l Call) -> &'l Call {
        call.in_version(|package| self.version_of(file, package))
    }

    /// All of them.
    pub(crate) fn files(&self) -> impl Iterator<Item = (FileId, &File<'r>)> {
        (0..).map(FileId).zip(&self.files)
    }

    /// That file.
    pub(crate) fn file(&self, id: FileId) -> &File<'r> {
        &self.files[id.0 as usize]
    }

    /// The other files whose names are seen without an import: those of the same package.
    pub(crate) fn siblings(&self, of: FileId) -> Vec<FileId> {
        let Some(package) = package(self.file(of)) else { return Vec::new() };
        let all = self.packages.get(&package).map(Vec::as_slice).unwrap_or_default();
        all.iter().copied().filter(|id| *id != of).collect()
    }

    /// Those of the same package that may have something of that name at their tops.
    pub(crate) fn siblings_with(&self, of: FileId, name: &str) -> impl Iterator<Item = FileId> {
        self.siblings(of).into_iter().filter(move |id| self.file(*id).may_give(name))
    }

    /// The files in which a type of that file can have methods, itself among them.
    fn together(&self, file: &File<'r>) -> &[FileId] {
        let all = match package(file) {
            Some(package) => self.packages.get(&package),
            None => self.crate_of(file).and_then(|home| self.crates.get(&home)),
        };
        all.map(Vec::as_slice).unwrap_or_default()
    }

    fn crate_of(&self, file: &File<'r>) -> Option<String> {
        (file.language == Language::Rust).then(|| self.names.roots().crate_of(&file.path)).flatten()
    }

    /// What imports can call each file.
    pub(crate) fn names(&self) -> &Names {
        &self.names
    }

    /// Whether the code has to do with MCP.
    pub(crate) fn is_mcp(&self) -> bool {
        *self.is_mcp.get_or_init(|| self.files.iter().any(|file| glance::is_mcp(&file.text)))
    }

    /// What a name is that the file takes from elsewhere.
    pub(crate) fn resolve(&self, from: FileId, import: &Import) -> Resolved {
        if are_types(self.file(from).language) {
            return self.resolve_type(from, import);
        }
        self.names.resolve(from, import)
    }

    /// That function.
    pub(crate) fn function(&self, of: FunctionRef) -> &Function {
        &self.file(of.file).module().functions[of.id.0 as usize]
    }

    /// The function with a name in which something stands, and in no other one in it.
    pub(crate) fn innermost(&self, at: &Place) -> Option<FunctionRef> {
        let functions = (0..).map(FunctionId).zip(&self.file(at.file).module().functions);
        let around = functions
            .filter(|(id, one)| id.0 == 0 || !one.name.is_empty())
            .filter(|(_, one)| one.span.start <= at.start as usize && at.end as usize <= one.span.end);
        let inner = around.min_by_key(|(_, one)| one.span.len());
        inner.map(|(id, _)| FunctionRef { file: at.file, id })
    }

    /// That class.
    pub(crate) fn class(&self, of: ClassRef) -> &Class {
        &self.file(of.file).module().classes[of.id.0 as usize]
    }

    /// The class itself, where only some of its methods stand apart from it in another file.
    pub(crate) fn home(&self, class: ClassRef) -> ClassRef {
        self.gathered_home(class)
    }

    /// All methods of a class, wherever they stand.
    pub(crate) fn methods(&self, class: ClassRef) -> impl Iterator<Item = FunctionRef> {
        let here = self.class(class).methods.iter().map(move |id| FunctionRef { file: class.file, id: *id });
        here.chain(self.gathered_methods(class).iter().copied())
    }

    /// Every function of every file, the files themselves first.
    #[cfg(test)]
    pub(crate) fn functions(&self) -> impl Iterator<Item = FunctionRef> {
        self.files().flat_map(|(file, _)| self.functions_of(file))
    }

    /// The functions of a file, the file itself first.
    pub(crate) fn functions_of(&self, file: FileId) -> impl Iterator<Item = FunctionRef> {
        let of = self.file(file).module();
        (0..).zip(&of.functions).map(move |(id, _)| FunctionRef { file, id: FunctionId(id) })
    }
}

/// Where its names are seen without an import.
fn package(file: &File<'_>) -> Option<Package> {
    if file.language != Language::Go {
        return None;
    }
    Some((file.path.parent().map(Path::to_owned).unwrap_or_default(), file.package().cloned()))
}
