//! What can be said of a token that nobody vouches for: everything that is wrong with it, and nothing that opens a door.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use serde_json::{Map, Value, json};
use warded_core::{
    Fleet, Hierarchy, InboundToken, Mode, Refusal, Scopes, Server, UnixTime, danger::Unverified, jose::KeySet,
};

#[path = "support/describe.rs"]
mod describe;
#[path = "support/tokens.rs"]
mod tokens;

use describe::{issuer, server};
use tokens::{CORP, NOW, claims, forge, header, issue, key_set, keyring, now};

const NOTES: &str = "https://notes.example.com/mcp";

fn read(token: &str) -> Unverified {
    Unverified::read(InboundToken::new(token.to_owned())).unwrap()
}

fn forged(change: impl FnOnce(&mut Map<String, Value>, &mut Map<String, Value>)) -> String {
    let (mut header, mut claims) = (header(), claims(NOTES));
    change(&mut header, &mut claims);
    forge(&Value::Object(header).to_string(), &Value::Object(claims).to_string())
}

fn codes(token: &str) -> Vec<&'static str> {
    read(token).faults(now()).iter().map(Refusal::code).collect()
}

fn notes(mode: Mode) -> Server {
    let mut notes = server("notes", NOTES);
    notes.mode = mode;
    Fleet::prove(vec![notes, server("files", "https://files.example.com/mcp")], vec![issuer(CORP)])
        .unwrap()
        .server("notes")
        .unwrap()
}

#[test]
fn a_good_token_has_no_fault_and_shows_what_it_says() {
    let token = read(&issue(&claims(NOTES)));
    assert_eq!(token.faults(now()), []);
    assert_eq!(token.claims()["aud"], NOTES);
    assert_eq!(token.header()["alg"], "EdDSA");
    assert_eq!(format!("{token:?}"), "Unverified");
}

#[test]
fn faults_do_not_end_with_the_first() {
    let token = forged(|header, claims| {
        header.remove("typ");
        claims.remove("iss");
        claims.remove("aud");
        claims.insert("nonce".into(), "n".into());
        claims.insert("exp".into(), (NOW - 3600).into());
    });
    assert_eq!(
        codes(&token),
        ["type-wrong", "issuer-missing", "audience-missing", "not-access-token", "expired"]
    );
}

#[test]
fn each_part_is_measured() {
    let token = |name: &str, value: Value| forged(|_, claims| drop(claims.insert(name.into(), value)));
    assert_eq!(codes(&token("iss", json!(1))), ["claim-malformed"]);
    assert_eq!(codes(&token("aud", json!([]))), ["audience-malformed"]);
    assert_eq!(codes(&token("exp", json!("soon"))), ["claim-malformed"]);
    assert_eq!(codes(&token("aud", json!("agent"))), ["not-access-token"]);
    assert_eq!(
        codes(&forged(|header, _| drop(header.insert("alg".into(), "none".into())))),
        ["algorithm-unsupported"]
    );
    let good = issue(&claims(NOTES));
    let unsigned = good.rsplit_once('.').unwrap().0;
    assert_eq!(codes(&format!("{unsigned}.")), ["signature-invalid"]);
    assert_eq!(codes(&format!("{unsigned}.AA=")), ["token-base64"]);
}

#[test]
fn what_is_no_token_cannot_be_read() {
    let refused = |text: &str| Unverified::read(InboundToken::new(text.to_owned())).unwrap_err();
    assert_eq!(refused("opaque"), Refusal::TokenParts);
    assert_eq!(refused("a.b.c"), Refusal::TokenBase64 { part: "header" });
}

#[test]
fn a_server_says_what_it_would_say_to_a_good_signature() {
    let strict = notes(Mode::Strict);
    let permissive = notes(Mode::PermissiveUntil(UnixTime::from_seconds(NOW + 1)));
    let elsewhere = read(&issue(&claims("https://files.example.com/mcp")));
    assert_eq!(
        elsewhere.would_open(&strict, now()),
        Err(Refusal::AudienceElsewhere { server: "files".into() })
    );
    assert_eq!(read(&issue(&claims(NOTES))).would_open(&strict, now()), Ok(vec![]));
    let untyped = read(&forged(|header, claims| {
        header.remove("typ");
        claims.remove("aud");
    }));
    let waived = untyped.would_open(&permissive, now()).unwrap();
    assert_eq!(waived.iter().map(Refusal::code).collect::<Vec<_>>(), ["type-wrong", "audience-missing"]);
    assert_eq!(untyped.would_open(&strict, now()).unwrap_err().code(), "type-wrong");
    let stranger = read(&forged(|_, claims| {
        drop(claims.insert("iss".into(), "https://evil.example".into()));
    }));
    assert_eq!(stranger.would_open(&strict, now()).unwrap_err().code(), "issuer-unknown");
}

#[test]
fn the_algorithm_must_be_on_the_issuers_list_also_for_the_eye() {
    let mut corp = issuer(CORP);
    corp.rules.algorithms = vec![warded_core::jose::Algorithm::Es256];
    let server = Fleet::prove(vec![server("notes", NOTES)], vec![corp]).unwrap().server("notes").unwrap();
    let refused = read(&issue(&claims(NOTES))).would_open(&server, now());
    assert_eq!(refused.unwrap_err().code(), "algorithm-not-allowed");
}

#[test]
fn a_signature_is_checked_by_the_keys_that_are_given() {
    let token = read(&issue(&claims(NOTES)));
    assert_eq!(token.signature_by(&key_set()), Ok(()));
    assert!(keyring().of(&warded_core::Issuer::parse(CORP).unwrap()).is_some());
    let nobody = KeySet::parse(br#"{"keys":[]}"#).unwrap();
    assert_eq!(token.signature_by(&nobody).unwrap_err().code(), "key-unknown");
    let other = issue(&claims("https://files.example.com/mcp"));
    let swapped = format!(
        "{}.{}",
        issue(&claims(NOTES)).rsplit_once('.').unwrap().0,
        other.rsplit_once('.').unwrap().1
    );
    assert_eq!(read(&swapped).signature_by(&key_set()), Err(Refusal::SignatureInvalid));
}

#[test]
fn scopes_are_measured_without_a_signature_too() {
    let mut claims = claims(NOTES);
    claims.insert("scope".into(), "notes:read".into());
    let token = read(&issue(&claims));
    assert_eq!(token.would_permit(&Scopes::parse("notes:read").unwrap(), &Hierarchy::default()), Ok(()));
    let needs = Scopes::parse("notes:write").unwrap();
    assert_eq!(
        token.would_permit(&needs, &Hierarchy::default()),
        Err(Refusal::ScopeMissing { needs: needs.clone() })
    );
    claims.insert("exp".into(), json!("never"));
    assert_eq!(
        read(&issue(&claims)).would_permit(&needs, &Hierarchy::default()),
        Err(Refusal::ClaimMalformed { claim: "exp" })
    );
}
