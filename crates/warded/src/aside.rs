//! Is this process a command, or something that another `warded` has started beside itself?

use std::{ffi::OsString, process::ExitCode};

/// Does what the other one wants; nothing where this is a command.
#[cfg(unix)]
pub(crate) fn run(args: &[OsString]) -> Option<ExitCode> {
    use std::io::Write as _;

    use warded_gateway::stdio::keeper::{BECOME, KEEP, become_it, keep};

    let (_, args) = args.split_first()?;
    let (what, rest) = args.split_first()?;
    if what == KEEP {
        keep(std::io::stdin());
        return Some(ExitCode::SUCCESS);
    }
    if what == BECOME {
        let error = become_it(rest.iter().cloned());
        let program = rest.first().map(|program| program.to_string_lossy()).unwrap_or_default();
        // Into the log of whoever started us; where nobody reads it any more, nobody needs it.
        let _unread = writeln!(std::io::stderr(), "`{program}` cannot be run: {error}").is_err();
        return Some(ExitCode::from(127));
    }
    None
}

/// There is nothing but commands here.
#[cfg(not(unix))]
pub(crate) fn run(_: &[OsString]) -> Option<ExitCode> {
    None
}
