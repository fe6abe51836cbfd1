//! SDKs with their own OAuth code: they discover from the gateway's 401, register, send a person to the login and the
//! consent page, list and call tools, and refresh. Nothing here speaks HTTP by hand.

use serde_json::{Value, json};

use crate::{
    bench::{end, told},
    browser::Person,
    scene::{ANOTHER, SCOPE, SERVER, Scene, TEXT, TITLE},
    sdk::Sdk,
};

/// Runs a client through everything, and asks it and everybody else what happened.
async fn goes_through_everything_at(scene: &Scene, sdk: &Sdk) {
    let told = told(&scene.run(sdk, &scene.person, "note").await);

    assert_eq!(told["tools"], json!(["note", "whisper"]), "{told}");
    assert_eq!(told["call"], TEXT, "{told}");
    assert_eq!(told["again"], TEXT, "{told}");
    assert_eq!(told["refreshed"], true, "{told}");
    assert_eq!(granted(&told), [SCOPE], "{told}");
    assert_eq!(told.get("revision").and_then(Value::as_str), sdk.revision, "{told}");
    let saw = |page| scene.person.saw(page);
    assert_eq!(
        (saw("login"), saw("consent"), saw("lost"), saw("complaint")),
        (1, 1, 0, 0),
        "a refresh asks nobody: {:?}",
        scene.person.diary()
    );
    assert!(!scene.upstream.reached().is_empty());
    assert!(scene.another.reached().is_empty(), "nobody asked for that one");
    scene.kept_everything_to_themselves();
}

/// What was granted at the server; a token for later is no scope of any server.
fn granted(told: &Value) -> Vec<&str> {
    let scopes = told["scopes"].as_str().unwrap_or_default();
    scopes.split_ascii_whitespace().filter(|&scope| scope != "offline_access").collect()
}

async fn goes_through_everything(sdk: Option<Sdk>) {
    let Some(sdk) = sdk else { return };
    // Whom somebody agrees with, about what and how far, must stand on the page.
    let person = Person::named("ada").who_expects(&[sdk.name, TITLE, SERVER, SCOPE]);
    let Some(scene) = Scene::with_our_issuer(person).await else { return };
    goes_through_everything_at(&scene, &sdk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_python_sdk_goes_through_everything() {
    goes_through_everything(Sdk::python()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fastmcp_goes_through_everything() {
    goes_through_everything(Sdk::fastmcp()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_typescript_sdk_of_version_1_goes_through_everything() {
    goes_through_everything(Some(Sdk::typescript_v1())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_typescript_sdk_of_version_2_goes_through_everything() {
    goes_through_everything(Some(Sdk::typescript_v2())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_go_sdk_goes_through_everything() {
    goes_through_everything(Sdk::go()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_another_issuer_the_same_gateway_serves_every_sdk() {
    for sdk in Sdk::all() {
        let Some(scene) = Scene::with_another_issuer(Person::named("ada")).await else { return };
        goes_through_everything_at(&scene, &sdk).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_that_needs_more_asks_the_person_for_more() {
    // The TypeScript SDKs leave the second login to the application, so there is nothing of theirs to try.
    for sdk in [Sdk::python(), Sdk::fastmcp(), Sdk::go()].into_iter().flatten() {
        let person = Person::named("ada").who_expects(&[sdk.name, SCOPE]);
        let scene = Scene::where_tools_need("{ whisper: [notes:write] }", person).await;
        let Some(scene) = scene else { return };

        let told = told(&scene.run(&sdk, &scene.person, "whisper").await);

        assert_eq!(told["call"], TEXT.to_lowercase(), "{told}");
        assert_eq!(granted(&told), [SCOPE, "notes:write"], "{told}");
        assert_eq!(told["refreshed"], true, "{told}");
        let diary = scene.person.diary();
        let consents: Vec<_> = diary.iter().filter(|seen| seen["page"] == "consent").collect();
        let asks_to_write = |seen: &Value| seen["text"].as_str().unwrap().contains("notes:write");
        assert_eq!(consents.len(), 2, "{diary:?}");
        assert!(!asks_to_write(consents[0]) && asks_to_write(consents[1]), "{diary:?}");
        scene.kept_everything_to_themselves();
    }
}

/// The careless client of every warning about mis-redemption: it offers the second server the token of the first.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_cache_for_two_servers_opens_each_with_its_own_token_only() {
    let Some(sdk) = Sdk::python() else { return };
    let Some(scene) = Scene::with_our_issuer(Person::named("ada")).await else { return };
    let mut command = scene.bench.command(&sdk.program, &scene.person);
    command.arg(scene.bench.script("shared_cache.py"));
    command.args([SERVER, ANOTHER].map(|server| scene.gateway.url(server)));
    command.args(["note", &json!({ "text": TEXT }).to_string()]);

    let told = told(&end(command).await);

    assert_eq!(told["calls"], json!([TEXT, TEXT]), "{told}");
    assert_eq!(
        (&told["visits"], &told["tokens"]),
        (&json!(2), &json!(2)),
        "the second server sent it back: {told}"
    );
    let diary = scene.person.diary();
    let consents: Vec<_> = diary.iter().filter(|seen| seen["page"] == "consent").collect();
    assert!(consents[0]["text"].as_str().unwrap().contains(SERVER), "{diary:?}");
    assert!(consents[1]["text"].as_str().unwrap().contains(ANOTHER), "{diary:?}");
    assert!(scene.gateway.log().contains("audience-elsewhere"), "{}", scene.gateway.log());
    scene.kept_everything_to_themselves();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_denies_at_the_consent_page_opens_nothing() {
    let Some(scene) = Scene::with_our_issuer(Person::named("ada").who_denies()).await else { return };

    let output = scene.run(&Sdk::typescript_v2(), &scene.person, "note").await;

    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("refused: access_denied"));
    assert!(scene.upstream.reached().is_empty(), "nobody was let in");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_know_the_password_gets_no_further_than_the_login() {
    let Some(scene) = Scene::with_our_issuer(Person::named("ada")).await else { return };
    let stranger = Person::named("ada").who_guesses("a guess");

    let output = scene.run(&Sdk::typescript_v2(), &stranger, "note").await;

    assert!(!output.status.success());
    assert_eq!((stranger.saw("login"), stranger.saw("consent"), stranger.saw("callback")), (2, 0, 0));
    assert!(scene.upstream.reached().is_empty(), "nobody was let in");
}
