//! Months of signing, on several nodes, by a clock that is moved by hand.

use std::collections::{BTreeMap, BTreeSet};

use aws_lc_rs::rand::SystemRandom;
use warded_client::fetch::{Fetch, Reach};
use warded_core::{Clock, IssuerRules};
use warded_store::{SigningKeys as _, Sweep as _, memory::Memory, sqlite::Sqlite};

use super::{plan::OUTLIVES, *};

const START: i64 = 1_800_000_000;
const DAY: u32 = 24 * 60 * 60;

fn at(seconds: u32) -> UnixTime {
    UnixTime::from_seconds(START).plus(seconds)
}

fn issuer() -> Issuer {
    Issuer::parse("https://login.example.com").unwrap()
}

#[expect(clippy::disallowed_methods, reason = "tests need randomness from somewhere")]
fn random() -> Arc<dyn SecureRandom + Send + Sync> {
    Arc::new(SystemRandom::new())
}

const BOTH: [Algorithm; 2] = [Algorithm::EdDsa, Algorithm::Es256];

async fn node(
    store: &dyn Store,
    readers: Option<Arc<Keys>>,
    now: UnixTime,
) -> Result<IssuerKeys, OpenFailed> {
    let named = (issuer(), "staff".to_owned());
    IssuerKeys::open(named, BOTH.into(), 30 * DAY, readers, (store, &random()), now).await
}

fn kids(keys: &IssuerKeys) -> BTreeSet<String> {
    let set = KeySet::parse(keys.published().as_bytes()).unwrap();
    assert!(set.skipped().is_empty());
    set.keys().iter().filter_map(|key| key.kid().map(str::to_owned)).collect()
}

/// Somebody elsewhere who keeps a key set for a quarter of an hour, from whichever node answers.
struct Reader {
    fetched: UnixTime,
    kids: BTreeSet<String>,
}

#[tokio::test]
async fn over_months_and_two_nodes_no_key_set_lacks_the_key_of_a_token_that_lives() {
    let (store, random) = (Memory::new(), random());
    let nodes = [node(&store, None, at(0)).await.unwrap(), node(&store, None, at(0)).await.unwrap()];
    let mut reader = Reader { fetched: at(0), kids: kids(&nodes[0]) };
    // What signed, and until when something that it signed may open anything.
    let mut live = BTreeMap::new();
    let (mut all, mut unknown) = (BTreeSet::new(), 0);
    let (mut second, mut round) = (0, 0_u32);
    while second < 150 * DAY {
        round += 1;
        // Now and then the machine sleeps: for an hour, for two days, for five weeks.
        let slept = match round {
            r if r % 997 == 0 => 3600,
            r if r % 4001 == 0 => 2 * DAY,
            30_000 => 35 * DAY,
            _ => 0,
        };
        second += 240 + (round * 7919) % 240 + slept;
        let now = at(second);
        // A reader that wakes up looks first.
        if slept > 0 || now.since(reader.fetched) > 15 * 60 {
            for node in &nodes {
                node.look(&store, &random, now).await.unwrap();
            }
            reader = Reader { fetched: now, kids: kids(&nodes[(round % 2) as usize]) };
        }
        store.sweep(now).await.unwrap();
        live.retain(|_, until: &mut UnixTime| now < *until);
        for node in &nodes {
            node.look(&store, &random, now).await.unwrap();
            let published = kids(node);
            for kid in live.keys() {
                assert!(
                    published.contains(kid),
                    "a key is gone while its tokens live, after {second} seconds"
                );
            }
            for algorithm in BOTH {
                let kid = node.signer(algorithm, now).unwrap().thumbprint().to_string();
                assert!(published.contains(&kid));
                unknown += u32::from(!reader.kids.contains(&kid));
                all.insert(kid.clone());
                live.insert(kid, now.plus(LONGEST_TOKEN).plus(IssuerRules::MAX_LEEWAY));
            }
        }
        let [one, other] =
            [0, 1].map(|node: usize| BOTH.map(|a| nodes[node].signer(a, now).unwrap().thumbprint()));
        assert_eq!(one, other, "both sign with the same");
    }
    assert_eq!(unknown, 0, "nobody saw a signature of a key that was not published long before");
    assert!((8..=14).contains(&all.len()), "a key a month for each algorithm: {}", all.len());
    let kept = store.signing_keys("staff").await.unwrap().len();
    assert!(kept <= 6, "what no token needs is swept: {kept}");
}

/// A node that is suspended, or cannot reach the store, goes on by what it knows.
#[tokio::test]
async fn a_node_that_seldom_looks_signs_with_nothing_that_the_others_do_not_publish() {
    let (store, random) = (Memory::new(), random());
    let [busy, idle] = [node(&store, None, at(0)).await.unwrap(), node(&store, None, at(0)).await.unwrap()];
    let mut live = BTreeMap::new();
    let (mut second, mut looks) = (0, 0);
    for round in 1..12_000_u32 {
        second += 200 + (round * 7919) % 200;
        let now = at(second);
        busy.look(&store, &random, now).await.unwrap();
        store.sweep(now).await.unwrap();
        live.retain(|_, until: &mut UnixTime| now < *until);
        for node in [&busy, &idle] {
            if node.signer(Algorithm::EdDsa, now).is_none() {
                node.look(&store, &random, now).await.unwrap();
                looks += 1;
            }
            let kid = node.signer(Algorithm::EdDsa, now).unwrap().thumbprint().to_string();
            live.insert(kid, now.plus(LONGEST_TOKEN).plus(IssuerRules::MAX_LEEWAY));
        }
        // Whoever asks it for its key set makes it look what is there.
        idle.learn(&store, now).await.unwrap();
        for node in [&busy, &idle] {
            let published = kids(node);
            assert!(live.keys().all(|kid| published.contains(kid)), "after {second} seconds");
        }
        if round % 4_000 != 0 {
            continue;
        }
        // Nobody asks it for five weeks.
        for _ in 0..35 * 24 {
            second += 3600;
            busy.look(&store, &random, at(second)).await.unwrap();
        }
    }
    assert!(looks > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_nodes_that_find_a_key_missing_one_adds_it() {
    let folder = tempfile::tempdir().unwrap();
    let store: Arc<dyn Store> = Arc::new(Sqlite::open(folder.path().join("warded.db")).await.unwrap());
    let opening = (0..12).map(|_| {
        let store = Arc::clone(&store);
        tokio::spawn(async move { node(&*store, None, at(0)).await.unwrap() })
    });
    let mut nodes = Vec::new();
    for opened in opening.collect::<Vec<_>>() {
        nodes.push(Arc::new(opened.await.unwrap()));
    }
    assert_eq!(store.signing_keys("staff").await.unwrap().len(), 2);
    let due = at(30 * DAY - 100);
    let looking = nodes.iter().map(|node| {
        let (node, store) = (Arc::clone(node), Arc::clone(&store));
        tokio::spawn(async move { node.look(&*store, &random(), due).await })
    });
    for looked in looking.collect::<Vec<_>>() {
        looked.await.unwrap().unwrap();
    }
    assert_eq!(store.signing_keys("staff").await.unwrap().len(), 4);
    let published = kids(&nodes[0]);
    assert!(published.len() == 4 && nodes.iter().all(|node| kids(node) == published));
}

#[derive(Debug)]
struct Still;

impl Clock for Still {
    fn now(&self) -> UnixTime {
        at(0)
    }
}

#[tokio::test]
async fn whoever_judges_here_has_each_key_before_it_signs_and_loses_one_that_is_withdrawn() {
    let (store, random) = (Memory::new(), random());
    let readers = Keys::new(Fetch::new(Reach::public()).unwrap(), Arc::new(Still), []);
    let node = node(&store, Some(Arc::clone(&readers)), at(0)).await.unwrap();
    let held = || -> BTreeSet<_> {
        let ring = readers.ring();
        let keys = ring.of(&issuer()).unwrap();
        keys.keys().iter().filter_map(|key| key.kid().map(str::to_owned)).collect()
    };
    let first = node.signer(Algorithm::EdDsa, at(0)).unwrap().thumbprint().to_string();
    assert!(held().contains(&first));
    // What another node makes is held after a look, an hour before it signs.
    let announced = at(30 * DAY - 3600);
    node.look(&store, &random, announced).await.unwrap();
    assert_eq!((held().len(), kids(&node).len()), (4, 4));
    assert_eq!(node.signer(Algorithm::EdDsa, announced).unwrap().thumbprint().to_string(), first);
    // A thief has it: it is gone everywhere, and another signs at once.
    assert_eq!(withdraw_key(&store, "staff", &first, announced).await, Ok(true));
    node.learn(&store, announced.plus(1)).await.unwrap();
    assert!(!held().contains(&first) && !kids(&node).contains(&first));
    assert!(node.signer(Algorithm::EdDsa, announced.plus(1)).is_none());
    node.look(&store, &random, announced.plus(1)).await.unwrap();
    let next = node.signer(Algorithm::EdDsa, announced.plus(1)).unwrap().thumbprint().to_string();
    assert!(next != first && held().contains(&next));
}

#[tokio::test]
async fn a_rotation_by_hand_refuses_nobody_and_a_second_one_changes_nothing() {
    let (store, random) = (Memory::new(), random());
    let node = node(&store, None, at(0)).await.unwrap();
    let old: Vec<_> = BOTH.map(|algorithm| node.signer(algorithm, at(0)).unwrap().thumbprint()).into();
    let now = at(5 * DAY);
    assert_eq!(rotate_keys(&store, "staff", now).await.unwrap().len(), 2);
    assert_eq!(rotate_keys(&store, "staff", now).await, Ok(vec![]));
    node.look(&store, &random, now.plus(5)).await.unwrap();
    assert_eq!(rotate_keys(&store, "staff", now.plus(5)).await, Ok(vec![]));
    let signers = |at| BOTH.map(|algorithm| node.signer(algorithm, at).unwrap().thumbprint());
    assert_eq!(signers(now.plus(3599))[..], old, "the next are announced for an hour");
    node.look(&store, &random, now.plus(3606)).await.unwrap();
    let next = signers(now.plus(3606));
    assert!(next.iter().all(|key| !old.contains(key)));
    assert!(old.iter().all(|key| kids(&node).contains(&key.to_string())));
    node.look(&store, &random, now.plus(3606 + OUTLIVES)).await.unwrap();
    assert_eq!(kids(&node).len(), 2);
    assert_eq!(withdraw_key(&store, "staff", "another", now).await, Ok(false));
    assert_eq!(rotate_keys(&store, "nobody", now).await, Ok(vec![]));
}

#[tokio::test]
async fn a_key_of_an_algorithm_that_is_used_no_more_is_published_to_its_end_and_has_no_successor() {
    let (store, random) = (Memory::new(), random());
    drop(node(&store, None, at(0)).await.unwrap());
    let named = (issuer(), "staff".to_owned());
    let only = BTreeSet::from([Algorithm::EdDsa]);
    let place = (&store as &dyn Store, &random);
    let node = IssuerKeys::open(named, only, 30 * DAY, None, place, at(60)).await.unwrap();
    assert_eq!(kids(&node).len(), 2);
    node.look(&store, &random, at(31 * DAY)).await.unwrap();
    assert_eq!(kids(&node).len(), 3, "two of one algorithm, and the last of the other");
    node.look(&store, &random, at(35 * DAY)).await.unwrap();
    assert_eq!(kids(&node).len(), 1);
}

#[tokio::test]
async fn the_keys_of_another_issuer_are_not_its_own() {
    let store = Memory::new();
    let staff = node(&store, None, at(0)).await.unwrap();
    let named = (Issuer::parse("https://login.example.com/guests").unwrap(), "guests".to_owned());
    let place = (&store as &dyn Store, &random());
    let guests = IssuerKeys::open(named, BOTH.into(), 30 * DAY, None, place, at(0)).await.unwrap();
    assert!(kids(&staff).is_disjoint(&kids(&guests)));
}
