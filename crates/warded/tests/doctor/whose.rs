//! Who did it? What goes wrong is told of whoever did it: of the proxy and not of the server behind it, of the issuer and
//! not of the server that names it.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::{
    run::Told,
    stage::json as as_json,
    world::{METADATA, PRM, World},
};

/// At whom something was found.
fn at(told: &Told, code: &str) -> Vec<String> {
    let report: Value = serde_json::from_str(&told.text).unwrap();
    let found = report["findings"].as_array().unwrap().iter().filter(|found| found["code"] == code);
    found.map(|found| found["at"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_address_of_a_proxy_is_not_the_servers() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            drop(stream.read(&mut [0; 4096]).await);
            drop(stream.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n").await);
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_warded"));
    command.args(["--format", "json", "doctor", "https://mcp.example.com/mcp"]);
    command.env("HTTPS_PROXY", format!("http://{proxy}")).env("XDG_STATE_HOME", folder.path());
    command.env_remove("NO_PROXY");
    let output = command.output().await.unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let seen = report["steps"][0]["seen"].as_array().unwrap();
    let reached = seen.iter().find(|seen| seen["did"].to_string().contains(&proxy.to_string()));
    assert!(reached.is_some() && seen.iter().all(|seen| seen["who"] == "you"), "{report:#}");
    assert!(seen.iter().any(|seen| seen["did"].to_string().contains("reach the proxy at")), "{report:#}");
}

#[tokio::test]
async fn metadata_at_a_place_of_the_servers_own_is_not_asked_of_the_issuer() {
    let world = World::new().await;
    let document = json!({ "resource": world.url(), "authorization_servers": [world.issuer] });
    world.page("/about.json", move |_| as_json(200, &document));
    world.turn(|knobs| knobs.challenge = Some(r#"Bearer resource_metadata="OWN/about.json""#.to_owned()));
    let told = world.doctor(&[]).await;
    let text = world.plain(&told.text);
    assert!(text.contains("ask the server for SERVER/about.json: status 200"), "{text}");
    assert!(text.contains(&format!("ask the issuer for ISSUER{METADATA}: status 200")), "{text}");
    assert!(!text.contains("ask the issuer for SERVER"), "{text}");
    assert!(world.log.at(PRM).is_empty(), "{text}");
}

#[tokio::test]
async fn a_place_behind_the_firewall_is_blamed_on_whoever_names_it() {
    let inside = "https://10.0.0.1";
    for (member, whose, arguments) in [
        ("authorization_servers", "server", &[][..]),
        ("authorization_endpoint", "issuer", &[]),
        ("registration_endpoint", "issuer", &["--login"]),
        ("token_endpoint", "issuer", &["--login"]),
    ] {
        let world = World::new().await;
        world.turn(|knobs| match whose {
            "server" => knobs.described = json!({ member: [inside] }),
            _ => knobs.metadata = json!({ member: format!("{inside}/here") }),
        });
        let told = world.doctor(arguments).await;
        assert_eq!(told.codes(), ["place-vetoed"], "{member}: {told:?}");
        assert_eq!(at(&told, "place-vetoed"), [whose], "{member}: {told:?}");
    }
}

#[tokio::test]
async fn an_issuer_that_registers_clients_is_not_told_that_it_does_not() {
    let world = World::new().await;
    let file = world.state().join("assertion");
    std::fs::write(&file, "of the platform").unwrap();
    let told = world.doctor(&["--issuer", &world.issuer, "--assertion-file", file.to_str().unwrap()]).await;
    assert_eq!(told.codes(), ["registration-closed"], "{told:?}");
    assert!(told.verdict().contains("without a person has to be known to"), "{told:?}");
    assert!(!told.text.contains("names no `registration_endpoint`"), "{told:?}");
}
