//! Two servers, of one issuer and even of one origin: each gets its own token and never the other's.

use warded_client::session::{Asked, SessionFailed};
use warded_core::ResourceUri;

use crate::{
    logged_in,
    stage::{Obstacle, Stage, call},
};

fn uri(text: &str) -> ResourceUri {
    ResourceUri::parse(text).unwrap()
}

#[tokio::test]
async fn two_servers_of_one_issuer_have_a_token_each() {
    let stage = Stage::new().await;
    let to = |server: &str| stage.session_to(uri(server), Asked::default());
    let (here, there) = (stage.server.url(), stage.other.url());
    for round in 0..3 {
        to(&here).send(&call("ping")).await.unwrap();
        to(&there).send(&call("ping")).await.unwrap();
        stage.check();
        if round == 0 {
            stage.server.forget_tokens();
        } else {
            stage.clock.forward(4_000);
        }
    }
    assert_eq!(stage.visits(), 2);
    assert_eq!(stage.one.grants("refresh_token").len(), 4);
}

#[tokio::test]
async fn a_server_that_calls_itself_by_its_neighbours_name_gets_nothing_of_the_neighbours() {
    let stage = Stage::new().await;
    logged_in(&stage, &Asked::default()).await;
    let thief = uri(&stage.other.url());
    for named in [stage.server.url(), stage.server.origin().to_owned()] {
        stage.other.turn(|knobs| knobs.resource = Some(named.clone()));
        let error = stage.session_to(thief.clone(), Asked::default()).send(&call("ping")).await.unwrap_err();
        assert!(matches!(error, SessionFailed::Discover(_)), "{error}");
    }
    stage.other.turn(|knobs| {
        knobs.resource = None;
        knobs.described_at =
            Some(format!("{}/.well-known/oauth-protected-resource/mcp", stage.server.origin()));
    });
    let before = stage.server.log.len();
    stage.session_to(thief.clone(), Asked::default()).send(&call("ping")).await.unwrap_err();
    assert_eq!(stage.server.log.len(), before, "nobody looks there");
    assert_eq!(stage.other.tokens(), [""; 0]);
    // It sends its callers on to the neighbour, and the neighbour's to itself.
    for status in [302, 307, 308] {
        stage.other.obstacles.clear();
        stage.other.obstacles.put("/mcp", Obstacle::Redirect(status, stage.server.origin().to_owned()));
        let answer = stage.session_to(thief.clone(), Asked::default()).send(&call("ping")).await.unwrap();
        assert_eq!(answer.status, status);
        stage.server.obstacles.clear();
        stage.server.obstacles.put("/mcp", Obstacle::Redirect(status, stage.other.origin().to_owned()));
        let answer = stage.session().send(&call("ping")).await.unwrap();
        assert_eq!(answer.status, status);
    }
    assert_eq!(stage.other.tokens(), [""; 0]);
    stage.check();
}

#[tokio::test]
async fn servers_that_share_a_name_that_is_wider_than_both_share_no_token() {
    let stage = Stage::new().await;
    stage.server.turn(|knobs| knobs.resource = Some(stage.server.origin().to_owned()));
    let second = uri(&format!("{}/second", stage.server.origin()));
    for _ in 0..3 {
        stage.session().send(&call("ping")).await.unwrap();
        stage.session_to(second.clone(), Asked::default()).send(&call("ping")).await.unwrap();
        // Each token was seen at one path alone.
        stage.check();
        stage.server.forget_tokens();
    }
    assert_eq!(stage.visits(), 2);
    let error = {
        let mut asked = Asked::default();
        asked.strict_resource = true;
        stage.session_to(second, asked).send(&call("ping")).await.unwrap_err()
    };
    assert!(matches!(error, SessionFailed::WideResource { .. }), "{error}");
}

#[tokio::test]
async fn a_resource_that_grows_wider_gets_a_token_of_its_own() {
    for restarts in [false, true] {
        let stage = Stage::new().await;
        let mut session = logged_in(&stage, &Asked::default()).await;
        let narrow = stage.server.tokens();
        stage.server.turn(|knobs| knobs.resource = Some(stage.server.origin().to_owned()));
        stage.server.forget_tokens();
        if restarts {
            session = stage.session();
        }
        session.send(&call("ping")).await.unwrap();
        // What was agreed to for one path is not traded for all of them, nor the other way round.
        assert!(stage.one.grants("refresh_token").is_empty());
        assert_eq!(stage.visits(), 2);
        let wide = stage.server.tokens().pop().unwrap();
        assert!(!narrow.contains(&wide));
        stage.server.turn(|knobs| knobs.resource = None);
        stage.server.forget_tokens();
        session.send(&call("ping")).await.unwrap();
        let refreshes = stage.one.grants("refresh_token");
        assert_eq!((refreshes.len(), stage.visits()), (1, 2));
        assert_eq!(refreshes[0].parameter("resource"), Some(stage.server.url()));
        stage.check();
    }
}

#[tokio::test]
async fn accounts_do_not_share_a_token_whatever_makes_it_due() {
    let stage = Stage::new().await;
    let as_account = |name: Option<&str>| {
        let mut asked = Asked::default();
        asked.account = name.map(str::to_owned);
        stage.session_as(asked)
    };
    let accounts = [None, Some("work"), Some("")];
    let mut tokens: Vec<Vec<String>> = vec![Vec::new(); accounts.len()];
    for _ in 0..3 {
        for (at, account) in accounts.iter().enumerate() {
            let before = stage.server.tokens().len();
            as_account(*account).send(&call("ping")).await.unwrap();
            tokens[at].extend(stage.server.tokens().split_off(before));
        }
        stage.server.forget_tokens();
    }
    for (at, own) in tokens.iter().enumerate() {
        let others =
            tokens.iter().enumerate().filter(|(other, _)| *other != at).flat_map(|(_, tokens)| tokens);
        assert!(others.into_iter().all(|token| !own.contains(token)));
    }
    assert_eq!(stage.visits(), 3);
}
