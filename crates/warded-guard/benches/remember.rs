//! What does a remembered token cost beside looking it up in a table, and how much memory do a million of them take?
//!
//! Bare is the lookup that nobody can do without: `text` in a `HashMap` by the token's text, `digest` in one by its
//! SHA-256, as whoever keeps no tokens in memory must. Ours takes the token out of the request, hashes it, finds the
//! verdict, and looks again at the keys, the server, the lifetime and the sender. `--million` fills a memory.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark that cannot start has nothing to measure"
)]

use std::{collections::HashMap, hint::black_box, rc::Rc, sync::Arc};

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::Ed25519KeyPair,
};
use serde_json::json;
use warded_client::{
    clock::SystemClock,
    fetch::{Fetch, Reach},
    keys::{Edition, Keys},
};
use warded_core::{
    Fleet, InboundToken, Issuer, IssuerRules, IssuerSpec, Mode, Possession, Recall, ResourceUri, Server,
    ServerSpec, UnixTime, Verdict,
    jose::{Algorithm, KeySet, SigningKey},
};
use warded_guard::{Memory, Seat};

#[path = "../../warded-core/benches/rounds/mod.rs"]
mod rounds;

use rounds::{Pair, Title};

const NOW: UnixTime = UnixTime::from_seconds(1_800_000_000);
const ISSUER: &str = "https://login.example.com/realms/corp";
const TOKENS: usize = 1000;
/// Where instructions are counted: making tokens costs thousands of times what finding them does, never twice the same.
const FEW: usize = 10;
const MILLION: usize = 1_000_000;

fn main() {
    let asks_for = |what: &str| std::env::args().any(|argument| argument == what);
    if asks_for("--million") {
        return million();
    }
    let title = Title { case: "table by", bare: "lookup alone", whole: "remembered" };
    let warm = Rc::new(Warm::of(if asks_for("--repeat") { FEW } else { TOKENS }));
    rounds::run(&title, vec![by_text(&warm), by_digest(&warm)]);
}

fn by_text(warm: &Rc<Warm>) -> Pair {
    let table: HashMap<String, Arc<()>> =
        warm.tokens.iter().map(|token| (token.clone(), Arc::default())).collect();
    let (tokens, mut turn) = (Rc::clone(warm), Turn::default());
    let bare = move || {
        let token = black_box(turn.next(&tokens.tokens));
        black_box(table.get(token).cloned().unwrap());
    };
    pair("text", bare, warm)
}

fn by_digest(warm: &Rc<Warm>) -> Pair {
    let hash = |token: &str| <[u8; 32]>::try_from(digest(&SHA256, token.as_bytes()).as_ref()).unwrap();
    let table: HashMap<[u8; 32], Arc<()>> =
        warm.tokens.iter().map(|token| (hash(token), Arc::default())).collect();
    let (tokens, mut turn) = (Rc::clone(warm), Turn::default());
    let bare = move || {
        let token = black_box(turn.next(&tokens.tokens));
        black_box(table.get(&hash(token)).cloned().unwrap());
    };
    pair("digest", bare, warm)
}

fn pair(name: &str, bare: impl FnMut() + 'static, warm: &Rc<Warm>) -> Pair {
    let (warm, mut turn) = (Rc::clone(warm), Turn::default());
    Pair {
        name: name.to_owned(),
        bytes: warm.tokens.first().unwrap().len(),
        bare: Box::new(bare),
        whole: Box::new(move || warm.recall(turn.next(&warm.tokens))),
    }
}

/// One token after the other.
#[derive(Default)]
struct Turn(usize);

impl Turn {
    fn next<'t>(&mut self, tokens: &'t [String]) -> &'t str {
        self.0 = (self.0 + 1) % tokens.len();
        tokens.get(self.0).unwrap()
    }
}

/// A guard's place in a memory, and tokens that were admitted.
struct Warm {
    stage: Stage,
    seat: Seat,
    tokens: Vec<String>,
}

impl Warm {
    fn of(count: usize) -> Self {
        let (stage, seat) = (Stage::set(), Seat::in_memory(Memory::of(2 * count)));
        let tokens: Vec<_> = (0..count).map(|number| stage.token(number)).collect();
        for token in &tokens {
            stage.warm(&seat, token);
        }
        Self { stage, seat, tokens }
    }

    fn recall(&self, token: &str) {
        let token = InboundToken::new(black_box(token).to_owned());
        let recall = self.seat.recall(token, &self.stage.server, &Possession::default(), NOW);
        assert!(matches!(black_box(recall), Recall::Admit(..)));
    }
}

/// One issuer with one key, and two servers.
struct Stage {
    server: Server,
    keys: Arc<Keys>,
    edition: Edition,
    signer: SigningKey,
    random: SystemRandom,
}

impl Stage {
    #[expect(clippy::disallowed_methods, reason = "signatures need a source of randomness")]
    fn set() -> Self {
        let random = SystemRandom::new();
        let document = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
        let signer = SigningKey::from_pkcs8(Algorithm::EdDsa, document.as_ref()).unwrap();
        let issuer = Issuer::parse(ISSUER).unwrap();
        let keys = Keys::new(Fetch::new(Reach::public()).unwrap(), Arc::new(SystemClock), []);
        let set = json!({ "keys": [signer.public_jwk()] }).to_string();
        keys.hold(&issuer, KeySet::parse(set.as_bytes()).unwrap());
        let edition = keys.edition(&issuer).unwrap();
        Self { server: server(issuer), keys, edition, signer, random }
    }

    fn token(&self, number: usize) -> String {
        let claims = json!({
            "iss": ISSUER, "sub": format!("f:8d6a1f0c:alice-{number}"), "aud": "https://mcp.example.com/notes/mcp",
            "exp": NOW.seconds() + 300, "iat": NOW.seconds() - 10, "jti": format!("5d0c3a6e-6f1b-4c0d-{number:016}"),
            "client_id": "https://client.example/metadata.json", "scope": "notes:read notes:write",
        });
        self.signer.sign("at+jwt", claims.as_object().unwrap(), &self.random).unwrap().to_string()
    }

    fn warm(&self, seat: &Seat, token: &str) {
        let inbound = InboundToken::new(token.to_owned());
        match inbound.judge(&self.server, &self.keys.ring(), &Possession::default(), NOW) {
            Verdict::Admit(verified, _) => seat.remember(&Arc::from(verified), Some(self.edition.clone())),
            _ => unreachable!("it is a good token"),
        }
    }
}

fn server(url: Issuer) -> Server {
    let spec = |name: &str| ServerSpec {
        name: name.into(),
        resource: ResourceUri::parse(&format!("https://mcp.example.com/{name}/mcp")).unwrap(),
        aliases: vec![],
        issuers: vec![0],
        tier: "default".into(),
        mode: Mode::Strict,
    };
    let issuer = IssuerSpec { url, rules: IssuerRules::default(), audiences: vec![], across_tiers: vec![] };
    Fleet::prove(vec![spec("notes"), spec("files")], vec![issuer]).unwrap().server("notes").unwrap()
}

/// Fills a memory for a million with more than that.
fn million() {
    let (stage, memory) = (Stage::set(), Memory::of(MILLION));
    let (seat, before) = (Seat::in_memory(Arc::clone(&memory)), resident());
    let all = MILLION + MILLION / 10;
    println!("| tokens judged | remembered | accounted, MiB | resident, MiB | bound, MiB |");
    println!("| --: | --: | --: | --: | --: |");
    for number in 1..=all {
        stage.warm(&seat, &stage.token(number));
        if matches!(number, 1000 | 10_000 | 100_000 | 500_000 | MILLION) || number == all {
            let (tokens, accounted) = (memory.tokens(), memory.bytes() >> 20);
            let (taken, bound) = (resident().saturating_sub(before), (MILLION * Memory::SHARE) >> 20);
            println!("| {number} | {tokens} | {accounted} | {taken} | {bound} |");
        }
    }
}

/// What the process has in memory, in MiB, where the system says it.
fn resident() -> u64 {
    let said = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = said.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok());
    kib.unwrap_or(0) / 1024
}
