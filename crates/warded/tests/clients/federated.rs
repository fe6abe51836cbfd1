//! People who are known elsewhere, in a real browser: from a client's 401 over our page, their provider and our question
//! to a tool call.

use serde_json::json;

use crate::{
    bench::told,
    browser::Person,
    scene::{SCOPE, SERVER, Scene, TEXT, TITLE},
    sdk::Sdk,
};

#[tokio::test(flavor = "multi_thread")]
async fn people_of_another_provider_log_in_there_and_agree_here() {
    for sdk in [Sdk::typescript_v1(), Sdk::typescript_v2()] {
        let person = Person::named("ada").who_expects(&[sdk.name, TITLE, SERVER, SCOPE, "corp:ada"]);
        let Some(scene) = Scene::with_people_of_another(person).await else { return };

        let told = told(&scene.run(&sdk, &scene.person, "note").await);

        assert_eq!(
            (&told["call"], &told["again"], &told["refreshed"]),
            (&json!(TEXT), &json!(TEXT), &json!(true))
        );
        let diary = scene.person.diary();
        let pages: Vec<_> = diary.iter().map(|seen| seen["page"].as_str().unwrap()).collect();
        assert_eq!(pages, ["door", "their login", "their consent", "consent", "callback"], "{diary:?}");
        // Everything that is asked for stood on the page before anybody was sent anywhere.
        let door = diary[0]["text"].as_str().unwrap();
        for shown in [sdk.name, TITLE, SERVER, SCOPE, "Log in with Corp"] {
            assert!(door.contains(shown), "{shown}: {door}");
        }
        let theirs = diary[2]["text"].as_str().unwrap();
        assert!(theirs.contains("Warded wants openid") && !theirs.contains(SCOPE), "{theirs}");
        scene.kept_everything_to_themselves();
    }
}
