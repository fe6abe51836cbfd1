//! What an issuer says of its tokens, and what nobody else may say in its place: introspection and status lists, without
//! a network.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up has failed")]

use serde_json::{Map, Value, json};
use warded_core::{
    Conflict, Fault, Fleet, InboundToken, IntrospectionAnswer, InvalidAnswer, Issuer, IssuerRules,
    IssuerSpec, Possession, Refusal, Route, Server, TokenDigest, UnixTime, Validation, Verdict,
    VerifiedToken,
    jose::{Algorithm, KeySet, base64url},
    status::{InvalidStatusList, MAX_STATUS_LIST_BYTES, SignedList, Status, StatusList},
};

#[path = "support/describe.rs"]
mod describe;
#[path = "support/tokens.rs"]
mod tokens;

use describe::{issuer, server};
use tokens::{CORP, NOW, claims, forge, header, issue, key_set, keyring, now};

const NOTES: &str = "https://notes.example.com/mcp";
const FILES: &str = "https://files.example.com/mcp";
const OTHER: &str = "https://other.example.com";

fn asked(url: &str) -> IssuerSpec {
    let mut spec = issuer(url);
    spec.rules.validation = Validation::Introspection;
    spec
}

/// A server that trusts CORP, whose tokens are signed, and OTHER, who is asked.
fn notes_with(change: impl FnOnce(&mut IssuerRules)) -> Server {
    let mut other = asked(OTHER);
    change(&mut other.rules);
    let mut notes = server("notes", NOTES);
    notes.issuers = vec![0, 1];
    let fleet = Fleet::prove(vec![notes, server("files", FILES)], vec![issuer(CORP), other]).unwrap();
    fleet.server("notes").unwrap()
}

fn notes() -> Server {
    notes_with(|_| {})
}

fn digest(token: &str) -> TokenDigest {
    match InboundToken::new(token.to_owned()).route(&notes()) {
        Route::Introspect(asking) => asking.subject().digest(),
        other => panic!("{other:?}"),
    }
}

fn active() -> Value {
    json!({ "active": true, "aud": NOTES, "client_id": "agent", "sub": "alice", "exp": NOW + 300, "iat": NOW })
}

fn heard(
    token: &str,
    said: &Value,
    about: TokenDigest,
    server: &Server,
) -> Result<Box<VerifiedToken>, String> {
    let answer = IntrospectionAnswer::parse(said.to_string().as_bytes(), about).unwrap();
    let token = InboundToken::new(token.to_owned());
    match token.judge_introspected(server, &answer, &Possession::default(), now()) {
        Verdict::Admit(token, residue) => {
            assert!(residue.occurs_in(b"the token is opaque-token!"));
            Ok(token)
        }
        Verdict::Refuse(refusal) => Err(refusal.code().to_owned()),
        Verdict::Unable(fault) => Err(fault.code().to_owned()),
    }
}

#[test]
fn what_is_said_of_one_token_is_nothing_to_another() {
    let (mine, other) = (digest("opaque-token"), digest("opaque-other"));
    assert!(heard("opaque-token", &active(), mine, &notes()).is_ok());
    let mixed_up = heard("opaque-token", &active(), other, &notes());
    assert_eq!(mixed_up.unwrap_err(), "introspection-unavailable");
}

#[test]
fn an_answer_lasts_for_a_minute_at_most_and_never_longer_than_the_token() {
    let until = |change: fn(&mut IssuerRules), exp: Value| {
        let mut said = active();
        said["exp"] = exp;
        let members: Value =
            said.as_object().unwrap().clone().into_iter().filter(|(_, v)| !v.is_null()).collect();
        let server = notes_with(change);
        let token = heard("opaque-token", &members, digest("opaque-token"), &server).unwrap();
        (token.known_until().unwrap().since(now()), token.claims().expires().since(now()))
    };
    assert_eq!(until(|_| {}, json!(NOW + 300)), (60, 300));
    assert_eq!(until(|_| {}, json!(NOW + 20)), (20, 20));
    assert_eq!(until(|_| {}, Value::Null), (60, 60));
    assert_eq!(until(|rules| rules.answers_last = 5, json!(NOW + 300)), (5, 300));
    assert_eq!(until(|rules| rules.answers_last = 5, Value::Null), (5, 60));
    assert_eq!(until(|rules| rules.answers_last = 0, json!(NOW + 300)), (0, 300));
    assert_eq!(until(|rules| rules.answers_last = 86_400, json!(NOW + 300)), (60, 300));
}

#[test]
fn an_answer_without_an_end_admits_also_where_nothing_is_remembered_and_no_leeway_is_given() {
    let server = notes_with(|rules| (rules.leeway, rules.answers_last) = (0, 0));
    let mut said = active();
    said.as_object_mut().unwrap().remove("exp");
    let token = heard("opaque-token", &said, digest("opaque-token"), &server).unwrap();
    assert_eq!(token.known_until(), Some(now()), "it is asked about again the next time");
}

#[test]
fn an_answer_is_as_old_as_its_question() {
    let about = digest("opaque-token");
    let until = |sent: i64| {
        let answer = IntrospectionAnswer::parse(active().to_string().as_bytes(), about).unwrap();
        let answer = answer.of_question(UnixTime::from_seconds(NOW + sent));
        let token = InboundToken::new("opaque-token".to_owned());
        match token.judge_introspected(&notes(), &answer, &Possession::default(), now()) {
            Verdict::Admit(token, _) => token.known_until().unwrap().since(now()),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!((until(-20), until(0), until(20)), (40, 60, 60));
}

#[test]
fn the_keys_of_an_issuer_that_is_asked_are_no_way_around_it() {
    let mut keys = keyring();
    keys.hold(&Issuer::parse(OTHER).unwrap(), key_set());
    let judge =
        |token: String| InboundToken::new(token).judge(&notes(), &keys, &Possession::default(), now());
    let mut of_other = claims(NOTES);
    of_other.insert("iss".into(), OTHER.into());
    for token in [issue(&of_other), "opaque".to_owned()] {
        match judge(token) {
            Verdict::Unable(fault) => assert_eq!(fault, Fault::IntrospectionUnavailable),
            other => panic!("{other:?}"),
        }
    }
    assert!(matches!(judge(issue(&claims(NOTES))), Verdict::Admit(..)));
    // And the other way round: what is signed is not vouched for by anybody's word.
    let token = InboundToken::new(issue(&claims(NOTES)));
    let answer = IntrospectionAnswer::parse(active().to_string().as_bytes(), digest("opaque-token")).unwrap();
    match token.judge_introspected(&notes(), &answer, &Possession::default(), now()) {
        Verdict::Unable(fault) => assert_eq!(fault, Fault::IntrospectionUnavailable),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_token_goes_the_way_of_the_issuer_that_it_names() {
    let way = |token: &str| match InboundToken::new(token.to_owned()).route(&notes()) {
        Route::Keys(wanted) => format!("keys of {}", wanted.issuer),
        Route::Introspect(asking) => format!("asks {}", asking.issuer()),
        Route::Nowhere => "nowhere".to_owned(),
    };
    let of = |iss: Value| {
        let mut said = claims(NOTES);
        said.insert("iss".into(), iss);
        issue(&said)
    };
    assert_eq!(way("opaque"), format!("asks {OTHER}"));
    assert_eq!(way(&format!("{}.e30", base64url::encode("{}"))), format!("asks {OTHER}"), "it is no JWT");
    assert_eq!(way(&of(OTHER.into())), format!("asks {OTHER}"));
    assert_eq!(way(&of(CORP.into())), format!("keys of {CORP}"));
    for nowhere in [
        of("https://nobody.example".into()),
        of(json!(7)),
        of(format!("{OTHER}/").into()),
        forge(r#"{"alg":"none"}"#, &Value::Object(claims(NOTES)).to_string()),
        forge(r#"{"alg":"EdDSA","alg":"none"}"#, "{}"),
        forge(&Value::Object(header()).to_string(), &format!(r#"{{"iss":"{CORP}","iss":"{OTHER}"}}"#)),
        format!("{}.e30", base64url::encode(r#"{"alg":"EdDSA"}"#)),
    ] {
        assert_eq!(way(&nowhere), "nowhere", "{nowhere}");
    }
    let signed_only = Fleet::prove(vec![server("notes", NOTES)], vec![issuer(CORP)]).unwrap();
    let opaque = InboundToken::new("opaque".to_owned());
    assert!(matches!(opaque.route(&signed_only.server("notes").unwrap()), Route::Nowhere));
}

#[test]
fn two_issuers_that_are_asked_are_a_conflict_at_one_server_only() {
    let (mut notes, mut files) = (server("notes", NOTES), server("files", FILES));
    let issuers = || vec![asked(CORP), asked(OTHER), issuer("https://third.example.com")];
    notes.issuers = vec![2, 0];
    files.issuers = vec![1, 2];
    assert!(Fleet::prove(vec![notes.clone(), files.clone()], issuers()).is_ok());
    notes.issuers = vec![0, 2, 1];
    let conflicts = Fleet::prove(vec![notes, files], issuers()).unwrap_err();
    assert_eq!(conflicts, [Conflict::IntrospectionTwice { server: 0, first: 0, second: 1 }]);
}

#[test]
fn an_answer_is_yes_or_no_and_nothing_else() {
    let about = digest("opaque-token");
    let parse =
        |text: &str| IntrospectionAnswer::parse(text.as_bytes(), about).map(|answer| answer.is_active());
    assert_eq!(parse(r#"{"active":true}"#), Ok(true));
    assert_eq!(parse(r#"{"active":false,"aud":"x"}"#), Ok(false));
    for text in
        ["{}", r#"{"active":"true"}"#, r#"{"active":1}"#, r#"{"active":null}"#, r#"{"active":[true]}"#]
    {
        assert_eq!(parse(text), Err(InvalidAnswer::Active), "{text}");
    }
    for text in ["", "true", "[]", r#"{"active":false,"active":true}"#, r#"{"active":true}x"#] {
        assert!(matches!(parse(text), Err(InvalidAnswer::Json(_))), "{text}");
    }
    let large = format!(r#"{{"active":true,"x":"{}"}}"#, "x".repeat(64 * 1024));
    assert_eq!(parse(&large), Err(InvalidAnswer::TooLarge));
    let answer = IntrospectionAnswer::parse(br#"{"active":true,"sub":"alice"}"#, about).unwrap();
    assert!(!format!("{answer:?} {about:?}").contains("alice"));
}

// Status lists.

const PLACE: &str = "https://login.example.com/lists/1";

fn said(bits: u64, lst: &str) -> Map<String, Value> {
    let said = json!({ "sub": PLACE, "iat": NOW, "status_list": { "bits": bits, "lst": lst } });
    said.as_object().unwrap().clone()
}

fn signed(said: &Map<String, Value>) -> String {
    let mut header = header();
    header.insert("typ".into(), "statuslist+jwt".into());
    forge(&Value::Object(header).to_string(), &Value::Object(said.clone()).to_string())
}

fn verified(text: &str, keys: &KeySet, rules: &IssuerRules) -> Result<StatusList, InvalidStatusList> {
    SignedList::parse(text)?.verify(PLACE, &Issuer::parse(CORP).unwrap(), rules, keys, now())
}

fn read(text: &str) -> Result<StatusList, InvalidStatusList> {
    verified(text, &key_set(), &IssuerRules::default())
}

/// The examples of the specification (draft-ietf-oauth-status-list, Status List).
#[test]
fn the_examples_of_the_specification_say_what_it_says() {
    let values = |bits, lst| {
        let list = read(&signed(&said(bits, lst))).unwrap();
        (0..).map_while(|index| list.at(index)).collect::<Vec<_>>()
    };
    let statuses = |values: &[u8]| values.iter().map(|value| Status::of(*value)).collect::<Vec<_>>();
    let one = [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1];
    assert_eq!(values(1, "eNrbuRgAAhcBXQ"), statuses(&one));
    assert_eq!(values(2, "eNo76fITAAPfAgc"), statuses(&[1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]));
    // The same bytes as larger values.
    assert_eq!(values(4, "eNo76fITAAPfAgc"), statuses(&[9, 12, 4, 4, 9, 15]));
    assert_eq!(values(8, "eNo76fITAAPfAgc"), statuses(&[0xc9, 0x44, 0xf9]));
}

#[test]
fn a_list_has_an_end_and_bounds() {
    let list = read(&signed(&said(1, "eNrbuRgAAhcBXQ"))).unwrap();
    assert_eq!((list.size(), list.expires(), list.time_to_live()), (2, None, None));
    for index in [16, 17, 1 << 32, u64::MAX] {
        assert_eq!(list.at(index), None);
    }
    let mut dated = said(1, "eNrbuRgAAhcBXQ");
    dated.insert("exp".into(), (NOW + 1).into());
    dated.insert("ttl".into(), 43_200.into());
    let list = read(&signed(&dated)).unwrap();
    let end = Some(UnixTime::from_seconds(NOW + 1));
    assert_eq!((list.expires(), list.time_to_live()), (end, Some(43_200)));
    let too_large = InvalidStatusList::Unsigned(Refusal::TokenTooLarge);
    assert_eq!(read(&"a".repeat(MAX_STATUS_LIST_BYTES + 1)).unwrap_err(), too_large);
}

#[test]
fn only_the_issuers_own_list_is_read() {
    let good = said(1, "eNrbuRgAAhcBXQ");
    assert!(read(&signed(&good)).is_ok());
    let with = |member: &str, value: Value| {
        let mut said = good.clone();
        said.insert(member.into(), value);
        read(&signed(&said)).unwrap_err()
    };
    assert_eq!(with("sub", "https://login.example.com/lists/2".into()), InvalidStatusList::PlaceDiffers);
    assert_eq!(with("sub", json!([PLACE])), InvalidStatusList::PlaceDiffers);
    assert_eq!(with("iss", OTHER.into()), InvalidStatusList::IssuerDiffers);
    assert_eq!(with("iat", "now".into()), InvalidStatusList::Member("iat"));
    assert_eq!(
        with("iat", (NOW + 61).into()),
        InvalidStatusList::IssuedInFuture(UnixTime::from_seconds(NOW + 61))
    );
    assert_eq!(with("exp", NOW.into()), InvalidStatusList::Expired(now()));
    assert_eq!(with("ttl", 0.into()), InvalidStatusList::Member("ttl"));
    assert_eq!(with("ttl", json!(1.5)), InvalidStatusList::Member("ttl"));
    assert_eq!(with("status_list", json!({ "bits": 3, "lst": "" })), InvalidStatusList::Member("bits"));
    assert_eq!(
        with("status_list", json!({ "bits": 1, "lst": "eNrbuRgAAhcBXQ==" })),
        InvalidStatusList::Member("lst")
    );
    assert_eq!(with("status_list", json!({ "bits": 1, "lst": "AAAA" })), InvalidStatusList::Packed);

    let text = signed(&good);
    let (body, _) = text.rsplit_once('.').unwrap();
    let forged = read(&format!("{body}.{}", "A".repeat(86))).unwrap_err();
    assert_eq!(forged, InvalidStatusList::Unsigned(Refusal::SignatureInvalid));
    let mut rules = IssuerRules::default();
    rules.algorithms = vec![Algorithm::Es256];
    let algorithm = Refusal::AlgorithmNotAllowed { algorithm: Algorithm::EdDsa };
    assert_eq!(verified(&text, &key_set(), &rules).unwrap_err(), InvalidStatusList::Unsigned(algorithm));
    // What the issuer signs for somebody else, with claims that somebody else chose.
    assert_eq!(read(&issue(&good)).unwrap_err(), InvalidStatusList::Type);
}
