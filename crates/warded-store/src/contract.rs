//! What must every store do? One suite for all of them; a store is supported when it keeps it.
#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a suite of tests fails by panicking")]

use std::{sync::Arc, task::Poll};

use warded_core::{Issuer, ResourceUri, Scopes, UnixTime};

use crate::{
    Added, Client, Consent, Digest, Grant, GrantMark, GrantType, Method, NewCode, NewRefresh, Origin,
    PasswordHash, REVOKED_LASTS, Session, Spending, StatusIndex, Store, UNUSED_CLIENT_SECONDS, User,
    journal::checkpoint::JournalKey,
};

const RACERS: usize = 50;

fn at(seconds: i64) -> UnixTime {
    UnixTime::from_seconds(1_800_000_000 + seconds)
}

fn issuer(tier: &str) -> Issuer {
    Issuer::parse(&format!("https://mcp.example.com/issuers/{tier}")).unwrap()
}

fn digest(name: impl AsRef<[u8]>) -> Digest {
    Digest::of(name.as_ref())
}

/// A person of that name.
pub fn user(name: &str) -> User {
    User {
        id: format!("id-of-{name}"),
        name: name.to_owned(),
        password: Some(PasswordHash::new("$argon2id$".to_owned())),
        created: at(0),
    }
}

fn client(id: &str, origin: Origin) -> Client {
    Client {
        issuer: issuer("default"),
        id: id.to_owned(),
        name: Some("Editor \"x\", √".to_owned()),
        method: Method::Basic,
        secret: Some(digest("client-secret")),
        jwks: None,
        jwks_uri: None,
        application_type: None,
        redirect_uris: vec!["http://127.0.0.1/callback".to_owned(), "https://a.example/x?y=\"".to_owned()],
        grants: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        pinned: Some(ResourceUri::parse("https://mcp.example.com/notes/mcp").unwrap()),
        origin,
        management: None,
        created: at(0),
        used: None,
    }
}

fn grant(id: &str) -> Grant {
    Grant {
        id: id.to_owned(),
        issuer: issuer("default"),
        client: "editor".to_owned(),
        user: "id-of-ada".to_owned(),
        server: "notes".to_owned(),
        resource: ResourceUri::parse("https://mcp.example.com/notes/mcp").unwrap(),
        scopes: Scopes::parse("notes:read notes:write").unwrap(),
        auth_time: at(-5),
        ends: at(9000),
        key: None,
        status: StatusIndex { list: 0, index: 0 },
        redirect_origin: None,
    }
}

fn code(name: &str) -> NewCode {
    NewCode {
        digest: digest(name),
        redirect_uri: "http://127.0.0.1:4711/callback".to_owned(),
        challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".to_owned(),
        key: None,
        expires: at(60),
    }
}

fn consent() -> Consent {
    Consent {
        issuer: issuer("default"),
        user: "id-of-ada".into(),
        client: "editor".into(),
        redirect_origin: "https://a.example".into(),
        server: "notes".into(),
        resource: grant("").resource,
        document: None,
    }
}

fn refresh(name: impl AsRef<[u8]>) -> NewRefresh {
    NewRefresh { digest: digest(name), expires: at(1000) }
}

/// Everything, on an empty store.
pub async fn keep(store: Arc<dyn Store>) {
    secrets_are_made_once(&*store).await;
    a_mark_is_used_once(&*store).await;
    a_mark_that_nobody_waits_for_takes_no_other_with_it(&*store).await;
    people_have_one_name_each(&*store).await;
    clients_belong_to_one_issuer(&*store).await;
    sessions_end(&*store).await;
    consent_is_for_exactly_what_was_asked(&*store).await;
    a_code_is_spent_once_and_its_reuse_ends_the_family(&*store).await;
    a_refresh_token_is_spent_once_and_its_reuse_ends_the_family(&*store).await;
    what_has_expired_is_not_spent(&*store).await;
    whoever_is_removed_leaves_nothing_behind(&*store).await;
    what_is_taken_back_is_noted(&*store).await;
    a_grant_is_kept_for_as_long_as_its_access_token_lives(&*store).await;
    what_has_expired_is_swept_and_nothing_else(&*store).await;
    the_last_checkpoint_of_each_node_is_kept(&*store).await;
    a_node_has_one_holder_at_a_time(&*store).await;
    a_step_that_is_cut_off_has_happened_whole_or_not_at_all(&*store).await;
    race(&[store]).await;
}

async fn secrets_are_made_once(store: &dyn Store) {
    assert_eq!(store.secret("one", b"first").await.unwrap().as_slice(), b"first");
    assert_eq!(store.secret("one", b"second").await.unwrap().as_slice(), b"first");
    assert_eq!(store.secret("other", b"third").await.unwrap().as_slice(), b"third");
}

async fn the_last_checkpoint_of_each_node_is_kept(store: &dyn Store) {
    let key = JournalKey::new(&[7; 32]).unwrap();
    let checkpoint = |node, seq: u64| key.sign(node, seq, [u8::try_from(seq).unwrap(); 32], at(0));
    assert_eq!(store.checkpoint("a").await.unwrap(), None);
    let keep = async |checkpoint: &_| store.keep_checkpoint(checkpoint, &[7; 16]).await.unwrap();
    assert!(!keep(&checkpoint("a", 5)).await, "nobody holds its name");
    for node in ["a", "b"] {
        assert!(store.hold_node(node, &[7; 16], at(60), at(0)).await.unwrap());
    }
    assert!(keep(&checkpoint("a", 5)).await);
    assert!(keep(&checkpoint("b", 9)).await);
    // Whoever comes late, or has put an older folder in place, takes nothing back.
    assert!(keep(&checkpoint("a", 3)).await);
    let held = store.checkpoint("a").await.unwrap().unwrap();
    assert_eq!(held, checkpoint("a", 5));
    assert!(held.holds());
    assert!(keep(&checkpoint("a", 6)).await);
    assert_eq!(store.checkpoint("a").await.unwrap(), Some(checkpoint("a", 6)));
    // The same one is sealed when its journal ends, and opened when that goes on; no other with its number is.
    let sealed = |mut it: crate::journal::checkpoint::Checkpoint| {
        (it.sealed, it.folder) = (true, Some([3; 16]));
        it
    };
    assert!(keep(&sealed(checkpoint("a", 6))).await);
    assert!(keep(&key.sign("a", 6, [9; 32], at(0))).await);
    assert_eq!(store.checkpoint("a").await.unwrap(), Some(sealed(checkpoint("a", 6))));
    assert!(keep(&checkpoint("a", 6)).await);
    assert_eq!(store.checkpoint("a").await.unwrap(), Some(checkpoint("a", 6)));
    assert_eq!(store.checkpoint("b").await.unwrap(), Some(checkpoint("b", 9)));
    // Whoever has lost the name vouches for nothing any more, even when nobody has it.
    assert!(store.hold_node("a", &[8; 16], at(120), at(60)).await.unwrap());
    assert!(!keep(&checkpoint("a", 7)).await);
    assert!(!store.keep_node("a", &[7; 16], at(200)).await.unwrap());
    store.leave_node("a", &[8; 16]).await.unwrap();
    assert!(!keep(&checkpoint("a", 7)).await);
    assert!(!store.keep_node("a", &[7; 16], at(200)).await.unwrap());
    assert!(store.keep_node("b", &[7; 16], at(200)).await.unwrap());
    assert!(!store.hold_node("b", &[8; 16], at(220), at(199)).await.unwrap());
    store.leave_node("b", &[7; 16]).await.unwrap();
    let mut all = store.checkpoints().await.unwrap();
    all.sort_by_key(|checkpoint| checkpoint.seq);
    assert_eq!(all, [checkpoint("a", 6), checkpoint("b", 9)]);
}

async fn a_node_has_one_holder_at_a_time(store: &dyn Store) {
    let hold = async |node, holder: u8, until, now| {
        store.hold_node(node, &[holder; 16], at(until), at(now)).await.unwrap()
    };
    assert!(hold("a", 1, 60, 0).await && hold("a", 1, 80, 20).await && hold("b", 2, 60, 0).await);
    assert!(!hold("a", 2, 100, 79).await && hold("a", 2, 140, 80).await && !hold("a", 1, 140, 81).await);
    // A clock that had said 2100 holds nothing until then.
    assert!(hold("c", 1, 4_102_444_860, 4_102_444_800).await && hold("c", 2, 160, 100).await);
    assert!(!hold("c", 1, 161, 101).await);
    // Only its holder lets go of it.
    store.leave_node("a", &[1; 16]).await.unwrap();
    assert!(!hold("a", 1, 140, 81).await);
    store.leave_node("a", &[2; 16]).await.unwrap();
    assert!(hold("a", 1, 140, 81).await);
    store.takes_writes().await.unwrap();
    assert!(!hold("b", 1, 60, 59).await, "and nothing was written by asking");
}

async fn a_mark_is_used_once(store: &dyn Store) {
    let uses = async |mark: u8, until, now| store.first_use(&[mark; 32], at(until), at(now)).await.unwrap();
    assert!(uses(1, 40, 0).await);
    assert!(!uses(1, 40, 0).await);
    assert!(!uses(1, 50, 39).await, "whatever else is said the second time");
    assert!(uses(2, 40, 39).await, "another one is another one");
    assert!(uses(1, 50, 40).await, "it may be forgotten");
    assert!(!uses(1, 50, 41).await);
    // What is over leaves by itself: nobody has to sweep where nobody issues tokens.
    for mark in 10..20 {
        assert!(uses(mark, 45, 44).await);
    }
    for mark in 20..24 {
        assert!(uses(mark, 50, 45).await);
    }
    assert_eq!(store.sweep(at(45)).await.unwrap(), 0, "ten had left");
    assert!(!uses(20, 50, 49).await, "and none of the others");
    assert_eq!(store.sweep(at(50)).await.unwrap(), 5);
}

/// A caller hangs up, and others wait with it for one turn to write.
async fn a_mark_that_nobody_waits_for_takes_no_other_with_it(store: &dyn Store) {
    for polls in 0..20_u8 {
        let (gone, stays) = ([polls + 30; 32], [polls + 60; 32]);
        let waits = store.first_use(&stays, at(60), at(0));
        let mut waits = std::pin::pin!(waits);
        let first = std::future::poll_fn(|cx| Poll::Ready(waits.as_mut().poll(cx))).await;
        let said = cut_off(store.first_use(&gone, at(60), at(0)), usize::from(polls)).await;
        assert!(said.is_none_or(|said| said.unwrap()), "cut off after {polls}");
        let stays = match first {
            Poll::Ready(first) => first,
            Poll::Pending => waits.await,
        };
        assert!(stays.unwrap(), "cut off after {polls}");
    }
    assert!(store.sweep(at(60)).await.unwrap() >= 20);
}

async fn people_have_one_name_each(store: &dyn Store) {
    assert_eq!(store.add_user(user("ada")).await.unwrap(), Added::Yes);
    assert_eq!(store.add_user(user("bob")).await.unwrap(), Added::Yes);
    let same_name = User { id: "another".into(), ..user("ada") };
    let same_id = User { name: "another".into(), ..user("ada") };
    assert_eq!(store.add_user(same_name).await.unwrap(), Added::Taken);
    assert_eq!(store.add_user(same_id).await.unwrap(), Added::Taken);
    assert_eq!(store.users().await.unwrap(), [user("ada"), user("bob")]);
    assert_eq!(store.user_named("ada").await.unwrap(), Some(user("ada")));
    assert_eq!(store.user("id-of-bob").await.unwrap(), Some(user("bob")));
    assert_eq!(store.user_named("Ada").await.unwrap(), None);
    assert_eq!(store.user("ada").await.unwrap(), None);
    let password = PasswordHash::new("$argon2id$new".into());
    assert!(store.set_password("id-of-bob", password.clone()).await.unwrap());
    assert_eq!(store.user("id-of-bob").await.unwrap().unwrap().password, Some(password.clone()));
    assert!(!store.set_password("nobody", password).await.unwrap());
}

async fn clients_belong_to_one_issuer(store: &dyn Store) {
    let held = client("editor", Origin::Operator);
    assert_eq!(store.add_client(held.clone()).await.unwrap(), Added::Yes);
    let thief = Client { secret: None, redirect_uris: vec!["https://evil.example".into()], ..held.clone() };
    assert_eq!(store.add_client(thief).await.unwrap(), Added::Taken);
    assert_eq!(store.client(&held.issuer, "editor").await.unwrap(), Some(held.clone()));
    assert_eq!(store.client(&issuer("other"), "editor").await.unwrap(), None);
    assert_eq!(store.client(&held.issuer, "Editor").await.unwrap(), None);
    let other = Client { issuer: issuer("other"), secret: None, pinned: None, name: None, ..held.clone() };
    assert_eq!(store.add_client(other.clone()).await.unwrap(), Added::Yes);
    assert_eq!(store.clients(&held.issuer).await.unwrap(), [held]);
    assert_eq!(store.clients(&other.issuer).await.unwrap(), std::slice::from_ref(&other));
    assert!(store.remove_client(&other.issuer, "editor").await.unwrap());
    assert!(!store.remove_client(&other.issuer, "editor").await.unwrap());
}

fn session(name: &str, user: &str) -> Session {
    Session {
        digest: digest(name),
        issuer: issuer("default"),
        user: format!("id-of-{user}"),
        auth_time: at(0),
        expires: at(100),
    }
}

async fn sessions_end(store: &dyn Store) {
    store.open_session(session("one", "bob")).await.unwrap();
    assert_eq!(store.session(&digest("one"), at(99)).await.unwrap(), Some(session("one", "bob")));
    assert_eq!(store.session(&digest("one"), at(100)).await.unwrap(), None);
    assert_eq!(store.session(&digest("two"), at(0)).await.unwrap(), None);
    store.end_session(&digest("one")).await.unwrap();
    assert_eq!(store.session(&digest("one"), at(0)).await.unwrap(), None);
    store.open_session(session("two", "bob")).await.unwrap();
    assert!(store.set_password("id-of-bob", PasswordHash::new("$argon2id$".into())).await.unwrap());
    assert_eq!(store.session(&digest("two"), at(0)).await.unwrap(), None, "a new password ends sessions");
    assert!(store.open_session(session("three", "nobody")).await.is_err());
}

async fn consent_is_for_exactly_what_was_asked(store: &dyn Store) {
    let asked = consent();
    let scopes = |list| Scopes::parse(list).unwrap();
    assert_eq!(store.consented(&asked).await.unwrap(), None);
    store.remember_consent(&asked, &scopes("a")).await.unwrap();
    store.remember_consent(&asked, &scopes("b")).await.unwrap();
    assert_eq!(store.consented(&asked).await.unwrap(), Some(scopes("a b")));
    for other in [
        Consent { issuer: issuer("other"), ..asked.clone() },
        Consent { user: "id-of-bob".into(), ..asked.clone() },
        Consent { client: "other".into(), ..asked.clone() },
        Consent { redirect_origin: "https://a.example:8443".into(), ..asked.clone() },
        Consent { server: "files".into(), ..asked.clone() },
        Consent { resource: ResourceUri::parse("https://mcp.example.com/notes").unwrap(), ..asked.clone() },
    ] {
        assert_eq!(store.consented(&other).await.unwrap(), None, "{other:?}");
    }
}

async fn a_code_is_spent_once_and_its_reuse_ends_the_family(store: &dyn Store) {
    store.issue_code(grant("g1"), code("c1")).await.unwrap();
    let held = store.code(&digest("c1")).await.unwrap().unwrap();
    assert_eq!((held.grant, held.spent, held.expires), (grant("g1"), false, at(60)));
    assert_eq!((held.redirect_uri, held.challenge), (code("c1").redirect_uri, code("c1").challenge));
    let redeem = |name: &'static str, first: Option<&'static str>| async move {
        store.redeem(&digest(name), at(1), at(700), first.map(refresh), None).await.unwrap()
    };
    assert_eq!(redeem("unknown", Some("r0")).await, Spending::Gone);
    assert_eq!(store.refresh(&digest("r0")).await.unwrap(), None);
    assert_eq!(redeem("c1", Some("r1")).await, Spending::Spent);
    assert!(store.code(&digest("c1")).await.unwrap().unwrap().spent);
    let held = store.refresh(&digest("r1")).await.unwrap().unwrap();
    assert_eq!((held.grant, held.spent, held.expires), (grant("g1"), None, at(1000)));

    assert_eq!(redeem("c1", Some("r2")).await, Spending::Again);
    assert_eq!(store.refresh(&digest("r1")).await.unwrap(), None, "the family is dead");
    assert_eq!(store.refresh(&digest("r2")).await.unwrap(), None, "the replay gets nothing");
    assert_eq!(store.code(&digest("c1")).await.unwrap(), None);
    assert_eq!(
        store.rotate(&digest("r1"), at(2), at(700), refresh("r3"), None).await.unwrap(),
        Spending::Gone
    );
}

async fn a_refresh_token_is_spent_once_and_its_reuse_ends_the_family(store: &dyn Store) {
    for id in ["g2", "g3"] {
        store.issue_code(grant(id), code(id)).await.unwrap();
        let first = refresh(format!("{id}-first"));
        let spending = store.redeem(&digest(id), at(1), at(700), Some(first), None).await.unwrap();
        assert_eq!(spending, Spending::Spent);
    }
    let rotate = |from: &'static str, to: &'static str| async move {
        store.rotate(&digest(from), at(2), at(700), refresh(to), None).await.unwrap()
    };
    assert_eq!(rotate("g2-first", "g2-second").await, Spending::Spent);
    assert_eq!(rotate("g2-second", "g2-third").await, Spending::Spent);
    assert!(store.refresh(&digest("g2-second")).await.unwrap().unwrap().spent.is_some());
    assert_eq!(rotate("g2-first", "thief").await, Spending::Again);
    for name in ["g2-first", "g2-second", "g2-third", "thief"] {
        assert_eq!(store.refresh(&digest(name)).await.unwrap(), None, "{name}");
    }
    assert!(store.refresh(&digest("g3-first")).await.unwrap().is_some(), "another family lives on");
    store.revoke("g3").await.unwrap();
    assert_eq!(rotate("g3-first", "g3-second").await, Spending::Gone);
}

async fn what_has_expired_is_not_spent(store: &dyn Store) {
    store.issue_code(grant("g4"), code("c4")).await.unwrap();
    let redeem = |now| async move {
        store.redeem(&digest("c4"), now, at(700), Some(refresh("r4")), None).await.unwrap()
    };
    assert_eq!(redeem(at(60)).await, Spending::Gone);
    assert_eq!(redeem(at(59)).await, Spending::Spent, "a late clock burned nothing");
    let rotate =
        |now| async move { store.rotate(&digest("r4"), now, at(700), refresh("r5"), None).await.unwrap() };
    assert_eq!(rotate(at(1000)).await, Spending::Gone);
    assert_eq!(rotate(at(999)).await, Spending::Spent);
    assert_eq!(redeem(at(5000)).await, Spending::Again, "a replay is one, however late");
    assert_eq!(store.refresh(&digest("r5")).await.unwrap(), None);
}

async fn whoever_is_removed_leaves_nothing_behind(store: &dyn Store) {
    assert_eq!(store.add_user(user("eve")).await.unwrap(), Added::Yes);
    let of_eve = |id: &str| Grant { user: "id-of-eve".into(), ..grant(id) };
    store.issue_code(of_eve("g4"), code("c4")).await.unwrap();
    store.issue_code(grant("g8"), code("c8")).await.unwrap();
    assert!(store.set_password("id-of-eve", PasswordHash::new("$argon2id$".into())).await.unwrap());
    assert_eq!(store.code(&digest("c4")).await.unwrap(), None, "a new password ends grants");
    assert!(store.code(&digest("c8")).await.unwrap().is_some(), "and nobody else's");
    store.revoke("g8").await.unwrap();
    store.issue_code(of_eve("g5"), code("c5")).await.unwrap();
    store.open_session(session("eves", "eve")).await.unwrap();
    assert!(store.remove_user("id-of-eve").await.unwrap());
    assert!(!store.remove_user("id-of-eve").await.unwrap());
    assert_eq!(store.code(&digest("c5")).await.unwrap(), None);
    assert_eq!(store.session(&digest("eves"), at(0)).await.unwrap(), None);
    assert!(store.issue_code(of_eve("g6"), code("c6")).await.is_err(), "a grant of nobody");

    assert_eq!(store.add_client(client("gone", Origin::Operator)).await.unwrap(), Added::Yes);
    store.issue_code(Grant { client: "gone".into(), ..grant("g7") }, code("c7")).await.unwrap();
    store.issue_code(grant("g8"), code("c8")).await.unwrap();
    assert!(store.remove_client(&issuer("default"), "gone").await.unwrap());
    assert_eq!(store.code(&digest("c7")).await.unwrap(), None);
    assert!(store.code(&digest("c8")).await.unwrap().is_some());
    store.revoke("g8").await.unwrap();

    // A client that is the URL of its own description has no row.
    let url = "https://a.example/client.json";
    assert!(!store.remove_client(&issuer("default"), url).await.unwrap());
    store.issue_code(Grant { client: url.into(), ..grant("g9") }, code("c9")).await.unwrap();
    assert!(store.remove_client(&issuer("default"), url).await.unwrap());
    assert_eq!(store.code(&digest("c9")).await.unwrap(), None);
    let agreed = Consent { client: url.into(), ..consent() };
    store.remember_consent(&agreed, &Scopes::parse("a").unwrap()).await.unwrap();
    assert!(store.remove_client(&issuer("default"), url).await.unwrap());
    assert!(!store.remove_client(&issuer("default"), url).await.unwrap());
}

/// However a grant ends, whoever ends it, guards are told; what merely comes to its end is nothing to tell.
async fn what_is_taken_back_is_noted(store: &dyn Store) {
    let last = store.revoked_since(0).await.unwrap().last().map_or(0, |last| last.number);
    let of_eve = |id: &str| Grant { user: "id-of-eve".into(), ..grant(id) };
    assert_eq!(store.add_user(user("eve")).await.unwrap(), Added::Yes);
    assert_eq!(store.add_client(client("told", Origin::Operator)).await.unwrap(), Added::Yes);
    let issue = |grant: Grant| async move {
        let id = grant.id.clone();
        store.issue_code(grant, code(&id)).await.unwrap();
        let spending =
            store.redeem(&digest(&id), at(1), at(900), Some(refresh(format!("{id}-1"))), None).await;
        assert_eq!(spending.unwrap(), Spending::Spent);
    };
    for id in ["told-code", "told-refresh", "told-revoked", "kept"] {
        issue(grant(id)).await;
    }
    issue(of_eve("told-password")).await;
    issue(Grant { client: "told".into(), ..grant("told-client") }).await;

    assert_eq!(
        store.redeem(&digest("told-code"), at(2), at(700), None, None).await.unwrap(),
        Spending::Again
    );
    let next = |name: &str| refresh(format!("told-{name}"));
    assert_eq!(
        store.rotate(&digest("told-refresh-1"), at(2), at(950), next("x"), None).await.unwrap(),
        Spending::Spent
    );
    assert_eq!(
        store.rotate(&digest("told-refresh-1"), at(2), at(700), next("y"), None).await.unwrap(),
        Spending::Again
    );
    store.revoke("told-revoked").await.unwrap();
    assert!(store.set_password("id-of-eve", PasswordHash::new("$argon2id$".into())).await.unwrap());
    issue(of_eve("told-person")).await;
    assert!(store.remove_user("id-of-eve").await.unwrap());
    assert!(store.remove_client(&issuer("default"), "told").await.unwrap());

    let told = store.revoked_since(last).await.unwrap();
    assert!(told.is_sorted_by(|one, next| one.number < next.number));
    let names = ["code", "refresh", "revoked", "password", "person", "client"];
    let expected = names.map(|name| GrantMark::of(&format!("told-{name}")));
    assert_eq!(told.iter().map(|noted| noted.grant).collect::<Vec<_>>(), expected);
    // The refresh tokens would have been good until second 1000, and the access tokens until 900 or 950.
    let ends = names.map(|name| at(if name == "refresh" { 950 } else { 900 }).plus(REVOKED_LASTS));
    assert_eq!(told.iter().map(|noted| noted.until).collect::<Vec<_>>(), ends);
    let third = told.get(2).unwrap().number;
    assert_eq!(store.revoked_since(third).await.unwrap().len(), 3);

    store.sweep(at(999)).await.unwrap();
    assert_eq!(store.revoked_since(last).await.unwrap(), told);
    store.sweep(at(1000)).await.unwrap();
    assert_eq!(store.refresh(&digest("kept-1")).await.unwrap(), None);
    assert_eq!(store.revoked_since(last).await.unwrap(), told, "an end is no revocation");
    store.sweep(at(1000).plus(REVOKED_LASTS)).await.unwrap();
    assert_eq!(store.revoked_since(0).await.unwrap(), []);
}

/// A grant may end, and its refresh token with it, before the access token that it gave last.
async fn a_grant_is_kept_for_as_long_as_its_access_token_lives(store: &dyn Store) {
    let last = store.revoked_since(0).await.unwrap().last().map_or(0, |last| last.number);
    store.issue_code(grant("late"), code("late")).await.unwrap();
    let first = Some(refresh("late-1"));
    assert_eq!(store.redeem(&digest("late"), at(1), at(700), first, None).await.unwrap(), Spending::Spent);
    let rotated = store.rotate(&digest("late-1"), at(990), at(1600), refresh("late-2"), None).await;
    assert_eq!(rotated.unwrap(), Spending::Spent);
    store.sweep(at(1599)).await.unwrap();
    store.revoke("late").await.unwrap();
    let told = store.revoked_since(last).await.unwrap();
    let until = at(1600).plus(REVOKED_LASTS);
    assert_eq!(told.iter().map(|noted| noted.until).collect::<Vec<_>>(), [until]);
    store.sweep(until).await.unwrap();
    assert_eq!(store.revoked_since(0).await.unwrap(), []);
}

async fn what_has_expired_is_swept_and_nothing_else(store: &dyn Store) {
    assert_eq!(store.count_grants().await.unwrap(), 0, "every family above was revoked");
    for id in ["s1", "s2", "s3"] {
        store.issue_code(grant(id), code(id)).await.unwrap();
    }
    assert_eq!(store.redeem(&digest("s2"), at(1), at(700), None, None).await.unwrap(), Spending::Spent);
    let first = Some(refresh("s3-first"));
    assert_eq!(store.redeem(&digest("s3"), at(1), at(700), first, None).await.unwrap(), Spending::Spent);
    store.open_session(session("short", "ada")).await.unwrap();
    for (id, origin) in [("never", Origin::Itself), ("editor-2", Origin::Itself), ("kept", Origin::Operator)]
    {
        assert_eq!(store.add_client(client(id, origin)).await.unwrap(), Added::Yes);
    }
    let used = Grant { client: "editor-2".into(), ..grant("s4") };
    store.issue_code(used, code("s4")).await.unwrap();

    assert_eq!(store.sweep(at(59)).await.unwrap(), 0);
    assert!(store.sweep(at(60)).await.unwrap() >= 2);
    assert_eq!(store.code(&digest("s1")).await.unwrap(), None, "never redeemed");
    assert!(store.code(&digest("s2")).await.unwrap().is_some(), "kept, so that a replay is noticed");
    assert!(store.sweep(at(700)).await.unwrap() >= 2);
    assert_eq!(store.code(&digest("s2")).await.unwrap(), None);
    assert!(store.refresh(&digest("s3-first")).await.unwrap().is_some());
    assert_eq!(store.session(&digest("short"), at(0)).await.unwrap(), None);
    assert!(store.sweep(at(1000)).await.unwrap() >= 1);
    assert_eq!(store.refresh(&digest("s3-first")).await.unwrap(), None);
    assert_eq!(store.count_grants().await.unwrap(), 0);

    assert!(store.client(&issuer("default"), "never").await.unwrap().is_some());
    assert_eq!(store.sweep(at(i64::from(UNUSED_CLIENT_SECONDS))).await.unwrap(), 1);
    assert_eq!(store.client(&issuer("default"), "never").await.unwrap(), None);
    for id in ["editor", "editor-2", "kept"] {
        assert!(store.client(&issuer("default"), id).await.unwrap().is_some(), "{id}");
    }
}

/// A client hangs up, and the request that waited for the store is dropped wherever it stood.
async fn a_step_that_is_cut_off_has_happened_whole_or_not_at_all(store: &dyn Store) {
    let mut whole = 0;
    for polls in (0..100).map(|n: usize| n * n * n / 20).chain([usize::MAX]) {
        let name = |part: &str| format!("cut-{polls}-{part}");
        let (secret, family) = (name("code"), name("family"));
        store.issue_code(grant(&family), code(&secret)).await.unwrap();
        let (first, next) = (refresh(name("first")), refresh(name("next")));
        let exists = async |refresh: NewRefresh| store.refresh(&refresh.digest).await.unwrap().is_some();

        let digest = digest(&secret);
        let said = cut_off(store.redeem(&digest, at(1), at(700), Some(first), None), polls).await;
        // Whoever comes next waits for what is left of it.
        store.remember_consent(&consent(), &Scopes::default()).await.unwrap();
        let spent = store.code(&digest).await.unwrap().unwrap().spent;
        assert_eq!(spent, exists(first).await, "cut off after {polls}");
        assert!(said.is_none() || spent);
        if spent {
            let said = cut_off(store.rotate(&first.digest, at(2), at(700), next, None), polls).await;
            store.remember_consent(&consent(), &Scopes::default()).await.unwrap();
            let spent = store.refresh(&first.digest).await.unwrap().unwrap().spent.is_some();
            assert_eq!(spent, exists(next).await, "cut off after {polls}");
            assert!(said.is_none() || spent);
            whole += usize::from(spent);
        }
        store.revoke(&family).await.unwrap();
    }
    assert!(whole > 0, "the last one at least was not cut off");
}

/// Polls a future so many times, and drops it where it is not done by then.
async fn cut_off<F: Future>(future: F, polls: usize) -> Option<F::Output> {
    let mut future = std::pin::pin!(future);
    for _ in 0..polls {
        let polled = std::future::poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await;
        if let Poll::Ready(output) = polled {
            return Some(output);
        }
        tokio::task::yield_now().await;
    }
    None
}

/// Races, on one store or on several that share their content.
pub async fn race(stores: &[Arc<dyn Store>]) {
    let (first, store_of) =
        (stores.first().unwrap(), |n: usize| Arc::clone(stores.get(n % stores.len()).unwrap()));
    let _added = first.add_user(user("ada")).await.unwrap();

    let made = race_of(|n| {
        let store = store_of(n);
        async move { store.secret("raced", format!("{n}").as_bytes()).await.unwrap().to_vec() }
    })
    .await;
    assert!(made.iter().all(|secret| Some(secret) == made.first()), "all nodes hold one key");

    let uses = race_of(|n| {
        let store = store_of(n);
        async move { store.first_use(&[u8::try_from(n).unwrap() / 2 + 100; 32], at(60), at(0)).await.unwrap() }
    })
    .await;
    assert_eq!(uses.iter().filter(|first| **first).count(), RACERS / 2, "two racers for each of them");

    let uses = race_of(|n| {
        let store = store_of(n);
        async move { store.first_use(&[7; 32], at(60), at(0)).await.unwrap() }
    })
    .await;
    assert_eq!(uses.iter().filter(|first| **first).count(), 1, "one proof, one use, on all nodes");

    first.issue_code(grant("race-1"), code("race-1")).await.unwrap();
    let spendings = race_of(|n| {
        let (store, first) = (store_of(n), refresh(format!("race-1-{n}")));
        async move { store.redeem(&digest("race-1"), at(1), at(700), Some(first), None).await.unwrap() }
    })
    .await;
    assert_one_wins(&spendings);
    for n in 0..RACERS {
        assert_eq!(first.refresh(&digest(format!("race-1-{n}"))).await.unwrap(), None, "revoked, {n}");
    }

    first.issue_code(grant("race-2"), code("race-2")).await.unwrap();
    let seed = Some(refresh("race-2-seed"));
    assert_eq!(first.redeem(&digest("race-2"), at(1), at(700), seed, None).await.unwrap(), Spending::Spent);
    let spendings = race_of(|n| {
        let (store, next) = (store_of(n), refresh(format!("race-2-{n}")));
        async move { store.rotate(&digest("race-2-seed"), at(1), at(700), next, None).await.unwrap() }
    })
    .await;
    assert_one_wins(&spendings);
    for n in 0..RACERS {
        assert_eq!(first.refresh(&digest(format!("race-2-{n}"))).await.unwrap(), None, "revoked, {n}");
    }
}

async fn race_of<T, F>(mut racer: impl FnMut(usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let running: Vec<_> = (0..RACERS).map(|n| tokio::spawn(racer(n))).collect();
    let mut outcomes = Vec::new();
    for task in running {
        outcomes.push(task.await.unwrap());
    }
    outcomes
}

/// One wins, one is caught and kills the family, the others find nothing.
fn assert_one_wins(spendings: &[Spending]) {
    let count = |wanted| spendings.iter().filter(|spending| **spending == wanted).count();
    assert_eq!((count(Spending::Spent), count(Spending::Again)), (1, 1), "{spendings:?}");
    assert_eq!(count(Spending::Gone), RACERS - 2);
}
