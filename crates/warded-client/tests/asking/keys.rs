//! Keys come, change, stay away, and are asked for by everybody at once.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering::SeqCst},
    },
    time::Duration,
};

use futures_util::future::join_all;
use http::{HeaderValue, header};
use serde_json::{Value, json};
use tokio::{
    runtime::Builder,
    sync::{Semaphore, mpsc},
};
use warded_client::{
    discover::DiscoverFailed,
    fetch::{Fetch, FetchFailed, Reach},
    keys::{Keys, KeysFailed},
};
use warded_core::{
    Clock, Fleet, InboundToken, Issuer, IssuerRules, IssuerSpec, Mode, ResourceUri, ServerSpec, UnixTime,
    WantedKey,
    jose::{KeySet, base64url},
};

use crate::origin::{self, Origin};

const JWKS: &str = "/jwks";

/// A clock that stands still until it is moved.
#[derive(Debug)]
struct Hands(AtomicI64);

impl Hands {
    fn new() -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(1_800_000_000)))
    }

    fn forward(&self, seconds: i64) {
        self.0.fetch_add(seconds, SeqCst);
    }
}

impl Clock for Hands {
    fn now(&self) -> UnixTime {
        UnixTime::from_seconds(self.0.load(SeqCst))
    }
}

/// What an issuer does at the moment.
struct Publishing {
    kids: Vec<&'static str>,
    status: Option<u16>,
    max_age: Option<&'static str>,
    age: Option<&'static str>,
    jwks_uri: Option<String>,
    /// Whether other keys stand under the same names.
    is_other: bool,
}

/// An issuer that publishes what a test says. With a gate, its key set waits at it.
struct Publisher {
    origin: Origin,
    now: Arc<Mutex<Publishing>>,
    gate: Arc<Semaphore>,
    asked: mpsc::UnboundedReceiver<()>,
}

impl Publisher {
    async fn start(kids: &[&'static str]) -> Self {
        let kids = kids.to_vec();
        let now =
            Publishing { kids, status: None, max_age: None, age: None, jwks_uri: None, is_other: false };
        let now = Arc::new(Mutex::new(now));
        let gate = Arc::new(Semaphore::new(Semaphore::MAX_PERMITS));
        let (asks, asked) = mpsc::unbounded_channel();
        let (shared, passage) = (now.clone(), gate.clone());
        let origin = Origin::start(move |own, seen| {
            let (shared, passage, asks) = (shared.clone(), passage.clone(), asks.clone());
            async move {
                if seen.path == JWKS {
                    asks.send(()).unwrap();
                    passage.acquire().await.unwrap().forget();
                }
                answer(&shared.lock().unwrap(), &own, &seen.path)
            }
        })
        .await;
        Self { origin, now, gate, asked }
    }

    /// From now on, whoever asks waits for [`open`](Self::open).
    fn close(&self) {
        self.gate.forget_permits(usize::MAX);
    }

    fn open(&self) {
        self.gate.add_permits(1000);
    }

    fn change(&self, change: impl FnOnce(&mut Publishing)) {
        change(&mut self.now.lock().unwrap());
    }

    fn issuer(&self) -> Issuer {
        Issuer::parse(&self.origin.url("")).unwrap()
    }

    fn keys(&self, clock: &Arc<Hands>) -> Arc<Keys> {
        Keys::new(Fetch::new(Reach::public()).unwrap(), clock.clone(), [self.issuer()])
    }

    fn wanted(&self, kid: &str) -> WantedKey {
        wanted(&self.issuer(), kid)
    }

    /// Waits, by the runtime's clock, for somebody to ask for the keys.
    async fn next_ask(&mut self) {
        tokio::time::timeout(Duration::from_hours(1), self.asked.recv()).await.unwrap().unwrap();
    }

    fn fetches(&self) -> usize {
        self.origin.asked_for(JWKS)
    }
}

fn answer(now: &Publishing, own: &str, path: &str) -> origin::Answer {
    if let Some(code) = now.status {
        return origin::status(code);
    }
    let mut answer = match path {
        "/.well-known/oauth-authorization-server" => {
            let jwks_uri = now.jwks_uri.clone().unwrap_or(format!("{own}{JWKS}"));
            origin::json(&json!({ "issuer": own, "jwks_uri": jwks_uri }))
        }
        JWKS => origin::json(&key_set_of(&now.kids, if now.is_other { OTHER } else { ONE })),
        _ => origin::status(404),
    };
    if let Some(max_age) = now.max_age {
        answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(max_age));
    }
    if let Some(age) = now.age {
        answer.headers_mut().insert(header::AGE, HeaderValue::from_static(age));
    }
    answer
}

const ONE: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
const OTHER: &str = "PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw";

/// One key under many names: what matters here is who is asked for it.
fn key_set(kids: &[&str]) -> Value {
    key_set_of(kids, ONE)
}

fn key_set_of(kids: &[&str], x: &str) -> Value {
    let key = |kid: &&str| json!({ "kty": "OKP", "crv": "Ed25519", "kid": kid, "x": x });
    json!({ "keys": kids.iter().map(key).collect::<Vec<_>>() })
}

/// What a token of this issuer and key asks for, as the guard learns it.
fn wanted(issuer: &Issuer, kid: &str) -> WantedKey {
    wanted_by(issuer, &json!({ "alg": "EdDSA", "kid": kid, "typ": "at+jwt" }))
}

/// The same of a token that names no key.
fn unnamed(issuer: &Issuer) -> WantedKey {
    wanted_by(issuer, &json!({ "alg": "EdDSA", "typ": "at+jwt" }))
}

fn wanted_by(issuer: &Issuer, header: &Value) -> WantedKey {
    let server = ServerSpec {
        name: "notes".into(),
        resource: ResourceUri::parse("https://notes.example.com/mcp").unwrap(),
        aliases: vec![],
        issuers: vec![0],
        tier: "default".into(),
        mode: Mode::Strict,
    };
    let spec = IssuerSpec {
        url: issuer.clone(),
        rules: IssuerRules::default(),
        audiences: vec![],
        across_tiers: vec![],
    };
    let fleet = Fleet::prove(vec![server], vec![spec]).unwrap();
    let parts = [header.to_string(), json!({ "iss": issuer.as_str() }).to_string(), "x".repeat(64)];
    let token = parts.map(base64url::encode).join(".");
    InboundToken::new(token).wants(&fleet.server("notes").unwrap()).unwrap()
}

#[tokio::test]
async fn keys_are_at_hand_before_anybody_wants_them() {
    let publisher = Publisher::start(&["a"]).await;
    let keys = publisher.keys(&Hands::new());
    assert!(keys.ring().of(&publisher.issuer()).is_none() && publisher.fetches() == 0);
    let condition = || keys.conditions().pop().unwrap();
    assert!(condition().had_at.is_none() && !condition().is_at_hand && !condition().is_failing);
    assert_eq!(keys.warm().await, []);
    assert!(condition().had_at.is_some() && condition().is_at_hand && !condition().is_failing);
    assert!(keys.ring().holds(&publisher.wanted("a")));
    let ring = keys.ring_for(&publisher.wanted("a")).await;
    assert!(ring.doubt.is_none() && ring.keyring.holds(&publisher.wanted("a")));
    assert_eq!(publisher.fetches(), 1);
}

#[tokio::test]
async fn a_new_key_is_found_when_a_token_wants_it() {
    let publisher = Publisher::start(&["a"]).await;
    let clock = Hands::new();
    let keys = publisher.keys(&clock);
    keys.warm().await;
    publisher.change(|now| now.kids = vec!["b"]);
    clock.forward(30);
    let ring = keys.ring_for(&publisher.wanted("b")).await;
    assert!(ring.doubt.is_none() && ring.keyring.holds(&publisher.wanted("b")));
    // What the issuer has withdrawn is gone, and nobody needs to ask again to know it.
    let ring = keys.ring_for(&publisher.wanted("a")).await;
    assert!(ring.doubt.is_none() && !ring.keyring.holds(&publisher.wanted("a")));
    assert_eq!(publisher.fetches(), 2);
}

#[tokio::test]
async fn whoever_is_trusted_still_is_not_asked_again_when_others_come_and_go() {
    let (one, other) = (Publisher::start(&["a"]).await, Publisher::start(&["b"]).await);
    let clock = Hands::new();
    let keys = one.keys(&clock);
    keys.warm().await;
    let both = keys.of_others([one.issuer(), other.issuer()], |issuer| issuer == one.issuer().as_str());
    drop(keys);
    assert_eq!(both.complete().await, []);
    assert_eq!((one.fetches(), other.fetches()), (1, 1));
    assert!(both.ring().holds(&one.wanted("a")) && both.ring().holds(&other.wanted("b")));
    // Who was left out for a while may have withdrawn a key meanwhile.
    let stays = |issuer: &str| issuer == other.issuer().as_str();
    let alone = both.of_others([other.issuer()], stays);
    assert!(!alone.ring().holds(&one.wanted("a")) && alone.ring().holds(&other.wanted("b")));
    assert!(both.ring().holds(&one.wanted("a")), "whoever holds those of before has lost nothing");
    drop(both);
    one.change(|now| now.kids = vec!["c"]);
    let again = alone.of_others([one.issuer(), other.issuer()], stays);
    assert_eq!(again.complete().await, []);
    assert_eq!((one.fetches(), other.fetches()), (2, 1));
    assert!(again.ring().holds(&one.wanted("c")) && !again.ring().holds(&one.wanted("a")));
}

#[tokio::test]
async fn keys_that_came_one_way_are_not_those_that_came_another() {
    let publisher = Publisher::start(&["a"]).await;
    let (clock, issuer) = (Hands::new(), publisher.issuer());
    let asked = publisher.keys(&clock);
    asked.warm().await;
    let kept = asked.of_others([], |_| false);
    kept.hold(&issuer, KeySet::parse(br#"{"keys":[]}"#).unwrap());
    // Whoever is still served by the keys of before has them fetched.
    publisher.change(|now| now.kids = vec!["c"]);
    asked.warm().await;
    assert!(asked.ring().holds(&publisher.wanted("c")) && !kept.ring().holds(&publisher.wanted("c")));
    assert!(kept.ring().of(&issuer).is_some());
}

#[tokio::test]
async fn keys_come_with_the_first_token_where_nobody_warmed_them() {
    let publisher = Publisher::start(&["a"]).await;
    let ring = publisher.keys(&Hands::new()).ring_for(&publisher.wanted("a")).await;
    assert!(ring.doubt.is_none() && ring.keyring.holds(&publisher.wanted("a")));
}

#[tokio::test]
async fn a_flood_of_forged_names_costs_one_fetch() {
    let publisher = Publisher::start(&["a"]).await;
    let clock = Hands::new();
    let keys = publisher.keys(&clock);
    keys.warm().await;
    clock.forward(30);
    let forged: Vec<_> = (0..500).map(|number| publisher.wanted(&format!("forged-{number}"))).collect();
    for ring in join_all(forged.iter().map(|forged| keys.ring_for(forged))).await {
        assert!(ring.keyring.holds(&publisher.wanted("a")));
    }
    for forged in &forged {
        assert!(!keys.ring_for(forged).await.keyring.holds(forged));
    }
    assert_eq!(publisher.fetches(), 2);
    clock.forward(29);
    keys.ring_for(&publisher.wanted("another")).await;
    assert_eq!(publisher.fetches(), 2);
    clock.forward(1);
    keys.ring_for(&publisher.wanted("another")).await;
    assert_eq!(publisher.fetches(), 3);
}

#[tokio::test]
async fn a_key_is_called_unknown_only_after_its_issuer_was_asked_for_it() {
    let publisher = Publisher::start(&["a"]).await;
    let clock = Hands::new();
    let keys = publisher.keys(&clock);
    keys.warm().await;
    // Just fetched: the issuer may have published `b` since then.
    assert!(keys.ring_for(&publisher.wanted("b")).await.doubt.is_some());
    clock.forward(30);
    let ring = keys.ring_for(&publisher.wanted("b")).await;
    assert!(ring.doubt.is_none() && !ring.keyring.holds(&publisher.wanted("b")));
    assert!(keys.ring_for(&publisher.wanted("b")).await.doubt.is_none());
    assert!(keys.ring_for(&publisher.wanted("c")).await.doubt.is_some());
    assert_eq!(publisher.fetches(), 2);
}

#[tokio::test]
async fn fifty_tokens_wait_for_one_fetch() {
    let mut publisher = Publisher::start(&["a"]).await;
    publisher.close();
    let keys = publisher.keys(&Hands::new());
    let wanted = publisher.wanted("a");
    let waiting = join_all((0..50).map(|_| keys.ring_for(&wanted)));
    let opening = async {
        publisher.next_ask().await;
        publisher.gate.add_permits(1);
    };
    let (rings, ()) = tokio::join!(waiting, opening);
    assert!(rings.iter().all(|ring| ring.doubt.is_none() && ring.keyring.holds(&wanted)));
    assert_eq!(publisher.fetches(), 1);
}

#[tokio::test]
async fn who_hangs_up_takes_no_fetch_away_from_others() {
    let mut publisher = Publisher::start(&["a"]).await;
    publisher.close();
    let keys = publisher.keys(&Hands::new());
    let wanted = publisher.wanted("a");
    let first = tokio::spawn({
        let (keys, wanted) = (keys.clone(), wanted.clone());
        async move { drop(keys.ring_for(&wanted).await) }
    });
    publisher.next_ask().await;
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    publisher.open();
    assert!(keys.ring_for(&wanted).await.keyring.holds(&wanted));
    assert_eq!(publisher.fetches(), 1);
}

#[tokio::test]
async fn an_outage_keeps_the_keys_that_were_there() {
    let publisher = Publisher::start(&["a"]).await;
    let clock = Hands::new();
    let keys = publisher.keys(&clock);
    keys.warm().await;
    for code in [500, 404, 302] {
        publisher.change(|now| now.status = Some(code));
        assert_eq!(keys.warm().await.len(), 1, "{code}");
        clock.forward(30);
        let ring = keys.ring_for(&publisher.wanted("b")).await;
        assert!(ring.doubt.is_some() && ring.keyring.holds(&publisher.wanted("a")), "{code}");
        assert!(keys.ring_for(&publisher.wanted("a")).await.doubt.is_none(), "{code}");
    }
    publisher.change(|now| (now.status, now.kids) = (None, vec!["a", "b"]));
    clock.forward(30);
    assert!(keys.ring_for(&publisher.wanted("b")).await.keyring.holds(&publisher.wanted("b")));
}

#[tokio::test]
async fn an_outage_of_a_day_ends_the_use_of_the_keys() {
    let publisher = Publisher::start(&["a"]).await;
    let clock = Hands::new();
    let keys = publisher.keys(&clock);
    clock.forward(1000);
    keys.warm().await;
    let edition = keys.ring_for(&publisher.wanted("a")).await.edition.unwrap();
    publisher.change(|now| now.status = Some(503));
    clock.forward(24 * 60 * 60 - 1);
    keys.warm().await;
    assert!(keys.ring_for(&publisher.wanted("a")).await.keyring.holds(&publisher.wanted("a")));
    clock.forward(1);
    keys.warm().await;
    let ring = keys.ring_for(&publisher.wanted("a")).await;
    assert!(ring.doubt.is_some() && ring.keyring.of(&publisher.issuer()).is_none());
    assert!(!edition.is_current(clock.now()), "what was judged with them is judged again");
    // The same text again is held again.
    publisher.change(|now| now.status = None);
    keys.warm().await;
    assert!(keys.ring_for(&publisher.wanted("a")).await.keyring.holds(&publisher.wanted("a")));
}

#[tokio::test]
async fn without_any_keys_nothing_is_certain() {
    let publisher = Publisher::start(&["a"]).await;
    publisher.change(|now| now.status = Some(503));
    let keys = publisher.keys(&Hands::new());
    for _ in 0..2 {
        let ring = keys.ring_for(&publisher.wanted("a")).await;
        assert!(ring.doubt.is_some() && ring.keyring.of(&publisher.issuer()).is_none());
    }
    assert_eq!(publisher.origin.seen().len(), 1);
    let stranger = Issuer::parse("https://stranger.example").unwrap();
    assert!(keys.ring_for(&wanted(&stranger, "a")).await.doubt.is_some());
}

#[tokio::test]
async fn what_is_no_key_set_replaces_nothing() {
    let publisher = Publisher::start(&["a"]).await;
    let keys = publisher.keys(&Hands::new());
    keys.warm().await;
    publisher.change(|now| now.jwks_uri = Some("https://[::1]/jwks#".into()));
    let [(_, failure)] = &keys.warm().await[..] else { unreachable!() };
    assert!(matches!(failure, KeysFailed::Metadata(DiscoverFailed::Invalid { .. })), "{failure:?}");
    let own = publisher.origin.url("/.well-known/oauth-authorization-server");
    publisher.change(|now| now.jwks_uri = Some(own));
    let [(_, failure)] = &keys.warm().await[..] else { unreachable!() };
    assert!(matches!(failure, KeysFailed::Invalid(_)), "{failure:?}");
    assert!(keys.ring().holds(&publisher.wanted("a")));
}

#[tokio::test]
async fn an_issuer_cannot_point_us_at_a_neighbour_inside() {
    let (publisher, neighbour) = (Publisher::start(&["a"]).await, Publisher::start(&["a"]).await);
    publisher.change(|now| now.jwks_uri = Some(neighbour.origin.url(JWKS)));
    let keys = publisher.keys(&Hands::new());
    let vetoed = KeysFailed::Fetch(FetchFailed::Vetoed { host: "127.0.0.1".into() });
    assert_eq!(keys.warm().await, [(publisher.issuer(), vetoed)]);
    assert!(neighbour.origin.seen().is_empty());
}

#[tokio::test]
async fn what_was_judged_stands_for_as_long_as_the_keys_of_its_issuer() {
    let (publisher, other) = (Publisher::start(&["a"]).await, Publisher::start(&["a"]).await);
    let clock = Hands::new();
    let issuers = [publisher.issuer(), other.issuer()];
    let keys = Keys::new(Fetch::new(Reach::public()).unwrap(), clock.clone(), issuers);
    assert!(
        keys.ring_for(&wanted(&Issuer::parse("https://stranger.example").unwrap(), "a"))
            .await
            .edition
            .is_none()
    );
    keys.warm().await;
    let edition = async |publisher: &Publisher| keys.ring_for(&publisher.wanted("a")).await.edition.unwrap();
    let (before, theirs) = (edition(&publisher).await, edition(&other).await);
    keys.warm().await;
    assert!(before.is_current(clock.now()), "the same keys again are no news");
    publisher.change(|now| now.kids = vec!["a", "b"]);
    keys.warm().await;
    let between = edition(&publisher).await;
    assert!(!before.is_current(clock.now()) && between.is_current(clock.now()));
    publisher.change(|now| now.kids = vec!["a"]);
    keys.warm().await;
    let after = edition(&publisher).await;
    assert!(!before.is_current(clock.now()) && !between.is_current(clock.now()));
    publisher.change(|now| now.status = Some(500));
    keys.warm().await;
    assert!(after.is_current(clock.now()), "an outage takes nothing back");
    assert!(theirs.is_current(clock.now()), "a rotation at one issuer forgets nothing of another");
    let hold = |kid| {
        keys.hold(&publisher.issuer(), KeySet::parse(key_set(&[kid]).to_string().as_bytes()).unwrap());
    };
    hold("a");
    assert!(after.is_current(clock.now()), "whoever holds what is held has changed nothing");
    hold("b");
    assert!(!after.is_current(clock.now()));
}

#[tokio::test]
async fn a_machine_that_slept_for_a_day_uses_no_keys_from_before() {
    let publisher = Publisher::start(&["a"]).await;
    let clock = Hands::new();
    let keys = publisher.keys(&clock);
    keys.warm().await;
    let edition = keys.ring_for(&publisher.wanted("a")).await.edition.unwrap();
    publisher.change(|now| now.status = Some(503));
    clock.forward(24 * 60 * 60 - 1);
    assert!(edition.is_current(clock.now()));
    assert!(keys.ring_for(&publisher.wanted("a")).await.keyring.holds(&publisher.wanted("a")));
    clock.forward(1);
    // No timer has fired and no fetch has failed since.
    assert!(!edition.is_current(clock.now()) && publisher.fetches() == 1);
    let ring = keys.ring_for(&publisher.wanted("a")).await;
    assert!(ring.keyring.of(&publisher.issuer()).is_none() && ring.doubt == Some(30));
    publisher.change(|now| now.status = None);
    clock.forward(30);
    // The same keys are held again, and live for another day.
    for _ in 0..2 {
        assert!(keys.ring_for(&publisher.wanted("a")).await.keyring.holds(&publisher.wanted("a")));
        keys.warm().await;
        clock.forward(24 * 60 * 60 - 1);
    }
    assert!(!edition.is_current(clock.now()));
}

#[tokio::test]
async fn whoever_must_wait_for_a_key_is_told_how_long() {
    let publisher = Publisher::start(&["a"]).await;
    let clock = Hands::new();
    let keys = publisher.keys(&clock);
    keys.warm().await;
    for left in [30, 29, 28] {
        assert_eq!(keys.ring_for(&publisher.wanted("b")).await.doubt, Some(left));
        clock.forward(1);
    }
    clock.forward(26);
    assert_eq!(keys.ring_for(&publisher.wanted("b")).await.doubt, Some(1));
    assert_eq!(publisher.fetches(), 1);
    clock.forward(1);
    assert_eq!(keys.ring_for(&publisher.wanted("b")).await.doubt, None);
}

#[tokio::test]
async fn a_signature_that_no_key_made_makes_us_look_once() {
    let publisher = Publisher::start(&["a"]).await;
    for wanted in [publisher.wanted("a"), unnamed(&publisher.issuer())] {
        let before = publisher.fetches();
        let clock = Hands::new();
        let keys = publisher.keys(&clock);
        keys.warm().await;
        let edition = keys.edition(&publisher.issuer());
        for _ in 0..100 {
            assert_eq!(keys.doubt(&wanted, edition.as_ref()).await, None);
        }
        assert_eq!(publisher.fetches() - before, 2);
        clock.forward(29);
        assert_eq!(keys.doubt(&wanted, edition.as_ref()).await, None);
        assert_eq!(publisher.fetches() - before, 2);
        clock.forward(1);
        assert_eq!(keys.doubt(&wanted, edition.as_ref()).await, None);
        assert_eq!(publisher.fetches() - before, 3);
        let own = wanted_by(&Issuer::parse("https://own.example").unwrap(), &json!({ "alg": "EdDSA" }));
        assert_eq!(keys.doubt(&own, None).await, None, "ours are all at hand");
    }
}

#[tokio::test]
async fn another_key_under_the_same_name_is_found_when_its_signature_does_not_fit() {
    let publisher = Publisher::start(&["a"]).await;
    for wanted in [publisher.wanted("a"), unnamed(&publisher.issuer())] {
        publisher.change(|now| now.is_other = false);
        let keys = publisher.keys(&Hands::new());
        keys.warm().await;
        publisher.change(|now| now.is_other = true);
        let ring = keys.ring_for(&wanted).await;
        assert!(ring.doubt.is_none());
        // The good token was judged with the old key: its client comes again in a second, and is not sent away.
        assert_eq!(keys.doubt(&wanted, ring.edition.as_ref()).await, Some(1));
        let ring = keys.ring_for(&wanted).await;
        assert_eq!(ring.keyring.of(&publisher.issuer()).unwrap().keys()[0].thumbprint(), thumbprint(OTHER));
        // A bad token is bad by these keys too.
        assert_eq!(keys.doubt(&wanted, ring.edition.as_ref()).await, None);
    }
}

fn thumbprint(x: &str) -> warded_core::jose::Thumbprint {
    KeySet::parse(key_set_of(&["a"], x).to_string().as_bytes()).unwrap().keys()[0].thumbprint()
}

#[tokio::test]
async fn in_an_outage_a_signature_that_does_not_fit_may_be_of_a_new_key() {
    let publisher = Publisher::start(&["a"]).await;
    let clock = Hands::new();
    let keys = publisher.keys(&clock);
    keys.warm().await;
    publisher.change(|now| now.status = Some(500));
    let (wanted, edition) = (publisher.wanted("a"), keys.edition(&publisher.issuer()));
    for _ in 0..10 {
        assert_eq!(keys.doubt(&wanted, edition.as_ref()).await, Some(30));
    }
    assert_eq!(publisher.fetches(), 1, "the metadata was asked for once, and not the keys");
    assert!(keys.ring_for(&wanted).await.doubt.is_none(), "good tokens are none the worse for it");
    publisher.change(|now| now.status = None);
    clock.forward(30);
    assert_eq!(keys.doubt(&wanted, edition.as_ref()).await, None);
}

#[tokio::test]
async fn who_was_judged_with_old_keys_is_not_called_bad_by_what_came_since() {
    let publisher = Publisher::start(&["a"]).await;
    let keys = publisher.keys(&Hands::new());
    keys.warm().await;
    let wanted = unnamed(&publisher.issuer());
    let old = keys.ring_for(&wanted).await.edition;
    // Strangers have had this name settled, and will have it settled again by the next look.
    assert_eq!(keys.doubt(&wanted, old.as_ref()).await, None);
    assert_eq!(keys.doubt(&wanted, old.as_ref()).await, None);
    publisher.change(|now| now.kids = vec!["a", "b"]);
    keys.warm().await;
    let fetches = publisher.fetches();
    assert_eq!(keys.doubt(&wanted, old.as_ref()).await, Some(1));
    assert_eq!(keys.doubt(&wanted, keys.edition(&publisher.issuer()).as_ref()).await, None);
    assert_eq!(publisher.fetches(), fetches);
}

/// A clock at which something happens while somebody reads it.
#[derive(Default)]
struct Trap(Mutex<(usize, Option<Happens>)>);

type Happens = Box<dyn FnOnce() + Send>;

impl Trap {
    /// The next reading but so many.
    fn set(&self, skip: usize, then: impl FnOnce() + Send + 'static) {
        *self.0.lock().unwrap() = (skip, Some(Box::new(then)));
    }

    fn is_set(&self) -> bool {
        self.0.lock().unwrap().1.is_some()
    }
}

impl std::fmt::Debug for Trap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Trap")
    }
}

impl Clock for Trap {
    fn now(&self) -> UnixTime {
        let mut trap = self.0.lock().unwrap();
        let then = if trap.0 == 0 { trap.1.take() } else { None };
        trap.0 = trap.0.saturating_sub(1);
        drop(trap);
        if let Some(then) = then {
            then();
        }
        UnixTime::from_seconds(1_800_000_000)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_comes_while_somebody_asks_for_it_is_not_called_unknown() {
    for was_asked_for in [true, false] {
        let publisher = Publisher::start(&["a"]).await;
        let clock = Arc::<Trap>::default();
        let fetch = Fetch::new(Reach::public()).unwrap();
        let keys = Keys::new(fetch, clock.clone(), [publisher.issuer()]);
        keys.warm().await;
        let wanted = publisher.wanted("b");
        if was_asked_for {
            assert_eq!(keys.ring_for(&wanted).await.doubt, Some(30));
        }
        publisher.change(|now| now.kids = vec!["a", "b"]);
        // Between the look at the keys (the first reading) and the ledger's answer, a whole fetch goes by.
        let other = Arc::clone(&keys);
        let runtime = tokio::runtime::Handle::current();
        clock.set(1, move || tokio::task::block_in_place(|| assert_eq!(runtime.block_on(other.warm()), [])));
        let ring = tokio::spawn({
            let (keys, wanted) = (Arc::clone(&keys), wanted.clone());
            async move { keys.ring_for(&wanted).await }
        });
        let ring = ring.await.unwrap();
        assert!(!clock.is_set() && ring.keyring.holds(&wanted) && ring.doubt.is_none(), "{was_asked_for}");
        assert!(ring.edition.unwrap().is_current(clock.now()));
        assert_eq!(publisher.fetches(), 2);
    }
}

#[tokio::test]
async fn a_key_set_without_a_usable_key_is_our_trouble_and_nobody_elses() {
    let publisher = Publisher::start(&["a"]).await;
    let clock = Hands::new();
    let keys = publisher.keys(&clock);
    keys.warm().await;
    let edition = keys.edition(&publisher.issuer()).unwrap();
    publisher.change(|now| now.kids = vec![]);
    assert_eq!(keys.warm().await, [(publisher.issuer(), KeysFailed::NoUsableKey)]);
    // Withdrawn keys are used no more; and no token is called bad, since nobody knows by which keys.
    assert!(!edition.is_current(clock.now()));
    for wanted in [publisher.wanted("a"), unnamed(&publisher.issuer())] {
        let ring = keys.ring_for(&wanted).await;
        assert!(ring.keyring.of(&publisher.issuer()).is_none() && ring.doubt == Some(30));
    }
    publisher.change(|now| now.kids = vec!["a"]);
    clock.forward(30);
    assert!(keys.ring_for(&publisher.wanted("a")).await.keyring.holds(&publisher.wanted("a")));
}

#[tokio::test]
async fn the_same_keys_in_another_order_are_no_news() {
    let publisher = Publisher::start(&["a", "b"]).await;
    let clock = Hands::new();
    let keys = publisher.keys(&clock);
    keys.warm().await;
    let edition = keys.edition(&publisher.issuer()).unwrap();
    publisher.change(|now| now.kids = vec!["b", "a"]);
    keys.warm().await;
    assert!(edition.is_current(clock.now()));
    publisher.change(|now| now.is_other = true);
    keys.warm().await;
    assert!(!edition.is_current(clock.now()), "the same names are not the same keys");
}

#[tokio::test]
async fn a_copy_from_a_cache_settles_nothing_and_withdraws_nothing_that_is_younger() {
    let publisher = Publisher::start(&["a", "b"]).await;
    let clock = Hands::new();
    let keys = publisher.keys(&clock);
    keys.warm().await;
    // A copy from before `b`, as another node of a network of caches may have it.
    publisher.change(|now| (now.kids, now.age) = (vec!["a"], Some("600")));
    clock.forward(30);
    let ring = keys.ring_for(&publisher.wanted("c")).await;
    assert!(ring.doubt == Some(30) && ring.keyring.holds(&publisher.wanted("b")));
    assert!(keys.ring_for(&publisher.wanted("b")).await.keyring.holds(&publisher.wanted("b")));
    // A copy that was made since is as good as an answer.
    publisher.change(|now| now.age = Some("5"));
    clock.forward(40);
    assert_eq!(keys.ring_for(&publisher.wanted("c")).await.doubt, None);
    assert!(!keys.ring_for(&publisher.wanted("b")).await.keyring.holds(&publisher.wanted("b")));
    let looks = publisher.origin.seen().into_iter().filter(|one| one.path == JWKS);
    assert!(looks.into_iter().all(|one| one.headers[header::CACHE_CONTROL] == "no-cache"));
}

#[tokio::test]
async fn our_own_issuer_is_not_asked() {
    let publisher = Publisher::start(&["a"]).await;
    let own = Issuer::parse("https://mcp.example.com").unwrap();
    let keys = publisher.keys(&Hands::new());
    keys.hold(&own, KeySet::parse(key_set(&["k"]).to_string().as_bytes()).unwrap());
    assert!(keys.ring().holds(&wanted(&own, "k")));
    let ring = keys.ring_for(&wanted(&own, "forged")).await;
    assert!(ring.doubt.is_none() && !ring.keyring.holds(&wanted(&own, "forged")));
    assert!(publisher.origin.seen().is_empty());
}

/// The attack: tokens of issuers that nobody trusts, as many as one likes, where there are thousands that somebody does.
#[tokio::test]
async fn the_keys_of_all_issuers_are_put_together_when_some_change_and_not_when_somebody_asks() {
    let publisher = Publisher::start(&["a"]).await;
    let clock = Hands::new();
    let keys = publisher.keys(&clock);
    let own = Issuer::parse("https://mcp.example.com").unwrap();
    let held = |kid| KeySet::parse(key_set(&[kid]).to_string().as_bytes()).unwrap();
    keys.hold(&own, held("k"));
    let before = keys.ring();
    keys.hold(&own, held("k"));
    for _ in 0..100 {
        assert!(Arc::ptr_eq(&before, &keys.ring()));
    }
    keys.warm().await;
    let after = keys.ring();
    assert!(after.holds(&publisher.wanted("a")) && after.holds(&wanted(&own, "k")));
    assert!(Arc::ptr_eq(&after, &keys.ring()) && !before.holds(&publisher.wanted("a")));
    // What is learned by one configuration is known to the next, and one that trusts fewer knows less.
    let next = keys.of_others([publisher.issuer()], |issuer| issuer == publisher.issuer().as_str());
    assert!(next.ring().holds(&publisher.wanted("a")) && !next.ring().holds(&wanted(&own, "k")));
    publisher.change(|now| now.kids = vec!["b"]);
    clock.forward(30);
    keys.ring_for(&publisher.wanted("b")).await;
    assert!(next.ring().holds(&publisher.wanted("b")) && !next.ring().holds(&publisher.wanted("a")));
}

#[tokio::test(start_paused = true)]
async fn keys_are_fetched_again_before_they_grow_old() {
    let mut publisher = Publisher::start(&["a"]).await;
    publisher.change(|now| now.max_age = Some("max-age=120"));
    let keys = publisher.keys(&Hands::new());
    let began = tokio::time::Instant::now();
    keys.warm().await;
    publisher.next_ask().await;
    // Nobody asks for anything, and the runtime's clock runs ahead to whatever is due next.
    publisher.next_ask().await;
    let waited = began.elapsed();
    // A tenth of their age ahead: nobody meets a key that is younger than what is held.
    assert!(waited >= Duration::from_secs(108) && waited < Duration::from_secs(118), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn an_issuer_that_was_down_is_asked_again_by_itself() {
    let mut publisher = Publisher::start(&["a"]).await;
    publisher.change(|now| now.status = Some(500));
    let keys = publisher.keys(&Hands::new());
    assert_eq!(keys.warm().await.len(), 1);
    publisher.change(|now| now.status = None);
    publisher.next_ask().await;
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_ever_for_an_issuer_that_hangs() {
    let publisher = Publisher::start(&["a"]).await;
    publisher.close();
    let keys = publisher.keys(&Hands::new());
    let ring = keys.ring_for(&publisher.wanted("a")).await;
    assert!(ring.doubt.is_some() && ring.keyring.of(&publisher.issuer()).is_none());
}

#[test]
fn keys_outlive_the_runtime_that_fetched_them() {
    let serving = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let asking = || Builder::new_current_thread().enable_all().build().unwrap();
    let publisher = serving.block_on(Publisher::start(&["a"]));
    let clock = Hands::new();
    let keys = publisher.keys(&clock);
    assert_eq!(asking().block_on(keys.warm()), []);
    publisher.change(|now| now.kids = vec!["b"]);
    clock.forward(30);
    let wanted = publisher.wanted("b");
    assert!(asking().block_on(keys.ring_for(&wanted)).keyring.holds(&wanted));
}

#[tokio::test]
async fn nothing_runs_on_when_the_keys_are_dropped() {
    let publisher = Publisher::start(&["a"]).await;
    let clock = Hands::new();
    let held = Arc::downgrade(&clock);
    let keys = publisher.keys(&clock);
    keys.warm().await;
    drop((keys, clock));
    // The task holds the clock for as long as it runs.
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(held.strong_count(), 0);
}
