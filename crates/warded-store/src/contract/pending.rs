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

/// Most of them have been put there before: from `0` to the most there are, each ending a second later.
#[cfg(test)]
pub(crate) async fn a_flood_of_logins_pushes_out_the_oldest(store: &dyn Store) {
    let after = Pending { expires: at(40_000), ..pending("after the flood") };
    store.begin(after.clone(), at(0)).await.unwrap();
    let look = async |name: &str| store.pending(&digest(name), at(0)).await.unwrap();
    assert_eq!(look("after the flood").await, Some(after));
    assert_eq!(look("flood 0").await, None);
    assert!(look("flood 1").await.is_some() && look("flood 9999").await.is_some());
}

#[cfg(test)]
pub(crate) fn flood(n: u32) -> Pending {
    Pending { expires: at(i64::from(n) + 60), ..pending(&format!("flood {n}")) }
}
