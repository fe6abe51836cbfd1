//! Keys that the operator keeps in files: read at the start, and again when they change.
//!
//! Files are looked at by the clock and not by notifications, which network file systems and the links that
//! Kubernetes turns over do not send.

use std::{fs::File, io::Read as _, path::Path, sync::Arc, time::Duration};

use tokio::{
    task::{AbortHandle, spawn_blocking},
    time::{MissedTickBehavior, interval},
};
use warded_client::keys::Keys;
use warded_core::{Issuer, jose::KeySet};

use crate::{
    config::fleet::KeyFile,
    finding::{Finding, table},
};

/// Largest file of keys, in bytes.
const MAX_FILE: u64 = 1024 * 1024;
/// How often files are looked at.
const BETWEEN_LOOKS: Duration = Duration::from_secs(5);

/// Looks after the files, until it is dropped.
#[derive(Debug)]
pub(super) struct Watch(Option<AbortHandle>);

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}

/// What is wrong with the files.
pub(crate) fn flaws(files: &[KeyFile], folder: &Path) -> Vec<Finding> {
    files
        .iter()
        .filter_map(|file| {
            text(file, folder).and_then(|text| usable(&text)).err().map(|why| wrong(file, &why))
        })
        .collect()
}

/// Holds what is in the files, now and from now on.
pub(super) fn hold(files: &[KeyFile], folder: &Path, keys: &Arc<Keys>) -> Watch {
    let mut held: Vec<_> = files
        .iter()
        .map(|file| Held { file: file.clone(), folder: folder.into(), text: Vec::new() })
        .collect();
    for file in &mut held {
        file.look(keys);
    }
    if held.is_empty() {
        return Watch(None);
    }
    let keys = Arc::clone(keys);
    let watching = tokio::spawn(async move {
        let mut looks = interval(BETWEEN_LOOKS);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            let (mut looked, keys) = (held, Arc::clone(&keys));
            let looking = spawn_blocking(move || {
                for file in &mut looked {
                    file.look(&keys);
                }
                looked
            });
            let Ok(looked) = looking.await else { return };
            held = looked;
        }
    });
    Watch(Some(watching.abort_handle()))
}

/// A file, and what it said when it was looked at last.
struct Held {
    file: KeyFile,
    folder: Box<Path>,
    text: Vec<u8>,
}

impl Held {
    /// Takes what is new. A file that is broken, such as one that is being written, changes nothing: its tokens would
    /// be answered with 503 until somebody looks.
    fn look(&mut self, keys: &Keys) {
        let issuer: &Issuer = &self.file.issuer;
        let text = match text(&self.file, &self.folder) {
            Ok(text) if text == self.text => return,
            Ok(text) => text,
            Err(why) => {
                tracing::warn!(%issuer, "the file with the issuer's keys {why}; those of before stay in use");
                return;
            }
        };
        match usable(&text) {
            Ok(set) => {
                for skipped in set.skipped() {
                    tracing::warn!(%issuer, "the issuer's {skipped}, so it is passed over");
                }
                keys.hold(issuer, set);
                tracing::info!(%issuer, "the issuer's keys were read from their file");
            }
            Err(why) => {
                tracing::error!(%issuer, "the file with the issuer's keys {why}; those of before stay in use");
            }
        }
        self.text = text;
    }
}

fn usable(text: &[u8]) -> Result<KeySet, String> {
    let set = KeySet::parse(text).map_err(|error| format!("is no key set: {error}"))?;
    if set.keys().is_empty() {
        return Err("holds no key that can verify a signature".to_owned());
    }
    Ok(set)
}

fn text(file: &KeyFile, folder: &Path) -> Result<Vec<u8>, String> {
    let mut text = Vec::new();
    let path = folder.join(&file.file.value);
    let read = File::open(path).and_then(|open| open.take(MAX_FILE + 1).read_to_end(&mut text));
    match read {
        Err(error) => Err(format!("cannot be read: {error}")),
        Ok(_) if text.len() as u64 > MAX_FILE => Err(format!("is larger than {MAX_FILE} bytes")),
        Ok(_) => Ok(text),
    }
}

fn wrong(file: &KeyFile, why: &str) -> Finding {
    let message = format!("the file `{}` {why}", file.file.value.display());
    let finding = Finding::new(&table::KEY_FILE_INVALID, message).at(file.file.span, "this file");
    finding.help("Write the issuer's public keys there as a JSON Web Key Set (RFC 7517 §5).")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use warded_client::{
        clock::SystemClock,
        fetch::{Fetch, Reach},
    };

    use super::*;
    use crate::config::{Located, Span};

    const X: &str = "11qYAyLn9sEH0XW7lyfQwvrFoSv9cUyXPCKfBAPSyJU";

    fn set(kid: &str) -> String {
        format!(r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","kid":"{kid}","x":"{X}"}}]}}"#)
    }

    fn file(issuer: &str, path: &str) -> KeyFile {
        let issuer = Issuer::parse(issuer).unwrap();
        KeyFile { issuer, file: Located { value: path.into(), span: Span::default() } }
    }

    fn keys() -> Arc<Keys> {
        Keys::new(Fetch::new(Reach::public()).unwrap(), Arc::new(SystemClock), [])
    }

    fn holds(keys: &Keys, file: &KeyFile, kid: &str) -> bool {
        let ring = keys.ring();
        ring.of(&file.issuer).is_some_and(|set| set.knows(Some(kid)))
    }

    #[tokio::test]
    async fn a_file_that_is_broken_in_between_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("jwks.json");
        let (file, keys) = (file("https://login.example.com", "jwks.json"), keys());
        let mut held = Held { file: file.clone(), folder: folder.path().into(), text: Vec::new() };
        held.look(&keys);
        assert!(!holds(&keys, &file, "a"), "there is none yet");
        fs::write(&path, set("a")).unwrap();
        held.look(&keys);
        let edition = keys.edition(&file.issuer).unwrap();
        assert!(holds(&keys, &file, "a"));
        for broken in ["", "{", r#"{"keys":[]}"#, r#"{"keys":[{"kty":"oct","k":"AAAA"}]}"#] {
            fs::write(&path, broken).unwrap();
            held.look(&keys);
            assert!(holds(&keys, &file, "a"), "{broken}");
        }
        fs::remove_file(&path).unwrap();
        held.look(&keys);
        assert!(holds(&keys, &file, "a") && edition.is_current(warded_core::UnixTime::from_seconds(0)));
        fs::write(&path, set("b")).unwrap();
        held.look(&keys);
        assert!(holds(&keys, &file, "b") && !holds(&keys, &file, "a"));
        assert!(!edition.is_current(warded_core::UnixTime::from_seconds(0)), "its verdicts are over");
    }

    #[test]
    fn every_flaw_of_a_file_is_told() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("empty"), r#"{"keys":[]}"#).unwrap();
        fs::write(folder.path().join("large"), vec![b' '; 1024 * 1024 + 1]).unwrap();
        fs::write(folder.path().join("good"), set("a")).unwrap();
        let files = ["empty", "large", "absent", "good"].map(|path| file("https://login.example.com", path));
        let flaws = flaws(&files, folder.path());
        assert_eq!(flaws.len(), 3);
        assert!(flaws.iter().all(|flaw| flaw.rule.code == "key-file-invalid"));
    }
}
