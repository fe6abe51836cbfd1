//! Where is a peer installed, and is it the one that was asked for?

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::shell::root;

/// A folder below `target/peers` that is made from one list of exact versions.
pub(super) struct Place {
    pub(super) path: PathBuf,
    list: PathBuf,
}

impl Place {
    /// The folder of this name, made from the list at this path of the repository.
    pub(super) fn of(name: &str, list: &str) -> anyhow::Result<Self> {
        let path = root().join("target/peers").join(name);
        std::fs::create_dir_all(&path).with_context(|| format!("cannot create {}", path.display()))?;
        Ok(Self { path, list: root().join(list) })
    }

    /// Whether what is installed was made from this very list.
    pub(super) fn is_current(&self) -> anyhow::Result<bool> {
        let wanted =
            std::fs::read(&self.list).with_context(|| format!("cannot read {}", self.list.display()))?;
        Ok(std::fs::read(self.note()).is_ok_and(|installed| installed == wanted))
    }

    /// Notes what was installed; the last step, so that half an installation is never taken for one.
    pub(super) fn mark_current(&self) -> anyhow::Result<()> {
        std::fs::copy(&self.list, self.note()).context("cannot note what was installed")?;
        Ok(())
    }

    /// The list itself.
    pub(super) fn list(&self) -> &Path {
        &self.list
    }

    fn note(&self) -> PathBuf {
        self.path.join("installed-from")
    }
}
