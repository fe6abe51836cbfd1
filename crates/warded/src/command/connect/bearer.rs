//! How does a client learn the listener's bearer? From the line that says where it listens, or from a file.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use warded_client::listen::Bearer;

use crate::private_file;

/// What a listener asks of its clients.
#[derive(Debug, Args)]
pub(super) struct Bearers {
    /// Write the bearer that clients send to a file that only you can read, and not to the terminal; on Windows, the file is
    /// as private as its folder
    #[arg(long, value_name = "FILE", requires = "listen")]
    bearer_file: Option<PathBuf>,
    /// Ask for no bearer, for tools that cannot send one: every program on this machine speaks as you
    #[arg(long, requires = "listen", conflicts_with = "bearer_file")]
    no_bearer: bool,
}

impl Bearers {
    /// A bearer for one start, and what to say of it.
    pub(super) fn begin(&self) -> anyhow::Result<(Option<Bearer>, String)> {
        if self.no_bearer {
            return Ok((None, "for every program on this machine (--no-bearer)".to_owned()));
        }
        #[expect(
            clippy::disallowed_methods,
            reason = "the command is where randomness comes in; all else takes it"
        )]
        let random = aws_lc_rs::rand::SystemRandom::new();
        let bearer = Bearer::generate(&random).context("this machine has no randomness")?;
        let text = bearer.reveal();
        let said = match &self.bearer_file {
            Some(path) => {
                private_file::write(path, &text)
                    .with_context(|| format!("cannot write {}", path.display()))?;
                format!("clients send `Authorization: Bearer` and what is in {}", path.display())
            }
            None => format!("clients send `Authorization: Bearer {}`", *text),
        };
        Ok((Some(bearer), said))
    }
}
