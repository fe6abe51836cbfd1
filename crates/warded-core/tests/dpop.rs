//! Proofs of possession, from outside: every algorithm, what makes two proofs one, and what a change makes of one.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::{collections::BTreeSet, sync::LazyLock};

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    rsa::{KeyPair as RsaKeyPair, KeySize},
    signature::{
        self, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
        EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _, RsaEncoding,
    },
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use proptest::{prelude::*, sample::Index};
use serde_json::{Map, Value, json};
use warded_core::{
    Entry, InboundToken, Refusal, ResourceUri, UnixTime,
    dpop::{Expected, MAX_PROOF_BYTES, Nonces, Proof, ProofFlaw, Proved},
    jose::{Key, KeyFlaw},
};

const HERE: &str = "https://mcp.example.com/notes/mcp";
const NOW: i64 = 1_800_000_000;
const TOKEN: &str = "header.claims.signature";

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[expect(clippy::disallowed_methods, reason = "nothing here depends on what is drawn")]
fn random() -> SystemRandom {
    SystemRandom::new()
}

/// A key with one algorithm, and what signs with it.
struct Holder {
    algorithm: &'static str,
    jwk: Value,
    sign: Sign,
}

type Sign = Box<dyn Fn(&[u8]) -> Vec<u8> + Send + Sync>;

impl Holder {
    fn ed25519() -> Self {
        let document = Ed25519KeyPair::generate_pkcs8(&random()).unwrap();
        let pair = Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap();
        let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": encode(pair.public_key()) });
        Self { algorithm: "EdDSA", jwk, sign: Box::new(move |text| pair.sign(text).as_ref().to_vec()) }
    }

    fn ec(algorithm: &'static str, curve: &str, how: &'static EcdsaSigningAlgorithm) -> Self {
        let document = EcdsaKeyPair::generate_pkcs8(how, &random()).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(how, document.as_ref()).unwrap();
        let (x, y) = pair.public_key().as_ref()[1..].split_at(pair.public_key().as_ref().len() / 2);
        let jwk = json!({ "kty": "EC", "crv": curve, "x": encode(x), "y": encode(y) });
        let sign = move |text: &[u8]| pair.sign(&random(), text).unwrap().as_ref().to_vec();
        Self { algorithm, jwk, sign: Box::new(sign) }
    }

    fn rsa(algorithm: &'static str, size: KeySize, how: &'static dyn RsaEncoding) -> Self {
        let pair = RsaKeyPair::generate(size).unwrap();
        let public = pair.public_key();
        let n = encode(public.modulus().big_endian_without_leading_zero());
        let e = encode(public.exponent().big_endian_without_leading_zero());
        let sign = move |text: &[u8]| {
            let mut signature = vec![0; pair.public_modulus_len()];
            pair.sign(how, &random(), text, &mut signature).unwrap();
            signature
        };
        Self { algorithm, jwk: json!({ "kty": "RSA", "n": n, "e": e }), sign: Box::new(sign) }
    }

    fn header(&self) -> Value {
        json!({ "typ": "dpop+jwt", "alg": self.algorithm, "jwk": self.jwk })
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let signed = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
        let signature = encode((self.sign)(signed.as_bytes()));
        format!("{signed}.{signature}")
    }

    fn proof(&self) -> String {
        self.sign(&self.header(), &claims())
    }
}

fn claims() -> Value {
    let ath = encode(digest(&SHA256, TOKEN.as_bytes()));
    json!({ "jti": "e1j3V_bKic8-LAEB", "htm": "POST", "htu": HERE, "iat": NOW, "ath": ath })
}

fn checked_at(proof: &str, url: &str, token: &str, nonces: Option<&Nonces>) -> Result<Proved, ProofFlaw> {
    let expected = Expected {
        method: "POST",
        url: &ResourceUri::parse(url).unwrap(),
        token: Some(&InboundToken::new(token.to_owned())),
        nonces,
        now: UnixTime::from_seconds(NOW),
    };
    Proof::parse(proof)?.check(&expected)
}

fn checked(proof: &str) -> Result<Proved, ProofFlaw> {
    checked_at(proof, HERE, TOKEN, None)
}

#[test]
fn where_a_token_is_asked_for_none_comes_along() {
    let holder = Holder::ed25519();
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove("ath");
    let bare = holder.sign(&holder.header(), &claims);
    assert_eq!(checked(&bare).unwrap_err(), ProofFlaw::Token, "beside a token it has to be that token's");
    let url = ResourceUri::parse(HERE).unwrap();
    let now = UnixTime::from_seconds(NOW);
    let expected = Expected { method: "POST", url: &url, token: None, nonces: None, now };
    let proved = Proof::parse(&bare).unwrap().check(&expected).unwrap();
    assert_eq!(proved.key(), checked(&holder.proof()).unwrap().key());
}

#[test]
fn every_algorithm_proves_its_own_key_and_no_other() {
    let holders = [
        Holder::ed25519(),
        Holder::ec("ES256", "P-256", &ECDSA_P256_SHA256_FIXED_SIGNING),
        Holder::ec("ES384", "P-384", &ECDSA_P384_SHA384_FIXED_SIGNING),
        Holder::rsa("RS256", KeySize::Rsa2048, &signature::RSA_PKCS1_SHA256),
        Holder::rsa("PS512", KeySize::Rsa3072, &signature::RSA_PSS_SHA512),
    ];
    for holder in &holders {
        let proved = checked(&holder.proof()).unwrap();
        let key = Key::parse(holder.jwk.to_string().as_bytes()).unwrap();
        assert_eq!(proved.key(), key.thumbprint(), "{}", holder.algorithm);
        for other in &holders {
            let mut header = holder.header();
            if other.algorithm != holder.algorithm {
                header["jwk"] = other.jwk.clone();
                assert!(checked(&holder.sign(&header, &claims())).is_err(), "{}", holder.algorithm);
                header["alg"] = other.algorithm.into();
                let flaw = checked(&holder.sign(&header, &claims())).unwrap_err();
                assert_eq!(flaw, ProofFlaw::Signature, "{} as {}", holder.algorithm, other.algorithm);
            }
        }
    }
}

#[test]
fn the_largest_key_fits_and_what_is_larger_is_not_read() {
    // 4096 bits, which nobody need know the factors of.
    let of = |bytes: usize, e: &str| Holder {
        algorithm: "RS256",
        jwk: json!({ "kty": "RSA", "n": encode(vec![0xff; bytes]), "e": e }),
        sign: Box::new(move |_| vec![1; bytes]),
    };
    let proof = of(512, "AQAB").proof();
    for dear in [of(514, "AQAB"), of(1024, "AQAB"), of(256, "_____w"), of(256, "AQE")] {
        let flaw = ProofFlaw::Key { flaw: Some(KeyFlaw::RsaSize) };
        assert_eq!(checked(&dear.proof()).unwrap_err(), flaw, "strangers have us work");
    }
    assert!(proof.len() < MAX_PROOF_BYTES * 2 / 3, "{}", proof.len());
    assert_eq!(checked(&proof).unwrap_err(), ProofFlaw::Signature, "read to its end");
    assert_eq!(checked(&"x".repeat(MAX_PROOF_BYTES)).unwrap_err(), ProofFlaw::Malformed);
    assert_eq!(checked(&"x".repeat(MAX_PROOF_BYTES + 1)).unwrap_err(), ProofFlaw::TooLarge);
}

#[test]
fn a_shared_secret_signs_nothing_whatever_it_is_called() {
    let public = Holder::rsa("RS256", KeySize::Rsa2048, &signature::RSA_PKCS1_SHA256);
    let n = public.jwk["n"].as_str().unwrap().to_owned();
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, n.as_bytes());
    let sign = move |text: &[u8]| aws_lc_rs::hmac::sign(&key, text).as_ref().to_vec();
    let forger = Holder { algorithm: "HS256", jwk: public.jwk.clone(), sign: Box::new(sign) };
    assert_eq!(checked(&forger.proof()).unwrap_err(), ProofFlaw::Algorithm);
    let claimed = Holder { algorithm: "RS256", ..forger };
    assert_eq!(checked(&claimed.proof()).unwrap_err(), ProofFlaw::Signature);
}

#[test]
fn one_proof_has_one_mark_at_identifiers_that_differ_in_the_query() {
    let holder = Holder::ed25519();
    let with = |htu: &str| {
        let mut claims = claims();
        claims["htu"] = htu.into();
        holder.sign(&holder.header(), &claims)
    };
    let mark = |proof: &str, here: &str| *checked_at(proof, here, TOKEN, None).unwrap().mark();
    let proof = with(HERE);
    assert_eq!(mark(&proof, HERE), mark(&proof, &format!("{HERE}?tenant=1")));
    let root = with("https://a.example");
    assert_eq!(mark(&root, "https://a.example"), mark(&root, "https://a.example/?tenant=1"));
}

#[test]
fn two_proofs_are_one_where_key_url_and_jti_are() {
    let (ada, bob) = (Holder::ed25519(), Holder::ed25519());
    let with = |holder: &Holder, claim: &str, value: Value| {
        let mut claims = claims();
        claims[claim] = value;
        holder.sign(&holder.header(), &claims)
    };
    let mark = |proof: &str| *checked(proof).unwrap().mark();
    let first = mark(&ada.proof());
    assert_eq!(mark(&with(&ada, "iat", json!(NOW - 9))), first);
    assert_eq!(mark(&with(&ada, "x", json!(1))), first);
    assert_eq!(mark(&with(&ada, "htu", json!("HTTPS://mcp.example.com:443/notes/mcp?x"))), first);
    let alias = "https://mcp.example.com/files/mcp";
    assert_eq!(alias.len(), HERE.len(), "its length must not be what tells it apart");
    let others = [
        mark(&bob.proof()),
        mark(&with(&ada, "jti", json!("e1j3V_bKic8-LAEBx"))),
        mark(&with(&ada, "jti", json!("1j3V_bKic8-LAEB"))),
        *checked_at(&with(&ada, "htu", json!(alias)), alias, TOKEN, None).unwrap().mark(),
    ];
    let distinct: BTreeSet<_> = others.iter().chain([&first]).collect();
    assert_eq!(distinct.len(), 5);
}

#[test]
fn a_mark_outlives_its_proof() {
    let holder = Holder::ed25519();
    for iat in [NOW - 300, NOW, NOW + 60] {
        let mut claims = claims();
        claims["iat"] = json!(iat);
        let proof = holder.sign(&holder.header(), &claims);
        let until = checked(&proof).unwrap().until().seconds();
        // The last second in which any node, its clock behind by as much as clocks may be, would accept it.
        assert!(until >= iat + i64::from(Proof::WINDOW) + 60, "{iat}");
        assert!(until <= NOW + 60 + i64::from(Proof::WINDOW) + 60, "and it ends");
    }
}

#[test]
fn what_is_said_of_a_proof_says_nothing_of_its_secrets() {
    let holder = Holder::ed25519();
    let mut header = holder.header();
    header["jwk"]["d"] = encode(b"MARKMARKMARKMARKMARKMARKMARKMARK").into();
    let flaw = checked(&holder.sign(&header, &claims())).unwrap_err();
    assert_eq!(flaw, ProofFlaw::KeyPrivate);
    let mut claims = claims();
    claims["htu"] = "https://evil.example/?access_token=MARK".into();
    let url = checked(&holder.sign(&holder.header(), &claims)).unwrap_err();
    let proof = holder.proof();
    for text in [
        format!("{flaw} {flaw:?} {url} {url:?}"),
        format!("{:?} {:?}", Proof::parse(&proof).unwrap(), checked(&proof).unwrap()),
    ] {
        assert!(!text.contains("MARK") && !text.contains(TOKEN), "{text}");
        assert!(proof.split('.').all(|part| !text.contains(part)), "{text}");
    }
    let refusal = Refusal::Proof(url.clone());
    assert_eq!((refusal.to_string(), refusal.code()), (url.to_string(), "proof-url"));
    assert_eq!(Entry::find("proof-url"), Some(refusal.entry()));
}

#[test]
fn a_broken_key_says_what_is_broken() {
    let holder = Holder::ed25519();
    for (member, value, flaw) in [
        ("kty", json!("oct"), ProofFlaw::KeyPrivate),
        ("k", json!("x"), ProofFlaw::KeyPrivate),
        ("kty", json!("LMS"), ProofFlaw::Key { flaw: Some(KeyFlaw::Unsupported) }),
        ("crv", json!("X25519"), ProofFlaw::Key { flaw: Some(KeyFlaw::Unsupported) }),
        ("x", json!("AA"), ProofFlaw::Key { flaw: Some(KeyFlaw::Invalid) }),
        ("x", json!(7), ProofFlaw::Key { flaw: Some(KeyFlaw::Member("x")) }),
        ("key_ops", json!(["sign"]), ProofFlaw::Key { flaw: Some(KeyFlaw::OtherUse) }),
    ] {
        let mut header = holder.header();
        header["jwk"][member] = value;
        assert_eq!(checked(&holder.sign(&header, &claims())).unwrap_err(), flaw, "{member}");
    }
}

/// Holders whose proofs are changed: signatures of each kind.
static HOLDERS: LazyLock<Vec<(String, Value, Value)>> = LazyLock::new(|| {
    let holders = [Holder::ed25519(), Holder::ec("ES256", "P-256", &ECDSA_P256_SHA256_FIXED_SIGNING)];
    holders.iter().map(|holder| (holder.proof(), holder.header(), claims())).collect()
});

/// Every member of an object but those that nobody reads.
fn members(object: &Value) -> Vec<String> {
    object.as_object().map(Map::keys).into_iter().flatten().cloned().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// RFC 9449 §4.3: whoever changes one character of a good proof has none.
    #[test]
    fn a_proof_with_one_character_changed_is_refused(
        which in any::<Index>(), at in any::<Index>(), put in "[!-~]", how in 0..3_u8,
    ) {
        let (proof, ..) = which.get(&HOLDERS);
        let at = at.index(proof.len());
        let mut changed = proof.clone();
        match how {
            0 => changed.replace_range(at..=at, &put),
            1 => changed.insert_str(at, &put),
            _ => { changed.remove(at); }
        }
        prop_assume!(changed != *proof);
        prop_assert!(checked(proof).is_ok());
        prop_assert!(checked(&changed).is_err(), "{changed}");
    }

    /// The same beneath the encoding, where a change would have to be signed again: a member left out, or given
    /// another value, under the old signature.
    #[test]
    fn a_proof_with_one_member_changed_under_its_signature_is_refused(
        which in any::<Index>(), member in any::<Index>(), put in "[a-z]{0,3}",
    ) {
        let (proof, header, claims) = which.get(&HOLDERS);
        let signature = proof.rsplit('.').next().unwrap();
        let all: Vec<_> = members(header).into_iter().chain(members(claims)).collect();
        let member = member.get(&all);
        let (mut header, mut claims) = (header.clone(), claims.clone());
        for object in [&mut header, &mut claims] {
            let object = object.as_object_mut().unwrap();
            if object.contains_key(member) {
                object.remove(member);
                if !put.is_empty() {
                    object.insert(member.clone(), put.as_str().into());
                }
            }
        }
        let changed = format!("{}.{}.{signature}", encode(header.to_string()), encode(claims.to_string()));
        prop_assert!(checked(&changed).is_err(), "{header} {claims}");
    }

    /// A holder who signs whatever it likes proves nothing by it but for the request that it names.
    #[test]
    fn a_proof_is_for_one_method_url_token_and_time(
        method in "(POST|GET|DELETE|post|POS|POSTT)",
        url in "https://(mcp|files|MCP)\\.example\\.com(:443|:444)?/(notes|files|Notes)/mcp(\\?a=b|/)?",
        iat in prop_oneof![NOW - 400..NOW + 100, any::<i64>()],
        token in "(header\\.claims\\.signature|header\\.claims\\.other|)",
    ) {
        static HOLDER: LazyLock<Holder> = LazyLock::new(Holder::ed25519);
        let ath = encode(digest(&SHA256, token.as_bytes()));
        let claims = json!({ "jti": "j", "htm": method, "htu": url, "iat": iat, "ath": ath });
        let is_here = matches!(
            url.to_ascii_lowercase().replace(":443", "").replace("?a=b", "").as_str(),
            "https://mcp.example.com/notes/mcp"
        ) && !url.contains("Notes");
        let is_good = method == "POST"
            && is_here
            && (NOW - 300..=NOW + 60).contains(&iat)
            && token == TOKEN;
        let verdict = checked(&HOLDER.sign(&HOLDER.header(), &claims));
        prop_assert_eq!(verdict.is_ok(), is_good, "{}: {:?}", claims, verdict);
    }

    /// Nothing that is sent as a proof makes anybody panic.
    #[test]
    fn any_text_is_read(text in ".{0,400}", header in ".{0,80}", claims in ".{0,80}") {
        prop_assert!(checked(&text).is_err());
        let parts = format!("{}.{}.AAAA", encode(header), encode(claims));
        prop_assert!(checked(&parts).is_err());
    }
}
