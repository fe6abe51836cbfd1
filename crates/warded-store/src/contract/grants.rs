//! Codes and refresh tokens: each is spent once.

use warded_core::Scopes;

use super::{at, code, consent, cut_off, digest, grant, issuer, refresh, thumbprint};
use crate::{Evidence, Grant, GrantMark, NewCode, NewRefresh, Spending, StandingGrant, StatusIndex, Store};

pub(super) async fn a_code_is_spent_once_and_its_reuse_ends_the_family(store: &dyn Store) {
    store.issue_code(grant("g1"), code("c1")).await.unwrap();
    let held = store.code(&digest("c1")).await.unwrap().unwrap();
    assert_eq!((held.grant, held.spent, held.expires), (grant("g1"), false, at(60)));
    assert_eq!((held.redirect_uri, held.challenge), (code("c1").redirect_uri, code("c1").challenge));
    let redeem = |name: &'static str, first: Option<&'static str>| async move {
        store.redeem(&digest(name), at(1), at(700), first.map(refresh), Evidence::default()).await.unwrap()
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
        store.rotate(&digest("r1"), at(2), at(700), refresh("r3"), None, Evidence::default()).await.unwrap(),
        Spending::Gone
    );
}

pub(super) async fn a_refresh_token_is_spent_once_and_its_reuse_ends_the_family(store: &dyn Store) {
    for id in ["g2", "g3"] {
        store.issue_code(grant(id), code(id)).await.unwrap();
        let first = refresh(format!("{id}-first"));
        let spending =
            store.redeem(&digest(id), at(1), at(700), Some(first), Evidence::default()).await.unwrap();
        assert_eq!(spending, Spending::Spent);
    }
    let rotate = |from: &'static str, to: &'static str| async move {
        store.rotate(&digest(from), at(2), at(700), refresh(to), None, Evidence::default()).await.unwrap()
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

pub(super) async fn what_has_expired_is_not_spent(store: &dyn Store) {
    store.issue_code(grant("g4"), code("c4")).await.unwrap();
    let redeem = |now| async move {
        store.redeem(&digest("c4"), now, at(700), Some(refresh("r4")), Evidence::default()).await.unwrap()
    };
    assert_eq!(redeem(at(60)).await, Spending::Gone);
    assert_eq!(redeem(at(59)).await, Spending::Spent, "a late clock burned nothing");
    let rotate = |now| async move {
        store.rotate(&digest("r4"), now, at(700), refresh("r5"), None, Evidence::default()).await.unwrap()
    };
    assert_eq!(rotate(at(1000)).await, Spending::Gone);
    assert_eq!(rotate(at(999)).await, Spending::Spent);
    assert_eq!(redeem(at(5000)).await, Spending::Again, "a replay is one, however late");
    assert_eq!(store.refresh(&digest("r5")).await.unwrap(), None);
}

/// A client hangs up, and the request that waited for the store is dropped wherever it stood.
pub(super) async fn a_step_that_is_cut_off_has_happened_whole_or_not_at_all(store: &dyn Store) {
    let mut whole = 0;
    for polls in (0..100).map(|n: usize| n * n * n / 20).chain([usize::MAX]) {
        let name = |part: &str| format!("cut-{polls}-{part}");
        let (secret, family) = (name("code"), name("family"));
        store.issue_code(grant(&family), code(&secret)).await.unwrap();
        let (first, next) = (refresh(name("first")), refresh(name("next")));
        let exists = async |refresh: NewRefresh| store.refresh(&refresh.digest).await.unwrap().is_some();

        let digest = digest(&secret);
        let said =
            cut_off(store.redeem(&digest, at(1), at(700), Some(first), Evidence::default()), polls).await;
        // Whoever comes next waits for what is left of it.
        store.remember_consent(&consent(), &Scopes::default()).await.unwrap();
        let spent = store.code(&digest).await.unwrap().unwrap().spent;
        assert_eq!(spent, exists(first).await, "cut off after {polls}");
        assert!(said.is_none() || spent);
        if spent {
            let said =
                cut_off(store.rotate(&first.digest, at(2), at(700), next, None, Evidence::default()), polls)
                    .await;
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

fn with_key(letter: &str) -> Evidence {
    Evidence { key: Some(thumbprint(letter)), marks: vec![] }
}

/// The key that it was redeemed with, where the answer went, and the place of its status.
pub(super) async fn what_a_grant_is_bound_to_is_kept(store: &dyn Store) {
    let bound = Grant {
        status: StatusIndex { list: 3, index: u32::MAX },
        redirect_origin: Some("https://a.example:8443".into()),
        ..grant("bound")
    };
    let announced = NewCode { key: Some(thumbprint("A")), ..code("bound") };
    store.issue_code(bound.clone(), announced).await.unwrap();
    let held = store.code(&digest("bound")).await.unwrap().unwrap();
    assert_eq!((held.grant, held.key), (bound.clone(), Some(thumbprint("A"))));
    let first = Some(refresh("bound-1"));
    let spending = store.redeem(&digest("bound"), at(1), at(700), first, with_key("E")).await;
    assert_eq!(spending.unwrap(), Spending::Spent);
    let held = store.refresh(&digest("bound-1")).await.unwrap().unwrap();
    assert_eq!(held.grant, Grant { key: Some(thumbprint("E")), ..bound });
    assert_eq!(
        store
            .rotate(&digest("bound-1"), at(2), at(700), refresh("bound-2"), None, Evidence::default())
            .await
            .unwrap(),
        Spending::Spent
    );
    let held = store.refresh(&digest("bound-2")).await.unwrap().unwrap();
    assert_eq!(held.grant.key, Some(thumbprint("E")), "the chain stays bound");
    store.revoke("bound").await.unwrap();
}

/// Whoever proves a key for the first time when it refreshes.
pub(super) async fn a_grant_is_bound_to_the_first_key_that_a_refresh_proves(store: &dyn Store) {
    store.issue_code(grant("later"), code("later")).await.unwrap();
    let first = Some(refresh("later-1"));
    assert_eq!(
        store.redeem(&digest("later"), at(1), at(700), first, Evidence::default()).await.unwrap(),
        Spending::Spent
    );
    let keys = [None, Some("A"), Some("E"), None];
    for (n, key) in keys.into_iter().enumerate() {
        let (from, to) = (format!("later-{}", n + 1), format!("later-{}", n + 2));
        let shown = key.map(with_key).unwrap_or_default();
        let spending = store.rotate(&digest(&from), at(2), at(700), refresh(&to), None, shown).await;
        assert_eq!(spending.unwrap(), Spending::Spent);
        let held = store.refresh(&digest(&to)).await.unwrap().unwrap();
        let bound = (n > 0).then(|| thumbprint("A"));
        assert_eq!(held.grant, Grant { key: bound, ..grant("later") }, "{to}");
    }
    // What gives nothing binds nothing.
    store.issue_code(grant("unbound"), code("unbound")).await.unwrap();
    let first = Some(refresh("unbound-1"));
    assert_eq!(
        store.redeem(&digest("unbound"), at(1), at(700), first, Evidence::default()).await.unwrap(),
        Spending::Spent
    );
    let (from, late) = (digest("unbound-1"), refresh("unbound-2"));
    let late = store.rotate(&from, at(1000), at(1700), late, None, with_key("A"));
    assert_eq!(late.await.unwrap(), Spending::Gone);
    assert_eq!(store.refresh(&digest("unbound-1")).await.unwrap().unwrap().grant.key, None);
    for grant in ["later", "unbound"] {
        store.revoke(grant).await.unwrap();
    }
}

pub(super) async fn grants_that_stand_are_told(store: &dyn Store) {
    assert_eq!(store.count_grants().await.unwrap(), 0, "every family above was revoked");
    let of_bob = |id: &str| Grant { user: "id-of-bob".into(), ..grant(id) };
    let elsewhere = Grant { issuer: issuer("other"), ..of_bob("t3") };
    let files = Grant { server: "files".into(), ..of_bob("t4") };
    let over = Grant { ends: at(2), ..of_bob("t5") };
    for grant in [of_bob("t1"), grant("t2"), elsewhere.clone(), files.clone(), over.clone()] {
        let name = grant.id.clone();
        store.issue_code(grant, code(&name)).await.unwrap();
    }
    let first = Some(refresh("t1-1"));
    assert_eq!(
        store.redeem(&digest("t1"), at(1), at(700), first, Evidence::default()).await.unwrap(),
        Spending::Spent
    );
    let standing = |grant, used, until| StandingGrant { grant, used, until };
    let waiting = |grant| standing(grant, None, at(60));
    let used = standing(of_bob("t1"), Some(at(1)), at(1000));
    assert_eq!(
        store.grants_of_user("id-of-bob", at(2)).await.unwrap(),
        [waiting(files.clone()), used.clone(), waiting(elsewhere.clone())],
        "by server, and nothing that is over"
    );
    assert_eq!(store.grants_of_user("id-of-bob", at(60)).await.unwrap(), std::slice::from_ref(&used));
    assert_eq!(store.grants_of_user("id-of-bob", at(1000)).await.unwrap(), []);
    let next = Spending::Spent;
    assert_eq!(
        store
            .rotate(&digest("t1-1"), at(9), at(800), refresh("t1-2"), None, Evidence::default())
            .await
            .unwrap(),
        next
    );
    let used = StandingGrant { used: Some(at(9)), ..used };
    assert_eq!(store.grant("t1").await.unwrap(), Some(used.clone()));
    assert_eq!(store.grant("t9").await.unwrap(), None);
    let marked = async |id| store.grant_of_mark(&GrantMark::of(id)).await.unwrap();
    assert_eq!((marked("t1").await.as_ref(), marked("t9").await), (Some(&used), None));
    assert_eq!(marked("g1").await, None, "it was revoked");

    let page = async |after, most| store.grants(&issuer("default"), after, most).await.unwrap();
    let all = [used, waiting(grant("t2")), waiting(files), waiting(over)];
    assert_eq!(page("", 100).await, all);
    assert_eq!([page("", 2).await, page("t2", 2).await].concat(), all, "in pages");
    assert_eq!(page("t5", 2).await, []);
    assert_eq!(store.grants(&issuer("other"), "", 9).await.unwrap(), [waiting(elsewhere)]);
    for id in ["t1", "t2", "t3", "t4", "t5"] {
        store.revoke(id).await.unwrap();
        assert_eq!(store.grant(id).await.unwrap(), None);
    }
    assert_eq!(page("", 100).await, []);
}
