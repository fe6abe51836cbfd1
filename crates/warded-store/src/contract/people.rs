//! People and their sessions.

use warded_core::Scopes;

use super::{at, consent, digest, session, user};
use crate::{Added, AddedBy, Consent, Identity, PasswordHash, Session, Standing, Store, User};

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
    let later = Session { since: at(7), auth_time: None, ..session("later", "bob") };
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
    const HUB: &str = "https://github.com";
    let carol = User { password: None, ..user("carol") };
    let add = async |user, provider, subject| {
        store.add_identity(user, provider, subject, AddedBy::Operator).await.unwrap()
    };
    let standing = async |provider, subject| store.standing(provider, subject).await.unwrap();
    let added = |user: &User| Standing::Here(user.clone(), AddedBy::Operator);
    assert_eq!(standing(CORP, "1").await, Standing::New);
    assert_eq!(add(carol.clone(), CORP, "1").await, Added::Yes);
    assert_eq!(standing(CORP, "1").await, added(&carol));
    assert_eq!(store.user_named("carol").await.unwrap(), Some(carol.clone()));
    for (provider, subject) in [(CORP, "2"), (CORP, ""), ("https://login.example.com", "1"), (CORP, "1 ")] {
        assert_eq!(standing(provider, subject).await, Standing::New, "{provider} {subject}");
    }
    // Neither what a provider calls one person nor a name is taken over by another.
    assert_eq!(add(user("dave"), CORP, "1").await, Added::Taken);
    assert_eq!(store.user_named("dave").await.unwrap(), None, "nothing of it has happened");
    let impostor = User { id: "id-of-impostor".into(), ..user("carol") };
    assert_eq!(add(impostor, CORP, "2").await, Added::Taken);
    assert_eq!(standing(CORP, "2").await, Standing::New);

    // A person may have several; what is said of them besides is not heard again.
    let renamed = User { name: "ada".into(), ..carol.clone() };
    assert_eq!(add(renamed, HUB, "77").await, Added::Yes);
    assert_eq!(standing(HUB, "77").await, added(&carol));
    let identity =
        |provider: &str, subject: &str| Identity { provider: provider.into(), subject: subject.into() };
    let both = [identity(HUB, "77"), identity(CORP, "1")];
    assert_eq!(store.identities_of("id-of-carol").await.unwrap(), both);
    assert_eq!(store.identities_of("id-of-ada").await.unwrap(), []);
    assert!(store.remove_user("id-of-carol").await.unwrap());
    assert_eq!(store.identities_of("id-of-carol").await.unwrap(), []);
    for (provider, subject) in [(CORP, "1"), (HUB, "77")] {
        assert_eq!(standing(provider, subject).await, Standing::Removed, "{provider}");
    }
}

pub(super) async fn whoever_was_removed_comes_back_by_the_operators_word_alone(store: &dyn Store) {
    const CORP: &str = "https://removed.example.com";
    let by = async |name, by| store.add_identity(user(name), CORP, "1", by).await.unwrap();
    let standing = async || store.standing(CORP, "1").await.unwrap();
    assert!(!store.vouch_for(CORP, "1").await.unwrap());
    assert_eq!(by("mallory", AddedBy::Themself).await, Added::Yes);
    assert_eq!(standing().await, Standing::Here(user("mallory"), AddedBy::Themself));
    assert!(store.remove_user("id-of-mallory").await.unwrap());
    for _ in 0..2 {
        assert_eq!(by("mallory", AddedBy::Themself).await, Added::Taken);
        assert_eq!(standing().await, Standing::Removed);
        assert!(!store.vouch_for(CORP, "1").await.unwrap());
        assert_eq!(store.user_named("mallory").await.unwrap(), None, "nothing of it has happened");
    }
    assert_eq!(by("mallory", AddedBy::Operator).await, Added::Yes);
    assert_eq!(standing().await, Standing::Here(user("mallory"), AddedBy::Operator));
    // Removed again, and not forgotten for having been added in between.
    assert!(store.remove_user("id-of-mallory").await.unwrap());
    assert_eq!(standing().await, Standing::Removed);
}

/// Let in again is not added: a door that knows only whom the operator has added does not open.
pub(super) async fn whoever_was_removed_is_told_and_may_be_let_in_again(store: &dyn Store) {
    const CORP: &str = "https://readmitted.example.com";
    const HUB: &str = "https://hub.readmitted.example.com";
    let theirs = async || {
        let removed = store.removed_identities().await.unwrap();
        assert!(removed.is_sorted());
        let theirs = removed.into_iter().filter(|identity| [CORP, HUB].contains(&&*identity.provider));
        theirs.map(|identity| (identity.provider, identity.subject)).collect::<Vec<_>>()
    };
    let named = |provider: &str| (provider.to_owned(), "1".to_owned());
    let add = async |provider, by| store.add_identity(user("trudy"), provider, "1", by).await.unwrap();
    assert_eq!((theirs().await, store.readmit(CORP, "1").await.unwrap()), (vec![], false));
    for provider in [CORP, HUB] {
        assert_eq!(add(provider, AddedBy::Themself).await, Added::Yes);
    }
    assert!(!store.readmit(CORP, "1").await.unwrap(), "who is here was not removed");
    assert!(store.remove_user("id-of-trudy").await.unwrap());
    assert_eq!(theirs().await, [named(HUB), named(CORP)]);
    for other in [(CORP, "2"), ("https://login.example.com", "1")] {
        assert!(!store.readmit(other.0, other.1).await.unwrap());
    }
    assert!(store.readmit(CORP, "1").await.unwrap());
    assert!(!store.readmit(CORP, "1").await.unwrap());
    assert_eq!(theirs().await, [named(HUB)], "the other provider's word is another");
    assert_eq!(store.standing(CORP, "1").await.unwrap(), Standing::New, "and nobody was added");
    assert_eq!(store.user_named("trudy").await.unwrap(), None);
    assert_eq!(add(CORP, AddedBy::Themself).await, Added::Yes);
    assert_eq!(store.standing(CORP, "1").await.unwrap(), Standing::Here(user("trudy"), AddedBy::Themself));
    assert!(store.remove_user("id-of-trudy").await.unwrap());
}

pub(super) async fn who_has_added_somebody_is_remembered(store: &dyn Store) {
    const CORP: &str = "https://added.example.com";
    let erin = user("erin");
    let add = async |subject, by| store.add_identity(erin.clone(), CORP, subject, by).await.unwrap();
    let standing = async |subject| store.standing(CORP, subject).await.unwrap();
    assert_eq!(add("1", AddedBy::Themself).await, Added::Yes);
    assert_eq!(add("2", AddedBy::Themself).await, Added::Yes);
    assert_eq!(add("1", AddedBy::Operator).await, Added::Taken, "it is somebody's");
    assert_eq!(standing("1").await, Standing::Here(erin.clone(), AddedBy::Themself));
    for _ in 0..2 {
        assert!(store.vouch_for(CORP, "1").await.unwrap());
        assert_eq!(standing("1").await, Standing::Here(erin.clone(), AddedBy::Operator));
    }
    assert_eq!(standing("2").await, Standing::Here(erin.clone(), AddedBy::Themself), "the other name is not");
    assert!(store.remove_user(&erin.id).await.unwrap());
}
