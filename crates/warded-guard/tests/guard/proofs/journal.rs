//! What is remembered of a proof that was refused?

use std::{fs, sync::Arc};

use serde_json::Value;
use warded_core::FingerprintKey;
use warded_store::journal::{
    Journal,
    segments::{Segments, Terms},
};

use super::{holder::Holder, wire::Place};
use crate::stage::{Fixed, builder};

#[tokio::test]
async fn whoever_repeats_a_request_is_counted_and_not_taken_for_its_sender() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Arc::new(Segments::open(folder.path(), Terms::of("a"), Arc::new(Fixed)).unwrap());
    let names = Arc::new(FingerprintKey::new([7; 32]));
    let guard = builder().journal(Arc::clone(&journal) as Arc<dyn Journal>, names).build();
    let place = Place::of(guard).await;
    let holder = Holder::new();
    let token = holder.token();
    let proof = holder.proof("POST", &token);
    assert!(place.present("POST", &token, &proof).await.is_good());
    for _ in 0..5 {
        assert_eq!(place.present("POST", &token, &proof).await.code(), "proof-replayed");
    }
    journal.flush().unwrap();
    let mut files: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let text: String = files.into_iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    let records: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let about = |what: &str| records.iter().filter(|record| record["event"] == what).count();
    assert_eq!(about("call"), 1, "a flood of one caught request fills no disk: {text}");
    let repeats: Vec<_> =
        records.iter().filter(|record| record.to_string().contains("proof-replayed")).collect();
    assert!(repeats.iter().all(|record| record.get("subject").is_none()), "{text}");
    let parts = token.split('.').chain(proof.split('.'));
    assert!(parts.into_iter().all(|part| !text.contains(part)), "{text}");
}
