//! Number 9: Who is the issuer? The configuration says so, not whoever asks (RFC 9207 §2, RFC 8414 §3.3), at every grant; and
//! what another issuer gave means nothing here.

use super::{Cast, Scene, refuses};
use crate::stage::{FILES, NOTES, Stage};

/// A token of our issuer, whatever the request calls us; `still_works` compares the `iss`.
async fn is_ours_all_the_same(scene: Scene) {
    for (name, value) in [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "http"),
        ("forwarded", "host=evil.example;proto=http"),
        ("x-forwarded-prefix", "/issuers/other"),
        ("x-original-url", "/issuers/other/token"),
        ("origin", "https://evil.example"),
    ] {
        let mut ask = scene.good();
        ask.header(name, value);
        ask.form.set("resource", FILES);
        ask.form.add("resource", NOTES);
        assert_eq!(scene.send(ask).await.error().1, "invalid_target", "{name}");
    }
    let mut ask = scene.good();
    for (name, value) in [("host", "evil.example"), ("x-forwarded-host", "evil.example")] {
        ask.header(name, value);
    }
    let answer = scene.send(ask).await;
    let said = super::claims(&answer.text("access_token"));
    assert_eq!((said["iss"].as_str(), said["aud"].as_str()), (Some(super::ISSUER), Some(NOTES)));
    assert!(!answer.body.contains("evil.example"));
}

mod a_request_that_calls_us_otherwise {
    use super::*;

    #[tokio::test]
    async fn code() {
        is_ours_all_the_same(Scene::code(Cast::Plain).await).await;
    }

    #[tokio::test]
    async fn refresh() {
        is_ours_all_the_same(Scene::refresh(Cast::Plain).await).await;
    }

    #[tokio::test]
    async fn own() {
        is_ours_all_the_same(Scene::own(Cast::Plain).await).await;
    }

    #[tokio::test]
    async fn exchange() {
        is_ours_all_the_same(Scene::exchange(Cast::Plain).await).await;
    }
}

const OTHER: &str = "https://other.example.com/issuer";

mod what_another_issuer_gave {
    use super::*;

    #[tokio::test]
    async fn code() {
        let given = Stage::with(OTHER, |_| ()).await.code(NOTES).await;
        let expected = (400, "invalid_grant", "code-invalid");
        refuses(Scene::code(Cast::Plain).await, |ask| ask.form.set("code", &given), expected).await;
    }

    #[tokio::test]
    async fn refresh() {
        let (_, given) = Stage::with(OTHER, |_| ()).await.tokens(NOTES).await;
        let expected = (400, "invalid_grant", "refresh-invalid");
        refuses(Scene::refresh(Cast::Plain).await, |ask| ask.form.set("refresh_token", &given), expected)
            .await;
    }

    #[tokio::test]
    async fn exchange() {
        let (given, _) = Stage::with(OTHER, |_| ()).await.tokens(FILES).await;
        let expected = (400, "invalid_request", "subject-token-unfit");
        refuses(Scene::exchange(Cast::Plain).await, |ask| ask.form.set("subject_token", &given), expected)
            .await;
    }
}
