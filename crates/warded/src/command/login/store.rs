//! Where are tokens kept? The flags that say so, for every command that reads or writes them.

use std::{path::PathBuf, sync::Arc};

use anyhow::Context as _;
use clap::Args;
use warded_client::tokens::{Keeping, TokenStore};

use crate::environment;

/// Where tokens are kept, and how.
#[derive(Clone, Debug, Args)]
pub(crate) struct Store {
    /// The folder that holds tokens [default: `warded/tokens` below `$XDG_STATE_HOME` or `~/.local/state`; on macOS below
    /// `~/Library/Application Support`, on Windows below `%LOCALAPPDATA%`]
    #[arg(long, value_name = "DIRECTORY")]
    token_store: Option<PathBuf>,
    /// Seal what is in the folder, with a key that the system's keychain holds; `WARDED_KEYCHAIN=1` means the same. A
    /// folder stays as it was first kept
    #[arg(long)]
    keychain: bool,
}

impl Store {
    /// Opens it.
    pub(crate) fn open(&self) -> anyhow::Result<TokenStore> {
        let folder = match &self.token_store {
            Some(folder) => folder.clone(),
            None => environment::state_folder()
                .context("there is no home folder to keep tokens in: pass one with --token-store")?
                .join("warded/tokens"),
        };
        #[expect(
            clippy::disallowed_methods,
            reason = "the command is where randomness comes in; all else takes it"
        )]
        let keychain = || Keeping::Keychain { random: Arc::new(aws_lc_rs::rand::SystemRandom::new()) };
        let is_sealed = self.keychain || environment::wants_keychain();
        let keeping = if is_sealed { keychain() } else { Keeping::Files };
        Ok(TokenStore::open(folder, &keeping)?)
    }
}
