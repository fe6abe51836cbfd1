//! Which of the tokens that are kept does somebody mean?

use anyhow::bail;
use clap::Args;
use warded_client::tokens::{Listed, TokenStore};
use warded_core::ResourceUri;

use crate::report;

/// Some of the tokens that are kept.
#[derive(Debug, Args)]
pub(super) struct Chosen {
    /// The token's name, as `warded token list` shows it, or how it begins; or the URL of the server, for all of its
    /// tokens
    #[arg(value_name = "NAME|URL")]
    which: String,
}

impl Chosen {
    /// At least one; of a beginning that several names share, none: somebody would lose a token that they did not mean.
    pub(super) fn among(&self, store: &TokenStore, account: Option<&str>) -> anyhow::Result<Vec<Listed>> {
        let mut meant = store.list()?;
        meant.retain(|listed| listed.is_meant_by(&self.which));
        if account.is_some() {
            meant.retain(|listed| listed.place.account.as_deref() == account);
        }
        let which = report::escaped(&self.which);
        if meant.is_empty() {
            bail!("no token is kept under `{which}`: `warded token list` shows what there is");
        }
        if meant.len() > 1 && ResourceUri::parse(&self.which).is_err() {
            let names: Vec<_> = meant.iter().map(|listed| listed.name.as_str()).collect();
            bail!("several tokens have a name that begins with `{which}`: {}", names.join(", "));
        }
        Ok(meant)
    }
}
