//! The configuration is read again: what was exchanged stays where nothing about it has changed, and is used by nobody
//! where something has.

use http::StatusCode;

use super::scene::Scene;
use crate::reload::HOLDS;

impl Scene {
    async fn rewritten(&self, change: impl Fn(&str) -> String) {
        self.gateway.rewritten(HOLDS, change).await;
    }

    /// What the servers behind are shown for a call of these callers.
    async fn shown(&self, of_notes: &str, of_files: &str) -> [String; 2] {
        for (server, token) in [("notes", of_notes), ("files", of_files)] {
            let answer = self.ping(server, token).await;
            assert_eq!(answer.status, StatusCode::OK, "{server}: {}", self.gateway.log());
        }
        [&self.notes, &self.files]
            .map(|behind| behind.last().headers["authorization"].to_str().unwrap().to_owned())
    }
}

#[tokio::test]
async fn nobody_is_asked_again_for_the_tokens_of_a_server_that_is_what_it_was() {
    let scene = Scene::start().await;
    let (alices, bobs) = (scene.token("notes", "alice"), scene.token("files", "bob"));
    let before = scene.shown(&alices, &bobs).await;
    scene.rewritten(|source| format!("{source}# One more line.\n")).await;
    assert_eq!(scene.shown(&alices, &bobs).await, before);
    // Another server and another issuer come, and one goes.
    let more = |source: &str| {
        let kept = source.lines().filter(|line| !line.starts_with("  open:")).map(|line| format!("{line}\n"));
        let more = "  lab: { url: \"http://127.0.0.1:9/lab\" }\n";
        let server = "servers:\n  more: { upstream: \"http://127.0.0.1:9/mcp\", issuers: [lab] }\n";
        kept.collect::<String>().replace("servers:\n", server) + more
    };
    scene.rewritten(|source| more(source.trim_end_matches("# One more line.\n"))).await;
    assert_eq!(scene.shown(&alices, &bobs).await, before);
    assert_eq!(scene.asked().len(), 2, "one for each");
}

#[tokio::test]
async fn a_secret_that_was_changed_gets_tokens_of_its_own() {
    let scene = Scene::start().await;
    let (alices, bobs) = (scene.token("notes", "alice"), scene.token("files", "bob"));
    let before = scene.shown(&alices, &bobs).await;
    std::fs::write(scene.gateway.folder.path().join("other"), "another-key-of-ours\n").unwrap();
    let (own, other) =
        ("client_id: warded, secret: env:UPSTREAM_KEY", "client_id: warded, secret: file:other");
    scene.rewritten(|source| source.replace(own, other)).await;
    let after = scene.shown(&alices, &bobs).await;
    assert!(after[0] != before[0] && after[1] == before[1], "only `notes` has another one");
    let asked = scene.asked();
    assert_eq!(asked.len(), 3);
    let shown = |at: usize| asked[at].headers.get("authorization").cloned();
    assert!(shown(0).is_some() && shown(2).is_some() && shown(0) != shown(2));
    // Back again: what was got first is of nobody's use any more, and not there.
    scene.rewritten(|source| source.replace(other, own)).await;
    let back = scene.shown(&alices, &bobs).await;
    assert!(back[0] != before[0] && back[0] != after[0] && back[1] == before[1]);
    assert_eq!(scene.asked().len(), 4);
}

#[tokio::test]
async fn other_scopes_get_tokens_of_their_own() {
    let scene = Scene::start().await;
    let (alices, bobs) = (scene.token("notes", "alice"), scene.token("files", "bob"));
    let before = scene.shown(&alices, &bobs).await;
    scene.rewritten(|source| source.replace("scopes: [notes:read]", "scopes: [notes:write]")).await;
    let after = scene.shown(&alices, &bobs).await;
    assert!(after[0] != before[0] && after[1] == before[1]);
    assert_eq!(scene.asked()[2].get("scope"), Some("notes:write"));
}
