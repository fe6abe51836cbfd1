//! Globs as in `.gitignore`, relative to a folder.

use std::path::{Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// Some of them.
#[derive(Clone, Debug)]
pub(super) struct Globs {
    folder: PathBuf,
    all: Gitignore,
}

impl Default for Globs {
    fn default() -> Self {
        Self { folder: PathBuf::new(), all: Gitignore::empty() }
    }
}

impl Globs {
    /// Relative to a folder, which is given from the top of the file system; or else the first one that is none, and why.
    pub(super) fn new<'g>(
        folder: &Path,
        globs: impl IntoIterator<Item = &'g str>,
    ) -> Result<Self, (&'g str, String)> {
        let mut all = GitignoreBuilder::new(folder);
        for glob in globs {
            // To a `.gitignore` these are a comment, an exception and nothing at all.
            if glob.trim().is_empty() || glob.starts_with(['#', '!']) {
                return Err((glob, "it matches nothing".to_owned()));
            }
            all.add_line(None, glob).map_err(|error| (glob, error.to_string()))?;
        }
        // What each of them is was looked at above.
        let all = all.build().map_err(|error| ("", error.to_string()))?;
        Ok(Self { folder: folder.to_owned(), all })
    }

    /// Whether a path from the top of the file system lies in what one of them matches.
    pub(super) fn matches(&self, path: &Path, is_folder: bool) -> bool {
        let Ok(path) = path.strip_prefix(&self.folder) else { return false };
        !path.has_root() && self.all.matched_path_or_any_parents(path, is_folder).is_ignore()
    }
}
