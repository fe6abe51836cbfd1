//! What the scanner says of a package, in a process of its own that has so much time.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context as _, bail};

use super::{finding::Report, within};
use crate::shell::{self, cargo, root};

/// The scanner, built in release: as fast as people have it.
pub(super) struct Scanner {
    program: PathBuf,
    limit: Duration,
}

impl Scanner {
    /// Builds it.
    pub(super) fn build(limit: Duration) -> anyhow::Result<Self> {
        let target = root().join("target/score/build");
        let (manifest, folder) = ("bench/score/Cargo.toml", target.display().to_string());
        shell::run(cargo(&[
            "build",
            "--release",
            "--locked",
            "--quiet",
            "--manifest-path",
            manifest,
            "--target-dir",
            &folder,
        ]))?;
        Ok(Self { program: target.join("release/warded-score"), limit })
    }

    /// What it says of a folder, or of some folders in it. One that falls, or takes too long, is an error.
    pub(super) fn look(&self, folder: &Path, parts: &[&Path], name: &str) -> anyhow::Result<Report> {
        let said = root().join("target/score/said");
        std::fs::create_dir_all(&said).with_context(|| format!("cannot create {}", said.display()))?;
        let mut command = Command::new(&self.program);
        command.arg(folder).args(parts);
        let ended = within::time(self.limit, command, &said.join(name))?;
        if !ended.succeeded {
            let complaint = ended.complaints.lines().next().unwrap_or("without a word");
            bail!("the scanner fell ({}): {complaint}", ended.how);
        }
        Report::read(&ended.output).context("what the scanner said cannot be read")
    }
}
