//! One issuer, two servers, and the published test keys: where tokens are tried.

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::KeyPair as RsaKeyPair,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RSA_PKCS1_SHA256},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use warded_core::{
    Fleet, InboundToken, Issuer, IssuerRules, IssuerSpec, Keyring, Mode, Possession, ResourceUri, Server,
    ServerSpec, UnixTime, Verdict, VerifiedToken,
    jose::{Algorithm, KeySet},
};

pub(crate) const ISSUER: &str = "https://issuer.example";
pub(crate) const HERE: &str = "https://notes.example.com/mcp";
pub(crate) const NEIGHBOUR: &str = "https://files.example.com/mcp";

pub(crate) fn server(algorithms: &[Algorithm]) -> Server {
    let server = |name: &str, url| ServerSpec {
        name: name.into(),
        resource: ResourceUri::parse(url).unwrap(),
        aliases: vec![],
        issuers: vec![0],
        tier: "default".into(),
        mode: Mode::Strict,
    };
    let mut rules = IssuerRules::default();
    rules.algorithms = algorithms.to_vec();
    let issuer =
        IssuerSpec { url: Issuer::parse(ISSUER).unwrap(), rules, audiences: vec![], across_tiers: vec![] };
    let servers = vec![server("notes", HERE), server("files", NEIGHBOUR)];
    let fleet = Fleet::prove(servers, vec![issuer]).unwrap();
    fleet.server("notes").unwrap()
}

pub(crate) fn keyring(jwks: &Value) -> Keyring {
    let mut keyring = Keyring::default();
    keyring.hold(&Issuer::parse(ISSUER).unwrap(), KeySet::parse(jwks.to_string().as_bytes()).unwrap());
    keyring
}

/// The admitted token, or the code of what stands against it.
pub(crate) fn judge(
    token: &str,
    server: &Server,
    keys: &Keyring,
    now: i64,
) -> Result<Box<VerifiedToken>, &'static str> {
    let now = UnixTime::from_seconds(now);
    match InboundToken::new(token.into()).judge(server, keys, &Possession::default(), now) {
        Verdict::Admit(token, _) => Ok(token),
        Verdict::Refuse(refusal) => Err(refusal.code()),
        Verdict::Unable(fault) => Err(fault.entry().code),
    }
}

/// Claims that open the server for five minutes.
pub(crate) fn claims(now: i64) -> Map<String, Value> {
    object(json!({
        "iss": ISSUER, "sub": "alice", "aud": HERE, "exp": now + 300, "iat": now - 10,
        "jti": "jti-1", "client_id": "app", "scope": "notes:read",
    }))
}

pub(crate) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        other => panic!("{other} is not an object"),
    }
}

pub(crate) fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn unb64(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

/// The key pair `ed`, `ec` or `rsa` of the `issuer` or the `attacker`.
fn stored(owner: &str, name: &str) -> Map<String, Value> {
    let keys: Value = serde_json::from_str(include_str!("../vectors/keys.json")).unwrap();
    object(keys[owner][name].clone())
}

pub(crate) fn pkcs8(owner: &str, name: &str) -> Vec<u8> {
    unb64(stored(owner, name)["pkcs8"].as_str().unwrap())
}

/// The public half, without a name or a purpose.
pub(crate) fn public(owner: &str, name: &str) -> Map<String, Value> {
    const PUBLIC: [&str; 6] = ["kty", "crv", "x", "y", "n", "e"];
    stored(owner, name).into_iter().filter(|(member, _)| PUBLIC.contains(&member.as_str())).collect()
}

pub(crate) fn random() -> SystemRandom {
    #[expect(clippy::disallowed_methods, reason = "signing asks for it; the keys are fixed")]
    SystemRandom::new()
}

/// Signs whatever it is given; the product's own key would write a good header of its own.
pub(crate) enum Signer {
    Ed(Ed25519KeyPair),
    Ec(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

impl Signer {
    pub(crate) fn of(owner: &str, name: &str) -> Self {
        let der = pkcs8(owner, name);
        match name {
            "ed" => Self::Ed(Ed25519KeyPair::from_pkcs8(&der).unwrap()),
            "ec" => Self::Ec(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der).unwrap()),
            "rsa" => Self::Rsa(RsaKeyPair::from_pkcs8(&der).unwrap()),
            other => panic!("no key named {other}"),
        }
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Ed(pair) => pair.sign(message).as_ref().to_vec(),
            Self::Ec(pair) => pair.sign(&random(), message).unwrap().as_ref().to_vec(),
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random(), message, &mut signature).unwrap();
                signature
            }
        }
    }
}
