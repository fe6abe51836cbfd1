//! Logins under way.

use super::{at, digest, issuer};
use crate::{Pending, Store};

pub(super) fn pending(name: &str) -> Pending {
    Pending {
        digest: digest(name),
        issuer: issuer("default"),
        provider: "corp".into(),
        request: "client_id=editor&state=%22".into(),
        browser: digest("browser"),
        nonce: digest("nonce"),
        verifier: vec![0, 255, 7],
        expires: at(60),
        network: digest("network"),
    }
}

pub(super) async fn a_login_under_way_is_taken_once(store: &dyn Store) {
    for name in ["p1", "p2", "p3"] {
        store.begin(pending(name), at(0)).await.unwrap();
    }
    let look = async |name: &str, now| store.pending(&digest(name), at(now)).await.unwrap();
    let take = async |name: &str, now| store.take(&digest(name), at(now)).await.unwrap();
    assert_eq!(look("p1", 59).await, Some(pending("p1")));
    assert_eq!(look("p1", 59).await, Some(pending("p1")), "looking changes nothing");
    assert_eq!((look("p1", 60).await, look("p9", 0).await, take("p9", 0).await), (None, None, None));
    assert_eq!(take("p1", 59).await, Some(pending("p1")));
    assert_eq!((take("p1", 59).await, look("p1", 59).await), (None, None));
    assert_eq!(take("p2", 60).await, None, "it came too late");
    assert!(store.begin(pending("p3"), at(0)).await.is_err() || take("p3", 0).await == Some(pending("p3")));
    let later = Pending { expires: at(120), ..pending("p4") };
    store.begin(later.clone(), at(60)).await.unwrap();
    assert_eq!(look("p2", 0).await, None, "what has expired goes with the next that begins");
    assert_eq!(take("p4", 60).await, Some(later));
    assert!(store.sweep(at(60)).await.unwrap() <= 2);
    assert_eq!((look("p2", 0).await, look("p3", 0).await), (None, None));
}

/// As many as there may be: somebody who went first, and a flood out of eleven networks, one of them twice as busy, each ending
/// a second later.
#[cfg(test)]
pub(crate) fn flood() -> impl Iterator<Item = Pending> {
    let first = Pending { network: digest("somebody's"), ..pending("somebody") };
    std::iter::once(first).chain((1..crate::pending::MOST).map(|n| Pending {
        expires: at(i64::from(n) + 60),
        network: digest(format!("flood {}", (n % 12).min(10))),
        ..pending(&format!("flood {n}"))
    }))
}

/// The flood has been put there before.
#[cfg(test)]
pub(crate) async fn a_flood_of_logins_pushes_out_its_own(store: &dyn Store) {
    let look = async |name: &str| store.pending(&digest(name), at(0)).await.unwrap().is_some();
    let begin = async |name: &str, network: &str| {
        let one = Pending { expires: at(40_000), network: digest(network), ..pending(name) };
        store.begin(one, at(0)).await.unwrap();
    };
    begin("after the flood", "another's").await;
    assert!(look("after the flood").await && look("somebody").await);
    assert!(!look("flood 10").await, "the oldest of the busiest");
    for n in (1..10).chain([11, 9999]) {
        assert!(look(&format!("flood {n}")).await, "{n}");
    }
    // It goes on, out of all of them and out of new ones.
    for n in 0..200 {
        begin(&format!("more {n}"), &format!("flood {}", n % 20)).await;
    }
    assert!(look("after the flood").await && look("somebody").await);
    assert!(look("more 199").await && !look("flood 11").await);
    // Whoever has come back makes room, and then nobody has to.
    assert!(store.take(&digest("somebody"), at(0)).await.unwrap().is_some());
    begin("in their place", "somebody's").await;
    assert!(look("flood 9999").await && look("after the flood").await && look("in their place").await);
}
