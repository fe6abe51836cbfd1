//! Clients, and what people agreed to for them.

use warded_core::{ResourceUri, Scopes};

use super::{at, client, code, consent, digest, grant, issuer};
use crate::{
    Added, ApplicationType, Client, Consent, Evidence, Grant, GrantMark, GrantType, Method, Origin, Spending,
    Store,
};

pub(super) async fn clients_belong_to_one_issuer(store: &dyn Store) {
    let held = client("editor", Origin::Operator);
    assert_eq!(store.add_client(held.clone()).await.unwrap(), Added::Yes);
    let thief = Client { secret: None, redirect_uris: vec!["https://evil.example".into()], ..held.clone() };
    assert_eq!(store.add_client(thief).await.unwrap(), Added::Taken);
    assert_eq!(store.client(&held.issuer, "editor").await.unwrap(), Some(held.clone()));
    assert_eq!(store.client(&issuer("other"), "editor").await.unwrap(), None);
    assert_eq!(store.client(&held.issuer, "Editor").await.unwrap(), None);
    let other = Client { issuer: issuer("other"), secret: None, pinned: None, name: None, ..held.clone() };
    assert_eq!(store.add_client(other.clone()).await.unwrap(), Added::Yes);
    assert_eq!(store.clients(&held.issuer).await.unwrap(), [held]);
    assert_eq!(store.clients(&other.issuer).await.unwrap(), std::slice::from_ref(&other));
    assert!(store.remove_client(&other.issuer, "editor", at(1)).await.unwrap());
    assert!(!store.remove_client(&other.issuer, "editor", at(1)).await.unwrap());
}

/// What it got in its own name comes of no grant that would be noted with it.
pub(super) async fn that_the_operators_client_was_removed_is_noted(store: &dyn Store) {
    let last = async || store.revoked_since(0).await.unwrap().last().map_or(0, |noted| noted.number);
    let before = last().await;
    let added = [client("robot", Origin::Operator), client("itself", Origin::Itself)];
    for client in added {
        assert_eq!(store.add_client(client.clone()).await.unwrap(), Added::Yes);
        assert!(store.remove_client(&client.issuer, &client.id, at(50)).await.unwrap());
        assert!(!store.remove_client(&client.issuer, &client.id, at(60)).await.unwrap());
    }
    let noted = store.revoked_since(before).await.unwrap();
    let noted: Vec<_> = noted.iter().map(|noted| (noted.grant, noted.until, noted.status)).collect();
    assert_eq!(noted, [(GrantMark::of_client(&issuer("default"), "robot"), at(50), None)]);
    store.sweep(at(50)).await.unwrap();
    assert_eq!(store.revoked_since(before).await.unwrap(), []);
}

pub(super) async fn consent_is_for_exactly_what_was_asked(store: &dyn Store) {
    let asked = consent();
    let scopes = |list| Scopes::parse(list).unwrap();
    assert_eq!(store.consented(&asked).await.unwrap(), None);
    store.remember_consent(&asked, &scopes("a")).await.unwrap();
    store.remember_consent(&asked, &scopes("b")).await.unwrap();
    assert_eq!(store.consented(&asked).await.unwrap(), Some(scopes("a b")));
    for other in [
        Consent { issuer: issuer("other"), ..asked.clone() },
        Consent { user: "id-of-bob".into(), ..asked.clone() },
        Consent { client: "other".into(), ..asked.clone() },
        Consent { redirect_origin: "https://a.example:8443".into(), ..asked.clone() },
        Consent { server: "files".into(), ..asked.clone() },
        Consent { resource: ResourceUri::parse("https://mcp.example.com/notes").unwrap(), ..asked.clone() },
    ] {
        assert_eq!(store.consented(&other).await.unwrap(), None, "{other:?}");
    }
}

pub(super) async fn everything_that_a_client_says_is_kept(store: &dyn Store) {
    let of_keys = Client {
        method: Method::PrivateKeyJwt,
        secret: None,
        jwks: Some(r#"{"keys":[]}"#.into()),
        jwks_uri: Some("https://a.example/keys".into()),
        application_type: Some(ApplicationType::Web),
        grants: GrantType::ALL.to_vec(),
        dpop_bound: true,
        management: Some(digest("management")),
        used: Some(at(5)),
        ..client("of-keys", Origin::Itself)
    };
    let mut all = vec![of_keys];
    for method in Method::ALL {
        let application_type = Some(ApplicationType::Native);
        all.push(Client { method, application_type, ..client(method.name(), Origin::Operator) });
    }
    for client in all {
        assert_eq!(store.add_client(client.clone()).await.unwrap(), Added::Yes);
        assert_eq!(store.client(&client.issuer, &client.id).await.unwrap(), Some(client.clone()));
        assert!(store.remove_client(&client.issuer, &client.id, at(1)).await.unwrap());
    }
}

pub(super) async fn a_client_is_changed_only_by_whoever_knows_what_it_was(store: &dyn Store) {
    let before = client("changed", Origin::Itself);
    let after = Client {
        name: Some("Another".into()),
        redirect_uris: vec!["https://a.example/other".into()],
        method: Method::None,
        secret: None,
        dpop_bound: true,
        management: Some(digest("new")),
        ..before.clone()
    };
    assert!(!store.update_client(after.clone(), &before).await.unwrap(), "nobody is added so");
    assert_eq!(store.add_client(before.clone()).await.unwrap(), Added::Yes);
    assert!(!store.update_client(after.clone(), &after).await.unwrap());
    let held = async || store.client(&before.issuer, "changed").await.unwrap().unwrap();
    assert_eq!(held().await, before);
    let elsewhere = Client { issuer: issuer("other"), ..after.clone() };
    assert!(!store.update_client(elsewhere, &before).await.unwrap(), "nor moved to another issuer");

    // That it was of use meanwhile is no reason to refuse, and is not taken back.
    let of_it = Grant { client: "changed".into(), ..grant("changed") };
    store.issue_code(of_it, code("changed")).await.unwrap();
    let spending = store.redeem(&digest("changed"), at(1), at(700), None, Evidence::default()).await.unwrap();
    assert_eq!((spending, held().await.used), (Spending::Spent, Some(at(1))));
    assert!(store.update_client(after.clone(), &before).await.unwrap());
    assert_eq!(held().await, Client { used: Some(at(1)), ..after.clone() });
    assert!(!store.update_client(before.clone(), &before).await.unwrap(), "it is something else by now");
    assert!(store.remove_client(&before.issuer, "changed", at(1)).await.unwrap());
}

pub(super) async fn a_description_that_changed_is_another_question(store: &dyn Store) {
    let said = |text: &str| Consent {
        client: "https://a.example/x.json".into(),
        document: Some(digest(text)),
        ..consent()
    };
    let unsaid = Consent { document: None, ..said("") };
    let scopes = |list| Scopes::parse(list).unwrap();
    store.remember_consent(&said("one"), &scopes("a")).await.unwrap();
    assert_eq!(store.consented(&said("one")).await.unwrap(), Some(scopes("a")));
    assert_eq!(store.consented(&said("two")).await.unwrap(), None);
    assert_eq!(store.consented(&unsaid).await.unwrap(), None);
    store.remember_consent(&said("two"), &scopes("b")).await.unwrap();
    assert_eq!(
        store.consented(&said("two")).await.unwrap(),
        Some(scopes("b")),
        "not what was agreed to by the first"
    );
    assert_eq!(store.consented(&said("one")).await.unwrap(), None, "nor is that good any more");
    store.remember_consent(&said("two"), &scopes("c")).await.unwrap();
    let told = store.consents_of("id-of-ada").await.unwrap();
    assert!(told.contains(&(said("two"), scopes("b c"))));
    assert_eq!(told.len(), 2, "and what was agreed to for the editor");
    assert!(store.remove_client(&issuer("default"), "https://a.example/x.json", at(1)).await.unwrap());
}
