//! `warded token get`: a token, for whoever needs one in a file.

use std::{io::IsTerminal as _, path::PathBuf};

use anyhow::Context as _;
use clap::Args;
use warded_core::ResourceUri;
use zeroize::Zeroizing;

use super::PATIENCE;
use crate::{
    cli::{Answer, Global},
    command::login::{Login, say},
    private_file, runtime,
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
                private_file::write(path, &token)
                    .with_context(|| format!("cannot write {}", path.display()))?;
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
