//! Our own issuer takes a grant back: its access tokens end at once.

use serde_json::json;
use tokio::io::AsyncReadExt as _;
use warded_core::{Issuer, ResourceUri, Scopes, UnixTime};
use warded_store::{
    Added, Digest, GRANT_CLAIM, Grant, GrantMark, Grants as _, NewCode, Revocations, Users as _,
    memory::Memory,
};

use crate::{
    door::{Door, HERE, Setup},
    issuer::{NOW, Publisher, sign},
};

fn at(seconds: i64) -> UnixTime {
    UnixTime::from_seconds(NOW + seconds)
}

async fn granted(store: &Memory, id: &str) {
    let grant = Grant {
        id: id.to_owned(),
        issuer: Issuer::parse("https://mcp.example.com/issuers/default").unwrap(),
        client: "agent".to_owned(),
        user: "alice".to_owned(),
        server: "notes".to_owned(),
        resource: ResourceUri::parse(HERE).unwrap(),
        scopes: Scopes::default(),
        auth_time: at(0),
        ends: at(9000),
    };
    let code = NewCode {
        digest: Digest::of(id.as_bytes()),
        redirect_uri: String::new(),
        challenge: String::new(),
        expires: at(60),
    };
    store.issue_code(grant, code).await.unwrap();
}

/// A grant, one of its tokens, and a door that hears of what is taken back.
struct Stage {
    store: Memory,
    revocations: Revocations,
    door: Door,
    token: String,
}

impl Stage {
    async fn set() -> Self {
        let (issuer, revocations) = (Publisher::start().await, Revocations::default());
        let setup = Setup { signing: vec![issuer.clone()], revocations: revocations.clone(), ..Setup::new() };
        let store = Memory::new();
        let user =
            warded_store::User { id: "alice".into(), name: "alice".into(), password: None, created: at(0) };
        assert_eq!(store.add_user(user).await.unwrap(), Added::Yes);
        granted(&store, "stolen").await;
        let mut claims = issuer.claims(HERE);
        claims.insert(GRANT_CLAIM.to_owned(), GrantMark::of("stolen").to_string().into());
        Self { store, revocations, door: setup.serve().await, token: sign("at+jwt", &claims) }
    }

    async fn takes_back(&self, after: i64) {
        self.store.revoke("stolen").await.unwrap();
        self.revocations.look(&self.store, at(after)).await.unwrap();
    }
}

#[tokio::test]
async fn a_stream_that_is_open_ends_soon_after_its_grant_was_taken_back() {
    let stage = Stage::set().await;
    let mut stream = stage.door.listens(&stage.token).await;
    stage.takes_back(0).await;
    // From here on nobody waits for anything but time.
    tokio::time::pause();
    let began = tokio::time::Instant::now();
    let mut rest = String::new();
    stream.read_to_string(&mut rest).await.unwrap();
    assert!(!rest.contains("REACHED"), "{rest}");
    // Of the time that stands still: by its token it would have lasted six minutes.
    assert!(began.elapsed().as_secs() <= 10, "{:?}", began.elapsed());
}

#[tokio::test]
async fn what_is_taken_back_while_a_message_arrives_is_refused() {
    let stage = Stage::set().await;
    let (status, answer) = stage.door.begins(&stage.token).await.ends().await;
    assert!(status == 200 && answer.contains("REACHED"), "{answer}");

    let half = stage.door.begins(&stage.token).await;
    stage.takes_back(1).await;
    stage.door.clock.forward(1);
    let (status, answer) = half.ends().await;
    assert!(status == 401 && answer.contains("token-revoked") && !answer.contains("REACHED"), "{answer}");
}

#[tokio::test]
async fn what_expires_while_a_message_arrives_is_refused() {
    let stage = Stage::set().await;
    let half = stage.door.begins(&stage.token).await;
    stage.door.clock.forward(360);
    let (status, answer) = half.ends().await;
    assert!(status == 401 && answer.contains("expired") && !answer.contains("REACHED"), "{answer}");
}

#[tokio::test]
async fn the_tokens_of_a_grant_that_was_taken_back_are_refused_at_once() {
    let issuer = Publisher::start().await;
    let revocations = Revocations::default();
    let setup = Setup { signing: vec![issuer.clone()], revocations: revocations.clone(), ..Setup::new() };
    let door = setup.serve().await;
    let token = |claim| {
        let mut claims = issuer.claims(HERE);
        claims.insert(GRANT_CLAIM.to_owned(), claim);
        sign("at+jwt", &claims)
    };
    let store = Memory::new();
    let user =
        warded_store::User { id: "alice".into(), name: "alice".into(), password: None, created: at(0) };
    assert_eq!(store.add_user(user).await.unwrap(), Added::Yes);
    granted(&store, "stolen").await;
    granted(&store, "kept").await;
    let stolen = token(GrantMark::of("stolen").to_string().into());
    let kept = token(GrantMark::of("kept").to_string().into());
    door.admits(&stolen).await;

    store.revoke("stolen").await.unwrap();
    revocations.look(&store, at(0)).await.unwrap();
    door.refuses(&stolen, "token-revoked").await;
    door.admits(&kept).await;
    // Claims of that name that other issuers write mean nothing here.
    for claim in [json!("stolen"), json!(7), json!({}), json!("")] {
        door.admits(&token(claim)).await;
    }

    // A process that starts again learns it from the store.
    let again = Revocations::default();
    again.look(&store, at(0)).await.unwrap();
    let setup = Setup { signing: vec![issuer.clone()], revocations: again, ..Setup::new() };
    setup.serve().await.refuses(&stolen, "token-revoked").await;
}
