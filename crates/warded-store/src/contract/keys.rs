//! Signing keys: added one behind the other, kept for as long as they are published.

use warded_core::jose::Algorithm;
use zeroize::Zeroizing;

use super::at;
use crate::{Added, HeldKey, Store};

pub(super) fn key(kid: &str, algorithm: Algorithm, signs_from: i64) -> HeldKey {
    HeldKey {
        kid: kid.to_owned(),
        algorithm,
        pkcs8: Zeroizing::new(format!("the pair of {kid}").into_bytes()),
        created: at(0),
        signs_from: at(signs_from),
        signs_until: at(signs_from + 100),
        published_until: at(signs_from + 200),
    }
}

pub(super) async fn a_key_is_added_behind_the_one_that_was_last(store: &dyn Store) {
    let (first, second) = (key("z", Algorithm::EdDsa, 0), key("a", Algorithm::EdDsa, 50));
    let add = async |key: &HeldKey, newest| store.add_signing_key("staff", key, newest).await.unwrap();
    assert_eq!(store.signing_keys("staff").await.unwrap(), []);
    assert_eq!(add(&first, Some("z")).await, Added::Taken, "there is none yet");
    assert_eq!(add(&first, None).await, Added::Yes);
    assert_eq!(add(&second, None).await, Added::Taken, "another node was quicker");
    assert_eq!(add(&second, Some("a")).await, Added::Taken);
    assert_eq!(add(&second, Some("z")).await, Added::Yes);
    assert_eq!(add(&key("b", Algorithm::EdDsa, 60), Some("z")).await, Added::Taken, "it is the last no more");
    assert_eq!(store.signing_keys("staff").await.unwrap(), [first, second.clone()]);

    // Each algorithm has keys of its own, under names that are nobody else's.
    assert_eq!(add(&key("a", Algorithm::Es256, 0), None).await, Added::Taken, "the name is taken");
    assert_eq!(add(&key("c", Algorithm::Es256, 70), None).await, Added::Yes);
    assert_eq!(add(&key("d", Algorithm::EdDsa, 80), Some("a")).await, Added::Yes);
    let named = async |issuer| {
        let keys = store.signing_keys(issuer).await.unwrap();
        keys.into_iter().map(|key| key.kid).collect::<Vec<_>>()
    };
    assert_eq!(named("staff").await, ["z", "a", "c", "d"]);
    assert_eq!(store.add_signing_key("guests", &second, None).await.unwrap(), Added::Yes);
    assert_eq!(store.signing_keys("guests").await.unwrap(), [second]);
    assert_eq!(named("Staff").await, [""; 0]);
}

pub(super) async fn keys_are_kept_for_as_long_as_they_are_published(store: &dyn Store) {
    let retire = async |kid| store.retire_signing_key("staff", kid, at(10), at(20)).await.unwrap();
    assert!(retire("a").await && !retire("nobody").await);
    let held = store.signing_keys("staff").await.unwrap();
    let retired = held.iter().find(|key| key.kid == "a").unwrap();
    assert_eq!((retired.signs_until, retired.published_until), (at(10), at(20)));
    assert_eq!(store.signing_keys("guests").await.unwrap().first().unwrap().signs_until, at(150));
    assert_eq!(store.sweep(at(19)).await.unwrap(), 0);
    assert_eq!(store.sweep(at(20)).await.unwrap(), 1);
    let left: Vec<_> = store.signing_keys("staff").await.unwrap().into_iter().map(|key| key.kid).collect();
    assert_eq!(left, ["z", "c", "d"]);
    assert_eq!(store.sweep(at(280)).await.unwrap(), 4, "no key stays longer than anybody may know it");
    assert_eq!(store.signing_keys("staff").await.unwrap(), []);
}
