//! Why did the store not answer? Always our own fault: absence and conflict are answers, not failures.

/// The store could not do what it was asked. Whatever was begun has not happened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreFailed {
    /// The file cannot be opened or brought to this version.
    #[error("the store `{path}` cannot be opened: {reason}")]
    Open {
        /// The file.
        path: String,
        /// Why not.
        reason: String,
    },
    /// Others may read the file, and signing keys are in it.
    #[error("the store `{path}` can be read by other users of this machine; run `chmod 600` on it")]
    Exposed {
        /// The file.
        path: String,
    },
    /// Reading or writing failed.
    #[error("the store cannot be read or written: {0}")]
    Access(String),
    /// No room is left for what must not be forgotten.
    #[error("the store holds as many marks of use as it may; the oldest leave within minutes")]
    Full,
    /// A record does not mean anything to this version.
    #[error("the store holds a malformed {0}")]
    Content(&'static str),
}
