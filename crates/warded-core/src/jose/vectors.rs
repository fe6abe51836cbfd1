//! Other people's test vectors, at the level of signatures and keys: their payloads are no access tokens.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Algorithm, Header, Key, KeyFlaw, KeyMiss, KeySet, Parts, base64url};
use crate::refusal::Refusal;

/// How a compact JWS fares under a set of keys.
#[derive(Debug, PartialEq)]
enum Outcome {
    Valid,
    Refused(Refusal),
    Missed(KeyMiss),
}

fn outcome(token: &str, keys: &KeySet) -> Outcome {
    let read = || {
        let parts = Parts::split(token)?;
        Ok((Header::read(&parts.header()?)?, parts.signature()?))
    };
    let (header, signature) = match read() {
        Ok(read) => read,
        Err(refusal) => return Outcome::Refused(refusal),
    };
    let (signed, _) = token.rsplit_once('.').unwrap();
    match keys.verify(header.algorithm, header.kid.as_deref(), signed.as_bytes(), &signature) {
        Ok(_) => Outcome::Valid,
        Err(miss) => Outcome::Missed(miss),
    }
}

fn set_of(jwks: &Value) -> KeySet {
    KeySet::parse(jwks.to_string().as_bytes()).unwrap()
}

fn set_of_one(jwk: &Value) -> KeySet {
    set_of(&json!({ "keys": [jwk] }))
}

mod rfc {
    //! The examples that the RFCs print.

    use super::*;

    #[derive(Deserialize)]
    struct Vectors {
        signatures: Vec<Signed>,
        mutations: Vec<Signed>,
        thumbprints: Vec<Thumbprint>,
        sets: Vec<Set>,
    }

    #[derive(Deserialize)]
    struct Signed {
        id: String,
        compact: String,
        jwk: Value,
        payload_b64u: Option<String>,
        expect: String,
        note: String,
    }

    #[derive(Deserialize)]
    struct Thumbprint {
        id: String,
        jwk: Map<String, Value>,
        sha256: String,
    }

    #[derive(Deserialize)]
    struct Set {
        id: String,
        jwks: Value,
        usable: Vec<usize>,
        unusable: Vec<Unusable>,
    }

    #[derive(Deserialize)]
    struct Unusable {
        index: usize,
        flaw: String,
        why: String,
    }

    fn vectors() -> Vectors {
        serde_json::from_str(include_str!("../../tests/vectors/rfc.json")).unwrap()
    }

    #[test]
    fn signatures_are_valid_where_the_algorithm_exists_here() {
        let mut seen = BTreeMap::<_, usize>::new();
        for case in vectors().signatures {
            let found = outcome(&case.compact, &set_of_one(&case.jwk));
            match case.expect.as_str() {
                "valid" => assert_eq!(found, Outcome::Valid, "{}: {}", case.id, case.note),
                "unsupported-algorithm" => assert!(
                    matches!(found, Outcome::Refused(Refusal::AlgorithmUnsupported { .. })),
                    "{}: {found:?}",
                    case.id
                ),
                other => panic!("{}: what is {other}?", case.id),
            }
            assert_eq!(case.compact.split('.').nth(1), case.payload_b64u.as_deref(), "{}", case.id);
            *seen.entry(case.expect).or_default() += 1;
        }
        assert_eq!(seen, [("valid".into(), 7), ("unsupported-algorithm".into(), 6)].into());
    }

    #[test]
    fn whatever_is_changed_about_a_signature_it_no_longer_verifies() {
        let mutations = vectors().mutations;
        assert_eq!(mutations.len(), 42);
        for case in mutations {
            let found = outcome(&case.compact, &set_of_one(&case.jwk));
            // Only a key of another curve or type is unfit; the rest is for the signature to say.
            let is_swapped = case.id.ends_with("-alg-swapped");
            let unfit = is_swapped && found == Outcome::Missed(KeyMiss::Unfit);
            assert!(
                unfit || found == Outcome::Missed(KeyMiss::Signature),
                "{}: {found:?}: {}",
                case.id,
                case.note
            );
        }
    }

    #[test]
    fn thumbprints_are_those_that_are_printed() {
        for mut case in vectors().thumbprints {
            // `use` does not enter the thumbprint, but decides whether we take the key at all.
            let meant_for_others = case.jwk.remove("use").is_some_and(|purpose| purpose != "sig");
            let is_p521 = case.jwk.get("crv").is_some_and(|crv| crv == "P-521");
            match Key::parse(Value::Object(case.jwk.clone()).to_string().as_bytes()) {
                Ok(key) => assert_eq!(key.thumbprint().to_string(), case.sha256, "{}", case.id),
                Err(flaw) => assert!(is_p521 && flaw == KeyFlaw::Unsupported, "{}: {flaw}", case.id),
            }
            if meant_for_others {
                case.jwk.insert("use".into(), "enc".into());
                let text = Value::Object(case.jwk).to_string();
                assert_eq!(Key::parse(text.as_bytes()).err(), Some(KeyFlaw::OtherUse), "{}", case.id);
            }
        }
    }

    #[test]
    fn a_set_gives_the_keys_that_can_verify_and_says_why_the_others_cannot() {
        for case in vectors().sets {
            let set = set_of(&case.jwks);
            let skipped: HashMap<_, _> =
                set.skipped().iter().map(|skipped| (skipped.index, format!("{:?}", skipped.flaw))).collect();
            let listed = case.jwks["keys"].as_array().unwrap();
            let usable: Vec<_> = (0..listed.len()).filter(|index| !skipped.contains_key(index)).collect();
            assert_eq!(usable, case.usable, "{}: {skipped:?}", case.id);
            assert_eq!(set.keys().len(), usable.len(), "{}", case.id);
            assert_eq!(skipped.len(), case.unusable.len(), "{}", case.id);
            for expected in case.unusable {
                assert_eq!(
                    skipped.get(&expected.index),
                    Some(&expected.flaw),
                    "{} {}: {}",
                    case.id,
                    expected.index,
                    expected.why
                );
            }
        }
    }
}

mod wycheproof {
    //! Project Wycheproof, from the directory in `WARDED_WYCHEPROOF`; see `tests/vectors/wycheproof.md`.

    use std::{fs, path::PathBuf};

    use super::*;

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct File<G> {
        number_of_tests: usize,
        test_groups: Vec<G>,
    }

    /// `json_web_signature` and `json_web_key`: a group without a public key is symmetric.
    #[derive(Deserialize)]
    struct Tokens {
        public: Option<Value>,
        tests: Vec<Token>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Token {
        tc_id: u64,
        comment: String,
        jws: String,
        result: Verdict,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Signatures {
        #[serde(alias = "keyJwk")]
        public_key_jwk: Option<Value>,
        public_key: Value,
        tests: Vec<Signature>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Signature {
        tc_id: u64,
        comment: String,
        msg: String,
        sig: String,
        result: Verdict,
    }

    #[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "lowercase")]
    enum Verdict {
        Valid,
        Invalid,
        Acceptable,
    }

    /// Valid to Wycheproof, refused by Warded.
    const STRICTER: &[(&str, u64, &str)] = &[
        ("json_web_signature", 346, "the key's `alg` is PS256, the token's PS384: a key's `alg` binds it"),
        ("json_web_signature", 350, "the key's `alg` is PS256, the token's PS384: a key's `alg` binds it"),
        ("json_web_signature", 372, "a `?` stands inside the header's base64url"),
    ];

    /// Invalid to Wycheproof, accepted by Warded.
    const LOOSER: &[(&str, u64, &str)] = &[(
        "json_web_key",
        7,
        "a weak RSA key (ROCA) whose signature is correct: which keys an issuer generates is not looked at",
    )];

    const PRIMITIVES: &[(&str, Algorithm)] = &[
        ("ed25519", Algorithm::EdDsa),
        ("ecdsa_secp256r1_sha256_p1363", Algorithm::Es256),
        ("ecdsa_secp384r1_sha384_p1363", Algorithm::Es384),
        ("rsa_signature_2048_sha256", Algorithm::Rs256),
        ("rsa_signature_2048_sha384", Algorithm::Rs384),
        ("rsa_signature_2048_sha512", Algorithm::Rs512),
        ("rsa_signature_3072_sha256", Algorithm::Rs256),
        ("rsa_signature_3072_sha384", Algorithm::Rs384),
        ("rsa_signature_3072_sha512", Algorithm::Rs512),
        ("rsa_signature_4096_sha256", Algorithm::Rs256),
        ("rsa_signature_4096_sha384", Algorithm::Rs384),
        ("rsa_signature_4096_sha512", Algorithm::Rs512),
        ("rsa_signature_8192_sha256", Algorithm::Rs256),
        ("rsa_signature_8192_sha384", Algorithm::Rs384),
        ("rsa_signature_8192_sha512", Algorithm::Rs512),
        ("rsa_pss_2048_sha256_mgf1_32", Algorithm::Ps256),
        ("rsa_pss_3072_sha256_mgf1_32", Algorithm::Ps256),
        ("rsa_pss_4096_sha256_mgf1_32", Algorithm::Ps256),
        ("rsa_pss_2048_sha384_mgf1_48", Algorithm::Ps384),
        ("rsa_pss_4096_sha384_mgf1_48", Algorithm::Ps384),
        ("rsa_pss_4096_sha512_mgf1_64", Algorithm::Ps512),
    ];

    #[derive(Default)]
    struct Tally {
        accepted: usize,
        refused: usize,
        unsupported: usize,
        wrong: Vec<String>,
    }

    impl Tally {
        fn end(&self, file: &str, expected: usize) {
            let Self { accepted, refused, unsupported, wrong } = self;
            eprintln!(
                "wycheproof {file}: {accepted} accepted, {refused} refused, {unsupported} unsupported, {} wrong",
                wrong.len()
            );
            assert!(wrong.is_empty(), "{file}:\n{}", wrong.join("\n"));
            assert_eq!(accepted + refused + unsupported, expected, "{file}");
            assert!(*accepted > 0 && *refused > 0, "{file} tests nothing");
        }
    }

    fn directory() -> Option<PathBuf> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the vectors are too large for the repository: its test command fetches them and says where"
        )]
        let directory = std::env::var_os("WARDED_WYCHEPROOF");
        if directory.is_none() {
            eprintln!("SKIPPED: WARDED_WYCHEPROOF names no directory with the Wycheproof vectors");
        }
        directory.map(PathBuf::from)
    }

    fn read<G: for<'de> Deserialize<'de>>(directory: &std::path::Path, file: &str) -> File<G> {
        let path = directory.join(format!("{file}_test.json"));
        let text = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        serde_json::from_slice(&text).unwrap()
    }

    fn tokens(file: &str, keys_of: impl Fn(&Value) -> KeySet) {
        let Some(directory) = directory() else {
            return;
        };
        let vectors: File<Tokens> = read(&directory, file);
        let mut tally = Tally::default();
        for group in &vectors.test_groups {
            let keys = group.public.as_ref().map_or_else(|| set_of(&json!({ "keys": [] })), &keys_of);
            for test in &group.tests {
                let is = |list: &[(&str, u64, &str)]| {
                    list.iter().any(|(name, id, _)| (*name, *id) == (file, test.tc_id))
                };
                let found = outcome(&test.jws, &keys);
                let expected = match test.result {
                    Verdict::Valid => !is(STRICTER),
                    Verdict::Invalid | Verdict::Acceptable => is(LOOSER),
                };
                match found {
                    Outcome::Refused(Refusal::AlgorithmUnsupported { .. }) => tally.unsupported += 1,
                    Outcome::Valid if expected => tally.accepted += 1,
                    Outcome::Refused(_) | Outcome::Missed(_) if !expected => tally.refused += 1,
                    other => tally.wrong.push(format!("{} {}: {other:?}", test.tc_id, test.comment)),
                }
            }
        }
        tally.end(file, vectors.number_of_tests);
    }

    #[test]
    fn web_signatures_are_judged_as_wycheproof_says() {
        tokens("json_web_signature", set_of_one);
    }

    #[test]
    fn web_keys_are_judged_as_wycheproof_says() {
        tokens("json_web_key", set_of);
    }

    #[test]
    fn bare_signatures_are_judged_as_wycheproof_says() {
        let Some(directory) = directory() else {
            return;
        };
        for (file, algorithm) in PRIMITIVES {
            let vectors: File<Signatures> = read(&directory, file);
            let mut tally = Tally::default();
            for group in &vectors.test_groups {
                let keys =
                    set_of_one(&group.public_key_jwk.clone().unwrap_or_else(|| jwk(&group.public_key)));
                assert!(keys.skipped().is_empty(), "{file}: {:?}", keys.skipped());
                for test in &group.tests {
                    let found = keys.verify(*algorithm, None, &octets(&test.msg), &octets(&test.sig));
                    // `acceptable` is a DigestInfo without its NULL, which RFC 8017 §9.2 demands.
                    match (found, test.result) {
                        (Ok(_), Verdict::Valid) => tally.accepted += 1,
                        (Err(KeyMiss::Signature), Verdict::Invalid | Verdict::Acceptable) => {
                            tally.refused += 1;
                        }
                        (found, result) => tally
                            .wrong
                            .push(format!("{} {}: {result:?}, found {found:?}", test.tc_id, test.comment)),
                    }
                }
            }
            tally.end(file, vectors.number_of_tests);
        }
    }

    /// The newer groups for curves come without a JWK.
    fn jwk(point: &Value) -> Value {
        let (curve, size) = match point["curve"].as_str() {
            Some("secp256r1") => ("P-256", 32),
            Some("secp384r1") => ("P-384", 48),
            other => panic!("curve {other:?}"),
        };
        let coordinate = |name| {
            let number = octets(point[name].as_str().unwrap());
            let zeros = number.iter().take_while(|octet| **octet == 0).count();
            let mut full = vec![0; size - (number.len() - zeros)];
            full.extend_from_slice(&number[zeros..]);
            base64url::encode(full)
        };
        json!({ "kty": "EC", "crv": curve, "x": coordinate("wx"), "y": coordinate("wy") })
    }

    fn octets(hex: &str) -> Vec<u8> {
        let digits: Vec<_> = hex.chars().map(|digit| digit.to_digit(16).unwrap()).collect();
        // An odd number of digits lacks its leading zero.
        digits
            .rchunks(2)
            .rev()
            .map(|pair| u8::try_from(pair.iter().fold(0, |value, digit| value * 16 + digit)).unwrap())
            .collect()
    }
}
