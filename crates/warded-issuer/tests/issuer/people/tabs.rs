//! Applications that ask at the same time, each in a tab of its own: every one of them gets its answer.

use http::{Method, StatusCode};

use super::{
    corp::Corp,
    scene::{leaves, leaves_with, onward, returns, sent_to, stage, stage_at, told},
};
use crate::stage::{Answer, Browser, FILES, LOOPBACK, NOTES, PASSWORD, Stage, WEB, encoded, with};

const ADA: [(&str, &str); 2] = [("username", "ada"), ("password", PASSWORD)];
const LOCAL: &str = "http://127.0.0.1:8700/issuers/default";
const OVERTAKEN: &str =
    "This page was overtaken by another tab, or by time. Nothing of it was used: log in once more.";

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
    // A browser without any cookie of ours keeps none: it would be asked for ever.
    let stranger = &mut Browser::default();
    assert_eq!(stranger.submit(&stage, "login", &second, &fields).await.refusal(), "form-foreign");
}

/// Asks again in the place of a form that was made for another cookie, and looks at nothing else that it says.
async fn is_asked_again(stage: &Stage, browser: &mut Browser, form: &Answer, name: &str) -> Answer {
    let cookies = browser.cookies.clone();
    let wrong = browser.submit(stage, name, form, &[("username", "ada"), ("password", "wrong")]).await;
    let page = browser.submit(stage, name, form, &ADA).await;
    for page in [&wrong, &page] {
        assert_eq!((page.status, told(page).as_str()), (StatusCode::FORBIDDEN, OVERTAKEN));
        assert!(!page.headers.contains_key("refresh"));
        assert_eq!(page.hidden("request"), form.hidden("request"), "for the same application");
    }
    assert_eq!(browser.cookies, cookies);
    page
}

/// On loopback a decision ends the session: the other tab stands there with a form for a cookie that was changed.
#[tokio::test]
async fn a_second_tab_logs_in_where_the_first_has_ended_its_session_already() {
    let corp = Corp::open().await;
    let stage = stage_at(LOCAL, |setup| setup.providers = vec![corp.login("corp")]).await;
    for name in ["login", "login/corp"] {
        let mut browser = Browser::default();
        let first = browser.ask(&stage, &stage.question(NOTES)).await;
        let second = browser.ask(&stage, &stage.question(FILES)).await;
        let answer = browser.submit(&stage, "login", &first, &ADA).await;
        let page = onward(&stage, &mut browser, &answer).await;
        gets_a_code(&stage, &mut browser, &page).await;
        let page = is_asked_again(&stage, &mut browser, &second, name).await;
        let answer = browser.submit(&stage, "login", &page, &ADA).await;
        let page = onward(&stage, &mut browser, &answer).await;
        assert!(page.body.contains(FILES), "{}", page.body);
        gets_a_code(&stage, &mut browser, &page).await;
    }
}

/// Both tabs show the question, of one session that is good for one decision.
#[tokio::test]
async fn a_second_question_is_asked_again_where_the_first_decision_has_ended_the_session() {
    let stage = stage_at(LOCAL, |_| ()).await;
    for decision in ["allow", "deny"] {
        let mut browser = Browser::default();
        let first = browser.log_in(&stage, &stage.question(NOTES)).await;
        let second = browser.ask(&stage, &stage.question(FILES)).await;
        gets_a_code(&stage, &mut browser, &first).await;
        let page = browser.decide(&stage, &second, decision).await;
        assert_eq!((page.status, told(&page).as_str()), (StatusCode::FORBIDDEN, OVERTAKEN), "{decision}");
        let answer = browser.submit(&stage, "login", &page, &ADA).await;
        let page = onward(&stage, &mut browser, &answer).await;
        assert!(page.body.contains(FILES), "{}", page.body);
        gets_a_code(&stage, &mut browser, &page).await;
    }
}

/// The order in which people click: allow in the first, log in once more for the second, and go on in the third.
#[tokio::test]
async fn a_third_question_is_asked_again_where_somebody_has_logged_in_for_the_second() {
    let stage = stage_at(LOCAL, |_| ()).await;
    for decision in ["allow", "deny"] {
        let mut browser = Browser::default();
        let first = browser.log_in(&stage, &stage.question(NOTES)).await;
        let second = browser.ask(&stage, &stage.question(FILES)).await;
        let third = browser.ask(&stage, &with(&stage.question(NOTES), "state", "third")).await;
        gets_a_code(&stage, &mut browser, &first).await;
        let page = browser.decide(&stage, &second, "allow").await;
        let answer = browser.submit(&stage, "login", &page, &ADA).await;
        let second = onward(&stage, &mut browser, &answer).await;
        let answer = browser.decide(&stage, &third, decision).await;
        assert!(answer.shows_anew(), "{decision}: {answer:?}");
        let third = onward(&stage, &mut browser, &answer).await;
        let sent = browser.decide(&stage, &third, "allow").await.sent();
        assert!(sent.contains_key("code") && sent["state"] == "third", "{sent:?}");
        let page = browser.decide(&stage, &second, "allow").await;
        assert!(page.asks_again(), "{page:?}");
    }
}

/// Both questions are of a session that is over, of one application whose answers are remembered.
#[tokio::test]
async fn a_no_in_an_overtaken_tab_is_no_yes_although_the_same_was_agreed_to_in_another() {
    let stage = Stage::open().await;
    let mut browser = Browser::default();
    let portal = with(&with(&stage.question(NOTES), "client_id", &stage.portal.0), "redirect_uri", WEB);
    let old = browser.log_in(&stage, &portal).await;
    let login = browser.ask(&stage, &with(&portal, "prompt", "login")).await;
    let answer = browser.submit(&stage, "login", &login, &ADA).await;
    let page = onward(&stage, &mut browser, &answer).await;
    gets_a_code(&stage, &mut browser, &page).await;
    assert!(browser.ask(&stage, &portal).await.sent().contains_key("code"), "it is remembered");
    let answer = browser.decide(&stage, &old, "deny").await;
    assert!(answer.shows_anew(), "{answer:?}");
    let page = onward(&stage, &mut browser, &answer).await;
    assert_eq!(browser.decide(&stage, &page, "deny").await.sent()["error"], "access_denied");
}

#[tokio::test]
async fn a_new_browser_that_opens_two_tabs_at_once_logs_in_in_either() {
    for issuer in [crate::stage::ISSUER, LOCAL] {
        let corp = Corp::open().await;
        let stage = stage_at(issuer, |setup| setup.providers = vec![corp.login("corp")]).await;
        // Each answer sets a cookie; the browser keeps the last one.
        let first = Browser::default().ask(&stage, &stage.question(NOTES)).await;
        let mut browser = Browser::default();
        browser.ask(&stage, &stage.question(FILES)).await;
        for name in ["login/corp", "login"] {
            let page = is_asked_again(&stage, &mut browser.clone(), &first, name).await;
            let mut browser = browser.clone();
            let answer = browser.submit(&stage, "login", &page, &ADA).await;
            let page = onward(&stage, &mut browser, &answer).await;
            assert!(page.body.contains(NOTES), "{}", page.body);
            gets_a_code(&stage, &mut browser, &page).await;
        }
    }
}

/// What another site sends carries no cookie, and says where it comes from.
#[tokio::test]
async fn no_other_site_sends_an_old_form_for_somebody() {
    let stage = Stage::open().await;
    let old = Browser::default().ask(&stage, &stage.question(NOTES)).await;
    let (request, token) = (old.hidden("request"), old.hidden("token"));
    let form = [("request", request.as_str()), ("token", token.as_str()), ADA[0], ADA[1]];
    let path = format!("{}/login", stage.base);
    let mut victim = Browser::default();
    victim.ask(&stage, &stage.question(FILES)).await;
    for site in ["cross-site", "same-site"] {
        let sent = victim.send(&stage, Method::POST, &path, &form, &[("sec-fetch-site", site)]).await;
        assert_eq!(sent.refusal(), "form-foreign", "{site}");
    }
}

/// What an operator's client is told of its request, it is told by a page: it may send people on from its callback.
#[tokio::test]
async fn what_has_become_wrong_with_a_request_is_told_by_no_redirect_behind_a_form() {
    let corp = Corp::open().await;
    let stage = stage(vec![corp.login("corp")]).await;
    let wrong = encoded(&with(&stage.question(NOTES), "scope", "everything"));
    let form = [("request", wrong.as_str()), ("token", "x.y"), ADA[0], ADA[1]];
    let own = [("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "navigate")];
    let mut browser = Browser::default();
    browser.ask(&stage, &stage.question(FILES)).await;
    for name in ["login", "login/corp"] {
        let path = format!("{}/{name}", stage.base);
        let sent = browser.send(&stage, Method::POST, &path, &form, &[]).await;
        assert_eq!(sent.sent()["error"], "invalid_scope");
        let page = browser.send(&stage, Method::POST, &path, &form, &own).await;
        let refresh = page.headers["refresh"].to_str().unwrap();
        assert!(refresh.starts_with(&format!("0; url={LOOPBACK}?error=invalid_scope&")), "{name}: {refresh}");
    }
}

#[tokio::test]
async fn two_tabs_that_leave_at_once_come_back_both() {
    let corp = Corp::open().await;
    let stage = stage(vec![corp.login("corp")]).await;
    let mut browser = Browser::default();
    let first = browser.ask(&stage, &stage.question(NOTES)).await;
    let second = browser.ask(&stage, &stage.question(FILES)).await;
    // Neither has seen the other's answer.
    let (mut one, mut other) = (browser.clone(), browser.clone());
    let mut places = Vec::new();
    for (browser, page) in [(&mut one, first), (&mut other, second)] {
        let (_, asked) = sent_to(&browser.submit(&stage, "login/corp", &page, &[]).await);
        places.push((corp.agrees(&asked), asked["state"].clone()));
    }
    browser.cookies.extend(one.cookies);
    browser.cookies.extend(other.cookies);
    for ((code, state), server) in places.iter().zip([NOTES, FILES]) {
        let answer = [("code", code.as_str()), ("state", state), ("iss", corp.url())];
        let back = returns(&stage, &mut browser, "corp", &answer).await;
        let page = onward(&stage, &mut browser, &back).await;
        assert!(page.body.contains(server), "{}", page.body);
        gets_a_code(&stage, &mut browser, &page).await;
    }
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
