//! What a permissive server waives, and what it does not (the design, "The invariants"): every row over a real socket,
//! with a control before and after it.

use std::{fs, path::Path, sync::Arc};

use serde_json::{Map, Value, json};
use warded_core::{Mode, TokenTypes, UnixTime, jose::base64url};
use warded_guard::Dpop;
use warded_store::{
    GRANT_CLAIM, GrantMark, Revocations, RevokedGrant, RevokedGrants, StoreFailed,
    journal::segments::{Segments, Terms},
};

use crate::{
    door::{Door, HERE, SIBLING, Setup},
    issuer::{Hands, NOW, Publisher, fresh_key, random, sign},
};

const STRANGER: &str = "https://stranger.example/mcp";
const LIST: &str = "/lists/1";

/// A grant that was taken back.
struct Noted;

#[async_trait::async_trait]
impl RevokedGrants for Noted {
    async fn revoked_since(&self, _: i64) -> Result<Vec<RevokedGrant>, StoreFailed> {
        let until = UnixTime::from_seconds(NOW + 9000);
        Ok(vec![RevokedGrant { number: 1, grant: GrantMark::of("stolen"), until, status: None }])
    }
}

struct Stage {
    signing: Publisher,
    asked: Publisher,
    door: Door,
    journal: Arc<Segments>,
    folder: tempfile::TempDir,
}

impl Stage {
    async fn set(mode: Mode) -> Self {
        let (signing, asked) = (Publisher::start().await, Publisher::start().await);
        // Valid, revoked, suspended, something else.
        signing.publishes(LIST, &[0b11_10_01_00], &json!({}));
        let folder = tempfile::tempdir().unwrap();
        let clock = Hands::new();
        let journal =
            Arc::new(Segments::open(folder.path(), Terms::of("a"), Arc::new(clock.clone())).unwrap());
        let revocations = Revocations::default();
        revocations.follow(&signing.issuer());
        revocations.look(&Noted, UnixTime::from_seconds(NOW)).await.unwrap();
        let setup = Setup {
            mode,
            signing: vec![signing.clone()],
            asked: Some(asked.clone()),
            clock,
            revocations,
            journal: Some(journal.clone()),
            ..Setup::new()
        };
        Self { door: setup.serve().await, signing, asked, journal, folder }
    }

    fn claims(&self, changes: &Value) -> Map<String, Value> {
        let mut claims = self.signing.claims(HERE);
        for (member, value) in changes.as_object().unwrap() {
            if value.is_null() {
                claims.remove(member);
            } else {
                claims.insert(member.clone(), value.clone());
            }
        }
        claims
    }

    /// A signed token that is good but for these changes.
    fn signed(&self, changes: &Value) -> String {
        sign("at+jwt", &self.claims(changes))
    }

    /// An opaque token of which its issuer says this.
    fn opaque(&self, name: &str, changes: &Value) -> String {
        let mut said = self.asked.active(HERE);
        for (member, value) in changes.as_object().unwrap() {
            said[member] = value.clone();
        }
        let members = said.as_object().unwrap().clone().into_iter().filter(|(_, value)| !value.is_null());
        let token = format!("opaque-{name}-token");
        self.asked.answers(&token, &members.collect());
        token
    }

    /// What is refused whatever the mode: what it is, and the code.
    fn never_waived(&self) -> Vec<(&'static str, String, &'static str)> {
        let (signed, opaque) = (|changes| self.signed(&changes), |name, changes| self.opaque(name, &changes));
        let listed = |index| self.signing.listed(HERE, LIST, index);
        let stolen = GrantMark::of("stolen").to_string();
        let good = signed(json!({}));
        let (body, _) = good.rsplit_once('.').unwrap();
        let unsigned = base64url::encode(r#"{"alg":"none","typ":"at+jwt"}"#);
        let claims = base64url::encode(Value::Object(self.claims(&json!({}))).to_string());
        let by_stranger =
            fresh_key().sign("at+jwt", &self.claims(&json!({})), &random()).unwrap().to_string();
        let typed = |typ: &str, changes| sign(typ, &self.claims(&changes));
        vec![
            ("expired", signed(json!({ "exp": NOW - 61 })), "expired"),
            ("without an end", signed(json!({ "exp": null })), "expiry-missing"),
            ("not yet valid", signed(json!({ "nbf": NOW + 200 })), "not-yet-valid"),
            (
                "issued tomorrow",
                signed(json!({ "iat": NOW + 86_000, "exp": NOW + 86_300 })),
                "issued-in-future",
            ),
            ("for a month", signed(json!({ "exp": NOW + 2_592_000 })), "lifetime-too-long"),
            ("wrong issuer", signed(json!({ "iss": "https://login.example.com" })), "issuer-unknown"),
            ("no issuer", signed(json!({ "iss": null })), "issuer-missing"),
            ("the other issuer's name", signed(json!({ "iss": self.asked.url("") })), "token-inactive"),
            ("bad signature", format!("{body}.{}", "A".repeat(86)), "signature-invalid"),
            ("no signature", format!("{unsigned}.{claims}."), "algorithm-unsupported"),
            ("a stranger's signature", by_stranger, "key-unknown"),
            ("sibling's audience", signed(json!({ "aud": SIBLING })), "audience-elsewhere"),
            ("this and the sibling", signed(json!({ "aud": [HERE, SIBLING] })), "audience-shared"),
            (
                "the sibling and a stranger",
                signed(json!({ "aud": [STRANGER, SIBLING] })),
                "audience-elsewhere",
            ),
            ("an audience that is no text", signed(json!({ "aud": 7 })), "audience-malformed"),
            ("an ID token", typed("JWT", json!({ "nonce": "n", "at_hash": "h" })), "not-access-token"),
            ("an ID token of its client", typed("JWT", json!({ "aud": "agent" })), "not-access-token"),
            (
                "neither client nor scope",
                typed("JWT", json!({ "client_id": null, "scope": null })),
                "not-access-token",
            ),
            ("a logout token", typed("logout+jwt", json!({})), "type-wrong"),
            ("a status list as a token", typed("statuslist+jwt", json!({})), "type-wrong"),
            ("bound, without proof", signed(json!({ "cnf": { "jkt": "A".repeat(43) } })), "sender-unproven"),
            (
                "bound to a certificate",
                signed(json!({ "cnf": { "x5t#S256": "A".repeat(43) } })),
                "sender-unproven",
            ),
            ("bound to what nobody knows", signed(json!({ "cnf": { "x": "y" } })), "sender-unproven"),
            ("revoked by its list", listed(1), "token-revoked"),
            ("suspended", listed(2), "token-suspended"),
            ("something else", listed(3), "status-unknown"),
            ("not on its list", listed(4), "status-out-of-range"),
            ("another way of revocation", signed(json!({ "status": { "x": {} } })), "status-unsupported"),
            ("of a grant that was taken back", signed(json!({ GRANT_CLAIM: stolen })), "token-revoked"),
            (
                "revoked, and without an audience",
                signed(
                    json!({ "aud": null, "status": { "status_list": { "idx": 1, "uri": self.signing.url(LIST) } } }),
                ),
                "token-revoked",
            ),
            ("expired, and without an audience", signed(json!({ "aud": null, "exp": NOW - 61 })), "expired"),
            ("inactive", opaque("inactive", json!({ "active": false })), "token-inactive"),
            ("unheard of", "unheard-of".to_owned(), "token-inactive"),
            ("opaque, sibling's", opaque("sibling", json!({ "aud": SIBLING })), "audience-elsewhere"),
            ("opaque, for both", opaque("both", json!({ "aud": [HERE, SIBLING] })), "audience-shared"),
            ("opaque, expired", opaque("expired", json!({ "exp": NOW - 61 })), "expired"),
            ("opaque, of another issuer", opaque("other", json!({ "iss": STRANGER })), "issuer-differs"),
            (
                "opaque, bound",
                opaque("bound", json!({ "cnf": { "jkt": "A".repeat(43) } })),
                "sender-unproven",
            ),
            ("opaque, a refresh token", opaque("refresh", json!({ "typ": "Refresh" })), "not-access-token"),
        ]
    }

    /// What is waived: what it is, and the codes that are recorded.
    fn waived(&self) -> Vec<(&'static str, String, Vec<&'static str>)> {
        let typed = |typ: &str, changes| sign(typ, &self.claims(&changes));
        vec![
            ("no audience", self.signed(&json!({ "aud": null })), vec!["audience-missing"]),
            ("an unknown audience", self.signed(&json!({ "aud": STRANGER })), vec!["audience-unknown"]),
            (
                "its client and a stranger",
                self.signed(&json!({ "aud": ["agent", STRANGER] })),
                vec!["audience-unknown"],
            ),
            (
                "this and a stranger",
                self.signed(&json!({ "aud": [HERE, STRANGER] })),
                vec!["audience-shared"],
            ),
            ("a plain JWT", typed("JWT", json!({})), vec!["type-wrong"]),
            (
                "a plain JWT, no audience",
                typed("JWT", json!({ "aud": null })),
                vec!["type-wrong", "audience-missing"],
            ),
            (
                "opaque, no audience",
                self.opaque("opaque-1", &json!({ "aud": null })),
                vec!["audience-missing"],
            ),
            (
                "opaque, unknown",
                self.opaque("opaque-2", &json!({ "aud": STRANGER })),
                vec!["audience-unknown"],
            ),
        ]
    }
}

fn permissive() -> Mode {
    Mode::PermissiveUntil(UnixTime::from_seconds(NOW + 60))
}

/// Presets accept plain JWTs, so nothing is waived of an ID token's type.
#[tokio::test]
async fn a_permissive_server_that_takes_plain_jwts_takes_no_id_tokens_and_no_refresh_tokens() {
    let (signing, asked) = (Publisher::start().await, Publisher::start().await);
    let setup = Setup {
        mode: permissive(),
        signing: vec![signing.clone()],
        asked: Some(asked.clone()),
        change: |rules| rules.types = TokenTypes::of(["at+jwt", "jwt"]).unwrap(),
        ..Setup::new()
    };
    let door = setup.serve().await;
    let claims = |changes: &Value| {
        let mut claims = signing.claims(STRANGER);
        claims.extend(changes.as_object().unwrap().clone());
        claims.retain(|_, value| !value.is_null());
        sign("JWT", &claims)
    };
    door.admits(&claims(&json!({}))).await;
    door.admits(&claims(&json!({ "scope": null }))).await;
    door.admits(&claims(&json!({ "client_id": null }))).await;
    for aud in [json!("some-client-id"), json!(null)] {
        let id_token =
            claims(&json!({ "aud": aud, "client_id": null, "scope": null, "email": "a@a.example" }));
        door.refuses(&id_token, "not-access-token").await;
    }

    let said = json!({ "active": true, "client_id": "agent", "exp": NOW + 300 });
    asked.answers("opaque-refresh-token", &said);
    door.refuses("opaque-refresh-token", "not-access-token").await;
    let said = json!({ "active": true, "client_id": "agent", "exp": NOW + 300, "token_type": "bearer" });
    asked.answers("opaque-access-token", &said);
    door.admits("opaque-access-token").await;
}

/// A roll-out of audiences is none of proofs.
#[tokio::test]
async fn a_permissive_server_that_wants_proofs_takes_no_token_that_is_bound_to_nothing() {
    let signing = Publisher::start().await;
    for (dpop, status, code) in [(Dpop::Optional, 200, ""), (Dpop::Required, 401, "sender-required")] {
        let setup = Setup { mode: permissive(), signing: vec![signing.clone()], dpop, ..Setup::new() };
        let door = setup.serve().await;
        let mut claims = signing.claims(HERE);
        assert_eq!(door.says(&sign("at+jwt", &claims)).await, (status, code.to_owned()));
        claims.remove("aud");
        assert_eq!(door.says(&sign("at+jwt", &claims)).await, (status, code.to_owned()), "no audience");
    }
}

/// The calls that were let through, each with what was waived.
fn recorded(folder: &Path) -> Vec<Value> {
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let text: String = files.into_iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    let records = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    records.filter(|record| record["event"] == "call").map(|record| record["waived"].clone()).collect()
}

#[tokio::test]
async fn a_permissive_server_refuses_all_that_it_does_not_waive() {
    let stage = Stage::set(permissive()).await;
    // So that a key that nobody knows is looked for, and not found.
    stage.door.clock.forward(30);
    let good = stage.signed(&json!({}));
    let rows = stage.never_waived();
    for (what, token, code) in &rows {
        stage.door.admits(&good).await;
        assert_eq!(stage.door.says(token).await, (401, (*code).to_owned()), "{what}");
    }
    stage.door.admits(&good).await;
    stage.journal.flush().unwrap();
    let recorded = recorded(stage.folder.path());
    assert_eq!(recorded.len(), rows.len() + 1, "the controls, and nothing else");
    assert!(recorded.iter().all(|waived| waived.as_array().is_none_or(Vec::is_empty)));
}

#[tokio::test]
async fn what_a_permissive_server_waives_is_let_in_and_recorded() {
    let stage = Stage::set(permissive()).await;
    let rows = stage.waived();
    for (what, token, _) in &rows {
        assert_eq!(stage.door.says(token).await, (200, String::new()), "{what}");
    }
    stage.journal.flush().unwrap();
    let expected: Vec<_> = rows.iter().map(|(.., waived)| json!(waived)).collect();
    assert_eq!(recorded(stage.folder.path()), expected);
}

#[tokio::test]
async fn a_strict_server_waives_nothing_and_neither_does_one_whose_roll_out_has_ended() {
    let (strict, ended) = (Stage::set(Mode::Strict).await, Stage::set(permissive()).await);
    ended.door.clock.forward(60);
    for stage in [strict, ended] {
        stage.door.admits(&stage.signed(&json!({}))).await;
        for (what, token, waived) in stage.waived() {
            assert_eq!(stage.door.says(&token).await, (401, waived[0].to_owned()), "{what}");
        }
    }
}

#[tokio::test]
async fn a_permissive_server_lets_nobody_in_whose_status_cannot_be_looked_up() {
    let stage = Stage::set(permissive()).await;
    stage.door.fails(&stage.signing.listed(HERE, "/lists/missing", 0), "status-unavailable").await;
    stage.asked.says("about opaque", 500, "text/plain", "");
    stage.door.fails("opaque", "introspection-unavailable").await;
}
