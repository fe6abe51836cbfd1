//! The network namespaces in which every address is the test's own: made with Debian's `unshare` and `ip`.

use std::path::PathBuf;

use crate::shell::{answers, command, run};

const UNSHARE: &str = "/usr/bin/unshare";

/// Where `unshare` is; none where no namespace can be made, as in many containers.
pub(super) fn unshare() -> anyhow::Result<Option<PathBuf>> {
    if !cfg!(target_os = "linux") {
        return Ok(None);
    }
    let is_there = answers(UNSHARE, &["--version"]) && answers("ip", &["-Version"]);
    if !is_there && answers("apt-get", &["--version"]) {
        run(command("apt-get", &["update", "--quiet"]))?;
        let mut install =
            command("apt-get", &["install", "--quiet", "--yes", "iproute2", "util-linux", "mount"]);
        install.env("DEBIAN_FRONTEND", "noninteractive");
        run(install)?;
    }
    let up = ["--net", "--mount", "--", "ip", "link", "set", "lo", "up"];
    let is_allowed =
        answers(UNSHARE, &up) || answers(UNSHARE, &[&["--user", "--map-root-user"], up.as_slice()].concat());
    Ok(is_allowed.then(|| PathBuf::from(UNSHARE)))
}
