//! What becomes of those who are written together?

use std::{pin::pin, task::Poll};

use super::{Sqlite, file};
use crate::{Added, Digest, Grant, Grants as _, NewCode, StoreFailed, Users as _, contract};

fn grant(id: &str, user: &str) -> (Grant, NewCode) {
    let grant = Grant { user: user.to_owned(), ..contract::grant(id) };
    (grant, NewCode { digest: Digest::of(id.as_bytes()), room: None, ..contract::code(id) })
}

async fn opened() -> (tempfile::TempDir, Sqlite) {
    let (folder, path) = file();
    let store = Sqlite::open(&path).await.unwrap();
    assert_eq!(store.add_user(contract::user("ada")).await.unwrap(), Added::Yes);
    (folder, store)
}

async fn is_there(store: &Sqlite, id: &str) -> bool {
    store.code(&Digest::of(id.as_bytes())).await.unwrap().is_some()
}

#[tokio::test]
async fn a_step_that_fails_takes_no_other_with_it() {
    let (_folder, store) = opened().await;
    let busy = store.write().await.unwrap();
    let issue = async |id, user| {
        let (grant, code) = grant(id, user);
        store.issue_code(grant, code).await
    };
    let all = async {
        tokio::join!(
            issue("one", "id-of-ada"),
            // Its family is written and its code is not: half a step.
            issue("one", "id-of-ada"),
            issue("two", "nobody"),
            issue("three", "id-of-ada"),
        )
    };
    let mut all = pin!(all);
    // All of them wait before one of them is written.
    assert!(std::future::poll_fn(|cx| Poll::Ready(all.as_mut().poll(cx))).await.is_pending());
    drop(busy);
    let (one, again, two, three) = all.await;
    assert_eq!((one, three), (Ok(0), Ok(0)));
    assert!(matches!((again, two), (Err(StoreFailed::Access(_)), Err(StoreFailed::Access(_)))));
    assert!(is_there(&store, "one").await && is_there(&store, "three").await);
    assert!(!is_there(&store, "two").await);
    assert_eq!(store.count_grants().await.unwrap(), 2);
}

#[tokio::test]
async fn whoever_hangs_up_before_its_turn_changes_nothing() {
    let (_folder, store) = opened().await;
    let busy = store.write().await.unwrap();
    let ((grant_1, code_1), (grant_2, code_2)) = (grant("gone", "id-of-ada"), grant("stays", "id-of-ada"));
    let mut stays = pin!(store.issue_code(grant_2, code_2));
    {
        let mut gone = pin!(store.issue_code(grant_1, code_1));
        let poll = |cx: &mut std::task::Context<'_>| {
            Poll::Ready(gone.as_mut().poll(cx).is_pending() && stays.as_mut().poll(cx).is_pending())
        };
        assert!(std::future::poll_fn(poll).await);
    }
    drop(busy);
    stays.await.unwrap();
    assert!(!is_there(&store, "gone").await && is_there(&store, "stays").await);
}

#[tokio::test]
async fn nobody_is_told_that_it_is_done_when_the_disk_says_no() {
    let (_folder, store) = opened().await;
    let mut failed = 0;
    for round in 0..40 {
        // No page more fits into the file. A new connection would not know.
        sqlx::raw_sql("PRAGMA max_page_count = 1").execute(&store.writer).await.unwrap();
        let issue = async |n: usize| {
            let (grant, code) = grant(&format!("{round}-{n}"), "id-of-ada");
            store.issue_code(grant, code).await
        };
        let busy = store.write().await.unwrap();
        let all = async { tokio::join!(issue(0), issue(1), issue(2)) };
        let mut all = pin!(all);
        assert!(std::future::poll_fn(|cx| Poll::Ready(all.as_mut().poll(cx))).await.is_pending());
        drop(busy);
        let (zero, one, two) = all.await;
        for (n, outcome) in [zero, one, two].into_iter().enumerate() {
            assert_eq!(is_there(&store, &format!("{round}-{n}")).await, outcome.is_ok());
            failed += usize::from(outcome.is_err());
        }
    }
    assert!(failed > 0, "the file was full");
    sqlx::raw_sql("PRAGMA max_page_count = 1000000").execute(&store.writer).await.unwrap();
    let (grant, code) = grant("room", "id-of-ada");
    assert_eq!(store.issue_code(grant, code).await, Ok(0), "as soon as there is room, it goes on");
}

#[tokio::test]
async fn more_than_go_into_one_transaction_are_all_written() {
    let (_folder, store) = opened().await;
    let busy = store.write().await.unwrap();
    let ids: Vec<_> = (0..300).map(|n| format!("{n}")).collect();
    let mut all: Vec<_> = ids
        .iter()
        .map(|id| {
            let (grant, code) = grant(id, "id-of-ada");
            Box::pin(store.issue_code(grant, code))
        })
        .collect();
    for issue in &mut all {
        assert!(std::future::poll_fn(|cx| Poll::Ready(issue.as_mut().poll(cx))).await.is_pending());
    }
    drop(busy);
    for issue in all {
        issue.await.unwrap();
    }
    assert_eq!(store.count_grants().await.unwrap(), 300);
}
