//! Who may try passwords, and how nobody keeps anybody else from it.

use http::StatusCode;

use super::scene::stage;
use crate::stage::{Browser, NOTES, PASSWORD, Stage, with};

async fn tries(stage: &Stage, browser: &mut Browser, name: &str, password: &str) -> StatusCode {
    let page = browser.ask(stage, &with(&stage.question(NOTES), "prompt", "login")).await;
    browser.submit(stage, "login", &page, &[("username", name), ("password", password)]).await.status
}

fn at(address: &str) -> Browser {
    Browser { address: Some(address.parse().unwrap()), ..Browser::default() }
}

#[tokio::test]
async fn a_stranger_who_knows_a_name_keeps_its_owner_out_of_no_browser() {
    let stage = stage(vec![]).await;
    let mut known = at("203.0.113.9:1");
    known.log_in(&stage, &stage.question(NOTES)).await;
    for n in 0..40 {
        tries(&stage, &mut at(&format!("192.0.2.{n}:1")), "ada", "wrong").await;
    }
    assert_eq!(tries(&stage, &mut at("192.0.2.99:1"), "ada", PASSWORD).await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(tries(&stage, &mut known, "ada", PASSWORD).await, StatusCode::SEE_OTHER, "as before");
    let mut new = at("203.0.113.77:1");
    assert_eq!(tries(&stage, &mut new, "ada", "a slip").await, StatusCode::FORBIDDEN);
    assert_eq!(
        tries(&stage, &mut new, "ada", PASSWORD).await,
        StatusCode::SEE_OTHER,
        "a new browser elsewhere"
    );
}

#[tokio::test]
async fn whoever_shares_an_address_keeps_nobody_out_of_a_browser_that_is_known() {
    let stage = stage(vec![]).await;
    let mut known = at("203.0.113.9:1");
    known.log_in(&stage, &stage.question(NOTES)).await;
    for n in 0..70 {
        tries(&stage, &mut at("203.0.113.9:2"), &format!("name-{n}"), "wrong").await;
    }
    assert_eq!(tries(&stage, &mut at("203.0.113.9:3"), "ada", PASSWORD).await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(tries(&stage, &mut known, "ada", PASSWORD).await, StatusCode::SEE_OTHER);
}
