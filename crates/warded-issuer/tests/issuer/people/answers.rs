//! What a provider is told and what is believed of its answer.

use aws_lc_rs::signature::Ed25519KeyPair;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use warded_core::{
    Clock as _,
    jose::{Algorithm, SigningKey},
};
use warded_issuer::{Admit, Naming};
use warded_store::{Identities as _, Users as _};

use super::{
    corp::{ACCESS_TOKEN, CLIENT, Corp},
    scene::{
        is_nobody, leaves, leaves_with, let_in, logs_in, onward, returns, sent_to, stage, stage_at, told,
    },
};
use crate::stage::{Browser, ISSUER, NOTES, random, with};

#[tokio::test]
async fn a_person_who_logs_in_elsewhere_is_asked_here_and_gets_a_token_of_ours() {
    let corp = Corp::open().await;
    corp.say(|says| says.claims = json!({ "preferred_username": "ada" }).as_object().unwrap().clone());
    let stage = stage(vec![corp.login("corp")]).await;
    let mut browser = Browser::default();
    let answer = logs_in(&stage, &mut browser, "corp", &corp).await;
    let page = onward(&stage, &mut browser, &answer).await;
    assert!(page.body.contains("corp:ada") && page.body.contains("decision"), "{}", page.body);
    let decided = browser.decide(&stage, &page, "allow").await;
    let code = decided.sent()["code"].clone();
    let token = stage.token(&stage.redemption(&code)).await.text("access_token");
    let token = stage.judge(&token, "notes").unwrap();
    let user = stage.store.standing(corp.url(), "248289761001").await.unwrap().user().unwrap();
    assert_eq!((token.claims().subject(), user.name.as_str()), (Some(user.id.as_str()), "corp:ada"));
    assert_eq!(user.password, None);
    let at = stage.clock.now().seconds() - 60;
    assert_eq!(token.claims().all()["auth_time"], at, "when the person logged in there");
    for shown in [&answer.body, &page.body, &decided.body] {
        assert!(!shown.contains(ACCESS_TOKEN));
    }
    let file = std::fs::read(stage.folder.path().join("warded.db")).unwrap();
    let wal = std::fs::read(stage.folder.path().join("warded.db-wal")).unwrap_or_default();
    let kept = [file, wal].concat();
    assert!(!kept.windows(ACCESS_TOKEN.len()).any(|window| window == ACCESS_TOKEN.as_bytes()));

    // Once more, elsewhere: the same person.
    let mut other = Browser::default();
    let answer = logs_in(&stage, &mut other, "corp", &corp).await;
    assert!(onward(&stage, &mut other, &answer).await.body.contains("corp:ada"));
    assert_eq!(stage.store.users().await.unwrap().len(), 2, "ada with a password, and this one");
}

#[tokio::test]
async fn a_provider_is_asked_who_it_is_and_nothing_else() {
    let corp = Corp::open().await;
    let stage = stage(vec![corp.login("corp")]).await;
    let mut browser = Browser::default();
    let question = with(&stage.question(NOTES), "scope", "notes:read notes:write");
    let page = leaves_with(&stage, &mut browser, "corp", &question).await;
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("form-action 'none'") && !policy.contains(corp.url()), "{policy}");
    let (endpoint, asked) = sent_to(&page);
    assert_eq!(endpoint, format!("{}/authorize", corp.url()));
    let names: Vec<&str> = asked.keys().map(String::as_str).collect();
    let expected = [
        "client_id",
        "code_challenge",
        "code_challenge_method",
        "nonce",
        "redirect_uri",
        "response_type",
        "scope",
        "state",
        "tenant",
    ];
    assert_eq!(names, expected);
    assert_eq!(asked["scope"], "openid email profile");
    assert_eq!((asked["client_id"].as_str(), asked["response_type"].as_str()), (CLIENT, "code"));
    assert_eq!(asked["redirect_uri"], format!("{ISSUER}/login/corp/callback"));
    assert_eq!((asked["code_challenge_method"].as_str(), asked["code_challenge"].len()), ("S256", 43));
    assert!(asked["state"].len() == 43 && asked["nonce"].len() == 43 && asked["state"] != asked["nonce"]);
    let told: String = asked.values().cloned().collect();
    for secret in ["notes", "state&x=1", stage.editor.as_str(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw"] {
        assert!(!told.contains(secret), "{secret}");
    }
    // Each login has values of its own.
    let (_, again) = sent_to(&leaves(&stage, &mut browser, "corp").await);
    for name in ["state", "nonce", "code_challenge"] {
        assert_ne!(asked[name], again[name], "{name}");
    }
    let code = corp.agrees(&asked);
    let answer = [("code", code.as_str()), ("state", &asked["state"]), ("iss", corp.url())];
    assert!(let_in(&stage, &returns(&stage, &mut browser, "corp", &answer).await).is_some());
    let redeemed = corp.say(|says| says.redeemed.clone());
    let names: Vec<&str> = redeemed[0].keys().map(String::as_str).collect();
    assert_eq!(names, ["basic", "code", "code_verifier", "grant_type", "redirect_uri"]);
}

#[tokio::test]
async fn a_secret_goes_into_the_form_only_where_the_provider_takes_it_nowhere_else() {
    for (methods, in_form) in [
        (json!(["client_secret_post"]), true),
        (json!(["client_secret_basic", "client_secret_post"]), false),
        (json!(["private_key_jwt"]), false),
    ] {
        let corp = Corp::open().await;
        corp.say(|says| {
            says.metadata.insert("token_endpoint_auth_methods_supported".into(), methods.clone())
        });
        let stage = stage(vec![corp.login("corp")]).await;
        let answer = logs_in(&stage, &mut Browser::default(), "corp", &corp).await;
        assert!(let_in(&stage, &answer).is_some(), "{methods}: {answer:?}");
        let form = corp.say(|says| says.redeemed[0].clone());
        assert_eq!(
            (form.contains_key("client_secret"), form.contains_key("basic")),
            (in_form, !in_form),
            "{methods}"
        );
    }
}

#[tokio::test]
async fn nobody_is_logged_in_by_an_id_token_that_is_not_for_this_login() {
    let corp = Corp::open().await;
    let stage = stage(vec![corp.login("corp")]).await;
    let wrong = "Who says who you are gave an answer that cannot be believed. Nobody was logged in.";
    let mut browser = Browser::default();
    for (name, value) in [
        ("iss", json!("https://login.example.com")),
        ("aud", json!("another")),
        ("aud", json!([CLIENT, "another"])),
        ("azp", json!("another")),
        ("nonce", json!("another")),
        ("nonce", Value::Null),
        ("exp", json!(1_799_999_000)),
        ("iat", json!(1_800_001_000)),
        ("sub", Value::Null),
        ("sub", json!("")),
    ] {
        corp.say(|says| says.claims = [(name.to_owned(), value.clone())].into_iter().collect());
        let page = logs_in(&stage, &mut browser, "corp", &corp).await;
        assert_eq!((page.status, told(&page).as_str()), (StatusCode::BAD_GATEWAY, wrong), "{name}: {value}");
        assert!(is_nobody(&stage, &browser).await, "{name}: {value}");
    }
    corp.say(|says| says.claims.clear());
    for typ in ["at+jwt", "logout+jwt"] {
        corp.say(|says| says.typ = typ.into());
        let page = logs_in(&stage, &mut browser, "corp", &corp).await;
        assert_eq!(told(&page), wrong, "{typ}");
    }
    corp.say(|says| says.typ = "JWT".into());
    let document = Ed25519KeyPair::generate_pkcs8(&random()).unwrap();
    let other = SigningKey::from_pkcs8(Algorithm::EdDsa, document.as_ref()).unwrap();
    corp.say(|says| says.signs_with = Some(other));
    let page = logs_in(&stage, &mut browser, "corp", &corp).await;
    assert!(page.status.is_server_error(), "{page:?}");
    assert!(is_nobody(&stage, &browser).await);
    assert_eq!(stage.store.users().await.unwrap().len(), 1, "and nobody was added");

    // The same browser, the same page, and a provider that means it.
    corp.say(|says| says.signs_with = None);
    let answer = logs_in(&stage, &mut browser, "corp", &corp).await;
    assert!(let_in(&stage, &answer).is_some(), "{answer:?}");
}

#[tokio::test]
async fn a_provider_that_refuses_or_is_away_logs_nobody_in_and_may_be_tried_again() {
    let corp = Corp::open().await;
    let stage = stage(vec![corp.login("corp")]).await;
    let mut browser = Browser::default();
    corp.say(|says| says.is_away = true);
    let page = leaves(&stage, &mut browser, "corp").await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(told(&page).contains("does not answer at the moment"), "{}", told(&page));
    // Not asked again at once; then it is.
    corp.say(|says| says.is_away = false);
    stage.clock.pass(5);
    corp.say(|says| says.now += 5);
    for (status, answer, expected) in [
        (400, json!({ "error": "invalid_grant" }), StatusCode::BAD_GATEWAY),
        (401, json!({ "error": "invalid_client" }), StatusCode::BAD_GATEWAY),
        (200, json!({ "error": "bad_verification_code" }), StatusCode::BAD_GATEWAY),
        (200, json!({ "access_token": ACCESS_TOKEN }), StatusCode::BAD_GATEWAY),
        (200, json!({ "id_token": 7 }), StatusCode::BAD_GATEWAY),
        (200, json!({ "id_token": "opaque" }), StatusCode::BAD_GATEWAY),
        (200, json!([]), StatusCode::BAD_GATEWAY),
        (500, json!({}), StatusCode::SERVICE_UNAVAILABLE),
    ] {
        corp.say(|says| says.refuses = Some((status, answer.clone())));
        let page = logs_in(&stage, &mut browser, "corp", &corp).await;
        assert_eq!(page.status, expected, "{status} {answer}: {page:?}");
        assert!(is_nobody(&stage, &browser).await);
    }
    corp.say(|says| says.refuses = None);
    assert!(let_in(&stage, &logs_in(&stage, &mut browser, "corp", &corp).await).is_some());
}

/// An OpenID provider need not know RFC 8414, and many a one has a page for people everywhere else.
#[tokio::test]
async fn a_provider_is_found_at_openids_own_place_whatever_stands_elsewhere() {
    for (nothing, tenant) in [(200, ""), (403, ""), (400, "tenant"), (500, "tenant"), (302, "")] {
        let corp = if tenant.is_empty() { Corp::open().await } else { Corp::of_tenant(tenant).await };
        corp.say(|says| says.nothing = StatusCode::from_u16(nothing).unwrap());
        let stage = stage(vec![corp.login("corp")]).await;
        let answer = logs_in(&stage, &mut Browser::default(), "corp", &corp).await;
        assert!(let_in(&stage, &answer).is_some(), "{nothing}: {answer:?}");
    }
}

#[tokio::test]
async fn metadata_that_leads_elsewhere_leads_nowhere() {
    for (member, value) in [
        ("authorization_endpoint", Value::Null),
        ("token_endpoint", Value::Null),
        ("authorization_endpoint", json!("http://127.0.0.1:9/authorize")),
        ("authorization_endpoint", json!("javascript:alert(1)")),
        ("issuer", json!("https://login.example.com")),
    ] {
        let corp = Corp::open().await;
        corp.say(|says| says.metadata.insert(member.into(), value.clone()));
        let stage = stage(vec![corp.login("corp")]).await;
        let page = leaves(&stage, &mut Browser::default(), "corp").await;
        assert_eq!(page.status, StatusCode::BAD_GATEWAY, "{member} {value}: {page:?}");
        assert!(!page.headers.contains_key("refresh"));
    }
    // A token endpoint that is not where the provider is: what is learned from others does not lead to this machine.
    let corp = Corp::open().await;
    let thief = Corp::open().await;
    let endpoint = json!(format!("{}/token", thief.url()));
    corp.say(|says| says.metadata.insert("token_endpoint".into(), endpoint));
    let stage = stage(vec![corp.login("corp")]).await;
    let page = logs_in(&stage, &mut Browser::default(), "corp", &corp).await;
    assert_eq!((page.status, thief.times_redeemed()), (StatusCode::BAD_GATEWAY, 0), "{page:?}");
}

#[tokio::test]
async fn whoever_must_be_asked_anew_is_asked_there() {
    let corp = Corp::open().await;
    let google = corp.admitting("google", Naming::Google, Admit::Anyone);
    let stage = stage(vec![corp.login("corp"), google]).await;
    let mut browser = Browser::default();
    let anew = with(&stage.question(NOTES), "prompt", "login");
    for (login, prompt, age) in [("corp", "login", Some("900")), ("google", "select_account", None)] {
        let (_, asked) = sent_to(&leaves_with(&stage, &mut browser, login, &anew).await);
        assert_eq!(asked["prompt"], prompt, "{login}");
        // With it, `auth_time` must be said (OpenID Connect Core §2). Not 0: that is over when the password is typed in, and
        // providers that look once more ask again.
        assert_eq!(asked.get("max_age").map(String::as_str), age, "{login}");
        let code = corp.agrees(&asked);
        let answer = [("code", code.as_str()), ("state", &asked["state"]), ("iss", corp.url())];
        let back = returns(&stage, &mut browser, login, &answer).await;
        let next = let_in(&stage, &back).unwrap_or_else(|| panic!("{login}: {back:?}"));
        assert!(next.ends_with("prompt=consent"), "asked once, and not over and over: {next}");
    }
    // Nobody may be asked: nobody is sent away.
    let silent = with(&stage.question(NOTES), "prompt", "none");
    let answer = Browser::default().ask(&stage, &silent).await;
    assert_eq!(answer.sent()["error"], "login_required");
}

/// RFC 9068 §2.2.1: `auth_time` is when the person showed who they are. A session at the provider may be weeks old.
#[tokio::test]
async fn a_token_does_not_say_since_when_where_the_provider_does_not() {
    for said in [None, Some(1_799_999_940), Some(1_900_000_000)] {
        let corp = Corp::open().await;
        corp.say(|says| says.claims.insert("auth_time".into(), said.map_or(Value::Null, Value::from)));
        let stage = stage(vec![corp.login("corp")]).await;
        let mut browser = Browser::default();
        let answer = logs_in(&stage, &mut browser, "corp", &corp).await;
        let page = onward(&stage, &mut browser, &answer).await;
        let code = browser.decide(&stage, &page, "allow").await.sent()["code"].clone();
        let first = stage.token(&stage.redemption(&code)).await;
        let second = stage.token(&stage.refreshing(&first.text("refresh_token"))).await;
        let now = stage.clock.now().seconds();
        for answer in [first, second] {
            let token = stage.judge(&answer.text("access_token"), "notes").unwrap();
            let told = token.claims().all().get("auth_time").and_then(Value::as_i64);
            assert_eq!(told, said.map(|at| at.min(now)), "nobody logs in tomorrow");
        }
    }
}

#[tokio::test]
async fn whoever_was_to_log_in_anew_and_did_not_is_not_logged_in() {
    let corp = Corp::open().await;
    let google = corp.admitting("google", Naming::Google, Admit::Anyone);
    let stage = stage(vec![corp.login("corp"), google]).await;
    let anew = with(&stage.question(NOTES), "prompt", "login");
    let now = stage.clock.now().seconds();
    // A minute for the clocks; Google was asked to have an account chosen, and says nothing of the kind.
    for (login, at, is_in) in [
        ("corp", json!(now - 61), false),
        // Who takes `prompt` out of the URL comes straight back, and nobody says since when.
        ("corp", Value::Null, false),
        ("corp", json!(now - 60), true),
        ("google", json!(now - 61), true),
        ("google", Value::Null, true),
    ] {
        let mut browser = Browser::default();
        corp.say(|says| says.claims.insert("auth_time".into(), at.clone()));
        let (_, asked) = sent_to(&leaves_with(&stage, &mut browser, login, &anew).await);
        let code = corp.agrees(&asked);
        let answer = [("code", code.as_str()), ("state", &asked["state"]), ("iss", corp.url())];
        let back = returns(&stage, &mut browser, login, &answer).await;
        assert_eq!(let_in(&stage, &back).is_some(), is_in, "{login} {at}: {back:?}");
        assert_eq!(is_nobody(&stage, &browser).await, !is_in, "{login} {at}");
    }
}

/// Who only wants to choose an account shows nothing anew, and need not have anything said of it.
#[tokio::test]
async fn whoever_chooses_another_account_is_asked_and_believed_without_a_time() {
    const TENANT: &str = "8eaef023-2b34-4da1-9baa-8bc8c9d6a490";
    let corp = Corp::of_tenant(TENANT).await;
    let google = corp.admitting("google", Naming::Google, Admit::Anyone);
    let entra = corp.admitting("entra", Naming::Entra, Admit::Anyone);
    let stage = stage(vec![corp.login("corp"), google, entra]).await;
    let claims = json!({ "auth_time": null, "tid": TENANT, "oid": "7" });
    corp.say(|says| says.claims = claims.as_object().unwrap().clone());
    let choose = with(&stage.question(NOTES), "prompt", "select_account");
    // Not every provider has a page for that; all have one for the password.
    for (login, prompt) in [("corp", "login"), ("google", "select_account"), ("entra", "select_account")] {
        let mut browser = Browser::default();
        browser.log_in(&stage, &stage.question(NOTES)).await;
        corp.say(|says| says.subject = login.into());
        let (_, asked) = sent_to(&leaves_with(&stage, &mut browser, login, &choose).await);
        assert_eq!((asked["prompt"].as_str(), asked.get("max_age")), (prompt, None), "{login}");
        let code = corp.agrees(&asked);
        let answer = [("code", code.as_str()), ("state", &asked["state"]), ("iss", corp.url())];
        let back = returns(&stage, &mut browser, login, &answer).await;
        let page = onward(&stage, &mut browser, &back).await;
        assert!(page.body.contains(&format!("{login}:")), "{login}: {}", page.body);
        // "Not you?" is the same wish.
        assert!(page.body.contains("prompt=select_account\""), "{}", page.body);
    }
}

/// At Zitadel, `aud` holds every client of the project and the project besides.
#[tokio::test]
async fn an_id_token_that_names_others_besides_is_believed_where_it_says_that_it_was_made_for_us() {
    let corp = Corp::open().await;
    let claims = json!({ "aud": ["another", CLIENT, "the-project"], "azp": CLIENT });
    corp.say(|says| says.claims = claims.as_object().unwrap().clone());
    let stage = stage(vec![corp.login("corp")]).await;
    let answer = logs_in(&stage, &mut Browser::default(), "corp", &corp).await;
    assert!(let_in(&stage, &answer).is_some(), "{answer:?}");
}

#[tokio::test]
async fn somebody_who_looks_at_their_applications_logs_in_elsewhere_as_well() {
    let corp = Corp::open().await;
    let stage = stage(vec![corp.login("corp")]).await;
    let mut browser = Browser::default();
    let apps = format!("{}/apps", stage.base);
    let page = browser.send(&stage, Method::GET, &apps, &[], &[]).await;
    let away = browser.submit(&stage, "login/corp", &page, &[]).await;
    let (_, asked) = sent_to(&away);
    let code = corp.agrees(&asked);
    let answer = [("code", code.as_str()), ("state", &asked["state"]), ("iss", corp.url())];
    let back = returns(&stage, &mut browser, "corp", &answer).await;
    assert_eq!(let_in(&stage, &back), Some(apps));
    assert!(onward(&stage, &mut browser, &back).await.body.contains("corp:248289761001"));
}

#[tokio::test]
async fn on_loopback_a_session_from_elsewhere_is_good_for_one_decision_too() {
    let corp = Corp::open().await;
    let local = "http://127.0.0.1:8700/issuers/default";
    let stage = stage_at(local, |setup| setup.providers = vec![corp.login("corp")]).await;
    let mut browser = Browser::default();
    let answer = logs_in(&stage, &mut browser, "corp", &corp).await;
    let page = onward(&stage, &mut browser, &answer).await;
    assert!(browser.decide(&stage, &page, "allow").await.sent().contains_key("code"));
    assert!(is_nobody(&stage, &browser).await);
}
