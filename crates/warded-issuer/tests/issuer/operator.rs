//! What an operator adds by hand.

use warded_core::{Issuer, UnixTime};
use warded_issuer::operator::{NewClient, NotAdded, add_client, add_user, remove_user, set_password};
use warded_store::{GrantType, Users as _, memory::Memory};

use crate::stage::{Browser, ISSUER, NOTES, PASSWORD, Stage, random};

fn now() -> UnixTime {
    UnixTime::from_seconds(1_800_000_000)
}

#[tokio::test]
async fn a_person_has_a_name_of_their_own_and_a_password_worth_the_name() {
    let store = Memory::new();
    let add = async |name: &str, password: &str| add_user(&store, name, password, now(), &random()).await;
    let ada = add("ada", PASSWORD).await.unwrap();
    assert_eq!((ada.name.as_str(), ada.id.len()), ("ada", 22));
    assert_eq!(add("ada", PASSWORD).await, Err(NotAdded::Taken));
    for name in ["", " ada", "ada\n", "a\u{0}b", &"x".repeat(65)] {
        assert_eq!(add(name, PASSWORD).await, Err(NotAdded::Name), "{name:?}");
    }
    for password in ["", "1234567", &"x".repeat(1025)] {
        assert_eq!(add("bob", password).await, Err(NotAdded::Password));
    }
    assert_eq!(store.users().await.unwrap(), [ada]);
    assert_eq!(set_password(&store, "bob", PASSWORD, &random()).await, Ok(false));
    assert_eq!(set_password(&store, "ada", "short", &random()).await, Err(NotAdded::Password));
    assert_eq!(remove_user(&store, "bob").await, Ok(false));
    assert_eq!(remove_user(&store, "ada").await, Ok(true));
}

#[tokio::test]
async fn a_new_password_counts_at_once_and_ends_sessions_and_grants() {
    let stage = Stage::open().await;
    let mut browser = Browser::default();
    browser.log_in(&stage, &stage.question(NOTES)).await;
    let (_, refresh) = stage.tokens(NOTES).await;
    assert_eq!(set_password(&*stage.store, "ada", "another password", &random()).await, Ok(true));
    assert_eq!(stage.token(&stage.refreshing(&refresh)).await.error(), (400, "invalid_grant".into()));
    let page = browser.ask(&stage, &stage.question(NOTES)).await;
    let old = browser.submit(&stage, "login", &page, &[("username", "ada"), ("password", PASSWORD)]).await;
    assert_eq!(old.status, http::StatusCode::FORBIDDEN);
    let fields = [("username", "ada"), ("password", "another password")];
    let new = browser.submit(&stage, "login", &old, &fields).await;
    assert_eq!(new.status, http::StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_client_makes_sense_or_is_not_added() {
    let store = Memory::new();
    let new = NewClient {
        issuer: Issuer::parse(ISSUER).unwrap(),
        name: "Portal".into(),
        redirect_uris: vec!["https://portal.example.com/cb".into()],
        grants: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        confidential: false,
        pinned: None,
        dpop_bound: false,
    };
    let add = async |new: &NewClient| {
        add_client(&store, new.clone(), now(), &random()).await.map(|added| {
            assert!(!format!("{added:?}").contains(&*added.client.id.repeat(2)));
            added.into_secret().is_some()
        })
    };
    assert_eq!(add(&new).await, Ok(false));
    assert_eq!(add(&NewClient { confidential: true, ..new.clone() }).await, Ok(true));
    let uri = "javascript:alert(1)".to_owned();
    assert_eq!(
        add(&NewClient { redirect_uris: vec![uri.clone()], ..new.clone() }).await,
        Err(NotAdded::RedirectUri(uri))
    );
    assert_eq!(add(&NewClient { name: String::new(), ..new.clone() }).await, Err(NotAdded::Name));
    for unfit in [
        NewClient { grants: vec![], ..new.clone() },
        NewClient { grants: vec![GrantType::ClientCredentials], ..new.clone() },
        NewClient { grants: vec![GrantType::RefreshToken], ..new.clone() },
        NewClient { redirect_uris: vec![], ..new.clone() },
    ] {
        assert!(matches!(add(&unfit).await, Err(NotAdded::Grants(_))), "{unfit:?}");
    }
}
