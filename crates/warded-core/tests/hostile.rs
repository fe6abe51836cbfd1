//! Malformed and hostile tokens, each refused for its own reason; `vectors/hostile.py` makes them.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;
use warded_core::{
    Entry, Fleet, InboundToken, Issuer, IssuerRules, IssuerSpec, Keyring, Mode, Possession, ResourceUri,
    Server, ServerSpec, UnixTime, Verdict,
    jose::{Algorithm, KeySet},
};

#[derive(Deserialize)]
struct Vectors {
    now: i64,
    config: Config,
    jwks: Value,
    shared: Vec<String>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Config {
    issuer: String,
    resource: String,
    neighbours: Vec<String>,
    leeway: u32,
    max_lifetime: u32,
    max_token_bytes: usize,
    max_depth: usize,
    typ: String,
    algorithms: Vec<String>,
}

#[derive(Deserialize)]
struct Case {
    id: String,
    token: Packed,
    expect: String,
    why: String,
}

/// A token in full, or in pieces: text, the position of a text that many tokens share, or a text and how often it
/// is repeated.
#[derive(Deserialize)]
#[serde(untagged)]
enum Packed {
    Whole(String),
    Pieces(Vec<Piece>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Piece {
    Text(String),
    Shared(usize),
    Run(String, usize),
}

impl Vectors {
    fn read() -> Self {
        serde_json::from_str(include_str!("vectors/hostile.json")).unwrap()
    }

    fn token(&self, case: &Case) -> String {
        match &case.token {
            Packed::Whole(text) => text.clone(),
            Packed::Pieces(pieces) => pieces
                .iter()
                .map(|piece| match piece {
                    Piece::Text(text) => text.clone(),
                    Piece::Shared(at) => self.shared[*at].clone(),
                    Piece::Run(text, times) => text.repeat(*times),
                })
                .collect(),
        }
    }

    /// The server and the keys that the vectors assume.
    fn stage(&self) -> (Server, Keyring) {
        assert_eq!(self.config.max_token_bytes, warded_core::jose::MAX_TOKEN_BYTES);
        assert_eq!(self.config.max_depth, warded_core::MAX_DEPTH);
        assert_eq!(self.config.typ, warded_core::TokenTypes::ACCESS_TOKEN);
        let mut rules = IssuerRules::default();
        rules.leeway = self.config.leeway;
        rules.max_lifetime = self.config.max_lifetime;
        rules.algorithms =
            self.config.algorithms.iter().map(|name| Algorithm::named(name).unwrap()).collect();
        let issuer = Issuer::parse(&self.config.issuer).unwrap();
        let here = std::iter::once(&self.config.resource);
        let servers = here
            .chain(&self.config.neighbours)
            .enumerate()
            .map(|(at, url)| ServerSpec {
                name: format!("server-{at}").into(),
                resource: ResourceUri::parse(url).unwrap(),
                aliases: vec![],
                issuers: vec![0],
                tier: "default".into(),
                mode: Mode::Strict,
            })
            .collect();
        let spec = IssuerSpec { url: issuer.clone(), rules, audiences: vec![], across_tiers: vec![] };
        let fleet = Fleet::prove(servers, vec![spec]).unwrap();
        let mut keyring = Keyring::default();
        let keys = KeySet::parse(self.jwks.to_string().as_bytes()).unwrap();
        assert!(keys.skipped().is_empty(), "{:?}", keys.skipped());
        keyring.hold(&issuer, keys);
        (fleet.server("server-0").unwrap(), keyring)
    }
}

#[test]
fn every_hostile_token_is_refused_for_its_own_reason_and_every_good_one_is_admitted() {
    let vectors = Vectors::read();
    let (server, keys) = vectors.stage();
    let now = UnixTime::from_seconds(vectors.now);
    let mut wrong = Vec::new();
    for case in &vectors.cases {
        let token = InboundToken::new(vectors.token(case));
        let found = match token.judge(&server, &keys, &Possession::default(), now) {
            Verdict::Admit(token, _) => {
                assert_eq!(token.resource(), server.resource(), "{}", case.id);
                assert!(token.waived().is_empty(), "{}", case.id);
                "admit"
            }
            Verdict::Refuse(refusal) => refusal.code(),
            Verdict::Unable(fault) => fault.entry().code,
        };
        if found != case.expect {
            wrong.push(format!("{}: {found} instead of {}: {}", case.id, case.expect, case.why));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), vectors.cases.len(), wrong.join("\n"));
}

#[test]
fn every_reason_that_a_token_alone_can_give_has_its_cases() {
    /// What no token alone can cause.
    const NEEDS_MORE: [(&str, &str); 3] = [
        ("not-access-token", "asked only where an issuer's types are relaxed"),
        ("sender-mismatch", "needs a caller who proves another key"),
        ("scope-missing", "needs a call"),
    ];
    let vectors = Vectors::read();
    let mut reasons: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut ids = BTreeSet::new();
    for case in &vectors.cases {
        assert!(ids.insert(&case.id), "{} stands twice", case.id);
        reasons.entry(&case.expect).or_default().insert(&case.why);
    }
    let controls = reasons.remove("admit").unwrap_or_default();
    assert!(controls.len() >= 20, "{} controls", controls.len());
    for entry in Entry::OF_TOKENS {
        let needs_more = NEEDS_MORE.iter().any(|(code, _)| *code == entry.code);
        assert_eq!(reasons.contains_key(entry.code), !needs_more, "{}", entry.code);
    }
    for code in reasons.keys() {
        assert!(Entry::find(code).is_some(), "{code} is no refusal");
    }
    let distinct: usize = reasons.values().map(BTreeSet::len).sum();
    assert!(distinct >= 60, "only {distinct} reasons");
}
