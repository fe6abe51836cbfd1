//! Whether a header of the user's own reaches the one server that it is for, and never meets a token.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod stage;

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};
use stage::{Stage, call};
use warded_client::{
    channel::{Fixed, Message},
    secret::Secret,
    session::SessionFailed,
};
use zeroize::Zeroizing;

fn secret(text: &str) -> Secret {
    Secret::fixed("env:KEY", Zeroizing::new(text.to_owned()))
}

#[tokio::test]
async fn a_key_goes_to_the_server_that_it_is_for_and_to_nobody_whom_it_names() {
    let stage = Stage::new().await;
    let value = Arc::new(Mutex::new("K3Y-1"));
    let read = Arc::clone(&value);
    let secret =
        Secret::of("env:KEY", Arc::new(move || Ok(Zeroizing::new((*read.lock().unwrap()).to_owned()))));
    let session = stage.session_fixed(Fixed::default().with("X-Api-Key", secret).unwrap());
    assert_eq!(session.send(&call("ping")).await.unwrap().status, 200);
    let seen = stage.server.log.at("/mcp");
    assert!(seen.len() >= 2 && seen.iter().all(|seen| seen.header("x-api-key") == Some("K3Y-1")));
    assert!(seen.last().unwrap().header("authorization").unwrap().starts_with("Bearer ACCESS-one"));
    // Not to the server's own descriptions, and not to its issuer.
    for path in ["/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-protected-resource"] {
        assert!(stage.server.log.at(path).iter().all(|seen| seen.header("x-api-key").is_none()), "{path}");
    }
    assert!(stage.one.log.len() > 0 && !stage.one.log.has("K3Y") && !stage.two.log.has("K3Y"));
    assert!(!format!("{session:?} {:?}", stage.notices.lock().unwrap()).contains("K3Y"));

    *value.lock().unwrap() = "K3Y-2";
    session.send(&call("ping")).await.unwrap();
    assert_eq!(stage.server.log.at("/mcp").last().unwrap().header("x-api-key"), Some("K3Y-2"));
}

#[tokio::test]
async fn an_authorization_of_the_users_own_meets_no_token_and_asks_nobody_for_one() {
    let stage = Stage::new().await;
    // There is a token for this very server, and it stays where it is.
    stage.session().send(&call("ping")).await.unwrap();
    let (before, asked) = (stage.server.log.at("/mcp").len(), stage.one.log.len());
    let session = stage.session_fixed(Fixed::default().with("authorization", secret("Bearer MINE")).unwrap());
    assert_eq!(session.send(&call("ping")).await.err(), Some(SessionFailed::FixedRefused));
    assert_eq!(session.record().await.err(), Some(SessionFailed::FixedInstead));
    let seen = stage.server.log.at("/mcp").split_off(before);
    assert_eq!(seen.len(), 1);
    let sent: Vec<_> = seen[0].headers.get_all("authorization").iter().collect();
    assert_eq!(sent, ["Bearer MINE"]);
    assert_eq!(stage.one.log.len(), asked, "nobody was asked");

    stage.server.admit("MINE", &stage.one.url);
    assert_eq!(session.send(&call("ping")).await.unwrap().status, 200);
    // What the user lacks, no login of somebody else's adds.
    stage.server.turn(|knobs| knobs.insatiable = true);
    assert_eq!(session.send(&call("ping")).await.unwrap().status, 403);
    assert_eq!(stage.one.log.len(), asked);
}

#[tokio::test]
async fn a_client_does_not_speak_beside_the_header_that_is_given() {
    let stage = Stage::new().await;
    let session = stage.session_fixed(Fixed::default().with("x-api-key", secret("K3Y")).unwrap());
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    for value in ["theirs", "theirs, too"] {
        headers.append("x-api-key", HeaderValue::from_static(value));
        headers.append("x-other", HeaderValue::from_static(value));
    }
    session.send(&Message::new(Method::POST, headers, Bytes::from_static(b"{}"))).await.unwrap();
    let seen = stage.server.log.at("/mcp").pop().unwrap();
    assert_eq!(seen.headers.get_all("x-api-key").iter().collect::<Vec<_>>(), ["K3Y"]);
    assert_eq!(seen.headers.get_all("x-other").iter().count(), 2);
}

#[tokio::test]
async fn a_secret_that_is_gone_is_an_error_and_no_request_without_it() {
    let stage = Stage::new().await;
    let gone = Secret::of("env:KEY", Arc::new(|| Err("there is no such variable".to_owned())));
    let session = stage.session_fixed(Fixed::default().with("x-api-key", gone).unwrap());
    let error = session.send(&call("ping")).await.err().unwrap().to_string();
    assert!(error.contains("env:KEY") && stage.server.log.len() == 0, "{error}");
}

#[tokio::test]
async fn what_was_sent_is_withheld_from_the_words_that_come_back_for_it() {
    let stage = Stage::new().await;
    let session = stage.session_fixed(Fixed::default().with("x-api-key", secret("K3Y-0F-MINE")).unwrap());
    let answer = session.send(&call("ping")).await.unwrap();
    let token = stage.server.tokens().pop().unwrap();
    for words in ["is K3Y-0F-MINE a key?", &token, token.strip_prefix("Bearer ").unwrap()] {
        assert!(!words.contains(answer.withheld.cleared(words)), "{words}");
    }
    assert_eq!(answer.withheld.cleared("unknown tool"), "unknown tool");
    assert!(!format!("{:?}", answer.withheld).contains("K3Y"));
}
