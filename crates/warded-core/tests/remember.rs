//! What is remembered admits the same token again, here and now, and nothing else.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot set its stage has failed")]

use std::sync::Arc;

use serde_json::{Map, Value, json};
use warded_core::{
    Fleet, InboundToken, Issuer, IssuerRules, IssuerSpec, Keyring, Mode, Possession, Recall, Remembered,
    ResourceUri, Server, ServerSpec, UnixTime, Verdict, jose::Thumbprint,
};

#[expect(dead_code, reason = "other tests need the rest of it")]
mod stage;

use stage::{HERE, ISSUER, NEIGHBOUR, Signer, b64, claims, keyring, object, public};

const NOW: i64 = 1_800_000_000;

fn fleet(mode: Mode) -> Fleet {
    let server = |name: &str, url, mode| ServerSpec {
        name: name.into(),
        resource: ResourceUri::parse(url).unwrap(),
        aliases: vec![],
        issuers: vec![0],
        tier: "default".into(),
        mode,
    };
    let url = Issuer::parse(ISSUER).unwrap();
    let issuer = IssuerSpec { url, rules: IssuerRules::default(), audiences: vec![], across_tiers: vec![] };
    Fleet::prove(vec![server("notes", HERE, mode), server("files", NEIGHBOUR, Mode::Strict)], vec![issuer])
        .unwrap()
}

fn notes() -> Server {
    fleet(Mode::Strict).server("notes").unwrap()
}

fn keys() -> Keyring {
    keyring(&json!({ "keys": [public("issuer", "ed"), public("issuer", "ec")] }))
}

fn signed(key: &str, claims: &Map<String, Value>) -> String {
    let alg = if key == "ed" { "EdDSA" } else { "ES256" };
    let header = json!({ "alg": alg, "typ": "at+jwt" });
    let message = format!("{}.{}", b64(header.to_string()), b64(Value::Object(claims.clone()).to_string()));
    let signature = Signer::of("issuer", key).sign(message.as_bytes());
    format!("{message}.{}", b64(signature))
}

fn at(seconds: i64) -> UnixTime {
    UnixTime::from_seconds(NOW + seconds)
}

fn verdict(token: &str, server: &Server, possession: &Possession, now: UnixTime) -> Verdict {
    InboundToken::new(token.to_owned()).judge(server, &keys(), possession, now)
}

/// A good token that was admitted just now.
fn warm(token: &str, server: &Server, possession: &Possession) -> Remembered {
    match verdict(token, server, possession, at(0)) {
        Verdict::Admit(token, _) => Remembered::of(&Arc::from(token)),
        other => panic!("{other:?}"),
    }
}

/// Whether the verdict is given again; what is not is judged, and then this is what is said of it.
fn again(
    remembered: &Remembered,
    token: &str,
    server: &Server,
    possession: &Possession,
    now: UnixTime,
) -> Result<(), &'static str> {
    match remembered.again(InboundToken::new(token.to_owned()), server, possession, now) {
        Recall::Admit(..) => Ok(()),
        Recall::Judge(token) => match token.judge(server, &keys(), possession, now) {
            Verdict::Admit(..) => Err("admitted after a look"),
            Verdict::Refuse(refusal) => Err(refusal.code()),
            Verdict::Unable(fault) => Err(fault.code()),
        },
    }
}

fn nothing() -> Possession {
    Possession::default()
}

#[test]
fn the_same_token_is_admitted_again_without_any_keys() {
    let (server, token) = (notes(), signed("ed", &claims(NOW)));
    let remembered = warm(&token, &server, &nothing());
    for seconds in [0, 1, 200] {
        let presented = InboundToken::new(token.clone());
        let Recall::Admit(verified, residue) = remembered.again(presented, &server, &nothing(), at(seconds))
        else {
            panic!("it was to be judged again after {seconds} s");
        };
        assert_eq!(verified.claims().subject(), Some("alice"));
        assert!(residue.occurs_in(token.as_bytes()));
    }
    assert!(!remembered.is_over(at(200)));
}

#[test]
fn a_token_that_is_warm_here_is_cold_at_its_neighbour_and_in_another_configuration() {
    let (fleet, token) = (fleet(Mode::Strict), signed("ed", &claims(NOW)));
    let (notes, files) = (fleet.server("notes").unwrap(), fleet.server("files").unwrap());
    let remembered = warm(&token, &notes, &nothing());
    assert_eq!(again(&remembered, &token, &files, &nothing(), at(0)), Err("audience-elsewhere"));
    // The same words proved a second time may stand for other rules.
    let reloaded = self::notes();
    assert_eq!(again(&remembered, &token, &reloaded, &nothing(), at(0)), Err("admitted after a look"));
    assert_eq!(again(&remembered, &token, &fleet.server("notes").unwrap(), &nothing(), at(0)), Ok(()));
}

#[test]
fn a_remembered_token_ends_to_the_second_and_not_before() {
    let (server, token) = (notes(), signed("ed", &claims(NOW)));
    let remembered = warm(&token, &server, &nothing());
    let leeway = i64::from(IssuerRules::DEFAULT_LEEWAY);
    assert_eq!(again(&remembered, &token, &server, &nothing(), at(300 + leeway - 1)), Ok(()));
    assert!(!remembered.is_over(at(300 + leeway - 1)));
    assert_eq!(again(&remembered, &token, &server, &nothing(), at(300 + leeway)), Err("expired"));
    assert!(remembered.is_over(at(300 + leeway)));
}

#[test]
fn a_clock_that_is_set_back_makes_no_token_older_than_its_issue() {
    let (server, token) = (notes(), signed("ed", &claims(NOW)));
    let remembered = warm(&token, &server, &nothing());
    assert_eq!(again(&remembered, &token, &server, &nothing(), at(-3600)), Err("issued-in-future"));
}

#[test]
fn what_a_roll_out_lets_pass_ends_with_it_also_where_it_is_warm() {
    let server = fleet(Mode::PermissiveUntil(at(60))).server("notes").unwrap();
    let mut unaimed = claims(NOW);
    unaimed.remove("aud");
    let (unaimed, good) = (signed("ed", &unaimed), signed("ed", &claims(NOW)));
    for (token, then) in [(unaimed, Err("audience-missing")), (good, Ok(()))] {
        let remembered = warm(&token, &server, &nothing());
        assert_eq!(again(&remembered, &token, &server, &nothing(), at(59)), Ok(()));
        assert_eq!(again(&remembered, &token, &server, &nothing(), at(60)), then);
    }
}

#[test]
fn a_bound_token_that_is_warm_needs_its_proof_again() {
    let thumbprint = |letter: &str| Thumbprint::parse(&letter.repeat(43));
    let holder = |letter| {
        let mut possession = Possession::default();
        possession.key = thumbprint(letter);
        possession
    };
    let mut bound = claims(NOW);
    bound.insert("cnf".into(), json!({ "jkt": "A".repeat(43) }));
    let (server, token) = (notes(), signed("ed", &bound));
    let remembered = warm(&token, &server, &holder("A"));
    assert_eq!(again(&remembered, &token, &server, &holder("A"), at(1)), Ok(()));
    assert_eq!(again(&remembered, &token, &server, &nothing(), at(1)), Err("sender-unproven"));
    assert_eq!(again(&remembered, &token, &server, &holder("E"), at(1)), Err("sender-mismatch"));
}

#[test]
fn another_spelling_of_the_signature_is_another_token() {
    let (server, token) = (notes(), signed("ec", &claims(NOW)));
    let remembered = warm(&token, &server, &nothing());
    let respelled = respelled(&token);
    assert_ne!(respelled, token);
    // It is good, as ECDSA has it; but nobody has looked at it yet.
    assert_eq!(again(&remembered, &respelled, &server, &nothing(), at(0)), Err("admitted after a look"));
    let (signed, _) = token.rsplit_once('.').unwrap();
    for forged in [format!("{signed}."), format!("{signed}.AAAA"), format!("{token}A"), token.to_uppercase()]
    {
        assert_ne!(again(&remembered, &forged, &server, &nothing(), at(0)), Ok(()), "{forged}");
    }
}

/// ECDSA: where (r, s) is a signature, (r, n - s) is one.
fn respelled(token: &str) -> String {
    const ORDER: [u8; 32] = [
        0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc,
        0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ];
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let mut signature = stage::unb64(signature);
    let mut borrow = 0;
    for (byte, order) in signature[32..].iter_mut().zip(ORDER).rev() {
        let difference = i16::from(order) - i16::from(*byte) - borrow;
        borrow = i16::from(difference < 0);
        *byte = u8::try_from(difference.rem_euclid(256)).unwrap();
    }
    format!("{signed}.{}", b64(signature))
}

#[test]
fn tokens_that_differ_anywhere_have_different_digests() {
    let token = signed("ed", &claims(NOW));
    let digest = |text: &str| InboundToken::new(text.to_owned()).digest();
    assert_eq!(digest(&token), digest(&token));
    for (at, _) in token.char_indices().step_by(7) {
        let mut other = token.clone();
        other.replace_range(at..=at, "~");
        assert_ne!(digest(&token), digest(&other));
    }
    assert_eq!(format!("{:?}", digest(&token)), "TokenDigest");
}

#[test]
fn nothing_of_the_tokens_text_is_shown_by_what_remembers_it() {
    let token = signed("ed", &claims(NOW));
    let remembered = format!("{:?}", warm(&token, &notes(), &nothing()));
    for part in token.split('.') {
        assert!(!remembered.contains(part), "{remembered}");
    }
}

#[test]
fn a_remembered_token_takes_no_more_memory_than_it_says() {
    let small = claims(NOW);
    let mut wide = claims(NOW);
    wide.extend((0..200).map(|number| (format!("claim-{number}"), json!(number.to_string()))));
    let mut deep = claims(NOW);
    deep.insert("groups".into(), json!(vec!["a"; 500]));
    deep.insert("empty".into(), json!(vec![json!({ "a": { "b": {} } }); 200]));
    deep.insert("scp".into(), json!((0..100).map(|number| format!("s:{number}")).collect::<Vec<_>>()));
    deep.remove("scope");
    deep.insert("act".into(), json!({ "sub": "a", "act": { "sub": "b", "iss": "https://c.example" } }));
    let server = notes();
    for claims in [small, wide, deep, object(json!({ "iss": ISSUER, "aud": HERE, "exp": NOW + 300 }))] {
        let token = signed("ed", &claims);
        let mut kept = None;
        // Whatever is set up once is set up before.
        drop(warm(&token, &server, &nothing()));
        let used =
            allocation_counter::measure(|| kept = Some(warm(&token, &server, &nothing()))).bytes_current;
        let said = kept.unwrap().bytes();
        assert!(u64::try_from(used).unwrap() <= u64::try_from(said).unwrap(), "{used} bytes, not {said}");
        assert!(u64::try_from(said).unwrap() <= 2 * u64::try_from(used).unwrap(), "{said} bytes for {used}");
    }
}
