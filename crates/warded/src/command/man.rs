//! `warded man`: manual pages, one for each command.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, CommandFactory as _};

use crate::cli::{Answer, Cli};

/// Write manual pages, one for each command
#[derive(Debug, Args)]
#[command(after_long_help = "Example:
  warded man ~/.local/share/man/man1")]
pub(crate) struct Man {
    /// The directory; it is created where it does not exist
    #[arg(value_name = "DIRECTORY")]
    directory: PathBuf,
}

impl Man {
    pub(crate) fn run(&self) -> anyhow::Result<Answer> {
        std::fs::create_dir_all(&self.directory)
            .with_context(|| format!("cannot create {}", self.directory.display()))?;
        clap_mangen::generate_to(Cli::command(), &self.directory)
            .with_context(|| format!("cannot write to {}", self.directory.display()))?;
        Ok(Answer::of(format!("manual pages written to {}\n", self.directory.display())))
    }
}
