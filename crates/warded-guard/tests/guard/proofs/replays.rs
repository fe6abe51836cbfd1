//! A proof is good once, whoever sends it again, wherever, and however fast.

use std::{collections::BTreeMap, sync::Arc};

use tokio::task::JoinSet;
use warded_guard::Dpop;
use warded_store::{Replays, Store, memory::Marks, sqlite::Sqlite};

use super::{holder::Holder, wire::Place};
use crate::stage::{NEIGHBOUR, NOW, builder, token};

/// Sends the same request to each of these places at once, and counts the answers.
async fn race(places: Vec<Place>, token: &str, proof: &str) -> BTreeMap<(u16, String), usize> {
    let mut running = JoinSet::new();
    for place in places {
        let (token, proof) = (token.to_owned(), proof.to_owned());
        running.spawn(async move {
            let reply = place.present("POST", &token, &proof).await;
            (reply.status, if reply.is_good() { String::new() } else { reply.code() })
        });
    }
    let mut answers = BTreeMap::new();
    while let Some(answer) = running.join_next().await {
        *answers.entry(answer.unwrap()).or_default() += 1;
    }
    answers
}

fn one_of_fifty() -> BTreeMap<(u16, String), usize> {
    BTreeMap::from([((200, String::new()), 1), ((401, "proof-replayed".to_owned()), 49)])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_fifty_at_once_one_is_let_through() {
    let place = Place::of(builder().build()).await;
    let holder = Holder::new();
    let token = holder.token();
    for _ in 0..4 {
        let proof = holder.proof("POST", &token);
        assert_eq!(race(vec![place.clone(); 50], &token, &proof).await, one_of_fifty());
    }
    assert_eq!(place.reached(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_fifty_at_once_at_two_nodes_one_is_let_through() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("warded.db");
    let mut nodes = Vec::new();
    for _ in 0..2 {
        let store: Arc<dyn Store> = Arc::new(Sqlite::open(&path).await.unwrap());
        nodes.push(Place::of(builder().replays(store).build()).await);
    }
    let holder = Holder::new();
    let token = holder.token();
    let proof = holder.proof("POST", &token);
    let everywhere: Vec<_> = nodes.iter().cycle().take(50).cloned().collect();
    assert_eq!(race(everywhere, &token, &proof).await, one_of_fifty());
    assert_eq!(nodes[0].reached() + nodes[1].reached(), 1);
    let control = nodes[1].present("POST", &token, &holder.proof("POST", &token)).await;
    assert!(control.is_good(), "{control:?}");
}

#[tokio::test]
async fn the_same_jti_is_another_one_with_another_key_and_the_same_one_in_another_proof() {
    let place = Place::of(builder().build()).await;
    let (ada, bob) = (Holder::new(), Holder::new());
    let ask = async |holder: &Holder, method: &str, iat: i64| {
        let token = holder.token();
        let draft = holder.draft(method, &token).claim("jti", "same").claim("iat", iat);
        place.present(method, &token, &holder.seal(draft)).await
    };
    assert!(ask(&ada, "POST", NOW).await.is_good());
    assert!(ask(&bob, "POST", NOW).await.is_good(), "nobody uses up another's");
    assert_eq!(ask(&ada, "POST", NOW - 1).await.code(), "proof-replayed");
    assert_eq!(ask(&ada, "DELETE", NOW).await.code(), "proof-replayed");
}

#[tokio::test]
async fn only_what_is_let_through_leaves_a_mark() {
    let marks = Arc::new(Marks::default());
    let place = Place::of(builder().replays(Arc::clone(&marks) as Arc<dyn Replays>).build()).await;
    let (holder, stranger) = (Holder::new(), Holder::new());
    let (bound, plain) = (holder.token(), token());
    let proof = holder.proof("POST", &bound);
    let elsewhere = crate::stage::token_with("aud", NEIGHBOUR);
    for (token, proof) in [
        (&bound, stranger.proof("POST", &bound)),
        (&bound, holder.proof("GET", &bound)),
        (&plain, stranger.proof("POST", &plain)),
        (&elsewhere, stranger.proof("POST", &elsewhere)),
        (&plain, proof.clone()),
    ] {
        for _ in 0..20 {
            assert_eq!(place.present("POST", token, &proof).await.status, 401);
        }
    }
    assert_eq!(marks.count(), 0, "strangers fill no store");
    assert!(place.present("POST", &bound, &proof).await.is_good(), "what was refused is not used up");
    assert_eq!(marks.count(), 1);
    assert_eq!(place.present("POST", &bound, &proof).await.code(), "proof-replayed");
    assert_eq!(marks.count(), 1);
}

#[tokio::test]
async fn a_call_that_its_token_does_not_allow_leaves_the_proof_as_it_was() {
    let marks = Arc::new(Marks::default());
    let required = warded_core::Scopes::parse("notes:admin").unwrap();
    let rules = warded_guard::ScopeRules { required, ..Default::default() };
    let guard = builder().scopes(rules).replays(Arc::clone(&marks) as Arc<dyn Replays>).build();
    let (place, holder) = (Place::of(guard).await, Holder::new());
    let token = holder.token();
    let proof = holder.proof("POST", &token);
    for _ in 0..3 {
        assert_eq!(place.present("POST", &token, &proof).await.code(), "scope-missing");
    }
    assert_eq!((marks.count(), place.reached()), (0, 0));
}

#[tokio::test]
async fn what_cannot_be_remembered_is_a_fault_and_not_let_through() {
    for dpop in [Dpop::Optional, Dpop::Required] {
        let place = Place::of(builder().dpop(dpop).replays(Arc::new(Marks::up_to(1))).build()).await;
        let holder = Holder::new();
        let token = holder.token();
        let first = holder.proof("POST", &token);
        assert!(place.present("POST", &token, &first).await.is_good());
        let reply = place.present("POST", &token, &holder.proof("POST", &token)).await;
        assert_eq!((reply.status, reply.code().as_str()), (503, "store-unavailable"));
        assert_eq!((reply.all("Retry-After"), reply.challenges().len()), (vec!["5"], 0));
        assert_eq!(place.present("POST", &token, &first).await.code(), "proof-replayed", "still remembered");
        assert_eq!(place.reached(), 1);
    }
}
