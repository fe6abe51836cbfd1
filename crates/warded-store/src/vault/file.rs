//! How does the store's key lie on a disk? In a file for its owner alone, which is there whole or not at all.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    path::Path,
};

use zeroize::Zeroizing;

use super::StoreKey;
use crate::StoreFailed;

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
    key.map(Some).map_err(|invalid| StoreFailed::Key { key: shown(), reason: invalid.to_string() })
}

/// Puts a key where there is none. It is on the disk when this returns: what is sealed with it next must not outlive it.
pub(super) fn write(path: &Path, key: &StoreKey) -> Result<(), StoreFailed> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = Path::new(&beside);
    let written = || {
        // One that was left behind may have been made by somebody who can read it.
        match fs::remove_file(beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(beside)?;
        file.write_all(key.reveal().as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        // A link is refused where another has put its key there meanwhile; a renaming would take that away.
        fs::hard_link(beside, path)?;
        fs::remove_file(beside)?;
        #[cfg(unix)]
        File::open(path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")))?
            .sync_all()?;
        Ok(())
    };
    written().map_err(|error: io::Error| failed(path, &error))
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
