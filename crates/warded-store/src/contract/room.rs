//! How many grants of one person stand?

use super::{at, code, digest, grant, issuer, refresh, user};
use crate::{Added, Evidence, Grant, GrantMark, NewCode, Room, Spending, Store};

/// Those that were not used for longest end, and nobody else's.
pub(super) async fn a_person_has_so_many_grants_of_one_client_and_so_many_in_all(store: &dyn Store) {
    const ROOM: Room = Room { of_client: 3, of_person: 5 };
    for name in ["zoe", "yan"] {
        assert_eq!(store.add_user(user(name)).await.unwrap(), Added::Yes);
    }
    let of = |user: &str, client: &str, id: &str| Grant {
        user: format!("id-of-{user}"),
        client: client.into(),
        ..grant(id)
    };
    let issue = async |grant: Grant| {
        let code = NewCode { room: Some((ROOM, at(0))), ..code(&grant.id) };
        store.issue_code(grant, code).await.unwrap()
    };
    let redeem = async |id: &str, now| {
        let first = Some(refresh(format!("{id}-1")));
        let spending = store.redeem(&digest(id), at(now), at(700), first, Evidence::default()).await;
        assert_eq!(spending.unwrap(), Spending::Spent);
    };
    let standing = async |user: &str| {
        let standing = store.grants_of_user(&format!("id-of-{user}"), at(0)).await.unwrap();
        let mut ids: Vec<_> = standing.into_iter().map(|standing| standing.grant.id).collect();
        ids.sort();
        ids.join(" ")
    };
    let last = store.revoked_since(0).await.unwrap().last().map_or(0, |last| last.number);
    for (id, now) in [("z1", 3), ("z2", 1), ("z3", 2)] {
        assert_eq!(issue(of("zoe", "editor", id)).await, 0);
        redeem(id, now).await;
    }
    // Others have room of their own: another person, and another issuer's client of the same name.
    assert_eq!(issue(of("yan", "editor", "y1")).await, 0);
    assert_eq!(issue(Grant { issuer: issuer("other"), ..of("zoe", "editor", "z4") }).await, 0);
    let spending =
        store.rotate(&digest("z2-1"), at(9), at(700), refresh("z2-2"), None, Evidence::default()).await;
    assert_eq!(spending.unwrap(), Spending::Spent);
    assert_eq!(issue(of("zoe", "editor", "z5")).await, 1);
    assert_eq!(standing("zoe").await, "z1 z2 z4 z5", "neither the first nor what is in use");
    assert_eq!(store.refresh(&digest("z3-1")).await.unwrap(), None);
    assert_eq!(
        store.redeem(&digest("z3"), at(9), at(700), None, Evidence::default()).await.unwrap(),
        Spending::Gone
    );

    // A login that is under way counts as the latest.
    assert_eq!(issue(of("zoe", "editor", "z6")).await, 1);
    assert_eq!(standing("zoe").await, "z2 z4 z5 z6");
    redeem("z6", 5).await;

    // In all, whichever client it is.
    assert_eq!(issue(of("zoe", "other", "z7")).await, 0);
    assert_eq!(issue(of("zoe", "third", "z8")).await, 1);
    assert_eq!(standing("zoe").await, "z2 z4 z5 z7 z8");
    assert_eq!(standing("yan").await, "y1");

    // Guards are told, as of whatever is taken back.
    let told: Vec<_> = store.revoked_since(last).await.unwrap().iter().map(|noted| noted.grant).collect();
    assert_eq!(told, ["z3", "z1", "z6"].map(GrantMark::of));

    let unbounded = NewCode { room: None, ..code("z9") };
    assert_eq!(store.issue_code(of("zoe", "third", "z9"), unbounded).await.unwrap(), 0);
    assert_eq!(standing("zoe").await, "z2 z4 z5 z7 z8 z9");
    assert_eq!(issue(of("zoe", "third", "z10")).await, 2, "back to what there is room for");
    for name in ["zoe", "yan"] {
        assert!(store.remove_user(&user(name).id).await.unwrap());
    }
}

/// A page that sends a browser to the issuer again and again gets a code for an application that the person uses, each time without
/// a question.
pub(super) async fn codes_that_nobody_redeems_end_nothing_that_is_in_use(store: &dyn Store) {
    const ROOM: Room = Room { of_client: 20, of_person: 25 };
    assert_eq!(store.add_user(user("zoe")).await.unwrap(), Added::Yes);
    let issue = async |client: &str, id: String, now: i64| {
        let grant = Grant { user: "id-of-zoe".into(), client: client.into(), ..grant(&id) };
        let code = NewCode { room: Some((ROOM, at(now))), expires: at(now + 60), ..code(&id) };
        store.issue_code(grant, code).await.unwrap()
    };
    let standing = async |now| {
        let standing = store.grants_of_user("id-of-zoe", at(now)).await.unwrap();
        let mut ids: Vec<_> = standing.into_iter().map(|standing| standing.grant.id).collect();
        ids.sort();
        ids
    };
    let named = |letter: &str, of: std::ops::Range<i64>| {
        of.map(|n| format!("room-{letter}{n:02}")).collect::<Vec<_>>()
    };
    let in_use = named("a", 0..10);
    for id in &in_use {
        assert_eq!(issue("web", id.clone(), 0).await, 0);
        let first = Some(refresh(format!("{id}-1")));
        let spending = store.redeem(&digest(id), at(1), at(700), first, Evidence::default()).await;
        assert_eq!(spending.unwrap(), Spending::Spent);
    }
    let mut ended = 0;
    for n in 0..50 {
        ended += issue("web", format!("room-b{n:02}"), n).await;
    }
    assert_eq!(ended, 40);
    assert_eq!(standing(55).await, [in_use.clone(), named("b", 40..50)].concat(), "the latest are under way");

    // All of them are over, and no sweep has come yet.
    for n in 0..15 {
        issue("web", format!("room-c{n:02}"), 200 + n).await;
    }
    assert_eq!(standing(0).await, [in_use.clone(), named("c", 5..15)].concat());

    // In all, whichever client it is: first what is over, then what is too much of one client.
    for n in 0..30 {
        issue("third", format!("room-d{n:02}"), 267 + n).await;
    }
    assert_eq!(standing(0).await, [in_use, named("d", 15..30)].concat());
    assert!(store.remove_user("id-of-zoe").await.unwrap());
}
