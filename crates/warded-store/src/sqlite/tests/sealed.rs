//! Who gets at the secrets in a file?

use std::{path::Path, sync::Arc};

use sqlx::{ConnectOptions as _, Connection as _};
use warded_core::{UnixTime, jose::Algorithm};
use zeroize::Zeroizing;

use super::{Sqlite, file, versions};
use crate::{
    Added, HeldKey, KeyPlace, Secrets as _, SigningKeys as _, StoreFailed, StoreKey, Users as _, contract,
    vault::{Place, Vault, tests::random},
};

const PLAIN: &[u8] = b"a secret that must not lie on any disk";

fn given() -> KeyPlace {
    KeyPlace::Given(StoreKey::fresh(&*random()).unwrap())
}

async fn sealed(path: &Path, key: &KeyPlace) -> Result<Sqlite, StoreFailed> {
    Sqlite::open_sealed(path, key.clone(), random()).await
}

fn key() -> HeldKey {
    let at = UnixTime::from_seconds;
    HeldKey {
        kid: "kid".into(),
        algorithm: Algorithm::Es256,
        pkcs8: Zeroizing::new(PLAIN.to_vec()),
        created: at(1),
        signs_from: at(1),
        signs_until: at(2),
        published_until: at(3),
    }
}

/// Puts a secret and a signing key in.
async fn fill(store: &Sqlite) {
    store.secret("one", PLAIN).await.unwrap();
    assert_eq!(store.add_signing_key("staff", &key(), None).await.unwrap(), Added::Yes);
}

async fn assert_filled(store: &Sqlite) {
    assert_eq!(store.secret("one", b"fresh").await.unwrap().as_slice(), PLAIN);
    assert_eq!(store.signing_keys("staff").await.unwrap(), [key()]);
}

/// Whether the secret is to be read in anything that lies in the folder.
fn is_exposed(folder: &Path) -> bool {
    let holds = |entry: std::io::Result<std::fs::DirEntry>| {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        bytes.windows(PLAIN.len()).any(|window| window == PLAIN)
    };
    std::fs::read_dir(folder).unwrap().any(holds)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sealed_file_keeps_the_contract() {
    let (_folder, path) = file();
    contract::keep(Arc::new(sealed(&path, &given()).await.unwrap())).await;
}

#[tokio::test]
async fn whoever_reads_the_file_learns_no_secret() {
    let (folder, path) = file();
    let key = given();
    let store = sealed(&path, &key).await.unwrap();
    fill(&store).await;
    assert!(!is_exposed(folder.path()), "neither in the file nor in its log");
    store.close().await;
    assert!(!is_exposed(folder.path()));
    let again = sealed(&path, &key).await.unwrap();
    assert_filled(&again).await;
    assert_eq!(again.secret("two", PLAIN).await.unwrap().as_slice(), PLAIN);
}

#[tokio::test]
async fn what_lies_in_plain_is_not_sealed_by_whoever_comes_with_a_key() {
    let (folder, path) = file();
    let store = Sqlite::open(&path).await.unwrap();
    fill(&store).await;
    assert!(is_exposed(folder.path()));
    store.close().await;
    let key = given();
    let Err(unsealed) = sealed(&path, &key).await else { panic!("opened") };
    assert!(unsealed.to_string().contains("in plain"), "{unsealed}");
    assert_filled(&Sqlite::open(&path).await.unwrap()).await;
}

#[tokio::test]
async fn another_key_changes_nothing() {
    let (_folder, path) = file();
    let key = given();
    let store = sealed(&path, &key).await.unwrap();
    fill(&store).await;
    store.close().await;
    let before = std::fs::read(&path).unwrap();
    let Err(wrong) = sealed(&path, &given()).await else { panic!("opened") };
    assert_eq!(wrong, StoreFailed::KeyWrong { store: path.display().to_string() });
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert_filled(&sealed(&path, &key).await.unwrap()).await;
}

#[tokio::test]
async fn a_key_that_is_lost_is_not_made_anew() {
    let (folder, path) = file();
    let place = folder.path().join("warded.db.key");
    let key = KeyPlace::File(place.clone());
    let store = sealed(&path, &key).await.unwrap();
    fill(&store).await;
    store.close().await;
    let aside = folder.path().join("aside");
    std::fs::rename(&place, &aside).unwrap();
    let Err(lost) = sealed(&path, &key).await else { panic!("opened") };
    assert!(matches!(lost, StoreFailed::KeyMissing { .. }));
    let said = lost.to_string();
    assert!(said.contains("warded.db.key") && said.contains("put the key back"), "{said}");
    assert!(!place.exists());
    std::fs::rename(&aside, &place).unwrap();
    assert_filled(&sealed(&path, &key).await.unwrap()).await;
}

#[tokio::test]
async fn whoever_comes_without_a_key_gets_no_secret_and_leaves_none_in_plain() {
    let (folder, path) = file();
    let key = given();
    let store = sealed(&path, &key).await.unwrap();
    fill(&store).await;
    let keyless = Sqlite::open(&path).await.unwrap();
    assert_eq!(keyless.secret("one", b"fresh").await.unwrap_err(), StoreFailed::Sealed);
    assert_eq!(keyless.secret("two", PLAIN).await.unwrap_err(), StoreFailed::Sealed);
    assert_eq!(keyless.signing_keys("staff").await.unwrap_err(), StoreFailed::Sealed);
    assert_eq!(keyless.add_signing_key("guests", &self::key(), None).await.unwrap_err(), StoreFailed::Sealed);
    assert!(!is_exposed(folder.path()));
    assert_eq!(keyless.users().await.unwrap(), [], "what is no secret is there for everybody");
    // One that had opened the file before it was sealed is no exception.
    let (_folder, path) = file();
    let early = Sqlite::open(&path).await.unwrap();
    drop(sealed(&path, &key).await.unwrap());
    assert_eq!(early.secret("one", PLAIN).await.unwrap_err(), StoreFailed::Sealed);
}

/// Whoever can write the file, but has no key, puts what one issuer signs with in the place of another's.
#[tokio::test]
async fn what_is_sealed_is_good_in_its_own_place_only() {
    let (_folder, path) = file();
    let store = sealed(&path, &given()).await.unwrap();
    fill(&store).await;
    store.secret("two", b"another").await.unwrap();
    let swap = "/* by hand */ UPDATE secrets SET value = (SELECT value FROM secrets WHERE name = 'one') WHERE name = 'two';
        UPDATE signing_keys SET issuer = 'guests';";
    sqlx::raw_sql(swap).execute(&store.writer).await.unwrap();
    let malformed = StoreFailed::Content("sealed secret");
    assert_eq!(store.secret("two", b"").await.unwrap_err(), malformed);
    assert_eq!(store.signing_keys("guests").await.unwrap_err(), malformed);
    assert_eq!(store.secret("one", b"").await.unwrap().as_slice(), PLAIN);
}

/// Whoever can write the file, but has no key, takes the seal away and puts keys of their own in: they would be sealed as ours.
#[tokio::test]
async fn what_was_planted_where_the_seal_was_is_not_sealed_as_ours() {
    for planted in [
        "INSERT INTO secrets (name, value) VALUES ('planted', x'00')",
        "UPDATE signing_keys SET pkcs8 = x'00'",
        // Not even ours is sealed a second time: nobody could open it any more.
        "SELECT 1",
    ] {
        let (_folder, path) = file();
        let key = given();
        let store = sealed(&path, &key).await.unwrap();
        fill(&store).await;
        let known: Vec<u8> =
            sqlx::query_scalar("SELECT value FROM seals").fetch_one(&store.readers).await.unwrap();
        let by_hand = sqlx::AssertSqlSafe(format!("/* by hand */ DELETE FROM seals; {planted}"));
        sqlx::raw_sql(by_hand).execute(&store.writer).await.unwrap();
        store.close().await;
        let Err(unsealed) = sealed(&path, &key).await else { panic!("opened: {planted}") };
        assert!(matches!(unsealed, StoreFailed::Open { .. }), "{unsealed}");
        if planted == "SELECT 1" {
            let back = Sqlite::open(&path).await.unwrap();
            let seal = sqlx::query("INSERT INTO seals (name, value) VALUES ('known', ?)").bind(known);
            seal.execute(&back.writer).await.unwrap();
            back.close().await;
            assert_filled(&sealed(&path, &key).await.unwrap()).await;
        }
    }
}

/// In a file of a version without seals, where everything is sealed on the way to this one.
#[tokio::test]
async fn what_is_sealed_already_is_not_sealed_a_second_time() {
    let (_folder, path) = file();
    versions::write(&path, versions::UNSEALED).await;
    let KeyPlace::Given(key) = given() else { panic!("another place") };
    let twice = Vault::new(&key, random()).unwrap().seal(Place::Secret("twice"), PLAIN).unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path);
    let mut by_hand = options.connect().await.unwrap();
    let insert = sqlx::query("INSERT INTO secrets (name, value) VALUES ('twice', ?)").bind(twice);
    insert.execute(&mut by_hand).await.unwrap();
    by_hand.close().await.unwrap();
    let Err(refused) = sealed(&path, &KeyPlace::Given(key)).await else { panic!("opened") };
    assert!(refused.to_string().contains("what was sealed with this key is still there"), "{refused}");
    let unchanged = Sqlite::look(&path).await.unwrap();
    let version: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&unchanged.readers).await.unwrap();
    assert_eq!(version, 8);
    unchanged.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_that_begin_a_store_at_once_all_hold_one_key() {
    let (folder, path) = file();
    let place = KeyPlace::File(folder.path().join("warded.db.key"));
    let opening: Vec<_> = (0..8)
        .map(|n| {
            let (path, place) = (path.clone(), place.clone());
            tokio::spawn(async move {
                let store = sealed(&path, &place).await.unwrap();
                store.secret("one", format!("{n}").as_bytes()).await.unwrap().to_vec()
            })
        })
        .collect();
    let mut held = Vec::new();
    for opened in opening {
        held.push(opened.await.unwrap());
    }
    assert!(held.iter().all(|secret| Some(secret) == held.first()));
}
