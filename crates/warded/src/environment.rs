//! What does the environment say? The one place where its variables are read.
#![expect(clippy::disallowed_methods, reason = "everything else asks this module")]

use std::path::PathBuf;

use zeroize::Zeroizing;

/// What the log shows, such as `debug` or `warded_guard=trace,info`: `WARDED_LOG`.
pub(crate) fn log_filter() -> Option<String> {
    std::env::var("WARDED_LOG").ok().filter(|filter| !filter.is_empty())
}

/// Where the service manager waits to be told that it is ready: `NOTIFY_SOCKET`.
#[cfg(unix)]
pub(crate) fn notify_socket() -> Option<std::ffi::OsString> {
    std::env::var_os("NOTIFY_SOCKET").filter(|socket| !socket.is_empty())
}

/// The value of a secret that the configuration names as `env:NAME`.
pub(crate) fn secret(name: &str) -> Option<Zeroizing<String>> {
    std::env::var(name).ok().map(Zeroizing::new)
}

/// What every program needs to find its way, and nothing that anybody gave to us: the environment of a process that we
/// start begins with it.
pub(crate) fn of_a_process() -> Vec<(String, Zeroizing<String>)> {
    const COMMON: &[&str] =
        &["HOME", "LANG", "LC_ALL", "LC_CTYPE", "LOGNAME", "PATH", "SHELL", "TMPDIR", "TZ", "USER"];
    const WINDOWS: &[&str] = &[
        "APPDATA",
        "LOCALAPPDATA",
        "PATHEXT",
        "PROGRAMDATA",
        "PROGRAMFILES",
        "SYSTEMDRIVE",
        "SYSTEMROOT",
        "TEMP",
        "TMP",
        "USERNAME",
        "USERPROFILE",
    ];
    let names = COMMON.iter().chain(if cfg!(windows) { WINDOWS } else { &[] });
    names.filter_map(|name| Some(((*name).to_owned(), secret(name)?))).collect()
}

/// This program, to be run again. On Linux also where another one has taken its place in the meantime.
#[cfg(unix)]
pub(crate) fn ourselves() -> std::io::Result<PathBuf> {
    let link = PathBuf::from("/proc/self/exe");
    if cfg!(target_os = "linux") && link.exists() { Ok(link) } else { std::env::current_exe() }
}

/// Where a program keeps its state on this machine: `XDG_STATE_HOME`, else `~/.local/state` (on Windows
/// `LOCALAPPDATA`).
pub(crate) fn state_folder() -> Option<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|folder| folder.is_absolute());
    if cfg!(windows) {
        return folder("LOCALAPPDATA");
    }
    // The XDG base directory specification: a relative path is as good as none.
    folder("XDG_STATE_HOME").or_else(|| Some(folder("HOME")?.join(".local/state")))
}

/// The command that shows pages, as other programs know it: `BROWSER`. What has a `%s` or is a list is left to the
/// system's opener, which reads it too.
pub(crate) fn browser() -> Option<String> {
    std::env::var("BROWSER").ok().filter(|command| !command.is_empty() && !command.contains(['%', ':']))
}
