//! What do a thousand and a million live grants cost? The file, and each step of a grant on it.
//!
//! Every grant has a code that was redeemed, a refresh token that was used and one that is good, as a client has that was
//! here today; each of ten people has as many as the next. A write is on the disk before it is answered, so beside it stands
//! what a transaction costs that writes one short row. `TMPDIR` says which disk; one that is memory leaves what the processor
//! does.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark measures time, and one that cannot start has nothing to measure"
)]

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};
use warded_core::{Issuer, ResourceUri, Scopes, UnixTime};
use warded_store::{
    Clients as _, Consent, Consents as _, Digest, Evidence, Grant, Grants as _, NewCode, NewRefresh,
    RevokedGrants as _, Sessions as _, Spending, StatusIndex, Statuses as _, Sweep as _, Users as _,
    sqlite::Sqlite,
};

/// How often each step is taken.
const TIMES: usize = 500;

const ISSUER: &str = "https://mcp.example.com/issuers/default";

fn at(seconds: i64) -> UnixTime {
    UnixTime::from_seconds(1_800_000_000 + seconds)
}

fn issuer() -> Issuer {
    Issuer::parse(ISSUER).unwrap()
}

fn resource() -> ResourceUri {
    ResourceUri::parse("https://mcp.example.com/notes/mcp").unwrap()
}

/// Puts so many grants there as the store would have, in one transaction.
async fn fill(connection: &mut SqliteConnection, grants: i64) {
    let many = "WITH RECURSIVE many (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM many WHERE n < ? - 1)";
    let mut tx = connection.begin().await.unwrap();
    for (rows, count) in [
        ("INSERT INTO users (id, name, created) @ SELECT 'person-' || n, 'person-' || n, 1800000000 FROM many", 10),
        (
            "INSERT INTO families (id, issuer, client, user, server, resource, scopes, auth_time, ends, keep, tokens_end,
                 used_at, status_list, status_index)
             @ SELECT lower(hex(randomblob(16))), '!', 'client-' || (n % 1000), 'person-' || (n % 10), 'notes',
                 'https://mcp.example.com/notes/mcp', 'notes:read notes:write', 1800000000, 1807776000, 1802592000,
                 1800000700, 1800000000, n >> 20, n & 1048575 FROM many",
            grants,
        ),
        (
            "INSERT INTO codes (digest, family, redirect_uri, challenge, expires, spent)
             SELECT randomblob(32), id, 'http://127.0.0.1:4711/callback', hex(randomblob(21)), 1800000060, 1
             FROM families WHERE ? > 0",
            grants,
        ),
        (
            "INSERT INTO refreshes (digest, family, expires) SELECT randomblob(32), id, 1802592000 FROM families
             WHERE ? > 0",
            grants,
        ),
        (
            "INSERT INTO refreshes (digest, family, expires, spent, spent_at, successor)
             SELECT randomblob(32), family, 1802592000, 1, 1800000000, digest FROM refreshes WHERE ? > 0",
            grants,
        ),
    ] {
        let rows = rows.replace('@', many).replace('!', ISSUER);
        // `WITH` stands in front of the statement.
        let rows = match rows.split_once("WITH RECURSIVE") {
            Some((insert, rest)) => format!("{insert}WITH RECURSIVE{rest}"),
            None => rows,
        };
        sqlx::query(sqlx::AssertSqlSafe(rows)).bind(count).execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
}

/// The refresh tokens that are good, of so many grants.
async fn good(connection: &mut SqliteConnection) -> Vec<Digest> {
    let digests: Vec<Vec<u8>> =
        sqlx::query_scalar("SELECT digest FROM refreshes WHERE spent = 0 ORDER BY digest LIMIT ?")
            .bind(i64::try_from(TIMES * 2).unwrap())
            .fetch_all(connection)
            .await
            .unwrap();
    digests.iter().map(|digest| Digest::from_bytes(digest).unwrap()).collect()
}

/// Takes a step so many times and says what each cost: the middle one, and the slowest in a hundred.
async fn each(name: &str, mut step: impl AsyncFnMut(usize)) {
    let mut times = Vec::with_capacity(TIMES);
    for n in 0..TIMES {
        let begun = Instant::now();
        step(n).await;
        times.push(begun.elapsed());
    }
    times.sort_unstable();
    let of = |part: usize| times.get(TIMES * part / 100).unwrap().as_micros();
    let mean = times.iter().sum::<Duration>().as_micros() / u128::try_from(TIMES).unwrap();
    println!("| {name} | {mean} | {} | {} |", of(50), of(99));
}

async fn measure(folder: &Path, grants: i64) {
    let path = folder.join(format!("{grants}.db"));
    drop(Sqlite::open(&path).await.unwrap());
    let options = SqliteConnectOptions::new().filename(&path).foreign_keys(true);
    let mut connection = options.connect().await.unwrap();
    fill(&mut connection, grants).await;
    let digests = good(&mut connection).await;
    sqlx::raw_sql("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let size = std::fs::metadata(&path).unwrap().len();
    println!("\n{grants} grants: {} MiB, {} bytes each\n", size >> 20, size / u64::try_from(grants).unwrap());
    println!("| step | µs, mean | median | slowest in a hundred |\n| --- | --: | --: | --: |");
    let begun = Instant::now();
    let store = Sqlite::open(&path).await.unwrap();
    println!("| open the file | {} | | |", begun.elapsed().as_micros());
    steps(&store, &digests).await;
    at_once(Arc::new(store), digests.get(TIMES..).unwrap()).await;
}

/// As many clients as that rotate their tokens at the same time.
const CLIENTS: usize = 50;

async fn at_once(store: Arc<Sqlite>, digests: &[Digest]) {
    let begun = Instant::now();
    let clients: Vec<_> = digests
        .chunks(digests.len() / CLIENTS)
        .map(|digests| {
            let (store, digests) = (Arc::clone(&store), digests.to_vec());
            tokio::spawn(async move {
                for digest in digests {
                    let next = NewRefresh { digest: Digest::of(digest.as_bytes()), expires: at(9000) };
                    let spending =
                        store.rotate(&digest, at(1), at(700), next, None, Evidence::default()).await.unwrap();
                    assert_eq!(spending, Spending::Spent);
                }
            })
        })
        .collect();
    for client in clients {
        client.await.unwrap();
    }
    let each = begun.elapsed().as_micros() / u128::try_from(digests.len()).unwrap();
    println!("| rotate a refresh token, {CLIENTS} clients at once, for each | {each} | | |");
}

async fn steps(store: &Sqlite, digests: &[Digest]) {
    let fresh = |name: &str, n: usize| Digest::of(format!("{name} {n}").as_bytes());
    let next = |n| NewRefresh { digest: fresh("next", n), expires: at(9000) };
    each("look at a refresh token", async |n| {
        store.refresh(digests.get(n).unwrap()).await.unwrap().unwrap();
    })
    .await;
    each("look at a token that nobody gave", async |n| {
        assert_eq!(store.refresh(&fresh("none", n)).await.unwrap(), None);
    })
    .await;
    each("a client, a person, a session, a consent that are not there", async |n| {
        let name = format!("nobody-{n}");
        assert_eq!(store.client(&issuer(), &name).await.unwrap(), None);
        assert_eq!(store.user(&name).await.unwrap(), None);
        assert_eq!(store.session(&fresh("session", n), at(0)).await.unwrap(), None);
        let asked = Consent {
            issuer: issuer(),
            user: name,
            client: "editor".into(),
            redirect_origin: "https://a.example".into(),
            server: "notes".into(),
            resource: resource(),
            document: None,
        };
        assert_eq!(store.consented(&asked).await.unwrap(), None);
    })
    .await;
    each("write one short row", async |_| {
        store.reserve(&issuer(), 1).await.unwrap();
    })
    .await;
    each("rotate a refresh token", async |n| {
        let spending = store
            .rotate(digests.get(n).unwrap(), at(1), at(700), next(n), None, Evidence::default())
            .await
            .unwrap();
        assert_eq!(spending, Spending::Spent);
    })
    .await;
    each("give a code", async |n| {
        let grant = Grant {
            id: format!("measured-{n}"),
            issuer: issuer(),
            client: "editor".into(),
            user: "person-1".into(),
            server: "notes".into(),
            resource: resource(),
            scopes: Scopes::parse("notes:read").unwrap(),
            auth_time: Some(at(0)),
            ends: at(9000),
            key: None,
            status: StatusIndex { list: 9, index: u32::try_from(n).unwrap() },
            redirect_origin: None,
        };
        let code = NewCode {
            digest: fresh("code", n),
            redirect_uri: "http://127.0.0.1:4711/callback".into(),
            challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".into(),
            key: None,
            expires: at(60),
            room: None,
        };
        store.issue_code(grant, code).await.unwrap();
    })
    .await;
    each("redeem a code", async |n| {
        let first = NewRefresh { digest: fresh("first", n), expires: at(9000) };
        let spending =
            store.redeem(&fresh("code", n), at(1), at(700), Some(first), Evidence::default()).await.unwrap();
        assert_eq!(spending, Spending::Spent);
    })
    .await;
    each("revoke a grant", async |n| store.revoke(&format!("measured-{n}")).await.unwrap()).await;
    each("hear what was revoked since", async |_| {
        let last = i64::try_from(TIMES).unwrap() - 10;
        assert_eq!(store.revoked_since(last).await.unwrap().len(), 10);
    })
    .await;
    each("sweep where nothing is over", async |_| {
        store.sweep(at(2)).await.unwrap();
    })
    .await;
}

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    // Cargo says `--bench` beside what it was given.
    let given: Vec<i64> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    for grants in if given.is_empty() { vec![1_000, 1_000_000] } else { given } {
        measure(folder.path(), grants).await;
    }
}
