//! What happens when fifty come at once?

use std::{collections::HashSet, sync::Arc};

use warded_core::jose::Algorithm;

use super::{
    approvals, at, code,
    counters::{BY, MINUTE, sum, taking},
    digest, grant, issuer, keys, pending, refresh, user,
};
use crate::{Added, Evidence, Holding, Kept, Reserved, Settled, Spending, Store};

const RACERS: usize = 50;

/// Races, on one store or on several that share their content.
pub async fn race(stores: &[Arc<dyn Store>]) {
    let field = Field { stores };
    let _added = field.first().add_user(user("ada")).await.unwrap();
    field.all_hold_one_secret().await;
    field.each_mark_is_used_once().await;
    rounds(stores, 2).await;
}

/// So many races for everything that is good once.
pub async fn rounds(stores: &[Arc<dyn Store>], rounds: usize) {
    let field = Field { stores };
    let _added = field.first().add_user(user("ada")).await.unwrap();
    for round in 0..rounds {
        let name = |part: &str| format!("race-{round}-{part}");
        field.one_uses_a_mark(&name("mark")).await;
        field.one_redeems_a_code(&name("code")).await;
        field.one_rotates_and_the_family_dies(&name("rotate")).await;
        field.one_rotates_and_all_get_its_answer(&name("retry")).await;
        field.one_takes_a_login(&name("login")).await;
        field.one_adds_a_key(&name("key")).await;
        field.nobody_gets_a_place_twice().await;
        field.a_limit_is_a_limit(&name("limit")).await;
        field.one_uses_an_approval(&name("approval")).await;
    }
}

struct Field<'a> {
    stores: &'a [Arc<dyn Store>],
}

impl Field<'_> {
    fn first(&self) -> &dyn Store {
        &**self.stores.first().unwrap()
    }

    /// Fifty at once, on all stores in turn.
    async fn race<T, F>(&self, racer: impl Fn(usize, Arc<dyn Store>) -> F) -> Vec<T>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let store_of = |n: usize| Arc::clone(self.stores.get(n % self.stores.len()).unwrap());
        let running: Vec<_> = (0..RACERS).map(|n| tokio::spawn(racer(n, store_of(n)))).collect();
        let mut outcomes = Vec::new();
        for task in running {
            outcomes.push(task.await.unwrap());
        }
        outcomes
    }

    async fn all_hold_one_secret(&self) {
        let racer = |n, store: Arc<dyn Store>| async move {
            store.secret("raced", format!("{n}").as_bytes()).await.unwrap().to_vec()
        };
        let made = self.race(racer).await;
        assert!(made.iter().all(|secret| Some(secret) == made.first()), "all nodes hold one key");
    }

    async fn each_mark_is_used_once(&self) {
        let racer = |n, store: Arc<dyn Store>| async move {
            store.first_use(&[u8::try_from(n).unwrap() / 2 + 100; 32], at(60), at(0)).await.unwrap()
        };
        let firsts = self.race(racer).await.into_iter().filter(|first| *first).count();
        assert_eq!(firsts, RACERS / 2, "two racers for each of them");
    }

    async fn one_uses_a_mark(&self, name: &str) {
        let mark: [u8; 32] = digest(name).as_bytes().try_into().unwrap();
        let racer =
            |_, store: Arc<dyn Store>| async move { store.first_use(&mark, at(60), at(0)).await.unwrap() };
        let firsts = self.race(racer).await.into_iter().filter(|first| *first).count();
        assert_eq!(firsts, 1, "one proof, one use, on all nodes");
    }

    async fn one_redeems_a_code(&self, name: &str) {
        self.first().issue_code(grant(name), code(name)).await.unwrap();
        let spent = digest(name);
        let spendings = self
            .race(|n, store| {
                let first = refresh(format!("{name}-{n}"));
                async move {
                    store.redeem(&spent, at(1), at(700), Some(first), Evidence::default()).await.unwrap()
                }
            })
            .await;
        assert_one_wins(&spendings);
        self.assert_dead(name).await;
    }

    /// A family with a refresh token that bears its name.
    async fn begin(&self, name: &str) {
        self.first().issue_code(grant(name), code(name)).await.unwrap();
        let seed = Some(refresh(name));
        let spending = self.first().redeem(&digest(name), at(1), at(700), seed, Evidence::default()).await;
        assert_eq!(spending.unwrap(), Spending::Spent);
    }

    async fn one_rotates_and_the_family_dies(&self, name: &str) {
        self.begin(name).await;
        let spent = digest(name);
        let spendings = self
            .race(|n, store| {
                let next = refresh(format!("{name}-{n}"));
                async move { store.rotate(&spent, at(1), at(700), next, None, Evidence::default()).await.unwrap() }
            })
            .await;
        assert_one_wins(&spendings);
        self.assert_dead(name).await;
    }

    async fn one_rotates_and_all_get_its_answer(&self, name: &str) {
        self.begin(name).await;
        let spent = digest(name);
        let outcomes = self
            .race(|n, store| {
                let next = refresh(format!("{name}-{n}"));
                let keep =
                    Kept { sealed: vec![u8::try_from(n).unwrap()], until: at(31), successor: next.digest };
                async move {
                    let spending = store
                        .rotate(&spent, at(1), at(700), next, Some(keep.clone()), Evidence::default())
                        .await
                        .unwrap();
                    let held = store.refresh(&spent).await.unwrap().unwrap().spent.unwrap();
                    (spending, keep, held.repeatable(at(1)).cloned())
                }
            })
            .await;
        let (won, kept): (Vec<_>, Vec<_>) =
            outcomes.iter().partition(|(spending, ..)| *spending == Spending::Spent);
        assert_eq!(won.len(), 1);
        assert!(kept.iter().all(|(spending, ..)| *spending == Spending::Kept));
        let (_, given, _) = won.first().unwrap();
        assert!(outcomes.iter().all(|(_, _, told)| told.as_ref() == Some(given)), "one answer for everybody");
        for n in 0..RACERS {
            let next = digest(format!("{name}-{n}"));
            let is_there = self.first().refresh(&next).await.unwrap().is_some();
            assert_eq!(is_there, next == given.successor, "{n}");
        }
        self.first().revoke(name).await.unwrap();
    }

    async fn one_takes_a_login(&self, name: &str) {
        self.first().begin(pending::pending(name), at(0)).await.unwrap();
        let taken = digest(name);
        let racer = |_, store: Arc<dyn Store>| async move { store.take(&taken, at(1)).await.unwrap() };
        let taken = self.race(racer).await.into_iter().flatten().count();
        assert_eq!(taken, 1);
    }

    async fn one_adds_a_key(&self, name: &str) {
        let added = self
            .race(|n, store| {
                let (issuer, key) = (name.to_owned(), keys::key(&format!("{n}"), Algorithm::EdDsa, 0));
                async move { store.add_signing_key(&issuer, &key, None).await.unwrap() }
            })
            .await;
        assert_eq!(added.into_iter().filter(|added| *added == Added::Yes).count(), 1);
        assert_eq!(self.first().signing_keys(name).await.unwrap().len(), 1);
    }

    async fn nobody_gets_a_place_twice(&self) {
        let racer =
            |_, store: Arc<dyn Store>| async move { store.reserve(&issuer("race"), 3).await.unwrap() };
        let blocks = self.race(racer).await;
        let places: HashSet<_> =
            blocks.iter().flat_map(|block| (0..block.count).map(|n| (block.list, block.first + n))).collect();
        assert_eq!(places.len(), RACERS * 3);
    }

    async fn a_limit_is_a_limit(&self, name: &str) {
        let racer = |_, store: Arc<dyn Store>| {
            let name = name.to_owned();
            async move {
                let takings = [taking(&name, MINUTE, 3, 60), taking("race-all", MINUTE, 1, i64::MAX)];
                store.reserve_all(&takings, &BY, at(0)).await.unwrap()
            }
        };
        let before = sum(self.first(), "race-all", MINUTE, 0).await;
        let reserved = self.race(racer).await;
        let ids: HashSet<_> = reserved
            .iter()
            .filter_map(|reserved| match reserved {
                Reserved::All { id, .. } => Some(*id),
                Reserved::Exceeded(place) => {
                    assert_eq!(*place, 0);
                    None
                }
            })
            .collect();
        assert_eq!(ids.len(), 20, "each by its own name");
        assert_eq!(sum(self.first(), name, MINUTE, 0).await, 60);
        assert_eq!(sum(self.first(), "race-all", MINUTE, 0).await - before, 20);
        // Everybody gives everything back, and it is given back once.
        let racer = |_, store: Arc<dyn Store>| {
            let ids = ids.clone();
            async move {
                for id in ids {
                    store.settle(id, Settled::RolledBack).await.unwrap();
                }
            }
        };
        self.race(racer).await;
        assert_eq!(sum(self.first(), name, MINUTE, 0).await, 0);
        assert_eq!(sum(self.first(), "race-all", MINUTE, 0).await, before);
    }

    async fn one_uses_an_approval(&self, name: &str) {
        let racer = |n, store: Arc<dyn Store>| {
            let call = approvals::call(&format!("{name}{n}"), name);
            async move {
                let holding = store.hold_call(call, at(0)).await.unwrap();
                let Holding::Held(approval) = holding else { panic!("{holding:?}") };
                approval.call.id
            }
        };
        let held: HashSet<_> = self.race(racer).await.into_iter().collect();
        assert_eq!(held.len(), 1, "one call, however often it is made");
        let id = held.into_iter().next().unwrap();
        assert!(self.first().rule(&id, true, "ada", at(1)).await.unwrap().is_some());
        for _restored in 0..2 {
            let racer = |_, store: Arc<dyn Store>| {
                let id = id.clone();
                async move { store.use_approval(&id, at(2)).await.unwrap() }
            };
            let uses: Vec<_> = self.race(racer).await.into_iter().flatten().collect();
            assert_eq!(uses.len(), 1);
            self.first().restore_approval(uses.first().unwrap()).await.unwrap();
        }
    }

    async fn assert_dead(&self, name: &str) {
        for n in 0..RACERS {
            let next = digest(format!("{name}-{n}"));
            assert_eq!(self.first().refresh(&next).await.unwrap(), None, "revoked, {n}");
        }
        assert_eq!(self.first().grant(name).await.unwrap(), None);
    }
}

/// One wins, one is caught and kills the family, the others find nothing.
fn assert_one_wins(spendings: &[Spending]) {
    let count = |wanted| spendings.iter().filter(|spending| **spending == wanted).count();
    assert_eq!((count(Spending::Spent), count(Spending::Again)), (1, 1), "{spendings:?}");
    assert_eq!(count(Spending::Gone), RACERS - 2);
}
