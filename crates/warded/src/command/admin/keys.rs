//! The keys that tokens are signed with.

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use warded_core::UnixTime;
use warded_issuer::operator;
use warded_store::{HeldKey, journal::Act};

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
    /// Begin the next keys now: they sign in an hour, and no token is refused for it
    Rotate,
    /// Withdraw a key that somebody else may have: every token that it signed is refused within seconds
    Withdraw {
        /// Its `kid`
        #[arg(allow_hyphen_values = true)]
        kid: String,
    },
}

impl Keys {
    pub(super) async fn run(&self, desk: &Desk) -> anyhow::Result<Answer> {
        match &self.action {
            Action::List => self.list(desk).await,
            Action::Rotate => {
                let [name] = self.names(desk)?.try_into().map_err(|_: Vec<_>| {
                    anyhow::anyhow!("which issuer? --issuer NAME names one: its keys are its own")
                })?;
                let rotate = async { Ok(operator::rotate_keys(&*desk.store, &name, desk.now).await?) };
                let ending = desk.doing(act("keys/rotate", &name), rotate).await?;
                let text = match ending.len() {
                    0 => "the next keys are about to sign already\n".to_owned(),
                    count => {
                        format!("{count} keys of `{}` are followed in an hour\n", report::escaped(&name))
                    }
                };
                Ok(desk.said(&json!({ "issuer": name, "ending": ending }), &text))
            }
            Action::Withdraw { kid } => {
                let name = self.of(desk, kid).await?;
                let withdraw =
                    async { Ok(operator::withdraw_key(&*desk.store, &name, kid, desk.now).await?) };
                let mut act = act("keys/withdraw", &name);
                act.names.push(kid.as_str().into());
                desk.doing(act, withdraw).await?;
                let text = format!("{} is withdrawn; what it signed is refused\n", report::escaped(kid));
                Ok(desk.said(&json!({ "issuer": name, "withdrawn": kid }), &text))
            }
        }
    }

    async fn list(&self, desk: &Desk) -> anyhow::Result<Answer> {
        let mut found = Vec::new();
        for name in self.names(desk)? {
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

    /// The issuer whose key that is.
    async fn of(&self, desk: &Desk, kid: &str) -> anyhow::Result<String> {
        for name in self.names(desk)? {
            if desk.store.signing_keys(&name).await?.iter().any(|key| key.kid == kid) {
                return Ok(name);
            }
        }
        bail!("there is no key `{}`", report::escaped(kid))
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

fn act(action: &'static str, issuer: &str) -> Act {
    Act { action, names: vec![issuer.into()], ..Act::default() }
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
