//! A person who goes away to a provider and comes back, step by step, so that each step can be another one.

use std::collections::BTreeMap;

use http::{Method, StatusCode};
use warded_issuer::{IssuerSetup, Provider};

use super::corp::Corp;
use crate::stage::{Answer, Browser, ISSUER, NOTES, Stage, encoded};

type Pairs = BTreeMap<String, String>;

/// An issuer where people log in elsewhere as well.
pub(crate) async fn stage(providers: Vec<Provider>) -> Stage {
    stage_at(ISSUER, |setup| setup.providers = providers).await
}

pub(crate) async fn stage_at(issuer: &str, change: impl FnOnce(&mut IssuerSetup)) -> Stage {
    Stage::with(issuer, change).await
}

/// Goes to the login page and presses the button.
pub(crate) async fn leaves(stage: &Stage, browser: &mut Browser, login: &str) -> Answer {
    leaves_with(stage, browser, login, &stage.question(NOTES)).await
}

pub(crate) async fn leaves_with(
    stage: &Stage,
    browser: &mut Browser,
    login: &str,
    question: &[(&str, &str)],
) -> Answer {
    let page = browser.ask(stage, question).await;
    assert_eq!(page.status, StatusCode::OK, "{page:?}");
    browser.submit(stage, &format!("login/{login}"), &page, &[]).await
}

/// Where the browser is sent, and with what.
pub(crate) fn sent_to(page: &Answer) -> (String, Pairs) {
    assert_eq!(page.status, StatusCode::OK, "{page:?}");
    let refresh = page.headers["refresh"].to_str().unwrap();
    let (endpoint, query) = refresh.strip_prefix("0; url=").unwrap().split_once('?').unwrap();
    let pairs = form_urlencoded::parse(query.as_bytes()).into_owned();
    let (mut asked, mut count) = (Pairs::new(), 0);
    for (name, value) in pairs {
        asked.insert(name, value);
        count += 1;
    }
    assert_eq!(asked.len(), count, "a parameter stands twice: {query}");
    (endpoint.to_owned(), asked)
}

/// Comes back with an answer.
pub(crate) async fn returns(
    stage: &Stage,
    browser: &mut Browser,
    login: &str,
    answer: &[(&str, &str)],
) -> Answer {
    let path = format!("{}/login/{login}/callback?{}", stage.base, encoded(answer));
    browser.send(stage, Method::GET, &path, &[], &[]).await
}

/// Logs in at a provider, all of it; what the callback answers.
pub(crate) async fn logs_in(stage: &Stage, browser: &mut Browser, login: &str, corp: &Corp) -> Answer {
    let (_, asked) = sent_to(&leaves(stage, browser, login).await);
    let code = corp.agrees(&asked);
    let answer = [("code", code.as_str()), ("state", asked["state"].as_str()), ("iss", corp.url())];
    returns(stage, browser, login, &answer).await
}

/// The path that whoever came back from a provider goes to next, by a page that leaves; none where nobody was let in.
pub(crate) fn let_in(stage: &Stage, answer: &Answer) -> Option<String> {
    let next = answer.headers.get("refresh")?.to_str().unwrap().strip_prefix("0; url=").unwrap();
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    let issuer = stage.server.issuer().as_str();
    let origin = issuer.strip_suffix(&stage.base).unwrap();
    Some(next.strip_prefix(origin).unwrap_or_else(|| panic!("not here: {next}")).to_owned())
}

/// Follows an answer to the page that asks for consent.
pub(crate) async fn onward(stage: &Stage, browser: &mut Browser, answer: &Answer) -> Answer {
    let next = match answer.location() {
        "" => let_in(stage, answer).unwrap_or_else(|| panic!("{answer:?}")),
        next => next.to_owned(),
    };
    browser.send(stage, Method::GET, &next, &[], &[]).await
}

/// Whether nobody is logged in in that browser.
pub(crate) async fn is_nobody(stage: &Stage, browser: &Browser) -> bool {
    let page = browser.clone().ask(stage, &stage.question(NOTES)).await;
    page.body.contains("name=\"password\"") && !page.body.contains("decision")
}

/// What went wrong, as the login page tells it; the page asks again.
pub(crate) fn told(page: &Answer) -> String {
    let (_, rest) =
        page.body.split_once("id=\"wrong\">").unwrap_or_else(|| panic!("nothing wrong: {page:?}"));
    assert!(!page.body.contains("decision"), "{}", page.body);
    rest.split_once('<').unwrap().0.to_owned()
}
