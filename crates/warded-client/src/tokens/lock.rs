//! Who may change a record now? One at a time, over all processes of the user.

use std::{fs::File, io, time::Duration};

use super::{
    Place, StoreFailed,
    files::Folder,
    key::{self, Kind},
};

/// How long to wait before asking again. A blocking wait could not be cancelled, and would outlive its command.
const AGAIN: Duration = Duration::from_millis(50);

/// The right to change what is kept for one place. It ends when it is dropped, or with the process.
#[derive(Debug)]
pub struct Locked {
    _file: File,
    name: String,
}

impl Locked {
    /// Whether it is the lock of this place: under it, nothing of another is changed.
    pub(super) fn covers(&self, place: &Place) -> Result<(), StoreFailed> {
        let is_it = self.name == key::name(Kind::Lock, place, None);
        if is_it { Ok(()) } else { Err(StoreFailed::OtherLock) }
    }
}

/// Waits for a lock that is held for moments.
pub(super) fn hold(folder: &Folder, name: &str) -> Result<File, StoreFailed> {
    let file = folder.lock_file(name)?;
    loop {
        match file.lock() {
            Ok(()) => return Ok(file),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(StoreFailed::of("lock", &folder.at(name), &error)),
        }
    }
}

pub(super) async fn take(folder: &Folder, name: &str) -> Result<Locked, StoreFailed> {
    loop {
        match try_take(folder, name)? {
            Some(locked) => return Ok(locked),
            None => tokio::time::sleep(AGAIN).await,
        }
    }
}

pub(super) fn try_take(folder: &Folder, name: &str) -> Result<Option<Locked>, StoreFailed> {
    let file = folder.lock_file(name)?;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Some(Locked { _file: file, name: name.to_owned() })),
            Err(std::fs::TryLockError::WouldBlock) => return Ok(None),
            Err(std::fs::TryLockError::Error(error)) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(std::fs::TryLockError::Error(error)) => {
                return Err(StoreFailed::of("lock", &folder.at(name), &error));
            }
        }
    }
}
