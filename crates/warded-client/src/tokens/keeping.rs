//! How does a folder keep what is in it, and does it stay so? In plain files, or sealed under a key that the keychain
//! holds. Whoever opens a folder first decides; whoever opens it in the other way is told, and nothing is written: half of
//! the tokens would lie there in plain.

use std::{fmt, path::PathBuf, sync::Arc};

use aws_lc_rs::rand::SecureRandom;
use serde::{Deserialize, Serialize};
use warded_core::jose::base64url;
use zeroize::Zeroizing;

use super::{
    StoreFailed,
    files::Folder,
    key::Kind,
    keychain::{Keychain, OfTheSystem},
    lock,
    sealed::{KEY, Seal},
};

/// The file that says how a folder is kept.
const SAYS: &str = "kept.json";
/// Held while that is decided.
const DECIDING: &str = "kept.lock";
/// What everybody knows, sealed to find out whether a key is the right one.
const KNOWN: &[u8] = b"warded token store";
/// Random bytes in the name of a key.
const NAME: usize = 16;

/// How tokens are kept.
#[derive(Clone)]
#[non_exhaustive]
pub enum Keeping {
    /// In files that nobody else can read.
    Files,
    /// In files that are sealed, too, under a key that the system's keychain holds.
    Keychain {
        /// For the key and for what seals with it.
        random: Arc<dyn SecureRandom + Send + Sync>,
    },
}

impl fmt::Debug for Keeping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Files => "Files",
            Self::Keychain { .. } => "Keychain",
        })
    }
}

/// What a folder says of itself.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kept", rename_all = "lowercase", deny_unknown_fields)]
enum Said {
    Files {},
    Keychain {
        /// The name of its key.
        key: String,
        /// What everybody knows, sealed with it.
        known: String,
    },
}

/// A folder that is kept in one way.
#[derive(Debug)]
pub(super) struct Kept {
    folder: Folder,
    seal: Option<Seal>,
}

impl Kept {
    pub(super) fn open(path: PathBuf, keeping: &Keeping) -> Result<Self, StoreFailed> {
        match keeping {
            Keeping::Files => Self::in_files(path),
            Keeping::Keychain { random } => Self::sealed(path, &OfTheSystem, random),
        }
    }

    fn in_files(path: PathBuf) -> Result<Self, StoreFailed> {
        let folder = Folder::open(path)?;
        match said(&folder, || Ok(Said::Files {}))? {
            Said::Files {} => Ok(Self { folder, seal: None }),
            Said::Keychain { .. } => Err(StoreFailed::KeptInKeychain { path: folder.path().to_owned() }),
        }
    }

    fn sealed(
        path: PathBuf,
        keychain: &dyn Keychain,
        random: &Arc<dyn SecureRandom + Send + Sync>,
    ) -> Result<Self, StoreFailed> {
        let folder = Folder::open(path)?;
        let path = || folder.path().to_owned();
        let Said::Keychain { key, known } = said(&folder, || new_key(&folder, keychain, random))? else {
            return Err(StoreFailed::KeptInFiles { path: path() });
        };
        let held = keychain.key(&key).map_err(|reason| StoreFailed::Keychain { reason })?;
        let seal = held.and_then(|held| Seal::new(&held, Arc::clone(random)));
        // With a key that is not the folder's, whatever is there would seem to be damaged, and be overwritten.
        let is_right = |seal: &Seal| {
            let known = base64url::decode(&known).unwrap_or_default();
            seal.open(SAYS, &known).is_some_and(|plain| plain.as_slice() == KNOWN)
        };
        let seal = seal.filter(is_right).ok_or_else(|| StoreFailed::KeyMissing { path: path() })?;
        Ok(Self { folder, seal: Some(seal) })
    }

    /// Whether the keychain holds the key of what is here.
    pub(super) const fn is_sealed(&self) -> bool {
        self.seal.is_some()
    }

    /// The folder, for what holds no secret.
    pub(super) const fn folder(&self) -> &Folder {
        &self.folder
    }

    /// The content of a file. What does not open is as good as none, and so is what was put there in plain.
    pub(super) fn read(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, StoreFailed> {
        let Some(text) = self.folder.read(name)? else {
            return Ok(None);
        };
        Ok(match &self.seal {
            Some(seal) => seal.open(name, &text),
            None => Some(text),
        })
    }

    /// Replaces a file in one step.
    pub(super) fn write(&self, name: &str, text: &[u8]) -> Result<(), StoreFailed> {
        match &self.seal {
            Some(seal) => self.folder.write(name, &seal.seal(name, text)?),
            None => self.folder.write(name, text),
        }
    }
}

/// How the folder is kept; decided now where it never was.
fn said(folder: &Folder, decide: impl FnOnce() -> Result<Said, StoreFailed>) -> Result<Said, StoreFailed> {
    if let Some(said) = read(folder)? {
        return Ok(said);
    }
    let _deciding = lock::hold(folder, DECIDING)?;
    if let Some(said) = read(folder)? {
        return Ok(said);
    }
    // A folder of an earlier version says nothing, and has plain files in it.
    let has = |kind: Kind| folder.names(kind.suffix()).map(|names| !names.is_empty());
    let said = if has(Kind::Token)? || has(Kind::Client)? { Said::Files {} } else { decide()? };
    // Two short strings: nothing can fail, and an empty file would be refused.
    folder.write(SAYS, &serde_json::to_vec(&said).unwrap_or_default())?;
    Ok(said)
}

fn read(folder: &Folder) -> Result<Option<Said>, StoreFailed> {
    let unreadable = || StoreFailed::KeptSomehow { path: folder.at(SAYS) };
    match folder.read(SAYS)? {
        Some(text) => serde_json::from_slice(&text).map(Some).map_err(|_| unreadable()),
        // It is there, and others could have written it. To decide anew could mean to write in plain.
        None if folder.has(SAYS) => Err(unreadable()),
        None => Ok(None),
    }
}

/// A key in the keychain before the folder names it: a process that ends in between leaves a key that opens nothing.
fn new_key(
    folder: &Folder,
    keychain: &dyn Keychain,
    random: &Arc<dyn SecureRandom + Send + Sync>,
) -> Result<Said, StoreFailed> {
    let (mut name, mut key) = ([0; NAME], Zeroizing::new([0; KEY]));
    random.fill(&mut name).map_err(|_| StoreFailed::Randomness)?;
    random.fill(&mut *key).map_err(|_| StoreFailed::Randomness)?;
    let name = base64url::encode(name);
    keychain.keep(&name, &*key).map_err(|reason| StoreFailed::Keychain { reason })?;
    let seal = Seal::new(&*key, Arc::clone(random));
    let seal = seal.ok_or_else(|| StoreFailed::KeyMissing { path: folder.path().to_owned() })?;
    let known = base64url::encode(seal.seal(SAYS, KNOWN)?);
    Ok(Said::Keychain { key: name, known })
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
