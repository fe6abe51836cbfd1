//! Which journal is asked, and which store knows of it? Those of the configuration, unless flags name others.

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;
use warded_core::UnixTime;

use crate::{
    cli::Global,
    command::kept,
    config::serving::{DEFAULT_JOURNAL, DEFAULT_NODE, DEFAULT_STORE},
};

#[derive(Debug, Args)]
pub(super) struct Flags {
    /// The folder of the journal [default: the configuration's, or warded-journal]
    #[arg(long, value_name = "FOLDER", global = true)]
    journal: Option<PathBuf>,
    /// The file of the store [default: the configuration's, or warded.db]
    #[arg(long, value_name = "FILE", global = true)]
    store: Option<PathBuf>,
}

/// Where everything is.
#[derive(Debug)]
pub(super) struct Place {
    /// The folder of the journal, which is there.
    pub(super) journal: PathBuf,
    /// The file of the store, which may not be there.
    pub(super) store: PathBuf,
    /// The node that keeps it, as far as anybody says.
    pub(super) node: String,
}

impl Flags {
    pub(super) fn find(&self, global: &Global, now: UnixTime) -> anyhow::Result<Place> {
        let mut node = DEFAULT_NODE.to_owned();
        let (journal, store) = match (&self.journal, &self.store) {
            (Some(journal), Some(store)) => (journal.clone(), store.clone()),
            (journal, store) => {
                let assessment = kept::assessment(global, now)?;
                let serving = assessment.as_ref().map(|assessment| &assessment.serving);
                if let Some(serving) = serving {
                    node.clone_from(&serving.journal.node);
                }
                let folder = global.config().parent().unwrap_or(Path::new(""));
                let configured = |of: Option<&PathBuf>, default: &str| {
                    of.map_or_else(|| default.into(), |path| folder.join(path))
                };
                let journal = journal.clone().unwrap_or_else(|| {
                    configured(serving.map(|serving| &serving.journal.folder), DEFAULT_JOURNAL)
                });
                let store = store
                    .clone()
                    .unwrap_or_else(|| configured(serving.map(|serving| &serving.store), DEFAULT_STORE));
                (journal, store)
            }
        };
        if !journal.is_dir() {
            bail!("there is no journal in {}; --journal names another folder", journal.display());
        }
        Ok(Place { journal, store, node })
    }
}
