//! What does a verdict cost beside the signature check that nobody can do without?
//!
//! `judge` and the bare `aws-lc-rs` check run in turns, nine rounds of each, on the same token and key; what counts
//! is the median of the nine ratios. `--repeat CASE N` runs one case N times and prints nothing, for callgrind.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark that cannot start has nothing to measure"
)]

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{KeyPair as RsaKeyPair, KeySize},
    signature::{self, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, ParsedPublicKey},
};
use serde_json::json;
use warded_core::{
    Fleet, InboundToken, Issuer, IssuerRules, IssuerSpec, Keyring, Mode, Possession, ResourceUri, Server,
    ServerSpec, UnixTime, Verdict,
    jose::{Algorithm, KeySet, SigningKey},
};

const ROUNDS: usize = 9;
const ROUND: Duration = Duration::from_millis(200);
const NOW: UnixTime = UnixTime::from_seconds(1_800_000_000);
const ISSUER: &str = "https://login.example.com/realms/corp";

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--repeat", case, count] => repeat(case, count.parse().unwrap()),
        _ => compare(),
    }
}

fn compare() {
    println!(
        "| algorithm | token bytes | signature alone, µs | judge, µs | ratio, median of {ROUNDS} | least to most | allocations | bytes allocated |"
    );
    println!("| --- | --: | --: | --: | --: | --- | --: | --: |");
    for case in cases() {
        let mut samples = Vec::new();
        for _ in 0..ROUNDS {
            let bare = time(|| case.check_signature());
            let whole = time(|| case.judge());
            samples.push((whole / bare, bare, whole));
        }
        samples.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (ratio, bare, whole) = samples[ROUNDS / 2];
        let allocated = allocation_counter::measure(|| case.judge());
        println!(
            "| {} | {} | {bare:.2} | {whole:.2} | {ratio:.3} | {:.3} to {:.3} | {} | {} |",
            case.algorithm,
            case.token.len(),
            samples[0].0,
            samples[ROUNDS - 1].0,
            allocated.count_total,
            allocated.bytes_total,
        );
    }
}

/// Microseconds a call, over one round.
#[expect(clippy::disallowed_methods, reason = "measuring time is what a benchmark is for")]
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
fn time(mut call: impl FnMut()) -> f64 {
    let start = Instant::now();
    let mut calls = 0_u64;
    while start.elapsed() < ROUND {
        for _ in 0..16 {
            call();
        }
        calls += 16;
    }
    start.elapsed().as_secs_f64() * 1e6 / calls as f64
}

fn repeat(name: &str, count: u32) {
    let (kind, algorithm) = name.split_once(':').unwrap();
    let case = cases().into_iter().find(|case| case.algorithm.name() == algorithm).unwrap();
    for _ in 0..count {
        if kind == "judge" {
            case.judge();
        } else {
            case.check_signature();
        }
    }
}

struct Case {
    algorithm: Algorithm,
    token: String,
    key: ParsedPublicKey,
    signature: Vec<u8>,
    server: Server,
    keys: Keyring,
}

impl Case {
    /// The floor: a key that is parsed, a signature that is decoded, nothing else.
    fn check_signature(&self) {
        let signed = self.token.rsplit_once('.').unwrap().0;
        self.key.verify_sig(black_box(signed.as_bytes()), black_box(&self.signature)).unwrap();
    }

    fn judge(&self) {
        let token = InboundToken::new(black_box(self.token.clone()));
        let verdict = token.judge(&self.server, &self.keys, &Possession::default(), NOW);
        assert!(matches!(black_box(verdict), Verdict::Admit(..)));
    }
}

#[expect(clippy::disallowed_methods, reason = "the keys of a benchmark are made for it")]
fn cases() -> Vec<Case> {
    let random = SystemRandom::new();
    let ed25519 = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
    let p256 = EcdsaKeyPair::generate_pkcs8(&signature::ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    let rsa = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let rsa_document =
        aws_lc_rs::encoding::AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&rsa).unwrap();
    let ed25519_public = Ed25519KeyPair::from_pkcs8(ed25519.as_ref()).unwrap();
    let p256_public =
        EcdsaKeyPair::from_pkcs8(&signature::ECDSA_P256_SHA256_FIXED_SIGNING, p256.as_ref()).unwrap();
    let parsed = |algorithm, key: &[u8]| ParsedPublicKey::new(algorithm, key).unwrap();
    vec![
        case(
            Algorithm::EdDsa,
            ed25519.as_ref(),
            parsed(&signature::ED25519, ed25519_public.public_key().as_ref()),
        ),
        case(
            Algorithm::Es256,
            p256.as_ref(),
            parsed(&signature::ECDSA_P256_SHA256_FIXED, p256_public.public_key().as_ref()),
        ),
        case(
            Algorithm::Rs256,
            rsa_document.as_ref(),
            parsed(&signature::RSA_PKCS1_2048_8192_SHA256, rsa.public_key().as_ref()),
        ),
    ]
}

#[expect(clippy::disallowed_methods, reason = "the keys of a benchmark are made for it")]
fn case(algorithm: Algorithm, document: &[u8], key: ParsedPublicKey) -> Case {
    let signer = SigningKey::from_pkcs8(algorithm, document).unwrap();
    let claims = json!({
        "iss": ISSUER, "sub": "f:8d6a1f0c:alice", "aud": "https://mcp.example.com/notes/mcp",
        "exp": NOW.seconds() + 300, "iat": NOW.seconds() - 10, "jti": "5d0c3a6e-6f1b-4c0d-9c3e-0d4f6a7b8c9d",
        "client_id": "https://client.example/metadata.json", "scope": "notes:read notes:write",
    });
    let token = signer.sign("at+jwt", claims.as_object().unwrap(), &SystemRandom::new()).unwrap().to_string();
    let signature = token.rsplit_once('.').unwrap().1;
    let signature =
        base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, signature).unwrap();
    let set = json!({ "keys": [signer.public_jwk()] }).to_string();
    let mut keys = Keyring::default();
    let issuer = Issuer::parse(ISSUER).unwrap();
    keys.hold(&issuer, KeySet::parse(set.as_bytes()).unwrap());
    Case { algorithm, token, key, signature, server: server(issuer), keys }
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
