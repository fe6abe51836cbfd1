//! The calls that wait for somebody to approve them.

mod shown;

use anyhow::{Context as _, bail};
use clap::Subcommand;
use serde_json::json;
use warded_store::{Approval, Meant, Ruling, journal::Act};

use super::Desk;
use crate::{
    cli::{Answer, Format},
    environment, report,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// List the calls that wait
    List {
        /// Also those that were approved, denied or used, until they expire
        #[arg(long)]
        all: bool,
    },
    /// Show a call, with all that it is made with
    Show {
        /// Its id, or how it begins
        #[arg(value_name = "ID")]
        id: String,
    },
    /// Let a call be made, once
    Approve {
        /// Its id, or how it begins
        #[arg(value_name = "ID")]
        id: String,
        /// Who says so [default: whoever is logged in on this machine]
        #[arg(long, value_name = "NAME")]
        by: Option<String>,
        /// Although not all of it can be shown
        #[arg(long)]
        unseen: bool,
    },
    /// Let a call not be made
    Deny {
        /// Its id, or how it begins
        #[arg(value_name = "ID")]
        id: String,
        /// Who says so [default: whoever is logged in on this machine]
        #[arg(long, value_name = "NAME")]
        by: Option<String>,
    },
}

impl Action {
    pub(crate) async fn run(&self, desk: &Desk) -> anyhow::Result<Answer> {
        match self {
            Self::List { all } => {
                let mut held = desk.store.approvals(desk.now).await?;
                held.retain(|approval| *all || approval.ruling == Ruling::Pending);
                Ok(Answer::of(match desk.format {
                    Format::Json => {
                        let rows: Vec<_> = held.iter().map(shown::json).collect();
                        report::document(&json!({ "approvals": rows }))
                    }
                    Format::Text => shown::listed(&held, desk.now),
                }))
            }
            Self::Show { id } => Ok(told(&meant(desk, id).await?, desk)),
            Self::Approve { id, by, unseen } => {
                rule(desk, id, Said::Yes { unseen: *unseen }, by.as_deref()).await
            }
            Self::Deny { id, by } => rule(desk, id, Said::No, by.as_deref()).await,
        }
    }
}

fn told(approval: &Approval, desk: &Desk) -> Answer {
    Answer::of(match desk.format {
        Format::Json => report::document(&shown::json(approval)),
        Format::Text => shown::one(approval, desk.now),
    })
}

/// The one call that is meant. Where several begin like that, none of them is.
async fn meant(desk: &Desk, id: &str) -> anyhow::Result<Approval> {
    match desk.store.find_approval(id, desk.now).await? {
        Meant::One(approval) => Ok(*approval),
        Meant::None => bail!("no call that is held has an id that begins with `{}`", report::escaped(id)),
        Meant::Several => {
            bail!("several calls have ids that begin with `{}`: write more of it", report::escaped(id))
        }
    }
}

/// What somebody says of a call.
#[derive(Clone, Copy)]
enum Said {
    /// It may be made; `unseen`, whatever it is made with.
    Yes {
        unseen: bool,
    },
    No,
}

async fn rule(desk: &Desk, id: &str, said: Said, by: Option<&str>) -> anyhow::Result<Answer> {
    let is_approved = matches!(said, Said::Yes { .. });
    let by = match by {
        Some(by) => by.trim().to_owned(),
        None => environment::person().unwrap_or_default(),
    };
    if by.is_empty() {
        bail!("say who says so: --by NAME");
    }
    let approval = meant(desk, id).await?;
    // Denied, it may not be repeated even where its answer says that it has failed.
    if is_approved && approval.ruling == Ruling::Used {
        bail!("the call {} was approved and made", approval.call.id);
    }
    let hidden = shown::hidden(&approval).filter(|_| is_approved);
    if let (Some(why), Said::Yes { unseen: false }) = (&hidden, said) {
        bail!(
            "nobody can be shown all of the call {}: {why}. Look at what there is with `warded approvals show {}`, and deny it; \
             or approve with --unseen what you have not seen",
            approval.call.id,
            approval.call.id,
        );
    }
    let word = |text: &str| (!text.is_empty()).then(|| text.into());
    let act = Act {
        action: if is_approved { "approvals/approve" } else { "approvals/deny" },
        names: [approval.call.id.as_str(), &by]
            .into_iter()
            .chain(hidden.map(|_| "unseen"))
            .map(Into::into)
            .collect(),
        issuer: word(&approval.call.issuer),
        subject: word(&approval.call.subject),
        client: word(&approval.call.client),
        ..Act::default()
    };
    let ruled = desk.doing(act, async {
        let ruled = desk.store.rule(&approval.call.id, is_approved, &by, desk.now).await?;
        ruled.with_context(|| format!("the call {} is not there any more, or was made", approval.call.id))
    });
    Ok(told(&ruled.await?, desk))
}
