//! The keychain that holds the key of a token store in the tests: GNOME Keyring, a Secret Service, on a D-Bus of its own.

use std::path::PathBuf;

use crate::shell::{answers, command, run};

const KEYRING: &str = "/usr/bin/gnome-keyring-daemon";

/// Where the keychain is; none where it can neither be found nor installed.
pub(super) fn daemon() -> anyhow::Result<Option<PathBuf>> {
    if !cfg!(target_os = "linux") {
        return Ok(None);
    }
    let is_there = || {
        answers(KEYRING, &["--version"])
            && answers("dbus-daemon", &["--version"])
            && answers("gdbus", &["help"])
    };
    if !is_there() {
        if !answers("apt-get", &["--version"]) {
            return Ok(None);
        }
        run(command("apt-get", &["update", "--quiet"]))?;
        let packages = ["dbus", "gnome-keyring", "libglib2.0-bin"];
        let options = ["install", "--quiet", "--yes", "--no-install-recommends"];
        let mut install = command("apt-get", &[options.as_slice(), packages.as_slice()].concat());
        install.env("DEBIAN_FRONTEND", "noninteractive");
        run(install)?;
    }
    Ok(is_there().then(|| PathBuf::from(KEYRING)))
}
