//! How does a test get into a namespace? It runs itself again, inside.

use std::process::{Command, Stdio};

/// Set inside.
const INSIDE: &str = "WARDED_INSIDE_A_NAMESPACE";
/// Where `cargo xtask test` has found `unshare`, and that it may be used.
const UNSHARE: &str = "WARDED_UNSHARE";

/// Every address leads back to this machine, and names are looked up in the test.
const SET_UP: &str = "
    ip link set lo up
    ip route add local 0.0.0.0/0 dev lo
    ip -6 route add local ::/0 dev lo
    mount -t tmpfs none /mnt
    echo 'nameserver 127.0.0.53' > /mnt/resolv.conf
    echo 'search corp.example.com' >> /mnt/resolv.conf
    echo 'options timeout:10 attempts:3' >> /mnt/resolv.conf
    echo 'hosts: files dns' > /mnt/nsswitch.conf
    echo '127.0.0.1 localhost' > /mnt/hosts
    for file in resolv.conf nsswitch.conf hosts; do mount --bind /mnt/$file /etc/$file; done
    exec \"$0\" \"$@\"
";

/// Runs the test of this name in a namespace. Where none may be made, says so; where one was promised, that is a failure.
#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "whoever runs the test reads what it found, or that it was skipped"
)]
pub(crate) fn namespace<F: Future<Output = ()>>(name: &str, test: impl FnOnce() -> F) {
    if is_set(INSIDE) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        return runtime.unwrap().block_on(test());
    }
    let ways: [&[&str]; 2] =
        [&["--net", "--mount", "--"], &["--user", "--map-root-user", "--net", "--mount", "--"]];
    let is_allowed = |way: &&&[&str]| {
        let mut command = Command::new("unshare");
        command.args(**way).args(["ip", "link", "set", "lo", "up"]);
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    };
    let Some(way) = ways.iter().find(is_allowed) else {
        assert!(!is_set(UNSHARE), "a namespace was promised, and none can be made");
        eprintln!("SKIPPED: {name}: no network namespace can be made here (unshare and ip are needed)");
        return;
    };
    let mut command = Command::new("unshare");
    command.args(*way).args(["sh", "-eu", "-c", SET_UP]).arg(std::env::current_exe().unwrap());
    let output = command.args(["--exact", name, "--nocapture"]).env(INSIDE, "1").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    println!("{said}{complained}");
    assert!(output.status.success() && said.contains("1 passed"), "{name} failed in its namespace");
}

fn is_set(variable: &str) -> bool {
    #[expect(clippy::disallowed_methods, reason = "the same program is told by it where it is")]
    let value = std::env::var_os(variable);
    value.is_some()
}
