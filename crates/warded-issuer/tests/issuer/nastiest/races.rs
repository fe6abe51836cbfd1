//! Number 3: Fifty at once with the same thing: one wins, and where that proves a theft, the family is dead (RFC 9700 §4.14.2).

use std::sync::Arc;

use http::StatusCode;
use warded_store::Grants as _;

use super::{Ask, Cast, FORM, Scene, is_refused, public, replay::refreshing};
use crate::stage::{Answer, Stage, encoded};

const CALLERS: usize = 50;

/// Sends each of these at once.
async fn race(scene: &Arc<Scene>, asks: Vec<Ask<'_>>) -> Vec<Answer> {
    let tasks: Vec<_> = asks
        .iter()
        .map(|ask| {
            let (scene, request) = (Arc::clone(scene), scene.request(ask));
            tokio::spawn(async move { scene.stage.call(request).await })
        })
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    answers
}

fn of_one(answers: &[Answer]) -> (&Answer, Vec<&Answer>) {
    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == StatusCode::OK);
    assert_eq!((won.len(), lost.len()), (1, CALLERS - 1));
    (won[0], lost)
}

/// Each caller has an assertion or a proof of its own; what they present is the same.
async fn one_wins_and_the_family_is_dead(scene: Scene, code: &str) {
    let scene = Arc::new(scene);
    let answers = race(&scene, (0..CALLERS).map(|_| scene.good()).collect()).await;
    let (won, lost) = of_one(&answers);
    // Whoever comes when all is over finds nothing any more.
    assert!(lost.iter().any(|lost| lost.text("error_description") == public(code)), "the theft was seen");
    for lost in lost {
        assert_eq!(lost.error(), (400, "invalid_grant".into()));
    }
    assert!(scene.stage.knows_of(&won.text("access_token")));
    let dead = scene.send(refreshing(&scene, &won.text("refresh_token"))).await;
    assert_eq!(dead.error(), (400, "invalid_grant".into()));
    assert_eq!(scene.stage.store.count_grants().await.unwrap(), 0);
}

macro_rules! families {
    ($($cast:ident $name:ident;)+) => {
        $(mod $name {
            use super::*;
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn code() {
                one_wins_and_the_family_is_dead(Scene::code(Cast::$cast).await, "code-replayed").await;
            }
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn refresh() {
                one_wins_and_the_family_is_dead(Scene::refresh(Cast::$cast).await, "refresh-reused").await;
            }
        })+
    };
}

families! {
    Plain of_a_public_client;
    Secret of_one_with_a_secret;
    Signed of_one_that_signs;
    Bound of_one_with_a_key;
}

/// The same assertion or proof, and nothing else that is good once.
async fn one_wins(scene: Scene, expected: (u16, &str, &str)) {
    let scene = Arc::new(scene);
    let good = scene.good();
    let same = || {
        let mut ask = scene.good();
        ask.form = good.form.clone();
        ask.fields.clone_from(&good.fields);
        ask
    };
    let answers = race(&scene, (0..CALLERS).map(|_| same()).collect()).await;
    for lost in of_one(&answers).1 {
        is_refused(lost, expected);
    }
    scene.still_works().await;
}

mod one_assertion {
    use super::*;

    const EXPECTED: (u16, &str, &str) = (401, "invalid_client", "client-assertion-replayed");

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn own() {
        one_wins(Scene::own(Cast::Signed).await, EXPECTED).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn exchange() {
        one_wins(Scene::exchange(Cast::Signed).await, EXPECTED).await;
    }
}

mod one_proof {
    use super::*;

    const EXPECTED: (u16, &str, &str) = (400, "invalid_dpop_proof", "proof-replayed");

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn own() {
        one_wins(Scene::own(Cast::Bound).await, EXPECTED).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn exchange() {
        one_wins(Scene::exchange(Cast::Bound).await, EXPECTED).await;
    }
}

impl Stage {
    async fn takes_back(&self, token: &str) -> Answer {
        let form = encoded(&[("token", token), ("client_id", &self.editor)]);
        self.post("revoke", FORM, form).await
    }
}

/// Whoever gives a token back while its successor is being signed: whichever comes first, nothing works afterwards.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_given_back_while_it_is_refreshed_is_dead() {
    for _ in 0..10 {
        let scene = Arc::new(Scene::refresh(Cast::Plain).await);
        let token = scene.presented.value("refresh_token");
        let (refreshing_it, giving_it) = (Arc::clone(&scene), Arc::clone(&scene));
        let refreshed = tokio::spawn(async move { refreshing_it.send(refreshing_it.good()).await });
        let given = tokio::spawn(async move { giving_it.stage.takes_back(&token).await });
        assert_eq!(given.await.unwrap().status, StatusCode::OK);
        let answer = refreshed.await.unwrap();
        assert_eq!(scene.stage.store.count_grants().await.unwrap(), 0);
        if answer.status == StatusCode::OK {
            assert!(scene.stage.knows_of(&answer.text("access_token")));
            let next = scene.send(refreshing(&scene, &answer.text("refresh_token"))).await;
            assert_eq!(next.error(), (400, "invalid_grant".into()));
        } else {
            assert_eq!(answer.error(), (400, "invalid_grant".into()));
        }
    }
}
