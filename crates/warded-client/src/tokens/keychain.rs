//! Where is the key of a sealed folder? In the system's keychain: a Secret Service (GNOME Keyring, `KWallet`,
//! `KeePassXC`), Keychain Services on macOS, the Credential Manager on Windows.
//!
//! A keychain holds small things and holds them slowly, asks its user now and then, and has no locks; so it holds one key
//! for each folder, and is asked once for each process.

use zeroize::Zeroizing;

/// Who keeps keys. What it says when it cannot is for people.
pub(super) trait Keychain {
    /// The key of this name.
    fn key(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, String>;
    /// Keeps one.
    fn keep(&self, name: &str, key: &[u8]) -> Result<(), String>;
}

/// The keychain of whoever is logged in to this system.
pub(super) struct OfTheSystem;

#[cfg(feature = "keychain")]
mod system {
    use std::{sync::Arc, thread};

    use keyring_core::{CredentialStore, Entry, Error};
    use zeroize::Zeroizing;

    use super::{Keychain, OfTheSystem};

    /// What our keys are called in the keychain.
    const SERVICE: &str = "warded token store";

    #[cfg(target_os = "macos")]
    fn store() -> Result<Arc<CredentialStore>, Error> {
        Ok(apple_native_keyring_store::keychain::Store::new()?)
    }

    #[cfg(windows)]
    fn store() -> Result<Arc<CredentialStore>, Error> {
        Ok(windows_native_keyring_store::Store::new()?)
    }

    #[cfg(all(unix, not(target_os = "macos")))]
    fn store() -> Result<Arc<CredentialStore>, Error> {
        Ok(zbus_secret_service_keyring_store::Store::new()?)
    }

    /// Asks on a thread of its own: what talks to the keychain waits in ways that an asynchronous runtime forbids.
    fn ask<T: Send>(
        name: &str,
        question: impl FnOnce(&Entry) -> Result<T, Error> + Send,
    ) -> Result<T, String> {
        let asked = || store().and_then(|store| question(&store.build(SERVICE, name, None)?));
        let answer = thread::scope(|scope| scope.spawn(asked).join());
        answer.map_err(|_| "it broke down".to_owned())?.map_err(|error| words(&error))
    }

    /// A failure may quote what lies in the keychain; that is not repeated.
    fn words(error: &Error) -> String {
        match error {
            Error::PlatformFailure(_) | Error::NoStorageAccess(_) | Error::NotSupportedByStore(_) => {
                error.to_string()
            }
            Error::Ambiguous(_) => "it holds several keys of one name".to_owned(),
            _ => "it holds something else than a key".to_owned(),
        }
    }

    impl Keychain for OfTheSystem {
        fn key(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, String> {
            ask(name, |entry| match entry.get_secret() {
                Ok(key) => Ok(Some(Zeroizing::new(key))),
                Err(Error::NoEntry) => Ok(None),
                Err(error) => Err(error),
            })
        }

        fn keep(&self, name: &str, key: &[u8]) -> Result<(), String> {
            ask(name, |entry| entry.set_secret(key))
        }
    }
}

#[cfg(not(feature = "keychain"))]
impl Keychain for OfTheSystem {
    fn key(&self, _: &str) -> Result<Option<Zeroizing<Vec<u8>>>, String> {
        Err("this program was built without it".to_owned())
    }

    fn keep(&self, _: &str, _: &[u8]) -> Result<(), String> {
        Err("this program was built without it".to_owned())
    }
}
