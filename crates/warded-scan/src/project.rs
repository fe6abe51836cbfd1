//! Everything that is read together, and what a name in one file is in another.

mod gathering;
mod naming;
mod roots;
mod sight;
mod tops;
mod types;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
};

pub(crate) use naming::Names;
pub(crate) use roots::Roots;

pub(crate) use types::are_types;

use crate::{
    ir::{Class, ClassId, Function, FunctionId, Import, Module, Span, Text},
    language::Language,
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

/// A file that was read.
#[derive(Debug)]
pub(crate) struct File {
    /// Where it lies, beneath what is scanned, with `/` between its parts.
    pub(crate) path: PathBuf,
    /// Its language.
    pub(crate) language: Language,
    /// What stands in it.
    pub(crate) text: Arc<str>,
    /// What it does.
    pub(crate) module: Module,
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
pub(crate) struct Project {
    files: Vec<File>,
    names: Names,
    /// The files of each package whose files see each other's names.
    packages: HashMap<Package, Vec<FileId>>,
    gathered: gathering::Gathered,
    tops: tops::Tops,
    /// By name, where names are those of types.
    types: HashMap<(Language, Text), Vec<FileId>>,
}

impl Project {
    /// Of these files, of which no manifest says anything.
    #[cfg(test)]
    pub(crate) fn new(files: Vec<File>) -> Self {
        Self::with_roots(files, Roots::default())
    }

    /// Of these files, with what manifests say of them.
    pub(crate) fn with_roots(files: Vec<File>, roots: Roots) -> Self {
        let tops = tops::Tops::of(files.len());
        let names = Names::of(files.iter().map(|file| (file.path.clone(), file.language)).collect(), roots);
        let mut project = Self { files, names, tops, ..Self::default() };
        project.note_types();
        for (id, file) in project.files.iter().enumerate() {
            if let Some(package) = package(file) {
                let id = FileId(u32::try_from(id).unwrap_or(u32::MAX));
                project.packages.entry(package).or_default().push(id);
            }
        }
        project.gathered = gathering::Gathered::of(&project);
        project
    }

    /// All of them.
    pub(crate) fn files(&self) -> impl Iterator<Item = (FileId, &File)> {
        (0..).map(FileId).zip(&self.files)
    }

    /// That file.
    pub(crate) fn file(&self, id: FileId) -> &File {
        &self.files[id.0 as usize]
    }

    /// The other files whose names are seen without an import: those of the same package.
    pub(crate) fn siblings(&self, of: FileId) -> Vec<FileId> {
        let Some(package) = package(self.file(of)) else { return Vec::new() };
        let all = self.packages.get(&package).map(Vec::as_slice).unwrap_or_default();
        all.iter().copied().filter(|id| *id != of).collect()
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
        &self.file(of.file).module.functions[of.id.0 as usize]
    }

    /// The function with a name in which something stands, and in no other one in it.
    pub(crate) fn innermost(&self, at: &Place) -> Option<FunctionRef> {
        let functions = (0..).map(FunctionId).zip(&self.file(at.file).module.functions);
        let around = functions
            .filter(|(id, one)| id.0 == 0 || !one.name.is_empty())
            .filter(|(_, one)| one.span.start <= at.start as usize && at.end as usize <= one.span.end);
        let inner = around.min_by_key(|(_, one)| one.span.len());
        inner.map(|(id, _)| FunctionRef { file: at.file, id })
    }

    /// That class.
    pub(crate) fn class(&self, of: ClassRef) -> &Class {
        &self.file(of.file).module.classes[of.id.0 as usize]
    }

    /// The class itself, where only some of its methods stand apart from it in another file.
    pub(crate) fn home(&self, class: ClassRef) -> ClassRef {
        self.gathered.home(class)
    }

    /// All methods of a class, wherever they stand.
    pub(crate) fn methods(&self, class: ClassRef) -> impl Iterator<Item = FunctionRef> {
        let here = self.class(class).methods.iter().map(move |id| FunctionRef { file: class.file, id: *id });
        here.chain(self.gathered.methods(class).iter().copied())
    }

    /// Every function of every file, the files themselves first.
    pub(crate) fn functions(&self) -> impl Iterator<Item = FunctionRef> {
        self.files().flat_map(|(file, of)| {
            (0..).zip(&of.module.functions).map(move |(id, _)| FunctionRef { file, id: FunctionId(id) })
        })
    }
}

/// Where its names are seen without an import.
fn package(file: &File) -> Option<Package> {
    if file.language != Language::Go {
        return None;
    }
    Some((file.path.parent().map(Path::to_owned).unwrap_or_default(), file.module.package.clone()))
}
