//! The texts of a folder, whatever they are, and what of it is no text.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use warded_scan::{Language, Unseen, Why};

/// How large a text may be that means something beside code; code of any size is handed on, to be told.
const LARGEST: u64 = 4 << 20;

/// A folder that was read.
#[derive(Default)]
pub(crate) struct Folder {
    /// By paths beneath it, in their order.
    pub(crate) texts: Vec<(PathBuf, String)>,
    /// What was not read; only code.
    pub(crate) unseen: Vec<Unseen>,
}

impl Folder {
    /// Reads everything in it. Links are not followed: they lead outside, or to what is read anyway.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let mut folder = Self::default();
        folder.add(root, Path::new("")).with_context(|| format!("cannot read {}", root.display()))?;
        Ok(folder)
    }

    /// Keeps what lies right in one of these folders, and what is no code: manifests say what folders are called.
    pub(crate) fn keep(&mut self, parts: &[PathBuf]) {
        let is_in = |path: &Path| path.parent().is_some_and(|parent| parts.iter().any(|part| part == parent));
        self.texts.retain(|(path, _)| Language::of(path).is_none() || is_in(path));
        self.unseen.retain(|unseen| is_in(&unseen.path));
    }

    fn add(&mut self, root: &Path, beneath: &Path) -> Result<()> {
        let mut entries = fs::read_dir(root.join(beneath))?.collect::<Result<Vec<_>, _>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let (path, kind) = (beneath.join(entry.file_name()), entry.file_type()?);
            if kind.is_dir() {
                self.add(root, &path)?;
            } else if kind.is_symlink() {
                self.leave(&path, Why::Link);
            } else if Language::of(&path).is_some() || entry.metadata()?.len() <= LARGEST {
                match fs::read(root.join(&path)).map(String::from_utf8) {
                    Ok(Ok(text)) => self.texts.push((path, text)),
                    Ok(Err(_)) => self.leave(&path, Why::Binary),
                    Err(_) => self.leave(&path, Why::Unreadable),
                }
            }
        }
        Ok(())
    }

    fn leave(&mut self, path: &Path, why: Why) {
        if Language::of(path).is_some() {
            self.unseen.push(Unseen { path: path.to_owned(), span: None, why });
        }
    }
}
