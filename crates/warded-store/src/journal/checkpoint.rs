//! Who vouches for a journal? A signature over where its chain stood, by a key that is in the store and not beside it.
//!
//! Whoever can write the folder of a journal can change a record and make all hashes behind it anew. The signatures
//! they cannot make; and the last one is kept in the store as well, so that cutting off the end shows.

use std::fmt;

use async_trait::async_trait;
use aws_lc_rs::{
    digest::{SHA256, digest},
    signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey},
};
use warded_core::{UnixTime, jose::base64url};

use crate::StoreFailed;

/// The key with which a node signs its journal.
pub struct JournalKey(Ed25519KeyPair);

/// Why something is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key of a journal is 32 bytes of Ed25519")]
#[non_exhaustive]
pub struct KeyMalformed;

impl JournalKey {
    /// Takes 32 secret bytes.
    pub fn new(secret: &[u8; 32]) -> Result<Self, KeyMalformed> {
        Ed25519KeyPair::from_seed_unchecked(secret).map(Self).map_err(|_| KeyMalformed)
    }

    /// What others verify with.
    pub fn public(&self) -> PublicKey {
        let mut key = PublicKey([0; 32]);
        key.0.iter_mut().zip(self.0.public_key().as_ref()).for_each(|(to, from)| *to = *from);
        key
    }

    /// Vouches that the chain of this node stood here at that time.
    pub(crate) fn sign(&self, node: &str, seq: u64, hash: [u8; 32], time: UnixTime) -> Checkpoint {
        let mut checkpoint = Checkpoint {
            node: node.into(),
            seq,
            hash,
            time,
            key: self.public(),
            signature: [0; 64],
            sealed: false,
        };
        let signature = self.0.sign(&checkpoint.signed());
        checkpoint.signature.iter_mut().zip(signature.as_ref()).for_each(|(to, from)| *to = *from);
        checkpoint
    }
}

impl fmt::Debug for JournalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JournalKey")
    }
}

/// What the signatures in a journal are verified with. `Display` writes it as base64url.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// Reads what `Display` wrote.
    pub fn parse(text: &str) -> Result<Self, KeyMalformed> {
        Self::of(&base64url::decode(text).ok_or(KeyMalformed)?)
    }

    /// Takes its 32 bytes.
    pub fn of(bytes: &[u8]) -> Result<Self, KeyMalformed> {
        bytes.try_into().map(Self).map_err(|_| KeyMalformed)
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// What a record calls it: the beginning of its hash.
    pub fn id(&self) -> String {
        let hash = digest(&SHA256, &self.0);
        hash.as_ref().iter().take(8).fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base64url::encode(self.0))
    }
}

/// Where a chain stood, vouched for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a store keeps every field")]
pub struct Checkpoint {
    /// Whose chain.
    pub node: Box<str>,
    /// The number of its last record.
    pub seq: u64,
    /// That record's hash.
    pub hash: [u8; 32],
    /// When.
    pub time: UnixTime,
    /// The key that signed.
    pub key: PublicKey,
    /// Its signature.
    pub signature: [u8; 64],
    /// Whether the journal had ended in order with it: nothing may stand behind it that was not written since. It is the
    /// store that says so, and the signature does not.
    pub sealed: bool,
}

impl Checkpoint {
    /// What is signed. The first line keeps the signature from meaning anything else; no field holds a line feed.
    fn signed(&self) -> Vec<u8> {
        let Self { node, seq, hash, time, .. } = self;
        let mut text = format!("warded journal checkpoint\n{node}\n{seq}\n{}\n", time.seconds()).into_bytes();
        text.extend_from_slice(hash);
        text
    }

    /// Whether its key signed it.
    pub fn holds(&self) -> bool {
        let key = UnparsedPublicKey::new(&ED25519, self.key.as_bytes());
        key.verify(&self.signed(), &self.signature).is_ok()
    }
}

/// The last checkpoint of each node, where whoever can write the journal's folder cannot reach it.
#[async_trait]
pub trait Checkpoints {
    /// The last one of that node.
    async fn checkpoint(&self, node: &str) -> Result<Option<Checkpoint>, StoreFailed>;

    /// The last one of each node.
    async fn checkpoints(&self) -> Result<Vec<Checkpoint>, StoreFailed>;

    /// Keeps one, unless a later one is there already. One that is there already may be sealed, and opened again. False, and
    /// nothing is kept, where somebody else holds the node's name, or nobody does: a process that was stopped for so long that
    /// another one took its name would vouch for a second history.
    async fn keep_checkpoint(&self, checkpoint: &Checkpoint, holder: &[u8; 16]) -> Result<bool, StoreFailed>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_holds_for_what_was_signed_and_for_nothing_else() {
        let key = JournalKey::new(&[7; 32]).unwrap();
        let signed = key.sign("a", 9, [1; 32], UnixTime::from_seconds(5));
        assert!(signed.holds());
        let other = JournalKey::new(&[8; 32]).unwrap().public();
        let changed: [fn(&mut Checkpoint); 4] = [
            |it| it.node = "b".into(),
            |it| it.seq = 8,
            |it| it.hash = [2; 32],
            |it| it.time = UnixTime::from_seconds(6),
        ];
        for change in changed {
            let mut it = signed.clone();
            change(&mut it);
            assert!(!it.holds());
        }
        assert!(!Checkpoint { key: other, ..signed.clone() }.holds());
        assert!(!Checkpoint { signature: [0; 64], ..signed }.holds());
    }

    #[test]
    fn a_key_is_read_as_it_is_written_and_shows_nothing_secret() {
        let key = JournalKey::new(b"MARKMARKMARKMARKMARKMARKMARKMARK").unwrap();
        assert_eq!(PublicKey::parse(&key.public().to_string()), Ok(key.public()));
        assert_eq!(PublicKey::parse("AAAA"), Err(KeyMalformed));
        assert_eq!(PublicKey::parse("not a key"), Err(KeyMalformed));
        assert_eq!(format!("{key:?}"), "JournalKey");
        assert_eq!(key.public().id().len(), 16);
    }
}
