//! Held calls: the very call that was approved, once, by whoever asked.

use std::sync::Arc;

use super::{at, digest};
use crate::{
    Approval, ApprovalId, HeldCall, Holding, MOST_HELD, MOST_HELD_BY_ALL, Meant, Parameters, Ruled, Ruling,
    Store,
};

/// A call of that content.
pub(super) fn call(id: &str, content: &str) -> HeldCall {
    HeldCall {
        id: ApprovalId::held(id.to_owned()),
        fingerprint: digest(content).as_bytes().try_into().unwrap(),
        server: "notes".into(),
        target: "delete_note".into(),
        parameters: Parameters::Whole(r#"{"id": "4711", "√": "'; --"}"#.into()),
        rule: "somebody looks at it".into(),
        issuer: "https://mcp.example.com/issuers/default".into(),
        subject: "ada".into(),
        client: "editor".into(),
        lasts: 600,
    }
}

async fn hold(store: &dyn Store, call: HeldCall, now: i64) -> Approval {
    match store.hold_call(call, at(now)).await.unwrap() {
        Holding::Held(approval) => *approval,
        Holding::Crowded => panic!("crowded"),
    }
}

async fn ruling(store: &dyn Store, content: &str, now: i64) -> (String, Ruling) {
    let held = hold(store, call(&format!("new{now}"), content), now).await;
    (held.call.id.to_string(), held.ruling)
}

/// Leaves nothing there for whoever comes next.
async fn clear(store: &dyn Store) {
    store.sweep(at(100_000)).await.unwrap();
    assert_eq!(store.approvals(at(0)).await.unwrap(), []);
}

pub(super) async fn the_very_same_call_is_held_once(store: &dyn Store) {
    let first = call("aaaa", "a call");
    let held = hold(store, first.clone(), 0).await;
    let waits =
        Approval { call: first, created: at(0), expires: at(600), ruling: Ruling::Pending, ruled: None };
    assert_eq!(held, waits);
    assert_eq!(hold(store, call("bbbb", "a call"), 599).await, waits, "it does not wait for longer");
    let other = hold(store, call("bbbb", "another call"), 100).await;
    assert_eq!(other.call.id.as_str(), "bbbb");
    let none = Parameters::Whole("{}".into());
    let bare = HeldCall { parameters: none, subject: "".into(), client: "".into(), ..call("cccc", "bare") };
    assert_eq!(hold(store, bare.clone(), 50).await.call, bare);
    let cut = Parameters::kept(&"√".repeat(900), [7; 32], 99);
    let long = HeldCall { parameters: cut, lasts: 20, ..call("dddd", "long") };
    assert_eq!(hold(store, long.clone(), 50).await.call, long);
    assert_eq!(hold(store, call("eeee", "long"), 51).await.call, long, "as it was kept");
    let all = store.approvals(at(100)).await.unwrap();
    assert_eq!(all.iter().map(|held| held.call.id.as_str()).collect::<Vec<_>>(), ["aaaa", "cccc", "bbbb"]);
    assert_eq!(all.first(), Some(&waits));
    assert_eq!(store.approvals(at(600)).await.unwrap().len(), 2, "its time is over");
    assert_eq!(ruling(store, "a call", 600).await, ("new600".to_owned(), Ruling::Pending));
    assert_eq!(ruling(store, "one more", 700).await, ("new700".to_owned(), Ruling::Pending));
    assert_eq!(store.sweep(at(700)).await.unwrap(), 0, "what is over has left");
    assert_eq!(store.sweep(at(1200)).await.unwrap(), 1);
    clear(store).await;
}

pub(super) async fn an_approval_is_good_once_and_for_so_long(store: &dyn Store) {
    let id = hold(store, call("aaaa", "a call"), 0).await.call.id;
    assert_eq!(store.use_approval(&id, at(1)).await.unwrap(), None, "nobody has approved it");
    let approved = store.rule(&id, true, "bob", at(599)).await.unwrap().unwrap();
    assert_eq!((approved.ruling, approved.expires), (Ruling::Approved, at(599 + 600)));
    assert_eq!(approved.ruled, Some(Ruled { by: "bob".into(), at: at(599) }));
    assert_eq!(hold(store, call("bbbb", "a call"), 700).await, approved, "whoever asks again is told");
    assert_eq!(ruling(store, "another call", 700).await.1, Ruling::Pending, "of this call alone");
    assert_eq!(store.use_approval(&id, at(599 + 600)).await.unwrap(), None, "it is too late");
    assert!(store.use_approval(&id, at(599 + 599)).await.unwrap().is_some());
    assert_eq!(store.use_approval(&id, at(700)).await.unwrap(), None, "it was used");
    assert_eq!(ruling(store, "a call", 701).await, ("new701".to_owned(), Ruling::Pending), "asks anew");
    let all = store.approvals(at(702)).await.unwrap();
    assert_eq!(all.iter().filter(|held| held.ruling == Ruling::Used).count(), 1);
    // What comes too late is not approved any more, and nothing else is.
    let late = ApprovalId::held("new701".to_owned());
    assert_eq!(store.rule(&late, true, "bob", at(701 + 600)).await.unwrap(), None);
    let nobody = ApprovalId::held("zzzz".to_owned());
    assert_eq!(store.rule(&nobody, true, "bob", at(0)).await.unwrap(), None);
    assert_eq!(store.use_approval(&nobody, at(0)).await.unwrap(), None);
    clear(store).await;
}

/// Or one approval would be good for two calls: whoever restores twice restores somebody else's use.
pub(super) async fn an_approval_is_restored_for_the_use_that_came_to_nothing_alone(store: &dyn Store) {
    let id = hold(store, call("aaaa", "a call"), 0).await.call.id;
    store.rule(&id, true, "bob", at(1)).await.unwrap().unwrap();
    let first = store.use_approval(&id, at(2)).await.unwrap().unwrap();
    store.restore_approval(&first).await.unwrap();
    assert_eq!(ruling(store, "a call", 3).await, ("aaaa".to_owned(), Ruling::Approved));
    store.restore_approval(&first).await.unwrap();
    let second = store.use_approval(&id, at(4)).await.unwrap().unwrap();
    store.restore_approval(&first).await.unwrap();
    assert_eq!(store.use_approval(&id, at(5)).await.unwrap(), None, "the second use stands");
    // Meanwhile it is asked for anew, and denied: that is heard.
    let (anew, pending) = ruling(store, "a call", 6).await;
    assert_eq!((anew.as_str(), pending), ("new6", Ruling::Pending));
    store.rule(&ApprovalId::held(anew), false, "bob", at(7)).await.unwrap().unwrap();
    store.restore_approval(&second).await.unwrap();
    assert_eq!(ruling(store, "a call", 8).await, ("new6".to_owned(), Ruling::Denied));
    // What was denied is not restored, and neither is what nobody has used.
    store.rule(&id, false, "bob", at(9)).await.unwrap().unwrap();
    store.restore_approval(&second).await.unwrap();
    assert_eq!(store.use_approval(&id, at(10)).await.unwrap(), None);
    // Nor is there anything to restore when its time is over.
    clear(store).await;
    store.restore_approval(&second).await.unwrap();
    assert_eq!(store.approvals(at(0)).await.unwrap(), []);
}

pub(super) async fn what_was_said_may_be_said_anew_until_the_call_is_made(store: &dyn Store) {
    let id = hold(store, call("aaaa", "a call"), 0).await.call.id;
    let rule = async |is_approved, now| store.rule(&id, is_approved, "bob", at(now)).await.unwrap();
    assert_eq!(rule(false, 1).await.unwrap().ruling, Ruling::Denied);
    assert_eq!(
        ruling(store, "a call", 600).await,
        ("aaaa".to_owned(), Ruling::Denied),
        "nobody is asked again"
    );
    assert_eq!(rule(true, 2).await.unwrap().ruling, Ruling::Approved);
    assert_eq!(rule(false, 3).await.unwrap().ruling, Ruling::Denied);
    assert_eq!(store.use_approval(&id, at(4)).await.unwrap(), None);
    assert_eq!(rule(true, 5).await.unwrap().ruling, Ruling::Approved);
    assert!(store.use_approval(&id, at(6)).await.unwrap().is_some());
    assert_eq!(rule(true, 7).await, None, "it was made");
    clear(store).await;
}

/// Whoever makes the call says for how long it is under way: or an agent would make again what was forbidden meanwhile.
pub(super) async fn whoever_denies_a_call_that_is_under_way_is_heard_when_it_comes_to_nothing(
    store: &dyn Store,
) {
    let id = hold(store, call("aaaa", "a call"), 0).await.call.id;
    let rule = async |is_approved, now| store.rule(&id, is_approved, "bob", at(now)).await.unwrap();
    assert_eq!(rule(true, 1).await.unwrap().ruling, Ruling::Approved);
    let first = store.use_approval(&id, at(2)).await.unwrap().unwrap();
    let denied = rule(false, 300).await.unwrap();
    assert_eq!((denied.ruling, denied.expires), (Ruling::Denied, at(300 + 600)));
    assert_eq!(denied.ruled, Some(Ruled { by: "bob".into(), at: at(300) }));
    store.restore_approval(&first).await.unwrap();
    assert_eq!(store.use_approval(&id, at(301)).await.unwrap(), None);
    assert_eq!(
        ruling(store, "a call", 899).await,
        ("aaaa".to_owned(), Ruling::Denied),
        "nobody is asked again"
    );
    // Nor does it count as restored when somebody thinks better of it: that is another use.
    assert_eq!(rule(true, 400).await.unwrap().ruling, Ruling::Approved);
    let _second = store.use_approval(&id, at(401)).await.unwrap().unwrap();
    store.restore_approval(&first).await.unwrap();
    assert_eq!(store.use_approval(&id, at(402)).await.unwrap(), None);
    // Long after it was made it is not there.
    assert_eq!(rule(false, 400 + 600).await, None);
    clear(store).await;
}

pub(super) async fn a_held_call_is_found_by_the_beginning_of_its_name(store: &dyn Store) {
    for id in ["abcd2345", "abce2345", "k7mn2345"] {
        hold(store, call(id, id), 0).await;
    }
    let find = async |prefix: &str, now| match store.find_approval(prefix, at(now)).await.unwrap() {
        Meant::None => "none".to_owned(),
        Meant::One(approval) => approval.call.id.to_string(),
        Meant::Several => "several".to_owned(),
    };
    for (prefix, found) in [
        ("k", "k7mn2345"),
        ("K7MN2345", "k7mn2345"),
        ("abcd", "abcd2345"),
        ("abc", "several"),
        ("k7mn23456", "none"),
        ("", "none"),
        ("%", "none"),
        ("z", "none"),
    ] {
        assert_eq!(find(prefix, 0).await, found, "{prefix}");
    }
    assert_eq!(find("k", 600).await, "none");
    clear(store).await;
}

pub(super) async fn one_caller_does_not_hide_the_calls_of_others(store: &dyn Store) {
    let one = |n: usize| call(&format!("a{n}"), &format!("{n}"));
    for n in 0..MOST_HELD {
        hold(store, one(n), 0).await;
    }
    let more = one(MOST_HELD);
    assert_eq!(store.hold_call(more.clone(), at(1)).await, Ok(Holding::Crowded));
    assert_eq!(hold(store, one(7), 1).await.created, at(0), "those that wait go on waiting");
    for (name, of) in [
        ("subject", HeldCall { subject: "bob".into(), ..more.clone() }),
        ("issuer", HeldCall { issuer: "https://other.example".into(), ..more.clone() }),
    ] {
        let own = HeldCall {
            id: ApprovalId::held(format!("b{name}")),
            fingerprint: digest(name).as_bytes().try_into().unwrap(),
            ..of
        };
        hold(store, own, 1).await;
    }
    // Whoever registers another program is nobody else.
    let other = HeldCall { client: "other".into(), ..more.clone() };
    assert_eq!(store.hold_call(other, at(1)).await, Ok(Holding::Crowded));
    store.rule(&one(3).id, false, "bob", at(2)).await.unwrap().unwrap();
    assert_eq!(hold(store, more, 2).await.ruling, Ruling::Pending, "one waits no more");
    assert_eq!(store.hold_call(one(MOST_HELD + 1), at(2)).await, Ok(Holding::Crowded));
    assert_eq!(hold(store, one(MOST_HELD + 1), 600).await.ruling, Ruling::Pending, "their time is over");
    clear(store).await;
    // Where nobody says who it is, it is the program.
    let of = |client: &str, n: usize| {
        let id = ApprovalId::held(format!("{client}{n}"));
        HeldCall { id, subject: "".into(), client: client.into(), ..call("", &format!("{client}{n}")) }
    };
    for n in 0..MOST_HELD {
        hold(store, of("a", n), 0).await;
    }
    assert_eq!(store.hold_call(of("a", MOST_HELD), at(1)).await, Ok(Holding::Crowded));
    hold(store, of("b", 0), 1).await;
    clear(store).await;
}

/// However many have something that waits, somebody else has room; and what waits is seen, whatever was said of others before.
pub(super) async fn all_that_wait_are_told_and_a_few_callers_leave_room_for_others(store: &Arc<dyn Store>) {
    let of = |subject: usize, n: usize| {
        let name = format!("{subject}x{n}");
        let id = ApprovalId::held(name.clone());
        HeldCall {
            id,
            subject: format!("{subject}").into(),
            parameters: Parameters::Whole("{}".into()),
            ..call("", &name)
        }
    };
    let old = hold(&**store, of(0, 0), 0).await.call.id;
    store.rule(&old, false, "bob", at(1)).await.unwrap().unwrap();
    let wait = async |calls: Vec<HeldCall>| {
        let holding = |call| {
            let store = Arc::clone(store);
            tokio::spawn(async move { store.hold_call(call, at(2)).await.unwrap() })
        };
        let holding: Vec<_> = calls.into_iter().map(holding).collect();
        let mut held = 0;
        for holding in holding {
            held += usize::from(holding.await.unwrap() != Holding::Crowded);
        }
        held
    };
    let half = MOST_HELD_BY_ALL / 2;
    let callers = half / MOST_HELD;
    let many = (1..=callers).flat_map(|subject| (0..MOST_HELD).map(move |n| of(subject, n)));
    assert_eq!(wait(many.collect()).await, half);
    let next = (0..MOST_HELD).map(|n| of(callers + 1, n)).collect();
    let few = wait(next).await;
    assert!((1..MOST_HELD / 5).contains(&few), "{few}: as many as these would keep everybody from it");
    let others = callers + 2..callers + 2 + (half - few) / few;
    let all = wait(others.flat_map(|subject| (0..few).map(move |n| of(subject, n))).collect()).await;
    let all = all + wait((0..few).map(|n| of(0, n + 1)).collect()).await + half + few;
    assert_eq!(all, MOST_HELD_BY_ALL);
    assert_eq!(store.hold_call(call("nobody", "nobody"), at(3)).await, Ok(Holding::Crowded));
    assert_eq!(hold(&**store, of(1, 1), 3).await.ruling, Ruling::Pending, "those that wait go on waiting");
    let told = store.approvals(at(3)).await.unwrap();
    assert_eq!(told.len(), all, "and what was denied before is not among them");
    assert!(told.iter().all(|held| held.ruling == Ruling::Pending));
    store.rule(&of(1, 1).id, true, "bob", at(3)).await.unwrap().unwrap();
    let told = store.approvals(at(3)).await.unwrap();
    let said: Vec<_> = told.iter().map(|held| held.ruling).filter(|said| *said != Ruling::Pending).collect();
    assert_eq!((said, told.last().unwrap().call.id.clone()), (vec![Ruling::Denied], old));
    hold(&**store, call("somebody", "somebody"), 3).await;
    clear(&**store).await;
}
