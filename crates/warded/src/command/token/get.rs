//! `warded token get`: a token, for whoever needs one in a file.

use std::{
    io::{IsTerminal as _, Write as _},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use clap::Args;
use warded_core::ResourceUri;
use zeroize::Zeroizing;

use super::PATIENCE;
use crate::{
    cli::{Answer, Global},
    command::login::{Login, say},
    runtime,
};

#[derive(Debug, Args)]
pub(super) struct Get {
    /// The URL of the server
    #[arg(value_name = "URL")]
    server: ResourceUri,
    /// The file to write it to; what is there is replaced
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    login: Login,
}

impl Get {
    pub(super) fn run(&self, global: &Global) -> anyhow::Result<Answer> {
        if self.out.is_none() && std::io::stdout().is_terminal() {
            anyhow::bail!(
                "a token is not shown on a terminal: name a file with --out, or pass it on with `|`"
            );
        }
        let token = runtime::block_on(obtained(&self.login, &self.server, global.quiet))?;
        match &self.out {
            None => Ok(Answer::of(format!("{}\n", *token))),
            Some(path) => {
                write(path, &token).with_context(|| format!("cannot write {}", path.display()))?;
                if !global.quiet {
                    say(&format!("{} holds a token for {}", path.display(), self.server));
                }
                Ok(Answer::default())
            }
        }
    }
}

/// A token for the server, from the store or from its issuer.
pub(in crate::command) async fn obtained(
    login: &Login,
    server: &ResourceUri,
    quiet: bool,
) -> anyhow::Result<Zeroizing<String>> {
    let session = login.session_for_bearers(login.store().open()?, server, quiet, PATIENCE)?;
    super::knock(&session).await?;
    let record = session.record().await?;
    let token = record.token_for(server).context("the token at hand is not for this server")?;
    anyhow::ensure!(
        token.key().is_none(),
        "the server takes only tokens that are bound to a key (DPoP, RFC 9449), which is not given away: use `warded connect`"
    );
    Ok(token.hand_over())
}

/// Writes beside the file and moves into its place, so that nobody reads half a token, or another file's mode.
fn write(path: &Path, token: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let beside = path.with_file_name(name);
    // What is there already is somebody else's, and stays.
    let mut file = options.open(&beside)?;
    let written = file
        .write_all(token.as_bytes())
        .and_then(|()| file.write_all(b"\n"))
        .and_then(|()| std::fs::rename(&beside, path));
    written.inspect_err(|_| drop(std::fs::remove_file(&beside)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_not_ours_is_neither_written_to_nor_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.token");
        write(&path, "one").unwrap();
        let theirs = folder.path().join(format!("notes.token.{}.new", std::process::id()));
        std::fs::write(&theirs, "theirs").unwrap();
        assert!(write(&path, "two").is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one\n");
        assert_eq!(std::fs::read_to_string(&theirs).unwrap(), "theirs");
        std::fs::remove_file(&theirs).unwrap();
        // Half a token does not stay behind where the file itself cannot be replaced.
        std::fs::create_dir(folder.path().join("folder")).unwrap();
        assert!(write(&folder.path().join("folder"), "three").is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
