//! Which keys verify what: every rule about a key and a key set, seen from outside.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]
#![expect(clippy::panic, reason = "a test that cannot be set up fails")]

mod stage;

use std::collections::BTreeSet;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Map, Value, json};
use stage::{Signer, b64, claims, judge, keyring, object, pkcs8, public, random, server, unb64};
use warded_core::{
    InvalidJson,
    jose::{
        Algorithm, InvalidKeySet, Key, KeyFlaw, KeyRejected, KeySet, MAX_KEY_SET_BYTES, MAX_KEYS, SigningKey,
    },
};

const NOW: i64 = 1_800_000_000;
const RSA: [Algorithm; 6] = [
    Algorithm::Rs256,
    Algorithm::Rs384,
    Algorithm::Rs512,
    Algorithm::Ps256,
    Algorithm::Ps384,
    Algorithm::Ps512,
];

fn with(mut jwk: Map<String, Value>, changes: Value) -> Value {
    for (member, value) in object(changes) {
        jwk.insert(member, value);
    }
    Value::Object(jwk)
}

fn without(mut jwk: Map<String, Value>, member: &str) -> Value {
    jwk.remove(member).unwrap();
    Value::Object(jwk)
}

fn parse(jwk: &Value) -> Result<Key, KeyFlaw> {
    Key::parse(jwk.to_string().as_bytes())
}

fn algorithms(jwk: &Value) -> Result<Vec<Algorithm>, KeyFlaw> {
    parse(jwk).map(|key| key.algorithms().collect())
}

fn set(keys: &[Value]) -> KeySet {
    KeySet::parse(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
}

/// Any number of Ed25519 keys, the same in every run.
fn nth_ed(n: u8) -> (Signer, Map<String, Value>) {
    let pair = Ed25519KeyPair::from_seed_unchecked(&[n; 32]).unwrap();
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": b64(pair.public_key()) });
    (Signer::Ed(pair), object(jwk))
}

fn token(signer: &Signer, alg: &str, kid: Option<&str>) -> String {
    let mut header = object(json!({ "alg": alg, "typ": "at+jwt" }));
    if let Some(kid) = kid {
        header.insert("kid".into(), kid.into());
    }
    let message =
        format!("{}.{}", b64(Value::Object(header).to_string()), b64(Value::Object(claims(NOW)).to_string()));
    format!("{message}.{}", b64(signer.sign(message.as_bytes())))
}

/// What the server says of a token while its issuer publishes these keys.
fn verdict(token: &str, keys: &[Value]) -> Result<(), &'static str> {
    let keys = keyring(&json!({ "keys": keys }));
    judge(token, &server(Algorithm::ALL), &keys, NOW).map(|_| ())
}

#[test]
fn a_key_serves_the_algorithms_that_its_type_alg_use_and_key_ops_agree_on() {
    let (ed, ec, rsa) = (public("issuer", "ed"), public("issuer", "ec"), public("issuer", "rsa"));
    let p384 = public("attacker", "p384");
    for (jwk, changes, expected) in [
        (&ed, json!({}), &[Algorithm::EdDsa][..]),
        (&ed, json!({"alg": "EdDSA"}), &[Algorithm::EdDsa]),
        (&ed, json!({"alg": "Ed25519"}), &[Algorithm::EdDsa]),
        (&ec, json!({}), &[Algorithm::Es256]),
        (&ec, json!({"alg": "ES256"}), &[Algorithm::Es256]),
        (&p384, json!({}), &[Algorithm::Es384]),
        (&rsa, json!({}), &RSA),
        (&rsa, json!({"alg": "RS256"}), &[Algorithm::Rs256]),
        (&rsa, json!({"alg": "PS512"}), &[Algorithm::Ps512]),
        (&rsa, json!({"use": "sig"}), &RSA),
        (&rsa, json!({"key_ops": ["verify"]}), &RSA),
        (&rsa, json!({"key_ops": ["sign", "verify"], "use": "sig"}), &RSA),
        (&rsa, json!({"x5c": ["AAAA"], "x5t": 7, "ext": {"a": 1}}), &RSA),
    ] {
        let jwk = with(jwk.clone(), changes);
        assert_eq!(algorithms(&jwk).as_deref(), Ok(expected), "{jwk}");
    }
}

#[test]
fn a_key_whose_members_contradict_each_other_serves_for_nothing() {
    use KeyFlaw::{AlgorithmMismatch, Member, OtherUse, Private, Symmetric, Unsupported};

    let (ed, ec, rsa) = (public("issuer", "ed"), public("issuer", "ec"), public("issuer", "rsa"));
    for (jwk, changes, expected) in [
        (&ed, json!({"alg": "ES256"}), AlgorithmMismatch),
        (&ed, json!({"alg": "eddsa"}), AlgorithmMismatch),
        (&ec, json!({"alg": "ES384"}), AlgorithmMismatch),
        (&ec, json!({"alg": "RS256"}), AlgorithmMismatch),
        (&ec, json!({"alg": ""}), AlgorithmMismatch),
        (&rsa, json!({"alg": "HS256"}), AlgorithmMismatch),
        (&rsa, json!({"alg": "none"}), AlgorithmMismatch),
        (&rsa, json!({"alg": "RSA-OAEP"}), AlgorithmMismatch),
        (&rsa, json!({"alg": "RS1"}), AlgorithmMismatch),
        (&ed, json!({"use": "enc"}), OtherUse),
        (&ed, json!({"use": "SIG"}), OtherUse),
        (&ed, json!({"use": ""}), OtherUse),
        (&ed, json!({"key_ops": []}), OtherUse),
        (&ed, json!({"key_ops": ["sign"]}), OtherUse),
        (&ed, json!({"key_ops": ["Verify"]}), OtherUse),
        (&ed, json!({"key_ops": ["verify"], "use": "enc"}), OtherUse),
        (&ed, json!({"crv": "Ed448"}), Unsupported),
        (&ed, json!({"crv": "X25519"}), Unsupported),
        (&ed, json!({"crv": "P-256"}), Unsupported),
        (&ec, json!({"crv": "p-256"}), Unsupported),
        (&ec, json!({"crv": "P-521"}), Unsupported),
        (&ec, json!({"crv": "secp256k1"}), Unsupported),
        (&ec, json!({"kty": "OKP"}), Unsupported),
        (&rsa, json!({"kty": "rsa"}), Unsupported),
        (&rsa, json!({"kty": "AKP"}), Unsupported),
        (&rsa, json!({"kty": "EC"}), Member("crv")),
        (&ec, json!({"kty": "RSA"}), Member("n")),
        (&ed, json!({"kty": 1}), Member("kty")),
        (&ed, json!({"kid": 1}), Member("kid")),
        (&ed, json!({"alg": null}), Member("alg")),
        (&ed, json!({"use": ["sig"]}), Member("use")),
        (&ed, json!({"key_ops": "verify"}), Member("key_ops")),
        (&ed, json!({"x": "+/=="}), Member("x")),
        (&rsa, json!({"n": 7}), Member("n")),
        (&rsa, json!({"e": "AQAB="}), Member("e")),
        (&rsa, json!({"kty": "oct"}), Symmetric),
        (&ec, json!({"k": "AAAA"}), Symmetric),
        (&ec, json!({"d": "AAAA"}), Private),
        (&rsa, json!({"p": "AAAA"}), Private),
    ] {
        let jwk = with(jwk.clone(), changes);
        assert_eq!(algorithms(&jwk), Err(expected), "{jwk}");
    }
    for (jwk, member) in [(&ed, "kty"), (&ed, "crv"), (&ed, "x"), (&ec, "y"), (&rsa, "n"), (&rsa, "e")] {
        assert_eq!(algorithms(&without(jwk.clone(), member)), Err(Member(member)));
    }
}

#[test]
fn a_point_is_on_its_curve_and_of_full_size() {
    let ec = public("issuer", "ec");
    let x = unb64(ec["x"].as_str().unwrap());
    let y = unb64(ec["y"].as_str().unwrap());
    let mut beside = y.clone();
    beside[31] ^= 1;
    let longer = [&[0], y.as_slice()].concat();
    for (what, jwk) in [
        ("off the curve", with(ec.clone(), json!({"y": b64(beside)}))),
        ("swapped", with(ec.clone(), json!({"x": b64(&y), "y": b64(&x)}))),
        ("zero", with(ec.clone(), json!({"x": b64([0; 32]), "y": b64([0; 32])}))),
        ("beyond the field", with(ec.clone(), json!({"x": b64([255; 32]), "y": b64([255; 32])}))),
        ("short", with(ec.clone(), json!({"y": b64(&y[1..])}))),
        ("long", with(ec.clone(), json!({"y": b64(longer)}))),
        ("empty", with(ec.clone(), json!({"x": ""}))),
        ("on another curve", with(ec.clone(), json!({"crv": "P-384"}))),
        ("P-384 under the name P-256", with(public("attacker", "p384"), json!({"crv": "P-256"}))),
        ("Ed25519 of 31 octets", with(public("issuer", "ed"), json!({"x": b64([7; 31])}))),
        ("Ed25519 of 33 octets", with(public("issuer", "ed"), json!({"x": b64([7; 33])}))),
    ] {
        assert_eq!(parse(&jwk).err(), Some(KeyFlaw::Invalid), "{what}");
    }
}

/// An odd number of so many bits, which no one has factored and no one needs to.
fn modulus(bits: usize) -> Vec<u8> {
    let mut octets = vec![0x5a; bits.div_ceil(8)];
    let top = (bits - 1) % 8;
    octets[0] = 1 << top;
    *octets.last_mut().unwrap() |= 1;
    octets
}

#[test]
fn an_rsa_key_has_2048_to_8192_bits() {
    let rsa = public("issuer", "rsa");
    let sized = |bits| parse(&with(rsa.clone(), json!({"n": b64(modulus(bits))}))).map(|_| ());
    for bits in [2048, 2049, 3072, 4096, 8191, 8192] {
        assert_eq!(sized(bits), Ok(()), "{bits}");
    }
    for bits in [1, 8, 512, 1024, 1536, 2040, 2047, 8193, 16384, 65536] {
        assert_eq!(sized(bits), Err(KeyFlaw::RsaSize), "{bits}");
    }
    for n in [vec![], vec![0], vec![0; 256]] {
        assert_eq!(parse(&with(rsa.clone(), json!({"n": b64(n)}))).err(), Some(KeyFlaw::RsaSize));
    }
    let mut even = modulus(2048);
    *even.last_mut().unwrap() &= 0xfe;
    assert_eq!(parse(&with(rsa, json!({"n": b64(even)}))).err(), Some(KeyFlaw::Invalid));
}

#[test]
fn an_rsa_exponent_is_odd_above_one_and_of_a_sane_size() {
    let rsa = public("issuer", "rsa");
    let of = |e: &[u8]| parse(&with(rsa.clone(), json!({"e": b64(e)}))).map(|_| ());
    for e in [&[3][..], &[17], &[1, 0, 1], &[0, 1, 0, 1]] {
        assert_eq!(of(e), Ok(()), "{e:?}");
    }
    let over_64_bits = [1, 0, 0, 0, 0, 0, 0, 0, 1];
    let over_32_bits = [1, 0, 0, 0, 1];
    for e in [&[][..], &[0], &[1], &[0, 1], &[2], &[1, 0, 0], &over_32_bits, &over_64_bits] {
        assert_eq!(of(e), Err(KeyFlaw::RsaSize), "{e:?}");
    }
    assert_eq!(of(&[255; 4]), Ok(()));
}

#[test]
fn leading_zeros_of_a_modulus_do_not_make_another_key() {
    let rsa = public("issuer", "rsa");
    let padded = [&[0, 0], unb64(rsa["n"].as_str().unwrap()).as_slice()].concat();
    let padded = with(rsa.clone(), json!({"n": b64(padded), "e": b64([0, 1, 0, 1])}));
    assert_eq!(parse(&padded).unwrap().thumbprint(), parse(&Value::Object(rsa)).unwrap().thumbprint());
    let signed = token(&Signer::of("issuer", "rsa"), "RS256", None);
    assert_eq!(verdict(&signed, &[padded]), Ok(()));
}

/// One key for each flaw that a single key can have.
fn bad_keys() -> Vec<(Value, KeyFlaw)> {
    let ec = || public("issuer", "ec");
    vec![
        (json!("key"), KeyFlaw::NotAKey),
        (json!({}), KeyFlaw::Member("kty")),
        (json!({"kty": "oct", "k": "c2VjcmV0", "kid": "ed"}), KeyFlaw::Symmetric),
        (with(ec(), json!({"d": "c2VjcmV0", "kid": "ed"})), KeyFlaw::Private),
        (with(ec(), json!({"crv": "P-521"})), KeyFlaw::Unsupported),
        (with(ec(), json!({"use": "enc", "kid": "ed"})), KeyFlaw::OtherUse),
        (with(ec(), json!({"alg": "RS256", "kid": "\u{1b}[31m"})), KeyFlaw::AlgorithmMismatch),
        (with(public("issuer", "rsa"), json!({"e": "AQ"})), KeyFlaw::RsaSize),
        (with(ec(), json!({"x": b64([1; 32])})), KeyFlaw::Invalid),
    ]
}

#[test]
fn no_bad_key_spoils_the_good_ones_around_it() {
    let bad = bad_keys();
    let mut keys = vec![with(public("issuer", "ed"), json!({"kid": "ed"}))];
    keys.extend(bad.iter().map(|(jwk, _)| jwk.clone()));
    keys.push(with(public("issuer", "rsa"), json!({"kid": "rsa"})));

    let parsed = set(&keys);
    assert_eq!(parsed.keys().len(), 2);
    let skipped: Vec<_> = parsed.skipped().iter().map(|key| (key.index, key.flaw)).collect();
    let expected: Vec<_> = bad.iter().enumerate().map(|(at, (_, flaw))| (at + 1, *flaw)).collect();
    assert_eq!(skipped, expected);
    let kinds: BTreeSet<_> = bad.iter().map(|(_, flaw)| flaw.to_string()).collect();
    assert_eq!(kinds.len(), 9, "with TooMany, that is every flaw");

    for (name, alg) in [("ed", "EdDSA"), ("rsa", "RS256")] {
        let signed = token(&Signer::of("issuer", name), alg, Some(name));
        assert_eq!(verdict(&signed, &keys), Ok(()), "{name}");
        keys.reverse();
        assert_eq!(verdict(&signed, &keys), Ok(()), "{name}, the other way round");
    }
}

#[test]
fn what_is_said_of_a_skipped_key_holds_no_secret_and_no_control_characters() {
    let keys: Vec<_> = bad_keys().into_iter().map(|(jwk, _)| jwk).collect();
    let parsed = set(&keys);
    for skipped in parsed.skipped() {
        let said = format!("{skipped} {skipped:?}");
        assert!(!said.contains("c2VjcmV0") && !said.contains("secret"), "{said}");
        assert!(!said.chars().any(char::is_control), "{said}");
    }
    assert_eq!(
        parsed.skipped()[6].to_string(),
        "key 6 (\\u{1b}[31m) names an `alg` that does not go with its type"
    );
    let long = json!({"kty": "oct", "kid": "k".repeat(5000)});
    assert!(set(&[long]).skipped()[0].to_string().len() < 200);
}

#[test]
fn several_keys_may_have_one_name() {
    let named = |jwk| with(jwk, json!({"kid": "k"}));
    let (first, first_jwk) = nth_ed(1);
    let (second, second_jwk) = nth_ed(2);
    let keys = [
        named(first_jwk),
        named(public("issuer", "rsa")),
        named(second_jwk.clone()),
        named(second_jwk),
        named(public("issuer", "ec")),
    ];
    for (signer, alg) in [
        (&first, "EdDSA"),
        (&second, "EdDSA"),
        (&Signer::of("issuer", "rsa"), "RS256"),
        (&Signer::of("issuer", "ec"), "ES256"),
    ] {
        assert_eq!(verdict(&token(signer, alg, Some("k")), &keys), Ok(()), "{alg}");
        assert_eq!(verdict(&token(signer, alg, Some("K")), &keys), Err("key-unknown"), "{alg}");
    }
    let (stranger, _) = nth_ed(3);
    assert_eq!(verdict(&token(&stranger, "EdDSA", Some("k")), &keys), Err("signature-invalid"));
    assert_eq!(verdict(&token(&stranger, "ES384", Some("k")), &keys), Err("key-unfit"));
    assert_eq!(verdict(&token(&first, "EdDSA", Some("k")), &keys[1..2]), Err("key-unfit"));
}

#[test]
fn a_token_without_a_name_is_tried_against_eight_fitting_keys_and_no_more() {
    let (_, others): (Vec<_>, Vec<_>) = (1..=8).map(nth_ed).unzip();
    let (signer, ours) = nth_ed(9);
    let keys_before = |count: usize| -> Vec<Value> {
        let unfit = std::iter::repeat_n(public("issuer", "ec"), 20);
        unfit.chain(others.iter().take(count).cloned()).chain([ours.clone()]).map(Value::Object).collect()
    };
    let nameless = token(&signer, "EdDSA", None);
    assert_eq!(verdict(&nameless, &keys_before(0)), Ok(()));
    assert_eq!(verdict(&nameless, &keys_before(7)), Ok(()), "the 8th is tried");
    assert_eq!(verdict(&nameless, &keys_before(8)), Err("signature-invalid"), "the 9th is not");

    // A name leaves no choice, unless several keys share it; then the bound is the same.
    let named = |keys: Vec<Value>| -> Vec<Value> {
        keys.into_iter().map(|jwk| with(object(jwk), json!({"kid": "k"}))).collect()
    };
    let by_name = token(&signer, "EdDSA", Some("k"));
    assert_eq!(verdict(&by_name, &named(keys_before(7))), Ok(()));
    assert_eq!(verdict(&by_name, &named(keys_before(8))), Err("signature-invalid"));
    let mut ours_named = keys_before(8);
    *ours_named.last_mut().unwrap() = with(ours.clone(), json!({"kid": "k"}));
    assert_eq!(verdict(&by_name, &ours_named), Ok(()));

    assert_eq!(verdict(&nameless, &[]), Err("key-unknown"));
    assert_eq!(verdict(&nameless, &[Value::Object(public("issuer", "ec"))]), Err("key-unfit"));
}

#[test]
fn only_the_first_hundred_keys_are_read() {
    let keys: Vec<Value> = (1..=102).map(|n| with(nth_ed(n).1, json!({"kid": n.to_string()}))).collect();
    let parsed = set(&keys);
    assert_eq!(parsed.keys().len(), MAX_KEYS);
    let skipped: Vec<_> =
        parsed.skipped().iter().map(|key| (key.index, key.kid.as_deref(), key.flaw)).collect();
    assert_eq!(
        skipped,
        [
            // It stands for all that follow, too.
            (100, Some("101"), KeyFlaw::TooMany)
        ]
    );
    let signed = |n: u8| token(&nth_ed(n).0, "EdDSA", Some(&n.to_string()));
    assert_eq!(verdict(&signed(100), &keys), Ok(()));
    assert_eq!(verdict(&signed(101), &keys), Err("key-unknown"));
}

#[test]
fn a_set_is_one_json_object_of_bounded_size_that_everyone_reads_alike() {
    let jwk = Value::Object(public("issuer", "ed"));
    let read = |text: &str| KeySet::parse(text.as_bytes()).map(|set| set.keys().len());
    let sized = |bytes: usize| {
        let bare = format!(r#"{{"keys":[{jwk}],"pad":""}}"#);
        format!(r#"{{"keys":[{jwk}],"pad":"{}"}}"#, "p".repeat(bytes - bare.len()))
    };
    assert_eq!(read(&sized(MAX_KEY_SET_BYTES)), Ok(1));
    assert_eq!(read(&sized(MAX_KEY_SET_BYTES + 1)), Err(InvalidKeySet::TooLarge));
    assert_eq!(read(r#"{"keys":[]}"#), Ok(0));
    for text in ["{}", r#"{"keys":{}}"#, r#"{"keys":null}"#, r#"{"Keys":[]}"#, &jwk.to_string()] {
        assert_eq!(read(text), Err(InvalidKeySet::KeysMissing), "{text}");
    }
    let deep = format!(r#"{{"keys":[],"x":{}{}}}"#, "[".repeat(20), "]".repeat(20));
    for (text, flaw) in [
        ("", InvalidJson::Syntax),
        ("<html>", InvalidJson::Syntax),
        (r#"{"keys":[]} x"#, InvalidJson::Syntax),
        (r#"[{"keys":[]}]"#, InvalidJson::NotAnObject),
        (r#"{"keys":[],"keys":[]}"#, InvalidJson::DuplicateMember),
        (r#"{"keys":[{"kty":"RSA","kty":"oct"}]}"#, InvalidJson::DuplicateMember),
        (&deep, InvalidJson::TooDeep),
    ] {
        assert_eq!(read(text), Err(InvalidKeySet::Json(flaw)), "{text}");
    }
}

const SIGNING: [(&str, Algorithm); 3] =
    [("ed", Algorithm::EdDsa), ("ec", Algorithm::Es256), ("rsa", Algorithm::Rs256)];

fn signing_key(name: &str, algorithm: Algorithm) -> SigningKey {
    SigningKey::from_pkcs8(algorithm, &pkcs8("issuer", name)).unwrap()
}

#[test]
fn what_is_signed_here_is_admitted_here() {
    for (name, algorithm) in SIGNING {
        let key = signing_key(name, algorithm);
        assert_eq!(key.algorithm(), algorithm);
        let keys = [Value::Object(key.public_jwk().clone())];
        let signed = key.sign("at+jwt", &claims(NOW), &random()).unwrap();
        assert_eq!(verdict(&signed, &keys), Ok(()), "{name}");

        let published = parse(&keys[0]).unwrap();
        assert_eq!(published.thumbprint(), key.thumbprint());
        assert_eq!(published.kid(), Some(key.thumbprint().to_string().as_str()));
        assert_eq!(published.algorithms().collect::<Vec<_>>(), [algorithm]);
        assert_eq!(parse(&Value::Object(public("issuer", name))).unwrap().thumbprint(), key.thumbprint());

        let id_token = key.sign("JWT", &claims(NOW), &random()).unwrap();
        assert_eq!(verdict(&id_token, &keys), Err("type-wrong"), "{name}");
        let foreign = SigningKey::from_pkcs8(algorithm, &pkcs8("attacker", name)).unwrap();
        let forged = foreign.sign("at+jwt", &claims(NOW), &random()).unwrap();
        assert_eq!(verdict(&forged, &keys), Err("key-unknown"), "{name}");
    }
}

#[test]
fn a_signing_key_is_a_document_of_the_kind_that_its_algorithm_needs() {
    let documents = ["ed", "ec", "rsa"].map(|name| (name, pkcs8("issuer", name)));
    for algorithm in Algorithm::ALL {
        for (name, der) in &documents {
            let found = SigningKey::from_pkcs8(*algorithm, der).map(|_| ());
            let expected = match SIGNING.iter().find(|(_, known)| known == algorithm) {
                None => Err(KeyRejected::Algorithm(*algorithm)),
                Some((fitting, _)) if fitting == name => Ok(()),
                Some(_) => Err(KeyRejected::Document),
            };
            assert_eq!(found, expected, "{algorithm} {name}");
        }
    }
    for (name, algorithm) in SIGNING {
        let der = pkcs8("issuer", name);
        for (what, bad) in [
            ("empty", vec![]),
            ("cut short", der[..der.len() - 1].to_vec()),
            ("text", b"-----BEGIN PRIVATE KEY-----".to_vec()),
            ("another curve", pkcs8("attacker", "p384")),
        ] {
            let found = SigningKey::from_pkcs8(algorithm, &bad).map(|_| ());
            assert_eq!(found, Err(KeyRejected::Document), "{name} {what}");
        }
    }
}

#[test]
fn the_private_half_shows_nowhere() {
    let stored: Value = serde_json::from_str(include_str!("vectors/keys.json")).unwrap();
    for (name, algorithm) in SIGNING {
        let key = signing_key(name, algorithm);
        let members: BTreeSet<_> = key.public_jwk().keys().map(String::as_str).collect();
        let allowed = ["alg", "crv", "e", "kid", "kty", "n", "use", "x", "y"];
        assert!(members.iter().all(|member| allowed.contains(member)), "{members:?}");

        let parsed = set(&[Value::Object(key.public_jwk().clone())]);
        let said = format!("{key:?} {:?} {parsed:?}", key.public_jwk());
        for member in ["d", "p", "q", "dp", "dq", "qi"] {
            let Some(secret) = stored["issuer"][name][member].as_str() else {
                continue;
            };
            let octets = unb64(secret);
            let hex: Vec<_> = octets.iter().map(|octet| format!("{octet:02x}")).collect();
            let hex = hex.concat();
            for form in [secret.to_owned(), format!("{octets:?}"), hex.clone(), hex.to_uppercase()] {
                assert!(!said.contains(&form), "{name} {member}");
            }
        }
        assert_eq!(
            format!("{key:?}"),
            format!("SigningKey {{ algorithm: {algorithm:?}, kid: {}, .. }}", key.thumbprint())
        );
    }
}

#[test]
fn an_ed25519_key_is_no_point_that_anybody_can_sign_for() {
    // A signature of the neutral element and zero fits every message whose hash the point's order divides: all of
    // them, or one in two, four or eight.
    let forged = b64([&[1][..], &[0; 63]].concat());
    let small = [
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "7P_______________________________________38",
        "7f_______________________________________38",
        "7v_______________________________________38",
        "JuiVj8KyJ7BFw_SJ8u-Y8NXfrAXTxjM5sTgCiG1T_AU",
        "xxdqcD1N2E-6PAt2DRBnDyogU_osOczGTsf9d5KsA3o",
    ];
    for text in small {
        for sign in [0, 0x80] {
            let mut point = unb64(text);
            point[31] |= sign;
            let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": b64(point) });
            let keys = keyring(&json!({ "keys": [&jwk] }));
            let server = server(&[Algorithm::EdDsa]);
            assert_eq!(parse(&jwk).map(drop), Err(KeyFlaw::Invalid), "{text} {sign}");
            for attempt in 0..64 {
                let mut claims = claims(NOW);
                claims.insert("jti".into(), format!("jti-{attempt}").into());
                let claims = b64(Value::Object(claims).to_string());
                let header = b64(r#"{"alg":"EdDSA","typ":"at+jwt"}"#);
                let verdict = judge(&format!("{header}.{claims}.{forged}"), &server, &keys, NOW).map(drop);
                assert_eq!(verdict, Err("key-unknown"), "{text} {sign} {attempt}");
            }
        }
    }
}
