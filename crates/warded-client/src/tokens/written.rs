//! How is what is kept spelled? JSON of one version, whose secrets are wiped when they have been read or written.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// What this version writes.
pub(super) const VERSION: u32 = 2;
/// What it reads besides; a file of yet another one is as good as none.
pub(super) const EARLIER: u32 = 1;

/// Text that is wiped when it is dropped.
pub(super) struct Secret(pub(super) Zeroizing<String>);

impl Serialize for Secret {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Zeroizing::new(text)))
    }
}

/// Room for the largest record, so that the text of a token is not copied when the buffer grows.
const ROOM: usize = 64 * 1024;

/// Spells a document.
pub(super) fn write(document: &impl Serialize) -> Zeroizing<Vec<u8>> {
    let mut text = Zeroizing::new(Vec::with_capacity(ROOM));
    // Only strings and numbers, into memory: nothing can fail. An empty file would be read as no record.
    serde_json::to_writer(&mut *text, document).ok();
    text
}
