//! Tokens that are bound to a key (RFC 9449): who gets one, who may ask for what, and what thieves, downgrades and endless
//! demands come to.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod stage;

use std::collections::HashSet;

use futures_util::future::join_all;
use serde_json::json;
use stage::{Audience, Seen, Stage, Wants, call, claim};
use warded_client::{
    channel::ChannelFailed,
    login::LoginFailed,
    obtain::ObtainFailed,
    session::{Asked, SessionFailed},
};
use warded_core::Issuer;

/// A server that takes proofs, and an issuer that binds tokens to keys.
async fn bound(wants: Wants) -> Stage {
    let stage = Stage::new().await;
    stage.one.turn(|knobs| knobs.algorithms = Some(vec!["RS256", "ES256"]));
    stage.server.turn(|knobs| knobs.proofs = wants);
    stage
}

fn calls(stage: &Stage) -> Vec<Seen> {
    stage.server.log.at("/mcp").into_iter().filter(|seen| seen.header("authorization").is_some()).collect()
}

#[tokio::test]
async fn a_token_is_bound_to_a_key_wherever_server_and_issuer_take_proofs() {
    for metadata in [false, true] {
        let stage = bound(Wants::Nothing).await;
        stage.server.turn(|knobs| {
            knobs.algorithms = metadata.then(|| vec!["ES256"]);
            knobs.proofs = if metadata { Wants::Nothing } else { Wants::Either };
        });
        let session = stage.session();
        for _ in 0..3 {
            assert_eq!(session.send(&call("ping")).await.unwrap().status, 200);
        }
        let calls = calls(&stage);
        assert!(calls.iter().all(|seen| seen.header("authorization").unwrap().starts_with("DPoP ")));
        let proofs: HashSet<_> = calls.iter().map(|seen| claim(seen, "jti").unwrap()).collect();
        assert_eq!(proofs.len(), 3, "no proof is sent twice");
        assert!(calls.iter().all(|seen| claim(seen, "ath").is_some()));
        assert!(calls.iter().all(|seen| claim(seen, "htu") == Some(stage.server.url())));
        // The code is bound to the key, too (RFC 9449 §10): a thief of the code has another one.
        let (authorize, token) = (stage.one.authorizations(), stage.one.grants("authorization_code"));
        assert!(authorize[0].parameter("dpop_jkt").is_some());
        assert_eq!(claim(&token[0], "ath"), None);
        assert_eq!(claim(&token[0], "htu"), Some(format!("{}/token", stage.one.url)));
    }
}

#[tokio::test]
async fn a_step_up_is_seen_beside_the_challenges_of_other_schemes() {
    let stage = bound(Wants::Either).await;
    stage.server.turn(|knobs| knobs.needs = vec![("tools/call", "write")]);
    let session = stage.session();
    assert_eq!(session.send(&call("tools/call")).await.unwrap().status, 200);
    let scopes: Vec<_> = stage.one.authorizations().iter().map(|seen| seen.parameter("scope")).collect();
    assert_eq!(scopes, [None, Some("write".to_owned())]);
    assert!(calls(&stage).iter().all(|seen| seen.header("authorization").unwrap().starts_with("DPoP ")));
}

#[tokio::test]
async fn nobody_proves_anything_to_those_who_do_not_ask() {
    for (issuer, server) in
        [(None, Wants::Either), (Some(vec!["RS256"]), Wants::Either), (Some(vec!["ES256"]), Wants::Nothing)]
    {
        let stage = Stage::new().await;
        stage.one.turn(|knobs| knobs.algorithms.clone_from(&issuer));
        stage.server.turn(|knobs| knobs.proofs = server);
        stage.session().send(&call("ping")).await.unwrap();
        assert!(stage.one.grants("authorization_code")[0].header("dpop").is_none(), "{issuer:?}");
        assert!(stage.server.tokens()[0].starts_with("Bearer "));
        assert_eq!(stage.one.authorizations()[0].parameter("dpop_jkt"), None);
    }
}

#[tokio::test]
async fn a_server_that_demands_what_nobody_can_give_gets_nothing() {
    // The issuer cannot, the server takes other algorithms, the challenge does.
    let cannot = async |issuer: Option<&'static str>, server: Option<&'static str>, demands: bool| {
        let stage = Stage::new().await;
        stage.one.turn(|knobs| knobs.algorithms = issuer.map(|name| vec![name]));
        stage.server.turn(|knobs| {
            knobs.algorithms = server.map(|name| vec![name]);
            knobs.wants_possession = demands;
            knobs.proofs = Wants::Proofs;
        });
        let error = stage.session().send(&call("ping")).await.unwrap_err();
        assert!(stage.one.authorizations().is_empty() && stage.one.log.at("/register").is_empty());
        let known = Issuer::parse(&stage.one.url).unwrap();
        let SessionFailed::PossessionWanted { issuer } = error else { panic!("{error}") };
        assert!(issuer.is_none() || issuer == Some(known));
        issuer.is_some()
    };
    assert!(cannot(None, None, true).await && cannot(None, None, false).await);
    assert!(cannot(Some("RS256"), Some("ES256"), true).await);
    assert!(!cannot(Some("ES256"), Some("RS256"), true).await);
    assert!(!cannot(Some("ES256"), Some("EdDSA"), false).await);
}

#[tokio::test]
async fn a_refresh_is_proved_with_the_same_key_also_after_a_restart() {
    let stage = bound(Wants::Proofs).await;
    stage.session().send(&call("ping")).await.unwrap();
    stage.server.forget_tokens();
    stage.session().send(&call("ping")).await.unwrap();
    // The issuer refuses a refresh with another key, so there would be another login.
    assert_eq!((stage.one.grants("refresh_token").len(), stage.visits()), (1, 1));
    assert!(stage.one.grants("refresh_token")[0].header("dpop").is_some());
}

#[tokio::test]
async fn each_login_has_a_key_of_its_own() {
    let stage = bound(Wants::Proofs).await;
    let as_account = |name: &str| {
        let mut asked = Asked::default();
        asked.account = Some(name.to_owned());
        asked
    };
    for account in ["work", "home"] {
        stage.session_as(as_account(account)).send(&call("ping")).await.unwrap();
    }
    let keys: HashSet<_> =
        stage.one.authorizations().iter().map(|seen| seen.parameter("dpop_jkt").unwrap()).collect();
    assert_eq!(keys.len(), 2);
}

#[tokio::test]
async fn a_token_that_anybody_can_use_is_refused_where_a_key_was_shown() {
    let stage = bound(Wants::Either).await;
    for kind in ["bearer", "N_A"] {
        stage.one.turn(|knobs| knobs.token_type = kind);
        let error = stage.session().send(&call("ping")).await.unwrap_err();
        let wanted = ObtainFailed::TokenType { wanted: "DPoP" };
        assert_eq!(error, SessionFailed::Login(LoginFailed::Obtain(wanted)), "{kind}");
    }
    assert!(stage.server.tokens().is_empty());
}

#[tokio::test]
async fn a_token_of_another_key_is_refused_before_its_first_use() {
    let thief = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";
    for proofs in [Wants::Either, Wants::Nothing] {
        let stage = bound(proofs).await;
        stage.one.turn(|knobs| {
            knobs.audience = Audience::Asked;
            knobs.other_key = Some(thief);
        });
        let error = stage.session().send(&call("ping")).await.unwrap_err();
        assert_eq!(error, SessionFailed::Login(LoginFailed::Obtain(ObtainFailed::OtherKey)));
        assert!(stage.server.tokens().is_empty());
    }
    let stage = bound(Wants::Either).await;
    stage.one.turn(|knobs| knobs.audience = Audience::Asked);
    stage.session().send(&call("ping")).await.unwrap();
}

#[tokio::test]
async fn nonces_are_sent_to_whoever_demands_them_and_to_nobody_else() {
    let stage = bound(Wants::Proofs).await;
    stage.one.turn(|knobs| knobs.nonce = Some("nonce-of-the-issuer"));
    stage.server.turn(|knobs| knobs.nonces = Some(1));
    let session = stage.session();
    for _ in 0..3 {
        assert_eq!(session.send(&call("ping")).await.unwrap().status, 200);
    }
    // Once without, once with; the code is still good, and nobody is asked twice.
    assert_eq!((stage.one.grants("authorization_code").len(), stage.visits()), (2, 1));
    let nonces: Vec<_> = calls(&stage).iter().map(|seen| claim(seen, "nonce")).collect();
    let nonce = |number: u8| Some(format!("nonce-{number}"));
    // The server gives the next one with each answer, so that only the first is refused.
    assert_eq!(nonces, [None, nonce(0), nonce(1), nonce(2)]);
    assert!(!stage.server.log.has("nonce-of-the-issuer"));
    stage.server.forget_tokens();
    session.send(&call("ping")).await.unwrap();
    assert_eq!(stage.one.grants("refresh_token").len(), 1, "the issuer's nonce is remembered");
}

#[tokio::test]
async fn endless_demands_for_nonces_cost_one_repetition_and_no_refresh() {
    let stage = bound(Wants::Proofs).await;
    let session = stage.session();
    session.send(&call("ping")).await.unwrap();
    let before = calls(&stage).len();
    stage.server.turn(|knobs| knobs.nonces = Some(0));
    let error = session.send(&call("ping")).await.unwrap_err();
    assert_eq!(error, SessionFailed::Channel(ChannelFailed::NonceRefused));
    assert_eq!(calls(&stage).len() - before, 2);
    assert!(stage.one.grants("refresh_token").is_empty() && stage.visits() == 1);
}

#[tokio::test]
async fn requests_that_are_refused_at_once_for_a_nonce_are_each_made_again() {
    let stage = bound(Wants::Proofs).await;
    let session = stage.session();
    session.send(&call("ping")).await.unwrap();
    let before = calls(&stage).len();
    // The server begins to demand one while many are under way: whoever is joined has made a proof before the first
    // answer comes.
    stage.server.turn(|knobs| knobs.nonces = Some(1000));
    let message = call("ping");
    for answer in join_all((0..8).map(|_| session.send(&message))).await {
        assert_eq!(answer.unwrap().status, 200);
    }
    let nonces: Vec<_> = calls(&stage)[before..].iter().map(|seen| claim(seen, "nonce")).collect();
    let without = nonces.iter().filter(|nonce| nonce.is_none()).count();
    assert_eq!((without, nonces.len()), (8, 16), "{nonces:?}");
    assert!(stage.one.grants("refresh_token").is_empty() && stage.visits() == 1);
}

#[tokio::test]
async fn an_issuer_that_refuses_each_nonce_that_it_gives_is_asked_twice_and_no_more() {
    let stage = bound(Wants::Proofs).await;
    stage.one.turn(|knobs| knobs.insatiable = true);
    let error = stage.session().send(&call("ping")).await.unwrap_err();
    assert!(error.to_string().contains("use_dpop_nonce"), "{error}");
    assert_eq!((stage.one.grants("authorization_code").len(), stage.visits()), (2, 1));

    let stage = bound(Wants::Proofs).await;
    // What it gives is no nonce by the grammar, so it can never be shown.
    stage.one.turn(|knobs| knobs.nonce = Some("a b"));
    let error = stage.session().send(&call("ping")).await.unwrap_err();
    assert!(error.to_string().contains("use_dpop_nonce"), "{error}");
    assert_eq!(stage.one.grants("authorization_code").len(), 1);
}

#[tokio::test]
async fn a_server_that_begins_to_demand_proofs_gets_a_token_of_a_key() {
    let stage = bound(Wants::Nothing).await;
    let session = stage.session();
    session.send(&call("ping")).await.unwrap();
    assert!(stage.server.tokens()[0].starts_with("Bearer "));
    stage.server.turn(|knobs| knobs.proofs = Wants::Proofs);
    assert_eq!(session.send(&call("ping")).await.unwrap().status, 200);
    // A refresh would have brought another token that anybody can use.
    assert!(stage.one.grants("refresh_token").is_empty());
    assert_eq!(stage.visits(), 2);
    assert!(stage.server.tokens().last().unwrap().starts_with("DPoP "));
}

#[tokio::test]
async fn a_bound_token_does_not_become_a_bearer_token_when_the_server_asks_for_one() {
    let stage = bound(Wants::Proofs).await;
    let session = stage.session();
    session.send(&call("ping")).await.unwrap();
    let bound = stage.server.tokens().pop().unwrap();
    let text = bound.strip_prefix("DPoP ").unwrap();
    stage.server.turn(|knobs| {
        knobs.proofs = Wants::Nothing;
        knobs.closed = true;
    });
    session.send(&call("ping")).await.unwrap_err();
    assert!(!stage.server.log.has(&format!("Bearer {text}")));
}

#[tokio::test]
async fn a_record_whose_key_was_exchanged_is_none() {
    let stage = bound(Wants::Proofs).await;
    stage.session().send(&call("ping")).await.unwrap();
    for entry in std::fs::read_dir(stage.tokens()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|kind| kind == "token") {
            let mut record: serde_json::Value =
                serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            record["sender"]["thumbprint"] = json!("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
            std::fs::write(&path, record.to_string()).unwrap();
        }
    }
    stage.session().send(&call("ping")).await.unwrap();
    assert_eq!(stage.visits(), 2);
}

#[tokio::test]
async fn a_token_that_is_carried_elsewhere_has_no_key_and_nobody_is_asked_for_one_that_has_to() {
    let carried = || {
        let mut asked = Asked::default();
        asked.bearer = true;
        asked
    };
    let stage = bound(Wants::Either).await;
    stage.session().send(&call("ping")).await.unwrap();
    stage.session_as(carried()).send(&call("ping")).await.unwrap();
    let kinds: Vec<_> =
        stage.server.tokens().iter().map(|token| token.split(' ').next().unwrap().to_owned()).collect();
    assert_eq!((kinds, stage.visits()), (vec!["DPoP".to_owned(), "Bearer".to_owned()], 2));
    // Each is found again by whoever wants its kind, and one is not kept in the place of the other.
    for (asked, key) in [(Asked::default(), true), (carried(), false)] {
        let session = stage.session_as(asked);
        session.send(&call("ping")).await.unwrap();
        assert_eq!(session.record().await.unwrap().key().is_some(), key);
    }
    assert_eq!(stage.visits(), 2);
    // Where nothing is bound to keys, there is one for both.
    let stage = Stage::new().await;
    stage.session().send(&call("ping")).await.unwrap();
    stage.session_as(carried()).send(&call("ping")).await.unwrap();
    assert_eq!(stage.visits(), 1);
    let stage = bound(Wants::Proofs).await;
    let error = stage.session_as(carried()).send(&call("ping")).await.unwrap_err();
    assert_eq!(error, SessionFailed::BearerRefused);
    assert!(stage.visits() == 0 && stage.one.log.at("/register").is_empty());
}

#[tokio::test]
async fn nothing_of_a_key_stands_in_what_is_described() {
    let stage = bound(Wants::Proofs).await;
    let session = stage.session();
    session.send(&call("ping")).await.unwrap();
    let record = session.record().await.unwrap();
    let text = std::fs::read_dir(stage.tokens()).unwrap().find_map(|entry| {
        let path = entry.unwrap().path();
        let is_it = path.extension().is_some_and(|kind| kind == "token");
        is_it.then(|| std::fs::read_to_string(path).unwrap())
    });
    let written: serde_json::Value = serde_json::from_str(&text.unwrap()).unwrap();
    let key = written["sender"]["key"].as_str().unwrap();
    let said = format!("{session:?} {record:?} {:?} {:?}", record.token_for(&stage.url()), session.prover());
    assert!(key.len() > 100 && !said.contains(key) && !said.contains("ACCESS"), "{said}");
    assert!(said.contains(&record.key().unwrap().to_string()), "which key it is may be said");
}
