//! How do secrets lie on a disk? In a folder of mode 0700, in files of mode 0600, each replaced in one step.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use zeroize::Zeroizing;

use super::StoreFailed;

/// Largest file that is read.
const MAX_FILE: u64 = 256 * 1024;
/// How the name of a file ends that is being written.
pub(super) const UNFINISHED: &str = ".new";

/// A private folder.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    written: AtomicU64,
}

impl Folder {
    pub(super) fn open(path: PathBuf) -> Result<Self, StoreFailed> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path).map_err(|error| StoreFailed::of("make the token store", &path, &error))?;
        let about = fs::metadata(&path).map_err(|error| StoreFailed::of("look at", &path, &error))?;
        if !is_private(&about) {
            return Err(StoreFailed::Open { path });
        }
        Ok(Self { path, written: AtomicU64::new(0) })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether there is anything of that name.
    pub(super) fn has(&self, name: &str) -> bool {
        fs::symlink_metadata(self.at(name)).is_ok()
    }

    pub(super) fn at(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The content of a file, if it is there. One that others could have written or read is as good as none.
    pub(super) fn read(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, StoreFailed> {
        let path = self.at(name);
        let failed = |error: &io::Error| StoreFailed::of("read", &path, error);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(&error)),
        };
        let about = file.metadata().map_err(|error| failed(&error))?;
        if !about.is_file() || !is_private(&about) || about.len() > MAX_FILE {
            return Ok(None);
        }
        // Room for all of it at once: a buffer that grows leaves copies behind.
        let mut text = Zeroizing::new(Vec::with_capacity(usize::try_from(about.len()).unwrap_or(0) + 1));
        file.take(MAX_FILE).read_to_end(&mut text).map_err(|error| failed(&error))?;
        Ok(Some(text))
    }

    /// Replaces a file in one step: whoever reads meanwhile sees the old content or the new one.
    pub(super) fn write(&self, name: &str, text: &[u8]) -> Result<(), StoreFailed> {
        self.sweep(name);
        let path = self.at(name);
        let turn = self.written.fetch_add(1, Ordering::Relaxed);
        let temporary = self.at(&format!("{name}.{}-{turn}{UNFINISHED}", std::process::id()));
        let written = fill(&temporary, text).and_then(|()| fs::rename(&temporary, &path));
        if let Err(error) = written {
            fs::remove_file(&temporary).ok();
            return Err(StoreFailed::of("write", &path, &error));
        }
        // The new name outlives a crash only when the folder is written, too.
        File::open(&self.path).and_then(|folder| folder.sync_all()).ok();
        Ok(())
    }

    pub(super) fn remove(&self, name: &str) -> Result<(), StoreFailed> {
        self.sweep(name);
        let path = self.at(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(StoreFailed::of("remove", &path, &error))
            }
            _ => Ok(()),
        }
    }

    /// Removes what a process that was killed in the middle of a write has left behind: there may be a token in it.
    /// Whoever writes or removes a file holds its lock, so nobody is writing it now.
    fn sweep(&self, name: &str) {
        let is_of_it = |left: &String| left.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
        for left in self.names(UNFINISHED).unwrap_or_default().iter().filter(|left| is_of_it(left)) {
            fs::remove_file(self.at(left)).ok();
        }
    }

    pub(super) fn names(&self, suffix: &str) -> Result<Vec<String>, StoreFailed> {
        let failed = |error: &io::Error| StoreFailed::of("list", &self.path, error);
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(|error| failed(&error))? {
            let name = entry.map_err(|error| failed(&error))?.file_name();
            names.extend(name.into_string().ok().filter(|name| name.ends_with(suffix)));
        }
        names.sort();
        Ok(names)
    }

    /// A file to hold a lock on. It is never removed: two processes would hold locks on two files of one name.
    pub(super) fn lock_file(&self, name: &str) -> Result<File, StoreFailed> {
        let path = self.at(name);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        private(&mut options);
        options.open(&path).map_err(|error| StoreFailed::of("lock", &path, &error))
    }
}

fn fill(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    private(&mut options);
    let mut file = options.open(path)?;
    file.write_all(text)?;
    file.sync_all()
}

fn private(options: &mut OpenOptions) {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    #[cfg(not(unix))]
    let _ = options;
}

#[cfg(unix)]
fn is_private(about: &fs::Metadata) -> bool {
    let others = std::os::unix::fs::MetadataExt::mode(about) & 0o077;
    others == 0
}

/// Elsewhere a user's own folders are private by default.
#[cfg(not(unix))]
fn is_private(_: &fs::Metadata) -> bool {
    true
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_is_made_is_private_whatever_the_umask_allows() {
        let parent = tempfile::tempdir().unwrap();
        let folder = Folder::open(parent.path().join("a/b")).unwrap();
        folder.write("x.token", b"secret").unwrap();
        drop(folder.lock_file("x.lock").unwrap());
        assert_eq!(mode(&parent.path().join("a/b")), 0o700);
        assert_eq!(mode(&folder.at("x.token")), 0o600);
        assert_eq!(mode(&folder.at("x.lock")), 0o600);
        assert_eq!(folder.read("x.token").unwrap().unwrap().as_slice(), b"secret");
    }

    #[test]
    fn a_folder_that_others_can_look_into_is_refused() {
        let parent = tempfile::tempdir().unwrap();
        for open in [0o755, 0o750, 0o701, 0o711] {
            let path = parent.path().join(format!("{open:o}"));
            fs::create_dir(&path).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(open)).unwrap();
            assert_eq!(Folder::open(path.clone()).unwrap_err(), StoreFailed::Open { path });
        }
    }

    #[test]
    fn a_file_that_others_can_write_is_as_good_as_none() {
        let parent = tempfile::tempdir().unwrap();
        let folder = Folder::open(parent.path().join("store")).unwrap();
        folder.write("x.token", b"secret").unwrap();
        fs::set_permissions(folder.at("x.token"), fs::Permissions::from_mode(0o666)).unwrap();
        assert_eq!(folder.read("x.token").unwrap(), None);
    }

    #[test]
    fn nothing_half_written_stays_behind() {
        let parent = tempfile::tempdir().unwrap();
        let folder = Folder::open(parent.path().join("store")).unwrap();
        fs::create_dir(folder.at("x.token")).unwrap();
        assert!(folder.write("x.token", b"secret").is_err());
        assert_eq!(folder.names(".new").unwrap(), [""; 0]);
        folder.remove("never.token").unwrap();
    }
}
