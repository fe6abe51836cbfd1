//! Places in status lists.

use super::{at, code, digest, grant, issuer};
use crate::{
    Block, Evidence, Grant, GrantMark, REVOKED_LASTS, STATUS_LIST_LENGTH, Spending, StatusIndex, Store,
};

pub(super) async fn places_are_set_aside_once(store: &dyn Store) {
    let lists = issuer("lists");
    assert_eq!(store.newest_list(&lists).await.unwrap(), None);
    let block = |list, first, count| Block { list, first, count };
    let reserve = async |count| store.reserve(&lists, count).await.unwrap();
    assert_eq!(reserve(100).await, block(0, 0, 100));
    assert_eq!(reserve(0).await, block(0, 100, 1));
    assert_eq!(reserve(STATUS_LIST_LENGTH - 101).await, block(0, 101, STATUS_LIST_LENGTH - 101));
    assert_eq!(store.newest_list(&lists).await.unwrap(), Some(0));
    assert_eq!(reserve(1).await, block(1, 0, 1));
    assert_eq!(reserve(u32::MAX).await, block(2, 0, STATUS_LIST_LENGTH), "what is left of a list is lost");
    assert_eq!(store.newest_list(&lists).await.unwrap(), Some(2));
    assert_eq!(store.reserve(&issuer("other-lists"), 1).await.unwrap(), block(0, 0, 1));
}

pub(super) async fn what_is_taken_back_has_its_place_told(store: &dyn Store) {
    let last = store.revoked_since(0).await.unwrap().last().map_or(0, |last| last.number);
    let lists = issuer("lists");
    let place = |list, index| StatusIndex { list, index };
    for (id, status) in [("l1", place(0, 9)), ("l2", place(0, 3)), ("l3", place(1, 3)), ("l4", place(0, 4))] {
        let of_lists = Grant { issuer: lists.clone(), status, ..grant(id) };
        store.issue_code(of_lists, code(id)).await.unwrap();
        assert_eq!(
            store.redeem(&digest(id), at(1), at(700), None, Evidence::default()).await.unwrap(),
            Spending::Spent
        );
    }
    let told = async |list| store.revoked_statuses(&lists, list).await.unwrap();
    assert_eq!(told(0).await, [0; 0]);
    for id in ["l1", "l2", "l3"] {
        store.revoke(id).await.unwrap();
    }
    let mark = GrantMark::from_bytes([7; 16]);
    for until in [500, 900] {
        store.revoke_mark(&lists, mark, Some(place(0, 5)), at(until)).await.unwrap();
    }
    let nowhere = GrantMark::from_bytes([8; 16]);
    store.revoke_mark(&lists, nowhere, None, at(500)).await.unwrap();
    assert_eq!(told(0).await, [3, 5, 9]);
    assert_eq!((told(1).await, told(2).await), (vec![3], vec![]));
    assert_eq!(store.revoked_statuses(&issuer("default"), 0).await.unwrap(), [0; 0]);

    let noted = store.revoked_since(last).await.unwrap();
    let until = at(700).plus(REVOKED_LASTS);
    let expected = [
        (GrantMark::of("l1"), Some(place(0, 9)), until),
        (GrantMark::of("l2"), Some(place(0, 3)), until),
        (GrantMark::of("l3"), Some(place(1, 3)), until),
        (mark, Some(place(0, 5)), at(500)),
        (nowhere, None, at(500)),
    ];
    assert_eq!(
        noted.iter().map(|noted| (noted.grant, noted.status, noted.until)).collect::<Vec<_>>(),
        expected
    );

    store.sweep(at(500)).await.unwrap();
    assert_eq!(told(0).await, [3, 9], "its token opens nothing any more");
    // A grant that merely came to its end was not taken back.
    store.sweep(until).await.unwrap();
    assert_eq!(told(0).await, [0; 0]);
}
