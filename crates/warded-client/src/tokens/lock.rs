//! Who may change a record now? One at a time, over all processes of the user.

use std::{
    fs::File,
    io::{self, Read as _, Seek as _, Write as _},
    time::Duration,
};

use warded_core::UnixTime;

use super::{
    Place, StoreFailed,
    files::Folder,
    key::{self, Kind},
};

/// How long to wait before asking again. A blocking wait could not be cancelled, and would outlive its command.
const AGAIN: Duration = Duration::from_millis(50);
/// Digits of a time.
const MAX_NOTE: u64 = 20;

/// The right to change what is kept for one place. It ends when it is dropped, or with the process.
#[derive(Debug)]
pub struct Locked {
    file: File,
    name: String,
}

impl Locked {
    /// Whether it is the lock of this place: under it, nothing of another is changed.
    pub(super) fn covers(&self, place: &Place) -> Result<(), StoreFailed> {
        let is_it = self.name == key::name(Kind::Lock, place, None);
        if is_it { Ok(()) } else { Err(StoreFailed::OtherLock) }
    }

    /// Leaves word to whoever waits that a person was asked and has said no, or nothing. The lock goes from one to the next,
    /// and each would ask the same person the same.
    pub(crate) fn note_refusal(&self, now: UnixTime) {
        let note = || {
            self.file.set_len(0)?;
            (&self.file).rewind()?;
            write!(&self.file, "{}", now.seconds())
        };
        // Without it somebody is asked once more.
        note().ok();
    }

    /// Whether somebody was asked in vain since then.
    pub(crate) fn was_refused_since(&self, then: UnixTime, now: UnixTime) -> bool {
        let (mut text, mut file) = (String::new(), &self.file);
        let read = file.rewind().and_then(|()| file.take(MAX_NOTE).read_to_string(&mut text));
        let at = read.ok().and_then(|_| text.parse().ok()).map(UnixTime::from_seconds);
        at.is_some_and(|at| then <= at && at <= now)
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
            Ok(()) => return Ok(Some(Locked { file, name: name.to_owned() })),
            Err(std::fs::TryLockError::WouldBlock) => return Ok(None),
            Err(std::fs::TryLockError::Error(error)) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(std::fs::TryLockError::Error(error)) => {
                return Err(StoreFailed::of("lock", &folder.at(name), &error));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::sample::{A, B, place, store};

    #[tokio::test]
    async fn a_refusal_is_known_to_whoever_waited_for_it_and_to_nobody_else() {
        let (folder, store) = store();
        let at = UnixTime::from_seconds;
        let lock = store.lock(&place(A)).await.unwrap();
        assert!(!lock.was_refused_since(at(0), at(2_000_000_000)), "nobody has been asked");
        for now in [1_000_000_000, 1_000] {
            lock.note_refusal(at(now));
        }
        drop(lock);
        let lock = store.lock(&place(A)).await.unwrap();
        assert!(lock.was_refused_since(at(1_000), at(1_000)) && lock.was_refused_since(at(0), at(1_010)));
        assert!(!lock.was_refused_since(at(1_001), at(1_010)), "before they waited");
        assert!(!lock.was_refused_since(at(0), at(999)), "a clock that was set back");
        let other = store.lock(&place(B)).await.unwrap();
        assert!(!other.was_refused_since(at(0), at(1_010)));
        for entry in std::fs::read_dir(folder.path().join("store")).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|kind| kind == "lock") {
                std::fs::write(path, "neither a time nor short enough to be one").unwrap();
            }
        }
        assert!(!lock.was_refused_since(at(0), at(1_010)), "what is damaged says nothing");
    }
}
