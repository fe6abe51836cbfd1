//! How does the store's key lie on a disk? In a file for its owner alone, which is there whole or not at all.

use std::{
    ffi::OsStr,
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    path::Path,
};

use aws_lc_rs::rand::SecureRandom;
use warded_core::jose::base64url;
use zeroize::Zeroizing;

use super::StoreKey;
use crate::StoreFailed;

/// How the name of a file ends that is not in its place yet, behind so many random bytes.
const UNFINISHED: &str = ".new";
const SUFFIX_BYTES: usize = 16;

/// Longest file that is read: the key, and a line's end.
const MOST: u64 = 64;

fn failed(path: &Path, error: &io::Error) -> StoreFailed {
    StoreFailed::Key { key: path.display().to_string(), reason: error.to_string() }
}

/// The key in a file; none where there is no file.
pub(super) fn read(path: &Path) -> Result<Option<StoreKey>, StoreFailed> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(path, &error)),
    };
    let shown = || path.display().to_string();
    if is_exposed(&file).map_err(|error| failed(path, &error))? {
        return Err(StoreFailed::KeyExposed { key: shown() });
    }
    let mut text = Zeroizing::new(String::new());
    file.take(MOST).read_to_string(&mut text).map_err(|error| failed(path, &error))?;
    let key = StoreKey::parse(&text);
    key.map(Some).map_err(|invalid| StoreFailed::Key {
        key: shown(),
        // Where there are no links, a start that was cut off leaves half a key.
        reason: format!(
            "{invalid}. Put it back from your copy of it; or, where the start that made it was cut off and nothing is sealed \
             with it, remove it"
        ),
    })
}

/// Puts a key where there is none, and says which one is there: where another has put theirs meanwhile, that one is everybody's.
/// It is on the disk when this returns: what is sealed with it next must not outlive it.
pub(super) fn write(path: &Path, key: StoreKey, random: &dyn SecureRandom) -> Result<StoreKey, StoreFailed> {
    // Of a name that nobody else uses: what another makes at this moment must not get here under ours.
    let mut name = [0; SUFFIX_BYTES];
    random.fill(&mut name).map_err(|_| StoreFailed::Randomness)?;
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}{UNFINISHED}", base64url::encode(name)));
    let beside = Path::new(&beside);
    // A link is refused where another has put its key there meanwhile; a renaming would take that away.
    let linked = fill(beside, &key).and_then(|()| fs::hard_link(beside, path));
    let removed = fs::remove_file(beside);
    let is_ours = match linked {
        // Somebody else may have removed it: there is a key.
        Ok(()) => match removed {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(true),
        },
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        // Some file systems know no links. Whoever reads it half written finds no key, and starts once more.
        Err(_) => match fill(path, &key) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error),
        },
    };
    let is_ours = is_ours.and_then(|is_ours| sync_folder(path).map(|()| is_ours));
    if is_ours.map_err(|error| failed(path, &error))? {
        return Ok(key);
    }
    read(path)?.ok_or_else(|| failed(path, &io::ErrorKind::NotFound.into()))
}

/// Makes a file for its owner alone, which must not be there: one that was left behind may have been made by somebody who can
/// read it.
fn fill(path: &Path, key: &StoreKey) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    let text = Zeroizing::new(format!("{}\n", *key.reveal()));
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    if written.is_err() {
        // It is ours, and half a key is none.
        fs::remove_file(path)?;
    }
    written
}

/// Removes what was left by whoever ended between writing the key and taking the copy away: it is the key, too. Only where the
/// key is there, so that nobody who makes it at this moment loses it; whoever may not write there has left nothing.
pub(super) fn remove_copies(path: &Path, key: &StoreKey) {
    let Some(name) = path.file_name().and_then(OsStr::to_str) else { return };
    let is_copy = |found: &OsStr| {
        let suffix = found.to_str().and_then(|found| found.strip_prefix(name)?.strip_prefix('.'));
        suffix
            .and_then(|suffix| base64url::decode(suffix.strip_suffix(UNFINISHED)?))
            .is_some_and(|bytes| bytes.len() == SUFFIX_BYTES)
    };
    let first_name = format!("{name}{UNFINISHED}");
    for entry in fs::read_dir(folder(path)).into_iter().flatten().flatten() {
        let is_first = || entry.file_name() == *first_name && holds(&entry.path(), key).unwrap_or_default();
        if is_copy(&entry.file_name()) || is_first() {
            drop(fs::remove_file(entry.path()));
        }
    }
}

/// Whether a file holds that key, or its beginning. Copies once had one name for all, which may be the operator's for another
/// key.
fn holds(path: &Path, key: &StoreKey) -> io::Result<bool> {
    let mut text = Zeroizing::new(String::new());
    File::open(path)?.take(MOST).read_to_string(&mut text)?;
    let text = text.trim();
    Ok(!text.is_empty() && key.reveal().starts_with(text))
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(folder(path))?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn is_exposed(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt as _;

    Ok(file.metadata()?.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_exposed(_: &File) -> io::Result<bool> {
    Ok(false)
}
