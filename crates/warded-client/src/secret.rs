//! Where is a secret, and what is it now? It is read each time that it is used: a platform renews the assertions of its
//! workloads, and an operator changes a secret while programs run.

use std::{fmt, fs::File, io::Read as _, path::Path, sync::Arc};

use zeroize::Zeroizing;

/// Largest secret that is read; a key of RSA or an assertion with many claims fits.
const MAX: u64 = 64 * 1024;

/// Reads a secret. What it returns as an error is shown, and holds nothing of the secret.
pub type Read = dyn Fn() -> Result<Zeroizing<String>, String> + Send + Sync;

/// Where a secret is.
#[derive(Clone)]
pub struct Secret {
    name: Box<str>,
    read: Arc<Read>,
}

/// A secret that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot read {name}: {reason}")]
#[non_exhaustive]
pub struct Unreadable {
    /// Where it should be.
    pub name: Box<str>,
    /// Why it is not.
    pub reason: Box<str>,
}

impl Secret {
    /// A secret that is read so; `name` says where it is, for people.
    pub fn of(name: &str, read: Arc<Read>) -> Self {
        Self { name: name.into(), read }
    }

    /// A secret in a file, without the newline that editors put behind it.
    pub fn in_file(path: &Path) -> Self {
        let name = path.display().to_string();
        let path = path.to_owned();
        Self::of(&name, Arc::new(move || read_file(&path).map_err(|error| error.to_string())))
    }

    /// A secret that stays the same.
    pub fn fixed(name: &str, text: Zeroizing<String>) -> Self {
        Self::of(name, Arc::new(move || Ok(text.clone())))
    }

    /// What it is now.
    pub fn read(&self) -> Result<Zeroizing<String>, Unreadable> {
        let failed = |reason: &str| Unreadable { name: self.name.clone(), reason: reason.into() };
        let text = (self.read)().map_err(|reason| failed(&reason))?;
        if text.is_empty() { Err(failed("there is nothing in it")) } else { Ok(text) }
    }
}

fn read_file(path: &Path) -> std::io::Result<Zeroizing<String>> {
    let file = File::open(path)?;
    let room = file.metadata()?.len().min(MAX);
    // Room for all of it at once: a text that grows leaves copies behind.
    let mut text = Zeroizing::new(String::with_capacity(usize::try_from(room).unwrap_or(0) + 1));
    file.take(MAX).read_to_string(&mut text)?;
    let end = text.trim_end_matches(['\r', '\n']).len();
    text.truncate(end);
    Ok(text)
}

/// Says where it is, never what.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Secret").field(&self.name).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_what_it_is_now() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let secret = Secret::in_file(&path);
        assert!(secret.read().unwrap_err().to_string().contains("secret"));
        std::fs::write(&path, "one\r\n").unwrap();
        assert_eq!(secret.read().unwrap().as_str(), "one");
        std::fs::write(&path, "two\nlines").unwrap();
        assert_eq!(secret.read().unwrap().as_str(), "two\nlines");
        std::fs::write(&path, "\n").unwrap();
        assert!(secret.read().is_err(), "nothing is no secret");
    }

    #[test]
    fn a_description_says_where_and_not_what() {
        let secret = Secret::fixed("the secret", Zeroizing::new("MARKED".to_owned()));
        assert_eq!(format!("{secret:?}"), r#"Secret("the secret")"#);
    }
}
