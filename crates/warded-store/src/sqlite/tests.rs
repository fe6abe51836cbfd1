//! What only a file can do wrong.

use std::{sync::Arc, time::Duration};

use sqlx::{
    ConnectOptions as _,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions},
};
use warded_core::UnixTime;

use super::{BUSY, Sqlite};
use crate::{
    Added, Nodes as _, Secrets as _, StoreFailed, Sweep as _, User, Users as _, contract,
    journal::checkpoint::Checkpoints as _,
};

mod counted;
mod crowd;
mod killed;
mod plans;
mod portions;
mod sealed;
mod turns;
mod uncertain;
mod versions;

fn file() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("warded.db");
    (folder, path)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_keeps_the_contract() {
    let (_folder, path) = file();
    contract::keep(Arc::new(Sqlite::open(&path).await.unwrap())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_on_one_file_keep_the_contract_between_them() {
    let (_folder, path) = file();
    let one = Arc::new(Sqlite::open(&path).await.unwrap());
    let other = Arc::new(Sqlite::open(&path).await.unwrap());
    contract::race(&[one, other]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes"]
async fn two_processes_on_one_file_keep_it_a_thousand_times() {
    let (_folder, path) = file();
    let one = Arc::new(Sqlite::open(&path).await.unwrap());
    let other = Arc::new(Sqlite::open(&path).await.unwrap());
    contract::rounds(&[one, other], 1000).await;
}

#[tokio::test]
async fn a_flood_of_logins_pushes_out_its_own() {
    let (_folder, path) = file();
    let store = Sqlite::open(&path).await.unwrap();
    let mut tx = store.write().await.unwrap();
    for pending in contract::pending::flood() {
        pending.insert(&mut tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    contract::pending::a_flood_of_logins_pushes_out_its_own(&store).await;
    // Nothing is counted of those who are no longer there.
    store.sweep(UnixTime::from_seconds(i64::MAX)).await.unwrap();
    let left: i64 = sqlx::query_scalar("/* by hand */ SELECT count(*) FROM networks")
        .fetch_one(&store.writer)
        .await
        .unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn what_was_written_is_there_after_a_restart() {
    let (_folder, path) = file();
    let store = Sqlite::open(&path).await.unwrap();
    let secret = store.secret("signing-key/default", b"first").await.unwrap();
    let user = contract::user("ada");
    assert_eq!(store.add_user(user.clone()).await.unwrap(), Added::Yes);
    store.close().await;
    drop(store);
    let store = Sqlite::open(&path).await.unwrap();
    assert_eq!(store.secret("signing-key/default", b"second").await.unwrap(), secret);
    assert_eq!(store.user_named("ada").await.unwrap(), Some(user));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_file_may_be_opened_by_many_at_once() {
    let (_folder, path) = file();
    let opening: Vec<_> = (0..8)
        .map(|_| {
            let path = path.clone();
            tokio::spawn(async move { Sqlite::open(path).await.unwrap().users().await.unwrap() })
        })
        .collect();
    for opened in opening {
        assert_eq!(opened.await.unwrap(), []);
    }
}

/// A shell that was left open, or a copy that hangs.
#[tokio::test]
async fn a_file_that_is_locked_is_waited_for_so_long_and_no_longer() {
    let (_folder, path) = file();
    super::claim(&path).unwrap();
    let options = SqliteConnectOptions::new().filename(&path).busy_timeout(Duration::ZERO);
    let mut holder = options.connect().await.unwrap();
    let options = options.journal_mode(SqliteJournalMode::Wal);
    let opened = |patience| super::connect(SqlitePoolOptions::new(), &options, patience);
    sqlx::raw_sql("BEGIN EXCLUSIVE").execute(&mut holder).await.unwrap();
    let failed = opened(Duration::ZERO).await.unwrap_err();
    assert!(failed.to_string().contains("locked"), "{failed}");
    let (opened, ended) = tokio::join!(opened(BUSY), sqlx::raw_sql("ROLLBACK").execute(&mut holder));
    assert_eq!((opened.map(drop).ok(), ended.map(drop).ok()), (Some(()), Some(())));
}

#[tokio::test]
async fn a_file_of_a_newer_version_is_left_alone() {
    let (_folder, path) = file();
    let store = Sqlite::open(&path).await.unwrap();
    sqlx::raw_sql("PRAGMA user_version = 99").execute(&store.writer).await.unwrap();
    store.close().await;
    let Err(StoreFailed::Open { reason, .. }) = Sqlite::open(&path).await else { panic!("opened") };
    assert!(reason.contains("newer version"), "{reason}");
}

#[tokio::test]
async fn a_transaction_that_is_dropped_halfway_never_happened() {
    let (_folder, path) = file();
    let store = Sqlite::open(&path).await.unwrap();
    let mut tx = store.write().await.unwrap();
    sqlx::query("INSERT INTO users (id, name, created) VALUES ('x', 'x', 0)")
        .execute(&mut *tx)
        .await
        .unwrap();
    drop(tx);
    assert_eq!(store.user_named("x").await.unwrap(), None);
    let user = User { id: "x".into(), name: "x".into(), password: None, created: UnixTime::from_seconds(0) };
    assert_eq!(store.add_user(user).await.unwrap(), Added::Yes, "the lock is free again");
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_and_its_journals_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let (folder, path) = file();
    let store = Sqlite::open(&path).await.unwrap();
    store.secret("fingerprint", b"secret").await.unwrap();
    let mut seen = 0;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o077, 0, "{:?}", entry.file_name());
        seen += 1;
    }
    assert_eq!(seen, 3, "database, log and index");
    store.close().await;

    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let exposed = StoreFailed::Exposed { path: path.display().to_string() };
    assert_eq!(Sqlite::open(&path).await.unwrap_err(), exposed);
}

#[tokio::test]
async fn a_file_that_is_something_else_is_not_opened() {
    let (_folder, path) = file();
    std::fs::write(&path, "servers: {}\n".repeat(100)).unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    assert!(matches!(Sqlite::open(&path).await, Err(StoreFailed::Open { .. })));
}

#[tokio::test]
async fn whoever_only_looks_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("warded.db");
    assert!(Sqlite::look(&path).await.is_err() && !path.exists());
    let store = Sqlite::open(&path).await.unwrap();
    sqlx::raw_sql("DROP TABLE nodes;").execute(&store.writer).await.unwrap();
    let looked = Sqlite::look(&path).await.unwrap();
    assert_eq!(looked.checkpoints().await.unwrap(), []);
    assert!(looked.takes_writes().await.is_err());
    let version: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&store.writer).await.unwrap();
    assert_eq!(version, i64::try_from(super::STEPS.len()).unwrap());
    // One from before has nothing that is asked for.
    sqlx::raw_sql("PRAGMA user_version = 7;").execute(&store.writer).await.unwrap();
    assert!(matches!(Sqlite::look(&path).await, Err(StoreFailed::Open { .. })));
}

#[tokio::test]
async fn a_store_that_another_program_locks_takes_no_writes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("warded.db");
    let (store, other) = (Sqlite::open(&path).await.unwrap(), Sqlite::open(&path).await.unwrap());
    let locked = other.write().await.unwrap();
    assert!(store.user("").await.is_ok(), "it can be read");
    assert!(store.takes_writes().await.is_err());
    drop(locked);
    store.takes_writes().await.unwrap();
}
