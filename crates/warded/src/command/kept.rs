//! Which store does a command work on? That of the configuration, unless a flag names another.

use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};
use warded_core::UnixTime;
use warded_store::sqlite::Sqlite;

use super::up::{randomness, store_key};
use crate::{
    cli::Global,
    config::{
        self,
        fleet::{Assessment, assess},
        serving::DEFAULT_STORE,
    },
    finding::Finding,
    report,
};

/// The configuration, where there is one; one that was named must be there.
pub(super) fn assessment(global: &Global, now: UnixTime) -> anyhow::Result<Option<Assessment>> {
    let path = global.config();
    if global.config.is_none() && !path.exists() {
        return Ok(None);
    }
    let explained = |finding: &Finding, source: &str| {
        let shown = report::plain(finding, &path.display().to_string(), source);
        anyhow!("the configuration cannot be used\n\n{shown}")
    };
    let source = config::read(path).map_err(|finding| explained(&finding, ""))?;
    let config = config::load(&source).map_err(|finding| explained(&finding, &source))?;
    Ok(Some(assess(&config, now)))
}

/// The file of the store.
pub(super) fn path(flag: Option<&Path>, assessment: Option<&Assessment>, global: &Global) -> PathBuf {
    let configured = || {
        let folder = global.config().parent().unwrap_or(Path::new(""));
        assessment.map_or_else(|| DEFAULT_STORE.into(), |assessment| folder.join(&assessment.serving.store))
    };
    flag.map_or_else(configured, Path::to_owned)
}

/// Opens the store with its key; both are made where there is none yet.
pub(super) async fn open(
    path: &Path,
    assessment: Option<&Assessment>,
    global: &Global,
) -> anyhow::Result<Sqlite> {
    if path.is_dir() {
        bail!("{} is a folder; --store names a file", path.display());
    }
    let folder = global.config().parent().unwrap_or(Path::new(""));
    let wanted = assessment.and_then(|assessment| assessment.serving.store_key.as_ref());
    let key = store_key::place(wanted, path, folder).map_err(|finding| anyhow!("{}", finding.message))?;
    Ok(Sqlite::open_sealed(path, key, randomness()).await?)
}
