//! A token that an agent smuggles in reaches no server behind, also where Warded shows one that it got for the caller.

use std::collections::BTreeMap;

use serde_json::json;

use super::scene::{Scene, granted};
use crate::{
    caller::{Answer, Line},
    passage::{Detector, Dice, request},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_shown_behind_is_what_was_granted_and_never_what_was_exchanged() {
    let scene = Scene::start().await;
    // Nothing of the caller's token is in what is given for it.
    scene.answers(|issuer, asked| {
        let given = issuer.token(asked.get("resource").unwrap(), json!({ "sub": "alice" }));
        granted(asked, &given)
    });
    for (server, upstream) in [("notes", &scene.notes), ("files", &scene.files)] {
        let token = scene.token(server, "alice");
        let (mut dice, mut line) = (Dice(11), Line::to(scene.gateway.address));
        let (mut passed, mut refused) = (0, BTreeMap::<String, usize>::new());
        for _ in 0..1_500 {
            let answer = line.open(request(&token, &mut dice).at(server)).await;
            assert!(!answer.status().is_server_error(), "{answer:?}");
            if answer.status().is_success() {
                passed += 1;
                line.done(answer).await;
            } else {
                *refused.entry(Answer::read(answer).await.code()).or_default() += 1;
            }
        }
        println!("{server}: {passed} of 1,500 requests were answered; refused: {refused:?}");
        assert!(passed > 150, "{server}: {refused:?}");
        assert!(refused.get("token-in-message").is_some_and(|count| *count > 300), "{server}: {refused:?}");
        assert_eq!(Detector::of_signature(&token).finds(&upstream.bytes()), None, "{server} has seen it");
        let heard = upstream.requests();
        assert!(
            heard.iter().all(|seen| seen.headers.get_all("authorization").iter().count() == 1),
            "{server}"
        );
        assert!(!scene.keeps(&token), "{server}: it was kept");
    }
}
