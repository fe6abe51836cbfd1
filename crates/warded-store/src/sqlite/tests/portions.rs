//! Is a grant over at once, and does nobody wait for what it leaves behind?

use sqlx::query_scalar;

use super::{Sqlite, file};
use crate::{
    Digest, Evidence, Grants as _, IDLE_CLIENT_SECONDS, NewRefresh, Spending, Sweep as _, Users as _,
    contract::{at, code, grant, user},
};

/// More than leave at a time.
const MANY: usize = 2500;

async fn count(store: &Sqlite, statement: &'static str) -> i64 {
    query_scalar(statement).fetch_one(&store.writer).await.unwrap()
}

fn refresh(number: usize) -> NewRefresh {
    NewRefresh { digest: Digest::of(format!("refresh {number}").as_bytes()), expires: at(1000) }
}

/// A grant that was refreshed many times.
async fn refreshed(store: &Sqlite) {
    let _ada = store.add_user(user("ada")).await.unwrap();
    store.issue_code(grant("often"), code("often")).await.unwrap();
    let redeemed =
        store.redeem(&Digest::of(b"often"), at(1), at(700), Some(refresh(0)), Evidence::default()).await;
    assert_eq!(redeemed.unwrap(), Spending::Spent);
    let mut tx = store.write().await.unwrap();
    for number in 1..MANY {
        sqlx::query(
            "/* by hand */ INSERT INTO refreshes (digest, family, expires, spent) VALUES (?, 'often', ?, 1)",
        )
        .bind(refresh(number).digest.as_bytes())
        .bind(at(1000).seconds())
        .execute(&mut *tx)
        .await
        .unwrap();
    }
    tx.commit().await.unwrap();
}

const REFRESHES: &str = "/* by hand */ SELECT count(*) FROM refreshes";
const ENDED: &str = "/* by hand */ SELECT count(*) FROM ended";
const CLIENTS: &str = "/* by hand */ SELECT count(*) FROM clients";
const CONSENTS: &str = "/* by hand */ SELECT count(*) FROM consents";

#[tokio::test]
async fn a_grant_that_ends_is_over_at_once_and_its_refresh_tokens_leave_with_the_sweep() {
    for way in ["revoked", "reused", "removed"] {
        let (_folder, path) = file();
        let store = Sqlite::open(&path).await.unwrap();
        refreshed(&store).await;
        let next = NewRefresh { digest: Digest::of(b"next"), expires: at(1000) };
        let rotate = async |number| {
            store
                .rotate(&refresh(number).digest, at(2), at(700), next, None, Evidence::default())
                .await
                .unwrap()
        };
        match way {
            "revoked" => store.revoke("often").await.unwrap(),
            "reused" => assert_eq!(rotate(7).await, Spending::Again),
            _ => assert!(store.remove_user(&user("ada").id).await.unwrap()),
        }
        // Whoever writes next did not wait for them.
        assert_eq!(count(&store, REFRESHES).await, i64::try_from(MANY).unwrap(), "{way}");
        for number in [0, 7] {
            assert_eq!(store.refresh(&refresh(number).digest).await.unwrap(), None, "{way}");
            assert_eq!(rotate(number).await, Spending::Gone, "{way}");
        }
        store.sweep(at(3)).await.unwrap();
        assert_eq!((count(&store, REFRESHES).await, count(&store, ENDED).await), (0, 0), "{way}");
    }
}

#[tokio::test]
async fn what_has_expired_leaves_whole_however_much_it_is() {
    let (_folder, path) = file();
    let store = Sqlite::open(&path).await.unwrap();
    refreshed(&store).await;
    store.sweep(at(999)).await.unwrap();
    assert_eq!(count(&store, REFRESHES).await, i64::try_from(MANY).unwrap());
    assert_eq!(store.sweep(at(1000)).await.unwrap(), MANY as u64 + 1, "with their family");
    assert_eq!((count(&store, REFRESHES).await, count(&store, ENDED).await), (0, 0));
}

/// Of every third somebody has a grant, and one of the others is everybody's.
#[tokio::test]
async fn clients_that_nobody_uses_any_more_leave_however_many_there_are() {
    let (_folder, path) = file();
    let store = Sqlite::open(&path).await.unwrap();
    let mut tx = store.write().await.unwrap();
    for many in [
        "INSERT INTO users (id, name, created) SELECT 'person-' || n, 'person-' || n, 0 FROM many",
        "INSERT INTO clients (issuer, id, redirect_uris, grants, by_operator, used, created)
         SELECT 'https://mcp.example.com', 'client-' || n, '[]', '', 0, 1, n / 700 FROM many",
        "INSERT INTO consents (issuer, user, client, redirect_origin, resource, scopes)
         SELECT 'https://mcp.example.com', 'person-' || n, 'client-' || n, 'https://a.example', 'https://b.example', ''
         FROM many",
        "INSERT INTO consents (issuer, user, client, redirect_origin, resource, scopes)
         SELECT 'https://mcp.example.com', 'person-' || n, 'client-1', 'https://a.example', 'https://b.example', ''
         FROM many WHERE n <> 1",
        "INSERT INTO families (id, issuer, client, user, resource, scopes, ends, keep, mark)
         SELECT 'grant-' || n, 'https://mcp.example.com', 'client-' || n, 'person-0', 'https://b.example', '',
             9000000000, 9000000000, CAST('mark-' || n AS BLOB) FROM many WHERE n % 3 = 0",
    ] {
        let (insert, select) = many.split_once("SELECT").unwrap();
        let many = format!(
            "/* by hand */ {insert} WITH RECURSIVE many (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM many WHERE n < 2499)
             SELECT {select}"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(many)).execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    let idle = |seconds| warded_core::UnixTime::from_seconds(i64::from(IDLE_CLIENT_SECONDS) + seconds);
    let before = (count(&store, CLIENTS).await, count(&store, CONSENTS).await);
    assert_eq!(before, (2500, 2500 + 2499));
    assert_eq!(store.sweep(idle(-1)).await.unwrap(), 0);
    assert_eq!(store.sweep(idle(0)).await.unwrap(), 466, "of the first seven hundred");
    assert_eq!(store.sweep(idle(3)).await.unwrap(), 1666 - 466);
    assert_eq!(store.sweep(idle(3)).await.unwrap(), 0);
    assert_eq!((count(&store, CLIENTS).await, count(&store, CONSENTS).await), (834, 834));
}
