//! How does a command write a file that others read? Beside it, and then into its place: nobody reads half of it, whoever has the old
//! one open keeps it, and where something goes wrong the old one stays. A file whose place is not ours to give is written over where
//! it stands: one that is mounted by itself, or that another one's folder holds.

use std::{
    fs::{self, File, Metadata, OpenOptions},
    io::{self, ErrorKind, Write as _},
    path::{Path, PathBuf},
};

/// Makes a file where there is none: all of it, or nothing.
pub(crate) fn create(path: &Path, text: &str) -> io::Result<()> {
    make(path, |file| file.write_all(text.as_bytes()), |beside, path| fs::hard_link(beside, path))
}

/// Writes a file, or writes over it; what is there keeps its owner and its mode, and what links to it goes on doing so.
pub(crate) fn write(path: &Path, text: &str) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(there) if there.is_file() => {
            replace(&fs::canonicalize(path)?, &there, text, |beside, path| fs::rename(beside, path))
        }
        Err(_) if fs::symlink_metadata(path).is_err() => put(path, text, false),
        // Nothing takes the place of a pipe or a terminal, nor of a link that leads nowhere yet.
        _ => fs::write(path, text),
    }
}

/// Writes over a file that somebody else wrote, as a whole or not at all: it is never written over where it stands, where half of it
/// would be lost to whoever is stopped then.
pub(crate) fn exchange(path: &Path, text: &str) -> io::Result<()> {
    let there = fs::metadata(path)?;
    exchanged(&fs::canonicalize(path)?, &there, text, |beside, path| fs::rename(beside, path))
}

/// Writes a file that only its owner can read, where files have modes.
pub(crate) fn write_private(path: &Path, text: &str) -> io::Result<()> {
    put(path, text, true)
}

type Place = fn(&Path, &Path) -> io::Result<()>;

/// What takes a name that is there already would write over it: so the file is given a second name, and loses the first one.
fn make(path: &Path, fill: impl Fn(&mut File) -> io::Result<()>, link: Place) -> io::Result<()> {
    let mut beside = Beside::open(path, false)?;
    fill(&mut beside.file)?;
    beside.file.sync_all()?;
    match link(&beside.path, path) {
        // Not every file system has two names for a file.
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            let mut there = File::create_new(path)?;
            let filled = fill(&mut there).and_then(|()| there.sync_all());
            filled.inspect_err(|_| drop(fs::remove_file(path)))
        }
        linked => linked,
    }
}

fn exchanged(path: &Path, old: &Metadata, text: &str, rename: Place) -> io::Result<()> {
    // To take its place needs a folder only: who may not write to the file itself would write over what was locked.
    drop(OpenOptions::new().write(true).open(path)?);
    let mut beside = Beside::open(path, false)?;
    beside.belong(old)?;
    beside.file.write_all(text.as_bytes())?;
    beside.file.sync_all()?;
    rename(&beside.path, path)
}

fn replace(path: &Path, old: &Metadata, text: &str, rename: Place) -> io::Result<()> {
    let replaced = exchanged(path, old, text, rename);
    match replaced.as_ref().map_err(io::Error::kind) {
        Err(ErrorKind::PermissionDenied | ErrorKind::ResourceBusy | ErrorKind::ReadOnlyFilesystem) => {
            let mut file = OpenOptions::new().write(true).truncate(true).open(path)?;
            file.write_all(text.as_bytes()).and_then(|()| file.sync_all())
        }
        _ => replaced,
    }
}

fn put(path: &Path, text: &str, is_private: bool) -> io::Result<()> {
    let mut beside = Beside::open(path, is_private)?;
    beside.file.write_all(text.as_bytes())?;
    beside.file.sync_all()?;
    fs::rename(&beside.path, path)
}

/// A file beside the one that is meant. It does not stay there.
struct Beside {
    file: File,
    path: PathBuf,
}

impl Beside {
    fn open(path: &Path, is_private: bool) -> io::Result<Self> {
        let mut name = path.file_name().ok_or(ErrorKind::InvalidInput)?.to_owned();
        name.push(format!(".{}.new", std::process::id()));
        let path = path.with_file_name(name);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        if is_private {
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        }
        match options.open(&path) {
            Ok(file) => Ok(Self { file, path }),
            // What is there already is somebody else's, and stays.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                Err(io::Error::other(format!("{} is in the way", path.display())))
            }
            Err(error) => Err(error),
        }
    }

    /// Gives it to whom another one belongs, before there is anything in it: who reads the old one is to read the new one.
    fn belong(&self, old: &Metadata) -> io::Result<()> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::{MetadataExt as _, fchown};
            let ours = self.file.metadata()?;
            if (ours.uid(), ours.gid()) != (old.uid(), old.gid()) {
                // Whatever the reason is: it can be nobody else's.
                fchown(&self.file, Some(old.uid()), Some(old.gid()))
                    .map_err(|_| ErrorKind::PermissionDenied)?;
            }
        }
        self.file.set_permissions(old.permissions())
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        // Where it has taken its place, there is nothing here any more.
        fs::remove_file(&self.path).ok();
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, io::Read as _};

    use super::*;

    /// What a folder holds.
    fn names(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        names.map(|name| name.into_string().unwrap()).collect()
    }

    #[test]
    fn whoever_has_the_old_one_open_reads_all_of_it_and_it_stays_where_the_new_one_cannot_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.yaml");
        write(&path, "old").unwrap();
        let mut open = fs::File::open(&path).unwrap();
        write(&path, "new").unwrap();
        let mut read = String::new();
        open.read_to_string(&mut read).unwrap();
        assert_eq!((&*read, &*fs::read_to_string(&path).unwrap()), ("old", "new"));
        let theirs = folder.path().join(format!("notes.yaml.{}.new", std::process::id()));
        fs::write(&theirs, "theirs").unwrap();
        assert!(write(&path, "newer").unwrap_err().to_string().ends_with(".new is in the way"));
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::read_to_string(&theirs).unwrap(), "theirs");
    }

    #[test]
    fn a_new_file_is_there_as_a_whole_or_not_at_all_and_takes_nobodys_place() {
        let no_links: Place = |_, _| Err(ErrorKind::Unsupported.into());
        let links: Place = |beside, path| fs::hard_link(beside, path);
        for (link, times) in [(links, 0), (no_links, 0), (no_links, 1)] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("notes.yaml");
            let left = Cell::new(times);
            // A disk that is full at once, or where it is written for the second time.
            let half = |file: &mut File| {
                file.write_all(b"half")?;
                let is_full = left.replace(left.get() - 1) == 0;
                if is_full { Err(ErrorKind::StorageFull.into()) } else { Ok(()) }
            };
            assert_eq!(make(&path, half, link).unwrap_err().kind(), ErrorKind::StorageFull);
            assert_eq!(names(folder.path()), [""; 0]);
            make(&path, |file| file.write_all(b"whole"), link).unwrap();
            let again = make(&path, |file| file.write_all(b"another"), link);
            assert_eq!(again.unwrap_err().kind(), ErrorKind::AlreadyExists);
            assert_eq!(fs::read_to_string(&path).unwrap(), "whole");
            assert_eq!(names(folder.path()), ["notes.yaml"]);
        }
    }

    #[test]
    fn what_cannot_be_put_into_its_place_is_written_over_where_it_stands() {
        let refusals: [(Place, &str); 4] = [
            (|_, _| Err(ErrorKind::PermissionDenied.into()), "new"),
            (|_, _| Err(ErrorKind::ResourceBusy.into()), "new"),
            (|_, _| Err(ErrorKind::ReadOnlyFilesystem.into()), "new"),
            // Here it would go wrong in the middle.
            (|_, _| Err(ErrorKind::StorageFull.into()), "much that is old"),
        ];
        for (rename, holds) in refusals {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("notes.yaml");
            fs::write(&path, "much that is old").unwrap();
            let old = fs::metadata(&path).unwrap();
            // What others wrote is not: half of it would be lost to whoever is stopped then.
            assert!(exchanged(&path, &old, "new", rename).is_err());
            assert_eq!(fs::read_to_string(&path).unwrap(), "much that is old");
            assert_eq!(replace(&path, &old, "new", rename).is_ok(), holds == "new");
            assert_eq!(fs::read_to_string(&path).unwrap(), holds);
            assert_eq!(names(folder.path()), ["notes.yaml"]);
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_is_there_keeps_its_mode_and_its_links() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("notes.yaml"), folder.path().join("link"));
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("notes.yaml", &link).unwrap();
        write(&link, "new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        // What is no file is written to.
        write(Path::new("/dev/null"), "nothing").unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }

    #[cfg(unix)]
    #[test]
    fn what_is_there_stays_its_owners_and_is_written_by_whom_it_lets() {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.yaml");
        fs::write(&path, "old").unwrap();
        let set = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        if rustix::process::geteuid().is_root() {
            // The gateway's user, who reads what root writes.
            chown(&path, Some(4711), Some(4712)).unwrap();
            set(&path, 0o400);
            write(&path, "new").unwrap();
            let about = fs::metadata(&path).unwrap();
            assert_eq!((about.uid(), about.gid(), about.mode() & 0o777), (4711, 4712, 0o400));
        } else {
            set(&path, 0o444);
            assert_eq!(write(&path, "new").unwrap_err().kind(), ErrorKind::PermissionDenied);
            assert_eq!(fs::read_to_string(&path).unwrap(), "old");
            // Nothing new may be put into the folder, and the file may be written to.
            set(&path, 0o644);
            set(folder.path(), 0o555);
            let written = write(&path, "new");
            set(folder.path(), 0o755);
            written.unwrap();
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(names(folder.path()), ["notes.yaml"]);
    }
}
