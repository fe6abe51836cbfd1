//! Our own issuer takes a grant back: its access tokens end at once.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::AsyncReadExt as _;
use warded_core::{Issuer, ResourceUri, Scopes, UnixTime, jose};
use warded_store::{
    Added, Client, Clients as _, Digest, Evidence, GRANT_CLAIM, Grant, GrantMark, GrantType, Grants as _,
    Method, NewCode, Origin, ROOT_CLAIM, Revocations, RevokedGrant, RevokedGrants, Spending, StatusIndex,
    StoreFailed, Users as _, memory::Memory,
};

use crate::{
    door::{Door, HERE, Setup},
    issuer::{KEY, NOW, Publisher, fresh_key, sign},
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
        auth_time: Some(at(0)),
        ends: at(9000),
        key: None,
        status: StatusIndex { list: 0, index: 0 },
        redirect_origin: None,
    };
    let code = NewCode {
        digest: Digest::of(id.as_bytes()),
        redirect_uri: String::new(),
        challenge: String::new(),
        key: None,
        expires: at(60),
        room: None,
    };
    store.issue_code(grant, code).await.unwrap();
    let spending =
        store.redeem(&Digest::of(id.as_bytes()), at(0), at(600), None, Evidence::default()).await.unwrap();
    assert_eq!(spending, Spending::Spent);
}

/// A grant, one of its tokens, and a door that hears of what is taken back.
struct Stage {
    issuer: Publisher,
    store: Memory,
    revocations: Revocations,
    door: Door,
    token: String,
}

impl Stage {
    async fn set() -> Self {
        let (issuer, revocations) = (Publisher::start().await, Revocations::default());
        let setup = Setup { signing: vec![issuer.clone()], revocations: revocations.clone(), ..Setup::new() };
        revocations.follow(&issuer.issuer());
        let store = Memory::new();
        revocations.look(&store, at(0)).await.unwrap();
        let user =
            warded_store::User { id: "alice".into(), name: "alice".into(), password: None, created: at(0) };
        assert_eq!(store.add_user(user).await.unwrap(), Added::Yes);
        granted(&store, "stolen").await;
        let (door, token) = (setup.serve().await, String::new());
        let stage = Self { issuer, store, revocations, door, token };
        Self { token: stage.token_of(json!(GrantMark::of("stolen").to_string())), ..stage }
    }

    fn token_of(&self, claim: Value) -> String {
        let mut claims = self.issuer.claims(HERE);
        claims.insert(GRANT_CLAIM.to_owned(), claim);
        sign("at+jwt", &claims)
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
async fn a_stream_that_is_open_ends_soon_after_the_key_of_its_token_was_withdrawn() {
    let issuer = Publisher::start().await;
    let door = Setup { signing: vec![issuer.clone()], ..Setup::new() }.serve().await;
    let forged = sign("at+jwt", &issuer.claims(HERE));
    let mut stream = door.listens(&forged).await;
    let own = jose::KeySet::parse(&key_set(&[&KEY, &fresh_key()])).unwrap();
    door.keys.hold(&issuer.issuer(), own);
    // A rotation that leaves the key there ends nothing.
    let others = jose::KeySet::parse(&key_set(&[&fresh_key()])).unwrap();
    tokio::time::pause();
    let heard = tokio::time::timeout(Duration::from_mins(1), stream.read_u8()).await;
    assert!(heard.is_err(), "{heard:?}");
    tokio::time::resume();
    let half = door.begins(&forged).await;
    door.keys.hold(&issuer.issuer(), others);
    tokio::time::pause();
    let began = tokio::time::Instant::now();
    let mut rest = String::new();
    stream.read_to_string(&mut rest).await.unwrap();
    assert!(began.elapsed().as_secs() <= 10, "{:?}", began.elapsed());
    tokio::time::resume();
    door.clock.forward(1);
    let (status, answer) = half.ends().await;
    assert!(status == 503 && answer.contains("keys-missing"), "{answer}");
}

/// The key set that these keys make.
fn key_set(keys: &[&jose::SigningKey]) -> Vec<u8> {
    let keys: Vec<_> = keys.iter().map(|key| key.public_jwk()).collect();
    json!({ "keys": keys }).to_string().into_bytes()
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
    let stage = Stage::set().await;
    granted(&stage.store, "kept").await;
    let kept = stage.token_of(json!(GrantMark::of("kept").to_string()));
    stage.door.admits(&stage.token).await;
    stage.takes_back(0).await;
    stage.door.refuses(&stage.token, "token-revoked").await;
    stage.door.admits(&kept).await;
    for claim in [json!("stolen"), json!(7), json!({}), json!("")] {
        stage.door.admits(&stage.token_of(claim)).await;
    }

    // A process that starts again learns it from the store.
    let again = Revocations::default();
    again.follow(&stage.issuer.issuer());
    again.look(&stage.store, at(0)).await.unwrap();
    let setup = Setup { signing: vec![stage.issuer.clone()], revocations: again, ..Setup::new() };
    setup.serve().await.refuses(&stage.token, "token-revoked").await;
}

/// A server that was given one could otherwise go on in the name of a person who has taken everything back.
#[tokio::test]
async fn what_was_exchanged_is_refused_with_the_grant_that_it_began_with() {
    let stage = Stage::set().await;
    let exchanged = |own: &str, root: Value| {
        let mut claims = stage.issuer.claims(HERE);
        claims.insert(GRANT_CLAIM.to_owned(), GrantMark::of(own).to_string().into());
        claims.insert(ROOT_CLAIM.to_owned(), root);
        let nowhere = json!({ "status_list": { "idx": 0, "uri": "https://status.invalid/1" } });
        claims.insert("status".to_owned(), nowhere);
        sign("at+jwt", &claims)
    };
    let of = |root: &str| json!(GrantMark::of(root).to_string());
    let (first, second) = (exchanged("first", of("stolen")), exchanged("second", of("stolen")));
    let other = exchanged("other", of("kept"));
    for token in [&first, &second, &other] {
        stage.door.admits(token).await;
    }
    stage.revocations.enter(GrantMark::of("first"), at(9000));
    stage.door.refuses(&first, "token-revoked").await;
    stage.door.admits(&second).await;
    stage.takes_back(0).await;
    stage.door.refuses(&second, "token-revoked").await;
    stage.door.admits(&other).await;
    // What nobody here can read is left to the list.
    for unread in [json!("x"), json!(null), json!([of("kept")])] {
        stage.door.fails(&exchanged("other", unread), "status-unavailable").await;
    }
}

/// What it got in its own name, or by an exchange, comes of no grant that ends with it.
#[tokio::test]
async fn what_comes_of_a_client_that_was_removed_is_refused() {
    let stage = Stage::set().await;
    let token = |client: &str, sub: &str, more: Value| {
        let mut claims = stage.issuer.claims(HERE);
        claims.insert("client_id".to_owned(), client.into());
        claims.insert("sub".to_owned(), sub.into());
        claims.insert(GRANT_CLAIM.to_owned(), GrantMark::of("its own").to_string().into());
        claims.extend(more.as_object().unwrap().clone());
        sign("at+jwt", &claims)
    };
    let of = |root: &str| GrantMark::of(root).to_string();
    let own = token("robot", "client:robot", json!({}));
    let exchanged = token("robot", "alice", json!({ ROOT_CLAIM: of("kept") }));
    let speaks_for_it = token("notes", "client:robot", json!({ ROOT_CLAIM: of("kept") }));
    let acts = json!({ "sub": "client:notes", "act": { "sub": "client:robot" } });
    let acted_in = token("notes", "alice", json!({ ROOT_CLAIM: of("kept"), "act": acts }));
    let ended = [own, exchanged, speaks_for_it, acted_in];
    let other = token("notes", "client:notes", json!({}));
    // A person may be called as they like, and a grant of theirs is noted by itself.
    let persons = token("robot", "robot", json!({}));
    for token in ended.iter().chain([&other, &persons]) {
        stage.door.admits(token).await;
    }
    let robot = Client { id: "robot".into(), ..client(&stage.issuer.issuer()) };
    assert_eq!(stage.store.add_client(robot).await.unwrap(), Added::Yes);
    let elsewhere = Client { id: "notes".into(), ..client(&Issuer::parse("https://else.example").unwrap()) };
    assert_eq!(stage.store.add_client(elsewhere.clone()).await.unwrap(), Added::Yes);
    for issuer in [&stage.issuer.issuer(), &elsewhere.issuer] {
        for id in ["robot", "notes"] {
            let _was_there = stage.store.remove_client(issuer, id, at(900)).await.unwrap();
        }
    }
    stage.revocations.look(&stage.store, at(0)).await.unwrap();
    for token in &ended {
        stage.door.refuses(token, "token-revoked").await;
    }
    for token in [&other, &persons] {
        stage.door.admits(token).await;
    }
}

fn client(issuer: &Issuer) -> Client {
    Client {
        issuer: issuer.clone(),
        id: String::new(),
        name: None,
        method: Method::Basic,
        secret: Some(Digest::of(b"secret")),
        jwks: None,
        jwks_uri: None,
        application_type: None,
        redirect_uris: vec![],
        grants: vec![GrantType::ClientCredentials],
        pinned: None,
        dpop_bound: false,
        origin: Origin::Operator,
        management: None,
        created: at(0),
        used: None,
    }
}

/// Its list is for guards elsewhere: this process knows sooner, and may not even reach its own address from inside.
#[tokio::test]
async fn of_our_own_tokens_no_list_is_asked() {
    let stage = Stage::set().await;
    let naming = |claim: Option<&str>| {
        let mut claims = stage.issuer.claims(HERE);
        if let Some(grant) = claim {
            claims.insert(GRANT_CLAIM.to_owned(), GrantMark::of(grant).to_string().into());
        }
        let nowhere = json!({ "status_list": { "idx": 0, "uri": "https://status.invalid/1" } });
        claims.insert("status".to_owned(), nowhere);
        sign("at+jwt", &claims)
    };
    let (stolen, kept) = (naming(Some("stolen")), naming(Some("kept")));
    stage.door.admits(&stolen).await;
    stage.takes_back(0).await;
    stage.door.refuses(&stolen, "token-revoked").await;
    stage.door.admits(&kept).await;
    // Without a mark nobody here can tell.
    stage.door.fails(&naming(None), "status-unavailable").await;

    // Whoever does not follow that issuer asks its list.
    let setup = Setup { signing: vec![stage.issuer.clone()], ..Setup::new() };
    setup.serve().await.fails(&kept, "status-unavailable").await;
}

#[tokio::test]
async fn what_another_issuer_writes_under_that_name_means_nothing() {
    let (ours, other, revocations) =
        (Publisher::start().await, Publisher::start().await, Revocations::default());
    revocations.follow(&ours.issuer());
    revocations.enter(GrantMark::of("stolen"), at(9000));
    let setup = Setup { signing: vec![ours.clone(), other.clone()], revocations, ..Setup::new() };
    let door = setup.serve().await;
    let token = |issuer: &Publisher| {
        let mut claims = issuer.claims(HERE);
        claims.insert(GRANT_CLAIM.to_owned(), GrantMark::of("stolen").to_string().into());
        sign("at+jwt", &claims)
    };
    door.refuses(&token(&ours), "token-revoked").await;
    door.admits(&token(&other)).await;
}

/// A store that cannot be read.
struct Broken;

#[async_trait::async_trait]
impl RevokedGrants for Broken {
    async fn revoked_since(&self, _: i64) -> Result<Vec<RevokedGrant>, StoreFailed> {
        Err(StoreFailed::Access("the disk is gone".to_owned()))
    }
}

#[tokio::test]
async fn a_store_that_cannot_be_read_for_a_minute_is_a_fault_and_no_pass() {
    let stage = Stage::set().await;
    let foreign = sign("at+jwt", &stage.issuer.claims(HERE));
    stage.door.clock.forward(60);
    assert!(stage.revocations.look(&Broken, at(60)).await.is_err());
    stage.door.admits(&stage.token).await;
    stage.door.clock.forward(1);
    assert!(stage.revocations.look(&Broken, at(61)).await.is_err());
    stage.door.fails(&stage.token, "status-unavailable").await;
    // What comes from no grant cannot be taken back this way.
    stage.door.admits(&foreign).await;
    // What this process takes back itself it knows without a store.
    stage.revocations.enter(GrantMark::of("stolen"), at(9000));
    stage.door.refuses(&stage.token, "token-revoked").await;
}
