//! "Why was I refused?": the report on the page is what the doctor says, and every code on it is one.

use std::path::Path;

use crate::{
    run::{Person, told},
    world::World,
};

fn page() -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/front/why-was-i-refused.md");
    std::fs::read_to_string(page).unwrap()
}

/// Words alone: where lines break depends on how long the names are.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text up to a word, and what comes behind another.
fn without(text: &str, from: &str, to: &str) -> String {
    let mut rest = text;
    let mut kept = String::new();
    while let Some((before, behind)) = rest.split_once(from) {
        kept += before;
        rest = behind.split_once(to).unwrap().1;
    }
    kept + rest
}

#[tokio::test]
async fn the_report_on_the_page_is_what_is_said() {
    let world = World::new().await;
    world.turn(|knobs| {
        "api://internal".clone_into(&mut knobs.checks.audience);
        knobs.checks.is_silent = false;
    });
    let told = told(&world.url(), world.state(), &["--login"], &Person::agreeing()).await;
    let text = told.text.replace(&world.server, "https://notes.example.com");
    let text = words(&text.replace(&world.issuer, "https://login.example.com"));
    let shown = page().split("```text\n").nth(1).unwrap().split("```").next().unwrap().to_owned();
    // Times and names that are others each time.
    let fixed = |text: &str| {
        let text = without(&words(text), "with the key `", "`");
        without(&text, "10 minutes, until", ")")
    };
    assert!(fixed(&text).contains(&fixed(&shown)), "{}", told.text);
}
