//! Is this the password? argon2id (RFC 9106), at the same cost whether or not the person exists.

use argon2::{
    Argon2,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc},
};
use aws_lc_rs::rand::SecureRandom;
use warded_store::PasswordHash;
use zeroize::Zeroizing;

use crate::refused::Refused;

pub(crate) mod queue;

use queue::Turn;

/// Shortest password that is set, in characters (NIST SP 800-63B §3.1.1).
pub(crate) const MIN_CHARACTERS: usize = 8;
/// Longest that is looked at, in bytes.
pub(crate) const MAX_BYTES: usize = 1024;

/// Compares passwords.
#[derive(Debug)]
pub(crate) struct Passwords {
    /// Of nothing that anybody can type; compared with where there is nobody.
    nobody: PasswordHash,
}

impl Passwords {
    pub(crate) fn new(random: &dyn SecureRandom) -> Result<Self, Refused> {
        let mut unguessable = Zeroizing::new([0; 32]);
        random.fill(&mut *unguessable).map_err(|_| Refused::Unable)?;
        Ok(Self { nobody: hash(&*unguessable, random)? })
    }

    /// Compares; where there is no hash, with nobody's, so that the time taken does not tell who exists.
    pub(crate) async fn are_equal(
        &self,
        password: &str,
        held: Option<&PasswordHash>,
        turn: Turn,
    ) -> Result<bool, Refused> {
        if password.len() > MAX_BYTES {
            return Ok(false);
        }
        let exists = held.is_some();
        let against = held.unwrap_or(&self.nobody).clone();
        let password = Zeroizing::new(password.to_owned());
        let hashing = tokio::task::spawn_blocking(move || {
            // Given back where the work ends: a request that is cancelled stops waiting, not hashing.
            let _turn = turn;
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
    use super::{
        queue::{Queue, Waiting},
        *,
    };

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
            let (passwords, queue) = (Passwords::new(&random()).unwrap(), Queue::default());
            let room = queue.room();
            let (release, wait) = std::sync::mpsc::channel::<()>();
            let busy = tokio::task::spawn_blocking(move || wait.recv());
            let turn = queue.turn(Waiting::Stranger(None)).await.unwrap();
            let asked = passwords.are_equal("correct horse", None, turn);
            assert!(tokio::time::timeout(std::time::Duration::ZERO, asked).await.is_err());
            assert_eq!(queue.room(), room - 1);
            release.send(()).unwrap();
            busy.await.unwrap().unwrap();
            let others = (0..room).map(|_| queue.turn(Waiting::Stranger(None)));
            assert_eq!(futures_util::future::join_all(others).await.len(), room, "and room afterwards");
        });
    }

    #[tokio::test]
    async fn a_password_is_itself_and_nobody_has_one() {
        let (passwords, queue) = (Passwords::new(&random()).unwrap(), Queue::default());
        let are_equal = async |password: &str, held: Option<&PasswordHash>| {
            passwords.are_equal(password, held, queue.turn(Waiting::Stranger(None)).await.unwrap()).await
        };
        let held = hash("correct horse".as_bytes(), &random()).unwrap();
        assert!(held.as_phc().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "RFC 9106, OWASP");
        assert_ne!(held, hash("correct horse".as_bytes(), &random()).unwrap(), "salted");
        assert_eq!(are_equal("correct horse", Some(&held)).await, Ok(true));
        for other in ["correct hors", "Correct horse", "correct horse ", ""] {
            assert_eq!(are_equal(other, Some(&held)).await, Ok(false), "{other}");
        }
        assert_eq!(are_equal("correct horse", None).await, Ok(false));
        let broken = PasswordHash::new("correct horse".into());
        assert_eq!(are_equal("correct horse", Some(&broken)).await, Ok(false));
        assert_eq!(are_equal(&"a".repeat(MAX_BYTES + 1), Some(&held)).await, Ok(false));
    }
}
