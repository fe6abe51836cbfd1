//! A server that names another issuer: what the first one gave stays with the first one.

use std::{collections::HashSet, sync::Arc};

use warded_client::{login::Notice, session::Asked};

use crate::{
    Due, logged_in,
    stage::{self, Stage, call},
};

fn flip(stage: &Stage) {
    stage.server.turn(|knobs| knobs.issuer.clone_from(&stage.two.url));
}

#[tokio::test]
async fn whatever_makes_a_token_due_the_next_issuer_is_asked_from_the_beginning() {
    for due in Due::ALL {
        let (stage, asked) = (Stage::new().await, Asked::default());
        let session = logged_in(&stage, &asked).await;
        flip(&stage);
        due.comes(&stage, session, &asked).send(&call("ping")).await.unwrap();
        // Found in the field: what is renewed ahead of time goes to whomever the server names now.
        let renewed = usize::from(matches!(due, Due::Ending | Due::Expired));
        assert_eq!(stage.one.grants("refresh_token").len(), renewed, "{due:?}");
        assert!(stage.two.grants("refresh_token").is_empty(), "{due:?}");
        assert_eq!(
            (stage.two.log.at("/register").len(), stage.two.authorizations().len()),
            (1, 1),
            "{due:?}"
        );
        stage.check();
    }
}

#[tokio::test]
async fn a_code_is_redeemed_where_the_login_began() {
    let stage = Stage::new().await;
    let session = stage.session_told(Asked::default(), false);
    let sending = tokio::spawn(async move { session.send(&call("ping")).await.map(|answer| answer.status) });
    let url = loop {
        let notices = stage.notices.lock().unwrap().clone();
        if let Some(Notice::Visit { url }) = notices.first() {
            break url.clone();
        }
        tokio::task::yield_now().await;
    };
    flip(&stage);
    stage::visit(url).await;
    // The token is of no use at the server by now; nobody answers for the second login.
    while stage.visits() < 2 {
        tokio::task::yield_now().await;
    }
    sending.abort();
    assert_eq!(stage.one.grants("authorization_code").len(), 1);
    assert!(stage.two.log.at("/token").is_empty());
    stage.check();
}

#[tokio::test]
async fn a_step_up_at_another_issuer_begins_from_nothing() {
    let stage = Stage::new().await;
    let session = logged_in(&stage, &Asked::default()).await;
    // The 403 names two as the issuer: the token of one is still let in.
    stage.server.turn(|knobs| knobs.needs = vec![("tools/call", "write")]);
    let described = serde_json::json!({
        "resource": stage.server.url(), "authorization_servers": [stage.two.url],
    });
    stage
        .server
        .obstacles
        .put("/.well-known/oauth-protected-resource/mcp", stage::Obstacle::Answers(described));
    session.send(&call("tools/call")).await.ok();
    assert!(stage.two.grants("refresh_token").is_empty() && stage.one.grants("refresh_token").is_empty());
    assert_eq!(stage.two.authorizations()[0].parameter("scope").as_deref(), Some("write"));
    stage.check();
}

#[tokio::test]
async fn an_issuer_that_comes_and_goes_gets_each_time_what_it_gave() {
    let (stage, asked) = (Stage::new().await, Asked::default());
    for issuer in [&stage.one, &stage.two] {
        issuer.turn(|knobs| knobs.methods = Some(vec!["client_secret_post"]));
    }
    let mut session = logged_in(&stage, &asked).await;
    for round in 0..6 {
        let issuer = if round % 2 == 0 { &stage.two } else { &stage.one };
        stage.server.turn(|knobs| knobs.issuer.clone_from(&issuer.url));
        stage.server.forget_tokens();
        if round % 3 == 0 {
            session = stage.session();
        }
        session.send(&call("ping")).await.unwrap();
        stage.check();
    }
    assert_eq!((stage.one.log.at("/register").len(), stage.two.log.at("/register").len()), (1, 1));
    assert_eq!(stage.visits(), 2);
}

#[tokio::test]
async fn a_server_that_names_both_deals_with_the_first_alone() {
    let stage = Stage::new().await;
    let both = [&stage.two.url, &stage.one.url];
    let described = serde_json::json!({ "resource": stage.server.url(), "authorization_servers": both });
    let session = logged_in(&stage, &Asked::default()).await;
    stage
        .server
        .obstacles
        .put("/.well-known/oauth-protected-resource/mcp", stage::Obstacle::Answers(described));
    stage.server.turn(|knobs| knobs.issuer.clone_from(&stage.two.url));
    session.send(&call("ping")).await.unwrap();
    stage.check();
}

#[tokio::test]
async fn nothing_of_any_login_stands_in_what_people_are_told() {
    let stage = Stage::new().await;
    let session = Arc::new(stage.session());
    session.send(&call("ping")).await.unwrap();
    flip(&stage);
    stage.server.forget_tokens();
    session.send(&call("ping")).await.unwrap();
    let notices = stage.notices.lock().unwrap().clone();
    let said: HashSet<_> = notices.iter().map(|notice| format!("{notice:?} {session:?}")).collect();
    for secret in ["ACCESS", "REFRESH", "CODE-", "IDTOKEN", "SECRET"] {
        assert!(!said.iter().any(|words| words.contains(secret)));
    }
}
