//! A token that was admitted a moment ago is judged by everything that may have changed since.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering::SeqCst},
};

use serde_json::json;
use warded_core::{Clock, Fleet, Issuer, IssuerRules, IssuerSpec, Mode, ServerSpec, UnixTime, jose::KeySet};
use warded_guard::{Guard, Memory};

use crate::stage::{
    Door, HERE, ISSUER, NEIGHBOUR, NOW, body, claims, fresh_key, keys, ping, post, server, signed, signed_by,
    token, token_with, uri,
};

#[derive(Debug)]
struct Hands(AtomicI64);

impl Clock for Hands {
    fn now(&self) -> UnixTime {
        UnixTime::from_seconds(self.0.load(SeqCst))
    }
}

fn hands() -> Arc<Hands> {
    Arc::new(Hands(AtomicI64::new(NOW)))
}

async fn asks(door: &Door, token: &str) -> (u16, String) {
    let request = post().header("Authorization", format!("Bearer {token}")).body(body(&ping())).unwrap();
    let answer = door.ask(request).await;
    let status = answer.status.as_u16();
    (status, if status == 200 { String::new() } else { answer.code() })
}

fn refused(code: &str) -> (u16, String) {
    (401, code.to_owned())
}

const ADMITTED: (u16, String) = (200, String::new());

#[tokio::test]
async fn a_token_that_comes_again_gets_the_verdict_that_it_had() {
    let (door, token) = (Door::usual(), token());
    let comes = async |token: &str| {
        let request = post().header("Authorization", format!("Bearer {token}"));
        door.admits(request.body(body(&ping())).unwrap()).await.token
    };
    let (first, again) = (comes(&token).await, comes(&token).await);
    assert!(Arc::ptr_eq(&first, &again), "it was not judged a second time");
    let other = comes(&token_with("jti", "another")).await;
    assert!(!Arc::ptr_eq(&first, &other));
}

/// P31 of the probe's cases.
#[tokio::test]
async fn a_token_that_expires_after_its_first_use_is_refused_to_the_second() {
    let (clock, memory) = (hands(), Memory::of(10));
    let guard = Guard::at(server(), keys()).clock(clock.clone()).memory(memory.clone()).build();
    let (door, token) = (Door::at(guard), token());
    let end = NOW + 300 + i64::from(IssuerRules::DEFAULT_LEEWAY);
    for (now, said) in [(NOW, ADMITTED), (end - 1, ADMITTED), (end, refused("expired")), (NOW, ADMITTED)] {
        clock.0.store(now, SeqCst);
        assert_eq!(asks(&door, &token).await, said, "{}", now - NOW);
        assert_eq!(memory.tokens(), usize::from(said == ADMITTED));
    }
}

#[tokio::test]
async fn guards_that_share_a_memory_share_no_verdict() {
    let memory = Memory::of(10);
    let spec = |name: &str, resource| ServerSpec {
        name: name.into(),
        resource: uri(resource),
        aliases: vec![],
        issuers: vec![0],
        tier: "default".into(),
        mode: Mode::Strict,
    };
    let url = Issuer::parse(ISSUER).unwrap();
    let issuer = IssuerSpec { url, rules: IssuerRules::default(), audiences: vec![], across_tiers: vec![] };
    let fleet = Fleet::prove(vec![spec("notes", HERE), spec("files", NEIGHBOUR)], vec![issuer]).unwrap();
    let (keys, clock) = (keys(), hands());
    let door = |name: &str| {
        let guard = Guard::at(fleet.server(name).unwrap(), keys.clone());
        Door::at(guard.clock(clock.clone()).memory(memory.clone()).build())
    };
    let (notes, files) = (door("notes"), door("files"));
    let (for_notes, for_files) = (token(), token_with("aud", NEIGHBOUR));
    for _ in 0..2 {
        assert_eq!(asks(&notes, &for_notes).await, ADMITTED);
        assert_eq!(asks(&files, &for_notes).await, refused("audience-elsewhere"));
        assert_eq!(asks(&files, &for_files).await, ADMITTED);
        assert_eq!(asks(&notes, &for_files).await, refused("audience-elsewhere"));
    }
    assert_eq!(memory.tokens(), 2, "refusals are not remembered");
}

#[tokio::test]
async fn a_guard_that_is_built_anew_judges_by_its_own_rules() {
    let memory = Memory::of(10);
    let at = |mode| {
        let spec = ServerSpec {
            name: "notes".into(),
            resource: uri(HERE),
            aliases: vec![],
            issuers: vec![0],
            tier: "default".into(),
            mode,
        };
        let url = Issuer::parse(ISSUER).unwrap();
        let issuer =
            IssuerSpec { url, rules: IssuerRules::default(), audiences: vec![], across_tiers: vec![] };
        let server = Fleet::prove(vec![spec], vec![issuer]).unwrap().server("notes").unwrap();
        Door::at(Guard::at(server, keys()).clock(hands()).memory(memory.clone()).build())
    };
    let unaimed = token_with("aud", "https://elsewhere.example");
    let permissive = at(Mode::PermissiveUntil(UnixTime::from_seconds(NOW + 60)));
    assert_eq!(asks(&permissive, &unaimed).await, ADMITTED);
    assert_eq!(asks(&permissive, &unaimed).await, ADMITTED);
    assert_eq!(asks(&at(Mode::Strict), &unaimed).await, refused("audience-unknown"));
}

#[tokio::test]
async fn a_key_that_is_withdrawn_ends_what_it_signed_at_once() {
    let (keys, key) = (keys(), fresh_key());
    let issuer = Issuer::parse(ISSUER).unwrap();
    let set = |key: &warded_core::jose::SigningKey| {
        KeySet::parse(json!({ "keys": [key.public_jwk()] }).to_string().as_bytes()).unwrap()
    };
    keys.hold(&issuer, set(&key));
    let door = Door::at(Guard::at(server(), keys.clone()).clock(hands()).build());
    let token = signed_by(&key, &claims());
    assert_eq!(asks(&door, &token).await, ADMITTED);
    assert_eq!(asks(&door, &token).await, ADMITTED);
    keys.hold(&issuer, set(&fresh_key()));
    assert_eq!(asks(&door, &token).await, refused("key-unknown"));
    keys.hold(&issuer, set(&key));
    assert_eq!(asks(&door, &token).await, ADMITTED);
}

#[tokio::test]
async fn a_warm_token_with_another_signature_is_a_forgery() {
    let door = Door::at(Guard::at(server(), keys()).clock(hands()).build());
    let token = signed(&claims());
    assert_eq!(asks(&door, &token).await, ADMITTED);
    let (text, signature) = token.rsplit_once('.').unwrap();
    let other: String = signature.chars().rev().collect();
    assert_eq!(asks(&door, &format!("{text}.{other}")).await.0, 401);
    assert_eq!(asks(&door, &format!("{text}.{}", "A".repeat(86))).await, refused("signature-invalid"));
    assert_eq!(asks(&door, &token).await, ADMITTED);
}

#[tokio::test]
async fn scopes_are_asked_for_also_where_the_token_is_warm() {
    let door = Door::usual();
    let token = token_with("scope", "other");
    for _ in 0..2 {
        assert_eq!(asks(&door, &token).await, (403, "scope-missing".to_owned()));
    }
}

#[tokio::test]
async fn a_bad_token_leaves_nothing_behind() {
    let memory = Memory::of(10);
    let guard = Guard::at(server(), keys()).clock(hands()).memory(memory.clone()).build();
    let door = Door::at(guard);
    for token in [
        token_with("exp", NOW - 3600),
        token_with("iss", "https://evil.example"),
        token_with("aud", NEIGHBOUR),
        signed_by(&fresh_key(), &claims()),
        "opaque".to_owned(),
    ] {
        assert_eq!(asks(&door, &token).await.0, 401);
    }
    assert_eq!((memory.tokens(), memory.bytes()), (0, 0));
}
