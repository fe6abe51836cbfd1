//! The keys that tokens are signed with.

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use warded_core::UnixTime;
use warded_store::HeldKey;

use super::Desk;
use crate::{
    cli::{Answer, Format},
    report,
};

#[derive(Debug, Args)]
pub(crate) struct Keys {
    #[command(subcommand)]
    action: Action,
    /// The issuer, by its name in the configuration [default: all]
    #[arg(long, value_name = "NAME", global = true)]
    issuer: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the keys of an issuer, or of all
    List,
}

impl Keys {
    pub(super) async fn run(&self, desk: &Desk) -> anyhow::Result<Answer> {
        let names = self.names(desk)?;
        let Action::List = &self.action;
        let mut found = Vec::new();
        for name in names {
            let keys = desk.store.signing_keys(&name).await?;
            found.extend(keys.into_iter().map(|key| (name.clone(), key)));
        }
        Ok(match desk.format {
            Format::Json => {
                let rows: Vec<_> = found.iter().map(|(name, key)| json(name, key, desk.now)).collect();
                Answer::of(report::document(&json!({ "keys": rows })))
            }
            Format::Text => Answer::of(table(&found, desk.now)),
        })
    }

    fn names(&self, desk: &Desk) -> anyhow::Result<Vec<String>> {
        let Some(name) = &self.issuer else {
            let names: Vec<_> = desk.built_in().map(|built_in| built_in.name.clone()).collect();
            if names.is_empty() {
                bail!("which issuer? --issuer NAME names one: {} has none that is built in", desk.config);
            }
            return Ok(names);
        };
        let known = desk.assessment.is_none() || desk.built_in().any(|built_in| built_in.name == *name);
        let unknown = || format!("there is no built-in issuer named `{}`", report::escaped(name));
        known.then(|| vec![name.clone()]).with_context(unknown)
    }
}

/// What a key does at that moment.
fn does(key: &HeldKey, now: UnixTime) -> &'static str {
    if now >= key.published_until {
        "nothing"
    } else if now < key.signs_from {
        "is published, and signs later"
    } else if now < key.signs_until {
        "signs"
    } else {
        "is published for what it signed"
    }
}

fn json(issuer: &str, key: &HeldKey, now: UnixTime) -> Value {
    json!({
        "issuer": issuer,
        "kid": key.kid,
        "alg": key.algorithm.name(),
        "created": key.created.seconds(),
        "signs_from": key.signs_from.seconds(),
        "signs_until": key.signs_until.seconds(),
        "published_until": key.published_until.seconds(),
        "does": does(key, now),
    })
}

fn table(found: &[(String, HeldKey)], now: UnixTime) -> String {
    let mut rows = vec![
        ["ISSUER", "KEY", "ALGORITHM", "SIGNS FROM", "UNTIL", "WHAT IT DOES"].map(str::to_owned).to_vec(),
    ];
    rows.extend(found.iter().map(|(issuer, key)| {
        vec![
            report::escaped(issuer),
            key.kid.clone(),
            key.algorithm.name().to_owned(),
            report::date(key.signs_from),
            report::date(key.signs_until),
            does(key, now).to_owned(),
        ]
    }));
    report::table(&rows)
}
