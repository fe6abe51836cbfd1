//! How many files may be open? Each connection is one, of callers and of servers behind, and most systems begin with a
//! thousand.

/// What is open beside connections: the store, the journal, listeners, pipes to processes.
const BESIDE: u64 = 1024;

/// Takes as many as so many connections need, or as many of them as the system gives without asking its administrator,
/// and gives how many there are; none where there is no bound, or none can be found out. It takes no more: processes that
/// are started inherit it, and some go through every file that they may have.
pub fn take_open_files(connections: usize) -> Option<u64> {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

        let limit = getrlimit(Resource::Nofile);
        let taken = enough(connections, limit.current, limit.maximum);
        if taken != limit.current {
            // Where it cannot be had, what there was is still there.
            let _refused = setrlimit(Resource::Nofile, Rlimit { current: taken, ..limit }).is_err();
        }
        getrlimit(Resource::Nofile).current
    }
    #[cfg(not(unix))]
    {
        let _ = connections;
        None
    }
}

/// How many that is, where there are so many now and can be so many; none is no bound.
#[cfg(unix)]
fn enough(connections: usize, current: Option<u64>, maximum: Option<u64>) -> Option<u64> {
    // Each may need another one to the server behind.
    let wanted = (connections as u64).saturating_mul(2).saturating_add(BESIDE);
    let wanted = maximum.map_or(wanted, |maximum| wanted.min(maximum));
    // What the operator gave is not taken back.
    current.map(|current| current.max(wanted))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_taken_than_is_needed_and_nothing_is_given_back() {
        for (connections, current, maximum, taken) in [
            (20_000, Some(1024), Some(1_048_576), Some(41_024)),
            (20_000, Some(1024), Some(4096), Some(4096)),
            (20_000, Some(1024), None, Some(41_024)),
            (100, Some(65_536), Some(1_048_576), Some(65_536)),
            (20_000, None, None, None),
        ] {
            assert_eq!(enough(connections, current, maximum), taken, "{connections} {current:?} {maximum:?}");
        }
    }
}
