//! An issuer that is asked about its tokens, of which the operator says that they are opaque, and that gives JWTs.

use http::StatusCode;
use serde_json::json;

use super::scene::{FILES, Scene, granted, honest};

async fn scene() -> Scene {
    let own = "kind: client_credentials, issuer: corp";
    let theirs = "kind: client_credentials, opaque: true, issuer: machines";
    Scene::configured(|source| {
        let url = source.rsplit('"').nth(1).unwrap().to_owned();
        let asked =
            "validation: introspection, introspection: { client_id: warded, secret: env:UPSTREAM_KEY }";
        let machines = format!("  machines: {{ url: \"{url}/machines\", {asked} }}\n");
        source.replace(own, theirs) + &machines
    })
    .await
}

#[tokio::test]
async fn a_jwt_from_an_issuer_of_opaque_tokens_is_named_with_what_to_write_and_is_no_outage() {
    let scene = scene().await;
    scene.answers(|issuer, asked| granted(asked, &issuer.token(FILES, json!({}))));
    let token = scene.token("files", "alice");
    for _ in 0..5 {
        let answer = scene.ping("files", &token).await;
        let said = (answer.status.as_u16(), answer.code());
        assert_eq!(said, (502, "upstream-credential-misdirected".to_owned()), "{}", scene.gateway.log());
    }
    assert!(scene.files.requests().is_empty());
    let log = scene.gateway.log();
    assert_eq!(log.matches("with `opaque: false` it is checked").count(), 1, "{log}");
    assert!(log.contains("write `opaque: false` in `upstream_auth`"), "{log}");
}

#[tokio::test]
async fn an_opaque_token_is_handed_on_and_where_it_says_for_whom_it_is_it_is_checked() {
    let scene = scene().await;
    scene.answers(|_, asked| granted(asked, "2YotnFZFEjr1zCsicMWpAA"));
    let token = scene.token("files", "alice");
    assert_eq!(scene.ping("files", &token).await.status, StatusCode::OK, "{}", scene.gateway.log());
    assert_eq!(scene.files.last().headers["authorization"], "Bearer 2YotnFZFEjr1zCsicMWpAA");
    scene.answers(|issuer, asked| granted(asked, &honest(issuer, asked)));
    let read = |source: &str| source.replace("opaque: true", "opaque: false");
    scene.gateway.rewritten(crate::reload::HOLDS, read).await;
    // That issuer's name is not in it, and neither is the opaque one used that was got before.
    let code = scene.ping("files", &token).await.code();
    assert_eq!(code, "upstream-credential-misdirected", "{}", scene.gateway.log());
    assert_eq!(scene.files.requests().len(), 1);
}
