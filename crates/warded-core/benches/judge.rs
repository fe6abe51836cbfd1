//! What does a verdict cost beside the signature check that nobody can do without?
//!
//! `judge` and the bare `aws-lc-rs` check run in turns on the same token and key.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark that cannot start has nothing to measure"
)]

use std::{hint::black_box, rc::Rc};

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::KeyPair as RsaKeyPair,
    signature::{self, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, ParsedPublicKey},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;
use warded_core::{
    Fleet, InboundToken, Issuer, IssuerRules, IssuerSpec, Keyring, Mode, Possession, ResourceUri, Server,
    ServerSpec, UnixTime, Verdict,
    jose::{Algorithm, KeySet, SigningKey},
};

mod rounds;

use rounds::{Pair, Title};

const NOW: UnixTime = UnixTime::from_seconds(1_800_000_000);
const ISSUER: &str = "https://login.example.com/realms/corp";

fn main() {
    let title = Title { case: "algorithm", bare: "signature alone", whole: "judge" };
    rounds::run(&title, ALGORITHMS.map(pair).into());
}

fn pair(algorithm: Algorithm) -> Pair {
    let case = Rc::new(case(algorithm));
    let bare = Rc::clone(&case);
    Pair {
        name: algorithm.to_string(),
        bytes: case.token.len(),
        bare: Box::new(move || bare.check_signature()),
        whole: Box::new(move || case.judge()),
    }
}

struct Case {
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

const ALGORITHMS: [Algorithm; 3] = [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Rs256];

/// The test keys that the hostile tokens are signed with, too: always the same, so that instructions can be compared.
fn document(name: &str) -> Vec<u8> {
    let keys: serde_json::Value = serde_json::from_str(include_str!("../tests/vectors/keys.json")).unwrap();
    URL_SAFE_NO_PAD.decode(keys["issuer"][name]["pkcs8"].as_str().unwrap()).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "signatures need a source of randomness")]
fn case(algorithm: Algorithm) -> Case {
    let (document, key) = match algorithm {
        Algorithm::EdDsa => {
            let document = document("ed");
            let pair = Ed25519KeyPair::from_pkcs8(&document).unwrap();
            (document, ParsedPublicKey::new(&signature::ED25519, pair.public_key()))
        }
        Algorithm::Es256 => {
            let document = document("ec");
            let pair =
                EcdsaKeyPair::from_pkcs8(&signature::ECDSA_P256_SHA256_FIXED_SIGNING, &document).unwrap();
            (document, ParsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, pair.public_key()))
        }
        _ => {
            let document = document("rsa");
            let pair = RsaKeyPair::from_pkcs8(&document).unwrap();
            (document, ParsedPublicKey::new(&signature::RSA_PKCS1_2048_8192_SHA256, pair.public_key()))
        }
    };
    let key = key.unwrap();
    let signer = SigningKey::from_pkcs8(algorithm, &document).unwrap();
    let claims = json!({
        "iss": ISSUER, "sub": "f:8d6a1f0c:alice", "aud": "https://mcp.example.com/notes/mcp",
        "exp": NOW.seconds() + 300, "iat": NOW.seconds() - 10, "jti": "5d0c3a6e-6f1b-4c0d-9c3e-0d4f6a7b8c9d",
        "client_id": "https://client.example/metadata.json", "scope": "notes:read notes:write",
    });
    let token = signer.sign("at+jwt", claims.as_object().unwrap(), &SystemRandom::new()).unwrap().to_string();
    let signature = token.rsplit_once('.').unwrap().1;
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let set = json!({ "keys": [signer.public_jwk()] }).to_string();
    let mut keys = Keyring::default();
    let issuer = Issuer::parse(ISSUER).unwrap();
    keys.hold(&issuer, KeySet::parse(set.as_bytes()).unwrap());
    Case { token, key, signature, server: server(issuer), keys }
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
