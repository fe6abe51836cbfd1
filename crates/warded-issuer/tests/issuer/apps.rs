//! What a person sees of what they allowed, and how they take it back; and what somebody else does in their name.

use std::sync::Arc;

use http::{Method, StatusCode};
use warded_client::fetch::{Fetch, Reach};
use warded_core::{Clock as _, Issuer};
use warded_issuer::{Admit, AuthorizationServer, IssuerSetup, Provider, ProviderKind, operator::add_user};
use warded_store::{Added, Clients as _};
use zeroize::Zeroizing;

use crate::stage::{
    Answer, Browser, FILES, ISSUER, LOOPBACK, NOTES, PASSWORD, Stage, WEB, random, registered, with, without,
};

impl Browser {
    async fn apps(&mut self, stage: &Stage) -> Answer {
        self.send(stage, Method::GET, &format!("{}/apps", stage.base), &[], &[]).await
    }

    /// Presses the button that takes this client's access to this server away, if it is there.
    async fn take(&mut self, stage: &Stage, page: &Answer, client: &str, server: &str) -> Option<Answer> {
        let token = token_for(page, client, server)?;
        let form = [("client", client), ("server", server), ("token", token.as_str())];
        Some(self.send(stage, Method::POST, &format!("{}/apps/revoke", stage.base), &form, &[]).await)
    }

    /// Presses the button of the form that leads there.
    async fn press(&mut self, stage: &Stage, page: &Answer, name: &str) -> Answer {
        let path = format!("{}/{name}", stage.base);
        self.send(stage, Method::POST, &path, &[("token", &button(page, &path))], &[]).await
    }

    async fn log_in_as(&mut self, stage: &Stage, name: &str) -> Answer {
        let page = self.apps(stage).await;
        let answer = self.submit(stage, "login", &page, &[("username", name), ("password", PASSWORD)]).await;
        assert_eq!(answer.location(), format!("{}/apps", stage.base), "{answer:?}");
        self.apps(stage).await
    }
}

/// The hidden value of the form that leads there.
fn button(page: &Answer, path: &str) -> String {
    let (_, form) = page.body.split_once(&format!("action=\"{path}\"")).unwrap();
    let (_, value) = form.split_once("name=\"token\" value=\"").unwrap();
    value.split_once('"').unwrap().0.to_owned()
}

fn token_for(page: &Answer, client: &str, server: &str) -> Option<String> {
    let start = format!(
        "name=\"client\" value=\"{client}\">\n<input type=\"hidden\" name=\"server\" value=\"{server}\">\n<input type=\"hidden\" name=\"token\" value=\""
    );
    let (_, rest) = page.body.split_once(&start)?;
    Some(rest.split_once('"')?.0.to_owned())
}

/// What the portal asks for, which is remembered.
fn portal<'a>(stage: &'a Stage, resource: &'a str) -> Vec<(&'a str, &'a str)> {
    with(&with(&stage.question(resource), "client_id", &stage.portal.0), "redirect_uri", WEB)
}

#[tokio::test]
async fn whoever_is_not_logged_in_is_asked_who_it_is_and_comes_back() {
    let stage = Stage::open().await;
    let mut browser = Browser::default();
    let page = browser.apps(&stage).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.body.contains("name=\"password\"") && !page.body.contains("asks for access"),
        "{}",
        page.body
    );
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("form-action 'self';"), "it leads to no application: {policy}");
    let wrong = [("username", "ada"), ("password", "wrong")];
    let page = browser.submit(&stage, "login", &page, &wrong).await;
    assert_eq!((page.status, page.hidden("request")), (StatusCode::FORBIDDEN, "apps".to_owned()));
    let page = browser.log_in_as(&stage, "ada").await;
    assert!(page.body.contains("No application has access in your name."), "{}", page.body);
    // The word is no request of an application.
    let answer = browser.send(&stage, Method::GET, &format!("{}/authorize?apps", stage.base), &[], &[]).await;
    assert_eq!(answer.refusal(), "parameter-missing");
}

#[tokio::test]
async fn the_page_says_which_application_may_do_what_at_which_server() {
    let stage = Stage::open().await;
    let mut browser = Browser::default();
    let question = with(&portal(&stage, NOTES), "scope", "notes:read notes:write");
    let page = browser.log_in(&stage, &question).await;
    assert!(browser.decide(&stage, &page, "allow").await.sent().contains_key("code"));
    let page = browser.ask(&stage, &with(&stage.question(FILES), "scope", "files:read")).await;
    let code = browser.decide(&stage, &page, "allow").await.sent()["code"].clone();
    assert_eq!(stage.token(&stage.redemption(&code)).await.status, StatusCode::OK);
    let page = browser.apps(&stage).await;
    for shown in [
        "You are <strong>ada</strong>",
        "<q>Portal</q> uses Notes of the &#60;team&#62;",
        NOTES,
        "Change and delete notes <span class=\"quiet\">(notes:write)",
        "https://portal.example.com",
        "<q>Editor</q> uses files",
        FILES,
        "files:read",
        "15 January 2027, 08:00 UTC",
        "(this browser)",
        "(registered by the operator)",
        "a program on this computer",
    ] {
        assert!(page.body.contains(shown), "{shown}: {}", page.body);
    }
    assert_eq!(page.headers["cache-control"], "no-store");

    // What came to its end is no longer there; what would be given without asking is.
    stage.clock.pass(91 * 24 * 60 * 60);
    let page = browser.log_in_as(&stage, "ada").await;
    assert!(page.body.contains("<q>Portal</q>") && !page.body.contains("<q>Editor</q>"), "{}", page.body);
    assert!(page.body.contains("gets it again without asking you"), "{}", page.body);
}

#[tokio::test]
async fn what_is_taken_away_is_over_at_once_and_nothing_else_is() {
    let stage = Stage::open().await;
    let (token, refresh) = stage.tokens(NOTES).await;
    let (other, other_refresh) = stage.tokens(FILES).await;
    let mut browser = Browser::default();
    let page = browser.log_in(&stage, &portal(&stage, NOTES)).await;
    assert!(browser.decide(&stage, &page, "allow").await.sent().contains_key("code"));

    let page = browser.apps(&stage).await;
    let done = browser.take(&stage, &page, &stage.editor, "notes").await.unwrap();
    assert!(done.body.contains("Access taken away"), "{done:?}");
    assert!(stage.knows_of(&token) && !stage.knows_of(&other));
    assert_eq!(stage.token(&stage.refreshing(&refresh)).await.error(), (400, "invalid_grant".into()));
    assert_eq!(stage.token(&stage.refreshing(&other_refresh)).await.status, StatusCode::OK);
    assert!(browser.ask(&stage, &portal(&stage, NOTES)).await.sent().contains_key("code"), "the portal's");

    // What was remembered is forgotten too, wherever the answer went, and the page is good for a second press.
    let page = browser.apps(&stage).await;
    assert!(token_for(&page, &stage.editor, "notes").is_none());
    for _ in 0..2 {
        let done = browser.take(&stage, &page, &stage.portal.0, "notes").await.unwrap();
        assert!(done.body.contains("Access taken away"), "{done:?}");
    }
    assert!(browser.ask(&stage, &portal(&stage, NOTES)).await.body.contains("decision"), "asked again");
    let silent = browser.ask(&stage, &with(&portal(&stage, NOTES), "prompt", "none")).await;
    assert_eq!(silent.sent()["error"], "consent_required");
}

#[tokio::test]
async fn a_consent_page_from_before_gives_nothing_back() {
    let stage = Stage::open().await;
    let mut browser = Browser::default();
    let old = browser.log_in(&stage, &portal(&stage, NOTES)).await;
    assert!(browser.decide(&stage, &old, "allow").await.sent().contains_key("code"));
    let page = browser.apps(&stage).await;
    browser.take(&stage, &page, &stage.portal.0, "notes").await.unwrap();
    assert_eq!(browser.decide(&stage, &old, "allow").await.refusal(), "form-foreign");
    let page = browser.apps(&stage).await;
    assert!(page.body.contains("No application has access"), "{}", page.body);
}

#[tokio::test]
async fn nobody_takes_away_or_sees_what_another_person_allowed() {
    let stage = Stage::open().await;
    add_user(&*stage.store, "eve", PASSWORD, stage.clock.now(), &random()).await.unwrap();
    let (token, refresh) = stage.tokens(NOTES).await;
    let (mut ada, mut eve) = (Browser::default(), Browser::default());
    let page = ada.log_in_as(&stage, "ada").await;
    let hers = eve.log_in_as(&stage, "eve").await;
    assert!(hers.body.contains("No application has access"), "{}", hers.body);
    let form_of = |client: &str, server: &str, token: &str| {
        [("client", client.to_owned()), ("server", server.to_owned()), ("token", token.to_owned())]
    };
    let send = async |browser: &mut Browser, form: &[(&'static str, String)], extra: &[(&str, &str)]| {
        let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        browser.send(&stage, Method::POST, &format!("{}/apps/revoke", stage.base), &form, extra).await
    };
    let good = token_for(&page, &stage.editor, "notes").unwrap();
    let form = form_of(&stage.editor, "notes", &good);

    // Ada's form in Eve's browser, in none, and from another site.
    assert_eq!(send(&mut eve, &form, &[]).await.refusal(), "form-foreign");
    assert_eq!(send(&mut Browser::default(), &form, &[]).await.refusal(), "form-foreign");
    for site in ["cross-site", "same-site"] {
        assert_eq!(send(&mut ada, &form, &[("sec-fetch-site", site)]).await.refusal(), "form-foreign");
    }
    // A token for another application, another server, another button, another page.
    let mut other = ada.clone();
    let logout = other.apps(&stage).await.hidden("token");
    let login = ada.ask(&stage, &with(&stage.question(NOTES), "prompt", "login")).await.hidden("token");
    for form in [
        form_of(&stage.portal.0, "notes", &good),
        form_of(&stage.editor, "files", &good),
        form_of(&stage.editor, "notes", &logout),
        form_of(&stage.editor, "notes", &login),
        form_of(&stage.editor, "notes", "x.y"),
    ] {
        assert_eq!(send(&mut ada, &form, &[]).await.refusal(), "form-foreign", "{form:?}");
    }
    let empty = form_of(&stage.editor, "notes", "");
    assert_eq!(send(&mut ada, &empty, &[]).await.refusal(), "parameter-missing");
    // Nothing of that did anything.
    assert!(!stage.knows_of(&token));
    let refreshed = stage.token(&stage.refreshing(&refresh)).await;
    assert_eq!(refreshed.status, StatusCode::OK);
    // Somebody else who logs in to Ada's browser cannot use Ada's page either.
    let page = ada.apps(&stage).await;
    let form = form_of(&stage.editor, "notes", &token_for(&page, &stage.editor, "notes").unwrap());
    let question = with(&stage.question(NOTES), "prompt", "login");
    let login = ada.ask(&stage, &question).await;
    ada.submit(&stage, "login", &login, &[("username", "eve"), ("password", PASSWORD)]).await;
    assert_eq!(send(&mut ada, &form, &[]).await.refusal(), "form-foreign");
    assert!(!stage.knows_of(&token));
}

#[tokio::test]
async fn people_log_out_here_and_everywhere_else() {
    let stage = Stage::open().await;
    let (mut one, mut two, mut three) = (Browser::default(), Browser::default(), Browser::default());
    one.log_in_as(&stage, "ada").await;
    two.log_in_as(&stage, "ada").await;
    let page = three.log_in_as(&stage, "ada").await;
    assert_eq!(page.body.matches("UTC").count(), 3, "{}", page.body);
    assert_eq!(page.body.matches("(this browser)").count(), 1);
    // No other site, no other button and no other browser does that.
    for name in ["apps/others", "logout"] {
        let path = format!("{}/{name}", stage.base);
        let (good, other) = (button(&page, &path), if name == "logout" { "apps/others" } else { "logout" });
        let wrong = button(&page, &format!("{}/{other}", stage.base));
        for (browser, token, site) in
            [(&three, &wrong, "same-origin"), (&one, &good, "same-origin"), (&three, &good, "cross-site")]
        {
            let mut browser = browser.clone();
            let extra = [("sec-fetch-site", site)];
            let answer = browser.send(&stage, Method::POST, &path, &[("token", token)], &extra).await;
            assert_eq!(answer.refusal(), "form-foreign", "{name} {site}");
        }
    }
    assert!(two.apps(&stage).await.body.contains("You are <strong>ada"), "nothing has happened");
    assert!(three.press(&stage, &page, "apps/others").await.body.contains("Logged out elsewhere"));
    let page = three.apps(&stage).await;
    assert!(page.body.contains("You are <strong>ada") && !page.body.contains("all other browsers"));
    for browser in [&mut one, &mut two] {
        assert!(browser.apps(&stage).await.body.contains("name=\"password\""));
    }
    let mut stolen = three.clone();
    let answer = three.press(&stage, &page, "logout").await;
    assert!(answer.body.contains("<h1>Logged out</h1>"), "{answer:?}");
    let forgotten = answer.headers["set-cookie"].to_str().unwrap();
    assert!(forgotten.starts_with("__Host-warded-") && forgotten.contains("=; Path=/; Secure; Max-Age=0"));
    for browser in [&mut three, &mut stolen] {
        assert!(browser.apps(&stage).await.body.contains("name=\"password\""));
    }
}

/// At a computer that others use, the next one would press the provider's button and be the last one.
#[tokio::test]
async fn whoever_logs_out_is_told_that_a_provider_may_know_them_still() {
    let github = ProviderKind::named("github", None).unwrap();
    let github =
        Provider::new("hub", "", github, "warded", Zeroizing::new("s".into()), Admit::Known).unwrap();
    for (providers, is_told) in [(vec![github], true), (vec![], false)] {
        let stage = Stage::with(ISSUER, |setup| setup.providers = providers).await;
        let mut browser = Browser::default();
        browser.log_in(&stage, &stage.question(NOTES)).await;
        let page = browser.apps(&stage).await;
        let out = browser.press(&stage, &page, "logout").await;
        assert!(out.body.contains("<h1>Logged out</h1>"), "{}", out.body);
        assert_eq!(out.body.contains("you may still be logged in there"), is_told, "{}", out.body);
    }
}

#[tokio::test]
async fn on_loopback_one_login_is_good_for_one_thing_and_not_for_long() {
    let stage = Stage::with("http://127.0.0.1:8700/issuers/default", |_| ()).await;
    let mut browser = Browser::default();
    let question = with(&without(&stage.question(NOTES), "redirect_uri"), "redirect_uri", LOOPBACK);
    let page = browser.log_in(&stage, &question).await;
    assert!(browser.decide(&stage, &page, "allow").await.sent().contains_key("code"));
    let page = browser.log_in_as(&stage, "ada").await;
    // Another program of this computer was sent the cookie too.
    let mut thief = browser.clone();
    let done = browser.take(&stage, &page, &stage.editor, "notes").await.unwrap();
    assert!(done.body.contains("Access taken away"));
    assert!(thief.apps(&stage).await.body.contains("name=\"password\""));

    browser.log_in_as(&stage, "ada").await;
    stage.clock.pass(15 * 60);
    assert!(
        browser.apps(&stage).await.body.contains("name=\"password\""),
        "nobody stays logged in for hours"
    );
}

#[tokio::test]
async fn what_was_allowed_at_another_issuer_is_neither_shown_nor_taken_there() {
    let stage = Stage::open().await;
    let (token, refresh) = stage.tokens(NOTES).await;
    let mut here = Browser::default();
    let page = here.log_in(&stage, &portal(&stage, NOTES)).await;
    assert!(here.decide(&stage, &page, "allow").await.sent().contains_key("code"), "and is remembered");

    let elsewhere = Issuer::parse("https://mcp.example.com/issuers/other").unwrap();
    let setup = IssuerSetup::new("other", elsewhere, registered());
    let fetch = Fetch::new(Reach::public()).unwrap();
    let other =
        AuthorizationServer::open(setup, stage.store.clone(), fetch, stage.clock.clone(), Arc::new(random()))
            .await
            .unwrap();
    let mut client = stage.store.client(stage.server.issuer(), &stage.editor).await.unwrap().unwrap();
    client.issuer = other.issuer().clone();
    assert_eq!(stage.store.add_client(client).await.unwrap(), Added::Yes);
    let (router, server, base) = (stage.router.clone(), Arc::clone(&stage.server), stage.base.clone());
    let other = Stage { router: other.served(), server: other, base: "/issuers/other".into(), ..stage };

    let mut there = Browser::default();
    let page = there.log_in_as(&other, "ada").await;
    assert!(page.body.contains("No application has access"), "{}", page.body);
    assert!(!page.body.contains("all other browsers"), "{}", page.body);
    let (_, others) = other.tokens(NOTES).await;
    let page = there.apps(&other).await;
    there.take(&other, &page, &other.editor, "notes").await.unwrap();
    assert_eq!(other.token(&other.refreshing(&others)).await.error(), (400, "invalid_grant".into()));

    let stage = Stage { server, router, base, ..other };
    assert!(!stage.knows_of(&token));
    assert_eq!(stage.token(&stage.refreshing(&refresh)).await.status, StatusCode::OK);
    assert!(here.apps(&stage).await.body.contains("You are <strong>ada"), "still logged in here");
}
