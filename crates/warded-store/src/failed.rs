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
    /// Others may read the file.
    #[error("the store `{path}` can be read by other users of this machine; run `chmod 600` on it")]
    Exposed {
        /// The file.
        path: String,
    },
    /// The file that holds the store's key cannot be read or made.
    #[error("the store key `{key}` cannot be used: {reason}; nothing was changed")]
    Key {
        /// The file.
        key: String,
        /// Why not.
        reason: String,
    },
    /// Others may read the file that holds the store's key.
    #[error("the store key `{key}` can be read by other users of this machine; run `chmod 600` on it")]
    KeyExposed {
        /// The file.
        key: String,
    },
    /// The store is sealed, and its key is not where it should be.
    #[error(
        "the store `{store}` is sealed, and its key `{key}` is not there; put the key back from your copy of it, or say with \
         `store_key` where it is. Nothing was changed. Without it nobody can open the secrets in the store: where it is \
         lost, move the store away and begin a new one"
    )]
    KeyMissing {
        /// The file of the store.
        store: String,
        /// The file of its key.
        key: String,
    },
    /// The store is sealed by another key.
    #[error(
        "the store `{store}` is sealed by another store key than this one; say with `store_key` where the right one is. \
         Nothing was changed"
    )]
    KeyWrong {
        /// The file of the store.
        store: String,
    },
    /// The store is sealed, and was opened without its key.
    #[error("the secrets in the store are sealed, and it was opened without its key")]
    Sealed,
    /// The source of randomness failed.
    #[error("the system gave no random bytes")]
    Randomness,
    /// Reading or writing failed.
    #[error("the store cannot be read or written: {0}")]
    Access(String),
    /// No room is left for what must not be forgotten.
    #[error("the store holds as many marks of use, or counts, as it may; the oldest leave by themselves")]
    Full,
    /// More is to be counted at once than may be.
    #[error("more is to be counted for one request than is counted at once")]
    TooMuch,
    /// A record does not mean anything to this version.
    #[error("the store holds a malformed {0}")]
    Content(&'static str),
}
