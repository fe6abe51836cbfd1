//! Applications that ask at the same time, each in a tab of its own: every one of them gets its answer.

use http::{Method, StatusCode};

use super::{
    corp::Corp,
    scene::{leaves, leaves_with, onward, returns, sent_to, stage},
};
use crate::stage::{Answer, Browser, FILES, NOTES, PASSWORD, Stage, with};

async fn gets_a_code(stage: &Stage, browser: &mut Browser, page: &Answer) {
    assert!(page.body.contains("decision"), "{}", page.body);
    assert!(browser.decide(stage, page, "allow").await.sent().contains_key("code"));
}

#[tokio::test]
async fn a_login_form_of_another_tab_leads_on_once_somebody_is_logged_in() {
    let stage = Stage::open().await;
    let mut browser = Browser::default();
    let first = browser.ask(&stage, &stage.question(NOTES)).await;
    let second = browser.ask(&stage, &stage.question(FILES)).await;
    let fields = [("username", "ada"), ("password", PASSWORD)];
    let one = browser.submit(&stage, "login", &first, &fields).await;
    let cookies = browser.cookies.clone();
    let other = browser.submit(&stage, "login", &second, &[("username", "eve"), ("password", "wrong")]).await;
    assert_eq!(other.status, StatusCode::SEE_OTHER, "{other:?}");
    assert_eq!(browser.cookies, cookies, "nothing of the form was used");
    for (answer, server) in [(one, NOTES), (other, FILES)] {
        let page = onward(&stage, &mut browser, &answer).await;
        assert!(page.body.contains(server) && page.body.contains("ada"), "{}", page.body);
        gets_a_code(&stage, &mut browser, &page).await;
    }
    // Where nobody is logged in, a form that is not this browser's leads nowhere.
    let stranger = &mut Browser::default();
    stranger.ask(&stage, &stage.question(NOTES)).await;
    assert_eq!(stranger.submit(&stage, "login", &second, &fields).await.refusal(), "form-foreign");
}

#[tokio::test]
async fn whoever_is_logged_in_is_not_sent_to_a_provider_by_the_form_of_another_tab() {
    let corp = Corp::open().await;
    let stage = stage(vec![corp.login("corp")]).await;
    let mut browser = Browser::default();
    let old = browser.ask(&stage, &stage.question(FILES)).await;
    browser.log_in(&stage, &stage.question(NOTES)).await;
    let answer = browser.submit(&stage, "login/corp", &old, &[]).await;
    assert!(!answer.headers.contains_key("refresh"));
    let page = onward(&stage, &mut browser, &answer).await;
    gets_a_code(&stage, &mut browser, &page).await;
}

#[tokio::test]
async fn two_tabs_come_back_from_a_provider_and_both_get_their_answer() {
    let corp = Corp::open().await;
    let stage = stage(vec![corp.login("corp")]).await;
    let mut browser = Browser::default();
    let mut places = Vec::new();
    for server in [NOTES, FILES] {
        let (_, asked) = sent_to(&leaves_with(&stage, &mut browser, "corp", &stage.question(server)).await);
        places.push((corp.agrees(&asked), asked["state"].clone()));
    }
    let mut pages = Vec::new();
    for (code, state) in &places {
        let answer = [("code", code.as_str()), ("state", state), ("iss", corp.url())];
        let back = returns(&stage, &mut browser, "corp", &answer).await;
        pages.push(onward(&stage, &mut browser, &back).await);
    }
    for page in &pages {
        gets_a_code(&stage, &mut browser, page).await;
    }
}

#[tokio::test]
async fn what_binds_a_browser_to_its_way_back_opens_nothing_else() {
    let corp = Corp::open().await;
    let stage = stage(vec![corp.login("corp")]).await;
    let mut ada = Browser::default();
    let (_, asked) = sent_to(&leaves(&stage, &mut ada, "corp").await);
    let away: Vec<_> = ada.cookies.keys().filter(|name| name.ends_with("-away")).cloned().collect();
    assert_eq!(away.len(), 1, "{:?}", ada.cookies.keys());
    let code = corp.agrees(&asked);
    let answer = [("code", code.as_str()), ("state", &asked["state"]), ("iss", corp.url())];
    // Whoever has all but that cookie.
    let mut thief = ada.clone();
    thief.cookies.remove(&away[0]);
    assert_eq!(returns(&stage, &mut thief, "corp", &answer).await.refusal(), "login-stale");
    returns(&stage, &mut ada, "corp", &answer).await;
    // Whoever has that cookie alone.
    let mut thief = Browser::default();
    thief.cookies.insert(away[0].clone(), ada.cookies[&away[0]].clone());
    let page = thief.ask(&stage, &stage.question(NOTES)).await;
    assert!(page.body.contains("name=\"password\""), "{}", page.body);
    // Logging in anew, where an application wants that, makes a new session all the same.
    let before = ada.cookies.clone();
    let anew = with(&stage.question(NOTES), "prompt", "login");
    let (_, asked) = sent_to(&leaves_with(&stage, &mut ada, "corp", &anew).await);
    let code = corp.agrees(&asked);
    let answer = [("code", code.as_str()), ("state", &asked["state"]), ("iss", corp.url())];
    let path = format!("{}/login/corp/callback?{}", stage.base, crate::stage::encoded(&answer));
    ada.send(&stage, Method::GET, &path, &[], &[]).await;
    assert_eq!(ada.cookies[&away[0]], before[&away[0]]);
    assert_ne!(ada.cookies, before);
}
