//! What is remembered, what is forgotten, and what strangers can do about it.

use aws_lc_rs::{rand::SystemRandom, signature::Ed25519KeyPair};
use serde_json::{Value, json};
use warded_client::{
    clock::SystemClock,
    fetch::{Fetch, Reach},
    keys::Keys,
};
use warded_core::{
    Fleet, Issuer, IssuerRules, IssuerSpec, Mode, ResourceUri, ServerSpec, Verdict, WantedKey,
    jose::{Algorithm, KeySet, SigningKey},
};

use super::*;

const ISSUER: &str = "https://login.example.com";
const NOW: UnixTime = UnixTime::from_seconds(1_800_000_000);

/// An issuer with one key, two servers that trust it, and the keys that a process holds.
struct Stage {
    fleet: Fleet,
    signer: SigningKey,
    keys: Arc<Keys>,
}

#[expect(clippy::disallowed_methods, reason = "nothing here depends on what is drawn")]
fn random() -> SystemRandom {
    SystemRandom::new()
}

fn signer() -> SigningKey {
    let document = Ed25519KeyPair::generate_pkcs8(&random()).unwrap();
    SigningKey::from_pkcs8(Algorithm::EdDsa, document.as_ref()).unwrap()
}

fn issuer() -> Issuer {
    Issuer::parse(ISSUER).unwrap()
}

fn set(signers: &[&SigningKey]) -> KeySet {
    let keys: Vec<_> = signers.iter().map(|signer| signer.public_jwk()).collect();
    KeySet::parse(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
}

impl Stage {
    fn set() -> Self {
        let server = |name: &str| ServerSpec {
            name: name.into(),
            resource: ResourceUri::parse(&format!("https://{name}.example.com/mcp")).unwrap(),
            aliases: vec![],
            issuers: vec![0],
            tier: "default".into(),
            mode: Mode::Strict,
        };
        let spec = IssuerSpec {
            url: issuer(),
            rules: IssuerRules::default(),
            audiences: vec![],
            across_tiers: vec![],
        };
        let fleet = Fleet::prove(vec![server("notes"), server("files")], vec![spec]).unwrap();
        let keys = Keys::new(Fetch::new(Reach::public()).unwrap(), Arc::new(SystemClock), []);
        let signer = signer();
        keys.hold(&issuer(), set(&[&signer]));
        Self { fleet, signer, keys }
    }

    fn server(&self) -> Server {
        self.fleet.server("notes").unwrap()
    }

    fn token(&self, more: &Value) -> String {
        let mut claims = json!({
            "iss": ISSUER, "sub": "alice", "aud": "https://notes.example.com/mcp", "client_id": "agent",
            "iat": NOW.seconds() - 10, "exp": NOW.seconds() + 300,
        });
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.signer.sign("at+jwt", claims.as_object().unwrap(), &random()).unwrap().to_string()
    }

    async fn edition(&self, token: &str) -> Option<Edition> {
        let wanted: WantedKey = InboundToken::new(token.to_owned()).wants(&self.server()).unwrap();
        self.keys.ring_for(&wanted).await.edition
    }

    /// Judges a token and remembers it.
    async fn warms(&self, seat: &Seat, token: &str) {
        let inbound = InboundToken::new(token.to_owned());
        match inbound.judge(&self.server(), &self.keys.ring(), &Possession::default(), NOW) {
            Verdict::Admit(verified, _) => seat.remember(&Arc::from(verified), self.edition(token).await),
            other => panic!("{other:?}"),
        }
    }

    fn is_warm(&self, seat: &Seat, token: &str, now: UnixTime) -> bool {
        let inbound = InboundToken::new(token.to_owned());
        matches!(seat.recall(inbound, &self.server(), &Possession::default(), now), Recall::Admit(..))
    }
}

#[tokio::test]
async fn a_token_is_judged_once_and_found_by_its_whole_text_at_its_own_seat() {
    let (stage, memory) = (Stage::set(), Memory::of(100));
    let (seat, other) = (Seat::in_memory(Arc::clone(&memory)), Seat::in_memory(Arc::clone(&memory)));
    let token = stage.token(&json!({}));
    assert!(!stage.is_warm(&seat, &token, NOW));
    stage.warms(&seat, &token).await;
    assert!(stage.is_warm(&seat, &token, NOW) && memory.tokens() == 1);
    assert!(!stage.is_warm(&other, &token, NOW), "what one guard was told is nothing to another");
    for stranger in [stage.token(&json!({ "jti": "2" })), format!("{token}A"), token.replace('.', "..")] {
        assert!(!stage.is_warm(&seat, &stranger, NOW));
    }
    stage.warms(&other, &token).await;
    assert!(stage.is_warm(&other, &token, NOW) && memory.tokens() == 2);
}

#[tokio::test]
async fn a_withdrawn_key_takes_its_verdicts_with_it() {
    let stage = Stage::set();
    let seat = Seat::in_memory(Memory::of(100));
    let token = stage.token(&json!({}));
    stage.warms(&seat, &token).await;
    stage.keys.hold(&Issuer::parse("https://other.example.com").unwrap(), set(&[&signer()]));
    assert!(stage.is_warm(&seat, &token, NOW), "the keys of others are no matter");
    stage.keys.hold(&issuer(), set(&[&signer()]));
    assert!(!stage.is_warm(&seat, &token, NOW) && seat.memory.tokens() == 0);
}

#[tokio::test]
async fn a_verdict_by_keys_that_were_replaced_meanwhile_is_not_remembered_for_the_new_ones() {
    let stage = Stage::set();
    let seat = Seat::in_memory(Memory::of(100));
    let token = stage.token(&json!({}));
    let inbound = InboundToken::new(token.clone());
    let before = stage.edition(&token).await;
    let Verdict::Admit(verified, _) =
        inbound.judge(&stage.server(), &stage.keys.ring(), &Possession::default(), NOW)
    else {
        panic!("it is good");
    };
    stage.keys.hold(&issuer(), set(&[&signer()]));
    let verified = Arc::from(verified);
    seat.remember(&verified, before);
    assert!(!stage.is_warm(&seat, &token, NOW));
    seat.remember(&verified, None);
    assert!(!stage.is_warm(&seat, &token, NOW), "nobody knows which keys it rests on");
}

#[tokio::test]
async fn an_expired_token_is_forgotten_when_it_comes_again() {
    let stage = Stage::set();
    let seat = Seat::in_memory(Memory::of(100));
    let token = stage.token(&json!({}));
    stage.warms(&seat, &token).await;
    assert!(stage.is_warm(&seat, &token, NOW.plus(300 + IssuerRules::DEFAULT_LEEWAY - 1)));
    assert!(!stage.is_warm(&seat, &token, NOW.plus(300 + IssuerRules::DEFAULT_LEEWAY)));
    assert_eq!(seat.memory.tokens(), 0);
}

#[tokio::test]
async fn a_flood_of_good_tokens_fills_no_more_than_the_memory() {
    const TOKENS: usize = 64;
    let (stage, memory) = (Stage::set(), Memory::of(TOKENS));
    let seat = Seat::in_memory(Arc::clone(&memory));
    let bound = u64::try_from(TOKENS * Memory::SHARE).unwrap();
    let fat = vec!["a group with a name"; 100];
    for number in 0..10 * TOKENS {
        let groups = if number % 8 == 0 { &fat[..] } else { &[] };
        let token = stage.token(&json!({ "jti": number.to_string(), "groups": groups }));
        stage.warms(&seat, &token).await;
        assert!(memory.tokens() <= TOKENS && memory.bytes() <= bound);
    }
    assert!(memory.tokens() > TOKENS / 4, "{} of {TOKENS}", memory.tokens());
}

#[tokio::test]
async fn a_memory_for_none_remembers_none() {
    let stage = Stage::set();
    let seat = Seat::in_memory(Memory::of(0));
    let token = stage.token(&json!({}));
    stage.warms(&seat, &token).await;
    assert!(!stage.is_warm(&seat, &token, NOW) && seat.memory.tokens() == 0);
}

#[tokio::test]
async fn the_memory_shows_nothing_of_what_it_holds() {
    let stage = Stage::set();
    let seat = Seat::in_memory(Memory::of(10));
    stage.warms(&seat, &stage.token(&json!({}))).await;
    assert_eq!(format!("{seat:?}"), "Seat { memory: Memory { tokens: 1, .. }, number: 0 }");
}
