//! How is a file of a journal opened? Only where it is a file, and this one: whoever can write the folder can put a link
//! there, and what is written, or cut off, would be somebody else's.

use std::{
    fs::{File, Metadata, OpenOptions},
    io,
    path::Path,
};

use super::SegmentsFailed;

/// Only its owner can read it, and what is written goes to its end.
pub(super) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.append(true).read(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt as _;

        // No pipe has it wait for a reader.
        let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits();
        options.mode(0o600).custom_flags(flags.cast_signed());
    }
    options
}

/// Opens what is a file of ours and nobody else's.
pub(super) fn open(options: &OpenOptions, path: &Path) -> Result<File, SegmentsFailed> {
    let file = options.open(path)?;
    if is_own(&file.metadata()?) {
        return Ok(file);
    }
    Err(SegmentsFailed::Linked { file: path.file_name().unwrap_or_default().to_string_lossy().into_owned() })
}

/// A file with a second name is written under both.
#[cfg(unix)]
fn is_own(about: &Metadata) -> bool {
    about.is_file() && std::os::unix::fs::MetadataExt::nlink(about) == 1
}

#[cfg(not(unix))]
fn is_own(about: &Metadata) -> bool {
    about.is_file()
}

/// Whether what is open is what stands there. A file that was removed takes whatever is written, and nobody ever reads it.
#[cfg(unix)]
pub(super) fn is_there(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;

    let (open, there) = (file.metadata()?, std::fs::symlink_metadata(path));
    Ok(there.is_ok_and(|there| (there.dev(), there.ino()) == (open.dev(), open.ino())))
}

/// Elsewhere a file that is open cannot be removed.
#[cfg(not(unix))]
pub(super) fn is_there(_: &File, path: &Path) -> io::Result<bool> {
    path.try_exists()
}
