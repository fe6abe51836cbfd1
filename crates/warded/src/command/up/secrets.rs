//! Secrets are read where the configuration says that they are, once, when Warded starts.

use std::{fs::File, io::Read as _, path::Path};

use warded_gateway::Credential;
use zeroize::Zeroizing;

use crate::{
    config::serving::{SecretPlace, UpstreamCredential},
    environment,
    finding::{Finding, table},
};

/// Longest secret, in bytes.
const MAX_SECRET: u64 = 8 * 1024;

/// Shortest secret that opens something of ours, in bytes. Tries are not counted, since a stranger behind the same address
/// would use them up; so it must be too long for them.
const SHORTEST_OF_OURS: usize = 32;

/// A secret that somebody shows us, and that the operator chose: whoever reaches the port may guess it.
pub(super) fn of_ours(place: &SecretPlace, folder: &Path) -> Result<Zeroizing<String>, String> {
    let secret = read(place, folder)?;
    if secret.len() < SHORTEST_OF_OURS {
        return Err(format!(
            "{} holds fewer than {SHORTEST_OF_OURS} bytes, and could be guessed; `openssl rand -hex 32` makes a good one",
            shown(place, folder)
        ));
    }
    Ok(secret)
}

/// The credential, or what is wrong with its secret.
pub(super) fn credential(wanted: &UpstreamCredential, folder: &Path) -> Result<Credential, Finding> {
    let lacking = |message: String| Finding::new(&table::SECRET_MISSING, message).at(wanted.at, "not there");
    let secret = read(&wanted.secret, folder).map_err(lacking)?;
    Credential::header(wanted.header.clone(), wanted.prefix, &secret)
        .map_err(|_| lacking("the secret holds characters that no header can".to_owned()))
}

/// What is kept at a place, or why it cannot be had.
pub(super) fn read(place: &SecretPlace, folder: &Path) -> Result<Zeroizing<String>, String> {
    let shown = shown(place, folder);
    let text = match place {
        SecretPlace::Environment(name) => {
            environment::secret(name).ok_or_else(|| format!("{shown} is not set"))?
        }
        SecretPlace::File(path) => {
            let mut text = Zeroizing::new(String::new());
            let file = File::open(folder.join(path));
            let read = file.and_then(|file| file.take(MAX_SECRET + 1).read_to_string(&mut text));
            read.map_err(|error| format!("{shown} cannot be read: {error}"))?;
            text
        }
    };
    // Editors end files with a line break.
    let secret = Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned());
    if secret.trim().is_empty() {
        return Err(format!("{shown} is empty"));
    }
    if secret.len() as u64 > MAX_SECRET {
        return Err(format!("{shown} is larger than {MAX_SECRET} bytes"));
    }
    Ok(secret)
}

fn shown(place: &SecretPlace, folder: &Path) -> String {
    match place {
        SecretPlace::Environment(name) => format!("the variable `{name}`"),
        SecretPlace::File(path) => format!("the file `{}`", folder.join(path).display()),
    }
}
