//! Journals: where they stood, and who keeps them.

use super::at;
use crate::{Store, journal::checkpoint::JournalKey};

pub(super) async fn the_last_checkpoint_of_each_node_is_kept(store: &dyn Store) {
    let key = JournalKey::new(&[7; 32]).unwrap();
    let checkpoint = |node, seq: u64| key.sign(node, seq, [u8::try_from(seq).unwrap(); 32], at(0));
    assert_eq!(store.checkpoint("a").await.unwrap(), None);
    let keep = async |checkpoint: &_| store.keep_checkpoint(checkpoint, &[7; 16]).await.unwrap();
    assert!(!keep(&checkpoint("a", 5)).await, "nobody holds its name");
    for node in ["a", "b"] {
        assert!(store.hold_node(node, &[7; 16], at(60), at(0)).await.unwrap());
    }
    assert!(keep(&checkpoint("a", 5)).await);
    assert!(keep(&checkpoint("b", 9)).await);
    // Whoever comes late, or has put an older folder in place, takes nothing back.
    assert!(keep(&checkpoint("a", 3)).await);
    let held = store.checkpoint("a").await.unwrap().unwrap();
    assert_eq!(held, checkpoint("a", 5));
    assert!(held.holds());
    assert!(keep(&checkpoint("a", 6)).await);
    assert_eq!(store.checkpoint("a").await.unwrap(), Some(checkpoint("a", 6)));
    // The same one is sealed when its journal ends, and opened when that goes on; no other with its number is.
    let sealed = |mut it: crate::journal::checkpoint::Checkpoint| {
        (it.sealed, it.folder) = (true, Some([3; 16]));
        it
    };
    assert!(keep(&sealed(checkpoint("a", 6))).await);
    assert!(keep(&key.sign("a", 6, [9; 32], at(0))).await);
    assert_eq!(store.checkpoint("a").await.unwrap(), Some(sealed(checkpoint("a", 6))));
    assert!(keep(&checkpoint("a", 6)).await);
    assert_eq!(store.checkpoint("a").await.unwrap(), Some(checkpoint("a", 6)));
    assert_eq!(store.checkpoint("b").await.unwrap(), Some(checkpoint("b", 9)));
    // Whoever has lost the name vouches for nothing any more, even when nobody has it.
    assert!(store.hold_node("a", &[8; 16], at(120), at(60)).await.unwrap());
    assert!(!keep(&checkpoint("a", 7)).await);
    assert!(!store.keep_node("a", &[7; 16], at(200)).await.unwrap());
    store.leave_node("a", &[8; 16]).await.unwrap();
    assert!(!keep(&checkpoint("a", 7)).await);
    assert!(!store.keep_node("a", &[7; 16], at(200)).await.unwrap());
    assert!(store.keep_node("b", &[7; 16], at(200)).await.unwrap());
    assert!(!store.hold_node("b", &[8; 16], at(220), at(199)).await.unwrap());
    store.leave_node("b", &[7; 16]).await.unwrap();
    let mut all = store.checkpoints().await.unwrap();
    all.sort_by_key(|checkpoint| checkpoint.seq);
    assert_eq!(all, [checkpoint("a", 6), checkpoint("b", 9)]);
}

pub(super) async fn a_node_has_one_holder_at_a_time(store: &dyn Store) {
    let hold = async |node, holder: u8, until, now| {
        store.hold_node(node, &[holder; 16], at(until), at(now)).await.unwrap()
    };
    assert!(hold("a", 1, 60, 0).await && hold("a", 1, 80, 20).await && hold("b", 2, 60, 0).await);
    assert!(!hold("a", 2, 100, 79).await && hold("a", 2, 140, 80).await && !hold("a", 1, 140, 81).await);
    // A clock that had said 2100 holds nothing until then.
    assert!(hold("c", 1, 4_102_444_860, 4_102_444_800).await && hold("c", 2, 160, 100).await);
    assert!(!hold("c", 1, 161, 101).await);
    // Only its holder lets go of it.
    store.leave_node("a", &[1; 16]).await.unwrap();
    assert!(!hold("a", 1, 140, 81).await);
    store.leave_node("a", &[2; 16]).await.unwrap();
    assert!(hold("a", 1, 140, 81).await);
    store.takes_writes().await.unwrap();
    assert!(!hold("b", 1, 60, 59).await, "and nothing was written by asking");
}
