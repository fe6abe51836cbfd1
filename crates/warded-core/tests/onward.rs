//! Tokens for servers behind: which are used, and which fleets could not tell them apart.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up has failed")]

use serde_json::{Map, Value, json};
use warded_core::{
    Fleet, InboundToken, Issuer, IssuerRules, IssuerSpec, Keyring, Mode, Onward, OnwardConflict, OnwardSpec,
    Possession, Refusal, ServerSpec, Unfit, UnixTime, Validation, Verdict,
};
use zeroize::Zeroizing;

#[path = "support/describe.rs"]
mod describe;
#[path = "support/tokens.rs"]
mod tokens;

use describe::{issuer, server};
use tokens::{CORP, NOW, claims, forge, header, issue, key_set, keyring, now};

const NOTES: &str = "https://notes.example.com/mcp";
const FILES: &str = "https://files.example.com/mcp";
const BEHIND: &str = "https://api.example.com/notes";

fn fleet() -> Fleet {
    let corp =
        IssuerSpec { audiences: vec![(0, "api://notes".into()), (1, "api://files".into())], ..issuer(CORP) };
    Fleet::prove(vec![server("notes", NOTES), server("files", FILES)], vec![corp]).unwrap()
}

fn spec(audience: &str) -> OnwardSpec {
    OnwardSpec {
        server: "notes".into(),
        issuer: Issuer::parse(CORP).unwrap(),
        rules: IssuerRules::default(),
        audience: audience.into(),
        companions: vec![],
        opaque: false,
    }
}

fn onward(change: impl FnOnce(&mut OnwardSpec)) -> Onward {
    let mut spec = spec(BEHIND);
    change(&mut spec);
    Onward::prove(fleet(), vec![spec]).unwrap().1.pop().unwrap()
}

fn taken(onward: &Onward, text: String) -> Result<(), Unfit> {
    onward.take(Zeroizing::new(text), &keyring(), now()).map(drop)
}

fn with(changes: Value) -> Map<String, Value> {
    let Value::Object(changes) = changes else { panic!("changes are an object") };
    let mut all = claims(BEHIND);
    all.extend(changes);
    all.retain(|_, value| !value.is_null());
    all
}

fn wears(typ: Option<&str>) -> String {
    let mut header = header();
    header.remove("typ");
    header.extend(typ.map(|typ| ("typ".to_owned(), typ.into())));
    forge(&json!(header).to_string(), &json!(claims(BEHIND)).to_string())
}

#[test]
fn a_token_for_the_server_behind_alone_is_used_until_it_ends() {
    let onward = onward(|_| ());
    let text = issue(&claims(BEHIND));
    let token = onward.take(Zeroizing::new(text.clone()), &keyring(), now()).unwrap();
    assert_eq!((token.expose(), token.ends()), (text.as_str(), Some(UnixTime::from_seconds(NOW + 3600))));
    assert!(!format!("{token:?}").contains("eyJ"));
    assert_eq!(taken(&onward, issue(&claims(json!([BEHIND])))), Ok(()));
    assert_eq!(taken(&onward, issue(&claims("https://API.example.com:443/notes"))), Ok(()), "one identifier");
    assert_eq!(onward.wants(&text).unwrap().issuer.as_str(), CORP);
}

#[test]
fn a_token_for_anybody_else_is_not() {
    let onward = onward(|_| ());
    let says = |aud: Value| taken(&onward, issue(&with(json!({ "aud": aud })))).unwrap_err();
    for aud in [json!("*"), json!(NOTES), json!([FILES]), json!("https://api.example.com"), json!("agent")] {
        let unfit = says(aud.clone());
        let is_own = aud == "agent";
        assert!(
            matches!(unfit, Unfit::OtherAudience { .. }) || is_own && matches!(unfit, Unfit::Untrusted(_)),
            "{aud}: {unfit:?}"
        );
    }
    for aud in [json!([BEHIND, "account"]), json!([BEHIND, NOTES]), json!(["*", BEHIND])] {
        assert!(matches!(says(aud.clone()), Unfit::AlsoForAnother { .. }), "{aud}");
    }
    assert_eq!(says(Value::Null), Unfit::Untrusted(Refusal::AudienceMissing));
    for aud in [json!([]), json!(7), json!([7]), json!(""), json!({ "a": BEHIND })] {
        assert_eq!(says(aud), Unfit::Untrusted(Refusal::AudienceMalformed));
    }
}

#[test]
fn what_the_operator_lists_may_stand_beside_and_not_instead() {
    let onward = onward(|spec| spec.companions = vec!["account".into()]);
    assert_eq!(taken(&onward, issue(&claims(json!([BEHIND, "account"])))), Ok(()));
    let alone = taken(&onward, issue(&claims("account"))).unwrap_err();
    assert!(matches!(alone, Unfit::OtherAudience { .. }), "{alone:?}");
    let more = taken(&onward, issue(&claims(json!([BEHIND, "account", "billing"])))).unwrap_err();
    assert!(matches!(more, Unfit::AlsoForAnother { .. }), "{more:?}");
}

#[test]
fn a_token_that_is_no_good_is_not_used() {
    let onward = onward(|_| ());
    let untrusted = |text: String| match taken(&onward, text) {
        Err(Unfit::Untrusted(refusal)) => refusal.code(),
        other => panic!("{other:?}"),
    };
    assert_eq!(untrusted("opaque".to_owned()), "token-parts");
    assert_eq!(untrusted(issue(&with(json!({ "iss": "https://evil.example" })))), "issuer-unknown");
    assert_eq!(untrusted(issue(&with(json!({ "exp": NOW - 3600 })))), "expired");
    assert_eq!(untrusted(issue(&with(json!({ "exp": null })))), "expiry-missing");
    assert_eq!(untrusted(issue(&with(json!({ "nbf": NOW + 3600 })))), "not-yet-valid");
    assert_eq!(untrusted(wears(Some("logout+jwt"))), "type-wrong");
    let id_token = |typ: &str| {
        let mut header = header();
        header.insert("typ".into(), typ.into());
        forge(&json!(header).to_string(), &json!(with(json!({ "nonce": "n" }))).to_string())
    };
    assert_eq!(untrusted(id_token("JWT")), "not-access-token");
    let mut broken = issue(&claims(BEHIND));
    let at = broken.len() - 8;
    let other = if broken.as_bytes()[at] == b'A' { "B" } else { "A" };
    broken.replace_range(at..=at, other);
    assert_eq!(untrusted(broken), "signature-invalid");
    let unsigned = forge(r#"{"alg":"none"}"#, &json!(claims(BEHIND)).to_string());
    assert_eq!(untrusted(unsigned), "algorithm-unsupported");
    let bound = with(json!({ "cnf": { "jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" } }));
    assert_eq!(taken(&onward, issue(&bound)), Err(Unfit::Bound));
    let none = onward.take(Zeroizing::new(issue(&claims(BEHIND))), &Keyring::default(), now());
    assert_eq!(none.map(drop), Err(Unfit::KeysMissing));
}

#[test]
fn issuers_call_access_tokens_by_many_names() {
    let onward = onward(|_| ());
    for typ in [None, Some("JWT"), Some("at+jwt"), Some("application/at+jwt")] {
        assert_eq!(taken(&onward, wears(typ)), Ok(()), "{typ:?}");
    }
}

#[test]
fn a_token_that_nobody_can_read_passes_only_where_the_operator_says_so() {
    let strict = onward(|_| ());
    let opaque = onward(|spec| spec.opaque = true);
    for text in ["2YotnFZFEjr1zCsicMWpAA", "v4.public.x", "a.b.c.d.e"] {
        assert!(taken(&strict, text.to_owned()).is_err(), "{text}");
        assert_eq!(taken(&opaque, text.to_owned()), Ok(()), "{text}");
    }
    // What can be read is read all the same.
    assert!(taken(&opaque, issue(&claims(NOTES))).is_err());
    assert!(taken(&opaque, forge(r#"{"alg":"none"}"#, "{}")).is_err());
}

/// The keys of an issuer that is asked about its tokens are fetched for nobody who says that they are opaque: without a
/// word of its own, a JWT would look like an outage for ever.
#[test]
fn a_jwt_of_an_issuer_whose_tokens_are_said_to_be_opaque_is_named_as_one() {
    let asked =
        |opaque| onward(|spec| (spec.opaque, spec.rules.validation) = (opaque, Validation::Introspection));
    let jwt = issue(&claims(BEHIND));
    assert!(asked(true).wants(&jwt).is_none(), "no key is waited for that nobody fetches");
    for keys in [Keyring::default(), keyring()] {
        let token = Zeroizing::new(jwt.clone());
        assert_eq!(asked(true).take(token, &keys, now()).map(drop), Err(Unfit::Readable));
    }
    assert_eq!(taken(&asked(true), "2YotnFZFEjr1zCsicMWpAA".to_owned()), Ok(()));
    assert_eq!(taken(&asked(false), jwt), Ok(()));
    assert!(Unfit::Readable.to_string().contains("`opaque: false`"));
}

/// The attack: a server behind comes back with the opaque token that it was shown. Its issuer says that the token is good
/// and not for whom it is, and one door asks for no more.
#[test]
fn nobody_is_handed_an_opaque_token_that_a_permissive_door_admits() {
    let permissive = Mode::PermissiveUntil(UnixTime::from_seconds(NOW + 3600));
    let proved = |mode: Mode, validation: Validation, opaque: bool| {
        let mut rules = IssuerRules::default();
        rules.validation = validation;
        let notes = ServerSpec { mode, ..server("notes", NOTES) };
        let corp = IssuerSpec { rules: rules.clone(), ..issuer(CORP) };
        let fleet = Fleet::prove(vec![notes, server("files", FILES)], vec![corp]).unwrap();
        let spec = OnwardSpec { server: "files".into(), rules, opaque, ..spec(BEHIND) };
        Onward::prove(fleet, vec![spec]).map(drop)
    };
    let (asked, signed) = (Validation::Introspection, Validation::Jwt);
    let waived = OnwardConflict::Waived { at: 0, server: "notes".into() };
    assert_eq!(proved(permissive, asked, true), Err(vec![waived]));
    assert_eq!(proved(Mode::Strict, asked, true), Ok(()), "it refuses what names nobody");
    assert_eq!(proved(permissive, asked, false), Ok(()), "what names the server behind is known");
    assert_eq!(proved(permissive, signed, true), Ok(()), "nobody is asked about an opaque token");
}

#[test]
fn no_two_servers_go_on_with_tokens_for_one_audience() {
    let conflicts = |specs: Vec<OnwardSpec>| Onward::prove(fleet(), specs).map(drop).unwrap_err();
    let shared = |value: &str| vec![OnwardConflict::Shared { at: 1, other: 0, value: value.into() }];
    assert_eq!(conflicts(vec![spec(BEHIND), spec("https://API.example.com/notes")]), shared(BEHIND));
    let elsewhere = |audience: &str| OnwardSpec {
        issuer: Issuer::parse("https://other.example.com").unwrap(),
        ..spec(audience)
    };
    assert_eq!(
        conflicts(vec![spec(BEHIND), elsewhere(BEHIND)]),
        shared(BEHIND),
        "a URL means the same anywhere"
    );
    assert_eq!(conflicts(vec![spec("api"), spec("api")]), shared("api"));
    assert!(Onward::prove(fleet(), vec![spec("api"), elsewhere("api")]).is_ok(), "each issuer has its own");
    let beside = OnwardSpec { companions: vec!["api".into()], ..spec(BEHIND) };
    assert_eq!(conflicts(vec![spec("api"), beside]), shared("api"));
    let account = |audience: &str| OnwardSpec { companions: vec!["account".into()], ..spec(audience) };
    assert!(Onward::prove(fleet(), vec![account("a"), account("b")]).is_ok(), "it is nobody's server");
}

#[test]
fn no_token_for_a_server_behind_opens_our_own_door() {
    let own = |spec: OnwardSpec| Onward::prove(fleet(), vec![spec]).map(drop);
    let found = |server: &str, value: &str| {
        Err(vec![OnwardConflict::Own { at: 0, server: server.into(), value: value.into() }])
    };
    assert_eq!(own(spec(NOTES)), found("notes", NOTES));
    assert_eq!(own(spec("https://FILES.example.com:443/mcp")), found("files", FILES));
    assert_eq!(own(spec("api://files")), found("files", "api://files"));
    assert_eq!(own(OnwardSpec { companions: vec![FILES.into()], ..spec(BEHIND) }), found("files", FILES));
    let elsewhere = Issuer::parse("https://other.example.com").unwrap();
    assert_eq!(own(OnwardSpec { issuer: elsewhere.clone(), ..spec("api://files") }), Ok(()));
    assert_eq!(own(OnwardSpec { issuer: elsewhere, ..spec(FILES) }), found("files", FILES));
}

#[test]
fn no_door_takes_a_token_for_a_server_behind_for_one_that_names_nobody() {
    let permissive = Mode::PermissiveUntil(UnixTime::from_seconds(NOW + 3600));
    let notes = ServerSpec { mode: permissive, ..server("notes", NOTES) };
    let corp = issuer(CORP);
    let fleet = Fleet::prove(vec![notes, server("files", FILES)], vec![corp]).unwrap();
    let specs = vec![OnwardSpec { server: "files".into(), ..spec(BEHIND) }, spec("api")];
    let (fleet, _) = Onward::prove(fleet, specs).unwrap();
    let notes = fleet.server("notes").unwrap();
    let judged = |aud: Value| {
        let token = InboundToken::new(issue(&with(json!({ "aud": aud }))));
        match token.judge(&notes, &keyring(), &Possession::default(), now()) {
            Verdict::Admit(..) => "admitted",
            Verdict::Refuse(refusal) => refusal.code(),
            Verdict::Unable(fault) => panic!("{fault}"),
        }
    };
    for aud in
        [json!(BEHIND), json!("https://API.example.com:443/notes"), json!(["api"]), json!(["x", BEHIND])]
    {
        assert_eq!(judged(aud.clone()), "audience-elsewhere", "{aud}");
    }
    assert_eq!(judged(json!([NOTES, BEHIND])), "audience-shared");
    assert_eq!(judged(json!("nobody")), "admitted", "that is what permissive is for");
}

#[test]
fn what_may_stand_beside_our_name_is_no_server_behind() {
    let mut rules = IssuerRules::default();
    rules.companions = vec!["account".into(), BEHIND.into()];
    let fleet = || {
        Fleet::prove(vec![server("notes", NOTES)], vec![IssuerSpec { rules: rules.clone(), ..issuer(CORP) }])
            .unwrap()
    };
    let elsewhere = || Issuer::parse("https://other.example.com").unwrap();
    let companion = |value: &str| Err(vec![OnwardConflict::Companion { at: 0, value: value.into() }]);
    let proved = |spec: OnwardSpec| Onward::prove(fleet(), vec![spec]).map(drop);
    assert_eq!(proved(spec("account")), companion("account"));
    assert_eq!(proved(OnwardSpec { issuer: elsewhere(), ..spec(BEHIND) }), companion(BEHIND));
    assert_eq!(proved(OnwardSpec { issuer: elsewhere(), ..spec("account") }), Ok(()), "another's word");
}

#[test]
fn keys_of_another_issuer_vouch_for_nothing() {
    let mut keys = Keyring::default();
    keys.hold(&Issuer::parse("https://other.example.com").unwrap(), key_set());
    let token = Zeroizing::new(issue(&claims(BEHIND)));
    assert_eq!(onward(|_| ()).take(token, &keys, now()).map(drop), Err(Unfit::KeysMissing));
}
