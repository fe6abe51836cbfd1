//! How does a command write a secret for somebody to read? Beside the file, and then into its place: nobody reads half of it,
//! and nobody who has the old one open, or has put a link there, gets the new one. Where files have no modes, it is as private
//! as its folder.

use std::{io, path::Path};

use crate::whole_file;

/// Writes a line into a file that only its owner can read.
pub(crate) fn write(path: &Path, text: &str) -> io::Result<()> {
    whole_file::write_private(path, &format!("{text}\n"))
}

#[cfg(test)]
mod tests {
    use std::fs;

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
