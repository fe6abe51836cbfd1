//! npm packages, in a folder of their own.

use std::path::PathBuf;

use anyhow::Context as _;

use super::place::Place;
use crate::shell::{command, root, run};

/// A folder whose `node_modules` has the packages of a folder's lock file.
pub(super) fn packages(name: &str, folder: &str) -> anyhow::Result<PathBuf> {
    let place = Place::of(name, &format!("{folder}/package-lock.json"))?;
    if place.is_current()? {
        return Ok(place.path);
    }
    for file in ["package.json", "package-lock.json", ".npmrc"] {
        std::fs::copy(root().join(folder).join(file), place.path.join(file))
            .with_context(|| format!("cannot copy {file}"))?;
    }
    let mut npm = command("npm", &["ci", "--no-audit", "--no-fund", "--ignore-scripts"]);
    npm.current_dir(&place.path);
    run(npm)?;
    place.mark_current()?;
    Ok(place.path)
}
