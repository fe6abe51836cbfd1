//! A store in one file.
//!
//! Writers queue for one connection and begin with the lock that they need (`BEGIN IMMEDIATE`), so a transaction
//! never finds out at its end that it lost; other processes, such as `warded user add`, wait for the same lock. What the
//! life of a grant takes is written together with what waits beside it (`sqlite/turn.rs`).
//! `synchronous = FULL`: what was spent stays spent when the power fails.
//!
//! The statements are such that PostgreSQL takes them too, but for these: `?` is `$1` there, `max` of two is `greatest`, and
//! `user` is quoted. What holds the one lock here locks the row that is spent there (`SELECT … FOR UPDATE`), and a secret, a
//! name or a first key is inserted before it is looked for. Numbers in `revoked` become visible out of order where several
//! write at once, so whoever follows them waits for those that are missing. In the steps: `STRICT` and `WITHOUT ROWID` go,
//! `BLOB` is `bytea`, `AUTOINCREMENT` an identity, the trigger a function, and `user_version` a table.

use std::{path::Path, sync::Arc, time::Duration};

use aws_lc_rs::rand::SecureRandom;
use sqlx::{
    AssertSqlSafe, Connection as _, Sqlite as Backend, SqlitePool, Transaction, query_scalar, raw_sql,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::time::Instant;

use self::vault::Keyed;
use crate::{
    StoreFailed,
    vault::{KeyPlace, Vault},
};

mod approvals;
mod checkpoints;
mod client;
mod consent;
mod counters;
mod grant;
mod identity;
mod node;
mod pending;
mod read;
mod replays;
mod revoked;
mod secret;
mod signing_key;
mod status;
mod sweep;
mod turn;
mod user;
mod vault;

/// How long one process waits for another's transaction.
const BUSY: Duration = Duration::from_secs(5);

/// What brings a file to this version, in order. A step that has been released is never edited.
const STEPS: &[&str] = &[
    include_str!("sqlite/0001-grants.sql"),
    include_str!("sqlite/0002-servers.sql"),
    include_str!("sqlite/0003-replays.sql"),
    include_str!("sqlite/0004-revoked.sql"),
    include_str!("sqlite/0005-tokens-end.sql"),
    include_str!("sqlite/0006-checkpoints.sql"),
    include_str!("sqlite/0007-nodes.sql"),
    include_str!("sqlite/0008-sealed.sql"),
    include_str!("sqlite/0009-issuer.sql"),
    include_str!("sqlite/0010-people.sql"),
    include_str!("sqlite/0011-dpop-bound.sql"),
    include_str!("sqlite/0012-portions.sql"),
    include_str!("sqlite/0013-shares.sql"),
    include_str!("sqlite/0014-counters.sql"),
    include_str!("sqlite/0015-parameters.sql"),
];

/// The first version that has what is asked of a file that is only looked at.
const FIRST_LOOKED_AT: usize = 8;

/// A store in one file.
#[derive(Debug)]
pub struct Sqlite {
    readers: SqlitePool,
    writer: SqlitePool,
    marks: replays::Waiting,
    turns: turn::Waiting,
    counts: counters::Desk,
    vault: Option<Vault>,
}

impl Sqlite {
    /// Opens the file, makes it where there is none, and brings it to this version. Secrets and signing keys lie in it as they
    /// are, from then on: whoever could write it may have put keys of their own in, so nobody seals it later. Where they are
    /// sealed, they stay out of reach.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, StoreFailed> {
        Self::open_with(path.as_ref(), None).await
    }

    /// Opens the file, makes it where there is none, and brings it to this version. Secrets and signing keys are sealed by a
    /// key that is not in it; what lay in a file of a version without seals is sealed on the way. Where the key is not the right
    /// one, or what should be sealed is not, nothing is changed.
    pub async fn open_sealed(
        path: impl AsRef<Path>,
        key: KeyPlace,
        random: Arc<dyn SecureRandom + Send + Sync>,
    ) -> Result<Self, StoreFailed> {
        Self::open_with(path.as_ref(), Some(Keyed { place: key, random })).await
    }

    async fn open_with(path: &Path, key: Option<Keyed>) -> Result<Self, StoreFailed> {
        let failed = |reason: String| StoreFailed::Open { path: path.display().to_string(), reason };
        claim(path)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY)
            // A consumed code stays readable in freed pages otherwise.
            .pragma("secure_delete", "ON");
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            // Where the disk is full, SQLite ends a transaction by itself, and its driver believes that it goes on: every write
            // after that would fail, with room or without. Such a connection is closed, and another one opened.
            .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }));
        let writer = connect(writer, &options, BUSY).await.map_err(|error| failed(error.to_string()))?;
        let marks = replays::Waiting::default();
        let turns = turn::Waiting::default();
        let counts = counters::Desk::new(writer.clone());
        let mut opened = Self { readers: writer.clone(), writer, marks, turns, counts, vault: None };
        opened.bring_up_to_date(path, key).await?;
        let readers = SqlitePoolOptions::new().max_connections(4);
        let readers = connect(readers, &options, BUSY).await.map_err(|error| failed(error.to_string()))?;
        Ok(Self { readers, ..opened })
    }

    /// Opens a file to read what is there, and changes nothing: not even an older version's is brought to this one.
    pub async fn look(path: impl AsRef<Path>) -> Result<Self, StoreFailed> {
        let path = path.as_ref();
        let failed = |reason: String| StoreFailed::Open { path: path.display().to_string(), reason };
        let options = SqliteConnectOptions::new().filename(path).read_only(true).busy_timeout(BUSY);
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await;
        let pool = pool.map_err(|error| failed(error.to_string()))?;
        let counts = counters::Desk::new(pool.clone());
        let looked = Self {
            readers: pool.clone(),
            writer: pool,
            marks: replays::Waiting::default(),
            turns: turn::Waiting::default(),
            counts,
            vault: None,
        };
        let taken: i64 =
            query_scalar("PRAGMA user_version").fetch_one(&looked.readers).await.map_err(access)?;
        match usize::try_from(taken) {
            Ok(taken) if taken > STEPS.len() => {
                Err(failed("it was written by a newer version of Warded".into()))
            }
            Ok(taken) if taken >= FIRST_LOOKED_AT => Ok(looked),
            _ => Err(failed("it was written by an older version of Warded, or by something else".into())),
        }
    }

    /// Takes the steps that the file has not taken, and seals it. All in one transaction: of two processes that open a new
    /// file at once, one makes its tables and the other finds them; and whoever has the wrong key has changed nothing.
    async fn bring_up_to_date(&mut self, path: &Path, key: Option<Keyed>) -> Result<(), StoreFailed> {
        let store = path.display().to_string();
        let failed = |reason: String| StoreFailed::Open { path: store.clone(), reason };
        let shown = |error: sqlx::Error| failed(error.to_string());
        let mut tx = self.write().await.map_err(|error| failed(error.to_string()))?;
        let taken: i64 = query_scalar("PRAGMA user_version").fetch_one(&mut *tx).await.map_err(shown)?;
        let taken = usize::try_from(taken).unwrap_or(usize::MAX);
        let Some(steps) = STEPS.get(taken..) else {
            return Err(failed("it was written by a newer version of Warded".to_owned()));
        };
        for step in steps {
            raw_sql(*step).execute(&mut *tx).await.map_err(shown)?;
        }
        if !steps.is_empty() {
            grant::mark(&mut tx).await.map_err(|error| failed(error.to_string()))?;
        }
        let version = format!("PRAGMA user_version = {}", STEPS.len());
        raw_sql(AssertSqlSafe(version)).execute(&mut *tx).await.map_err(shown)?;
        let mut is_sealed_now = false;
        if let Some(key) = key {
            let vault;
            (vault, is_sealed_now) = key.settle(&mut tx, &store, taken).await?;
            self.vault = Some(vault);
        }
        tx.commit().await.map_err(shown)?;
        if is_sealed_now { self.empty_log().await } else { Ok(()) }
    }

    /// Finishes what is going on and closes the file.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// A transaction that holds the write lock from its beginning. Dropped without a commit, it never happened.
    async fn write(&self) -> Result<Transaction<'static, Backend>, StoreFailed> {
        self.writer.begin_with("BEGIN IMMEDIATE").await.map_err(access)
    }
}

/// Connects. Where several open a new file at once, all but one find it locked while its journal is changed, and `SQLite` does
/// not wait for that by itself (`PRAGMA journal_mode`). For other locks it does: so the bound is one of time, or a file that
/// somebody holds for good would be waited for as many times as it is tried.
async fn connect(
    pool: SqlitePoolOptions,
    options: &SqliteConnectOptions,
    patience: Duration,
) -> sqlx::Result<SqlitePool> {
    const BETWEEN: Duration = Duration::from_millis(20);
    let is_busy = |error: &sqlx::Error| {
        let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
        // The lowest byte says what it is; the rest says more about it.
        code.and_then(|code| code.parse::<u32>().ok()).is_some_and(|code| code & 0xff == 5)
    };
    let until = Instant::now() + patience;
    loop {
        match pool.clone().connect_with(options.clone()).await {
            Err(error) if is_busy(&error) && Instant::now() < until => tokio::time::sleep(BETWEEN).await,
            done => return done,
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` hands over")]
fn access(error: sqlx::Error) -> StoreFailed {
    StoreFailed::Access(error.to_string())
}

/// Makes the file for its owner alone before anything is in it; `SQLite` gives its journals the same mode.
#[cfg(unix)]
fn claim(path: &Path) -> Result<(), StoreFailed> {
    use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};

    let shown = || path.display().to_string();
    let failed = |error: std::io::Error| StoreFailed::Open { path: shown(), reason: error.to_string() };
    let file = std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .map_err(failed)?;
    let mode = file.metadata().map_err(failed)?.permissions().mode();
    // Signing keys are in it: whoever reads it mints tokens for every server.
    if mode & 0o077 != 0 { Err(StoreFailed::Exposed { path: shown() }) } else { Ok(()) }
}

#[cfg(not(unix))]
fn claim(path: &Path) -> Result<(), StoreFailed> {
    let made = std::fs::OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
    made.map(drop)
        .map_err(|error| StoreFailed::Open { path: path.display().to_string(), reason: error.to_string() })
}

#[cfg(test)]
mod tests;
