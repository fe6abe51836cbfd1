//! Python packages, in a virtual environment of their own.

use std::path::PathBuf;

use super::place::Place;
use crate::shell::{answers, command, run};

/// A virtual environment with the packages of a folder's `requirements.txt`; says where its interpreter is.
pub(super) fn environment(name: &str, folder: &str) -> anyhow::Result<PathBuf> {
    let place = Place::of(name, &format!("{folder}/requirements.txt"))?;
    let interpreter = place.path.join("bin/python");
    if place.is_current()? {
        return Ok(interpreter);
    }
    if !answers("python3", &["-c", "import ensurepip, venv"]) {
        // Debian keeps them in a package of their own.
        run(command("apt-get", &["update", "--quiet"]))?;
        run(command("apt-get", &["install", "--quiet", "--yes", "python3-venv"]))?;
    }
    run(command("python3", &["-m", "venv", "--clear", &place.path.to_string_lossy()]))?;
    let list = place.list().to_string_lossy();
    run(command(&interpreter, &["-m", "pip", "install", "--quiet", "--requirement", &list]))?;
    place.mark_current()?;
    Ok(interpreter)
}
