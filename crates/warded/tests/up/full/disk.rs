//! A disk of the journal's own that is as small as it has to be: a file system in memory, in a mount namespace that only
//! the gateway is in.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Where `cargo xtask test` has found `unshare`, and that it may be used.
const UNSHARE: &str = "WARDED_UNSHARE";
/// As root, and as anybody else.
const WAYS: [&[&str]; 2] = [&["--mount"], &["--user", "--map-root-user", "--mount"]];

/// How a namespace can be made here.
pub(super) struct Disk(&'static [&'static str]);

impl Disk {
    /// None where no namespace can be made; where one was promised, that is a failure.
    #[expect(clippy::print_stderr, reason = "whoever runs the test reads that it was skipped")]
    #[expect(clippy::disallowed_methods, reason = "the test is told by it what was promised")]
    pub(super) fn available(test: &str) -> Option<Self> {
        let is_allowed = |way: &&&[&str]| {
            let mut command = Command::new("unshare");
            command.args(**way).args(["--", "mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", "/mnt"]);
            let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
            status.is_ok_and(|status| status.success())
        };
        let way = WAYS.iter().find(is_allowed);
        if way.is_none() {
            assert!(std::env::var_os(UNSHARE).is_none(), "a namespace was promised, and none can be made");
            eprintln!("SKIPPED: {test}: no mount namespace can be made here (unshare is needed)");
        }
        way.map(|way| Self(way))
    }

    /// What a shell does that is to start the gateway with a disk of this size for its journal.
    pub(super) fn before_start(&self, size: &str) -> String {
        let way = self.0.join(" ");
        format!(
            "mkdir -p warded-journal && exec unshare {way} -- sh -c \
             'mount -t tmpfs -o mode=700,size={size} tmpfs warded-journal && exec \"$0\" up --format json' \"$0\""
        )
    }

    /// Gives the disk of a running gateway another size.
    pub(super) fn resize(&self, gateway: u32, folder: &Path, size: &str) {
        let mut command = Command::new("nsenter");
        command.args(["--target", &gateway.to_string(), "--mount"]);
        if self.0.contains(&"--user") {
            command.args(["--user", "--preserve-credentials"]);
        }
        command
            .args(["--", "mount", "-o", &format!("remount,size={size}")])
            .arg(folder.join("warded-journal"));
        assert!(command.status().unwrap().success());
    }

    /// Where the journal of a running gateway is for everybody else.
    pub(super) fn journal(gateway: u32, folder: &Path) -> PathBuf {
        let inside = folder.join("warded-journal");
        Path::new(&format!("/proc/{gateway}/root")).join(inside.strip_prefix("/").unwrap())
    }
}
