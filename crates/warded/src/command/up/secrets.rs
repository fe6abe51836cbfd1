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

/// The credential, or what is wrong with its secret.
pub(super) fn credential(wanted: &UpstreamCredential, folder: &Path) -> Result<Credential, Finding> {
    let lacking = |message: String| Finding::new(&table::SECRET_MISSING, message).at(wanted.at, "not there");
    let secret = read(&wanted.secret, folder).map_err(lacking)?;
    Credential::header(wanted.header.clone(), wanted.prefix, &secret)
        .map_err(|_| lacking("the secret holds characters that no header can".to_owned()))
}

/// What is kept at a place, or why it cannot be had.
pub(super) fn read(place: &SecretPlace, folder: &Path) -> Result<Zeroizing<String>, String> {
    let (text, shown) = match place {
        SecretPlace::Environment(name) => {
            let text =
                environment::secret(name).ok_or_else(|| format!("the variable `{name}` is not set"))?;
            (text, format!("the variable `{name}`"))
        }
        SecretPlace::File(path) => {
            let path = folder.join(path);
            let shown = format!("the file `{}`", path.display());
            let mut text = Zeroizing::new(String::new());
            let read = File::open(&path).and_then(|file| file.take(MAX_SECRET + 1).read_to_string(&mut text));
            read.map_err(|error| format!("{shown} cannot be read: {error}"))?;
            (text, shown)
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
