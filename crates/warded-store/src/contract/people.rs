//! People and their sessions.

use warded_core::Scopes;

use super::{at, consent, digest, session, user};
use crate::{Added, Consent, Identity, PasswordHash, Session, Store, User};

pub(super) async fn people_have_one_name_each(store: &dyn Store) {
    assert_eq!(store.add_user(user("ada")).await.unwrap(), Added::Yes);
    assert_eq!(store.add_user(user("bob")).await.unwrap(), Added::Yes);
    let same_name = User { id: "another".into(), ..user("ada") };
    let same_id = User { name: "another".into(), ..user("ada") };
    assert_eq!(store.add_user(same_name).await.unwrap(), Added::Taken);
    assert_eq!(store.add_user(same_id).await.unwrap(), Added::Taken);
    assert_eq!(store.users().await.unwrap(), [user("ada"), user("bob")]);
    assert_eq!(store.user_named("ada").await.unwrap(), Some(user("ada")));
    assert_eq!(store.user("id-of-bob").await.unwrap(), Some(user("bob")));
    assert_eq!(store.user_named("Ada").await.unwrap(), None);
    assert_eq!(store.user("ada").await.unwrap(), None);
    let password = PasswordHash::new("$argon2id$new".into());
    assert!(store.set_password("id-of-bob", password.clone()).await.unwrap());
    assert_eq!(store.user("id-of-bob").await.unwrap().unwrap().password, Some(password.clone()));
    assert!(!store.set_password("nobody", password).await.unwrap());
}

pub(super) async fn sessions_end(store: &dyn Store) {
    store.open_session(session("one", "bob")).await.unwrap();
    assert_eq!(store.session(&digest("one"), at(99)).await.unwrap(), Some(session("one", "bob")));
    assert_eq!(store.session(&digest("one"), at(100)).await.unwrap(), None);
    assert_eq!(store.session(&digest("two"), at(0)).await.unwrap(), None);
    let later = Session { auth_time: at(7), ..session("later", "bob") };
    let over = Session { expires: at(1), ..session("over", "bob") };
    for another in [later.clone(), over, session("other", "ada")] {
        store.open_session(another).await.unwrap();
    }
    assert_eq!(store.sessions_of("id-of-bob", at(1)).await.unwrap(), [later, session("one", "bob")]);
    for name in ["later", "over", "other"] {
        store.end_session(&digest(name)).await.unwrap();
    }
    assert_eq!(store.sessions_of("id-of-ada", at(1)).await.unwrap(), []);
    store.end_session(&digest("one")).await.unwrap();
    assert_eq!(store.session(&digest("one"), at(0)).await.unwrap(), None);
    store.open_session(session("two", "bob")).await.unwrap();
    assert!(store.set_password("id-of-bob", PasswordHash::new("$argon2id$".into())).await.unwrap());
    assert_eq!(store.session(&digest("two"), at(0)).await.unwrap(), None, "a new password ends sessions");
    assert!(store.open_session(session("three", "nobody")).await.is_err());
}

/// Whoever knew the old password may have said yes with it, for an application of their own: the next login would hand that a code
/// without a question.
pub(super) async fn a_new_password_takes_back_what_the_old_one_agreed_to(store: &dyn Store) {
    let [of_bob, of_ada] = ["bob", "ada"].map(|name| Consent { user: format!("id-of-{name}"), ..consent() });
    for asked in [&of_bob, &of_ada] {
        store.remember_consent(asked, &Scopes::parse("a").unwrap()).await.unwrap();
    }
    assert!(store.set_password("id-of-bob", PasswordHash::new("$argon2id$".into())).await.unwrap());
    assert_eq!(store.consented(&of_bob).await.unwrap(), None);
    assert_eq!(store.consents_of("id-of-bob").await.unwrap(), []);
    assert!(store.consented(&of_ada).await.unwrap().is_some(), "nobody else is asked anew");
    store.withdraw(&of_ada.issuer, &of_ada.user, &of_ada.client, &of_ada.server).await.unwrap();
}

pub(super) async fn people_are_known_by_provider_and_subject(store: &dyn Store) {
    const CORP: &str = "https://login.example.com/realms/corp";
    let carol = User { password: None, ..user("carol") };
    assert_eq!(store.user_of(CORP, "1").await.unwrap(), None);
    assert_eq!(store.add_identity(carol.clone(), CORP, "1").await.unwrap(), Added::Yes);
    assert_eq!(store.user_of(CORP, "1").await.unwrap(), Some(carol.clone()));
    assert_eq!(store.user_named("carol").await.unwrap(), Some(carol.clone()));
    for (provider, subject) in [(CORP, "2"), (CORP, ""), ("https://login.example.com", "1"), (CORP, "1 ")] {
        assert_eq!(store.user_of(provider, subject).await.unwrap(), None, "{provider} {subject}");
    }
    // Neither what a provider calls one person nor a name is taken over by another.
    assert_eq!(store.add_identity(user("dave"), CORP, "1").await.unwrap(), Added::Taken);
    assert_eq!(store.user_named("dave").await.unwrap(), None, "nothing of it has happened");
    let impostor = User { id: "id-of-impostor".into(), ..user("carol") };
    assert_eq!(store.add_identity(impostor, CORP, "2").await.unwrap(), Added::Taken);
    assert_eq!(store.user_of(CORP, "2").await.unwrap(), None);

    // A person may have several; what is said of them besides is not heard again.
    let renamed = User { name: "ada".into(), ..carol.clone() };
    assert_eq!(store.add_identity(renamed, "https://github.com", "77").await.unwrap(), Added::Yes);
    assert_eq!(store.user_of("https://github.com", "77").await.unwrap(), Some(carol));
    let identity =
        |provider: &str, subject: &str| Identity { provider: provider.into(), subject: subject.into() };
    let both = [identity("https://github.com", "77"), identity(CORP, "1")];
    assert_eq!(store.identities_of("id-of-carol").await.unwrap(), both);
    assert_eq!(store.identities_of("id-of-ada").await.unwrap(), []);
    assert!(store.remove_user("id-of-carol").await.unwrap());
    assert_eq!(store.user_of(CORP, "1").await.unwrap(), None);
    assert_eq!(store.identities_of("id-of-carol").await.unwrap(), []);
    assert_eq!(store.add_identity(user("carol"), CORP, "1").await.unwrap(), Added::Yes, "it is free again");
    assert!(store.remove_user("id-of-carol").await.unwrap());
}
