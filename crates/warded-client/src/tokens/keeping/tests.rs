//! Whether a folder stays as it was first kept.

use std::{cell::RefCell, collections::HashMap, fs, os::unix::fs::PermissionsExt as _, path::Path};

use super::*;

/// A keychain in memory.
#[derive(Default)]
struct Held(RefCell<HashMap<String, Vec<u8>>>);

impl Keychain for Held {
    fn key(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, String> {
        Ok(self.0.borrow().get(name).cloned().map(Zeroizing::new))
    }

    fn keep(&self, name: &str, key: &[u8]) -> Result<(), String> {
        self.0.borrow_mut().insert(name.to_owned(), key.to_vec());
        Ok(())
    }
}

struct Locked;

impl Keychain for Locked {
    fn key(&self, _: &str) -> Result<Option<Zeroizing<Vec<u8>>>, String> {
        Err("it is locked".to_owned())
    }

    fn keep(&self, _: &str, _: &[u8]) -> Result<(), String> {
        Err("it is locked".to_owned())
    }
}

fn sealed(path: &Path, keychain: &dyn Keychain) -> Result<Kept, StoreFailed> {
    #[expect(clippy::disallowed_methods, reason = "a test has randomness of its own")]
    let random: Arc<dyn SecureRandom + Send + Sync> = Arc::new(aws_lc_rs::rand::SystemRandom::new());
    Kept::sealed(path.to_owned(), keychain, &random)
}

fn in_files(path: &Path) -> Result<Kept, StoreFailed> {
    Kept::in_files(path.to_owned())
}

/// Whether a text stands in any file of the folder.
fn has(path: &Path, text: &[u8]) -> bool {
    let files = fs::read_dir(path).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap());
    files.into_iter().any(|file| file.windows(text.len()).any(|window| window == text))
}

#[test]
fn what_is_kept_with_a_keychain_is_read_with_the_same_keychain_only() {
    let parent = tempfile::tempdir().unwrap();
    let (path, keychain) = (parent.path().join("store"), Held::default());
    sealed(&path, &keychain).unwrap().write("a.token", b"MARKED").unwrap();
    assert!(!has(&path, b"MARKED"));
    for key in keychain.0.borrow().values() {
        assert!(!has(&path, key) && !has(&path, base64url::encode(key).as_bytes()));
    }
    let again = sealed(&path, &keychain).unwrap();
    assert_eq!(again.read("a.token").unwrap().unwrap().as_slice(), b"MARKED");
    assert_eq!(keychain.0.borrow().len(), 1, "one key for the folder");

    let missing = StoreFailed::KeyMissing { path: path.clone() };
    assert_eq!(sealed(&path, &Held::default()).unwrap_err(), missing);
    for key in keychain.0.borrow_mut().values_mut() {
        key[0] ^= 1;
    }
    assert_eq!(sealed(&path, &keychain).unwrap_err(), missing, "another key is no key");
    assert_eq!(fs::read_dir(&path).unwrap().count(), 3, "nothing was written");
}

#[test]
fn a_folder_stays_as_it_was_first_kept() {
    let parent = tempfile::tempdir().unwrap();
    let (with, without, keychain) = (parent.path().join("a"), parent.path().join("b"), Held::default());
    sealed(&with, &keychain).unwrap();
    in_files(&without).unwrap();
    assert_eq!(in_files(&with).unwrap_err(), StoreFailed::KeptInKeychain { path: with.clone() });
    assert_eq!(sealed(&without, &keychain).unwrap_err(), StoreFailed::KeptInFiles { path: without });
    assert!(sealed(&with, &keychain).unwrap().is_sealed());
}

#[test]
fn a_folder_of_an_earlier_version_is_one_of_plain_files() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("store");
    Folder::open(path.clone()).unwrap().write("a.token", b"{}").unwrap();
    let keychain = Held::default();
    assert_eq!(sealed(&path, &keychain).unwrap_err(), StoreFailed::KeptInFiles { path: path.clone() });
    assert!(in_files(&path).unwrap().read("a.token").unwrap().is_some());
}

#[test]
fn what_lies_in_plain_in_a_sealed_folder_is_not_read() {
    let parent = tempfile::tempdir().unwrap();
    let (path, keychain) = (parent.path().join("store"), Held::default());
    let kept = sealed(&path, &keychain).unwrap();
    kept.folder().write("a.token", b"{}").unwrap();
    assert!(kept.read("a.token").unwrap().is_none());
    // One server's token under the name of another's.
    kept.write("b.token", b"MARKED").unwrap();
    fs::copy(path.join("b.token"), path.join("a.token")).unwrap();
    assert!(kept.read("a.token").unwrap().is_none());
}

#[test]
fn a_folder_that_does_not_say_how_it_is_kept_is_not_written_to() {
    let parent = tempfile::tempdir().unwrap();
    let (path, keychain) = (parent.path().join("store"), Held::default());
    sealed(&path, &keychain).unwrap();
    let says = path.join(SAYS);
    let expected = StoreFailed::KeptSomehow { path: says.clone() };
    let text = fs::read_to_string(&says).unwrap();
    // A way to keep of a version to come, and damage.
    for text in ["", "{}", r#"{"kept":"elsewhere"}"#, r#"{"kept":"files","since":2}"#, &text.replace('{', "")]
    {
        fs::write(&says, text).unwrap();
        assert_eq!(in_files(&path).unwrap_err(), expected, "{text}");
        assert_eq!(sealed(&path, &keychain).unwrap_err(), expected, "{text}");
    }
    fs::write(&says, r#"{"kept":"files"}"#).unwrap();
    fs::set_permissions(&says, fs::Permissions::from_mode(0o666)).unwrap();
    assert_eq!(in_files(&path).unwrap_err(), expected, "others could have written it");
}

#[test]
fn without_a_keychain_nothing_is_decided() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("store");
    let reason = "it is locked".to_owned();
    assert_eq!(sealed(&path, &Locked).unwrap_err(), StoreFailed::Keychain { reason });
    assert!(sealed(&path, &Held::default()).is_ok());
}
