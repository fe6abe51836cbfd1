//! Every client at both examples, and the page that says so.

use std::{fs, path::Path};

use serde_json::{Value, json};

use crate::{issuer::Issuer, peer::PEERS, served};

#[tokio::test(flavor = "multi_thread")]
async fn every_client_works_with_its_token_and_reads_why_the_neighbours_is_refused() {
    let installed = PEERS.map(|peer| (peer, peer.installed()));
    if installed.iter().all(|(_, place)| place.is_none()) {
        return;
    }
    let issuer = Issuer::start().await;
    let both = served::both(&issuer.url).await;
    let mut page = INTRODUCTION.to_owned();
    let mut is_whole = true;
    for (here, neighbour) in [(&both[0], &both[1]), (&both[1], &both[0])] {
        page += &format!("\n## `examples/{}`\n", here.example);
        for (peer, place) in &installed {
            let Some(place) = place else {
                // The page names every client: without one of them it is not the page.
                assert!(peer.may_be_missing(), "{} is not installed", peer.variable());
                is_whole = false;
                continue;
            };
            let told = peer.goes_to(place, &here.url, &issuer.token(&here.url)).await;
            assert_eq!(told["tools"], json!(["note", "whoami"]), "{told}");
            assert_eq!(told["calls"], json!({ "note": "tea", "whoami": "alice" }), "{told}");

            let refused = peer.goes_to(place, &here.url, &issuer.token(&neighbour.url)).await;
            assert_eq!((&refused["status"], &refused["client"]), (&json!(401), &told["client"]), "{refused}");
            let metadata = here.url.replace("/mcp", "/.well-known/oauth-protected-resource/mcp");
            let challenge =
                json!({ "resource_metadata": metadata, "scope": "notes:read", "error": "invalid_token" });
            assert_eq!(refused["challenge"], challenge, "{refused}");
            page += &entry(&told, &refused, &here.url);
        }
    }
    if is_whole {
        compare(&page);
    } else {
        eprintln!("SKIPPED: docs/clients.md names a client that is not here, so it is not compared");
    }
}

const INTRODUCTION: &str = "\
# Clients at a guarded server

<!-- Recorded by a test, which runs these clients: `cargo xtask docs` writes it anew. -->

Both examples of `warded-guard` are served, each on a port of its own; they trust one issuer. Every client goes to each
of them twice: with a token for that server, and with a token for the other one. What it says is what stands here: its
name and version, the revision that it speaks, what the tools answered it, and what its own SDK read in the challenge.
";

/// What one client told.
fn entry(told: &Value, refused: &Value, url: &str) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let revision = told["revision"].as_str().map(|revision| format!(", revision {revision}"));
    let challenge = &refused["challenge"];
    let metadata =
        text(&challenge["resource_metadata"]).replace(url.trim_end_matches("/mcp"), "http://127.0.0.1:…");
    format!(
        "\n### {}{}\n\n```text\nits own token          tools: {}; note: {}; whoami: {}\n\
         the neighbour's token  {} {}; scope: {}\n                       resource_metadata: {metadata}\n```\n",
        text(&told["client"]),
        revision.unwrap_or_default(),
        told["tools"].as_array().unwrap().iter().map(text).collect::<Vec<_>>().join(", "),
        text(&told["calls"]["note"]),
        text(&told["calls"]["whoami"]),
        refused["status"],
        text(&challenge["error"]),
        text(&challenge["scope"]),
    )
}

/// Compares with the page, or writes it.
fn compare(record: &str) {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/clients.md");
    #[expect(clippy::disallowed_methods, reason = "the task that writes pages says so")]
    if std::env::var_os("UPDATE_REFERENCE").is_some() {
        fs::write(&page, record).unwrap();
        return;
    }
    let written = fs::read_to_string(&page).unwrap_or_default();
    assert_eq!(written, record, "docs/clients.md is stale: `cargo xtask docs` writes it anew");
}
