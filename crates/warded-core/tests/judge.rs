//! What is said of a token, by a strict and by a permissive server, and exactly where each check begins to refuse.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use warded_core::{
    Entry, Fault, Fleet, Hierarchy, InboundToken, Issuer, IssuerRules, IssuerSpec, Keyring, Mode, Possession,
    Refusal, ResourceUri, Scopes, Server, ServerSpec, TokenTypes, UnixTime, Verdict, VerifiedToken,
    jose::{Algorithm, KeySet, MAX_TOKEN_BYTES, Thumbprint},
};

#[path = "support/describe.rs"]
mod describe;
#[path = "support/tokens.rs"]
mod tokens;

use describe::{issuer, server};
use tokens::{CORP, NOW, claims, forge, header, issue, key_set, keyring, now};

const NOTES: &str = "https://notes.example.com/mcp";
const NOTES_ALIAS: &str = "https://mcp.example.com/notes";
const FILES: &str = "https://files.example.com/mcp";
const STRANGER: &str = "https://stranger.example.com/mcp";

/// What the operator of `notes` wrote; `files` is a strict neighbour behind the same issuer.
struct Setup {
    rules: IssuerRules,
    mode: Mode,
    keys: Keyring,
    possession: Possession,
    now: UnixTime,
}

impl Setup {
    fn strict() -> Self {
        Self {
            rules: IssuerRules::default(),
            mode: Mode::Strict,
            keys: keyring(),
            possession: Possession::default(),
            now: now(),
        }
    }

    fn permissive() -> Self {
        Self { mode: Mode::PermissiveUntil(UnixTime::from_seconds(NOW + 1)), ..Self::strict() }
    }

    fn with(mut self, change: impl FnOnce(&mut IssuerRules)) -> Self {
        change(&mut self.rules);
        self
    }

    fn notes(&self) -> Server {
        let notes = ServerSpec {
            aliases: vec![ResourceUri::parse(NOTES_ALIAS).unwrap()],
            mode: self.mode,
            ..server("notes", NOTES)
        };
        let corp = IssuerSpec {
            rules: self.rules.clone(),
            audiences: vec![(0, "api://notes".into()), (1, "api://files".into())],
            ..issuer(CORP)
        };
        let fleet = Fleet::prove(vec![notes, server("files", FILES)], vec![corp]).unwrap();
        fleet.server("notes").unwrap()
    }

    fn judge(&self, token: String) -> Verdict {
        InboundToken::new(token).judge(&self.notes(), &self.keys, &self.possession, self.now)
    }

    /// The verdict in one line, exact to the last field.
    fn says(&self, token: String) -> String {
        match self.judge(token) {
            Verdict::Admit(token, _) if token.waived().is_empty() => "admitted".into(),
            Verdict::Admit(token, _) => format!("admitted despite {:?}", token.waived()),
            Verdict::Refuse(refusal) => format!("{refusal:?}"),
            Verdict::Unable(fault) => format!("unable: {fault:?}"),
        }
    }

    fn admits(&self, token: String) -> Box<VerifiedToken> {
        match self.judge(token) {
            Verdict::Admit(token, _) => Some(token),
            _ => None,
        }
        .unwrap()
    }
}

/// Good claims for `notes` with some of them replaced; `null` removes one.
fn changed(changes: &Value) -> Map<String, Value> {
    let mut claims = claims(NOTES);
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            claims.remove(name);
        } else {
            claims.insert(name.clone(), value.clone());
        }
    }
    claims
}

fn with(changes: &Value) -> String {
    issue(&changed(changes))
}

fn of_type(typ: Option<&str>, changes: &Value) -> String {
    let mut header = header();
    match typ {
        Some(typ) => header.insert("typ".into(), typ.into()),
        None => header.remove("typ"),
    };
    forge(&Value::Object(header).to_string(), &Value::Object(changed(changes)).to_string())
}

fn types(names: &[&'static str]) -> TokenTypes {
    TokenTypes::of(names.iter().copied()).unwrap()
}

fn thumbprint(letter: &str) -> Thumbprint {
    Thumbprint::parse(&letter.repeat(43)).unwrap()
}

const ADMITTED: &str = "admitted";
const TYPE_WRONG: &str = r#"TypeWrong { typ: Some("JWT"), expected: "`at+jwt`" }"#;
const TYPE_ABSENT: &str = r#"TypeWrong { typ: None, expected: "`at+jwt`" }"#;
const UNKNOWN: &str = r#"AudienceUnknown { audience: "https://stranger.example.com/mcp" }"#;
const SHARED_WITH_STRANGER: &str =
    r#"AudienceShared { other: "https://stranger.example.com/mcp", server: None }"#;
const SHARED_WITH_NEIGHBOUR: &str =
    r#"AudienceShared { other: "https://files.example.com/mcp", server: Some("files") }"#;
const ELSEWHERE: &str = r#"AudienceElsewhere { server: "files" }"#;

/// The token, what a strict server says, and what a permissive one does.
fn permissive_table() -> Vec<(String, String, String)> {
    let despite = |refusals: &str| format!("admitted despite [{refusals}]");
    let jwt = |changes| of_type(Some("JWT"), &changes);
    let mut rows = Vec::new();
    let mut waives = |token: String, refusal: &str| rows.push((token, refusal.to_owned(), despite(refusal)));
    waives(with(&json!({ "aud": null })), "AudienceMissing");
    waives(with(&json!({ "aud": STRANGER })), UNKNOWN);
    waives(with(&json!({ "aud": [STRANGER, "x"] })), UNKNOWN);
    waives(with(&json!({ "aud": [NOTES, STRANGER] })), SHARED_WITH_STRANGER);
    waives(jwt(json!({})), TYPE_WRONG);
    waives(of_type(None, &json!({})), TYPE_ABSENT);

    let both = despite(&format!("{TYPE_WRONG}, AudienceMissing"));
    rows.push((jwt(json!({ "aud": null })), TYPE_WRONG.into(), both));

    let mut never = |token: String, strict: &str, permissive: &str| {
        rows.push((token, strict.to_owned(), permissive.to_owned()));
    };
    never(with(&json!({})), ADMITTED, ADMITTED);
    never(with(&json!({ "aud": FILES })), ELSEWHERE, ELSEWHERE);
    never(with(&json!({ "aud": "api://files" })), ELSEWHERE, ELSEWHERE);
    never(with(&json!({ "aud": [STRANGER, FILES] })), ELSEWHERE, ELSEWHERE);
    never(with(&json!({ "aud": "HTTPS://Files.example.com:443/mcp" })), ELSEWHERE, ELSEWHERE);
    for shared in [json!([NOTES, FILES]), json!([FILES, NOTES]), json!([STRANGER, FILES, NOTES])] {
        never(with(&json!({ "aud": shared })), SHARED_WITH_NEIGHBOUR, SHARED_WITH_NEIGHBOUR);
    }
    for aud in [json!([]), json!(""), json!([NOTES, ""]), json!(7), json!([NOTES, 7]), json!({}), json!(true)]
    {
        never(with(&json!({ "aud": aud })), "AudienceMalformed", "AudienceMalformed");
    }
    // Where `typ` is waived, what gives an ID token away still counts.
    let id_token = r#"NotAccessToken { sign: "`nonce`, as ID tokens do" }"#;
    never(jwt(json!({ "nonce": "n" })), TYPE_WRONG, id_token);
    never(of_type(None, &json!({ "nonce": "n" })), TYPE_ABSENT, id_token);
    never(with(&json!({ "nonce": "n" })), ADMITTED, ADMITTED);

    let expired = format!("Expired {{ at: UnixTime({}) }}", NOW - 3600);
    never(with(&json!({ "exp": NOW - 3600, "iat": NOW - 7200 })), &expired, &expired);
    never(with(&json!({ "exp": null })), "ExpiryMissing", "ExpiryMissing");
    let early = format!("NotYetValid {{ from: UnixTime({}) }}", NOW + 3600);
    never(with(&json!({ "nbf": NOW + 3600 })), &early, &early);
    let long = format!("LifetimeTooLong {{ seconds: {}, limit: 86400 }}", 86_401);
    never(with(&json!({ "exp": NOW + 86_401 })), &long, &long);

    let unknown = r#"IssuerUnknown { issuer: "https://login.example.com/" }"#;
    never(with(&json!({ "iss": "https://login.example.com/" })), unknown, unknown);
    never(with(&json!({ "iss": null })), "IssuerMissing", "IssuerMissing");
    let other_claims = with(&json!({ "sub": "mallory" }));
    let token = with(&json!({}));
    let spliced =
        format!("{}.{}", other_claims.rsplit_once('.').unwrap().0, token.rsplit_once('.').unwrap().1);
    never(spliced, "SignatureInvalid", "SignatureInvalid");
    never(with(&json!({ "cnf": { "jkt": "A".repeat(43) } })), "SenderUnproven", "SenderUnproven");
    never(with(&json!({ "azp": "other" })), "ClientAmbiguous", "ClientAmbiguous");
    rows
}

#[test]
fn a_strict_server_waives_nothing() {
    for (token, strict, _) in permissive_table() {
        assert_eq!(Setup::strict().says(token), strict);
    }
}

#[test]
fn a_permissive_server_waives_a_missing_or_unknown_audience_and_the_type_and_no_more() {
    for (token, _, permissive) in permissive_table() {
        assert_eq!(Setup::permissive().says(token), permissive);
    }
}

#[test]
fn a_permissive_server_is_strict_from_its_end_date_on() {
    for end in [NOW, NOW - 1, 0] {
        let setup = Setup { mode: Mode::PermissiveUntil(UnixTime::from_seconds(end)), ..Setup::strict() };
        for (token, strict, _) in permissive_table() {
            assert_eq!(setup.says(token), strict);
        }
    }
}

#[test]
fn what_is_waived_is_said_in_the_order_of_the_checks() {
    let token = of_type(None, &json!({ "aud": [STRANGER, NOTES] }));
    let admitted = Setup::permissive().admits(token);
    let codes: Vec<_> = admitted.waived().iter().map(Refusal::code).collect();
    assert_eq!(codes, ["type-wrong", "audience-shared"]);
}

#[test]
fn a_permissive_server_waives_only_a_type_that_says_nothing() {
    let says = |typ, changes: Value| Setup::permissive().says(of_type(typ, &changes));
    // An ID token may carry no mark at all: then it has neither a client nor a scope.
    let markless = r#"NotAccessToken { sign: "neither a client nor a scope, as ID tokens" }"#;
    assert_eq!(says(Some("JWT"), json!({ "client_id": null, "aud": "app" })), markless);
    assert_eq!(says(None, json!({ "client_id": null })), markless);
    let waived = format!("admitted despite [{TYPE_WRONG}]");
    assert_eq!(says(Some("JWT"), json!({ "client_id": null, "scope": "notes:read" })), waived);
    assert_eq!(says(Some("JWT"), json!({})), waived);
    // What says that it is another kind of token is believed.
    for typ in ["logout+jwt", "dpop+jwt", "secevent+jwt", "x", ""] {
        let refusal = format!("TypeWrong {{ typ: Some({typ:?}), expected: \"`at+jwt`\" }}");
        assert_eq!(says(Some(typ), json!({})), refusal);
    }
}

#[test]
fn where_types_are_relaxed_an_access_token_carries_its_issuers_marks() {
    let marked = Setup::strict().with(|rules| {
        rules.types = types(&["JWT", "at+jwt"]);
        rules.marks = vec!["azp".into(), "uid".into()];
    });
    let unmarked = r#"NotAccessToken { sign: "not every claim that marks this issuer's access tokens" }"#;
    let jwt = |changes| of_type(Some("JWT"), &changes);
    assert_eq!(marked.says(jwt(json!({ "azp": "agent", "uid": 1 }))), ADMITTED);
    assert_eq!(marked.says(jwt(json!({ "azp": "agent" }))), unmarked);
    assert_eq!(marked.says(jwt(json!({ "uid": 1 }))), unmarked);
    assert_eq!(marked.says(jwt(json!({}))), unmarked);
    // RFC 9068's own type needs no marks.
    assert_eq!(marked.says(with(&json!({}))), ADMITTED);
}

#[test]
fn where_types_are_relaxed_what_gives_another_token_away_is_refused() {
    let jwt = Setup::strict().with(|rules| rules.types = types(&["JWT", "at+jwt", "absent"]));
    let permissive = Setup {
        mode: Setup::permissive().mode,
        ..Setup::strict().with(|rules| rules.types = types(&["JWT", "at+jwt", "absent"]))
    };
    #[rustfmt::skip]
    let rows = [
        (json!({ "nonce": "n" }), "`nonce`, as ID tokens do"),
        (json!({ "at_hash": "x" }), "`at_hash`, as ID tokens do"),
        (json!({ "c_hash": 1 }), "`c_hash`, as ID tokens do"),
        (json!({ "s_hash": {} }), "`s_hash`, as ID tokens do"),
        (json!({ "events": {} }), "`events`, as logout and security event tokens do"),
        (json!({ "typ": "ID" }), "a `typ` claim other than `Bearer`"),
        (json!({ "typ": "Refresh" }), "a `typ` claim other than `Bearer`"),
        (json!({ "typ": ["Bearer"] }), "a `typ` claim other than `Bearer`"),
        (json!({ "token_use": "id" }), "a `token_use` claim other than `access`"),
        (json!({ "aud": "agent" }), "its own client as the only audience, as ID tokens do"),
        (json!({ "aud": ["agent", "agent"] }), "its own client as the only audience, as ID tokens do"),
        (json!({ "aud": "agent", "client_id": null, "azp": "agent" }), "its own client as the only audience, as ID tokens do"),
    ];
    for (changes, sign) in rows {
        let expected = format!("NotAccessToken {{ sign: {sign:?} }}");
        for typ in [Some("JWT"), Some("application/jwt"), None] {
            assert_eq!(jwt.says(of_type(typ, &changes)), expected);
            assert_eq!(permissive.says(of_type(typ, &changes)), expected);
        }
    }
    for changes in [json!({}), json!({ "typ": "bearer" }), json!({ "token_use": "access" })] {
        assert_eq!(jwt.says(of_type(Some("JWT"), &changes)), ADMITTED);
        assert_eq!(jwt.says(of_type(None, &changes)), ADMITTED);
    }
    // RFC 9068's own type leaves no doubt, whatever else is accepted.
    assert_eq!(jwt.says(with(&json!({ "nonce": "n", "typ": "ID" }))), ADMITTED);
    let expected = r#"TypeWrong { typ: Some("logout+jwt"), expected: "`jwt` or `at+jwt` or none" }"#;
    assert_eq!(jwt.says(of_type(Some("logout+jwt"), &json!({}))), expected);
}

#[test]
fn each_time_is_checked_to_the_second() {
    let leeway = |seconds| Setup::strict().with(move |rules| rules.leeway = seconds);
    for (leeway, granted) in [
        (leeway(0), 0),
        (leeway(1), 1),
        (leeway(60), 60),
        (leeway(300), 300),
        (leeway(301), 300),
        (leeway(u32::MAX), 300),
    ] {
        let admitted = |changes: Value| leeway.says(with(&changes)) == ADMITTED;
        let expiring = |left: i64| admitted(json!({ "exp": NOW + left, "iat": NOW - 1000 }));
        assert!(expiring(-granted + 1) && !expiring(-granted) && !expiring(-granted - 1));
        for claim in ["nbf", "iat"] {
            let starting = |ahead: i64| admitted(json!({ claim: NOW + ahead }));
            assert!(starting(granted - 1) && starting(granted) && !starting(granted + 1), "{claim}");
        }
    }
    assert_eq!(
        Setup::strict().says(with(&json!({ "exp": NOW - 60 }))),
        format!("Expired {{ at: UnixTime({}) }}", NOW - 60)
    );
    assert_eq!(
        Setup::strict().says(with(&json!({ "nbf": NOW + 61 }))),
        format!("NotYetValid {{ from: UnixTime({}) }}", NOW + 61)
    );
    assert_eq!(
        Setup::strict().says(with(&json!({ "iat": NOW + 61 }))),
        format!("IssuedInFuture {{ at: UnixTime({}) }}", NOW + 61)
    );
}

#[test]
fn a_lifetime_is_measured_from_the_issue_or_from_now() {
    let setup = Setup::strict().with(|rules| rules.max_lifetime = 600);
    let says = |changes: Value| setup.says(with(&changes));
    let too_long = |seconds: i64| format!("LifetimeTooLong {{ seconds: {seconds}, limit: 600 }}");
    assert_eq!(says(json!({ "iat": NOW - 100, "exp": NOW + 499 })), ADMITTED);
    assert_eq!(says(json!({ "iat": NOW - 100, "exp": NOW + 500 })), ADMITTED);
    assert_eq!(says(json!({ "iat": NOW - 100, "exp": NOW + 501 })), too_long(601));
    assert_eq!(says(json!({ "iat": 0, "exp": NOW + 1 })), too_long(NOW + 1));
    assert_eq!(says(json!({ "iat": null, "exp": NOW + 600 })), ADMITTED);
    assert_eq!(says(json!({ "iat": null, "exp": NOW + 601 })), too_long(601));
    assert_eq!(says(json!({ "iat": null, "exp": 253_402_300_799_i64 })), too_long(253_402_300_799 - NOW));
    let never = Setup::strict().with(|rules| rules.max_lifetime = 0);
    assert_eq!(never.says(with(&json!({ "exp": NOW, "iat": NOW }))), ADMITTED);
    assert!(never.says(with(&json!({}))).starts_with("LifetimeTooLong"));
}

#[test]
fn a_claim_that_cannot_be_read_is_never_taken_as_absent() {
    let malformed = |claim: &str| format!("ClaimMalformed {{ claim: {claim:?} }}");
    let times = [json!("1800000000"), json!(-1), json!(-0.5), json!(253_402_300_800_i64)];
    let others = [json!(1e300), json!(u64::MAX), json!([NOW]), json!({}), json!(true)];
    for claim in ["exp", "nbf", "iat"] {
        for value in times.iter().chain(&others) {
            let token = with(&json!({ claim: value }));
            assert_eq!(Setup::strict().says(token), malformed(claim), "{value}");
        }
    }
    for claim in ["sub", "client_id", "azp", "jti"] {
        for value in [json!(""), json!(7), json!(["alice"]), json!({}), json!(false)] {
            let token = with(&json!({ claim: value }));
            assert_eq!(Setup::strict().says(token), malformed(claim), "{value}");
        }
    }
    for value in [json!(7), json!([CORP]), json!({})] {
        let token = with(&json!({ "iss": value }));
        assert_eq!(Setup::strict().says(token), malformed("iss"));
    }
    // `with` cannot write `null`, which is a value and not an absence either.
    for (claim, named) in [
        ("exp", "exp"),
        ("sub", "sub"),
        ("scope", "scope"),
        ("scp", "scp"),
        ("cnf", "cnf"),
        ("act", "act"),
        ("iss", "iss"),
    ] {
        let mut claims = claims(NOTES);
        claims.insert(claim.into(), Value::Null);
        assert_eq!(Setup::strict().says(issue(&claims)), malformed(named));
    }
    let mut claims = claims(NOTES);
    claims.insert("aud".into(), Value::Null);
    assert_eq!(Setup::permissive().says(issue(&claims)), "AudienceMalformed");
}

#[test]
fn fractions_of_a_second_are_dropped() {
    let leeway = Setup::strict().with(|rules| rules.leeway = 0);
    let says = |changes: Value| {
        leeway
            .says(forge(&Value::Object(header()).to_string(), &Value::Object(changed(&changes)).to_string()))
    };
    assert_eq!(says(json!({ "exp": 1_800_000_000.9 })), format!("Expired {{ at: UnixTime({NOW}) }}"));
    assert_eq!(says(json!({ "exp": 1_800_000_001.0, "nbf": 1_800_000_000.9 })), ADMITTED);
}

#[test]
fn what_a_token_says_is_given_on() {
    let token = with(&json!({ "jti": "t1", "scope": "notes:read", "nbf": NOW, "tenant": "a" }));
    let admitted = Setup::strict().admits(token);
    let claims = admitted.claims();
    assert_eq!(admitted.issuer().as_str(), CORP);
    assert_eq!(admitted.resource().as_str(), NOTES);
    assert_eq!((claims.subject(), claims.client(), claims.id()), (Some("alice"), Some("agent"), Some("t1")));
    assert_eq!((claims.expires().seconds(), claims.issued()), (NOW + 3600, Some(now())));
    assert_eq!(claims.all().get("tenant"), Some(&json!("a")));
    assert!(claims.binding().is_none() && claims.actors().is_empty());

    let bare = json!({ "sub": null, "client_id": null, "iat": null });
    let admitted = Setup::strict().admits(with(&bare));
    let claims = admitted.claims();
    assert_eq!((claims.subject(), claims.client(), claims.id(), claims.issued()), (None, None, None, None));
}

#[test]
fn a_token_for_an_alias_opens_the_server_that_has_it() {
    for aud in [NOTES_ALIAS, "api://notes", "https://NOTES.example.com:443/%6dcp"] {
        let admitted = Setup::strict().admits(with(&json!({ "aud": aud })));
        assert_eq!(admitted.resource().as_str(), NOTES);
    }
    let all = json!([NOTES, NOTES_ALIAS, "api://notes", NOTES]);
    assert_eq!(Setup::strict().says(with(&json!({ "aud": all }))), ADMITTED);
}

#[test]
fn what_is_nearly_a_servers_name_is_a_strangers() {
    for aud in [
        "https://notes.example.com/mcp/",
        "https://notes.example.com/mcp2",
        "https://notes.example.com",
        "https://notes.example.com/MCP",
        "http://notes.example.com/mcp",
        "https://notes.example.com:8443/mcp",
        "https://notes.example.com/mcp#",
        "https://notes.example.com/mcp?",
        "https://notes.example.com.evil.test/mcp",
        "https://notes.example.com@evil.test/mcp",
        "https://evil.test@notes.example.com/mcp",
        "https://notes.example.com/x/../mcp",
        "https://notes.example.com./mcp",
        " https://notes.example.com/mcp",
        "https://notes.example.com/mcp https://files.example.com/mcp",
        "https://notes.example.com/*",
        "*",
        "notes",
        "API://notes",
        "api://notes/",
    ] {
        let expected = format!("AudienceUnknown {{ audience: {aud:?} }}");
        assert_eq!(Setup::strict().says(with(&json!({ "aud": aud }))), expected);
        let shared = format!("AudienceShared {{ other: {aud:?}, server: None }}");
        assert_eq!(Setup::strict().says(with(&json!({ "aud": [aud, NOTES] }))), shared);
    }
}

#[test]
fn an_audience_is_a_short_list() {
    let of = |recipients: Vec<&str>| Setup::strict().says(with(&json!({ "aud": recipients })));
    assert_eq!(of(vec![NOTES; 32]), ADMITTED);
    assert_eq!(of(vec![NOTES; 33]), "AudienceMalformed");
    let mut last = vec![NOTES; 31];
    last.push(FILES);
    assert_eq!(of(last), SHARED_WITH_NEIGHBOUR);
}

#[test]
fn a_companion_may_stand_beside_the_server_and_opens_nothing_itself() {
    let setup = |mode| {
        let setup = Setup { mode, ..Setup::strict() };
        setup.with(|rules| rules.companions = vec!["account".into(), "https://userinfo.example.com".into()])
    };
    let says = |aud: Value| setup(Mode::Strict).says(with(&json!({ "aud": aud })));
    assert_eq!(says(json!([NOTES, "account"])), ADMITTED);
    assert_eq!(says(json!(["account", "https://UserInfo.example.com/", NOTES])), ADMITTED);
    assert_eq!(says(json!("account")), r#"AudienceUnknown { audience: "account" }"#);
    assert_eq!(says(json!(["account", STRANGER])), UNKNOWN);
    assert_eq!(says(json!([NOTES, "Account"])), r#"AudienceShared { other: "Account", server: None }"#);
    assert_eq!(says(json!([NOTES, "account", FILES])), SHARED_WITH_NEIGHBOUR);
    assert_eq!(says(json!(["account", FILES])), ELSEWHERE);
    assert_eq!(
        setup(Setup::permissive().mode).says(with(&json!({ "aud": ["account"] }))),
        r#"admitted despite [AudienceUnknown { audience: "account" }]"#
    );
}

#[test]
fn a_tokens_own_client_may_stand_beside_the_server_where_the_operator_says_so() {
    let allowed = || Setup::strict().with(|rules| rules.own_client_id = true);
    let says = |changes: Value| allowed().says(with(&changes));
    let shared = |other: &str| format!("AudienceShared {{ other: {other:?}, server: None }}");
    let beside = json!({ "aud": [NOTES, "agent"] });
    assert_eq!(Setup::strict().says(with(&beside)), shared("agent"));
    assert_eq!(says(beside), ADMITTED);
    assert_eq!(says(json!({ "aud": ["agent", NOTES], "client_id": null, "azp": "agent" })), ADMITTED);
    assert_eq!(says(json!({ "aud": [NOTES, "agent"], "client_id": null })), shared("agent"));
    assert_eq!(says(json!({ "aud": [NOTES, "Agent"] })), shared("Agent"));
    assert_eq!(says(json!({ "aud": [NOTES, "own-client-id"] })), shared("own-client-id"));
    assert_eq!(says(json!({ "aud": "agent" })), r#"AudienceUnknown { audience: "agent" }"#);
    let url = "https://client.example.com/metadata";
    assert_eq!(says(json!({ "aud": [NOTES, url], "client_id": url })), ADMITTED);
    // A client id is compared byte for byte.
    let other = "https://CLIENT.example.com/metadata";
    assert_eq!(says(json!({ "aud": [NOTES, other], "client_id": url })), shared(other));
}

#[test]
fn a_client_that_is_called_like_a_neighbour_is_the_neighbour() {
    for mode in [Mode::Strict, Setup::permissive().mode] {
        let setup = Setup { mode, ..Setup::strict() }.with(|rules| rules.own_client_id = true);
        for name in
            [FILES, "HTTPS://files.example.com/mcp", "https://files.example.com:443/mcp", "api://files"]
        {
            let alone = with(&json!({ "aud": name, "client_id": name }));
            assert_eq!(setup.says(alone), ELSEWHERE);
            let beside = with(&json!({ "aud": [NOTES, name], "client_id": name }));
            assert_eq!(
                setup.says(beside),
                format!("AudienceShared {{ other: {name:?}, server: Some(\"files\") }}")
            );
        }
        let itself = with(&json!({ "aud": NOTES, "client_id": NOTES }));
        assert_eq!(setup.says(itself), ADMITTED);
    }
}

#[test]
fn a_client_has_one_name() {
    let client = |changes: Value| {
        let admitted = Setup::strict().admits(with(&changes));
        admitted.claims().client().map(str::to_owned)
    };
    assert_eq!(client(json!({})).as_deref(), Some("agent"));
    assert_eq!(client(json!({ "azp": "agent" })).as_deref(), Some("agent"));
    assert_eq!(client(json!({ "client_id": null, "azp": "other" })).as_deref(), Some("other"));
    let says = |changes: Value| Setup::strict().says(with(&changes));
    assert_eq!(says(json!({ "azp": "Agent" })), "ClientAmbiguous");
}

#[test]
fn scopes_are_read_from_either_claim_and_must_agree() {
    let scopes = |changes: Value| {
        let admitted = Setup::strict().admits(with(&changes));
        admitted.claims().scopes().to_string()
    };
    assert_eq!(scopes(json!({})), "");
    assert_eq!(scopes(json!({ "scope": "" })), "");
    assert_eq!(scopes(json!({ "scope": "b a b" })), "a b");
    assert_eq!(scopes(json!({ "scp": "b a" })), "a b");
    assert_eq!(scopes(json!({ "scp": ["b", "a"] })), "a b");
    assert_eq!(scopes(json!({ "scp": [] })), "");
    assert_eq!(scopes(json!({ "scope": "a b", "scp": ["b", "a"] })), "a b");
    let says = |changes: Value| Setup::strict().says(with(&changes));
    let malformed = |claim: &str| format!("ClaimMalformed {{ claim: {claim:?} }}");
    assert_eq!(says(json!({ "scope": "a", "scp": ["a", "b"] })), malformed("scp"));
    assert_eq!(says(json!({ "scope": "a", "scp": [] })), malformed("scp"));
    assert_eq!(says(json!({ "scope": ["a"] })), malformed("scope"));
    assert_eq!(says(json!({ "scope": "a\tb" })), malformed("scope"));
    assert_eq!(says(json!({ "scp": ["a b"] })), malformed("scp"));
    assert_eq!(says(json!({ "scp": ["a", 7] })), malformed("scp"));
    assert_eq!(says(json!({ "scp": { "a": true } })), malformed("scp"));
}

#[test]
fn every_scope_that_is_missing_is_named() {
    let token = with(&json!({ "scope": "notes:read notes:list" }));
    let admitted = Setup::strict().admits(token);
    let permits = |needed: &str| admitted.permits(&Scopes::parse(needed).unwrap(), &Hierarchy::default());
    let missing = |needs: &str| Err(Refusal::ScopeMissing { needs: Scopes::parse(needs).unwrap() });
    assert_eq!(permits(""), Ok(()));
    assert_eq!(permits("notes:read"), Ok(()));
    assert_eq!(permits("notes:list notes:read"), Ok(()));
    assert_eq!(permits("notes"), missing("notes"));
    assert_eq!(permits("notes:read notes:write admin"), missing("admin notes:write"));
    assert_eq!(permits("Notes:read"), missing("Notes:read"));
    assert_eq!(
        permits("x").unwrap_err().to_string(),
        "the call needs the scope `x`, which the token does not carry"
    );
}

#[test]
fn actors_are_read_as_deep_as_eight() {
    let chain = |depth: usize| {
        (0..depth).fold(Value::Null, |inner, at| match inner {
            Value::Null => json!({ "sub": format!("a{at}"), "iss": CORP }),
            inner => json!({ "sub": format!("a{at}"), "act": inner }),
        })
    };
    let admitted = Setup::strict().admits(with(&json!({ "act": chain(8) })));
    let actors: Vec<_> = admitted.claims().actors().iter().map(|actor| &*actor.subject).collect();
    assert_eq!(actors, ["a7", "a6", "a5", "a4", "a3", "a2", "a1", "a0"]);
    let issuers: Vec<_> =
        admitted.claims().actors().iter().filter_map(|actor| actor.issuer.as_deref()).collect();
    assert_eq!(issuers, [CORP]);

    let malformed = r#"ClaimMalformed { claim: "act" }"#;
    for act in [
        chain(9),
        json!("a"),
        json!({}),
        json!([{ "sub": "a" }]),
        json!({ "sub": "" }),
        json!({ "sub": "a", "iss": 7 }),
        json!({ "sub": "a", "act": "b" }),
        json!({ "sub": "a", "act": null }),
    ] {
        assert_eq!(Setup::strict().says(with(&json!({ "act": act }))), malformed, "{act}");
    }
}

#[test]
fn a_bound_token_opens_nothing_without_its_proof() {
    let (a, e) = (thumbprint("A"), thumbprint("E"));
    let proved = |key: Option<Thumbprint>, certificate: Option<Thumbprint>| {
        let mut possession = Possession::default();
        (possession.key, possession.certificate) = (key, certificate);
        Setup { possession, ..Setup::strict() }
    };
    let bound = |cnf: Value| with(&json!({ "cnf": cnf }));
    let (key, certificate) = (json!({ "jkt": a.to_string() }), json!({ "x5t#S256": e.to_string() }));
    let both = json!({ "jkt": a.to_string(), "x5t#S256": e.to_string() });
    let (unproven, mismatch) = ("SenderUnproven", "SenderMismatch");
    #[rustfmt::skip]
    let rows = [
        (&key, None, None, unproven),
        (&key, Some(a), None, ADMITTED),
        (&key, Some(e), None, mismatch),
        (&key, None, Some(a), unproven),
        (&certificate, None, Some(e), ADMITTED),
        (&certificate, None, Some(a), mismatch),
        (&certificate, Some(e), None, unproven),
        (&both, Some(a), Some(e), ADMITTED),
        (&both, Some(a), None, unproven),
        (&both, Some(a), Some(a), mismatch),
        (&json!({}), Some(a), Some(e), unproven),
        (&json!({ "jwk": {} }), Some(a), Some(e), unproven),
        (&json!({ "kid": "x", "jkt": a.to_string() }), Some(a), None, ADMITTED),
    ];
    for (cnf, key, certificate, expected) in rows {
        assert_eq!(proved(key, certificate).says(bound(cnf.clone())), expected, "{cnf}");
    }
    assert_eq!(proved(Some(a), Some(e)).says(with(&json!({}))), ADMITTED);

    let malformed = r#"ClaimMalformed { claim: "cnf" }"#;
    for cnf in [
        json!("x"),
        json!([]),
        json!({ "jkt": 7 }),
        json!({ "jkt": "" }),
        json!({ "jkt": "A".repeat(42) }),
        json!({ "x5t#S256": format!("{a}=") }),
    ] {
        assert_eq!(proved(Some(a), Some(a)).says(bound(cnf)), malformed);
    }
    let admitted = proved(Some(a), None).admits(bound(key));
    let binding = admitted.claims().binding().unwrap();
    assert_eq!((binding.key, binding.certificate), (Some(a), None));
}

#[test]
fn keys_that_are_not_at_hand_are_our_fault() {
    let without = Setup { keys: Keyring::default(), ..Setup::strict() };
    let verdict = without.judge(with(&json!({})));
    assert!(matches!(verdict, Verdict::Unable(Fault::KeysMissing)));
    assert_eq!((Fault::KeysMissing.entry().status, Fault::KeysMissing.entry().error), (503, None));
    // A token that no key could save is refused all the same.
    assert_eq!(without.says("opaque".into()), "TokenParts");
    let stranger = with(&json!({ "iss": "https://other.example.com" }));
    assert_eq!(without.says(stranger), r#"IssuerUnknown { issuer: "https://other.example.com" }"#);

    let mut keys = Keyring::default();
    keys.hold(&Issuer::parse("https://login.example.com/").unwrap(), key_set());
    let of_another = Setup { keys, ..Setup::strict() };
    assert_eq!(of_another.says(with(&json!({}))), "unable: KeysMissing");
}

#[test]
fn new_keys_take_the_place_of_old_ones() {
    let corp = Issuer::parse(CORP).unwrap();
    let mut setup = Setup::strict();
    assert!(setup.keys.of(&corp).unwrap().knows(None));
    setup.keys.hold(&corp, KeySet::parse(br#"{"keys":[]}"#).unwrap());
    assert!(setup.says(with(&json!({}))).starts_with("KeyUnknown"));
    setup.keys.hold(&corp, key_set());
    assert_eq!(setup.says(with(&json!({}))), ADMITTED);
}

#[test]
fn a_token_has_one_spelling() {
    let token = issue(&claims(NOTES));
    assert_eq!(Setup::strict().says(token.clone()), ADMITTED);
    // The last character of a part carries bits that nobody needs.
    let ends = token.match_indices('.').map(|(at, _)| at).chain([token.len()]);
    for end in ends {
        for letter in (0..0x80).map(char::from) {
            let mut other = token.clone();
            other.replace_range(end - 1..end, letter.encode_utf8(&mut [0; 4]));
            let verdict = Setup::strict().says(other.clone());
            assert_eq!(verdict == ADMITTED, other == token, "{end}: {letter:?}");
        }
        for more in ["=", "==", "A", "\n", " ", "\0", "."] {
            let mut other = token.clone();
            other.insert_str(end, more);
            assert_ne!(Setup::strict().says(other), ADMITTED, "{end}: {more:?}");
        }
    }
    for other in
        [format!(" {token}"), format!("Bearer {token}"), token.to_lowercase(), format!("{token},{token}")]
    {
        assert_ne!(Setup::strict().says(other), ADMITTED);
    }
}

/// One token for each refusal, each with nothing else wrong.
fn refused_tokens() -> Vec<(&'static str, Setup, String)> {
    let header_with = |name: &str, value: Value| {
        let mut header = header();
        header.insert(name.into(), value);
        Value::Object(header).to_string()
    };
    let good = Value::Object(claims(NOTES)).to_string();
    let plain = Value::Object(header()).to_string();
    let token = issue(&claims(NOTES));
    let mut rows = Vec::new();
    let mut row = |code, token: String| rows.push((code, Setup::strict(), token));
    row("token-too-large", format!("{token}{}", "A".repeat(MAX_TOKEN_BYTES)));
    row("token-parts", "opaque".into());
    row("token-encrypted", "a.b.c.d.e".into());
    row("token-base64", format!("{token}="));
    row("token-json", forge(&plain, "[]"));
    row("token-duplicate-member", forge(&plain, &good.replacen('{', r#"{"aud":"x","#, 1)));
    row(
        "token-too-deep",
        forge(&plain, &good.replacen('{', &format!(r#"{{"x":{}{},"#, "[".repeat(16), "]".repeat(16)), 1)),
    );
    row("header-malformed", forge(&header_with("kid", json!(7)), &good));
    row("algorithm-unsupported", forge(&header_with("alg", json!("none")), &good));
    row("header-critical", forge(&header_with("crit", json!(["exp"])), &good));
    row("type-wrong", of_type(Some("JWT"), &json!({})));
    row("issuer-missing", with(&json!({ "iss": null })));
    row("issuer-unknown", with(&json!({ "iss": "https://other.example.com" })));
    row("key-unknown", forge(&header_with("kid", json!("2019")), &good));
    row("key-unfit", forge(&header_with("alg", json!("ES256")), &good));
    row("claim-malformed", with(&json!({ "exp": "1" })));
    row("client-ambiguous", with(&json!({ "azp": "other" })));
    row("expiry-missing", with(&json!({ "exp": null })));
    row("expired", with(&json!({ "exp": NOW - 60 })));
    row("not-yet-valid", with(&json!({ "nbf": NOW + 61 })));
    row("issued-in-future", with(&json!({ "iat": NOW + 61 })));
    row("lifetime-too-long", with(&json!({ "exp": NOW + 86_401 })));
    row("audience-missing", with(&json!({ "aud": null })));
    row("audience-malformed", with(&json!({ "aud": [] })));
    row("audience-elsewhere", with(&json!({ "aud": FILES })));
    row("audience-unknown", with(&json!({ "aud": STRANGER })));
    row("audience-shared", with(&json!({ "aud": [NOTES, FILES] })));
    row("sender-unproven", with(&json!({ "cnf": {} })));

    let mut possession = Possession::default();
    possession.key = Some(thumbprint("E"));
    let other_key = Setup { possession, ..Setup::strict() };
    let bound = with(&json!({ "cnf": { "jkt": thumbprint("A").to_string() } }));
    rows.push(("sender-mismatch", other_key, bound));
    let relaxed = Setup::strict().with(|rules| rules.types = types(&["jwt"]));
    rows.push(("not-access-token", relaxed, of_type(Some("JWT"), &json!({ "nonce": "n" }))));
    let es256 = Setup::strict().with(|rules| rules.algorithms = vec![Algorithm::Es256]);
    rows.push(("algorithm-not-allowed", es256, token.clone()));
    let (signed, _) = token.rsplit_once('.').unwrap();
    rows.push(("signature-invalid", Setup::strict(), format!("{signed}.{}", "A".repeat(86))));
    rows
}

#[test]
fn every_reason_is_given_for_its_own_fault() {
    assert_eq!(Setup::strict().says(issue(&claims(NOTES))), ADMITTED);
    let mut given = BTreeSet::new();
    for (code, setup, token) in refused_tokens() {
        match setup.judge(token) {
            Verdict::Refuse(refusal) => assert_eq!(refusal.code(), code),
            other => assert!(matches!(other, Verdict::Refuse(_)), "{code}: {other:?}"),
        }
        given.insert(code);
    }
    // Said elsewhere, by `permits`.
    given.insert("scope-missing");
    assert_eq!(given, Entry::OF_TOKENS.iter().map(|entry| entry.code).collect());
}

#[test]
fn no_verdict_says_what_the_token_was() {
    let admitted = ("admitted", Setup::strict(), with(&json!({})));
    for (code, setup, token) in refused_tokens().into_iter().chain([admitted]) {
        let verdict = format!("{:?}", setup.judge(token.clone()));
        let long_parts = token.split('.').filter(|part| part.len() > 8);
        assert!(long_parts.chain([&*token]).all(|part| !verdict.contains(part)), "{code}");
    }
}
