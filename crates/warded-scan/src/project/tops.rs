//! Which names stand at the top of a file, and what its imports are of: asked for each name of each function that is
//! followed, so found out once.

use std::{
    collections::{HashMap, HashSet},
    sync::OnceLock,
};

use super::{FileId, Project, Resolved};
use crate::ir::{Module, Statement, Step, Target, Text};

/// What is known of each file, once anybody has asked.
#[derive(Debug, Default)]
pub(super) struct Tops {
    imports: Vec<OnceLock<HashMap<Text, Resolved>>>,
    names: Vec<OnceLock<HashSet<Text>>>,
    stars: Vec<OnceLock<Vec<FileId>>>,
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

    /// Whether a step at the top of a file gives something that name, in whichever branch.
    pub(crate) fn declares(&self, file: FileId, name: &Text) -> bool {
        let Some(names) = self.tops.names.get(file.0 as usize) else { return false };
        let names = names.get_or_init(|| {
            let module = &self.file(file).module();
            let mut names = HashSet::new();
            if let Some(itself) = module.functions.first() {
                declared(module, &itself.body, &mut names);
            }
            names
        });
        names.contains(name)
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
