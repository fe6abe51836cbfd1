//! What is an agreement an agreement to? And does a page stay what it is, whatever somebody is called?

use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use serde_json::json;
use tower::ServiceExt as _;
use warded_core::{Clock as _, Issuer};
use warded_issuer::operator::{NewClient, add_client, add_user};
use warded_store::{GrantType, Grants as _};

use crate::stage::{
    Answer, Browser, FILES, NOTES, NOTES_ALIAS, PASSWORD, Stage, WEB, encoded, random, registered, with,
};

const ELSEWHERE: &str = "https://portal.example.net/cb";
const ANOTHER_PAGE: &str = "https://portal.example.com/cb/2";

impl Stage {
    /// An application of the operator's, of that name, at these places.
    async fn application(&self, issuer: &Issuer, name: &str, redirects: &[&str]) -> String {
        let new = NewClient {
            issuer: issuer.clone(),
            name: name.into(),
            redirect_uris: redirects.iter().map(|&uri| uri.into()).collect(),
            grants: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
            confidential: false,
            pinned: None,
            dpop_bound: false,
        };
        add_client(&*self.store, new, self.clock.now(), &random()).await.unwrap().client.id
    }
}

async fn as_person(stage: &Stage, name: &str) -> Browser {
    let mut browser = Browser::default();
    let page = browser.send(stage, Method::GET, &format!("{}/apps", stage.base), &[], &[]).await;
    browser.submit(stage, "login", &page, &[("username", name), ("password", PASSWORD)]).await;
    browser
}

fn is_question(answer: &Answer) -> bool {
    answer.body.contains("name=\"decision\"")
}

#[tokio::test]
async fn an_agreement_is_for_one_person_application_place_server_and_name_of_it_and_for_no_more_than_it_said()
{
    let stage = Stage::open().await;
    add_user(&*stage.store, "eve", PASSWORD, stage.clock.now(), &random()).await.unwrap();
    let issuer = stage.server.issuer().clone();
    let portal = stage.application(&issuer, "Portal", &[WEB, ELSEWHERE, ANOTHER_PAGE]).await;
    let twin = stage.application(&issuer, "Portal", &[WEB]).await;
    let agreed = with(&with(&stage.question(NOTES), "client_id", &portal), "redirect_uri", WEB);
    let agreed = with(&agreed, "scope", "notes:read");
    let mut ada = as_person(&stage, "ada").await;
    let page = ada.ask(&stage, &agreed).await;
    assert!(ada.decide(&stage, &page, "allow").await.sent().contains_key("code"));

    let scope = "notes:read notes:write";
    for (what, question, is_asked) in [
        ("the same", agreed.clone(), false),
        ("another page of the same place", with(&agreed, "redirect_uri", ANOTHER_PAGE), false),
        ("another state and challenge", with(&agreed, "state", "other"), false),
        ("another application of the same name", with(&agreed, "client_id", &twin), true),
        ("another place", with(&agreed, "redirect_uri", ELSEWHERE), true),
        ("another server", with(&with(&agreed, "resource", FILES), "scope", "files:read"), true),
        ("another name of the same server", with(&agreed, "resource", NOTES_ALIAS), true),
        ("more than was said", with(&agreed, "scope", scope), true),
        ("asked for", with(&agreed, "prompt", "consent"), true),
    ] {
        let answer = ada.ask(&stage, &question).await;
        assert_eq!(
            (is_question(&answer), answer.sent().contains_key("code")),
            (is_asked, !is_asked),
            "{what}"
        );
        let silent = ada.ask(&stage, &with(&question, "prompt", "none")).await.sent();
        let is_silent = silent.contains_key("code");
        assert_eq!(is_silent, !is_asked || what == "asked for", "{what}: {silent:?}");
    }
    let mut eve = as_person(&stage, "eve").await;
    assert!(is_question(&eve.ask(&stage, &agreed).await), "another person");
    // In the same browser as well.
    let login = ada.ask(&stage, &with(&agreed, "prompt", "login")).await;
    let next = ada.submit(&stage, "login", &login, &[("username", "eve"), ("password", PASSWORD)]).await;
    let page = ada.send(&stage, Method::GET, next.location(), &[], &[]).await;
    assert!(is_question(&page) && page.body.contains("You are <strong>eve"), "{}", page.body);
    assert!(is_question(&ada.ask(&stage, &agreed).await));
}

#[tokio::test]
async fn of_many_answers_to_one_page_one_counts() {
    let stage = Stage::open().await;
    let mut ada = Browser::default();
    let page = ada.log_in(&stage, &stage.question(NOTES)).await;
    let mut answers = tokio::task::JoinSet::new();
    let form =
        [("request", page.hidden("request")), ("token", page.hidden("token")), ("decision", "allow".into())];
    for _ in 0..50 {
        let pairs: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let cookies: Vec<_> = ada.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = Request::post(format!("{}/consent", stage.base))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::COOKIE, cookies.join("; "))
            .body(Body::from(encoded(&pairs)))
            .unwrap();
        answers.spawn(stage.router.clone().oneshot(request));
    }
    let statuses: Vec<_> =
        answers.join_all().await.into_iter().map(|answer| answer.unwrap().status()).collect();
    assert_eq!(statuses.iter().filter(|status| **status == StatusCode::SEE_OTHER).count(), 1, "{statuses:?}");
    assert_eq!(
        statuses.iter().filter(|status| **status == StatusCode::FORBIDDEN).count(),
        49,
        "{statuses:?}"
    );
    assert_eq!(stage.store.count_grants().await.unwrap(), 1);
}

#[tokio::test]
async fn nothing_that_anybody_is_called_becomes_a_part_of_the_page() {
    const HOSTILE: &str = "\"'><img src=x onerror=alert(1)><!--";
    let shown = "&#34;&#39;&#62;&#60;img src=x onerror=alert(1)&#62;&#60;!--";
    let stage = Stage::with(crate::stage::ISSUER, |setup| {
        let mut servers = registered();
        servers[0].title = HOSTILE.into();
        servers[0].scope_words.insert("notes:read".into(), HOSTILE.into());
        setup.resources = servers;
    })
    .await;
    add_user(&*stage.store, HOSTILE, PASSWORD, stage.clock.now(), &random()).await.unwrap();
    let body = json!({
        "client_name": HOSTILE,
        "redirect_uris": ["https://app.example.com/cb?a='onload=alert(1)//"],
        "token_endpoint_auth_method": "none",
        "client_uri": "https://known.example.com/",
    });
    let id = stage.post("register", "application/json", body.to_string()).await.text("client_id");
    let question = with(&stage.question(NOTES), "client_id", &id);
    let question = with(&question, "redirect_uri", "https://app.example.com/cb?a='onload=alert(1)//");
    let question = with(&question, "state", HOSTILE);

    let mut browser = Browser::default();
    let login = browser.ask(&stage, &question).await;
    let fields = [("username", HOSTILE), ("password", "wrong")];
    let wrong = browser.submit(&stage, "login", &login, &fields).await;
    let fields = [("username", HOSTILE), ("password", PASSWORD)];
    let next = browser.submit(&stage, "login", &wrong, &fields).await;
    let consent = browser.send(&stage, Method::GET, next.location(), &[], &[]).await;
    assert!(is_question(&consent), "{}", consent.body);
    browser.decide(&stage, &consent, "allow").await;
    let apps = browser.send(&stage, Method::GET, &format!("{}/apps", stage.base), &[], &[]).await;
    let mistaken = browser.ask(&stage, &with(&question, "scope", "everything")).await;
    assert!(mistaken.body.contains("Go back to the application"), "{}", mistaken.body);
    for (name, page, times) in
        [("login", &login, 2), ("wrong", &wrong, 2), ("consent", &consent, 3), ("apps", &apps, 3)]
    {
        assert!(page.body.matches(shown).count() >= times, "{name}: {}", page.body);
    }
    for page in [&login, &wrong, &consent, &apps, &mistaken] {
        assert!(!page.body.contains("<img") && !page.body.contains("<!--"), "{}", page.body);
        assert!(!page.body.contains("'onload"), "{}", page.body);
        assert!(!page.body.contains("known.example.com"), "a page that nobody vouches for: {}", page.body);
    }
}
