//! Is a file of every version that was released brought to this one, with everything in it?

use std::path::Path;

use sqlx::{ConnectOptions as _, Connection as _, sqlite::SqliteConnectOptions};
use warded_core::{Issuer, ResourceUri, Scopes, UnixTime};

use super::{Sqlite, file};
use crate::{
    AddedBy, Approvals as _, Clients as _, Consent, Consents as _, Counter, Counters as _, Digest, Evidence,
    GrantMark, Grants as _, Identities as _, Method, NewRefresh, Nodes as _, Origin, Pendings as _,
    REVOKED_LASTS, Replays as _, RevokedGrants as _, Secrets as _, Sessions as _, Span, Spending, Standing,
    StatusIndex, Statuses as _, Users as _, Window, journal::checkpoint::Checkpoints as _, sqlite::STEPS,
};

/// A file as each version left it, oldest first.
const RELEASED: [&str; 14] = [
    include_str!("versions/1.sql"),
    include_str!("versions/2.sql"),
    include_str!("versions/3.sql"),
    include_str!("versions/4.sql"),
    include_str!("versions/5.sql"),
    include_str!("versions/6.sql"),
    include_str!("versions/7.sql"),
    include_str!("versions/8.sql"),
    include_str!("versions/9.sql"),
    include_str!("versions/10.sql"),
    include_str!("versions/11.sql"),
    include_str!("versions/12.sql"),
    include_str!("versions/13.sql"),
    include_str!("versions/14.sql"),
];

/// The last one without seals.
pub(super) const UNSEALED: &str = RELEASED[7];

fn at(seconds: i64) -> UnixTime {
    UnixTime::from_seconds(1_800_000_000 + seconds)
}

fn issuer(name: &str) -> Issuer {
    Issuer::parse(&format!("https://mcp.example.com/issuers/{name}")).unwrap()
}

fn digest(name: &str) -> Digest {
    Digest::of(name.as_bytes())
}

pub(super) async fn write(path: &Path, dump: &'static str) {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true).foreign_keys(false);
    let mut connection = options.connect().await.unwrap();
    sqlx::raw_sql(dump).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
}

/// Every table, index and trigger, as SQL.
async fn tables(store: &Sqlite) -> Vec<(String, Option<String>)> {
    sqlx::query_as("/* by hand */ SELECT name, sql FROM sqlite_schema ORDER BY name")
        .fetch_all(&store.writer)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_file_of_every_version_is_brought_to_this_one_with_everything_in_it() {
    let (_folder, path) = file();
    let new = Sqlite::open(&path).await.unwrap();
    for (version, dump) in (1..).zip(RELEASED) {
        let (_folder, path) = file();
        write(&path, dump).await;
        let store = Sqlite::open(&path).await.unwrap();
        assert_eq!(tables(&store).await, tables(&new).await, "version {version}");
        people_and_clients(&store, version).await;
        grants(&store, version).await;
        notes(&store, version).await;
        people_of_others(&store, version).await;
        counted(&store, version).await;
        store.close().await;
        let store = Sqlite::open(&path).await.unwrap();
        assert!(store.user("id-of-ada").await.unwrap().is_some(), "and it is opened again");
    }
    assert_eq!(STEPS.len(), RELEASED.len() + 1, "a step that was released has its dump here");
}

/// Somebody has more grants than there is room for in a file of a version that had room for all, and a login is under way.
#[tokio::test]
async fn of_what_is_there_already_as_much_stays_as_there_is_room_for() {
    let (_folder, path) = file();
    write(&path, RELEASED[11]).await;
    let options = SqliteConnectOptions::new().filename(&path);
    let mut connection = options.connect().await.unwrap();
    for client in 0..12 {
        let many = format!(
            "/* by hand */ WITH RECURSIVE many (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM many WHERE n < 99 + {client})
             INSERT INTO families (id, issuer, client, user, resource, scopes, ends, keep, used_at, mark)
             SELECT 'many-{client}-' || n, 'https://mcp.example.com/issuers/default', 'client-{client}', 'id-of-ada',
                 'https://mcp.example.com/notes/mcp', '', 1807776000, 1802592000, 1800000000 + {client} * 1000 + n,
                 CAST('mark-{client}-' || n AS BLOB) FROM many"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(many)).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
    let store = Sqlite::open(&path).await.unwrap();
    let standing = store.grants_of_user("id-of-ada", at(0)).await.unwrap();
    assert_eq!(standing.len(), 1000);
    let of = |client: &str| standing.iter().filter(|held| held.grant.client == client).count();
    let client = |n: usize| format!("client-{n}");
    assert_eq!((0..2).map(|n| of(&client(n))).sum::<usize>(), 0, "those that were not used for longest");
    assert!((2..12).all(|n| of(&client(n)) == 100));
    let used = standing.iter().filter(|held| held.grant.client == "client-11");
    assert_eq!(used.map(|held| held.used.unwrap()).min(), Some(at(11_011)), "and of each client as well");
    // 1,266 of one person and one more of another's, of which a thousand and one are left. One was noted before.
    assert_eq!(store.count_grants().await.unwrap(), 1001);
    assert_eq!(store.revoked_since(1).await.unwrap().len(), 12 * 100 + (1..12).sum::<usize>() + 2 - 1000);
    let networks: Vec<i64> = sqlx::query_scalar("/* by hand */ SELECT logins FROM networks")
        .fetch_all(&store.writer)
        .await
        .unwrap();
    assert_eq!(networks, [1]);
    assert!(store.take(&Digest::from_bytes(&[1; 32]).unwrap(), at(0)).await.unwrap().is_some());
}

async fn people_and_clients(store: &Sqlite, version: usize) {
    let names: Vec<_> = store.users().await.unwrap().into_iter().map(|user| user.name).collect();
    assert_eq!(names, ["ada", "bob"]);
    assert_eq!(store.user("id-of-ada").await.unwrap().unwrap().password.unwrap().as_phc(), "$argon2id$ada");
    let session = store.session(&digest("session"), at(0)).await.unwrap().unwrap();
    assert_eq!(
        (session.user.as_str(), session.since, session.auth_time),
        ("id-of-ada", at(-5), Some(at(-5)))
    );
    let editor = store.client(&issuer("default"), "editor").await.unwrap().unwrap();
    assert_eq!((editor.method, editor.secret), (Method::Basic, Some(digest("client-secret"))));
    assert_eq!((editor.origin, editor.used, editor.management), (Origin::Operator, None, None));
    let visitor = store.client(&issuer("default"), "visitor").await.unwrap().unwrap();
    assert_eq!(visitor.dpop_bound, version >= 11);
    assert_eq!((visitor.method, visitor.secret, visitor.origin), (Method::None, None, Origin::Itself));
    let held = store.secret("fingerprint", b"fresh").await.unwrap();
    assert_eq!(held.as_slice(), b"the fingerprint key, 32 bytes...");
    let fresh = store.secret("signing-key/default", b"fresh").await.unwrap();
    assert_eq!(fresh.as_slice(), b"fresh", "what signs stands elsewhere now");
}

async fn grants(store: &Sqlite, version: usize) {
    // What was granted before servers had names opens none.
    let server = if version < 2 { "" } else { "notes" };
    let code = store.code(&digest("code-waiting")).await.unwrap().unwrap();
    assert_eq!((code.spent, code.key, code.expires), (false, None, at(60)));
    assert_eq!((code.grant.server.as_str(), code.grant.key), (server, None));
    assert_eq!(code.grant.auth_time, Some(at(-5)), "she showed her password");
    let second = store.refresh(&digest("second")).await.unwrap().unwrap();
    assert_eq!((second.grant.server.as_str(), second.spent), (server, None));
    let first = store.refresh(&digest("first")).await.unwrap().unwrap();
    assert_eq!(first.spent.unwrap().repeatable(at(0)), None, "no answer was kept");

    for id in ["used", "waiting", "elsewhere"] {
        let found = store.grant_of_mark(&GrantMark::of(id)).await.unwrap();
        assert_eq!(found.map(|standing| standing.grant.id).as_deref(), Some(id));
    }

    // Each has a place of its own, and nobody else is given it.
    let status = async |id| store.grant(id).await.unwrap().unwrap().grant.status;
    let place = |index| StatusIndex { list: 0, index };
    assert_eq!([status("used").await, status("waiting").await], [place(0), place(1)]);
    assert_eq!(status("elsewhere").await, place(0));
    assert_eq!(store.reserve(&issuer("default"), 1).await.unwrap().first, 2);
    assert_eq!(store.reserve(&issuer("other"), 1).await.unwrap().first, 1);

    let asked = Consent {
        issuer: issuer("default"),
        user: "id-of-ada".into(),
        client: "editor".into(),
        redirect_origin: "https://a.example".into(),
        server: server.into(),
        resource: ResourceUri::parse("https://mcp.example.com/notes/mcp").unwrap(),
        document: None,
    };
    assert_eq!(store.consented(&asked).await.unwrap(), Some(Scopes::parse("notes:read").unwrap()));

    let last = store.revoked_since(0).await.unwrap().last().map_or(0, |last| last.number);
    let next = NewRefresh { digest: digest("third"), expires: at(9000) };
    let rotate = async |from: &str| {
        store.rotate(&digest(from), at(1), at(800), next, None, Evidence::default()).await.unwrap()
    };
    assert_eq!(rotate("second").await, Spending::Spent);
    assert_eq!(rotate("first").await, Spending::Again);
    assert_eq!(store.refresh(&digest("third")).await.unwrap(), None);
    // Nobody knew when the last token of a grant ends; at the latest with all of it, leeway included.
    let tokens_end = if version < 5 { at(30 * 86_400 + 300) } else { at(800) };
    let noted = store.revoked_since(last).await.unwrap();
    let told: Vec<_> = noted.iter().map(|noted| (noted.grant, noted.status, noted.until)).collect();
    assert_eq!(told, [(GrantMark::of("used"), Some(place(0)), tokens_end.plus(REVOKED_LASTS))]);
    assert_eq!(store.revoked_statuses(&issuer("default"), 0).await.unwrap(), [0]);
}

/// What came with later versions.
async fn notes(store: &Sqlite, version: usize) {
    let mark = digest("proof").as_bytes().try_into().unwrap();
    assert_eq!(store.first_use(&mark, at(300), at(0)).await.unwrap(), version < 3);
    let noted = store.revoked_since(0).await.unwrap();
    let was_noted = noted.iter().any(|noted| noted.grant == GrantMark::of("taken-back"));
    assert_eq!(was_noted, version >= 4, "version {version}");
    let checkpoint = store.checkpoint("gateway").await.unwrap();
    assert_eq!(checkpoint.as_ref().map(|checkpoint| checkpoint.seq), (version >= 6).then_some(5));
    if let Some(checkpoint) = checkpoint {
        assert!(checkpoint.holds());
        assert_eq!((checkpoint.sealed, checkpoint.folder.is_some()), (version >= 8, version >= 8));
    }
    assert_eq!(store.hold_node("gateway", &[2; 16], at(30), at(0)).await.unwrap(), version < 7);
}

/// Who came before it was remembered by whose word is nobody whom the operator has added, until the operator says so.
async fn people_of_others(store: &Sqlite, version: usize) {
    const CORP: &str = "https://login.example.com/realms/corp";
    let bob = store.user("id-of-bob").await.unwrap().unwrap();
    let standing = async || store.standing(CORP, "248289761001").await.unwrap();
    let here = |by| if version < 9 { Standing::New } else { Standing::Here(bob.clone(), by) };
    assert_eq!(standing().await, here(AddedBy::Themself), "version {version}");
    assert_eq!(store.vouch_for(CORP, "248289761001").await.unwrap(), version >= 9);
    assert_eq!(standing().await, here(AddedBy::Operator), "version {version}");
    let removed = if version < 10 { Standing::New } else { Standing::Removed };
    assert_eq!(store.standing(CORP, "4711").await.unwrap(), removed);
    // Whether his provider said since when he was logged in there, nobody knows.
    let session = store.session(&digest("bobs"), at(0)).await.unwrap();
    let session = session.map(|session| (session.user, session.since, session.auth_time));
    assert_eq!(session, (version >= 9).then(|| ("id-of-bob".to_owned(), at(-3), None)));
}

/// What was counted stays counted, and a reservation whose process ended is found. What was held is asked for once more: it was
/// held for minutes, and as nobody holds it now.
async fn counted(store: &Sqlite, version: usize) {
    let window = Window::calendar(Span::Hour);
    let counter = Counter { place: "notes", scope: "delete_note", name: "calls", per: "ada", window };
    let counts = store.counts(&[counter], at(0)).await.unwrap();
    assert_eq!(counts, [if version < 14 { 0 } else { 3_000_000 }], "version {version}");
    let uncertain = store.uncertain("gateway", &[1; 16]).await.unwrap();
    let requests: Vec<_> = uncertain.iter().map(|one| &*one.request).collect();
    assert_eq!(requests, if version < 14 { vec![] } else { vec!["request-7"] }, "version {version}");
    assert_eq!(store.approvals(at(0)).await.unwrap(), []);
}
