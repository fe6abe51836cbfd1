//! Which folder is this? Random bytes that stay in it, so that two folders are told apart under whatever name they are
//! reached.

use std::{
    io::{self, Read as _, Write as _},
    path::Path,
};

use super::{
    SegmentsFailed, file,
    place::{self, private},
};

/// What tells the journal of this node in this folder from one in another; `fresh` where the folder has nothing yet. The
/// folder is made where it is not there.
pub fn identity(folder: &Path, node: &str, fresh: &[u8; 16]) -> Result<[u8; 16], SegmentsFailed> {
    file::make(folder, node)?;
    told(&folder.join(format!("{node}.id")), fresh)
}

/// What all nodes of a folder that is there have in common; `fresh` where none has said it.
pub fn folder_identity(folder: &Path, fresh: &[u8; 16]) -> Result<[u8; 16], SegmentsFailed> {
    // No node's name has a dot in it.
    told(&folder.join(".folder.id"), fresh)
}

fn told(path: &Path, fresh: &[u8; 16]) -> Result<[u8; 16], SegmentsFailed> {
    let mut file = place::open(private().create(true), path)?;
    // Two nodes may begin at once.
    file.lock()?;
    let mut text = String::new();
    // What is no text is nothing of ours, and not kept.
    match (&file).take(64).read_to_string(&mut text) {
        Err(error) if error.kind() != io::ErrorKind::InvalidData => return Err(error.into()),
        _ => {}
    }
    // One line of JSON, as everything else in the folder.
    let told = text.trim_end().strip_prefix("{\"folder\":\"").and_then(|rest| rest.strip_suffix("\"}"));
    if let Some(identity) =
        told.filter(|hex| hex.len() == 32).and_then(|hex| u128::from_str_radix(hex, 16).ok())
    {
        return Ok(identity.to_be_bytes());
    }
    file.set_len(0)?;
    writeln!(file, "{{\"folder\":\"{:032x}\"}}", u128::from_be_bytes(*fresh))?;
    Ok(*fresh)
}
