//! How does a client learn the listener's bearer? From the line that says where it listens, or from a file.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use clap::Args;
use warded_client::listen::Bearer;

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
                write(path, &text).with_context(|| format!("cannot write {}", path.display()))?;
                format!("clients send `Authorization: Bearer` and what is in {}", path.display())
            }
            None => format!("clients send `Authorization: Bearer {}`", *text),
        };
        Ok((Some(bearer), said))
    }
}

/// Writes beside the file and moves into its place: nobody reads half of it, and nobody who has the old one open, or has put
/// a link there, gets the new one. Where files have no modes, it is as private as its folder.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let beside = path.with_file_name(name);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&beside).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()
    });
    written.and_then(|()| fs::rename(&beside, path)).inspect_err(|_| {
        fs::remove_file(&beside).ok();
    })
}
