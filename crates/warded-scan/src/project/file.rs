//! A file, which is parsed when somebody asks what it does, and not before.

use std::{
    collections::HashSet,
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use super::glance;
use crate::{
    ir::{Module, Text},
    language::Language,
};

/// Parses the text of a file. What cannot be parsed does nothing.
pub(crate) type Read<'r> = &'r (dyn Fn(&Path, &str, Language) -> Module + Sync);

/// One of the files.
pub(crate) struct File<'r> {
    /// Where it lies, beneath what is scanned, with `/` between its parts.
    pub(crate) path: PathBuf,
    /// Its language.
    pub(crate) language: Language,
    /// What stands in it.
    pub(crate) text: Arc<str>,
    read: Read<'r>,
    module: OnceLock<Module>,
    package: OnceLock<Option<Text>>,
    gives: OnceLock<HashSet<Text>>,
}

impl<'r> File<'r> {
    /// That file, which `read` parses.
    pub(crate) fn new(path: &Path, language: Language, text: &str, read: Read<'r>) -> Self {
        Self {
            path: path.to_owned(),
            language,
            text: text.into(),
            read,
            module: OnceLock::new(),
            package: OnceLock::new(),
            gives: OnceLock::new(),
        }
    }

    /// What it does.
    pub(crate) fn module(&self) -> &Module {
        self.module.get_or_init(|| (self.read)(&self.path, &self.text, self.language))
    }

    /// What it does, where somebody has asked for that.
    pub(crate) fn module_if_read(&self) -> Option<&Module> {
        self.module.get()
    }

    /// Whether it only declares what something is, and does nothing.
    pub(crate) fn is_declared(&self) -> bool {
        let name = self.path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        [".d.ts", ".d.mts", ".d.cts", ".pyi"].iter().any(|end| name.ends_with(end))
    }

    /// What its package is called.
    pub(super) fn package(&self) -> Option<&Text> {
        let package = self.package.get_or_init(|| match self.language {
            Language::Go | Language::Java => glance::package(&self.text).map(Text::from),
            _ => self.module().package.clone(),
        });
        package.as_ref()
    }

    /// Whether a name may stand at its top, or a type of that name have methods in it. Where it says no, it is so.
    pub(super) fn may_give(&self, name: &str) -> bool {
        let gives = || glance::gives(&self.text, self.language).map(Text::from).collect();
        self.gives.get_or_init(gives).contains(name)
    }
}

impl fmt::Debug for File<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("File").field(&self.path).finish()
    }
}

/// Parses it with nobody to hear what came of that.
#[cfg(test)]
pub(crate) const PLAINLY: Read<'static> = &|_, text, language| {
    use crate::{lower::lower, parse::parse};
    parse(text, language, &mut || true).map(|tree| lower(text, &tree, language)).unwrap_or_default()
};
