//! Several at once on one folder, while servers and issuers change under them.

use std::sync::Arc;

use tokio::sync::Semaphore;
use warded_client::session::Asked;
use warded_core::ResourceUri;

use crate::{
    logged_in,
    stage::{Obstacle, Stage, call},
};

async fn until(is_so: impl Fn() -> bool) {
    while !is_so() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_refresh_that_is_under_way_when_the_server_moves_ends_where_it_began() {
    let stage = Stage::new().await;
    let session = Arc::new(logged_in(&stage, &Asked::default()).await);
    let gate = Arc::new(Semaphore::new(0));
    stage.one.turn(|knobs| knobs.gate = Some(Arc::clone(&gate)));
    stage.server.forget_tokens();
    let first = Arc::clone(&session);
    let first = tokio::spawn(async move { first.send(&call("ping")).await.map(|answer| answer.status) });
    until(|| !stage.one.grants("refresh_token").is_empty()).await;
    stage.server.turn(|knobs| knobs.issuer.clone_from(&stage.two.url));
    // Another process meanwhile: it waits for nobody, and asks the issuer that the server names now.
    assert_eq!(stage.session().send(&call("ping")).await.unwrap().status, 200);
    gate.add_permits(1);
    assert_eq!(first.await.unwrap().unwrap(), 200);
    assert_eq!((stage.one.grants("refresh_token").len(), stage.two.grants("refresh_token").len()), (1, 0));
    assert_eq!(stage.visits(), 2, "the login of one is the login of both");
    stage.check();
}

#[tokio::test]
async fn a_crowd_at_two_servers_and_two_issuers_mixes_nothing_up() {
    let stage = Arc::new(Stage::new().await);
    for issuer in [&stage.one, &stage.two] {
        issuer.turn(|knobs| knobs.methods = Some(vec!["client_secret_basic"]));
    }
    for round in 0..4 {
        let (here, there) = if round % 2 == 0 { (&stage.one, &stage.two) } else { (&stage.two, &stage.one) };
        stage.server.turn(|knobs| knobs.issuer.clone_from(&here.url));
        stage.other.turn(|knobs| knobs.issuer.clone_from(&there.url));
        if round == 2 {
            stage.clock.forward(4_000);
        }
        let sends: Vec<_> = (0..8)
            .map(|at| {
                let server = if at % 2 == 0 { stage.server.url() } else { stage.other.url() };
                let session = stage.session_to(ResourceUri::parse(&server).unwrap(), Asked::default());
                tokio::spawn(async move { session.send(&call("ping")).await.map(|answer| answer.status) })
            })
            .collect();
        for send in sends {
            assert_eq!(send.await.unwrap().unwrap(), 200);
        }
        stage.check();
        stage.server.forget_tokens();
    }
    assert_eq!(stage.visits(), 4);
}

#[tokio::test]
async fn a_crowd_whose_issuer_begins_to_redirect_stays_where_it_is() {
    let stage = Arc::new(Stage::new().await);
    logged_in(&stage, &Asked::default()).await;
    stage.server.forget_tokens();
    stage.one.obstacles.put("/token", Obstacle::Redirect(307, stage.two.url.clone()));
    let sends: Vec<_> = (0..8)
        .map(|_| {
            let session = stage.session();
            tokio::spawn(async move { session.send(&call("ping")).await.map(|answer| answer.status) })
        })
        .collect();
    for send in sends {
        send.await.unwrap().unwrap_err();
    }
    assert_eq!((stage.two.log.len(), stage.visits()), (0, 1));
    stage.one.obstacles.clear();
    logged_in(&stage, &Asked::default()).await;
    assert_eq!(stage.visits(), 1, "the login went on");
    stage.check();
}
