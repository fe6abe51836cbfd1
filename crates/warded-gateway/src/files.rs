//! How many files may be open? Each connection is one, of callers and of servers behind, and most systems begin with a
//! thousand.

/// Takes as many as the system gives without asking its administrator, and gives how many that are; none where there is no
/// bound, or none can be found out.
pub fn take_open_files() -> Option<u64> {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

        let limit = getrlimit(Resource::Nofile);
        if limit.current != limit.maximum {
            // Where it cannot be had, what there was is still there.
            let _refused = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).is_err();
        }
        getrlimit(Resource::Nofile).current
    }
    #[cfg(not(unix))]
    None
}
