//! What is broken before anybody logs in: each mistake with exactly what is said of it, and nothing else.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use crate::{
    stage::{answer, json as as_json},
    world::{METADATA, PRM, World},
};

/// A mistake, what is found, and the sentence at the end.
type Mistake = (&'static str, fn(&World), &'static [&'static str], &'static str);

const GOES_ON: &str = "Nothing is in the way so far. The walk ends here: no token for this server is kept: `--login` registers and logs in.";

const MISTAKES: &[Mistake] = &[
    ("nothing", |_| {}, &[], GOES_ON),
    ("no challenge", |world| world.turn(|knobs| knobs.challenge = None), &["challenge-absent"], GOES_ON),
    (
        "a challenge of another kind",
        |world| world.turn(|knobs| knobs.challenge = Some(r#"Basic realm="corp""#.to_owned())),
        &["challenge-foreign"],
        GOES_ON,
    ),
    (
        "a challenge that two could read differently",
        |world| world.turn(|knobs| knobs.challenge = Some(r#"Bearer error="a" scope="b""#.to_owned())),
        &["challenge-malformed"],
        "A client does not get in: the server's `WWW-Authenticate` is malformed; its operator must mend it (RFC 9110 §11.6.1).",
    ),
    (
        "a challenge that says nothing",
        |world| world.turn(|knobs| knobs.challenge = Some("Bearer".to_owned())),
        &["challenge-without-metadata"],
        GOES_ON,
    ),
    (
        "metadata at another origin",
        |world| {
            let challenge = format!(r#"Bearer resource_metadata="{}{PRM}""#, world.issuer);
            world.turn(|knobs| knobs.challenge = Some(challenge));
        },
        &["metadata-elsewhere"],
        "A client does not get in: the server's challenge says that it is described at another origin than its own, so the description could be anybody's; its operator must serve it at the server's origin.",
    ),
    (
        "the name of another server",
        |world| world.turn(|knobs| knobs.described = json!({ "resource": "https://evil.example/mcp" })),
        &["resource-elsewhere"],
        "A client does not get in: the server says that it is `https://evil.example/mcp`, so a token for that could not be kept from the server that is really called so; nothing was asked of its issuer. Check the URL, or have the operator mend `resource`.",
    ),
    (
        "the name of a folder",
        |world| {
            let origin = world.server.clone();
            world.turn(|knobs| knobs.described = json!({ "resource": origin }));
        },
        &["resource-wide"],
        GOES_ON,
    ),
    (
        "a description that fails",
        |world| world.page(PRM, |_| answer(500, "text/plain", "")),
        &["failing"],
        "A client does not get in: SERVER/.well-known/oauth-protected-resource/mcp answered with status 500.",
    ),
    (
        "a description behind a wall",
        |world| world.page(PRM, |_| answer(403, "text/plain", "")),
        &["document-withheld"],
        "A client does not get in: SERVER/.well-known/oauth-protected-resource/mcp answered with status 403.",
    ),
    (
        "a web page",
        |world| world.page(PRM, |_| answer(200, "text/html", "<!doctype html>")),
        &["document-invalid"],
        "A client does not get in: `127.0.0.1` sent something that it does not call JSON (`Content-Type`); check the URL.",
    ),
    (
        "a member twice",
        |world| world.page(PRM, |_| answer(200, "application/json", r#"{"resource":"a","resource":"b"}"#)),
        &["document-invalid"],
        "A client does not get in: SERVER/.well-known/oauth-protected-resource/mcp: the document has a member twice in one object.",
    ),
    (
        "a redirect to a login page",
        |world| {
            world.page(PRM, |_| {
                let mut response = answer(302, "text/plain", "");
                let location = "https://sso.example.com/login?code=CODE-9".parse().unwrap();
                response.headers_mut().insert("location", location);
                response
            });
        },
        &["redirected"],
        "A client does not get in: SERVER/.well-known/oauth-protected-resource/mcp answered with status 302 to https://sso.example.com/login.",
    ),
    (
        "nobody who issues",
        |world| world.turn(|knobs| knobs.described = json!({ "authorization_servers": null })),
        &["issuer-unnamed"],
        "A client does not get in: the server's metadata names no authorization server, so nobody can be asked for a token.",
    ),
    (
        "two descriptions",
        |world| {
            let (url, issuer, count) = (world.url(), world.issuer.clone(), AtomicUsize::new(0));
            world.page(PRM, move |_| {
                let scope = format!("s{}", count.fetch_add(1, Ordering::SeqCst));
                as_json(
                    200,
                    &json!({
                        "resource": url, "authorization_servers": [issuer], "scopes_supported": [scope],
                    }),
                )
            });
        },
        &["metadata-unsteady"],
        "A client does not get in: the server described itself differently when it was asked again.",
    ),
    (
        "an issuer that says nothing",
        |world| world.issuer_page(METADATA, |_| answer(404, "text/plain", "")),
        &["issuer-silent"],
        "A client does not get in: the authorization server `ISSUER` has no metadata at any of the places that RFC 8414 and OpenID Discovery name.",
    ),
    (
        "an issuer that fails",
        |world| world.issuer_page(METADATA, |_| answer(503, "text/plain", "")),
        &["failing"],
        "A client does not get in: ISSUER/.well-known/oauth-authorization-server answered with status 503.",
    ),
    (
        "a slash at the end of the issuer",
        |world| {
            let slashed = format!("{}/", world.issuer);
            world.turn(|knobs| knobs.metadata = json!({ "issuer": slashed }));
        },
        &["issuer-different"],
        "A client does not get in: ISSUER/.well-known/oauth-authorization-server: the document's `issuer` is not the one that it was asked for.",
    ),
    (
        "an issuer behind the firewall",
        |world| {
            world.turn(|knobs| knobs.described = json!({ "authorization_servers": ["https://10.0.0.1"] }));
        },
        &["place-vetoed"],
        "A client does not get in: `10.0.0.1` was named by another party and does not lead to the public Internet only; nothing was sent. If it is yours, name it yourself: as the URL of a server or issuer in the configuration.",
    ),
    (
        "a login page behind the firewall",
        |world| {
            world.turn(|knobs| {
                knobs.metadata = json!({ "authorization_endpoint": "https://10.0.0.1/authorize" });
            });
        },
        &["place-vetoed"],
        "A client does not get in: `10.0.0.1` was named by another party and does not lead to the public Internet only; nothing was sent. If it is yours, name it yourself: as the URL of a server or issuer in the configuration.",
    ),
    (
        "no PKCE",
        |world| world.turn(|knobs| knobs.metadata = json!({ "code_challenge_methods_supported": ["plain"] })),
        &["pkce-unpromised"],
        "A client does not get in: the authorization server `ISSUER` does not say that it supports PKCE with S256 (`code_challenge_methods_supported`), without which a stolen code is a stolen token.",
    ),
    (
        "no promise of `iss`",
        |world| {
            let metadata = json!({ "authorization_response_iss_parameter_supported": null });
            world.turn(|knobs| knobs.metadata = metadata);
        },
        &["iss-unpromised"],
        GOES_ON,
    ),
    (
        "no token endpoint",
        |world| world.turn(|knobs| knobs.metadata = json!({ "token_endpoint": null })),
        &["endpoint-missing"],
        "A client does not get in: the metadata of ISSUER names no `token_endpoint`.",
    ),
    (
        "no registration",
        |world| world.turn(|knobs| knobs.metadata = json!({ "registration_endpoint": null })),
        &["registration-closed"],
        "A client does not get in: ISSUER registers no clients by itself, and none was given.",
    ),
    (
        "authentication that nobody has",
        |world| {
            world.turn(|knobs| {
                knobs.metadata = json!({ "token_endpoint_auth_methods_supported": ["tls_client_auth"] });
            });
        },
        &["authentication-unknown"],
        "A client does not get in: the issuer's token endpoint accepts none of the ways in which this client can show who it is.",
    ),
    (
        "a door that is open at first",
        |world| world.page("/mcp", opened),
        &["open-at-first"],
        "Nothing is in the way so far. The walk ends here: the server asked for none, so no client would get one.",
    ),
    (
        "a clock that is behind",
        |world| world.turn(|knobs| knobs.checks.skew = -600),
        &["clock-differs"],
        GOES_ON,
    ),
];

fn opened(seen: &crate::stage::Seen) -> axum::response::Response {
    let call: serde_json::Value = serde_json::from_str(&seen.body).unwrap();
    let result = json!({ "protocolVersion": "2025-11-25" });
    as_json(200, &json!({ "jsonrpc": "2.0", "id": call["id"], "result": result }))
}

#[tokio::test]
async fn every_mistake_is_told_for_what_it_is() {
    let mut wrong = Vec::new();
    for (name, mistake, codes, verdict) in MISTAKES {
        let world = World::new().await;
        mistake(&world);
        let told = world.doctor(&[]).await;
        let said = world.plain(&told.verdict());
        let worst = codes.iter().filter_map(|code| severity(code)).max().unwrap_or(0);
        if told.codes() != *codes || said != *verdict || told.exit != worst {
            wrong.push(format!("{name}: {:?}, {said}, {}", told.codes(), told.exit));
        }
        // Whatever is wrong, nobody is registered and nobody is asked for a token.
        for path in ["/register", "/authorize", "/token"] {
            assert!(world.issuer_log.at(path).is_empty() && world.log.at(path).is_empty(), "{name}: {path}");
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The exit code that belongs to a code, as `warded explain` says it.
fn severity(code: &str) -> Option<i32> {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_warded"))
        .args(["--format", "json", "explain", code])
        .output()
        .unwrap();
    let explained: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(explained["kind"], "diagnosis", "{code}");
    match explained["severity"].as_str()? {
        "note" => Some(11),
        "medium" => Some(12),
        "high" => Some(13),
        _ => None,
    }
}

#[tokio::test]
async fn a_server_of_2025_03_26_is_walked_to_as_far_as_its_clients_go() {
    let world = World::new().await;
    world.turn(|knobs| knobs.challenge = None);
    world.page(PRM, |_| answer(404, "text/plain", ""));
    let told = world.doctor(&[]).await;
    assert_eq!(told.codes(), ["challenge-absent", "metadata-absent"], "{told:?}");
    assert!(told.text.contains("would register at") && told.text.contains("/register"), "{told:?}");
}

#[tokio::test]
async fn a_server_that_is_open_to_all_needs_no_login() {
    let world = World::new().await;
    world.page("/mcp", opened);
    world.page(PRM, |_| answer(404, "text/plain", ""));
    let told = world.doctor(&["--login"]).await;
    assert_eq!((told.codes(), told.exit), (vec!["open-to-all".to_owned()], 11), "{told:?}");
}

#[tokio::test]
async fn the_issuer_that_the_user_named_is_the_only_one() {
    let world = World::new().await;
    let told = world.doctor(&["--issuer", "https://login.example.com", "--login"]).await;
    assert_eq!(told.codes(), ["issuer-unexpected"], "{told:?}");
    assert!(world.issuer_log.at("/register").is_empty());
}

#[tokio::test]
async fn a_folders_name_is_refused_where_the_user_is_strict() {
    let world = World::new().await;
    let origin = world.server.clone();
    world.turn(|knobs| knobs.described = json!({ "resource": origin }));
    let told = world.doctor(&["--strict-resource"]).await;
    assert_eq!(told.codes(), ["resource-wide", "resource-wide"], "{told:?}");
    assert_eq!(told.steps().last().unwrap().0, "client");
}

#[tokio::test]
async fn a_server_that_knows_only_2026_07_28_is_asked_in_its_way() {
    let world = World::new().await;
    let challenge = format!(r#"Bearer resource_metadata="{}{PRM}""#, world.server);
    world.page("/mcp", move |seen| {
        if seen.header("mcp-protocol-version") != Some("2026-07-28") {
            let error = json!({ "code": -32022, "message": "Unsupported protocol version" });
            return as_json(400, &json!({ "jsonrpc": "2.0", "id": 1, "error": error }));
        }
        if seen.header("authorization").is_none() {
            let mut response = answer(401, "text/plain", "");
            response.headers_mut().insert("www-authenticate", challenge.parse().unwrap());
            return response;
        }
        assert_eq!(seen.header("mcp-method"), Some("server/discover"));
        as_json(200, &json!({ "jsonrpc": "2.0", "id": 1, "result": { "supportedVersions": ["2026-07-28"] } }))
    });
    let told = world.doctor(&["--login"]).await;
    assert_eq!((told.codes(), told.exit), (vec![], 0), "{told:?}");
    assert!(told.text.contains("speaks MCP `2026-07-28`"), "{told:?}");
}

#[tokio::test]
async fn each_url_that_was_tried_is_named_with_what_came() {
    let world = World::new().await;
    world.turn(|knobs| knobs.challenge = Some("Bearer".to_owned()));
    world.issuer_page(METADATA, |_| answer(404, "text/plain", ""));
    let told = world.doctor(&[]).await;
    let text = world.plain(&told.text);
    for tried in [
        "ask the server for SERVER/.well-known/oauth-protected-resource/mcp: status 200",
        "ask the issuer for ISSUER/.well-known/oauth-authorization-server: status 404",
        "ask the issuer for ISSUER/.well-known/openid-configuration: status 404",
    ] {
        assert!(text.contains(tried), "{tried}: {text}");
    }
}
