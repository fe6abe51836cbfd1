//! How does a command write a file that others read? Beside it, and then into its place: nobody reads half of it, whoever has the old
//! one open keeps it, and where something goes wrong the old one stays.

use std::{
    fs::{self, OpenOptions, Permissions},
    io::{self, ErrorKind, Write as _},
    path::Path,
};

/// Writes a file, or writes over it; what is there keeps its mode, and what links to it goes on doing so.
pub(crate) fn write(path: &Path, text: &str) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(there) if there.is_file() => put(&fs::canonicalize(path)?, text, Some(there.permissions()), false),
        Err(_) if fs::symlink_metadata(path).is_err() => put(path, text, None, false),
        // Nothing takes the place of a pipe or a terminal, nor of a link that leads nowhere yet.
        _ => fs::write(path, text),
    }
}

/// Writes a file that only its owner can read, where files have modes.
pub(crate) fn write_private(path: &Path, text: &str) -> io::Result<()> {
    put(path, text, None, true)
}

fn put(path: &Path, text: &str, mode: Option<Permissions>, is_private: bool) -> io::Result<()> {
    let mut name = path.file_name().ok_or(ErrorKind::InvalidInput)?.to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let beside = path.with_file_name(name);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if is_private {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    // What is there already is somebody else's, and stays.
    let mut file = options.open(&beside)?;
    let written = mode
        .map_or(Ok(()), |mode| file.set_permissions(mode))
        .and_then(|()| file.write_all(text.as_bytes()))
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&beside, path));
    written.inspect_err(|_| drop(fs::remove_file(&beside)))
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

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
        fs::write(folder.path().join(format!("notes.yaml.{}.new", std::process::id())), "theirs").unwrap();
        assert!(write(&path, "newer").is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_there_keeps_its_mode_and_its_links() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("notes.yaml"), folder.path().join("link"));
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        symlink("notes.yaml", &link).unwrap();
        write(&link, "new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        // What is no file is written to.
        write(Path::new("/dev/null"), "nothing").unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }
}
