//! What is run for servers that are commands, with what, and who keeps it?

use std::path::Path;

#[cfg(unix)]
use anyhow::Context as _;
use warded_gateway::stdio::{Definition, Pool};
use zeroize::Zeroizing;

use super::{ground::randomness, secrets};
use crate::{
    config::serving::{Command, Served, Value},
    environment,
    finding::{Finding, table},
};

/// Where processes are kept across configurations.
pub(super) fn pool() -> anyhow::Result<Pool> {
    let pool = Pool::new(randomness());
    #[cfg(unix)]
    let pool = pool.kept_by(environment::ourselves().context("this program does not know where it is")?);
    Ok(pool)
}

/// What is run for each server, in their order; what is missing is said at once.
pub(super) fn definitions(
    servers: &[Served],
    folder: &Path,
    findings: &mut Vec<Finding>,
) -> Vec<Option<Definition>> {
    let each = servers.iter().map(|served| {
        served.command.as_ref().map(|command| definition(&served.name.value, command, folder, findings))
    });
    each.collect()
}

fn definition(server: &str, command: &Command, folder: &Path, findings: &mut Vec<Finding>) -> Definition {
    let mut variables = environment::of_a_process();
    let mut hidden = Vec::new();
    for (name, value) in &command.variables {
        let value = match value {
            Value::Plain(text) => Zeroizing::new(text.clone()),
            Value::Secret(place, at) => match secrets::read(place, folder) {
                Ok(secret) => {
                    hidden.push(secret.clone());
                    secret
                }
                Err(message) => {
                    findings.push(Finding::new(&table::SECRET_MISSING, message).at(*at, "not there"));
                    continue;
                }
            },
        };
        variables.retain(|(known, _)| known != name);
        variables.push((name.clone(), value));
    }
    // Where there is none to be had, the process says so itself.
    let folder = Path::new(".").join(folder).join(command.folder.as_deref().unwrap_or(Path::new("")));
    let folder = std::path::absolute(&folder).unwrap_or(folder);
    Definition {
        server: server.to_owned(),
        program: command.program.clone(),
        arguments: command.arguments.clone(),
        variables,
        secrets: hidden,
        folder,
        max_children: command.max_children,
        idle: command.idle,
    }
}
