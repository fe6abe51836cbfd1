//! What is in the way at each endpoint: an outage, a page that is not there, a redirect. Nothing is sent elsewhere for it,
//! and nothing weaker is tried.

use serde_json::json;
use warded_client::session::{Asked, Grant, KeptFailed, Way};

use crate::{
    Due, logged_in,
    stage::{Obstacle, Revokes, Stage, Wants, call},
    works,
};

/// The endpoints of the issuer, then those of the server.
const ENDPOINTS: [&str; 6] = [
    "/.well-known/oauth-authorization-server",
    "/register",
    "/token",
    "/.well-known/oauth-protected-resource/mcp",
    "/.well-known/oauth-protected-resource",
    "/mcp",
];

#[tokio::test]
async fn whatever_is_in_the_way_sends_nobody_anywhere_else() {
    for path in ENDPOINTS {
        for kind in 0..6 {
            for due in [Due::Refused, Due::Ending, Due::RestartedLater] {
                let (stage, asked) = (Stage::new().await, Asked::default());
                let session = logged_in(&stage, &asked).await;
                let obstacle = match kind {
                    0 => Obstacle::Status(404),
                    1 => Obstacle::Status(410),
                    2 => Obstacle::Status(500),
                    3 => Obstacle::Redirect(302, stage.two.url.clone()),
                    4 => Obstacle::Redirect(307, stage.two.url.clone()),
                    _ => Obstacle::Redirect(308, stage.other.origin().to_owned()),
                };
                for obstacles in [&stage.one.obstacles, &stage.server.obstacles] {
                    obstacles.put(path, obstacle.clone());
                }
                let session = due.comes(&stage, session, &asked);
                session.send(&call("ping")).await.ok();
                let seen = (stage.two.log.len(), stage.other.log.len());
                assert_eq!(seen, (0, 0), "{path} {obstacle:?} {due:?}");
                // Its own origin is asked for nothing that its issuer has.
                for own in ["/token", "/register", "/authorize", "/revoke"] {
                    assert!(stage.server.log.at(own).is_empty(), "{path} {obstacle:?} {due:?}");
                }
                stage.check();
                for obstacles in [&stage.one.obstacles, &stage.server.obstacles] {
                    obstacles.clear();
                }
                works(&stage, &asked).await;
                stage.check();
            }
        }
    }
}

#[tokio::test]
async fn a_refresh_token_does_not_follow_its_token_endpoint_to_another_host() {
    for (due, method) in
        Due::ALL.into_iter().flat_map(|due| ["none", "client_secret_basic"].map(|how| (due, how)))
    {
        let (stage, asked) = (Stage::new().await, Asked::default());
        stage.one.turn(|knobs| (knobs.revokes, knobs.methods) = (Some(Revokes::Both), Some(vec![method])));
        let session = logged_in(&stage, &asked).await;
        let listed = stage.listed();
        stage.one.turn(|knobs| knobs.lies = vec![("token_endpoint", format!("{}/token", stage.two.url))]);
        let session = due.comes(&stage, session, &asked);
        session.send(&call("ping")).await.ok();
        assert!(!stage.two.log.has("REFRESH") && !stage.two.log.has("ACCESS"), "{due:?}");
        only_a_new_login(&stage);
        let moved = |outcome: Result<(), KeptFailed>| {
            assert!(matches!(outcome, Err(KeptFailed::Moved { .. } | KeptFailed::Gone)), "{outcome:?}");
        };
        moved(stage.session().renew_listed(&listed[0]).await.map(drop));
        moved(stage.session().revoke_listed(&listed[0]).await.map(drop));
        assert!(!stage.two.log.has("REFRESH") && !stage.two.log.has("ACCESS"), "{due:?}");
        only_a_new_login(&stage);
        assert!(stage.one.grants("refresh_token").is_empty() && stage.one.log.at("/revoke").is_empty());
    }
}

/// An issuer that says where its token endpoint is now is believed for a new login: its code, the verifier and the client go
/// there, and nothing that was had before.
fn only_a_new_login(stage: &Stage) {
    let is_new = |leak: &String| {
        let is_client = leak.starts_with("ClientSecret ") && !leak.contains("SECRET-one-0001 ");
        is_client
            || ["Code ", "ClientId "].iter().any(|kind| leak.starts_with(kind))
            || leak.contains("was sent a verifier")
    };
    let leaks: Vec<_> = stage.leaks().into_iter().filter(|leak| !is_new(leak)).collect();
    assert!(leaks.is_empty(), "{leaks:?}");
}

#[tokio::test]
async fn what_is_taken_back_is_not_carried_on_by_a_redirect() {
    let (stage, asked) = (Stage::new().await, Asked::default());
    stage.one.turn(|knobs| knobs.revokes = Some(Revokes::Both));
    logged_in(&stage, &asked).await;
    for status in [302, 307, 308] {
        stage.one.obstacles.clear();
        stage.one.obstacles.put("/revoke", Obstacle::Redirect(status, stage.two.url.clone()));
        stage.session().revoke_listed(&stage.listed()[0]).await.unwrap_err();
    }
    assert_eq!((stage.two.log.len(), stage.one.log.at("/revoke").len()), (0, 3));
    stage.check();
}

#[tokio::test]
async fn a_code_for_a_device_is_not_carried_on_by_a_redirect() {
    for path in ["/device", "/token"] {
        let stage = Stage::new().await;
        stage.one.turn(|knobs| knobs.devices = Some(vec![]));
        stage.one.obstacles.put(path, Obstacle::Redirect(307, stage.two.url.clone()));
        let mut asked = Asked::default();
        asked.grant = Grant::User(Way::Device);
        stage.session_as(asked).send(&call("ping")).await.unwrap_err();
        assert_eq!(stage.two.log.len(), 0);
        stage.check();
    }
}

#[tokio::test]
async fn an_error_of_an_issuer_does_not_put_a_proof_or_a_token_elsewhere() {
    let stage = Stage::new().await;
    stage.one.turn(|knobs| knobs.algorithms = Some(vec!["ES256"]));
    stage.server.turn(|knobs| knobs.proofs = Wants::Proofs);
    let asked = Asked::default();
    let session = logged_in(&stage, &asked).await;
    stage.server.forget_tokens();
    for answer in [json!({ "error": "use_dpop_nonce" }), json!({ "error": "server_error" }), json!([])] {
        stage.one.turn(|knobs| knobs.refresh_answer = Some((400, answer.clone())));
        session.send(&call("ping")).await.unwrap_err();
    }
    stage.one.turn(|knobs| knobs.refresh_answer = None);
    session.send(&call("ping")).await.unwrap();
    assert_eq!(stage.visits(), 1, "the login went on");
    stage.check();
}
