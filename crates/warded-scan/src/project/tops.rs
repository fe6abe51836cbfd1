//! Which names stand at the top of a file, and what its imports are of: asked for each name of each function that is
//! followed, so found out once.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::OnceLock,
};

use super::{FileId, Project, Resolved};
use crate::ir::{Module, Statement, Step, Target, Text};

/// What is known of each file, once anybody has asked.
#[derive(Debug, Default)]
pub(super) struct Tops {
    imports: Vec<OnceLock<HashMap<Text, Resolved>>>,
    names: Vec<OnceLock<Declared>>,
    stars: Vec<OnceLock<Vec<FileId>>>,
}

/// Which steps at the top of a file give something a name.
#[derive(Debug, Default)]
struct Declared {
    /// By the name, in whichever branch: numbers of steps.
    steps: HashMap<Text, Vec<usize>>,
    /// Those that end where something is not as it should be, whatever is asked there.
    refusing: Vec<usize>,
}

impl Tops {
    /// Of so many files.
    pub(super) fn of(files: usize) -> Self {
        Self {
            imports: (0..files).map(|_| OnceLock::new()).collect(),
            names: (0..files).map(|_| OnceLock::new()).collect(),
            stars: (0..files).map(|_| OnceLock::new()).collect(),
        }
    }
}

impl Project<'_> {
    /// What a name of a file is that it takes from elsewhere by that name.
    pub(crate) fn imported(&self, file: FileId, name: &Text) -> Option<&Resolved> {
        let imports = self.tops.imports.get(file.0 as usize)?.get_or_init(|| {
            let mut all = HashMap::new();
            for import in &self.file(file).module().imports {
                // The first one counts.
                all.entry(import.local.clone()).or_insert_with(|| self.resolve(file, import));
            }
            all
        });
        imports.get(name)
    }

    /// The files of the project from which a file takes all names.
    pub(crate) fn stars(&self, file: FileId) -> &[FileId] {
        let Some(stars) = self.tops.stars.get(file.0 as usize) else { return &[] };
        stars.get_or_init(|| {
            let imports = self.file(file).module().imports.iter().filter(|import| &*import.local == "*");
            let resolved = imports.map(|import| self.resolve(file, import));
            resolved.filter_map(|of| if let Resolved::File(of) = of { Some(of) } else { None }).collect()
        })
    }

    /// The steps at the top of a file that say what a name is, in their order: those that give something that name, in
    /// whichever branch, and those that may refuse what it was. Nothing where none gives it.
    pub(crate) fn declaring(&self, file: FileId, name: &Text) -> Option<Vec<&Statement>> {
        let module = self.file(file).module();
        let body = module.functions.first().map(|itself| itself.body.as_slice()).unwrap_or_default();
        let declared = self.tops.names.get(file.0 as usize)?.get_or_init(|| {
            let mut all = Declared::default();
            for (index, statement) in body.iter().enumerate() {
                let mut names = HashSet::new();
                declared(module, std::slice::from_ref(statement), &mut names);
                for name in names {
                    all.steps.entry(name).or_default().push(index);
                }
                if let Step::If { then, .. } = &statement.step
                    && matches!(then.last(), Some(Statement { step: Step::Throw(_), .. }))
                {
                    all.refusing.push(index);
                }
            }
            all
        });
        let giving = declared.steps.get(name)?;
        let all: BTreeSet<_> = giving.iter().chain(&declared.refusing).collect();
        Some(all.into_iter().filter_map(|index| body.get(*index)).collect())
    }
}

fn declared(module: &Module, body: &[Statement], names: &mut HashSet<Text>) {
    for statement in body {
        match &statement.step {
            Step::Assign { target: Target::Name(name), .. } => {
                names.insert(name.clone());
            }
            Step::Function(id) => {
                names.extend(module.functions.get(id.0 as usize).map(|function| function.name.clone()));
            }
            Step::Class(id) => {
                names.extend(module.classes.get(id.0 as usize).map(|class| class.name.clone()));
            }
            Step::If { then, otherwise, .. } => {
                declared(module, then, names);
                declared(module, otherwise, names);
            }
            Step::Try { body, catches, .. } => {
                declared(module, body, names);
                for catch in catches {
                    declared(module, &catch.body, names);
                }
            }
            Step::Block(body) => declared(module, body, names),
            _ => {}
        }
    }
}
