//! One configuration after the other: what was got by the first is used by the second where it would get the same, and by
//! nobody else.

use super::*;

impl Scene {
    fn grantor(&self, setup: OnwardSetup) -> Grantor {
        let clock = Arc::clone(&self.office.clock) as Arc<dyn Clock>;
        Grantor::new(self.fetch.clone(), clock, &self.keys, setup)
    }

    /// The purse of a configuration that says so.
    fn again(&self, change: impl FnOnce(&mut OnwardSetup)) -> Arc<Purse> {
        let mut setup = self.setup.clone();
        change(&mut setup);
        self.purses.purse(self.grantor(setup), self.grant)
    }

    /// The same, where something else is expected of the tokens.
    fn expecting(&self, change: impl FnOnce(&mut OnwardSpec)) -> Arc<Purse> {
        let mut spec = self.spec.clone();
        change(&mut spec);
        let (_, mut onward) = Onward::prove(self.fleet.clone(), vec![spec]).unwrap();
        self.again(|setup| setup.onward = onward.pop().unwrap())
    }

    async fn coin_of(&self, purse: &Arc<Purse>) -> Result<Arc<Coin>, Stop> {
        purse.coin(&self.caller, &self.residue).await
    }
}

#[tokio::test]
async fn a_configuration_that_asks_for_the_same_finds_the_tokens_of_the_one_before() {
    for grant in [Grant::TokenExchange, Grant::ClientCredentials] {
        let mut scene = Scene::set(grant, 24 * 3600, true).await;
        let first = scene.coin().await.unwrap();
        for _ in 0..3 {
            let next = scene.again(|_| ());
            // What ran before is gone.
            scene.purse = next;
            assert!(Arc::ptr_eq(&first, &scene.coin().await.unwrap()));
        }
        assert_eq!((scene.office.asked(), scene.purses.tokens()), (1, 1), "{grant:?}");
    }
}

/// The attack: a secret, an issuer or a rule was changed because the one before was not to be trusted.
#[tokio::test]
async fn a_configuration_that_asks_otherwise_uses_no_token_of_the_one_before() {
    let scene = Scene::exchanging().await;
    let first = scene.coin().await.unwrap();
    let issuer = scene.spec.issuer.clone();
    let client =
        |id: &str, secret: &str| Client::with_secret_in_header(id, secret.to_owned().into(), issuer.clone());
    let others = [
        scene.again(|setup| setup.client = client("warded", "another secret")),
        scene.again(|setup| setup.client = client("another", "secret")),
        scene.again(|setup| {
            let secret = "secret".to_owned().into();
            setup.client = Client::with_secret_in_form("warded", secret, issuer.clone());
        }),
        scene.again(|setup| setup.resource = None),
        scene.again(|setup| setup.audience = Some(BEHIND.into())),
        scene.again(|setup| setup.scopes = Scopes::parse("notes:read").unwrap()),
        scene.again(|setup| setup.subjects.push(Issuer::parse("https://other.example.com").unwrap())),
        scene.expecting(|spec| spec.audience = "https://other.behind.example/mcp".into()),
        scene.expecting(|spec| spec.companions = vec!["account".into()]),
        scene.expecting(|spec| spec.opaque = true),
        scene.expecting(|spec| spec.rules.leeway = 0),
        scene.expecting(|spec| spec.rules.max_lifetime = 3600),
        scene.purses.purse(scene.grantor(scene.setup.clone()), Grant::ClientCredentials),
    ];
    for (number, other) in others.iter().enumerate() {
        assert!(!Arc::ptr_eq(&scene.purse, other), "{number}");
        let asked = scene.office.asked();
        let coin = scene.coin_of(other).await;
        assert!(coin.is_err() || !Arc::ptr_eq(&first, &coin.unwrap()), "{number}");
        assert_eq!(scene.office.asked(), asked + 1, "{number}");
    }
    // Whoever is still served by what ran before has lost nothing.
    assert!(Arc::ptr_eq(&first, &scene.coin().await.unwrap()));
}

#[tokio::test]
async fn another_way_out_or_other_keys_are_another_configuration() {
    let mut scene = Scene::exchanging().await;
    let clock = Arc::clone(&scene.office.clock) as Arc<dyn Clock>;
    scene.fetch = Fetch::new(Reach::public()).unwrap();
    assert!(
        !Arc::ptr_eq(&scene.purse, &scene.again(|_| ())),
        "from whom a root vouched for that is believed no more"
    );
    let scene = Scene { fetch: Fetch::new(Reach::public()).unwrap(), ..Scene::exchanging().await };
    let first = scene.again(|_| ());
    let (issuer, keys) = (scene.spec.issuer.clone(), Keys::new(scene.fetch.clone(), clock, []));
    keys.hold(&issuer, scene.office.keys());
    let scene = Scene { keys, ..scene };
    assert!(!Arc::ptr_eq(&first, &scene.again(|_| ())), "what signed is looked up elsewhere");
}

#[tokio::test]
async fn what_nobody_has_a_use_for_is_gone_at_once_and_other_tokens_stay() {
    let mut scene = Scene::exchanging().await;
    scene.coin().await.unwrap();
    let other = scene.again(|setup| setup.resource = None);
    let kept = scene.coin_of(&other).await.unwrap();
    let tally = Arc::clone(&scene.purses.tallies()[0].1);
    assert_eq!((scene.purses.tokens(), tally.kept(), tally.asked()), (2, 2, 2));
    let running = Arc::clone(&scene.purse);
    scene.purse = other;
    assert_eq!(scene.purses.tokens(), 2, "a call that was let in before is under way");
    drop(running);
    assert_eq!((scene.purses.tokens(), tally.kept()), (1, 1));
    assert!(Arc::ptr_eq(&kept, &scene.coin().await.unwrap()));
    let purses = Arc::clone(&scene.purses);
    drop((scene, kept));
    assert_eq!((purses.tokens(), tally.kept(), purses.tallies().len()), (0, 0, 0));
}

#[tokio::test]
async fn what_is_asked_for_while_it_changes_is_waited_for_by_both() {
    let scene = Scene::exchanging().await;
    let next = scene.again(|_| ());
    let (one, other) = tokio::join!(scene.coin(), scene.coin_of(&next));
    assert!(Arc::ptr_eq(&one.unwrap(), &other.unwrap()));
    assert_eq!(scene.office.asked(), 1);
}
