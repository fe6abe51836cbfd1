//! What somebody brings along who wants to be somebody else, or wants somebody else to be them.

use std::sync::Arc;

use http::{Method, StatusCode};
use warded_client::fetch::{Fetch, Reach};
use warded_core::{Clock as _, Issuer};
use warded_issuer::{AuthorizationServer, IssuerSetup, Provider};
use warded_store::{Digest, Pending, Pendings as _, Users as _};

use super::{
    corp::Corp,
    scene::{is_nobody, leaves, leaves_with, let_in, logs_in, onward, returns, sent_to, stage, told},
};
use crate::stage::{Answer, Browser, FILES, ISSUER, NOTES, Stage, WEB, encoded, random, registered, with};

#[tokio::test]
async fn what_does_not_belong_to_the_browser_and_the_provider_spends_nothing() {
    let corp = Corp::open().await;
    let other = Corp::open().await;
    let stage = stage(vec![corp.login("corp"), other.login("other")]).await;
    let mut ada = Browser::default();
    let (_, asked) = sent_to(&leaves(&stage, &mut ada, "corp").await);
    let (code, echo) = (corp.agrees(&asked), asked["state"].clone());
    let good = [("code", code.as_str()), ("state", echo.as_str()), ("iss", corp.url())];
    let unknown = "A".repeat(43);

    // Login CSRF: the attacker's answer in the victim's browser, which may have a login of its own under way.
    let mut victim = Browser::default();
    assert_eq!(returns(&stage, &mut victim, "corp", &good).await.refusal(), "login-stale");
    leaves(&stage, &mut victim, "corp").await;
    assert_eq!(returns(&stage, &mut victim, "corp", &good).await.refusal(), "login-stale");
    assert!(is_nobody(&stage, &victim).await);

    let without = |name: &str| good.into_iter().filter(|(held, _)| *held != name).collect::<Vec<_>>();
    for (answer, refusal) in [
        (without("state"), "login-stale"),
        (with(&good, "state", ""), "login-stale"),
        (with(&good, "state", &unknown), "login-stale"),
        (without("code"), "parameter-missing"),
        (without("iss"), "provider-answer"),
        (with(&good, "iss", other.url()), "provider-answer"),
        (with(&good, "iss", &format!("{}/", corp.url())), "provider-answer"),
        ([&good[..], &[("code", "another")]].concat(), "parameter-repeated"),
        ([&good[..], &[("state", echo.as_str())]].concat(), "parameter-repeated"),
        ([&good[..], &[("iss", corp.url())]].concat(), "parameter-repeated"),
    ] {
        let page = returns(&stage, &mut ada, "corp", &answer).await;
        assert_eq!(page.refusal(), refusal, "{answer:?}");
        assert!(is_nobody(&stage, &ada).await);
    }
    // At the place of another provider, with its name or without.
    for iss in [corp.url(), other.url()] {
        let page = returns(&stage, &mut ada, "other", &with(&good, "iss", iss)).await;
        assert_eq!(page.refusal(), "login-stale", "{iss}");
    }
    // Loaded by another site as a picture, in a frame, by script.
    let path = format!("{}/login/corp/callback?{}", stage.base, encoded(&good));
    for (mode, dest) in [("no-cors", "image"), ("navigate", "iframe"), ("cors", "empty")] {
        let site = [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", mode), ("sec-fetch-dest", dest)];
        let page = ada.send(&stage, Method::GET, &path, &[], &site).await;
        assert_eq!(page.refusal(), "form-foreign", "{dest}");
    }
    let page = ada.send(&stage, Method::POST, &path, &good, &[]).await;
    assert_eq!(page.status, StatusCode::METHOD_NOT_ALLOWED);

    // After all of that the answer is as good as it was; once.
    assert_eq!((corp.times_redeemed(), other.times_redeemed()), (0, 0));
    let back =
        [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")];
    let answer = ada.send(&stage, Method::GET, &path, &[], &back).await;
    assert!(onward(&stage, &mut ada, &answer).await.body.contains("decision"));
    assert_eq!(returns(&stage, &mut ada, "corp", &good).await.refusal(), "login-stale");
    assert_eq!(corp.times_redeemed(), 1);
}

#[tokio::test]
async fn of_two_that_bring_the_same_answer_one_is_heard() {
    let corp = Corp::open().await;
    let stage = stage(vec![corp.login("corp")]).await;
    let mut browser = Browser::default();
    let (_, asked) = sent_to(&leaves(&stage, &mut browser, "corp").await);
    let code = corp.agrees(&asked);
    let answer = [("code", code.as_str()), ("state", &asked["state"]), ("iss", corp.url())];
    let path = format!("{}/login/corp/callback?{}", stage.base, encoded(&answer));
    let tries = (0..20).map(|_| {
        let (mut browser, path, stage) = (browser.clone(), &path, &stage);
        async move { browser.send(stage, Method::GET, path, &[], &[]).await }
    });
    let answers = futures_util::future::join_all(tries).await;
    let is_in = |answer: &&Answer| let_in(&stage, answer).is_some();
    let heard = answers.iter().filter(is_in).count();
    assert_eq!((heard, corp.times_redeemed()), (1, 1));
    assert!(answers.iter().all(|answer| is_in(&answer) || answer.refusal() == "login-stale"));
}

#[tokio::test]
async fn whoever_takes_too_long_starts_again() {
    let corp = Corp::open().await;
    let stage = stage(vec![corp.login("corp")]).await;
    let mut browser = Browser::default();
    let (_, asked) = sent_to(&leaves(&stage, &mut browser, "corp").await);
    let code = corp.agrees(&asked);
    stage.clock.pass(15 * 60);
    let answer = [("code", code.as_str()), ("state", &asked["state"]), ("iss", corp.url())];
    assert_eq!(returns(&stage, &mut browser, "corp", &answer).await.refusal(), "login-stale");
    assert_eq!(corp.times_redeemed(), 0);
}

#[tokio::test]
async fn nobody_is_sent_away_but_by_the_button_under_the_question() {
    let corp = Corp::open().await;
    let stage = stage(vec![corp.login("corp")]).await;
    let mut ada = Browser::default();
    let page = ada.ask(&stage, &stage.question(NOTES)).await;
    for shown in ["Editor", "Notes of the &#60;team&#62;", NOTES, "notes:read", "a program on this computer"]
    {
        assert!(page.body.contains(shown), "{shown}: {}", page.body);
    }
    assert!(page.body.contains("Log in with corp"), "{}", page.body);
    let path = format!("{}/login/corp", stage.base);
    let (request, token) = (page.hidden("request"), page.hidden("token"));
    let form = [("request", request.as_str()), ("token", token.as_str())];
    let is_refused = |answer: Answer, code: &str| {
        assert_eq!(answer.refusal(), code);
        assert!(!answer.headers.contains_key("refresh"));
    };

    let link = ada.send(&stage, Method::GET, &format!("{path}?{}", encoded(&form)), &[], &[]).await;
    assert_eq!(link.status, StatusCode::METHOD_NOT_ALLOWED);
    let other = ada.ask(&stage, &stage.question(FILES)).await.hidden("request");
    let mut eve = Browser::default();
    let eves = eve.ask(&stage, &stage.question(NOTES)).await.hidden("token");
    for (name, value, code) in [("token", "", "parameter-missing"), ("request", "", "parameter-missing")] {
        is_refused(ada.send(&stage, Method::POST, &path, &with(&form, name, value), &[]).await, code);
    }
    // Another page's, or another browser's: the question, and the button under it.
    for (name, value) in [("token", "x.y"), ("token", eves.as_str()), ("request", other.as_str())] {
        let page = ada.send(&stage, Method::POST, &path, &with(&form, name, value), &[]).await;
        assert!(told(&page).contains("another tab") && page.body.contains("Log in with corp"), "{name}");
        assert!(!page.headers.contains_key("refresh"), "{name}");
    }
    is_refused(Browser::default().send(&stage, Method::POST, &path, &form, &[]).await, "form-foreign");
    for site in ["cross-site", "same-site"] {
        let sent = ada.send(&stage, Method::POST, &path, &form, &[("sec-fetch-site", site)]).await;
        is_refused(sent, "form-foreign");
    }
    let unknown = ada.send(&stage, Method::POST, &format!("{}/login/nobody", stage.base), &form, &[]).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    sent_to(&ada.send(&stage, Method::POST, &path, &form, &[("sec-fetch-site", "same-origin")]).await);
}

/// The attacker runs one of two providers and sends the browser on to the other one, in our name (RFC 9700 §4.4).
#[tokio::test]
async fn a_provider_that_mixes_itself_up_with_another_learns_no_code_and_is_nobody() {
    for names_itself in [true, false] {
        let honest = Corp::open().await;
        let evil = Corp::open().await;
        for corp in [&honest, &evil] {
            let member = "authorization_response_iss_parameter_supported".to_owned();
            corp.say(|says| says.metadata.insert(member, names_itself.into()));
        }
        let stage = stage(vec![honest.login("honest"), evil.login("evil")]).await;
        let mut ada = Browser::default();
        let (_, asked) = sent_to(&leaves(&stage, &mut ada, "evil").await);
        // The honest provider knows one redirect URI of ours, and it is not the other one's.
        let theirs = asked["redirect_uri"].clone();
        assert!(theirs.ends_with("/login/evil/callback"), "{theirs}");
        let mut forwarded = asked.clone();
        forwarded.insert("redirect_uri".into(), theirs.replace("/evil/", "/honest/"));
        let code = honest.agrees(&forwarded);
        for login in ["honest", "evil"] {
            let mut answer = vec![("code", code.as_str()), ("state", asked["state"].as_str())];
            if names_itself {
                answer.push(("iss", honest.url()));
            }
            let page = returns(&stage, &mut ada, login, &answer).await;
            assert_eq!((let_in(&stage, &page), page.location()), (None, ""), "{login}");
            assert!(is_nobody(&stage, &ada).await, "{login}");
        }
        assert_eq!(honest.times_redeemed(), 0);
        // Where nothing says whose the code is, the evil one is sent it, and can do nothing with it: the code was given
        // for another redirect URI, and the honest one wants our secret.
        assert_eq!(evil.times_redeemed(), usize::from(!names_itself));
        assert_eq!(stage.store.users().await.unwrap().len(), 1);
    }
}

/// An ID token that is good at one provider, shown by another one.
#[tokio::test]
async fn no_provider_speaks_for_the_people_of_another() {
    let (corp, evil) = (Corp::open().await, Corp::open().await);
    let stage = stage(vec![corp.login("corp"), evil.login("evil")]).await;
    let mut ada = Browser::default();
    let answer = logs_in(&stage, &mut ada, "corp", &corp).await;
    onward(&stage, &mut ada, &answer).await;
    // The same subject, under its own name, is another person.
    let mut eve = Browser::default();
    let answer = logs_in(&stage, &mut eve, "evil", &evil).await;
    let page = onward(&stage, &mut eve, &answer).await;
    assert!(page.body.contains("evil:248289761001"), "{}", page.body);
    // Under the other's name, it is nobody.
    evil.say(|says| says.claims.insert("iss".into(), corp.url().into()));
    let mut eve = Browser::default();
    let page = logs_in(&stage, &mut eve, "evil", &evil).await;
    assert!(told(&page).contains("cannot be believed"));
    assert_eq!(stage.store.users().await.unwrap().len(), 3);
}

#[tokio::test]
async fn consent_of_one_person_is_not_that_of_another_in_the_same_browser() {
    let corp = Corp::open().await;
    let stage = stage(vec![corp.login("corp")]).await;
    let mut browser = Browser::default();
    let portal = with(&with(&stage.question(NOTES), "client_id", &stage.portal.0), "redirect_uri", WEB);
    let page = browser.log_in(&stage, &portal).await;
    assert!(browser.decide(&stage, &page, "allow").await.sent().contains_key("code"));
    assert!(browser.ask(&stage, &portal).await.sent().contains_key("code"), "remembered");
    let anew = with(&stage.question(NOTES), "prompt", "login");
    let page = browser.ask(&stage, &anew).await;
    let (_, asked) = sent_to(&browser.submit(&stage, "login/corp", &page, &[]).await);
    let code = corp.agrees(&asked);
    let answer = [("code", code.as_str()), ("state", &asked["state"]), ("iss", corp.url())];
    returns(&stage, &mut browser, "corp", &answer).await;
    assert!(browser.ask(&stage, &portal).await.body.contains("decision"), "another person");
}

#[tokio::test]
async fn nothing_is_kept_of_a_request_that_is_padded() {
    let corp = Corp::open().await;
    let stage = stage(vec![corp.login("corp")]).await;
    let mut browser = Browser::default();
    for (padding, is_kept) in [(6 * 1024, true), (9 * 1024, false)] {
        let question = format!("{}&p={}", encoded(&stage.question(NOTES)), "x".repeat(padding));
        let path = format!("{}/authorize?{question}", stage.base);
        let page = browser.send(&stage, Method::GET, &path, &[], &[]).await;
        if is_kept {
            let answer = browser.submit(&stage, "login/corp", &page, &[]).await;
            assert!(sent_to(&answer).0.starts_with(corp.url()));
        } else {
            // Told at once, and told the application: behind the button there would be no way on.
            assert_eq!(page.sent()["error"], "invalid_request");
            let form = [("request", question.as_str()), ("token", "x.y")];
            let path = format!("{}/login/corp", stage.base);
            let answer = browser.send(&stage, Method::POST, &path, &form, &[]).await;
            assert_eq!(answer.sent()["error"], "invalid_request");
        }
    }
}

/// What is accepted at first is not too large when somebody comes back: we write another `prompt` into it, and spell a few
/// characters so that every browser reads them.
#[tokio::test]
async fn what_is_just_short_enough_to_leave_with_comes_back() {
    let corp = Corp::open().await;
    let stage = stage(vec![corp.login("corp")]).await;
    let mut tried = [0; 2];
    for wish in ["", "&prompt=login", "&prompt=select_account"] {
        for padding in ["x", ";", "',"] {
            let asked = format!("{}{wish}&p=", encoded(&stage.question(NOTES)));
            // To the byte, around what is just short enough, as it is and when it is spelled.
            let room = (8 * 1024 - asked.len()) / padding.len();
            for times in [room / 3 - 12..room / 3 + 3, room - 24..room + 3].into_iter().flatten() {
                let nth = tried[0] + tried[1];
                let address = format!("10.0.{}.{}:1", nth / 256, nth % 256).parse().unwrap();
                let mut browser = Browser { address: Some(address), ..Browser::default() };
                let path = format!("{}/authorize?{asked}{}", stage.base, padding.repeat(times));
                let page = browser.send(&stage, Method::GET, &path, &[], &[]).await;
                if !page.location().is_empty() {
                    assert_eq!(page.sent()["error"], "invalid_request");
                    tried[0] += 1;
                    continue;
                }
                tried[1] += 1;
                let (_, to) = sent_to(&browser.submit(&stage, "login/corp", &page, &[]).await);
                let code = corp.agrees(&to);
                let answer = [("code", code.as_str()), ("state", &to["state"]), ("iss", corp.url())];
                let back = returns(&stage, &mut browser, "corp", &answer).await;
                let question = onward(&stage, &mut browser, &back).await;
                assert!(question.body.contains("decision"), "{wish} {padding} {times}: {question:?}");
                // "Not you?"
                let text = question.hidden("request").replace("&prompt=consent", "");
                let path = format!("{}/authorize?{text}&prompt=select_account", stage.base);
                let page = browser.send(&stage, Method::GET, &path, &[], &[]).await;
                assert!(page.body.contains("name=\"password\""), "{wish} {padding} {times}: {page:?}");
            }
        }
    }
    assert!(tried.iter().all(|times| *times > 9), "on both sides of it: {tried:?}");
}

#[tokio::test]
async fn an_error_of_the_provider_is_told_here_and_not_to_the_application() {
    let corp = Corp::open().await;
    let stage = stage(vec![corp.login("corp")]).await;
    let mut browser = Browser::default();
    for error in ["access_denied", "invalid_target", "<script>"] {
        let (_, asked) = sent_to(&leaves(&stage, &mut browser, "corp").await);
        let answer = [
            ("error", error),
            ("error_description", "<b>call 555-1234</b>"),
            ("state", asked["state"].as_str()),
            ("iss", corp.url()),
            // An error and a code at once: the error counts.
            ("code", "x"),
        ];
        let page = returns(&stage, &mut browser, "corp", &answer).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN);
        assert!(told(&page).contains("was not completed") && !page.body.contains("555"), "{}", page.body);
        assert_eq!(returns(&stage, &mut browser, "corp", &answer).await.refusal(), "login-stale", "once");
    }
    assert_eq!(corp.times_redeemed(), 0);
}

/// A provider's page may name where its form leads to, which is our origin; browsers hold every redirect behind it to that,
/// and the last ones are the application's own.
#[tokio::test]
async fn nothing_redirects_on_from_behind_the_form_of_a_provider() {
    let corp = Corp::open().await;
    let stage = stage(vec![corp.login("corp")]).await;
    let portal = with(&with(&stage.question(NOTES), "client_id", &stage.portal.0), "redirect_uri", WEB);
    let odd = format!("{}&p=%3B;,'x", encoded(&portal));
    let from =
        [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")];
    let mut stage = stage;
    for round in 0..3 {
        let mut browser = Browser::default();
        let page =
            browser.send(&stage, Method::GET, &format!("{}/authorize?{odd}", stage.base), &[], &[]).await;
        let (_, asked) = sent_to(&browser.submit(&stage, "login/corp", &page, &[]).await);
        let code = corp.agrees(&asked);
        let answer = [("code", code.as_str()), ("state", &asked["state"]), ("iss", corp.url())];
        let path = format!("{}/login/corp/callback?{}", stage.base, encoded(&answer));
        if round == 2 {
            // The operator has taken the server away in the meantime, which the application is told.
            stage = without_notes(stage, corp.login("corp")).await;
            let back = browser.send(&stage, Method::GET, &path, &[], &from).await;
            let refresh = back.headers["refresh"].to_str().unwrap();
            assert!(refresh.starts_with(&format!("0; url={WEB}?error=invalid_target&")), "{refresh}");
            break;
        }
        let back = browser.send(&stage, Method::GET, &path, &[], &from).await;
        assert_eq!(back.location(), "");
        let next = let_in(&stage, &back).unwrap_or_else(|| panic!("{back:?}"));
        assert!(!next.contains([';', ',', '\'']), "some browsers stop there: {next}");
        assert!(back.body.contains("You are back") && back.body.contains("Continue"), "{}", back.body);
        assert!(back.headers.contains_key("set-cookie"), "{back:?}");
        // Our own page leaves for it.
        let own = [("sec-fetch-site", "same-origin"), from[1], from[2]];
        let page = browser.send(&stage, Method::GET, &next, &[], &own).await;
        if round == 0 {
            assert!(browser.decide(&stage, &page, "allow").await.sent().contains_key("code"));
        } else {
            let refresh = page.headers["refresh"].to_str().unwrap();
            assert!(refresh.starts_with(&format!("0; url={WEB}?code=")), "{refresh}");
        }
    }
}

/// The same issuer after the operator has taken a server away.
async fn without_notes(stage: Stage, login: Provider) -> Stage {
    let servers = registered().into_iter().filter(|server| server.name != "notes").collect();
    let mut setup = IssuerSetup::new("default", stage.server.issuer().clone(), servers);
    setup.providers = vec![login];
    let fetch = Fetch::new(Reach::public()).unwrap();
    let (store, clock) = (Arc::clone(&stage.store) as _, Arc::clone(&stage.clock) as _);
    let server = AuthorizationServer::open(setup, store, fetch, clock, Arc::new(random())).await.unwrap();
    Stage { router: server.served(), server, ..stage }
}

async fn goes(stage: &Stage, address: &str) -> StatusCode {
    let mut browser = Browser { address: Some(address.parse().unwrap()), ..Browser::default() };
    leaves(stage, &mut browser, "corp").await.status
}

#[tokio::test]
async fn a_flood_of_departures_stops_nobody_else() {
    let corp = Corp::open().await;
    let stage = stage(vec![corp.login("corp")]).await;
    for _ in 0..120 {
        assert_eq!(goes(&stage, "192.0.2.1:1").await, StatusCode::OK);
    }
    assert_eq!(goes(&stage, "192.0.2.1:2").await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(goes(&stage, "192.0.2.2:1").await, StatusCode::OK);
    stage.clock.pass(900);
    assert_eq!(goes(&stage, "192.0.2.1:1").await, StatusCode::OK);
}

/// Whoever needs a second factor is away for longer than it takes to begin ten thousand logins.
#[tokio::test]
async fn a_flood_of_departures_makes_room_itself_and_whoever_is_at_a_provider_comes_back() {
    let corp = Corp::open().await;
    let stage = stage(vec![corp.login("corp")]).await;
    let from = |address: &str| Browser { address: Some(address.parse().unwrap()), ..Browser::default() };
    let mut victim = from("198.51.100.7:1");
    let (_, asked) = sent_to(&leaves(&stage, &mut victim, "corp").await);
    // Three out of one network, and as many as there may be out of networks with one each.
    for last in [1, 2, 3] {
        stage.clock.pass(1);
        sent_to(&leaves(&stage, &mut from(&format!("203.0.113.{last}:1")), "corp").await);
    }
    let now = stage.clock.now();
    for number in 4_u32..10_000 {
        let digest = Digest::of(&number.to_be_bytes());
        let other = Pending {
            digest,
            issuer: Issuer::parse(ISSUER).unwrap(),
            provider: "corp".into(),
            request: String::new(),
            browser: digest,
            nonce: digest,
            verifier: vec![],
            expires: now.plus(900),
            network: digest,
        };
        stage.store.begin(other, now).await.unwrap();
    }
    for address in ["192.0.2.1:1", "192.0.2.2:1"] {
        sent_to(&leaves(&stage, &mut from(address), "corp").await);
    }
    let code = corp.agrees(&asked);
    let answer = [("code", code.as_str()), ("state", &asked["state"]), ("iss", corp.url())];
    let back = returns(&stage, &mut victim, "corp", &answer).await;
    assert!(onward(&stage, &mut victim, &back).await.body.contains("decision"));
}

/// Where a thousand people share one address, or a stranger has one in the same network.
#[tokio::test]
async fn neighbours_keep_nobody_from_a_provider_whose_browser_has_come_back_from_it_before() {
    let corp = Corp::open().await;
    let stage = stage(vec![corp.login("corp")]).await;
    let mut ada = Browser { address: Some("192.0.2.1:9".parse().unwrap()), ..Browser::default() };
    logs_in(&stage, &mut ada, "corp", &corp).await;
    while goes(&stage, "192.0.2.1:1").await == StatusCode::OK {}
    let anew = with(&stage.question(NOTES), "prompt", "login");
    let answer = leaves_with(&stage, &mut ada.clone(), "corp", &anew).await;
    assert_eq!(answer.status, StatusCode::OK, "who is logged in");
    let mut left = ada.clone();
    left.cookies.retain(|name, _| name.ends_with("-returning"));
    assert_eq!(leaves(&stage, &mut left.clone(), "corp").await.status, StatusCode::OK, "or was");
    let mut other = ada;
    other.cookies.retain(|name, _| !name.ends_with("-returning"));
    let page = Browser { address: other.address, ..Browser::default() };
    assert_eq!(leaves(&stage, &mut page.clone(), "corp").await.status, StatusCode::TOO_MANY_REQUESTS);
    // One person has so many browsers as they like, and goes no more often for that.
    for time in 3..=20 {
        let times = leaves_with(&stage, &mut other.clone(), "corp", &anew).await;
        assert_eq!(times.status, StatusCode::OK, "{time}");
    }
    assert_eq!(leaves(&stage, &mut left, "corp").await.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(leaves_with(&stage, &mut other, "corp", &anew).await.status, StatusCode::TOO_MANY_REQUESTS);
}
