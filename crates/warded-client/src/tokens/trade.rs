//! Was a refresh token on its way to its issuer when a process ended? The issuer may have used it up and sent what came
//! for it to nobody: whoever tries it next can say what happened, where the issuer gives no second chance.

use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use warded_core::jose::base64url;

use super::{Locked, Record, StoreFailed, TokenStore, key::Kind};
use crate::obtain::RefreshToken;

/// Behind the hash that names the record.
pub(super) const SUFFIX: &str = ".trade";

/// A refresh token is on its way. What is kept in the end closes it; what is left behind tells of a process that ended.
#[derive(Debug)]
pub struct Trade {
    was_interrupted: bool,
}

impl Trade {
    /// Whether the same refresh token was on its way before, and nobody knows what became of it.
    pub const fn was_interrupted(&self) -> bool {
        self.was_interrupted
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u32,
    /// SHA-256 of the refresh token.
    token: String,
}

const VERSION: u32 = 1;

impl TokenStore {
    /// Notes that the refresh token of this record is about to be sent to its issuer.
    pub fn begin_trade(&self, record: &Record, lock: &Locked) -> Result<Trade, StoreFailed> {
        lock.covers(record.place())?;
        let Some(token) = record.refresh_token().map(named) else {
            return Ok(Trade { was_interrupted: false });
        };
        let name = name(&record.name());
        let before = self.0.read(&name)?;
        let before = before.and_then(|text| serde_json::from_slice::<Document>(&text).ok());
        let was_interrupted = before.is_some_and(|before| before.version == VERSION && before.token == token);
        let text = serde_json::to_vec(&Document { version: VERSION, token }).unwrap_or_default();
        self.0.write(&name, &text)?;
        Ok(Trade { was_interrupted })
    }

    /// Notes that the issuer has answered, and that nothing was lost on the way.
    pub fn end_trade(&self, record: &Record, lock: &Locked) -> Result<(), StoreFailed> {
        lock.covers(record.place())?;
        self.0.folder().remove(&name(&record.name()))
    }
}

/// Beside the record of that name.
pub(super) fn name(record: &str) -> String {
    format!("{}{SUFFIX}", record.strip_suffix(Kind::Token.suffix()).unwrap_or(record))
}

/// Says which token it was, and cannot be turned into it.
fn named(token: &RefreshToken) -> String {
    base64url::encode(digest(&SHA256, token.text().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::{
        Swapped,
        sample::{A, place, record, store},
    };

    #[tokio::test]
    async fn a_trade_that_nobody_closed_was_interrupted() {
        let (_folder, store) = store();
        let record = record(A, "x", "1");
        let lock = store.lock(&place(A)).await.unwrap();
        let begin = || store.begin_trade(&record, &lock).unwrap().was_interrupted();
        assert!(!begin());
        assert!(begin(), "the process before ended in between");
        store.end_trade(&record, &lock).unwrap();
        assert!(!begin(), "the issuer had answered");
    }

    #[tokio::test]
    async fn a_trade_is_about_one_refresh_token_and_ends_with_what_is_kept() {
        let (folder, store) = store();
        let (before, after) = (record(A, "x", "1"), record(A, "x", "2"));
        let lock = store.lock(&place(A)).await.unwrap();
        store.keep(&before, &lock).unwrap();
        store.begin_trade(&before, &lock).unwrap();
        assert!(matches!(store.replace(&before, &after, &lock), Ok(Swapped::Kept)));
        let files = || std::fs::read_dir(folder.path().join("store")).unwrap();
        let is_trade = |entry: std::io::Result<std::fs::DirEntry>| {
            entry.unwrap().file_name().to_string_lossy().ends_with(SUFFIX)
        };
        assert!(!files().any(is_trade));
        // The process ended after the new record was written, and before the note of the trade was removed.
        store.begin_trade(&before, &lock).unwrap();
        assert!(!store.begin_trade(&after, &lock).unwrap().was_interrupted());
    }

    #[tokio::test]
    async fn the_note_of_a_trade_holds_no_token() {
        let (folder, store) = store();
        let record = record(A, "x", "1");
        let lock = store.lock(&place(A)).await.unwrap();
        store.begin_trade(&record, &lock).unwrap();
        for entry in std::fs::read_dir(folder.path().join("store")).unwrap() {
            let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
            assert!(!text.contains("REFRESH"), "{text}");
        }
    }
}
