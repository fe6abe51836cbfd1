//! The validator of SARIF, with the schema beside it.

use std::path::PathBuf;

use super::node;
use crate::shell::{command, run};

const PROGRAM: &str = "node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool";

/// The folder with the package; nothing where there is none for this machine.
pub(super) fn validator(folder: &str) -> anyhow::Result<Option<PathBuf>> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Ok(None);
    }
    let place = node::packages("sarif-node", folder)?;
    // The package would do this itself, and scripts of packages are not run.
    run(command("chmod", &["u+x", &place.join(PROGRAM).to_string_lossy()]))?;
    Ok(Some(place))
}
