//! The browser of the people in the tests: Debian's Chromium, since a test tool's own download is a browser of nobody.

use std::path::PathBuf;

use crate::shell::{answers, command, run};

const CHROMIUM: &str = "/usr/bin/chromium";

/// Where the browser is; none where it can neither be found nor installed.
pub(super) fn browser() -> anyhow::Result<Option<PathBuf>> {
    if !answers(CHROMIUM, &["--version"]) {
        if !answers("apt-get", &["--version"]) {
            return Ok(None);
        }
        run(command("apt-get", &["update", "--quiet"]))?;
        let mut install = command("apt-get", &["install", "--quiet", "--yes", "chromium"]);
        install.env("DEBIAN_FRONTEND", "noninteractive");
        run(install)?;
    }
    Ok(Some(PathBuf::from(CHROMIUM)))
}
