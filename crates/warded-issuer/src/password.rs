//! Is this the password? argon2id (RFC 9106), at the same cost whether or not the person exists.

use std::sync::Arc;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc},
};
use aws_lc_rs::rand::SecureRandom;
use tokio::sync::Semaphore;
use warded_store::PasswordHash;
use zeroize::Zeroizing;

use crate::refused::Refused;

/// Shortest password that is set, in characters (NIST SP 800-63B §3.1.1).
pub(crate) const MIN_CHARACTERS: usize = 8;
/// Longest that is looked at, in bytes.
pub(crate) const MAX_BYTES: usize = 1024;

/// How many passwords are hashed at once: each takes 19 MiB, and a flood of logins must not take all there is.
const AT_ONCE: usize = 4;

/// How many more wait for that. On top it is said at once that there are too many: a queue without an end would be as long
/// as a flood, and everybody's.
const WAITING: usize = 64;

/// Hashes and compares passwords, a few at once.
#[derive(Debug)]
pub(crate) struct Passwords {
    room: Arc<Semaphore>,
    queue: Semaphore,
    /// Of nothing that anybody can type; compared with where there is nobody.
    nobody: PasswordHash,
}

impl Passwords {
    pub(crate) fn new(random: &dyn SecureRandom) -> Result<Self, Refused> {
        let mut unguessable = Zeroizing::new([0; 32]);
        random.fill(&mut *unguessable).map_err(|_| Refused::Unable)?;
        let (room, queue) = (Arc::new(Semaphore::new(AT_ONCE)), Semaphore::new(AT_ONCE + WAITING));
        Ok(Self { room, queue, nobody: hash(&*unguessable, random)? })
    }

    /// Compares; where there is no hash, with nobody's, so that the time taken does not tell who exists.
    pub(crate) async fn are_equal(
        &self,
        password: &str,
        held: Option<&PasswordHash>,
    ) -> Result<bool, Refused> {
        if password.len() > MAX_BYTES {
            return Ok(false);
        }
        let _place = self.queue.try_acquire().map_err(|_| Refused::TooMany)?;
        let room = Arc::clone(&self.room).acquire_owned().await.map_err(|_| Refused::Unable)?;
        let exists = held.is_some();
        let against = held.unwrap_or(&self.nobody).clone();
        let password = Zeroizing::new(password.to_owned());
        let hashing = tokio::task::spawn_blocking(move || {
            // Given back where the work ends: a request that is cancelled stops waiting, not hashing.
            let _room = room;
            verify(password.as_bytes(), &against)
        });
        let equal = hashing.await.map_err(|_| Refused::Unable)?;
        Ok(equal && exists)
    }
}

fn verify(password: &[u8], held: &PasswordHash) -> bool {
    let Ok(held) = phc::PasswordHash::new(held.as_phc()) else {
        tracing::error!("a password in the store is not a PHC string");
        return false;
    };
    Argon2::default().verify_password(password, &held).is_ok()
}

/// Hashes a password with a fresh salt.
pub(crate) fn hash(password: &[u8], random: &dyn SecureRandom) -> Result<PasswordHash, Refused> {
    let mut salt = [0; 16];
    random.fill(&mut salt).map_err(|_| Refused::Unable)?;
    let hash: phc::PasswordHash =
        Argon2::default().hash_password_with_salt(password, &salt).map_err(|_| Refused::Unable)?;
    Ok(PasswordHash::new(hash.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::disallowed_methods, reason = "tests need randomness from somewhere")]
    fn random() -> aws_lc_rs::rand::SystemRandom {
        aws_lc_rs::rand::SystemRandom::new()
    }

    #[test]
    fn a_request_that_is_cancelled_makes_no_room_while_its_password_is_hashed() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .max_blocking_threads(1)
            .build()
            .unwrap();
        runtime.block_on(async {
            let passwords = Passwords::new(&random()).unwrap();
            let (release, wait) = std::sync::mpsc::channel::<()>();
            let busy = tokio::task::spawn_blocking(move || wait.recv());
            let asked = passwords.are_equal("correct horse", None);
            assert!(tokio::time::timeout(std::time::Duration::ZERO, asked).await.is_err());
            assert_eq!(passwords.room.available_permits(), AT_ONCE - 1);
            release.send(()).unwrap();
            busy.await.unwrap().unwrap();
            let all = u32::try_from(AT_ONCE).unwrap();
            assert!(passwords.room.acquire_many(all).await.is_ok(), "and room afterwards");
        });
    }

    #[tokio::test]
    async fn whoever_finds_too_many_before_them_is_told_so_and_does_not_wait() {
        let passwords = Passwords::new(&random()).unwrap();
        let busy = passwords.room.acquire_many(u32::try_from(AT_ONCE).unwrap()).await.unwrap();
        let mut waiting: Vec<_> =
            (0..AT_ONCE + WAITING).map(|_| Box::pin(passwords.are_equal("correct horse", None))).collect();
        for one in &mut waiting {
            assert!(futures_util::poll!(one).is_pending());
        }
        assert_eq!(passwords.are_equal("correct horse", None).await, Err(Refused::TooMany));
        drop((waiting, busy));
        assert_eq!(passwords.are_equal("correct horse", None).await, Ok(false), "whoever goes makes room");
    }

    #[tokio::test]
    async fn a_password_is_itself_and_nobody_has_one() {
        let passwords = Passwords::new(&random()).unwrap();
        let held = hash("correct horse".as_bytes(), &random()).unwrap();
        assert!(held.as_phc().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "RFC 9106, OWASP");
        assert_ne!(held, hash("correct horse".as_bytes(), &random()).unwrap(), "salted");
        assert_eq!(passwords.are_equal("correct horse", Some(&held)).await, Ok(true));
        for other in ["correct hors", "Correct horse", "correct horse ", ""] {
            assert_eq!(passwords.are_equal(other, Some(&held)).await, Ok(false), "{other}");
        }
        assert_eq!(passwords.are_equal("correct horse", None).await, Ok(false));
        let broken = PasswordHash::new("correct horse".into());
        assert_eq!(passwords.are_equal("correct horse", Some(&broken)).await, Ok(false));
        assert_eq!(passwords.are_equal(&"a".repeat(MAX_BYTES + 1), Some(&held)).await, Ok(false));
    }
}
