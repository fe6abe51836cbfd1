//! Tokens as time goes by: an issuer on a real socket, and a clock that the test sets.

mod reloaded;

use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use warded_client::{
    fetch::{Fetch, Reach},
    keys::Keys,
    obtain::Client,
    onward::OnwardSetup,
};
use warded_core::{
    Clock, Fleet, InboundToken, Issuer, IssuerRules, IssuerSpec, Mode, Onward, OnwardSpec, Possession,
    ResourceUri, Scopes, ServerSpec, Verdict,
    jose::{Algorithm, KeySet, SigningKey},
};

use super::*;

const START: i64 = 1_800_000_000;
const NOTES: &str = "https://notes.example.com/mcp";
const BEHIND: &str = "https://notes.behind.example/mcp";

#[derive(Debug)]
struct Hands(AtomicI64);

impl Clock for Hands {
    fn now(&self) -> UnixTime {
        UnixTime::from_seconds(self.0.load(Relaxed))
    }
}

#[expect(clippy::disallowed_methods, reason = "a key that signs nothing outside of this test")]
fn random() -> SystemRandom {
    SystemRandom::new()
}

/// An issuer, and the tokens that it gives.
struct Office {
    url: String,
    key: SigningKey,
    clock: Arc<Hands>,
    asked: watch::Sender<usize>,
    is_down: Mutex<bool>,
}

impl Office {
    async fn open() -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random()).unwrap();
        let office = Arc::new(Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            key: SigningKey::from_pkcs8(Algorithm::Es256, document.as_ref()).unwrap(),
            clock: Arc::new(Hands(AtomicI64::new(START))),
            asked: watch::channel(0).0,
            is_down: Mutex::default(),
        });
        let open = Arc::clone(&office);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(Arc::clone(&open).serve(stream));
            }
        });
        office
    }

    async fn serve(self: Arc<Self>, mut stream: TcpStream) {
        let mut request = Vec::new();
        let is_whole = |request: &[u8]| {
            let text = String::from_utf8_lossy(request).to_ascii_lowercase();
            let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            body.len() >= length.map_or(0, |length| length.parse().unwrap())
        };
        while !is_whole(&request) {
            assert_ne!(stream.read_buf(&mut request).await.unwrap(), 0, "it broke off");
        }
        let (status, answer) = if request.starts_with(b"POST /token ") {
            self.asked.send_modify(|asked| *asked += 1);
            if *self.is_down.lock().unwrap() { ("503 No", json!({})) } else { ("200 OK", self.gives()) }
        } else {
            ("200 OK", json!({ "issuer": self.url, "token_endpoint": format!("{}/token", self.url) }))
        };
        let answer = answer.to_string();
        let head = format!("Content-Type: application/json\r\nContent-Length: {}", answer.len());
        let answer = format!("HTTP/1.1 {status}\r\n{head}\r\nConnection: close\r\n\r\n{answer}");
        stream.write_all(answer.as_bytes()).await.unwrap();
    }

    /// A token for an hour.
    fn gives(&self) -> Value {
        let number = *self.asked.borrow();
        json!({
            "access_token": self.token(BEHIND, 3600, &number.to_string()), "token_type": "Bearer",
            "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
        })
    }

    fn token(&self, aud: &str, lifetime: i64, id: &str) -> String {
        let now = self.clock.now().seconds();
        let claims = json!({
            "iss": self.url, "sub": "alice", "aud": aud, "client_id": "agent", "jti": id,
            "iat": now, "exp": now + lifetime,
        });
        self.key.sign("at+jwt", claims.as_object().unwrap(), &random()).unwrap().to_string()
    }

    fn keys(&self) -> KeySet {
        KeySet::parse(json!({ "keys": [self.key.public_jwk()] }).to_string().as_bytes()).unwrap()
    }

    fn passes(&self, seconds: i64) {
        self.clock.0.fetch_add(seconds, Relaxed);
    }

    fn asked(&self) -> usize {
        *self.asked.borrow()
    }
}

/// A purse, and a caller whose token is good for so many seconds.
struct Scene {
    office: Arc<Office>,
    purses: Arc<Purses>,
    purse: Arc<Purse>,
    grant: Grant,
    caller: Box<VerifiedToken>,
    residue: Residue,
    /// With what the purse was made.
    fetch: Fetch,
    keys: Arc<Keys>,
    fleet: Fleet,
    spec: OnwardSpec,
    setup: OnwardSetup,
}

impl Scene {
    async fn set(grant: Grant, lifetime: i64, is_own_subject: bool) -> Self {
        let office = Office::open().await;
        let issuer = Issuer::parse(&office.url).unwrap();
        let notes = ServerSpec {
            name: "notes".into(),
            resource: ResourceUri::parse(NOTES).unwrap(),
            aliases: vec![],
            issuers: vec![0],
            tier: "default".into(),
            mode: Mode::Strict,
        };
        let rules = IssuerRules::default();
        let corp =
            IssuerSpec { url: issuer.clone(), rules: rules.clone(), audiences: vec![], across_tiers: vec![] };
        let fleet = Fleet::prove(vec![notes], vec![corp]).unwrap();
        let spec = OnwardSpec {
            server: "notes".into(),
            issuer: issuer.clone(),
            rules,
            audience: BEHIND.into(),
            companions: vec![],
            opaque: false,
        };
        let (fleet, mut onward) = Onward::prove(fleet, vec![spec.clone()]).unwrap();
        let fetch = Fetch::new(Reach::public()).unwrap();
        let clock = Arc::clone(&office.clock) as Arc<dyn Clock>;
        let keys = Keys::new(fetch.clone(), Arc::clone(&clock), []);
        keys.hold(&issuer, office.keys());
        let setup = OnwardSetup {
            onward: onward.pop().unwrap(),
            client: Client::with_secret_in_header("warded", "secret".to_owned().into(), issuer.clone()),
            resource: Some(BEHIND.into()),
            audience: None,
            scopes: Scopes::default(),
            subjects: if is_own_subject { vec![issuer] } else { vec![] },
        };
        let server = fleet.server("notes").unwrap();
        let token = InboundToken::new(office.token(NOTES, lifetime, "alices"));
        let ring = keys.ring();
        let Verdict::Admit(caller, residue) =
            token.judge(&server, &ring, &Possession::default(), office.clock.now())
        else {
            panic!("the caller is refused")
        };
        let purses = Purses::of(Purses::BYTES);
        let grantor = Grantor::new(fetch.clone(), clock, &keys, setup.clone());
        let purse = purses.purse(grantor, grant);
        Self { office, purses, purse, grant, caller, residue, fetch, keys, fleet, spec, setup }
    }

    async fn exchanging() -> Self {
        Self::set(Grant::TokenExchange, 24 * 3600, true).await
    }

    async fn coin(&self) -> Result<Arc<Coin>, Stop> {
        self.purse.coin(&self.caller, &self.residue).await
    }
}

#[tokio::test]
async fn another_token_is_got_before_one_ends_and_nobody_waits_for_that() {
    let scene = Scene::exchanging().await;
    let first = scene.coin().await.unwrap();
    scene.office.passes(3539);
    assert!(Arc::ptr_eq(&first, &scene.coin().await.unwrap()));
    assert_eq!(scene.office.asked(), 1);
    scene.office.passes(1);
    assert!(Arc::ptr_eq(&first, &scene.coin().await.unwrap()), "it is good for a while");
    scene.office.asked.subscribe().wait_for(|asked| *asked == 2).await.unwrap();
    // Past the end of the first one; the other one is here, or on its way.
    scene.office.passes(45);
    let second = scene.coin().await.unwrap();
    assert!(!Arc::ptr_eq(&first, &second));
    assert!(Arc::ptr_eq(&second, &scene.coin().await.unwrap()));
    assert_eq!(scene.office.asked(), 2);
}

#[tokio::test]
async fn a_token_ends_with_the_callers() {
    let scene = Scene::set(Grant::TokenExchange, 100, true).await;
    let first = scene.coin().await.unwrap();
    scene.office.passes(100 + 60);
    assert!(!first.is_good(scene.office.clock.now()));
    let own = Scene::set(Grant::ClientCredentials, 100, true).await;
    let first = own.coin().await.unwrap();
    own.office.passes(100 + 60);
    assert!(first.is_good(own.office.clock.now()), "no caller has a part in it");
}

#[tokio::test]
async fn what_the_server_behind_refuses_is_used_until_another_has_come_and_new_ones_are_not_doubted() {
    let scene = Scene::exchanging().await;
    let first = scene.coin().await.unwrap();
    scene.purse.doubt(&first);
    assert!(Arc::ptr_eq(&first, &scene.coin().await.unwrap()), "another would be refused, too");
    assert_eq!(scene.office.asked(), 1);
    scene.office.passes(10);
    scene.purse.doubt(&first);
    assert!(Arc::ptr_eq(&first, &scene.coin().await.unwrap()), "nobody goes without");
    scene.office.asked.subscribe().wait_for(|asked| *asked == 2).await.unwrap();
    // Past the end of the first one; the other one is here, or on its way.
    scene.office.passes(3580);
    let second = scene.coin().await.unwrap();
    assert!(!Arc::ptr_eq(&first, &second));
    // Whoever still used the first one says nothing about the second.
    scene.purse.doubt(&first);
    assert!(Arc::ptr_eq(&second, &scene.coin().await.unwrap()));
}

#[tokio::test]
async fn an_issuer_that_is_down_is_asked_again_when_its_time_has_come() {
    let scene = Scene::exchanging().await;
    *scene.office.is_down.lock().unwrap() = true;
    let fault = Fault::UpstreamCredentialUnavailable;
    assert_eq!(scene.coin().await.err(), Some(Stop::Failed(fault)));
    for _ in 0..10 {
        assert_eq!(scene.coin().await.err(), Some(Stop::Later(fault, 1)));
    }
    scene.office.passes(1);
    assert_eq!(scene.coin().await.err(), Some(Stop::Failed(fault)));
    assert_eq!(scene.coin().await.err(), Some(Stop::Later(fault, 2)));
    assert_eq!(scene.office.asked(), 2);
    *scene.office.is_down.lock().unwrap() = false;
    scene.office.passes(2);
    assert!(scene.coin().await.is_ok());
}

#[tokio::test]
async fn an_issuer_that_is_down_while_a_token_is_good_is_nobodys_trouble() {
    let scene = Scene::exchanging().await;
    let first = scene.coin().await.unwrap();
    *scene.office.is_down.lock().unwrap() = true;
    scene.office.passes(3540);
    for _ in 0..10 {
        assert!(Arc::ptr_eq(&first, &scene.coin().await.unwrap()));
    }
    scene.office.asked.subscribe().wait_for(|asked| *asked == 2).await.unwrap();
}

#[tokio::test]
async fn a_token_of_another_issuer_is_shown_to_nobody() {
    let scene = Scene::set(Grant::TokenExchange, 3600, false).await;
    for _ in 0..3 {
        assert_eq!(scene.coin().await.err(), Some(Stop::Failed(Fault::UpstreamCredentialRefused)));
    }
    assert_eq!(scene.office.asked(), 0);
}

#[tokio::test]
async fn what_has_ended_makes_room_for_what_comes() {
    let scene = Scene::set(Grant::ClientCredentials, 3600, true).await;
    let keep = async |numbers: std::ops::Range<u32>| {
        let coin = scene.coin().await.unwrap();
        for number in numbers {
            let whose = Some(InboundToken::new(number.to_string()).digest());
            scene.purse.keep(whose, &coin);
        }
    };
    keep(0..1000).await;
    assert_eq!(scene.purses.tokens(), 1001);
    scene.office.passes(2 * 24 * 3600);
    keep(1000..2000).await;
    assert_eq!(scene.purses.tokens(), 1001, "nobody came back for the others");
}

/// The attack: a token of another issuer, once after each pause, and the issuer that is down is asked as if it were not.
#[tokio::test]
async fn a_caller_whose_token_the_issuer_may_not_see_says_nothing_about_the_issuer() {
    let scene = Scene::set(Grant::TokenExchange, 3600, false).await;
    let (now, fault) = (scene.office.clock.now(), Fault::UpstreamCredentialUnavailable);
    let down = Failure { fault, in_vain: InVain::Everybody };
    scene.purse.ledger().end(None, None, Err(down), now);
    assert_eq!(scene.coin().await.err(), Some(Stop::Failed(Fault::UpstreamCredentialRefused)));
    assert!(matches!(scene.purse.ledger().enter(None, None, now), Entry::Wait(_, 1)));
}

#[tokio::test]
async fn a_clock_that_was_set_back_makes_no_token_live_longer() {
    let scene = Scene::exchanging().await;
    let first = scene.coin().await.unwrap();
    scene.office.passes(-50);
    let second = scene.coin().await.unwrap();
    assert!(!Arc::ptr_eq(&first, &second));
    assert_eq!(scene.office.asked(), 2);
}
