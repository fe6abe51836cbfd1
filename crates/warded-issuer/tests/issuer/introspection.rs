//! What a server that asks learns of a token, and of whose (RFC 7662).

use aws_lc_rs::rand::SecureRandom as _;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{Request, StatusCode, header};
use serde_json::{Value, json};
use warded_store::Digest;

use super::{holder::Holder, token::claims};
use crate::stage::{Answer, FILES, ISSUER, NOTES, NOTES_ALIAS, Stage, encoded, random};

/// The secrets of the two servers.
struct Asked {
    stage: Stage,
    notes: String,
    files: String,
}

fn secret() -> String {
    let mut bytes = [0; 16];
    random().fill(&mut bytes).unwrap();
    warded_core::jose::base64url::encode(bytes)
}

impl Asked {
    async fn open() -> Self {
        let (notes, files) = (secret(), secret());
        let stage = Stage::with(ISSUER, |setup| {
            setup.resources[0].secret = Some(Digest::of(notes.as_bytes()));
            setup.resources[1].secret = Some(Digest::of(files.as_bytes()));
        })
        .await;
        Self { stage, notes, files }
    }

    async fn asks(&self, server: &str, secret: &str, token: &str) -> Answer {
        let body = encoded(&[("token", token), ("token_type_hint", "access_token")]);
        let basic = format!("Basic {}", STANDARD.encode(format!("{server}:{secret}")));
        let request = Request::post(format!("{}/introspect", self.stage.base))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::AUTHORIZATION, basic);
        self.stage.call(request.body(body.into()).unwrap()).await
    }

    async fn notes_learn(&self, token: &str) -> Value {
        let answer = self.asks("notes", &self.notes, token).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
        answer.json()
    }
}

#[tokio::test]
async fn a_server_learns_what_its_token_says() {
    let asked = Asked::open().await;
    for resource in [NOTES, NOTES_ALIAS] {
        let (token, _) = asked.stage.tokens(resource).await;
        let said = claims(&token);
        assert_eq!(
            asked.notes_learn(&token).await,
            json!({
                "active": true, "token_type": "Bearer", "iss": ISSUER, "aud": resource, "sub": said["sub"],
                "client_id": asked.stage.editor, "scope": "notes:read", "jti": said["jti"],
                "iat": 1_800_000_000, "exp": 1_800_000_600, "auth_time": 1_800_000_000,
            })
        );
    }
}

#[tokio::test]
async fn a_server_learns_nothing_of_a_token_for_another() {
    let asked = Asked::open().await;
    let (notes, refresh) = asked.stage.tokens(NOTES).await;
    let (files, _) = asked.stage.tokens(FILES).await;
    let code = asked.stage.code(NOTES).await;
    let inactive = json!({ "active": false });
    // Its claims in the name of somebody else's signature.
    let (claims, _) = notes.rsplit_once('.').unwrap();
    let (_, signature) = files.rsplit_once('.').unwrap();
    let forged = format!("{claims}.{signature}");
    for token in [&*files, &*refresh, &*code, &*forged, "unknown", "a.b.c", "..", "\u{0}"] {
        assert_eq!(asked.notes_learn(token).await, inactive, "{token}");
    }
    let answer = asked.asks("files", &asked.files, &files).await.json();
    assert_eq!((&answer["active"], &answer["aud"]), (&json!(true), &json!(FILES)));
    assert_eq!(asked.asks("files", &asked.files, &notes).await.json(), inactive);
}

#[tokio::test]
async fn a_server_learns_to_which_key_a_token_is_bound_and_looks_for_itself_who_holds_it() {
    let (asked, holder) = (Asked::open().await, Holder::new());
    let bound = asked.stage.proven(&holder, &asked.stage.in_its_name()).await.text("access_token");
    let told = asked.notes_learn(&bound).await;
    assert_eq!((&told["active"], &told["token_type"]), (&json!(true), &json!("DPoP")));
    assert_eq!(told["cnf"], json!({ "jkt": holder.jkt() }));
    assert_eq!(told["sub"], format!("client:{}", asked.stage.robot.0));
}

#[tokio::test]
async fn what_is_over_or_taken_back_is_not_active() {
    let asked = Asked::open().await;
    let (token, refresh) = asked.stage.tokens(NOTES).await;
    assert_eq!(asked.notes_learn(&token).await["active"], true);
    let form = [("token", &*refresh), ("client_id", &*asked.stage.editor)];
    asked.stage.post("revoke", "application/x-www-form-urlencoded", encoded(&form)).await;
    assert_eq!(asked.notes_learn(&token).await, json!({ "active": false }));

    let (token, _) = asked.stage.tokens(NOTES).await;
    asked.stage.clock.pass(599);
    let now = warded_core::Clock::now(&*asked.stage.clock);
    asked.stage.revocations.look(&*asked.stage.store, now).await.unwrap();
    assert_eq!(asked.notes_learn(&token).await["active"], true);
    asked.stage.clock.pass(1);
    assert_eq!(asked.notes_learn(&token).await, json!({ "active": false }), "to the second, without leeway");
}

#[tokio::test]
async fn what_a_removed_program_got_in_its_own_name_is_not_active() {
    let asked = Asked::open().await;
    let token = asked.stage.token(&asked.stage.in_its_name()).await.text("access_token");
    assert_eq!(asked.notes_learn(&token).await["active"], true);
    let (store, now) = (&*asked.stage.store, warded_core::Clock::now(&*asked.stage.clock));
    let issuer = asked.stage.server.issuer();
    assert_eq!(
        warded_issuer::operator::remove_client(store, issuer, &asked.stage.robot.0, now).await,
        Ok(true)
    );
    asked.stage.revocations.look(store, now).await.unwrap();
    assert_eq!(asked.notes_learn(&token).await, json!({ "active": false }));
}

#[tokio::test]
async fn nobody_but_a_server_with_its_own_secret_may_ask() {
    let asked = Asked::open().await;
    let (token, _) = asked.stage.tokens(NOTES).await;
    let (robot, portal) = (&asked.stage.robot, &asked.stage.portal);
    for (server, secret) in [
        ("notes", "wrong"),
        ("notes", ""),
        ("notes", &asked.files),
        ("Notes", &asked.notes),
        ("other", &asked.notes),
        (robot.0.as_str(), robot.1.as_str()),
        (portal.0.as_str(), portal.1.as_str()),
    ] {
        let answer = asked.asks(server, secret, &token).await;
        assert_eq!(answer.error(), (401, "invalid_client".into()), "{server}");
        assert_eq!(answer.headers[header::WWW_AUTHENTICATE], "Basic realm=\"introspect\"");
        assert!(!answer.headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN));
    }
    let kind = "application/x-www-form-urlencoded";
    let nobody = asked.stage.post("introspect", kind, encoded(&[("token", &token)])).await;
    assert_eq!(nobody.error(), (400, "invalid_request".into()));
    let in_body = [("token", &*token), ("client_id", "notes"), ("client_secret", &asked.notes)];
    let answer = asked.stage.post("introspect", kind, encoded(&in_body)).await;
    assert_eq!(answer.json()["active"], true);
}

#[tokio::test]
async fn whoever_guesses_a_servers_secret_does_not_keep_the_server_out() {
    let asked = Asked::open().await;
    let (token, _) = asked.stage.tokens(NOTES).await;
    for guess in 0..100 {
        let answer = asked.asks("notes", &format!("guess {guess}"), &token).await;
        assert_eq!(answer.error(), (401, "invalid_client".into()), "{guess}");
    }
    assert_eq!(asked.asks("notes", &asked.notes, &token).await.json()["active"], true);
}

#[tokio::test]
async fn who_cannot_tell_what_was_taken_back_says_nothing() {
    let asked = Asked::open().await;
    let (token, _) = asked.stage.tokens(NOTES).await;
    // Nobody has looked into the store for more than a minute.
    asked.stage.clock.pass(61);
    let answer = asked.asks("notes", &asked.notes, &token).await;
    assert_eq!(answer.error(), (503, "temporarily_unavailable".into()));
}

#[tokio::test]
async fn an_issuer_that_no_server_asks_has_nothing_to_ask() {
    let stage = Stage::open().await;
    let document = stage.get(&format!("{}/.well-known/openid-configuration", stage.base)).await.json();
    assert!(document.get("introspection_endpoint").is_none());
    let form = encoded(&[("token", "x"), ("client_id", "notes"), ("client_secret", "")]);
    let answer = stage.post("introspect", "application/x-www-form-urlencoded", form).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}
