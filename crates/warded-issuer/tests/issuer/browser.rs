//! What a person sees and does, and what somebody else tries to do in the person's name.

use http::{Method, StatusCode};
use warded_core::Clock as _;
use warded_issuer::{IssuerSetup, OpenFailed};
use warded_store::{Clients as _, memory::Memory};

use crate::stage::{
    Answer, Browser, FILES, ISSUER, NOTES, NOTES_ALIAS, PASSWORD, Stage, WEB, encoded, random, registered,
    with,
};

fn is_protected(answer: &Answer) {
    let policy = answer.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    assert!(policy.ends_with("base-uri 'none'; frame-ancestors 'none'"), "{policy}");
    assert!(!policy.contains("script") && !policy.contains("unsafe") && !policy.contains('*'), "{policy}");
    for (name, value) in [
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(answer.headers[name], value);
    }
    assert!(!answer.body.contains("<script") && !answer.body.contains("http-equiv"));
}

#[tokio::test]
async fn pages_cannot_be_framed_scripted_or_remembered() {
    let stage = Stage::open().await;
    let mut browser = Browser::default();
    let question = stage.question(NOTES);
    let login = browser.ask(&stage, &question).await;
    is_protected(&login);
    let policy = login.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("form-action 'self' http://127.0.0.1:4711; "), "{policy}");
    is_protected(&browser.log_in(&stage, &question).await);
    is_protected(&browser.decide(&stage, &browser.clone().ask(&stage, &question).await, "allow").await);
    is_protected(&browser.ask(&stage, &with(&question, "client_id", "unknown")).await);
}

#[tokio::test]
async fn a_window_that_an_application_opened_stays_its_own_until_it_has_its_answer() {
    const POLICY: &str = "cross-origin-opener-policy";
    let stage = Stage::open().await;
    let (mut browser, question) = (Browser::default(), stage.question(NOTES));
    let login = browser.ask(&stage, &question).await;
    let consent = browser.log_in(&stage, &question).await;
    let page = browser.ask(&stage, &question).await;
    let sent = browser.decide(&stage, &page, "allow").await;
    let error = browser.ask(&stage, &with(&question, "scope", "everything")).await;
    for answer in [login, consent, sent, error] {
        assert!(!answer.headers.contains_key(POLICY), "{answer:?}");
    }
    let refused = browser.ask(&stage, &with(&question, "client_id", "unknown")).await;
    let apps = browser.send(&stage, Method::GET, &format!("{}/apps", stage.base), &[], &[]).await;
    for answer in [refused, apps] {
        assert_eq!(answer.headers[POLICY], "same-origin", "{answer:?}");
    }
}

/// What Chromium says of itself behind one of our forms.
const BEHIND_A_FORM: [(&str, &str); 2] = [("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "navigate")];

#[tokio::test]
async fn a_browser_leaves_a_form_for_the_client_by_a_page_and_not_by_a_redirect() {
    let stage = Stage::open().await;
    let (mut browser, question) = (Browser::default(), stage.question(NOTES));
    for decision in ["allow", "deny"] {
        let page = browser.log_in(&stage, &with(&question, "prompt", "login")).await;
        let (request, token) = (page.hidden("request"), page.hidden("token"));
        let form = [("request", request.as_str()), ("token", &token), ("decision", decision)];
        let path = format!("{}/consent", stage.base);
        let answer = browser.send(&stage, Method::POST, &path, &form, &BEHIND_A_FORM).await;
        is_page_that_leaves(&answer, "http://127.0.0.1:4711/");
    }
}

#[tokio::test]
async fn a_login_that_is_answered_at_once_leaves_by_a_page_too_and_a_link_by_a_redirect() {
    let stage = Stage::open().await;
    let (mut browser, question) =
        (Browser::default(), with(&stage.question(NOTES), "client_id", &stage.portal.0));
    let question = with(&question, "redirect_uri", WEB);
    let page = browser.log_in(&stage, &question).await;
    browser.decide(&stage, &page, "allow").await;
    let path = format!("{}/authorize?{}", stage.base, encoded(&question));
    let behind = browser.send(&stage, Method::GET, &path, &[], &BEHIND_A_FORM).await;
    is_page_that_leaves(&behind, WEB);
    for site in ["cross-site", "none", "same-site"] {
        let link = [("sec-fetch-site", site), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")];
        let answer = browser.send(&stage, Method::GET, &path, &[], &link).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{site}");
    }
}

fn is_page_that_leaves(answer: &Answer, to: &str) {
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    assert!(answer.headers.get("location").is_none());
    is_protected(answer);
    let leaves = answer.headers["refresh"].to_str().unwrap();
    let address = leaves.strip_prefix("0; url=").unwrap();
    assert!(address.starts_with(to) && address.contains("iss="), "{leaves}");
    assert!(answer.body.contains(&format!("href=\"{}\"", address.replace('&', "&#38;"))), "{}", answer.body);
}

#[tokio::test]
async fn the_consent_page_says_who_asks_for_what_at_which_server_and_where_the_answer_goes() {
    let stage = Stage::open().await;
    let mut browser = Browser::default();
    let question = with(&stage.question(NOTES), "scope", "notes:read notes:write");
    let page = browser.log_in(&stage, &question).await;
    for shown in [
        "Editor",
        "Notes of the &#60;team&#62;",
        NOTES,
        "notes:read",
        "Change and delete notes <span class=\"quiet\">(notes:write)",
        "90 days at most",
        "which program of this computer asks",
        "a program on this computer",
        "http://127.0.0.1:4711/callback",
        "ada",
        "registered by the operator",
        ISSUER,
    ] {
        assert!(page.body.contains(shown), "{shown}: {}", page.body);
    }
    // A client that registered itself may call itself anything.
    let body = serde_json::json!({
        "client_name": "</q><script>alert(1)</script>\u{202e}Notes",
        "redirect_uris": ["https://evil.example/cb"],
        "token_endpoint_auth_method": "none",
    });
    let id = stage.post("register", "application/json", body.to_string()).await.text("client_id");
    let question = with(&with(&question, "client_id", &id), "redirect_uri", "https://evil.example/cb");
    let page = browser.ask(&stage, &question).await;
    is_protected(&page);
    assert!(page.body.contains("nobody has checked it"), "{}", page.body);
    let login = Browser::default().ask(&stage, &question).await;
    assert!(login.body.contains("nobody has checked it. Log in only"), "{}", login.body);
    assert!(login.body.contains("<q>&#60;/q&#62;"), "{}", login.body);
    assert!(page.body.contains("<dd>https://evil.example<br>"), "{}", page.body);
    assert!(!page.body.contains('\u{202e}'));
}

#[tokio::test]
async fn a_wrong_name_and_a_wrong_password_look_alike() {
    let stage = Stage::open().await;
    let mut answers = Vec::new();
    for (name, password) in
        [("ada", "hunter22"), ("nobody", "hunter22"), ("Ada", PASSWORD), ("ada ", PASSWORD)]
    {
        let mut browser = Browser::default();
        let page = browser.ask(&stage, &stage.question(NOTES)).await;
        let fields = [("username", name), ("password", password)];
        let answer = browser.submit(&stage, "login", &page, &fields).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        is_protected(&answer);
        assert!(!answer.body.contains(password), "{name}");
        answers.push(answer.body.replace(&answer.hidden("token"), "TOKEN"));
        // The page can be used again at once.
        let fields = [("username", "ada"), ("password", PASSWORD)];
        assert_eq!(browser.submit(&stage, "login", &answer, &fields).await.status, StatusCode::SEE_OTHER);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1);
}

async fn guess(stage: &Stage, address: &str, name: &str, password: &str) -> StatusCode {
    let mut browser = Browser { address: Some(address.parse().unwrap()), ..Browser::default() };
    let page = browser.ask(stage, &stage.question(NOTES)).await;
    browser.submit(stage, "login", &page, &[("username", name), ("password", password)]).await.status
}

#[tokio::test]
async fn guessing_is_bounded_per_name_and_per_address() {
    let stage = Stage::open().await;
    for n in 0..20 {
        let address = format!("192.0.2.{n}:1");
        assert_eq!(guess(&stage, &address, "ada", "wrong").await, StatusCode::FORBIDDEN);
    }
    let late = guess(&stage, "192.0.2.99:1", "ada", PASSWORD).await;
    assert_eq!(late, StatusCode::TOO_MANY_REQUESTS, "not even the right one, or guessing would go on");
    stage.clock.pass(900);
    assert_eq!(guess(&stage, "192.0.2.99:1", "ada", PASSWORD).await, StatusCode::SEE_OTHER);

    for n in 0..60 {
        let name = format!("name-{n}");
        assert_eq!(guess(&stage, "198.51.100.1:9", &name, "wrong").await, StatusCode::FORBIDDEN);
    }
    assert_eq!(guess(&stage, "198.51.100.1:8", "ada", PASSWORD).await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(guess(&stage, "198.51.100.2:8", "ada", PASSWORD).await, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_password_that_nobody_looks_at_uses_up_no_counter() {
    let stage = Stage::open().await;
    let endless = "x".repeat(1025);
    for _ in 0..100 {
        assert_eq!(guess(&stage, "192.0.2.1:1", "ada", &endless).await, StatusCode::FORBIDDEN);
    }
    assert_eq!(guess(&stage, "192.0.2.1:1", "ada", PASSWORD).await, StatusCode::SEE_OTHER);
}

/// Shows the page to a browser that is logged in, and says who it is.
async fn again(browser: &mut Browser, stage: &Stage, name: &str, password: &str) -> StatusCode {
    let page = browser.ask(stage, &with(&stage.question(NOTES), "prompt", "login")).await;
    browser.submit(stage, "login", &page, &[("username", name), ("password", password)]).await.status
}

#[tokio::test]
async fn nobody_is_locked_out_of_a_browser_of_their_own_by_strangers() {
    let stage = Stage::open().await;
    let mut own = Browser { address: Some("192.0.2.200:1".parse().unwrap()), ..Browser::default() };
    own.log_in(&stage, &stage.question(NOTES)).await;
    for n in 0..20 {
        assert_eq!(guess(&stage, &format!("192.0.2.{n}:1"), "ada", "wrong").await, StatusCode::FORBIDDEN);
    }
    assert_eq!(guess(&stage, "192.0.2.99:1", "ada", PASSWORD).await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(again(&mut own, &stage, "ada", PASSWORD).await, StatusCode::SEE_OTHER);

    // Whoever has got hold of that browser does not guess for longer, and the name has lost nothing by it.
    stage.clock.pass(900);
    for _ in 0..20 {
        assert_eq!(again(&mut own, &stage, "ada", "wrong").await, StatusCode::FORBIDDEN);
    }
    assert_eq!(again(&mut own, &stage, "ada", PASSWORD).await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(guess(&stage, "192.0.2.99:1", "ada", PASSWORD).await, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_browser_that_is_known_for_one_name_guesses_no_other() {
    let stage = Stage::open().await;
    let now = stage.clock.now();
    warded_issuer::operator::add_user(&*stage.store, "eve", PASSWORD, now, &random()).await.unwrap();
    let mut eves = Browser { address: Some("192.0.2.66:1".parse().unwrap()), ..Browser::default() };
    let page = eves.ask(&stage, &stage.question(NOTES)).await;
    let fields = [("username", "eve"), ("password", PASSWORD)];
    assert_eq!(eves.submit(&stage, "login", &page, &fields).await.status, StatusCode::SEE_OTHER);
    for _ in 0..20 {
        assert_eq!(again(&mut eves, &stage, "ada", "wrong").await, StatusCode::FORBIDDEN);
    }
    assert_eq!(again(&mut eves, &stage, "ada", "wrong").await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(guess(&stage, "192.0.2.99:1", "ada", PASSWORD).await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(again(&mut eves, &stage, "eve", PASSWORD).await, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn whoever_knows_the_password_is_not_counted() {
    let stage = Stage::open().await;
    for _ in 0..61 {
        assert_eq!(guess(&stage, "192.0.2.1:1", "ada", PASSWORD).await, StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn logging_in_makes_a_new_session_and_ends_the_one_before() {
    let stage = Stage::open().await;
    let mut browser = Browser::default();
    let question = stage.question(NOTES);
    let page = browser.ask(&stage, &question).await;
    let planted = browser.cookies.clone();
    assert_eq!(planted.len(), 1);
    let fields = [("username", "ada"), ("password", PASSWORD)];
    browser.submit(&stage, "login", &page, &fields).await;
    assert_ne!(browser.cookies, planted, "session fixation");
    // Whoever planted the cookie is not logged in by it.
    let mut attacker = Browser { cookies: planted, address: None };
    assert!(attacker.ask(&stage, &question).await.body.contains("name=\"password\""));

    // "Not you?": somebody else logs in, and whoever has kept the old cookie is out.
    let mut old = browser.clone();
    let page = browser.ask(&stage, &with(&question, "prompt", "login")).await;
    let answer = browser.submit(&stage, "login", &page, &fields).await;
    let next = answer.location().to_owned();
    assert!(next.ends_with("prompt=consent"), "asked once, and not over and over: {next}");
    let page = browser.send(&stage, Method::GET, &next, &[], &[]).await;
    assert!(browser.decide(&stage, &page, "allow").await.sent().contains_key("code"));
    assert!(old.ask(&stage, &question).await.body.contains("name=\"password\""));
}

#[tokio::test]
async fn a_person_has_twenty_sessions_at_most_and_the_oldest_ends_first() {
    let stage = Stage::open().await;
    let question = stage.question(NOTES);
    let mut browsers = Vec::new();
    for _ in 0..21 {
        let mut browser = Browser::default();
        browser.log_in(&stage, &question).await;
        browsers.push(browser);
        stage.clock.pass(1);
    }
    let mut open = Vec::new();
    for browser in &mut browsers {
        open.push(browser.ask(&stage, &question).await.body.contains("decision"));
    }
    assert!(open.iter().skip(1).all(|open| *open), "{open:?}");
    assert_eq!(open.first(), Some(&false));
    // Whoever logs in anew where they are logged in has no more than before.
    let (second, last) = (1, 20);
    assert_eq!(again(&mut browsers[last], &stage, "ada", PASSWORD).await, StatusCode::SEE_OTHER);
    assert!(browsers[second].ask(&stage, &question).await.body.contains("decision"));
}

#[tokio::test]
async fn a_session_at_one_issuer_is_none_at_another() {
    let stage = Stage::open().await;
    let mut browser = Browser::default();
    browser.log_in(&stage, &stage.question(NOTES)).await;
    let elsewhere = "https://mcp.example.com/issuers/other";
    let setup = IssuerSetup::new("other", warded_core::Issuer::parse(elsewhere).unwrap(), registered());
    let other = warded_issuer::AuthorizationServer::open(
        setup,
        stage.store.clone(),
        warded_client::fetch::Fetch::new(warded_client::fetch::Reach::public()).unwrap(),
        stage.clock.clone(),
        std::sync::Arc::new(random()),
    )
    .await
    .unwrap();
    let mut client = stage.store.client(stage.server.issuer(), &stage.editor).await.unwrap().unwrap();
    client.issuer = other.issuer().clone();
    assert_eq!(stage.store.add_client(client).await.unwrap(), warded_store::Added::Yes);
    let other = Stage { router: other.served(), server: other, base: "/issuers/other".into(), ..stage };
    let mut fresh = Browser::default();
    fresh.ask(&other, &other.question(NOTES)).await;
    let name = fresh.cookies.keys().next().unwrap().clone();
    let value = browser.cookies.values().next().unwrap().clone();
    let mut moved = Browser { cookies: [(name, value)].into(), address: None };
    let answer = moved.ask(&other, &other.question(NOTES)).await;
    assert!(answer.body.contains("name=\"password\""), "{}", answer.body);
}

#[tokio::test]
async fn a_cookie_that_went_to_all_of_loopback_is_good_for_one_decision() {
    for decision in ["allow", "deny"] {
        let stage = Stage::with("http://127.0.0.1:8700/issuers/default", |_| ()).await;
        let mut browser = Browser::default();
        let question = stage.question(NOTES);
        let page = browser.log_in(&stage, &question).await;
        // Another program of this computer was sent the cookie too.
        let mut thief = browser.clone();
        assert_eq!(browser.decide(&stage, &page, decision).await.status, StatusCode::SEE_OTHER);
        assert!(thief.decide(&stage, &page, "allow").await.asks_again(), "{decision}");
        assert!(thief.ask(&stage, &question).await.body.contains("name=\"password\""), "{decision}");
    }
}

#[tokio::test]
async fn a_session_ends() {
    let stage = Stage::open().await;
    let mut browser = Browser::default();
    let question = stage.question(NOTES);
    let page = browser.log_in(&stage, &question).await;
    assert!(browser.ask(&stage, &question).await.body.contains("decision"));
    stage.clock.pass(12 * 60 * 60);
    assert!(browser.ask(&stage, &question).await.body.contains("name=\"password\""));
    assert!(browser.decide(&stage, &page, "allow").await.asks_again());
}

#[tokio::test]
async fn a_form_of_another_site_browser_or_question_does_nothing() {
    let stage = Stage::open().await;
    let question = stage.question(NOTES);
    let (mut ada, mut eve) = (Browser::default(), Browser::default());
    let page = ada.log_in(&stage, &question).await;
    let eves = eve.log_in(&stage, &question).await;
    let consent = format!("{}/consent", stage.base);
    let form = |page: &Answer| {
        [("request", page.hidden("request")), ("token", page.hidden("token")), ("decision", "allow".into())]
    };
    let send = async |browser: &mut Browser, form: [(&'static str, String); 3], extra: &[(&str, &str)]| {
        let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        browser.send(&stage, Method::POST, &consent, &form, extra).await
    };

    // Eve's form in Ada's browser; no form token; a token for another question.
    assert!(send(&mut ada, form(&eves), &[]).await.shows_anew());
    let mut without = form(&page);
    without[1].1 = String::new();
    assert_eq!(send(&mut ada, without, &[]).await.refusal(), "parameter-missing");
    let other = ada.ask(&stage, &stage.question(FILES)).await;
    let mut swapped = form(&page);
    swapped[0].1 = other.hidden("request");
    assert!(send(&mut ada, swapped, &[]).await.shows_anew());
    let wider = ada.ask(&stage, &with(&question, "scope", "notes:read notes:write")).await;
    let mut widened = form(&page);
    widened[0].1 = wider.hidden("request");
    assert!(send(&mut ada, widened, &[]).await.shows_anew());
    // Ada's form without Ada's cookie.
    assert_eq!(send(&mut Browser::default(), form(&page), &[]).await.refusal(), "form-foreign");
    // What browsers say about the sender.
    for site in ["cross-site", "same-site"] {
        let answer = send(&mut ada, form(&page), &[("sec-fetch-site", site)]).await;
        assert_eq!(answer.refusal(), "form-foreign", "{site}");
    }
    let answer = send(&mut ada, form(&page), &[("sec-fetch-site", "same-origin")]).await;
    assert!(answer.sent().contains_key("code"));

    // Login CSRF: the attacker's name in the victim's browser.
    let mut victim = Browser::default();
    let page = victim.ask(&stage, &question).await;
    let mut attacker = Browser::default();
    let forged = attacker.ask(&stage, &question).await;
    let fields = [("username", "ada"), ("password", PASSWORD)];
    assert!(victim.submit(&stage, "login", &forged, &fields).await.asks_again());
    assert_eq!(Browser::default().submit(&stage, "login", &page, &fields).await.refusal(), "form-foreign");
    assert_eq!(victim.submit(&stage, "login", &page, &fields).await.status, StatusCode::SEE_OTHER);
    // A login token is no consent token.
    let asked = victim.ask(&stage, &question).await;
    let token = page.hidden("token");
    let mixed = [("request", asked.hidden("request")), ("token", token), ("decision", "allow".into())];
    assert!(send(&mut victim, mixed, &[]).await.shows_anew());
    assert_eq!(
        warded_store::Grants::count_grants(&*stage.store).await.unwrap(),
        1,
        "the one that Ada agreed to"
    );
}

#[tokio::test]
async fn consent_is_remembered_for_exactly_what_was_asked_and_only_where_nobody_else_can_receive_it() {
    let stage = Stage::open().await;
    let mut browser = Browser::default();
    let portal = with(&with(&stage.question(NOTES), "client_id", &stage.portal.0), "redirect_uri", WEB);
    let page = browser.log_in(&stage, &portal).await;
    assert!(browser.decide(&stage, &page, "allow").await.sent().contains_key("code"));
    assert!(browser.ask(&stage, &portal).await.sent().contains_key("code"), "asked before");
    let silent = browser.ask(&stage, &with(&portal, "prompt", "none")).await;
    assert!(silent.sent().contains_key("code"));
    for (name, value) in [
        ("resource", FILES),
        ("resource", NOTES_ALIAS),
        ("scope", "notes:read notes:write"),
        ("prompt", "consent"),
    ] {
        let answer = browser.ask(&stage, &with(&portal, name, value)).await;
        assert!(answer.body.contains("decision"), "{name}={value} is another question");
    }

    // The same for a program on the computer: any other program could be the one that listens (RFC 8252 §8.6).
    let editor = stage.question(NOTES);
    let page = browser.ask(&stage, &editor).await;
    assert!(browser.decide(&stage, &page, "allow").await.sent().contains_key("code"));
    assert!(browser.ask(&stage, &editor).await.body.contains("decision"), "asked each time");
}

#[tokio::test]
async fn a_page_is_answered_once() {
    let stage = Stage::open().await;
    let mut browser = Browser::default();
    let question = stage.question(NOTES);
    let page = browser.log_in(&stage, &question).await;
    let again = browser.ask(&stage, &question).await;
    assert_ne!(page.hidden("token"), again.hidden("token"));
    // What is not an answer is none.
    assert_eq!(browser.decide(&stage, &page, "maybe").await.refusal(), "parameter-missing");
    assert!(browser.decide(&stage, &page, "allow").await.sent().contains_key("code"));
    for decision in ["allow", "deny"] {
        assert_eq!(browser.decide(&stage, &page, decision).await.refusal(), "form-foreign", "{decision}");
    }
    assert!(browser.decide(&stage, &again, "allow").await.sent().contains_key("code"), "another page");
}

#[tokio::test]
async fn a_denial_is_not_remembered_and_grants_nothing() {
    let stage = Stage::open().await;
    let mut browser = Browser::default();
    let portal = with(&with(&stage.question(NOTES), "client_id", &stage.portal.0), "redirect_uri", WEB);
    let page = browser.log_in(&stage, &portal).await;
    assert_eq!(browser.decide(&stage, &page, "deny").await.sent()["error"], "access_denied");
    assert!(browser.ask(&stage, &portal).await.body.contains("decision"));
    assert_eq!(warded_store::Grants::count_grants(&*stage.store).await.unwrap(), 0);
}

#[tokio::test]
async fn a_client_that_changed_its_name_after_the_question_gets_no_answer() {
    let stage = Stage::open().await;
    let mut browser = Browser::default();
    let page = browser.log_in(&stage, &stage.question(NOTES)).await;
    let mut client = stage.store.client(stage.server.issuer(), &stage.editor).await.unwrap().unwrap();
    assert!(
        stage.store.remove_client(stage.server.issuer(), &stage.editor, stage.clock.now()).await.unwrap()
    );
    client.name = Some("Something else".into());
    assert_eq!(stage.store.add_client(client).await.unwrap(), warded_store::Added::Yes);
    let answer = browser.decide(&stage, &page, "allow").await;
    assert!(answer.shows_anew(), "{answer:?}");
    let path = answer.location().to_owned();
    let page = browser.send(&stage, Method::GET, &path, &[], &[]).await;
    assert!(page.body.contains("Something else"), "{}", page.body);
}

#[tokio::test]
async fn one_click_lets_people_in_on_loopback_only() {
    let local = "http://127.0.0.1:8700/issuers/demo";
    let stage = Stage::with(local, |setup| setup.one_click = Some("guest".into())).await;
    let mut browser = Browser::default();
    let page = browser.ask(&stage, &stage.question(NOTES)).await;
    assert!(page.body.contains("Continue as guest") && !page.body.contains("password\""), "{}", page.body);
    let nothing = browser.submit(&stage, "login", &page, &[]).await;
    assert_eq!(nothing.refusal(), "parameter-missing");
    let answer = browser.submit(&stage, "login", &page, &[("continue", "yes")]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let next = answer.location().to_owned();
    let page = browser.send(&stage, Method::GET, &next, &[], &[]).await;
    assert!(page.body.contains("guest"));
    let code = browser.decide(&stage, &page, "allow").await.sent()["code"].clone();
    assert_eq!(stage.token(&stage.redemption(&code)).await.status, StatusCode::OK);

    for issuer in [ISSUER, "https://localhost/issuers/demo"] {
        let issuer = warded_core::Issuer::parse(issuer).unwrap();
        let mut setup = IssuerSetup::new("default", issuer, registered());
        setup.one_click = Some("guest".into());
        let refused = warded_issuer::AuthorizationServer::open(
            setup,
            std::sync::Arc::new(Memory::new()),
            warded_client::fetch::Fetch::new(warded_client::fetch::Reach::public()).unwrap(),
            stage.clock.clone(),
            std::sync::Arc::new(random()),
        )
        .await;
        assert_eq!(refused.unwrap_err(), OpenFailed::OneClickOffLoopback);
    }
    // Where passwords are asked for, the button's name opens nothing.
    let stage = Stage::open().await;
    let page = Browser::default().ask(&stage, &stage.question(NOTES)).await;
    let mut browser = Browser::default();
    let own = browser.ask(&stage, &stage.question(NOTES)).await;
    assert!(!page.body.contains("continue\""));
    assert_eq!(
        browser.submit(&stage, "login", &own, &[("continue", "yes")]).await.refusal(),
        "parameter-missing"
    );
}

#[tokio::test]
async fn nobody_can_log_in_with_a_password_as_somebody_who_has_none() {
    let local = "http://127.0.0.1:8700/issuers/demo";
    let demo = Stage::with(local, |setup| setup.one_click = Some("guest".into())).await;
    let setup = IssuerSetup::new("other", warded_core::Issuer::parse(ISSUER).unwrap(), registered());
    let other = warded_issuer::AuthorizationServer::open(
        setup,
        demo.store.clone(),
        warded_client::fetch::Fetch::new(warded_client::fetch::Reach::public()).unwrap(),
        demo.clock.clone(),
        std::sync::Arc::new(random()),
    )
    .await
    .unwrap();
    let stage = Stage::open().await;
    let strict = Stage { router: other.served(), server: other, store: demo.store.clone(), ..stage };
    let mut client = demo.store.client(demo.server.issuer(), &demo.editor).await.unwrap().unwrap();
    client.issuer = strict.server.issuer().clone();
    client.id.clone_from(&strict.editor);
    assert_eq!(strict.store.add_client(client).await.unwrap(), warded_store::Added::Yes);
    for password in ["guest", "x", " "] {
        assert_eq!(guess(&strict, "192.0.2.1:1", "guest", password).await, StatusCode::FORBIDDEN);
    }
    assert_eq!(guess(&strict, "192.0.2.1:1", "ada", PASSWORD).await, StatusCode::SEE_OTHER);
}
