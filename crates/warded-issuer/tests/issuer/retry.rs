//! A client that lost the answer to a refresh, where the operator lets it ask once more; and everybody else.

use std::sync::Arc;

use http::StatusCode;
use warded_store::Grants as _;

use super::holder::Holder;
use crate::stage::{Answer, FILES, ISSUER, NOTES, Stage, encoded, with};

async fn patient() -> Stage {
    Stage::with(ISSUER, |setup| setup.policy.retry = 30).await
}

fn both(answer: &Answer) -> (String, String) {
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    (answer.text("access_token"), answer.text("refresh_token"))
}

#[tokio::test]
async fn whoever_lost_the_answer_gets_the_same_one_for_as_long_as_the_operator_says() {
    let stage = patient().await;
    let (_, first) = stage.tokens(NOTES).await;
    let form = stage.refreshing(&first);
    let answer = both(&stage.token(&form).await);
    stage.clock.pass(29);
    let again = stage.token(&form).await;
    assert_eq!(both(&again), answer);
    assert_eq!(again.json()["expires_in"], 571, "what is left of it");
    assert_eq!(
        stage.judge(&answer.0, "notes").unwrap().claims().id(),
        stage.judge(&answer.0, "notes").unwrap().claims().id()
    );
    let next = both(&stage.token(&stage.refreshing(&answer.1)).await);
    assert_ne!(next.1, answer.1, "and its successor is as good as ever");
}

#[tokio::test]
async fn everything_else_that_presents_a_spent_token_ends_the_grant() {
    let (holder, thief) = (Holder::new(), Holder::new());
    for row in [
        "too late",
        "after its successor was used",
        "another client",
        "another client that proves who it is",
        "another scope",
        "a server where none was named",
        "another server",
        "with a key where there was none",
        "with another key",
        "without the key",
    ] {
        let stage = patient().await;
        let code = stage.code(NOTES).await;
        let is_bound = matches!(row, "with another key" | "without the key");
        let redeemed = if is_bound {
            stage.proven(&holder, &stage.redemption(&code)).await
        } else {
            stage.token(&stage.redemption(&code)).await
        };
        let first = redeemed.text("refresh_token");
        let form = stage.refreshing(&first);
        let answer = if is_bound { stage.proven(&holder, &form).await } else { stage.token(&form).await };
        let (_, mut second) = both(&answer);
        let (portal, secret) = &stage.portal;
        let retried = match row {
            "too late" => {
                stage.clock.pass(30);
                stage.token(&form).await
            }
            "after its successor was used" => {
                second = both(&stage.token(&stage.refreshing(&second)).await).1;
                stage.token(&form).await
            }
            "another client" => {
                let body = serde_json::json!({ "redirect_uris": [crate::stage::LOOPBACK], "token_endpoint_auth_method": "none" });
                let other =
                    stage.post("register", "application/json", body.to_string()).await.text("client_id");
                stage.token(&with(&form, "client_id", &other)).await
            }
            "another client that proves who it is" => {
                let mut form = with(&form, "client_id", portal);
                form.push(("client_secret", secret));
                stage.token(&form).await
            }
            "another scope" => stage.token(&with(&form, "scope", "notes:read")).await,
            "a server where none was named" => stage.token(&with(&form, "resource", NOTES)).await,
            "another server" => stage.token(&with(&form, "resource", FILES)).await,
            "without the key" => stage.token(&form).await,
            _ => stage.proven(&thief, &form).await,
        };
        assert_eq!(retried.error(), (400, "invalid_grant".into()), "{row}");
        let dead = stage.refreshing(&second);
        let dead = if is_bound { stage.proven(&holder, &dead).await } else { stage.token(&dead).await };
        assert_eq!(dead.error(), (400, "invalid_grant".into()), "{row}");
        assert_eq!(stage.store.count_grants().await.unwrap(), 0, "{row}");
    }
}

#[tokio::test]
async fn a_retry_without_a_nonce_is_told_one_and_ends_nothing() {
    let (stage, holder) = (patient().await, Holder::new());
    let code = stage.code(NOTES).await;
    let first = stage.proven(&holder, &stage.redemption(&code)).await.text("refresh_token");
    let form = stage.refreshing(&first);
    let answer = both(&stage.proven(&holder, &form).await);
    let old = holder.proof(&stage, "long ago");
    assert_eq!(stage.token_with(&form, &[&old]).await.error(), (400, "use_dpop_nonce".into()));
    let nonce = stage.nonce().await;
    let proof = holder.proof(&stage, &nonce);
    let again = stage.token_with(&form, &[&proof]).await;
    assert_eq!((both(&again), again.text("token_type")), (answer.clone(), "DPoP".into()));
    // Whoever saw that request and sends it again gets nothing, and takes nothing away.
    assert_eq!(stage.token_with(&form, &[&proof]).await.error(), (400, "invalid_dpop_proof".into()));
    assert_eq!(both(&stage.proven(&holder, &form).await), answer);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_at_once_with_one_refresh_token_get_one_answer() {
    let stage = Arc::new(patient().await);
    let (_, first) = stage.tokens(NOTES).await;
    let form = encoded(&stage.refreshing(&first));
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let (stage, form) = (Arc::clone(&stage), form.clone());
            tokio::spawn(async move { stage.post("token", "application/x-www-form-urlencoded", form).await })
        })
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(both(&task.await.unwrap()));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "one successor, whoever asked");
    let (_, second) = answers.remove(0);
    assert_eq!(stage.token(&stage.refreshing(&second)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn whoever_reads_the_store_reads_no_answer_that_is_kept() {
    let stage = patient().await;
    let (_, first) = stage.tokens(NOTES).await;
    let (access, second) = both(&stage.token(&stage.refreshing(&first)).await);
    stage.store.close().await;
    let signature = access.rsplit('.').next().unwrap();
    let mut read = 0;
    for file in std::fs::read_dir(stage.folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        read += bytes.len();
        for secret in [first.as_str(), &second, signature, &access] {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
        }
    }
    assert!(read > 4096, "there is a store to read");
}
