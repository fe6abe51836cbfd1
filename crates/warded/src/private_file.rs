//! How does a command write a secret for somebody to read? Beside the file, and then into its place: nobody reads half of it,
//! and nobody who has the old one open, or has put a link there, gets the new one. Where files have no modes, it is as private
//! as its folder.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::Path,
};

/// Writes a line into a file that only its owner can read.
pub(crate) fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let beside = path.with_file_name(name);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    // What is there already is somebody else's, and stays.
    let mut file = options.open(&beside)?;
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| file.write_all(b"\n"))
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&beside, path));
    written.inspect_err(|_| drop(fs::remove_file(&beside)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_not_ours_is_neither_written_to_nor_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.token");
        write(&path, "one").unwrap();
        let theirs = folder.path().join(format!("notes.token.{}.new", std::process::id()));
        fs::write(&theirs, "theirs").unwrap();
        assert!(write(&path, "two").is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "one\n");
        assert_eq!(fs::read_to_string(&theirs).unwrap(), "theirs");
        fs::remove_file(&theirs).unwrap();
        // Half a token does not stay behind where the file itself cannot be replaced.
        fs::create_dir(folder.path().join("folder")).unwrap();
        assert!(write(&folder.path().join("folder"), "three").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
