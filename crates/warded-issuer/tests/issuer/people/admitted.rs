//! Who comes in, and as whom.

use http::StatusCode;
use serde_json::json;
use warded_core::{Clock as _, Issuer};
use warded_issuer::{
    Admit, Admitted, Naming, OpenFailed, ProviderKind,
    operator::{NotAdded, add_person, add_user, remove_user},
};
use warded_store::{Added, Identities as _, User, Users as _, memory::Memory};

use super::{
    corp::Corp,
    scene::{is_nobody, let_in, logs_in, onward, stage, told},
};
use crate::stage::{Browser, ISSUER, NOTES, PASSWORD, Stage, random, registered};

const OUT: &str = "You are not among those who may log in here. Ask whoever runs this server.";

/// Logs in with a new browser; whom the consent page names, or none where nobody was let in.
async fn comes_in(stage: &Stage, corp: &Corp) -> Option<String> {
    let mut browser = Browser::default();
    let answer = logs_in(stage, &mut browser, "corp", corp).await;
    if answer.status == StatusCode::FORBIDDEN {
        assert_eq!(told(&answer), OUT);
        assert!(is_nobody(stage, &browser).await);
        return None;
    }
    let page = onward(stage, &mut browser, &answer).await;
    let users = stage.store.users().await.unwrap();
    // The longest name first: one may be the beginning of another.
    let mut names: Vec<String> = users.into_iter().map(|user| user.name).collect();
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    let name = names.into_iter().find(|name| page.body.contains(name.as_str()));
    assert!(page.body.contains("decision") && name.is_some(), "{}", page.body);
    name
}

#[tokio::test]
async fn unless_the_operator_says_otherwise_nobody_comes_in_whom_the_operator_has_not_added() {
    let corp = Corp::open().await;
    let stage = stage(vec![corp.admitting("corp", Naming::Subject, Admit::default())]).await;
    assert_eq!(comes_in(&stage, &corp).await, None);
    assert_eq!(stage.store.users().await.unwrap().len(), 1, "and is not added either");
    let now = stage.clock.now();
    let add = async |name, authority: &str, subject| {
        add_person(&*stage.store, name, authority, subject, now, &random()).await
    };
    // The same subject elsewhere, and another one here.
    add("carol", "https://elsewhere.example", "248289761001").await.unwrap();
    add("bob", corp.url(), "248289761002").await.unwrap();
    assert_eq!(comes_in(&stage, &corp).await, None);
    add("grace", corp.url(), "248289761001").await.unwrap();
    assert_eq!(comes_in(&stage, &corp).await.as_deref(), Some("grace"));
    assert_eq!(add("hedy", corp.url(), "248289761001").await, Err(NotAdded::Taken));
    assert_eq!(add("ada", corp.url(), "3").await, Err(NotAdded::Taken));
    for subject in ["", "a\n", &"x".repeat(256)] {
        assert_eq!(add("hedy", corp.url(), subject).await, Err(NotAdded::Subject));
    }
    assert!(remove_user(&*stage.store, "grace").await.unwrap());
    assert_eq!(comes_in(&stage, &corp).await, None, "and is gone for good");
}

/// Whoever walked in by an open door, or while it was open, is nobody whom the operator has added.
#[tokio::test]
async fn nobody_is_known_for_having_been_let_in_by_another_login_of_the_same_provider() {
    let corp = Corp::open().await;
    let open = corp.admitting("open", Naming::Subject, Admit::Anyone);
    let listed = Admit::Those(vec![Admitted::Subject("248289761001".into())]);
    let listed = corp.admitting("listed", Naming::Subject, listed);
    for door in [open, listed] {
        let name = door.name().to_owned();
        let stage = stage(vec![door, corp.admitting("corp", Naming::Subject, Admit::Known)]).await;
        let answer = logs_in(&stage, &mut Browser::default(), &name, &corp).await;
        assert!(let_in(&stage, &answer).is_some(), "{answer:?}");
        assert_eq!(comes_in(&stage, &corp).await, None, "{name}");

        // The operator adds whom the provider already has brought: the same person, who is known from now on.
        let now = stage.clock.now();
        let added = add_person(&*stage.store, "mallory", corp.url(), "248289761001", now, &random()).await;
        let known = format!("{name}:248289761001");
        assert_eq!(added.map(|user| user.name), Ok(known.clone()));
        assert_eq!(comes_in(&stage, &corp).await, Some(known));
        let again = add_person(&*stage.store, "mallory", corp.url(), "248289761001", now, &random()).await;
        assert_eq!(again, Err(NotAdded::Taken));
        assert_eq!(stage.store.user_named("mallory").await.unwrap(), None);
    }
}

#[tokio::test]
async fn whoever_is_removed_stays_out_whomever_the_login_admits() {
    let corp = Corp::open().await;
    let listed = || Admit::Those(vec![Admitted::Subject("248289761001".into())]);
    for admit in [Admit::Anyone, listed(), Admit::Known] {
        let stage = stage(vec![corp.admitting("corp", Naming::Subject, admit.clone())]).await;
        let now = stage.clock.now();
        let add = async || {
            add_person(&*stage.store, "mallory", corp.url(), "248289761001", now, &random()).await.unwrap()
        };
        if admit == Admit::Known {
            add().await;
        }
        let name = comes_in(&stage, &corp).await.unwrap();
        assert!(remove_user(&*stage.store, &name).await.unwrap());
        assert_eq!(comes_in(&stage, &corp).await, None, "{admit:?}");
        assert_eq!(comes_in(&stage, &corp).await, None, "{admit:?}: not at the second time either");
        assert_eq!(stage.store.users().await.unwrap().len(), 1, "{admit:?}");
        corp.say(|says| says.subject = "another".into());
        let may_another = admit == Admit::Anyone;
        assert_eq!(comes_in(&stage, &corp).await.is_some(), may_another, "{admit:?}: the others come in");
        corp.say(|says| says.subject = "248289761001".into());
        add().await;
        assert_eq!(comes_in(&stage, &corp).await.as_deref(), Some("mallory"), "{admit:?}: until added again");
    }
}

#[tokio::test]
async fn nobody_becomes_somebody_else_by_a_name_or_an_address() {
    let corp = Corp::open().await;
    let stage = stage(vec![corp.login("corp")]).await;
    let now = stage.clock.now();
    add_user(&*stage.store, "corp:ada", PASSWORD, now, &random()).await.unwrap();
    add_user(&*stage.store, "ada@example.com", PASSWORD, now, &random()).await.unwrap();
    let known: Vec<User> = stage.store.users().await.unwrap();
    let claims = json!({ "preferred_username": "ada", "email": "ada@example.com", "email_verified": true });
    corp.say(|says| says.claims = claims.as_object().unwrap().clone());
    let name = comes_in(&stage, &corp).await.unwrap();
    assert!(name.starts_with("corp:ada:"), "{name}");
    let user = stage.store.standing(corp.url(), "248289761001").await.unwrap().user().unwrap();
    assert!(!known.contains(&user));
    // Another account there that has the name and the address now.
    corp.say(|says| says.subject = "7".into());
    let second = comes_in(&stage, &corp).await.unwrap();
    assert!(second.starts_with("corp:ada:") && second != name, "{second}");
    // The first one, who is called otherwise now.
    corp.say(|says| says.subject = "248289761001".into());
    corp.say(|says| says.claims.insert("preferred_username".into(), "countess".into()));
    assert_eq!(comes_in(&stage, &corp).await, Some(name));
}

#[tokio::test]
async fn whatever_somebody_is_called_elsewhere_is_no_name_to_be_fooled_by() {
    for (label, expected) in [
        ("ada", Some("corp:ada")),
        ("a\u{202e}d\u{200b}a\n", Some("corp:ada")),
        ("\u{3164}", None),
        (&"x".repeat(500), Some("corp:xxxxxxxxxxxxxxxxxxxxxxxx")),
        ("  ", None),
    ] {
        let corp = Corp::open().await;
        let stage = stage(vec![corp.login("corp")]).await;
        corp.say(|says| says.claims.insert("preferred_username".into(), label.into()));
        comes_in(&stage, &corp).await.unwrap();
        let user = stage.store.standing(corp.url(), "248289761001").await.unwrap().user().unwrap();
        let own = format!("corp:{}", user.id);
        assert_eq!(user.name, expected.unwrap_or(&own), "{label:?}");
    }
}

#[tokio::test]
async fn a_list_is_asked_at_each_login_anew() {
    let listed = Admit::Those(vec![Admitted::Domain("example.com".into()), Admitted::Subject("42".into())]);
    let corp = Corp::open().await;
    let stage = stage(vec![corp.admitting("corp", Naming::Subject, listed)]).await;
    let says = |email: &str, verified: serde_json::Value| {
        let claims = json!({ "email": email, "email_verified": verified });
        corp.say(|says| says.claims = claims.as_object().unwrap().clone());
    };
    for (email, verified) in [
        ("ada@example.com", json!(false)),
        ("ada@example.com", json!("true")),
        ("ada@example.com", json!(1)),
        ("ada@example.com", json!(null)),
        ("ada@mail.example.com", json!(true)),
        ("ada@badexample.com", json!(true)),
        ("ada@example.com@evil.example", json!(true)),
        ("example.com", json!(true)),
    ] {
        says(email, verified.clone());
        assert_eq!(comes_in(&stage, &corp).await, None, "{email} {verified}");
    }
    says("ada@Example.com", json!(true));
    assert_eq!(comes_in(&stage, &corp).await.as_deref(), Some("corp:ada@Example.com"));
    says("ada@elsewhere.example", json!(true));
    assert_eq!(comes_in(&stage, &corp).await, None, "who has left is out");
    corp.say(|says| says.subject = "42".into());
    assert!(comes_in(&stage, &corp).await.is_some(), "by name");
}

#[tokio::test]
async fn whom_an_id_token_only_numbers_the_provider_names_otherwise_and_makes_nobody_else() {
    let listed = Admit::Those(vec![Admitted::Domain("example.com".into())]);
    let corp = Corp::open().await;
    corp.say(|says| says.userinfo = Some((200, json!({}))));
    let stage = stage(vec![corp.admitting("corp", Naming::Subject, listed)]).await;
    let sub = "248289761001";
    let wrong = "cannot be believed";
    let said =
        |status: u16, answer: serde_json::Value| corp.say(|says| says.userinfo = Some((status, answer)));
    for (status, answer) in [
        (200, json!({ "sub": "7", "email": "ada@example.com", "email_verified": true })),
        (200, json!({ "email": "ada@example.com", "email_verified": true })),
        (200, json!([])),
        (401, json!({ "error": "invalid_token" })),
    ] {
        said(status, answer.clone());
        let page = logs_in(&stage, &mut Browser::default(), "corp", &corp).await;
        assert!(told(&page).contains(wrong), "{status} {answer}");
    }
    for (answer, claims) in [
        (json!({ "sub": sub, "email": "ada@example.com" }), json!({})),
        // What is verified is the other one's.
        (json!({ "sub": sub, "email": "ada@example.com" }), json!({ "email_verified": true })),
        // An ID token that names somebody is not asked about.
        (json!({ "sub": sub, "email": "ada@example.com", "email_verified": true }), json!({ "name": "Ada" })),
    ] {
        said(200, answer.clone());
        corp.say(|says| says.claims = claims.as_object().unwrap().clone());
        assert_eq!(comes_in(&stage, &corp).await, None, "{answer} {claims}");
    }
    corp.say(|says| says.claims.clear());
    said(
        200,
        json!({ "sub": sub, "preferred_username": "ada", "email": "ada@example.com", "email_verified": true }),
    );
    assert_eq!(comes_in(&stage, &corp).await.as_deref(), Some("corp:ada"));
}

#[tokio::test]
async fn at_google_the_organisation_counts_and_no_address() {
    let listed = Admit::Those(vec![Admitted::Domain("example.com".into())]);
    let corp = Corp::open().await;
    let stage = stage(vec![corp.admitting("corp", Naming::Google, listed)]).await;
    corp.say(|says| {
        let claims = json!({ "email": "ada@example.com", "email_verified": true });
        says.claims = claims.as_object().unwrap().clone();
    });
    assert_eq!(comes_in(&stage, &corp).await, None, "an address at Gmail can be of any domain");
    corp.say(|says| says.claims.insert("hd".into(), "evil.example".into()));
    assert_eq!(comes_in(&stage, &corp).await, None);
    corp.say(|says| says.claims.insert("hd".into(), "example.com".into()));
    assert!(comes_in(&stage, &corp).await.is_some());
}

#[tokio::test]
async fn at_entra_a_person_is_the_object_of_one_tenant() {
    const TENANT: &str = "8eaef023-2b34-4da1-9baa-8bc8c9d6a490";
    let corp = Corp::of_tenant(TENANT).await;
    let kind = ProviderKind::named("entra", Some(Issuer::parse(corp.url()).unwrap())).unwrap();
    let stage = stage(vec![corp.of_kind("corp", kind, Admit::Anyone)]).await;
    let says = |tenant: Option<&str>, object: Option<&str>| {
        let claims = json!({ "tid": tenant, "oid": object, "email": "ada@example.com" });
        corp.say(|says| says.claims = claims.as_object().unwrap().clone());
    };
    for (tenant, object) in [
        (None, Some("00000000-0000-0000-66f3-3332eca7ea81")),
        (Some("9122040d-6c67-4c5b-b112-36a304b66dad"), Some("00000000-0000-0000-66f3-3332eca7ea81")),
        (Some(TENANT), None),
    ] {
        says(tenant, object);
        let page = logs_in(&stage, &mut Browser::default(), "corp", &corp).await;
        assert_eq!(page.status, StatusCode::BAD_GATEWAY, "{tenant:?} {object:?}");
    }
    says(Some(TENANT), Some("00000000-0000-0000-66f3-3332eca7ea81"));
    assert!(comes_in(&stage, &corp).await.is_some());
    let user = stage.store.standing(corp.url(), "00000000-0000-0000-66f3-3332eca7ea81").await.unwrap().user();
    assert!(user.is_some());
}

#[tokio::test]
async fn two_logins_of_one_name_are_none() {
    let corp = Corp::open().await;
    let mut setup = warded_issuer::IssuerSetup::new("default", Issuer::parse(ISSUER).unwrap(), registered());
    setup.providers = vec![corp.login("corp"), corp.login("corp")];
    let opened = warded_issuer::AuthorizationServer::open(
        setup,
        std::sync::Arc::new(Memory::new()),
        warded_client::fetch::Fetch::new(warded_client::fetch::Reach::public()).unwrap(),
        stage(vec![]).await.clock.clone(),
        std::sync::Arc::new(random()),
    )
    .await;
    assert_eq!(opened.err(), Some(OpenFailed::Login("corp".into())));
}

#[tokio::test]
async fn without_a_login_of_its_own_an_issuer_asks_for_no_password_and_takes_none() {
    let corp = Corp::open().await;
    let stage = super::scene::stage_at(ISSUER, |setup| {
        setup.providers = vec![corp.login("corp")];
        setup.has_local_login = false;
    })
    .await;
    let mut browser = Browser::default();
    let page = browser.ask(&stage, &stage.question(NOTES)).await;
    assert!(page.body.contains("Log in with corp") && !page.body.contains("password"), "{}", page.body);
    let fields = [("username", "ada"), ("password", PASSWORD)];
    assert_eq!(browser.submit(&stage, "login", &page, &fields).await.refusal(), "form-foreign");
    let answer = logs_in(&stage, &mut browser, "corp", &corp).await;
    assert!(onward(&stage, &mut browser, &answer).await.body.contains("decision"));
}

#[tokio::test]
async fn whoever_came_from_elsewhere_has_no_password_and_none_can_be_guessed() {
    let corp = Corp::open().await;
    let stage = stage(vec![corp.login("corp")]).await;
    let name = comes_in(&stage, &corp).await.unwrap();
    for password in ["", "x", "248289761001", PASSWORD] {
        let mut browser = Browser::default();
        let page = browser.ask(&stage, &stage.question(NOTES)).await;
        let fields = [("username", name.as_str()), ("password", password)];
        let answer = browser.submit(&stage, "login", &page, &fields).await;
        assert_ne!(answer.status, StatusCode::SEE_OTHER, "{password}");
    }
    let user = User { id: "x".into(), name, password: None, created: stage.clock.now() };
    assert_eq!(stage.store.add_user(user).await.unwrap(), Added::Taken);
}
