//! Why can tokens not be kept, or not be read?

use std::{
    io,
    path::{Path, PathBuf},
};

/// Why tokens cannot be kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreFailed {
    /// Others can look into the folder.
    #[error("others can look into the token store {}: `chmod 700` it, or choose another folder with --token-store", .path.display())]
    Open {
        /// The folder.
        path: PathBuf,
    },
    /// The system refused.
    #[error("cannot {doing} {}: {reason}", .path.display())]
    System {
        /// What was tried.
        doing: &'static str,
        /// With what.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The folder is kept in plain files, and the keychain was asked for.
    #[error("the token store {} is kept in plain files, and the keychain was asked for: choose another folder with --token-store, or delete this one and log in again", .path.display())]
    KeptInFiles {
        /// The folder.
        path: PathBuf,
    },
    /// The folder is sealed, and nobody said that the keychain has its key.
    #[error("the token store {} is sealed with a key in the keychain: pass --keychain or set WARDED_KEYCHAIN=1, or choose another folder with --token-store", .path.display())]
    KeptInKeychain {
        /// The folder.
        path: PathBuf,
    },
    /// How the folder is kept cannot be read.
    #[error("how the token store is kept cannot be read from {}: another version wrote it, or somebody has changed it. Choose another folder with --token-store, or delete this one and log in again", .path.display())]
    KeptSomehow {
        /// The file that says it.
        path: PathBuf,
    },
    /// The keychain has no key for this folder, or one that does not open it.
    #[error("the keychain holds no key that opens the token store {}: unlock the keychain that it was made with, or delete the folder and log in again", .path.display())]
    KeyMissing {
        /// The folder.
        path: PathBuf,
    },
    /// The keychain does not answer, or does not want to.
    #[error(
        "the keychain cannot be used: {reason} (without --keychain, tokens are kept in files that only you can read)"
    )]
    Keychain {
        /// Why not.
        reason: String,
    },
    /// No random numbers to seal with.
    #[error("the system has no randomness to give")]
    Randomness,
    /// The lock at hand is one for another place.
    #[error("what is kept for one server was about to be changed under the lock of another")]
    OtherLock,
}

impl StoreFailed {
    pub(super) fn of(doing: &'static str, path: &Path, error: &io::Error) -> Self {
        Self::System { doing, path: path.to_owned(), reason: error.to_string() }
    }
}
