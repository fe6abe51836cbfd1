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

/// The folder of whoever is at this machine.
pub(crate) fn home() -> Option<PathBuf> {
    std::env::home_dir().filter(|home| home.is_absolute())
}

/// Where the programs of others keep something, by a variable of theirs.
pub(crate) fn of_others(name: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(name)
}

/// Who is at this machine, by its own word: `USER`, on Windows `USERNAME`.
pub(crate) fn person() -> Option<String> {
    let name = if cfg!(windows) { "USERNAME" } else { "USER" };
    std::env::var(name).ok().filter(|name| !name.is_empty())
}

/// Whether tokens are sealed with a key of the keychain: `WARDED_KEYCHAIN`.
pub(crate) fn wants_keychain() -> bool {
    std::env::var_os("WARDED_KEYCHAIN").is_some_and(|value| !value.is_empty() && value != "0")
}

/// Where a program keeps its state on this machine: `XDG_STATE_HOME`, else `~/.local/state`, on macOS
/// `~/Library/Application Support`; on Windows `LOCALAPPDATA`.
pub(crate) fn state_folder() -> Option<PathBuf> {
    state_of(System::HERE, |name| std::env::var_os(name).map(PathBuf::from))
}

/// Which customs a system has.
#[derive(Clone, Copy)]
enum System {
    Windows,
    MacOs,
    Other,
}

impl System {
    const HERE: Self = if cfg!(windows) {
        Self::Windows
    } else if cfg!(target_os = "macos") {
        Self::MacOs
    } else {
        Self::Other
    };
}

fn state_of(system: System, variable: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    // The XDG base directory specification: a relative path is as good as none.
    let folder = |name: &str| variable(name).filter(|folder| folder.is_absolute());
    let home = |below: &str| Some(folder("HOME")?.join(below));
    match system {
        // Not the roaming profile: a lock is of no use to a machine that has a copy.
        System::Windows => folder("LOCALAPPDATA"),
        System::MacOs => folder("XDG_STATE_HOME").or_else(|| home("Library/Application Support")),
        System::Other => folder("XDG_STATE_HOME").or_else(|| home(".local/state")),
    }
}

/// The command that shows pages, as other programs know it: `BROWSER`. What has a `%s` or is a list is left to the
/// system's opener, which reads it too.
pub(crate) fn browser() -> Option<String> {
    std::env::var("BROWSER").ok().filter(|command| !command.is_empty() && !command.contains(['%', ':']))
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[test]
    fn each_system_has_its_own_place_for_what_programs_remember() {
        let of = |system, variables: &[(&str, &str)]| {
            let value = |name: &str| {
                let found = variables.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| PathBuf::from(value))
            };
            state_of(system, value).map(|folder| folder.display().to_string())
        };
        let home = ("HOME", "/home/ann");
        let at = |text: &str| Some(text.to_owned());
        assert_eq!(of(System::Other, &[home]), at("/home/ann/.local/state"));
        assert_eq!(of(System::Other, &[home, ("XDG_STATE_HOME", "/state")]), at("/state"));
        assert_eq!(of(System::Other, &[home, ("XDG_STATE_HOME", "state")]), at("/home/ann/.local/state"));
        assert_eq!(of(System::MacOs, &[home]), at("/home/ann/Library/Application Support"));
        assert_eq!(of(System::MacOs, &[home, ("XDG_STATE_HOME", "/state")]), at("/state"));
        assert_eq!(of(System::Windows, &[home, ("LOCALAPPDATA", "/local")]), at("/local"));
        assert_eq!(of(System::Windows, &[home, ("XDG_STATE_HOME", "/state")]), None);
        assert_eq!(of(System::Other, &[]), None);
    }
}
