//! `warded schema`: the JSON schema of the configuration, for editors.

use clap::Args;

use crate::{cli::Answer, config::Config};

/// Print the JSON schema of warded.yaml
///
/// Editors that speak YAML complete and check keys with it.
#[derive(Debug, Args)]
#[command(after_long_help = "Example:
  warded schema > warded.schema.json

and as the first line of warded.yaml:
  # yaml-language-server: $schema=warded.schema.json")]
pub(crate) struct Schema {}

impl Schema {
    #[expect(clippy::unused_self, reason = "every command is run through itself")]
    pub(crate) fn run(&self) -> anyhow::Result<Answer> {
        let schema = schemars::schema_for!(Config);
        Ok(Answer::of(format!("{}\n", serde_json::to_string_pretty(&schema)?)))
    }
}
