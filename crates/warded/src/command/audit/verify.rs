//! `warded audit verify`: is the journal what was written?

use std::collections::BTreeSet;

use anyhow::{Context as _, bail};
use clap::Args;
use serde_json::{Value, json};
use warded_store::{
    journal::{
        checkpoint::{Checkpoint, Checkpoints as _, PublicKey},
        segments::{Account, Broken, Flaw, Left, Trust, segments, verify},
    },
    sqlite::Sqlite,
};

use super::place::Place;
use crate::{
    cli::{Answer, Format, Global},
    finding::Severity,
    report, runtime,
};

/// Show that no record was changed, removed, repeated or moved since it was written
///
/// Each record carries the hash of the one before it, and checkpoints are signed with a key that is in the store and
/// not beside the journal; the store knows the last one as well. Without the store, --public-key says whose signatures
/// to believe, and an end that was cut off behind the last checkpoint that is there does not show.
#[derive(Debug, Args)]
pub(super) struct Verify {
    /// Believe this key, and do not ask the store; as this command prints it. Can be given several times
    #[arg(long, value_name = "KEY", value_parser = key)]
    public_key: Vec<PublicKey>,
}

fn key(text: &str) -> Result<PublicKey, String> {
    PublicKey::parse(text).map_err(|error| error.to_string())
}

/// How many times that a process has found what another left are shown, the latest first.
const SHOWN: usize = 10;

/// What was found of one node.
struct Found {
    node: String,
    verified: Result<Account, Broken>,
    /// What the store says.
    last: Option<Checkpoint>,
}

impl Verify {
    pub(super) fn run(&self, place: &Place, global: &Global) -> anyhow::Result<Answer> {
        // The store is read first: what is recorded meanwhile is not missing then.
        let asks_store = self.public_key.is_empty() && place.store.is_file();
        let nodes = || segments(&place.journal).map(|nodes| nodes.into_keys().collect::<BTreeSet<_>>());
        let mut names = nodes().context("cannot read the folder of the journal")?;
        let known = if asks_store { known(place)? } else { Vec::new() };
        // A node whose folder is another one is not missing in this one; but its files may have been here.
        // And where the store knows that it shares this folder with one whose files are here, they have been.
        let folders: Vec<_> =
            known.iter().filter(|last| names.contains(&*last.node)).filter_map(|last| last.folder).collect();
        let is_here = |last: &Checkpoint| {
            let shares = last.folder.is_some_and(|folder| folders.contains(&folder));
            names.contains(&*last.node) || *last.node == place.node || names.is_empty() || shares
        };
        let (here, elsewhere): (Vec<_>, Vec<_>) = known.iter().partition(|last| is_here(last));
        names.extend(here.iter().map(|last| last.node.to_string()));
        if names.is_empty() {
            bail!("there is no journal in {}; --journal names another folder", place.journal.display());
        }
        let found: Vec<_> =
            names.into_iter().map(|node| self.follow(place, &known, node)).collect::<anyhow::Result<_>>()?;
        let is_elsewhere = (!elsewhere.is_empty()).then_some(Severity::Note);
        let exit =
            found.iter().filter_map(Found::severity).chain(is_elsewhere).map(Severity::exit_code).max();
        let exit = exit.unwrap_or(0);
        let text = match global.format {
            Format::Json => {
                let nodes: Vec<_> = found.iter().map(Found::as_json).collect();
                let elsewhere: Vec<_> = elsewhere
                    .iter()
                    .map(|last| json!({ "node": last.node, "last": last.seq, "key": last.key.to_string() }))
                    .collect();
                report::document(&json!({
                    "whole": found.iter().all(Found::is_whole),
                    "nodes": nodes,
                    "elsewhere": elsewhere,
                }))
            }
            Format::Text => {
                let found = found.iter().map(|found| found.as_text(asks_store));
                let elsewhere = elsewhere.iter().map(|last| {
                    format!(
                        "{}: nothing of it is in this folder, and the store knows of record {}: --journal names another\n",
                        report::escaped(&last.node),
                        last.seq
                    )
                });
                found.chain(elsewhere).collect()
            }
        };
        Ok(Answer { text, exit })
    }
}

impl Verify {
    /// Follows the chain of a node. Behind a sealed end nothing may stand, unless a process began meanwhile: it has told the
    /// store before it wrote.
    fn follow(&self, place: &Place, known: &[Checkpoint], node: String) -> anyhow::Result<Found> {
        let of_node = |known: &[Checkpoint]| known.iter().find(|last| *last.node == *node).cloned();
        let by = |last: &Option<Checkpoint>| {
            verify(&place.journal, &node, &Trust::new(self.public_key.clone(), last.clone()))
        };
        let mut last = of_node(known);
        let mut verified = by(&last);
        if matches!(verified, Err(Broken { flaw: Flaw::Behind { .. }, .. })) {
            let now = of_node(&self::known(place)?);
            if now != last {
                (verified, last) = (by(&now), now);
            }
        }
        Ok(Found { node, verified, last })
    }
}

/// What the store knows of each node. It is only looked at: whoever verifies changes nothing.
fn known(place: &Place) -> anyhow::Result<Vec<Checkpoint>> {
    runtime::block_on(async {
        let store = Sqlite::look(&place.store).await?;
        let known = store.checkpoints().await?;
        store.close().await;
        Ok(known)
    })
}

impl Found {
    fn severity(&self) -> Option<Severity> {
        match &self.verified {
            Err(_) => Some(Severity::High),
            Ok(account) => {
                let Account { checkpoints, begun, lost, found, .. } = account;
                let is_doubtful = *checkpoints == 0 || begun.is_some() || *lost > 0 || *found > 0;
                is_doubtful.then_some(Severity::Note)
            }
        }
    }

    /// What begins anywhere, and nobody vouches for, can be anything.
    fn is_whole(&self) -> bool {
        let is_vouched_for = |account: &Account| account.checkpoints > 0 || account.begun.is_none();
        self.verified.as_ref().is_ok_and(is_vouched_for)
    }

    fn as_json(&self) -> Value {
        let Self { node, verified, last } = self;
        let key = last.as_ref().map(|last| last.key.to_string());
        match verified {
            Ok(account) => json!({
                "node": node,
                "whole": self.is_whole(),
                "records": account.records,
                "last": account.last,
                "checkpoints": account.checkpoints,
                "not_vouched_for": account.unvouched,
                "removed_up_to": account.removed,
                "begins_behind": account.begun,
                "lost": account.lost,
                "found_not_vouched_for": account.found,
                "findings": account.findings.iter().map(|left| json!({
                    "first": left.first, "last": left.last, "found_at": left.found_at.seconds(),
                })).collect::<Vec<_>>(),
                "key": key,
            }),
            Err(broken) => json!({
                "node": node,
                "whole": false,
                "file": broken.file,
                "line": (broken.line > 0).then_some(broken.line),
                "flaw": broken.flaw.to_string(),
                "key": key,
            }),
        }
    }

    fn as_text(&self, asked_store: bool) -> String {
        let node = report::escaped(&self.node);
        let account = match &self.verified {
            Ok(account) => account,
            Err(broken) => {
                let place = match broken.line {
                    0 => broken.file.clone(),
                    line => format!("{}:{line}", broken.file),
                };
                return format!(
                    "{node}: NOT what was written\n  {}: {}\n",
                    report::escaped(&place),
                    report::escaped(&broken.flaw.to_string())
                );
            }
        };
        let Account {
            records,
            last,
            checkpoints,
            unvouched,
            removed,
            begun,
            lost,
            found,
            findings,
            strange_keys,
            ..
        } = account;
        let mut text =
            format!("{node}: {records} records up to number {last}: each follows from the one before\n");
        let mut say = |line: String| text += &format!("  {line}\n");
        if *checkpoints > 0 {
            say(match checkpoints {
                1 => "1 checkpoint, signed with its key".to_owned(),
                _ => format!("{checkpoints} checkpoints, each signed with its key"),
            });
            if *unvouched > 0 {
                say(format!("{unvouched} records behind the last checkpoint: nobody vouches for them yet"));
            }
        } else {
            say("nobody vouches for it: whoever can write the folder can have made all of it anew".to_owned());
            if !strange_keys.is_empty() {
                say(format!(
                    "it is signed with {}; name the key with --public-key, or the store with --store",
                    report::escaped(&strange_keys.join(", "))
                ));
            }
        }
        match &self.last {
            Some(known) => {
                say(format!("the store knows of record {}, and it is there", known.seq));
                say(format!("public key: {}", known.key));
            }
            None if asked_store => say("the store knows of no checkpoint of this node".to_owned()),
            None => say("the store was not asked: an end that was cut off does not show".to_owned()),
        }
        if let Some(removed) = removed {
            say(format!(
                "records up to {removed} were removed because they were old, and the journal says so"
            ));
        }
        if let Some(begun) = begun {
            say(format!(
                "it begins behind record {begun}: what is before is in another folder, or was taken away"
            ));
        }
        if *found > 0 {
            say(format!(
                "{found} records were left by processes that did not end in order, and vouched for by later ones: what was added \
                 to them meanwhile does not show"
            ));
            for Left { first, last, found_at } in findings.iter().rev().take(SHOWN) {
                say(format!("  records {first} to {last}, found {}", report::date(*found_at)));
            }
            if findings.len() > SHOWN {
                say("  and earlier ones: --format json has them".to_owned());
            }
        }
        if *lost > 0 {
            say(format!(
                "{lost} records were lost, for want of room or by the disk, and the journal says so"
            ));
        }
        text
    }
}
