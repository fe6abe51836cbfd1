//! Our own faults are never an answer about the request.

use http::StatusCode;
use sqlx::Connection as _;
use warded_core::jose::Algorithm;
use warded_store::{Added, HeldKey, SigningKeys as _, memory::Memory};

use warded_issuer::{AuthorizationServer, IssuerSetup, OpenFailed};

use super::{
    assertions::{self, signer},
    holder::Holder,
};
use crate::stage::{Browser, ISSUER, NOTES, PASSWORD, Stage, random, registered, with};

#[tokio::test]
async fn a_store_that_is_gone_is_a_503_and_nobodys_fault_but_ours() {
    let stage = Stage::open().await;
    let code = stage.code(NOTES).await;
    let mut browser = Browser::default();
    let login = Browser::default();
    let page = browser.log_in(&stage, &stage.question(NOTES)).await;
    stage.store.close().await;
    for form in [stage.redemption(&code), stage.refreshing("x")] {
        let answer = stage.token(&form).await;
        assert_eq!(answer.error(), (503, "temporarily_unavailable".into()));
    }
    let answer = browser.decide(&stage, &page, "allow").await;
    assert_eq!((answer.status, answer.refusal()), (StatusCode::SERVICE_UNAVAILABLE, "unable"));
    let answer = login.clone().ask(&stage, &stage.question(NOTES)).await;
    assert_eq!((answer.status, answer.refusal()), (StatusCode::SERVICE_UNAVAILABLE, "unable"));
    let body = serde_json::json!({ "redirect_uris": ["https://a.example/cb"] }).to_string();
    let answer = stage.post("register", "application/json", body).await;
    assert_eq!(answer.error(), (503, "temporarily_unavailable".into()));
    assert!(!answer.body.contains("pool") && !answer.body.contains("sqlite"));
    // What needs no store is served on.
    assert_eq!(stage.get(&format!("{}/jwks", stage.base)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_code_survives_a_store_that_was_away() {
    let stage = Stage::open().await;
    let code = stage.code(NOTES).await;
    stage.store.close().await;
    assert_eq!(stage.token(&stage.redemption(&code)).await.status, StatusCode::SERVICE_UNAVAILABLE);
    let store = std::sync::Arc::new(stage.another_store().await);
    let setup = IssuerSetup::new("default", stage.server.issuer().clone(), registered());
    let fetch = warded_client::fetch::Fetch::new(warded_client::fetch::Reach::public()).unwrap();
    let again =
        AuthorizationServer::open(setup, store, fetch, stage.clock.clone(), std::sync::Arc::new(random()))
            .await
            .unwrap();
    let stage = Stage { router: again.served(), server: again, ..stage };
    let answer = stage.token(&stage.redemption(&code)).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(stage.judge(&answer.text("access_token"), "notes").is_ok(), "the restart kept the key, too");
}

/// A disk that is full at the last step.
#[tokio::test]
async fn what_was_shown_survives_a_step_that_could_not_be_taken() {
    let (stage, holder) = (Stage::open().await, Holder::new());
    signer(&stage, "signer", &holder).await;
    let code = stage.code_for(&with(&stage.question(NOTES), "client_id", "signer")).await;
    let nonce = stage.nonce().await;
    let by_hand = sqlx::sqlite::SqliteConnectOptions::new().filename(stage.folder.path().join("warded.db"));
    let mut by_hand = sqlx::SqliteConnection::connect_with(&by_hand).await.unwrap();
    let mut token = String::new();
    for grant in ["code", "refresh_token"] {
        let form = if grant == "code" { stage.redemption(&code) } else { stage.refreshing(&token) };
        let (assertion, proof) = (holder.assertion(&stage, "signer", &[]), holder.proof(&stage, &nonce));
        let form = with(&with(&form, "client_id", "signer"), "client_assertion", &assertion);
        let form = with(&form, "client_assertion_type", assertions::KIND);
        let full = "CREATE TRIGGER full BEFORE INSERT ON refreshes BEGIN SELECT RAISE(ABORT, 'full'); END";
        sqlx::raw_sql(full).execute(&mut by_hand).await.unwrap();
        let answer = stage.token_with(&form, &[&proof]).await;
        assert_eq!(answer.error(), (503, "temporarily_unavailable".into()), "{grant}");
        sqlx::raw_sql("DROP TRIGGER full").execute(&mut by_hand).await.unwrap();
        let answer = stage.token_with(&form, &[&proof]).await;
        assert_eq!(answer.status, StatusCode::OK, "{grant}: {answer:?}");
        token = answer.text("refresh_token");
    }
}

/// A client that tries again every few seconds, until there is room on the disk.
#[tokio::test]
async fn whoever_could_not_refresh_for_our_fault_may_try_on() {
    let stage = Stage::open().await;
    let (_, refresh) = stage.tokens(NOTES).await;
    let by_hand = sqlx::sqlite::SqliteConnectOptions::new().filename(stage.folder.path().join("warded.db"));
    let mut by_hand = sqlx::SqliteConnection::connect_with(&by_hand).await.unwrap();
    let full = "CREATE TRIGGER full BEFORE INSERT ON refreshes BEGIN SELECT RAISE(ABORT, 'full'); END";
    sqlx::raw_sql(full).execute(&mut by_hand).await.unwrap();
    for time in 0..70 {
        let answer = stage.token(&stage.refreshing(&refresh)).await;
        assert_eq!(answer.error(), (503, "temporarily_unavailable".into()), "{time}");
    }
    sqlx::raw_sql("DROP TRIGGER full").execute(&mut by_hand).await.unwrap();
    let answer = stage.token(&stage.refreshing(&refresh)).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
}

async fn open(change: impl FnOnce(&mut IssuerSetup), store: Memory) -> Result<(), OpenFailed> {
    let mut setup = IssuerSetup::new("default", warded_core::Issuer::parse(ISSUER).unwrap(), registered());
    change(&mut setup);
    AuthorizationServer::open(
        setup,
        std::sync::Arc::new(store),
        warded_client::fetch::Fetch::new(warded_client::fetch::Reach::public()).unwrap(),
        Stage::open().await.clock,
        std::sync::Arc::new(random()),
    )
    .await
    .map(drop)
}

#[tokio::test]
async fn what_cannot_be_served_is_not_opened() {
    let broken = Memory::new();
    let at = warded_core::UnixTime::from_seconds;
    let key = HeldKey {
        kid: "broken".into(),
        algorithm: Algorithm::EdDsa,
        pkcs8: zeroize::Zeroizing::new(b"not a key".to_vec()),
        created: at(0),
        signs_from: at(0),
        signs_until: at(2_000_000_000),
        published_until: at(2_100_000_000),
    };
    assert_eq!(broken.add_signing_key("default", &key, None).await, Ok(Added::Yes));
    assert_eq!(open(|_| (), broken).await, Err(OpenFailed::Key { name: "broken".into() }));
    for other in [Algorithm::Rs512, Algorithm::Es384, Algorithm::Ps256] {
        let refused = Err(OpenFailed::Algorithm(other));
        assert_eq!(open(|setup| setup.policy.algorithm = other, Memory::new()).await, refused);
        assert_eq!(open(|setup| setup.resources[1].algorithm = Some(other), Memory::new()).await, refused);
    }
    for seconds in [0, 24 * 60 * 60 + 1] {
        let refused = |name: &str| Err(OpenFailed::Lifetime(name.into()));
        let all = open(|setup| setup.policy.access_token = seconds, Memory::new()).await;
        assert_eq!(all, refused("the issuer"));
        let one = open(|setup| setup.resources[1].lifetime = Some(seconds), Memory::new()).await;
        assert_eq!(one, refused("files"));
    }
    let hasty = open(|setup| setup.policy.rotate_keys = 7199, Memory::new()).await;
    assert_eq!(hasty, Err(OpenFailed::Rotation));
    let twice = open(|setup| setup.resources.extend(registered()), Memory::new()).await;
    assert_eq!(twice, Err(OpenFailed::Identifier(NOTES.into())));
    let wider = |setup: &mut IssuerSetup| {
        setup.resources[0].default_scopes = warded_core::Scopes::parse("admin").unwrap();
    };
    assert_eq!(open(wider, Memory::new()).await, Err(OpenFailed::DefaultScopes("notes".into())));
    assert_eq!(open(|_| (), Memory::new()).await, Ok(()));
}

#[tokio::test]
async fn what_is_printed_for_debugging_holds_no_secret() {
    let stage = Stage::open().await;
    let shown = format!("{:?}", stage.server);
    assert_eq!(shown, format!("AuthorizationServer {{ issuer: Issuer({ISSUER:?}), .. }}"));
    let users = warded_store::Users::users(&*stage.store).await.unwrap();
    let clients = warded_store::Clients::clients(&*stage.store, stage.server.issuer()).await.unwrap();
    let shown = format!("{users:?} {clients:?}");
    assert!(!shown.contains("argon2") && !shown.contains(PASSWORD) && !shown.contains(&stage.robot.1));
}
