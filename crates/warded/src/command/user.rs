//! `warded user`: the people who log in at the built-in issuers.

mod password;

use std::path::PathBuf;

use anyhow::bail;
use clap::{Args, Subcommand};
use serde_json::json;
use warded_core::UnixTime;
use warded_issuer::operator;
use warded_store::Store;

use super::{kept, up::randomness};
use crate::{
    cli::{Answer, Format, Global},
    report, runtime,
};

/// Add, list and remove the people who log in at the built-in issuers
///
/// Whoever is added can log in at once, also while `warded up` runs. Whoever is removed loses all sessions and grants;
/// access tokens that are out live on until they expire, ten minutes at most.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  warded user add alice
  warded user add alice --password-file alice.txt
  warded user list
  warded user remove alice")]
pub(crate) struct User {
    #[command(subcommand)]
    action: Action,
    /// The file of the store [default: the configuration's, or warded.db]
    #[arg(long, value_name = "FILE", global = true)]
    store: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Add a person; the password is asked for, or read from standard input or a file, never from an argument
    Add {
        /// What the person types to log in
        name: String,
        /// A file that holds the password; `-` is standard input
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
    },
    /// List everybody
    List,
    /// Remove a person, with all sessions and grants
    Remove {
        /// Whom
        name: String,
    },
}

impl User {
    pub(crate) fn run(&self, global: &Global, now: UnixTime) -> anyhow::Result<Answer> {
        runtime::block_on(async {
            let assessment = kept::assessment(global, now)?;
            let store = kept::open(self.store.as_deref(), assessment.as_ref(), global).await?;
            let answer = self.act(&store, global, now).await;
            store.close().await;
            answer
        })
    }

    async fn act(&self, store: &dyn Store, global: &Global, now: UnixTime) -> anyhow::Result<Answer> {
        match &self.action {
            Action::Add { name, password_file } => {
                let password = password::read(name, password_file.as_deref())?;
                let user = operator::add_user(store, name, &password, now, &*randomness()).await?;
                Ok(match global.format {
                    Format::Json => {
                        Answer::of(report::document(&json!({ "name": user.name, "sub": user.id })))
                    }
                    Format::Text => Answer::of(format!("{} can log in now\n", report::escaped(&user.name))),
                })
            }
            Action::List => {
                let users = store.users().await?;
                let rows = users.iter().map(|user| json!({ "name": user.name, "sub": user.id }));
                let lines = users.iter().map(|user| report::escaped(&user.name) + "\n");
                Ok(match global.format {
                    Format::Json => {
                        Answer::of(report::document(&json!({ "users": rows.collect::<Vec<_>>() })))
                    }
                    Format::Text => Answer::of(lines.collect::<String>()),
                })
            }
            Action::Remove { name } => {
                if !operator::remove_user(store, name).await? {
                    bail!("there is nobody named `{}`", report::escaped(name));
                }
                Ok(match global.format {
                    Format::Json => Answer::of(report::document(&json!({ "removed": name }))),
                    Format::Text => Answer::of(format!("{} can no longer log in\n", report::escaped(name))),
                })
            }
        }
    }
}
