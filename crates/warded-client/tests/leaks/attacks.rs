//! What servers and issuers do to whoever is logged in, and to whoever is about to be: each attack on everybody, whatever
//! makes their token due.

use serde_json::json;

use crate::{
    Due, logged_in,
    stage::{Obstacle, Stage, call},
    who::Who,
    works,
};

const PROTECTED: &str = "/.well-known/oauth-protected-resource/mcp";
const ISSUER: &str = "/.well-known/oauth-authorization-server";

/// Does it to everybody, and looks at what was seen by whom. Then all is as it was, and everybody gets in again.
async fn everybody_meets(attack: impl Fn(&Stage), over: impl Fn(&Stage)) {
    for who in Who::ALL {
        for due in Due::ALL.map(Some).into_iter().chain([None]) {
            let (stage, asked) = who.on_stage().await;
            let session = if let Some(due) = due {
                let session = logged_in(&stage, &asked).await;
                attack(&stage);
                due.comes(&stage, session, &asked)
            } else {
                attack(&stage);
                stage.session_as(asked.clone())
            };
            for _ in 0..2 {
                // It may get through or not.
                session.send(&call("ping")).await.ok();
                stage.clock.forward(31);
            }
            let leaks = stage.leaks();
            assert!(leaks.is_empty(), "{who:?}, {due:?}:\n{}", leaks.join("\n"));
            over(&stage);
            works(&stage, &asked).await;
            stage.check();
        }
    }
}

fn clear(stage: &Stage) {
    for obstacles in [&stage.one.obstacles, &stage.two.obstacles, &stage.server.obstacles] {
        obstacles.clear();
    }
    for issuer in [&stage.one, &stage.two] {
        issuer.turn(|knobs| knobs.lies.clear());
    }
    stage.server.turn(|knobs| {
        knobs.issuer.clone_from(&stage.one.url);
        knobs.describes_itself = true;
        knobs.described_at = None;
    });
}

#[tokio::test]
async fn a_server_that_edits_its_metadata_harvests_nothing_of_the_issuer_before() {
    let flip = |stage: &Stage| stage.server.turn(|knobs| knobs.issuer.clone_from(&stage.two.url));
    everybody_meets(flip, clear).await;
}

#[tokio::test]
async fn a_server_whose_metadata_is_gone_does_not_become_its_own_issuer_with_what_another_gave() {
    let gone = |stage: &Stage| stage.server.turn(|knobs| knobs.describes_itself = false);
    everybody_meets(gone, clear).await;
    let broken = |stage: &Stage| stage.server.obstacles.put(PROTECTED, Obstacle::Status(500));
    everybody_meets(broken, clear).await;
}

#[tokio::test]
async fn a_server_that_says_that_it_is_its_own_issuer_gets_what_it_gave_and_nothing_else() {
    let becomes = |stage: &Stage| {
        let origin = stage.server.origin();
        let document = json!({
            "issuer": origin, "token_endpoint": format!("{origin}/token"), "revocation_endpoint": format!("{origin}/revoke"),
        });
        stage.server.obstacles.put(ISSUER, Obstacle::Answers(document));
        stage.server.turn(|knobs| knobs.describes_itself = false);
    };
    everybody_meets(becomes, clear).await;
}

#[tokio::test]
async fn an_issuer_whose_metadata_is_of_another_is_shown_nothing_and_shows_the_way_to_nobody() {
    let lies = |stage: &Stage| {
        let two = &stage.two.url;
        stage.one.turn(|knobs| {
            knobs.lies = vec![
                ("issuer", two.clone()),
                ("token_endpoint", format!("{two}/token")),
                ("registration_endpoint", format!("{two}/register")),
            ];
        });
    };
    everybody_meets(lies, clear).await;
}

#[tokio::test]
async fn an_issuer_that_borrows_the_token_endpoint_of_another_is_not_taken_for_it() {
    // Its own codes go where it says. What was given by the other, and what its client has, stay with the other.
    let borrows = |stage: &Stage| {
        stage.two.turn(|knobs| knobs.lies = vec![("token_endpoint", format!("{}/token", stage.one.url))]);
        stage.server.turn(|knobs| knobs.issuer.clone_from(&stage.two.url));
    };
    for who in Who::ALL {
        let (stage, asked) = who.on_stage().await;
        let session = logged_in(&stage, &asked).await;
        let before = stage.one.log.len();
        stage.server.forget_tokens();
        borrows(&stage);
        session.send(&call("ping")).await.ok();
        for seen in stage.one.log.all().split_off(before) {
            let text = format!("{seen:?}");
            for of_one in ["client-one", "SECRET-", "REFRESH", "ACCESS", "CODE-one", "SUBJECT"] {
                assert!(!text.contains(of_one), "{who:?}: {text}");
            }
        }
        let is_about_one = |leak: &&String| leak.contains("of one for");
        assert_eq!(stage.leaks().iter().find(is_about_one), None, "{who:?}");
        clear(&stage);
        works(&stage, &asked).await;
    }
}

#[tokio::test]
async fn a_challenge_that_points_elsewhere_leads_nowhere() {
    let points = |stage: &Stage| {
        let elsewhere = format!("{}{PROTECTED}", stage.other.origin());
        stage.server.turn(|knobs| knobs.described_at = Some(elsewhere));
    };
    everybody_meets(points, clear).await;
}

#[tokio::test]
async fn redirects_in_the_middle_are_not_followed() {
    // 307 and 308 repeat a request with its body, and many a client its headers, too (RFC 9110 §15.4).
    for status in [302, 307] {
        let to_another_issuer = |stage: &Stage| {
            for path in [ISSUER, "/register", "/token", "/revoke"] {
                stage.one.obstacles.put(path, Obstacle::Redirect(status, stage.two.url.clone()));
            }
        };
        everybody_meets(to_another_issuer, clear).await;
    }
    let to_another_server = |stage: &Stage| {
        let origin = stage.other.origin().to_owned();
        stage.server.obstacles.put("/mcp", Obstacle::Redirect(308, origin));
    };
    everybody_meets(to_another_server, clear).await;
}
