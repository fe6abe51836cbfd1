//! What does the operating system say of this process? Read when somebody asks; nothing, where there is no `/proc`.

use std::fs;

/// The bytes that are in memory.
pub(super) fn resident() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kilobytes.checked_mul(1024)
}

/// How many files are open, without the one that is opened to count them.
pub(super) fn files() -> Option<u64> {
    let files = fs::read_dir("/proc/self/fd").ok()?.count();
    u64::try_from(files.saturating_sub(1)).ok()
}
