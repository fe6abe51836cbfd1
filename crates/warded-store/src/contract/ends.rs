//! Ends: what is removed, taken back or over.

use warded_core::{ResourceUri, Scopes};

use super::{at, client, code, consent, digest, grant, issuer, refresh, session, user};
use crate::{
    Added, Consent, Evidence, Grant, GrantMark, IDLE_CLIENT_SECONDS, NewRefresh, Origin, PasswordHash,
    REVOKED_LASTS, Spending, Store, UNUSED_CLIENT_SECONDS,
};

pub(super) async fn whoever_is_removed_leaves_nothing_behind(store: &dyn Store) {
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
    assert!(store.remove_client(&issuer("default"), "gone", at(1)).await.unwrap());
    assert_eq!(store.code(&digest("c7")).await.unwrap(), None);
    assert!(store.code(&digest("c8")).await.unwrap().is_some());
    store.revoke("g8").await.unwrap();

    // A client that is the URL of its own description has no row.
    let url = "https://a.example/client.json";
    assert!(!store.remove_client(&issuer("default"), url, at(1)).await.unwrap());
    store.issue_code(Grant { client: url.into(), ..grant("g9") }, code("c9")).await.unwrap();
    assert!(store.remove_client(&issuer("default"), url, at(1)).await.unwrap());
    assert_eq!(store.code(&digest("c9")).await.unwrap(), None);
    let agreed = Consent { client: url.into(), ..consent() };
    store.remember_consent(&agreed, &Scopes::parse("a").unwrap()).await.unwrap();
    assert!(store.remove_client(&issuer("default"), url, at(1)).await.unwrap());
    assert!(!store.remove_client(&issuer("default"), url, at(1)).await.unwrap());
}

/// However a grant ends, whoever ends it, guards are told; what merely comes to its end is nothing to tell.
pub(super) async fn what_is_taken_back_is_noted(store: &dyn Store) {
    let last = store.revoked_since(0).await.unwrap().last().map_or(0, |last| last.number);
    let of_eve = |id: &str| Grant { user: "id-of-eve".into(), ..grant(id) };
    assert_eq!(store.add_user(user("eve")).await.unwrap(), Added::Yes);
    assert_eq!(store.add_client(client("told", Origin::Itself)).await.unwrap(), Added::Yes);
    let issue = |grant: Grant| async move {
        let id = grant.id.clone();
        store.issue_code(grant, code(&id)).await.unwrap();
        let spending = store
            .redeem(&digest(&id), at(1), at(900), Some(refresh(format!("{id}-1"))), Evidence::default())
            .await;
        assert_eq!(spending.unwrap(), Spending::Spent);
    };
    for id in ["told-code", "told-refresh", "told-revoked", "kept"] {
        issue(grant(id)).await;
    }
    issue(of_eve("told-password")).await;
    issue(Grant { client: "told".into(), ..grant("told-client") }).await;

    assert_eq!(
        store.redeem(&digest("told-code"), at(2), at(700), None, Evidence::default()).await.unwrap(),
        Spending::Again
    );
    let next = |name: &str| refresh(format!("told-{name}"));
    assert_eq!(
        store
            .rotate(&digest("told-refresh-1"), at(2), at(950), next("x"), None, Evidence::default())
            .await
            .unwrap(),
        Spending::Spent
    );
    assert_eq!(
        store
            .rotate(&digest("told-refresh-1"), at(2), at(700), next("y"), None, Evidence::default())
            .await
            .unwrap(),
        Spending::Again
    );
    store.revoke("told-revoked").await.unwrap();
    assert!(store.set_password("id-of-eve", PasswordHash::new("$argon2id$".into())).await.unwrap());
    issue(of_eve("told-person")).await;
    assert!(store.remove_user("id-of-eve").await.unwrap());
    assert!(store.remove_client(&issuer("default"), "told", at(1)).await.unwrap());

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
pub(super) async fn a_grant_is_kept_for_as_long_as_its_access_token_lives(store: &dyn Store) {
    let last = store.revoked_since(0).await.unwrap().last().map_or(0, |last| last.number);
    store.issue_code(grant("late"), code("late")).await.unwrap();
    let first = Some(refresh("late-1"));
    assert_eq!(
        store.redeem(&digest("late"), at(1), at(700), first, Evidence::default()).await.unwrap(),
        Spending::Spent
    );
    let rotated = store
        .rotate(&digest("late-1"), at(990), at(1600), refresh("late-2"), None, Evidence::default())
        .await;
    assert_eq!(rotated.unwrap(), Spending::Spent);
    store.sweep(at(1599)).await.unwrap();
    store.revoke("late").await.unwrap();
    let told = store.revoked_since(last).await.unwrap();
    let until = at(1600).plus(REVOKED_LASTS);
    assert_eq!(told.iter().map(|noted| noted.until).collect::<Vec<_>>(), [until]);
    store.sweep(until).await.unwrap();
    assert_eq!(store.revoked_since(0).await.unwrap(), []);
}

pub(super) async fn what_has_expired_is_swept_and_nothing_else(store: &dyn Store) {
    assert_eq!(store.count_grants().await.unwrap(), 0, "every family above was revoked");
    for id in ["s1", "s2", "s3"] {
        store.issue_code(grant(id), code(id)).await.unwrap();
    }
    assert_eq!(
        store.redeem(&digest("s2"), at(1), at(700), None, Evidence::default()).await.unwrap(),
        Spending::Spent
    );
    let first = Some(refresh("s3-first"));
    assert_eq!(
        store.redeem(&digest("s3"), at(1), at(700), first, Evidence::default()).await.unwrap(),
        Spending::Spent
    );
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

pub(super) async fn a_client_that_nobody_uses_any_more_leaves_unless_the_operator_brought_it(
    store: &dyn Store,
) {
    let is_there = async |id| store.client(&issuer("default"), id).await.unwrap().is_some();
    let idle = i64::from(IDLE_CLIENT_SECONDS);
    // Nobody has redeemed the code of `editor-2`; `used` got its last token a while after it had registered.
    assert_eq!(store.add_client(client("used", Origin::Itself)).await.unwrap(), Added::Yes);
    let of_used = Grant { client: "used".into(), ..grant("u1") };
    store.issue_code(of_used, code("u1")).await.unwrap();
    let first = Some(NewRefresh { expires: at(idle + 50), ..refresh("u1-1") });
    assert_eq!(
        store.redeem(&digest("u1"), at(20), at(700), first, Evidence::default()).await.unwrap(),
        Spending::Spent
    );
    let agreed = ["used", "editor-2", "kept"].map(|id| Consent { client: id.into(), ..consent() });
    for consent in &agreed {
        store.remember_consent(consent, &Scopes::parse("a").unwrap()).await.unwrap();
    }
    store.sweep(at(idle - 1)).await.unwrap();
    assert!(is_there("editor-2").await);
    assert_eq!(store.sweep(at(idle)).await.unwrap(), 1);
    assert!(!is_there("editor-2").await);
    store.sweep(at(idle + 49)).await.unwrap();
    assert!(is_there("used").await, "it can still refresh");
    assert!(store.sweep(at(idle + 50)).await.unwrap() >= 1);
    assert!(!is_there("used").await);
    assert!(is_there("kept").await && is_there("editor").await);
    let [used, editor, kept] = agreed;
    for gone in [used, editor] {
        assert_eq!(store.consented(&gone).await.unwrap(), None, "{gone:?}");
    }
    assert!(store.consented(&kept).await.unwrap().is_some());
}

pub(super) async fn what_was_agreed_to_is_withdrawn_with_all_that_came_of_it(store: &dyn Store) {
    let last = store.revoked_since(0).await.unwrap().last().map_or(0, |last| last.number);
    let of = |id: &str, change: &dyn Fn(&mut Grant)| {
        let mut grant = Grant { client: "gone".into(), ..grant(id) };
        change(&mut grant);
        grant
    };
    let withdrawn =
        [of("w1", &|_| {}), of("w2", &|grant| grant.redirect_origin = Some("https://b.example".into()))];
    let others = [
        of("w3", &|grant| grant.issuer = issuer("other")),
        of("w4", &|grant| grant.user = "id-of-bob".into()),
        of("w5", &|grant| grant.client = "editor".into()),
        of("w6", &|grant| grant.server = "files".into()),
    ];
    for grant in withdrawn.iter().chain(&others) {
        store.issue_code(grant.clone(), code(&grant.id)).await.unwrap();
    }
    let scopes = Scopes::parse("a").unwrap();
    let asked = Consent { client: "gone".into(), ..consent() };
    let meant = [asked.clone(), Consent { redirect_origin: "https://b.example".into(), ..asked.clone() }];
    let kept = [
        Consent { issuer: issuer("other"), ..asked.clone() },
        Consent { user: "id-of-bob".into(), ..asked.clone() },
        Consent {
            server: "files".into(),
            resource: ResourceUri::parse("https://mcp.example.com/files/mcp").unwrap(),
            ..asked.clone()
        },
    ];
    for consent in meant.iter().chain(&kept) {
        store.remember_consent(consent, &scopes).await.unwrap();
    }
    let withdraw = async || store.withdraw(&issuer("default"), "id-of-ada", "gone", "notes").await.unwrap();
    let mut told = withdraw().await;
    told.sort_by(|one, other| one.id.cmp(&other.id));
    assert_eq!(told, withdrawn);
    assert_eq!(withdraw().await, []);
    for consent in &meant {
        assert_eq!(store.consented(consent).await.unwrap(), None, "{consent:?}");
    }
    for consent in &kept {
        assert!(store.consented(consent).await.unwrap().is_some(), "{consent:?}");
    }
    for grant in &withdrawn {
        assert_eq!(store.code(&digest(&grant.id)).await.unwrap(), None);
    }
    let noted: Vec<_> = store.revoked_since(last).await.unwrap().iter().map(|noted| noted.grant).collect();
    assert_eq!(noted.len(), 2);
    assert!(withdrawn.iter().all(|grant| noted.contains(&GrantMark::of(&grant.id))));
    for grant in &others {
        assert!(store.code(&digest(&grant.id)).await.unwrap().is_some(), "{grant:?}");
        store.revoke(&grant.id).await.unwrap();
    }
    for issuer in [issuer("default"), issuer("other")] {
        assert!(store.remove_client(&issuer, "gone", at(1)).await.unwrap());
    }
}
