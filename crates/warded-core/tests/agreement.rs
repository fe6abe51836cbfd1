//! Agreement with three libraries that know nothing of each other, on tokens changed at random.
//!
//! What Warded admits, all of them must admit. Where Warded alone refuses, the reason must be on a list.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]
#![expect(clippy::panic, reason = "a test that cannot be set up fails")]
#![expect(clippy::print_stderr, reason = "the summary is for whoever reads the run")]

mod stage;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ffi::OsString,
    fmt::Write as _,
    fs,
    process::Command,
    sync::LazyLock,
};

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use serde_json::{Map, Value, json};
use stage::{
    HERE, ISSUER, NEIGHBOUR, Signer, b64, claims, judge, keyring, object, pkcs8, public, server, unb64,
};
use warded_core::jose::{Algorithm, SigningKey};

const TOKENS: usize = 5000;
const LEEWAY: u64 = 60;
const KEYS: [(&str, Algorithm); 3] =
    [("ed", Algorithm::EdDsa), ("ec", Algorithm::Es256), ("rsa", Algorithm::Rs256)];

const ALL: &[&str] = &["jose", "jsonwebtoken", "pyjwt"];

/// Where Warded refuses and a peer admits: by which code, which peers, and what they let pass.
const STRICTER: &[(&str, &[&str], &str)] = &[
    ("audience-malformed", ALL, "a value that is no text, or more than 32 values, beside one that fits"),
    ("audience-shared", ALL, "another recipient beside this server: whoever it is can replay the token here"),
    (
        "claim-malformed",
        ALL,
        "claims that they do not read (`cnf`, `act`, `scope`), or take for absent or for a number",
    ),
    ("client-ambiguous", ALL, "two clients: they read neither"),
    ("header-critical", ALL, "`b64` without `crit`; jsonwebtoken: `crit` too"),
    ("header-malformed", &["jsonwebtoken", "pyjwt"], "a `kid` or `typ` of null; PyJWT reads no `typ` at all"),
    ("issued-in-future", &["jose", "jsonwebtoken"], "an `iat` that lies ahead: they do not look at it"),
    ("lifetime-too-long", ALL, "a token for years: they know no longest lifetime"),
    ("sender-unproven", ALL, "a bound token as a bearer token"),
    ("token-base64", &["jose", "pyjwt"], "padding; jose: blanks and stray bits too"),
    (
        "token-duplicate-member",
        ALL,
        "a member twice, of which they take the last; jsonwebtoken: where it reads neither",
    ),
    ("token-json", &["jose", "pyjwt"], "a byte order mark; PyJWT: `NaN` too"),
    ("token-too-deep", ALL, "40 levels"),
    ("token-too-large", ALL, "more than 16 KiB"),
    ("type-wrong", &["jsonwebtoken", "pyjwt"], "any `typ`: they do not look at it"),
];

/// The same numbers in every run (xorshift64*).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(number).unwrap() % limit
    }

    fn pick<T: Clone>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())].clone()
    }
}

/// A token in the making.
struct Draft {
    now: i64,
    key: &'static str,
    signed_by: &'static str,
    header: Map<String, Value>,
    claims: Map<String, Value>,
    header_text: fn(String) -> String,
    claims_text: fn(String) -> String,
    signature: fn(&[u8], Vec<u8>) -> Vec<u8>,
    whole: fn(String) -> String,
}

impl Draft {
    fn good(key: &'static str, alg: &str, now: i64) -> Self {
        Self {
            now,
            key,
            signed_by: "issuer",
            header: object(json!({ "typ": "at+jwt", "alg": alg, "kid": key })),
            claims: claims(now),
            header_text: |text| text,
            claims_text: |text| text,
            signature: |_, signature| signature,
            whole: |token| token,
        }
    }

    fn set(&mut self, claim: &str, value: impl Into<Value>) {
        self.claims.insert(claim.into(), value.into());
    }

    fn head(&mut self, member: &str, value: impl Into<Value>) {
        self.header.insert(member.into(), value.into());
    }

    fn finish(self, signers: &HashMap<(&str, &str), Signer>) -> String {
        let header = (self.header_text)(Value::Object(self.header).to_string());
        let claims = (self.claims_text)(Value::Object(self.claims).to_string());
        let signed = format!("{}.{}", b64(header), b64(claims));
        let signature = signers[&(self.signed_by, self.key)].sign(signed.as_bytes());
        let signature = (self.signature)(signed.as_bytes(), signature);
        (self.whole)(format!("{signed}.{}", b64(signature)))
    }
}

type Change = fn(&mut Draft, &mut Random);

/// Changes after which the token is as good as before. Left out is what Warded admits by intent and others do not
/// know: another spelling of the audience (RFC 3986 §6.2.2), the name `Ed25519` (RFC 9864).
const HARMLESS: &[(&str, Change)] = &[
    ("nothing", |_, _| {}),
    ("audience in a list", |d, _| d.set("aud", json!([HERE]))),
    ("audience twice", |d, _| d.set("aud", json!([HERE, HERE]))),
    ("no iat", |d, _| drop(d.claims.remove("iat"))),
    ("fewer claims", |d, _| {
        for claim in ["sub", "jti", "scope", "client_id"] {
            d.claims.remove(claim);
        }
    }),
    ("nbf past", |d, _| d.set("nbf", d.now - 100)),
    ("nbf within leeway", |d, _| d.set("nbf", d.now + 30)),
    ("iat within leeway", |d, _| d.set("iat", d.now + 30)),
    ("exp within leeway", |d, _| d.set("exp", d.now - 5)),
    ("exp with a fraction", |d, _| {
        let exp: Value = serde_json::from_str(&format!("{}.5", d.now + 200)).unwrap();
        d.set("exp", exp);
    }),
    ("typ in full", |d, _| d.head("typ", "application/at+jwt")),
    ("typ in another case", |d, _| d.head("typ", "AT+JWT")),
    ("no kid", |d, _| drop(d.header.remove("kid"))),
    ("unknown header member", |d, _| {
        d.head("x-ext", json!({ "a": [1] }));
    }),
    ("unknown claims", |d, r| {
        d.set("email", "zoë@example.com");
        d.set("groups", json!(vec!["staff"; r.below(50)]));
        d.set("ext", json!({ "aud": NEIGHBOUR, "deep": [[[[null, true, 1.5]]]] }));
    }),
    ("white space", |d, _| {
        d.claims_text = |text| format!("\r\n {}\t", text.replace(',', " ,\n"));
    }),
    ("escapes", |d, _| {
        d.claims_text = |text| text.replace('/', "\\/").replace("alice", "\\u0061lice");
    }),
    ("azp equal", |d, _| {
        d.set("client_id", "app");
        d.set("azp", "app");
    }),
    ("scp instead of scope", |d, _| {
        d.claims.remove("scope");
        d.set("scp", json!(["notes:read"]));
    }),
    ("an actor", |d, _| {
        d.set("act", json!({ "sub": "agent", "act": { "sub": "other" } }));
    }),
    ("other s", |d, _| {
        if d.key == "ec" {
            d.signature = |_, signature| other_s(&signature);
        }
    }),
];

/// Changes after which the token is bad, each in its own way.
const HARMFUL: &[(&str, Change)] = &[
    // Times.
    ("exp missing", |d, _| drop(d.claims.remove("exp"))),
    ("exp past", |d, r| {
        d.set("exp", d.now - 100 - i64::try_from(r.below(100_000)).unwrap());
    }),
    ("exp of another type", |d, r| {
        let exp = d.now + 300;
        let value = r.pick(&[json!(exp.to_string()), json!([exp]), json!(true), json!(null), json!({})]);
        d.set("exp", value);
    }),
    ("exp out of range", |d, r| {
        let value = r.pick(&[json!(-1), json!(0), json!(u64::MAX), json!(1e300), json!(i64::MAX)]);
        d.set("exp", value);
    }),
    ("exp far away", |d, r| {
        d.set("exp", d.now + r.pick(&[100_000, 10_000_000, 3_000_000_000]));
    }),
    ("nbf ahead", |d, r| {
        d.set("nbf", d.now + r.pick(&[200, 4000, 1_000_000]));
    }),
    ("nbf of another type", |d, r| {
        d.set("nbf", r.pick(&[json!("0"), json!(-1), json!([]), json!(null)]));
    }),
    ("iat ahead", |d, r| {
        d.set("iat", d.now + r.pick(&[200, 4000, 1_000_000]));
        d.set("exp", d.now + 2_000_000);
    }),
    ("iat of another type", |d, r| {
        d.set("iat", r.pick(&[json!("0"), json!(-1), json!([]), json!(null)]));
    }),
    // Issuer.
    ("iss missing", |d, _| drop(d.claims.remove("iss"))),
    ("iss of somebody else", |d, r| {
        let other = r.pick(&[
            "https://evil.example",
            "https://issuer.example/",
            "https://ISSUER.example",
            "issuer.example",
            "",
        ]);
        d.set("iss", other);
    }),
    ("iss of another type", |d, r| {
        d.set("iss", r.pick(&[json!([ISSUER]), json!(1), json!(null)]));
    }),
    // Other claims.
    ("sub malformed", |d, r| {
        d.set("sub", r.pick(&[json!(7), json!(""), json!(["alice"]), json!(null)]));
    }),
    ("jti malformed", |d, r| {
        d.set("jti", r.pick(&[json!(7), json!(""), json!({}), json!(null)]));
    }),
    ("two clients", |d, _| d.set("azp", "other")),
    ("client_id malformed", |d, r| {
        d.set("client_id", r.pick(&[json!(7), json!(["app"]), json!(null)]));
    }),
    ("scope malformed", |d, r| {
        d.set("scope", r.pick(&[json!(7), json!("a\"b"), json!("a\nb"), json!(null)]));
    }),
    ("scp and scope differ", |d, _| {
        d.set("scope", "notes:read");
        d.set("scp", json!(["admin"]));
    }),
    ("cnf", |d, r| {
        let thumbprint = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";
        let value =
            r.pick(&[json!({ "jkt": thumbprint }), json!({ "x5t#S256": thumbprint }), json!({ "kid": "k" })]);
        d.set("cnf", value);
    }),
    ("cnf malformed", |d, r| {
        d.set("cnf", r.pick(&[json!("x"), json!({ "jkt": 7 }), json!(null)]));
    }),
    ("act malformed", |d, r| {
        d.set("act", r.pick(&[json!("x"), json!({}), json!({ "sub": 7 }), json!(null)]));
    }),
    // Audience.
    ("aud missing", |d, _| drop(d.claims.remove("aud"))),
    ("aud of a neighbour", |d, r| {
        d.set("aud", r.pick(&[json!(NEIGHBOUR), json!([NEIGHBOUR])]));
    }),
    ("aud of a stranger", |d, r| {
        let other = r.pick(&[
            "https://notes.example.com",
            "https://notes.example.com/mcp/",
            "https://notes.example.com/mcp/admin",
            "https://notes.example.com/MCP",
            "http://notes.example.com/mcp",
            "https://notes.example.com/mcp#",
            "*",
            "app",
        ]);
        d.set("aud", other);
    }),
    ("aud shared", |d, r| {
        let other = r.pick(&[NEIGHBOUR, "https://other.example/mcp", "app", "*"]);
        let both = r.pick(&[json!([HERE, other]), json!([other, HERE])]);
        d.set("aud", both);
    }),
    ("aud malformed", |d, r| {
        let value = r.pick(&[
            json!(null),
            json!(""),
            json!([]),
            json!(7),
            json!(true),
            json!({ "aud": HERE }),
            json!([[HERE]]),
        ]);
        d.set("aud", value);
    }),
    ("aud partly malformed", |d, r| {
        d.set("aud", r.pick(&[json!([HERE, 7]), json!([HERE, null]), json!([HERE, ""])]));
    }),
    ("aud too often", |d, _| d.set("aud", json!(vec![HERE; 33]))),
    // Header.
    ("typ of another kind", |d, r| {
        d.head("typ", r.pick(&["JWT", "dpop+jwt", "logout+jwt", "", "at+jwt "]));
    }),
    ("typ missing", |d, _| drop(d.header.remove("typ"))),
    ("typ of another type", |d, r| {
        d.head("typ", r.pick(&[json!(1), json!(["at+jwt"]), json!(null)]));
    }),
    ("crit", |d, r| {
        d.head("crit", r.pick(&[json!(["exp"]), json!([]), json!("b64"), json!(["x-ext"])]));
    }),
    ("b64", |d, r| d.head("b64", r.pick(&[true, false]))),
    ("alg none", |d, r| {
        d.head("alg", r.pick(&["none", "None", "nOnE"]));
        d.signature = |_, _| vec![];
    }),
    ("alg symmetric", |d, _| {
        d.head("alg", "HS256");
        d.signature = |message, _| mac(message);
    }),
    ("alg of another key", |d, r| {
        d.head("alg", r.pick(&["EdDSA", "ES256", "RS256", "PS256", "ES384", "ES512"]));
    }),
    ("alg malformed", |d, r| {
        d.head("alg", r.pick(&[json!(1), json!(null), json!([]), json!("")]));
    }),
    ("alg missing", |d, _| drop(d.header.remove("alg"))),
    ("kid unknown", |d, r| {
        d.head("kid", r.pick(&["nobody", "", "ED", "../ed", "attacker"]));
    }),
    ("kid of another key", |d, r| {
        let others = KEYS.map(|(name, _)| name).into_iter().filter(|name| *name != d.key);
        let others: Vec<_> = others.collect();
        d.head("kid", r.pick(&others));
    }),
    ("kid of another type", |d, r| {
        d.head("kid", r.pick(&[json!(1), json!([]), json!(null)]));
    }),
    ("kid too long", |d, _| d.head("kid", "k".repeat(300))),
    ("a key of its own", |d, _| {
        d.signed_by = "attacker";
        d.head("jwk", public("attacker", d.key));
    }),
    // Signature.
    ("signed by a stranger", |d, _| d.signed_by = "attacker"),
    ("signature flipped", |d, r| {
        d.signature = r.pick(&[
            (|_, s| flipped(s, 0)) as fn(&[u8], Vec<u8>) -> Vec<u8>,
            |_, s| flipped(s, 30),
            |_, s| flipped(s, 63),
        ]);
    }),
    ("signature cut short", |d, _| {
        d.signature = |_, s| s[..s.len() - 1].to_vec();
    }),
    ("signature extended", |d, _| {
        d.signature = |_, s| [s.as_slice(), &[0]].concat();
    }),
    ("signature empty", |d, _| d.signature = |_, _| vec![]),
    ("signature of zeros", |d, _| d.signature = |_, s| vec![0; s.len()]),
    ("signed something else", |d, _| {
        d.whole = |token| {
            let (signed, signature) = token.rsplit_once('.').unwrap();
            let (header, claims) = signed.split_once('.').unwrap();
            let claims = String::from_utf8(unb64(claims)).unwrap().replace("alice", "root");
            format!("{header}.{}.{signature}", b64(claims + " "))
        };
    }),
    // Form.
    ("padding", |d, _| d.whole = |token| token + "=="),
    ("blank behind", |d, _| d.whole = |token| token + " "),
    ("line feed behind", |d, _| d.whole = |token| token + "\n"),
    ("line feed within", |d, _| {
        d.whole = |token| token.replacen('.', ".\n", 1);
    }),
    ("other alphabet", |d, _| {
        d.whole = |token| {
            let (signed, signature) = token.rsplit_once('.').unwrap();
            format!("{signed}.{}", STANDARD_NO_PAD.encode([unb64(signature), vec![0xff; 3]].concat()))
        }
    }),
    ("stray bits", |d, _| d.whole = stray_bits),
    ("two parts", |d, _| {
        d.whole = |token| token.rsplit_once('.').unwrap().0.to_owned();
    }),
    ("four parts", |d, _| d.whole = |token| token + ".AAAA"),
    ("five parts", |d, _| d.whole = |token| token + ".AAAA.AAAA"),
    ("opaque", |d, _| d.whole = |token| b64(token)),
    ("too large", |d, _| d.set("pad", "p".repeat(14_000))),
    ("claim twice", |d, r| {
        d.claims_text = r.pick(&[
            (|text| text.replacen('{', "{\"aud\":\"https://files.example.com/mcp\",", 1))
                as fn(String) -> String,
            |text| text.replacen('{', "{\"sub\":\"root\",", 1),
            |text| text.replacen('{', "{\"ext\":{\"a\":1,\"a\":2},", 1),
        ]);
    }),
    ("header member twice", |d, _| {
        d.header_text = |text| text.replacen('{', "{\"alg\":\"none\",", 1);
    }),
    ("claims nested too deep", |d, _| {
        d.claims_text =
            |text| text.replacen('{', &format!("{{\"x\":{}{},", "[".repeat(40), "]".repeat(40)), 1);
    }),
    ("claims are no object", |d, r| {
        d.claims_text = r.pick(&[
            (|text| format!("[{text}]")) as fn(String) -> String,
            |text| text + "x",
            |text| format!("\u{feff}{text}"),
            |_| "null".into(),
            |text| text.replacen('{', "{\"x\":NaN,", 1),
        ]);
    }),
    ("header is no object", |d, r| {
        d.header_text = r.pick(&[
            (|text| format!("[{text}]")) as fn(String) -> String,
            |text| text + "}",
            |_| String::new(),
        ]);
    }),
];

fn flipped(mut signature: Vec<u8>, at: usize) -> Vec<u8> {
    signature[at] ^= 1;
    signature
}

/// r and n - s: as good a signature as r and s, and JWS does not choose between them.
fn other_s(signature: &[u8]) -> Vec<u8> {
    const ORDER: [u8; 32] = [
        0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc,
        0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ];
    let mut other = signature.to_vec();
    let mut borrow = false;
    for (octet, order) in other.iter_mut().skip(32).zip(ORDER).rev() {
        let (rest, first) = order.overflowing_sub(*octet);
        let (rest, second) = rest.overflowing_sub(u8::from(borrow));
        *octet = rest;
        borrow = first || second;
    }
    other
}

/// The trick of old: the public key as a shared secret.
fn mac(message: &[u8]) -> Vec<u8> {
    use aws_lc_rs::hmac;

    let secret = unb64(public("issuer", "ed")["x"].as_str().unwrap());
    let key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
    hmac::sign(&key, message).as_ref().to_vec()
}

/// Another text for the same bytes: the last character carries bits that belong to no byte.
fn stray_bits(token: String) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (rest, last) = token.split_at(token.len() - 1);
    match ALPHABET.iter().position(|letter| *letter == last.as_bytes()[0]) {
        Some(at) => format!("{rest}{}", char::from(ALPHABET[at ^ 1])),
        None => token,
    }
}

struct Sample {
    changes: String,
    token: String,
    /// The code where Warded refuses.
    refused: Option<&'static str>,
}

struct Samples {
    jwks: Value,
    all: Vec<Sample>,
}

/// Made once: the peers read their own clocks, so this one must be the real one too. No time lies near an edge.
static SAMPLES: LazyLock<Samples> = LazyLock::new(|| {
    let now = i64::try_from(jsonwebtoken::get_current_timestamp()).unwrap();
    let jwks = json!({ "keys": KEYS.map(|(name, algorithm)| {
        let key = SigningKey::from_pkcs8(algorithm, &pkcs8("issuer", name)).unwrap();
        let mut jwk = key.public_jwk().clone();
        jwk.insert("kid".into(), name.into());
        jwk
    })});
    let server = server(&KEYS.map(|(_, algorithm)| algorithm));
    let keys = keyring(&jwks);
    let mut signers = HashMap::new();
    for owner in ["issuer", "attacker"] {
        for (name, _) in KEYS {
            signers.insert((owner, name), Signer::of(owner, name));
        }
    }
    let mut random = Random(0x5eed);
    let mut sample = || {
        let (key, algorithm) = random.pick(&KEYS);
        let mut draft = Draft::good(key, algorithm.name(), now);
        let mut changes = vec![random.pick(HARMLESS)];
        // A third good, half with one fault, the rest with two.
        for _ in 0..random.pick(&[0, 0, 1, 1, 1, 2]) {
            changes.push(random.pick(HARMFUL));
        }
        let mut names = vec![algorithm.name()];
        for (name, change) in changes {
            change(&mut draft, &mut random);
            names.push(name);
        }
        let token = draft.finish(&signers);
        let refused = judge(&token, &server, &keys, now).err();
        Sample { changes: names.join(", "), token, refused }
    };
    let all = (0..TOKENS).map(|_| sample()).collect();
    Samples { jwks, all }
});

#[test]
fn good_and_bad_tokens_occur_in_quantity_and_bad_ones_for_many_reasons() {
    let admitted = SAMPLES.all.iter().filter(|sample| sample.refused.is_none()).count();
    let codes: BTreeSet<_> = SAMPLES.all.iter().filter_map(|sample| sample.refused).collect();
    assert!(admitted >= TOKENS / 4, "{admitted} admitted");
    assert!(TOKENS - admitted >= TOKENS / 2, "{admitted} admitted");
    assert!(codes.len() >= 25, "{codes:?}");
    for (name, _) in HARMLESS.iter().chain(HARMFUL) {
        let count = SAMPLES.all.iter().filter(|sample| sample.changes.contains(name)).count();
        assert!(count >= 10, "{name}: {count}");
    }
}

/// Holds the verdicts of a peer against Warded's. What a peer says is `admit`, or why not.
fn compare(peer: &str, verdicts: &[String]) {
    assert_eq!(verdicts.len(), SAMPLES.all.len(), "{peer} left tokens out");
    let (mut admitted, mut refused) = (0, 0);
    let mut stricter = BTreeMap::<_, usize>::new();
    let mut wrong = String::new();
    let known = |code| STRICTER.iter().any(|(known, peers, _)| *known == code && peers.contains(&peer));
    for (sample, said) in SAMPLES.all.iter().zip(verdicts) {
        match (sample.refused, said == "admit") {
            (None, true) => admitted += 1,
            (Some(_), false) => refused += 1,
            (Some(code), true) => {
                *stricter.entry(code).or_default() += 1;
                if !known(code) {
                    writeln!(wrong, "{peer} admits, {code}: {}", sample.changes).unwrap();
                }
            }
            (None, false) => writeln!(wrong, "{peer}: {said}, admitted here: {}", sample.changes).unwrap(),
        }
    }
    eprintln!("{peer}: {admitted} admitted by both, {refused} refused by both, refused by Warded alone:");
    for (code, count) in &stricter {
        eprintln!("  {count:5} {code}");
    }
    assert!(wrong.is_empty(), "{wrong}");
    for (code, peers, why) in STRICTER {
        assert_eq!(peers.contains(&peer), stricter.contains_key(code), "{peer}, {code}: {why}");
    }
}

#[test]
fn what_is_admitted_jsonwebtoken_admits_too() {
    use jsonwebtoken::{DecodingKey, Validation, decode, decode_header, jwk::JwkSet};

    let set: JwkSet = serde_json::from_value(SAMPLES.jwks.clone()).unwrap();
    let keys: Vec<_> = set
        .keys
        .iter()
        .map(|jwk| {
            let algorithm = jwk.common.key_algorithm.unwrap().to_string().parse().unwrap();
            let mut validation = Validation::new(algorithm);
            validation.set_required_spec_claims(&["exp", "iss", "aud"]);
            validation.set_audience(&[HERE]);
            validation.set_issuer(&[ISSUER]);
            validation.leeway = LEEWAY;
            validation.validate_nbf = true;
            (jwk.common.key_id.clone(), DecodingKey::from_jwk(jwk).unwrap(), validation)
        })
        .collect();
    let verdict = |token: &str| {
        let kid = match decode_header(token) {
            Ok(header) => header.kid,
            Err(error) => return format!("refuse {error}"),
        };
        let mut said = "refuse no key".to_owned();
        for (name, key, validation) in keys.iter().filter(|(name, ..)| kid.is_none() || *name == kid) {
            match decode::<Value>(token, key, validation) {
                Ok(_) => return "admit".into(),
                Err(error) => said = format!("refuse {error} with {name:?}"),
            }
        }
        said
    };
    let verdicts: Vec<_> = SAMPLES.all.iter().map(|sample| verdict(&sample.token)).collect();
    compare("jsonwebtoken", &verdicts);
}

fn environment(name: &str) -> Option<OsString> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the peers are not part of the build: the test command installs them and says where"
    )]
    let value = std::env::var_os(name);
    if value.is_none() {
        eprintln!("SKIPPED: {name} is not set, so this peer is not asked");
    }
    value
}

/// The verdicts of a script under `peers`, one line for each token.
fn ask(peer: &str, command: &mut Command) -> Vec<String> {
    let file = format!("{}/agreement-{peer}.jsonl", env!("CARGO_TARGET_TMPDIR"));
    let mut lines = json!({
        "jwks": SAMPLES.jwks, "issuer": ISSUER, "audience": HERE, "leeway": LEEWAY, "typ": "at+jwt",
        "algorithms": KEYS.map(|(_, algorithm)| algorithm.name()),
    })
    .to_string();
    for sample in &SAMPLES.all {
        lines.push('\n');
        lines.push_str(&json!(sample.token).to_string());
    }
    fs::write(&file, lines).unwrap();
    let output = command.arg(&file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let verdicts = String::from_utf8(output.stdout).unwrap();
    verdicts.lines().map(ToOwned::to_owned).collect()
}

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers");

#[test]
fn what_is_admitted_jose_admits_too() {
    if let Some(directory) = environment("WARDED_PEERS_NODE") {
        let mut command = Command::new("node");
        command.arg(format!("{SCRIPTS}/jose.mjs")).arg(directory);
        compare("jose", &ask("jose", &mut command));
    }
}

#[test]
fn what_is_admitted_pyjwt_admits_too() {
    if let Some(interpreter) = environment("WARDED_PEERS_PYTHON") {
        let mut command = Command::new(interpreter);
        command.arg(format!("{SCRIPTS}/pyjwt.py"));
        compare("pyjwt", &ask("pyjwt", &mut command));
    }
}
