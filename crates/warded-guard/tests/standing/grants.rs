//! Our own issuer takes a grant back: its access tokens end at once.

use serde_json::json;
use warded_core::{Issuer, ResourceUri, Scopes, UnixTime};
use warded_store::{
    Added, Digest, GRANT_CLAIM, Grant, GrantMark, Grants as _, NewCode, Revocations, Users as _,
    memory::Memory,
};

use crate::{
    door::{HERE, Setup},
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
