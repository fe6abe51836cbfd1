//! Status lists: what a token's issuer publishes about it, and what somebody else might.

use futures_util::future::join_all;
use serde_json::json;
use warded_core::IssuerRules;

use crate::{
    door::{Door, HERE, SIBLING, Setup},
    issuer::{KEY, NOW, Publisher, fresh_key, packed},
};

const LIST: &str = "/lists/1";

/// Places 0 to 3 say valid, revoked, suspended and something else.
const VALUES: [u8; 1] = [0b11_10_01_00];

async fn listing() -> (Publisher, Door) {
    let issuer = Publisher::start().await;
    issuer.publishes(LIST, &VALUES, &json!({}));
    let door = Setup { signing: vec![issuer.clone()], ..Setup::new() }.serve().await;
    (issuer, door)
}

#[tokio::test]
async fn a_token_is_what_its_list_says() {
    let (issuer, door) = listing().await;
    let token = |index| issuer.listed(HERE, LIST, index);
    door.admits(&token(0)).await;
    door.refuses(&token(1), "token-revoked").await;
    door.refuses(&token(2), "token-suspended").await;
    door.refuses(&token(3), "status-unknown").await;
    for behind in [4, 5, u64::MAX] {
        door.refuses(&token(behind), "status-out-of-range").await;
    }
    door.admits(&token(0)).await;
    assert_eq!(issuer.fetches(LIST), 1, "one fetch for all");
}

#[tokio::test]
async fn a_token_without_a_list_is_asked_for_none_and_one_with_another_way_is_refused() {
    let (issuer, door) = listing().await;
    let mut claims = issuer.claims(HERE);
    door.admits(&crate::issuer::sign("at+jwt", &claims)).await;
    claims.insert("status".into(), json!({ "identifier_list": { "id": "a" } }));
    door.refuses(&crate::issuer::sign("at+jwt", &claims), "status-unsupported").await;
    claims.insert("status".into(), json!({ "status_list": { "idx": "0", "uri": issuer.url(LIST) } }));
    door.refuses(&crate::issuer::sign("at+jwt", &claims), "claim-malformed").await;
    assert_eq!(issuer.fetches(LIST), 0);
}

#[tokio::test]
async fn nobody_is_sent_anywhere_by_a_token_that_is_not_for_this_server() {
    let (issuer, door) = listing().await;
    door.refuses(&issuer.listed(SIBLING, LIST, 0), "audience-elsewhere").await;
    let forged = issuer.listed(HERE, LIST, 0);
    let (signed, _) = forged.rsplit_once('.').unwrap();
    door.refuses(&format!("{signed}.{}", "A".repeat(86)), "signature-invalid").await;
    assert_eq!(issuer.fetches(LIST), 0);
}

#[tokio::test]
async fn what_is_not_that_list_is_our_fault_and_no_pass() {
    let (issuer, door) = listing().await;
    let place = |name: &str| format!("/lists/{name}");
    let bits = |bits: u64| json!({ "status_list": { "bits": bits, "lst": packed(&VALUES) } });
    let rows = [
        ("expired", json!({ "exp": NOW })),
        ("published-later", json!({ "iat": NOW + 61 })),
        ("without-date", json!({ "iat": null })),
        ("without-place", json!({ "sub": null })),
        ("other-place", json!({ "sub": issuer.url(LIST) })),
        ("respelled-place", json!({ "sub": issuer.url("/lists/%72espelled-place") })),
        ("other-issuer", json!({ "iss": "https://login.example.com" })),
        ("no-list", json!({ "status_list": null })),
        ("bits-3", bits(3)),
        ("bits-0", bits(0)),
        ("bits-16", bits(16)),
        ("no-bits", json!({ "status_list": { "lst": packed(&VALUES) } })),
        ("not-packed", json!({ "status_list": { "bits": 2, "lst": "AAAA" } })),
        ("not-base64", json!({ "status_list": { "bits": 2, "lst": "+/==" } })),
        ("ttl-0", json!({ "ttl": 0 })),
        ("ttl-text", json!({ "ttl": "60" })),
        ("expiry-text", json!({ "exp": "never" })),
    ];
    for (name, changes) in rows {
        let place = place(name);
        issuer.publishes(&place, &VALUES, &changes);
        door.fails(&issuer.listed(HERE, &place, 0), "status-unavailable").await;
        door.admits(&issuer.listed(HERE, LIST, 0)).await;
    }
    issuer.publishes_as(&fresh_key(), "statuslist+jwt", "/lists/stranger", &VALUES, &json!({}));
    issuer.publishes_as(&KEY, "at+jwt", "/lists/token", &VALUES, &json!({}));
    issuer.publishes_as(&KEY, "JWT", "/lists/jwt", &VALUES, &json!({}));
    issuer.says("/lists/html", 200, "text/html", "<p>");
    issuer.says("/lists/json", 200, "application/json", "{}");
    issuer.says("/lists/redirect", 302, "application/statuslist+jwt", "");
    issuer.says("/lists/broken", 200, "application/statuslist+jwt", "a.b.c");
    issuer.says("/lists/large", 200, "application/statuslist+jwt", "a".repeat(4 * 1024 * 1024));
    for name in ["stranger", "token", "jwt", "html", "json", "redirect", "broken", "large", "missing"] {
        door.fails(&issuer.listed(HERE, &place(name), 0), "status-unavailable").await;
        door.admits(&issuer.listed(HERE, LIST, 0)).await;
    }
}

/// Both publish with one key, as the tenants of some providers do.
#[tokio::test]
async fn the_list_of_a_neighbouring_issuer_is_not_the_tokens_own() {
    let (issuer, door) = listing().await;
    let other = Publisher::start().await;
    other.publishes(LIST, &[0], &json!({ "sub": issuer.url("/lists/2"), "iss": other.url("") }));
    let (status, kind) = (200, "application/statuslist+jwt");
    // Somebody got the neighbour's list published at this issuer's place.
    let theirs = crate::issuer::KEY.sign(
        "statuslist+jwt",
        json!({ "iss": other.url(""), "sub": issuer.url("/lists/2"), "iat": NOW,
            "status_list": { "bits": 1, "lst": packed(&[0]) } })
        .as_object()
        .unwrap(),
        &crate::issuer::random(),
    );
    issuer.says("/lists/2", status, kind, theirs.unwrap().as_str());
    door.fails(&issuer.listed(HERE, "/lists/2", 0), "status-unavailable").await;
}

/// The attack: a list of tomorrow, signed with a key that was stolen, and an operator who has just become stricter.
#[tokio::test]
async fn a_list_that_passed_by_other_rules_is_verified_anew() {
    let (issuer, door) = listing().await;
    issuer.publishes(LIST, &VALUES, &json!({ "iat": NOW + 50 }));
    let token = issuer.listed(HERE, LIST, 0);
    door.admits(&token).await;
    let after = |change: fn(&mut IssuerRules)| {
        let (clock, before) = (door.clock.clone(), Some(door.clone()));
        Setup { signing: vec![issuer.clone()], change, clock, before, ..Setup::new() }.serve()
    };
    let same = after(|_| {}).await;
    same.admits(&token).await;
    assert_eq!(issuer.fetches(LIST), 1, "by the same rules it is as good as it was");
    let stricter = after(|rules| rules.leeway = 0).await;
    stricter.fails(&token, "status-unavailable").await;
    issuer.publishes(LIST, &[1], &json!({}));
    door.clock.forward(30);
    stricter.refuses(&token, "token-revoked").await;
    // Whoever is still served by the rules of before is served by them.
    door.admits(&token).await;
}

#[tokio::test]
async fn a_revocation_is_seen_when_the_time_to_live_is_over() {
    for (ttl, seconds) in [(json!(null), 60), (json!(40), 40), (json!(1), 30), (json!(86_400), 300)] {
        let (issuer, door) = listing().await;
        issuer.publishes(LIST, &[0], &json!({ "ttl": ttl }));
        let token = issuer.listed(HERE, LIST, 0);
        door.admits(&token).await;
        issuer.publishes(LIST, &[1], &json!({ "ttl": ttl }));
        door.admits(&token).await;
        assert_eq!(issuer.fetches(LIST), 1);
        door.clock.forward(seconds);
        // So old that it is waited for, whoever was told otherwise a moment ago.
        door.refuses(&token, "token-revoked").await;
        assert_eq!(issuer.fetches(LIST), 2, "{ttl}");
    }
}

#[tokio::test]
async fn a_list_that_has_expired_is_not_used_although_it_may_still_be_kept() {
    let (issuer, door) = listing().await;
    issuer.publishes(LIST, &[0], &json!({ "ttl": 300, "exp": NOW + 45 }));
    let token = issuer.listed(HERE, LIST, 0);
    door.admits(&token).await;
    door.clock.forward(45);
    door.fails(&token, "status-unavailable").await;
}

#[tokio::test]
async fn a_list_from_before_a_revocation_does_not_undo_it() {
    let (issuer, door) = listing().await;
    issuer.publishes(LIST, &[1], &json!({ "iat": NOW - 10 }));
    let (revoked, good) = (issuer.listed(HERE, LIST, 0), issuer.listed(HERE, LIST, 1));
    door.refuses(&revoked, "token-revoked").await;
    issuer.publishes(LIST, &[0], &json!({ "iat": NOW - 11 }));
    // What is held is good for a while, and then nobody can tell.
    door.clock.forward(59);
    door.refuses(&revoked, "token-revoked").await;
    door.admits(&good).await;
    while issuer.fetches(LIST) < 2 {
        tokio::task::yield_now().await;
    }
    door.clock.forward(30);
    door.fails(&revoked, "status-unavailable").await;
    issuer.publishes(LIST, &[0], &json!({ "iat": NOW - 10 }));
    door.clock.forward(30);
    door.admits(&revoked).await;
}

#[tokio::test]
async fn another_configuration_does_not_undo_a_revocation_either() {
    let (issuer, door) = listing().await;
    issuer.publishes(LIST, &[1], &json!({ "iat": NOW - 10 }));
    let revoked = issuer.listed(HERE, LIST, 0);
    door.refuses(&revoked, "token-revoked").await;
    issuer.publishes(LIST, &[0], &json!({ "iat": NOW - 11 }));
    let clock = door.clock.clone();
    let next = Setup { signing: vec![issuer.clone()], clock, before: Some(door), ..Setup::new() };
    let door = next.serve().await;
    door.refuses(&revoked, "token-revoked").await;
    assert_eq!(issuer.fetches(LIST), 1, "nor is it fetched again");
    door.clock.forward(60);
    door.fails(&revoked, "status-unavailable").await;
}

#[tokio::test]
async fn a_list_that_ends_just_after_it_was_fetched_has_its_successor_fetched_at_once() {
    let (issuer, door) = listing().await;
    let ending = |second: i64| json!({ "exp": NOW + second });
    issuer.publishes(LIST, &[0], &ending(5));
    let token = issuer.listed(HERE, LIST, 0);
    door.admits(&token).await;
    issuer.publishes(LIST, &[0], &ending(10));
    door.clock.forward(5);
    door.admits(&token).await;
    assert_eq!(issuer.fetches(LIST), 2);
    // Once, and not for every list that hardly lives.
    issuer.publishes(LIST, &[0], &ending(300));
    door.clock.forward(5);
    door.fails(&token, "status-unavailable").await;
    assert_eq!(issuer.fetches(LIST), 2);
    door.clock.forward(25);
    door.admits(&token).await;
    assert_eq!(issuer.fetches(LIST), 3);
}

#[tokio::test]
async fn an_outage_is_bridged_for_as_long_as_the_list_is_good_and_no_longer() {
    let (issuer, door) = listing().await;
    issuer.publishes(LIST, &[0], &json!({ "ttl": 300 }));
    let token = issuer.listed(HERE, LIST, 0);
    door.admits(&token).await;
    issuer.says(LIST, 500, "text/plain", "");
    door.clock.forward(299);
    door.admits(&token).await;
    while issuer.fetches(LIST) < 2 {
        tokio::task::yield_now().await;
    }
    door.clock.forward(1);
    door.fails(&token, "status-unavailable").await;
    // Not asked again before half a minute has passed, however many come.
    let many = (0..20).map(|_| door.says(&token));
    assert!(join_all(many).await.iter().all(|said| said.1 == "status-unavailable"));
    assert_eq!(issuer.fetches(LIST), 2);
    issuer.publishes(LIST, &[0], &json!({}));
    door.clock.forward(30);
    door.admits(&token).await;
    assert_eq!(issuer.fetches(LIST), 3);
}

#[tokio::test]
async fn everybody_waits_for_one_fetch() {
    let (issuer, door) = listing().await;
    let token = issuer.listed(HERE, LIST, 0);
    issuer.close();
    let many = (0..50).map(|_| door.says(&token));
    let (said, ()) = tokio::join!(join_all(many), async {
        while issuer.fetches(LIST) < 1 {
            tokio::task::yield_now().await;
        }
        issuer.open();
    });
    assert!(said.iter().all(|said| said.0 == 200), "{said:?}");
    assert_eq!(issuer.fetches(LIST), 1);
}
