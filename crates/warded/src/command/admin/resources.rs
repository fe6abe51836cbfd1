//! The servers that tokens are issued for: what the configuration makes of them.

use std::path::Path;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use warded_core::{ResourceUri, Server, UnixTime};

use crate::{
    cli::{Answer, Format, Global},
    command::{kept, up::policies::Policies},
    config::fleet::{Assessment, BuiltIn},
    report,
};

#[derive(Debug, Args)]
pub(crate) struct Resources {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the servers that built-in issuers issue tokens for, here and elsewhere
    List,
    /// Show one
    Show {
        /// Its name
        name: String,
    },
}

/// A server that tokens are issued for.
struct Row {
    server: Server,
    is_elsewhere: bool,
    scopes: String,
    issuers: Vec<String>,
}

impl Resources {
    pub(super) fn run(&self, global: &Global, now: UnixTime) -> anyhow::Result<Answer> {
        let config = || global.config().display();
        let assessment =
            kept::assessment(global, now)?.with_context(|| format!("there is no {}", config()))?;
        let folder = global.config().parent().unwrap_or(Path::new(""));
        let policies = Policies::read(&assessment, folder);
        let policies = policies
            .ok()
            .with_context(|| format!("a policy of {} is none; `warded check` says why", config()))?;
        let rows = rows(&assessment, &policies)
            .with_context(|| format!("{} is not proved disjoint; `warded check` says why", config()))?;
        let rows = match &self.action {
            Action::List => rows,
            Action::Show { name } => {
                let found: Vec<_> = rows.into_iter().filter(|row| row.server.name() == name).collect();
                if found.is_empty() {
                    bail!("no built-in issuer issues tokens for `{}`", report::escaped(name));
                }
                found
            }
        };
        Ok(match (global.format, &self.action, rows.as_slice()) {
            (Format::Json, Action::Show { .. }, [row]) => Answer::of(report::document(&value(row))),
            (Format::Json, _, rows) => {
                let rows: Vec<_> = rows.iter().map(value).collect();
                Answer::of(report::document(&json!({ "resources": rows })))
            }
            (Format::Text, _, rows) => Answer::of(table(rows)),
        })
    }
}

fn rows(assessment: &Assessment, policies: &Policies) -> Option<Vec<Row>> {
    let fleet = assessment.fleet.as_ref()?;
    let row = |server: Server, is_elsewhere: bool, scopes: String| {
        let trusted = |built_in: &&BuiltIn| server.issuers().any(|issuer| issuer.url == built_in.url);
        let issuers = assessment.built_in.iter().filter(trusted).map(|built_in| built_in.name.clone());
        let issuers: Vec<_> = issuers.collect();
        (!issuers.is_empty()).then_some(Row { server, is_elsewhere, scopes, issuers })
    };
    let served = assessment
        .served(fleet)
        .filter_map(|(server, served)| row(server, false, policies.scopes(served).known().to_string()));
    let elsewhere = assessment
        .elsewhere(fleet)
        .filter_map(|(server, described)| row(server, true, described.known.to_string()));
    Some(served.chain(elsewhere).collect())
}

fn value(row: &Row) -> Value {
    let spec = row.server.spec();
    json!({
        "name": row.server.name(),
        "resource": spec.resource.as_str(),
        "aliases": spec.aliases.iter().map(ResourceUri::as_str).collect::<Vec<_>>(),
        "tier": spec.tier,
        "elsewhere": row.is_elsewhere,
        "scope": row.scopes,
        "issuers": row.issuers,
    })
}

fn table(rows: &[Row]) -> String {
    let mut lines = vec![["NAME", "IDENTIFIER", "SERVED", "ISSUERS", "SCOPES"].map(str::to_owned).to_vec()];
    lines.extend(rows.iter().map(|row| {
        vec![
            row.server.name().to_owned(),
            row.server.resource().to_string(),
            if row.is_elsewhere { "elsewhere" } else { "here" }.to_owned(),
            row.issuers.join(", "),
            row.scopes.clone(),
        ]
    }));
    report::table(&lines)
}
