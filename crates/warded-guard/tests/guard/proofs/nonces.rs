//! Nonces: nobody remembers them, and nobody makes one ahead.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use warded_core::{Clock, UnixTime, dpop::Nonces};
use warded_guard::Dpop;

use super::{holder::Holder, wire::Place};
use crate::stage::{HERE, NEIGHBOUR, NOW, builder, token, uri};

const KEY: [u8; 32] = [7; 32];

/// A clock that is set by hand.
#[derive(Debug)]
struct Hand(AtomicI64);

impl Clock for Hand {
    fn now(&self) -> UnixTime {
        UnixTime::from_seconds(self.0.load(Ordering::Relaxed))
    }
}

fn nonce_at(place: &str, key: u8, seconds: i64) -> String {
    Nonces::new(&[key; 32], &uri(place)).current(UnixTime::from_seconds(NOW + seconds))
}

#[tokio::test]
async fn a_nonce_is_demanded_given_and_accepted() {
    let place = Place::of(builder().dpop_nonces(&KEY).build()).await;
    let holder = Holder::new();
    let token = holder.token();
    let with = |nonce: &str| holder.seal(holder.draft("POST", &token).claim("nonce", nonce));
    for (proof, code) in [
        (holder.proof("POST", &token), "proof-nonce-missing"),
        (with("made up"), "proof-nonce-unknown"),
        (with(&nonce_at(HERE, 8, 0)), "proof-nonce-unknown"),
        (with(&nonce_at(NEIGHBOUR, 7, 0)), "proof-nonce-unknown"),
        (with(&nonce_at(HERE, 7, -300)), "proof-nonce-unknown"),
        (with(&nonce_at(HERE, 7, 150)), "proof-nonce-unknown"),
    ] {
        let reply = place.present("POST", &token, &proof).await;
        assert_eq!((reply.status, reply.code().as_str()), (401, code));
        assert!(reply.challenges()[0].starts_with("DPoP error=\"use_dpop_nonce\""), "{reply:?}");
        assert_eq!(reply.all("Cache-Control"), ["no-store"]);
        let [nonce] = reply.all("DPoP-Nonce")[..] else { panic!("{reply:?}") };
        let reply = place.present("POST", &token, &with(nonce)).await;
        assert!(reply.is_good(), "the nonce that came with the challenge: {reply:?}");
        assert_eq!(reply.all("DPoP-Nonce"), [nonce], "ours, not the server's behind");
    }
}

#[tokio::test]
async fn a_nonce_ends_and_the_next_one_comes_with_the_answer() {
    let clock = Arc::new(Hand(AtomicI64::new(NOW)));
    let place = Place::of(builder().clock(Arc::clone(&clock) as _).dpop_nonces(&KEY).build()).await;
    let holder = Holder::new();
    let token = holder.token();
    let ask = async |nonce: &str, seconds: i64| {
        clock.0.store(NOW + seconds, Ordering::Relaxed);
        let draft = holder.draft("GET", &token).claim("nonce", nonce).claim("iat", NOW + seconds);
        place.present("GET", &token, &holder.seal(draft)).await
    };
    let first = place.ask("GET", &[]).await;
    let [nonce] = first.all("DPoP-Nonce")[..] else { panic!("{first:?}") };
    assert!(ask(nonce, 149).await.is_good());
    let later = ask(nonce, 299).await;
    assert!(later.is_good(), "{later:?}");
    let [next] = later.all("DPoP-Nonce")[..] else { panic!("{later:?}") };
    assert!(next != nonce, "a new one, before the old one is refused");
    assert_eq!(later.all("Cache-Control"), ["no-store"], "a cache would hand it out when it is over");
    assert_eq!(ask(nonce, 300).await.code(), "proof-nonce-unknown");
    let last = ask(next, 300).await;
    assert!(last.is_good(), "{last:?}");
}

#[tokio::test]
async fn who_sends_no_proofs_hears_nothing_of_nonces() {
    let bearer = format!("Bearer {}", token());
    let headers = [("Authorization", &*bearer)];
    let reply = Place::of(builder().dpop_nonces(&KEY).build()).await.ask("POST", &headers).await;
    assert!(reply.is_good() && reply.all("DPoP-Nonce").is_empty(), "{reply:?}");
    for guard in [builder(), builder().dpop(Dpop::Off).dpop_nonces(&KEY)] {
        let place = Place::of(guard.build()).await;
        assert!(place.ask("POST", &[]).await.all("DPoP-Nonce").is_empty());
        let reply = place.ask("POST", &headers).await;
        assert!(reply.is_good() && reply.all("DPoP-Nonce").is_empty(), "{reply:?}");
    }
}
